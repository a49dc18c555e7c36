"""A list of lines to pick from, told by whoever holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from tui.ui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.content import Content

    from tui.ui.glyphs import GlyphSet


class PickList(LineList):
    """Shows what a function tells of each line; a click ticks a line instead of opening it."""

    DEFAULT_CSS = """
    PickList { background: $panel; }
    """

    class Ticked(Message):
        """A line was clicked."""

        def __init__(self, line: int) -> None:
            super().__init__()
            self.line = line
            """Which one, counted from 0."""

    def __init__(self, glyphs: GlyphSet, tell: Callable[[int], Content]) -> None:
        """Start without lines.

        Args:
            glyphs: The signs to draw with.
            tell: What stands in a line.
        """
        super().__init__(glyphs)
        self._tell = tell

    def content_of(self, line: int) -> Content:
        """What is told of the line."""
        return self._tell(line)

    def on_click(self, event: events.Click) -> None:
        """Tick the line under the mouse."""
        event.stop()
        event.prevent_default()
        line = self.viewport.top + event.y
        if line < self.viewport.count:
            self.move_cursor(line)
            self.post_message(self.Ticked(line))
