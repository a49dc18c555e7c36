"""The rows of the table as CSV, JSON and Markdown, without secrets and with times instead of ages."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tui.core.duration import format_duration
from tui.engine.markdown import escaped
from tui.engine.records import job_record
from tui.engine.spreadsheet import csv_text
from tui.ui.glyphs import UNICODE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.core.models import Job, Trend

Record: TypeAlias = dict[str, Any]
"""A job with its public keys."""

MARKDOWN = "md"
"""The ending of a file with a Markdown table."""

_RIGHT = frozenset({"duration", "usual", "exit_code", "progress"})
_KEYS = {"started": "started_at", "ended": "ended_at", "next": "next_run_at", "age": "observed_at"}


class ExportRow(NamedTuple):
    """One row, with what only the table knows of it."""

    job: Job
    """The job as last observed."""
    is_stale: bool = False
    """Whether what is known of it is older than it should be."""
    environment: str = ""
    """`prod`, `stage`, `dev` or empty."""
    elapsed_s: float | None = None
    """How long the newest run took, or takes so far."""
    trend: Trend | None = None
    """How the last runs went."""


class ExportColumn(NamedTuple):
    """A column of a Markdown table."""

    id: str
    """Its id."""
    title: str
    """Its heading."""


def exported(
    suffix: str, rows: Sequence[ExportRow], columns: Sequence[ExportColumn], mask: Callable[[str], str]
) -> str:
    """The rows as the content of a file.

    Args:
        suffix: The file's ending: `csv`, `json` or `md`.
        rows: In their order.
        columns: What a Markdown table shows; the other forms have every public key.
        mask: Takes the secrets out of a text.
    """
    records = _masked_records(rows, mask)
    if suffix == "json":
        import json

        return json.dumps(records, ensure_ascii=False, indent=2) + "\n"
    if suffix == MARKDOWN:
        cells = [
            [_cell(column.id, row, record, mask) for column in columns]
            for row, record in zip(rows, records, strict=True)
        ]
        return markdown_table(columns, cells)
    return _csv(records)


def markdown_table(columns: Sequence[ExportColumn], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, in which every text reads as it is.

    Args:
        columns: From the left.
        rows: One text for each column.
    """
    lines = [
        [column.title for column in columns],
        ["---:" if column.id in _RIGHT else "---" for column in columns],
        *([escaped(text) for text in row] for row in rows),
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _masked_records(rows: Sequence[ExportRow], mask: Callable[[str], str]) -> list[Record]:
    """The rows with their public keys; the same texts stand in many of them and are masked once."""
    known: dict[str, str] = {}

    def value_of(value: Any) -> Any:
        if isinstance(value, str):
            if value not in known:
                known[value] = mask(value)
            return known[value]
        return None if isinstance(value, float) and not isfinite(value) else value

    return [
        {key: value_of(value) for key, value in job_record(row.job, is_stale=row.is_stale).items()}
        for row in rows
    ]


def _csv(records: Sequence[Record]) -> str:
    """With the same keys and words as `nightdeck jobs -o csv`, but for texts that look like formulas."""
    names = list(records[0]) if records else ["connection"]
    cells = ([str(v).lower() if isinstance(v, bool) else v for v in record.values()] for record in records)
    return csv_text([names, *cells])


def _cell(column: str, row: ExportRow, record: Record, mask: Callable[[str], str]) -> str:
    """A cell of the Markdown table: a time is told as such, and not as an age."""
    if column == "state":
        return _state(record)
    if column == "duration":
        return format_duration(row.elapsed_s) if row.elapsed_s is not None else ""
    if column == "usual":
        return format_duration(row.trend.usual_s) if row.trend is not None and row.trend.usual_s else ""
    if column == "last10":
        return UNICODE.outcome_strip(row.trend.outcomes) if row.trend is not None else ""
    if column == "environment":
        return row.environment
    if column == "tags":
        return mask(" ".join(row.job.tags))
    value = record.get(_KEYS.get(column, column))
    if column == "progress" and value is not None:
        return f"{value:.0%}"
    if value is None:
        return ""
    return str(value).replace("_", " ") if column == "last_result" else str(value)


def _state(record: Record) -> str:
    """The state in words, with the last result where it is another one."""
    state, last = str(record["state"]), record["last_result"]
    told = f"{state}, last {last}" if last and last != state else state
    return told.replace("_", " ") + (", stale" if record["stale"] else "")
