"""The Airflow adapter keeps the contract of all adapters, over several forms that an Airflow may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.adapters.airflow_harness import AirflowHarness
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
from tests.adapters.http_contract import (
    HttpContract,
    HttpHoldContract,
    HttpLogContract,
    HttpRawContract,
    HttpRerunContract,
    HttpRunIdContract,
    HttpSessionContract,
    HttpStopContract,
    HttpTaskContract,
    HttpTriggerContract,
)
from tui.simulators.airflow import Behaviour

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FORMS: dict[str, dict[str, Any]] = {
    "on SQLite": {},
    "on PostgreSQL, a token, small pages": {
        "uses_token": True,
        "behaviour": Behaviour(
            nulls_first=True, largest_page=2, usual_page=1, has_triggerer=True, serves_logs=True
        ),
    },
}


@pytest.fixture(params=list(FORMS.values()), ids=list(FORMS))
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[AirflowHarness]:
    """An Airflow of some form, opened."""
    async with AirflowHarness(**request.param) as airflow:
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
    """Everything that an Airflow can do."""


class TestOverASocket(
    HttpContract,
    HttpSessionContract,
    HttpLogContract,
    HttpTaskContract,
    HttpRawContract,
    HttpRunIdContract,
    HttpTriggerContract,
    HttpStopContract,
    HttpRerunContract,
    HttpHoldContract,
):
    """The same when the network, the server and the clock are as they are."""

    harness_type = AirflowHarness
