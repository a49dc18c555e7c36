"""The Slurm adapter keeps the contract of all adapters, through both of its doors, on two releases."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from tests.adapters.contract import (
    AdapterContract,
    AutostartContract,
    HoldContract,
    LogFileContract,
    RawContract,
    RerunContract,
    StopContract,
    TaskContract,
    TriggerContract,
    WebUrlContract,
)
from tests.adapters.http_contract import (
    HttpContract,
    HttpHoldContract,
    HttpLogContract,
    HttpRawContract,
    HttpRerunContract,
    HttpStopContract,
    HttpTaskContract,
    HttpTriggerContract,
    Opening,
)
from tests.adapters.slurm_harness import CommandsHarness, SlurmHarness, key_of
from tests.support.faults import Fault
from tui.core.state import State
from tui.simulators.slurm import Behaviour, newer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FORMS: dict[str, tuple[type[SlurmHarness | CommandsHarness], dict[str, Any]]] = {
    "slurmrestd of 23.11 without accounting, over a socket": (
        SlurmHarness,
        {"behaviour": newer(has_history=False), "uses_socket": True},
    ),
    "commands of 22.05 without accounting": (
        CommandsHarness,
        {"behaviour": Behaviour(has_history=False, end_lag_s=1.0)},
    ),
    "commands of 23.11": (CommandsHarness, {"behaviour": newer(), "zone": "Asia/Shanghai"}),
}


@pytest.fixture(params=list(FORMS.values()), ids=list(FORMS))
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[SlurmHarness | CommandsHarness]:
    """A Slurm of some form, opened."""
    make, options = request.param
    async with make(**options) as slurm:
        yield slurm


class TestContract(
    AdapterContract,
    LogFileContract,
    TaskContract,
    TriggerContract,
    StopContract,
    RerunContract,
    HoldContract,
    WebUrlContract,
    RawContract,
    AutostartContract,
):
    """Everything that a Slurm can do."""


class TestOverASocket(
    HttpContract,
    HttpLogContract,
    HttpTaskContract,
    HttpRawContract,
    HttpTriggerContract,
    HttpStopContract,
    HttpRerunContract,
    HttpHoldContract,
):
    """The same when the network, the server and the clock are as they are."""

    harness_type = SlurmHarness
    options = MappingProxyType({"zone": "Europe/Berlin"})

    @pytest.mark.parametrize("fault", [Fault.HTML])
    async def test_a_listing_that_breaks_off_loses_no_job(self, opening: Opening, fault: Fault) -> None:
        """One fault: a listing is one answer here, and a big one."""
        await super().test_a_listing_that_breaks_off_loses_no_job(opening, fault)


async def test_each_action_is_one_request() -> None:
    async with SlurmHarness() as slurm:
        adapter, samples = slurm.adapter, slurm.samples
        run = await slurm.start(samples.lasting)
        waiting = key_of("waiting")
        await slurm.until(run.job, lambda seen: seen.state is State.RUNNING)
        assert slurm.changes_sent() == 1
        for number, act in enumerate(
            (partial(adapter.stop, run), partial(adapter.hold, waiting), partial(adapter.release, waiting)),
            start=2,
        ):
            await act()
            assert slurm.changes_sent() == number
