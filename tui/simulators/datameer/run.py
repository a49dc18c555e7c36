"""One run of a job: everything that will ever be known of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from tui.simulators.datameer.vocabulary import CANCELED, RUNNING, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_CANCELED = Outcome(CANCELED, "Job was canceled by user")
_WHOLE = 100


@dataclass(frozen=True)
class JobRun:
    """One run of a job."""

    id: int
    """Its job-execution-id."""
    requested_at: datetime
    """When it was asked for."""
    preparation: Sequence[tuple[str, float]]
    """The statuses before RUNNING, with the seconds that each takes."""
    duration_s: float
    """Seconds that it runs."""
    outcome: Outcome
    """How it ends."""
    records: int
    """Records that it reads in all."""
    number: int = -1
    """Which period of the schedule it began; -1 when somebody asked for it."""
    lag_s: float = 0.0
    """Seconds after which anything but its own id tells of it."""
    stopped_at: datetime | None = None
    """When it obeyed a stop."""

    @cached_property
    def appears_at(self) -> datetime:
        """From when on the job's status tells of it."""
        return self.requested_at + timedelta(seconds=self.lag_s)

    @cached_property
    def planned_start(self) -> datetime:
        """When the work begins, if nobody stops it before."""
        return self.requested_at + timedelta(seconds=sum(seconds for _, seconds in self.preparation))

    @cached_property
    def ended_at(self) -> datetime:
        """When it ends."""
        natural = self.planned_start + timedelta(seconds=self.duration_s)
        return natural if self.stopped_at is None else min(natural, self.stopped_at)

    def is_active(self, now: datetime) -> bool:
        """Whether it waits or works."""
        return self.requested_at <= now < self.ended_at

    def started_at(self, now: datetime) -> datetime | None:
        """When the work began; None when it hasn't, or never will."""
        start = self.planned_start
        return start if start <= now and start < self.ended_at else None

    def status(self, now: datetime) -> tuple[str, datetime | None]:
        """Its status, and until when that holds; None for good."""
        if now >= self.ended_at:
            return self.outcome.word, None
        until = self.requested_at
        for word, seconds in self.preparation:
            until += timedelta(seconds=seconds)
            if now < until:
                return word, min(until, self.ended_at)
        return RUNNING, self.ended_at

    def share(self, now: datetime) -> float:
        """The part of the work that is done."""
        start = self.started_at(now)
        if start is None or self.duration_s <= 0:
            return 0.0 if start is None else 1.0
        lived = (min(now, self.ended_at) - start).total_seconds()
        return min(1.0, lived / self.duration_s)

    def percent(self, now: datetime) -> int:
        """The part of the work that is done, of a hundred."""
        return int(self.share(now) * _WHOLE)

    def stopped(self, now: datetime, seconds: float) -> JobRun:
        """The same run, told to stop now: at once while it waits, after so many seconds while it works.

        Args:
            now: When it is told.
            seconds: How long it takes to end.
        """
        moment = now + timedelta(seconds=seconds if self.started_at(now) else 0.0)
        if self.stopped_at is not None or moment >= self.ended_at:
            return self
        return replace(self, stopped_at=moment, outcome=_CANCELED)
