"""The tasks of a Talend Administration Center, over its MetaServlet."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from tui.adapters.talend import servlet as actions
from tui.adapters.talend.codes import Declined
from tui.adapters.talend.follower import Follower
from tui.adapters.talend.history import TaskHistory
from tui.adapters.talend.ledger import KnownRun, Ledger, to_json
from tui.adapters.talend.observation import Observer
from tui.adapters.talend.servlet import MetaServlet
from tui.adapters.talend.settings import TalendSettings
from tui.adapters.talend.times import request_time
from tui.adapters.talend.wire import execution_of
from tui.core.adapter import Adapter, AdapterContext
from tui.core.capabilities import CanHold, CanStop, CanTrigger, HasLogs, HasRaw, HasWebUrl
from tui.core.errors import ActionRefused, ConfigError, NotFound, OutcomeUnknown, Unreachable
from tui.core.models import Accepted, ActionKind, Check
from tui.transport.origins import is_readable_on_the_way
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Mapping, Sequence

    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Action, Job, LogChunk, Run
    from tui.core.settings import ConnectionSettings

ASYNCHRONOUS = "asynchronous"
"""Never `synchronous`: that holds the request until the job has ended, and breaks with long jobs."""

_PAGE = 500
_NO_SUCH_LABEL = "nightdeck checks the login"
_NO_TRIGGERS = "NO_TRIGGER"


class TalendAdapter(Adapter, HasLogs, CanTrigger, CanStop, CanHold, HasWebUrl, HasRaw):
    """Speaks to one TAC as one user. A run has an id only if we started it, or if its start was seen."""

    type_name: ClassVar[str] = "talend"
    title: ClassVar[str] = "Talend Administration Center"
    Settings: ClassVar[type[ConnectionSettings]] = TalendSettings
    rehearses: ClassVar[bool] = True
    default_refresh_s: ClassVar[float] = 15.0

    def __init__(self, connection: str, settings: ConnectionSettings, context: AdapterContext) -> None:
        super().__init__(connection, settings, context)
        if not isinstance(settings, TalendSettings):
            raise TypeError(f"settings of {connection} are no TalendSettings")
        self._table = settings
        self._ledger = Ledger(context.memory)
        self._observer = Observer(connection, self.type_name, ZoneInfo(settings.timezone), self._ledger)
        self._opened: tuple[MetaServlet, Follower, TaskHistory] | None = None

    async def open(self) -> None:
        """Fetch the password and the runs that an earlier session started."""
        table = self._table
        password = await asyncio.to_thread(self.context.resolve, table.password)
        if not password:
            raise ConfigError("the password of the TAC is empty", hint="check `password` of this connection")
        servlet = MetaServlet(table.url, table.username, password, table, self.context)
        await servlet.open()
        await self._ledger.load()
        follower = Follower(servlet, self._ledger, self.context.clock)
        history = TaskHistory(servlet, self._observer, follower, table.username, self.context.clock)
        self._opened = (servlet, follower, history)

    async def aclose(self) -> None:
        """Keep what is known of the runs, and close every connection."""
        await self._ledger.save()
        if self._opened is not None:
            await self._servlet.aclose()

    async def check(self) -> Check:
        """Look up a task that there is not: a TAC that says so has accepted the login."""
        with suppress(NotFound, Declined):
            await self._servlet.ask(actions.TASK_ID_BY_NAME, label=_NO_SUCH_LABEL, taskName=_NO_SUCH_LABEL)
        notes = []
        if is_readable_on_the_way(self._table.url):
            notes.append("the password goes over the network unencrypted: use https if the TAC has it")
        shift = self._ledger.clock_shift()
        if shift is not None:
            hours = shift.total_seconds() / 3600
            notes.append(
                f"the TAC's times are shifted by {hours:+g} h: `timezone` must be the zone of its server"
            )
        return Check(self._table.username, notes=tuple(notes))

    async def list_jobs(self) -> AsyncIterator[Sequence[Job]]:
        """Every task that is watched: one request, and one for each unfinished run that we started."""
        rows = await self._rows()
        seen: set[str] = set()
        for first in range(0, len(rows), _PAGE):
            yield await in_turns(self._page(rows[first : first + _PAGE], seen))
        self._observer.forget_others(seen)
        await self._ledger.save()

    async def list_runs(self, job: JobKey, limit: int = 50) -> Sequence[Run]:
        """The runs that the task's log tells of, and those that are known by an id."""
        return await self._history.runs(job, limit)

    async def read_log(self, run: RunKey, cursor: str = "") -> LogChunk:
        """What follows the cursor in the run's part of the task's log."""
        return await self._history.read_log(run, cursor)

    async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
        """Ask the TAC to run the task, without waiting for the end of the job."""
        answer = await self._servlet.send(actions.RUN_TASK, **_run_members(job.id, params))
        told = execution_of(answer)
        if not told.request_id and told.basic:
            return Accepted(message=told.label or told.detailed or told.basic)
        if not told.request_id:
            raise OutcomeUnknown(
                "the TAC took the request but names no run: mostly the task was running already",
                hint="look at the task's runs before doing it again",
            )
        now = self.context.clock.now()
        begun = request_time(told.request_id) or now
        run = KnownRun(id=told.request_id, is_own=True, begun=begun, params=dict(params))
        self._ledger.start(job.id, run)
        if told.basic:
            self._ledger.note_execution(run, told, now)
        await self._ledger.save()
        return Accepted(run.id, told.label or "the TAC took the request")

    async def stop(self, run: RunKey, *, is_forced: bool = False) -> Accepted:
        """Ask the TAC to stop the task. It knows one way to do that, and only for the task as a whole."""
        del is_forced
        known = await self._running(run)
        await self._servlet.send(actions.STOP_TASK, taskId=run.job_id)
        if known is not None:
            known.is_stopped = True
            self._ledger.keep(known)
            await self._ledger.save()
        return Accepted(run.run_id, "the TAC was asked to stop the task; it does so in its own time")

    async def hold(self, job: JobKey) -> Accepted:
        """Pause the task's triggers."""
        await self._servlet.send(actions.PAUSE_TRIGGERS, taskId=job.id)
        return Accepted(message="the triggers of the task are paused")

    async def release(self, job: JobKey) -> Accepted:
        """Resume the task's triggers."""
        await self._servlet.send(actions.RESUME_TRIGGERS, taskId=job.id)
        return Accepted(message="the triggers of the task are resumed")

    def reason_against(self, kind: ActionKind, job: Job) -> str:
        """Why not: a task runs once at a time unless it is set up otherwise, and may have no triggers."""
        row = self._observer.row(job.id)
        if kind in (ActionKind.TRIGGER, ActionKind.RERUN) and job.state.is_active:
            is_parallel = row is not None and row.is_parallel
            return "" if is_parallel else "it is already running: stop it first"
        if kind is ActionKind.STOP and not job.state.is_active:
            return "it is not running"
        has_none = row is not None and row.triggers_status.upper() == _NO_TRIGGERS
        if kind in (ActionKind.HOLD, ActionKind.RELEASE) and has_none:
            return "it has no triggers in the TAC: there is nothing to pause"
        return super().reason_against(kind, job)

    def preview(self, action: Action) -> str:
        """The request without the password."""
        task_id = action.job.id
        if action.kind in (ActionKind.TRIGGER, ActionKind.RERUN):
            return self._servlet.shown(actions.RUN_TASK, **_run_members(task_id, action.params))
        return self._servlet.shown(_COMMANDS[action.kind], taskId=task_id)

    def web_url(self, job: JobKey, run: RunKey | None = None) -> str | None:
        """The TAC's own page; it documents no addresses of single tasks."""
        del job, run
        return self._table.web_url or actions.base_address(self._table.url)

    async def read_raw(self, job: JobKey, run: RunKey | None = None) -> Mapping[str, object]:
        """The task as the TAC sends it, and what is known of the run."""
        rows = await self._servlet.tasks()
        task = _find(rows, job.id)
        known = self._ledger.find(job.id, run.run_id) if run is not None else None
        record: dict[str, object] = {"task": task}
        if known is not None:
            record["run"] = dict(to_json(known))
        if known is not None and known.is_own and not known.is_lost:
            answer = await self._servlet.ask(actions.EXECUTION_STATUS, execRequestId=known.id)
            record[actions.EXECUTION_STATUS] = answer
        return record

    @property
    def _servlet(self) -> MetaServlet:
        return self._parts[0]

    @property
    def _history(self) -> TaskHistory:
        return self._parts[2]

    @property
    def _parts(self) -> tuple[MetaServlet, Follower, TaskHistory]:
        if self._opened is None:
            raise Unreachable(f"the connection {self.connection} is not open")
        return self._opened

    async def _rows(self) -> list[Any]:
        """Every task as it is sent, and the runs that we started as they stand right after."""
        servlet, follower, _ = self._parts
        rows = await servlet.tasks()
        self._observer.just_ended = await follower.follow()
        return rows

    def _page(self, values: Sequence[Any], seen: set[str]) -> Generator[None, None, list[Job]]:
        """The watched jobs among some rows that were not there before, in short steps."""
        now = self.context.clock.now()
        page: list[Job] = []
        for value in values:
            job = self._observer.observe(value, now)
            if job is not None and job.id not in seen:
                seen.add(job.id)
                if self._is_watched(job):
                    page.append(job)
            yield
        return page

    async def _running(self, run: RunKey) -> KnownRun | None:
        """The run that stopTask would end, which must be the one that is meant.

        Raises:
            NotFound: There is no such task or run.
            ActionRefused: The run has ended; the task may be running again.
        """
        known = self._ledger.find(run.job_id, run.run_id)
        if known is not None and known is self._observer.current(run.job_id):
            return known
        value = _find(await self._rows(), run.job_id)
        self._observer.observe(value, self.context.clock.now())
        current = self._observer.current(run.job_id)
        if not run.run_id or (current is not None and current.id == run.run_id):
            return current
        if self._ledger.find(run.job_id, run.run_id) is None:
            raise NotFound(f"there is no run {run.run_id}", hint="look at the runs of the task")
        raise ActionRefused(
            f"run {run.run_id} is not the newest any more, and a TAC stops tasks, not runs",
            hint="look at the runs of the task",
        )

    def _is_watched(self, job: Job) -> bool:
        def matches(patterns: Sequence[str]) -> bool:
            return any(fnmatchcase(text, pattern) for pattern in patterns for text in (job.id, job.name))

        table = self._table
        return (not table.jobs or matches(table.jobs)) and not matches(table.exclude)


_COMMANDS: Mapping[ActionKind, str] = {
    ActionKind.STOP: actions.STOP_TASK,
    ActionKind.HOLD: actions.PAUSE_TRIGGERS,
    ActionKind.RELEASE: actions.RESUME_TRIGGERS,
}


def _run_members(task_id: str, params: Mapping[str, str]) -> dict[str, Any]:
    # In this order: TAC 5 loses a `context` that comes last.
    context = {"context": dict(params)} if params else {}
    return {**context, "mode": ASYNCHRONOUS, "taskId": task_id}


def _find(rows: Sequence[Any], task_id: str) -> dict[str, Any]:
    """One task among the rows as they were sent. Raises NotFound."""
    for row in rows:
        if isinstance(row, dict) and str(row.get("id")) == task_id:
            return row
    raise NotFound(f"the TAC has no task {task_id}", hint="it may have been deleted; refresh the list")
