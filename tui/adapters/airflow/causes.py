"""Why runs failed: which of their tasks did, or who ended them.

Airflow calls a run that somebody ended "failed" as well. Only its audit log tells who did it, and when.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tui.adapters.airflow.api import LARGE_PAGE, PAGE
from tui.adapters.airflow.states import FAILED
from tui.adapters.airflow.wire import EventRow, TaskRow, iso, reading
from tui.core.errors import BadAnswer, Forbidden, NotFound, ServerFailed
from tui.transport.fields import line
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tui.adapters.airflow.api import AirflowApi
    from tui.adapters.airflow.ledger import DagRun

SET_STATE = "patch_dag_run"
"""What the audit log calls it when somebody gives a run another state."""

_EVENTS = (SET_STATE, "clear_dag_run", "post_clear_task_instances")
"""What people do to runs. The newest one says whether a run failed by itself after it was cleared."""

AT_ONCE = 100
"""Runs that are asked about in one sweep."""

_MOST_PAGES = 3
_MOST_NAMED = 3
_KEPT = 20_000
_FAR = datetime.max.replace(tzinfo=UTC)

_AROUND_END = timedelta(seconds=60)
"""A run is ended by the request that the audit log tells of, within a moment; clocks may differ."""

UNKNOWN_CAUSE = "the run failed"
"""What is said as long as nothing else is known."""
NO_TASK_FAILED = "the run failed, and none of its tasks: its time was up, or somebody ended it"
"""What is said when no task failed and the audit log tells of nobody."""


class Cause(NamedTuple):
    """Why a run failed."""

    text: str
    """One line."""
    is_stop: bool = False
    """Whether somebody ended it."""


Mark = tuple[str, str, datetime | None]


class FailureCauses:
    """Finds out why runs failed, for many of them at once, and remembers it."""

    def __init__(self, api: AirflowApi) -> None:
        self._api = api
        self._known: dict[Mark, Cause] = {}
        self._stopped: set[Mark] = set()
        self._has_trouble = False

    def cause(self, run: DagRun | None) -> Cause | None:
        """Why a run failed; None for one that did not."""
        if run is None or run.word != FAILED:
            return None
        return self._known.get(run.mark, Cause(UNKNOWN_CAUSE))

    def note_stop(self, run: DagRun) -> None:
        """Take note that we ended a run, for those who may not read the audit log."""
        self._stopped.add(run.mark)

    async def find(self, runs: Iterable[DagRun | None], *, is_optional: bool = False) -> None:
        """Find out about the runs of which nothing is known yet.

        Args:
            runs: Among them the ones that failed are looked at, as many as one sweep does.
            is_optional: Whether it is done without when it can't be read for the second time: a sweep is
                worth more than the reasons that it tells.

        Raises:
            SystemUnavailable: Airflow could not be asked.
        """
        failed = [
            run for run in runs if run is not None and run.word == FAILED and run.mark not in self._known
        ]
        sought = failed[:AT_ONCE]
        if not sought:
            return
        try:
            tasks = await self._failed_tasks(sought)
            doings = await self._doings(sought)
        except (Forbidden, NotFound):
            return
        except (BadAnswer, ServerFailed):
            if not is_optional or not self._has_trouble:
                self._has_trouble = True
                raise
            return
        self._has_trouble = False
        if len(self._known) > _KEPT:
            self._known.clear()
        for run in sought:
            self._known[run.mark] = self._cause_of(run, tasks.get((run.dag_id, run.id), []), doings)

    def _cause_of(
        self, run: DagRun, tasks: Sequence[TaskRow], doings: Mapping[tuple[str, str], Cause]
    ) -> Cause:
        done = doings.get((run.dag_id, run.id))
        if done is not None:
            return done
        if run.mark in self._stopped:
            return Cause("stopped with nightdeck", is_stop=True)
        return Cause(told_of(tasks) or NO_TASK_FAILED)

    async def _failed_tasks(self, runs: Sequence[DagRun]) -> dict[tuple[str, str], list[TaskRow]]:
        body = {
            "dag_ids": sorted({run.dag_id for run in runs}),
            "dag_run_ids": sorted({run.id for run in runs}),
            "state": [FAILED],
            "page_limit": LARGE_PAGE,
        }
        found: dict[tuple[str, str], list[TaskRow]] = {}
        offset = 0
        for _ in range(_MOST_PAGES):
            told = await self._api.find_tasks(body, offset)
            for row in await in_turns(reading(TaskRow, told.rows)):
                found.setdefault((row.dag_id, row.dag_run_id), []).append(row)
            offset += len(told.rows)
            if not told.has_more(offset):
                break
        return found

    async def _doings(self, runs: Sequence[DagRun]) -> dict[tuple[str, str], Cause]:
        """Which of the runs somebody set to failed, as far as the audit log may be read."""
        ends = {(run.dag_id, run.id): run.ended_at for run in runs if run.ended_at is not None}
        if not ends:
            return {}
        dag_ids = {dag_id for dag_id, _ in ends}
        after = min(ends.values()) - _AROUND_END
        params: list[tuple[str, str | int]] = [("included_events", event) for event in _EVENTS]
        params += [("order_by", "-when"), ("limit", PAGE), ("after", iso(after))]
        if len(dag_ids) == 1:
            params.append(("dag_id", dag_ids.pop()))
        events: dict[tuple[str, str], EventRow] = {}
        offset = 0
        for _ in range(_MOST_PAGES):
            try:
                told = await self._api.events([*params, ("offset", offset)])
            except (Forbidden, NotFound):
                break
            for event in await in_turns(reading(EventRow, told.rows)):
                key = (event.dag_id, event.run_id)
                if key in ends:
                    events.setdefault(key, event)
            offset += len(told.rows)
            if not told.has_more(offset):
                break
        return {key: cause for key, event in events.items() if (cause := _doing(event, ends[key]))}


def told_of(tasks: Sequence[TaskRow]) -> str:
    """Which tasks failed, in one line; empty for none."""
    if not tasks:
        return ""
    ordered = sorted(tasks, key=lambda task: (task.end_date or _FAR, task.id))
    if len(ordered) == 1:
        task = ordered[0]
        tries = f" (try {task.try_number} of {task.max_tries + 1})" if task.try_number > 1 else ""
        return line(f"task {task.title} failed{tries}")
    names = ", ".join(task.title for task in ordered[:_MOST_NAMED])
    more = ", …" if len(ordered) > _MOST_NAMED else ""
    return line(f"{len(ordered)} tasks failed: {names}{more}")


def _doing(event: EventRow, ended_at: datetime) -> Cause | None:
    """What somebody did to a run that has failed; None when it failed by itself after that."""
    if event.event != SET_STATE or event.when is None or event.when < ended_at - _AROUND_END:
        return None
    try:
        told = json.loads(event.extra)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or told.get("state") != FAILED:
        return None
    by = f" by {event.owner}" if event.owner else ""
    if event.when > ended_at + _AROUND_END:
        # The end of a run that was over stays what it was (seen in 3.3.2).
        return Cause(f"set to failed{by} after its end")
    return Cause(f"stopped{by}", is_stop=True)
