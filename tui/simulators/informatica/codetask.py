"""A code task and its jobs; nothing lists them, whoever starts one has to keep its id."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tui.simulators.informatica.vocabulary import ENDED_BADLY, Outcome, failed

if TYPE_CHECKING:
    from tui.simulators.informatica.specs import CodeTaskSpec

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = "QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"


@dataclass(frozen=True, slots=True)
class CodeJob:
    """One run of a code task."""

    id: str
    """Its id."""
    spec: CodeTaskSpec
    """What it runs."""
    run_id: int
    """Its number within the code task."""
    submitted_at: datetime
    """When it was asked for."""
    begins_at: datetime
    """When it begins."""
    ended_at: datetime
    """When it ends."""
    outcome: Outcome
    """How it ends."""
    started_by: str
    """Who asked for it."""
    is_cancelled: bool = False
    """Whether somebody ended it."""

    @property
    def instance(self) -> str:
        """The name of this run."""
        return f"{self.spec.name}-{self.run_id}"

    def state(self, now: datetime) -> str:
        """How it stands, in the words of the page's table."""
        if now < self.ended_at:
            return QUEUED if now < self.begins_at else RUNNING
        if self.is_cancelled:
            return CANCELLED
        return FAILED if self.outcome.state == ENDED_BADLY else SUCCEEDED


class CodeTask:
    """A code task with its jobs.

    Args:
        spec: What it is.
    """

    def __init__(self, spec: CodeTaskSpec) -> None:
        self.spec = spec
        self.jobs: dict[str, CodeJob] = {}
        """Its jobs, by id."""

    def start(self, job_id: str, now: datetime, user: str) -> CodeJob:
        """Begin a job."""
        spec = self.spec
        begins = now + timedelta(seconds=spec.queue_s)
        job = CodeJob(
            id=job_id,
            spec=spec,
            run_id=spec.runs_before + len(self.jobs) + 1,
            submitted_at=now,
            begins_at=begins,
            ended_at=begins + timedelta(seconds=spec.duration_s),
            outcome=spec.outcome,
            started_by=user,
        )
        self.jobs[job_id] = job
        return job

    def cancel(self, job: CodeJob, now: datetime, user: str) -> None:
        """End a job."""
        outcome = failed(f"The job was cancelled by {user}.")
        self.jobs[job.id] = replace(job, ended_at=now, outcome=outcome, is_cancelled=True)
