"""A system that does what a test's script says, and remembers what was asked of it."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from tests.support.clock import START
from tui.core.adapter import Adapter, AdapterContext
from tui.core.capabilities import (
    CanDelete,
    CanHold,
    CanRerun,
    CanStop,
    CanTrigger,
    ChecksJobs,
    HasLogs,
    HasRaw,
    HasTasks,
    HasWebUrl,
)
from tui.core.errors import NotFound
from tui.core.keys import JobKey, RunKey
from tui.core.models import Accepted, ActionKind, Check, Job, LogChunk, Parameter, Run, Task
from tui.core.redaction import Redactor
from tui.core.rehearsal import RehearsedRequest, is_rehearsing, record
from tui.core.settings import ConnectionSettings
from tui.core.state import State
from tui.engine.connection import ConnectionSpec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from tui.core.clock import Clock
    from tui.core.errors import NightdeckError
    from tui.core.settings import SecretRef

PAGE = 100
"""Jobs on one page of the scripted listing."""


def make_job(id: str = "1", connection: str = "alpha", **changes: Any) -> Job:  # noqa: A002
    """A job that succeeded; change any field by name."""
    job = Job(
        connection=connection,
        type="scripted",
        id=id,
        name=f"job {id}",
        state=State.SUCCEEDED,
        observed_at=START,
        last_result=State.SUCCEEDED,
    )
    return replace(job, **changes)


def make_run(run_id: str = "r1", job_id: str = "1", connection: str = "alpha", **changes: Any) -> Run:
    """A run that succeeded; change any field by name, the attempt too."""
    key = RunKey(connection, job_id, run_id, changes.pop("attempt", 1))
    return replace(Run(key=key, state=State.SUCCEEDED), **changes)


@dataclass(frozen=True)
class Call:
    """One call that the scripted system received."""

    name: str
    args: tuple[Any, ...] = ()


@dataclass
class Script:
    """What the scripted system knows, does and was asked. A test changes it at any time."""

    clock: Clock
    jobs: dict[str, Job] = field(default_factory=dict)
    page_size: int = PAGE
    open_errors: deque[Exception] = field(default_factory=deque)
    """Raised by the next openings of the adapter, in order."""
    errors: dict[int, Exception] = field(default_factory=dict)
    """Raised by the n-th sweep, counted from 1; before its first page unless `good_pages` says otherwise."""
    always: Exception | None = None
    """Raised by every sweep while it is set."""
    good_pages: int = 0
    """Pages that a failing sweep still gives."""
    hangs: set[int] = field(default_factory=set)
    """Sweeps that never answer."""
    sweep_s: float = 0.0
    """Seconds that each page takes."""
    call_s: float = 0.0
    """Seconds that every other read takes."""
    runs: dict[str, list[Run]] = field(default_factory=dict)
    """Runs by job id, newest first."""
    logs: dict[str, bytes] = field(default_factory=dict)
    """Logs by run id; a run's log is complete when its job is no longer active."""
    tasks: dict[str, list[Task]] = field(default_factory=dict)
    parameters: dict[str, list[Parameter]] = field(default_factory=dict)
    raw: dict[str, Mapping[str, object]] = field(default_factory=dict)
    job_errors: dict[str, Exception] = field(default_factory=dict)
    """Raised by `get_job` for these ids."""
    read_error: Exception | None = None
    """Raised by every read beside the listing while it is set."""
    reasons: dict[ActionKind, str] = field(default_factory=dict)
    """Why actions can't be done now."""
    answers: dict[ActionKind, deque[tuple[Accepted | Exception, dict[str, Any]]]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    calls: list[Call] = field(default_factory=list)
    sweeps: int = 0
    """Sweeps that were begun."""
    in_flight: int = 0
    most_in_flight: int = 0
    """The most sweeps that were ever under way at once."""
    opened: int = 0
    closed: int = 0
    _run_numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, *jobs: Job) -> None:
        """Let the system have these jobs."""
        self.jobs.update({job.id: job for job in jobs})

    def change(self, job_id: str, **changes: Any) -> Job:
        """Change a job on the system's side."""
        self.jobs[job_id] = replace(self.jobs[job_id], **changes)
        return self.jobs[job_id]

    def remove(self, job_id: str) -> None:
        """Retire a job on the system's side."""
        del self.jobs[job_id]

    def answer(self, kind: ActionKind, outcome: Accepted | Exception, **changes: Any) -> None:
        """What the next action of this kind answers, and how it changes the job (even when it raises)."""
        self.answers[kind].append((outcome, changes))

    def called(self, name: str) -> list[tuple[Any, ...]]:
        """The arguments of every call of that name."""
        return [call.args for call in self.calls if call.name == name]

    def act(self, kind: ActionKind, job: JobKey, *args: Any) -> Accepted:
        """Do what the script says about an action, or what a well-behaved system does."""
        if is_rehearsing():
            url = f"https://{job.connection}.example.com/{kind}/{quote(job.id)}"
            body = json.dumps([str(arg) for arg in args]).encode()
            record(RehearsedRequest("POST", url, (("Content-Length", str(len(body))),), body))
        self.calls.append(Call(kind.value, (job, *args)))
        if job.id not in self.jobs:
            raise NotFound(f"no job {job.id}", hint="look at the list of jobs")
        if self.answers[kind]:
            outcome, changes = self.answers[kind].popleft()
            self.change(job.id, **changes)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        return self._usual(kind, job)

    def _usual(self, kind: ActionKind, job: JobKey) -> Accepted:
        if kind in (ActionKind.TRIGGER, ActionKind.RERUN):
            run_id = f"run-{next(self._run_numbers)}"
            self.change(
                job.id,
                state=State.RUNNING,
                run_id=run_id,
                started_at=self.clock.now(),
                ended_at=None,
                duration_s=None,
            )
            return Accepted(run_id, "started")
        if kind is ActionKind.STOP:
            self.change(job.id, state=State.CANCELLED, ended_at=self.clock.now())
            return Accepted(self.jobs[job.id].run_id, "stopped")
        if kind is ActionKind.DELETE:
            del self.jobs[job.id]
            return Accepted(message="deleted")
        self.change(job.id, is_held=kind is ActionKind.HOLD)
        return Accepted(message="done")


