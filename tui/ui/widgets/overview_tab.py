"""The first tab of the detail pane: what is known of the job, and the log where it went wrong."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING

from textual.content import Content

from tui.engine.log_reading import read_log_once
from tui.logs.errors import find_error
from tui.logs.lines import without_colours
from tui.ui.widgets.detail_tab import DetailTab
from tui.ui.widgets.overview import Overview
from tui.ui.widgets.text_body import TextBody
from tui.ui.work import later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Job, Run
    from tui.engine.engine import Engine
    from tui.engine.same_error import SameError
    from tui.ui.widgets.subject import Subject

_LOG_LINES = 6
_SHARED_EVERY_S = 5.0
_BLOCK = 2_000
"""Jobs that are looked at before keys get their turn."""

_MOST_BYTES = 2 << 20
"""Bytes of a log that are read for its error; who wants more opens the log."""


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
        self._shared_due = float("inf")

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
        self._shared, self._shared_due = None, float("inf")
        self._body.scroll_to(y=0, animate=False)

    def load(self) -> None:
        """Ask for its newest runs and its page, and for the log of a run that went wrong."""
        key = self.subject.key
        if key is None:
            return
        self.ask("runs", lambda engine: engine.runs(key), self._take_runs, lambda _: None)
        self.ask("web", lambda engine: engine.web_url(key, self.subject.run), self._take_url, lambda _: None)
        self._look_for_others()
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
            receipt=board.store.receipts.get(job.key),
            is_receipt_new=board.receipt(job.key) is not None,
            is_stale=board.is_stale(job.key),
            log=self._error_lines if self.subject.has_ended_badly else (),
            url=self._url,
            first_error=board.first_error(job.key),
            same=self._shared if self.subject.has_ended_badly else None,
            glyphs=self.subject.glyphs,
        )
        self._body.put(told.content(max(0, self.size.width - 3)))
        if board.clock.monotonic() >= self._shared_due:
            self._look_for_others()

    def on_resize(self) -> None:
        """Use the room there is now."""
        self.update_text()

    def _look_for_others(self) -> None:
        """Find out who else has the job's error, when anything has changed since the last time."""
        job, board = self.subject.job, self.subject.board
        if job is None or not self.subject.has_ended_badly:
            return
        self._shared_due = board.clock.monotonic() + _SHARED_EVERY_S
        seen = (job.key, board.store.revision)
        if seen != self._shared_at:
            self._shared_at = seen
            self.run_worker(later(self._find_others, job), group="others", exclusive=True)

    async def _find_others(self, job: Job) -> None:
        from tui.engine.same_error import SameErrorSearch

        store = self.subject.board.store
        search = SameErrorSearch(job, store.first_error)
        jobs = iter(list(store.jobs.values()) if search.is_needed else ())
        while block := list(islice(jobs, _BLOCK)):
            search.look_at(block)
            await asyncio.sleep(0)
        if job.key == self.subject.key:
            self._shared = search.found
            self.update_text()

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
    """The lines from the error that counts on; the last ones where none tells of an error."""
    lines: list[str] = []
    await read_log_once(engine, run, lines.extend, most_bytes=_MOST_BYTES)
    found = await asyncio.to_thread(find_error, lines, rules=engine.error_rules)
    first = found.line - 1 if found is not None else max(0, len(lines) - _LOG_LINES)
    return [without_colours(line) for line in lines[first : first + _LOG_LINES]]
