"""The EnOS adapter over the simulator: what the contract of all adapters doesn't ask for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.adapters.contract import _assert_well_formed_job
from tests.adapters.enos_harness import EnosHarness
from tests.support.context import InstantClock, make_context
from tui.adapters.enos import EnosAdapter
from tui.core.errors import ClockDiffers, Forbidden, NightdeckError
from tui.core.keys import JobKey, RunKey
from tui.core.state import State
from tui.simulators.enos import Behaviour, EnosSimulator, FlowSpec, TaskSpec, failed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHAIN = (TaskSpec("collect"), TaskSpec("check"), TaskSpec("load"))


@pytest.fixture
async def enos() -> AsyncIterator[EnosHarness]:
    async with EnosHarness() as harness:
        yield harness


async def add(enos: EnosHarness, spec: FlowSpec) -> JobKey:
    """One more flow, that the adapter knows of."""
    enos.enos.add_flow(spec)
    await enos.clock.sleep(301)
    await enos.sweep()
    return JobKey("enos", spec.id)


async def test_a_rerun_of_what_failed_leaves_out_what_did_not(enos: EnosHarness) -> None:
    job = await add(enos, FlowSpec("77", "chain", CHAIN, duration_s=6, outcome=failed("no space", task=1)))
    run = (await enos.finish(job)).run_key
    assert run is not None
    tasks = await enos.adapter.list_tasks(run)
    assert [(task.name, task.state) for task in tasks] == [
        ("collect", State.SUCCEEDED),
        ("check", State.FAILED),
        ("load", State.NEVER_RUN),
    ]
    accepted = await enos.adapter.rerun(run, is_failed_only=True)
    enos.enos.set_outcome(job.id, failed("no space", task=1))
    again = RunKey("enos", job.id, accepted.run_id)
    await enos.until(job, lambda seen: seen.run_id == again.run_id and seen.state.is_final)
    states = {task.name: task.state for task in await enos.adapter.list_tasks(again)}
    assert states["check"] is State.FAILED
    assert states.get("collect", State.NEVER_RUN) is State.NEVER_RUN
    assert enos.runs_made(job) == 2


async def test_parameters_stay_with_the_flow(enos: EnosHarness) -> None:
    job = enos.samples.lasting
    accepted = await enos.adapter.trigger(job, {"day": "2026-11-21"})
    assert {one.name: one.default for one in await enos.adapter.list_parameters(job)} == {
        "path": "/user/demo/",
        "day": "2026-11-21",
    }
    (run,) = await enos.adapter.list_runs(job)
    assert run.key.run_id == accepted.run_id
    assert run.params == {"path": "/user/demo/", "day": "2026-11-21"}


async def test_a_second_run_waits_for_the_first_one(enos: EnosHarness) -> None:
    job = enos.samples.lasting
    first = await enos.start(job)
    await enos.clock.sleep(5)
    second = await enos.adapter.trigger(job, {})
    seen = await enos.see(job)
    assert (seen.run_id, seen.state, seen.substate) == (
        second.run_id,
        State.QUEUED,
        f"after {first.run_id}",
    )
    await enos.adapter.stop(first)
    seen = await enos.until(job, lambda seen: seen.state is State.RUNNING)
    assert (seen.run_id, seen.substate, seen.last_result) == (second.run_id, "", State.CANCELLED)


async def test_a_run_that_was_asked_to_stop_says_so_until_it_does(enos: EnosHarness) -> None:
    run = await enos.start(enos.samples.lasting)
    await enos.until(run.job, lambda seen: seen.state is State.RUNNING)
    await enos.adapter.stop(run)
    assert (await enos.see(run.job)).substate == "cancelling"


async def test_a_flow_of_somebody_else_is_not_run(enos: EnosHarness) -> None:
    job = await add(enos, FlowSpec("78", "theirs", owner="bob", visitors="alice"))
    for change in (enos.adapter.trigger(job, {}), enos.adapter.hold(job)):
        with pytest.raises(Forbidden, match="owners"):
            await change
    assert enos.runs_made(job) == 0


async def test_a_flow_that_may_not_be_read_is_listed_all_the_same(enos: EnosHarness) -> None:
    job = await add(enos, FlowSpec("79", "secret", can_read=False, duration_s=3))
    seen = await enos.finish(job)
    assert seen.last_result is State.SUCCEEDED
    assert "no read permission" in seen.tags
    assert seen.run_key is not None
    for detail in (enos.adapter.list_tasks(seen.run_key), enos.adapter.read_log(seen.run_key)):
        with pytest.raises(Forbidden):
            await detail


@pytest.mark.parametrize("renews", [False, True])
async def test_tokens_come_and_go_for_days_unnoticed(renews: bool) -> None:
    async with EnosHarness(behaviour=Behaviour(refresh_renews=renews)) as enos:
        for _ in range(60):
            await enos.sweep()
            await enos.clock.sleep(1800)
        assert enos.enos.logins >= 1
        assert enos.enos.logins + enos.enos.refreshes <= 2 + 30 * 3600 // (7200 - 1800)
        assert all(call.headers["apim-accesstoken"] for call in enos.requests if not enos.is_login(call))


async def test_a_clock_that_is_wrong_is_named_as_the_reason(enos: EnosHarness) -> None:
    await enos.sweep()
    enos.enos.set_skew(timedelta(hours=1))
    with pytest.raises(ClockDiffers, match="1h00m behind"):
        await enos.sweep()


async def test_a_schedule_that_somebody_else_switched_off_is_seen(enos: EnosHarness) -> None:
    job = enos.samples.idle
    assert not (await enos.see(job)).is_held
    other = await enos.reopen()
    await other.hold(job)
    await enos.clock.sleep(121)
    assert (await enos.see(job)).is_held


async def test_what_the_gateway_breaks_off_is_no_run(enos: EnosHarness) -> None:
    job = enos.samples.succeeding
    await enos.sweep()
    enos.enos.fail_next(62109, "internal error", "flows.trigger")
    with pytest.raises(NightdeckError):
        await enos.adapter.trigger(job, {})
    assert enos.runs_made(job) == 0


async def test_a_made_up_fleet_is_well_formed_and_told_in_full() -> None:
    clock = InstantClock()
    simulator = EnosSimulator.preload(clock, 300)
    async with EnosHarness() as enos:
        context = make_context(clock=clock, transport=httpx.MockTransport(simulator))
        settings = EnosAdapter.Settings.model_validate(
            {**enos.table("https://enos.example"), "window": "48h"}
        )
        adapter = EnosAdapter("enos", settings, context)
        await adapter.open()
        for _ in range(3):
            jobs = [job async for page in adapter.list_jobs() for job in page]
            await clock.sleep(15)
        await adapter.aclose()
    for job in jobs:
        _assert_well_formed_job(job, adapter)
    assert {State.SUCCEEDED, State.FAILED, State.RUNNING} <= {job.state for job in jobs}
    assert not any("clock?" in job.substate for job in jobs)
    assert any(job.message.startswith("the flow failed, in ") for job in jobs)
