"""Saving what the dashboard shows to a file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.ui.files import export_path
from tui.ui.screens.table_screen import TableScreen
from tui.ui.work import later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.ui.table_export import ExportColumn, ExportRow


class Exporting(TableScreen):
    """Writes the rows to files, and says where they are."""

    def action_save(self) -> None:
        """Save the marked rows, else all that the filter lets through, or the screen as it is."""
        self.app.run_worker(later(self._save), group="save", exclusive=True)

    async def _save(self) -> None:
        from tui.ui.screens.save_menu import SaveMenu

        marked = self.table.marked_rows()
        count = len(marked or self.board.keys)
        told = f"{count:,} {'marked ' if marked else ''}{'job' if count == 1 else 'jobs'}"
        suffix = await self.app.save_as(SaveMenu(told))
        if suffix:
            await self._write(suffix)

    async def _write(self, suffix: str) -> None:
        """Write the rows as they are now. Masking ten thousand of them takes a thread a moment."""
        from tui.ui.table_export import exported

        rows, columns = self._rows(), self._columns()
        path = export_path(self.startup.state_dir, f"jobs-{self.view.name}", suffix)
        text = await asyncio.to_thread(exported, suffix, rows, columns, self.app.mask)
        self.app.write_export(path, text, f"{len(rows):,} {'job' if len(rows) == 1 else 'jobs'}")

    def _rows(self) -> Sequence[ExportRow]:
        from tui.engine.query.context import elapsed_s
        from tui.ui.table_export import ExportRow

        board, now = self.board, self.board.now
        keys = self.table.marked_rows() or board.keys
        return [
            ExportRow(
                job,
                board.is_stale(key),
                board.environment(job.connection),
                elapsed_s(job, now),
                board.trend(key),
            )
            for key in keys
            if (job := board.job(key)) is not None
        ]

    def _columns(self) -> Sequence[ExportColumn]:
        """The columns that the table shows, also those that find no room on this screen."""
        from tui.ui.table_export import ExportColumn
        from tui.ui.widgets.columns import known_columns

        shown = known_columns(self.table.columns)
        return [ExportColumn("state", "STATE"), *(ExportColumn(column.id, column.title) for column in shown)]
