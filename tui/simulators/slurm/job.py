"""A job as the controller keeps it: what was asked for, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tui.simulators.slurm.vocabulary import (
    BEGIN_TIME,
    COMPLETING,
    HELD,
    HELD_BY_ADMIN,
    NO_REASON,
    NOT_LAUNCHED,
    REASONS_OF_ENDS,
    SIGTERM,
    JobState,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tui.simulators.slurm.plan import Plan


@dataclass(frozen=True)
class Request:
    """What a submission asks for."""

    script: str
    """The batch script."""
    user: str
    """Who submits it."""
    name: str = "sbatch"
    """The name of the job."""
    command: str = ""
    """Path of the script; empty when it came another way."""
    folder: str = ""
    """Where it runs."""
    partition: str = ""
    """Which partition; empty for the default."""
    output: str = ""
    """Pattern of the log's name; empty for that of Slurm."""
    error: str = ""
    """Pattern of the name of a log of its own for the errors; empty for the same log."""
    time_limit_min: int | None = None
    """Minutes after which it is ended; None for the partition's limit."""
    cpus: int = 1
    """How many processors each of its tasks needs."""
    tasks: int = 1
    """How many tasks it has."""
    memory_mb: int = 0
    """Memory that it needs; 0 for the default."""
    begin: datetime | None = None
    """When it may begin at the earliest."""
    is_held: bool = False
    """Whether it waits for a release."""
    array: str = ""
    """Numbers of the elements of an array, as they were written; empty for a job alone."""
    elements: tuple[int, ...] = ()
    """Numbers of the elements of an array."""
    at_once: int = 0
    """How many elements of an array may run at once; 0 for any number."""
    comment: str = ""
    """A remark of the user."""
    account: str = ""
    """Who pays."""
    dependency: str = ""
    """Which jobs it waits for."""
    can_requeue: bool = True
    """Whether it may be put back into the queue."""
    appends: bool = False
    """Whether a repetition goes on with the same log."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The environment of the script."""


@dataclass(frozen=True)
class Attempt:
    """What is left of an execution after the job was put back into the queue."""

    submitted_at: datetime
    started_at: datetime | None
    ended_at: datetime
    state: JobState
    status: int
    number: int


