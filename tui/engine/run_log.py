"""One run's log, open: a local file in place, a system's text in a private file that grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.errors import SystemUnavailable
from tui.engine.inflow import Inflow
from tui.engine.opened_log import OpenedLog, open_in_place
from tui.engine.runs import newest_outcome

if TYPE_CHECKING:
    from pathlib import Path

    from tui.core.keys import RunKey
    from tui.core.models import LogChunk
    from tui.engine.engine import Engine
    from tui.logs.source import LogFile


class RunLog(OpenedLog):
    """The log of one run. `open` makes it; only its beginning is there then."""

    def __init__(
        self, engine: Engine, run: RunKey, *, file: LogFile | None = None, inflow: Inflow | None = None
    ) -> None:
        super().__init__(engine.clock, file=file, inflow=inflow, redactor=engine.redactor)
        self.run = run
        """Whose log it is."""
        self._engine = engine
        self._cursor = ""

    @classmethod
    async def open(cls, engine: Engine, run: RunKey, spool_folder: Path | None = None) -> RunLog:
        """Open a log; returns as soon as there is something to show.

        Args:
            engine: What asks the run's system.
            run: The run.
            spool_folder: Where the text of other machines is kept meanwhile; the engine's folder when None.

        Raises:
            NotFound: The system has no log of this run.
            ActionRefused: It keeps no logs.
            SystemUnavailable: It can't be asked now, or its text can't be kept anywhere.
        """
        file = await _file_of(engine, run)
        if file is not None:
            return cls(engine, run, file=file)
        chunk = await engine.read_log(run)
        try:
            inflow = Inflow(spool_folder or engine.spool_dir, engine.redactor)
        except OSError as error:
            raise SystemUnavailable(
                f"the log can't be kept anywhere: {error.strerror or error}", hint="make room on the disk"
            ) from error
        log = cls(engine, run, inflow=inflow)
        log._cursor = chunk.cursor
        inflow.add(chunk)
        log.is_complete = await inflow.take()
        log.document.refresh()
        return log

    @property
    def ending(self) -> str:
        """How the run ended, such as `failed, exit code 1`, as far as its system has told."""
        job = self._engine.store.jobs.get(self.run.job)
        if not self.is_complete or job is None or job.run_id != self.run.run_id:
            return ""
        outcome = newest_outcome(job)
        if outcome is None:
            return ""
        return f"{outcome.value}, exit code {job.exit_code}" if job.exit_code else outcome.value

    async def _next(self) -> LogChunk:
        chunk = await self._engine.read_log(self.run, self._cursor)
        self._cursor = chunk.cursor
        return chunk

    async def _has_ended(self) -> bool:
        # The cursor of a log that is a file is the number of bytes before it.
        chunk = await self._engine.read_log(self.run, str(self.document.size))
        return chunk.is_complete and not chunk.data and not chunk.is_restart


async def _file_of(engine: Engine, run: RunKey) -> LogFile | None:
    """The file that is the log, where it can be read in place."""
    path = await engine.log_path(run)
    if path is None:
        return None
    try:
        return open_in_place(path)
    except OSError:
        # The system says better what is wrong with it.
        return None
