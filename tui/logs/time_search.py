"""Finds a moment in a log of any size, by halving it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from tui.logs.line_walk import LineWalk
    from tui.logs.timestamps import Times

FARTHEST = 200
"""Lines without a time that are looked through for the next one: stack traces are rarely longer."""

DISORDER = 64
"""Lines by which a log may be out of order."""

_NEAR = 20
"""Lines that are looked through elsewhere, where so many around the middle have no time."""


class _Found(NamedTuple):
    start: int
    at: datetime


def find_time(walk: LineWalk, when: datetime, times: Times) -> int | None:
    """The first line at or after a moment, or None when all are earlier or none tells a time.

    Args:
        walk: The log.
        when: The moment; aware.
        times: Tells the times of its lines.
    """
    low, high = 0, walk.size
    found: int | None = None
    while low < high:
        probe = _probe(walk, times, low, high)
        if probe is None:
            break
        if probe.at < when:
            low = walk.after(probe.start) or walk.size
        else:
            found = high = probe.start
    return _earliest_near(walk, found, when, times) if found is not None else None


def first_time(walk: LineWalk, times: Times) -> datetime | None:
    """The time of the first line that has one, if that is near the beginning."""
    found = _onward(walk, times, 0, walk.size)
    return found.at if found is not None else None


def last_time(walk: LineWalk, times: Times) -> datetime | None:
    """The time of the last line that has one, if that is near the end."""
    if not walk.size:
        return None
    found = _backward(walk, times, walk.size, 0)
    return found.at if found is not None else None


def _probe(walk: LineWalk, times: Times, low: int, high: int) -> _Found | None:
    """A line with a time between two lines, as near to the middle as can be."""
    apart = high - low
    middle = max(low, walk.start_of(low + apart // 2))
    found = _onward(walk, times, middle, high) or _backward(walk, times, middle, low)
    while found is None and apart > 1:
        # Nearer and nearer to both ends: what has times may be as little as a line there.
        apart //= 2
        for offset in (low + apart // 2, high - 1 - apart // 2):
            found = found or _onward(walk, times, max(low, walk.start_of(offset)), high, _NEAR)
    return found


def _onward(walk: LineWalk, times: Times, start: int, end: int, farthest: int = FARTHEST) -> _Found | None:
    """The nearest line with a time from one line on, before another."""
    line: int | None = start
    for _ in range(farthest):
        if line is None or line >= end:
            return None
        stamp = times.found(walk.plain(line))
        if stamp is not None:
            return _Found(line, stamp.at)
        line = walk.after(line)
    return None


def _backward(walk: LineWalk, times: Times, start: int, begin: int) -> _Found | None:
    """The nearest line with a time before one line, not before another."""
    line: int | None = start
    for _ in range(FARTHEST):
        line = walk.before(line) if line is not None else None
        if line is None or line < begin:
            return None
        stamp = times.found(walk.plain(line))
        if stamp is not None:
            return _Found(line, stamp.at)
    return None


def _earliest_near(walk: LineWalk, start: int, when: datetime, times: Times) -> int:
    """The first line shortly before that is not too early either: logs are a little out of order."""
    line: int | None = start
    for _ in range(DISORDER):
        line = walk.before(line) if line is not None else None
        if line is None:
            break
        stamp = times.found(walk.plain(line))
        if stamp is not None and stamp.at >= when:
            start = line
    return start
