# ruff: noqa: ASYNC220, ASYNC240 - these tests look at files and processes, and nothing else runs meanwhile
from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import START, FakeClock
from tests.support.scripted import make_run
from tui.core.errors import ActionRefused, NightdeckError
from tui.core.keys import JobKey
from tui.core.redaction import MASK, Redactor
from tui.engine.database import Database
from tui.engine.history import History
from tui.engine.journal import SETTLED, UNFINISHED_FOR, Journal, JournalEntry


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def redactor() -> Redactor:
    return Redactor()


@pytest.fixture
async def database(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Database]:
    database = Database(tmp_path / "history.db", clock, busy_s=0.02)
    yield database
    await database.aclose()


@pytest.fixture
def journal(database: Database, clock: FakeClock, redactor: Redactor) -> Journal:
    return Journal(database, clock, redactor)


def make_entry(request_id: str = "q1", **changes: Any) -> JournalEntry:
    entry = JournalEntry(
        request_id=request_id,
        at=START,
        user="",
        host="",
        pid=0,
        connection="alpha",
        job_id="1",
        job_name="load customers",
        action="trigger",
        params={"region": "EU"},
        run_id="",
        status="sent",
        message="",
        before_state="failed",
        known_runs=("r1#1", "r2#2"),
    )
    return replace(entry, **changes)


async def as_if_from(database: Database, journal: Journal, **columns: object) -> None:
    """Add a copy of the newest entry, as if another nightdeck had written it."""

    def work(connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        row = dict(connection.execute("SELECT * FROM journal ORDER BY seq DESC LIMIT 1").fetchone())
        connection.row_factory = None
        del row["seq"]
        row |= columns
        marks = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO journal ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))

    await database.write(work)


class TestEntries:
    async def test_come_back_whole_signed_and_in_order(self, journal: Journal, clock: FakeClock) -> None:
        announced = await journal.announce(make_entry())
        await clock.advance(1.5)
        assert await journal.note(replace(announced, status="accepted", run_id="r9", message="ok")) == ""
        await clock.advance(3)
        await journal.note(replace(announced, status="observed", run_id="r9", after_state="running"))
        entries = await journal.entries()
        assert entries[0] == announced
        assert [(e.status, e.run_id, e.message, e.after_state) for e in entries] == [
            ("sent", "", "", ""),
            ("accepted", "r9", "ok", ""),
            ("observed", "r9", "", "running"),
        ]
        assert [(e.at - START).total_seconds() for e in entries] == [0, 1.5, 4.5]
        assert {e.pid for e in entries} == {os.getpid()}
        assert all(e.user and e.host for e in entries)
        assert announced.job == JobKey("alpha", "1")
        assert announced.known_runs == ("r1#1", "r2#2")

    async def test_since_leaves_out_older_ones(self, journal: Journal, clock: FakeClock) -> None:
        await journal.announce(make_entry("old"))
        await clock.advance(60)
        await journal.announce(make_entry("new"))
        found = await journal.entries(START + timedelta(seconds=60))
        assert [entry.request_id for entry in found] == ["new"]

    async def test_hold_no_secret_and_no_control_characters(
        self, journal: Journal, redactor: Redactor, tmp_path: Path
    ) -> None:
        redactor.add("hunter2hunter2")
        params = {"api_key": "a b c", "note": "hunter2hunter2\x1b[2J", "day": "21"}
        await journal.announce(make_entry(params=params, job_name="load\x1b]0;x\x07"))
        await journal.note(make_entry(status="refused", message="wrong password: hunter2hunter2\n"))
        sent, refused = await journal.entries()
        assert sent.params == {"api_key": MASK, "note": MASK, "day": "21"}
        assert sent.job_name == "load"
        assert "hunter2" not in refused.message
        raw = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert b"hunter2" not in raw
        assert b"a b c" not in raw

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE journal SET message = 'nothing happened'",
            "DELETE FROM journal",
            "DELETE FROM journal WHERE seq = 1",
        ],
    )
    async def test_can_be_neither_changed_nor_deleted(
        self, journal: Journal, database: Database, statement: str
    ) -> None:
        await journal.announce(make_entry())
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            await database.write(lambda c: c.execute(statement))
        assert len(await journal.entries()) == 1
        assert database.problem == ""

    async def test_that_make_no_sense_are_left_out(self, journal: Journal, database: Database) -> None:
        await journal.announce(make_entry())
        await as_if_from(database, journal, request_id="q2", params="{")
        await as_if_from(database, journal, request_id="q3", known_runs="7")
        assert [entry.request_id for entry in await journal.entries()] == ["q1"]

    async def test_of_another_process_are_seen(
        self, journal: Journal, tmp_path: Path, clock: FakeClock
    ) -> None:
        await journal.announce(make_entry())
        other = Database(tmp_path / "history.db", clock)
        assert len(await Journal(other, clock, Redactor()).entries()) == 1
        await other.aclose()