@dataclass(eq=False)
class Job:
    """One job, or what waits of an array."""

    id: int
    request: Request
    partition: str
    plan: Plan
    submitted_at: datetime
    ready_at: datetime
    """When the scheduler looks at it first."""
    time_limit_min: int | None = None
    """Minutes after which it is ended; None for never."""
    hold: str = ""
    """Why it is held; empty when it isn't."""
    priority: int = 0
    array_id: int = 0
    """The id of the array that it belongs to; 0 for none."""
    element: int | None = None
    """Its number in the array; None for the part of the array that waits."""
    waiting: tuple[int, ...] = ()
    """Numbers of the elements that wait, of the part of the array that does."""
    state: JobState = JobState.PENDING
    reason: str = NO_REASON
    started_at: datetime | None = None
    ended_at: datetime | None = None
    status: int = 0
    """The wait status of its script."""
    restarts: int = 0
    """How often it was put back into the queue."""
    earlier: list[Attempt] = field(default_factory=list)
    """Its executions before that."""
    killed_by: str = ""
    """Who has cancelled it."""
    killed_at: datetime | None = None
    """When it obeys a request to end."""
    is_requeuing: bool = False
    """Whether it goes back into the queue once it has ended."""
    cleans_until: datetime | None = None
    """Until when it is completing."""
    written: int = 0
    """Lines of its log that are written."""
    changed_at: datetime | None = None
    """When something about it changed."""

    @property
    def is_active(self) -> bool:
        """Whether something more will become of it."""
        return not self.state.is_final or self.cleans_until is not None

    @property
    def is_part_of_array(self) -> bool:
        """Whether it belongs to an array."""
        return bool(self.array_id)

    @property
    def label(self) -> str:
        """Its id as the commands tell it: an element of an array by its number there."""
        if not self.array_id:
            return str(self.id)
        if self.element is not None:
            return f"{self.array_id}_{self.element}"
        return f"{self.array_id}_[{self.waiting_text}]"

    @property
    def waiting_text(self) -> str:
        """The numbers of the elements that wait, in short."""
        text = spans(self.waiting)
        return f"{text}%{self.request.at_once}" if text and self.request.at_once else text

    @property
    def cpus(self) -> int:
        """How many processors it takes."""
        return max(1, self.request.cpus * self.request.tasks)

    @property
    def look(self) -> tuple[object, ...]:
        """All of it that may become another: what is told is the same as long as this is."""
        return (
            self.request,
            self.time_limit_min,
            self.hold,
            self.priority,
            self.element,
            self.waiting,
            self.state,
            self.reason,
            self.started_at,
            self.ended_at,
            self.status,
            self.restarts,
            self.cleans_until,
        )

    @property
    def told_state(self) -> str:
        """Its state as one word: that it is completing stands in the place of how it ended."""
        return COMPLETING if self.cleans_until is not None else str(self.state)

    @property
    def flags(self) -> tuple[str, ...]:
        """The states beside the base state."""
        return (COMPLETING,) if self.cleans_until is not None else ()

    @property
    def limit_at(self) -> datetime | None:
        """When its time is over; None before it has begun, and when it has no limit."""
        if self.started_at is None or self.time_limit_min is None:
            return None
        return self.started_at + timedelta(minutes=self.time_limit_min)

    @property
    def planned_end(self) -> tuple[datetime, JobState]:
        """When it ends, and how, as things stand; only of one that runs."""
        begun = self.started_at or self.submitted_at
        ends = [(begun + timedelta(seconds=self.plan.duration_s), self.plan.state)]
        if self.limit_at is not None:
            ends.append((self.limit_at, JobState.TIMEOUT))
        if self.killed_at is not None:
            ends.append((self.killed_at, JobState.CANCELLED))
        return min(ends, key=lambda end: end[0])

    def begin(self, now: datetime) -> None:
        """Let it run."""
        self.state, self.reason = JobState.RUNNING, NO_REASON
        self.started_at, self.ended_at, self.status, self.written = now, None, 0, 0
        self.changed_at = now

    def end(self, moment: datetime, state: JobState, *, cleans_s: float = 0.0) -> None:
        """Let it have ended."""
        if state in {JobState.CANCELLED, JobState.TIMEOUT}:
            self.status = SIGTERM if self.started_at is not None and not self.is_requeuing else 0
        else:
            self.status = self.plan.status
        self.state, self.ended_at = state, moment
        self.reason = REASONS_OF_ENDS.get(state, NO_REASON)
        if state is JobState.FAILED and self.plan.signal:
            self.reason = NOT_LAUNCHED
        self.cleans_until = moment + timedelta(seconds=cleans_s) if cleans_s else None
        self.changed_at = moment

    def requeue(self, now: datetime, wait_s: float) -> None:
        """Put it back into the queue; its status stays until it begins (seen in 22.05.8)."""
        state = JobState.REQUEUED if self.is_requeuing else self.state
        self.earlier.append(
            Attempt(
                self.submitted_at, self.started_at, self.ended_at or now, state, self.status, self.restarts
            )
        )
        self.restarts += 1
        self.state, self.reason = JobState.PENDING, BEGIN_TIME
        self.submitted_at, self.ready_at = now, now + timedelta(seconds=wait_s)
        self.started_at = self.ended_at = self.killed_at = self.cleans_until = None
        self.killed_by, self.is_requeuing, self.changed_at = "", False, now

    def set_hold(self, now: datetime, hold: str) -> None:
        """Hold it, or let it go with an empty text."""
        if hold and self.state is JobState.PENDING:
            self.reason = hold
        elif self.reason in {HELD, HELD_BY_ADMIN}:
            self.reason = NO_REASON
        self.hold, self.changed_at = hold, now

    def element_of(self, element: int, job_id: int) -> Job:
        """One element, taken out of the part of the array that waits."""
        self.waiting = tuple(number for number in self.waiting if number != element)
        return replace(self, id=job_id, element=element, waiting=(), earlier=[])


def spans(numbers: tuple[int, ...]) -> str:
    """Numbers in short, as Slurm writes those of an array: `0-2,5`."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in parts)
