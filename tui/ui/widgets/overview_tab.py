"""The first tab of the detail pane: what is known of the job, and the log where it went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.content import Content

from tui.logs.buffer import LineBuffer
from tui.logs.levels import ERROR_LINE
from tui.ui.widgets.detail_tab import DetailTab
from tui.ui.widgets.overview import Overview
from tui.ui.widgets.text_body import TextBody

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Job, LogChunk, Run
    from tui.engine.engine import Engine
    from tui.engine.same_error import SameError
    from tui.ui.widgets.subject import Subject

_LOG_LINES = 6
_SHARED_EVERY_S = 2.0
_MOST_CHUNKS = 50
"""Pieces of a log that are read for its first error; who wants more opens the log."""


class OverviewTab(DetailTab):
    """One job in a few lines."""

    def __init__(self, subject: Subject) -> None:
        """Show nothing yet.

        Args:
            subject: What the pane is about.
        """
        super().__init__(subject)
        self._body = TextBody()
        self._runs: Sequence[Run] = ()
        self._url = ""
        self._log_run: RunKey | None = None
        self._error_lines: Sequence[str] = ()
        self._shared: SameError | None = None
        self._shared_at: tuple[JobKey | None, int] = (None, 0)
        self._shared_due = 0.0

    def compose(self) -> ComposeResult:
        """The text."""
        yield self._body

    @property
    def body(self) -> TextBody:
        """The text."""
        return self._body

    def start_over(self) -> None:
        """Nothing is known of the next job's runs."""
        self._runs, self._url, self._log_run, self._error_lines = (), "", None, ()
        self._body.scroll_to(y=0, animate=False)

    def load(self) -> None:
        """Ask for its newest runs and its page, and for the log of a run that went wrong."""
        key = self.subject.key
        if key is None:
            return
        self.ask("runs", lambda engine: engine.runs(key), self._take_runs, lambda _: None)
        self.ask("web", lambda engine: engine.web_url(key, self.subject.run), self._take_url, lambda _: None)
        run = self.subject.run
        if run is not None and self.subject.has_ended_badly and run != self._log_run:
            self._log_run = run
            self.ask("log", lambda engine: _first_error(engine, run), self._take_log, lambda _: None)

    def update_text(self) -> None:
        """Tell how the job is now."""
        job = self.subject.job
        if job is None:
            self._body.put(Content.styled("Move the cursor onto a job.", "$text-muted"))
            return
        board = self.subject.board
        told = Overview(
            job,
            self.subject.now,
            self.subject.zone,
            trend=board.trend(job.key),
            runs=self._runs,
            receipt=board.receipt(job.key),
            is_stale=board.is_stale(job.key),
            log=self._error_lines if self.subject.has_ended_badly else (),
            url=self._url,
            first_error=board.first_error(job.key),
            same=self._shared_error(job),
            glyphs=self.subject.glyphs,
        )
        self._body.put(told.content(max(0, self.size.width - 3)))

    def on_resize(self) -> None:
        """Use the room there is now."""
        self.update_text()

    def _shared_error(self, job: Job) -> SameError | None:
        """Who else has the job's error: all jobs are asked, so only when they have changed, and seldom."""
        if not self.subject.has_ended_badly:
            return None
        store, now = self.subject.board.store, self.subject.board.clock.monotonic()
        seen = (job.key, store.revision)
        if seen != self._shared_at and (job.key != self._shared_at[0] or now >= self._shared_due):
            from tui.engine.same_error import same_error

            self._shared = same_error(job, store.jobs.values(), store.first_error)
            self._shared_at, self._shared_due = seen, now + _SHARED_EVERY_S
        return self._shared

    def _take_runs(self, runs: Sequence[Run]) -> None:
        self._runs = runs
        self.update_text()

    def _take_url(self, url: str | None) -> None:
        self._url = url or ""
        self.update_text()

    def _take_log(self, lines: Sequence[str]) -> None:
        self._error_lines = lines
        self.update_text()


async def _first_error(engine: Engine, run: RunKey) -> Sequence[str]:
    """The lines from the first error on; the last ones where none tells of an error."""
    buffer, cursor = LineBuffer(), ""
    seen, found = 0, None
    for _ in range(_MOST_CHUNKS):
        chunk: LogChunk = await engine.read_log(run, cursor)
        cursor = chunk.cursor
        if buffer.feed(chunk):
            seen, found = 0, None
        if found is None:
            found = buffer.find(ERROR_LINE, seen)
        seen = len(buffer.lines)
        is_enough = found is not None and seen >= found + _LOG_LINES
        if is_enough or chunk.is_complete or not chunk.data:
            break
    first = found if found is not None else max(0, len(buffer) - _LOG_LINES)
    shown = range(first, min(first + _LOG_LINES, len(buffer)))
    return [Text.from_ansi(buffer[line]).plain for line in shown]
