"""First errors: which logs are read, once and no more, and what becomes of what they tell."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import START, FakeClock
from tests.support.scripted import FullAdapter, Script, ScriptedAdapter, make_job, scripted_spec
from tui.core.errors import NotFound, Unreachable
from tui.core.keys import JobKey, RunKey
from tui.core.redaction import MASK, Redactor
from tui.core.state import State
from tui.engine import first_errors
from tui.engine.engine import Engine
from tui.engine.first_errors import AT_ONCE, MOST_TRIES, FirstErrors
from tui.engine.history import History
from tui.engine.store import Store, StoreChange

ONE = JobKey("alpha", "1")
LISTENER = "ORA-12541: TNS:no listener"
LOG = f"2026-11-21 INFO begin\n2026-11-21 10:00:00 ERROR {LISTENER}\nsession failed\n".encode()
BROKEN: dict[str, Any] = {"state": State.FAILED, "last_result": State.FAILED, "ended_at": START}


class World:
    """A scripted system with failed jobs, and an engine whose history is in a folder of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.redactor = Redactor()
        self.script = Script(self.clock)
        self.adapter: type[ScriptedAdapter] = FullAdapter

    def break_job(self, id: str = "1", log: bytes = LOG, **changes: Any) -> JobKey:  # noqa: A002
        self.script.add(make_job(id, run_id=f"r{id}", **{**BROKEN, **changes}))
        self.script.logs[f"r{id}"] = log
        return JobKey("alpha", id)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[tuple[Engine, FirstErrors]]:
        """A fresh engine that has swept once, and a fresh finder."""
        engine = Engine(
            [scripted_spec("alpha", self.script, self.adapter)],
            store=Store(self.clock),
            history=History(self.folder, self.clock),
            clock=self.clock,
            read_only=False,
            redactor=self.redactor,
            rng=random.Random(1),
        )
        await engine.start()
        try:
            await self.clock.advance(1)
            await self.clock.wait_until(lambda: engine.store.health["alpha"].last_ok_at is not None)
            await self.clock.settle()
            yield engine, FirstErrors(engine)
        finally:
            await engine.aclose()

    @property
    def logs_read(self) -> list[str]:
        return [run.run_id for run, cursor in self.script.called("read_log") if not cursor]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "state")


async def test_a_failed_job_that_says_nothing_gets_what_its_log_tells(world: World) -> None:
    world.break_job("1", message="exit code 1")
    world.break_job("2", message=LISTENER)
    world.script.add(make_job("3", run_id="r3"))
    changes: list[StoreChange] = []
    async with world.opened() as (engine, finder):
        engine.store.subscribe(changes.append)
        before = engine.store.revision
        await finder.step([JobKey("alpha", id_) for id_ in "123"])
        assert engine.store.first_error(ONE) == LISTENER
        # History may tell of all of them at the same time; the error is told of its own job alone, and once.
        assert [change.jobs for change in changes].count(frozenset({ONE})) == 1
        assert engine.store.revision > before
        await finder.step([ONE])
        assert [change.jobs for change in changes].count(frozenset({ONE})) == 1
        assert engine.store.first_error(JobKey("alpha", "2")) == ""
    assert world.logs_read == ["r1"]


async def test_each_run_is_looked_into_once_also_over_restarts(world: World) -> None:
    world.break_job("1")
    world.break_job("2", log=b"nothing to see\n")
    both = [ONE, JobKey("alpha", "2")]
    async with world.opened() as (_, finder):
        await finder.step(both)
        await finder.step(both)
    assert world.logs_read == ["r1", "r2"]
    async with world.opened() as (engine, finder):
        await finder.step(both)
        assert engine.store.first_error(ONE) == LISTENER
        assert engine.store.first_error(both[1]) == ""
    assert world.logs_read == ["r1", "r2"]


async def test_a_new_run_is_another_matter(world: World) -> None:
    world.break_job("1")
    async with world.opened() as (engine, finder):
        await finder.step([ONE])
        world.script.change("1", run_id="r7", state=State.RUNNING, ended_at=None)
        await engine.sweep_all()
        assert engine.store.first_error(ONE) == ""
        world.script.change("1", **BROKEN)
        world.script.logs["r7"] = b"ERROR: the table is locked\n"
        await engine.sweep_all()
        await finder.step([ONE])
        assert engine.store.first_error(ONE) == "the table is locked"
        world.script.change("1", message="locked by session 7")
        await engine.sweep_all()
        assert engine.store.first_error(ONE) == ""


