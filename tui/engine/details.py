"""What is asked of a system when a user opens a job: runs, logs, steps, the raw record."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.core.bounds import MAX_PARAMETERS, MAX_TASKS
from tui.core.capabilities import CanTrigger, HasLogFiles, HasLogs, HasRaw, HasTasks, HasWebUrl
from tui.core.errors import ActionRefused, NightdeckError
from tui.core.models import Task
from tui.core.state import State
from tui.engine.masking import masked
from tui.engine.runs import completed, merged_runs, moment_of
from tui.engine.scrubbing import clean_parameter, clean_run, clean_task, hidden_run, hidden_task
from tui.engine.sharing import SharedCalls
from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tui.core.adapter import Adapter
    from tui.core.keys import JobKey, RunKey
    from tui.core.models import LogChunk, Parameter, Run
    from tui.core.redaction import Redactor
    from tui.engine.connections import Connections
    from tui.engine.history import History
    from tui.engine.recorder import Recorder


_AT_ONCE = 250
"""Steps that are looked through for secrets between two turns of the event loop."""


class Details:
    """Reads details; equal questions in flight share one answer without secrets and control characters."""

    def __init__(
        self, connections: Connections, history: History, recorder: Recorder, redactor: Redactor
    ) -> None:
        self._connections = connections
        self._history = history
        self._recorder = recorder
        self._redactor = redactor
        self._calls = SharedCalls()

    async def runs(self, job: JobKey, limit: int) -> Sequence[Run]:
        """The system's runs and those of history, newest first; see `Engine.runs`."""
        self._connections.poller(job.connection)
        return await self._calls.call(("runs", job, limit), lambda: self._runs(job, limit))

    async def read_log(self, run: RunKey, cursor: str) -> LogChunk:
        """What follows the cursor in the run's log; see `Engine.read_log`."""

        async def read(adapter: Adapter) -> LogChunk:
            if not isinstance(adapter, HasLogs):
                raise _lacking(adapter, "keeps no logs that can be read")
            return await adapter.read_log(run, cursor)

        return await self._calls.call(
            ("log", run, cursor), lambda: self._connections.ask(run.connection, read)
        )

    async def log_path(self, run: RunKey) -> Path | None:
        """The file on this machine that is the run's log; None where there is none."""
        adapter = await self._connections.adapter(run.connection)
        if not isinstance(adapter, HasLogFiles):
            return None
        await adapter.know_secrets(run)
        return adapter.log_path(run)

    async def tasks(self, run: RunKey) -> Sequence[Task]:
        """The steps of a run; see `Engine.tasks`."""

        async def read(adapter: Adapter) -> Sequence[Task]:
            if not isinstance(adapter, HasTasks):
                raise _lacking(adapter, "does not tell the steps of a run")
            return await self._shown(run, await adapter.list_tasks(run))

        return await self._calls.call(("tasks", run), lambda: self._connections.ask(run.connection, read))

    async def raw(self, job: JobKey, run: RunKey | None) -> Mapping[str, object]:
        """The system's own record; see `Engine.raw`."""

        async def read(adapter: Adapter) -> Mapping[str, object]:
            if not isinstance(adapter, HasRaw):
                raise _lacking(adapter, "has no record of its own to show")
            # One may have thousands of values, and each is looked through for secrets.
            record = await asyncio.to_thread(masked, await adapter.read_raw(job, run), self._redactor)
            return record if isinstance(record, dict) else {}

        return await self._calls.call(("raw", job, run), lambda: self._connections.ask(job.connection, read))

    async def parameters(self, job: JobKey) -> Sequence[Parameter]:
        """What a trigger of the job accepts; see `Engine.parameters`."""

        async def read(adapter: Adapter) -> Sequence[Parameter]:
            if not isinstance(adapter, CanTrigger):
                return ()
            told = await adapter.list_parameters(job)
            return tuple(map(clean_parameter, told[:MAX_PARAMETERS]))

        return await self._calls.call(
            ("parameters", job), lambda: self._connections.ask(job.connection, read)
        )

    async def web_url(self, job: JobKey, run: RunKey | None) -> str | None:
        """The web page of a job or run, or None."""
        adapter = await self._connections.adapter(job.connection)
        url = adapter.web_url(job, run) if isinstance(adapter, HasWebUrl) else None
        return self._redactor.hide(plain_text(url)) if url else None

    async def _shown(self, run: RunKey, told: Sequence[Task]) -> tuple[Task, ...]:
        shown: list[Task] = []
        for start in range(0, min(len(told), MAX_TASKS), _AT_ONCE):
            tasks = map(clean_task, told[start : min(start + _AT_ONCE, MAX_TASKS)])
            shown += [hidden_task(task, self._redactor) for task in tasks]
            await asyncio.sleep(0)
        if len(told) > MAX_TASKS:
            shown.append(Task(run, "…", f"{len(told) - MAX_TASKS:,} more are not shown", State.UNKNOWN))
        return tuple(shown)

    async def _runs(self, job: JobKey, limit: int) -> tuple[Run, ...]:
        remembered = await self._history.runs(job, limit)
        try:
            listed = await self._connections.ask(
                job.connection, lambda adapter: adapter.list_runs(job, limit)
            )
        except NightdeckError:
            if not remembered:
                raise
            listed = ()
        known = {run.key: run for run in remembered}
        told: list[Run] = []
        for listed_run in listed[:limit]:
            run = hidden_run(clean_run(listed_run), self._redactor)
            told.append(completed(run, known.get(run.key)))
            # One run may have hundreds of parameters, and each is looked through for secrets.
            await asyncio.sleep(0)
        # An older run without any time has no place among the others: history would take it for the newest.
        placed = [run for index, run in enumerate(told) if index == 0 or moment_of(run) is not None]
        self._recorder.record(run for run in placed if known.get(run.key) != run)
        return merged_runs(told, remembered, limit)


def _lacking(adapter: Adapter, lack: str) -> ActionRefused:
    return ActionRefused(f"{adapter.title} {lack}", hint="look at the system's own web page")
