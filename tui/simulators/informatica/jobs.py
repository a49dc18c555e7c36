"""Starting and stopping tasks and linear taskflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from tui.simulators.informatica.call import Call, operation
from tui.simulators.informatica.naming import is_federated_id, is_v2_id
from tui.simulators.informatica.refusal import no_such_object, wrong_id, wrong_value
from tui.simulators.informatica.run import stop_text
from tui.simulators.informatica.vocabulary import TASK_TYPES, WORKFLOW, Family

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.simulators.informatica.task import Task

_DEFAULT_FOLDER = "Default"
_NAMES = ("taskFederatedId", "taskId", "taskName")


async def _start(call: Call) -> httpx.Response:
    body = call.body("job")
    runtime = body.get("runtime", {})
    if not isinstance(runtime, dict):
        raise wrong_value("runtime", str(runtime))
    task = _task(call, body)
    run = call.org.start(task, call.short_user, runtime)
    answer = {
        "@type": "job",
        "taskId": task.spec.id,
        "taskName": task.spec.name,
        "taskType": task.spec.type,
        "runId": run.run_id,
        "runInParallel": task.spec.is_parallel,
    }
    return httpx.Response(200, json=answer)


async def _stop(call: Call) -> httpx.Response:
    is_clean = call.flag("cleanStop")
    task = _task(call, call.body("job"))
    call.org.stop(task, call.short_user, is_clean=is_clean)
    return httpx.Response(200, json={"@type": "success", "description": stop_text(call.short_user)})


def _task(call: Call, body: Mapping[str, object]) -> Task:
    """The task that is meant: by one of two ids, or by its name."""
    given_type = body.get("taskType")
    kind = given_type.upper() if isinstance(given_type, str) else ""
    if kind not in {*TASK_TYPES, WORKFLOW} or (kind != WORKFLOW and kind != given_type):
        raise wrong_value("taskType", str(given_type))
    given = [name for name in _NAMES if body.get(name) is not None]
    if len(given) != 1:
        raise wrong_id("task id", ", ".join(given) or None)
    value = body[given[0]]
    if not isinstance(value, str):
        raise wrong_id(given[0], str(value))
    task = _found(call, given[0], kind, value)
    if task is None or task.spec.type != kind:
        raise no_such_object(f"{kind} task", value)
    return task


def _found(call: Call, name: str, kind: str, value: str) -> Task | None:
    if name == "taskName":
        return call.org.catalogue.task_by_name(kind, value)
    if name == "taskFederatedId":
        if not is_federated_id(value):
            raise wrong_id(name, value)
        return call.org.catalogue.task_by_federated_id(value)
    if not is_v2_id(value):
        raise wrong_id(name, value)
    task = call.org.catalogue.tasks.get(value)
    is_elsewhere = task is not None and task.spec.folder != _DEFAULT_FOLDER
    if is_elsewhere and call.org.behaviour.restricts_task_ids:
        raise wrong_id(name, f"{value} (not in the Default folder)")
    return task


OPERATIONS = (
    operation("job", Family.V2, "POST", "/saas/api/v2/job", _start),
    operation("job.stop", Family.V2, "POST", "/saas/api/v2/job/stop", _stop),
)
"""What can be done with tasks."""
