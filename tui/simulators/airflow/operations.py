"""The operations of the API: which addresses there are, who may ask, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui.simulators.airflow import lists, tasklog
from tui.simulators.airflow.bodies import (
    ClearBody,
    DagBody,
    RunBody,
    RunsBody,
    TasksBody,
    TriggerBody,
    read_body,
    read_query_number,
)
from tui.simulators.airflow.refusal import Refused
from tui.simulators.airflow.rows import dag_row, details_row, run_row, task_row, try_rows
from tui.simulators.airflow.specs import TRUNK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui.simulators.airflow.audit import Audit
    from tui.simulators.airflow.installation import Installation
    from tui.simulators.airflow.lists import Query
    from tui.simulators.airflow.runs import DagRun
    from tui.simulators.airflow.tasks import TaskInstance
    from tui.simulators.airflow.tokens import Account

_JSON = ("*/*", "application/json", "application/*")


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was let in."""

    installation: Installation
    """What the server knows."""
    audit: Audit
    """What was changed before."""
    account: Account
    """Who asks."""
    values: Mapping[str, str]
    """What the address names."""
    query: Query
    """What stands behind the question mark."""
    content: bytes
    """The body."""
    accept: str
    """Which kinds of answer are taken."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation."""

    name: str
    """What the server's own code calls it."""
    method: str
    """Its HTTP method."""
    path: tuple[str, ...]
    """The parts of its address below `/api/v2`; in braces what stands for a value."""
    perform: Callable[[Call], Any]
    """Makes the value of the answer."""
    is_change: bool = False
    """Whether a viewer may not."""
    is_audited: bool = False
    """Whether it is written down, whatever comes of it."""
    is_public: bool = False
    """Whether nobody needs a token."""


def find(method: str, parts: tuple[str, ...]) -> tuple[Operation, Mapping[str, str]]:
    """The operation that a request means, and what its address names.

    Args:
        method: The HTTP method.
        parts: The parts of the address below `/api/v2`.

    Raises:
        Refused: There is none, or not with this method.
    """
    is_known = False
    for operation in OPERATIONS:
        values = _values(operation.path, parts)
        if values is not None:
            is_known = True
            if operation.method == method:
                return operation, values
    if is_known or method != "GET":
        raise Refused(405, "Method Not Allowed")
    raise Refused(404, "API route not found")


def _values(pattern: tuple[str, ...], parts: tuple[str, ...]) -> Mapping[str, str] | None:
    if len(pattern) != len(parts):
        return None
    values = {}
    for wanted, part in zip(pattern, parts, strict=True):
        if wanted.startswith("{"):
            values[wanted[1:-1]] = part
        elif wanted != part:
            return None
    return values if all(values.values()) else None


def _health(call: Call) -> Any:
    now, behaviour = call.installation.now().isoformat(), call.installation.behaviour
    return {
        "metadatabase": {"status": "healthy"},
        "scheduler": {
            "status": "healthy" if behaviour.is_scheduler_alive else "unhealthy",
            "latest_scheduler_heartbeat": now if behaviour.is_scheduler_alive else None,
        },
        "triggerer": {
            "status": "healthy" if behaviour.has_triggerer else None,
            "latest_triggerer_heartbeat": now if behaviour.has_triggerer else None,
        },
        "dag_processor": {"status": "healthy", "latest_dag_processor_heartbeat": now},
    }


def _version(call: Call) -> Any:
    return {"version": call.installation.behaviour.version, "git_version": ".release:simulated"}


def _get_dag(call: Call) -> Any:
    return dag_row(call.installation.dag(call.values["dag_id"]))


def _get_details(call: Call) -> Any:
    return details_row(call.installation.dag(call.values["dag_id"]))


def _patch_dag(call: Call) -> Any:
    body = read_body(DagBody, call.content)
    return dag_row(call.installation.hold(call.values["dag_id"], is_paused=body.is_paused))


def _list_runs(call: Call) -> Any:
    return lists.list_runs(call.installation, call.values["dag_id"], call.query)


def _batch_of_runs(call: Call) -> Any:
    _only_all(call)
    return lists.batch_of_runs(call.installation, read_body(RunsBody, call.content))


def _trigger(call: Call) -> Any:
    body = read_body(TriggerBody, call.content)
    return run_row(call.installation.trigger(call.values["dag_id"], body, call.account.name))


def _get_run(call: Call) -> Any:
    return run_row(_run(call))


def _patch_run(call: Call) -> Any:
    body = read_body(RunBody, call.content)
    return run_row(call.installation.change_run(call.values["dag_id"], call.values["dag_run_id"], body))


def _clear(call: Call) -> Any:
    body = read_body(ClearBody, call.content)
    if body.only_new and body.only_failed:
        message = "Value error, only_new and only_failed are mutually exclusive"
        raise Refused(422, [{"type": "value_error", "loc": ["body"], "msg": message, "input": {}}])
    run = _run(call)
    if not body.dry_run:
        return run_row(call.installation.clear(call.values["dag_id"], run.run_id, body))
    concerned = run.to_clear(is_failed_only=body.only_failed)
    return {
        "task_instances": [task_row(run, task) for task in concerned],
        "total_entries": len(concerned),
    }


def _list_tasks(call: Call) -> Any:
    return lists.list_tasks(call.installation, call.values["dag_id"], call.values["dag_run_id"], call.query)


def _batch_of_tasks(call: Call) -> Any:
    _only_all(call)
    return lists.batch_of_tasks(call.installation, read_body(TasksBody, call.content))


