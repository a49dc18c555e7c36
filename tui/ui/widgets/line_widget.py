"""A widget drawn line by line that repaints only the cells that changed."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, TypeAlias

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.ui.painting import RowStrip
from tui.ui.widgets.cells.text import width_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.style import Style
    from textual import events

Piece: TypeAlias = tuple[str, "Style"]
"""A text and how it looks."""

PaintedCell: TypeAlias = tuple[Piece, ...]
"""The unit of repainting: pieces that stand side by side."""

_BRIDGED = 12
"""Unchanged cells between two changed ones that are painted again: moving over them costs as much."""


class PaintedLine:
    """One line of the screen, as cells that can be compared, and as the strip that shows them."""

    __slots__ = ("cells", "strip", "widths")

    def __init__(self, cells: tuple[PaintedCell, ...], widths: tuple[int, ...] = ()) -> None:
        """Keep the cells; the strip is made when it is first shown.

        Args:
            cells: From the left.
            widths: How many screen cells each of them takes, where that is known.
        """
        self.cells = cells
        self.widths = widths or tuple(map(_width, cells))
        self.strip: Strip | None = None

    def changes_from(self, old: PaintedLine) -> Iterator[tuple[int, int]]:
        """Spans `(first, end)` in which this line differs from what stands there."""
        if self.cells is old.cells:
            return
        if self.widths is not old.widths and self.widths != old.widths:
            yield 0, sum(self.widths)
            return
        x = 0
        start = end = -1
        for new_cell, old_cell, width in zip(self.cells, old.cells, self.widths, strict=True):
            if new_cell is not old_cell and new_cell != old_cell:
                if start >= 0 and x - end > _BRIDGED:
                    yield start, end
                    start = -1
                start, end = (x if start < 0 else start), x + width
            x += width
        if start >= 0:
            yield start, end


def _width(cell: PaintedCell) -> int:
    return sum(width_of(text) for text, _ in cell)


class LineWidget(Widget):
    """Draws lines on demand, keeps what is on the screen, and refreshes only the cells that differ.

    Borders and paddings are not drawn: what comes from `draw_line` fills the widget.
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id, classes=classes)
        self._lines: list[PaintedLine] = []
        self._is_restyled = True

    @abstractmethod
    def draw_line(self, y: int) -> PaintedLine:
        """The line as it should look now."""

    def restyle(self) -> None:
        """Called before the first line is drawn in a new style; drop what was kept of the old one."""

    def repaint_lines(self, lines: Iterable[int]) -> None:
        """Draw these lines anew and paint the cells that changed."""
        if not self._lines:
            return
        if self._is_restyled:
            self._draw_all()
            self.refresh()
            return
        height = len(self._lines)
        regions: list[Region] = []
        for y in lines:
            if 0 <= y < height:
                regions += self._redraw(y)
        if regions:
            self.refresh(*regions)

    def repaint(self) -> None:
        """Draw every line anew and paint the cells that changed."""
        self.repaint_lines(range(len(self._lines)))

    def render_line(self, y: int) -> Strip:
        """The strip of one line."""
        if self._is_restyled:
            self._draw_all()
        return self._strip(y) if 0 <= y < len(self._lines) else Strip.blank(self.size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips of a region; lines that didn't change are handed out as they are."""
        if self._is_restyled or len(self._lines) != self.size.height:
            self._draw_all()
        strips = [self.render_line(y) for y in crop.line_range]
        if crop.column_span != (0, self.size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def notify_style_update(self) -> None:
        """The theme, the focus or the style sheet changed."""
        super().notify_style_update()
        self._is_restyled = True
        if self.is_mounted:
            self.call_next(self.repaint)

    def on_resize(self, event: events.Resize) -> None:
        """Draw for the new size."""
        del event
        self._is_restyled = True

    def _redraw(self, y: int) -> Sequence[Region]:
        new, old = self.draw_line(y), self._lines[y]
        spans = list(new.changes_from(old))
        if not spans:
            return ()
        self._lines[y] = new
        return [Region(start, y, end - start, 1) for start, end in spans]

    def _draw_all(self) -> None:
        self._is_restyled = False
        self.restyle()
        self._lines = [self.draw_line(y) for y in range(self.size.height)]

    def _strip(self, y: int) -> Strip:
        line = self._lines[y]
        if line.strip is None:
            line.strip = self._make_strip(line)
        return line.strip

    def _make_strip(self, line: PaintedLine) -> Strip:
        segments = [Segment(text, style) for cell in line.cells for text, style in cell if text]
        strip: Strip = RowStrip(segments)
        if strip.cell_length != self.size.width:
            strip = strip.adjust_cell_length(self.size.width, self.rich_style)
        _, background = self.background_colors
        for line_filter in self.get_line_filters():
            strip = strip.apply_filter(line_filter, background)
        return strip
