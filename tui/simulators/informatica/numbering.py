"""The counter of an asset's runs, which numbers those of its schedule without looking at each."""

from __future__ import annotations

from bisect import bisect_left
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from tui.simulators.fleet import period_number

if TYPE_CHECKING:
    from datetime import datetime

    from tui.simulators.fleet import Script

_HISTORY = timedelta(days=30)


class Numbering:
    """Numbers an asset's runs in the order in which they came due or were asked for.

    Args:
        script: The asset's schedule; None without one.
        first: When its schedule began; None for a month before the simulation.
        night: When the simulation began.
        before: How many runs there were earlier.
    """

    def __init__(self, script: Script | None, first: datetime | None, night: datetime, before: int) -> None:
        self._script = script
        self._before = before
        self._began = first or night - _HISTORY
        self._asked_ids: list[int] = []
        self._asked_at: list[float] = []

    @cached_property
    def first(self) -> int:
        """The first period of the schedule."""
        if self._script is None:
            return 0
        return period_number(self._script, self._began - timedelta(microseconds=1)) + 1

    def of_period(self, number: int) -> int:
        """The id of the run that begins a period."""
        earlier = bisect_left(self._asked_at, self._seconds(number)) if self._asked_at else 0
        return self._before + number - self.first + earlier + 1

    def take(self, now: datetime) -> int:
        """The id of a run that somebody asks for now."""
        run_id = self._before + len(self._asked_ids) + 1
        if self._script is not None:
            run_id += max(0, period_number(self._script, now) - self.first + 1)
        self._asked_ids.append(run_id)
        self._asked_at.append(now.timestamp())
        return run_id

    def period_of(self, run_id: int) -> int | None:
        """The period that a run begins; None for one that somebody asked for, or that there never was."""
        earlier = bisect_left(self._asked_ids, run_id)
        is_asked = earlier < len(self._asked_ids) and self._asked_ids[earlier] == run_id
        number = run_id - self._before - 1 - earlier + self.first
        if self._script is None or is_asked or number < self.first:
            return None
        return number

    def _seconds(self, number: int) -> float:
        assert self._script is not None  # noqa: S101 - whoever knows a period has a schedule
        return number * self._script.period_s + self._script.phase_s
