"""The times of the API: ISO 8601 with an offset, as far as is documented."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo


def parse_time(text: str, zone: tzinfo) -> datetime | None:
    """A time in UTC, or None when there is none or it can't be read.

    Args:
        text: `2022-09-06T12:07:34Z`.
        zone: What a time without an offset is taken for.
    """
    try:
        told = datetime.fromisoformat(text.strip())
        return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def compact(moment: datetime) -> str:
    """A time to the second as a part of an id: `20220906T120734Z`."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def seconds_between(started_at: datetime | None, ended_at: datetime | None) -> float | None:
    """How long a run took; None unless both are known."""
    return None if started_at is None or ended_at is None else (ended_at - started_at).total_seconds()
