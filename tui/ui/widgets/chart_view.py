"""The place of the run chart: paints it and tells which run was clicked on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message

from tui.ui.widgets.content_line import painted_cells
from tui.ui.widgets.line_widget import LineWidget, PaintedLine

if TYPE_CHECKING:
    from textual import events

    from tui.ui.glyphs import GlyphSet
    from tui.ui.widgets.run_chart import Chart


class ChartView(LineWidget):
    """Shows a chart that was drawn for its size."""

    DEFAULT_CSS = """
    ChartView { height: 1fr; width: 1fr; background: $surface; color: $text-muted; }
    """
    ALLOW_SELECT = False

    class RunClicked(Message):
        """A column was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index
            """Which run, by its place in the list."""

    class Resized(Message):
        """There is other room now; the chart has to be drawn for it."""

    def __init__(self, glyphs: GlyphSet) -> None:
        """Start without a chart.

        Args:
            glyphs: The signs to draw with.
        """
        super().__init__()
        self._glyphs = glyphs
        self._chart: Chart | None = None

    def show(self, chart: Chart | None) -> None:
        """Paint another chart, or none."""
        self._chart = chart
        self.repaint()

    def draw_line(self, y: int) -> PaintedLine:
        """A line of the chart."""
        lines = self._chart.lines if self._chart is not None else ()
        content = lines[y] if y < len(lines) else Content()
        cells = painted_cells(self, content, self.visual_style, self.size.width, self._glyphs)
        return PaintedLine(tuple(cells))

    def on_resize(self, event: events.Resize) -> None:
        """Ask for a chart of the new size."""
        del event
        self.post_message(self.Resized())

    def on_click(self, event: events.Click) -> None:
        """Tell whose column is under the mouse."""
        index = self._chart.columns.get(event.x) if self._chart is not None else None
        if index is not None:
            event.stop()
            self.post_message(self.RunClicked(index))
