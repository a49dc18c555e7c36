"""A task of a run: its instance as it stands, and the attempts before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tui.simulators.airflow.vocabulary import TaskState

if TYPE_CHECKING:
    from datetime import datetime

    from tui.simulators.airflow.specs import TaskSpec
    from tui.simulators.airflow.vocabulary import Behaviour

HOST = "worker-1.example.com"
"""The host that all tasks run on."""

EMPTY = "EmptyOperator"
"""The operator of tasks that do nothing."""

_FIRST_PID = 4000


@dataclass(slots=True)
class Attempt:
    """One attempt at a task."""

    state: TaskState | None = None
    """How it stands; None before the scheduler has looked at it."""
    try_number: int = 0
    """Which attempt it is; 0 before the first."""
    max_tries: int = 0
    """The number of the last attempt that may fail and be repeated."""
    scheduled_when: datetime | None = None
    """When it was scheduled."""
    queued_when: datetime | None = None
    """When it was handed to the executor."""
    start_date: datetime | None = None
    """When its process began."""
    end_date: datetime | None = None
    """When it ended."""
    pid: int | None = None
    """Its process."""
    hostname: str = ""
    """Where that is."""
    writes_until: datetime | None = None
    """Until when its process writes, which a stop does not end at once; None for its own end."""
    is_killed: bool = False
    """Whether it was ended before its time."""
    spec: TaskSpec | None = None
    """What the task was when it began; None before."""

    @property
    def is_failing(self) -> bool:
        """Whether it fails by itself."""
        return self.spec is not None and self.try_number <= self.spec.failures

    @property
    def duration(self) -> float | None:
        """Seconds that it took."""
        if self.start_date is None or self.end_date is None:
            return None
        return (self.end_date - self.start_date).total_seconds()


class TaskInstance:
    """One task of one run.

    Args:
        spec: What it is now: an attempt takes what there is when it begins.
        map_index: Which instance of a mapped task; -1 of any other.
        identity: The id of its row, which is another one for each attempt.
    """

    __slots__ = ("due_at", "identity", "map_index", "now", "past", "spec")

    def __init__(self, spec: TaskSpec, map_index: int, identity: str) -> None:
        self.spec = spec
        self.map_index = map_index
        self.identity = identity
        self.now = Attempt(max_tries=spec.retries)
        """How it stands."""
        self.past: list[Attempt] = []
        """The attempts before that were recorded, oldest first."""
        self.due_at: datetime | None = None
        """When something happens to it by itself."""

    @property
    def is_finished(self) -> bool:
        """Whether nothing more comes of it by itself."""
        return self.now.state is not None and self.now.state.is_finished

    @property
    def is_waiting_for_scheduler(self) -> bool:
        """Whether only the scheduler can take it further, which leaves DAGs alone that are on hold."""
        return self.now.state in (TaskState.SCHEDULED, TaskState.UP_FOR_RETRY)

    def attempt(self, number: int) -> Attempt | None:
        """The attempt of that number; there may be none, and 0 is one that has not begun."""
        if self.now.try_number == number:
            return self.now
        return next((old for old in self.past if old.try_number == number), None)

    def schedule(self, at: datetime, behaviour: Behaviour) -> None:
        """The scheduler finds that it can run: a new attempt."""
        self.now.state = TaskState.SCHEDULED
        self.now.scheduled_when = at
        self.now.try_number += 1
        self.due_at = at + timedelta(seconds=behaviour.lag_s)
        if self.spec.operator == EMPTY:
            # The scheduler ends what does nothing, and no process ever begins.
            self.now.scheduled_when, self.now.start_date = None, at
            self.finish(TaskState.SUCCESS, at)

    def finish(self, state: TaskState, at: datetime) -> None:
        """It is over without having worked."""
        self.now.state = state
        self.now.start_date = self.now.start_date or at
        self.now.end_date = at
        self.due_at = None

    def step(self, at: datetime, behaviour: Behaviour, identity: str) -> None:
        """What is due happens.

        Args:
            at: Now.
            behaviour: What the installation does.
            identity: The id of its row, should this begin another attempt.
        """
        now, lag = self.now, timedelta(seconds=behaviour.lag_s)
        if now.state is TaskState.UP_FOR_RETRY:
            self.schedule(at, behaviour)
        elif now.state is TaskState.SCHEDULED:
            now.state, now.queued_when, self.due_at = TaskState.QUEUED, at, at + lag
        elif now.state is TaskState.QUEUED:
            self._begin(at)
        elif now.state is TaskState.RUNNING:
            self._end(at, identity)
        elif now.state is TaskState.RESTARTING:
            self._reset()

    def kill(self, state: TaskState, at: datetime, behaviour: Behaviour) -> None:
        """Somebody says that it is over while its process goes on for a while."""
        self.now.state, self.now.end_date = state, at
        self.now.is_killed = True
        self.now.writes_until = at + timedelta(seconds=behaviour.dying_s)
        self.due_at = None

    def clear(self, at: datetime, behaviour: Behaviour, identity: str) -> None:
        """Make it as if it had not run, but for the number of its attempts; a running one is ended first.

        Args:
            at: Now.
            behaviour: What the installation does.
            identity: The id of its row from now on.
        """
        is_running = self.now.state is TaskState.RUNNING
        if is_running:
            self.now.is_killed = True
            self.now.writes_until = at + timedelta(seconds=behaviour.dying_s)
        self._record(at, identity)
        if is_running:
            self.now.state = TaskState.RESTARTING
            self.now.end_date = at
            self.due_at = at + timedelta(seconds=behaviour.restarting_s)
            return
        self._reset()

    def _begin(self, at: datetime) -> None:
        now = self.now
        now.state, now.start_date, now.end_date = TaskState.RUNNING, at, None
        now.pid, now.hostname = _FIRST_PID + int(self.identity[-3:], 16), HOST
        now.writes_until, now.is_killed, now.spec = None, False, self.spec
        self.due_at = at + timedelta(seconds=self.spec.duration_s)

    def _end(self, at: datetime, identity: str) -> None:
        now = self.now
        now.end_date = at
        if not now.is_failing:
            now.state, self.due_at = TaskState.SUCCESS, None
        elif now.try_number > now.max_tries:
            now.state, self.due_at = TaskState.FAILED, None
        else:
            self._record(at, identity)
            self._retry(at)

    def _reset(self) -> None:
        self.now.state, self.due_at = None, None
        self.now.max_tries = self.now.try_number + self.spec.retries

    def _retry(self, at: datetime) -> None:
        self.now.state = TaskState.UP_FOR_RETRY
        self.now.end_date = self.now.end_date or at
        self.due_at = at + timedelta(seconds=self.spec.retry_delay_s)

    def _record(self, at: datetime, identity: str) -> None:
        """Keep the attempt, unless it is kept already; one that was not over counts as failed."""
        if all(old.try_number != self.now.try_number for old in self.past):
            state = self.now.state if self.is_finished else TaskState.FAILED
            self.past.append(replace(self.now, state=state, end_date=self.now.end_date or at))
        self.identity = identity
