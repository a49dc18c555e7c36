"""Jobs and runs as JSON-like records: the stable keys of the command line, and the form kept in history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tui.core.keys import RunKey
from tui.core.models import Job, Run, Task
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping


def job_record(job: Job, *, is_stale: bool) -> dict[str, Any]:
    """A job with the public keys, in their documented order; what is absent is None."""
    return {
        "connection": job.connection,
        "type": job.type,
        "id": job.id,
        "name": job.name,
        "kind": job.kind or None,
        "path": job.path or None,
        "state": job.state.value,
        "substate": job.substate or None,
        "native_state": job.native_state or None,
        "last_result": job.last_result.value if job.last_result is not None else None,
        "run_id": job.run_id or None,
        "started_at": _text(job.started_at),
        "ended_at": _text(job.ended_at),
        "duration_s": job.duration_s,
        "next_run_at": _text(job.next_run_at),
        "progress": job.progress,
        "exit_code": job.exit_code,
        "message": job.message or None,
        "url": job.url or None,
        "observed_at": _text(job.observed_at),
        "stale": is_stale,
    }


def job_from_record(record: Mapping[str, Any]) -> Job:
    """The job that a public record tells of.

    Raises:
        ValueError: The record lacks a key that every job has, or a time can't be read.
    """
    get = record.get
    try:
        last_result = get("last_result")
        return Job(
            connection=record["connection"],
            type=record["type"],
            id=record["id"],
            name=record["name"],
            state=_state(record["state"]),
            observed_at=datetime.fromisoformat(record["observed_at"]),
            kind=get("kind") or "",
            path=get("path") or "",
            substate=get("substate") or "",
            native_state=get("native_state") or "",
            last_result=_state(last_result) if last_result else None,
            run_id=get("run_id") or "",
            started_at=_time(get("started_at")),
            ended_at=_time(get("ended_at")),
            duration_s=get("duration_s"),
            next_run_at=_time(get("next_run_at")),
            progress=get("progress"),
            exit_code=get("exit_code"),
            message=get("message") or "",
            url=get("url") or "",
            tags=tuple(get("tags") or ()),
            is_held=bool(get("is_held")),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is no record of a job: {error}") from error


def cache_record(job: Job) -> dict[str, Any]:
    """A job as the cache keeps it: nothing that `job_from_cache` needs is lost."""
    record = {key: value for key, value in job_record(job, is_stale=True).items() if value is not None}
    del record["stale"]
    if job.tags:
        record["tags"] = list(job.tags)
    if job.is_held:
        record["is_held"] = True
    return record


def job_from_cache(record: Mapping[str, Any]) -> Job:
    """The job that `cache_record` kept, as old as it was. Raises ValueError like `job_from_record`."""
    return job_from_record(record)


def run_record(run: Run) -> dict[str, Any]:
    """A run with the public keys, in their documented order; what is absent is None."""
    return {
        "connection": run.key.connection,
        "job_id": run.key.job_id,
        "run_id": run.key.run_id,
        "attempt": run.key.attempt,
        "state": run.state.value,
        "substate": run.substate or None,
        "native_state": run.native_state or None,
        "queued_at": _text(run.queued_at),
        "started_at": _text(run.started_at),
        "ended_at": _text(run.ended_at),
        "duration_s": run.duration_s,
        "exit_code": run.exit_code,
        "message": run.message or None,
        "triggered_by": run.triggered_by or None,
        "params": dict(run.params),
    }


def task_record(task: Task) -> dict[str, Any]:
    """A step of a run with the public keys, in their documented order; what is absent is None."""
    start, end = task.started_at, task.ended_at
    return {
        "connection": task.run.connection,
        "job_id": task.run.job_id,
        "run_id": task.run.run_id,
        "task_id": task.id,
        "name": task.name,
        "attempt": task.attempt,
        "state": task.state.value,
        "native_state": task.native_state or None,
        "started_at": _text(task.started_at),
        "ended_at": _text(task.ended_at),
        "duration_s": (end - start).total_seconds() if start is not None and end is not None else None,
        "message": task.message or None,
    }


def run_from_record(record: Mapping[str, Any]) -> Run:
    """The run that a public record tells of.

    Raises:
        ValueError: The record lacks a key that every run has, or a time can't be read.
    """
    get = record.get
    try:
        return Run(
            key=RunKey(record["connection"], record["job_id"], record["run_id"], get("attempt") or 1),
            state=_state(record["state"]),
            substate=get("substate") or "",
            native_state=get("native_state") or "",
            queued_at=_time(get("queued_at")),
            started_at=_time(get("started_at")),
            ended_at=_time(get("ended_at")),
            duration_s=get("duration_s"),
            exit_code=get("exit_code"),
            message=get("message") or "",
            triggered_by=get("triggered_by") or "",
            params=dict(get("params") or {}),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is no record of a run: {error}") from error


def _text(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat() if time is not None else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _state(text: str) -> State:
    """A state by its word; one that a later version may have written is unknown to us."""
    try:
        return State(text)
    except ValueError:
        return State.UNKNOWN
