"""Saving what the dashboard shows to a file."""

from __future__ import annotations

from tui.ui.files import export_path
from tui.ui.screens.table_screen import TableScreen


class Exporting(TableScreen):
    """Writes the rows to files, and says where they are."""

    def action_save(self) -> None:
        """Save the marked rows as CSV, else all that are shown."""
        from tui.ui.table_export import table_csv

        path = export_path(self.startup.state_dir, f"jobs-{self.view.name}", "csv")
        keys = self.table.marked_rows() or self.board.keys
        jobs = [job for key in keys if (job := self.board.job(key)) is not None]
        self.app.write_export(path, table_csv(jobs, self.board.is_stale))
