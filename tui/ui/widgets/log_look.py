"""How the lines of a log are shown: what the keys of the log change."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.logs.patterns import Search


class TimeMode(StrEnum):
    """What stands where a line tells its time."""

    WRITTEN = "as written"
    """What the log says."""
    CLOCK = "of the day"
    """The time of day in the reader's zone, with the date where it is another day than the log's first."""
    RELATIVE = "since the start"
    """How long after the first line of the log."""
    HIDDEN = "hidden"
    """Nothing: more room for the rest."""


@dataclass(slots=True)
class LogLook:
    """What is shown of each line, and how."""

    is_wrapped: bool = False
    """Whether long lines go on in the next row."""
    side: int = 0
    """Cells that are left out at the left, while lines are not wrapped."""
    has_numbers: bool = True
    """Whether lines are numbered."""
    times: TimeMode = TimeMode.WRITTEN
    """What stands where a line tells its time."""
    is_spread: bool = False
    """Whether lines of JSON are spread over rows; those in `turned` are the other way round."""
    turned: set[int] = field(default_factory=set)
    """Lines that are shown the other way than all: spread, or wrapped."""
    search: Search | None = None
    """What is searched for."""
    highlights: Sequence[Search] = ()
    """What stays coloured, also when something else is searched for."""
    bookmarks: set[int] = field(default_factory=set)
    """The marked lines."""
    selection: tuple[int, int] | None = None
    """The first and the last selected line."""
