"""What the attempts at tasks have written, and the tokens with which reading goes on."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import TYPE_CHECKING

from tui.simulators.airflow.refusal import Refused
from tui.simulators.airflow.stamps import written
from tui.simulators.airflow.vocabulary import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from tui.simulators.airflow.runs import DagRun
    from tui.simulators.airflow.tasks import Attempt, TaskInstance
    from tui.simulators.airflow.vocabulary import Behaviour

    Line = dict[str, object]

_KEY = b"simulated"
_EVERY_S = 5.0
_FOLDER = "/opt/airflow/logs"
_FOLLOWED = (TaskState.RUNNING, TaskState.DEFERRED)
_BAD_TOKEN = "Bad Signature. Please use only the tokens provided by the API."  # noqa: S105 - a sentence


def read(
    run: DagRun, task: TaskInstance, number: int, token: str, now: datetime, behaviour: Behaviour
) -> dict[str, object]:
    """The body of an answer: what follows the token, and how to go on.

    Args:
        run: The run.
        task: Its task.
        number: Which attempt.
        token: What the last answer said; empty for the beginning, which has a head of its own.
        now: Until when.
        behaviour: What the installation does.

    Raises:
        Refused: There is no such attempt, or the token is none of ours.
    """
    position = _position(token) if token else 0
    attempt = task.attempt(number)
    if attempt is None:
        raise Refused(404, "TaskInstance not found")
    if number == 0:
        return {"content": list(_nothing(attempt, now)), "continuation_token": None}
    place = {
        "run_id": run.run_id,
        "map_index": task.map_index,
        "task_id": task.spec.task_id,
        "ti_id": task.identity,
        "dag_id": run.spec.dag_id,
        "try_number": number,
    }
    lines = [line | place for line in _lines(attempt, now)]
    # The head says where the lines come from, and comes only once.
    head = [] if token else list(_head(run, task, attempt, behaviour))
    is_followed = attempt is task.now and attempt.state in _FOLLOWED
    following = _token(len(lines)) if is_followed else None
    return {"content": head + lines[position:], "continuation_token": following}


def _position(token: str) -> int:
    payload, _, signature = token.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(payload).encode()):
        raise Refused(400, _BAD_TOKEN)
    found = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return int(found["log_pos"])


def _token(position: int) -> str:
    payload = _encoded(json.dumps({"end_of_log": False, "log_pos": position}).encode())
    return f"{payload}.{_signature(payload)}"


def _signature(payload: str) -> str:
    return _encoded(hmac.digest(_KEY, payload.encode(), hashlib.sha1))


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode("ascii").rstrip("=")


def _nothing(attempt: Attempt, now: datetime) -> Iterator[Line]:
    """What is told of a task that never began."""
    text = "No logs available for this task."
    if attempt.state is TaskState.SKIPPED:
        text = "Task was skipped — no logs available."
    elif attempt.state is TaskState.UPSTREAM_FAILED:
        text = "Task did not run because upstream task(s) failed."
    yield {"timestamp": None, "event": "::group::Log message source details"}
    yield {"timestamp": None, "event": "::endgroup::"}
    yield {"timestamp": written(now), "event": text}


def _head(run: DagRun, task: TaskInstance, attempt: Attempt, behaviour: Behaviour) -> Iterator[Line]:
    yield {"event": "::group::Log message source details"}
    if attempt.start_date is not None and not attempt.hostname:
        yield {"event": "Could not read served logs: Hostname not available for worker."}
    elif attempt.start_date is not None:
        mapped = f"map_index={task.map_index}/" if task.map_index >= 0 else ""
        yield {
            "event": f"{_FOLDER}/dag_id={run.spec.dag_id}/run_id={run.run_id}/task_id={task.spec.task_id}/"
            f"{mapped}attempt={attempt.try_number}.log"
        }
        if attempt.state in _FOLLOWED and not behaviour.serves_logs:
            yield {"event": f"Could not read served logs: HTTPConnectionPool(host='{attempt.hostname}')"}
    yield {"event": "::endgroup::"}


def _lines(attempt: Attempt, now: datetime) -> Iterator[Line]:
    """What an attempt has written until now."""
    begun, spec = attempt.start_date, attempt.spec
    if begun is None or spec is None:
        return
    ends_at = attempt.end_date if attempt.end_date is not None and not attempt.is_killed else None
    until = min(attempt.writes_until or ends_at or now, now)
    yield _line(begun, "info", "::group::Pre Execute", "task")
    yield _line(begun, "info", "DAG bundles loaded: dags-folder", "airflow.dag_processing.bundles.manager")
    yield _line(begun, "info", "::endgroup::", "task")
    for text in spec.log:
        yield _line(begun, "info", text, "task.stdout")
    for step in range(1, int((until - begun).total_seconds() / _EVERY_S) + 1):
        at = begun + timedelta(seconds=step * _EVERY_S)
        yield _line(at, "info", f"working for {step * _EVERY_S:.0f} s", "task.stdout")
    if attempt.is_killed:
        if attempt.writes_until is not None and now >= attempt.writes_until:
            yield from _killed(attempt.writes_until)
    elif ends_at is not None and now >= ends_at:
        yield from _ending(spec.error if attempt.is_failing else "", ends_at)


def _ending(error: str, at: datetime) -> Iterator[Line]:
    if error:
        yield _line(at, "error", "Task failed with exception", "task") | {"error_detail": _detail(error)}
    else:
        yield _line(at, "info", "Done. Returned value was: None", "airflow.task.operators")
    yield _line(at, "info", "::group::Post Execute", "task")
    yield _line(at, "info", "::endgroup::", "task")


def _killed(at: datetime) -> Iterator[Line]:
    text = "Server indicated the task shouldn't be running anymore. Terminating process"
    reason = {
        "reason": "not_running",
        "message": "TI is no longer in the running state and task should terminate",
        "current_state": "failed",
    }
    yield _line(at, "error", text, "task") | {"detail": {"detail": reason}}
    error = "AirflowException: Bash command failed. The command returned a non-zero exit code -15."
    yield from _ending(error, at)
    yield _line(at, "error", "Task killed!", "task")


def _detail(error: str) -> Sequence[dict[str, object]]:
    kind, _, text = error.partition(": ")
    frames = [
        {"filename": "/opt/airflow/sdk/execution_time/task_runner.py", "lineno": 1553, "name": "run"},
        {"filename": "/opt/airflow/dags/jobs.py", "lineno": 42, "name": "work"},
    ]
    return [
        {
            "exc_type": kind,
            "exc_value": text,
            "exc_notes": [],
            "syntax_error": None,
            "is_cause": False,
            "frames": frames,
            "is_group": False,
            "exceptions": [],
        }
    ]


def _line(at: datetime, level: str, event: str, logger: str) -> Line:
    return {
        "timestamp": written(at),
        "event": event,
        "level": level,
        "logger": logger,
        "filename": "task_runner.py",
        "lineno": 2232,
    }
