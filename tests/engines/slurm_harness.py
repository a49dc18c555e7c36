"""The real Slurm as the contract sees it: an adapter through one of its two doors, and jobs of this test."""

from __future__ import annotations

import asyncio
import os
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from tests.adapters.contract import Harness, Samples
from tests.engines.engine import Facts
from tests.support.scripted import DictMemory
from tui.core.adapter import Adapter, AdapterContext
from tui.core.clock import SystemClock
from tui.core.keys import JobKey
from tui.core.redaction import Redactor
from tui.core.settings import SecretRef
from tui.registry import load_adapter

Door: TypeAlias = Literal["commands", "rest"]
"""How Slurm is spoken to: by its commands on this machine, or through slurmrestd."""

DOORS: tuple[Door, ...] = ("commands", "rest")

PAUSE_S = 0.1
"""Between two looks at jobs that need a moment."""

CONNECTION = "cluster"


def commands_environment(facts: Facts) -> dict[str, str]:
    """What Slurm's commands find their cluster by."""
    return {"SLURM_CONF": facts["conf"]}


def table_of(door: Door, facts: Facts) -> dict[str, Any]:
    """The connection's own keys, as a config file has them."""
    if door == "commands":
        return {"type": "slurm", "command": True}
    return {"type": "slurm", "url": facts["url"], "username": facts["username"], "token": facts["token"]}


def ask_slurm(facts: Facts, *command: str) -> str:
    """What one of Slurm's own commands prints."""
    environment = {**os.environ, **commands_environment(facts)}
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


class SlurmHarness(Harness):
    """Jobs with names of their own, so that tests share one cluster without seeing each other's runs."""

    forces_stops = False

    def __init__(self, facts: Facts, door: Door, folder: Path, *more: Mapping[str, Any], **keys: Any) -> None:
        """Name the jobs, and open nothing yet.

        Args:
            facts: How to reach the cluster.
            door: How it is spoken to.
            folder: Where the adapter keeps its files.
            *more: Tables of jobs beside the samples; their names get this test's mark.
            **keys: More keys of the connection.
        """
        self.facts, self.door, self._folder, self._keys = facts, door, folder, keys
        self.mark = uuid.uuid4().hex[:8]
        self._tables: Sequence[Mapping[str, Any]] = [
            {"name": "good", "command": "echo all is well"},
            {"name": "bad", "command": "echo no such table: ORDERS; exit 3"},
            {"name": "long", "command": ["sleep", "600"]},
            {"name": "idle", "command": "true"},
            {"name": "waiting", "command": "true", "partition": "closed"},
            *more,
        ]
        self.samples = Samples(
            succeeding=self.key_of("good"),
            failing=self.key_of("bad"),
            lasting=self.key_of("long"),
            idle=self.key_of("idle"),
            printed=b"all is well\n",
            holdable=self.key_of("waiting"),
        )
        self.adapter = self._make()
        self._later: list[Adapter] = []

    def key_of(self, name: str) -> JobKey:
        """The job of a table of this test."""
        return JobKey(CONNECTION, f"{name}-{self.mark}")

    async def open(self) -> None:
        """Open the adapter, and let one submission wait that can be held."""
        await self.adapter.open()
        name = self._name_of("waiting")
        self.ask("sbatch", f"--job-name={name}", "--partition=closed", "--output=/dev/null", "--wrap=true")

    async def close(self) -> None:
        """Close the adapters, and end what the test left under way."""
        for adapter in (self.adapter, *self._later):
            await adapter.aclose()
        names = ",".join(self._name_of(str(table["name"])) for table in self._tables)
        self.ask("scancel", "--quiet", f"--name={names}")

    async def reopen(self) -> Adapter:
        """What a later nightdeck would have."""
        later = self._make()
        await later.open()
        self._later.append(later)
        return later

    async def pass_time(self) -> None:
        """A real cluster needs real time."""
        await asyncio.sleep(PAUSE_S)

    def runs_made(self, job: JobKey) -> int:
        """Slurm's own list: every submission is a job of its own there."""
        listed = self.ask("squeue", "--noheader", "--states=all", "--format=%A", f"--name={self._name(job)}")
        return len(set(listed.split()))

    def ask(self, *command: str) -> str:
        """What one of Slurm's own commands prints."""
        return ask_slurm(self.facts, *command)

    def _name_of(self, name: str) -> str:
        return f"{name} {self.mark}"

    def _name(self, job: JobKey) -> str:
        return job.id.replace("-", " ")

    def _make(self) -> Adapter:
        adapter_type = load_adapter("slurm")
        jobs = [{**table, "name": self._name_of(str(table["name"]))} for table in self._tables]
        table = {**table_of(self.door, self.facts), "job": jobs, **self._keys}
        redactor = Redactor()

        def resolve(ref: SecretRef) -> str:
            secret = ref.literal or ""
            redactor.add(secret)
            return secret

        context = AdapterContext(SystemClock(), resolve, DictMemory(), redactor, self._folder)
        return adapter_type(CONNECTION, adapter_type.Settings.model_validate(table), context)
