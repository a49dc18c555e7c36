"""The rows of the lists: written once, and again only when what they hold has changed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from tui.simulators.datameer.vocabulary import CANCELED, COMPLETED_WITH_WARNINGS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime

    from tui.simulators.datameer.job import Job, JobSpec
    from tui.simulators.datameer.run import JobRun
    from tui.simulators.datameer.vocabulary import Behaviour

_ROWS_A_PIECE = 50


class JobRows:
    """The rows of the lists of jobs and of the list of active jobs.

    Args:
        behaviour: What the server's version does.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._kept: dict[int, tuple[JobSpec, str]] = {}

    def forget(self) -> None:
        """Write every row anew."""
        self._kept.clear()

    async def listed(self, jobs: Sequence[Job]) -> AsyncIterator[str]:
        """The rows of jobs, so many at a time."""
        async for piece in _pieces(jobs, self._listed):
            yield piece

    async def active(self, jobs: Sequence[Job], now: datetime) -> AsyncIterator[str]:
        """The rows of the runs that wait or work, so many jobs at a time."""
        async for piece in _pieces(jobs, lambda job: self._active(job, now)):
            yield piece

    def run(self, run: JobRun, now: datetime) -> dict[str, object]:
        """What every V1 list tells of a run."""
        return {"id": run.id, "jobStatus": self.word(run, now)}

    def word(self, run: JobRun, now: datetime) -> str:
        """The status of a run, as V1 spells it."""
        word, _ = run.status(now)
        if word == COMPLETED_WITH_WARNINGS:
            return self._behaviour.warning_word
        return self._behaviour.cancel_word if word == CANCELED else word

    def _listed(self, job: Job) -> str:
        kept = self._kept.get(job.spec.id)
        if kept is None or kept[0] is not job.spec:
            kept = self._kept[job.spec.id] = (job.spec, _json(self._listing(job.spec)))
        return kept[1]

    def _listing(self, spec: JobSpec) -> dict[str, object]:
        known: dict[str, object] = {
            "id": spec.id,
            "name": spec.name,
            "description": spec.description,
            "path": spec.path,
            "uuid": spec.uuid,
            "file": file_of(spec),
        }
        return {name: known[name] for name in self._behaviour.list_fields}

    def _active(self, job: Job, now: datetime) -> str:
        key = self._behaviour.running_configuration_key
        extra = {key: job.spec.id} if key else {}
        return ",".join(_json({**self.run(run, now), **extra}) for run in job.look(now).active)


def file_of(spec: JobSpec) -> dict[str, object]:
    """What the configuration of a job tells of its file.

    Args:
        spec: The job.
    """
    return {"uuid": spec.uuid, "path": spec.path, "name": spec.name, "description": spec.description}


async def _pieces(jobs: Sequence[Job], text: Callable[[Job], str]) -> AsyncIterator[str]:
    for first in range(0, len(jobs), _ROWS_A_PIECE):
        rows = (text(job) for job in jobs[first : first + _ROWS_A_PIECE])
        yield ",".join(row for row in rows if row)
        # Thousands of rows take a while: whoever shares the loop gets a turn in between.
        await asyncio.sleep(0)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
