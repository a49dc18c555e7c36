"""The last table in the history file: every job as it was shown, and which ones filled the first screen."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from tui.core.models import Job
from tui.core.state import State

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from tui.core.keys import JobKey

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


# A list without names, because 100,000 jobs are encoded and decoded twice as fast so as mappings.
# Add new fields at the end; a row of another length is left out, which costs one start without that row.
_FIELDS = (
    *("connection", "type", "id", "name", "state", "kind", "path", "substate", "native_state", "last_result"),
    *("run_id", "started_at", "ended_at", "duration_s", "next_run_at", "progress", "exit_code", "message"),
    *("url", "tags", "is_held"),
)
_TIMES = tuple(_FIELDS.index(name) for name in ("started_at", "ended_at", "next_run_at"))
_STATE = _FIELDS.index("state")
_OBSERVED_AT = _STATE + 1
"""Where the moment of observation, which a record lacks, stands among a job's fields."""
_LAST_RESULT = _FIELDS.index("last_result")
_TAGS = _FIELDS.index("tags")
_STATES = {state.value: state for state in State}

_values = attrgetter(*_FIELDS)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_from_timestamp = datetime.fromtimestamp


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
    values = list(_values(job))
    for index in _TIMES:
        moment = values[index]
        if moment is not None:
            values[index] = moment.timestamp()
    return JobRow(job.connection, job.id, job.observed_at.timestamp(), _encode(values))


def job_from_row(row: SavedJob) -> Job:
    """The job again. Raises ValueError when the record makes no sense."""
    values = json.loads(row.record)
    if not isinstance(values, list) or len(values) != len(_FIELDS):
        raise ValueError("this is no record of a job")
    try:
        for index in _TIMES:
            moment = values[index]
            if moment is not None:
                values[index] = _from_timestamp(moment, UTC)
        values[_STATE] = _STATES.get(values[_STATE], State.UNKNOWN)
        if values[_LAST_RESULT] is not None:
            values[_LAST_RESULT] = _STATES.get(values[_LAST_RESULT], State.UNKNOWN)
        values[_TAGS] = tuple(values[_TAGS])
        values.insert(_OBSERVED_AT, _from_timestamp(row.observed_at, UTC))
        # By place, which takes half the time for 100,000 jobs: the fields stand in the order of the class.
        return Job(*values)
    except (TypeError, OverflowError, OSError) as error:
        raise ValueError(f"this is no record of a job: {error}") from error


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
