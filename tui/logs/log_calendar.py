"""From the date, time and zone that a line writes to a moment, with what the line leaves out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tui.logs.time_formats import plain_clock, read_day, read_offset

if TYPE_CHECKING:
    from datetime import tzinfo

    from tui.logs.time_formats import Day

EARLIEST_YEAR = 1970
"""No log is older."""

LATEST_YEAR = 2199
"""No log is newer."""

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_BACK = timedelta(hours=2)
"""How far behind its reference a time without a date may be; what is further back is of the next day."""

_NUMBERS_BACK = 15 * 366 * _DAY
"""How long ago a number of seconds may be: others are no times."""

_NEVER = datetime.max.replace(tzinfo=UTC)
_ALWAYS = datetime.min.replace(tzinfo=UTC)

_MOST_DAYS = 512
"""Dates that are kept as read: a log has few."""

_EPOCH_SCALES = {10: 1, 13: 1_000, 16: 1_000_000, 19: 1_000_000_000}
"""Parts of a second that a number of so many digits counts."""


class LogCalendar:
    """What is known of one log's dates: its zone, the year and the day that it leaves out."""

    def __init__(self, zone: tzinfo, now: datetime, since: datetime | None = None) -> None:
        """Read dates.

        Args:
            zone: The zone of times that tell none.
            now: The latest moment that a line can have been written at, give or take a day.
            since: When the log begins: what leaves out the day is of the 24 hours from then on.
        """
        self._zone = zone
        self._now = now
        self._latest = now + 2 * _DAY
        if since is not None:
            self._latest = min(self._latest, since + 330 * _DAY)
        self._since = since
        self.earliest = _NEVER if since is None else _ALWAYS
        """Of times before it `begin` wants to know."""
        self._first_number = (now - _NUMBERS_BACK).timestamp()
        self._last_number = (now + 366 * _DAY).timestamp()
        self._clock_base: datetime | None = None
        self._clock_days = ("", "", "")
        """The earliest time of the first of two days, and both: later times are of the first one."""
        self._is_day_first = False
        self._days: dict[str, str | None] = {}
        self._offsets: dict[str, timedelta | None] = {}
        self._offset = timedelta()
        self._hour = self._hour_end = datetime.max.replace(tzinfo=UTC)
        """The hour of the wall clock that the offset holds for."""

    def moment(self, day: str, clock: str, half: str | None, zone: str | None) -> datetime | None:
        """The moment in UTC, or None when there is no such date or time.

        Args:
            day: The date as written.
            clock: The time of day as written.
            half: The first letter of AM or PM.
            zone: The zone as written.
        """
        try:
            date = self._days[day]
        except KeyError:
            date = self._remembered(day)
        if date is None:
            return None
        if half or clock[2:3] != ":" or clock[8:9] == ":":
            clock = plain_clock(clock, half)
        try:
            wall = datetime.fromisoformat(f"{date}{clock}Z")
        except ValueError:
            return None
        return wall - self._offset_of(wall, zone)

    def moment_of_clock(
        self, clock: str, half: str | None, zone: str | None, near: datetime | None
    ) -> datetime | None:
        """The moment of a time of day without a date.

        Args:
            clock: The time of day as written.
            half: The first letter of AM or PM.
            zone: The zone as written.
            near: The time of the line before: it can't be much earlier than that.
        """
        base = near or self._since or self._now
        if base is not self._clock_base:
            earliest = base + _HOUR - _DAY if base is self._now else base - _BACK
            wall = earliest + self._offset_of(earliest, zone)
            self._clock_base = base
            self._clock_days = (f"{wall:%H:%M:%S}", f"{wall:%Y-%m-%d}", f"{wall + _DAY:%Y-%m-%d}")
        if half or clock[2:3] != ":":
            clock, half = plain_clock(clock, half), None
        earliest_clock, day, next_day = self._clock_days
        return self.moment(day if clock >= earliest_clock else next_day, clock, half, zone)

    def begin(self, at: datetime) -> None:
        """Know of a moment at which the log was written; the earliest of them counts as its beginning."""
        self._since = self.earliest = at

    def read_day_first(self) -> None:
        """Know that the day comes first where day and month are numbers."""
        if not self._is_day_first:
            self._is_day_first = True
            self._days.clear()

    def moment_of_number(self, number: str) -> datetime | None:
        """The moment of seconds, milliseconds, microseconds or nanoseconds since 1970."""
        whole, _, fraction = number.replace(",", ".").partition(".")
        scale = _EPOCH_SCALES.get(len(whole))
        if scale is None:
            return None
        seconds, parts = divmod(int(whole), scale)
        micros = parts * 1_000_000 // scale
        if fraction:
            micros += int(fraction[:6].ljust(6, "0")) // scale
        if not self._first_number <= seconds <= self._last_number:
            return None
        return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micros)

    def _remembered(self, text: str) -> str | None:
        """A date as ISO 8601 has it, with what stands between date and time."""
        day = read_day(text, is_day_first=self._is_day_first)
        if len(self._days) >= _MOST_DAYS:
            self._days.clear()
        if day is not None and day.is_day_first not in {None, self._is_day_first}:
            self._is_day_first = not self._is_day_first
            self._days.clear()
        date = self._days[text] = self._dated(day) if day is not None else None
        return date

    def _dated(self, day: Day) -> str | None:
        """The date, of the latest year that may be meant where it tells none."""
        latest = self._latest.year
        for year in [day.year] if day.year is not None else range(latest, latest - 9, -1):
            try:
                date = datetime(year, day.month, day.day, tzinfo=UTC)
            except ValueError:
                continue
            if EARLIEST_YEAR <= year <= LATEST_YEAR and (day.year is not None or date <= self._latest):
                return f"{date:%Y-%m-%d}T"
        return None

    def _offset_of(self, wall: datetime, zone: str | None) -> timedelta:
        """How far the clocks that wrote the line were ahead of UTC."""
        if zone:
            try:
                offset = self._offsets[zone]
            except KeyError:
                offset = self._offsets[zone] = read_offset(zone)
            if offset is not None:
                return offset
        if not self._hour <= wall < self._hour_end:
            self._hour = wall.replace(minute=0, second=0, microsecond=0)
            self._hour_end = self._hour + _HOUR
            self._offset = self._hour.replace(tzinfo=self._zone).utcoffset() or timedelta()
        return self._offset
