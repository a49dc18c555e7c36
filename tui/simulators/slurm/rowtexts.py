"""The rows of jobs as JSON, each made once and again only when its job has changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.simulators.slurm.newrows import renewed, renewed_job
from tui.simulators.slurm.rows import UNSAID, job_row, written

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tui.simulators.slurm.job import Job

_ROWS_A_PIECE = 200


class RowTexts:
    """Keeps the row of every job for as long as it is true."""

    def __init__(self) -> None:
        self._kept: dict[Job, tuple[tuple[object, ...], bool, str]] = {}
        self._unsaid = {
            is_new: written(renewed(UNSAID) if is_new else UNSAID)[1:] for is_new in (False, True)
        }

    def text(self, job: Job, *, is_new: bool) -> str:
        """The row of a job."""
        kept = self._kept.get(job)
        if kept is None or kept[:2] != (job.look, is_new):
            row = renewed_job(job) if is_new else job_row(job)
            kept = (job.look, is_new, f"{written(row)[:-1]},{self._unsaid[is_new]}")
            self._kept[job] = kept
        return kept[2]

    def array(self, jobs: Sequence[Job], *, is_new: bool) -> str:
        """The rows of jobs as a JSON array."""
        return f"[{','.join(self.text(job, is_new=is_new) for job in jobs)}]"

    async def pieces(self, jobs: Sequence[Job], *, is_new: bool) -> AsyncIterator[str]:
        """The rows of jobs as a JSON array, so many at a time: others get their turns in between."""
        before = "["
        for first in range(0, len(jobs), _ROWS_A_PIECE):
            some = jobs[first : first + _ROWS_A_PIECE]
            yield before + ",".join(self.text(job, is_new=is_new) for job in some)
            before = ","
            await asyncio.sleep(0)
        yield "[]" if before == "[" else "]"