class ScriptedAdapter(Adapter):
    """Lists jobs and runs, and can do nothing else."""

    type_name: ClassVar[str] = "scripted"
    title: ClassVar[str] = "Scripted"
    Settings: ClassVar[type[ConnectionSettings]] = ConnectionSettings
    default_refresh_s: ClassVar[float] = 15.0

    def __init__(self, connection: str, script: Script, redactor: Redactor | None = None) -> None:
        context = AdapterContext(
            clock=script.clock,
            resolve=_no_secret,
            memory=DictMemory(),
            redactor=redactor or Redactor(),
            state_dir=Path("unused"),
        )
        super().__init__(connection, ConnectionSettings(type="scripted"), context)
        self.script = script

    async def aclose(self) -> None:
        """Note that it was closed."""
        self.script.closed += 1

    async def check(self) -> Check:
        """Say that all is well."""
        await self._read("check")
        return Check("tester", "1.0")

    async def list_jobs(self) -> AsyncIterator[Sequence[Job]]:
        """The script's jobs, page by page."""
        script = self.script
        script.sweeps += 1
        number = script.sweeps
        script.calls.append(Call("list_jobs", (number,)))
        script.in_flight += 1
        script.most_in_flight = max(script.most_in_flight, script.in_flight)
        try:
            error = script.errors.get(number, script.always)
            for index, page in enumerate(self._pages()):
                if number in script.hangs:
                    await asyncio.Event().wait()
                if error is not None and index >= script.good_pages:
                    raise error
                if script.sweep_s:
                    await script.clock.sleep(script.sweep_s)
                yield page
            if error is not None:
                raise error
        finally:
            script.in_flight -= 1

    async def list_runs(self, job: JobKey, limit: int = 50) -> Sequence[Run]:
        """The script's runs."""
        await self._read("list_runs", job, limit)
        return self.script.runs.get(job.id, [])[:limit]

    def reason_against(self, kind: ActionKind, job: Job) -> str:
        """The script's reason, else the usual one."""
        return self.script.reasons.get(kind) or super().reason_against(kind, job)

    async def _read(self, name: str, *args: Any) -> None:
        self.script.calls.append(Call(name, args))
        if self.script.call_s:
            await self.script.clock.sleep(self.script.call_s)
        if self.script.read_error is not None:
            raise self.script.read_error

    def _pages(self) -> list[list[Job]]:
        jobs = [self._seen(job) for job in self.script.jobs.values()]
        size = self.script.page_size
        return [jobs[start : start + size] for start in range(0, len(jobs), size)] or [[]]

    def _seen(self, job: Job) -> Job:
        return replace(job, connection=self.connection, observed_at=self.script.clock.now())


