"""Which lines of a record are shown: what is folded in, and which long texts are opened up. Pure."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from tui.ui.widgets.json_document import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tui.ui.widgets.json_document import JsonDocument


class Row(NamedTuple):
    """A line of the screen: a line of the record, or a part of a long text below it."""

    line: int
    """The line of the record."""
    part: int
    """0 for the line itself; more for the parts of its text."""


class Outline:
    """The rows of a record; the work is proportional to what is shown."""

    def __init__(self, document: JsonDocument, width: int = 80) -> None:
        """Show everything.

        Args:
            document: The record.
            width: Cells for the parts of a long text.
        """
        self.document = document
        self._width = max(10, width)
        self._folded: set[int] = set()
        self._opened: dict[int, Sequence[str]] = {}
        self._rows: Sequence[int] = range(len(document))

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def folded(self) -> Collection[int]:
        """Lines with the opening bracket of what is folded in."""
        return self._folded

    def row(self, number: int) -> Row:
        """What stands in a row.

        Args:
            number: Counted from 0.
        """
        line = self._rows[number]
        return Row(line, number - bisect_left(self._rows, line) if line in self._opened else 0)

    def part_text(self, row: Row) -> str:
        """The part of a long text that stands in a row below its line."""
        return self._opened[row.line][row.part - 1]

    def row_of(self, line: int) -> int:
        """The row of a line, or of what it is folded into."""
        number = bisect_left(self._rows, line)
        return number if number < len(self._rows) and self._rows[number] == line else number - 1

    def toggle(self, line: int) -> int:
        """Fold or unfold the object or list of a line, open or close a text; returns the line to stand on."""
        begin = self.document.begin(line)
        if self.document.end(begin) > begin:
            self._folded ^= {begin}
        elif line in self._opened:
            del self._opened[line]
        elif self.document.line(line).kind is Kind.TEXT:
            self._opened[line] = self._parts(line)
        self._rebuild()
        return begin

    def fold_around(self, line: int) -> int:
        """Fold the object or list of a line, or the one around it; unfold what is folded.

        Returns:
            The line to stand on.
        """
        begin = self.document.begin(line)
        if self.document.end(begin) == begin:
            begin = max(0, self.document.parent(begin))
        return self.toggle(begin)

    def toggle_all(self) -> None:
        """Fold everything but the record itself, or unfold it all when something is folded."""
        if self._folded:
            self._folded.clear()
        else:
            document = self.document
            self._folded = {line for line in range(1, len(document)) if document.end(line) > line}
        self._rebuild()

    def reveal(self, line: int) -> None:
        """Unfold whatever hides a line."""
        hiding = set()
        around = self.document.parent(line)
        while around >= 0:
            hiding.add(around)
            around = self.document.parent(around)
        if self._folded & hiding:
            self._folded -= hiding
            self._rebuild()

    def fold(self, lines: Collection[int]) -> None:
        """Fold these; used for a record that was read anew."""
        self._folded = {line for line in lines if self.document.end(line) > line}
        self._rebuild()

    def resize(self, width: int) -> None:
        """Cut the opened texts for another width."""
        if max(10, width) != self._width:
            self._width = max(10, width)
            self._opened = {line: self._parts(line) for line in self._opened}
            self._rebuild()

    def _parts(self, line: int) -> Sequence[str]:
        text, depth = str(self.document.value(line)), self.document.line(line).depth
        room = max(10, self._width - 2 * (depth + 2))
        return [
            part[start : start + room]
            for part in text.split("\n")
            for start in range(0, max(1, len(part)), room)
        ]

    def _rebuild(self) -> None:
        document = self.document
        if not self._folded and not self._opened:
            self._rows = range(len(document))
            return
        rows: list[int] = []
        line, count = 0, len(document)
        stops = sorted({*self._folded, *self._opened})
        for stop in stops:
            if stop < line:
                continue
            rows.extend(range(line, stop + 1))
            if stop in self._folded:
                line = document.end(stop) + 1
            else:
                rows.extend([stop] * len(self._opened[stop]))
                line = stop + 1
        rows.extend(range(line, count))
        self._rows = rows
