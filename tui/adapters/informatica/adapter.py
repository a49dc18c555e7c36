"""The adapter of an Informatica organisation: tasks, linear taskflows, taskflows and code tasks."""

from __future__ import annotations

import asyncio
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from tui.adapters.informatica.api import InformaticaApi, nothing_sent
from tui.adapters.informatica.assets import Family
from tui.adapters.informatica.catalog import Catalog
from tui.adapters.informatica.classic import MAPPING_TYPE, PARAMETERS, ClassicRuns
from tui.adapters.informatica.codetasks import NO_CANCEL_PATH, CodeRuns
from tui.adapters.informatica.endpoints import LOG
from tui.adapters.informatica.logs import SessionLogs
from tui.adapters.informatica.observation import Observer
from tui.adapters.informatica.preview import shown_request
from tui.adapters.informatica.settings import InformaticaSettings
from tui.adapters.informatica.started import StartedRuns
from tui.adapters.informatica.steps import Steps
from tui.adapters.informatica.taskflows import FlowRuns
from tui.core.adapter import Adapter
from tui.core.capabilities import CanRerun, CanStop, CanTrigger, HasLogs, HasRaw, HasTasks
from tui.core.errors import ConfigError, NightdeckError, Unreachable
from tui.core.models import Accepted, ActionKind, Check
from tui.core.state import State
from tui.transport.origins import is_readable_on_the_way
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Mapping, Sequence

    from tui.adapters.informatica.assets import Asset
    from tui.core.adapter import AdapterContext
    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Action, Job, LogChunk, Parameter, Run, Task
    from tui.core.settings import ConnectionSettings

