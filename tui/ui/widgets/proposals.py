"""The small list below the filter: what may be written at the cursor, and what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.engine.query.completion import Completion

MOST_LINES = 8
"""Lines that the list takes; it scrolls beyond them."""

_LEAST_WIDTH, _MOST_WIDTH = 34, 84
_GAP = 2


class Proposals(Widget):
    """Lies over the table and never takes the keys; hidden while there is nothing to propose."""

    DEFAULT_CSS = """
    Proposals {
        overlay: screen; position: absolute; offset: 2 1; constrain: inside inside; display: none;
        height: 1; width: 34; padding: 0 1; background: $panel; color: $foreground;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._items: Sequence[Completion] = ()
        self._chosen = -1
        self._note = ""

    @property
    def items(self) -> Sequence[Completion]:
        """What is listed."""
        return self._items

    @property
    def chosen(self) -> int:
        """The item that stands in the query already; -1 while none does."""
        return self._chosen

    def show(self, items: Sequence[Completion], chosen: int = -1, *, note: str = "") -> None:
        """List these; nothing at all hides the list.

        Args:
            items: What may be written.
            chosen: The one that is written already.
            note: What is told where there are none.
        """
        if (items, chosen, note) == (self._items, self._chosen, self._note):
            return
        self._items, self._chosen, self._note = items, chosen, note
        lines = min(MOST_LINES, len(items)) or int(bool(note))
        self.display = bool(lines)
        if lines:
            self.styles.height = lines
            self.styles.width = self._width()
            self.refresh()

    def render(self) -> Content:
        """The items in view, the chosen one among them."""
        if not self._items:
            return Content.styled(self._note, "$text-muted")
        first = max(0, min(self._chosen - MOST_LINES + 1, len(self._items) - MOST_LINES))
        column = self._text_width()
        lines = [
            self._line(item, column, is_chosen=index == self._chosen)
            for index, item in enumerate(self._items[first : first + MOST_LINES], first)
        ]
        return Content("\n").join(lines)

    def _line(self, item: Completion, column: int, *, is_chosen: bool) -> Content:
        room = max(0, self.size.width - column - _GAP)
        text = set_cell_size(item.text, min(column, self.size.width))
        title = set_cell_size(item.title, room)
        if is_chosen:
            style = "$block-cursor-foreground on $block-cursor-background"
            return Content.styled(f"{text}{' ' * _GAP}{title}", style)
        return Content.assemble((text, "$foreground"), " " * _GAP, (title, "$text-muted"))

    def _text_width(self) -> int:
        return max((cell_len(item.text) for item in self._items), default=0)

    def _width(self) -> int:
        titles = max((cell_len(item.title) for item in self._items), default=0)
        wanted = max(self._text_width() + _GAP + titles, cell_len(self._note)) + 2
        return min(max(_LEAST_WIDTH, min(wanted, _MOST_WIDTH)), max(10, self.screen.size.width - 4))
