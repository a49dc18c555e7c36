"""The EnOS adapter keeps the contract of all adapters, over every form that an EnOS may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.adapters.contract import (
    AdapterContract,
    HoldContract,
    LogContract,
    RawContract,
    RerunContract,
    StopContract,
    TaskContract,
    TriggerContract,
)
from tests.adapters.enos_harness import EnosHarness
from tests.adapters.http_contract import (
    HttpContract,
    HttpHoldContract,
    HttpLogContract,
    HttpRawContract,
    HttpRerunContract,
    HttpSessionContract,
    HttpStopContract,
    HttpTaskContract,
    HttpTriggerContract,
)
from tui.simulators.enos import Behaviour

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FORMS: dict[str, dict[str, Any]] = {
    "2.1": {},
    "over a socket": {"uses_socket": True},
    "2.1 in Shanghai, starts in UTC": {
        "zone": "Asia/Shanghai",
        "asks_zone": True,
        "behaviour": Behaviour(starts_in_utc=True, ids="number", count="page", tells_graph_in_lists=True),
    },
    "2.0's words, small pages, odd ways": {
        "zone": "Europe/Berlin",
        "behaviour": Behaviour(
            envelope="status",
            ids="text",
            largest_page=1,
            lists_task_instance=True,
            breaks_run_mode=True,
            misspells_status=True,
            refresh_renews=False,
            asked_type=0,
            refusal_http=401,
            refusal_key="code",
            rewrites_log_head=True,
            idle_cancel_code=62102,
        ),
    },
}


@pytest.fixture(params=list(FORMS.values()), ids=list(FORMS))
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[EnosHarness]:
    """An EnOS of some form, opened."""
    async with EnosHarness(**request.param) as enos:
        yield enos


class TestContract(
    AdapterContract,
    LogContract,
    TaskContract,
    RawContract,
    TriggerContract,
    StopContract,
    RerunContract,
    HoldContract,
):
    """Everything that an EnOS can do."""


class TestOverASocket(
    HttpContract,
    HttpSessionContract,
    HttpLogContract,
    HttpTaskContract,
    HttpRawContract,
    HttpTriggerContract,
    HttpStopContract,
    HttpRerunContract,
    HttpHoldContract,
):
    """The same when the network, the server and the clock are as they are."""

    harness_type = EnosHarness
