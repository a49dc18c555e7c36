"""Making production unmistakable: the first line wears its colour while the keys are about it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from tui.ui.screens.table_screen import TableScreen
from tui.ui.widgets.header import Header

if TYPE_CHECKING:
    from collections.abc import Collection

    from tui.ui.messages import StoreChanged
    from tui.ui.widgets.table_messages import CursorMoved

PROD = "prod"
"""The environment that is guarded."""


class Tinting(TableScreen):
    """Tells the first line whether the next key would act on production."""

    def on_job_table_cursor_moved(self, event: CursorMoved) -> None:
        """The keys are about another job now."""
        del event
        self._tint()

    def on_job_table_marks_changed(self) -> None:
        """The keys are about other jobs now."""
        self._tint()

    def on_store_changed(self, event: StoreChanged) -> None:
        """A connection may have told its environment."""
        if event.is_health:
            self._tint()

    def _tint(self) -> None:
        prod = {name for name, health in self.board.health.items() if health.environment == PROD}
        self.query_one(Header).is_prod = bool(prod) and self._is_about(prod)

    def _is_about(self, connections: Collection[str]) -> bool:
        """Whether any job that the keys are about is of these; stops at the first, for marks may be many."""
        listed = (key for key in self.table.marks if self.board.index_of(key) is not None)
        first = next(listed, None)
        if first is None:
            return self.target is not None and self.target.connection in connections
        return any(key.connection in connections for key in chain([first], listed))
