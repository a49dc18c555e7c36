"""Commands on this machine: they outlive the dashboard, and their outcome is kept though nobody watches."""

from __future__ import annotations

import asyncio
import platform
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, ClassVar, ParamSpec, TypeVar

from tui.adapters.local import commands, logfile, start
from tui.adapters.local.library import Library
from tui.adapters.local.observation import Surroundings
from tui.adapters.local.records import JobFolder
from tui.adapters.local.settings import LocalSettings
from tui.adapters.local.stop import stop
from tui.core.adapter import Adapter, AdapterContext
from tui.core.capabilities import CanRerun, CanStop, CanTrigger, HasLogFiles, HasRaw, StartsOnOpen
from tui.core.errors import ActionRefused, ConfigError, NotFound, SystemUnavailable
from tui.core.job_values import ensure_kept, values_of
from tui.core.keys import JobKey
from tui.core.models import Accepted, ActionKind, Check, Job, Parameter
from tui.core.rehearsal import refuse_dry_run
from tui.core.settings import ConnectionSettings, SecretRef
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from pathlib import Path

    from tui.adapters.local.observation import Observation
    from tui.core.command_job import CommandJob
    from tui.core.keys import RunKey
    from tui.core.models import Action, LogChunk, Run

_P = ParamSpec("_P")
_T = TypeVar("_T")

_PAGE = 500
_NO_SCHEDULE = "local commands have no schedule: there is nothing to hold"


