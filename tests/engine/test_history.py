# ruff: noqa: ASYNC240 - these tests look at files, and nothing else runs meanwhile
from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import START, FakeClock
from tests.support.fleet import make_jobs
from tests.support.scripted import make_job, make_run
from tui.core.keys import JobKey, RunKey
from tui.core.models import Job, Run
from tui.core.redaction import MASK, Redactor
from tui.core.state import State
from tui.engine import first_errors_table, jobs_table
from tui.engine.database import RETRY_S, Database
from tui.engine.history import History
from tui.engine.runs_table import KEPT
from tui.engine.schema import FILE_NAME, SCHEMA_VERSION
from tui.logs.errors import FoundError

JOB = JobKey("alpha", "1")
NOBODY = 65534
IMPATIENT_S = 0.02


def open_history(folder: Path, clock: FakeClock) -> History:
    """A history that doesn't wait long for locks."""
    return History(folder, clock, database=Database(folder / FILE_NAME, clock, busy_s=IMPATIENT_S))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
async def history(folder: Path, clock: FakeClock) -> AsyncIterator[History]:
    history = open_history(folder, clock)
    await history.open()
    yield history
    await history.aclose()


@pytest.fixture
def unprivileged(tmp_path: Path) -> Iterator[None]:
    """Take away what only root may do, so that file permissions count."""
    if os.geteuid() != 0:
        yield
        return
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & 0o001:
            folder.chmod(0o755)
    os.chown(tmp_path, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    yield
    os.seteuid(0)


def finished(number: int, seconds: float = 60.0, state: State = State.SUCCEEDED, **changes: Any) -> Run:
    """The n-th run of the job, a quarter of an hour after the one before."""
    start = START + timedelta(minutes=15 * number)
    end = start + timedelta(seconds=seconds)
    return make_run(f"r{number}", state=state, started_at=start, ended_at=end, duration_s=seconds, **changes)


def ids(runs: Sequence[Run]) -> list[str]:
    return [run.key.run_id for run in runs]


async def count_changes(history: History) -> int:
    """Rows that the file's connection has written so far."""
    return await history.database.read(lambda connection: connection.total_changes)


def damage(path: Path, *, at: int = 0, size: int | None = None) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"\xa5" * (size or path.stat().st_size))


async def test_a_run_is_found_by_the_beginning_of_its_id_whichever_job_it_is_of(history: History) -> None:
    times = {"ab1": 1, "ab12": 2, "ab%": 3, "AB1": 4, "b": 5}
    await history.record_runs(
        make_run(run_id, str(hour), state=State.FAILED, started_at=START + timedelta(hours=hour))
        for run_id, hour in times.items()
    )
    assert [run.key.run_id for run in await history.runs_by_id("ab")] == ["ab%", "ab12", "ab1"]
    assert [run.key.run_id for run in await history.runs_by_id("ab1")] == ["ab1", "ab12"]
    assert [run.key.job.id for run in await history.runs_by_id("ab1")] == ["1", "2"]
    assert [run.key.run_id for run in await history.runs_by_id("a", limit=1)] == ["ab%"]
    assert await history.runs_by_id("") == []
    assert await history.runs_by_id("c'; --") == []


class TestFile:
    async def test_is_private_and_in_write_ahead_mode(self, history: History, folder: Path) -> None:
        await history.record_runs([finished(1)])
        assert history.problem == ""
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
        assert {"history.db", "history.db-wal"} <= set(modes)
        assert set(modes.values()) == {0o600}

    async def test_one_that_others_could_read_is_made_private(self, folder: Path, clock: FakeClock) -> None:
        folder.mkdir()
        path = folder / FILE_NAME
        path.touch(mode=0o644)
        history = open_history(folder, clock)
        await history.open()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        await history.aclose()

    async def test_that_is_a_symbolic_link_is_refused(
        self, folder: Path, tmp_path: Path, clock: FakeClock
    ) -> None:
        folder.mkdir()
        target = tmp_path / "elsewhere"
        target.write_text("precious")
        (folder / FILE_NAME).symlink_to(target)
        history = open_history(folder, clock)
        await history.record_runs([finished(1)])
        assert "symbolic link" in history.problem
        assert target.read_text() == "precious"
        await history.aclose()

    async def test_says_its_schema_version(self, history: History) -> None:
        version = await history.database.read(lambda c: c.execute("PRAGMA user_version").fetchone()[0])
        assert version == SCHEMA_VERSION

    async def test_survives_a_restart(self, folder: Path, clock: FakeClock) -> None:
        for number in (1, 2):
            history = open_history(folder, clock)
            await history.record_runs([finished(number)])
            await history.aclose()
        history = open_history(folder, clock)
        assert ids(await history.runs(JOB)) == ["r2", "r1"]
        await history.aclose()

    async def test_closing_twice_or_working_afterwards_is_harmless(self, history: History) -> None:
        await history.aclose()
        await history.aclose()
        await history.record_runs([finished(1)])
        assert await history.runs(JOB) == []
        assert await history.load_table() == []


