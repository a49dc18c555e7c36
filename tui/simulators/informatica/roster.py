"""Which assets' schedules begin a run in a span of time, without a look at all the others."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tui.simulators.fleet import Script

AssetT = TypeVar("AssetT")
"""What has a schedule: a task or a taskflow."""


class Start(NamedTuple, Generic[AssetT]):
    """An asset's schedule begins a run."""

    seconds: float
    """When, in seconds since the epoch."""
    asset: AssetT
    """Whose."""
    number: int
    """Which period it begins."""


class Roster(Generic[AssetT]):
    """The schedules of many assets, in order.

    Args:
        assets: Each with its schedule.
    """

    def __init__(self, assets: Iterable[tuple[Script, AssetT]]) -> None:
        self._phases: dict[float, list[float]] = {}
        self._assets: dict[float, list[AssetT]] = {}
        self.per_second = 0.0
        """How many runs begin in a second, on average."""
        periods: defaultdict[float, list[tuple[float, AssetT]]] = defaultdict(list)
        for script, asset in assets:
            periods[script.period_s].append((script.phase_s, asset))
            self.per_second += 1 / script.period_s
        for period, members in periods.items():
            members.sort(key=lambda member: member[0])
            self._phases[period] = [phase for phase, _ in members]
            self._assets[period] = [asset for _, asset in members]

    def starts(self, since: float, until: float) -> Iterator[Start[AssetT]]:
        """The runs that begin after one moment and not after another.

        Args:
            since: In seconds since the epoch.
            until: The same.
        """
        for period, phases in self._phases.items():
            assets = self._assets[period]
            for number in range(int(since // period), int(until // period) + 1):
                base = number * period
                first, last = bisect_right(phases, since - base), bisect_right(phases, until - base)
                for place in range(first, last):
                    yield Start(base + phases[place], assets[place], number)