class TestAnnouncing:
    async def test_the_same_request_twice_is_refused_whoever_asks(
        self, journal: Journal, tmp_path: Path, clock: FakeClock
    ) -> None:
        await journal.announce(make_entry())
        other = Database(tmp_path / "history.db", clock)
        for asking in (journal, Journal(other, clock, Redactor())):
            with pytest.raises(ActionRefused, match="was sent before"):
                await asking.announce(make_entry())
        await other.aclose()
        assert len(await journal.entries()) == 1

    async def test_is_on_the_disk_before_it_returns(self, journal: Journal, database: Database) -> None:
        statements: list[str] = []
        await database.read(lambda c: c.set_trace_callback(statements.append))
        await journal.announce(make_entry())
        synchronous = [text for text in statements if "synchronous" in text]
        assert synchronous[-1] == "PRAGMA synchronous = FULL"

    async def test_a_locked_file_refuses(self, journal: Journal, database: Database, tmp_path: Path) -> None:
        await database.open()
        with closing(sqlite3.connect(tmp_path / "history.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(ActionRefused, match=r"can't journal, nothing was sent.*locked") as caught:
                await journal.announce(make_entry())
        assert caught.value.hint
        assert await journal.entries() == []

    async def test_a_full_disk_refuses(self, journal: Journal, database: Database) -> None:
        await database.write(
            lambda c: c.execute(f"PRAGMA max_page_count = {c.execute('PRAGMA page_count').fetchone()[0]}")
        )
        with pytest.raises(ActionRefused, match=r"nothing was sent.*no space"):
            await journal.announce(make_entry(known_runs=("x" * 500_000,)))
        assert await journal.entries() == []

    async def test_a_newer_file_refuses(self, journal: Journal, tmp_path: Path) -> None:
        with closing(sqlite3.connect(tmp_path / "history.db")) as newer:
            newer.execute("PRAGMA user_version = 99")
        with pytest.raises(ActionRefused, match=r"nothing was sent.*newer nightdeck"):
            await journal.announce(make_entry())

    async def test_a_file_that_was_moved_away_refuses(
        self, journal: Journal, database: Database, tmp_path: Path
    ) -> None:
        await database.open()
        (tmp_path / "history.db").rename(tmp_path / "gone.db")
        with pytest.raises(ActionRefused, match=r"nothing was sent.*moved or deleted"):
            await journal.announce(make_entry())

    async def test_a_folder_that_cannot_be_made_refuses(self, tmp_path: Path, clock: FakeClock) -> None:
        (tmp_path / "state").write_text("in the way")
        database = Database(tmp_path / "state" / "history.db", clock)
        with pytest.raises(ActionRefused, match="nothing was sent"):
            await Journal(database, clock, Redactor()).announce(make_entry())
        await database.aclose()

    async def test_tries_again_at_once_after_a_failure(
        self, journal: Journal, database: Database, tmp_path: Path
    ) -> None:
        """Other work waits before it tries a file again that could not be opened; a user does not."""
        with closing(sqlite3.connect(tmp_path / "history.db", isolation_level=None)) as other:
            other.execute("CREATE TABLE held (x)")
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(ActionRefused):
                await journal.announce(make_entry())
            other.execute("ROLLBACK")
        with pytest.raises(NightdeckError):
            await journal.entries()
        await journal.announce(make_entry())
        assert len(await journal.entries()) == 1


class TestNoting:
    async def test_what_cannot_be_written_now_is_written_later(
        self, journal: Journal, tmp_path: Path
    ) -> None:
        sent = await journal.announce(make_entry())
        with closing(sqlite3.connect(tmp_path / "history.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            assert "locked" in await journal.note(replace(sent, status="accepted", run_id="r9"))
            assert await journal.unfinished() == []
        assert await journal.note(replace(sent, status="observed", run_id="r9")) == ""
        assert [entry.status for entry in await journal.entries()] == ["sent", "accepted", "observed"]

    async def test_many_at_once_are_each_written_once(self, journal: Journal) -> None:
        sent = await journal.announce(make_entry())
        await asyncio.gather(*(journal.note(replace(sent, status=f"s{n}")) for n in range(20)))
        assert sorted(e.status for e in await journal.entries()) == sorted(
            ["sent", *(f"s{n}" for n in range(20))]
        )


class TestUnfinished:
    @pytest.mark.parametrize("status", ["accepted", "refused", "observed", SETTLED])
    async def test_ends_with_an_outcome(self, journal: Journal, status: str) -> None:
        sent = await journal.announce(make_entry())
        await journal.announce(make_entry("q2", job_id="2"))
        await journal.note(replace(sent, status=status))
        assert [entry.request_id for entry in await journal.unfinished()] == ["q2"]

    async def test_an_unknown_outcome_is_none(self, journal: Journal) -> None:
        sent = await journal.announce(make_entry())
        await journal.note(replace(sent, status="unknown"))
        (found,) = await journal.unfinished()
        assert found == sent

    async def test_can_be_asked_for_one_job(self, journal: Journal) -> None:
        await journal.announce(make_entry("q1"))
        await journal.announce(make_entry("q2", job_id="2"))
        assert [e.request_id for e in await journal.unfinished(JobKey("alpha", "2"))] == ["q2"]
        assert await journal.unfinished(JobKey("beta", "2")) == []

    async def test_is_forgotten_after_a_day(self, journal: Journal, clock: FakeClock) -> None:
        await journal.announce(make_entry())
        await clock.advance(UNFINISHED_FOR.total_seconds())
        assert len(await journal.unfinished()) == 1
        await clock.advance(1)
        assert await journal.unfinished() == []

    async def test_outlives_damage_to_the_rest_of_the_file(
        self, journal: Journal, database: Database, tmp_path: Path, clock: FakeClock
    ) -> None:
        await journal.announce(make_entry())
        await database.aclose()
        path = tmp_path / "history.db"
        with closing(sqlite3.connect(path)) as connection:
            (page,) = connection.execute("PRAGMA page_size").fetchone()
            (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'runs'").fetchone()
        with path.open("r+b") as file:
            file.seek((root - 1) * page)
            file.write(b"\xa5" * page)
        mended = Database(path, clock)
        await History(tmp_path, clock, database=mended).record_runs([make_run()])
        assert "1 rows were saved" in mended.problem
        again = Journal(mended, clock, Redactor())
        assert [entry.request_id for entry in await again.unfinished()] == ["q1"]
        with pytest.raises(ActionRefused, match="was sent before"):
            await again.announce(make_entry())
        await mended.aclose()


class TestUnderWay:
    """Whether somebody else may still be waiting for the answer."""

    async def entry_of(self, journal: Journal, **changes: Any) -> JournalEntry:
        return replace(await journal.announce(make_entry()), **changes)

    async def test_our_own_is_not_somebody_elses(self, journal: Journal) -> None:
        assert not journal.is_under_way(await self.entry_of(journal))

    async def test_a_living_process_of_this_machine_waits_up_to_an_hour(
        self, journal: Journal, clock: FakeClock
    ) -> None:
        entry = await self.entry_of(journal, pid=os.getppid())
        assert journal.is_under_way(entry)
        await clock.advance(3600)
        assert not journal.is_under_way(entry)

    async def test_a_dead_one_does_not(self, journal: Journal) -> None:
        with subprocess.Popen([sys.executable, "-c", ""]) as child:
            child.wait()
        assert not journal.is_under_way(await self.entry_of(journal, pid=child.pid))

    async def test_another_machine_is_given_two_minutes(self, journal: Journal, clock: FakeClock) -> None:
        entry = await self.entry_of(journal, host="elsewhere", pid=1)
        assert journal.is_under_way(entry)
        await clock.advance(120)
        assert not journal.is_under_way(entry)


def test_what_was_announced_survives_a_kill(tmp_path: Path, clock: FakeClock) -> None:
    program = f"""
import asyncio
from pathlib import Path
from tests.engine.test_journal import make_entry
from tests.support.clock import FakeClock
from tui.core.redaction import Redactor
from tui.engine.database import Database
from tui.engine.history import History
from tui.engine.journal import Journal

async def main():
    clock = FakeClock()
    journal = Journal(Database(Path({str(tmp_path)!r}) / "history.db", clock), clock, Redactor())
    await journal.announce(make_entry("answered"))
    await journal.note(make_entry("answered", status="accepted"))
    await journal.announce(make_entry("lost"))
    print("announced", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "announced\n"
        child.kill()

    async def look() -> None:
        database = Database(tmp_path / "history.db", clock)
        journal = Journal(database, clock, Redactor())
        (entry,) = await journal.unfinished()
        assert (entry.request_id, entry.pid) == ("lost", child.pid)
        assert not journal.is_under_way(entry)
        assert database.problem == ""
        await database.aclose()

    asyncio.run(look())
