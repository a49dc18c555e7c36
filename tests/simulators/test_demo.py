"""The demo: five simulated systems behind the adapters that speak to real ones."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from pathlib import Path
from typing import NoReturn

import httpx
import pytest

from tests.support.clock import FakeClock
from tui.core.errors import Unreachable
from tui.core.keys import JobKey
from tui.core.models import Action, ActionKind, ReceiptStatus
from tui.core.state import State
from tui.engine.engine import Engine
from tui.simulators.demo import (
    CALLS_EACH,
    OUTAGE_AFTER_S,
    OUTAGE_S,
    Shaky,
    demo_sizes,
    make_demo,
)
from tui.simulators.fleet import DATABASE_DOWN, HANDFUL
from tui.wiring import SessionOptions, build_session

NAMES = ("talend-prod", "iics-eu", "enos-cn", "bmc", "datameer")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever asks for an address or a port fails."""

    def refuse(*_: object) -> NoReturn:
        raise AssertionError("the demo needs no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "bind", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("NIGHTDECK_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("NIGHTDECK_CONFIG", raising=False)


def engine_of(jobs: int = 0, *, clock: FakeClock | None = None) -> Engine:
    options = SessionOptions(is_demo=True, demo_jobs=jobs, connections=NAMES, clock=clock or FakeClock())
    return build_session(options).engine


@pytest.mark.parametrize("jobs", [0, 1, 25, 1_000, 100_000, 1_000_000])
def test_there_are_as_many_jobs_as_were_asked_for(jobs: int) -> None:
    sizes = {system.name: size for system, size in demo_sizes(jobs).items()}
    assert tuple(sizes) == NAMES
    assert sum(sizes.values()) == (jobs or HANDFUL)
    assert max(sizes["bmc"], sizes["datameer"]) <= CALLS_EACH


async def test_all_five_systems_are_there_without_a_network(no_network: None) -> None:
    engine = engine_of()
    assert await engine.sweep_all() == {}
    jobs = list(engine.store.jobs.values())
    assert len(jobs) == HANDFUL
    assert Counter(job.type for job in jobs).keys() == {"talend", "informatica", "enos", "bmc", "datameer"}
    states = {job.state for job in jobs}
    assert {State.RUNNING, State.SUCCEEDED, State.FAILED, State.SCHEDULED} <= states
    await engine.aclose()


async def test_one_cause_is_behind_failures_in_several_systems(no_network: None) -> None:
    engine = engine_of()
    await engine.sweep_all()
    told = [job for job in engine.store.jobs.values() if job.last_result is State.FAILED]
    same = {job.type for job in told if DATABASE_DOWN in job.message}
    assert {"talend", "informatica"} <= same
    assert len([job for job in told if DATABASE_DOWN in job.message]) >= 3
    await engine.aclose()


async def test_a_thousand_jobs_in_the_demo(no_network: None) -> None:
    engine = engine_of(1_000)
    assert await engine.sweep_all() == {}
    assert len(engine.store.jobs) == 1_000
    await engine.aclose()


async def test_what_is_started_runs_and_ends(no_network: None) -> None:
    clock = FakeClock()
    engine = engine_of(clock=clock)
    await engine.sweep_all()
    jobs = [job for job in engine.store.jobs.values() if job.type == "enos" and not job.state.is_active]
    key = jobs[0].key
    receipt = await engine.actions.perform(Action(ActionKind.TRIGGER, key), confirmation="y")
    assert receipt.status is ReceiptStatus.ACCEPTED
    await clock.advance(20)
    await engine.sweep_all()
    assert engine.store.jobs[key].state is State.RUNNING
    assert engine.store.receipts[key].status is ReceiptStatus.OBSERVED
    await clock.advance(120)
    await engine.sweep_all()
    assert engine.store.jobs[key].last_result is State.SUCCEEDED
    await engine.aclose()


async def test_what_was_done_stays_when_a_connection_is_opened_anew(no_network: None) -> None:
    engine = engine_of()
    await engine.sweep_all()
    key = next(key for key in engine.store.jobs if not engine.can(JobKey(*key), ActionKind.DELETE))
    await engine.actions.perform(Action(ActionKind.DELETE, key), confirmation=engine.store.jobs[key].name)
    poller = engine._connections.poller(key.connection)
    await poller.aclose()
    await engine.sweep_all()
    assert key not in engine.store.jobs
    assert len(engine.store.keys_of(key.connection)) > 0
    await engine.aclose()


async def test_the_shaky_system_is_away_now_and_then_and_comes_back_by_itself() -> None:
    clock = FakeClock()

    async def system(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text="here")

    shaky = Shaky(system, clock)
    request = httpx.Request("GET", "https://x.invalid")
    assert (await shaky(request)).text == "here"
    await clock.advance(OUTAGE_AFTER_S)
    with pytest.raises(httpx.ConnectError):
        await shaky(request)
    await clock.advance(OUTAGE_S)
    assert (await shaky(request)).text == "here"
    assert [system.name for system in make_demo() if system.is_shaky] == ["datameer"]


async def test_an_outage_keeps_the_rows(no_network: None) -> None:
    clock = FakeClock()
    engine = engine_of(clock=clock)
    await engine.sweep_all()
    before = len(engine.store.jobs)
    await clock.advance(OUTAGE_AFTER_S)
    sweeping = asyncio.create_task(engine.sweep_all())
    # Reads are asked again after a moment before a system counts as away.
    for _ in range(20):
        await clock.advance(1)
    failures = await asyncio.wait_for(sweeping, 20)
    assert {name: type(error) for name, error in failures.items()} == {"datameer": Unreachable}
    assert len(engine.store.jobs) == before
    await clock.advance(OUTAGE_S)
    assert await engine.sweep_all() == {}
    await engine.aclose()
