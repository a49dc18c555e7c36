"""A text longer than its room, scrolled with the keys of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.ui.bindings import Scope, bindings_for
from tui.ui.bindings.moving import MOVES

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

DETAIL_MOVES = frozenset({"open"} | {binding.id for binding in MOVES})
"""What every tab answers; the rest of the pane's keys belongs to single tabs."""


class TextBody(VerticalScroll, can_focus=True, inherit_bindings=False):
    """Shows one text; what didn't change is not painted again."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(Scope.DETAIL, only=DETAIL_MOVES)]
    DEFAULT_CSS = """
    TextBody { height: 1fr; width: 1fr; padding: 0 1; background: $surface; scrollbar-size-vertical: 1; }
    TextBody > Static { width: 1fr; height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._text = Static(markup=False)

    def compose(self) -> ComposeResult:
        """The text."""
        yield self._text

    def put(self, content: Content) -> None:
        """Show a text unless it is shown already."""
        if not (isinstance(self._text.content, Content) and self._text.content.is_same(content)):
            self._text.update(content)

    def action_cursor_down(self) -> None:
        """One line on."""
        self._scroll_by(1)

    def action_cursor_up(self) -> None:
        """One line back."""
        self._scroll_by(-1)

    def action_cursor_top(self) -> None:
        """The beginning."""
        self.scroll_to(y=0, animate=False)

    def action_cursor_bottom(self) -> None:
        """The end."""
        self.scroll_to(y=self.max_scroll_y, animate=False)

    def action_page_down(self) -> None:
        """A page on."""
        self._scroll_by(max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        """A page back."""
        self._scroll_by(-max(1, self.size.height - 1))

    def action_half_page_down(self) -> None:
        """Half a page on."""
        self._scroll_by(max(1, self.size.height // 2))

    def action_half_page_up(self) -> None:
        """Half a page back."""
        self._scroll_by(-max(1, self.size.height // 2))

    def _scroll_by(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False)
