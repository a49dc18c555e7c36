# ruff: noqa: ASYNC240 - these tests look at files, and nothing else runs meanwhile
"""A finished run that was shown is never lost: it is on the disk before anybody can see it."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.clock import START, FakeClock
from tests.support.scripted import Script, make_job, make_run, scripted_spec
from tui.core.keys import JobKey
from tui.core.redaction import MASK, Redactor
from tui.core.state import State
from tui.engine import ahead
from tui.engine.database import Database
from tui.engine.engine import Engine
from tui.engine.history import History
from tui.engine.recorder import SAVE_S
from tui.engine.schema import FILE_NAME
from tui.engine.store import Store, StoreChange

ONE = JobKey("alpha", "1")


class Desk:
    """A nightdeck over one scripted system."""

    def __init__(self, folder: Path, script: Script, redactor: Redactor | None = None) -> None:
        self.folder = folder
        self.script = script
        assert isinstance(script.clock, FakeClock)
        self.clock = script.clock
        redactor = redactor or Redactor()
        self.store = Store(self.clock)
        database = Database(folder / FILE_NAME, self.clock, busy_s=0.02)
        self.history = History(folder, self.clock, redactor=redactor, database=database)
        self.engine = Engine(
            [scripted_spec("alpha", script)],
            store=self.store,
            history=self.history,
            clock=self.clock,
            read_only=False,
            redactor=redactor,
            rng=random.Random(1),
        )

    async def start(self) -> None:
        await self.engine.start()
        await self.clock.advance(1)

    def end_run(self, run_id: str, job: str = "1", message: str = "") -> None:
        """Let a run end, and the poller see it: the listeners have been told when this returns."""
        self.script.change(job, run_id=run_id, state=State.FAILED, ended_at=self.clock.now(), message=message)
        self.store.upsert([replace(self.script.jobs[job], observed_at=self.clock.now())])

    def lines(self) -> list[str]:
        """What lies ahead of history, by the runs' ids."""
        texts = [path.read_text() for path in self.folder.glob("*.ahead")]
        return [json.loads(line)["run_id"] for text in texts for line in text.split("\n") if line]

    async def recorded(self) -> None:
        """Let time pass until nothing lies ahead."""
        while self.lines():
            await self.clock.advance(SAVE_S)
            await asyncio.sleep(0.001)

    def die(self) -> None:
        """End as if killed: nothing is written any more, and the system lets go of every lock."""
        os.close(self.history._ahead._descriptor or 0)
        self.history._ahead._descriptor = None
        for task in self.engine._tasks:
            task.cancel()


@pytest.fixture
def script() -> Script:
    script = Script(FakeClock())
    script.add(make_job("1"), make_job("2"))
    return script


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


async def runs_of(folder: Path, job: JobKey = ONE) -> list[str]:
    history = History(folder, FakeClock())
    runs = [run.key.run_id for run in await history.runs(job)]
    await history.aclose()
    return runs


async def test_a_run_is_on_the_disk_before_a_listener_of_the_store_can_show_it(
    folder: Path, script: Script
) -> None:
    desk = Desk(folder, script)
    await desk.start()
    seen: list[list[str]] = []

    def paint(change: StoreChange) -> None:
        if ONE in change.jobs and desk.store.jobs[ONE].run_id == "r1" and not seen:
            seen.append(desk.lines())

    desk.store.subscribe(paint)
    desk.end_run("r1")
    assert seen == [["r1"]]
    (file,) = folder.glob("*.ahead")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await desk.recorded()
    assert await runs_of(folder) == ["r1"]
    await desk.engine.aclose()
    assert not list(folder.glob("*.ahead"))


async def test_what_a_killed_nightdeck_had_shown_is_recorded_by_the_next_one(
    folder: Path, script: Script
) -> None:
    """Also when the system has forgotten it, because the job has run again meanwhile."""
    desk = Desk(folder, script)
    await desk.start()
    with closing(sqlite3.connect(folder / FILE_NAME)) as other:
        other.execute("BEGIN IMMEDIATE")
        desk.end_run("r1")
        desk.end_run("r2")
        desk.end_run("r1", "2")
        await desk.clock.wait_until(lambda: desk.history.is_behind)
        assert sorted(desk.lines()) == ["r1", "r1", "r2"]
        desk.die()
    script.change("1", run_id="r3", state=State.FAILED, ended_at=START + timedelta(hours=1))
    again = Desk(folder, script)
    await again.start()
    await again.engine.aclose()
    assert sorted(await runs_of(folder)) == ["r1", "r2", "r3"]
    assert await runs_of(folder, JobKey("alpha", "2")) == ["r1"]
    assert not list(folder.glob("*.ahead"))


