"""The Datameer adapter over a real socket, while everything goes wrong that can."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.datameer_case import PASSWORD, DatameerHarness, FakeDatameer, key_of, run_of
from tests.support.context import InstantClock
from tests.support.faults import Fault, FaultyServer
from tui.adapters.datameer import DatameerAdapter
from tui.core.errors import (
    ActionRefused,
    NightdeckError,
    OutcomeUnknown,
    RateLimited,
    SystemUnavailable,
    Unauthorized,
    Unreachable,
)
from tui.core.models import Job
from tui.core.state import State

LOSING = [Fault.LOST, Fault.LOST_IN_SILENCE, Fault.SLOW_BODY, Fault.TRUNCATED, Fault.FAILED_AFTER]
NOT_SEEN_BY_THE_SYSTEM = [Fault.RESET, Fault.CLOSED, Fault.HANG, Fault.HTML, Fault.GARBAGE, Fault.FAILED]
PASSING = [Fault.RESET, Fault.CLOSED, Fault.TRUNCATED, Fault.UNAVAILABLE, Fault.BUSY, Fault.HANG]
LASTING = [Fault.HTML, Fault.GARBAGE, Fault.FAILED, Fault.NOT_HTTP, Fault.BOMB]
ENDLESS = Fault.DRIP
"""Each read of it takes ten timeouts; the transport's own tests sit it out."""

SHORT_S = 0.2
"""The timeout, because some faults are silent."""


@pytest.fixture
async def server() -> AsyncIterator[FaultyServer]:
    async with FaultyServer(FakeDatameer(InstantClock())) as server:
        yield server


@pytest.fixture
async def dm(server: FaultyServer) -> AsyncIterator[DatameerHarness]:
    system = server._system
    assert isinstance(system, FakeDatameer)
    harness = DatameerHarness(system, url=server.url, timeout=SHORT_S)
    await harness.adapter.open()
    yield harness
    await harness.aclose()


def adapter_of(dm: DatameerHarness) -> DatameerAdapter:
    assert isinstance(dm.adapter, DatameerAdapter)
    return dm.adapter


async def listed(dm: DatameerHarness) -> dict[str, Job]:
    return {job.id: job async for page in dm.adapter.list_jobs() for job in page}


@pytest.mark.parametrize("fault", PASSING)
async def test_a_failure_that_passes_is_not_noticed(
    dm: DatameerHarness, server: FaultyServer, fault: Fault
) -> None:
    await listed(dm)
    server.inject(fault)
    assert set(await listed(dm)) == {"50", "51", "52", "53"}
    server.inject(fault)
    assert (await adapter_of(dm).get_job(key_of(50))).state is State.NEVER_RUN


@pytest.mark.parametrize("fault", LASTING)
async def test_a_failure_that_stays_is_told_and_shows_nothing_secret(
    dm: DatameerHarness, server: FaultyServer, fault: Fault
) -> None:
    server.inject(fault, times=None, when=lambda request: "list-running" not in request.url.path)
    with pytest.raises(SystemUnavailable) as caught:
        await listed(dm)
    assert caught.value.hint
    assert PASSWORD not in str(caught.value)
    server.heal()
    assert set(await listed(dm)) == {"50", "51", "52", "53"}


@pytest.mark.parametrize("fault", LASTING)
async def test_a_broken_list_of_active_runs_spoils_no_sweep(
    dm: DatameerHarness, server: FaultyServer, fault: Fault
) -> None:
    server.inject(fault, when=lambda request: "list-running" in request.url.path)
    assert set(await listed(dm)) == {"50", "51", "52", "53"}


@pytest.mark.parametrize("fault", LASTING)
async def test_a_broken_v2_is_not_taken_for_a_missing_one(
    dm: DatameerHarness, server: FaultyServer, fault: Fault
) -> None:
    await listed(dm)
    server.inject(fault, when=lambda request: "/api/" in request.url.path)
    with pytest.raises(SystemUnavailable):
        await adapter_of(dm).get_job(key_of(50))
    await adapter_of(dm).get_job(key_of(50))
    assert (await adapter_of(dm).check()).version == "API V2"


