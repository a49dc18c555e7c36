"""An advanced taskflow and its runs, each of which runs the taskflow's tasks one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tui.simulators.fleet import execution
from tui.simulators.informatica.numbering import Numbering
from tui.simulators.informatica.run import TaskRun, outcome_of
from tui.simulators.informatica.vocabulary import (
    ENDED_BADLY,
    ENDED_WITH_ERRORS,
    FAILED,
    RUNNING,
    SUCCEEDED,
    SUCCESS,
    SUSPENDED,
    Behaviour,
    Outcome,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tui.simulators.informatica.specs import TaskflowSpec
    from tui.simulators.informatica.task import Task

_KEPT = 128


class Leg(NamedTuple):
    """One task within a run of a taskflow."""

    task: Task
    run: TaskRun


@dataclass(frozen=True, slots=True)
class TaskflowRun:
    """One run of a taskflow."""

    run_id: int
    """Its number within the taskflow."""
    started_at: datetime
    """When it begins."""
    ended_at: datetime
    """When its last step ends."""
    outcome: Outcome
    """How that step ends."""
    legs: Sequence[Leg] = ()
    """The runs of its tasks."""
    number: int = -1
    """Which period of the schedule it began; -1 when somebody asked for it."""
    started_by: str = "ops"
    """Who asked for it."""
    inputs: Mapping[str, object] = field(default_factory=dict)
    """What it was given."""
    next_step: int = 0
    """The step that is still to be done, when one has failed."""
    is_suspended_by_faults: bool = True
    """Whether a failed step suspends it."""
    terminated_at: datetime | None = None
    """When somebody ended it."""

    def status(self, now: datetime, behaviour: Behaviour) -> str:
        """Its status.

        Args:
            now: At which moment.
            behaviour: What the org does.
        """
        if self.terminated_at is not None and now >= self.terminated_at:
            return behaviour.terminated_word
        if now < self.ended_at:
            return RUNNING
        if self.outcome.state == ENDED_BADLY:
            return SUSPENDED if self.is_suspended_by_faults else FAILED
        return behaviour.warning_word if self.outcome.state == ENDED_WITH_ERRORS else SUCCESS

    def is_open(self, now: datetime) -> bool:
        """Whether it goes on or waits for somebody."""
        if self.terminated_at is not None:
            return False
        return now < self.ended_at or (self.outcome.state == ENDED_BADLY and self.is_suspended_by_faults)

    def end(self, now: datetime) -> datetime | None:
        """When it ended; None when it hasn't."""
        if self.is_open(now):
            return None
        return self.terminated_at or self.ended_at


