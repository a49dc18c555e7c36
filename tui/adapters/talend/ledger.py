"""The runs that are known by an id: those that we started, and those that the list of tasks told of.

The MetaServlet lists no runs. A run that we started has the id that runTask answered, which is kept over
restarts; any other is known by the time at which the list of tasks says that the last run began.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from tui.adapters.talend.states import execution_state
from tui.adapters.talend.times import nearest, within
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tui.adapters.talend.glance import Start
    from tui.adapters.talend.wire import ExecutionAnswer, TaskRow
    from tui.core.adapter import Memory

MEMORY_KEY = "runs"
"""Under which the runs are kept over restarts."""

MOST_RUNS = 20
"""Runs of one task that are remembered."""

MOST_KEPT = 2000
"""Runs of all tasks that are kept over restarts."""

_START_DELAY = timedelta(minutes=10)
"""A run that begins so long after our request, while nobody watched, may as well be another one."""

_EARLY = timedelta(minutes=1)
"""A run may seem to have begun so long before our request: its time may be cut, and clocks differ."""

_QUARTER = timedelta(minutes=15)
_WAIT = timedelta(minutes=2)
_DIGITS = re.compile(r"\d+")
_SECONDS_DIGITS = 14


class KnownRun(BaseModel):
    """One run that has an id."""

    id: str
    """The `execRequestId`, or the time at which it began by the TAC's own clock."""
    is_own: bool = False
    """Whether we started it, so that the TAC can be asked about it."""
    begun: datetime | None = None
    """When it was asked for or, for others, when it began."""
    started: datetime | None = None
    """When it began, by the `lastRunDate` of its task."""
    stamp: str = ""
    """The `lastRunDate` that the task shows for it, as it is; empty until it shows one."""
    before: str | None = None
    """The `lastRunDate` that the task showed before it; None when nobody looked."""
    params: dict[str, str] = {}
    """The context parameters that it was started with."""
    state: State | None = None
    """What is known of its state; None for nothing."""
    substate: str = ""
    """Free text beside the state."""
    native: str = ""
    """The TAC's own word for the state."""
    message: str = ""
    """The TAC's own text for the state."""
    exit_code: int | None = None
    """The job's exit code."""
    ended: datetime | None = None
    """When it ended, or when we learned that it had."""
    is_stopped: bool = False
    """Whether we asked the TAC to stop it."""
    execution: str = ""
    """The `jobExecutionId` that its log has, once they were matched."""
    is_lost: bool = False
    """Whether the TAC no longer knows its id."""

    @property
    def asked_at(self) -> datetime | None:
        """When it began or, until that is known, when it was asked for."""
        return self.started or self.begun

    @property
    def is_open(self) -> bool:
        """Whether the TAC is to be asked how it stands."""
        return self.is_own and not self.is_lost and (self.state is None or not self.state.is_final)