async def test_of_several_runs_of_a_job_the_newest_is_remembered(world: World) -> None:
    world.break_job("1")
    async with world.opened() as (engine, finder):
        await finder.step([ONE])
        await world.clock.advance(60)
        world.script.change("1", run_id="r7")
        world.script.logs["r7"] = b"ORA-01017: invalid password\n"
        await engine.sweep_all()
        await finder.step([ONE])
    async with world.opened() as (engine, finder):
        await finder.step([ONE])
        assert engine.store.first_error(ONE) == "ORA-01017: invalid password"
    assert world.logs_read == ["r1", "r7"]


async def test_a_few_logs_at_a_time_and_none_while_paused_or_unwell(world: World) -> None:
    keys = [world.break_job(str(number)) for number in range(1, 6)]
    async with world.opened() as (engine, finder):
        engine.set_paused(True)
        await finder.step(keys)
        assert world.logs_read == []
        engine.set_paused(False)
        await finder.step(keys)
        assert len(world.logs_read) == AT_ONCE
        world.script.always = Unreachable("connection refused")
        await engine.sweep_all()
        await finder.step(keys)
        assert len(world.logs_read) == AT_ONCE


async def test_a_log_that_cannot_be_read_is_asked_for_a_few_times_and_one_that_is_not_there_once(
    world: World,
) -> None:
    world.break_job("1")
    async with world.opened() as (engine, finder):
        world.script.read_error = Unreachable("connection refused")
        for _ in range(MOST_TRIES + 2):
            await finder.step([ONE])
        assert world.logs_read == ["r1"] * MOST_TRIES
        world.script.read_error = None
        other = world.break_job("2")
        await engine.sweep_all()
        world.script.read_error = NotFound("no log")
        for _ in range(3):
            await finder.step([other])
        assert world.logs_read == ["r1"] * MOST_TRIES + ["r2"]
        assert engine.store.first_error(other) == ""


async def test_a_system_without_logs_is_never_asked(world: World) -> None:
    world.adapter = ScriptedAdapter
    world.break_job("1")
    async with world.opened() as (_, finder):
        await finder.step([ONE])
    assert world.logs_read == []


async def test_secrets_and_escapes_reach_neither_the_store_nor_the_file(world: World) -> None:
    world.redactor.add("hunter2-secret")
    world.break_job("1", log=b"ERROR: login with hunter2-\x1b[1msecret and \x1b]0;x\x07 failed for ops\n")
    async with world.opened() as (engine, finder):
        await finder.step([ONE])
        told = engine.store.first_error(ONE)
        kept = await engine.history.first_errors()
    assert MASK in told
    assert told.isprintable()
    assert "hunter2" not in told
    assert [found.text for found in kept.values() if found] == [told]


async def test_a_long_log_is_looked_through_up_to_a_bound(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_errors, "MOST_BYTES", 100_000)
    line = b"2026-11-21 10:00:00 INFO reading\n"
    world.break_job("1", log=line * 500 + LOG + line * 9_000)
    world.break_job("2", log=line * 5_000 + LOG + line * 5_000)
    world.break_job("3", log=line * 9_000 + LOG + line * 500)
    async with world.opened() as (engine, finder):
        await finder.step([ONE, JobKey("alpha", "2")])
        await finder.step([JobKey("alpha", "3")])
        assert engine.store.first_error(ONE) == LISTENER
        assert engine.store.first_error(JobKey("alpha", "3")) == LISTENER
        found = await engine.history.first_errors()
        assert found[RunKey("alpha", "1", "r1")] == (LISTENER, 502, "oracle")
        assert found[RunKey("alpha", "2", "r2")] is None


async def test_a_warned_run_tells_its_warning(world: World) -> None:
    log = b"2026-11-21 10:00:00 WARN 12 records dropped\n"
    world.break_job("1", log=log, state=State.WARNING, last_result=State.WARNING)
    world.break_job("2", log=log)
    async with world.opened() as (engine, finder):
        await finder.step([ONE, JobKey("alpha", "2")])
        assert engine.store.first_error(ONE) == "12 records dropped"
        assert engine.store.first_error(JobKey("alpha", "2")) == ""
