"""What the detail pane is about: a job, one of its runs, and where more can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.state import State

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Job
    from tui.engine.engine import Engine
    from tui.ui.board import Board
    from tui.ui.glyphs import GlyphSet

_TROUBLED = (State.FAILED, State.WARNING)


class Subject:
    """Set by the pane, read by its tabs."""

    def __init__(self, board: Board, zone: tzinfo, glyphs: GlyphSet) -> None:
        """Start without a job.

        Args:
            board: Where the job's row comes from.
            zone: In which zone clock times are told.
            glyphs: The signs to draw with.
        """
        self.board = board
        """Where the job's row comes from."""
        self.zone = zone
        """In which zone clock times are told."""
        self.glyphs = glyphs
        """The signs to draw with."""
        self.engine: Engine | None = None
        """What systems are asked through; None until the config has been read."""
        self.key: JobKey | None = None
        """The job; None while there is none."""
        self.picked: RunKey | None = None
        """The run that was picked from the list; None means the newest."""

    @property
    def job(self) -> Job | None:
        """The job as last observed."""
        return self.board.job(self.key) if self.key is not None else None

    @property
    def now(self) -> datetime:
        """The time that ages are counted from."""
        return self.board.now

    @property
    def run(self) -> RunKey | None:
        """The run that is meant: the one that was picked, else the newest."""
        if self.picked is not None:
            return self.picked
        job = self.job
        return job.run_key if job is not None else None

    @property
    def is_newest(self) -> bool:
        """Whether the job's row tells of the run that is meant."""
        job = self.job
        return self.picked is None or (job is not None and job.run_id == self.picked.run_id)

    @property
    def has_ended_badly(self) -> bool:
        """Whether the newest run went wrong, also when the job waits for its next one by now."""
        from tui.engine.runs import newest_outcome

        job = self.job
        return job is not None and newest_outcome(job) in _TROUBLED
