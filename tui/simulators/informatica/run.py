"""One run of a task: everything that will ever be known of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from tui.core.state import State
from tui.simulators.informatica.times import NEVER
from tui.simulators.informatica.vocabulary import (
    INITIALIZED,
    OVERLAP,
    RUNNING,
    STOPPING,
    Outcome,
    failed,
    warned,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.simulators.fleet import Execution

_OVERLAP_S = 2.0


@dataclass(frozen=True)
class TaskRun:
    """A run of a classic task or a linear taskflow."""

    run_id: int
    """Its number within the task."""
    requested_at: datetime
    """When it was asked for or came due."""
    duration_s: float
    """Seconds from its begin to its end."""
    outcome: Outcome
    """How it ends."""
    queue_s: float = 0.0
    """Seconds that it waits for its begin."""
    number: int = -1
    """Which period of the schedule it began; -1 when somebody asked for it."""
    started_by: str = "ops"
    """Who asked for it."""
    context: str = "SCHEDULER"
    """From where it was asked for."""
    taskflow_id: str = ""
    """The federated id of the taskflow that runs it."""
    taskflow_run: int = 0
    """The taskflow's run that it is part of."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    """The `runtime` that it was given."""
    stop_asked_at: datetime | None = None
    """When it was told to stop."""
    stopped_at: datetime | None = None
    """When it obeyed."""

    @cached_property
    def ended_at(self) -> datetime:
        """When it ends."""
        natural = self.requested_at + timedelta(seconds=self.queue_s + self.duration_s)
        return natural if self.stopped_at is None else min(natural, self.stopped_at)

    @property
    def began_at(self) -> datetime:
        """When it begins to read and write."""
        return min(self.requested_at + timedelta(seconds=self.queue_s), self.ended_at)

    @property
    def is_stopped(self) -> bool:
        """Whether a stop ended it."""
        return self.stopped_at is not None

    @property
    def is_overlap(self) -> bool:
        """Whether it never began, because another one was running."""
        return self.outcome.message == OVERLAP

    def is_active(self, now: datetime) -> bool:
        """Whether it is going on."""
        return self.requested_at <= now < self.ended_at

    def state(self, now: datetime) -> str:
        """Its `executionState` while it goes on."""
        if self.stop_asked_at is not None and now >= self.stop_asked_at:
            return STOPPING
        return INITIALIZED if now < self.began_at else RUNNING

    def stopped(self, now: datetime, seconds: float, user: str) -> TaskRun:
        """The same run, told to stop now.

        Args:
            now: When it is told.
            seconds: How long it takes to obey.
            user: Who wants it.
        """
        return replace(
            self,
            stop_asked_at=now,
            stopped_at=min(now + timedelta(seconds=seconds), self.ended_at),
            outcome=failed(stop_text(user)),
        )

    def voided(self) -> TaskRun:
        """The same run, which never comes."""
        return replace(self, requested_at=NEVER)

    def overlapping(self) -> TaskRun:
        """The same run, which fails at once because another one is running."""
        return replace(self, queue_s=_OVERLAP_S, duration_s=0.0, outcome=failed(OVERLAP))


def stop_text(user: str) -> str:
    """What the platform says of a stop, in its answer and in the log.

    Args:
        user: Who wanted it.
    """
    return f"The job was stopped by user {user} using the API."


def outcome_of(one: Execution) -> Outcome:
    """How a made-up execution ends, in the words of the log.

    Args:
        one: The execution.
    """
    if one.outcome is State.FAILED:
        return failed(one.message)
    if one.outcome is State.WARNING:
        dropped = int(one.message.split()[0])
        return warned(one.message, dropped, dropped * 50)
    return Outcome(rows=int(one.message.split()[0].replace(",", "")))