_PAGE = 500
_NO_SCHEDULES = (
    "Informatica's API tells of schedules, but not which task they start: hold it on the schedule's own page"
)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What is made when the connection opens."""

    api: InformaticaApi
    catalog: Catalog
    classic: ClassicRuns
    flows: FlowRuns
    codes: CodeRuns
    logs: SessionLogs
    steps: Steps

    def of(self, asset: Asset) -> ClassicRuns | FlowRuns | CodeRuns:
        """What knows the runs of an asset."""
        if asset.family is Family.CLASSIC:
            return self.classic
        return self.flows if asset.family is Family.FLOW else self.codes

    def asset(self, job_id: str) -> Asset | None:
        """What a job is, as far as it is known without asking."""
        return self.codes.find_asset(job_id) or self.catalog.known(job_id)


class InformaticaAdapter(Adapter, HasLogs, HasTasks, HasRaw, CanTrigger, CanStop, CanRerun):
    """Speaks to one Informatica organisation as one user."""

    type_name: ClassVar[str] = "informatica"
    title: ClassVar[str] = "Informatica"
    Settings: ClassVar[type[ConnectionSettings]] = InformaticaSettings
    rehearses: ClassVar[bool] = True
    default_refresh_s: ClassVar[float] = 20.0
    reasons: ClassVar[Mapping[ActionKind, str]] = {
        ActionKind.HOLD: _NO_SCHEDULES,
        ActionKind.RELEASE: _NO_SCHEDULES,
    }

    def __init__(self, connection: str, settings: ConnectionSettings, context: AdapterContext) -> None:
        super().__init__(connection, settings, context)
        if not isinstance(settings, InformaticaSettings):
            raise TypeError(f"settings of {connection} are no InformaticaSettings")
        self._table = settings
        self._started = StartedRuns(context.memory)
        self._observer = Observer(connection, self.type_name)
        self._parts: _Parts | None = None

    async def open(self) -> None:
        """Fetch the password and the runs that an earlier session started."""
        table, clock = self._table, self.context.clock
        password = await asyncio.to_thread(self.context.resolve, table.password)
        if not password:
            raise ConfigError("the password is empty", hint="check `password` of this connection")
        api = InformaticaApi(table, password, self.context)
        await api.open()
        await self._started.load()
        catalog = Catalog(api, table, clock)
        classic = ClassicRuns(api, catalog, self._started, clock)
        flows = FlowRuns(api, catalog, self._started, clock)
        codes = CodeRuns(api, table, self._started, clock)
        logs = SessionLogs(api, catalog, classic, flows, codes, clock)
        self._parts = _Parts(api, catalog, classic, flows, codes, logs, Steps(classic, flows, codes))

    async def aclose(self) -> None:
        """Keep what is known of the runs, and close every connection."""
        await self._started.save()
        if self._parts is not None:
            await self._parts.api.aclose()

    def doubt(self) -> None:
        """Have the lists read again."""
        if self._parts is not None:
            self._parts.catalog.doubt()

    async def check(self) -> Check:
        """Log in, see whether the log may be read, and which lists are missing."""
        parts = self._opened
        await parts.api.rows(LOG, params={"rowLimit": 1}, is_fixed=True)
        await parts.catalog.refresh()
        notes = list(parts.catalog.notes)
        if parts.flows.away:
            notes.append(f"runs of taskflows are not told ({parts.flows.away})")
        if self._table.code_tasks and self._table.cancel_call is None:
            notes.append(f"code tasks can't be stopped: {NO_CANCEL_PATH}")
        if is_readable_on_the_way(self._table.login_url):
            notes.append("the password is sent without encryption: use https")
        return Check(self._table.username, notes=tuple(notes))

    async def list_jobs(self) -> AsyncIterator[Sequence[Job]]:
        """Everything that is watched. A family that can't be read spoils none of the others."""
        parts = self._opened
        await parts.catalog.refresh()
        assets = parts.catalog.assets
        families = [Family.CLASSIC, Family.CODE]
        if any(asset.family is Family.FLOW for asset in assets):
            families.append(Family.FLOW)
        failures = await self._sweep(families)
        assets = parts.catalog.assets
        seen: set[str] = set()
        codes = filter(parts.catalog.is_watched, parts.codes.assets)
        shown = [asset for asset in (*assets, *codes) if asset.family not in failures]
        for first in range(0, len(shown), _PAGE):
            yield await in_turns(self._page(shown[first : first + _PAGE], seen))
        for error in failures.values():
            raise error
        self._observer.forget_others(seen)

    async def list_runs(self, job: JobKey, limit: int = 50) -> Sequence[Run]:
        """The runs that Informatica remembers; of code tasks those that nightdeck started."""
        asset = await self._asset(job)
        return [run.to_run(job) for run in await self._opened.of(asset).runs(asset, limit)]

    async def list_tasks(self, run: RunKey) -> Sequence[Task]:
        """The steps of a run; a code task has none."""
        return await self._opened.steps.of(await self._asset(run.job), run)

    async def read_log(self, run: RunKey, cursor: str = "") -> LogChunk:
        """What follows the cursor in the session logs of a run; nothing until it has ended."""
        return await self._opened.logs.read(await self._asset(run.job), run.run_id, cursor)

    async def read_raw(self, job: JobKey, run: RunKey | None = None) -> Mapping[str, object]:
        """Informatica's own words: the definition, and what it tells of the run."""
        parts = self._opened
        asset = await self._asset(job)
        record: dict[str, object] = {"asset": dataclasses.asdict(asset)}
        if asset.family is Family.CLASSIC:
            record["definition"] = await parts.classic.raw(asset)
        if run is None:
            return record
        if asset.family is Family.CLASSIC:
            record["run"] = await parts.classic.raw_run(asset, run.run_id)
        elif asset.family is Family.FLOW:
            await parts.flows.row(asset, run.run_id)
            record["run"] = await parts.flows.raw(run.run_id)
        else:
            record["run"] = await parts.codes.raw(asset, run.run_id)
        return record

    async def list_parameters(self, job: JobKey) -> Sequence[Parameter]:
        """A mapping task takes a parameter file; the inputs of a taskflow are told nowhere."""
        asset = await self._asset(job)
        return PARAMETERS if asset.type == MAPPING_TYPE else ()

    async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
        """Start a run, once."""
        with nothing_sent():
            asset = await self._asset(job)
        return await self._opened.of(asset).start(asset, params)

    async def stop(self, run: RunKey, *, is_forced: bool = False) -> Accepted:
        """End a run, once: a task cleanly unless it is forced, a taskflow in the one way there is."""
        parts = self._opened
        with nothing_sent():
            asset = await self._asset(run.job)
        if asset.family is Family.CLASSIC:
            return await parts.classic.stop(asset, run.run_id, is_forced=is_forced)
        if asset.family is Family.FLOW:
            return await parts.flows.stop(asset, run.run_id)
        return await parts.codes.stop(asset, run.run_id)

    async def rerun(self, run: RunKey, *, is_failed_only: bool = False) -> Accepted:
        """Start the same once more, or let a suspended taskflow try its failed step again."""
        with nothing_sent():
            asset = await self._asset(run.job)
        return await self._opened.of(asset).rerun(asset, run.run_id, is_failed_only=is_failed_only)

    def reason_against(self, kind: ActionKind, job: Job) -> str:
        """Why not: what is not published can't be started, and what has ended can't be stopped."""
        asset = self._opened.asset(job.id) if self._parts is not None else None
        if kind in (ActionKind.TRIGGER, ActionKind.RERUN) and asset is not None and asset.is_unpublished:
            return "it is not published"
        if kind is ActionKind.STOP:
            if asset is not None and asset.family is Family.CODE and self._table.cancel_call is None:
                return NO_CANCEL_PATH
            is_paused = job.state is State.PAUSED
            return "" if job.state.is_active or is_paused else "it is not running"
        return super().reason_against(kind, job)

    def preview(self, action: Action) -> str:
        """The request that the action would send, as far as the addresses are known."""
        parts = self._opened
        asset = parts.asset(action.job.id)
        if asset is None:
            return super().preview(action)
        if action.kind is ActionKind.RERUN and action.run is not None:
            known = self._started.find(action.job.id, action.run.run_id)
            action = dataclasses.replace(action, params=known.params if known is not None else {})
        return shown_request(parts.api, asset, action, cancel=self._table.cancel_call)

    @property
    def _opened(self) -> _Parts:
        if self._parts is None:
            raise Unreachable(f"the connection {self.connection} is not open")
        return self._parts

    async def _asset(self, job: JobKey) -> Asset:
        """What a job is. Raises NotFound."""
        parts = self._opened
        return parts.codes.find_asset(job.id) or await parts.catalog.find(job.id)

    async def _sweep(self, families: Sequence[Family]) -> dict[Family, NightdeckError]:
        """See how the families stand; what went wrong with which of them."""
        parts = self._opened
        sweeps = {
            Family.CLASSIC: parts.classic.sweep,
            Family.FLOW: parts.flows.sweep,
            Family.CODE: parts.codes.sweep,
        }
        work = [*(sweeps[family]() for family in families), parts.catalog.read_places()]
        *results, places = await asyncio.gather(*work, return_exceptions=True)
        if isinstance(places, BaseException):
            raise places
        failures: dict[Family, NightdeckError] = {}
        for family, result in zip(families, results, strict=True):
            if isinstance(result, NightdeckError):
                failures[family] = result
            elif isinstance(result, BaseException):
                raise result
        return failures

    def _page(self, assets: Sequence[Asset], seen: set[str]) -> Generator[None, None, list[Job]]:
        """The jobs of some assets that were not there before, in short steps."""
        parts = self._opened
        now = self.context.clock.now()
        absences = {source: source.absence() for source in (parts.classic, parts.flows, parts.codes)}
        page: list[Job] = []
        for asset in assets:
            if asset.id not in seen:
                seen.add(asset.id)
                source = parts.of(asset)
                page.append(self._observer.observe(asset, source.standing(asset), absences[source], now))
            yield
        return page
