"""The journal as records: one a step, or one a request with what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tui.cli.table import Field
from tui.core.models import ReceiptStatus
from tui.engine.named_runs import run_named_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tui.engine.journal import JournalEntry

STEP_KEYS = (
    "request_id",
    "at",
    "user",
    "host",
    "pid",
    "connection",
    "job_id",
    "job_name",
    "action",
    "params",
    "run_id",
    "status",
    "message",
    "before_state",
    "after_state",
)
"""A step's keys in JSON and CSV: stable, in this order."""

REQUEST_KEYS = (
    "request_id",
    "sent_at",
    "user",
    "host",
    "pid",
    "connection",
    "job_id",
    "job_name",
    "action",
    "params",
    "run_id",
    "before_state",
    "outcome",
    "outcome_at",
    "after_state",
    "message",
)
"""A request's keys in JSON and CSV: stable, in this order."""


def step_record(entry: JournalEntry) -> dict[str, Any]:
    """One step; what is absent is None."""
    record: dict[str, Any] = {key: getattr(entry, key) for key in STEP_KEYS}
    record["at"] = entry.at.isoformat()
    return _finished(record, entry)


def request_record(steps: Iterable[JournalEntry]) -> dict[str, Any]:
    """One request: how it was sent, and the last that is known of it; what is absent is None.

    Args:
        steps: All its steps that are known, oldest first.
    """
    first, *later = steps
    last = later[-1] if later else first
    record: dict[str, Any] = {key: getattr(first, key, None) for key in REQUEST_KEYS}
    record["sent_at"] = first.at.isoformat()
    record["outcome"] = last.status
    record["outcome_at"] = last.at.isoformat() if later else None
    record["after_state"], record["message"] = last.after_state, last.message
    record["run_id"] = next((step.run_id for step in reversed((first, *later)) if step.run_id), "")
    if last.status == ReceiptStatus.REFUSED and run_named_in(first):
        # A run that was refused does not exist, whatever name we had for it.
        record["run_id"] = ""
    return _finished(record, first)


def requests_of(steps: Iterable[JournalEntry]) -> list[list[JournalEntry]]:
    """The steps of each request, in the order in which the requests began."""
    requests: dict[str, list[JournalEntry]] = {}
    for step in steps:
        requests.setdefault(step.request_id, []).append(step)
    return list(requests.values())


def _finished(record: dict[str, Any], entry: JournalEntry) -> dict[str, Any]:
    record["params"] = dict(entry.params)
    for key in ("run_id", "message", "after_state"):
        record[key] = record[key] or None
    return record


def _moment(key: str) -> Field:
    def text(record: Mapping[str, Any]) -> str:
        return f"{datetime.fromisoformat(record[key]).astimezone():%Y-%m-%d %H:%M:%S}"

    return Field("AT" if key == "at" else "SENT", text)


_WHO = Field("WHO", lambda record: f"{record['user']}@{record['host']}:{record['pid']}")
_ACTION = Field("ACTION", lambda record: str(record["action"]))
_JOB = Field(
    "JOB", lambda record: f"{record['connection']}/{record['job_name'] or record['job_id']}", least=20
)
_RUN = Field("RUN", lambda record: record["run_id"] or "", least=8)
_MESSAGE = Field("MESSAGE", lambda record: record["message"] or "", least=10)
_BEFORE = Field("BEFORE", lambda record: record["before_state"] or "", least=6)
_AFTER = Field("AFTER", lambda record: record["after_state"] or "", least=5)
_REQUEST = Field("REQUEST", lambda record: str(record["request_id"]), least=7)

STEP_FIELDS = (
    *(_moment("at"), _WHO, _ACTION, _JOB, Field("STATUS", lambda record: str(record["status"]))),
    *(_RUN, _MESSAGE, _BEFORE, _AFTER, _REQUEST),
)
"""The table of steps. Where the terminal is narrow, it is cut at its end."""

REQUEST_FIELDS = (
    *(_moment("sent_at"), _WHO, _ACTION, _JOB, Field("OUTCOME", lambda record: str(record["outcome"]))),
    *(_RUN, _MESSAGE, _BEFORE, _AFTER, _REQUEST),
)
"""The table of requests."""
