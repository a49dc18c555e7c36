"""The dialog in which the rows are sorted by several columns, with the table above it following."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import set_cell_size
from textual.binding import Binding, BindingType
from textual.content import Content

from tui.engine.columns import COLUMNS, DEFAULT_ORDER
from tui.ui.screens.list_dialog import ListDialog
from tui.ui.sort_choice import SortChoice
from tui.ui.widgets.columns import TABLE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_MOMENT = ("oldest first", "newest first")
_AMOUNT = ("shortest first", "longest first")
_STATE = ("worst first", "best first")
_TEXT = ("A to Z", "Z to A")
DIRECTIONS: Mapping[str, tuple[str, str]] = {
    "state": _STATE,
    "last_result": _STATE,
    "last10": ("fewest failures first", "most failures first"),
    "started": _MOMENT,
    "ended": _MOMENT,
    "next": ("soonest first", "latest first"),
    "age": ("just heard of first", "longest unheard first"),
    "duration": _AMOUNT,
    "usual": _AMOUNT,
    "progress": ("least done first", "most done first"),
    "exit_code": ("smallest first", "largest first"),
    "id": ("smallest first", "largest first"),
}
"""What ascending and descending mean for a column that is no text."""

_RANK_WIDTH, _TITLE_WIDTH = 6, 16


class SortDialog(ListDialog[str]):
    """Answers with a sort order as config and command line write it; empty for the usual one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i,I", "invert", "invert", show=False),
        Binding("J,shift+down", "move(1)", "later", show=False),
        Binding("K,shift+up", "move(-1)", "earlier", show=False),
        Binding("r", "reset", "the usual order", show=False),
    ]

    def __init__(self, sort: str, usual: str, preview: Callable[[str], None]) -> None:
        """Choose an order.

        Args:
            sort: The order that is in effect.
            usual: The order of the view that is open.
            preview: Shows the table in an order.
        """
        super().__init__()
        self._usual = usual
        self._preview = preview
        self._choice = SortChoice(sort)

    @property
    def count(self) -> int:
        """Every column."""
        return len(self._choice.columns)

    @property
    def ways(self) -> Sequence[tuple[str, str]]:
        """Its keys."""
        return (
            ("space", "next key, or none"),
            ("i", "invert"),
            ("K J", "earlier, later"),
            ("r", "the usual order"),
            ("enter", "keep"),
            ("esc", "back"),
        )

    def title_line(self) -> Content:
        """The order, as config and command line write it."""
        terms = self._choice.terms
        told = ",".join(map(str, terms or DEFAULT_ORDER.terms))
        note = "" if self._choice.text and terms else "   the usual order"
        return Content.assemble(("Sort by ", "bold"), (told, "bold $accent"), (note, "$text-muted"))

    def line(self, number: int) -> Content:
        """A column: which key it is, its heading, its direction."""
        column = self._choice.columns[number]
        rank, is_descending = self._choice.rank(column), self._choice.is_descending(column)
        glyphs = self.app.glyphs
        sign = glyphs.descending if is_descending else glyphs.ascending
        title = (TABLE_COLUMNS.get(column) or COLUMNS[column]).title
        direction = DIRECTIONS.get(column, _TEXT)[is_descending]
        if not rank:
            return Content.assemble(" " * _RANK_WIDTH, (title, "$text-muted"))
        return Content.assemble(
            (set_cell_size(f"{rank:>2} {sign}", _RANK_WIDTH), "bold $accent"),
            (set_cell_size(title, _TITLE_WIDTH), "bold"),
            (direction, "$text-muted"),
        )

    def show(self, line: int | None = None) -> None:
        """Show the table in this order, too."""
        self._preview(self._choice.text)
        super().show(line)

    def action_mark(self) -> None:
        """Sort by the column as well, or no longer."""
        self._choice.turn(self._column)
        self.show()

    def action_invert(self) -> None:
        """Turn the column's direction round."""
        self._choice.invert(self._column)
        self.show()

    def action_move(self, step: int) -> None:
        """Make the column an earlier key or a later one."""
        self._choice.move(self._column, step)
        self.show()

    def action_reset(self) -> None:
        """The order of the view."""
        self._choice.set_text(self._usual)
        self.show()

    def action_keep(self) -> None:
        """Answer with the order."""
        self.dismiss(self._choice.text)

    @property
    def _column(self) -> str:
        return self._choice.columns[self.list.line]