class CheckingAdapter(ScriptedAdapter, ChecksJobs):
    """Lists jobs without their states; each state costs a call."""

    async def get_job(self, job: JobKey) -> Job:
        """One job, as the script has it now."""
        await self._read("get_job", job)
        if job.id in self.script.job_errors:
            raise self.script.job_errors[job.id]
        if job.id not in self.script.jobs:
            raise NotFound(f"no job {job.id}", hint="look at the list of jobs")
        return self._seen(self.script.jobs[job.id])

    def _pages(self) -> list[list[Job]]:
        return [
            [replace(job, state=State.UNKNOWN, native_state="") for job in page] for page in super()._pages()
        ]


class FullAdapter(
    ScriptedAdapter, HasLogs, HasTasks, CanTrigger, CanStop, CanRerun, CanHold, CanDelete, HasWebUrl, HasRaw
):
    """Can do everything that a system can."""

    rehearses: ClassVar[bool] = True

    async def read_log(self, run: RunKey, cursor: str = "") -> LogChunk:
        """The script's log from the cursor on."""
        await self._read("read_log", run, cursor)
        if run.run_id not in self.script.logs:
            raise NotFound(f"no log of run {run.run_id}", hint="the system may have thrown it away")
        start = int(cursor or 0)
        data = self.script.logs[run.run_id]
        job = self.script.jobs.get(run.job_id)
        is_complete = job is None or job.run_id != run.run_id or not job.state.is_active
        return LogChunk(data[start:], str(len(data)), is_complete=is_complete)

    async def list_tasks(self, run: RunKey) -> Sequence[Task]:
        """The script's tasks."""
        await self._read("list_tasks", run)
        return self.script.tasks.get(run.run_id, [])

    async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
        """What the script says."""
        return self.script.act(ActionKind.TRIGGER, job, dict(params))

    async def list_parameters(self, job: JobKey) -> Sequence[Parameter]:
        """The script's parameters."""
        await self._read("list_parameters", job)
        return self.script.parameters.get(job.id, [])

    async def stop(self, run: RunKey, *, is_forced: bool = False) -> Accepted:
        """What the script says."""
        return self.script.act(ActionKind.STOP, run.job, run, is_forced)

    async def rerun(self, run: RunKey, *, is_failed_only: bool = False) -> Accepted:
        """What the script says."""
        return self.script.act(ActionKind.RERUN, run.job, run, is_failed_only)

    async def hold(self, job: JobKey) -> Accepted:
        """What the script says."""
        return self.script.act(ActionKind.HOLD, job)

    async def release(self, job: JobKey) -> Accepted:
        """What the script says."""
        return self.script.act(ActionKind.RELEASE, job)

    async def delete(self, job: JobKey) -> Accepted:
        """What the script says."""
        return self.script.act(ActionKind.DELETE, job)

    def web_url(self, job: JobKey, run: RunKey | None = None) -> str | None:
        """A page of the example domain."""
        return f"https://jobs.example.com/{job.id}" + (f"/runs/{run.run_id}" if run else "")

    async def read_raw(self, job: JobKey, run: RunKey | None = None) -> Mapping[str, object]:
        """The script's raw record."""
        await self._read("read_raw", job, run)
        return self.script.raw.get(job.id, {})


class DictMemory:
    """A `Memory` that forgets when the test ends."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    async def load(self, key: str) -> Any:
        """The value kept under the key, or None."""
        return self.values.get(key)

    async def save(self, key: str, value: Any) -> None:
        """Keep the value; None forgets it."""
        if value is None:
            self.values.pop(key, None)
        else:
            self.values[key] = value


def scripted_spec(
    name: str,
    script: Script,
    adapter: type[ScriptedAdapter] = FullAdapter,
    *,
    environment: str = "",
    is_read_only: bool = False,
    refresh_s: float | None = None,
    problem: NightdeckError | None = None,
) -> ConnectionSpec:
    """A connection to the scripted system."""

    async def open_adapter() -> Adapter:
        script.opened += 1
        script.calls.append(Call("open"))
        await asyncio.sleep(0)
        if script.open_errors:
            raise script.open_errors.popleft()
        return adapter(name, script)

    return ConnectionSpec(
        name=name,
        type="scripted",
        environment=environment,
        is_read_only=is_read_only,
        is_insecure=False,
        refresh_s=refresh_s,
        open_adapter=open_adapter,
        problem=problem,
    )


def _no_secret(ref: SecretRef) -> str:
    raise AssertionError(f"the scripted system needs no secret: {ref}")
