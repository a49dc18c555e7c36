"""The dialog in which columns are chosen, put in order and made wider, with the table above it following."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import set_cell_size
from textual.binding import Binding, BindingType
from textual.content import Content

from tui.ui.column_choice import ColumnChoice
from tui.ui.screens.list_dialog import ListDialog
from tui.ui.widgets.columns import TABLE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

NOTES: Mapping[str, str] = {
    "name": "what the job is called",
    "connection": "the connection that told of it",
    "type": "the kind of system",
    "environment": "prod, stage or dev",
    "kind": "the system's own word for this kind of job",
    "path": "its folder, project or label in the system",
    "last10": "the last ten runs: height is duration, colour is outcome",
    "last_result": "how the newest finished run went",
    "started": "when the newest run began",
    "ended": "when the newest run ended",
    "duration": "how long it took, or takes so far, and how unusual that is",
    "usual": "how long it takes usually",
    "progress": "how much of the run is done",
    "next": "when it will start by itself",
    "native_state": "the state in the system's own words",
    "substate": "more about the state: stopping, timeout, skipped",
    "run_id": "the newest run's id",
    "exit_code": "the exit code of the newest run",
    "tags": "its tags",
    "id": "its id in the system",
    "age": "when it was last heard of",
    "message": "what went wrong, or what is going on",
}
"""What each column tells, in one line."""

_TITLE_WIDTH, _WIDTH_WIDTH = 14, 9
_STEP = 1


class ColumnsDialog(ListDialog[tuple[str, ...]]):
    """Answers with the columns as a view names them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("J,shift+down", "move(1)", "move down", show=False),
        Binding("K,shift+up", "move(-1)", "move up", show=False),
        Binding("plus,equals_sign,right", "widen(1)", "wider", show=False),
        Binding("minus,left", "widen(-1)", "narrower", show=False),
        Binding("0", "free_width", "automatic width", show=False),
        Binding("r", "reset", "the usual ones", show=False),
    ]

    def __init__(
        self,
        view: str,
        columns: Sequence[str],
        usual: Sequence[str],
        preview: Callable[[Sequence[str]], Mapping[str, int]],
    ) -> None:
        """Choose the columns of a view.

        Args:
            view: What the view is called.
            columns: What it shows now.
            usual: What it was made with; none means the usual columns.
            preview: Shows columns in the table and tells how wide each of them is there.
        """
        super().__init__()
        self._view = view
        self._usual = usual
        self._preview = preview
        self._choice = ColumnChoice(columns)
        self._widths: Mapping[str, int] = {}

    @property
    def count(self) -> int:
        """Every column."""
        return len(self._choice.lines)

    @property
    def ways(self) -> Sequence[tuple[str, str]]:
        """Its keys."""
        return (
            ("space", "show, hide"),
            ("J K", "move"),
            ("+ -", "width"),
            ("0", "auto"),
            ("r", "the usual ones"),
            ("enter", "keep"),
            ("esc", "back"),
        )

    def title_line(self) -> Content:
        """Whose columns, and how many of them are shown."""
        shown = len(self._choice.columns) - 1
        told = f"   {shown} of {self.count} shown"
        return Content.assemble(("Columns of ", "bold"), (self._view, "bold $accent"), (told, "$text-muted"))

    def line(self, number: int) -> Content:
        """A column: whether it is shown, its heading, its width, what it tells."""
        line = self._choice.lines[number]
        glyphs = self.app.glyphs
        has_no_room = line.is_shown and line.id not in self._widths
        note = f"no room {glyphs.dot} {NOTES.get(line.id, '')}" if has_no_room else NOTES.get(line.id)
        width = str(line.width) if line.width else f"auto {self._widths.get(line.id, '')}"
        name_style = "bold" if line.is_shown else "$text-disabled"
        rest_style = "$text-muted" if line.is_shown else "$text-disabled"
        return Content.assemble(
            (f"{glyphs.mark if line.is_shown else ' '} ", "$accent"),
            (set_cell_size(TABLE_COLUMNS[line.id].title, _TITLE_WIDTH), name_style),
            (set_cell_size(width if line.is_shown else "", _WIDTH_WIDTH), rest_style),
            (note or "", "$state-warning" if has_no_room else rest_style),
        )

    def show(self, line: int | None = None) -> None:
        """Show the choice in the table, too."""
        self._widths = self._preview(self._choice.columns)
        super().show(line)

    def action_mark(self) -> None:
        """Show the column, or hide it."""
        if not self._choice.turn(self.list.line):
            self.notify("one column stays", severity="warning", markup=False)
        self.show()

    def action_move(self, step: int) -> None:
        """Move the column among the others."""
        self.show(self._choice.move(self.list.line, step))

    def action_widen(self, by: int) -> None:
        """Give the column more cells or fewer."""
        line = self._choice.lines[self.list.line]
        if line.is_shown:
            now = self._widths.get(line.id, TABLE_COLUMNS[line.id].ideal)
            self._choice.widen(self.list.line, by * _STEP, now)
        self.show()

    def action_free_width(self) -> None:
        """Leave the width to the room and the contents."""
        self._choice.free_width(self.list.line)
        self.show()

    def action_reset(self) -> None:
        """The columns that the view was made with."""
        self._choice.set_columns(self._usual)
        self.show()

    def action_keep(self) -> None:
        """Answer with the columns."""
        self.dismiss(self._choice.columns)
