"""The Talend adapter keeps the contract of all adapters, over every form that a TAC may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.adapters.contract import (
    AdapterContract,
    HoldContract,
    LogContract,
    RawContract,
    StopContract,
    TriggerContract,
    WebUrlContract,
)
from tests.adapters.http_contract import (
    HttpContract,
    HttpHoldContract,
    HttpLogContract,
    HttpRawContract,
    HttpStopContract,
    HttpTriggerContract,
)
from tests.adapters.talend_harness import TalendHarness
from tui.simulators.talend import Behaviour

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FORMS: dict[str, dict[str, Any]] = {
    "8.0": {},
    "over a socket": {"uses_socket": True},
    "7.3 in Berlin": {"behaviour": Behaviour(version=(7, 3)), "zone": "Europe/Berlin"},
    "5.6, root, Latin-1": {
        "behaviour": Behaviour(version=(5, 6), list_key="root", encoding="latin-1", line_end="\\n")
    },
    "tells little": {
        "behaviour": Behaviour(
            tells_exit_codes=False,
            traces_errors=False,
            shows_running_logs=False,
            keeps_error_while_running=True,
            kill_banner="",
            killed_word="TASK_STOPPED",
            lacking=frozenset({"listTasks"}),
        )
    },
}


@pytest.fixture(params=list(FORMS.values()), ids=list(FORMS))
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[TalendHarness]:
    """A TAC of some form, opened."""
    async with TalendHarness(**request.param) as tac:
        yield tac


class TestContract(
    AdapterContract,
    LogContract,
    TriggerContract,
    StopContract,
    HoldContract,
    WebUrlContract,
    RawContract,
):
    """Everything that a TAC can do."""


class TestOverASocket(
    HttpContract,
    HttpLogContract,
    HttpRawContract,
    HttpTriggerContract,
    HttpStopContract,
    HttpHoldContract,
):
    """The same when the network, the server and the clock are as they are."""

    harness_type = TalendHarness
