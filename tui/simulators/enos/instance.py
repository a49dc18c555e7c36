"""One execution of a flow, and of each task in it, as a pure function of the time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tui.simulators.enos.vocabulary import SUCCEEDED, Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.simulators.enos.flow import FlowSpec

NEVER = datetime(9000, 1, 1, tzinfo=UTC)
"""Later than anything."""


@dataclass(frozen=True, slots=True)
class Look:
    """How an instance of a flow or of a task stands at a moment."""

    status: int
    """Its status."""
    until: datetime
    """Until when that holds, if nothing is done to it."""
    started_at: datetime | None = None
    """When it began to run, if it has."""
    ended_at: datetime | None = None
    """When it ended, if it has."""


@dataclass(slots=True, eq=False)
class Instance:
    """One execution of a flow: everything that will ever be known of it."""

    id: str
    """Its id; the digits behind the hyphen are those of its tasks' ids, too."""
    number: int
    """Which period of the schedule it belongs to; -1 for the first that somebody asked for, -2 ..."""
    trigger_at: datetime
    """The time that it is meant for."""
    created_at: datetime
    """When it was made."""
    due_at: datetime
    """When it begins to get ready."""
    init_s: float
    """Seconds of INIT."""
    ready_s: float
    """Seconds of READY."""
    duration_s: float
    """Seconds that it runs."""
    outcome: Outcome = SUCCEEDED
    """What it comes to."""
    parameters: Sequence[tuple[str, str]] = ()
    """What it was given."""
    first_task: int = 0
    """The task that it begins with."""
    free_at: datetime | None = None
    """When the instance before it ends; None if none was in its way."""
    cancel_asked_at: datetime | None = None
    """When somebody asked to cancel it."""
    cancel_at: datetime = NEVER
    """When it obeys."""

    starts_at: datetime = field(init=False)
    """When it begins to run, unless it is cancelled before."""
    comes_to_at: datetime = field(init=False)
    """When it has run, unless it is cancelled before."""
    is_cancelled: bool = field(init=False)
    """Whether it is ever cancelled: one that ends before it obeys is not."""
    ended_at: datetime = field(init=False)
    """When it is over and the next one may run."""

    def __post_init__(self) -> None:
        ready = self.due_at + timedelta(seconds=self.init_s)
        self.starts_at = min(NEVER, max(ready, self.free_at or ready) + timedelta(seconds=self.ready_s))
        self.comes_to_at = self.starts_at + timedelta(seconds=self.duration_s)
        natural = self.comes_to_at if self.outcome.ends else NEVER
        self.is_cancelled = self.cancel_at < natural
        self.ended_at = min(natural, self.cancel_at)

    def look(self, now: datetime) -> Look:
        """How it stands."""
        began = self.starts_at if self.starts_at <= min(now, self.cancel_at) else None
        if self.is_cancelled and now >= self.cancel_at:
            return Look(Status.CANCEL, NEVER, began, self.cancel_at)
        for status, until in self._stages():
            if now < until:
                return Look(status, min(until, self.cancel_at), began)
        ended = self.comes_to_at if self.outcome.ends else None
        return Look(self.outcome.status, NEVER if ended else self.cancel_at, began, ended)

    def asked_to_cancel(self, now: datetime, seconds: float) -> Instance:
        """The same instance, asked now to stop and obeying so many seconds later."""
        return replace(self, cancel_asked_at=now, cancel_at=now + timedelta(seconds=seconds))

    def _stages(self) -> Sequence[tuple[int, datetime]]:
        ready = self.due_at + timedelta(seconds=self.init_s)
        return (
            (Status.INIT, ready),
            (Status.WAIT, self.free_at or ready),
            (Status.READY, self.starts_at),
            (Status.RUNNING, self.comes_to_at),
        )


def task_look(spec: FlowSpec, instance: Instance, index: int, now: datetime) -> Look | None:
    """How one of its tasks stands; None when it has not been reached and never will be.

    Args:
        spec: The flow.
        instance: The instance of the flow.
        index: Which task, counted from 0.
        now: The time.
    """
    last = _telling(spec, instance.outcome)
    if not instance.first_task <= index <= last:
        return None
    weights = [task.weight for task in spec.tasks[instance.first_task : last + 1]]
    share = instance.duration_s / sum(weights)
    place = index - instance.first_task
    began = instance.starts_at + timedelta(seconds=share * sum(weights[:place]))
    # The last task ends with its flow, to the microsecond.
    ends = began + timedelta(seconds=share * weights[place]) if index < last else instance.comes_to_at
    if instance.is_cancelled and now >= instance.cancel_at and ends > instance.cancel_at:
        return Look(Status.CANCEL, NEVER, began, instance.cancel_at) if began < instance.cancel_at else None
    if now < began:
        return Look(Status.INIT, began)
    if now < ends:
        return Look(Status.RUNNING, ends, began)
    if index < last or instance.outcome.is_good:
        return Look(Status.SUCCESS, NEVER, began, ends)
    return Look(instance.outcome.status, NEVER, began, ends if instance.outcome.ends else None)


def _telling(spec: FlowSpec, outcome: Outcome) -> int:
    """The last task that runs."""
    if outcome.is_good:
        return len(spec.tasks) - 1
    return outcome.task % len(spec.tasks)
