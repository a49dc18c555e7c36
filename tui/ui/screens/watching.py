"""Going from one watched job to the next."""

from __future__ import annotations

from tui.ui.screens.table_screen import TableScreen

_NONE = "nothing is watched; m watches the job under the cursor"


class Watching(TableScreen):
    """Finds the watched jobs among the rows."""

    def action_watched(self) -> None:
        """The next watched job, from the top again after the last; a filter that hides all is cleared."""
        keys = [key for key in self.app.watches.jobs if self.board.job(key) is not None]
        if not keys:
            self.notify(_NONE, severity="warning", markup=False)
            return
        rows = sorted((row, key) for key in keys if (row := self.board.index_of(key)) is not None)
        cursor = self.table.cursor_key
        here = self.board.index_of(cursor) if cursor is not None else None
        after = [key for row, key in rows if here is not None and row > here]
        self.go_to((after or [key for _, key in rows] or keys)[0])
