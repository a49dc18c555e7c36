"""Slurm: every submission of one name is a run of one job."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from tui.adapters.slurm import logs, offers
from tui.adapters.slurm.catalog import Naming
from tui.adapters.slurm.look import Look
from tui.adapters.slurm.raw import page_of, shown_record, shown_table
from tui.adapters.slurm.settings import SlurmSettings
from tui.adapters.slurm.submitting import Submitter
from tui.adapters.slurm.telling import ToldJobs, tasks_of, to_run
from tui.core.adapter import Adapter, AdapterContext
from tui.core.capabilities import (
    CanHold,
    CanRerun,
    CanStop,
    CanTrigger,
    HasLogFiles,
    HasRaw,
    HasTasks,
    HasWebUrl,
    StartsOnOpen,
)
from tui.core.errors import ActionRefused, ConfigError, NightdeckError, NotFound
from tui.core.keys import JobKey, RunKey
from tui.core.models import Accepted, ActionKind, Check, Parameter
from tui.core.settings import ConnectionSettings, SecretRef
from tui.core.state import State
from tui.transport.turns import slices

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from tui.adapters.slurm.catalog import Entry
    from tui.adapters.slurm.door import Door
    from tui.core.models import Action, Job, LogChunk, Run, Task

_NO_FORCE = "Slurm knows one way to end a job: it asks, waits its KillWait, and kills what is left"


class SlurmAdapter(
    Adapter, HasLogFiles, HasTasks, CanTrigger, CanStop, CanRerun, CanHold, HasWebUrl, HasRaw, StartsOnOpen
):
    """Speaks to one Slurm, by its commands on this host or by slurmrestd."""

    type_name: ClassVar[str] = "slurm"
    title: ClassVar[str] = "Slurm"
    Settings: ClassVar[type[ConnectionSettings]] = SlurmSettings
    rehearses: ClassVar[bool] = True
    default_refresh_s: ClassVar[float] = 15.0

    def __init__(self, connection: str, settings: ConnectionSettings, context: AdapterContext) -> None:
        super().__init__(connection, settings, context)
        if not isinstance(settings, SlurmSettings):
            raise TypeError(f"settings of {connection} are no SlurmSettings")
        self._table = settings
        self._tables = {table.id: table for table in settings.job}
        self._door = _make_door(settings, context)
        self._naming = Naming(self._door.user, settings)
        self._look = Look(connection, self._door, self._naming, settings, context)
        self._submitter = Submitter(self._door, settings, context, self._look.kept)
        self._told = ToldJobs(connection)
        self._known: set[str] = set()

    async def open(self) -> None:
        """Fetch the secrets that are at hand, and prepare the way to Slurm."""
        await asyncio.to_thread(self._fetch_secrets, tuple(self._tables), ("env", "file", "literal"))
        await self._door.open()

    async def aclose(self) -> None:
        """Close the way to Slurm."""
        await self._door.aclose()

    def doubt(self) -> None:
        """Read the history anew."""
        self._look.doubt()

    async def check(self) -> Check:
        """Who we are, which release answers, and whether there is accounting."""
        cluster = await self._door.ask()
        return Check(cluster.identity, cluster.version, (*await self._look.notes(), *cluster.notes))

    async def list_jobs(self) -> AsyncIterator[Sequence[Job]]:
        """Every job of the config, and every name that has runs."""
        entries = tuple((await self._look.sweep()).values())
        now = self.context.clock.now()
        async for portion in slices(entries):
            progress = await asyncio.to_thread(self._progress, portion)
            jobs = [self._told.job(entry, now) for entry in portion]
            yield [
                self._linked(replace(job, progress=progress[job.id]) if job.id in progress else job)
                for job in jobs
            ]

    async def list_runs(self, job: JobKey, limit: int = 50) -> Sequence[Run]:
        """The newest runs, the newest attempt of each first."""
        entry = await self._look.entry(job, with_history=True)
        return [to_run(job, run, await self._look.kept.params(run) or {}) for run in entry.runs[:limit]]

    async def list_tasks(self, run: RunKey) -> Sequence[Task]:
        """The elements of an array, the components of a heterogeneous job, or the steps of a job."""
        found = await self._look.run(run)
        steps = await self._look.steps(found) if found.first.kind == "job" else ()
        return tasks_of(run, found, steps)

    def autostart_jobs(self) -> Sequence[JobKey]:
        """The jobs that the dashboard submits when it opens and they have never run."""
        return tuple(
            JobKey(self.connection, table.id)
            for table in self._table.job
            if table.on_open and table.id in self._naming.entries(())
        )

    async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
        """Submit it: by its table, or the script of its newest run once more."""
        table = self._tables.get(job.id)
        if table is not None and job.id in self._naming.entries(()):
            return await self._submitter.submit_table(table, params)
        entry = await self._look.entry(job)
        if params:
            raise ActionRefused(
                f"{entry.name} takes no parameters", hint="add it to the config with its `param`"
            )
        self._ensure_ours(entry)
        if entry.newest is None:
            raise NotFound(f"{job} has no run whose script could be submitted", hint="add it to the config")
        return await self._submitter.submit_again(entry.newest)

    async def list_parameters(self, job: JobKey) -> Sequence[Parameter]:
        """The parameters in the job's table."""
        table = self._tables.get(job.id)
        return tuple(
            Parameter(
                p.name,
                default=p.default,
                description=p.description,
                is_required=p.required,
                choices=p.choices,
            )
            for p in (table.param if table else ())
        )

    async def rerun(self, run: RunKey, *, is_failed_only: bool = False) -> Accepted:
        """Submit it once more with the same parameters; what has no table begins anew under its own id."""
        if is_failed_only:
            raise ActionRefused("Slurm repeats a run only as a whole", hint="rerun all of it")
        found = await self._look.run(run)
        table = self._tables.get(run.job_id)
        if table is not None:
            return await self._submitter.repeat_table(table, found)
        if why := self._door.missing.get(ActionKind.RERUN, ""):
            raise ActionRefused(why)
        await self._door.requeue(found.id)
        return Accepted(found.id, f"run {found.id} was requeued")

    async def stop(self, run: RunKey, *, is_forced: bool = False) -> Accepted:
        """Cancel it, with all its elements."""
        if is_forced:
            raise ActionRefused(_NO_FORCE, hint="stop it without force")
        found = await self._look.run(run, is_fresh=True)
        if found.state.is_final:
            raise ActionRefused(f"it has ended already: {found.state}")
        await self._door.stop(found.id)
        return Accepted(found.id, f"run {found.id} was cancelled")

    async def hold(self, job: JobKey) -> Accepted:
        """Hold every run of it that waits."""
        entry = await self._look.entry(job)
        waiting = [run for run in entry.runs if run.waiting]
        if not waiting:
            raise ActionRefused(offers.NOTHING_WAITS)
        ids = [run.waiting_id for run in waiting]
        await self._door.hold(ids)
        return Accepted(waiting[0].id, f"held: {', '.join(ids)}")

    async def release(self, job: JobKey) -> Accepted:
        """Release every run of it that is held."""
        entry = await self._look.entry(job)
        held = [run for run in entry.runs if run.held]
        if not held:
            raise ActionRefused("nothing of it is held")
        ids = [run.held_id for run in held]
        await self._door.release(ids)
        return Accepted(held[0].id, f"released: {', '.join(ids)}")

    def reason_against(self, kind: ActionKind, job: Job) -> str:
        """Why not: what Slurm, this way to it, or the state of the job rules out."""
        if not self.can(kind):
            return super().reason_against(kind, job)
        return offers.reason_against(kind, job, self._look.known(job.id), self._door)

    def preview(self, action: Action) -> str:
        """The command line, or the request."""
        entry = self._look.known(action.job.id)
        newest = entry.newest.id if entry is not None and entry.newest is not None else ""
        run_id = action.run.run_id if action.run is not None else newest
        table = self._tables.get(action.job.id)
        if action.kind in (ActionKind.HOLD, ActionKind.RELEASE):
            is_hold = action.kind is ActionKind.HOLD
            runs = [run for run in entry.runs if (run.waiting if is_hold else run.held)] if entry else []
            ids = [run.waiting_id if is_hold else run.held_id for run in runs]
            return self._door.shown_change(action.kind, ids or [run_id or "ID"])
        if table is None and (why := self._door.missing.get(action.kind, "")):
            return why
        if action.kind is ActionKind.STOP or (action.kind is ActionKind.RERUN and table is None):
            return self._door.shown_change(action.kind, [run_id or "ID"])
        if table is None:
            return f"sbatch, once more with the script of run {run_id}"
        params = action.params if action.kind is ActionKind.TRIGGER else {}
        return self._submitter.shown(table, params)

    async def read_log(self, run: RunKey, cursor: str = "") -> LogChunk:
        """What follows the cursor, a number of bytes, in the file of its output."""
        found = await self._look.run(run)
        if not found.state.is_final:
            # Before reading: nothing that it still writes is missed.
            with suppress(NotFound):
                found = await self._look.run(run, is_fresh=True)
        record = logs.telling(found)
        path = await self._look.output_of(found, record)
        is_over = found.state.is_final or found.state is State.UNKNOWN
        return await asyncio.to_thread(logs.read, run, record, path, cursor, is_over=is_over)

    def log_path(self, run: RunKey) -> Path | None:
        """The file of its output, when it can be read on this host."""
        entry = self._look.known(run.job_id)
        found = next((each for each in entry.runs if each.id == run.run_id), None) if entry else None
        if found is None:
            return None
        path = self._look.known_output(found, logs.telling(found))
        return path if logs.is_readable(path) else None

    async def know_secrets(self, run: RunKey) -> None:
        """Fetch the secrets in the job's variables, once, and look the run up: its log is asked for next."""
        if run.job_id not in self._known:
            self._known.add(run.job_id)
            await asyncio.to_thread(self._fetch_secrets, (run.job_id,), ("command", "keyring"))
        if self._look.known(run.job_id) is None:
            with suppress(NightdeckError):
                await self._look.run(run)

    def web_url(self, job: JobKey, run: RunKey | None = None) -> str | None:
        """The page that `web_url` of the config names, with its placeholders filled in."""
        return page_of(self._table.web_url, job, run, self._door.user) if self._table.web_url else None

    async def read_raw(self, job: JobKey, run: RunKey | None = None) -> Mapping[str, object]:
        """The job's table, and what Slurm says of the run."""
        entry = await self._look.entry(job)
        found = await self._look.run(run) if run is not None else entry.newest
        told = list(await self._door.raw(found.id)) if found is not None else []
        if found is not None and not told:
            told = [shown_record(record) for record in found.records]
        return {"job": shown_table(entry), "run": told}

    def _ensure_ours(self, entry: Entry) -> None:
        if entry.user != self._door.user:
            raise ActionRefused(f"{entry.name} is a job of {entry.user}", hint="only its user can submit it")

    def _progress(self, entries: Sequence[Entry]) -> Mapping[str, float]:
        """How far running jobs of the config are, by the end of their output."""
        found: dict[str, float] = {}
        for entry in entries:
            newest, table = entry.newest, entry.table
            if table is None or newest is None or not table.progress or newest.first.kind != "job":
                continue
            if newest.state is State.RUNNING:
                path = self._look.known_output(newest, newest.first)
                share = logs.progress_of(path, table.progress)
                found |= {entry.id: share} if share is not None else {}
        return found

    def _linked(self, job: Job) -> Job:
        url = self.web_url(job.key, job.run_key)
        return replace(job, url=url) if url else job

    def _fetch_secrets(self, jobs: Sequence[str], kinds: Sequence[str]) -> None:
        tables = [self._tables[job] for job in jobs if job in self._tables]
        for reference in {value for table in tables for value in table.env.values()}:
            if isinstance(reference, SecretRef) and any(getattr(reference, kind) for kind in kinds):
                with suppress(ConfigError):
                    self.context.resolve(reference)


def _make_door(settings: SlurmSettings, context: AdapterContext) -> Door:
    """The way that the config asks for; the HTTP library is loaded for slurmrestd alone."""
    if settings.url is not None:
        from tui.adapters.slurm.rest import RestDoor

        return RestDoor(settings, context)
    from tui.adapters.slurm.commands import CommandDoor

    return CommandDoor(settings, context)
