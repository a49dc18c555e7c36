"""Which screen row shows which part of which log line: filtering and wrapping, without any widget."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

if TYPE_CHECKING:
    import re

    from tui.logs.buffer import LineBuffer


class Place(NamedTuple):
    """What a screen row shows."""

    line: int
    """Index of the line in the buffer."""
    part: int
    """Which piece of the wrapped line, counted from 0."""


class LogLayout:
    """Maps rows to lines. Appending costs what was appended; a new width or filter costs one pass."""

    def __init__(self, buffer: LineBuffer) -> None:
        self.buffer = buffer
        """The lines that are laid out."""
        self.only: re.Pattern[str] | None = None
        """Lines that it doesn't match are left out; None leaves out nothing."""
        self.wrap_width: int | None = None
        """Cells after which lines are wrapped; None does not wrap."""
        self.width = 0
        """Cells of the longest line, when lines are not wrapped."""
        self._lines: list[int] = []
        self._tops: list[int] = []
        self._height = 0
        self._taken = 0

    @property
    def height(self) -> int:
        """How many rows there are."""
        return self._height

    def rebuild(self) -> None:
        """Lay out everything anew."""
        self._lines, self._tops = [], []
        self._height = self._taken = self.width = 0
        self.extend()

    def extend(self) -> None:
        """Lay out what was appended since the last time; the last line may have grown."""
        if self._taken and self._lines and self._lines[-1] == self._taken - 1:
            self._lines.pop()
            self._height = self._tops.pop()
        for index in range(max(0, self._taken - 1), len(self.buffer)):
            text = self.buffer[index]
            if self.only is not None and not self.only.search(text):
                continue
            self._lines.append(index)
            self._tops.append(self._height)
            cells = len(text) if text.isascii() else cell_len(text)
            self.width = max(self.width, cells)
            self._height += self._rows(cells)
        self._taken = len(self.buffer)

    def place(self, row: int) -> Place | None:
        """What a row shows, or None below the last one."""
        if not 0 <= row < self._height:
            return None
        slot = bisect_right(self._tops, row) - 1
        return Place(self._lines[slot], row - self._tops[slot])

    def row_of(self, line: int) -> int:
        """The first row of a line, or of the next line that is shown."""
        if not self._tops:
            return 0
        slot = bisect_right(self._lines, line - 1)
        return self._tops[min(slot, len(self._tops) - 1)]

    def _rows(self, cells: int) -> int:
        return max(1, -(-cells // self.wrap_width)) if self.wrap_width else 1
