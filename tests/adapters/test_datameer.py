"""The Datameer adapter keeps the contract of all adapters, with either API, in memory and over a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.contract import (
    AdapterContract,
    JobCheckContract,
    LogContract,
    RawContract,
    StopContract,
    TriggerContract,
)
from tests.adapters.datameer_case import DatameerHarness, FakeDatameer
from tests.support.context import InstantClock
from tests.support.faults import FaultyServer


@pytest.fixture(params=["v2", "v1", "auto without V2", "socket"])
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[DatameerHarness]:
    """A Datameer, opened."""
    if request.param == "socket":
        system = FakeDatameer(InstantClock())
        async with FaultyServer(system) as server:
            harness = DatameerHarness(system, url=server.url)
            await harness.adapter.open()
            yield harness
            await harness.aclose()
        return
    harness = DatameerHarness(api="auto" if "auto" in request.param else request.param)
    harness.system.has_v2 = request.param == "v2"
    await harness.adapter.open()
    yield harness
    await harness.aclose()


class TestContract(
    AdapterContract, JobCheckContract, LogContract, RawContract, TriggerContract, StopContract
):
    """Everything that a Datameer can do."""
