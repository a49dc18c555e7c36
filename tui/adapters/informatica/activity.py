"""What is known of the runs of classic tasks.

The monitor tells those under way, the log those that ended, and between the two a run is in neither list.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tui.adapters.informatica import states
from tui.adapters.informatica.runs import SeenRun, Standing, standing_of
from tui.adapters.informatica.states import NativeState, Source
from tui.adapters.informatica.times import span_of_v2
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterable, Sequence
    from datetime import datetime

    from tui.adapters.informatica.wire import ActivityRow

GAP = timedelta(minutes=10)
"""So long a run may be neither in the monitor nor in the log; after that nobody knows what became of it."""

MOST_RUNS = 5
"""Ended runs of one task that are remembered: the newest, and enough to find the last outcome."""

MOST_OPEN = 1000
"""Runs of one task that may be in no log yet; what is told of more is not looked at."""

MOST_STRANGERS = 5000
"""Tasks that are in no list of which runs are remembered, so that they are not taken for news."""

FAILED = "FAILED"
"""The monitor's word for a run that failed, or was stopped."""

_SCHEDULER = "SCHEDULER"


@dataclass(slots=True)
class _OpenRun:
    """A run that is not in the log yet."""

    run: SeenRun
    seen_at: datetime
    """When the monitor last told of it, or when it was asked for."""
    is_listed: bool = False
    """Whether the monitor told of it in the newest look."""
    over_since: datetime | None = None
    """When it was first seen to be over, while the log doesn't have it."""


class Activity:
    """Joins the two lists on task and run. It asks nobody.

    Args:
        flow_name: The name of the taskflow with an id in version 3; empty for an unknown one.
    """

    def __init__(self, flow_name: Callable[[str], str]) -> None:
        self._flow_name = flow_name
        self._logged: dict[str, dict[str, SeenRun]] = {}
        self._open: dict[str, dict[str, _OpenRun]] = {}
        self._standings: dict[str, Standing] = {}
        self._limit = MOST_STRANGERS
        self.is_whole = False
        """Whether the log was read to its end, so that a task without a run has never run."""

    @property
    def missing(self) -> Sequence[tuple[str, str]]:
        """The runs, each with its task, that are in neither list, the newest first: to be asked for."""
        found = (
            (task_id, run_id, each)
            for task_id, runs in self._open.items()
            for run_id, each in runs.items()
            if not each.is_listed and each.run.state is not State.UNKNOWN
        )
        return [(task, run) for task, run, _ in sorted(found, key=lambda item: item[2].seen_at, reverse=True)]

    def standing(self, task_id: str) -> Standing:
        """How a task stands."""
        return self._standings.get(task_id, _NEVER)

    def find(self, task_id: str, run_id: str) -> SeenRun | None:
        """One run, as far as it is remembered."""
        each = self._open.get(task_id, {}).get(run_id)
        return each.run if each is not None else self._logged.get(task_id, {}).get(run_id)

    def open_runs(self, task_id: str) -> Sequence[SeenRun]:
        """The runs of a task that are not in the log yet."""
        return [each.run for each in self._open.get(task_id, {}).values()]

    def note_monitor(
        self, rows: Iterable[ActivityRow], now: datetime, task_id: str = ""
    ) -> Generator[None, None, None]:
        """Take over what the monitor tells.

        Args:
            rows: Every row that it has.
            now: When it was asked.
            task_id: The task that is looked at; empty for all.
        """
        listed: set[tuple[str, str]] = set()
        for row in rows:
            if row.task_id and row.run_id and task_id in ("", row.task_id):
                self._note_row(row, now)
                listed.add((row.task_id, row.run_id))
            yield
        for task in [task_id] if task_id else list(self._open):
            self._note_absent(task, listed, now)
            yield

    def note_log(self, rows: Iterable[ActivityRow]) -> Generator[None, None, int]:
        """Take over what the log tells, and say how many of its rows were not known."""
        news = 0
        for row in rows:
            if row.task_id and row.run_id:
                news += self._note_ended(row.task_id, self.run_of_log(row))
            yield
        return news

    def note_start(self, task_id: str, run_id: str, now: datetime) -> None:
        """Remember a run that was just asked for: it shows up in the monitor a little later."""
        if self.find(task_id, run_id) is None:
            run = SeenRun(run_id, State.QUEUED, "accepted", asked_at=now)
            self._open.setdefault(task_id, {})[run_id] = _OpenRun(run, now)
            self._settle(task_id)

    def note_stop(self, task_id: str, run_id: str) -> None:
        """Remember that a run was asked to end, until the monitor tells it."""
        each = self._open.get(task_id, {}).get(run_id)
        if each is not None and each.run.state.is_active:
            each.run = replace(each.run, state=State.RUNNING, substate=states.STOPPING)
            self._settle(task_id)

    def forget_others(self, is_known: Callable[[str], bool]) -> None:
        """Forget tasks that are in no list, such as previews, once there are many of them."""
        if len(self._standings) > self._limit:
            for each in (self._logged, self._open, self._standings):
                for gone in [task for task in each if not is_known(task)]:
                    del each[gone]
            self._limit = len(self._standings) + MOST_STRANGERS

    def run_of_log(self, row: ActivityRow) -> SeenRun:
        """The run that a row of the log tells of."""
        native = states.log_state(row.state, row.error, is_stopped=row.is_stopped)
        message = states.message_of(row.error)
        if not message and native.state in (State.WARNING, State.FAILED) and row.failed_rows:
            message = f"rows rejected: {row.failed_rows}"
        return SeenRun(
            row.run_id,
            native.state,
            native.substate,
            word=row.state,
            span=span_of_v2(row.start, row.start_utc, row.end, row.end_utc),
            message=message,
            started_by=_starter(row, self._flow_name(row.parent) if row.parent else ""),
            entry=row.id,
        )

    def _note_row(self, row: ActivityRow, now: datetime) -> None:
        if row.run_id in self._logged.get(row.task_id, {}):
            # It ended while we asked: the log knows more.
            return
        runs = self._open.setdefault(row.task_id, {})
        known = runs.get(row.run_id)
        if known is None and len(runs) >= MOST_OPEN:
            return
        run = run_of_monitor(row, known.run if known is not None else None)
        if known is None:
            known = runs[row.run_id] = _OpenRun(run, now)
            self._settle(row.task_id)
        known.seen_at, known.is_listed = now, True
        if run.substate != states.FINISHING:
            known.over_since = None
        elif known.over_since is None:
            known.over_since = now
        elif now - known.over_since > GAP:
            run = _given_up(run)
        if run != known.run:
            known.run = run
            self._settle(row.task_id)

    def _note_absent(self, task_id: str, listed: Collection[tuple[str, str]], now: datetime) -> None:
        for run_id, each in self._open.get(task_id, {}).items():
            if (task_id, run_id) in listed:
                continue
            was_listed, each.is_listed = each.is_listed, False
            run = each.run
            if now - (each.over_since or each.seen_at) > GAP:
                run = _given_up(run)
            elif was_listed and run.state.is_active:
                run = replace(run, state=State.RUNNING, substate=states.FINISHING)
            if run != each.run:
                each.run = run
                self._settle(task_id)

    def _note_ended(self, task_id: str, run: SeenRun) -> bool:
        """Remember a run of the log; whether it was not known."""
        logged = self._logged.setdefault(task_id, {})
        self._open.get(task_id, {}).pop(run.id, None)
        if not self._open.get(task_id, True):
            del self._open[task_id]
        known = logged.get(run.id)
        if known == run:
            return False
        logged[run.id] = run
        for old in sorted(logged.values(), key=_order, reverse=True)[MOST_RUNS:]:
            del logged[old.id]
        self._settle(task_id)
        return known is None

    def _settle(self, task_id: str) -> None:
        runs = [*self._logged.get(task_id, {}).values(), *self.open_runs(task_id)]
        self._standings[task_id] = standing_of(sorted(runs, key=_order, reverse=True))


