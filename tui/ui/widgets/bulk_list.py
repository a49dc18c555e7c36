"""The jobs of a bulk: those that are acted on first, those that are left out below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui.ui.bindings import Scope, bindings_for
from tui.ui.bulk_lines import item_line, plan_line, told_of
from tui.ui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType
    from textual.content import Content

    from tui.engine.bulk import BulkItem
    from tui.engine.bulk_plan import BulkLine

_MOVES = frozenset(
    {"cursor_down", "cursor_up", "cursor_top", "cursor_bottom"}
    | {"half_page_down", "half_page_up", "page_down", "page_up"}
)


class BulkList(LineList, inherit_bindings=False):
    """Shows a plan, and then what becomes of it, in the same places."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(Scope.DETAIL, only=_MOVES)]
    DEFAULT_CSS = """
    BulkList { background: $panel; min-height: 2; }
    """

    def show_plan(self, lines: Sequence[BulkLine]) -> None:
        """List what would be sent, and what would not."""
        self._became: Sequence[BulkItem] = ()
        self._jobs = lines
        self._places = sorted(range(len(lines)), key=lambda place: bool(lines[place].reason))
        self.show_lines(len(lines), 0)

    def show_items(self, items: Sequence[BulkItem]) -> None:
        """List what has become of each."""
        lines = [item.line for item in items]
        is_new = not self._became or len(lines) != len(self._jobs)
        self._became, self._jobs = items, lines
        if is_new:
            self._places = sorted(range(len(lines)), key=lambda place: bool(lines[place].reason))
            self.show_lines(len(lines))
        else:
            self.repaint()

    def content_of(self, line: int) -> Content:
        """A job's line."""
        place = self._places[line]
        if self._became:
            return item_line(self._became[place], self.text_width, self.glyphs)
        return plan_line(self._jobs[place], self.text_width, self.glyphs)

    @property
    def told(self) -> str:
        """All of what the line under the cursor has to say, however long."""
        if not 0 <= self.line < len(self._places):
            return ""
        place = self._places[self.line]
        line = self._jobs[place]
        if self._became:
            return f"{line.name}: {told_of(self._became[place])}"
        said = line.reason or (line.plan.preview if line.plan is not None else "")
        return f"{line.name}: {said}"

    _became: Sequence[BulkItem] = ()
    _jobs: Sequence[BulkLine] = ()
    _places: Sequence[int] = ()
