"""The newest logs of several jobs as one, merged by time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.core.errors import NightdeckError, NotFound
from tui.ui.moments import display_zone
from tui.ui.screens.log_screen import LogScreen
from tui.ui.screens.work_screen import NO_ENGINE
from tui.ui.widgets.log_tabs import LogTabs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.config.placefile import Reading
    from tui.core.keys import RunKey
    from tui.engine.engine import Engine
    from tui.engine.opened_log import OpenedLog
    from tui.ui.board import Board
    from tui.ui.screens.log_base import Fact


class MergedLogScreen(LogScreen):
    """Follows all of them; keys about a job mean the first one."""

    def __init__(self, board: Board, runs: Sequence[RunKey]) -> None:
        """Show the logs of some runs.

        Args:
            board: Where the jobs' rows come from.
            runs: Two to eight.
        """
        super().__init__(board, runs[0])
        self._merged = runs

    @property
    def log_name(self) -> str:
        """What files of it are called."""
        return f"{len(self._merged)}-logs"

    @property
    def reading(self) -> Reading | None:
        """A merged log is not opened again after a dropped line: it is made anew each time."""
        return None

    async def open_log(self) -> OpenedLog:
        """Open all logs; those that can't be opened are left out and told."""
        from tui.engine.merged_log import MergedLog

        engine = self.engine
        if engine is None:
            raise NightdeckError(NO_ENGINE)
        tried = await asyncio.gather(*(self._try(engine, run) for run in self._merged))
        opened = [(name, log) for name, log, _ in tried if log is not None]
        failures = [f"{name}: {failure}" for name, _, failure in tried if failure]
        if failures:
            self.notify("\n".join(failures), title="left out", severity="warning", markup=False)
        if not opened:
            raise NotFound("none of these jobs has a log that can be read")
        zone = display_zone(self.app.startup.timezone)
        return MergedLog.of(engine.clock, opened, zone, engine.spool_dir, redactor=engine.redactor)

    def facts(self) -> Iterator[Fact]:
        """How many logs these are, of which jobs."""
        yield f" {len(self._merged)} logs by time", "bold"
        jobs = [self.board.job(run.job) for run in self._merged]
        yield f" · {', '.join(job.name for job in jobs if job is not None)}", "$text-muted"
        yield from self.place_facts()

    async def list_runs(self) -> None:
        """There are no tabs: each job has runs of its own."""
        self.query_one(LogTabs).display = False

    async def _try(self, engine: Engine, run: RunKey) -> tuple[str, OpenedLog | None, str]:
        from tui.engine.run_log import RunLog

        job = self.board.job(run.job)
        name = job.name if job is not None else run.job_id
        try:
            return name, await RunLog.open(engine, run), ""
        except NightdeckError as error:
            return name, None, str(error)
