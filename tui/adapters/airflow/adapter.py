"""The adapter of an Airflow 3: a job is a DAG, a run is one of its DAG runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from tui.adapters.airflow.actions import Actions
from tui.adapters.airflow.api import AirflowApi
from tui.adapters.airflow.catalog import DagCatalog
from tui.adapters.airflow.causes import FailureCauses
from tui.adapters.airflow.checking import check
from tui.adapters.airflow.ledger import RunLedger
from tui.adapters.airflow.logs import LogReader
from tui.adapters.airflow.observation import BROKEN, Observer
from tui.adapters.airflow.params import params_in
from tui.adapters.airflow.preview import shown_request
from tui.adapters.airflow.rights import Rights
from tui.adapters.airflow.runs import RunReader
from tui.adapters.airflow.session import subject_of
from tui.adapters.airflow.settings import AirflowSettings
from tui.adapters.airflow.sweeping import RunWatch
from tui.adapters.airflow.tasks import TaskReader
from tui.core.adapter import Adapter
from tui.core.capabilities import (
    CanHold,
    CanRerun,
    CanStop,
    HasLogs,
    HasRaw,
    HasTasks,
    HasWebUrl,
    TakesRunIds,
)
from tui.core.errors import ConfigError, Unreachable
from tui.core.models import ActionKind
from tui.transport.origins import is_readable_on_the_way
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Mapping, Sequence

    from tui.adapters.airflow.catalog import Dag
    from tui.core.adapter import AdapterContext
    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Accepted, Action, Check, Job, LogChunk, Parameter, Run, Task
    from tui.core.settings import ConnectionSettings

_PAGE = 500
_HIDDEN = frozenset({"file_token"})
"""What of a record lets its holder ask for more."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """What there is only while the connection is open."""

    api: AirflowApi
    catalog: DagCatalog
    watch: RunWatch
    causes: FailureCauses
    runs: RunReader
    tasks: TaskReader
    logs: LogReader
    actions: Actions
    rights: Rights
    identity: str


class AirflowAdapter(Adapter, HasLogs, HasTasks, HasRaw, HasWebUrl, TakesRunIds, CanStop, CanRerun, CanHold):
    """Speaks to one Airflow as one user."""

    type_name: ClassVar[str] = "airflow"
    title: ClassVar[str] = "Airflow"
    Settings: ClassVar[type[ConnectionSettings]] = AirflowSettings
    rehearses: ClassVar[bool] = True
    default_refresh_s: ClassVar[float] = 15.0
    reasons: ClassVar[Mapping[ActionKind, str]] = {
        ActionKind.DELETE: "nightdeck deletes no DAGs: Airflow would forget their runs, and list them again"
    }

    def __init__(self, connection: str, settings: ConnectionSettings, context: AdapterContext) -> None:
        super().__init__(connection, settings, context)
        if not isinstance(settings, AirflowSettings):
            raise TypeError(f"settings of {connection} are no AirflowSettings")
        self._table = settings
        self._ledger = RunLedger()
        self._observer = Observer(connection, self.type_name, settings.page_address)
        self._opened: _Parts | None = None

    async def open(self) -> None:
        """Fetch the password or the token; nothing is asked yet."""
        table, clock = self._table, self.context.clock
        ref = table.token or table.password
        secret = await asyncio.to_thread(self.context.resolve, ref) if ref is not None else ""
        if not secret.strip():
            name = "token" if table.token is not None else "password"
            raise ConfigError(f"the {name} is empty", hint=f"check `{name}` of this connection")
        identity = table.username or subject_of(secret) or "whom the token is for"
        api = AirflowApi(table, secret, self.context)
        await api.open()
        catalog, causes, rights = DagCatalog(api, table, clock), FailureCauses(api), Rights(identity, clock)
        runs, tasks = RunReader(api, causes), TaskReader(api)
        self._opened = _Parts(
            api=api,
            catalog=catalog,
            watch=RunWatch(api, catalog, self._ledger, is_narrowed=table.is_narrowed),
            causes=causes,
            runs=runs,
            tasks=tasks,
            logs=LogReader(api, runs, tasks, clock),
            actions=Actions(api, runs, catalog, causes, rights),
            rights=rights,
            identity=identity,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        if self._opened is not None:
            await self._opened.api.aclose()

    def doubt(self) -> None:
        """Have the list of DAGs read again."""
        if self._opened is not None:
            self._opened.catalog.doubt()

    async def check(self) -> Check:
        """Ask for the health, the version, and one DAG, which proves that we may look."""
        parts = self._parts
        is_readable = is_readable_on_the_way(self._table.address)
        return await check(parts.api, parts.identity, is_readable=is_readable)

    async def list_jobs(self) -> AsyncIterator[Sequence[Job]]:
        """Every DAG that is watched, with what it does or did last."""
        parts = self._parts
        await parts.watch.update()
        dags = list((await parts.catalog.current()).values())
        histories = (self._ledger.history(dag.id) for dag in dags)
        await parts.causes.find(
            [history.finished for history in histories if history is not None], is_optional=True
        )
        for first in range(0, len(dags), _PAGE):
            yield await in_turns(self._page(parts, dags[first : first + _PAGE]))

    async def list_runs(self, job: JobKey, limit: int = 50) -> Sequence[Run]:
        """The newest runs, the newest first, in the order of Airflow's own pages."""
        return await self._parts.runs.runs(job, limit)

    async def find_run(self, run: RunKey) -> Run | None:
        """The run of this id, or None when Airflow says that there is none."""
        return await self._parts.runs.find(run)

    async def list_tasks(self, run: RunKey) -> Sequence[Task]:
        """The tasks of a run, each try and each map index by itself."""
        return await self._parts.tasks.tasks(run)

    async def read_log(self, run: RunKey, cursor: str = "") -> LogChunk:
        """What follows the cursor in the logs of the run's tasks."""
        return await self._parts.logs.read(run, cursor)

    async def read_raw(self, job: JobKey, run: RunKey | None = None) -> Mapping[str, object]:
        """Airflow's own words: of a DAG with its parameters, or of a run."""
        api = self._parts.api
        record: dict[str, Any] = await (api.run(run) if run is not None else api.details(job.id))
        return {name: value for name, value in record.items() if name not in _HIDDEN}

    def web_url(self, job: JobKey, run: RunKey | None = None) -> str | None:
        """The page of a DAG, or of one of its runs."""
        page = self._observer.page(job.id)
        return f"{page}/runs/{quote(run.run_id, safe='')}" if run is not None else page

    async def list_parameters(self, job: JobKey) -> Sequence[Parameter]:
        """The parameters of the DAG, each with its type, its default and its choices."""
        details = await self._parts.api.details(job.id)
        return [param.to_parameter() for param in params_in(details)]

    async def trigger_as(self, job: JobKey, params: Mapping[str, str], run_id: str) -> Accepted:
        """Start a run of this id, once."""
        return await self._parts.actions.trigger(job, params, run_id)

    async def stop(self, run: RunKey, *, is_forced: bool = False) -> Accepted:
        """Set a run that goes on to failed, once; that ends its tasks."""
        return await self._parts.actions.stop(run, is_forced=is_forced)

    async def rerun(self, run: RunKey, *, is_failed_only: bool = False) -> Accepted:
        """Clear a run, or its failed tasks, once: the same run goes on."""
        return await self._parts.actions.rerun(run, is_failed_only=is_failed_only)

    async def hold(self, job: JobKey) -> Accepted:
        """Pause a DAG, once."""
        return await self._parts.actions.hold(job, is_held=True)

    async def release(self, job: JobKey) -> Accepted:
        """Release a DAG, once."""
        return await self._parts.actions.hold(job, is_held=False)

    def reason_against(self, kind: ActionKind, job: Job) -> str:
        """Why not: a missing right, a DAG that can't be started, or a run that has ended."""
        reason = super().reason_against(kind, job)
        if reason or self._opened is None:
            return reason
        dag = self._opened.catalog.get(job.id)
        if kind is ActionKind.TRIGGER and dag is not None:
            if dag.is_broken:
                reason = BROKEN
            elif not dag.takes_triggers:
                reason = "this DAG takes no runs that somebody asks for"
        elif kind is ActionKind.STOP and not (job.run_id and job.state.is_active):
            reason = "it is not running"
        elif kind is ActionKind.RERUN and not job.run_id:
            reason = "it has never run"
        return reason or self._opened.rights.reason_against(kind, job.id)

    def preview(self, action: Action) -> str:
        """The request that the action would send, without what proves who we are."""
        return shown_request(self._table.address, action)

    @property
    def _parts(self) -> _Parts:
        if self._opened is None:
            raise Unreachable(f"the connection {self.connection} is not open")
        return self._opened

    def _page(self, parts: _Parts, dags: Sequence[Dag]) -> Generator[None, None, list[Job]]:
        """The jobs of some DAGs, in short steps."""
        now = self.context.clock.now()
        page: list[Job] = []
        for dag in dags:
            history = self._ledger.history(dag.id)
            cause = parts.causes.cause(history.finished) if history is not None else None
            is_known = parts.watch.is_known(dag.id)
            page.append(self._observer.observe(dag, history, cause, now, is_known=is_known))
            yield
        return page
