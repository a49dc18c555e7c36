"""The local adapter keeps the contract of all adapters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapters.contract import (
    AdapterContract,
    AutostartContract,
    LogFileContract,
    RawContract,
    RerunContract,
    StopContract,
    TriggerContract,
)
from tests.adapters.local_case import LocalHarness, assert_gone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[LocalHarness]:
    """Local commands, opened."""
    local = LocalHarness(tmp_path / "runs")
    await local.adapter.open()
    yield local
    await local.adapter.aclose()
    await assert_gone(tmp_path)


class TestContract(
    AdapterContract,
    LogFileContract,
    TriggerContract,
    StopContract,
    RerunContract,
    RawContract,
    AutostartContract,
):
    """Everything that local commands can do."""
