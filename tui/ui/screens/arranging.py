"""Arranging table and detail pane, and turning the pane's tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.ui.screens.table_screen import TableScreen
from tui.ui.widgets.detail_pane import RAW
from tui.ui.widgets.panes import NARROWEST

if TYPE_CHECKING:
    from tui.ui.widgets.runs_tab import RunsTab


class Arranging(TableScreen):
    """Says what is seen beside the table, and who has the keys."""

    def on_runs_tab_run_chosen(self, event: RunsTab.RunChosen) -> None:
        """Open the log of the run that was picked."""
        self.app.open_log(event.run)

    def action_pane(self) -> None:
        """Show the detail pane, or hide it."""
        self.panes.toggle_detail()

    def action_pane_side(self) -> None:
        """Move the detail pane to the right, or below."""
        if not self.panes.turn_side():
            told = f"the pane stands at the right from {NARROWEST} columns on"
            self.notify(told, severity="warning", markup=False)

    def action_zoom(self) -> None:
        """Give the pane with the keys the whole room, or share it again."""
        self.panes.toggle_zoom()

    def action_raw(self) -> None:
        """Show the system's own record."""
        self.panes.detail.active = RAW
        self.panes.open_detail()

    def action_next_tab(self) -> None:
        """The next tab of the detail pane; a hidden pane opens first."""
        self._turn(1)

    def action_previous_tab(self) -> None:
        """The tab before."""
        self._turn(-1)

    def action_next_pane(self) -> None:
        """From the table to the detail pane and back."""
        self.panes.turn()

    action_previous_pane = action_next_pane

    def _turn(self, step: int) -> None:
        if self.panes.detail.display:
            self.panes.detail.turn(step)
        else:
            self.panes.open_detail()
