"""The tasks of a run, each with its tries; a mapped task is there once for each of its indexes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui.adapters.airflow.states import task_state
from tui.adapters.airflow.wire import TaskRow, reading
from tui.core.bounds import MAX_TASKS
from tui.core.errors import NotFound
from tui.core.models import Task
from tui.core.state import State
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tui.adapters.airflow.api import AirflowApi
    from tui.core.keys import RunKey

MOST_HISTORIES = 20
"""Tasks of one run whose earlier tries are asked for, at a call each."""

_FAR = datetime.max.replace(tzinfo=UTC)
_WAITING = frozenset({"", "scheduled", "queued"})
"""States in which the times of a task are those of the try before, after it was cleared (seen in 3.3.2)."""


class TaskReader:
    """Asks about the tasks of runs."""

    def __init__(self, api: AirflowApi) -> None:
        self._api = api

    async def tasks(self, run: RunKey) -> list[Task]:
        """The tasks of a run in the order in which they began, with their earlier tries. Raises NotFound."""
        rows = await self.rows(run)
        retried = [row for row in rows if row.try_number > 1 or _was_cleared(row)][:MOST_HISTORIES]
        told = await asyncio.gather(*(self._earlier(run, row) for row in retried))
        earlier = {row.id: tries for row, tries in zip(retried, told, strict=True)}
        found: list[Task] = []
        for row in rows:
            found += [task_of(run, each) for each in earlier.get(row.id, ())]
            found.append(task_of(run, row))
        return found

    async def rows(self, run: RunKey) -> list[TaskRow]:
        """The tasks as they are now, those first that began first. Raises NotFound."""
        body = {"dag_ids": [run.job_id], "dag_run_ids": [run.run_id]}
        rows: list[TaskRow] = []
        offset = 0
        while len(rows) <= MAX_TASKS:
            told = await self._api.find_tasks(body, offset)
            rows += await in_turns(reading(TaskRow, told.rows))
            offset += len(told.rows)
            if not told.has_more(offset):
                break
        if not rows:
            # No run looks like a run without tasks.
            await self._api.run(run)
        return in_order({row.id: row for row in rows}.values())

    async def _earlier(self, run: RunKey, row: TaskRow) -> Sequence[TaskRow]:
        try:
            told = await self._api.tries(run, row.task_id, row.map_index)
        except NotFound:
            return ()
        listed = await in_turns(reading(TaskRow, told.rows))
        # A task that was cleared comes once more, waiting, with the number of its last try (seen in 3.3.2).
        rows = {each.try_number: each for each in listed if each.state not in _WAITING}
        now = row.try_number + 1 if _was_cleared(row) else row.try_number
        return [rows[number] for number in sorted(rows) if number < now]


def in_order(rows: Iterable[TaskRow]) -> list[TaskRow]:
    """Tasks in the order in which they began; those that have not begun come last, in Airflow's order."""
    return sorted(rows, key=lambda row: (row.start_date or _FAR, row.map_index))


def _was_cleared(row: TaskRow) -> bool:
    """Whether a task waits once more, and has the number of the try before."""
    return row.state in _WAITING and row.start_date is not None and row.try_number > 0


def task_of(run: RunKey, row: TaskRow) -> Task:
    """A task, or one of its tries, in nightdeck's words."""
    native = task_state(row.state)
    is_waiting = row.state in _WAITING
    ended_at = row.end_date if native.state.is_final or native.state is State.UNKNOWN else None
    if ended_at is not None and row.start_date is not None and ended_at < row.start_date:
        ended_at = row.start_date
    tries = ""
    if native.state is State.FAILED and row.max_tries > 0:
        tries = f"try {row.try_number} of {row.max_tries + 1}"
    return Task(
        run=run,
        id=row.id,
        name=row.title,
        state=native.state,
        native_state=row.state,
        attempt=max(1, row.try_number + 1 if _was_cleared(row) else row.try_number),
        started_at=None if is_waiting else row.start_date,
        ended_at=None if is_waiting else ended_at,
        message=", ".join(filter(None, (native.substate, tries, row.note))),
        queued_at=row.scheduled_when or row.queued_when,
    )
