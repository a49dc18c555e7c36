"""The Slurm adapter keeps the contract of all adapters on a real Slurm, through both of its doors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

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
from tests.engines.engine import Facts
from tests.engines.slurm_harness import Door, SlurmHarness, commands_environment


class SlurmContract(
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
    """Everything that the adapter can do."""

    door: Door

    @pytest.fixture
    async def harness(
        self, slurm_facts: Facts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[SlurmHarness]:
        """Jobs of this test alone, on the one cluster."""
        if self.door == "commands":
            for name, value in commands_environment(slurm_facts).items():
                monkeypatch.setenv(name, value)
        cluster = SlurmHarness(slurm_facts, self.door, tmp_path / "state")
        await cluster.open()
        yield cluster
        await cluster.close()


class TestCommands(SlurmContract):
    """On a login node: squeue, sbatch, scancel."""

    door = "commands"


class TestRest(SlurmContract):
    """From anywhere: slurmrestd."""

    door = "rest"
