"""The Datameer adapter over a real socket, in the ways in which a Datameer alone can go wrong.

What goes wrong with every system is in the HTTP contract.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.adapters.datameer_harness import DatameerHarness, key_of, run_of
from tests.support.faults import Fault
from tui.core.errors import (
    ActionRefused,
    NightdeckError,
    OutcomeUnknown,
    RateLimited,
    SystemUnavailable,
    Unreachable,
)
from tui.core.state import State

LOSING = [Fault.LOST, Fault.LOST_IN_SILENCE, Fault.SLOW_BODY, Fault.TRUNCATED, Fault.FAILED_AFTER]
NOT_SEEN_BY_THE_SYSTEM = [Fault.RESET, Fault.CLOSED, Fault.HANG, Fault.HTML, Fault.GARBAGE, Fault.FAILED]
LASTING = [Fault.HTML, Fault.GARBAGE, Fault.FAILED, Fault.NOT_HTTP, Fault.BOMB]
PATIENCE = {Fault.DRIP, Fault.SLOW_HEAD, Fault.SLOW_BODY, Fault.LOST_IN_SILENCE}
"""Faults that each request sits out for a timeout or more, which the contract does."""

SHORT_S = 0.2
"""The timeout, because some faults are silent."""


@pytest.fixture
async def dm() -> AsyncIterator[DatameerHarness]:
    async with DatameerHarness(uses_socket=True, timeout=SHORT_S) as harness:
        yield harness


@pytest.mark.parametrize("fault", LASTING)
async def test_a_broken_list_of_active_runs_spoils_no_sweep(dm: DatameerHarness, fault: Fault) -> None:
    dm.line.inject(fault, when=lambda request: "list-running" in request.url.path)
    assert set(await dm.listed()) == {"50", "51", "52", "53"}


@pytest.mark.parametrize("fault", LASTING)
async def test_a_broken_v2_is_not_taken_for_a_missing_one(dm: DatameerHarness, fault: Fault) -> None:
    await dm.listed()
    dm.line.inject(fault, when=lambda request: "/api/" in request.url.path)
    with pytest.raises(SystemUnavailable):
        await dm.adapter.get_job(key_of(50))
    await dm.adapter.get_job(key_of(50))
    assert (await dm.adapter.check()).version == "API V2"


@pytest.mark.parametrize("fault", LASTING)
async def test_lists_that_break_off_are_not_kept(dm: DatameerHarness, fault: Fault) -> None:
    dm.line.inject(fault, when=lambda request: "workbook" in request.url.path)
    with pytest.raises(SystemUnavailable):
        await dm.listed()
    assert set(await dm.listed()) == {"50", "51", "52", "53"}


async def test_a_refusal_in_a_success_is_a_refusal(dm: DatameerHarness) -> None:
    run = run_of(52, dm.dm.begin(52))
    words = {"status": "failure", "reason": "unknown job execution"}
    dm.dm.answer_next(httpx.Response(200, json=words), to="stop")
    with pytest.raises(ActionRefused, match="unknown job execution"):
        await dm.adapter.stop(run)


@pytest.mark.parametrize("fault", LOSING)
async def test_a_lost_answer_to_a_deletion_is_unknown_and_the_next_sweep_tells(
    dm: DatameerHarness, fault: Fault
) -> None:
    await dm.listed()
    dm.line.inject(fault, when=dm.is_change)
    with pytest.raises(OutcomeUnknown) as caught:
        await dm.adapter.delete(key_of(50))
    assert caught.value.hint
    assert dm.changes_sent() == 1
    assert dm.dm.deleted == {"50"}
    assert set(await dm.listed()) == {"51", "52", "53"}


@pytest.mark.parametrize("fault", NOT_SEEN_BY_THE_SYSTEM)
async def test_a_deletion_that_may_have_arrived_is_never_sent_again(
    dm: DatameerHarness, fault: Fault
) -> None:
    await dm.listed()
    dm.line.inject(fault, when=dm.is_change)
    with pytest.raises(OutcomeUnknown):
        await dm.adapter.delete(key_of(50))
    assert dm.changes_sent() == 1
    assert not dm.dm.deleted
    assert (await dm.adapter.get_job(key_of(50))).state is State.NEVER_RUN


async def test_a_deletion_that_was_turned_away_deleted_nothing(dm: DatameerHarness) -> None:
    await dm.listed()
    dm.line.inject(Fault.BUSY)
    with pytest.raises(RateLimited):
        await dm.adapter.delete(key_of(50))
    await dm.clock.sleep(5)
    await dm.listed()
    await dm.line.stop()
    with pytest.raises(Unreachable):
        await dm.adapter.delete(key_of(51))
    await dm.line.listen()
    assert set(await dm.listed()) == {"50", "51", "52", "53"}


@pytest.mark.parametrize("fault", [Fault.TRUNCATED, Fault.HTML, Fault.FAILED])
async def test_a_log_that_breaks_off_again_is_told_and_can_be_read_later(
    dm: DatameerHarness, fault: Fault
) -> None:
    run = run_of(50, dm.dm.begin(50))
    await dm.clock.sleep(60)
    whole = (await dm.adapter.read_log(run)).data
    dm.line.inject(fault, times=2, when=lambda request: "file-job" in request.url.path)
    with pytest.raises(SystemUnavailable):
        await dm.adapter.read_log(run)
    dm.line.heal()
    chunk = await dm.adapter.read_log(run)
    assert (chunk.data, chunk.is_complete) == (whole, True)


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault not in PATIENCE])
async def test_no_fault_is_anything_but_an_error_of_ours(dm: DatameerHarness, fault: Fault) -> None:
    run = run_of(52, dm.dm.begin(52))
    await dm.listed()
    dm.line.inject(fault, times=None)
    adapter, job = dm.adapter, key_of(52)
    for ask in (adapter.check, lambda: adapter.get_job(job), lambda: adapter.list_runs(job)):
        with pytest.raises(NightdeckError):
            await ask()
    with pytest.raises(NightdeckError):
        await adapter.read_log(run)
    with pytest.raises(NightdeckError):
        await adapter.trigger(job, {})
    assert dm.dm.runs_started[job.id] <= 1
