"""Systems that take the ids of runs: no start is lost or made twice, over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.airflow_harness import AirflowHarness
from tests.adapters.contract import AdapterContract, RunIdContract, TriggerContract
from tests.adapters.http_contract import IN_DOUBT, SILENT, HttpRunIdContract
from tests.adapters.http_harness import HttpHarness
from tests.adapters.http_night import night_over
from tests.adapters.naming_system import NamingHarness
from tests.adapters.rehearsal_contract import RehearsalContract
from tests.support.clock import FakeClock
from tests.support.faults import Fault
from tui.core.capabilities import TakesRunIds
from tui.core.models import ActionKind, ReceiptStatus


@pytest.fixture
async def harness() -> AsyncIterator[NamingHarness]:
    async with NamingHarness() as naming:
        yield naming


class TestContract(AdapterContract, TriggerContract, RunIdContract):
    """Everything that it can do."""


class TestOverASocket(RehearsalContract, HttpRunIdContract):
    """What is particular to it, when the network is as it is."""

    harness_type = NamingHarness


STARTS: list[tuple[type[HttpHarness], Fault]] = [
    *((NamingHarness, fault) for fault in sorted(IN_DOUBT - SILENT - {Fault.BOMB})),
    *((AirflowHarness, fault) for fault in (Fault.LOST, Fault.RESET, Fault.HTML)),
]
"""Systems, and what happens to a start."""


@pytest.mark.parametrize(("harness_type", "fault"), STARTS)
async def test_a_start_that_is_repeated_makes_one_run(
    tmp_path: Path, harness_type: type[HttpHarness], fault: Fault
) -> None:
    async with (
        harness_type(uses_socket=True, clock=FakeClock()) as harness,
        night_over(harness, tmp_path) as night,
    ):
        job, actions = harness.samples.lasting, night.engine.actions
        harness.line.inject(fault, when=harness.is_change)
        lost = await night.perform(ActionKind.TRIGGER, job)
        made = harness.runs_made(job)
        assert lost.status is (ReceiptStatus.OBSERVED if made else ReceiptStatus.UNKNOWN)
        assert isinstance(harness.adapter, TakesRunIds)
        assert lost.run_id == harness.adapter.run_id_for(lost.request_id)
        if made:
            assert (await harness.see(job)).run_id == lost.run_id
            return
        plan = await night.plan(ActionKind.TRIGGER, job)
        assert "at most one run" in plan.refusal
        again = await night.drive(
            actions.perform(
                plan.action,
                confirmation=plan.expects,
                request_id=plan.request_id,
                is_unknown_accepted=True,
            )
        )
        again = await night.drive(actions.observe(again))
        assert (again.status, again.run_id) == (ReceiptStatus.OBSERVED, lost.run_id)
        runs = [run.key.run_id for run in await harness.adapter.list_runs(job)]
        assert (runs, harness.runs_made(job)) == ([lost.run_id], 1)
