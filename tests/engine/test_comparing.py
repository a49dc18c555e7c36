"""Gathering a comparison: what is asked of a system, within which bounds, and how real logs come out."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.clock import START, FakeClock
from tests.support.dashboard import demo_specs
from tests.support.scripted import FullAdapter, Script, make_job, make_run, scripted_spec
from tui.core.capabilities import HasLogs
from tui.core.errors import NotFound
from tui.core.keys import JobKey, RunKey
from tui.core.redaction import Redactor
from tui.core.state import State
from tui.engine import comparing as comparing_module
from tui.engine.comparing import Progress, RunComparing
from tui.engine.connection import ConnectionSpec
from tui.engine.engine import Engine
from tui.engine.history import History
from tui.engine.store import Store
from tui.logs.levels import Level
from tui.logs.templates import Side

NOW = RunKey("alpha", "1", "r3")


@asynccontextmanager
async def opened(
    folder: Path, clock: FakeClock, make: Callable[[], list[ConnectionSpec]]
) -> AsyncIterator[Engine]:
    engine = Engine(
        make(),
        store=Store(clock),
        history=History(folder / "state", clock),
        clock=clock,
        read_only=True,
        redactor=Redactor(),
        rng=random.Random(1),
    )
    await engine.start()
    try:
        await clock.advance(3)
        yield engine
    finally:
        await engine.aclose()


@pytest.fixture
def script(clock: FakeClock) -> Script:
    script = Script(clock)
    script.add(make_job("1", run_id="r3", state=State.FAILED, ended_at=START))
    script.runs["1"] = [
        make_run(f"r{n}", state=state, started_at=START - timedelta(hours=9 - n), duration_s=60.0)
        for n, state in ((3, State.FAILED), (2, State.SUCCEEDED), (1, State.SUCCEEDED))
    ]
    script.logs = {"r3": b"INFO begin\nERROR boom\n", "r2": b"INFO begin\nINFO done\n", "r1": b""}
    return script


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def test_the_runs_are_compared_at_once_and_then_the_logs(
    tmp_path: Path, clock: FakeClock, script: Script
) -> None:
    told: list[Progress] = []
    async with opened(tmp_path, clock, lambda: [scripted_spec("alpha", script, FullAdapter)]) as engine:
        comparing = RunComparing(engine, NOW)
        first = await comparing.begin()
        assert (first.before.key.run_id, first.new_lines) == ("r2", ())
        assert script.called("read_log") == []
        whole = await comparing.finish(told.append)
    assert [line.text for line in whole.new_lines] == ["ERROR boom"]
    assert [line.text for line in whole.missing_lines] == ["INFO done"]
    assert told[0].side is Side.USUAL
    assert told[-1] == (Side.OTHER, len(script.logs["r3"]))


async def test_long_logs_are_compared_up_to_a_bound_and_this_is_told(
    tmp_path: Path, clock: FakeClock, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing_module, "MOST_BYTES", 200_000)
    line = b"2026-11-21 10:00:00 INFO wrote 17 rows\n"
    script.logs |= {"r3": line * 20_000 + b"ERROR boom\n", "r2": line * 20_000}
    sizes: list[int] = []
    async with opened(tmp_path, clock, lambda: [scripted_spec("alpha", script, FullAdapter)]) as engine:
        whole = await RunComparing(engine, NOW).finish(lambda progress: sizes.append(progress.size))
    assert whole.log_now.is_cut
    assert whole.log_before.is_cut
    assert whole.log_now.lines == whole.log_before.lines == -(-200_000 // len(line))
    assert whole.new_lines == ()
    assert max(sizes) == 200_000
    assert len(sizes) > 4, "progress is told while it goes on"


async def test_leaving_ends_the_work(tmp_path: Path, clock: FakeClock, script: Script) -> None:
    script.logs["r2"] = b"INFO line\n" * 100_000
    reached = asyncio.Event()
    async with opened(tmp_path, clock, lambda: [scripted_spec("alpha", script, FullAdapter)]) as engine:
        work = asyncio.create_task(RunComparing(engine, NOW).finish(lambda _: reached.set()))
        await reached.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
    assert [run.run_id for run, _ in script.called("read_log")] == ["r2"]


async def test_runs_that_are_not_there_are_told(tmp_path: Path, clock: FakeClock, script: Script) -> None:
    async with opened(tmp_path, clock, lambda: [scripted_spec("alpha", script, FullAdapter)]) as engine:
        with pytest.raises(NotFound, match="no run r9"):
            await RunComparing(engine, RunKey("alpha", "1", "r9")).begin()
        with pytest.raises(NotFound, match="no run r9"):
            await RunComparing(engine, NOW, "r9").begin()
        with pytest.raises(NotFound, match="nothing to compare with"):
            await RunComparing(engine, RunKey("alpha", "1", "r1")).begin()


async def test_the_newest_run_is_compared_also_when_the_system_lists_older_ones_alone(
    tmp_path: Path, clock: FakeClock, script: Script
) -> None:
    del script.runs["1"][0]
    async with opened(tmp_path, clock, lambda: [scripted_spec("alpha", script, FullAdapter)]) as engine:
        whole = await RunComparing(engine, NOW).finish()
    assert (whole.now.key, whole.now.state, whole.before.key.run_id) == (NOW, State.FAILED, "r2")


async def test_logs_of_the_systems_tell_errors_as_new_and_good_runs_as_alike(
    tmp_path: Path, clock: FakeClock
) -> None:
    """A contract over every system that keeps logs: what fails says so, and what is as ever says nothing."""
    async with opened(tmp_path, clock, lambda: demo_specs(clock, tmp_path)) as engine:
        for connection in ("talend-prod", "iics-eu", "enos-cn", "datameer"):
            assert engine.offers(connection, HasLogs)
            known = engine.store.jobs
            jobs = sorted(
                engine.store.keys_of(connection), key=lambda key: known[key].last_result != "failed"
            )
            for holds in (_failure_is_told, _success_is_alike):
                assert await _any(holds(engine, key) for key in jobs), (connection, holds)


async def _any(answers: Iterable[Coroutine[None, None, bool]]) -> bool:
    """Whether one holds; the ones after it are not asked."""
    for answer in answers:
        if await answer:
            return True
    return False


async def _failure_is_told(engine: Engine, key: JobKey) -> bool:
    runs = await engine.runs(key, 20)
    broken = next((run for run in runs[:-1] if run.state is State.FAILED), None)
    if broken is None:
        return False
    comparison = await RunComparing(engine, broken.key).finish()
    if not comparison.is_good or comparison.log_now.problem:
        return False
    assert comparison.new_lines[0].level is Level.ERROR
    assert len(comparison.new_lines) < 20
    return True


async def _success_is_alike(engine: Engine, key: JobKey) -> bool:
    runs = await engine.runs(key, 20)
    good = [run for run in runs if run.state is State.SUCCEEDED][:2]
    if len(good) < 2:
        return False
    comparison = await RunComparing(engine, good[0].key, good[1].key.run_id).finish()
    assert comparison.new_lines == ()
    assert comparison.missing_lines == ()
    return not comparison.log_now.problem
