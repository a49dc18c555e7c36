"""Whether it is our clock that makes the gateway refuse a signature."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from tui.core.duration import format_duration
from tui.core.errors import ClockDiffers

if TYPE_CHECKING:
    from datetime import datetime

    import httpx

LARGEST_SKEW_S = 60.0
"""Seconds that two clocks may differ without a word: the gateway's own tolerance is not documented."""


def clock_error(response: httpx.Response, now: datetime) -> ClockDiffers | None:
    """The error to tell when the clocks differ too much; None when they don't, or the answer has no date.

    Args:
        response: An answer; servers write the time into its `Date` header.
        now: Our time.
    """
    try:
        told = parsedate_to_datetime(response.headers.get("date", ""))
        off_s = (now - told).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    if abs(off_s) <= LARGEST_SKEW_S:
        return None
    side = "ahead of" if off_s > 0 else "behind"
    span = format_duration(abs(off_s))
    return ClockDiffers(
        f"this machine's clock is {span} {side} the server's: its signatures count for nothing",
        hint="set this machine's clock; it is tried again by itself",
    )
