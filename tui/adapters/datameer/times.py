"""The times of a Datameer: wall-clock times of its server without a zone, in several spellings."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

# The names are English whatever the locale of this process, which `strptime` would go by. Newer Java puts a
# comma after the year and a narrow no-break space before AM.
_US = re.compile(
    r"(?P<month>[A-Za-z]{3})[a-z]{0,6}\.?\s+(?P<day>\d{1,2}),\s*(?P<year>\d{4}),?\s+"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2})\s*(?P<half>[AaPp])\.?[Mm]\.?",
    re.ASCII,
)
_SPACES = re.compile(r"\s+")
_NOON = 12


def parse_time(text: str, zone: tzinfo) -> datetime | None:
    """A time in UTC, or None when there is none or it can't be read.

    Args:
        text: `Sep 28, 2018 6:44:56 PM`, `2012-07-06 18:19:09.0`, or ISO 8601, with or without an offset.
        zone: The server's zone. Of an hour that comes twice, the first one is meant.
    """
    return _in_utc(_told(text), zone, fold=0)


def parse_end(text: str, zone: tzinfo, started_at: datetime | None) -> datetime | None:
    """The end of a run in UTC; None when it lies before the start.

    In the hour that comes twice, an end that seems to lie before the start lies in the second one.
    """
    told = _told(text)
    for fold in (0, 1):
        ended_at = _in_utc(told, zone, fold=fold)
        if ended_at is None or started_at is None or ended_at >= started_at:
            return ended_at
    return None


def _told(text: str) -> datetime | None:
    # `\s` of an ASCII pattern knows no U+202F.
    text = _SPACES.sub(" ", text).strip()
    try:
        found = _US.fullmatch(text)
        if found is not None:
            return _us_time(found)
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _us_time(found: re.Match[str]) -> datetime:
    hour = int(found["hour"])
    if not 1 <= hour <= _NOON:
        raise ValueError(hour)
    return datetime(  # noqa: DTZ001 - the zone is put on where the fold is known
        int(found["year"]),
        _MONTHS.index(found["month"].lower()) + 1,
        int(found["day"]),
        hour % _NOON + (_NOON if found["half"] in "Pp" else 0),
        int(found["minute"]),
        int(found["second"]),
    )


def _in_utc(told: datetime | None, zone: tzinfo, *, fold: int) -> datetime | None:
    if told is None:
        return None
    try:
        return (told if told.tzinfo else told.replace(tzinfo=zone, fold=fold)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