class TestRuns:
    async def test_come_back_whole_and_newest_first(self, history: History) -> None:
        run = finished(
            2,
            state=State.FAILED,
            substate="timeout",
            native_state="ERR",
            queued_at=START,
            exit_code=3,
            message="ORA-12541",
            triggered_by="schedule",
            params={"region": "EU", "day": "2026-11-21"},
            attempt=2,
        )
        await history.record_runs([run, finished(1), finished(3)])
        runs = await history.runs(JOB)
        assert ids(runs) == ["r3", "r2", "r1"]
        assert runs[1] == run

    async def test_limit_keeps_the_newest(self, history: History) -> None:
        await history.record_runs(finished(number) for number in range(10))
        assert ids(await history.runs(JOB, limit=2)) == ["r9", "r8"]

    async def test_of_other_jobs_stay_out(self, history: History) -> None:
        await history.record_runs([finished(1), finished(1, job_id="2"), finished(1, connection="beta")])
        assert [run.key for run in await history.runs(JOB)] == [RunKey("alpha", "1", "r1")]

    async def test_recorded_again_are_not_written_again(self, history: History) -> None:
        runs = [finished(number, message="größer 北", params={"a": "1"}) for number in range(20)]
        await history.record_runs(runs)
        before = await count_changes(history)
        await history.record_runs(runs)
        assert await count_changes(history) == before
        assert len(await history.runs(JOB)) == 20

    async def test_that_ended_stay_ended(self, history: History) -> None:
        ended = finished(1, state=State.FAILED, message="boom")
        await history.record_runs([ended])
        await history.record_runs([replace(ended, state=State.RUNNING, ended_at=None, message="step 2")])
        assert await history.runs(JOB) == [ended]

    async def test_end_when_they_end(self, history: History) -> None:
        ended = finished(1, state=State.FAILED, message="boom")
        await history.record_runs([replace(ended, state=State.RUNNING, ended_at=None, duration_s=None)])
        await history.record_runs([ended])
        assert await history.runs(JOB) == [ended]

    async def test_may_have_their_outcome_corrected(self, history: History) -> None:
        await history.record_runs([finished(1, state=State.SUCCEEDED)])
        await history.record_runs([finished(1, state=State.FAILED)])
        assert [run.state for run in await history.runs(JOB)] == [State.FAILED]

    async def test_keep_what_a_poorer_look_does_not_tell(self, history: History) -> None:
        rich = finished(1, message="boom", params={"region": "EU"}, triggered_by="anna")
        await history.record_runs([rich])
        await history.record_runs([finished(1)])
        assert await history.runs(JOB) == [rich]

    async def test_attempts_are_runs_of_their_own(self, history: History) -> None:
        await history.record_runs([finished(1, state=State.FAILED), finished(1, attempt=2)])
        assert {(run.key.attempt, run.state) for run in await history.runs(JOB)} == {
            (1, State.FAILED),
            (2, State.SUCCEEDED),
        }

    async def test_without_any_time_are_kept_in_the_order_of_arrival(
        self, history: History, clock: FakeClock
    ) -> None:
        for number in (1, 2, 3):
            await history.record_runs([make_run(f"r{number}")])
            clock.jump(1)
        assert ids(await history.runs(JOB)) == ["r3", "r2", "r1"]

    async def test_are_limited_for_each_job(self, history: History) -> None:
        await history.record_runs(finished(number) for number in range(KEPT + 50))
        await history.record_runs([finished(1, job_id="2")])
        runs = await history.runs(JOB, limit=KEPT * 2)
        assert len(runs) == KEPT
        assert runs[-1].key.run_id == "r50"
        assert len(await history.runs(JobKey("alpha", "2"))) == 1

    async def test_carry_no_secret_and_no_control_characters(self, folder: Path, clock: FakeClock) -> None:
        redactor = Redactor()
        redactor.add("hunter2hunter2")
        history = History(folder, clock, redactor=redactor)
        secret = {"db_password": "two words", "note": "uses hunter2hunter2", "day": "21"}
        await history.record_runs([finished(1, message="bad \x1b]0;x\x07 hunter2hunter2", params=secret)])
        (run,) = await history.runs(JOB)
        await history.aclose()
        assert run.params == {"db_password": MASK, "note": f"uses {MASK}", "day": "21"}
        assert run.message == f"bad  {MASK}"
        raw = b"".join(file.read_bytes() for file in folder.iterdir())
        assert b"hunter2" not in raw
        assert b"two words" not in raw

    async def test_with_half_characters_cost_nothing(self, history: History) -> None:
        await history.record_runs([finished(1, message="\ud800"), finished(2)])
        assert ids(await history.runs(JOB)) == ["r2", "r1"]

    async def test_that_could_not_be_written_are_written_later(self, history: History, folder: Path) -> None:
        await history.record_runs([finished(1)])
        with closing(sqlite3.connect(folder / FILE_NAME)) as other:
            other.execute("BEGIN IMMEDIATE")
            await history.record_runs([finished(2)])
            assert "locked by another program" in history.problem
            assert ids(await history.runs(JOB)) == ["r1"]
        await history.record_runs([finished(3)])
        assert ids(await history.runs(JOB)) == ["r3", "r2", "r1"]
        assert history.problem == ""


