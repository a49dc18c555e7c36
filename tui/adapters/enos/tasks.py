"""The tasks of one flow instance: from its graph, and each by itself for what the graph leaves out."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui.adapters.enos.codes import DECLINED
from tui.adapters.enos.instances import Instance
from tui.adapters.enos.observation import CLOCK
from tui.adapters.enos.searching import together
from tui.adapters.enos.states import joined, native_state
from tui.adapters.enos.times import parse_span
from tui.adapters.enos.wire import InstanceRow, TaskRow, graph_tasks, row_of
from tui.core.errors import Forbidden, NotFound
from tui.core.models import Task
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from tui.adapters.enos.api import EnosApi
    from tui.adapters.enos.states import NativeState
    from tui.adapters.enos.wire import GraphTask
    from tui.core.keys import RunKey

DETAILED = 40
"""Tasks of one instance that are asked for one by one, at a call each."""

_KEPT = 2000
"""Tasks that have ended and are kept, for they seldom change."""


@dataclass(frozen=True, slots=True)
class Execution:
    """One flow instance with what it consists of."""

    instance: Instance
    """The instance."""
    record: dict[str, Any]
    """All that the service tells of it."""
    tasks: Sequence[GraphTask] | None
    """Its tasks in the order of its graph; None when the graph can't be read."""


class TaskReader:
    """Asks about the tasks of flow instances."""

    def __init__(self, api: EnosApi) -> None:
        self._api = api
        self._ended: OrderedDict[tuple[str, str], TaskRow] = OrderedDict()

    async def execution(self, run: RunKey, *, needs_reading: bool = True) -> Execution:
        """One flow instance, which must be one of the job.

        Raises:
            NotFound: There is no such instance of this flow.
            Forbidden: The user may not read it.
        """
        record = await self._api.instance(run.run_id)
        row = row_of(InstanceRow, {"instanceId": run.run_id, "flowId": run.job_id, **record})
        if row is None or row.flow_id != run.job_id:
            raise NotFound(f"flow {run.job_id} has no run {run.run_id}", hint="look at the runs of the flow")
        if needs_reading and row.can_read is False:
            raise Forbidden(
                f"EnOS does not let this user read run {run.run_id}", hint="ask an owner of the flow"
            )
        return Execution(Instance.of(row), record, graph_tasks(row.graph))

    async def tasks(self, run: RunKey, zone: tzinfo) -> list[Task]:
        """The tasks of a run, those that have begun in the order in which they did."""
        execution = await self.execution(run)
        nodes = execution.tasks or ()
        rows = dict(zip(nodes, await self._rows(nodes), strict=True))
        found = [_task(run, node, rows[node], zone) for node in nodes]
        return sorted(found, key=lambda task: _moment(task.started_at))

    async def records(self, nodes: Sequence[GraphTask]) -> list[dict[str, Any]]:
        """All that is told of each task; those that can't be told of are left out."""
        ids = [node.instance_id for node in nodes if node.instance_id][:DETAILED]
        found = await together(self._record(instance_id) for instance_id in ids)
        return [record for record in found if record]

    async def first_failed(self, nodes: Sequence[GraphTask], zone: tzinfo) -> GraphTask | None:
        """The task that failed first; None when none failed."""
        failed = [node for node in nodes if state_of(node).state is State.FAILED]
        if len(failed) < 2:
            return failed[0] if failed else None
        rows = await self._rows(failed)
        started = [_moment(parse_span("", row.start, "", zone).started_at if row else None) for row in rows]
        return failed[min(range(len(failed)), key=lambda at: started[at])]

    async def _rows(self, nodes: Sequence[GraphTask]) -> list[TaskRow | None]:
        rows = await together(self._row(node) for node in nodes[:DETAILED])
        return [*rows, *[None] * (len(nodes) - len(rows))]

    async def _row(self, node: GraphTask) -> TaskRow | None:
        """A task by itself; None where the service can't tell of it, for the graph is worth as much."""
        if not node.instance_id or has_not_begun(node):
            return None
        mark = (node.instance_id, state_of(node).word)
        if mark in self._ended:
            return self._ended[mark]
        record = await self._record(node.instance_id)
        row = row_of(TaskRow, {"instanceId": node.instance_id, **record}) if record else None
        if (
            row is not None
            and state_of(node).state.is_final
            and native_state(row.status, row.text).state.is_final
        ):
            self._ended[mark] = row
            if len(self._ended) > _KEPT:
                self._ended.popitem(last=False)
        return row

    async def _record(self, instance_id: str) -> dict[str, Any]:
        try:
            return await self._api.task(instance_id)
        except DECLINED:
            return {}


def state_of(node: GraphTask) -> NativeState:
    """What a graph says of a task; `never_run` where it says nothing, as in lists."""
    if not node.status and not node.text:
        return native_state("NONE")._replace(word="")
    return native_state(node.status, node.text)


def has_not_begun(node: GraphTask) -> bool:
    """Whether a graph says that a task was not reached: then there is nothing else to tell of it."""
    return bool(node.status or node.text) and state_of(node).state is State.NEVER_RUN


def _task(run: RunKey, node: GraphTask, row: TaskRow | None, zone: tzinfo) -> Task:
    if row is None:
        native = state_of(node)
        return Task(run, node.id, node.name or node.id, native.state, native.word, message=native.substate)
    native = native_state(row.status, row.text, has_ended=bool(row.end), is_timeout=bool(row.is_timeout))
    span = parse_span(row.trigger, row.start, row.end, zone)
    return Task(
        run=run,
        id=node.id,
        name=node.name or row.name or node.id,
        state=native.state,
        native_state=native.word,
        attempt=max(1, row.run_number or 1),
        started_at=span.started_at,
        ended_at=span.ended_at if native.state.is_final or native.state is State.UNKNOWN else None,
        message=joined([native.substate, CLOCK if span.is_odd else ""]),
        queued_at=span.queued_at,
    )


def _moment(moment: datetime | None) -> float:
    return moment.timestamp() if moment is not None else float("inf")
