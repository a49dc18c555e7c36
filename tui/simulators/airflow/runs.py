"""A run of a DAG: what it was asked for with, and how its tasks stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.simulators.airflow.vocabulary import RunState, RunType, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from tui.simulators.airflow.specs import DagSpec
    from tui.simulators.airflow.tasks import TaskInstance
    from tui.simulators.airflow.vocabulary import Behaviour

_BLOCKING = frozenset({TaskState.FAILED, TaskState.UPSTREAM_FAILED})


@dataclass(slots=True)
class DagRun:
    """One run."""

    number: int
    """Its place among all runs of the installation: the key of its row."""
    spec: DagSpec
    """Of what."""
    run_id: str
    """Its id, which no other run of the DAG has."""
    run_after: datetime
    """Before when it does not begin."""
    queued_at: datetime
    """When it was asked for, or asked for again."""
    tasks: Sequence[TaskInstance]
    """Its tasks, in the order in which the DAG names them."""
    logical_date: datetime | None = None
    """The moment that it is meant for, if any."""
    run_type: RunType = RunType.MANUAL
    """Who it comes from."""
    triggered_by: str = "rest_api"
    """The same, in the word of another list."""
    user: str | None = None
    """Who asked for it."""
    conf: Mapping[str, object] = field(default_factory=dict)
    """What it was given."""
    note: str | None = None
    """What somebody wrote about it."""
    state: RunState = RunState.QUEUED
    """How it stands."""
    start_date: datetime | None = None
    """When the scheduler began it; None again when it is cleared."""
    end_date: datetime | None = None
    """When it ended."""
    updated_at: datetime | None = None
    """When its row was written last."""

    @property
    def duration(self) -> float | None:
        """Seconds that it took."""
        if self.start_date is None or self.end_date is None:
            return None
        return (self.end_date - self.start_date).total_seconds()

    def task(self, task_id: str, map_index: int) -> TaskInstance | None:
        """One of its tasks."""
        for each in self.tasks:
            if (each.spec.task_id, each.map_index) == (task_id, map_index):
                return each
        return None

    def take(self, spec: DagSpec) -> None:
        """Go on with what the DAG's file says now; tasks that it doesn't name any more stay as they were."""
        self.spec, named = spec, {task.task_id: task for task in spec.tasks}
        for each in self.tasks:
            each.spec = named.get(each.spec.task_id, each.spec)

    def begin(self, at: datetime, behaviour: Behaviour) -> None:
        """The scheduler begins it."""
        self.state, self.start_date, self.end_date = RunState.RUNNING, at, None
        self.look(at, behaviour)

    def look(self, at: datetime, behaviour: Behaviour) -> None:
        """The scheduler looks which tasks can go on, and whether all is over."""
        self.updated_at = at
        states = self._states()
        for each in self.tasks:
            if each.now.state is not None:
                continue
            before = [state for name in each.spec.after for state in states[name]]
            if any(state in _BLOCKING for state in before):
                each.finish(TaskState.UPSTREAM_FAILED, at)
            elif any(state is TaskState.SKIPPED for state in before):
                each.finish(TaskState.SKIPPED, at)
            elif all(state is TaskState.SUCCESS for state in before):
                each.schedule(at, behaviour)
            states = self._states()
        if all(each.is_finished for each in self.tasks):
            self._end(at)

    def change_state(self, state: RunState, at: datetime, behaviour: Behaviour) -> None:
        """Somebody says how it stands: what works is told to end, and what waits is skipped."""
        self.updated_at = at
        if state is RunState.QUEUED:
            self._queue(at)
            return
        for each in self.tasks:
            if each.now.state is not None and each.now.state.has_process:
                each.kill(TaskState(state), at, behaviour)
            elif not each.is_finished:
                each.finish(TaskState.SKIPPED, at)
        if not self.state.is_finished:
            self.end_date = at
        self.state = state

    def clear(
        self, at: datetime, behaviour: Behaviour, new_identity: Callable[[], str], *, is_failed_only: bool
    ) -> bool:
        """Let its tasks, or those that failed, run again; whether there was any.

        Args:
            at: Now.
            behaviour: What the installation does.
            new_identity: Makes the id of a row.
            is_failed_only: Leave those alone that did not fail.
        """
        cleared = self.to_clear(is_failed_only=is_failed_only)
        for each in cleared:
            each.clear(at, behaviour, new_identity())
        if cleared:
            self.updated_at = at
            if self.state.is_finished:
                self._queue(at)
            self.queued_at = at
        return bool(cleared)

    def to_clear(self, *, is_failed_only: bool) -> Sequence[TaskInstance]:
        """Its tasks that a clearing concerns."""
        return [each for each in self.tasks if not is_failed_only or each.now.state in _BLOCKING]

    def _states(self) -> dict[str, list[TaskState | None]]:
        states: dict[str, list[TaskState | None]] = {}
        for each in self.tasks:
            states.setdefault(each.spec.task_id, []).append(each.now.state)
        return states

    def _queue(self, at: datetime) -> None:
        self.state, self.queued_at = RunState.QUEUED, at
        self.start_date = self.end_date = None

    def _end(self, at: datetime) -> None:
        """What comes last decides: whatever failed before has made that fail, too."""
        awaited = {name for task in self.spec.tasks for name in task.after}
        last = [each for each in self.tasks if each.spec.task_id not in awaited]
        is_bad = any(each.now.state in _BLOCKING for each in last)
        self.state, self.end_date = RunState.FAILED if is_bad else RunState.SUCCESS, at
