"""The keys that move through a log."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from textual.scroll_view import ScrollView

if TYPE_CHECKING:
    from tui.logs.buffer import LineBuffer

_SIDE_STEP = 20


class LogMoves(ScrollView):
    """Moves by lines and pages, for a view that knows `move` and `go_to`."""

    buffer: LineBuffer

    @abstractmethod
    def move(self, rows: int) -> None:
        """Move the cursor by shown lines."""

    @abstractmethod
    def go_to(self, line: int, *, is_centred: bool = False) -> None:
        """Put the cursor on a line."""

    def action_cursor_down(self) -> None:
        """One line down."""
        self.move(1)

    def action_cursor_up(self) -> None:
        """One line up."""
        self.move(-1)

    def action_cursor_top(self) -> None:
        """The first line."""
        self.go_to(0)

    def action_cursor_bottom(self) -> None:
        """The last line."""
        self.go_to(len(self.buffer) - 1)

    def action_half_page_down(self) -> None:
        """Half a page down."""
        self.move(max(1, self.size.height // 2))

    def action_half_page_up(self) -> None:
        """Half a page up."""
        self.move(-max(1, self.size.height // 2))

    def action_page_down(self) -> None:
        """One page down."""
        self.move(max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        """One page up."""
        self.move(-max(1, self.size.height - 1))

    def action_scroll_left(self) -> None:
        """Show what lies to the left."""
        self.scroll_to(x=self.scroll_offset.x - _SIDE_STEP, animate=False)

    def action_scroll_right(self) -> None:
        """Show what lies to the right."""
        self.scroll_to(x=self.scroll_offset.x + _SIDE_STEP, animate=False)
