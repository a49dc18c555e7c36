"""All runs of a connection's jobs as last observed: what is settled is read once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tui.adapters.local.observation import Subject, Surroundings, observe
from tui.adapters.local.records import JobFolder
from tui.core.errors import NotFound
from tui.core.keys import RunKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tui.adapters.local.observation import Observation
    from tui.core.command_job import CommandJob

_MOST_KEPT = 5000
"""Observations kept in memory; the oldest make room."""


class Library:
    """Finds, reads and remembers runs. Its methods touch the disk: call them in a thread."""

    def __init__(self, connection: str, jobs: Mapping[str, CommandJob], folder: Path) -> None:
        self.jobs = jobs
        self._connection = connection
        self._folder = folder
        self._folders: dict[str, JobFolder] = {}
        self._seen: dict[tuple[str, str], Observation] = {}
        self._lock = threading.Lock()

    def job(self, job_id: str) -> CommandJob:
        """The job's table. Raises NotFound."""
        try:
            return self.jobs[job_id]
        except KeyError:
            raise NotFound(
                f"{self._connection} has no job {job_id}", hint="add it to the config, or list the jobs"
            ) from None

    def folder(self, job_id: str) -> JobFolder:
        """Where the job's runs are kept. Raises NotFound."""
        if job_id not in self._folders:
            self._folders[job_id] = JobFolder(self._folder / self.job(job_id).id)
        return self._folders[job_id]

    def observe(self, job_id: str, run_id: str, here: Surroundings | None = None) -> Observation:
        """A run as it is now. Raises NotFound."""
        known = self._seen.get((job_id, run_id))
        if known is not None and known.is_settled:
            return known
        folder = self.folder(job_id)
        files = folder.run(run_id)
        if files is None:
            raise NotFound(f"{job_id} of {self._connection} has no run {run_id}", hint="list its runs")
        subject = Subject(
            RunKey(self._connection, job_id, run_id),
            folder,
            files,
            self.jobs[job_id].progress,
            known.leftovers if known else (),
        )
        seen = observe(subject, here or Surroundings())
        with self._lock:
            self._seen[job_id, run_id] = seen
            if len(self._seen) > _MOST_KEPT:
                del self._seen[next(iter(self._seen))]
        return seen

    def newest(self, job_id: str, here: Surroundings | None = None) -> Observation | None:
        """The newest run of a job; None when there is none. Raises NotFound for an unknown job."""
        folder = self.folder(job_id)
        run_id = folder.newest()
        try:
            return self.observe(job_id, run_id, here) if run_id else None
        except NotFound:  # somebody removed it by hand: what is left counts
            left = folder.names(1)
            return self.observe(job_id, left[0], here) if left else None

    def before(self, seen: Observation, here: Surroundings) -> Observation | None:
        """The run before this one; None when it is not kept any more."""
        if not seen.spec.previous:
            return None
        try:
            return self.observe(seen.run.key.job_id, seen.spec.previous, here)
        except NotFound:
            return None

    def newest_runs(self, job_id: str, limit: int) -> Sequence[Observation]:
        """The newest runs of a job, newest first. Raises NotFound for an unknown job."""
        here = Surroundings()
        found = []
        for run_id in self.folder(job_id).names(limit):
            try:
                found.append(self.observe(job_id, run_id, here))
            except NotFound:
                continue  # pruned meanwhile
        return found

    def remembered(self, job_id: str, run_id: str) -> Observation | None:
        """What was last observed of a run, without looking again."""
        return self._seen.get((job_id, run_id))