class LocalAdapter(Adapter, HasLogFiles, CanTrigger, CanStop, CanRerun, HasRaw, StartsOnOpen):
    """Runs the commands that the config lists, as the user, on this machine."""

    type_name: ClassVar[str] = "local"
    title: ClassVar[str] = "Local commands"
    Settings: ClassVar[type[ConnectionSettings]] = LocalSettings
    rehearses: ClassVar[bool] = True
    default_refresh_s: ClassVar[float] = 1.0
    reasons: ClassVar[Mapping[ActionKind, str]] = {
        ActionKind.HOLD: _NO_SCHEDULE,
        ActionKind.RELEASE: _NO_SCHEDULE,
    }

    def __init__(self, connection: str, settings: ConnectionSettings, context: AdapterContext) -> None:
        super().__init__(connection, settings, context)
        if not isinstance(settings, LocalSettings):
            raise TypeError(f"settings of {connection} are no LocalSettings")
        jobs = {job.id: job for job in settings.job if _is_watched(job, settings)}
        self._library = Library(connection, jobs, context.state_dir.absolute())
        self._settled: dict[str, tuple[str, Job]] = {}
        self._known: set[str] = set()

    async def open(self) -> None:
        """Fetch the secrets that are at hand, so that they are masked wherever a job says them."""
        await self._in_thread(self._fetch_secrets, tuple(self._library.jobs), ("env", "file"))

    async def check(self) -> Check:
        """Whether runs can be recorded, and as whom they run."""
        await self._in_thread(JobFolder(self.context.state_dir).ensure_usable)
        identity = f"{start.user_name()}@{platform.node()}"
        return Check(identity, version=f"{platform.system()} {platform.release()}")

    async def list_jobs(self) -> AsyncIterator[Sequence[Job]]:
        """Every job of the config that is not left out, in its order."""
        jobs = tuple(self._library.jobs.values())
        here = Surroundings()
        for first in range(0, len(jobs), _PAGE):
            yield await self._in_thread(self._page, jobs[first : first + _PAGE], here)

    async def list_runs(self, job: JobKey, limit: int = 50) -> Sequence[Run]:
        """The newest runs that are kept."""
        seen = await self._in_thread(self._library.newest_runs, job.id, limit)
        return tuple(observation.run for observation in seen)

    def autostart_jobs(self) -> Sequence[JobKey]:
        """The jobs that the dashboard starts when it opens and they have never run."""
        return tuple(JobKey(self.connection, job.id) for job in self._library.jobs.values() if job.on_open)

    async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
        """Start the command."""
        refuse_dry_run(is_dry_run=self.context.is_dry_run)
        table = self._library.job(job.id)
        lent = start.Lent(self.context.resolve, self.context.redactor)
        run_id = await self._in_thread(
            start.start, self._library, table, params, lent, self.context.clock.now()
        )
        return Accepted(run_id, f"{table.name} was started")

    async def list_parameters(self, job: JobKey) -> Sequence[Parameter]:
        """The parameters in the job's table."""
        return tuple(
            Parameter(
                p.name,
                default=p.default,
                description=p.description,
                is_required=p.required,
                choices=p.choices,
            )
            for p in self._library.job(job.id).param
        )

    async def rerun(self, run: RunKey, *, is_failed_only: bool = False) -> Accepted:
        """Start the command with the parameters of an earlier run."""
        if is_failed_only:
            raise ActionRefused(
                "a local command has no steps: it can only be run as a whole", hint="rerun all of it"
            )
        earlier = await self._in_thread(self._library.observe, run.job_id, run.run_id)
        ensure_kept(earlier.run.params)
        return await self.trigger(run.job, earlier.run.params)

    async def stop(self, run: RunKey, *, is_forced: bool = False) -> Accepted:
        """End every process of the run: ask, wait the grace time, kill; or kill at once."""
        refuse_dry_run(is_dry_run=self.context.is_dry_run)
        said = await self._in_thread(stop, self._library, run.job_id, run.run_id, is_forced=is_forced)
        return Accepted(run.run_id, said)

    def reason_against(self, kind: ActionKind, job: Job) -> str:
        """Why not: a job runs once at a time, and only what runs can be stopped."""
        if not self.can(kind):
            return super().reason_against(kind, job)
        seen = self._library.remembered(job.id, job.run_id)
        if kind is ActionKind.STOP:
            has_more = seen is not None and bool(seen.leftovers or seen.is_blocking)
            return "" if job.state.is_active or has_more else "it is not running"
        if job.state.is_active:
            return "it is already running: stop it first"
        return "it may still run on the machine that started it" if seen and seen.is_blocking else ""

    def preview(self, action: Action) -> str:
        """The command line and its folder, or the processes that will be ended."""
        table = self._library.job(action.job.id)
        run_id = action.run.run_id if action.run else self._library.folder(table.id).newest()
        if action.kind is ActionKind.STOP:
            return self._stop_preview(table, run_id, is_forced=action.is_forced)
        params = action.params
        if action.kind is ActionKind.RERUN and run_id:
            params = self._library.observe(table.id, run_id).run.params
        return commands.shown(table, values_of(table, params))

    async def read_log(self, run: RunKey, cursor: str = "") -> LogChunk:
        """What follows the cursor, a number of bytes."""
        return await self._in_thread(logfile.read_log, self._library, run, cursor)

    async def know_secrets(self, run: RunKey) -> None:
        """Fetch the secrets in the job's variables, once; what can't be had now can't be masked."""
        if run.job_id not in self._known:
            self._known.add(run.job_id)
            await self._in_thread(self._fetch_secrets, (run.job_id,), ("command", "keyring"))

    def log_path(self, run: RunKey) -> Path | None:
        """The file that the run's output goes to."""
        try:
            files = self._library.folder(run.job_id).run(run.run_id)
        except NotFound:
            return None
        return files.log if files is not None and files.log.is_file() else None

    async def read_raw(self, job: JobKey, run: RunKey | None = None) -> Mapping[str, object]:
        """The job's table, and what is recorded of its run."""
        return await self._in_thread(self._raw, job.id, run.run_id if run else "")

    def _fetch_secrets(self, jobs: Sequence[str], kinds: Sequence[str]) -> None:
        tables = [self._library.jobs[job] for job in jobs if job in self._library.jobs]
        for reference in {value for table in tables for value in table.env.values()}:
            if isinstance(reference, SecretRef) and any(getattr(reference, kind) for kind in kinds):
                with suppress(ConfigError):
                    self.context.resolve(reference)

    async def _in_thread(self, work: Callable[_P, _T], *arguments: _P.args, **options: _P.kwargs) -> _T:
        try:
            return await asyncio.to_thread(work, *arguments, **options)
        except OSError as error:
            raise SystemUnavailable(
                f"no runs can be recorded in {self.context.state_dir}: {error.strerror}",
                hint="make that folder usable, or set NIGHTDECK_STATE_DIR to another",
            ) from error

    def _page(self, jobs: Sequence[CommandJob], here: Surroundings) -> Sequence[Job]:
        now = self.context.clock.now()
        page = []
        for table in jobs:
            folder = self._library.folder(table.id)
            run_id, known = self._settled.get(table.id, ("", None))
            if known is not None and run_id == folder.newest():
                page.append(replace(known, observed_at=now))
                continue
            seen = self._library.newest(table.id, here)
            job = self._to_job(table, seen, here)
            page.append(job)
            if seen is not None and seen.is_settled:
                self._settled[table.id] = (seen.run.key.run_id, job)
        return page

    def _to_job(self, table: CommandJob, seen: Observation | None, here: Surroundings) -> Job:
        job = Job(
            connection=self.connection,
            type=self.type_name,
            id=table.id,
            name=table.name,
            state=State.NEVER_RUN,
            observed_at=self.context.clock.now(),
            kind="command",
            path=table.path,
            tags=table.tags,
        )
        if seen is None:
            return job
        finished = seen if seen.is_over else self._library.before(seen, here)
        result = finished.run.state if finished and finished.run.state.is_final else None
        run = seen.run
        return replace(
            job,
            state=run.state,
            substate=run.substate,
            native_state=run.native_state,
            last_result=result,
            run_id=run.key.run_id,
            started_at=run.started_at,
            ended_at=run.ended_at,
            duration_s=run.duration_s,
            progress=seen.progress,
            exit_code=finished.run.exit_code if finished else None,
            message=run.message,
        )

    def _stop_preview(self, table: CommandJob, run_id: str, *, is_forced: bool) -> str:
        main = self._library.observe(table.id, run_id).status.main if run_id else None
        what = f"process {main.pid} and all it started" if main else "the run and all it started"
        if is_forced:
            return f"KILL {what}"
        return f"TERM {what}; KILL what is left after {table.grace:g}s"

    def _raw(self, job_id: str, run_id: str) -> Mapping[str, object]:
        table = self._library.job(job_id)
        shown = table.model_dump(mode="json", exclude={"env"})
        shown["env"] = {k: "(secret)" if isinstance(v, SecretRef) else v for k, v in table.env.items()}
        seen = self._library.observe(job_id, run_id) if run_id else self._library.newest(job_id)
        return {"job": shown, "run": logfile.raw_run(self._library, seen) if seen else None}


def _is_watched(job: CommandJob, settings: LocalSettings) -> bool:
    def matches(patterns: Sequence[str]) -> bool:
        return any(fnmatchcase(text, pattern) for pattern in patterns for text in (job.id, job.name))

    return (not settings.jobs or matches(settings.jobs)) and not matches(settings.exclude)