class TestTrends:
    async def test_tell_the_last_ten_oldest_first(self, history: History) -> None:
        states = [State.FAILED, State.SUCCEEDED] * 6
        await history.record_runs(
            finished(number, seconds=number, state=state) for number, state in enumerate(states)
        )
        trend = (await history.trends([JOB]))[JOB]
        assert trend.outcomes == tuple(states[-10:])
        assert trend.durations_s == tuple(float(number) for number in range(2, 12))

    async def test_usual_is_the_median_of_successes_among_the_last_thirty(self, history: History) -> None:
        old = [finished(number, seconds=9000) for number in range(20)]
        recent = [finished(20 + number, seconds=100 + number) for number in range(27)]
        failed = [finished(50 + number, seconds=1, state=State.FAILED) for number in range(3)]
        await history.record_runs(old + recent + failed)
        assert (await history.trends([JOB]))[JOB].usual_s == 113

    @pytest.mark.parametrize(("count", "usual"), [(2, None), (3, 60.0)])
    async def test_usual_needs_three_successes(
        self, history: History, count: int, usual: float | None
    ) -> None:
        await history.record_runs(finished(number) for number in range(count))
        assert (await history.trends([JOB]))[JOB].usual_s == usual

    async def test_leave_out_runs_that_go_on_and_jobs_that_never_finished(self, history: History) -> None:
        running = make_run("r9", state=State.RUNNING, started_at=START + timedelta(days=9))
        await history.record_runs([finished(1), running, make_run("x", job_id="2", state=State.RUNNING)])
        trends = await history.trends([JOB, JobKey("alpha", "2"), JobKey("alpha", "3")])
        assert list(trends) == [JOB]
        assert trends[JOB].outcomes == (State.SUCCEEDED,)

    async def test_reckon_a_duration_that_the_system_does_not_tell(self, history: History) -> None:
        await history.record_runs(replace(finished(n, seconds=30), duration_s=None) for n in range(3))
        assert (await history.trends([JOB]))[JOB].usual_s == 30

    async def test_of_many_jobs_come_in_few_queries(self, history: History) -> None:
        keys = [JobKey("alpha", str(number)) for number in range(450)]
        await history.record_runs(finished(1, seconds=int(key.id), job_id=key.id) for key in keys)
        statements: list[str] = []
        await history.database.read(lambda c: c.set_trace_callback(statements.append))
        trends = await history.trends(keys)
        assert len([text for text in statements if "wanted" in text]) == 3
        assert {key: trend.durations_s for key, trend in trends.items()} == {
            key: (float(key.id),) for key in keys
        }

    async def test_of_all_jobs(self, history: History) -> None:
        await history.record_runs([finished(1), finished(1, connection="beta")])
        assert set(await history.trends()) == {JOB, JobKey("beta", "1")}


