"""What the accounting storage tells over REST: `openapi/dbv0.0.38`, and the newer forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulators.slurm.execution import Execution, Step, executions
from tui.simulators.slurm.newrows import SIGNAL_NAMES, number
from tui.simulators.slurm.newrows import exit_code as new_exit_code
from tui.simulators.slurm.rows import Row, epoch
from tui.simulators.slurm.vocabulary import CLUSTER, NODE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tui.simulators.slurm.job import Job

_NO_TIME: Row = {"seconds": 0, "microseconds": 0}


def history_rows(job: Job, now: datetime, *, is_new: bool) -> Iterator[Row]:
    """The rows of a job, its earlier executions first.

    Args:
        job: Which job.
        now: The time.
        is_new: Whether the forms are the newer ones.
    """
    for execution in executions(job, with_earlier=True):
        yield _row(execution, now, is_new=is_new)


def _row(done: Execution, now: datetime, *, is_new: bool) -> Row:
    job, request, state = done.job, done.job.request, str(done.state)
    return {
        "account": request.account,
        "comment": {"administrator": "", "job": request.comment, "system": ""},
        "allocation_nodes": int(done.started_at is not None),
        "array": {
            "job_id": job.array_id,
            "limits": {"max": {"running": {"tasks": request.at_once}}},
            "task": job.waiting_text,
            "task_id": number(job.element) if is_new else job.element,
        },
        "association": {
            "account": request.account,
            "cluster": CLUSTER,
            "partition": None,
            "user": request.user,
        },
        "cluster": CLUSTER,
        "constraints": "",
        "container": "",
        "derived_exit_code": _code(0, is_new=is_new),
        "time": _times(done, now, is_new=is_new),
        "exit_code": _code(done.status, is_new=is_new),
        "flags": [],
        "group": request.user,
        "het": {"job_id": 0, "job_offset": number(None) if is_new else None},
        "job_id": job.id,
        "name": request.name,
        "mcs": {"label": ""},
        "nodes": NODE if done.started_at else "None assigned",
        "partition": job.partition,
        "priority": number(job.priority) if is_new else job.priority,
        "qos": "",
        "required": {"CPUs": job.cpus, "memory": request.memory_mb},
        "kill_request_user": job.killed_by,
        "reservation": {"id": 0, "name": 0},
        "state": {"current": [state] if is_new else state, "reason": job.reason},
        "steps": [_step(done, step, now, is_new=is_new) for step in done.steps(now)],
        "tres": {"allocated": [], "requested": [{"type": "cpu", "name": "", "id": 1, "count": job.cpus}]},
        "user": request.user,
        "wckey": {"wckey": "", "flags": []},
        "working_directory": request.folder,
    } | ({"restart_cnt": done.number} if is_new else {})


def _times(done: Execution, now: datetime, *, is_new: bool) -> Row:
    limit = done.job.time_limit_min
    return {
        "elapsed": done.elapsed_s(now),
        "eligible": epoch(done.submitted_at),
        "end": epoch(done.ended_at),
        "start": epoch(done.started_at),
        "submission": epoch(done.submitted_at),
        "suspended": 0,
        "limit": number(limit, is_infinite=limit is None) if is_new else limit,
        "system": _NO_TIME,
        "total": _NO_TIME,
        "user": _NO_TIME,
    }


def _step(done: Execution, step: Step, now: datetime, *, is_new: bool) -> Row:
    start, end = epoch(step.started_at), epoch(step.ended_at)
    lived_s = int(((step.ended_at or now) - step.started_at).total_seconds())
    state = str(step.state)
    return {
        "time": {
            "elapsed": lived_s,
            "end": number(end) if is_new else end,
            "start": number(start) if is_new else start,
            "suspended": 0,
            "system": _NO_TIME,
            "total": _NO_TIME,
            "user": _NO_TIME,
        },
        "exit_code": _code(step.status, is_new=is_new),
        "nodes": {"count": 1, "range": NODE} | ({"list": [NODE]} if is_new else {}),
        "tasks": {"count": 1},
        "pid": "",
        "CPU": {"requested_frequency": {"min": 0, "max": 0}, "governor": []},
        "kill_request_user": done.job.killed_by,
        "state": [state] if is_new else state,
        "statistics": {"CPU": {"actual_frequency": 0}, "energy": {"consumed": 0}},
        "step": {"id": f"{done.job.id}.{step.id}", "name": step.name}
        if is_new
        else {"job_id": done.job.id, "het": {"component": None}, "id": step.id, "name": step.name},
        "task": {"distribution": "Unknown"},
        "tres": {"allocated": []},
    }


def _code(status: int, *, is_new: bool) -> Row:
    if is_new:
        return new_exit_code(status)
    signal = status & 0x7F
    if signal:
        named = {"signal_id": signal, "name": SIGNAL_NAMES.get(signal, "")}
        return {"status": "SIGNALED", "return_code": None, "signal": named}
    # Whatever exits by itself is told as a success in 22.05: its sources ask for no more than that.
    return {"status": "SUCCESS", "return_code": 0}
