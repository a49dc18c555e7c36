"""The adapter of a Datameer: jobs from its lists, each one's state by a call of its own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from tui.adapters.datameer.api import JOB, STOP, TRIGGER, DatameerApi
from tui.adapters.datameer.files import FileIndex
from tui.adapters.datameer.identity import ExecutionId
from tui.adapters.datameer.listing import Listing
from tui.adapters.datameer.log import LogReader
from tui.adapters.datameer.runs import RunReader, message_of, seconds_between
from tui.adapters.datameer.settings import DatameerSettings
from tui.adapters.datameer.states import native_state
from tui.adapters.datameer.status import StatusReader
from tui.adapters.datameer.wire import ActiveRow, Details, rows_of
from tui.core.adapter import Adapter
from tui.core.capabilities import CanDelete, CanStop, CanTrigger, ChecksJobs, HasLogs, HasRaw
from tui.core.errors import ActionRefused, BadAnswer, ConfigError, Forbidden, NotFound, ServerFailed
from tui.core.models import Accepted, Action, ActionKind, Check, Job
from tui.core.state import State
from tui.transport.origins import is_readable_on_the_way

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from tui.adapters.datameer.listing import ListedJob
    from tui.adapters.datameer.status import Condition
    from tui.core.adapter import AdapterContext
    from tui.core.keys import JobKey, RunKey
    from tui.core.models import LogChunk, Run
    from tui.core.settings import ConnectionSettings

_NO_SCHEDULES = "Datameer's API can neither suspend nor resume the schedule of a job; do it on the job's page"


class DatameerAdapter(Adapter, ChecksJobs, HasLogs, HasRaw, CanTrigger, CanStop, CanDelete):
    """Speaks to one Datameer server."""

    type_name: ClassVar[str] = "datameer"
    title: ClassVar[str] = "Datameer"
    Settings: ClassVar[type[ConnectionSettings]] = DatameerSettings
    rehearses: ClassVar[bool] = True
    default_refresh_s: ClassVar[float] = 4.0
    reasons: ClassVar[Mapping[ActionKind, str]] = {
        ActionKind.HOLD: _NO_SCHEDULES,
        ActionKind.RELEASE: _NO_SCHEDULES,
    }

    def __init__(self, connection: str, settings: ConnectionSettings, context: AdapterContext) -> None:
        super().__init__(connection, settings, context)
        if not isinstance(settings, DatameerSettings):
            raise TypeError("a Datameer connection needs DatameerSettings")
        self._table = settings
        self._zone = ZoneInfo(settings.timezone)
        self._api: DatameerApi | None = None
        self._results: dict[str, tuple[ExecutionId | None, State | None]] = {}
        self._checked: dict[str, Job] = {}
        self._does_active_help: bool | None = None

    async def open(self) -> None:
        """Fetch the password and make the client."""
        password = await asyncio.to_thread(self.context.resolve, self._table.password)
        api = DatameerApi(self._table, password, self.context)
        await api.open()
        self._api = api
        self._listing = Listing(api, self._table, self.context.clock)
        self._status = StatusReader(api, FileIndex(api), self._table.api, self._zone)
        self._runs = RunReader(api, self._zone)
        self._logs = LogReader(api)

    async def aclose(self) -> None:
        """Close every connection."""
        if self._api is not None:
            await self._api.aclose()

    def doubt(self) -> None:
        """Have the lists read again."""
        if self._api is not None:
            self._listing.doubt()

    async def check(self) -> Check:
        """Ask for the runs under way, which costs the server least."""
        active = await self._opened.active()
        if active is None:
            await self._opened.jobs(self._table.kinds[0])
        return Check(
            identity=self._table.username, version=self._status.version, notes=self._notes(active or ())
        )

    async def list_jobs(self) -> AsyncIterator[Sequence[Job]]:
        """Every job of the lists, in the state that the list of active runs tells, if it tells any."""
        active = await self._active()
        async for page in self._listing.pages():
            yield [self._listed(job, active) for job in page]

    async def get_job(self, job: JobKey) -> Job:
        """One job by its status, with the details of its newest run where these tell more."""
        listed = await self._listing.find(job.id)
        condition = await self._condition(listed)
        details = await self._details_worth_having(condition)
        last_result = await self._last_result(listed, condition)
        found = self._to_job(listed, condition, details, last_result)
        self._checked[job.id] = found
        return found

    async def list_runs(self, job: JobKey, limit: int = 50) -> Sequence[Run]:
        """The runs that the server keeps: by default those of the last 28 days."""
        listed = await self._listing.find(job.id)
        rows = await self._runs.rows(listed.id, limit)
        return await self._runs.runs(job, rows)

    async def read_log(self, run: RunKey, cursor: str = "") -> LogChunk:
        """What follows the cursor in the log of a run."""
        await self._listing.find(run.job_id)
        details = await self._runs.details(ExecutionId(run.run_id))
        has_ended = native_state(details.word).state.is_final
        return await self._logs.read(ExecutionId(run.run_id), cursor, has_ended=has_ended)

    async def read_raw(self, job: JobKey, run: RunKey | None = None) -> Mapping[str, object]:
        """The server's own words: a run's details and counters, or a job's configuration and status."""
        listed = await self._listing.find(job.id)
        if run is not None:
            return await self._opened.details(ExecutionId(run.run_id))
        try:
            configuration = await self._opened.configuration(listed.kind, listed.id)
        except NotFound:
            configuration = {name: getattr(listed, name) for name in ("id", "kind", "name", "uuid", "path")}
        return {"configuration": configuration, "status": dict(await self._status.raw(listed))}

    async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
        """Start a run, once. It runs as the job's owner."""
        if params:
            raise ActionRefused("Datameer takes no parameters", hint="start the job without any")
        listed = await self._listing.find(job.id)
        started = await self._opened.trigger(listed.id)
        owner = f"started as {started.user}" if started.user else "started"
        return Accepted(run_id=started.execution_id, message=owner)

    async def stop(self, run: RunKey, *, is_forced: bool = False) -> Accepted:
        """End a run, once; Datameer knows one way alone. The run is looked up first, for ids look alike."""
        del is_forced
        execution = await self._running(run)
        await self._opened.stop(execution)
        return Accepted(run_id=execution, message="asked to stop")

    async def delete(self, job: JobKey) -> Accepted:
        """Remove a job with everything that it has made, once."""
        listed = await self._listing.find(job.id)
        try:
            await self._opened.delete(listed.kind, listed.id)
        finally:
            # Whatever came of it, what is said of this job from now on is to be asked anew.
            self._listing.doubt(job.id)
            self._checked.pop(job.id, None)
            self._results.pop(job.id, None)
        return Accepted(message=f"deleted {listed.name}")

    def preview(self, action: Action) -> str:
        """The request that the action would send."""
        url = self._table.url.rstrip("/")
        if action.kind is ActionKind.DELETE:
            listed = self._listing.known(action.job.id) if self._api else None
            return f"DELETE {url}/{JOB.format(kind=listed.kind if listed else '<kind>', job=action.job.id)}"
        if action.kind is ActionKind.STOP:
            return f"POST {url}/{STOP}/{action.run.run_id if action.run else '<newest run>'}"
        return f"POST {url}/{TRIGGER} (configuration={action.job.id})"

    @property
    def _opened(self) -> DatameerApi:
        if self._api is None:
            raise ConfigError(f"the connection {self.connection} is not open", hint="open it first")
        return self._api

    def _notes(self, active: Sequence[object]) -> tuple[str, ...]:
        notes = [f"runs under way: {len(active)}"] if active else []
        if "timezone" not in self._table.model_fields_set:
            notes.append("times are read as UTC: set `timezone` to the zone of the server")
        if is_readable_on_the_way(self._table.url):
            notes.append("the password is sent without encryption: use https if the server has it")
        return tuple(notes)

    async def _active(self) -> Mapping[str, ActiveRow]:
        """The runs under way by job; nothing where the server doesn't tell which job each belongs to."""
        if self._does_active_help is False:
            return {}
        try:
            values = await self._opened.active()
        except (BadAnswer, Forbidden, NotFound, ServerFailed):
            # It only makes news come sooner: without it everything works all the same.
            return {}
        rows = rows_of(ActiveRow, values or ())
        found = {row.configuration_id: row for row in rows if row.configuration_id}
        if rows or values is None:
            self._does_active_help = bool(found)
        return found

    def _listed(self, listed: ListedJob, active: Mapping[str, ActiveRow]) -> Job:
        job = self._blank(listed)
        row = active.get(listed.id)
        if row is None or not native_state(row.word).state.is_active:
            return job
        known = self._checked.get(listed.id)
        native = native_state(row.word)
        if known is not None and known.run_id == row.execution_id and known.state is native.state:
            return replace(known, name=job.name, path=job.path, observed_at=job.observed_at)
        return replace(
            job,
            state=native.state,
            substate=native.substate,
            native_state=row.word,
            last_result=known.last_result if known is not None else None,
            run_id=row.execution_id,
        )

    def _blank(self, listed: ListedJob) -> Job:
        return Job(
            connection=self.connection,
            type=self.type_name,
            id=listed.id,
            name=listed.name,
            state=State.UNKNOWN,
            observed_at=self.context.clock.now(),
            kind=listed.kind.replace("-", " "),
            path=listed.folder,
        )

    def _to_job(
        self, listed: ListedJob, condition: Condition, details: Details | None, last_result: State | None
    ) -> Job:
        native = condition.native
        started_at, ended_at = condition.started_at, condition.ended_at
        if details is not None and not condition.has_times:
            started_at, ended_at = self._runs.span(details)
        message = message_of(native.state, details or Details())
        if native.state.is_active and condition.estimate:
            message = f"about {condition.estimate} left"
        return replace(
            self._blank(listed),
            state=native.state,
            substate=native.substate,
            native_state=condition.word,
            last_result=last_result,
            run_id=condition.execution_id or "",
            started_at=started_at,
            ended_at=None if native.state.is_active else ended_at,
            duration_s=None if native.state.is_active else seconds_between(started_at, ended_at),
            progress=condition.progress,
            message=message,
        )

    async def _condition(self, listed: ListedJob) -> Condition:
        """How a job stands. Raises NotFound, also for one that the server answers for although it is gone."""
        try:
            condition = await self._status.condition(listed)
        except NotFound:
            self._listing.doubt(listed.id)
            raise
        known = self._checked.get(listed.id)
        if condition.native.state is State.NEVER_RUN and known is not None and known.run_id:
            # Some say the same of a job without runs and of none at all; the lists tell which it is.
            self._checked.pop(listed.id)
            self._listing.doubt(listed.id)
            await self._listing.find(listed.id)
        return condition

    async def _details_worth_having(self, condition: Condition) -> Details | None:
        """Details of the newest run: V1 tells times nowhere else, and what went wrong is told here alone."""
        is_bad = condition.native.state in {State.FAILED, State.WARNING}
        if condition.execution_id is None or (condition.has_times and not is_bad):
            return None
        try:
            return await self._runs.details(condition.execution_id)
        except (NotFound, BadAnswer, Forbidden, ServerFailed):
            return None

    async def _last_result(self, listed: ListedJob, condition: Condition) -> State | None:
        """The outcome of the newest ended run; asked once for each run that has not ended."""
        state, execution = condition.native.state, condition.execution_id
        if state.is_final:
            result: State | None = state
        elif state is State.NEVER_RUN:
            result = None
        else:
            known_for, result = self._results.get(listed.id, (None, None))
            if known_for != execution and result is None:
                result = await self._past_result(listed)
        self._results[listed.id] = (execution, result)
        return result

    async def _past_result(self, listed: ListedJob) -> State | None:
        try:
            return await self._runs.last_result(listed.id)
        except (NotFound, BadAnswer, Forbidden, ServerFailed):
            return None

    async def _running(self, run: RunKey) -> ExecutionId:
        """The run to stop, when it is one of the job and has not ended. Raises NotFound and ActionRefused."""
        listed = await self._listing.find(run.job_id)
        condition = await self._status.condition(listed)
        newest = condition.execution_id
        if newest is not None and run.run_id in {"", newest}:
            state = condition.native.state
            execution = newest
        else:
            rows = {row.id: row for row in await self._runs.rows(listed.id, 50)} if run.run_id else {}
            if run.run_id not in rows:
                raise NotFound(f"job {listed.id} has no run {run.run_id}", hint="look at the job's runs")
            state = native_state(rows[run.run_id].word).state
            execution = ExecutionId(run.run_id)
        if state.is_final:
            raise ActionRefused(f"run {execution} has ended already: {state}", hint="refresh the job")
        return execution
