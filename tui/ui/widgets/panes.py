"""Table and detail pane: beside each other, above each other, or the table alone, as the room allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import Widget

from tui.ui.widgets.detail_pane import DetailPane
from tui.ui.widgets.job_table import JobTable

if TYPE_CHECKING:
    from datetime import tzinfo

    from textual import events
    from textual.app import ComposeResult

    from tui.ui.board import Board
    from tui.ui.glyphs import GlyphSet

SIDE_FROM = 160
"""Columns from which the pane stands beside the table."""

BELOW_FROM = 30
"""Lines from which the pane is shown below the table without being asked for."""


class Panes(Widget):
    """Keeps both in sight as long as there is room; the user can open and close the pane anyway."""

    DEFAULT_CSS = """
    Panes { height: 1fr; width: 1fr; layout: vertical; }
    Panes > JobTable { height: 2fr; width: 1fr; }
    Panes > DetailPane { height: 1fr; min-height: 7; max-height: 14; }
    Panes.-opened > DetailPane { height: 2fr; max-height: 100%; }
    Panes.-side { layout: horizontal; }
    Panes.-side > JobTable { width: 3fr; height: 1fr; }
    Panes.-side > DetailPane { width: 2fr; height: 1fr; max-height: 100%; border-left: solid $panel; }
    """

    def __init__(self, board: Board, zone: tzinfo, glyphs: GlyphSet, *, is_absolute: bool) -> None:
        """Show a board.

        Args:
            board: The rows.
            zone: In which zone clock times are told.
            glyphs: The signs to draw with.
            is_absolute: Whether times are clock times instead of ages.
        """
        super().__init__()
        self.table = JobTable(board, zone=zone, glyphs=glyphs, is_absolute=is_absolute)
        self.detail = DetailPane(board, zone, glyphs=glyphs)
        self._is_opened = False

    def compose(self) -> ComposeResult:
        """The table and the pane."""
        yield self.table
        yield self.detail

    def on_resize(self, event: events.Resize) -> None:
        """Use the room there is now."""
        self._arrange(event.size.width, self.screen.size.height)

    def open_detail(self) -> None:
        """Make the pane large and let the keys go there."""
        self._is_opened = True
        self._arrange(self.size.width, self.screen.size.height)
        self.detail.take_focus()

    def close_detail(self) -> bool:
        """Make the pane small again. Tells whether it was large."""
        was_opened, self._is_opened = self._is_opened, False
        self._arrange(self.size.width, self.screen.size.height)
        return was_opened

    def turn(self) -> None:
        """Let the keys go to the other one."""
        if self.detail.has_focus_within or not self.detail.display:
            self.table.focus()
        else:
            self.detail.take_focus()

    def _arrange(self, width: int, height: int) -> None:
        is_side = width >= SIDE_FROM
        self.set_class(is_side, "-side")
        self.set_class(self._is_opened, "-opened")
        self.detail.display = is_side or self._is_opened or height >= BELOW_FROM
