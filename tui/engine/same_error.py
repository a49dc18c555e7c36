"""Who else has the error of a job: one fault of a database is many failed jobs in several systems."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.engine.causes import TROUBLE, cause_of, is_troubled
from tui.logs.errors import says_nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from tui.core.keys import JobKey
    from tui.core.models import Job


class SameError(NamedTuple):
    """The jobs in trouble that tell the same error."""

    jobs: int
    """How many there are, this one among them."""
    connections: int
    """In how many systems."""
    since: datetime | None
    """When the first of their runs began; None where no system tells."""


class SameErrorSearch:
    """Looks through all jobs, a few at a time: all 100,000 of them take longer than a key may wait."""

    def __init__(self, job: Job, first_error: Callable[[JobKey], str]) -> None:
        """Prepare to look.

        Args:
            job: The job that is looked at.
            first_error: What the log of a job's newest run tells, where its system's message says nothing.
        """
        self._first_error = first_error
        self._cause = _cause(job, first_error)
        self._same: list[Job] = []

    @property
    def is_needed(self) -> bool:
        """Whether the job tells an error at all."""
        return bool(self._cause)

    def look_at(self, jobs: Iterable[Job]) -> None:
        """Look at some of the jobs; the one that it is about has to be among them sometime."""
        # Most jobs are well: leave them out before anything else is asked.
        troubled = [other for other in jobs if other.state in TROUBLE or other.last_result in TROUBLE]
        self._same += (other for other in troubled if _cause(other, self._first_error) == self._cause)

    @property
    def found(self) -> SameError | None:
        """The jobs that tell the same error; None when the one is alone with it, or tells none."""
        same = self._same
        if not self._cause or len(same) <= 1:
            return None
        starts = [moment for other in same if (moment := other.started_at or other.ended_at) is not None]
        return SameError(len(same), len({other.connection for other in same}), min(starts, default=None))


def _cause(job: Job, first_error: Callable[[JobKey], str]) -> str:
    if not is_troubled(job):
        return ""
    told = first_error(job.key) or job.message
    return "" if says_nothing(told) else cause_of(told)
