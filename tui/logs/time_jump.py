"""What a user types to go to another place of a log: a time, a line or a share of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

from tui.core.duration import parse_duration
from tui.logs.time_formats import plain_clock, read_day, read_offset
from tui.logs.timestamps import LineTimes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, tzinfo

EXAMPLES = "14:05, 11-21 14:05, yesterday 14:05, +5m, -1h30m, 123 or 50%"
"""Targets that are understood, for a prompt."""

_LINE = re.compile(r"(?:(?:line |l|:|#) ?)?(\d{1,3}(?:[, _'.]\d{3})+|\d{1,15})", re.IGNORECASE)
_PERCENT = re.compile(r"(\d{1,3}(?:[.,]\d{1,9})?) ?%")
_SPAN = re.compile(r"([+-]) ?(.+)")
_WHEN = re.compile(
    r"(?:(?P<day>.+?)(?:[,\s]{1,3}|T))?"
    r"(?P<clock>\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?|\d{1,2}(?= ?[ap]m))(?: ?(?P<half>[ap])m)?"
    r"(?: ?(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d))?",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?-\d\d?|\d\d?\.\d\d?\.(?:\d{4})?|\d\d?[-/]\d\d?[-/]\d{4}|\d{8}"
    r"|[a-z]{3} \d\d?(?:,? \d{4})?|\d\d?[- /][a-z]{3}(?:[- /]\d{4})?",
    re.IGNORECASE,
)
_ONE_DAY = timedelta(days=1)
_WORDS = {"today": 0, "yesterday": -1, "tomorrow": 1}


class TimeTarget(NamedTuple):
    """The first line at or after a moment."""

    at: datetime
    """The moment, in UTC."""


class LineTarget(NamedTuple):
    """A line by its number."""

    number: int
    """Counted from 1, as people do."""


class PercentTarget(NamedTuple):
    """A place by the share of the log before it."""

    percent: float
    """From 0 to 100."""


class _Known(NamedTuple):
    """What the places of a log say about which day is meant."""

    here: datetime | None
    zone: tzinfo
    first: datetime | None
    last: datetime | None
    now: datetime | None

    @property
    def moments(self) -> list[datetime]:
        """All moments that are known, those first that matter most."""
        moments = (self.here, self.last, self.first, self.now)
        return [moment for moment in moments if moment is not None]

    def nearest(self, moments: Iterable[datetime]) -> datetime | None:
        """Of what may be meant, what is in the log, of the same day as here, or else nearest to it."""
        around = self.moments[0]
        today = around.astimezone(self.zone).date()
        return min(
            moments,
            key=lambda moment: (
                not self._is_inside(moment),
                moment.astimezone(self.zone).date() != today,
                abs(moment - around),
            ),
            default=None,
        )

    def _is_inside(self, moment: datetime) -> bool:
        return (self.first is None or self.first <= moment) and (self.last is None or moment <= self.last)


def parse_target(
    text: str,
    here: datetime | None,
    zone: tzinfo,
    first: datetime | None = None,
    last: datetime | None = None,
    *,
    now: datetime | None = None,
) -> TimeTarget | LineTarget | PercentTarget:
    """What a user wants to go to.

    A time without a day is of the day on which it is in the log, and nearest to where the user is.

    Args:
        text: What was typed.
        here: The time of the line where the user is.
        zone: The zone of what was typed.
        first: The first time in the log.
        last: The last one.
        now: What time it is, for `today` and `yesterday`; the end of the log if it isn't told.

    Raises:
        ValueError: It can't be understood; the message says what can.
    """
    text = " ".join(text.split())
    if not text:
        raise ValueError(f"say where to go: {EXAMPLES}")
    if (match := _LINE.fullmatch(text)) is not None:
        number = int(re.sub(r"\D", "", match[1]))
        if number < 1:
            raise ValueError("lines are counted from 1")
        return LineTarget(number)
    if (match := _PERCENT.fullmatch(text)) is not None:
        percent = float(match[1].replace(",", "."))
        if percent > 100:
            raise ValueError(f"{text} is more than all of the log")
        return PercentTarget(percent)
    if (match := _SPAN.fullmatch(text)) is not None:
        return _relative(match[1], match[2], here)
    known = _Known(here, zone, first, last, now)
    if not known.moments:
        raise ValueError("no line here tells a time: say a line number or a share such as 50%")
    return TimeTarget(_moment(text, known))


def _relative(sign: str, text: str, here: datetime | None) -> TimeTarget:
    if here is None:
        raise ValueError("the line here has no time to count from")
    try:
        span = timedelta(seconds=parse_duration(text.replace(" ", "")))
        return TimeTarget(here - span if sign == "-" else here + span)
    except OverflowError:
        raise ValueError(f"{sign}{text} is too far away") from None


def _moment(text: str, known: _Known) -> datetime:
    when = _WHEN.fullmatch(text)
    day = when["day"] if when is not None else text
    days = _days(day, known)
    if when is None and days:
        return _at(days, "00:00", None, known)
    if when is not None and days:
        clock = when["clock"] if ":" in when["clock"] else f"{when['clock']}:00"
        return _at(days, plain_clock(clock, when["half"]), when["zone"], known)
    stamp = LineTimes(known.zone, known.now or known.moments[0]).found(text)
    if stamp is None or text[: stamp.start] or text[stamp.end :]:
        raise ValueError(f"{text!r} is no place in a log: say {EXAMPLES}")
    return stamp.at


def _at(days: list[date], clock: str, zone: str | None, known: _Known) -> datetime:
    """The moment of a time of day, on the day that is most likely meant."""
    offset = read_offset(zone) if zone else None
    place = timezone(offset) if offset is not None else known.zone
    try:
        clocks = [datetime.fromisoformat(f"{day:%Y-%m-%d}T{clock}").replace(tzinfo=place) for day in days]
        nearest = known.nearest(moment.astimezone(UTC) for moment in clocks)
    except (ValueError, OverflowError):
        nearest = None
    if nearest is None:
        raise ValueError("there is no such time of day")
    return nearest


def _days(text: str | None, known: _Known) -> list[date]:
    """The days that can be meant: several where the day or the year is left out, none for what is no day."""
    around = [moment.astimezone(known.zone).date() for moment in known.moments]
    if not text:
        return [day + _ONE_DAY * step for day in around for step in (-1, 0, 1)]
    if text.lower() in _WORDS:
        today = known.now or known.last or known.moments[0]
        return [today.astimezone(known.zone).date() + _ONE_DAY * _WORDS[text.lower()]]
    read = read_day(text, is_day_first=False) if _DAY.fullmatch(text) else None
    if read is None:
        return []
    years = (
        [read.year] if read.year is not None else [day.year + step for day in around for step in (-1, 0, 1)]
    )
    days = []
    for year in years:
        try:
            days.append(datetime(year, read.month, read.day, tzinfo=UTC).date())
        except ValueError:
            continue
    return days
