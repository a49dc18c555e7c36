"""Where a log was silent: the time between a line and the one before, and whether it is worth a mark."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.logs.line_walk import LineWalk
    from tui.logs.timestamps import Stamp, Times

LEAST = timedelta(seconds=10)
"""A shorter silence is never worth a mark."""

LONG = timedelta(seconds=60)
"""A silence that catches the eye in most logs."""

_LONG_FACTOR = 3
"""How many times the usual distance a long silence is: a log that writes every minute has none."""

_SHORT_FACTOR = 20
"""How many times the usual distance a shorter silence is."""

_LOOK_BACK = 50
"""Lines without a time between two with one."""

_NEIGHBOURS = 8
"""Lines on each side that tell what is usual."""

_KEPT = 4_096
"""Lines of which the times are kept: many screens full."""

_HALF_A_DAY = timedelta(hours=12)

_T = TypeVar("_T")


def is_gap(silence: timedelta, usual: timedelta | None) -> bool:
    """Whether a silence is worth a mark.

    Args:
        silence: The time since the line before.
        usual: The median of such times around it; None where there are too few.
    """
    if silence < LEAST:
        return False
    if silence >= LONG:
        return usual is None or silence >= usual * _LONG_FACTOR
    return usual is not None and silence >= usual * _SHORT_FACTOR


def gap_before(walk: LineWalk, start: int, times: Times) -> timedelta | None:
    """The time since the line with a time before this one; None where one of both has none.

    Args:
        walk: The log.
        start: The line.
        times: Tells the times of its lines.
    """
    return Gaps(walk, times).silence(start)


class Gaps:
    """The silences of one log that are worth a mark; asked for the lines on the screen."""

    def __init__(self, walk: LineWalk, times: Times) -> None:
        """Look for silences.

        Args:
            walk: The log.
            times: Tells the times of its lines.
        """
        self._walk = walk
        self._times = times
        self._stamps: OrderedDict[int, Stamp | None] = OrderedDict()
        self._marked: OrderedDict[int, timedelta | None] = OrderedDict()

    def clear(self) -> None:
        """Forget all lines: the log was written anew."""
        self._stamps.clear()
        self._marked.clear()

    def before(self, start: int) -> timedelta | None:
        """The silence before a line if it is worth a mark."""
        if start in self._marked:
            return self._marked[start]
        silence = self.silence(start)
        if silence is None or not is_gap(silence, self._usual(start) if silence >= LEAST else None):
            silence = None
        # The last line may still grow, and what is usual around it is not known yet.
        if self._walk.after(start) is not None:
            _keep(self._marked, start, silence)
        return silence

    def silence(self, start: int) -> timedelta | None:
        """The time since the line with a time before this one; None where one of both has none."""
        stamp = self._stamp(start)
        earlier = next(self._stamped(start, self._walk.before), None) if stamp is not None else None
        if stamp is None or earlier is None:
            return None
        silence = stamp.at - earlier.at
        if silence < -_HALF_A_DAY:
            # Times without a date have gone round midnight.
            stamp = self._times.found(self._walk.plain(start), earlier.at) or stamp
            silence = stamp.at - earlier.at
        return max(silence, timedelta())

    def _usual(self, start: int) -> timedelta | None:
        """The median of the times between the lines around a line, without that before it."""
        own = self._stamp(start)
        before = self._around(start, self._walk.before)
        after = [*([own] if own is not None else []), *self._around(start, self._walk.after)]
        apart = [
            abs((second.at - first.at).total_seconds())
            for side in (before, after)
            for first, second in pairwise(side)
        ]
        return timedelta(seconds=sorted(apart)[len(apart) // 2]) if len(apart) >= _NEIGHBOURS // 2 else None

    def _around(self, start: int, step: Callable[[int], int | None]) -> list[Stamp]:
        return list(islice(self._stamped(start, step), _NEIGHBOURS))

    def _stamped(self, start: int, step: Callable[[int], int | None]) -> Iterator[Stamp]:
        """The times that follow in one direction, until too many lines have none."""
        line = step(start)
        missed = 0
        while line is not None and missed < _LOOK_BACK:
            stamp = self._stamp(line)
            missed = 0 if stamp is not None else missed + 1
            if stamp is not None:
                yield stamp
            line = step(line)

    def _stamp(self, start: int) -> Stamp | None:
        if start in self._stamps:
            self._stamps.move_to_end(start)
            return self._stamps[start]
        stamp = self._times.found(self._walk.plain(start))
        if self._walk.after(start) is not None:
            _keep(self._stamps, start, stamp)
        return stamp


def _keep(kept: OrderedDict[int, _T], start: int, value: _T) -> None:
    kept[start] = value
    if len(kept) > _KEPT:
        kept.popitem(last=False)