async def test_a_history_that_could_not_be_written_to_the_end_gets_its_runs_from_the_next_session(
    folder: Path, script: Script
) -> None:
    desk = Desk(folder, script)
    await desk.start()
    with closing(sqlite3.connect(folder / FILE_NAME)) as other:
        other.execute("BEGIN IMMEDIATE")
        desk.end_run("r1")
        await desk.clock.wait_until(lambda: desk.history.is_behind)
        await desk.engine.aclose()
    assert desk.lines() == ["r1"]
    assert await runs_of(folder) == []
    again = Desk(folder, script)
    await again.start()
    assert await runs_of(folder) == ["r1"]
    await again.engine.aclose()


async def test_what_waits_is_written_by_itself_when_it_can_be_written_again(
    folder: Path, script: Script
) -> None:
    desk = Desk(folder, script)
    await desk.start()
    with closing(sqlite3.connect(folder / FILE_NAME)) as other:
        other.execute("BEGIN IMMEDIATE")
        desk.end_run("r1", message="out of space")
        await desk.clock.wait_until(lambda: desk.history.is_behind)
        await desk.clock.advance(SAVE_S)
        assert "locked" in desk.history.problem
        await asyncio.sleep(0.1)
    await desk.recorded()
    assert await runs_of(folder) == ["r1"]
    # The table, too, though nothing has changed since it could not be written.
    await desk.clock.wait_until(
        lambda: [job.message for job in desk.history.load_first_screen() if job.id == "1"] == ["out of space"]
    )
    assert desk.history.problem == ""
    await desk.engine.aclose()


async def test_what_a_living_nightdeck_has_written_is_left_to_it(folder: Path, script: Script) -> None:
    desk = Desk(folder, script)
    await desk.start()
    with closing(sqlite3.connect(folder / FILE_NAME)) as other:
        other.execute("BEGIN IMMEDIATE")
        desk.end_run("r1")
        await desk.clock.wait_until(lambda: desk.history.is_behind)
    second = History(folder, FakeClock())
    await second.take_up()
    await second.aclose()
    assert desk.lines() == ["r1"]
    await desk.engine.aclose()
    assert await runs_of(folder) == ["r1"]


async def test_lines_that_make_no_sense_cost_only_themselves(folder: Path) -> None:
    folder.mkdir()
    good = json.dumps({"connection": "alpha", "job_id": "1", "run_id": "r1", "state": "failed"})
    odd = [
        '{"connection": "alpha", "job_id"',
        "7",
        "[]",
        "\x00\x00",
        '{"connection": 5, "job_id": [], "x": 1}',
    ]
    (folder / "runs-1-abc.ahead").write_bytes(b"\xff\xfe\n" + "\n".join([*odd, good]).encode())
    (folder / "runs-2-abc.ahead").symlink_to(folder / "elsewhere")
    os.mkfifo(folder / "runs-3-abc.ahead")
    history = History(folder, FakeClock())
    await history.take_up()
    assert [run.key.run_id for run in await history.runs(ONE)] == ["r1"]
    assert history.problem == ""
    await history.aclose()
    assert not (folder / "runs-1-abc.ahead").exists()


def test_a_full_disk_costs_nothing_and_spoils_no_later_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir()
    lines = ahead.Ahead(folder)
    write = os.write

    def half(descriptor: int, data: bytes) -> int:
        write(descriptor, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("tui.engine.ahead.os.write", half)
        lines.note([make_run("cut")])
    lines.note([make_run("r1")])
    os.close(lines._descriptor or 0)
    (left,) = ahead.left_behind(folder)
    assert [run.key.run_id for run in left.runs] == ["r1"]
    left.remove()
    left.close()
    assert not list(folder.iterdir())


def test_a_folder_that_is_not_there_or_cannot_be_used_costs_nothing(folder: Path) -> None:
    for place in (folder, Path("/proc/nightdeck")):
        lines = ahead.Ahead(place)
        lines.note([make_run("r1")])
        lines.clear()
        lines.close()
        assert list(ahead.left_behind(place)) == []


def test_many_runs_at_once_are_a_first_look_and_are_not_written_twice(folder: Path) -> None:
    folder.mkdir()
    lines = ahead.Ahead(folder)
    lines.note([make_run(f"r{number}") for number in range(ahead.AT_ONCE + 1)])
    assert not list(folder.iterdir())
    for _ in range(ahead.MOST // ahead.AT_ONCE + 5):
        lines.note([make_run(f"r{number}") for number in range(ahead.AT_ONCE)])
    (file,) = folder.iterdir()
    assert file.read_text().count("run_id") == ahead.MOST
    lines.clear()
    assert file.stat().st_size == 0
    lines.close()


async def test_no_secret_and_no_control_character_is_in_it(folder: Path, script: Script) -> None:
    redactor = Redactor()
    redactor.add("hunter2hunter2")
    desk = Desk(folder, script, redactor)
    await desk.start()
    desk.end_run("r1", message="bad \x1b]0;x\x07 hunter2hunter2")
    (file,) = folder.glob("*.ahead")
    text = file.read_text()
    assert "hunter2" not in text
    assert MASK in text
    assert "\\u001b" not in text
    await desk.engine.aclose()
