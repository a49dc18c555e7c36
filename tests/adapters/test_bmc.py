"""The BMC adapter keeps the contract of all adapters, over every form that the product may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.adapters.bmc_harness import BmcHarness
from tests.adapters.contract import (
    AdapterContract,
    HoldContract,
    JobCheckContract,
    RawContract,
    StopContract,
    TriggerContract,
    WebUrlContract,
)
from tests.adapters.http_contract import (
    HttpContract,
    HttpHoldContract,
    HttpJobCheckContract,
    HttpRawContract,
    HttpSessionContract,
    HttpStopContract,
    HttpTriggerContract,
)
from tui.simulators.bmc import ErrorBody, NeverRun

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FORMS: dict[str, dict[str, Any]] = {
    "as documented": {},
    "over a socket": {"uses_socket": True},
    "tells ends": {"behaviour": {"last_exec_is_end": True, "lag_s": 0}},
    "tells little": {
        "behaviour": {
            "never_run": NeverRun.NO_CONTENT,
            "aborted_exit": "",
            "stop_has_body": False,
            "api_errors": ErrorBody.EMPTY,
            "lag_s": 5,
        }
    },
    "speaks otherwise": {
        "behaviour": {
            "never_run": NeverRun.MISSING,
            "last_exec_is_end": True,
            "writes_nulls": True,
            "exit_words": {"ERROR": "FAILED"},
            "demands_body": True,
            "demands_content_type": True,
            "service_has_last_exec": True,
            "stop_unschedules": True,
            "api_errors": ErrorBody.HTML,
        }
    },
    "portal elsewhere": {
        "behaviour": {"portal_host": "portal.example.com", "host": "system.example.com"},
        "portal_url": "https://portal.example.com",
        "tenant_id": "1234567890",
    },
}


@pytest.fixture(params=list(FORMS.values()), ids=list(FORMS))
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[BmcHarness]:
    """A product of some form, opened."""
    async with BmcHarness(**request.param) as bmc:
        yield bmc


class TestContract(
    AdapterContract,
    JobCheckContract,
    RawContract,
    TriggerContract,
    StopContract,
    HoldContract,
    WebUrlContract,
):
    """Everything that the API can do."""


class TestOverASocket(
    HttpContract,
    HttpSessionContract,
    HttpJobCheckContract,
    HttpRawContract,
    HttpTriggerContract,
    HttpStopContract,
    HttpHoldContract,
):
    """Everything that the API can do, while everything goes wrong that can."""

    harness_type = BmcHarness
