"""How programs write dates and times at the beginning of their lines: what each form looks like, as data."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from typing import NamedTuple

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)"
_WEEKDAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"

_ZONE_HOURS = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "JST": 9, "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip
"""Names of zones that mean one offset. CST is none of them: it is Chicago's and Shanghai's."""

_NUMBERS = re.compile(r"\d+")
_LETTERS = re.compile(r"[A-Za-z]{3}")
_DAY_OF_YEAR_LAST = 31
_MONTHS_A_YEAR = 12


class Day(NamedTuple):
    """A date as a log writes it."""

    year: int | None
    """None where the log leaves it out."""
    month: int
    day: int
    is_day_first: bool | None = None
    """Which of two numbers the day is, where this date proves it."""


class TimeFormat(NamedTuple):
    """One form of a date and time."""

    name: str
    """What it is called in tests."""
    core: str
    """A regular expression: group `t` is all that belongs to the time, with brackets and a blank after it."""
    is_day_first: bool = False
    """Whether who writes so puts the day before the month, also where both are numbers."""

    @property
    def pattern(self) -> re.Pattern[str]:
        """What matches it; made when it is first needed."""
        return _compiled(self.core)


_compiled = cache(re.compile)

_LEVEL = (
    "(?:TRACE|DEBUG|VERBOSE|INFO(?:RMATION)?|NOTICE|WARN(?:ING)?|ERROR|ERR|FATAL|SEVERE|CRITICAL|CRIT|ALERT"
    r"|EMERG|PANIC|FINE(?:R|ST)?|CONFIG|LOG|[Tt]race|[Dd]ebug|[Ii]nfo|[Nn]otice|[Ww]arn(?:ing)?|[Ee]rror"
    r"|[Ff]atal|[Cc]ritical|[VTDIWEF](?=[, ]))(?!\w)[,:]?"
)
LEAD = (
    r"(?:<U\+FEFF>)?[ \t]*(?:[\w.-]{1,60} {0,20}\|[ \t]*)?(?:(?:"  # what docker compose sets before a line
    rf"\[(?!{_WEEKDAY}|{_MONTH})[A-Za-z_][^\[\]]{{0,80}}\]|\[\d{{1,7}}\]|\([A-Za-z_][^()]{{0,80}}\)"
    rf"|{_LEVEL}|<\d{{1,3}}>1?|[-:|]{{1,3}}"
    r"|(?:level|lvl|severity|logger|caller|source|app|service)=(?:\"[^\"]{0,80}\"|[^\s\"]{1,80})"
    r"|type=\w{1,40} msg=audit\("
    r")[ \t]*){0,5}"
)
"""What may stand before the time: a level, the name of a thread, a priority."""

_OPEN = r"(?P<t>(?:(?:ts?|time|timestamp|date|datetime|when|at)=)?[\[(<\"']?"
_CLOSE = r"[\])>\"']?[:,;]?[ \t]?)"
_HALF = r"(?:[ \u00a0\u202f]?(?P<half>[AaPp])[Mm])?"
_NAMES = "|".join(sorted(_ZONE_HOURS, key=len, reverse=True))
_ZONE = (
    rf"(?P<zone> ?[+-]\d\d:?\d\d(?!\d)|[+-]\d\d(?!\d)| ?(?:{_NAMES})(?!\w))?(?:\[[A-Za-z_]+/[A-Za-z_/]+\])?"
)
_END = r"(?!:?\w)"
_TIME = rf"(?P<clock>\d\d?:\d\d(?::\d\d(?:[.,:]\d{{1,9}})?)?){_HALF}{_ZONE}{_END}{_CLOSE}"
_GAP = r"(?:[Tt_]|,? {1,8})"

EPOCH = "seconds since 1970"
"""The name of the form that could as well be any other number."""

FORMATS: tuple[TimeFormat, ...] = (
    TimeFormat("year first", rf"{_OPEN}(?P<day>\d{{4}}([-/.])\d\d?\3\d\d?){_GAP}{_TIME}"),
    TimeFormat("year last", rf"{_OPEN}(?P<day>\d\d?([-/.])\d\d?\3\d{{4}}){_GAP}{_TIME}"),
    TimeFormat(
        "month by name",
        rf"(?:\d{{1,7}}:[A-Z] |(?:\S{{1,200}} ){{2,6}}(?=\[\d))?"  # the client of a request, and redis
        rf"{_OPEN}(?:{_WEEKDAY}[a-z]{{0,6}},? )?(?P<day>\d\d?([-/ ]){_MONTH}\3\d{{2,4}})(?::|{_GAP}){_TIME}",
    ),
    TimeFormat(
        "month first",
        rf"{_OPEN}(?:{_WEEKDAY}[a-z]{{0,6}},? )?(?P<day>{_MONTH} {{1,2}}\d\d?(?:,? \d{{4}})?),? "
        rf"(?P<clock>\d\d?:\d\d:\d\d(?:[.,]\d{{1,9}})?){_HALF}{_ZONE}(?: [A-Z]{{3,5}}(?= \d{{4}}))?"
        rf"(?: (?P<year>(?:19|20)\d\d)(?![\w:-]))?{_END}{_CLOSE}",
    ),
    TimeFormat("two digits each", rf"{_OPEN}(?P<day>\d\d([-/.])\d\d\3\d\d){_GAP}{_TIME}"),
    TimeFormat("no year", rf"{_OPEN}(?P<day>\d\d-\d\d) {_TIME}"),
    TimeFormat(
        "letter before",
        r"[IWEFDC](?P<t>(?P<day>(?:20\d\d)?\d{4}) (?P<clock>\d\d:\d\d:\d\d(?:\.\d{1,9})?)"
        r"(?P<half>)(?P<zone>)[ \t]?)",
    ),
    TimeFormat(
        "digits only",
        rf"{_OPEN}(?P<day>(?:(?:19|20)\d\d|\d\d)[01]\d[0-3]\d)(?:[T_-]| {{1,2}}|(?=\d{{6}}(?!\d)))"
        rf"(?P<clock>\d\d?:\d\d:\d\d(?:[.,]\d{{1,9}})?|\d{{6}}(?:[.,]\d{{1,9}})?)(?P<half>){_ZONE}{_END}{_CLOSE}",
    ),
    TimeFormat(
        "clock",
        rf"{_OPEN}(?P<day>)(?P<clock>\d\d:\d\d:\d\d(?:[.,:]\d{{1,9}})?|\d:\d\d:\d\d(?= ?[AaPp][Mm])){_HALF}"
        rf"{_ZONE}{_END}{_CLOSE}",
    ),
    TimeFormat(
        "points",
        rf"{_OPEN}(?P<day>\d{{4}}-\d\d-\d\d)-(?P<clock>\d\d\.\d\d\.\d\d(?:\.\d{{1,9}})?)(?P<half>)"
        rf"(?P<zone>[+-]\d{{3}})?{_END}{_CLOSE}",
    ),
    TimeFormat(
        "talend",
        r"(?:#{1,9} )?(?:Starting job|Job) \S{1,120}(?: ended)?  ?at (?P<t>(?:"
        r"(?P<clock>\d\d:\d\d)(?P<half>)(?P<zone>) (?P<day>\d\d/\d\d/\d{4})(?!\d)))",
        is_day_first=True,
    ),
    TimeFormat(
        "words before",  # of Talend, Slurm and SSIS
        r"(?:#{1,9} Job [A-Z]{4,20}(?: [A-Z]{2,20}){0,4}  ?at |Progress: "
        r"|slurmstepd: error: \*{3} (?:STEP|JOB) \S{1,60} ON \S{1,200} CANCELLED AT )"
        rf"(?P<t>(?P<day>\d{{4}}([-/])\d\d\3\d\d)[T ]{_TIME}",
    ),
    TimeFormat(
        EPOCH,
        rf"{_OPEN}(?P<day>)(?P<clock>[12]\d{{9}}(?:\d{{3}}|\d{{6}}|\d{{9}})?(?:[.,]\d{{1,9}})?)(?P<half>)"
        rf"(?P<zone>)(?![\w.,-]*\w){_CLOSE}",
    ),
)
"""The forms, the most frequent ones first. In a number of seconds the whole of it is the clock."""

JSON_KEY = (
    r"\"@?(?i:timestamp|time|ts|t|asctime|date|datetime|eventTime|when|timeMillis|epochSecond)\""
    r"\s{0,4}:\s{0,4}\"?"
)
"""What stands before the time in a line that is a JSON object, with the quote that opens it."""

JSON_NUMBER = r"[12]\d{9,18}(?:\.\d{1,9})?(?![\w.])"
"""A time that is a number there."""

POSSIBLE = r"\d:\d\d|\d{10}|\d{6}[T_ -]\d{6}|\d\.\d\d\.\d\d"
"""What every line with a time has somewhere."""


def read_day(text: str, *, is_day_first: bool) -> Day | None:
    """The day that a date tells, or None when its numbers can't be one.

    Args:
        text: The date alone, in any of the forms.
        is_day_first: Whether `11/12/2026` is in December; dates that can be read in one way alone don't ask.
    """
    numbers = _NUMBERS.findall(text)
    if (name := _LETTERS.search(text)) is not None:
        return _named(name[0], numbers)
    if len(numbers) == 1:
        digits = numbers[0]
        numbers = [*([digits[:-4]] if len(digits) > len("MMDD") else []), digits[-4:-2], digits[-2:]]
        return _year_first(numbers)
    if len(numbers) <= 2 and "." not in text:
        return _year_first(numbers)
    if len(numbers[0]) == len("YYYY"):
        return _year_first(numbers)
    if "." in text:
        day, month, *years = numbers
        return _checked(years[0] if years else None, month, day)
    if len(numbers[2]) == len("YYYY"):
        return _year_last(numbers, is_day_first=is_day_first)
    return _year_first(numbers) or _year_last(numbers, is_day_first=is_day_first)


def _named(name: str, numbers: list[str]) -> Day | None:
    if name.lower() not in _MONTHS or not 1 <= len(numbers) <= 2:
        return None
    month = _MONTHS.index(name.lower()) + 1
    return _checked(numbers[1] if len(numbers) > 1 else None, str(month), numbers[0])


def _year_first(numbers: list[str]) -> Day | None:
    *years, month, day = numbers
    return _checked(years[0] if years else None, month, day)


def _year_last(numbers: list[str], *, is_day_first: bool) -> Day | None:
    first, second, year = numbers
    if int(first) > _MONTHS_A_YEAR or int(second) > _MONTHS_A_YEAR:
        is_proof = int(first) > _MONTHS_A_YEAR
        day = _checked(year, second, first) if is_proof else _checked(year, first, second)
        return day._replace(is_day_first=is_proof) if day is not None else None
    return _checked(year, second, first) if is_day_first else _checked(year, first, second)


def _checked(year: str | None, month: str, day: str) -> Day | None:
    """The day if it may be one; whether its month is so long is seen when it becomes a date."""
    if not (1 <= int(month) <= _MONTHS_A_YEAR and 1 <= int(day) <= _DAY_OF_YEAR_LAST):
        return None
    if year is None:
        return Day(None, int(month), int(day))
    if len(year) == len("YY"):
        year = f"20{year}"
    return Day(int(year), int(month), int(day)) if len(year) == len("YYYY") else None


def read_offset(text: str) -> timedelta | None:
    """How far a zone such as `+02:00`, `-0530` or `UTC` is ahead of UTC; None for names that tell none.

    Three digits are minutes, as DB2 writes them.
    """
    text = text.strip().upper()
    if text in _ZONE_HOURS:
        return timedelta(hours=_ZONE_HOURS[text])
    digits = text[1:].replace(":", "")
    if text[:1] not in {"+", "-"} or not digits.isdecimal() or len(digits) > len("HHMM"):
        return None
    is_in_minutes = len(digits) == len("MMM")
    minutes = int(digits) if is_in_minutes else int(digits[:2]) * 60 + int(digits[2:] or 0)
    return timedelta(minutes=-minutes if text[0] == "-" else minutes)


def plain_clock(clock: str, half: str | None) -> str:
    """A time of day as ISO 8601 has it; it may still be one that no clock shows."""
    if "." in clock[:5]:
        clock = f"{clock[:8].replace('.', ':')}{clock[8:]}"
    if ":" not in clock:
        clock = f"{clock[:2]}:{clock[2:4]}:{clock[4:]}"
    hour, _, rest = clock.partition(":")
    if rest[5:6] == ":":
        rest = f"{rest[:5]}.{rest[6:]}"
    if half and 1 <= int(hour) <= 12:
        hour = str(int(hour) % 12 + (12 if half in "pP" else 0))
    elif half:
        return "no time of day"
    return f"{hour:0>2}:{rest}"
