"""Making production unmistakable: the first line wears its colour while the keys are about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.ui.screens.table_screen import TableScreen
from tui.ui.widgets.header import Header

if TYPE_CHECKING:
    from tui.ui.messages import StoreChanged

PROD = "prod"
"""The environment that is guarded."""


class Tinting(TableScreen):
    """Tells the first line whether the next key would act on production."""

    def on_job_table_cursor_moved(self) -> None:
        """The keys are about another job now."""
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
        self.query_one(Header).is_prod = bool(prod) and any(key.connection in prod for key in self.targets)
