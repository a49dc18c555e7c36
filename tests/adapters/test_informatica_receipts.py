"""Code tasks on the simulated cloud, and what becomes of actions there whose answer is lost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.adapters.contract import (
    AdapterContract,
    LogContract,
    RawContract,
    RerunContract,
    StopContract,
    TriggerContract,
)
from tests.adapters.http_contract import (
    MOMENTS,
    Turns,
    assert_possible,
    assert_true,
    watched,
)
from tests.adapters.http_night import night_over
from tests.adapters.informatica_harness import BAD, STEP, InformaticaHarness
from tests.support.clock import FakeClock
from tests.support.faults import Fault
from tui.core.capabilities import HasTasks
from tui.core.errors import ActionRefused
from tui.core.keys import JobKey
from tui.core.models import Action, ActionKind, ReceiptStatus
from tui.core.state import State
from tui.simulators.informatica import TaskflowSpec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

SUSPENDING = TaskflowSpec(
    "4kQmZpT1xYb8RwUe0VsL1S",
    "tf_suspends",
    "tf_suspends",
    "DWH/Daily",
    (STEP.id,),
    duration_s=4,
    outcome=BAD,
    faulty_step=0,
)
SUSPENDS = JobKey("idmc", SUSPENDING.id)
"""A taskflow whose failed step suspends it."""


class TestCodeTasks(AdapterContract, LogContract, RawContract, TriggerContract, StopContract, RerunContract):
    """Everything that code tasks can do; steps they have none."""

    @pytest.fixture(params=[False, True], ids=["sample", "table"])
    async def harness(self, request: pytest.FixtureRequest) -> AsyncIterator[InformaticaHarness]:
        """Code tasks, whose jobs are told in one of the two shapes of the vendor's page."""
        words = {
            "has_table_shape": request.param,
            "doubles_slash": request.param,
            "zips_code_logs": request.param,
        }
        async with InformaticaHarness(family="code", behaviour=words) as cloud:
            yield cloud

    def test_every_capability_has_its_contract(self, harness: InformaticaHarness) -> None:  # type: ignore[override]
        assert isinstance(harness.adapter, HasTasks)

    async def test_a_job_has_no_steps(self, harness: InformaticaHarness) -> None:
        run = (await harness.finish(harness.samples.succeeding)).run_key
        assert run is not None
        assert await harness.adapter.list_tasks(run) == []


@pytest.mark.parametrize("family", ["linear", "taskflows"])
@pytest.mark.parametrize("fault", [Fault.LOST, Fault.TRUNCATED, Fault.RESET, Fault.BUSY])
async def test_a_start_is_followed_to_the_truth(family: Any, fault: Fault, tmp_path: Path) -> None:
    async with InformaticaHarness(family=family, uses_socket=True, clock=FakeClock()) as cloud:
        job = cloud.samples.succeeding
        await cloud.finish(job)
        async with night_over(cloud, tmp_path) as night:
            cloud.line.inject(fault, when=cloud.is_change)
            receipt = await night.perform(ActionKind.TRIGGER, job)
            made = cloud.runs_made(job) - 1
            assert_true(receipt, fault, is_made=bool(made))
            assert made <= 1
            if receipt.status is ReceiptStatus.UNKNOWN:
                assert (await night.plan(ActionKind.TRIGGER, job)).is_in_doubt


@pytest.mark.parametrize("family", ["linear", "taskflows"])
async def test_a_stop_whose_answer_is_lost_is_seen(family: Any, tmp_path: Path) -> None:
    async with InformaticaHarness(family=family, uses_socket=True, clock=FakeClock()) as cloud:
        run = await cloud.start(cloud.samples.lasting)
        await cloud.until(run.job, lambda seen: seen.state is State.RUNNING)
        async with night_over(cloud, tmp_path) as night:
            cloud.line.inject(Fault.LOST, when=cloud.is_change)
            receipt = await night.perform(ActionKind.STOP, run.job)
            assert_true(receipt, Fault.LOST, is_made=True)
            assert (await cloud.see(run.job)).last_result is State.CANCELLED


async def test_a_code_task_whose_start_has_no_answer_stays_in_doubt(tmp_path: Path) -> None:
    async with InformaticaHarness(family="code", uses_socket=True, clock=FakeClock()) as cloud:
        job = cloud.samples.succeeding
        async with night_over(cloud, tmp_path) as night:
            cloud.line.inject(Fault.LOST, when=cloud.is_change)
            receipt = await night.perform(ActionKind.TRIGGER, job)
            # Nothing lists the jobs of code tasks: nobody can say whether there is one, so nobody does.
            assert receipt.status is ReceiptStatus.UNKNOWN
            plan = await night.plan(ActionKind.TRIGGER, job)
            assert plan.is_in_doubt
            assert cloud.runs_made(job) == 1