def _get_task(call: Call) -> Any:
    run, task = _task(call)
    return task_row(run, task)


def _get_tries(call: Call) -> Any:
    rows = try_rows(*_task(call))
    return {"task_instances": rows, "total_entries": len(rows)}


def _get_log(call: Call) -> Any:
    if not call.accept.startswith((*_JSON, "application/x-ndjson")):
        raise Refused(406, "Only application/json or application/x-ndjson is supported")
    number = read_query_number("try_number", call.values["try_number"])
    now = call.installation.now()
    try:
        run, task = _task(call)
    except Refused:
        raise Refused(404, "TaskInstance not found") from None
    return tasklog.read(run, task, number, call.query.one("token"), now, call.installation.behaviour)


def _list_audit(call: Call) -> Any:
    return lists.list_audit(call.installation, call.audit.entries, call.query)


def _list_import_errors(call: Call) -> Any:
    broken = [dag.spec for dag in call.installation.dags.values() if dag.spec.has_import_errors]
    rows = [
        {
            "import_error_id": number,
            "timestamp": call.installation.now().isoformat(),
            "filename": f"{spec.dag_id}.py",
            "bundle_name": "dags-folder",
            "stack_trace": "ModuleNotFoundError: No module named 'jobs'\n",
        }
        for number, spec in enumerate(broken, 1)
    ]
    cut = call.query.cut(call.installation.behaviour, "id")
    return {"import_errors": rows[cut.offset : cut.offset + cut.limit], "total_entries": len(rows)}


def _only_all(call: Call) -> None:
    """Those lists are asked for under no DAG's name."""
    for name, value in call.values.items():
        if value != "~":
            message = "Input should be '~'"
            raise Refused(
                422, [{"type": "literal_error", "loc": ["path", name], "msg": message, "input": value}]
            )


def _run(call: Call) -> DagRun:
    return call.installation.run(call.values["dag_id"], call.values["dag_run_id"])


def _task(call: Call) -> tuple[DagRun, TaskInstance]:
    values = call.values
    dag_id, run_id, task_id = values["dag_id"], values["dag_run_id"], values["task_id"]
    text = values.get("map_index") or call.query.one("map_index", str(TRUNK))
    dag = call.installation.dags.get(dag_id)
    run = dag.runs.get(run_id) if dag is not None else None
    task = run.task(task_id, int(text)) if run is not None and text.lstrip("-").isdigit() else None
    if run is not None and task is not None:
        return run, task
    if run is not None and any(each.spec.task_id == task_id for each in run.tasks) and int(text) == TRUNK:
        raise Refused(404, "Task instance is mapped, add the map_index value to the URL")
    place = f"dag_id: `{dag_id}`, run_id: `{run_id}`, task_id: `{task_id}` and map_index: `{text}`"
    raise Refused(404, f"The Task Instance with {place} was not found")


def _operation(name: str, method: str, path: str, perform: Callable[[Call], Any], **more: bool) -> Operation:
    return Operation(name, method, tuple(path.split("/")), perform, **more)


_CHANGE = {"is_change": True, "is_audited": True}
_RUN = "dags/{dag_id}/dagRuns/{dag_run_id}"

OPERATIONS = (
    _operation("get_health", "GET", "monitor/health", _health, is_public=True),
    _operation("get_version", "GET", "version", _version, is_public=True),
    _operation("get_dags", "GET", "dags", lambda call: lists.list_dags(call.installation, call.query)),
    _operation("get_dag", "GET", "dags/{dag_id}", _get_dag),
    _operation("get_dag_details", "GET", "dags/{dag_id}/details", _get_details),
    _operation("patch_dag", "PATCH", "dags/{dag_id}", _patch_dag, **_CHANGE),
    _operation("get_dag_runs", "GET", "dags/{dag_id}/dagRuns", _list_runs),
    _operation("trigger_dag_run", "POST", "dags/{dag_id}/dagRuns", _trigger, **_CHANGE),
    _operation("get_list_dag_runs_batch", "POST", "dags/{dag_id}/dagRuns/list", _batch_of_runs),
    _operation("get_dag_run", "GET", _RUN, _get_run),
    _operation("patch_dag_run", "PATCH", _RUN, _patch_run, **_CHANGE),
    _operation("clear_dag_run", "POST", f"{_RUN}/clear", _clear, **_CHANGE),
    _operation("get_task_instances", "GET", f"{_RUN}/taskInstances", _list_tasks),
    _operation(
        "get_task_instances_batch", "POST", f"{_RUN}/taskInstances/list", _batch_of_tasks, is_audited=True
    ),
    _operation("get_task_instance", "GET", f"{_RUN}/taskInstances/{{task_id}}", _get_task),
    _operation("get_task_instance_tries", "GET", f"{_RUN}/taskInstances/{{task_id}}/tries", _get_tries),
    _operation("get_log", "GET", f"{_RUN}/taskInstances/{{task_id}}/logs/{{try_number}}", _get_log),
    _operation(
        "get_mapped_task_instance", "GET", f"{_RUN}/taskInstances/{{task_id}}/{{map_index}}", _get_task
    ),
    _operation(
        "get_mapped_task_instance_tries",
        "GET",
        f"{_RUN}/taskInstances/{{task_id}}/{{map_index}}/tries",
        _get_tries,
    ),
    _operation("get_event_logs", "GET", "eventLogs", _list_audit),
    _operation("get_import_errors", "GET", "importErrors", _list_import_errors),
)
"""Every operation that there is here."""
