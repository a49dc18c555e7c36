"""What goes wrong with a TAC alone; what goes wrong with every system is in the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapters.talend_harness import TalendHarness
from tui.core.capabilities import HasLogs
from tui.core.errors import (
    ActionRefused,
    NightdeckError,
    OutcomeUnknown,
    SystemUnavailable,
    Unauthorized,
)
from tui.core.state import State
from tui.simulators.talend import ReturnCode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def harness() -> AsyncIterator[TalendHarness]:
    """A TAC on a socket."""
    async with TalendHarness(uses_socket=True) as tac:
        yield tac


async def test_a_changed_password_is_told_in_the_words_of_the_tac(harness: TalendHarness) -> None:
    harness.spoil_credentials()
    with pytest.raises(Unauthorized, match="returnCode 3"):
        await harness.see(harness.samples.idle)


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
    assert isinstance(later, HasLogs)
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