async def test_a_suspended_run_is_resumed_and_seen_to_go_on(tmp_path: Path) -> None:
    async with InformaticaHarness(family="taskflows", uses_socket=True, clock=FakeClock()) as cloud:
        cloud.cloud.add(SUSPENDING)
        async with night_over(cloud, tmp_path) as night:
            receipt = await night.perform(ActionKind.TRIGGER, SUSPENDS)
            paused = await cloud.until(SUSPENDS, lambda seen: seen.state is State.PAUSED)
            assert paused.run_id == receipt.run_id
            await night.drive(night.engine.sweep_all())
            action = Action(ActionKind.RERUN, SUSPENDS, paused.run_key, is_failed_only=True)
            plan = await night.drive(night.engine.actions.plan(action))
            assert "resumeWithFaultRetry" in plan.preview
            receipt = await night.drive(
                night.engine.actions.perform(plan.action, confirmation="", request_id=plan.request_id)
            )
            assert (await night.drive(night.engine.actions.observe(receipt))).status is ReceiptStatus.OBSERVED
            assert cloud.runs_made(SUSPENDS) == 1
            await cloud.until(SUSPENDS, lambda seen: seen.state is State.PAUSED)
            runs = await cloud.adapter.list_runs(SUSPENDS)
            assert [(run.key.run_id, run.key.attempt) for run in runs] == [(paused.run_id, 2)]
            await cloud.adapter.stop(runs[0].key)
            assert (await cloud.see(SUSPENDS)).last_result is State.CANCELLED
            with pytest.raises(ActionRefused, match="only a suspended run"):
                await cloud.adapter.rerun(runs[0].key, is_failed_only=True)


async def test_a_run_starts_although_it_is_not_in_the_default_folder() -> None:
    async with InformaticaHarness() as cloud:
        job = cloud.samples.failing
        assert cloud.cloud.behaviour.restricts_task_ids
        assert (await (await cloud.reopen()).trigger(job, {})).run_id  # type: ignore[attr-defined]
        assert cloud.runs_made(job) == 1


async def test_a_second_start_is_skipped_and_says_so() -> None:
    async with InformaticaHarness() as cloud:
        run = await cloud.start(cloud.samples.lasting)
        await cloud.until(run.job, lambda seen: seen.state is State.RUNNING)
        second = await cloud.adapter.trigger(run.job, {})
        seen = await cloud.until(run.job, lambda seen: seen.last_result is not None)
        assert (seen.state, seen.run_id, seen.last_result) == (State.RUNNING, run.run_id, State.FAILED)
        runs = await cloud.adapter.list_runs(run.job)
        assert [(each.key.run_id, each.state) for each in runs] == [
            (second.run_id, State.FAILED),
            (run.run_id, State.RUNNING),
        ]
        assert runs[0].substate == "skipped: it was still running"


@pytest.mark.parametrize(("zone", "start"), MOMENTS[:6])
async def test_times_without_true_ones_agree_with_each_other(zone: str, start: datetime) -> None:
    words = {"has_utc_times": False, "log_lag_s": 1}
    async with InformaticaHarness(zone=zone, start=start, behaviour=words) as cloud:
        job, _ = await watched(cloud, cloud.samples.succeeding)
        assert_possible(job)
        for run in await cloud.adapter.list_runs(job.key):
            assert_possible(run)


async def test_tokens_that_end_by_themselves_are_renewed_when_they_do() -> None:
    async with InformaticaHarness(behaviour={"has_jwt": True, "jwt_s": 60}) as cloud:
        before = await cloud.sweep()
        logins = cloud.logins_made()
        for _ in range(61):
            await cloud.pass_time()
        assert await cloud.sweep() == before
        assert cloud.logins_made() == logins + 1


async def test_a_night_of_the_made_up_department_is_told_without_an_error() -> None:
    async with InformaticaHarness(code_tasks=[477]) as cloud:
        cloud.simulator = cloud.cloud = type(cloud.cloud).preload(cloud.clock, 200)
        adapter = await cloud.reopen()
        async with Turns() as turns:
            jobs = [job async for page in adapter.list_jobs() for job in page]
        assert turns.count
        states = {job.state for job in jobs}
        assert {State.SUCCEEDED, State.FAILED} <= states
        assert State.UNKNOWN not in states
        failed = next(job for job in jobs if job.state is State.FAILED and job.kind == "mapping task")
        assert failed.message
        assert failed.run_key is not None
        assert (await adapter.read_log(failed.run_key)).data  # type: ignore[attr-defined]
