"""Which rows are on the screen and which one is under the cursor: arithmetic, without any widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(slots=True)
class Viewport:
    """A window over numbered rows."""

    top: int = 0
    """The first row on the screen."""
    height: int = 0
    """Rows that the screen has room for."""
    count: int = 0
    """Rows that there are."""
    row: int = -1
    """The row under the cursor; -1 while there are no rows."""
    moves_by_half: bool = False
    """Whether the window jumps half a page when the cursor leaves it: on a slow link each scroll is dear."""

    @property
    def rows(self) -> range:
        """The rows on the screen."""
        return range(self.top, max(self.top, min(self.count, self.top + self.height)))

    @property
    def thumb(self) -> range:
        """The lines of the window that stand for its place among all rows; empty when all rows fit."""
        if self.count <= self.height or self.height <= 0:
            return range(0)
        size = max(1, self.height * self.height // self.count)
        first = round(self.top * (self.height - size) / (self.count - self.height))
        return range(first, first + size)

    def resize(self, height: int) -> None:
        """Take over another height; the cursor stays visible if it was."""
        was_visible = self.row in self.rows
        self.height = max(0, height)
        self.scroll_to(self.top)
        if was_visible:
            self.reveal()

    def scroll_to(self, top: int) -> None:
        """Put a row at the top of the window, as far as there are rows below it."""
        self.top = max(0, min(top, self.count - self.height))

    def scroll_by(self, rows: int) -> None:
        """Move the window and leave the cursor where it is."""
        self.scroll_to(self.top + rows)

    def scroll_to_line(self, line: int) -> None:
        """Put the window where its scroll track was clicked."""
        self.scroll_to(round(line * (self.count - self.height) / max(1, self.height - 1)))

    def move_to(self, row: int) -> None:
        """Put the cursor on a row and bring it into the window."""
        self._place(row)
        self.reveal()

    def page(self, pages: float) -> None:
        """Move cursor and window by pages; the cursor keeps its line, and goes on alone at the ends."""
        step = max(1, int(abs(pages) * max(1, self.height - 1))) * (1 if pages > 0 else -1)
        if self.row in self.rows:
            self.scroll_by(step)
        self.move_to(self.row + step)

    def reveal(self) -> None:
        """Scroll as little as needed to see the cursor; one that is far away comes to the middle."""
        if self.height <= 0 or self.row in self.rows:
            return
        below = self.row - (self.top + self.height - 1)
        above = self.top - self.row
        if max(below, above) > self.height // 2:
            self.scroll_to(self.row - self.height // 2)
        elif self.moves_by_half:
            self.scroll_by(self.height // 2 if below > 0 else -(self.height // 2))
        else:
            self.scroll_by(below if below > 0 else -above)

    def rearrange(
        self, count: int, row: int | None, moves: Sequence[tuple[int, int]], *, is_followed: bool
    ) -> None:
        """Take over another order of the rows, so that what the user looks at stands still if it can.

        The first page stays the first page: new failures appear there. Elsewhere the line under the cursor
        stays in its place; a job that jumped away by itself is let go, unless it is followed.

        Args:
            count: Rows that there are now.
            row: Where the job under the cursor is now; None when it has vanished.
            moves: Old and new row of the jobs that were on the screen and are still listed.
            is_followed: Whether the cursor must stay in sight.
        """
        old_row, was_visible = self.row, self.row in self.rows
        from statistics import median_low

        shift = median_low(new - old for old, new in moves) if moves else 0
        self.count = count
        if row is None:
            row, is_along = old_row + shift, True
        else:
            is_along = _rank(moves, old_row, 0) == _rank(moves, row, 1)
        self._place(row)
        keeps_cursor = is_followed or (was_visible and is_along)
        if self.top == 0:
            self.scroll_to(0)
        elif keeps_cursor and was_visible:
            self.scroll_by(self.row - old_row)
        else:
            self.scroll_by(shift)
        if keeps_cursor:
            self.reveal()

    def _place(self, row: int) -> None:
        self.row = max(0, min(row, self.count - 1)) if self.count else -1


def _rank(moves: Sequence[tuple[int, int]], row: int, side: int) -> int:
    return sum(move[side] < row for move in moves)
