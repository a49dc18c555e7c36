"""Advanced taskflows: start, status as an object and as a list, terminate, resume."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx

from tui.simulators.informatica.call import Call, operation
from tui.simulators.informatica.refusal import Refused
from tui.simulators.informatica.statusrows import status_row
from tui.simulators.informatica.times import read_plain
from tui.simulators.informatica.vocabulary import FAILED, RUNNING, SUCCESS, SUSPENDED, Family

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tui.simulators.informatica.taskflow import Taskflow, TaskflowRun

_WINDOW = timedelta(hours=24)
_DEFAULT_ROWS, _MOST_ROWS, _MOST_IDS = 10, 50, 200
_STATUSES = {"Success": SUCCESS, "Failed": FAILED, "Suspended": SUSPENDED, "Running": RUNNING}


async def _start_with_body(call: Call) -> httpx.Response:
    return _started(call, call.body() if call.request.content else {})


async def _start_with_query(call: Call) -> httpx.Response:
    return _started(call, dict(call.request.url.params))


def _started(call: Call, inputs: Mapping[str, object]) -> httpx.Response:
    name = call.parts["name"]
    taskflow = call.org.catalogue.taskflow_by_api_name(name)
    if taskflow is None or not taskflow.spec.is_published:
        raise Refused(404, "TF_404", f"There is no published taskflow {name}.")
    if taskflow.spec.allows is not None and call.user not in taskflow.spec.allows:
        raise Refused(403, "TF_403", f"User {call.user} is not authorized to run {name}.")
    run = call.org.start_taskflow(taskflow, call.short_user, inputs)
    return httpx.Response(200, json={"RunId": taskflow.public_id(run.run_id, call.org.behaviour)})


async def _status(call: Call) -> httpx.Response:
    taskflow, run = _run(call)
    return httpx.Response(200, json=status_row(taskflow, run, call.org.now(), call.org.behaviour))


async def _list(call: Call) -> httpx.Response:
    wanted, org, now = call.query("runStatus"), call.org, call.org.now()
    if wanted is not None and wanted not in _STATUSES:
        raise Refused(400, "TF_400", f"The runStatus {wanted} is none of {', '.join(_STATUSES)}.")
    since, until = _window(call)
    rows: list[dict[str, object]] = []
    left = _number(call, "offset", 0, 10**9)
    count = _number(call, "rowLimit", _DEFAULT_ROWS, _MOST_ROWS)
    async for taskflow, run in org.flow_timeline.started(since, min(until, now)):
        if wanted is not None and run.status(now, org.behaviour) != _STATUSES[wanted]:
            continue
        if left:
            left -= 1
            continue
        if len(rows) >= count:
            break
        rows.append(status_row(taskflow, run, now, org.behaviour))
    return httpx.Response(200, json=rows)


def _window(call: Call) -> tuple[datetime, datetime]:
    """The span in which a run must have begun; a day when it isn't told."""
    start, end = call.query("startTime"), call.query("endTime")
    until = read_plain(end) if end is not None else call.org.now()
    since = read_plain(start) if start is not None else until - _WINDOW
    return since, until


def _number(call: Call, name: str, default: int, highest: int) -> int:
    try:
        return call.number(name, default, 0, highest)
    except Refused as refused:
        raise Refused(400, "TF_400", refused.text) from None


async def _terminate(call: Call) -> httpx.Response:
    ids = call.body().get("runid")
    if not isinstance(ids, list) or not ids or not all(isinstance(one, str) for one in ids):
        raise Refused(400, "TF_400", "The runid must be a list of texts.")
    if len(ids) > _MOST_IDS:
        raise Refused(400, "TF_400", f"More than {_MOST_IDS} runs can't be terminated at once.")
    return httpx.Response(200, json=[{"runid": one, "message": _terminated(call, one)} for one in ids])


def _terminated(call: Call, public_id: str) -> str:
    found = call.org.taskflow_run(public_id)
    if found is None:
        return f"There is no run {public_id}."
    taskflow, run = found
    if not run.is_open(call.org.now()):
        return f"The run {public_id} has ended."
    call.org.terminate(taskflow, run, call.short_user)
    return "The run was terminated."


async def _retry(call: Call) -> httpx.Response:
    return _resumed(call, is_skipping=False)


async def _skip(call: Call) -> httpx.Response:
    return _resumed(call, is_skipping=True)


def _resumed(call: Call, *, is_skipping: bool) -> httpx.Response:
    taskflow, run = _run(call)
    if run.status(call.org.now(), call.org.behaviour) != SUSPENDED:
        raise Refused(400, "TF_400", "Only a suspended run can be resumed.")
    call.org.resume(taskflow, run, is_skipping=is_skipping)
    return httpx.Response(204)


def _run(call: Call) -> tuple[Taskflow, TaskflowRun]:
    found = call.org.taskflow_run(call.parts["id"])
    if found is None:
        raise Refused(404, "TF_404", f"There is no run {call.parts['id']}.")
    return found


_RT, _TF = "/active-bpel/rt/{name}", "/active-bpel/services/tf"
_RESUME = "/active-bpel/management/runtime/v1"

OPERATIONS = (
    operation("taskflow", Family.TASKFLOWS, "POST", _RT, _start_with_body),
    operation("taskflow", Family.TASKFLOWS, "GET", _RT, _start_with_query),
    operation("taskflow.status", Family.TASKFLOWS, "GET", _TF + "/status/{id}", _status),
    operation("taskflow.list", Family.TASKFLOWS, "GET", f"{_TF}/status", _list),
    operation("taskflow.terminate", Family.TASKFLOWS, "PUT", f"{_TF}/terminate", _terminate),
    operation("taskflow.retry", Family.TASKFLOWS, "PUT", _RESUME + "/resumeWithFaultRetry/{id}", _retry),
    operation("taskflow.skip", Family.TASKFLOWS, "PUT", _RESUME + "/resumeWithFaultSkip/{id}", _skip),
)
"""What can be asked about advanced taskflows."""