class TestTable:
    async def test_comes_back_whole(self, history: History) -> None:
        jobs = {job.key: job for job in make_jobs(500)}
        full = make_job(
            path="a/b",
            substate="stopping",
            started_at=START + timedelta(microseconds=1),
            ended_at=START + timedelta(microseconds=999_999),
            next_run_at=START + timedelta(days=1000),
            progress=0.1,
            exit_code=-9,
            tags=("a", "ü"),
            is_held=True,
        )
        jobs[full.key] = full
        await history.save_table(jobs, [])
        assert {job.key: job for job in await history.load_table()} == jobs

    def test_row_holds_every_field_of_a_job(self) -> None:
        values = json.loads(jobs_table.job_row(make_job()).record)
        assert len(values) == len(fields(Job)) - 1

    async def test_first_screen_comes_back_in_order_without_the_loop(
        self, history: History, folder: Path, clock: FakeClock
    ) -> None:
        jobs = {job.key: job for job in make_jobs(300)}
        screen = list(jobs)[40:10:-1]
        await history.save_table(jobs, screen)
        shown = await asyncio.to_thread(History(folder, clock).load_first_screen, 20)
        assert shown == [jobs[key] for key in screen[:20]]

    async def test_first_screen_follows_the_newest_save(self, history: History) -> None:
        jobs = {job.key: job for job in make_jobs(30)}
        keys = list(jobs)
        await history.save_table(jobs, keys[:20])
        await history.save_table(jobs, keys[5:8], changed=())
        assert [job.key for job in history.load_first_screen()] == keys[5:8]

    async def test_what_was_written_over_is_nowhere_in_the_file(self, folder: Path, clock: FakeClock) -> None:
        history = open_history(folder, clock)
        jobs = {job.key: job for job in make_jobs(200)}
        told = {key: replace(job, message="with hunter2-Hunter2 of old") for key, job in jobs.items()}
        await history.save_table(told, [])
        hidden = {key: replace(job, message="with •••") for key, job in jobs.items()}
        await history.save_table(hidden, [])
        await history.aclose()
        for path in folder.iterdir():
            assert b"hunter2" not in path.read_bytes()

    async def test_only_rows_that_differ_are_written(self, history: History) -> None:
        jobs = {job.key: job for job in make_jobs(400)}
        await history.save_table(jobs, [])
        key = next(iter(jobs))
        for changed in (None, [key]):
            before = await count_changes(history)
            jobs[key] = replace(jobs[key], message=f"now otherwise: {changed}")
            await history.save_table(jobs, [], changed=changed)
            # One row, and the times of nine connections where all were looked at.
            assert await count_changes(history) - before in (1, 10)

    async def test_age_grows_no_older_than_the_last_look(self, history: History, clock: FakeClock) -> None:
        jobs = {JobKey("alpha", str(n)): make_job(str(n)) for n in range(3)}
        await history.save_table(jobs, list(jobs))
        await clock.advance(3600)
        seen = {key: replace(job, observed_at=clock.now()) for key, job in jobs.items()}
        await history.save_table(seen, list(jobs), changed=())
        assert {job.observed_at for job in history.load_first_screen()} == {clock.now()}
        assert await history.load_table() == list(seen.values())

    async def test_age_is_not_younger_than_the_oldest_look(self, history: History, clock: FakeClock) -> None:
        old = {JobKey("alpha", str(n)): make_job(str(n)) for n in range(2)}
        await history.save_table(old, [])
        await clock.advance(3600)
        looked = replace(old[JobKey("alpha", "0")], observed_at=clock.now())
        await history.save_table({**old, looked.key: looked}, [])
        assert {job.observed_at for job in await history.load_table()} == {START}

    async def test_vanished_jobs_are_dropped(self, history: History) -> None:
        jobs = {JobKey("alpha", str(n)): make_job(str(n)) for n in range(5)}
        await history.save_table(jobs, list(jobs))
        del jobs[JobKey("alpha", "3")]
        await history.save_table(jobs, [], changed=[JobKey("alpha", "3")])
        assert [job.id for job in await history.load_table()] == ["0", "1", "2", "4"]
        del jobs[JobKey("alpha", "0")]
        await history.save_table(jobs, [])
        assert [job.id for job in await history.load_table()] == ["1", "2", "4"]

    async def test_connections_that_this_session_does_not_show_are_kept(self, history: History) -> None:
        beta = make_job("1", "beta")
        await history.save_table({beta.key: beta, JOB: make_job()}, [])
        await history.save_table({JOB: make_job()}, [])
        assert {job.connection for job in await history.load_table()} == {"alpha", "beta"}

    async def test_is_saved_in_pieces_while_the_loop_goes_on(self, history: History) -> None:
        jobs = {job.key: job for job in make_jobs(5_000)}
        turns = 0

        async def tick() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        await history.save_table(jobs, [])
        ticking.cancel()
        assert turns > 5_000 / 64
        assert len(await history.load_table()) == 5_000

    async def test_may_change_while_it_is_saved(self, history: History) -> None:
        jobs = {JobKey("alpha", str(n)): make_job(str(n)) for n in range(1_000)}
        saving = asyncio.create_task(history.save_table(jobs, list(jobs)[:10]))
        await asyncio.sleep(0)
        for key in list(jobs)[::2]:
            del jobs[key]
        await saving
        await history.save_table(jobs, [], changed=[JobKey("alpha", str(n)) for n in range(1_000)])
        assert {job.key for job in await history.load_table()} == set(jobs)

    async def test_rows_that_make_no_sense_are_left_out(self, history: History) -> None:
        jobs = {JobKey("alpha", str(n)): make_job(str(n)) for n in range(4)}
        await history.save_table(jobs, list(jobs))

        def spoil(connection: sqlite3.Connection) -> None:
            rows = [("[", "0"), ("{}", "1"), (f"[{'[],' * 20}{{}}]", "2")]
            connection.executemany("UPDATE jobs SET record = ? WHERE id = ?", rows)

        await history.database.write(spoil)
        assert [job.id for job in history.load_first_screen()] == ["3"]
        assert [job.id for job in await history.load_table()] == ["3"]


