"""How the server writes moments: two shapes, both in its own zone and without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NARROW_SPACE = "\u202f"


def us_medium(local: datetime, *, has_narrow_space: bool) -> str:
    """A moment as V2 writes it: `Sep 28, 2018 6:44:56 PM`.

    Args:
        local: The moment in the server's zone.
        has_narrow_space: Whether U+202F stands before AM and PM.
    """
    hour = local.hour % 12 or 12
    blank = _NARROW_SPACE if has_narrow_space else " "
    half = "AM" if local.hour < 12 else "PM"
    month = _MONTHS[local.month - 1]
    return f"{month} {local.day}, {local.year} {hour}:{local.minute:02}:{local.second:02}{blank}{half}"


def sql_timestamp(local: datetime) -> str:
    """A moment as V1 writes it: `2018-09-28 18:44:56.0`.

    Args:
        local: The moment in the server's zone.
    """
    return f"{local:%Y-%m-%d %H:%M:%S}.0"


def estimate(seconds: float, *, has_minutes: bool) -> str:
    """A span as V2 writes it: `11s`.

    Args:
        seconds: Its length.
        has_minutes: Whether a longer one is written in minutes and seconds.
    """
    whole = max(0, round(seconds))
    if has_minutes and whole >= 60:
        return f"{whole // 60}m {whole % 60}s"
    return f"{whole}s"
