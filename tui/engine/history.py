"""What was known before: finished runs, the last table and adapters' facts, kept over restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from tui.core.adapter import Memory
    from tui.core.clock import Clock
    from tui.core.keys import JobKey
    from tui.core.models import Job, Run, Trend
    from tui.engine.database import Database


class History:
    """Runs, the last table and memories. When it can't work, `problem` says why and everything is empty."""

    database: Database
    """The file; the journal lives in it too."""

    def __init__(self, state_dir: Path, clock: Clock) -> None: ...

    @property
    def problem(self) -> str:
        """Why history is off or was lost; empty when all is well."""

    async def open(self) -> None:
        """Open or make the file. Never raises: see `problem`."""

    async def aclose(self) -> None:
        """Close the file."""

    async def record_runs(self, runs: Iterable[Run]) -> None:
        """Keep these runs; one that has ended stays ended."""

    async def runs(self, job: JobKey, limit: int = 50) -> list[Run]:
        """The job's runs that are remembered, newest first."""

    async def trends(self, keys: Collection[JobKey] | None = None) -> dict[JobKey, Trend]:
        """How the last finished runs of these jobs (of all when None) went; jobs without one are absent."""

    async def save_table(
        self,
        jobs: Mapping[JobKey, Job],
        first_screen: Sequence[JobKey],
        changed: Collection[JobKey] | None = None,
    ) -> None:
        """Keep the table for the next start.

        Args:
            jobs: The store's jobs, all of them.
            first_screen: The jobs that the next start paints at once, in order.
            changed: Jobs that changed or vanished since the last call; None means that any may have.
        """

    async def load_table(self) -> list[Job]:
        """Every job of the last table, as old as it is."""

    def load_first_screen(self, limit: int = 200) -> list[Job]:
        """The first rows of the last table; fast, without the event loop, and never raises."""

    def memory(self, connection: str) -> Memory:
        """What the connection's adapter keeps over restarts."""
