"""The tables of the history file, and how an older file becomes a current one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

FILE_NAME = "history.db"
"""Name of the history file in the state folder."""

SCHEMA_VERSION = 3
"""Kept in the file's `user_version`. A file with a higher number is left alone."""

NEWEST_LIKELY = 1000
"""A version beyond this one was not written by anybody: the file is damaged."""

OLDEST_READABLE = 1
"""Tables of this version on are read as they are: later ones only added some."""

_RUNS = """
CREATE TABLE IF NOT EXISTS runs (
    connection TEXT NOT NULL,
    job_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    state TEXT NOT NULL,
    is_final INTEGER NOT NULL,
    duration_s REAL,
    moment REAL NOT NULL,
    record TEXT NOT NULL,
    UNIQUE (connection, job_id, run_id, attempt)
)
"""

_RUNS_NEWEST = """
CREATE INDEX IF NOT EXISTS runs_newest ON runs (connection, job_id, moment DESC, is_final)
"""

_JOBS = """
CREATE TABLE IF NOT EXISTS jobs (
    connection TEXT NOT NULL,
    id TEXT NOT NULL,
    observed_at REAL NOT NULL,
    record TEXT NOT NULL,
    UNIQUE (connection, id)
)
"""

_SEEN = """
CREATE TABLE IF NOT EXISTS seen (
    connection TEXT PRIMARY KEY,
    observed_at REAL NOT NULL
) WITHOUT ROWID
"""

_FIRST_SCREEN = """
CREATE TABLE IF NOT EXISTS first_screen (
    rank INTEGER PRIMARY KEY,
    connection TEXT NOT NULL,
    id TEXT NOT NULL
)
"""

_MEMORY = """
CREATE TABLE IF NOT EXISTS memory (
    connection TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (connection, key)
) WITHOUT ROWID
"""

_FIRST_ERRORS = """
CREATE TABLE IF NOT EXISTS first_errors (
    connection TEXT NOT NULL,
    job_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    text TEXT NOT NULL,
    line INTEGER NOT NULL,
    rule TEXT NOT NULL,
    rules_version INTEGER NOT NULL,
    found_at REAL NOT NULL,
    PRIMARY KEY (connection, job_id, run_id, attempt)
) WITHOUT ROWID
"""

_FIRST_ERRORS_AGE = """
CREATE INDEX IF NOT EXISTS first_errors_age ON first_errors (found_at)
"""

_JOURNAL = """
CREATE TABLE IF NOT EXISTS journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id TEXT NOT NULL,
    at TEXT NOT NULL,
    user TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    connection TEXT NOT NULL,
    job_id TEXT NOT NULL,
    job_name TEXT NOT NULL,
    action TEXT NOT NULL,
    params TEXT NOT NULL,
    run_id TEXT NOT NULL,
    status TEXT NOT NULL,
    message TEXT NOT NULL,
    before_state TEXT NOT NULL,
    after_state TEXT NOT NULL,
    known_runs TEXT NOT NULL
)
"""

_JOURNAL_REQUEST = """
CREATE INDEX IF NOT EXISTS journal_request ON journal (request_id, status)
"""

_JOURNAL_TIME = """
CREATE INDEX IF NOT EXISTS journal_time ON journal (at)
"""

# The file itself refuses to hold two sends of one confirmation, whichever process asks.
_JOURNAL_SENT_ONCE = """
CREATE UNIQUE INDEX IF NOT EXISTS journal_sent_once ON journal (request_id) WHERE status = 'sent'
"""

_JOURNAL_NO_UPDATE = """
CREATE TRIGGER IF NOT EXISTS journal_no_update BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
"""

_JOURNAL_NO_DELETE = """
CREATE TRIGGER IF NOT EXISTS journal_no_delete BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
"""

# `INSERT OR REPLACE` deletes a row without asking the trigger above.
_JOURNAL_NO_REPLACE = """
CREATE TRIGGER IF NOT EXISTS journal_no_replace BEFORE INSERT ON journal
WHEN (NEW.seq > 0 AND EXISTS (SELECT 1 FROM journal WHERE seq = NEW.seq))
    OR (NEW.status = 'sent' AND EXISTS (
        SELECT 1 FROM journal WHERE request_id = NEW.request_id AND status = 'sent'
    ))
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
"""

_STATEMENTS = (
    *(_RUNS, _RUNS_NEWEST, _JOBS, _SEEN, _FIRST_SCREEN, _MEMORY, _FIRST_ERRORS, _FIRST_ERRORS_AGE),
    *(_JOURNAL, _JOURNAL_REQUEST, _JOURNAL_TIME, _JOURNAL_SENT_ONCE),
    *(_JOURNAL_NO_UPDATE, _JOURNAL_NO_DELETE, _JOURNAL_NO_REPLACE),
)

SALVAGED = ("journal", "runs", "memory")
"""Tables whose readable rows are carried over from a damaged file; the others fill again by themselves."""


def read_version(connection: sqlite3.Connection) -> int:
    """The schema version that the file says it has; 0 for a new file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def create_tables(connection: sqlite3.Connection) -> None:
    """Make what is missing, in one transaction, so that two starts at once don't meet half of it."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in _STATEMENTS:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION:d}")
