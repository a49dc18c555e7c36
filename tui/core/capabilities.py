"""What an adapter can do beyond listing. An adapter inherits a mixin for each; nothing is declared twice."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Accepted, Job, LogChunk, Parameter, Run, Task


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


class TakesRunIds(CanTrigger):
    """A trigger carries the id of the run that it makes, and the system makes no second run of that id.

    This is the strongest that a system can offer against a run that happens twice, and an adapter of such a
    system (Airflow's `dag_run_id`, a Kubernetes job's name) should inherit it in place of `CanTrigger`. Then

    - the id is made from that of the request by `run_id_for`, and is in the journal before anything is sent;
    - the receipt names the run from the beginning, also when the answer is lost or nightdeck is killed;
    - whoever looks for a lost start asks for exactly that run, `find_run`: clocks, and runs that others start
      at the same moment, don't matter;
    - a system that answers "there is such a run" (HTTP 409) has proved that the start did happen:
      `trigger_as` raises `RunExists`, which is told as a success;
    - a system that answers "there is no such run" has proved nothing for good: the request may still be under
      way, in a queue before the system. So the outcome stays unknown. But when the user then goes on, the
      start is repeated under the same id: at most one run comes of both, whenever they arrive.
    """

    def run_id_for(self, request_id: str) -> str:
        """The id of the run that a request makes: always the same one, and the request's own is in it.

        Override it where a system allows fewer characters; upper and lower case may be changed.

        Args:
            request_id: Letters, digits and hyphens, such as `20261121T140000-1f2e3d4c`.
        """
        return f"nightdeck__{request_id}"

    @abstractmethod
    async def trigger_as(self, job: JobKey, params: Mapping[str, str], run_id: str) -> Accepted:
        """Start a run of this id. Sent once; never repeated by itself.

        Raises:
            RunExists: The system has a run of this id already.
            ActionRefused: The system said no; nothing has changed.
            OutcomeUnknown: The answer was lost; it may have happened.
        """

    @abstractmethod
    async def find_run(self, run: RunKey) -> Run | None:
        """The run of this id, or None when the system says that there is none.

        Raises:
            SystemUnavailable: It could not be asked, or gave no clear answer.
        """

    async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
        """Start a run under a new id."""
        return await self.trigger_as(job, params, self.run_id_for(secrets.token_hex(8)))


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
