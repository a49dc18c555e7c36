"""The times of Informatica's APIs, each family in its own spelling.

Version 2 of the platform's API tells wall-clock times of the US east coast with a `Z` that is not true; newer
releases add the true time in a field of its own, whose name ends in `Utc`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
"""The zone of `startTime` and `endTime` in version 2, whatever the organisation's or the user's zone is."""

_NOTHING = frozenset({"", "null", "none"})


class Span(NamedTuple):
    """When a run began and ended."""

    started_at: datetime | None = None
    """When it began."""
    ended_at: datetime | None = None
    """When it ended; None when it lies before the start, for then it can't be true."""


UNTOLD = Span()
"""Of a run without times."""


def parse_utc(text: str) -> datetime | None:
    """A time in UTC; one without a zone is meant in UTC, as those of code tasks are."""
    told = _told(text)
    if told is None:
        return None
    try:
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def span_utc(start: str, end: str) -> Span:
    """The times of a taskflow or a code task: true ones."""
    return _in_order(parse_utc(start), parse_utc(end))


def span_of_v2(start: str, start_utc: str, end: str = "", end_utc: str = "") -> Span:
    """The times of a classic task: the true ones where they are told.

    In the hour that comes twice in autumn, the first one is meant, and an end that seems to lie before the
    start lies in the second.
    """
    started_at = parse_utc(start_utc) or _eastern(start, fold=0)
    ended_at = parse_utc(end_utc)
    if ended_at is not None:
        return _in_order(started_at, ended_at)
    for fold in (0, 1):
        ended_at = _eastern(end, fold=fold)
        if started_at is None or ended_at is None or ended_at >= started_at:
            break
    return _in_order(started_at, ended_at)


def seconds_between(span: Span) -> float | None:
    """How long a run took; None unless both ends are known."""
    if span.started_at is None or span.ended_at is None:
        return None
    return (span.ended_at - span.started_at).total_seconds()


def query_time(moment: datetime) -> str:
    """A time as the query of taskflow runs wants it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _told(text: str) -> datetime | None:
    text = text.strip()
    if text.lower() in _NOTHING:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _eastern(text: str, *, fold: int) -> datetime | None:
    told = _told(text)
    if told is None:
        return None
    try:
        return told.replace(tzinfo=EASTERN, fold=fold).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _in_order(started_at: datetime | None, ended_at: datetime | None) -> Span:
    if started_at is not None and ended_at is not None and ended_at < started_at:
        return Span(started_at)
    return Span(started_at, ended_at)
