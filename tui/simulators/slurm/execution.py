"""Executions of jobs and their steps, as the accounting storage keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tui.simulators.slurm.vocabulary import SIGTERM, JobState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.simulators.slurm.job import Job

_STOPPED = frozenset({JobState.TIMEOUT, JobState.CANCELLED})


@dataclass(frozen=True)
class Step:
    """One step of an execution; `batch` is the script itself."""

    id: str
    name: str
    started_at: datetime
    ended_at: datetime | None
    state: JobState
    status: int


@dataclass(frozen=True)
class Execution:
    """One execution of a job."""

    job: Job
    submitted_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    state: JobState
    status: int
    """Its wait status; one that was stopped has none in the accounting."""
    number: int
    """How often the job was put back into the queue before it."""

    def elapsed_s(self, now: datetime) -> int:
        """For how long it runs, or ran."""
        return int(((self.ended_at or now) - self.started_at).total_seconds()) if self.started_at else 0

    def steps(self, now: datetime) -> Sequence[Step]:
        """Its steps, as far as they have begun."""
        if self.started_at is None:
            return ()
        is_stopped = self.state in _STOPPED
        own = (JobState.CANCELLED, SIGTERM) if is_stopped else (self.state, self.job.status)
        found = [Step("batch", "batch", self.started_at, self.ended_at, *own)]
        names = self.job.plan.steps
        share = timedelta(seconds=self.job.plan.duration_s / max(1, len(names)))
        last = self.ended_at or now
        for index, name in enumerate(names):
            start = self.started_at + share * index
            if index and start >= last:
                break
            end = start + share
            is_last = index == len(names) - 1 or end >= last
            if end > last and self.ended_at is None:
                found.append(Step(str(index), name, start, None, JobState.RUNNING, 0))
            elif is_last:
                found.append(Step(str(index), name, start, min(end, last), *own))
            else:
                found.append(Step(str(index), name, start, end, JobState.COMPLETED, 0))
        return found


def executions(job: Job, *, with_earlier: bool) -> Iterator[Execution]:
    """The executions of a job, oldest first.

    Args:
        job: Which job.
        with_earlier: Whether those before it was put back into the queue are told, too.
    """
    if with_earlier:
        for past in job.earlier:
            yield Execution(
                job, past.submitted_at, past.started_at, past.ended_at, past.state, past.status, past.number
            )
    status = 0 if job.state in _STOPPED or not job.state.is_final else job.status
    yield Execution(job, job.submitted_at, job.started_at, job.ended_at, job.state, status, job.restarts)
