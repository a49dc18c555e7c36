"""The Talend adapter over a real socket, with everything that goes wrong on one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapters.talend_harness import TalendHarness
from tests.support.faults import Fault
from tui.core.errors import (
    ActionRefused,
    NightdeckError,
    OutcomeUnknown,
    RateLimited,
    SystemUnavailable,
    Unauthorized,
    Unreachable,
)
from tui.core.state import State
from tui.simulators.talend import PASSWORD, ReturnCode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.faults import FaultyServer

PASSING = {Fault.RESET, Fault.CLOSED, Fault.LOST, Fault.TRUNCATED, Fault.BUSY, Fault.UNAVAILABLE}
"""Faults after which a read is asked again."""

SLOW = {Fault.HANG, Fault.LOST_IN_SILENCE, Fault.SLOW_BODY, Fault.SLOW_HEAD, Fault.DRIP}

NOTHING_SENT = {Fault.EXPIRED: Unauthorized, Fault.BUSY: RateLimited}
"""Faults that say themselves that a change was not made."""


@pytest.fixture
async def harness() -> AsyncIterator[TalendHarness]:
    """A TAC on a socket, and an adapter with little patience."""
    tac = TalendHarness(uses_socket=True)
    tac.settings["timeout"] = 0.3
    async with tac:
        yield tac


def server_of(harness: TalendHarness) -> FaultyServer:
    assert harness.server is not None
    return harness.server


@pytest.mark.parametrize("fault", list(Fault))
async def test_a_sweep_survives_or_tells(harness: TalendHarness, fault: Fault) -> None:
    server_of(harness).inject(fault)
    if fault in PASSING or fault in SLOW or fault is Fault.FAILED_AFTER:
        # A fault that comes once is healed by asking again.
        assert (await harness.see(harness.samples.idle)).state is State.SCHEDULED
        return
    with pytest.raises(SystemUnavailable) as caught:
        await harness.see(harness.samples.idle)
    assert_clean(caught.value)
    assert caught.value.hint
    if fault is not Fault.EXPIRED:
        assert (await harness.see(harness.samples.idle)).state is State.SCHEDULED


@pytest.mark.parametrize("fault", list(Fault))
async def test_a_trigger_never_runs_twice(harness: TalendHarness, fault: Fault) -> None:
    job = harness.samples.succeeding
    before = await harness.see(job)
    server_of(harness).inject(fault)
    with pytest.raises(NightdeckError) as caught:
        await harness.adapter.trigger(job, {"region": "EU"})
    assert_clean(caught.value)
    is_made = fault in {
        Fault.LOST,
        Fault.LOST_IN_SILENCE,
        Fault.SLOW_BODY,
        Fault.DRIP,
        Fault.SLOW_HEAD,
        Fault.TRUNCATED,
        Fault.FAILED_AFTER,
    }
    assert harness.runs_made(job) == is_made
    assert isinstance(caught.value, NOTHING_SENT.get(fault, OutcomeUnknown))
    if fault is Fault.EXPIRED:
        return
    await harness.pass_time()
    for _ in range(12):
        await harness.pass_time()
        seen = await harness.see(job)
    assert harness.runs_made(job) == is_made
    assert (seen.run_id != before.run_id) == is_made
    assert seen.last_result is (State.SUCCEEDED if is_made else None)


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.HANG, Fault.FAILED_AFTER])
async def test_a_stop_whose_answer_is_lost_is_in_doubt(harness: TalendHarness, fault: Fault) -> None:
    run = await harness.start(harness.samples.lasting)
    await harness.until(run.job, lambda seen: seen.state is State.RUNNING)
    server_of(harness).inject(fault)
    with pytest.raises(OutcomeUnknown):
        await harness.adapter.stop(run)
    assert harness.tac.calls["stopTask"] == (0 if fault is Fault.HANG else 1)


async def test_a_server_that_is_away_gets_nothing(harness: TalendHarness) -> None:
    await harness.see(harness.samples.idle)
    await server_of(harness).stop()
    with pytest.raises(Unreachable):
        await harness.adapter.trigger(harness.samples.succeeding, {})
    with pytest.raises(Unreachable):
        await harness.see(harness.samples.idle)
    await server_of(harness).listen()
    assert (await harness.see(harness.samples.idle)).state is State.SCHEDULED
    assert harness.runs_made(harness.samples.succeeding) == 0


async def test_a_changed_password_stops_everything_after_one_attempt(harness: TalendHarness) -> None:
    await harness.see(harness.samples.idle)
    harness.tac.set_password("another one")
    asked = len(server_of(harness).requests)
    for _ in range(3):
        with pytest.raises(Unauthorized, match="returnCode 3"):
            await harness.see(harness.samples.idle)
    assert len(server_of(harness).requests) == asked + 1


async def test_a_busy_task_is_refused(harness: TalendHarness) -> None:
    run = await harness.start(harness.samples.lasting)
    with pytest.raises(ActionRefused, match="still processing"):
        await harness.adapter.trigger(run.job, {})
    harness.tac.change(omits_id_when_busy=True)
    with pytest.raises(OutcomeUnknown):
        await harness.adapter.trigger(run.job, {})
    assert harness.runs_made(run.job) == 1


@pytest.mark.parametrize("code", [code for code in ReturnCode if code])
async def test_every_code_ends_in_an_error_of_ours(harness: TalendHarness, code: ReturnCode) -> None:
    harness.tac.fail_next(code, "no")
    with pytest.raises(NightdeckError, match=f"returnCode {int(code)}"):
        await harness.adapter.hold(harness.samples.idle)


async def test_errors_of_old_versions_are_told(harness: TalendHarness) -> None:
    harness.tac.change(has_plain_errors=True)
    with pytest.raises(SystemUnavailable, match="ERROR: Cannot find task"):
        await harness.adapter.list_runs(harness.samples.idle._replace(id="9"))


@pytest.mark.parametrize("seconds", [-90, 45])
async def test_a_server_whose_clock_is_wrong(harness: TalendHarness, seconds: float) -> None:
    harness.skew(seconds)
    made = [(await harness.finish(harness.samples.succeeding)).run_id for _ in range(3)]
    runs = await harness.adapter.list_runs(harness.samples.succeeding)
    assert [run.key.run_id for run in runs] == made[::-1]
    assert {run.duration_s for run in runs} == {8.0}


async def test_a_run_is_followed_over_a_restart(harness: TalendHarness) -> None:
    job = harness.samples.failing
    accepted = await harness.adapter.trigger(job, {"region": "EU"})
    await harness.adapter.aclose()
    for _ in range(20):
        await harness.pass_time()
    later = await harness.reopen()
    seen = await harness.see(job, later)
    assert (seen.run_id, seen.last_result, seen.exit_code) == (accepted.run_id, State.FAILED, 1)
    assert seen.message == "ORA-12541: TNS:no listener"
    (run,) = await later.list_runs(job)
    assert (run.key.run_id, dict(run.params)) == (accepted.run_id, {"region": "EU"})
    log = await later.read_log(run.key)
    assert b"ORA-12541" in log.data


async def test_two_sweeps_a_minute_cost_two_requests(harness: TalendHarness) -> None:
    for _ in range(2):
        await harness.see(harness.samples.idle)
    assert dict(harness.tac.calls) == {"listTasks": 2}


async def test_a_synchronous_run_is_never_asked_for(harness: TalendHarness) -> None:
    await harness.adapter.trigger(harness.samples.lasting, {})
    assert harness.tac.calls["runTask"] == 1
    assert (await harness.see(harness.samples.lasting)).state.is_active


def assert_clean(error: BaseException) -> None:
    """The password, its query and the address are nowhere in it."""
    assert PASSWORD not in str(error)
    assert "eyJ" not in repr(error)
    assert error.__cause__ is None
