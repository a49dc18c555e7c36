"""The times that log lines begin with, in whatever form the program writes them."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tui.logs.log_calendar import LogCalendar
from tui.logs.merge_prefix import MARK, without_prefix
from tui.logs.time_formats import EPOCH, FORMATS, JSON_KEY, JSON_NUMBER, LEAD, POSSIBLE

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

_PATIENCE = 200
"""After so many lines without a time only the form that fitted last is looked for."""

_AGAIN = 64
"""Then each so many lines all forms are tried again."""

_FAR = 200
"""Characters of a line within which its time begins, if it has one."""

_FAR_IN_JSON = 4_000
_MOST_KEYS = 4

_compiled = cache(re.compile)


class Stamp(NamedTuple):
    """A time in a line."""

    start: int
    """Where it begins in the plain text, with the bracket that belongs to it."""
    end: int
    """Where it ends, with one blank after it."""
    at: datetime
    """The moment, in UTC."""


class Times(Protocol):
    """What finds the times of a log's lines."""

    def found(self, text: str, near: datetime | None = None) -> Stamp | None:
        """The time of a line."""
        ...


class LineTimes:
    """Finds the times of the lines of one log: the form that fitted last is tried first.

    A time without a date is of the 24 hours after `since`, a date without a year of the year before `now`.
    """

    def __init__(self, zone: tzinfo, now: datetime, since: datetime | None = None) -> None:
        """Look for times.

        Args:
            zone: The zone of times that tell none.
            now: What time it is; aware.
            since: When the log begins, where that is known; aware. Dates in the log itself tell it as well.
        """
        self._calendar = LogCalendar(zone, now, since)
        self._formats = list(FORMATS)
        self._match = self._formats[0].pattern.match
        self._json_key = ""
        self._has_fitted = False
        self._misses = 0

    def found(self, text: str, near: datetime | None = None) -> Stamp | None:
        """The time of a line, or None when it begins with none.

        Args:
            text: The line without colours. The name before a line of merged logs is skipped.
            near: The time of the line before, for times without a date: from it on they go round midnight.
        """
        match = self._match(text)
        stamp = self._stamp(match, near) if match is not None else None
        if stamp is None:
            self._misses += 1
            is_patient = self._misses <= _PATIENCE or self._misses % _AGAIN == 0
            if not is_patient and not self._has_fitted:
                return None
            stamp = self._further(text, near, is_patient=is_patient)
            if stamp is None:
                return None
        self._has_fitted = True
        self._misses = 0
        return stamp

    def _further(self, text: str, near: datetime | None, *, is_patient: bool) -> Stamp | None:
        """The time of a line that does not simply begin with one in the form that fitted last."""
        if text.find(MARK, 0, _FAR) >= 0 and (begin := without_prefix(text)[0]):
            stamp = self._behind_lead(text, begin, near, is_patient=is_patient)
            if stamp is not None:
                return stamp
        return self._behind_lead(text, 0, near, is_patient=is_patient)

    def _behind_lead(self, text: str, begin: int, near: datetime | None, *, is_patient: bool) -> Stamp | None:
        """The time behind a level or the name of a thread, if there is one."""
        first = text[begin : begin + 1]
        if first != "{" and not first.isdecimal():
            lead = _compiled(LEAD).match(text, begin)
            begin = lead.end() if lead is not None else begin
            first = text[begin : begin + 1]
        if first == "{":
            return self._in_json(text, begin, near)
        return self._at(text, begin, near, is_patient=is_patient)

    def _at(self, text: str, begin: int, near: datetime | None, *, is_patient: bool) -> Stamp | None:
        """The time that stands at a place of the text."""
        match = self._match(text, begin)
        if match is not None and (stamp := self._stamp(match, near)) is not None:
            return stamp
        if not is_patient or _compiled(POSSIBLE).search(text, begin, begin + _FAR) is None:
            return None
        for index, form in enumerate(self._formats):
            match = form.pattern.match(text, begin)
            if match is None or (form.name == EPOCH and self._has_fitted):
                continue
            if form.is_day_first:
                self._calendar.read_day_first()
            if (stamp := self._stamp(match, near)) is not None:
                self._formats.insert(0, self._formats.pop(index))
                self._match = self._formats[0].pattern.match
                return stamp
        return None

    def _stamp(self, match: re.Match[str], near: datetime | None) -> Stamp | None:
        day, clock, half, zone = match.group("day", "clock", "half", "zone")
        if not day:
            if ":" in clock:
                at = self._calendar.moment_of_clock(clock, half, zone, near)
            else:
                at = self._calendar.moment_of_number(clock)
        else:
            if day[0] > "9" and (year := match["year"]):
                day = f"{day} {year}"
            at = self._calendar.moment(day, clock, half, zone)
            if at is not None and at < self._calendar.earliest:
                self._calendar.begin(at)
        if at is None:
            return None
        start, end = match.span("t")
        return Stamp(start, end, at)

    def _in_json(self, text: str, begin: int, near: datetime | None) -> Stamp | None:
        """The time of a line that is a JSON object; its span is the value alone, without quotes."""
        key = self._json_key
        if key and (found := text.find(key, begin, begin + _FAR_IN_JSON)) >= 0:
            stamp = self._value(text, found + len(key), near)
            if stamp is not None:
                return stamp
        matches = _compiled(JSON_KEY).finditer(text, begin, begin + _FAR_IN_JSON)
        for match in islice(matches, _MOST_KEYS):
            stamp = self._value(text, match.end(), near)
            if stamp is not None:
                self._json_key = match[0]
                return stamp
        return None

    def _value(self, text: str, begin: int, near: datetime | None) -> Stamp | None:
        if text[begin - 1] == '"':
            stamp = self._at(text, begin, near, is_patient=True)
            end = text.find('"', begin)
            return Stamp(begin, end, stamp.at) if stamp is not None and end >= 0 else None
        match = _compiled(JSON_NUMBER).match(text, begin)
        at = self._calendar.moment_of_number(match[0]) if match is not None else None
        return Stamp(begin, match.end(), at) if match is not None and at is not None else None
