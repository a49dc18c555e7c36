"""The rows of `listTasks`: every value a text or null, as the server sends them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from tui.simulators.talend.task import NEVER
from tui.simulators.talend.vocabulary import NO_TRIGGER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime

    from tui.simulators.talend.task import Look, Task, TaskRun
    from tui.simulators.talend.vocabulary import Behaviour

_ROWS_A_PIECE = 50
_REMAINING = "remaingTimeForNextFire"
_MARK = "\ue000"


class TaskRows:
    """Makes a row once, and again only when something about it has changed.

    Args:
        behaviour: What the server's version does.
        stamp: Turns a moment into the server's own time, as text.
    """

    def __init__(self, behaviour: Behaviour, stamp: Callable[[datetime], str]) -> None:
        self._behaviour = behaviour
        self._stamp = stamp
        self._kept: dict[str, tuple[int, datetime, datetime | None, str, str]] = {}

    def forget(self) -> None:
        """Make every row anew."""
        self._kept.clear()

    async def pieces(self, tasks: Sequence[Task], now: datetime) -> AsyncIterator[str]:
        """The rows of all tasks as a JSON array, so many at a time."""
        before = "["
        for first in range(0, len(tasks), _ROWS_A_PIECE):
            some = tasks[first : first + _ROWS_A_PIECE]
            yield before + ",".join(self.text(task, now) for task in some)
            before = ","
            # Thousands of rows take a while: whoever shares the loop gets a turn in between.
            await asyncio.sleep(0)
        yield "[]" if before == "[" else "]"

    def text(self, task: Task, now: datetime) -> str:
        """The row as JSON."""
        kept = self._kept.get(task.spec.id)
        if kept is None or kept[0] != task.version or now >= kept[1]:
            look, fire = task.look(now), task.next_fire(now)
            row = json.dumps(self._row(task, look, fire), ensure_ascii=False, separators=(",", ":"))
            head, _, tail = row.partition(f'"{_MARK}"')
            kept = (task.version, min(look.until, fire or NEVER), fire, head, tail)
            self._kept[task.spec.id] = kept
        _, _, fire, head, tail = kept
        if fire is None:
            return head + tail
        return f'{head}"{int((fire - now).total_seconds() * 1000)}"{tail}'

    def _row(self, task: Task, look: Look, fire: datetime | None) -> dict[str, str | None]:
        newest, ended = look.active or look.ended, look.ended
        keeps = self._behaviour.keeps_error_while_running
        return {
            **_static(task),
            "status": look.status,
            "errorStatus": look.error_status(keeps_while_running=keeps),
            "triggersStatus": self._triggers(task),
            "processingState": _text(look.active is not None),
            "nextFireDate": self._stamp(fire) if fire else None,
            _REMAINING: _MARK if fire else None,
            "lastScriptGenerationDate": self._stamp(task.spec.deployed_at),
            "lastRunDate": self._stamp(newest.requested_at) if newest else None,
            "lastEndedRunDate": self._stamp(ended.ended_at) if ended else None,
            "lastTaskTraceError": self._trace(ended),
        }

    def _triggers(self, task: Task) -> str:
        if task.spec.script is None:
            return NO_TRIGGER
        words = self._behaviour
        return words.paused_triggers_word if task.is_paused else words.active_triggers_word

    def _trace(self, ended: TaskRun | None) -> str | None:
        if ended is None or ended.outcome.basic == "OK" or not self._behaviour.traces_errors:
            return None
        return ended.outcome.message or None


def _static(task: Task) -> dict[str, str | None]:
    spec = task.spec
    return {
        "id": spec.id,
        "label": spec.label,
        "description": None,
        "active": _text(spec.is_active),
        "status": None,
        "errorStatus": None,
        "triggersStatus": None,
        "processingState": None,
        "awaitingExecutions": "0",
        "frozenExecutions": "0",
        "concurrentExecution": _text(spec.is_concurrent),
        "pid": None,
        "projectId": "21",
        "projectName": spec.project,
        "branch": "trunk",
        "applicationId": "_aBcD",
        "applicationName": spec.application,
        "applicationType": "JOB",
        "applicationVersion": "1.4",
        "contextName": "Default",
        "applyContextToChildren": "false",
        "executionServerId": "3",
        "jobServerLabelHost": spec.server,
        "virtualServerLabel": None,
        "onUnknownStateJob": "WAIT",
        "timeOut": None,
        "idQuartzJob": "65",
        "nextFireDate": None,
        _REMAINING: None,
        "lastScriptGenerationDate": None,
        "lastDeploymentDate": None,
        "lastRunDate": None,
        "lastEndedRunDate": None,
        "lastTaskTraceError": None,
        "commandLineVersion": "5.6.1.20141207_1530",
        "originType": "ZIP",
        "repositoryName": None,
        "regenerateJobOnChange": "false",
        "addStatisticsCodeEnabled": "false",
        "execStatisticsEnabled": "false",
        "svnRevision": None,
        "latestVersion": None,
        "log4jLevel": None,
        "runAsUser": None,
        "taskType": None,
    }


def _text(value: bool) -> str:  # noqa: FBT001 - it is what is written down
    return "true" if value else "false"