_NEVER = Standing()


def run_of_monitor(row: ActivityRow, known: SeenRun | None) -> SeenRun:
    """The run that a row of the monitor tells of.

    Args:
        row: The row.
        known: What was known of the run before.
    """
    native = _state_in_monitor(row, known)
    is_over = native.state.is_final
    return SeenRun(
        row.run_id,
        native.state,
        native.substate,
        word=row.execution_state,
        span=span_of_v2(row.start, row.start_utc, row.end, row.end_utc),
        asked_at=known.asked_at if known is not None else None,
        message=states.message_of(row.error) if is_over else "",
        started_by=_starter(row),
    )


def _state_in_monitor(row: ActivityRow, known: SeenRun | None) -> NativeState:
    native = states.native_state(Source.MONITOR, row.execution_state)
    substate = known.substate if known is not None else ""
    if native.state is State.FAILED:
        # A run that was stopped looks like a failed one: without a text only the log tells them apart.
        is_told = bool(row.error) and substate != states.STOPPING
        return states.failure(row.error) if is_told else NativeState(State.RUNNING, states.FINISHING)
    if native == (State.RUNNING, "") and substate == states.STOPPING:
        return NativeState(State.RUNNING, states.STOPPING)
    return native


def _starter(row: ActivityRow, flow: str = "") -> str:
    if flow:
        return f"taskflow {flow}"
    if row.context.upper() == _SCHEDULER:
        return f"schedule {row.schedule}".rstrip()
    return row.started_by


def _given_up(run: SeenRun) -> SeenRun:
    """A run that should have been in the log for long: what became of it is known only if it failed."""
    state = State.FAILED if run.word.upper() == FAILED else State.UNKNOWN
    return replace(run, state=state, substate="not in the log")


def _order(run: SeenRun) -> tuple[int, float]:
    return run.number, run.moment
