"""The operations of the service: how each is called, what it asks of its caller, and what it does."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.simulators.enos.refusal import Refused
from tui.simulators.enos.rows import written
from tui.simulators.enos.search import find, read_query
from tui.simulators.enos.tasklog import cut, log_of
from tui.simulators.enos.vocabulary import ServiceCode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping

    from tui.simulators.enos.body import Arguments
    from tui.simulators.enos.life import Flow
    from tui.simulators.enos.service import BatchService, User

_ROWS_A_PIECE = 50


@dataclass(frozen=True, slots=True)
class Listing:
    """An answer that is written while it is sent."""

    pieces: AsyncIterator[str]


@dataclass(frozen=True, slots=True)
class Call:
    """One call, once it is known who calls."""

    service: BatchService
    user: User
    arguments: Arguments

    def own_flow(self) -> Flow:
        """The flow that the body names."""
        return self.service.flow(self.arguments.digits("flowId"))


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation."""

    method: str
    """How it is called."""
    perform: Callable[[Call], Awaitable[object]]
    """What it does; the `data` of its answer."""


async def _my_flows(call: Call) -> Listing:
    service = call.service
    wanted = call.arguments.query.get(service.behaviour.flow_filter, "")
    flows = [
        flow
        for flow in service.flows.values()
        if wanted in flow.spec.name and flow.spec.is_seen_by(call.user.name)
    ]
    return Listing(_array(service.rows.own_flow(flow, call.user) for flow in flows))


async def _search_flows(call: Call) -> Listing:
    service, behaviour = call.service, call.service.behaviour
    wanted = call.arguments.text("expression")
    page = call.arguments.pagination(behaviour.first_page)
    flows = [flow for flow in service.flows.values() if wanted in flow.spec.name]
    size = page.size if page.number is not None else behaviour.default_page_size
    first = (page.number or 0) * size
    rows = _array(service.rows.found_flow(flow) for flow in flows[first : first + size])
    return Listing(_wrapped(len(flows), "flows", rows) if behaviour.wraps_flows else rows)


async def _flow(call: Call) -> object:
    flow = call.service.flow(call.arguments.parameter("flowId"))
    _check_readable(flow)
    return call.service.rows.flow(flow, call.user)


async def _trigger(call: Call) -> object:
    flow, moment = call.own_flow(), call.arguments.moment_ms("triggerTime")
    return {"flowInstanceId": call.service.start(flow, call.user, moment).id}


async def _trigger_from_task(call: Call) -> object:
    flow, moment = call.own_flow(), call.arguments.moment_ms("triggerTime")
    index = call.service.task_index(flow, int(call.arguments.digits("taskId")))
    return {"flowInstanceId": call.service.start(flow, call.user, moment, index).id}


async def _update_and_trigger(call: Call) -> object:
    flow, moment = call.own_flow(), call.arguments.moment_ms("triggerTime")
    parameters = call.arguments.pairs("parameters")
    call.service.own(flow, call.user)
    flow.parameters = parameters
    return {"flowInstanceId": call.service.start(flow, call.user, moment).id}


async def _enable(call: Call) -> object:
    call.service.schedule(call.own_flow(), call.user, is_on=True)
    return ""


async def _disable(call: Call) -> object:
    call.service.schedule(call.own_flow(), call.user, is_on=False)
    return ""


async def _delete(call: Call) -> object:
    flow = call.service.flow(call.arguments.parameter("flowId"))
    call.service.own(flow, call.user)
    call.service.remove(flow)
    return ""


async def _search_instances(call: Call) -> Listing:
    service, user, now = call.service, call.user, call.service.now()
    found = await find(service, read_query(service, call.arguments))
    count = found.total if service.behaviour.count == "total" else len(found.entries)
    rows = (service.rows.listed_instance(entry, user, now) for entry in found.entries)
    return Listing(_wrapped(count, "flowInsts", _array(rows)))


async def _instance(call: Call) -> object:
    flow, instance = call.service.instance(call.arguments.parameter("flowInstId"))
    _check_readable(flow)
    return call.service.rows.instance(flow, instance, call.user, call.service.now())


async def _cancel(call: Call) -> object:
    instance_id = call.arguments.text("flowInstId", may_be_empty=False)
    flow, instance = call.service.instance(instance_id)
    call.service.cancel(flow, call.user, instance)
    return ""


