"""How a moment in a log is shown beside its line: as a clock time, since a start, or as an age."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tui.core.duration import format_age, format_duration

if TYPE_CHECKING:
    from datetime import datetime, tzinfo


class TimeMode(StrEnum):
    """The ways of showing times."""

    CLOCK = "clock"
    SINCE = "since"
    AGE = "age"


def shown(at: datetime, mode: TimeMode, *, zone: tzinfo, reference: datetime) -> str:
    """The text for a moment: `14:00:05`, `11-20 14:00:05`, `+12m04s`, `4m`.

    Args:
        at: The moment.
        mode: How to show it.
        zone: The zone of clock times.
        reference: For clock times the moment whose day needs no telling; for the others the start of the run,
            or now.
    """
    apart = (at - reference).total_seconds()
    if mode is TimeMode.SINCE:
        return f"{'-' if apart < 0 else '+'}{format_duration(abs(apart))}"
    if mode is TimeMode.AGE:
        return f"in {format_age(apart)}" if apart >= 1 else format_age(-apart)
    local, usual = at.astimezone(zone), reference.astimezone(zone)
    if local.date() == usual.date():
        return f"{local:%H:%M:%S}"
    return f"{local:%m-%d %H:%M:%S}" if local.year == usual.year else f"{local:%Y-%m-%d %H:%M:%S}"
