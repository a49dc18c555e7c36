"""The journal's file itself refuses to be changed, whichever program asks."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest

from tests.engine.test_journal import make_entry
from tests.support.clock import FakeClock
from tui.core.errors import ActionRefused
from tui.core.redaction import Redactor
from tui.engine.database import Database
from tui.engine.journal import Journal, JournalEntry
from tui.engine.schema import FILE_NAME

COLUMNS = ", ".join(field.name for field in fields(JournalEntry))


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """A file whose journal has two requests, one of them answered; closed."""
    clock = FakeClock()
    database = Database(tmp_path / FILE_NAME, clock)
    journal = Journal(database, clock, Redactor())
    await journal.announce(make_entry("q1"))
    await journal.note(make_entry("q1", status="refused", message="disabled"))
    await journal.announce(make_entry("q2"))
    await database.aclose()
    return tmp_path / FILE_NAME


def rows(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as foreign:
        return foreign.execute("SELECT * FROM journal ORDER BY seq").fetchall()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET status = 'accepted' WHERE seq = 2",
        "UPDATE OR REPLACE journal SET seq = 1 WHERE seq = 2",
        "DELETE FROM journal",
        "DELETE FROM journal WHERE request_id = 'q1'",
        f"INSERT OR REPLACE INTO journal (seq, {COLUMNS}) SELECT 2, {COLUMNS} FROM journal WHERE seq = 1",
        f"REPLACE INTO journal (seq, {COLUMNS}) SELECT seq, {COLUMNS} FROM journal WHERE seq = 2",
        f"INSERT OR REPLACE INTO journal ({COLUMNS}) SELECT {COLUMNS} FROM journal WHERE seq = 1",
        f"""INSERT INTO journal (seq, {COLUMNS}) SELECT 2, {COLUMNS} FROM journal WHERE seq = 2
        ON CONFLICT (seq) DO UPDATE SET message = 'nothing happened'""",
    ],
    ids=["update", "renumber", "delete all", "delete", "replace", "replace itself", "send again", "upsert"],
)
def test_a_foreign_program_can_neither_change_nor_delete_nor_replace(file: Path, statement: str) -> None:
    before = rows(file)
    assert len(before) == 3
    refused = pytest.raises(sqlite3.IntegrityError, match="append-only")
    with closing(sqlite3.connect(file)) as foreign, refused, foreign:
        foreign.execute(statement)
    assert rows(file) == before


def test_what_a_foreign_program_adds_blocks_nothing(file: Path) -> None:
    """Not even a row in the place that SQLite gives to rows whose number is not known yet."""
    with closing(sqlite3.connect(file)) as foreign, foreign:
        for number in (-1, 0):
            foreign.execute(
                f"INSERT INTO journal (seq, {COLUMNS}) SELECT {number}, {COLUMNS} FROM journal WHERE seq = 2"
            )
        foreign.execute(f"INSERT INTO journal ({COLUMNS}) SELECT {COLUMNS} FROM journal WHERE seq = 2")
    assert len(rows(file)) == 6


@pytest.mark.parametrize("version", [1, 2])
async def test_a_file_of_before_gets_the_same_protection_and_keeps_its_entries(
    file: Path, version: int
) -> None:
    with closing(sqlite3.connect(file)) as old, old:
        for (name,) in old.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            old.execute(f"DROP TRIGGER {name}")
        old.execute(f"PRAGMA user_version = {version}")
    before = rows(file)
    clock = FakeClock()
    database = Database(file, clock)
    journal = Journal(database, clock, Redactor())
    assert [entry.request_id for entry in await journal.entries()] == ["q1", "q1", "q2"]
    with pytest.raises(ActionRefused, match="was sent before"):
        await journal.announce(make_entry("q2"))
    await journal.announce(make_entry("q3"))
    await database.aclose()
    assert rows(file)[:3] == before
    with closing(sqlite3.connect(file)) as foreign:
        for statement in ("DELETE FROM journal", "UPDATE journal SET user = 'nobody'"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                foreign.execute(statement)
