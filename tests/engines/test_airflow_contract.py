"""The Airflow adapter keeps the contract of all adapters on a real Airflow."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.contract import (
    AdapterContract,
    HoldContract,
    LogContract,
    RawContract,
    RerunContract,
    RunIdContract,
    StopContract,
    TaskContract,
    TriggerContract,
    WebUrlContract,
)
from tests.engines.airflow_case import AirflowHarness
from tests.engines.engine import Facts


@pytest.fixture
async def harness(airflow_facts: Facts, request: pytest.FixtureRequest) -> AsyncIterator[AirflowHarness]:
    """DAGs that have never run."""
    needs_log = request.node.originalname in vars(LogContract)
    async with AirflowHarness(airflow_facts, needs_log=needs_log) as airflow:
        yield airflow


class TestContract(
    AdapterContract,
    LogContract,
    TaskContract,
    RunIdContract,
    TriggerContract,
    StopContract,
    RerunContract,
    HoldContract,
    WebUrlContract,
    RawContract,
):
    """Everything that the adapter offers, on the system itself."""
