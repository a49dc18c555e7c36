"""The demo's adapter: a made-up system that answers at once and remembers what was done to it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from tui.core.adapter import Adapter
from tui.core.capabilities import CanHold, CanRerun, CanStop, CanTrigger, HasLogs, HasRaw
from tui.core.errors import ActionRefused, NotFound, Unreachable
from tui.core.keys import JobKey, RunKey
from tui.core.models import Accepted, Check, Job, LogChunk, Parameter, Run
from tui.core.settings import ConnectionSettings
from tui.core.state import State
from tui.simulators.demo_log import log_of
from tui.simulators.fleet import (
    HANDFUL,
    SYSTEMS,
    Execution,
    Script,
    System,
    execution,
    make_scripts,
    period_number,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from tui.core.adapter import AdapterContext
    from tui.core.models import Action

_PAGE = 500
_OUTAGE_EVERY_S, _OUTAGE_S, _OUTAGE_AFTER_S = 300.0, 45.0, 60.0
_REMEMBERED = 20


class DemoAdapter(Adapter, HasLogs, CanTrigger, CanStop, CanRerun, CanHold, HasRaw):
    """One system of the demo."""

    type_name: ClassVar[str] = "demo"
    title: ClassVar[str] = "a made-up system"
    Settings: ClassVar[type[ConnectionSettings]] = ConnectionSettings
    default_refresh_s: ClassVar[float] = 2.0

    def __init__(self, system: System, count: int, context: AdapterContext) -> None:
        """Make the system up.

        Args:
            system: Which one.
            count: How many jobs it has.
            context: What nightdeck lends; only its clock counts.
        """
        settings = ConnectionSettings(type=self.type_name)
        super().__init__(system.name, settings, context)
        self._system = system
        self._night = context.clock.now()
        self._scripts = {script.id: script for script in make_scripts(system, count)}
        self._own: dict[str, list[Execution]] = defaultdict(list)
        self._cut: dict[str, Execution] = {}
        self._held: set[str] = set()
        self._kept: dict[str, tuple[datetime, Job]] = {}

    async def check(self) -> Check:
        """Always well, but for outages."""
        self._fail_in_outage()
        return Check("demo", notes=("made up: nothing here is real",))

    async def list_jobs(self) -> AsyncIterator[Sequence[Job]]:
        """Every job, page by page."""
        self._fail_in_outage()
        now = self.context.clock.now()
        page: list[Job] = []
        for script in self._scripts.values():
            page.append(self._job(script, now))
            if len(page) == _PAGE:
                yield page
                page = []
                await asyncio.sleep(0)
        yield page

    async def list_runs(self, job: JobKey, limit: int = 50) -> Sequence[Run]:
        """The newest runs, newest first."""
        self._fail_in_outage()
        now = self.context.clock.now()
        executions = self._executions(self._script(job), now, min(limit, _REMEMBERED))
        return [self._run(job, one, now) for one in executions[:limit]]

    async def read_log(self, run: RunKey, cursor: str = "") -> LogChunk:
        """A log that grows while the run runs."""
        self._fail_in_outage()
        now, script = self.context.clock.now(), self._script(run.job)
        for one in self._executions(script, now, _REMEMBERED):
            if one.run_id == run.run_id:
                text = log_of(script, one, now).encode()
                start = int(cursor or 0)
                return LogChunk(text[start:], str(len(text)), is_complete=now >= one.ended_at)
        raise NotFound(f"there is no run {run.run_id}")

    async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
        """Start a run."""
        del params
        script, now = self._script(job), self.context.clock.now()
        newest = self._executions(script, now, 1)[0]
        if newest.ended_at > now:
            raise ActionRefused(f"{script.name} is running already", hint="stop it first")
        own = replace(
            execution(script, int(now.timestamp()), self._night), started_at=now, triggered_by="you"
        )
        own = replace(own, outcome=State.SUCCEEDED, message="done", duration_s=min(own.duration_s, 45.0))
        self._own[script.id].insert(0, own)
        self._kept.pop(script.id, None)
        return Accepted(own.run_id)

    async def list_parameters(self, job: JobKey) -> Sequence[Parameter]:
        """A date, for some jobs."""
        if not self._script(job).is_parametrised:
            return ()
        return (Parameter("load_date", "date", f"{self.context.clock.now():%Y-%m-%d}", "which day to load"),)

    async def rerun(self, run: RunKey, *, is_failed_only: bool = False) -> Accepted:
        """Run it again."""
        del is_failed_only
        return await self.trigger(run.job, {})

    async def stop(self, run: RunKey, *, is_forced: bool = False) -> Accepted:
        """End a run."""
        del is_forced
        script, now = self._script(run.job), self.context.clock.now()
        for one in self._executions(script, now, _REMEMBERED):
            if one.run_id == run.run_id and one.ended_at > now:
                self._cut[one.run_id] = one.cut(now)
                self._kept.pop(script.id, None)
                return Accepted(one.run_id)
        raise ActionRefused(f"run {run.run_id} has ended already")

    async def hold(self, job: JobKey) -> Accepted:
        """Mark the job as held; its made-up schedule goes on."""
        self._held.add(self._script(job).id)
        self._kept.pop(job.id, None)
        return Accepted()

    async def release(self, job: JobKey) -> Accepted:
        """Take the mark away."""
        self._held.discard(self._script(job).id)
        self._kept.pop(job.id, None)
        return Accepted()

    async def read_raw(self, job: JobKey, run: RunKey | None = None) -> Mapping[str, object]:
        """What the made-up system keeps."""
        del run
        script, now = self._script(job), self.context.clock.now()
        newest = self._executions(script, now, 1)[0]
        return {
            "id": int(script.id),
            "label": script.name,
            "applicationName": self._system.folder,
            "lastRun": {"execRequestId": newest.run_id, "startedAt": newest.started_at.isoformat()},
            "schedule": {"everySeconds": script.period_s, "active": script.id not in self._held},
            "password": "never shown",
        }

    def preview(self, action: Action) -> str:
        """A request that goes nowhere."""
        return f"POST demo://{self.connection}/jobs/{action.job.id}/{action.kind} (made up)"

    def _script(self, job: JobKey) -> Script:
        try:
            return self._scripts[job.id]
        except KeyError:
            raise NotFound(f"{self.connection} has no job {job.id}") from None

    def _executions(self, script: Script, now: datetime, count: int) -> list[Execution]:
        number = period_number(script, now)
        found = [execution(script, number - back, self._night) for back in range(count)]
        found = [one for one in found if one.started_at <= now] + self._own.get(script.id, [])
        found.sort(key=lambda one: one.started_at, reverse=True)
        return [self._cut.get(one.run_id, one) for one in found]

    def _job(self, script: Script, now: datetime) -> Job:
        kept = self._kept.get(script.id)
        if kept is not None and now < kept[0]:
            return kept[1]
        newest, before = self._executions(script, now, 2)[:2]
        is_running = newest.ended_at > now
        last = before if is_running else newest
        next_start = execution(script, period_number(script, now) + 1, self._night).started_at
        is_held = script.id in self._held
        resting = State.PAUSED if is_held else State.SCHEDULED
        state = (
            State.RUNNING if is_running else last.outcome if last.outcome is not State.SUCCEEDED else resting
        )
        done = (now - newest.started_at).total_seconds() / max(newest.duration_s, 1.0)
        job = Job(
            connection=self.connection,
            type=self.type_name,
            id=script.id,
            name=script.name,
            state=state,
            observed_at=now,
            kind=self._system.kind,
            path=self._system.folder,
            native_state="RUNNING" if is_running else last.outcome.upper(),
            last_result=last.outcome,
            run_id=newest.run_id,
            started_at=newest.started_at,
            ended_at=None if is_running else newest.ended_at,
            duration_s=None if is_running else newest.duration_s,
            next_run_at=next_start,
            progress=round(done, 2) if is_running else None,
            exit_code=None if is_running else int(last.outcome is State.FAILED),
            message="" if is_running else newest.message,
            is_held=is_held,
        )
        until = now + timedelta(seconds=2) if is_running else next_start
        self._kept[script.id] = (until, job)
        return job

    def _run(self, job: JobKey, one: Execution, now: datetime) -> Run:
        is_running = one.ended_at > now
        return Run(
            key=RunKey(job.connection, job.id, one.run_id),
            state=State.RUNNING if is_running else one.outcome,
            native_state="RUNNING" if is_running else one.outcome.upper(),
            started_at=one.started_at,
            ended_at=None if is_running else one.ended_at,
            duration_s=None if is_running else one.duration_s,
            exit_code=None if is_running else int(one.outcome is State.FAILED),
            message="" if is_running else one.message,
            triggered_by=one.triggered_by,
        )

    def _fail_in_outage(self) -> None:
        if not self._system.is_shaky:
            return
        lived = (self.context.clock.now() - self._night).total_seconds() - _OUTAGE_AFTER_S
        if lived >= 0 and lived % _OUTAGE_EVERY_S < _OUTAGE_S:
            raise Unreachable(f"{self.connection} does not answer", hint="the demo brings it back by itself")


def demo_sizes(jobs: int) -> Mapping[System, int]:
    """How many jobs each made-up system has.

    Args:
        jobs: How many there are together; 0 is a handful.
    """
    wanted = jobs or HANDFUL
    sizes = {system: int(wanted * system.share) for system in SYSTEMS}
    sizes[SYSTEMS[0]] += wanted - sum(sizes.values())
    return sizes


def make_demo(context: AdapterContext, jobs: int = 0) -> Mapping[System, DemoAdapter]:
    """An adapter for each made-up system.

    Args:
        context: What nightdeck lends; the systems share it.
        jobs: How many jobs there are together; 0 is a handful.
    """
    return {system: DemoAdapter(system, count, context) for system, count in demo_sizes(jobs).items()}
