"""Files as a log: one, or several merged by time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.config.paths import SPOOL_FOLDER
from tui.config.placefile import Reading
from tui.core.keys import RunKey
from tui.ui.log_placing import LogPlacing
from tui.ui.moments import display_zone
from tui.ui.screens.log_screen import LogScreen
from tui.ui.widgets.log_tabs import LogTabs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tui.core.keys import JobKey
    from tui.engine.opened_log import OpenedLog
    from tui.ui.board import Board
    from tui.ui.screens.log_base import Fact


class FileLogScreen(LogScreen):
    """Opens at the beginning; leaving it leaves the program."""

    def __init__(self, board: Board, paths: Sequence[Path]) -> None:
        """Show files.

        Args:
            board: No job is in it.
            paths: One to eight.
        """
        super().__init__(board, RunKey("", "", ""))
        self._paths = paths

    @property
    def target(self) -> JobKey | None:
        """A file belongs to no job."""
        return None

    @property
    def target_run(self) -> RunKey | None:
        """A file belongs to no run."""
        return None

    @property
    def log_name(self) -> str:
        """The name of the file."""
        return self._paths[0].name

    @property
    def reading(self) -> Reading | None:
        """Only runs are gone on with after a dropped line."""
        return None

    def first_place(self, reading: Reading | None) -> LogPlacing:
        """At the beginning, as a file is read."""
        del reading
        return LogPlacing(reading=Reading(RunKey("", "", "")))

    async def open_log(self) -> OpenedLog:
        """Open the files."""
        from tui.engine.file_log import FileLog

        clock, folder = self.board.clock, self.app.startup.state_dir
        spool = folder / SPOOL_FOLDER if folder is not None else None
        logs = [(path.name, await FileLog.open(path, spool, clock=clock)) for path in self._paths]
        if len(logs) == 1:
            return logs[0][1]
        from tui.engine.merged_log import MergedLog

        return MergedLog.of(clock, logs, display_zone(self.app.startup.timezone), spool)

    async def list_runs(self) -> None:
        """There are no tabs: a file has no runs."""
        self.query_one(LogTabs).display = False

    def facts(self) -> Iterator[Fact]:
        """Which files these are."""
        yield f" {', '.join(path.name for path in self._paths)}", "bold"
        yield from self.place_facts()

    def leave(self) -> None:
        """Leave the program."""
        self.app.exit()
