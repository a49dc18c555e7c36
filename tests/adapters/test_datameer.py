"""The Datameer adapter keeps the contract of all adapters, over every form that a server may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.adapters.contract import (
    AdapterContract,
    DeleteContract,
    JobCheckContract,
    LogContract,
    RawContract,
    StopContract,
    TriggerContract,
)
from tests.adapters.datameer_harness import DatameerHarness
from tests.adapters.http_contract import (
    HttpContract,
    HttpDeleteContract,
    HttpJobCheckContract,
    HttpLogContract,
    HttpRawContract,
    HttpStopContract,
    HttpTriggerContract,
)
from tui.simulators.datameer import Behaviour

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FORMS: dict[str, dict[str, Any]] = {
    "V2": {},
    "over a socket": {"uses_socket": True},
    "V1, fails with 200": {
        "behaviour": Behaviour(
            has_v2=False, failure_code=200, failure_key="error", stop_code=204, counts_errors=True
        ),
        "zone": "Europe/Berlin",
    },
    "tells much": {
        "behaviour": Behaviour(
            list_fields=("id", "name", "description", "path", "uuid", "file"),
            running_configuration_key="configurationId",
            counts_errors=True,
            has_narrow_space=True,
            needs_session=False,
            lag_s=0.0,
        ),
        "zone": "Asia/Shanghai",
    },
    "tells little": {
        "behaviour": Behaviour(
            list_fields=("id", "name"),
            reads_workbooks=False,
            export_list="export-jobs",
            tells_execution_id=False,
            hides_missing=True,
            has_empty_delete=True,
            refuses_idle_stop=True,
            cancel_word="CANCELLED",
            login_code=302,
            lag_s=3.0,
        )
    },
}


@pytest.fixture(params=list(FORMS.values()), ids=list(FORMS))
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[DatameerHarness]:
    """A Datameer of some form, opened."""
    async with DatameerHarness(**request.param) as dm:
        yield dm


class TestContract(
    AdapterContract,
    JobCheckContract,
    LogContract,
    RawContract,
    TriggerContract,
    StopContract,
    DeleteContract,
):
    """Everything that a Datameer can do."""


class TestOverASocket(
    HttpContract,
    HttpJobCheckContract,
    HttpLogContract,
    HttpRawContract,
    HttpTriggerContract,
    HttpStopContract,
    HttpDeleteContract,
):
    """The same when the network, the server and the clock are as they are."""

    harness_type = DatameerHarness
