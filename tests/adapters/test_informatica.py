"""The Informatica adapter keeps the contract of all adapters, over every family and form of the cloud."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from tests.adapters.contract import (
    AdapterContract,
    LogContract,
    RawContract,
    RerunContract,
    StopContract,
    TaskContract,
    TriggerContract,
)
from tests.adapters.http_contract import (
    HttpContract,
    HttpLogContract,
    HttpRawContract,
    HttpRerunContract,
    HttpSessionContract,
    HttpStopContract,
    HttpTaskContract,
    HttpTriggerContract,
)
from tests.adapters.informatica_harness import InformaticaHarness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

OLD: dict[str, Any] = {
    "has_utc_times": False,
    "marks_stopped": False,
    "monitor_linger_s": 3,
    "wraps_log": True,
    "zips_logs": True,
    "login_refusal": 403,
    "counts_page": True,
}
"""What an org of 2021 did, and what clients met elsewhere."""

TOKENS: dict[str, Any] = {"has_jwt": True, "log_lag_s": 0, "login_refusal": 400}
"""An org whose sessions are tokens with an end of their own."""

ODDITIES: dict[str, Any] = {
    "has_text_numbers": False,
    "open_end": "null",
    "terminated_word": "ABORTED",
    "log_lag_s": 0,
    "pod_url": "https://na1.example.com",
}
"""Other words and types in the runs of taskflows, and a pod of its own."""

FORMS: dict[str, dict[str, Any]] = {
    "tasks": {},
    "tasks of an old org": {"behaviour": OLD, "login": "v2"},
    "linear taskflows": {"family": "linear", "behaviour": TOKENS},
    "taskflows": {"family": "taskflows"},
    "taskflows that speak otherwise": {"family": "taskflows", "behaviour": ODDITIES},
}


@pytest.fixture(params=list(FORMS.values()), ids=list(FORMS))
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[InformaticaHarness]:
    """A cloud of some form, opened."""
    async with InformaticaHarness(**request.param) as cloud:
        yield cloud


class TestContract(
    AdapterContract, LogContract, TaskContract, RawContract, TriggerContract, StopContract, RerunContract
):
    """Everything that tasks and taskflows can do."""


class TestTasksOverASocket(
    HttpContract,
    HttpSessionContract,
    HttpLogContract,
    HttpTaskContract,
    HttpRawContract,
    HttpTriggerContract,
    HttpStopContract,
    HttpRerunContract,
):
    """Tasks, while everything goes wrong that can."""

    harness_type = InformaticaHarness
    # A run that is in no list counts as going on, so whoever watches sees its end that much later.
    options = MappingProxyType({"behaviour": {"log_lag_s": 1}})
