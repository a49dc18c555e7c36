"""A night of simulated ETLs that run by schedule: what the adapter makes out is what has happened."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from tests.adapters.bmc_harness import BmcHarness, key_of
from tui.core.state import State
from tui.simulators.bmc import BmcSimulator, EtlSpec
from tui.simulators.bmc.etl import Etl
from tui.simulators.fleet import Script

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tui.core.models import Run
    from tui.simulators.bmc import EtlRun

ETLS = 2
RESULTS = {"OK": State.SUCCEEDED, "WARNING": State.WARNING, "ERROR": State.FAILED}
NIGHT_S = 1800


class NightHarness(BmcHarness):
    """ETLs that run every few minutes, well and badly."""

    def make_simulator(self) -> BmcSimulator:
        made = super().make_simulator()
        for number in range(ETLS):
            script = Script(
                id=str(number),
                name=f"night {number}",
                period_s=180 + 60 * number,
                usual_s=40 + 10 * number,
                phase_s=17 * number,
                failure_rate=0.4,
                needs_database=False,
                is_parametrised=False,
            )
            made.backend.add(EtlSpec(f"90{number}", script.name, script=script))
        return made

    def truth(self, number: int) -> Sequence[EtlRun]:
        """The runs of an ETL that have begun by now, newest first."""
        etl = self.bmc.backend.etl(f"90{number}")
        assert isinstance(etl, Etl)
        return etl.runs(self.clock.now(), 200)

    async def known(self, number: int) -> Sequence[Run]:
        """The runs that the adapter knows of, newest first."""
        return await self.adapter.list_runs(key_of(f"90{number}"))


@pytest.fixture(params=[False, True], ids=["tells starts", "tells ends"])
async def night(request: pytest.FixtureRequest) -> AsyncIterator[NightHarness]:
    async with AsyncExitStack() as stack:
        harness = NightHarness(behaviour={"last_exec_is_end": request.param})
        yield await stack.enter_async_context(harness)


@pytest.mark.parametrize("every_s", [5, 31])
async def test_close_looks_see_every_run_once_and_right(night: NightHarness, every_s: float) -> None:
    began = night.clock.now()
    while (night.clock.now() - began).total_seconds() < NIGHT_S:
        for number in range(ETLS):
            await night.adapter.get_job(key_of(f"90{number}"))
        await night.clock.sleep(every_s)
    for number in range(ETLS):
        true = [run for run in night.truth(number) if run.started_at > began]
        known = (await night.known(number))[: len(true)]
        true, known = true[1:], known[1:]
        assert len(true) > 5
        assert [run.state for run in known] == [RESULTS[run.exit_code] for run in true]
        for run, fact in zip(known, true, strict=True):
            assert run.started_at is not None
            assert run.ended_at is not None
            assert abs((run.started_at - fact.started_at).total_seconds()) <= every_s
            assert abs((run.ended_at - fact.ended_at).total_seconds()) <= every_s


@pytest.mark.parametrize("every_s", [240, 777])
async def test_rare_looks_invent_no_run(night: NightHarness, every_s: float) -> None:
    began = night.clock.now()
    while (night.clock.now() - began).total_seconds() < 5 * NIGHT_S:
        for number in range(ETLS):
            job = await night.adapter.get_job(key_of(f"90{number}"))
            newest = night.truth(number)[0]
            is_over = not newest.is_running(night.clock.now())
            assert job.state is (State.SCHEDULED if is_over else State.RUNNING)
            if is_over:
                assert job.last_result is RESULTS[newest.exit_code]
        await night.clock.sleep(every_s)
    for number in range(ETLS):
        true = [run for run in night.truth(number) if run.started_at > began]
        known = await night.known(number)
        assert 1 <= len(known) <= len(true) + 1
        for run in known:
            if run.duration_s is not None:
                assert run.duration_s <= 200
