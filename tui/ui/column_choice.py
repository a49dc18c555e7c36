"""Which columns are shown, in which order and how wide, while the user is choosing. No widget in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.engine.columns import COLUMNS, DEFAULT_COLUMNS
from tui.engine.shown_columns import LEAST_WIDTH, MOST_WIDTH, split_width, with_width

if TYPE_CHECKING:
    from collections.abc import Sequence

ALWAYS = "state"
"""The column that is drawn before all others and can't be hidden."""


@dataclass(slots=True)
class ColumnLine:
    """One column in the list."""

    id: str
    """Which one."""
    is_shown: bool
    """Whether the table shows it."""
    width: int = 0
    """Its cells; 0 leaves them to the room and the contents."""


class ColumnChoice:
    """Every column in one list, those that are shown first; lines move only when they are moved."""

    def __init__(self, columns: Sequence[str]) -> None:
        """Begin with what is shown now.

        Args:
            columns: As a view names them; none means the usual ones.
        """
        self.lines: list[ColumnLine] = []
        self.set_columns(columns)

    @property
    def columns(self) -> tuple[str, ...]:
        """What was chosen, as a view names it."""
        return (ALWAYS, *(with_width(line.id, line.width) for line in self.lines if line.is_shown))

    def set_columns(self, columns: Sequence[str]) -> None:
        """Begin anew with these columns."""
        widths = dict(map(split_width, reversed(columns or DEFAULT_COLUMNS)))
        shown = [name for name, _ in map(split_width, columns or DEFAULT_COLUMNS) if name in COLUMNS]
        names = [name for name in dict.fromkeys((*shown, *COLUMNS)) if name != ALWAYS]
        self.lines = [ColumnLine(name, name in widths, widths.get(name, 0)) for name in names]
        if not any(line.is_shown for line in self.lines):
            self.set_columns(DEFAULT_COLUMNS)

    def turn(self, index: int) -> bool:
        """Show a column, or hide it; tells whether that was possible, for the last one stays."""
        line = self.lines[index]
        if line.is_shown and sum(other.is_shown for other in self.lines) == 1:
            return False
        line.is_shown = not line.is_shown
        return True

    def move(self, index: int, step: int) -> int:
        """Move a column among the others; returns where it stands then."""
        target = max(0, min(index + step, len(self.lines) - 1))
        self.lines.insert(target, self.lines.pop(index))
        return target

    def widen(self, index: int, by: int, now: int) -> None:
        """Give a column more cells or fewer.

        Args:
            index: Which one.
            by: How many more; negative for fewer.
            now: Its cells on the screen, from which one without a width of its own begins.
        """
        line = self.lines[index]
        line.width = max(LEAST_WIDTH, min((line.width or now) + by, MOST_WIDTH))

    def free_width(self, index: int) -> None:
        """Leave a column's width to the room and the contents again."""
        self.lines[index].width = 0
