"""The log of a run in the detail pane."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui.core.models import LogChunk
from tui.ui.log_feed import feed_log
from tui.ui.widgets.detail_tab import DetailTab
from tui.ui.widgets.log_view import LogView

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.core.keys import RunKey
    from tui.engine.engine import Engine
    from tui.ui.widgets.subject import Subject


class LogTab(DetailTab):
    """Stands on the first error of a run that went wrong, and follows one that goes on."""

    DEFAULT_CSS = """
    LogTab > LogView { background: $surface; scrollbar-size-vertical: 1; }
    """

    is_live: ClassVar[bool] = False

    def __init__(self, subject: Subject) -> None:
        """Show nothing yet.

        Args:
            subject: What the pane is about.
        """
        super().__init__(subject)
        self._view = LogView(has_numbers=False, id="log")
        self._run: RunKey | None = None

    def compose(self) -> ComposeResult:
        """The log."""
        yield self._view

    @property
    def body(self) -> LogView:
        """The log."""
        return self._view

    def start_over(self) -> None:
        """Nothing is known of the next run's log."""
        self._run = None
        self._view.start_over()

    def load(self) -> None:
        """Read the log of the run, unless it is read already."""
        run = self.subject.run
        if run is None:
            self._view.start_over()
            self._say("This job has not run.")
        elif run != self._run:
            self._run = run
            self._view.start_over()
            self._view.is_following = True
            self.ask("log", lambda engine: self._read(engine, run), self._place, self._say)

    async def _read(self, engine: Engine, run: RunKey) -> RunKey:
        await feed_log(engine, run, self._view.feed)
        return run

    def _place(self, run: RunKey) -> None:
        del run
        if not self.subject.is_newest or self.subject.has_ended_badly:
            self._view.is_following = False
            self._view.find_error(1, is_inclusive=True)

    def _say(self, reason: str) -> None:
        self._view.feed(LogChunk(reason.encode(), cursor="", is_complete=True))
