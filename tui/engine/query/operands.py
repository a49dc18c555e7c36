"""Values of terms that are no text: spans, multiples, whole numbers and moments."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tui.core.duration import parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.engine.query.context import QueryContext

_LONGEST_SPAN = timedelta(days=36_525)
"""A hundred years: anything longer is a slip, and dates must not overflow."""

_LARGEST_NUMBER_DIGITS = 15
_YEARS = range(1970, 2200)

_NUMBER = re.compile(r"-?\d+")
_MULTIPLE = re.compile(r"(\d+(?:\.\d+)?)[x×]", re.IGNORECASE)
_TIME_OF_DAY = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAYS_BACK = {"today": 0, "yesterday": 1}

DAY_WORDS = tuple(_DAYS_BACK)
"""Words for the beginning of a day."""


class Moment(NamedTuple):
    """A point in time that a term names, which may move with the day."""

    at: Callable[[QueryContext], datetime]
    """The moment, as seen from the context's now."""
    changes_at: Callable[[QueryContext], datetime] | None = None
    """When it will next be another moment; None when it never changes."""


def read_number(text: str) -> int:
    """A whole number, with or without a percent sign. Raises ValueError."""
    digits = text.removesuffix("%")
    if not _NUMBER.fullmatch(digits) or len(digits) > _LARGEST_NUMBER_DIGITS:
        raise ValueError(f"{text!r} is no whole number")
    return int(digits)


def read_multiple(text: str) -> float | None:
    """The 2 of `2x`, or None when the text is no multiple."""
    found = _MULTIPLE.fullmatch(text)
    return min(float(found[1]), 1e9) if found else None


def read_span(text: str) -> timedelta:
    """A span such as `90s` or `1h30m`. Raises ValueError."""
    seconds = parse_duration(text)
    if seconds > _LONGEST_SPAN.total_seconds():
        raise ValueError(f"{text!r} is longer than a hundred years")
    return timedelta(seconds=seconds)


def read_moment(text: str, *, is_ahead: bool) -> Moment | None:
    """A date, a date and time, a time of day or a day's name; None when the text is none of them.

    Args:
        text: What was written.
        is_ahead: Whether a time of day means the next one; else it means the last one.

    Raises:
        ValueError: It looks like one but there is no such time.
    """
    if text.casefold() in _DAYS_BACK:
        return _beginning_of_day(_DAYS_BACK[text.casefold()])
    found = _TIME_OF_DAY.fullmatch(text)
    if found:
        try:
            clock = time(int(found[1]), int(found[2]), int(found[3] or 0))
        except ValueError as error:
            raise ValueError(f"there is no time {text!r}") from error
        return _time_of_day(clock, is_ahead=is_ahead)
    if _DATE.match(text):
        return _fixed(text)
    return None


def _fixed(text: str) -> Moment:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"there is no time {text!r}") from error
    if moment.year not in _YEARS:
        raise ValueError(f"{text!r} is too far away")
    if moment.tzinfo is not None:
        return Moment(lambda _: moment)
    return Moment(lambda context: _in_utc(moment, context))


def _time_of_day(clock: time, *, is_ahead: bool) -> Moment:
    def following(context: QueryContext) -> datetime:
        today = _today(context)
        soon = (_in_utc(datetime.combine(today + timedelta(days=days), clock), context) for days in (0, 1, 2))
        return next(moment for moment in soon if moment > context.now)

    def latest(context: QueryContext) -> datetime:
        today = _today(context)
        past = (_in_utc(datetime.combine(today - timedelta(days=days), clock), context) for days in (0, 1, 2))
        return next(moment for moment in past if moment <= context.now)

    return Moment(following if is_ahead else latest, changes_at=following)


def _beginning_of_day(days_back: int) -> Moment:
    def at(context: QueryContext) -> datetime:
        return _in_utc(datetime.combine(_today(context) - timedelta(days=days_back), time()), context)

    def changes_at(context: QueryContext) -> datetime:
        return _in_utc(datetime.combine(_today(context) + timedelta(days=1), time()), context)

    return Moment(at, changes_at)


def _today(context: QueryContext) -> date:
    return context.now.astimezone(context.zone).date()


def _in_utc(moment: datetime, context: QueryContext) -> datetime:
    """A zoneless moment of the context's zone; where there is none, of the machine's own."""
    return (moment.replace(tzinfo=context.zone) if context.zone else moment).astimezone(UTC)
