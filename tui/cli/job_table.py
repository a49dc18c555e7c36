"""How jobs and runs look in the tables of the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tui.cli.table import Field
from tui.core.duration import format_age, format_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Record = Mapping[str, Any]

JOB_KEYS = (
    "connection",
    "type",
    "id",
    "name",
    "kind",
    "path",
    "state",
    "substate",
    "native_state",
    "last_result",
    "run_id",
    "started_at",
    "ended_at",
    "duration_s",
    "next_run_at",
    "progress",
    "exit_code",
    "message",
    "url",
    "observed_at",
    "stale",
)
"""A job's keys in JSON and CSV: stable, in this order."""

RUN_KEYS = (
    "connection",
    "job_id",
    "run_id",
    "attempt",
    "state",
    "substate",
    "native_state",
    "queued_at",
    "started_at",
    "ended_at",
    "duration_s",
    "exit_code",
    "message",
    "triggered_by",
    "params",
)
"""A run's keys in JSON and CSV: stable, in this order."""

TASK_KEYS = (
    "connection",
    "job_id",
    "run_id",
    "task_id",
    "name",
    "attempt",
    "state",
    "native_state",
    "started_at",
    "ended_at",
    "duration_s",
    "message",
)
"""A step's keys in JSON and CSV: stable, in this order."""


def _text(key: str) -> Callable[[Record], str]:
    return lambda record: str(record[key]) if record.get(key) is not None else ""


def _state(record: Record) -> str:
    state = str(record["state"]).replace("_", " ")
    if record.get("substate"):
        state += f" ({record['substate']})"
    last = record.get("last_result")
    if last and last != record["state"]:
        state += f", last {last}"
    return f"{state}, stale" if record.get("stale") else state


def _age(key: str) -> Callable[[Record], str]:
    def tell(record: Record) -> str:
        if not record.get(key):
            return ""
        seconds = (datetime.now(UTC) - datetime.fromisoformat(record[key])).total_seconds()
        return f"{format_age(seconds)} ago" if seconds >= 1 else "now"

    return tell


def _duration(record: Record) -> str:
    if record.get("duration_s") is not None:
        return format_duration(record["duration_s"])
    if record.get("state") == "running" and record.get("started_at"):
        started = datetime.fromisoformat(record["started_at"])
        return format_duration((datetime.now(UTC) - started).total_seconds()) + "…"
    return ""


JOB_FIELDS = (
    Field("CONNECTION", _text("connection")),
    Field("ID", _text("id"), least=8),
    Field("JOB", _text("name"), least=16),
    Field("STATE", _state),
    Field("STARTED", _age("started_at")),
    Field("DURATION", _duration, is_right=True),
    Field("MESSAGE", _text("message"), least=10),
)
"""The columns of a table of jobs for people."""

RUN_FIELDS = (
    Field("RUN", _text("run_id")),
    Field("TRY", _text("attempt"), is_right=True),
    Field("STATE", _state),
    Field("STARTED", _age("started_at")),
    Field("DURATION", _duration, is_right=True),
    Field("EXIT", _text("exit_code"), is_right=True),
    Field("BY", _text("triggered_by"), least=4),
    Field("MESSAGE", _text("message"), least=10),
)
"""The columns of a table of runs for people."""

TASK_FIELDS = (
    Field("TASK", _text("name"), least=12),
    Field("ID", _text("task_id"), least=8),
    Field("TRY", _text("attempt"), is_right=True),
    Field("STATE", _state),
    Field("STARTED", _age("started_at")),
    Field("DURATION", _duration, is_right=True),
    Field("MESSAGE", _text("message"), least=10),
)
"""The columns of a table of steps for people."""
