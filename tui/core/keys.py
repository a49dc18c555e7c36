"""The identities that cross every boundary: never pass a bare string where one of these is meant."""

from __future__ import annotations

from typing import NamedTuple


class JobKey(NamedTuple):
    """One job of one connection. A tuple, because 100,000 of them are dict keys and tuples hash fastest."""

    connection: str
    """Name of the connection in the config file."""
    id: str
    """The system's own id of the job, always as text."""

    def __str__(self) -> str:
        return f"{self.connection}/{self.id}"


class RunKey(NamedTuple):
    """One run of one job."""

    connection: str
    """Name of the connection in the config file."""
    job_id: str
    """The system's own id of the job."""
    run_id: str
    """The system's own id of the run."""
    attempt: int = 1
    """Which repetition of the run, counted from 1."""

    @property
    def job(self) -> JobKey:
        """The job that this run belongs to."""
        return JobKey(self.connection, self.job_id)

    def __str__(self) -> str:
        return f"{self.connection}/{self.job_id}#{self.run_id}"
