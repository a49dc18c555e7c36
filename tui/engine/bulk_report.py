"""What became of a bulk, to be kept: as Markdown for people, as CSV and JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tui.engine.bulk import ItemStatus
from tui.engine.markdown import escaped
from tui.engine.spreadsheet import csv_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from tui.engine.bulk import BulkItem, BulkRun

_FIELDS = (
    *("connection", "environment", "job_id", "name", "action", "status", "run_id", "state"),
    *("sent_at", "request_id", "message"),
)


def bulk_records(run: BulkRun) -> Sequence[Mapping[str, str]]:
    """One record for each job, in order; what is not known is empty, times are UTC."""
    return [_record(item) for item in run.items]


def bulk_markdown(run: BulkRun, now: datetime) -> str:
    """A heading, the counts, and a table with one line for each job.

    Args:
        run: What is reported on.
        now: When that is.
    """
    order = run.plan.order
    option = " by force" if order.is_forced else " only what failed" if order.is_failed_only else ""
    tally = ", ".join(f"{run.tally[status]} {status}" for status in ItemStatus if run.tally.get(status))
    lines = [
        f"# {order.kind} of {run.plan.count} jobs{option}",
        "",
        f"- begun {_text(run.began_at)}, told {_text(now)}",
        f"- {tally or 'no jobs'}",
        *([f"- {run.ended_by}"] if run.ended_by else []),
        "",
        "| job | connection | environment | action | result | run | message |",
        "|---|---|---|---|---|---|---|",
    ]
    for item in run.items:
        result = f"{item.status} {item.state or ''}".strip()
        line = item.line
        cells = (line.name, line.job.connection, line.environment, line.kind, result, item.run_id)
        lines.append(f"| {' | '.join(escaped(cell) for cell in (*cells, item.message))} |")
    return "\n".join(lines) + "\n"


def bulk_csv(run: BulkRun) -> str:
    """The records as CSV with a line of names."""
    return csv_text([_FIELDS, *(list(record.values()) for record in bulk_records(run))])


def bulk_json(run: BulkRun) -> str:
    """The records as JSON, with what the bulk was."""
    told = {
        "action": run.plan.order.kind.value,
        "began_at": _text(run.began_at),
        "ended_by": run.ended_by,
        "jobs": list(bulk_records(run)),
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


REPORTS: Mapping[str, Callable[[BulkRun], str]] = {"csv": bulk_csv, "json": bulk_json}
"""The reports for programs by the ending of their file."""


def _record(item: BulkItem) -> dict[str, str]:
    line = item.line
    values = (
        *(line.job.connection, line.environment, line.job.id, line.name, line.kind.value),
        *(item.status.value, item.run_id, item.state.value if item.state else ""),
        *(_text(item.sent_at) if item.sent_at else "", item.request_id, item.message),
    )
    return dict(zip(_FIELDS, values, strict=True))


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
