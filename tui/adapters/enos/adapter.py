"""The flows of an EnOS, over the Batch Processing Service behind its API gateway."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tui.adapters.enos import api as calls
from tui.adapters.enos.api import EnosApi, gateway_address, id_in_body
from tui.adapters.enos.failures import FailureReasons
from tui.adapters.enos.flows import FlowCatalogue
from tui.adapters.enos.instances import InstanceLedger
from tui.adapters.enos.logs import LogReader
from tui.adapters.enos.observation import Observer
from tui.adapters.enos.raw import shown_record
from tui.adapters.enos.runs import RunReader
from tui.adapters.enos.searching import InstanceSearch, together
from tui.adapters.enos.settings import EnosSettings
from tui.adapters.enos.signing import now_ms
from tui.adapters.enos.skew import LARGEST_SKEW_S
from tui.adapters.enos.tasks import TaskReader
from tui.adapters.enos.wire import parameter_list, parameters_in
from tui.adapters.enos.zone import ServerZone
from tui.core.adapter import Adapter
from tui.core.capabilities import CanHold, CanRerun, CanStop, CanTrigger, HasLogs, HasRaw, HasTasks
from tui.core.errors import ActionRefused, BadAnswer, ConfigError, Forbidden, ServerFailed, Unreachable
from tui.core.models import Accepted, ActionKind, Check, Parameter
from tui.transport.origins import is_readable_on_the_way
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterable, Mapping, Sequence

    from tui.adapters.enos.flows import Flow
    from tui.core.adapter import AdapterContext
    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Action, Job, LogChunk, Run, Task
    from tui.core.settings import ConnectionSettings

_PAGE = 500
_NOW = "<now>"


@dataclass(frozen=True, slots=True)
class _Parts:
    """What there is only while the connection is open."""

    api: EnosApi
    zone: ServerZone
    flows: FlowCatalogue
    search: InstanceSearch
    runs: RunReader
    tasks: TaskReader
    logs: LogReader
    failures: FailureReasons


class EnosAdapter(Adapter, HasLogs, HasTasks, HasRaw, CanTrigger, CanStop, CanRerun, CanHold):
    """Speaks to one EnOS as one application and one user. A job is a flow, a run is one of its instances."""

    type_name: ClassVar[str] = "enos"
    title: ClassVar[str] = "EnOS Batch Processing"
    Settings: ClassVar[type[ConnectionSettings]] = EnosSettings
    rehearses: ClassVar[bool] = True
    default_refresh_s: ClassVar[float] = 15.0
    reasons: ClassVar[Mapping[ActionKind, str]] = {
        ActionKind.DELETE: "nightdeck deletes no flows: EnOS would do it for good, with their whole schedule"
    }

    def __init__(self, connection: str, settings: ConnectionSettings, context: AdapterContext) -> None:
        super().__init__(connection, settings, context)
        if not isinstance(settings, EnosSettings):
            raise TypeError(f"settings of {connection} are no EnosSettings")
        self._table = settings
        self._ledger = InstanceLedger(context.memory, context.clock)
        self._observer: Observer | None = None
        self._opened: _Parts | None = None

    async def open(self) -> None:
        """Fetch the secret key and what an earlier session knew."""
        table, clock = self._table, self.context.clock
        secret = await asyncio.to_thread(self.context.resolve, table.app_secret)
        if not secret:
            raise ConfigError("the secret key is empty", hint="check `app_secret` of this connection")
        api = EnosApi(table, secret, self.context)
        await api.open()
        await self._ledger.load()
        search = InstanceSearch(api, self._ledger, clock, table.window_s)
        tasks = TaskReader(api)
        self._opened = _Parts(
            api=api,
            zone=ServerZone(api, table),
            flows=FlowCatalogue(api, table, clock),
            search=search,
            runs=RunReader(search, clock, table.window_s),
            tasks=tasks,
            logs=LogReader(api, tasks),
            failures=FailureReasons(api),
        )

    async def aclose(self) -> None:
        """Keep what is known of the flows' last runs, and close every connection."""
        await self._ledger.save(is_last=True)
        if self._opened is not None:
            await self._opened.api.aclose()

    def doubt(self) -> None:
        """Have the list of flows read again."""
        if self._opened is not None:
            self._opened.flows.doubt()

    async def check(self) -> Check:
        """Search for one instance, which needs every right, and ask for the server's time."""
        parts = self._parts
        now = now_ms(self.context.clock)
        await parts.api.search(1, now - int(self._table.window_s * 1000), now, page=1, size=1)
        await parts.zone.get()
        notes = [parts.zone.note, *await self._clock_notes()]
        if is_readable_on_the_way(self._table.url):
            notes.append("tokens go over the network unencrypted: use https")
        return Check(identity=self._table.user_id, version="v2.1", notes=tuple(filter(None, notes)))

    async def list_jobs(self) -> AsyncIterator[Sequence[Job]]:
        """Every flow that is watched: three searches, and a few calls for what they leave out."""
        parts = self._parts
        await parts.flows.current()
        zone = await parts.zone.get()
        if self._observer is None:
            self._observer = Observer(self.connection, self.type_name, zone)
            self._ledger.zone = zone
        flows = await parts.flows.note_instances_of(await parts.search.update())
        unknown = () if parts.flows.has_order else await in_turns(self._without_instances(flows))
        await together(
            (
                parts.flows.read_some_details(unknown),
                parts.failures.read_some(self._ledger.failed_instances()),
            )
        )
        listed = list(flows.values())
        for first in range(0, len(listed), _PAGE):
            yield await in_turns(self._page(parts, self._observer, listed[first : first + _PAGE]))
        self._observer.forget_others(flows.keys())
        await self._ledger.save()

    async def list_runs(self, job: JobKey, limit: int = 50) -> Sequence[Run]:
        """The instances of a flow in the last 30 days, or in the window if that is longer."""
        parts = self._parts
        flow = await parts.flows.find(job.id)
        return await parts.runs.runs(job, flow, await parts.zone.get(), limit)

    async def list_tasks(self, run: RunKey) -> Sequence[Task]:
        """The tasks of an instance."""
        return await self._parts.tasks.tasks(run, await self._parts.zone.get())

    async def read_log(self, run: RunKey, cursor: str = "") -> LogChunk:
        """What follows the cursor in the logs of the instance's tasks."""
        return await self._parts.logs.read(run, cursor)

    async def read_raw(self, job: JobKey, run: RunKey | None = None) -> Mapping[str, object]:
        """The system's own records, without command lines: of a flow, or of an instance and its tasks."""
        parts = self._parts
        if run is None:
            await parts.flows.find(job.id)
            return shown_record(await parts.api.flow(job.id))
        execution = await parts.tasks.execution(run)
        tasks = await parts.tasks.records(execution.tasks or ())
        return {**shown_record(execution.record), "taskInstances": [shown_record(task) for task in tasks]}

    async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
        """Start an instance, once. With parameters the flow itself is changed: EnOS knows no other way."""
        api = self._parts.api
        await self._parts.flows.find(job.id)
        if not params:
            run_id = await api.trigger(job.id, now_ms(self.context.clock))
            return Accepted(run_id, "EnOS took the request")
        # Whether the service keeps the parameters that are not sent is not documented: all of them are.
        known = parameters_in((await self._parts.flows.read_details(job.id)).parameters)
        if known is None:
            raise ActionRefused(
                "the parameters of the flow can't be read, so changing some might lose others",
                hint="change them in EnOS, then trigger the flow without any",
            )
        changed = parameter_list({**known, **params})
        run_id = await api.update_and_trigger(job.id, changed, now_ms(self.context.clock))
        return Accepted(run_id, "EnOS took the request; the parameters are the flow's own from now on")

    async def list_parameters(self, job: JobKey) -> Sequence[Parameter]:
        """The parameters of the flow with their values."""
        await self._parts.flows.find(job.id)
        told = parameters_in((await self._parts.flows.read_details(job.id)).parameters)
        return [Parameter(name=name, default=value) for name, value in (told or {}).items()]

    async def stop(self, run: RunKey, *, is_forced: bool = False) -> Accepted:
        """Cancel an instance, once; EnOS knows one way alone. It is looked up first."""
        del is_forced
        execution = await self._parts.tasks.execution(run, needs_reading=False)
        state = execution.instance.native.state
        if state.is_final:
            raise ActionRefused(f"run {run.run_id} has ended already: {state}", hint="refresh the job")
        await self._parts.api.cancel(run.run_id)
        return Accepted(run.run_id, "EnOS was asked to cancel it")

    async def rerun(self, run: RunKey, *, is_failed_only: bool = False) -> Accepted:
        """Start a new instance: of the whole flow, or from the first failed task of this one on."""
        parts = self._parts
        execution = await parts.tasks.execution(run, needs_reading=is_failed_only)
        if not is_failed_only:
            run_id = await parts.api.trigger(run.job_id, now_ms(self.context.clock))
            return Accepted(run_id, "EnOS took the request; the flow runs as it is now")
        if execution.tasks is None:
            raise ActionRefused("EnOS does not tell the tasks of this run", hint="rerun the whole flow")
        failed = await parts.tasks.first_failed(execution.tasks, await parts.zone.get())
        if failed is None:
            raise ActionRefused("no task of this run has failed", hint="rerun the whole flow")
        if not failed.task_id:
            raise ActionRefused(f"EnOS does not tell the id of {failed.name}", hint="rerun the whole flow")
        run_id = await parts.api.trigger_from(run.job_id, failed.task_id, now_ms(self.context.clock))
        return Accepted(run_id, f"EnOS took the request, from {failed.name or failed.task_id} on")

    async def hold(self, job: JobKey) -> Accepted:
        """Switch the flow's schedule off."""
        return await self._enable(job, is_enabled=False)

    async def release(self, job: JobKey) -> Accepted:
        """Switch the flow's schedule on."""
        return await self._enable(job, is_enabled=True)

    def reason_against(self, kind: ActionKind, job: Job) -> str:
        """Why not: a locked flow or user can't do anything, and what has ended can't be stopped."""
        details = self._opened.flows.details(job.id) if self._opened is not None else None
        if details is not None and details.locked:
            return details.locked
        if kind is ActionKind.STOP and (not job.run_id or job.state.is_final):
            return "it is not running"
        return super().reason_against(kind, job)

    def preview(self, action: Action) -> str:
        """The request that the action would send, without what proves who we are."""
        job_id, run_id = action.job.id, action.run.run_id if action.run else "<newest run>"
        body: dict[str, Any] = {"flowId": id_in_body(job_id)}
        resource, call, note = calls.FLOWS, _CALLS.get(action.kind, calls.TRIGGER), ""
        if action.kind is ActionKind.STOP:
            resource, body = calls.INSTANCES, {"flowInstId": run_id}
        elif action.kind is ActionKind.RERUN and action.is_failed_only:
            call, body = calls.TRIGGER_FROM_TASK, {**body, "taskId": f"<first failed task of {run_id}>"}
        elif action.kind is ActionKind.TRIGGER and action.params:
            call, note = (
                calls.UPDATE_AND_TRIGGER,
                "\nThis changes the parameters of the flow for later runs, too.",
            )
            body["parameters"] = parameter_list(action.params)
        if call in {calls.TRIGGER, calls.TRIGGER_FROM_TASK, calls.UPDATE_AND_TRIGGER}:
            body["triggerTime"] = _NOW
        shown = json.dumps(body, ensure_ascii=False)
        return f"POST {gateway_address(self._table.url)}/{resource} (action={call}) {shown}{note}"

    @property
    def _parts(self) -> _Parts:
        if self._opened is None:
            raise Unreachable(f"the connection {self.connection} is not open")
        return self._opened

    def _without_instances(self, flows: Iterable[str]) -> Generator[None, None, list[str]]:
        """The flows of which no instance tells anything, in short steps."""
        found: list[str] = []
        for flow_id in flows:
            if self._ledger.history(flow_id) is None:
                found.append(flow_id)
            yield
        return found

    def _page(
        self, parts: _Parts, observer: Observer, flows: Sequence[Flow]
    ) -> Generator[None, None, list[Job]]:
        """The jobs of some flows, in short steps."""
        now = self.context.clock.now()
        page: list[Job] = []
        for flow in flows:
            history = self._ledger.history(flow.id)
            job = observer.observe(
                flow,
                parts.flows.details(flow.id),
                history,
                now,
                reason=parts.failures.reason(history),
                is_searched=parts.search.is_complete,
            )
            page.append(job)
            yield
        return page

    async def _enable(self, job: JobKey, *, is_enabled: bool) -> Accepted:
        await self._parts.flows.find(job.id)
        # Also when the answer is lost, the next sweep has to tell what has become of it.
        self._parts.flows.mark_due(job.id)
        await self._parts.api.enable(job.id, is_enabled=is_enabled)
        await self._parts.flows.note_active(job.id, is_active=is_enabled)
        return Accepted(message=f"the schedule of the flow is {'enabled' if is_enabled else 'disabled'}")

    async def _clock_notes(self) -> list[str]:
        try:
            told_ms = await self._parts.api.current_time_ms()
        except (BadAnswer, Forbidden, ServerFailed):
            return []
        off_s = (told_ms - now_ms(self.context.clock)) / 1000 if told_ms is not None else 0.0
        if abs(off_s) <= LARGEST_SKEW_S:
            return []
        return [f"this machine's clock and the server's differ by {off_s:+.0f} s: signatures may be refused"]


_CALLS: Mapping[ActionKind, str] = {
    ActionKind.STOP: calls.CANCEL,
    ActionKind.HOLD: calls.DISABLE,
    ActionKind.RELEASE: calls.ENABLE,
}