async def _task(call: Call) -> object:
    flow, instance, index = call.service.task(call.arguments.parameter("taskInstId"))
    _check_readable(flow)
    row = call.service.rows.task(flow, instance, index, call.service.now())
    return [row] if call.service.behaviour.lists_task_instance else row


async def _log(call: Call) -> object:
    service, behaviour = call.service, call.service.behaviour
    flow, instance, index = service.task(call.arguments.parameter("taskInstId"))
    _check_readable(flow)
    lengths = [] if behaviour.longest_log is None else [behaviour.longest_log]
    if "maxLength" in call.arguments.query:
        length = call.arguments.parameter("maxLength")
        if not length.isascii() or not length.isdigit() or int(length) == 0:
            raise Refused.parameter("maxLength must be a number above 0")
        lengths.append(int(length))
    log = log_of(flow.spec, instance, index, service.now(), behaviour, service.stamps.skew)
    if log is None:
        raise Refused(ServiceCode.INTERNAL, "It has no log.")
    return {"log": cut(log, min(lengths), behaviour) if lengths else log}


async def _current_time(call: Call) -> object:
    return call.service.stamps.millis(call.service.now())


async def _time_zone(call: Call) -> object:
    return {"timezone": call.service.stamps.zone_name(call.service.now())}


async def _directories(call: Call) -> Listing:
    by_folder: dict[str, list[Flow]] = {}
    for flow in call.service.flows.values():
        by_folder.setdefault(flow.spec.folder, []).append(flow)
    return Listing(_tree(by_folder))


async def _tree(by_folder: Mapping[str, list[Flow]]) -> AsyncIterator[str]:
    before = "["
    for folder, flows in by_folder.items():
        key = hashlib.sha256(folder.encode()).hexdigest()[:32]
        yield f'{before}{{"key":{written(key)},"title":{written(folder)},"children":'
        async for piece in _array(
            written({"key": int(flow.spec.id), "title": flow.spec.name}) for flow in flows
        ):
            yield piece
        yield "}"
        before = ","
    yield "[]" if before == "[" else "]"


async def _wrapped(count: int, name: str, rows: AsyncIterator[str]) -> AsyncIterator[str]:
    yield f'{{"count":{count},"{name}":'
    async for piece in rows:
        yield piece
    yield "}"


async def _array(rows: Iterable[str]) -> AsyncIterator[str]:
    """The rows as a JSON array, so many at a time."""
    piece, before = list[str](), "["
    for row in rows:
        piece.append(row)
        if len(piece) == _ROWS_A_PIECE:
            yield before + ",".join(piece)
            piece, before = [], ","
            # Thousands of rows take a while: whoever shares the loop gets a turn in between.
            await asyncio.sleep(0)
    rest = ",".join(piece)
    yield f"{before if rest or before == '[' else ''}{rest}]"


def _check_readable(flow: Flow) -> None:
    if not flow.spec.can_read:
        raise Refused.privilege()


OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "flows": {
        "getMyFlow": Operation("GET", _my_flows),
        "search": Operation("POST", _search_flows),
        "get": Operation("GET", _flow),
        "trigger": Operation("POST", _trigger),
        "triggerFromTask": Operation("POST", _trigger_from_task),
        "updateAndTrigger": Operation("POST", _update_and_trigger),
        "enable": Operation("POST", _enable),
        "disable": Operation("POST", _disable),
        # Reading is not what this GET does: both official sample clients delete with it.
        "delete": Operation("GET", _delete),
    },
    "flowInstances": {
        "search": Operation("POST", _search_instances),
        "get": Operation("GET", _instance),
        "cancel": Operation("POST", _cancel),
    },
    "taskInstances": {
        "get": Operation("GET", _task),
        "getLog": Operation("GET", _log),
    },
    "time": {
        "getCurrentTime": Operation("GET", _current_time),
        "getTimeZone": Operation("GET", _time_zone),
    },
    "directories": {
        "listWorkFlowDirs": Operation("GET", _directories),
    },
}
"""Every operation, by resource and action."""

FOR_ANYBODY = frozenset({"time"})
"""Resources that don't ask who calls."""
