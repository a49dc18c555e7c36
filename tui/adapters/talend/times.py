"""The times of a TAC: wall-clock times of its server without a zone, in two spellings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_EPOCH_MS = 253_402_300_000_000
"""The year 10000: a greater number is no time."""


def parse_time(text: str, zone: tzinfo) -> datetime | None:
    """A time in UTC, or None when there is none or it can't be read.

    Args:
        text: `2015-06-22 15:00:08.839` or `2024/10/23 16:49:20`.
        zone: The server's zone. Of an hour that comes twice, the first one is meant.
    """
    try:
        told = datetime.fromisoformat(text.strip().replace("/", "-"))
        return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_end(text: str, zone: tzinfo, started_at: datetime | None) -> datetime | None:
    """The end of a run in UTC; None when it lies before the start, for then it is the end of an earlier one.

    In the hour that comes twice, an end that seems to lie before the start lies in the second one.
    """
    ended_at = parse_time(text, zone)
    if ended_at is None or started_at is None or ended_at >= started_at:
        return ended_at
    told = datetime.fromisoformat(text.strip().replace("/", "-"))
    second = (told if told.tzinfo else told.replace(tzinfo=zone, fold=1)).astimezone(UTC)
    return second if second >= started_at else None


def seconds_between(started_at: datetime | None, ended_at: datetime | None) -> float | None:
    """How long a run took; None unless both are known."""
    return None if started_at is None or ended_at is None else (ended_at - started_at).total_seconds()


def request_time(exec_request_id: str) -> datetime | None:
    """The moment that an `execRequestId` begins with: milliseconds since 1970, the only absolute time."""
    millis = exec_request_id.partition("_")[0]
    if not (millis.isascii() and millis.isdigit()) or int(millis[:16]) > _LATEST_EPOCH_MS or len(millis) > 15:
        return None
    return _EPOCH + timedelta(milliseconds=int(millis))