class TestFirstScreenWithoutAFile:
    def test_is_empty_when_there_is_none(self, folder: Path, clock: FakeClock) -> None:
        assert History(folder, clock).load_first_screen() == []
        assert not folder.exists()

    @pytest.mark.parametrize("content", [b"", b"no database at all, but long enough to look like one" * 50])
    def test_is_empty_when_it_is_garbage(self, folder: Path, clock: FakeClock, content: bytes) -> None:
        folder.mkdir()
        (folder / FILE_NAME).write_bytes(content)
        assert History(folder, clock).load_first_screen() == []
        assert (folder / FILE_NAME).read_bytes() == content

    async def test_is_empty_when_it_is_locked_or_newer(self, history: History, folder: Path) -> None:
        await history.save_table({JOB: make_job()}, [JOB])
        await history.aclose()
        with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as other:
            other.execute("PRAGMA journal_mode = DELETE")
            other.execute("BEGIN EXCLUSIVE")
            other.execute("DELETE FROM first_screen")
            assert history.load_first_screen() == []
            other.execute("ROLLBACK")
            assert len(history.load_first_screen()) == 1
            other.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
            assert history.load_first_screen() == []


class TestFirstErrors:
    async def test_a_file_of_before_is_painted_at_once_and_then_gets_their_table(
        self, history: History, folder: Path, clock: FakeClock
    ) -> None:
        await history.save_table({JOB: make_job()}, [JOB])
        await history.aclose()
        with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as before:
            before.execute("DROP TABLE first_errors")
            before.execute("PRAGMA user_version = 1")
        history = open_history(folder, clock)
        assert [job.id for job in history.load_first_screen()] == ["1"]
        assert await history.first_errors() == {}
        found = {
            RunKey("alpha", "1", "r1"): FoundError("no space left", 7, "disk"),
            RunKey("a", "2", "r"): None,
        }
        await history.record_first_errors(found)
        await history.aclose()
        history = open_history(folder, clock)
        assert await history.first_errors() == found
        await history.aclose()

    async def test_the_newest_are_kept_and_what_older_rules_found_is_forgotten(
        self, history: History, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(first_errors_table, "KEPT", 3)
        for number in range(6):
            await clock.advance(1)
            await history.record_first_errors(
                {RunKey("alpha", "1", f"r{number}"): FoundError("x", 1, "disk")}
            )
        assert [run.run_id for run in await history.first_errors()] == ["r5", "r4", "r3"]
        monkeypatch.setattr(first_errors_table, "RULES_VERSION", 99)
        assert await history.first_errors() == {}

    async def test_a_file_that_cannot_be_used_costs_nothing_else(
        self, clock: FakeClock, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_text("")
        history = open_history(tmp_path / "file" / "state", clock)
        await history.record_first_errors({RunKey("alpha", "1", "r1"): None})
        assert await history.first_errors() == {}
        await history.aclose()


class TestMemory:
    async def test_is_kept_for_each_connection_over_restarts(self, folder: Path, clock: FakeClock) -> None:
        history = open_history(folder, clock)
        await history.memory("alpha").save("runs", {"1": ["r1", None, 2.5]})
        await history.memory("beta").save("runs", "other")
        await history.aclose()
        history = open_history(folder, clock)
        assert await history.memory("alpha").load("runs") == {"1": ["r1", None, 2.5]}
        assert await history.memory("beta").load("runs") == "other"
        assert await history.memory("alpha").load("nothing") is None
        await history.memory("alpha").save("runs", None)
        assert await history.memory("alpha").load("runs") is None
        await history.aclose()

    async def test_no_secret_is_kept_that_is_more_than_a_word_or_number(
        self, folder: Path, clock: FakeClock
    ) -> None:
        redactor = Redactor()
        for secret in ("hunter2-ü", "1003", "admin"):
            redactor.add(secret)
        history = History(folder, clock, redactor=redactor)
        kept = {"1003": ["with hunter2-ü", "aHVudGVyMi3DvA==", "admin"]}
        await history.memory("alpha").save("runs", kept)
        expected = {"1003": ["with •••", "•••", "admin"]}
        assert await history.memory("alpha").load("runs") == expected
        await history.aclose()
        assert b"hunter2" not in (folder / FILE_NAME).read_bytes()

    async def test_lasts_as_long_as_the_session_when_the_file_cannot_be_written(
        self, history: History, folder: Path
    ) -> None:
        memory = history.memory("alpha")
        await memory.save("old", 1)
        with closing(sqlite3.connect(folder / FILE_NAME)) as other:
            other.execute("BEGIN IMMEDIATE")
            await memory.save("old", None)
            await memory.save("new", [1])
            assert (await memory.load("old"), await memory.load("new")) == (None, [1])
            assert await history.memory("alpha").load("old") == 1
        await memory.save("third", True)
        fresh = history.memory("alpha")
        assert [await fresh.load(key) for key in ("old", "new", "third")] == [None, [1], True]


class TestTrouble:
    async def test_a_newer_file_is_left_alone(self, folder: Path, clock: FakeClock) -> None:
        folder.mkdir()
        with closing(sqlite3.connect(folder / FILE_NAME)) as newer:
            newer.execute("CREATE TABLE treasure (x)")
            newer.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        before = (folder / FILE_NAME).read_bytes()
        history = open_history(folder, clock)
        await history.open()
        assert "newer nightdeck" in history.problem
        await history.record_runs([finished(1)])
        await history.save_table({JOB: make_job()}, [JOB])
        assert (await history.runs(JOB), await history.trends(), await history.load_table()) == ([], {}, [])
        assert "newer nightdeck" in history.problem
        await history.aclose()
        assert (folder / FILE_NAME).read_bytes() == before

    @pytest.mark.parametrize("content", [b"\xa5" * 20_000, b"SQLite format 3\x00" + b"\xff" * 20_000])
    async def test_a_file_that_is_no_database_is_set_aside(
        self, folder: Path, clock: FakeClock, content: bytes
    ) -> None:
        folder.mkdir()
        (folder / FILE_NAME).write_bytes(content)
        history = open_history(folder, clock)
        await history.open()
        aside = folder / "history.db.corrupt-20261121T140000Z"
        assert str(aside) in history.problem
        assert aside.read_bytes() == content
        await history.record_runs([finished(1)])
        assert ids(await history.runs(JOB)) == ["r1"]
        await history.aclose()

    async def test_damage_is_noticed_while_working_and_readable_runs_are_saved(
        self, folder: Path, clock: FakeClock
    ) -> None:
        history = open_history(folder, clock)
        await history.record_runs(finished(number) for number in range(300))
        await history.save_table({job.key: job for job in make_jobs(3_000)}, [])
        await history.aclose()
        path = folder / FILE_NAME
        with closing(sqlite3.connect(path)) as connection:
            (page,) = connection.execute("PRAGMA page_size").fetchone()
            (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'jobs'").fetchone()
        damage(path, at=(root - 1) * page, size=page)
        history = open_history(folder, clock)
        await history.open()
        assert history.problem == ""
        assert await history.load_table() == []
        assert "300 rows were saved" in history.problem
        assert len(await history.runs(JOB, limit=1000)) == 300
        assert [file.name for file in folder.glob("*.corrupt-*")] == ["history.db.corrupt-20261121T140000Z"]
        await history.aclose()

    async def test_damage_twice_in_a_second_keeps_both_files(self, folder: Path, clock: FakeClock) -> None:
        folder.mkdir()
        for _ in range(2):
            (folder / FILE_NAME).write_bytes(b"\xa5" * 5_000)
            history = open_history(folder, clock)
            await history.open()
            await history.aclose()
        assert len([file for file in folder.glob("*.corrupt-*") if not file.name.endswith("-wal")]) == 2

    async def test_a_damaged_file_is_not_moved_under_another_nightdeck(
        self, history: History, folder: Path, clock: FakeClock
    ) -> None:
        await history.record_runs([finished(1)])
        with closing(sqlite3.connect(folder / FILE_NAME)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        damage(folder / FILE_NAME)
        inode = (folder / FILE_NAME).stat().st_ino
        second = open_history(folder, clock)
        await second.open()
        assert "another nightdeck has it open" in second.problem
        assert (folder / FILE_NAME).stat().st_ino == inode
        await history.aclose()
        await clock.advance(RETRY_S)
        await second.open()
        assert "begins anew" in second.problem
        await second.aclose()

    async def test_two_that_find_the_same_damage_mend_it_once(self, folder: Path, clock: FakeClock) -> None:
        folder.mkdir()
        (folder / FILE_NAME).write_bytes(b"\xa5" * 5_000)
        sessions = [History(folder, clock) for _ in range(4)]
        await asyncio.gather(*(session.open() for session in sessions))
        await asyncio.gather(*(session.record_runs([finished(n)]) for n, session in enumerate(sessions)))
        await clock.advance(RETRY_S)
        await asyncio.gather(*(session.record_runs([]) for session in sessions))
        assert {len(await session.runs(JOB)) for session in sessions} == {4}
        assert [file.name for file in folder.glob("*.corrupt-*")] == ["history.db.corrupt-20261121T140000Z"]
        for session in sessions:
            await session.aclose()

    async def test_locked_at_the_start_costs_history_until_it_is_free(
        self, folder: Path, clock: FakeClock
    ) -> None:
        folder.mkdir()
        with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as other:
            other.execute("CREATE TABLE held (x)")
            other.execute("BEGIN EXCLUSIVE")
            history = open_history(folder, clock)
            await history.open()
            assert "locked by another program" in history.problem
            await history.record_runs([finished(1)])
            other.execute("ROLLBACK")
        assert await history.runs(JOB) == []
        await clock.advance(RETRY_S)
        await history.record_runs([finished(2)])
        assert ids(await history.runs(JOB)) == ["r2", "r1"]
        assert history.problem == ""
        await history.aclose()

    async def test_a_full_disk_costs_what_is_new(self, history: History) -> None:
        await history.record_runs([finished(1)])
        await history.database.write(
            lambda c: c.execute(f"PRAGMA max_page_count = {c.execute('PRAGMA page_count').fetchone()[0]}")
        )
        await history.save_table({job.key: job for job in make_jobs(2_000)}, [])
        assert "no space is left" in history.problem
        assert "free some space" in history.problem
        assert ids(await history.runs(JOB)) == ["r1"]

    @pytest.mark.usefixtures("unprivileged")
    async def test_a_folder_that_cannot_be_written_is_read_all_the_same(
        self, folder: Path, clock: FakeClock
    ) -> None:
        history = open_history(folder, clock)
        await history.record_runs([finished(1)])
        await history.save_table({JOB: make_job()}, [JOB])
        await history.aclose()
        for file in folder.iterdir():
            file.chmod(0o400)
        folder.chmod(0o500)
        history = open_history(folder, clock)
        assert ids(await history.runs(JOB)) == ["r1"]
        await history.record_runs([finished(2)])
        assert "can't be written" in history.problem
        assert ids(await history.runs(JOB)) == ["r1"]
        await history.aclose()
        folder.chmod(0o700)

    @pytest.mark.usefixtures("unprivileged")
    async def test_a_folder_that_cannot_be_made_costs_history(self, tmp_path: Path, clock: FakeClock) -> None:
        tmp_path.chmod(0o500)
        history = open_history(tmp_path / "home" / "state", clock)
        await history.open()
        assert "can't be written" in history.problem
        assert await history.runs(JOB) == []
        await history.aclose()
        tmp_path.chmod(0o700)

    async def test_a_file_where_the_folder_should_be_costs_history(
        self, tmp_path: Path, clock: FakeClock
    ) -> None:
        (tmp_path / "state").write_text("in the way")
        history = open_history(tmp_path / "state", clock)
        await history.open()
        assert "NIGHTDECK_STATE_DIR" in history.problem
        assert history.load_first_screen() == []
        await history.aclose()

    async def test_two_nightdecks_share_one_file(
        self, history: History, folder: Path, clock: FakeClock
    ) -> None:
        second = History(folder, clock)
        first_half = [finished(number) for number in range(0, 400, 2)]
        second_half = [finished(number) for number in range(1, 400, 2)]
        await asyncio.gather(history.record_runs(first_half), second.record_runs(second_half))
        await history.record_runs([])
        assert len(await second.runs(JOB, limit=1000)) == 400
        assert (history.problem, second.problem) == ("", "")
        await second.aclose()

    async def test_starting_twice_at_once_makes_one_file(self, folder: Path, clock: FakeClock) -> None:
        sessions = [History(folder, clock) for _ in range(4)]
        await asyncio.gather(*(session.open() for session in sessions))
        assert [session.problem for session in sessions] == [""] * 4
        await asyncio.gather(*(session.record_runs([finished(n)]) for n, session in enumerate(sessions)))
        assert len(await sessions[0].runs(JOB)) == 4
        for session in sessions:
            await session.aclose()


def test_the_file_is_whole_after_the_process_was_killed(tmp_path: Path) -> None:
    """The child writes without end and dies between two bytes; what it said was written must be there."""
    program = f"""
import asyncio, sys
from pathlib import Path
from tests.engine.test_history import finished, open_history
from tests.support.clock import FakeClock

async def main():
    history = open_history(Path({str(tmp_path)!r}), FakeClock())
    number = 0
    while True:
        number += 1
        await history.record_runs([finished(number % 900)])
        print(number % 900, flush=True)

asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for _ in range(40):
            said = child.stdout.readline()
        child.kill()

    async def look() -> list[Run]:
        history = open_history(tmp_path, FakeClock())
        runs = await history.runs(JOB, limit=1000)
        assert history.problem == ""
        await history.aclose()
        return runs

    assert {f"r{number}" for number in range(1, int(said) + 1)} <= set(ids(asyncio.run(look())))
