"""The names of the detail pane's tabs in one line, the open one marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.ui.glyphs import UNICODE
from tui.ui.widgets.content_line import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from tui.ui.glyphs import GlyphSet

_GAP, _NARROW_GAP = 3, 2
_NARROW = 70
"""Cells under which the tabs stand closer, so that the title is still read."""


class TabLine(Widget):
    """A title at the left and tab names at the right; a click opens a tab."""

    DEFAULT_CSS = """
    TabLine { height: 1; width: 1fr; background: $panel; color: $foreground; }
    """

    title: reactive[Content] = reactive(Content())
    """What the tabs are about."""
    active: reactive[int] = reactive(0)
    """Which tab is open, counted from 0."""

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index
            """Which one, counted from 0."""

    def __init__(self, names: Sequence[str], glyphs: GlyphSet = UNICODE) -> None:
        """Show these tabs.

        Args:
            names: Their names, left to right.
            glyphs: The signs to draw with.
        """
        super().__init__()
        self._names = names
        self._glyphs = glyphs

    def render(self) -> Content:
        """The title, cut where the tabs begin, and the tabs."""
        tabs = self._tabs()
        room = self.size.width - tabs.cell_length - 2
        title = cut(self.title, room - self._gap, self._glyphs)
        return Content.assemble(title, " " * max(0, room - title.cell_length), tabs)

    def on_click(self, event: events.Click) -> None:
        """Open the tab under the mouse."""
        x = self.size.width - event.x
        for index in range(len(self._names) - 1, -1, -1):
            x -= len(self._names[index]) + self._gap
            if x <= self._gap - 1:
                self.post_message(self.Chosen(index))
                return

    @property
    def _gap(self) -> int:
        return _NARROW_GAP if self.size.width < _NARROW else _GAP

    def _tabs(self) -> Content:
        parts: list[tuple[str, str]] = []
        for index, name in enumerate(self._names):
            style = "bold $accent underline" if index == self.active else "$text-muted"
            parts += [(name, style), (" " * self._gap, "")]
        return Content.assemble(*parts[:-1], " ")