class Taskflow:
    """A taskflow.

    Args:
        spec: What it is.
        index: Its place among all taskflows.
        tasks: The tasks that it runs.
        night: When the simulation began.
    """

    SPAN = 10**10
    """How many runs of a taskflow have an id."""

    def __init__(self, spec: TaskflowSpec, index: int, tasks: Sequence[Task], night: datetime) -> None:
        self.spec = spec
        self.index = index
        self.tasks = tasks
        self._night = night
        self._numbering = Numbering(spec.script, spec.since, night, spec.runs_before)
        self._asked: dict[int, TaskflowRun] = {}
        self._changed: dict[int, TaskflowRun] = {}
        self._fired: dict[int, TaskflowRun] = {}
        for task in tasks:
            task.belong_to(self)

    def public_id(self, run_id: int, behaviour: Behaviour) -> str:
        """A run's id as everybody sees it: a number that says where to look."""
        return str(behaviour.first_taskflow_run + self.index * self.SPAN + run_id)

    def run(self, run_id: int) -> TaskflowRun | None:
        """The run with that number within the taskflow."""
        number = self._numbering.period_of(run_id)
        return self._asked.get(run_id) if number is None else self.fired(number)

    def fired(self, number: int) -> TaskflowRun | None:
        """The run that began a period of the schedule; None when there is none."""
        if self.spec.script is None or number < self._numbering.first:
            return None
        return self._changed.get(number) or self._fire(number)

    def asked(self) -> Iterator[TaskflowRun]:
        """The runs that somebody asked for."""
        yield from self._asked.values()

    def step_run(self, number: int, task: Task) -> TaskRun | None:
        """The run of one of its tasks that belongs to a period of the schedule."""
        run = self.fired(number)
        legs = run.legs if run is not None else ()
        return next((leg.run for leg in legs if leg.task is task and leg.run.number == number), None)

    def start(self, now: datetime, user: str, inputs: Mapping[str, object]) -> TaskflowRun:
        """Begin a run that somebody asks for."""
        spec = self.spec
        blank = TaskflowRun(
            run_id=self._numbering.take(now),
            started_at=now,
            ended_at=now,
            outcome=spec.outcome,
            started_by=user,
            inputs=inputs,
            is_suspended_by_faults=spec.is_suspended_by_faults,
        )
        run = self._planned(blank, now, spec.duration_s, spec.outcome)
        self._asked[run.run_id] = run
        return run

    def resume(self, run: TaskflowRun, now: datetime, *, is_skipping: bool) -> TaskflowRun:
        """Let a suspended run go on.

        Args:
            run: Which one.
            now: When.
            is_skipping: Whether the step that failed is left out.
        """
        spec, count = self.spec, max(1, len(self.tasks))
        step = run.next_step + (1 if is_skipping else 0)
        left = (count - step) / count
        again = replace(run, next_step=step, ended_at=now, outcome=SUCCEEDED)
        if left > 0:
            again = self._planned(again, now, spec.duration_s * left, spec.outcome)
        self.change(again)
        return again

    def change(self, run: TaskflowRun) -> None:
        """Let a run be different from now on."""
        if run.number < 0:
            self._asked[run.run_id] = run
        else:
            self._changed[run.number] = run

    def terminate(self, run: TaskflowRun, now: datetime) -> None:
        """End a run."""
        self.change(replace(run, terminated_at=now, ended_at=min(run.ended_at, now)))

    def leg_stopped(self, old: TaskRun, new: TaskRun) -> Sequence[Leg]:
        """Let a step of a run end early; the steps that now never come."""
        run = self.run(old.taskflow_run)
        if run is None:
            return ()
        at = next(place for place, leg in enumerate(run.legs) if leg.run is old)
        legs = (*run.legs[:at], Leg(run.legs[at].task, new))
        step = self.tasks.index(run.legs[at].task)
        self.change(replace(run, legs=legs, ended_at=new.ended_at, outcome=new.outcome, next_step=step))
        return run.legs[at + 1 :]

    def _fire(self, number: int) -> TaskflowRun:
        if number not in self._fired:
            assert self.spec.script is not None  # noqa: S101 - whoever knows a period has a schedule
            if len(self._fired) >= _KEPT:
                del self._fired[next(iter(self._fired))]
            one = execution(self.spec.script, number, self._night)
            blank = TaskflowRun(
                run_id=self._numbering.of_period(number),
                started_at=one.started_at,
                ended_at=one.started_at,
                outcome=SUCCEEDED,
                number=number,
                is_suspended_by_faults=self.spec.is_suspended_by_faults,
            )
            self._fired[number] = self._planned(blank, one.started_at, one.duration_s, outcome_of(one))
        return self._fired[number]

    def _planned(self, run: TaskflowRun, now: datetime, seconds: float, outcome: Outcome) -> TaskflowRun:
        """The run with the steps that are still to be done, one after the other from now on."""
        if not self.tasks:
            return replace(run, ended_at=now + timedelta(seconds=seconds), outcome=outcome)
        last = len(self.tasks) - 1
        if outcome.state == ENDED_BADLY and self.spec.faulty_step >= 0:
            last = max(run.next_step, min(last, self.spec.faulty_step))
        each = seconds / (len(self.tasks) - run.next_step)
        legs, begin = list(run.legs), now
        for step in range(run.next_step, last + 1):
            ending = outcome if step == last else Outcome(rows=outcome.rows or SUCCEEDED.rows)
            legs.append(self._leg(run, self.tasks[step], begin, each, ending, now))
            begin = legs[-1].run.ended_at
        return replace(run, legs=tuple(legs), ended_at=begin, outcome=outcome, next_step=last)

    def _leg(
        self, run: TaskflowRun, task: Task, begin: datetime, seconds: float, outcome: Outcome, now: datetime
    ) -> Leg:
        is_first = run.number >= 0 and not any(leg.task is task for leg in run.legs)
        task_run = TaskRun(
            run_id=task.period_id(run.number) if is_first else task.next_id(now),
            requested_at=begin,
            duration_s=seconds,
            outcome=outcome,
            number=run.number if is_first else -1,
            started_by=run.started_by,
            context="TASKFLOW",
            taskflow_id=self.spec.id,
            taskflow_run=run.run_id,
        )
        if not is_first:
            task.ask(task_run)
        return Leg(task, task_run)
