"""The rows of lists as JSON, each made once and again only when something about it has changed."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING

from tui.simulators.informatica import activityrows
from tui.simulators.informatica.times import eastern, plain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping
    from datetime import datetime

    from tui.simulators.informatica.org import Org
    from tui.simulators.informatica.run import TaskRun
    from tui.simulators.informatica.task import Task
    from tui.simulators.informatica.taskflow import Taskflow

Row = dict[str, object]
"""A JSON object."""

_ROWS_A_PIECE = 50
_MOST_KEPT = 60_000


class Rows:
    """Writes rows and keeps them.

    Args:
        org: Whose.
    """

    def __init__(self, org: Org) -> None:
        self._org = org
        self._kept: dict[tuple[object, ...], str] = {}

    def forget(self) -> None:
        """Make every row anew."""
        self._kept.clear()

    def logged(self, task: Task, run: TaskRun) -> str:
        """A run in the activity log."""
        behaviour = self._org.behaviour
        key = ("log", task.index, run.run_id)
        return self._text(key, lambda: activityrows.logged(task, run, behaviour))

    def monitored(self, task: Task, run: TaskRun, now: datetime, *, has_details: bool) -> str:
        """A run in the activity monitor."""
        behaviour = self._org.behaviour
        begun = activityrows.begun_steps(task.spec, run, now) if has_details else 0
        key = ("monitor", task.index, run.run_id, activityrows.state(run, now), begun)
        return self._text(key, lambda: activityrows.monitored(task, run, now, begun, behaviour))

    def task(self, task: Task) -> str:
        """A task in the lists of definitions."""
        return self._text(("task", task.spec.id), lambda: {"@type": "task", **self._definition(task)})

    def workflow(self, task: Task) -> str:
        """A linear taskflow in their list."""
        return self._text(("workflow", task.spec.id), lambda: {"@type": "workflow", **self._definition(task)})

    def mapping_task(self, task: Task) -> str:
        """A mapping task with everything that there is to know of it."""
        return self._text(("mttask", task.spec.id), lambda: self._mapping_task(task))

    def asset(self, asset: Task | Taskflow) -> str:
        """An asset in the list of objects."""
        return self._text(("object", asset.spec.id), lambda: self._object(asset))

    def found(self, asset: Task | Taskflow) -> Row:
        """An asset as a look-up finds it."""
        spec = asset.spec
        return {
            "id": spec.federated_id,
            "path": f"{spec.folder}/{spec.name}",
            "type": spec.type,
            "description": spec.description,
            "updatedBy": "ops",
            "updateTime": plain(spec.updated_at),
        }

    def timed(self, times: Mapping[str, datetime], twin: str = "Utc") -> Row:
        """Times as v2 writes them, with their twins if there are any."""
        return activityrows.timed(times, self._org.behaviour, twin)

    def _text(self, key: tuple[object, ...], make: Callable[[], Row]) -> str:
        text = self._kept.get(key)
        if text is None:
            if len(self._kept) >= _MOST_KEPT + len(self._org.catalogue.tasks) * 2:
                self._kept.clear()
            text = self._kept[key] = json.dumps(make(), separators=(",", ":"))
        return text

    def _definition(self, task: Task) -> Row:
        spec = task.spec
        return {
            "id": spec.id,
            "orgId": self._org.id,
            "name": spec.name,
            "description": spec.description,
            "createTime": eastern(spec.updated_at),
            "updateTime": eastern(spec.updated_at),
            "createdBy": "ops",
            "updatedBy": "ops",
        }

    def _mapping_task(self, task: Task) -> Row:
        return {
            "@type": "mtTask",
            **self._definition(task),
            "runtimeEnvironmentId": activityrows.ENVIRONMENT,
            "parameters": [],
            "parameterFileEncoding": "UTF-8",
            "enableParallelRun": task.spec.is_parallel,
        }

    def _object(self, asset: Task | Taskflow) -> Row:
        is_published = getattr(asset.spec, "is_published", True)
        status = "published" if is_published else "unpublished"
        return {**self.found(asset), "tags": [], "customAttributes": {"publicationStatus": status}}


async def pieces(texts: Iterable[str], before: str = "[", after: str = "]") -> AsyncIterator[bytes]:
    """Rows as a JSON array, so many at a time: whoever shares the loop gets a turn in between.

    Args:
        texts: The rows.
        before: What stands before them.
        after: What stands behind them.
    """
    rest, separator = iter(texts), before
    while some := list(itertools.islice(rest, _ROWS_A_PIECE)):
        yield (separator + ",".join(some)).encode()
        separator = ","
        await asyncio.sleep(0)
    yield ((before if separator == before else "") + after).encode()
