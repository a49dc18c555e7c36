"""The times of EnOS: wall-clock times of its server without a zone, in several spellings."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

# Java's Date.toString(): "Tue Feb 02 17:35:00 CST 2021". The zone's word is left out: CST is China's, not
# Chicago's, and no list of such words is unambiguous.
_JAVA = re.compile(
    r"[A-Za-z]{3},?\s+(?P<month>[A-Za-z]{3})\s+(?P<day>\d{1,2})\s+"
    r"(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2})\s+(?:\S{1,40}\s+)?(?P<year>\d{4})",
    re.ASCII,
)
_GMT = re.compile(r"(?:GMT|UTC)?\s*(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?", re.IGNORECASE)
_HOURS_IN_DAY = 24

_ROUNDING = timedelta(minutes=1)
"""A start so little before its planned time is on time: clocks differ, and seconds are rounded."""
_LONGEST_DELAY = timedelta(hours=2)
"""A start that is early by nearly the zone's offset was told in UTC, and was late by at most this."""


class Span(NamedTuple):
    """When a run was planned, began and ended, in UTC."""

    queued_at: datetime | None = None
    """When it was to run; None when its clock can't be that of the start."""
    started_at: datetime | None = None
    """When it began."""
    ended_at: datetime | None = None
    """When it ended."""
    is_odd: bool = False
    """Whether the times disagree with each other, as if they were told by different clocks."""

    @property
    def duration_s(self) -> float | None:
        """Seconds from start to end, which one clock told."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


def parse_time(text: str, zone: tzinfo, *, fold: int = 0) -> datetime | None:
    """A time in UTC, or None when there is none or it can't be read.

    Args:
        text: `2021-02-02 19:35:00`, with or without a fraction, a date, or `Tue Feb 02 17:35:00 CST 2021`.
        zone: The server's zone.
        fold: Which one of an hour that comes twice is meant: 0 is the first.
    """
    told = _told(text.strip())
    if told is None:
        return None
    try:
        return (told if told.tzinfo else told.replace(tzinfo=zone, fold=fold)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_end(text: str, zone: tzinfo, started_at: datetime | None) -> datetime | None:
    """The end of a run in UTC; None when it lies before the start.

    In the hour that comes twice, an end that seems to lie before the start lies in the second one.
    """
    return _not_before(text, zone, started_at)


@lru_cache(maxsize=4096)
def is_repeated(text: str, zone: tzinfo) -> bool:
    """Whether a time lies in an hour that comes twice in the server's zone."""
    told = None if isinstance(zone, timezone) else _told(text.strip())
    if told is None or told.tzinfo is not None:
        return False
    first, second = (told.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return first is not None and second is not None and first > second


def in_order(texts: Sequence[str], zone: tzinfo) -> list[datetime | None]:
    """The times of a list that goes from old to new, which tells two equal hours from each other."""
    moments: list[datetime | None] = []
    last: datetime | None = None
    for text in texts:
        moment = _not_before(text, zone, last) or parse_time(text, zone)
        moments.append(moment)
        last = moment or last
    return moments


def parse_zone(text: str) -> tzinfo | None:
    """The zone that the server tells: `GMT+8`, `UTC`, `Asia/Shanghai`; None for what is none."""
    text = text.strip()
    if text.upper() in {"GMT", "UTC", "Z"}:
        return UTC
    found = _GMT.fullmatch(text)
    if found is not None:
        hours, minutes = int(found["hours"]), int(found["minutes"] or 0)
        if hours >= _HOURS_IN_DAY or minutes > 59:
            return None
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(offset if found["sign"] == "+" else -offset)
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def parse_span(trigger: str, start: str, end: str, zone: tzinfo) -> Span:
    """When a run was planned, began and ended.

    The service tells the planned time in its zone, and the others sometimes in UTC: then a run seems to begin
    before its time, by about the zone's offset. Such a start is read as UTC, and the disagreement is told.
    """
    queued_at, started_at = parse_time(trigger, zone), parse_time(start, zone)
    if queued_at is None or started_at is None:
        return Span(queued_at, started_at, parse_end(end, zone, started_at))
    on_time = _not_before(start, zone, queued_at - _ROUNDING)
    if on_time is not None:
        return Span(queued_at, on_time, parse_end(end, zone, on_time))
    in_utc = _not_before(start, UTC, queued_at - _ROUNDING)
    if in_utc is not None and in_utc - queued_at <= _LONGEST_DELAY:
        return Span(queued_at, in_utc, parse_end(end, UTC, in_utc), is_odd=True)
    return Span(None, started_at, parse_end(end, zone, started_at), is_odd=True)


def _not_before(text: str, zone: tzinfo, earliest: datetime | None) -> datetime | None:
    """A time, in whichever hour of one that comes twice is late enough; None when neither is."""
    for fold in (0, 1):
        moment = parse_time(text, zone, fold=fold)
        if moment is None or earliest is None or moment >= earliest:
            return moment
    return None


def _told(text: str) -> datetime | None:
    try:
        found = _JAVA.fullmatch(text)
        if found is None:
            return datetime.fromisoformat(text)
        return datetime(  # noqa: DTZ001 - the zone is put on where the fold is known
            int(found["year"]),
            _MONTHS.index(found["month"].lower()) + 1,
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            int(found["second"]),
        )
    except ValueError:
        return None
