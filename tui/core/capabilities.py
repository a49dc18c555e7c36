"""What an adapter can do beyond listing. An adapter inherits a mixin for each; nothing is declared twice."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Accepted, Job, LogChunk, Parameter, Task


class HasLogs(ABC):
    """The system keeps a log of each run."""

    @abstractmethod
    async def read_log(self, run: RunKey, cursor: str = "") -> LogChunk:
        """Read what follows the cursor.

        Args:
            run: The run whose log is wanted.
            cursor: What the last chunk said; empty for the beginning.

        Raises:
            NotFound: The system has no log of this run (any more).
        """


class HasLogFiles(HasLogs):
    """The log is a file on this machine and can be read in place.

    Its cursors are numbers of bytes: `read_log(run, "1234")` is what follows the file's first 1234 bytes.
    """

    @abstractmethod
    def log_path(self, run: RunKey) -> Path | None:
        """The file, or None when the run has none."""

    async def know_secrets(self, run: RunKey) -> None:
        """Fetch the secrets that the run was given, so that they are masked in its log; never fails."""


class HasTasks(ABC):
    """A run consists of steps that the system tells about."""

    @abstractmethod
    async def list_tasks(self, run: RunKey) -> Sequence[Task]:
        """The steps of a run in the order in which they run."""


class ChecksJobs(ABC):
    """Each job's state costs a call; the poller spends a budget of them on the jobs that matter.

    Where the listing doesn't tell states, it says `unknown` with an empty native state; what an earlier call
    told of that job then stays.
    """

    @abstractmethod
    async def get_job(self, job: JobKey) -> Job:
        """One job, observed now."""


class CanTrigger(ABC):
    """A new run of a job can be started."""

    @abstractmethod
    async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
        """Start a run. Sent once; never repeated by itself.

        Raises:
            ActionRefused: The system said no; nothing has changed.
            OutcomeUnknown: The answer was lost; it may have happened.
        """

    async def list_parameters(self, job: JobKey) -> Sequence[Parameter]:
        """What the job accepts; empty when the system doesn't tell."""
        del job
        return ()


class CanStop(ABC):
    """A run can be ended before its time."""

    @abstractmethod
    async def stop(self, run: RunKey, *, is_forced: bool = False) -> Accepted:
        """End a run. Sent once; raises like `trigger`."""


class CanRerun(ABC):
    """A run can be repeated by the system itself."""

    @abstractmethod
    async def rerun(self, run: RunKey, *, is_failed_only: bool = False) -> Accepted:
        """Repeat a run with its own parameters. Sent once; raises like `trigger`."""


class CanHold(ABC):
    """A job's schedule or triggers can be put on hold."""

    @abstractmethod
    async def hold(self, job: JobKey) -> Accepted:
        """Keep the job from starting by itself. Sent once; raises like `trigger`."""

    @abstractmethod
    async def release(self, job: JobKey) -> Accepted:
        """Let the job start by itself again. Sent once; raises like `trigger`."""


class CanDelete(ABC):
    """A job can be removed from the system for good. Always confirmed by typing its name."""

    @abstractmethod
    async def delete(self, job: JobKey) -> Accepted:
        """Remove a job. Sent once; raises like `trigger`."""


class HasWebUrl(ABC):
    """The system has a web page for a job or a run."""

    @abstractmethod
    def web_url(self, job: JobKey, run: RunKey | None = None) -> str | None:
        """The page, or None when this job has none."""


class HasRaw(ABC):
    """The system's own record of a job can be shown as it is."""

    @abstractmethod
    async def read_raw(self, job: JobKey, run: RunKey | None = None) -> Mapping[str, object]:
        """The record as JSON-like values; secrets are masked by the caller."""


class StartsOnOpen(ABC):
    """Some jobs are to be started when the dashboard opens and they have never run yet."""

    @abstractmethod
    def autostart_jobs(self) -> Sequence[JobKey]:
        """The jobs that the config wants to be started; whether they have run is looked at elsewhere."""
