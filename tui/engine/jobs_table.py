"""The last table in the history file: every job as it was shown, and which ones filled the first screen."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from tui.engine.records import cache_record, job_from_cache

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from tui.core.keys import JobKey
    from tui.core.models import Job

# A newer observation of the same is no reason to rewrite a row: `seen` tells it for a whole connection.
_UPSERT = """
INSERT INTO jobs (connection, id, observed_at, record) VALUES (?, ?, ?, ?)
ON CONFLICT (connection, id) DO UPDATE SET observed_at = excluded.observed_at, record = excluded.record
WHERE excluded.record IS NOT record
"""

_DELETE = "DELETE FROM jobs WHERE connection = ? AND id = ?"

_SEEN = """
INSERT INTO seen (connection, observed_at) VALUES (?, ?)
ON CONFLICT (connection) DO UPDATE SET observed_at = excluded.observed_at
"""

_FIRST_SCREEN = """
SELECT max(jobs.observed_at, coalesce(seen.observed_at, 0)), jobs.record
FROM first_screen JOIN jobs USING (connection, id) LEFT JOIN seen USING (connection)
ORDER BY first_screen.rank LIMIT ?
"""

_TABLE = """
SELECT max(jobs.observed_at, coalesce(seen.observed_at, 0)), jobs.record
FROM jobs LEFT JOIN seen USING (connection) ORDER BY jobs.rowid
"""


class JobRow(NamedTuple):
    """A job as the table's columns."""

    connection: str
    """Name of the connection."""
    id: str
    """The system's own id."""
    observed_at: float
    """Unix time of the observation."""
    record: str
    """Everything else, as JSON."""


class SavedJob(NamedTuple):
    """A job as it is read back, not yet decoded."""

    observed_at: float
    """Unix time at which it was certainly as the record tells."""
    record: str
    """The job as JSON."""


def job_row(job: Job) -> JobRow:
    """A job as the table's columns."""
    record = cache_record(job)
    del record["observed_at"]
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return JobRow(job.connection, job.id, job.observed_at.timestamp(), text)


def job_from_row(row: SavedJob) -> Job:
    """The job again. Raises ValueError when the record makes no sense."""
    record = json.loads(row.record)
    record["observed_at"] = datetime.fromtimestamp(row.observed_at, UTC).isoformat()
    return job_from_cache(record)


def write_jobs(connection: sqlite3.Connection, rows: Sequence[JobRow], gone: Sequence[JobKey]) -> None:
    """Write the rows that differ from what is kept, and drop the jobs that are gone."""
    connection.executemany(_UPSERT, rows)
    connection.executemany(_DELETE, gone)


def write_outline(
    connection: sqlite3.Connection, first_screen: Iterable[JobKey], seen: Mapping[str, float]
) -> None:
    """Write which jobs fill the first screen, and when each connection's jobs were all seen.

    Args:
        connection: The file.
        first_screen: The jobs, in order.
        seen: Unix time by connection.
    """
    connection.execute("DELETE FROM first_screen")
    connection.executemany(
        "INSERT INTO first_screen (rank, connection, id) VALUES (?, ?, ?)",
        ((rank, *key) for rank, key in enumerate(first_screen)),
    )
    connection.executemany(_SEEN, seen.items())


def drop_others(connection: sqlite3.Connection, kept: Collection[JobKey], connections: Iterable[str]) -> None:
    """Drop every job of these connections that is not among those kept."""
    for name in connections:
        ids = connection.execute("SELECT connection, id FROM jobs WHERE connection = ?", (name,))
        connection.executemany(_DELETE, [key for key in ids.fetchall() if key not in kept])


def read_first_screen(connection: sqlite3.Connection, limit: int) -> list[Job]:
    """The jobs of the first screen, in order; rows that make no sense are left out."""
    jobs = []
    for row in connection.execute(_FIRST_SCREEN, (limit,)):
        try:
            jobs.append(job_from_row(SavedJob(*row)))
        except ValueError:
            continue
    return jobs


def read_table(connection: sqlite3.Connection) -> list[SavedJob]:
    """Every job, not yet decoded: decoding 100,000 is the caller's, in pieces."""
    return [SavedJob(*row) for row in connection.execute(_TABLE)]
