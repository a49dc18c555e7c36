"""A task with what has been done to it; its scheduled runs depend on nothing but the time."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tui.simulators.fleet import execution, period_number
from tui.simulators.informatica.numbering import Numbering
from tui.simulators.informatica.run import TaskRun, outcome_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tui.simulators.informatica.specs import TaskSpec
    from tui.simulators.informatica.taskflow import Taskflow

_KEPT = 64


class Task:
    """A classic task or a linear taskflow.

    Args:
        spec: What it is.
        index: Its place among all tasks.
        night: When the simulation began.
    """

    def __init__(self, spec: TaskSpec, index: int, night: datetime) -> None:
        self.spec = spec
        self.index = index
        self._night = night
        self._parent: Taskflow | None = None
        self._script = spec.script
        self._asked: dict[int, TaskRun] = {}
        self._stopped: dict[int, TaskRun] = {}
        self._fired: dict[int, TaskRun] = {}

    def belong_to(self, parent: Taskflow) -> None:
        """Be run by a taskflow whenever that one runs."""
        self._parent = parent
        self._script = parent.spec.script

    @cached_property
    def _numbering(self) -> Numbering:
        since = self.spec.since if self._parent is None else self._parent.spec.since
        return Numbering(self._script, since, self._night, self.spec.runs_before)

    def period_id(self, number: int) -> int:
        """The id of the run that belongs to a period of the schedule."""
        return self._numbering.of_period(number)

    def next_id(self, now: datetime) -> int:
        """The id of a run that is asked for now."""
        return self._numbering.take(now)

    def ask(self, run: TaskRun) -> None:
        """Begin a run that somebody asked for."""
        self._asked[run.run_id] = run

    def asked(self) -> Iterator[TaskRun]:
        """The runs that no schedule began."""
        yield from self._asked.values()

    def change(self, run: TaskRun) -> None:
        """Let a run be different from now on."""
        if run.number < 0:
            self._asked[run.run_id] = run
        else:
            self._stopped[run.number] = run

    def run(self, run_id: int) -> TaskRun | None:
        """The run with that id."""
        number = self._numbering.period_of(run_id)
        return self._asked.get(run_id) if number is None else self.fired(number)

    def runs(self, now: datetime, since: datetime) -> Iterator[TaskRun]:
        """Its runs that began after a moment, newest first."""
        asked = [run for run in self._asked.values() if since <= run.requested_at <= now]
        asked.sort(key=lambda run: run.requested_at)
        for run in self._scheduled(now, since):
            while asked and asked[-1].requested_at >= run.requested_at:
                yield asked.pop()
            yield run
        yield from reversed(asked)

    def active(self, now: datetime) -> TaskRun | None:
        """The newest run that goes on."""
        going = [run for run in self._asked.values() if run.is_active(now) and not run.is_overlap]
        if self._script is not None:
            run = self.fired(period_number(self._script, now))
            if run is not None and run.is_active(now) and not run.is_overlap:
                going.append(run)
        return max(going, key=lambda run: run.requested_at, default=None)

    def fired(self, number: int) -> TaskRun | None:
        """The run that belongs to a period of the schedule; None when there is none."""
        if self._script is None or number < self._numbering.first:
            return None
        if self._parent is not None:
            return self._parent.step_run(number, self)
        return self._stopped.get(number) or self._fire(number)

    def _scheduled(self, now: datetime, since: datetime) -> Iterator[TaskRun]:
        if self._script is None:
            return
        earliest = max(self._numbering.first, period_number(self._script, since))
        for number in range(period_number(self._script, now), earliest - 1, -1):
            run = self.fired(number)
            if run is not None and since <= run.requested_at <= now:
                yield run

    def _fire(self, number: int) -> TaskRun:
        if number not in self._fired:
            assert self._script is not None  # noqa: S101 - whoever knows a period has a schedule
            if len(self._fired) >= _KEPT:
                del self._fired[next(iter(self._fired))]
            one = execution(self._script, number, self._night)
            run = TaskRun(
                run_id=self._numbering.of_period(number),
                requested_at=one.started_at,
                duration_s=one.duration_s,
                outcome=outcome_of(one),
                queue_s=self.spec.queue_s,
                number=number,
            )
            is_busy = any(
                asked.is_active(run.requested_at) and not asked.is_overlap for asked in self._asked.values()
            )
            self._fired[number] = run.overlapping() if is_busy and not self.spec.is_parallel else run
        return self._fired[number]
