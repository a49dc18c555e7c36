"""Choosing what a view shows: its columns and its order, in dialogs with the table in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.errors import ConfigError
from tui.engine.columns import DEFAULT_COLUMNS
from tui.ui.screens.table_screen import TableScreen
from tui.ui.views import ALL, SavedView
from tui.ui.work import later

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Tailoring(TableScreen):
    """Asks for columns and order, and keeps the columns for the view that is open."""

    def action_columns(self) -> None:
        """Choose the columns, their order and their widths."""
        self.app.run_worker(later(self._choose_columns), group="dialog", exclusive=True)

    def action_sort(self) -> None:
        """Choose what to sort by first, second, third."""
        self.app.run_worker(later(self._choose_sort), group="dialog", exclusive=True)

    def action_save_view(self) -> None:
        """Keep filter, order, columns and groups as a view under a name."""
        self.app.run_worker(later(self._keep_view), group="dialog", exclusive=True)

    def action_views(self) -> None:
        """Open one of all views, or delete one that was kept."""
        self.app.run_worker(later(self._choose_view), group="dialog", exclusive=True)

    async def _keep_view(self) -> None:
        from tui.ui.screens.view_kept import ViewKept
        from tui.ui.screens.view_saving import ViewSaving

        shown = self.shown_view()
        name = await self.app.push_screen_wait(ViewSaving(shown, self.book))
        if name is None:
            return
        view = shown._replace(name=name)
        try:
            self.book.keep(view)
        except ConfigError as error:
            self.app.notify(str(error), title="save view", severity="error", markup=False)
            return
        self.use_view(view)
        digit = self.book.digit_of(name)
        await self.app.push_screen_wait(ViewKept(view, digit, is_lasting=self.book.is_lasting))

    async def _choose_view(self) -> None:
        from tui.ui.screens.views import ViewsDialog

        name = await self.app.push_screen_wait(ViewsDialog(self.book, self.view.name))
        chosen = self.book.named(name) if name is not None else None
        if chosen is not None:
            self.use_view(chosen)
        else:
            # The one that is open may have been deleted: what is shown stays.
            self.view = self.book.named(self.view.name) or ALL
            self.update_counts()

    def shown_view(self) -> SavedView:
        """What is shown now, as a view; the name is the one that is open, where it is the user's own."""
        columns = tuple(self.table.columns)
        return SavedView(
            self.view.name if self.book.is_own(self.view.name) else "",
            self.board.query.text.strip(),
            self.board.sort_text,
            () if columns == DEFAULT_COLUMNS else columns,
            self.board.group,
        )

    async def _choose_columns(self) -> None:
        from tui.ui.screens.columns import ColumnsDialog

        before, usual = tuple(self.table.columns), self.view.columns
        # The wide table has columns of its own: what is chosen could not be seen in it.
        was_wide, self.table.is_wide = self.table.is_wide, False
        dialog = ColumnsDialog(self.view.name, before, usual, self._preview_columns)
        chosen = await self.app.push_screen_wait(dialog)
        self.table.set_columns(before if chosen is None else chosen)
        if chosen is None or chosen == before:
            self.table.is_wide = was_wide
            return
        is_usual = chosen == (usual or DEFAULT_COLUMNS)
        try:
            self.book.keep_columns(self.view.name, () if is_usual else chosen)
        except ConfigError as error:
            self.app.notify(str(error), title="columns", severity="error", markup=False)

    async def _choose_sort(self) -> None:
        from tui.ui.screens.sorting import SortDialog

        before = self.board.sort_text
        chosen = await self.app.push_screen_wait(SortDialog(before, self.view.sort, self.sort))
        self.sort(before if chosen is None else chosen)

    def _preview_columns(self, columns: Sequence[str]) -> Mapping[str, int]:
        self.table.set_columns(columns)
        return {place.column.id: place.width for place in self.table.painter.places}
