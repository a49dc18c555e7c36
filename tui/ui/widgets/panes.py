"""Table and detail pane: beside each other, above each other, or one of them alone, as the room allows."""

from __future__ import annotations

from enum import StrEnum
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

RIGHT_FROM = 160
"""Columns from which the pane stands beside the table."""

BELOW_FROM = 30
"""Lines from which the pane is shown below the table without being asked for."""

SHARED_FROM = 20
"""Lines from which an opened pane leaves room for the table above it."""

NARROWEST = 100
"""Columns under which the pane never stands beside the table: neither could be read."""


class Side(StrEnum):
    """Where the pane stands; automatic means as the terminal's size suggests."""

    AUTO = ""
    RIGHT = "right"
    BOTTOM = "bottom"


class Wanted(StrEnum):
    """Whether the pane is shown; automatic means where there is room."""

    AUTO = ""
    ON = "on"
    OFF = "off"


class Zoom(StrEnum):
    """Which of the two has the whole room."""

    NONE = ""
    TABLE = "table"
    DETAIL = "detail"


class Panes(Widget):
    """Keeps both in sight as long as there is room; the user can open, close, move and zoom the pane."""

    DEFAULT_CSS = """
    Panes { height: 1fr; width: 1fr; layout: vertical; }
    Panes > JobTable { height: 2fr; width: 1fr; }
    Panes > DetailPane { height: 1fr; min-height: 6; max-height: 14; }
    Panes.-opened > DetailPane { height: 2fr; max-height: 100%; }
    Panes.-opened > JobTable { height: 1fr; min-height: 5; }
    Panes.-right { layout: horizontal; }
    Panes.-right > JobTable { width: 3fr; height: 1fr; }
    Panes.-right > DetailPane { width: 2fr; height: 1fr; max-height: 100%; border-left: solid $panel; }
    Panes.-alone > DetailPane { width: 1fr; height: 1fr; max-height: 100%; border-left: none; }
    """

    def __init__(
        self,
        board: Board,
        zone: tzinfo,
        glyphs: GlyphSet,
        *,
        is_absolute: bool,
        side: str = "",
        wanted: str = "",
        tab: str = "",
    ) -> None:
        """Show a board.

        Args:
            board: The rows.
            zone: In which zone clock times are told.
            glyphs: The signs to draw with.
            is_absolute: Whether times are clock times instead of ages.
            side: Where the pane stood when the program was left; empty for automatic.
            wanted: Whether it was shown then; empty for automatic.
            tab: The name of the tab that was open.
        """
        super().__init__()
        self.table = JobTable(board, zone=zone, glyphs=glyphs, is_absolute=is_absolute)
        self.detail = DetailPane(board, zone, glyphs, tab=tab)
        self._side = Side(side) if side in set(Side) else Side.AUTO
        self._wanted = Wanted(wanted) if wanted in set(Wanted) else Wanted.AUTO
        self._zoom = Zoom.NONE
        self._is_opened = False

    def compose(self) -> ComposeResult:
        """The table and the pane."""
        yield self.table
        yield self.detail

    @property
    def side(self) -> str:
        """The side that the user chose; empty for automatic."""
        return self._side

    @property
    def wanted(self) -> str:
        """Whether the user wants the pane; empty for automatic."""
        return self._wanted

    @property
    def is_right(self) -> bool:
        """Whether the pane stands beside the table."""
        width = self.size.width
        if self._side is Side.AUTO:
            return width >= RIGHT_FROM
        return self._side is Side.RIGHT and width >= NARROWEST

    @property
    def is_shown(self) -> bool:
        """Whether the pane is shown without having been opened."""
        if self._wanted is Wanted.AUTO:
            return self.is_right or self.screen.size.height >= BELOW_FROM
        return self._wanted is Wanted.ON

    def on_resize(self, event: events.Resize) -> None:
        """Use the room there is now."""
        del event
        self._arrange()

    def open_detail(self) -> None:
        """Make the pane large and let the keys go there."""
        self._is_opened = True
        if self._zoom is Zoom.TABLE:
            self._zoom = Zoom.NONE
        self._arrange()
        self.detail.take_focus()

    def close_detail(self) -> bool:
        """Share the room as before the pane was opened. Tells whether that changed anything."""
        was_opened = self._is_opened or self._zoom is not Zoom.NONE
        self._is_opened, self._zoom = False, Zoom.NONE
        self._arrange()
        return was_opened

    def focus_table(self) -> None:
        """Let the keys go to the table, which is seen then."""
        if not self.table.display:
            self.close_detail()
        self.table.focus()

    def turn(self) -> None:
        """Let the keys go to the other one, which is seen then."""
        if self.detail.has_focus_within:
            self.focus_table()
        elif self.detail.display:
            self.detail.take_focus()
        else:
            self.open_detail()

    def toggle_detail(self) -> None:
        """Show the pane, or hide it, and remember that."""
        is_hidden = not self.detail.display
        self._wanted = Wanted.ON if is_hidden else Wanted.OFF
        self._is_opened, self._zoom = False, Zoom.NONE
        had_focus = self.detail.has_focus_within
        self._arrange()
        if had_focus and not is_hidden:
            self.table.focus()

    def turn_side(self) -> bool:
        """Move the pane to the right, or below, and remember that. Tells whether there is room for it."""
        if not self.is_right and self.size.width < NARROWEST:
            return False
        self._side = Side.BOTTOM if self.is_right else Side.RIGHT
        if not self.detail.display:
            self._wanted = Wanted.ON
        self._arrange()
        return True

    def toggle_zoom(self) -> None:
        """Give the one that has the keys the whole room, or share it again."""
        if self._zoom is not Zoom.NONE:
            self._zoom = Zoom.NONE
        else:
            self._zoom = Zoom.DETAIL if self.detail.has_focus_within else Zoom.TABLE
        self._arrange()

    def _arrange(self) -> None:
        is_small = self.screen.size.height < SHARED_FROM and not self.is_right
        fills = self._is_opened and is_small and self._wanted is not Wanted.ON
        is_alone = self._zoom is Zoom.DETAIL or (fills and self._zoom is Zoom.NONE)
        self.set_class(self.is_right and not is_alone, "-right")
        self.set_class(self._is_opened, "-opened")
        self.set_class(is_alone, "-alone")
        self.table.display = not is_alone
        self.detail.display = is_alone or (self._zoom is Zoom.NONE and (self._is_opened or self.is_shown))