@pytest.mark.parametrize("fault", LOSING)
async def test_a_lost_answer_never_makes_a_second_run(
    dm: DatameerHarness, server: FaultyServer, fault: Fault
) -> None:
    await listed(dm)
    server.inject(fault)
    with pytest.raises(OutcomeUnknown):
        await adapter_of(dm).trigger(key_of(50), {})
    assert dm.system.triggers == {50: 1}
    assert [run.key.run_id for run in await adapter_of(dm).list_runs(key_of(50))] == ["4127"]


@pytest.mark.parametrize("fault", NOT_SEEN_BY_THE_SYSTEM)
async def test_a_trigger_that_may_have_arrived_is_never_sent_again(
    dm: DatameerHarness, server: FaultyServer, fault: Fault
) -> None:
    await listed(dm)
    before = len(server.requests)
    server.inject(fault)
    with pytest.raises(OutcomeUnknown):
        await adapter_of(dm).trigger(key_of(50), {})
    assert len(server.requests) == before + 1


async def test_a_trigger_that_was_turned_away_made_nothing(dm: DatameerHarness, server: FaultyServer) -> None:
    await listed(dm)
    server.inject(Fault.BUSY)
    with pytest.raises(RateLimited):
        await adapter_of(dm).trigger(key_of(50), {})
    await dm.clock.sleep(5)
    await server.stop()
    with pytest.raises(Unreachable):
        await adapter_of(dm).trigger(key_of(50), {})
    await server.listen()
    assert not dm.system.triggers


@pytest.mark.parametrize("fault", LOSING)
async def test_a_lost_answer_to_a_stop_is_unknown_and_the_next_look_tells(
    dm: DatameerHarness, server: FaultyServer, fault: Fault
) -> None:
    run = dm.system.add_run(52)
    await adapter_of(dm).get_job(key_of(52))
    server.inject(fault, when=lambda request: "job-kill" in request.url.path)
    with pytest.raises(OutcomeUnknown) as caught:
        await adapter_of(dm).stop(run_of(run))
    assert caught.value.hint
    assert dm.system.asked("job-kill") == 1
    assert (await adapter_of(dm).get_job(key_of(52))).state is State.CANCELLED


async def test_a_refusal_in_a_success_is_a_refusal(dm: DatameerHarness, server: FaultyServer) -> None:
    run = dm.system.add_run(52)
    dm.system._run = lambda run_id: None  # type: ignore[method-assign]
    with pytest.raises(ActionRefused, match="unknown job execution"):
        await adapter_of(dm).stop(run_of(run))


@pytest.mark.parametrize("fault", [Fault.TRUNCATED, Fault.SLOW_BODY, Fault.HTML, Fault.FAILED])
async def test_a_log_that_breaks_off_is_told_and_read_again(
    dm: DatameerHarness, server: FaultyServer, fault: Fault
) -> None:
    run = dm.system.add_run(50)
    await dm.clock.sleep(60)
    server.inject(fault, times=2, when=lambda request: "file-job" in request.url.path)
    with pytest.raises(SystemUnavailable):
        await adapter_of(dm).read_log(run_of(run))
    server.heal()
    chunk = await adapter_of(dm).read_log(run_of(run))
    assert (chunk.data, chunk.is_complete) == (dm.system.log, True)


async def test_wrong_credentials_stop_everything_after_one_attempt(
    dm: DatameerHarness, server: FaultyServer
) -> None:
    server.inject(Fault.EXPIRED, times=None)
    for _ in range(3):
        with pytest.raises(Unauthorized):
            await listed(dm)
    with pytest.raises(Unauthorized):
        await adapter_of(dm).check()
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not ENDLESS])
async def test_no_fault_is_anything_but_an_error_of_ours(
    dm: DatameerHarness, server: FaultyServer, fault: Fault
) -> None:
    run = dm.system.add_run(52)
    await listed(dm)
    server.inject(fault, times=None)
    adapter, job = adapter_of(dm), key_of(52)
    for ask in (adapter.check, lambda: adapter.get_job(job), lambda: adapter.list_runs(job)):
        with pytest.raises(NightdeckError):
            await ask()
    with pytest.raises(NightdeckError):
        await adapter.read_log(run_of(run))
    with pytest.raises(NightdeckError):
        await adapter.trigger(job, {})
    assert dm.system.triggers[52] <= 1
