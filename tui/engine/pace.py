"""How often a connection is swept."""

from __future__ import annotations

FLOOR_S = 2.0
"""Nothing makes us sweep more often than this, unless the config asks for it."""

BUSY_DIVISOR = 3.0
"""How much faster we look while something runs."""

UNFOCUSED_FACTOR = 4.0
"""How much slower we look while nobody looks at us."""

PER_JOB_S = 0.001
"""Seconds between two sweeps for each job that they tell of: ten thousand at most every ten seconds, whatever
runs, or reading them would be all that nightdeck does."""

TOUCH_S = 60.0
"""Seconds for which a job that was acted on is looked at as often as may be."""


def interval_s(
    refresh_s: float, *, is_busy: bool, is_touched: bool, is_unfocused: bool, jobs: int = 0
) -> float:
    """Seconds from the end of one sweep to the next.

    Args:
        refresh_s: The interval when nothing special is going on.
        is_busy: Whether something runs.
        is_touched: Whether a job was just acted on.
        is_unfocused: Whether the terminal has lost the focus.
        jobs: How many jobs a sweep tells of; they never make it slower than `refresh_s`.
    """
    floor_s = min(refresh_s, FLOOR_S)
    busy_s = max(floor_s, refresh_s / BUSY_DIVISOR, min(refresh_s, jobs * PER_JOB_S))
    if is_touched:
        return floor_s
    if is_unfocused:
        return refresh_s if is_busy else refresh_s * UNFOCUSED_FACTOR
    return busy_s if is_busy else refresh_s
