"""What we started, kept over restarts.

Informatica tells of code tasks only by the id of a job, and of no run what it was started with.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.adapter import Memory

MEMORY_KEY = "started"
"""Under which the runs are kept."""

MOST_RUNS = 20
"""Runs of one job that are remembered."""

MOST_JOBS = 500
"""Jobs of which runs are remembered, those that were started last."""


class StartedRun(BaseModel):
    """One run that we started, or began anew."""

    id: str
    """The `runId`, or the `jobId` of a code task."""
    asked_at: datetime
    """When we asked for it."""
    is_own: bool = True
    """Whether we started it; else we only resumed it."""
    params: dict[str, str] = {}
    """What it was started with."""
    resumed_at: list[datetime] = []
    """When we asked for it to be resumed."""
    told: dict[str, Any] = {}
    """What was last told of the job of a code task: nothing lists them."""
    name: str = ""
    """What the code task is called."""
    begun: str = ""
    """When the job of a code task began, as the answer to its start says."""
    over_at: datetime | None = None
    """When the job was seen to have ended, while somebody watched: one of its shapes tells no times."""
    is_lost: bool = False
    """Whether Informatica no longer knows it."""


class StartedRuns:
    """Remembers the runs of each job, oldest first.

    Args:
        memory: Where they are kept.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._runs: dict[str, list[StartedRun]] = {}
        self._is_changed = False

    async def load(self) -> None:
        """Fetch what an earlier session kept; what can't be read is left out."""
        kept = await self._memory.load(MEMORY_KEY)
        for job_id, values in kept.items() if isinstance(kept, dict) else ():
            runs = _read(values)
            if runs:
                self._runs[job_id] = runs

    async def save(self) -> None:
        """Keep what has changed."""
        if not self._is_changed:
            return
        self._is_changed = False
        told = {
            job_id: [run.model_dump(mode="json", exclude_defaults=True) for run in runs]
            for job_id, runs in self._runs.items()
        }
        await self._memory.save(MEMORY_KEY, told)

    def of(self, job_id: str) -> Sequence[StartedRun]:
        """The runs of a job, oldest first."""
        return self._runs.get(job_id, ())

    def find(self, job_id: str, run_id: str) -> StartedRun | None:
        """One run of a job."""
        return next((run for run in self._runs.get(job_id, ()) if run.id == run_id), None)

    async def start(self, job_id: str, run: StartedRun) -> None:
        """Remember a run at once: should nightdeck end now, the id would be lost."""
        # At the end, so that the jobs that were started last are the last to be forgotten.
        runs = self._runs.pop(job_id, [])
        self._runs[job_id] = [*runs, run][-MOST_RUNS:]
        for gone in list(self._runs)[:-MOST_JOBS]:
            del self._runs[gone]
        await self.keep()

    async def resume(self, job_id: str, run_id: str, now: datetime) -> None:
        """Remember that a run was resumed."""
        run = self.find(job_id, run_id)
        if run is None:
            await self.start(job_id, StartedRun(id=run_id, asked_at=now, is_own=False, resumed_at=[now]))
            return
        run.resumed_at.append(now)
        await self.keep()

    def note_change(self) -> None:
        """Let the next `save` keep something that was changed in a run."""
        self._is_changed = True

    async def keep(self) -> None:
        """Keep everything now."""
        self._is_changed = True
        await self.save()


def _read(values: Any) -> list[StartedRun]:
    runs: list[StartedRun] = []
    for value in values if isinstance(values, list) else ():
        try:
            runs.append(StartedRun.model_validate(value))
        except ValidationError:
            continue
    return runs