class Ledger:
    """Remembers runs of each task, oldest first."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._runs: dict[str, list[KnownRun]] = {}
        self._kept: set[str] = set()
        self._watched: set[str] = set()
        self._stamps: dict[str, str] = {}
        self._is_changed = False

    async def load(self) -> None:
        """Fetch what an earlier session kept; what can't be read is left out."""
        kept = await self._memory.load(MEMORY_KEY)
        for task_id, values in kept.items() if isinstance(kept, dict) else ():
            runs = _read_runs(values)
            if runs:
                self._runs[task_id] = runs
                self._kept.update(run.id for run in runs)

    async def save(self) -> None:
        """Keep the runs that a later session needs, if any of them has changed."""
        if not self._is_changed:
            return
        self._is_changed = False
        kept = [
            (run.begun.timestamp() if run.begun else 0.0, task_id, run)
            for task_id, runs in self._runs.items()
            for run in runs
            if run.id in self._kept
        ]
        kept.sort(key=lambda item: item[0])
        told: dict[str, list[Any]] = {}
        for _, task_id, run in kept[-MOST_KEPT:]:
            told.setdefault(task_id, []).append(run.model_dump(mode="json", exclude_defaults=True))
        await self._memory.save(MEMORY_KEY, told)

    def runs(self, task_id: str) -> Sequence[KnownRun]:
        """The known runs of a task, oldest first."""
        return tuple(self._runs.get(task_id, ()))

    def last(self, task_id: str) -> KnownRun | None:
        """The newest known run of a task."""
        runs = self._runs.get(task_id)
        return runs[-1] if runs else None

    def find(self, task_id: str, run_id: str) -> KnownRun | None:
        """One run of a task."""
        return next((run for run in self._runs.get(task_id, ()) if run.id == run_id), None)

    def open_runs(self, task_id: str | None = None) -> Sequence[tuple[str, KnownRun]]:
        """The runs of all tasks, or of one, that the TAC is to be asked about, each with its task."""
        tasks = self._runs if task_id is None else (task_id,)
        return [(task, run) for task in tasks for run in self._runs.get(task, ()) if run.is_open]

    def clock_shift(self) -> timedelta | None:
        """How far the listed start of the newest run of ours is from the request, when no wait explains it.

        The request's time is absolute, the listed one depends on the zone: a shift by whole quarters of an
        hour, which all zones have between them, is a wrong zone.
        """
        runs = [
            run for each in self._runs.values() for run in each if run.is_own and run.started and run.begun
        ]
        if not runs:
            return None
        newest = max(runs, key=lambda run: run.begun.timestamp() if run.begun else 0.0)
        if newest.started is None or newest.begun is None:
            return None
        shift = newest.started - newest.begun
        quarters = round(shift / _QUARTER)
        return quarters * _QUARTER if quarters and abs(shift - quarters * _QUARTER) < _WAIT else None

    def start(self, task_id: str, run: KnownRun) -> None:
        """Remember a run that we just started."""
        run.before = self._stamps.get(task_id)
        self._watched.add(run.id)
        self._add(task_id, run)
        self.keep(run)

    def forget_others(self, task_ids: Collection[str]) -> None:
        """Forget what is known of tasks that there are no more, but not the runs that are to be kept."""
        if len(self._stamps) > len(task_ids):
            self._stamps = {task: stamp for task, stamp in self._stamps.items() if task in task_ids}
            for task in [task for task in self._runs if task not in task_ids]:
                self._runs[task] = [run for run in self._runs[task] if run.id in self._kept]
                if not self._runs[task]:
                    del self._runs[task]

    def keep(self, run: KnownRun) -> None:
        """Let a later session know the run as it is now."""
        self._kept.add(run.id)
        self._is_changed = True

    def update(self, run: KnownRun) -> None:
        """Note that something of the run has changed; it is kept if it was before."""
        self._is_changed = self._is_changed or run.id in self._kept

    def note_execution(self, run: KnownRun, told: ExecutionAnswer, now: datetime) -> None:
        """Take over what the TAC says of a run that we started."""
        state, substate = execution_state(told.basic, told.detailed, told.exit_code)
        if run.is_stopped and state is State.FAILED:
            state, substate = State.CANCELLED, ""
        native = told.detailed or told.basic
        if (run.state, run.substate, run.native) == (state, substate, native):
            return
        run.state, run.substate, run.native = state, substate, native
        run.message, run.exit_code = told.label, told.exit_code
        if state.is_final:
            run.ended = now
        self.keep(run)

    def newest(self, row: TaskRow, start: Start) -> KnownRun | None:
        """The newest run that is known of a task, by what the list of tasks says.

        Args:
            row: The task.
            start: What its `lastRunDate` means.
        """
        runs = self._runs.get(row.id, [])
        stamp = row.last_run
        is_first_look = row.id not in self._stamps
        self._stamps[row.id] = stamp
        if not stamp:
            return runs[-1] if runs else None
        if runs and self._is_of(runs[-1], stamp, start):
            return runs[-1]
        known = self.stamped(row.id, stamp)
        if known is not None and not start.is_another:
            return known
        run = KnownRun(id=self._id_of(row.id, stamp), begun=start.likely, started=start.likely, stamp=stamp)
        self._add(row.id, run)
        if not is_first_look:
            for each in self._runs[row.id][-2:]:
                self.keep(each)
        return run

    def stamped(self, task_id: str, stamp: str) -> KnownRun | None:
        """The newest run for which a task shows this `lastRunDate`."""
        return next((run for run in reversed(self._runs.get(task_id, ())) if run.stamp == stamp), None)

    def _is_of(self, newest: KnownRun, stamp: str, start: Start) -> bool:
        """Whether a task with this `lastRunDate` has no newer run than the newest that is known."""
        if newest.stamp or not newest.is_own:
            return newest.stamp == stamp and not start.is_another
        asked_at = newest.begun
        begun = nearest(within(start.moments, since=asked_at - _EARLY) if asked_at else (), asked_at)
        if self._is_begun(newest, stamp, begun, is_another=start.is_another):
            newest.stamp, newest.started = stamp, begun or start.likely
            self.keep(newest)
        elif newest.before is None and start.likely and asked_at and start.likely < asked_at:
            newest.before = stamp
        return stamp in (newest.stamp, newest.before)

    def _is_begun(self, run: KnownRun, stamp: str, begun: datetime | None, *, is_another: bool) -> bool:
        """Whether a `lastRunDate` is that of the run which we asked for."""
        if stamp == run.before and not is_another:
            return False
        if run.before is not None and (run.id in self._watched or run.is_open):
            return True
        if begun is None or run.begun is None:
            return run.is_open
        return -_EARLY <= begun - run.begun <= _START_DELAY

    def _id_of(self, task_id: str, stamp: str) -> str:
        """The id of a run that somebody else started: when it began, to the second, as the log spells it.

        In the hour that comes twice, two runs may have begun at the same time: the later one has a number.
        """
        spelled = "".join(_DIGITS.findall(stamp))[:_SECONDS_DIGITS] or stamp
        taken = {run.id for run in self._runs.get(task_id, ())}
        if spelled not in taken:
            return spelled
        return next(run_id for number in count(2) if (run_id := f"{spelled}-{number}") not in taken)

    def _add(self, task_id: str, run: KnownRun) -> None:
        runs = self._runs.setdefault(task_id, [])
        runs.append(run)
        for gone in runs[:-MOST_RUNS]:
            self._kept.discard(gone.id)
            self._watched.discard(gone.id)
        del runs[:-MOST_RUNS]


def _read_runs(values: Any) -> list[KnownRun]:
    runs: list[KnownRun] = []
    for value in values if isinstance(values, list) else ():
        try:
            runs.append(KnownRun.model_validate(value))
        except ValidationError:
            continue
    return runs


def to_json(run: KnownRun) -> Mapping[str, Any]:
    """What is known of a run, for people who want to see everything."""
    return run.model_dump(mode="json", exclude_defaults=True)
