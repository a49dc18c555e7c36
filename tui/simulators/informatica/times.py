"""How each part of the platform writes the time: v2 in Eastern time with a false Z, the others in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tui.simulators.informatica.refusal import Refused

NEVER = datetime(9000, 1, 1, tzinfo=UTC)
"""Later than everything that happens."""

_EASTERN = ZoneInfo("America/New_York")


def eastern(moment: datetime) -> str:
    """A moment as v2 writes it: the clock of New York, and a Z behind it."""
    return _millis(moment.astimezone(_EASTERN)) + "Z"


def utc(moment: datetime) -> str:
    """A moment as the Utc twin has it."""
    return _millis(moment.astimezone(UTC)) + "Z"


def plain(moment: datetime) -> str:
    """A moment as taskflows and v3 objects have it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def zoneless(moment: datetime) -> str:
    """A moment as the status of a code task has it: UTC, and no zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000")


def with_offset(moment: datetime) -> str:
    """A moment as the start of a code task has it."""
    return _millis(moment.astimezone(UTC)) + "+00:00"


def read_plain(text: str) -> datetime:
    """The moment that a filter means.

    Raises:
        Refused: When it is written otherwise.
    """
    for form in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise Refused(400, "BAD_TIME", f"Cannot parse the time {text}")


def _millis(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
