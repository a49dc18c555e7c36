"""What the times of a row mean, by what the row said when it was seen before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.adapters.talend.times import CLOCKS_DIFFER, moments, nearest, spans, within

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from tui.adapters.talend.wire import TaskRow


@dataclass(frozen=True, slots=True)
class Start:
    """What a `lastRunDate` may mean."""

    moments: Sequence[datetime]
    """All that it may mean, in order."""
    likely: datetime | None
    """What it means unless the run is one of ours, whose request has an absolute time."""
    is_another: bool = False
    """Whether it is the same text as before, but means the same time an hour later."""


@dataclass(frozen=True, slots=True)
class Times:
    """What the times of a row were taken for."""

    row: TaskRow
    """The row."""
    is_active: bool
    """Whether the task was doing something."""
    started_at: datetime | None
    """Its `lastRunDate`."""
    ended_at: datetime | None
    """Its `lastEndedRunDate`; None also when a task at rest has one that lies before the start."""


@dataclass(frozen=True, slots=True)
class Glance:
    """One look at a row."""

    row: TaskRow
    """The row as it is now."""
    is_active: bool
    """Whether the task is doing something."""
    zone: tzinfo
    """The server's zone."""
    now: datetime
    """When it is looked at."""
    before: Times | None = None
    """What it said before; None when this is the first look."""
    seen_at: datetime | None = None
    """When it was looked at before."""

    def start(self) -> Start:
        """When the last run began."""
        starts = moments(self.row.last_run, self.zone)
        if len(starts) < 2:
            return Start(starts, nearest(starts, None))
        before = self.before
        if before is not None and before.row.last_run == self.row.last_run:
            if self._is_another(before, starts):
                return Start(starts, starts[1], is_another=True)
            return Start(starts, nearest(starts, before.started_at))
        fitting = self._fitting(starts, is_new=before is not None)
        # A run that goes on ends now at the earliest.
        ends = (max(self.now, fitting[-1]),) if self.is_active else self._fitting_ends(self._ends())
        return Start(starts, spans(fitting, ends)[0].started_at)

    def end(self, started_at: datetime | None, known: datetime | None) -> datetime | None:
        """When the last run that has ended did so; None if the last run of a task at rest began later.

        Args:
            started_at: When the last run began.
            known: What is known of its end.
        """
        ends, before = self._ends(), self.before
        told = before.ended_at if before and before.row.last_ended == self.row.last_ended else None
        if self.is_active or started_at is None:
            return told or nearest(self._fitting_ends(ends), None)
        for moment in (told, known, *self._fitting_ends(ends), *ends):
            if moment in ends and moment >= started_at:
                return moment
        return None

    def next_start(self) -> datetime | None:
        """When the task starts next by itself: not in the past, if it may be an hour later."""
        return nearest(within(moments(self.row.next_fire, self.zone), since=self.now), None)

    def _ends(self) -> tuple[datetime, ...]:
        return moments(self.row.last_ended, self.zone)

    def _fitting_ends(self, ends: Sequence[datetime]) -> Sequence[datetime]:
        is_new = self.before is not None and self.before.row.last_ended != self.row.last_ended
        return self._fitting(ends, is_new=is_new)

    def _fitting(self, told: Sequence[datetime], *, is_new: bool) -> Sequence[datetime]:
        """What is not in the future and, of what has changed since the last look, not before that."""
        since = self.seen_at - CLOCKS_DIFFER if is_new and self.seen_at is not None else None
        return within(told, since, self.now + CLOCKS_DIFFER)

    def _is_another(self, before: Times, starts: Sequence[datetime]) -> bool:
        """Whether the task was at rest and has begun anew, at the same time an hour later."""
        if before.is_active or before.started_at != starts[0] or self.seen_at is None:
            return False
        has_begun = self.is_active or before.row.last_ended != self.row.last_ended
        return has_begun and self.seen_at - CLOCKS_DIFFER <= starts[1] <= self.now + CLOCKS_DIFFER
