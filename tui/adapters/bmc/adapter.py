"""ETLs from the list of BMC Helix Continuous Optimization, each one's state by a call of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from tui.adapters.bmc import api as paths
from tui.adapters.bmc.api import NO_REQUEST, BmcApi, shown_body, status_of
from tui.adapters.bmc.book import Phase
from tui.adapters.bmc.jobs import SERVICE_KIND, Draughtsman, run_of
from tui.adapters.bmc.ledger import Ledger
from tui.adapters.bmc.listing import PORTION, Listing
from tui.adapters.bmc.observer import observe
from tui.adapters.bmc.settings import ETL_ID, BmcSettings
from tui.adapters.bmc.states import SERVICE_OFF, SERVICE_ON, WAITING, Told
from tui.adapters.bmc.times import parse_time
from tui.core.adapter import Adapter
from tui.core.capabilities import CanHold, CanStop, CanTrigger, ChecksJobs, HasRaw, HasWebUrl
from tui.core.errors import (
    ActionRefused,
    BadAnswer,
    ConfigError,
    NotFound,
    ServerFailed,
    TimedOut,
    Unreachable,
)
from tui.core.models import Accepted, Action, ActionKind, Check, Job
from tui.core.state import State
from tui.transport.origins import is_readable_on_the_way, join, parse_address, segment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from tui.adapters.bmc.book import Book
    from tui.adapters.bmc.ledger import Account
    from tui.adapters.bmc.listing import Etl
    from tui.adapters.bmc.wire import RequestAnswer
    from tui.core.adapter import AdapterContext
    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Run
    from tui.core.settings import ConnectionSettings

_NO_FORCE = "BMC documents no path for killing an ETL"
_NO_FORCE_HINT = "stop it without force, or set `kill_path` of this connection if you know the path"
_NO_UNSCHEDULING = "BMC's API documents no way to take an ETL off its schedule; only services can be paused"


class BmcAdapter(Adapter, ChecksJobs, HasRaw, HasWebUrl, CanTrigger, CanStop, CanHold):
    """Speaks to one tenant. The API names no runs, so a run has an id of our own making."""

    type_name: ClassVar[str] = "bmc"
    title: ClassVar[str] = "BMC Helix Continuous Optimization"
    Settings: ClassVar[type[ConnectionSettings]] = BmcSettings
    rehearses: ClassVar[bool] = True
    default_refresh_s: ClassVar[float] = 4.0

    def __init__(self, connection: str, settings: ConnectionSettings, context: AdapterContext) -> None:
        super().__init__(connection, settings, context)
        if not isinstance(settings, BmcSettings):
            raise TypeError(f"settings of {connection} are no BmcSettings")
        self._table = settings
        self._zone = ZoneInfo(settings.timezone)
        self._ledger = Ledger(context.memory)
        self._drawn = Draughtsman(connection, self.type_name)
        self._jobs: dict[str, tuple[Etl, Job]] = {}
        self._opened: tuple[BmcApi, Listing] | None = None

    async def open(self) -> None:
        """Fetch the secret, and which ETLs were services in an earlier session."""
        reference = self._table.token or self._table.access_secret_key
        secret = await asyncio.to_thread(self.context.resolve, reference) if reference else ""
        if not secret:
            raise ConfigError("the secret of the connection is empty", hint="check its key in the config")
        api = BmcApi(self._table, secret, self.context)
        await api.open()
        await self._ledger.load()
        self._opened = (api, Listing(api, self._table, self.context.clock))

    async def aclose(self) -> None:
        """Close every connection."""
        if self._opened is not None:
            await self._api.aclose()

    def doubt(self) -> None:
        """Have the list read again."""
        if self._opened is not None:
            self._listing.expire()

    async def check(self) -> Check:
        """Read the list, which proves the login and the right to read."""
        await self._listing.read()
        table = self._table
        identity = "a ready token" if table.access_key is None else f"access key {table.access_key[:4]}…"
        addresses = [table.url, table.portal_url or table.url]
        notes = [f"ETLs: {len(self._listing.etls)}"]
        if any(map(is_readable_on_the_way, addresses)):
            notes.append("the secrets go over the network unencrypted: use https")
        return Check(identity=identity, notes=tuple(notes))

    async def list_jobs(self) -> AsyncIterator[Sequence[Job]]:
        """Every ETL of the list, each as it was when it was last asked about."""
        await self._listing.refresh()
        etls = self._listing.etls
        if len(self._jobs) > len(etls):
            self._jobs = {etl_id: shown for etl_id, shown in self._jobs.items() if etl_id in etls}
            self._ledger.forget_others(etls)
        every = tuple(etls.values())
        for start in range(0, len(every), PORTION):
            yield [self._listed(etl) for etl in every[start : start + PORTION]]

    async def get_job(self, job: JobKey) -> Job:
        """One ETL by its status."""
        etl, account = await self._look(job)
        return self._shown(etl, account.book)

    async def list_runs(self, job: JobKey, limit: int = 50) -> Sequence[Run]:
        """The runs that we have seen, with those of earlier sessions: the API has none beyond the last."""
        _, account = await self._look(job)
        now = self.context.clock.now()
        return [run_of(job, run, now) for run in account.book.runs[::-1][:limit]]

    async def read_raw(self, job: JobKey, run: RunKey | None = None) -> Mapping[str, object]:
        """The ETL's row of the list, and its status. There is nothing to be had of single runs."""
        del run
        return {"etl": await self._listing.raw(job.id), "status": await self._api.status(job.id)}

    def web_url(self, job: JobKey, run: RunKey | None = None) -> str | None:
        """The page that the config names; the product documents no addresses of single ETLs."""
        del job, run
        return self._table.web_url

    async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
        """Run an ETL, or start a service. The run has our own id until, and after, it is seen."""
        account = await self._ledger.account(job.id)
        newest = account.book.newest_id
        told = await self._api.run(job.id, params)
        return await self._started(job, account, told, params, newest)

    async def stop(self, run: RunKey, *, is_forced: bool = False) -> Accepted:
        """Stop the ETL, or pause the service. The API stops ETLs, not runs, so the run is looked up first."""
        kill_path = self._table.kill_path
        if is_forced and kill_path is None:
            raise ActionRefused(_NO_FORCE, hint=_NO_FORCE_HINT)
        _, account = await self._look_before(run.job)
        _check_running(account.book, run)
        known = account.book.running
        if is_forced and kill_path is not None:
            await self._api.kill(kill_path, run.job_id)
        else:
            await self._api.stop(run.job_id)
        if known is not None:
            known.stop()
            await self._ledger.save(run.job_id)
        word = "kill" if is_forced else "pause" if _is_service(account.book) else "stop"
        return Accepted(run.run_id, f"asked to {word}")

    async def hold(self, job: JobKey) -> Accepted:
        """Pause a service."""
        _, account = await self._look_before(job)
        told = account.book.told
        if told is None or not told.is_service:
            raise ActionRefused(_NO_UNSCHEDULING, hint="change its schedule on the ETL's page")
        if told.word == SERVICE_OFF:
            raise ActionRefused("the service is paused already")
        await self._api.stop(job.id)
        return Accepted(message="the service was asked to pause")

    async def release(self, job: JobKey) -> Accepted:
        """Start a service that is paused, or put an ETL on its schedule."""
        etl, account = await self._look_before(job)
        reason = self.reason_against(ActionKind.RELEASE, self._shown(etl, account.book))
        if reason:
            raise ActionRefused(reason)
        if _is_service(account.book):
            newest = account.book.newest_id
            return await self._started(job, account, await self._api.run(job.id, {}), {}, newest)
        await self._api.schedule(job.id)
        return Accepted(message="the ETL was asked to take up its schedule")

    def reason_against(self, kind: ActionKind, job: Job) -> str:
        """Why not: it depends on what the ETL does, and on whether it is a service."""
        if not self.can(kind):
            return super().reason_against(kind, job)
        is_service = job.kind == SERVICE_KIND
        if kind in (ActionKind.TRIGGER, ActionKind.RERUN):
            return _reason_against_start(job, is_service=is_service)
        if kind is ActionKind.STOP:
            if job.state is State.QUEUED:
                return "the run was asked for and has not begun: there is nothing to stop yet"
            return "" if job.state is State.RUNNING else "it is not running"
        if kind is ActionKind.HOLD:
            if not is_service:
                return _NO_UNSCHEDULING
            return "the service is paused already" if job.is_held else ""
        if is_service:
            return "" if job.is_held else "the service is running already"
        if job.state is State.SCHEDULED or job.native_state.strip().upper().startswith(WAITING):
            return "it is scheduled already"
        if job.state is State.RUNNING:
            return "it is running, and whether it is scheduled will only show when it has ended"
        return ""

    def preview(self, action: Action) -> str:
        """The request that the action would send."""
        kind, etl_id = action.kind, action.job.id
        if kind is ActionKind.STOP and action.is_forced and self._table.kill_path is None:
            return f"nothing: {_NO_FORCE}"
        is_service = etl_id in self._ledger.services
        if kind in (ActionKind.TRIGGER, ActionKind.RERUN):
            path, body = paths.RUN, f" {shown_body(action.params)}"
        elif kind is ActionKind.RELEASE:
            path, body = (paths.RUN if is_service else paths.SCHEDULE), f" {shown_body({})}"
        else:
            path, body = (self._table.kill_path or "") if action.is_forced else paths.STOP, ""
        address = join(parse_address(self._table.url), path.replace(ETL_ID, segment(etl_id)))
        return f"POST {address}{body}"

    @property
    def _api(self) -> BmcApi:
        return self._parts[0]

    @property
    def _listing(self) -> Listing:
        return self._parts[1]

    @property
    def _parts(self) -> tuple[BmcApi, Listing]:
        if self._opened is None:
            raise Unreachable(f"the connection {self.connection} is not open")
        return self._opened

    def _listed(self, etl: Etl) -> Job:
        known = self._jobs.get(etl.id)
        if known is not None and known[0] is etl:
            return known[1]
        account = self._ledger.known(etl.id)
        if account is not None and (account.book.told is not None or account.book.runs):
            return self._shown(etl, account.book)
        told_at = self._listing.told_at or self.context.clock.now()
        job = self._drawn.listed(etl, told_at, self._ledger.services.get(etl.id, ""))
        self._jobs[etl.id] = (etl, job)
        return job

    def _shown(self, etl: Etl, book: Book) -> Job:
        job = self._drawn.job(etl, book, self.context.clock.now())
        self._jobs[etl.id] = (etl, job)
        return job

    async def _look(self, job: JobKey) -> tuple[Etl, Account]:
        """Ask how an ETL stands, and note it in its book. Raises NotFound."""
        etl = await self._listing.find(job.id)
        account = await self._ledger.account(job.id)
        async with account.lock:
            try:
                content = await self._api.status(job.id)
            except NotFound:
                self._listing.expire()
                raise
            # A success without a body means "never run" for as long as nothing else was told.
            if content is not None or account.book.is_blank:
                await self._note(job.id, account, content or {})
        return etl, account

    async def _look_before(self, job: JobKey) -> tuple[Etl, Account]:
        """The same before a change, where a failure means that the change was not sent."""
        try:
            return await self._look(job)
        except (TimedOut, ServerFailed, BadAnswer) as error:
            problem = Unreachable(f"{error.message}; the change was not sent", hint=error.hint)
        raise problem

    async def _note(self, etl_id: str, account: Account, content: Mapping[str, object]) -> None:
        answer = status_of(content)
        told = Told(
            answer.status,
            answer.exit_code,
            answer.last_exec_ts,
            parse_time(answer.last_exec_ts, self._zone),
        )
        if observe(account.book, told, self.context.clock.now()):
            await self._ledger.save(etl_id)
        if told.is_known:
            await self._ledger.note_service(etl_id, told.word if told.is_service else "")

    async def _started(
        self, job: JobKey, account: Account, told: RequestAnswer, params: Mapping[str, str], newest: str
    ) -> Accepted:
        """Note that the system took a request to run an ETL or to start a service."""
        now = self.context.clock.now()
        if _is_service(account.book) or told.task_execution_request_id == NO_REQUEST:
            if _is_service(account.book):
                account.book.start_asked = now
                self._jobs.pop(job.id, None)
            return Accepted(message="the service was asked to start")
        run = account.book.ask(params, newest, now)
        self._jobs.pop(job.id, None)
        await self._ledger.save(job.id)
        request = told.task_execution_request_id
        return Accepted(run.id, f"accepted as request {request}" if request else "accepted")


def _reason_against_start(job: Job, *, is_service: bool) -> str:
    if job.state is State.RUNNING:
        return "the service is running already" if is_service else "it is running already: stop it first"
    if job.state is State.QUEUED:
        return "a run of it was asked for already and has not begun"
    return ""


def _is_service(book: Book) -> bool:
    return book.told is not None and book.told.is_service


def _check_running(book: Book, run: RunKey) -> None:
    """Whether the run is the one that goes on.

    Raises:
        NotFound: There is no such run.
        ActionRefused: It doesn't go on.
    """
    if _is_service(book) and not run.run_id:
        if book.told is not None and book.told.word == SERVICE_ON:
            return
        raise ActionRefused("the service is paused already")
    running = book.running
    if running is not None and run.run_id in ("", running.id):
        return
    known = book.find(run.run_id)
    if run.run_id and known is None:
        raise NotFound(f"ETL {run.job_id} has no run {run.run_id}", hint="look at the runs of the ETL")
    if known is not None and known.phase is Phase.ASKED:
        raise ActionRefused("the run was asked for and has not begun", hint="wait until it runs")
    raise ActionRefused("the run has ended" if known is not None else "the ETL is not running")
