"""The keys that move through a log."""

from __future__ import annotations

from abc import abstractmethod

from tui.ui.widgets.line_widget import LineWidget

_SIDE_STEP = 20


class LogMoves(LineWidget):
    """Moves by lines, pages and to the ends, for a view that knows how."""

    @abstractmethod
    def move(self, lines: int) -> None:
        """Move the cursor by shown lines."""

    @abstractmethod
    def page(self, rows: int) -> None:
        """Move the window by rows, and the cursor with it."""

    @abstractmethod
    def go_to_first(self) -> None:
        """Go to the beginning."""

    @abstractmethod
    def go_to_last(self) -> None:
        """Go to the end."""

    @abstractmethod
    def shift(self, cells: int) -> None:
        """Show what lies that many cells to the right, or to the left."""

    def on_focus(self) -> None:
        """The keys go here now."""
        self.repaint()

    def on_blur(self) -> None:
        """The keys go elsewhere."""
        self.repaint()

    def action_cursor_down(self) -> None:
        """One line down."""
        self.move(1)

    def action_cursor_up(self) -> None:
        """One line up."""
        self.move(-1)

    def action_cursor_top(self) -> None:
        """The first line."""
        self.go_to_first()

    def action_cursor_bottom(self) -> None:
        """The last line."""
        self.go_to_last()

    def action_half_page_down(self) -> None:
        """Half a page down."""
        self.page(max(1, self.size.height // 2))

    def action_half_page_up(self) -> None:
        """Half a page up."""
        self.page(-max(1, self.size.height // 2))

    def action_page_down(self) -> None:
        """One page down."""
        self.page(max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        """One page up."""
        self.page(-max(1, self.size.height - 1))

    def action_scroll_left(self) -> None:
        """Show what lies to the left."""
        self.shift(-_SIDE_STEP)

    def action_scroll_right(self) -> None:
        """Show what lies to the right."""
        self.shift(_SIDE_STEP)
