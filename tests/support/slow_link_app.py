"""A program with a job table on a line that it treats as slow; `x` turns the order of all rows round."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, ClassVar

from tests.support.fleet import make_jobs
from tests.support.table_app import THEMES, FleetSource
from tui.ui.steady_app import SteadyApp
from tui.ui.theme import load_theme
from tui.ui.widgets.job_table import JobTable

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

JOBS = 300
WINDOW = 1000
"""Bytes that may be under way at once; what is measured of a test's terminal would change from run to run."""


class SlowLinkApp(SteadyApp):
    """The table alone."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [("x", "turn_round", ""), ("Q", "quit", "")]

    def __init__(self) -> None:
        super().__init__()
        self.start_in(load_theme("nightdeck-dark", [THEMES]))
        self.source = FleetSource.of(make_jobs(JOBS))
        self.pace.choice = "on"

    def compose(self) -> ComposeResult:
        yield JobTable(self.source, zone=UTC)

    def _begin_to_ask(self) -> None:
        super()._begin_to_ask()
        self.pace.link.window = WINDOW
        self.pace.link._fit_window = lambda: None  # type: ignore[method-assign]

    def on_mount(self) -> None:
        self.query_one(JobTable).focus()

    def action_turn_round(self) -> None:
        table = self.query_one(JobTable)
        self.source.show(self.source.keys[::-1])
        table.reordered()


if __name__ == "__main__":
    SlowLinkApp().run()
