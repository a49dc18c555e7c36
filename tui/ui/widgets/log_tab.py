"""The log of a run in the detail pane."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui.core.errors import NightdeckError
from tui.ui.log_placing import LogPlacing
from tui.ui.widgets.detail_tab import DetailTab
from tui.ui.widgets.log_view import LogView
from tui.ui.work import later

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.core.keys import RunKey
    from tui.engine.engine import Engine
    from tui.engine.opened_log import OpenedLog
    from tui.ui.widgets.subject import Subject


class LogTab(DetailTab):
    """Stands on the error that counts of a run that went wrong, and follows one that goes on."""

    DEFAULT_CSS = """
    LogTab > LogView { background: $surface; }
    """

    is_live: ClassVar[bool] = False

    def __init__(self, subject: Subject) -> None:
        """Show nothing yet.

        Args:
            subject: What the pane is about.
        """
        super().__init__(subject)
        self._view = LogView(has_numbers=False, glyphs=subject.glyphs, zone=subject.zone, id="log")
        self._run: RunKey | None = None
        self._log: OpenedLog | None = None

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
        self._view.show(None)
        if self._log is not None:
            self.run_worker(later(self._close), group="log", exclusive=True)

    async def on_unmount(self) -> None:
        """Close the log, and delete what was kept of it."""
        await self._close()

    def load(self) -> None:
        """Read the log of the run, unless it is read already."""
        run, engine = self.subject.run, self.subject.engine
        if run is None:
            self._say("This job has not run.")
        elif run != self._run and engine is not None:
            self._run = run
            self.run_worker(later(self._read, engine, run), group="log", exclusive=True)

    async def _read(self, engine: Engine, run: RunKey) -> None:
        from tui.engine.run_log import RunLog

        await self._close()
        self._say("")
        try:
            log = self._log = await RunLog.open(engine, run)
            await self._show(engine, log)
        except NightdeckError as error:
            if self._view.document is None:
                self._say(str(error))

    async def _close(self) -> None:
        """Let go of the log that was shown."""
        log, self._log = self._log, None
        if log is not None:
            if self._view.document is log.document:
                self._view.show(None)
            await log.aclose()

    async def _show(self, engine: Engine, log: OpenedLog) -> None:
        has_failed = not self.subject.is_newest or self.subject.has_ended_badly
        placing = LogPlacing(seeks_error=has_failed)
        self._view.is_following = not has_failed
        self._view.note = "the log is empty"
        self._view.show(log.document)
        if has_failed:
            placing.begin(self._view)
            await log.load(self._view.take_changes)
            await placing.place(self._view, log, engine.error_rules)
        await log.follow(self._view.take_changes)
        await placing.place(self._view, log, engine.error_rules)

    def _say(self, told: str) -> None:
        self._view.note = told
        self._view.show(None)
