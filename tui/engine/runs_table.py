"""Runs in the history file: how they are written, read back and thrown away."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tui.core.keys import JobKey
from tui.core.state import State
from tui.engine.records import run_from_record, run_record
from tui.engine.runs import moment_of
from tui.engine.trends import SAMPLE, trend_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from tui.core.models import Run, Trend

KEPT = 1000
"""Runs of one job that are kept; older ones are thrown away when a newer one comes."""

_STATES = {state.value: state for state in State}

_KEY = ("connection", "job_id", "run_id", "attempt")

# A run that has ended stays ended, and what a later look doesn't tell stays as an earlier one told it.
_UPSERT = """
INSERT INTO runs (connection, job_id, run_id, attempt, state, is_final, duration_s, moment, record)
VALUES (:connection, :job_id, :run_id, :attempt, :state, :is_final, :duration_s,
        coalesce(:moment, :now), :record)
ON CONFLICT (connection, job_id, run_id, attempt) DO UPDATE SET
    state = excluded.state,
    is_final = excluded.is_final,
    duration_s = coalesce(excluded.duration_s, duration_s),
    moment = coalesce(:moment, moment),
    record = json_patch(record, excluded.record)
WHERE excluded.is_final >= is_final AND json_patch(record, excluded.record) IS NOT record
"""

_PRUNE = """
DELETE FROM runs WHERE connection = :connection AND job_id = :job_id AND moment < (
    SELECT moment FROM runs WHERE connection = :connection AND job_id = :job_id
    ORDER BY moment DESC LIMIT 1 OFFSET :last
)
"""

_NEWEST = """
SELECT connection, job_id, run_id, attempt, record FROM runs WHERE connection = ? AND job_id = ?
ORDER BY moment DESC, rowid DESC LIMIT ?
"""

# The inner query reads the index of the keys alone: a million of them in a tenth of a second.
_BEGINNING = """
SELECT connection, job_id, run_id, attempt, record FROM runs WHERE rowid IN (
    SELECT rowid FROM runs WHERE run_id >= ? AND run_id < ?
)
ORDER BY run_id = ? DESC, moment DESC, rowid DESC LIMIT ?
"""

_LAST_CHARACTER = "\U0010ffff"
"""Sorts behind everything that an id may hold."""

_TRENDS = """
WITH wanted (connection, job_id) AS (VALUES {marks})
SELECT runs.connection, runs.job_id, runs.state, runs.duration_s FROM wanted JOIN runs ON runs.rowid IN (
    SELECT rowid FROM runs
    WHERE connection = wanted.connection AND job_id = wanted.job_id AND is_final
    ORDER BY moment DESC, rowid DESC LIMIT {limit}
)
ORDER BY runs.connection, runs.job_id, runs.moment DESC, runs.rowid DESC
"""


def run_row(run: Run, now: float) -> dict[str, Any]:
    """A run as the table's columns.

    Args:
        run: The run.
        now: Unix time; its place among the others when the system tells no time of it at all.
    """
    record = {key: value for key, value in run_record(run).items() if value is not None}
    moment = moment_of(run)
    duration_s = run.duration_s
    if duration_s is None and run.started_at is not None and run.ended_at is not None:
        duration_s = (run.ended_at - run.started_at).total_seconds()
    row: dict[str, Any] = {name: record.pop(name) for name in _KEY}
    row["state"] = run.state.value
    row["is_final"] = int(run.state.is_final)
    row["duration_s"] = duration_s
    row["moment"] = moment.timestamp() if moment is not None else None
    row["now"] = now
    row["record"] = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return row


def write_runs(connection: sqlite3.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add or complete these runs, and throw away the oldest of jobs that have too many."""
    connection.executemany(_UPSERT, rows)
    jobs = {(row["connection"], row["job_id"]) for row in rows}
    connection.executemany(
        _PRUNE, [{"connection": name, "job_id": job_id, "last": KEPT - 1} for name, job_id in jobs]
    )


def read_runs(connection: sqlite3.Connection, job: JobKey, limit: int) -> list[Run]:
    """The job's newest runs, newest first; rows that make no sense are left out."""
    return _runs_of(connection.execute(_NEWEST, (*job, limit)))


def read_runs_by_id(connection: sqlite3.Connection, beginning: str, limit: int) -> list[Run]:
    """The newest runs of any job whose id begins like that, the one with that very id first."""
    return _runs_of(
        connection.execute(_BEGINNING, (beginning, beginning + _LAST_CHARACTER, beginning, limit))
    )


def read_jobs_with_runs(connection: sqlite3.Connection) -> list[JobKey]:
    """Every job that has a run."""
    return [JobKey(*row) for row in connection.execute("SELECT DISTINCT connection, job_id FROM runs")]


def read_trends(connection: sqlite3.Connection, jobs: Sequence[JobKey]) -> dict[JobKey, Trend]:
    """The trends of a few hundred jobs, in one query; jobs without a finished run are absent."""
    marks = ", ".join(["(?, ?)"] * len(jobs))
    names = [name for job in jobs for name in job]
    rows = connection.execute(_TRENDS.format(marks=marks, limit=SAMPLE), names)
    return {
        JobKey(*key): trend_of([(_outcome(state), duration_s) for _, _, state, duration_s in group])
        for key, group in groupby(rows, key=lambda row: (row[0], row[1]))
    }


def _runs_of(rows: Iterable[Sequence[Any]]) -> list[Run]:
    runs = []
    for *key, record in rows:
        try:
            runs.append(run_from_record(dict(zip(_KEY, key, strict=True)) | json.loads(record)))
        except ValueError:
            continue
    return runs


def _outcome(text: str) -> State:
    """A state by its word; one that a later version may have written is unknown to us."""
    return _STATES.get(text, State.UNKNOWN)
