"""The Slurm adapter in front of its stand-in: through slurmrestd, and through the commands."""

from __future__ import annotations

import getpass
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

import httpx

from tests.adapters.contract import Harness, Samples
from tests.adapters.http_harness import ODD, HttpHarness, finish_with_few_looks
from tests.support.context import InstantClock, make_context
from tests.support.scripted import DictMemory
from tests.support.slurm_commands import CommandFolder
from tui.adapters.slurm import SlurmAdapter, process
from tui.core.clock import Clock
from tui.core.keys import JobKey
from tui.core.models import Job
from tui.core.settings import SecretRef
from tui.simulators.slurm import (
    TOKEN,
    USER,
    Behaviour,
    Cluster,
    Console,
    Partition,
    Plan,
    SlurmServer,
    Typed,
    failing,
    printing,
    someone,
)

CONNECTION = "hpc"

PLANS: Mapping[str, Plan] = MappingProxyType(
    {
        "good": printing("loading", "all is well", steps=("load", "check")),
        "bad": failing("no such table: ORDERS", 3),
        "long": Plan(1e6, lines=[(0.0, "it goes on"), (2.0, "and on")]),
    }
)
"""What the scripts of the samples do; the command in the config is never run."""

PARTITIONS = (
    Partition("debug", is_default=True),
    Partition("night", limit_min=60),
    Partition("closed", is_up=False),
)
"""Jobs in the last one wait for ever."""


def key_of(job_id: str) -> JobKey:
    """A job of the tests' connection."""
    return JobKey(CONNECTION, job_id)


SAMPLES = Samples(
    succeeding=key_of("good"),
    failing=key_of("bad"),
    lasting=key_of("long"),
    idle=key_of("idle"),
    printed=b"all is well\n",
    holdable=key_of("waiting"),
)


def make_cluster(
    clock: Clock, folder: Path, *, behaviour: Behaviour | None, zone: str, user: str, jobs: int
) -> Cluster:
    """A cluster with one job that waits, or with so many that have ended."""
    behaviour = behaviour or Behaviour()
    where = ZoneInfo(zone)
    cluster = Cluster(clock, folder, PLANS, behaviour=behaviour, partitions=PARTITIONS, zone=where)
    cluster.administrators.clear()
    if not jobs:
        cluster.add(someone("waiting", user=user, partition="closed", folder=str(folder)))
        return cluster
    began = clock.now() - timedelta(minutes=10)
    for number in range(jobs):
        request = someone(f"job {number}", user=user, partition="debug", folder=str(folder))
        cluster.recall(request, began, began + timedelta(seconds=number % 300))
    # To read them from the accounting as well would cost seconds, and tell nothing more.
    cluster.history.clear()
    return cluster


def job_tables(folder: Path) -> list[dict[str, object]]:
    """The jobs in the config."""
    names = {"good": "echo all is well", "bad": "load", "long": ["sleep", "600"], "idle": "true"}
    return [{"name": name, "command": command, "cwd": str(folder)} for name, command in names.items()]


class SlurmHarness(HttpHarness):
    """Four jobs in the config and one that somebody has submitted, in front of slurmrestd.

    Args:
        behaviour: What the installation does.
        **options: Those of every harness.
    """

    connection = CONNECTION
    adapter_type = SlurmAdapter
    forces_stops = False
    configured = frozenset({"good", "bad", "long", "idle"})
    odd_states = MappingProxyType({r'("(?:job_state|current)":\[?")[A-Z_]+': rf"\1{ODD}"})
    samples = SAMPLES

    adapter: SlurmAdapter

    def __init__(self, *, behaviour: Behaviour | None = None, **options: Any) -> None:
        self._behaviour = behaviour
        self.folder = Path(tempfile.mkdtemp(prefix="nightdeck-slurm-"))
        super().__init__(**options)
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)

    def make_simulator(self) -> SlurmServer:
        self.cluster = make_cluster(
            self.clock, self.folder, behaviour=self._behaviour, zone=self.zone, user=USER, jobs=self.jobs
        )
        self.server_side = SlurmServer(self.cluster)
        return self.server_side

    def table(self, base: str) -> Mapping[str, Any]:
        return {
            "type": "slurm",
            "url": base,
            "username": USER,
            "token": SecretRef(literal=TOKEN),
            "api": self.cluster.behaviour.apis[-1],
            "logs": str(self.folder / "logs"),
            "job": [] if self.jobs else job_tables(self.folder),
        }

    def requests_for_sweep(self, jobs: int) -> int:
        """The jobs, and the history that is read once."""
        return 1 + self.cluster.behaviour.has_history

    @property
    def secrets(self) -> Sequence[str]:
        return [TOKEN]

    def is_change(self, request: httpx.Request) -> bool:
        return request.method != "GET"

    def spoil_credentials(self) -> None:
        self.server_side.tokens[USER] = "another one"

    async def reopen(self) -> SlurmAdapter:
        adapter = await super().reopen()
        assert isinstance(adapter, SlurmAdapter)
        return adapter

    async def pass_time(self) -> None:
        """Jobs write whether anybody asks or not."""
        await super().pass_time()
        self.cluster.settle()


class CommandsHarness(Harness):
    """The same four jobs and the fifth, in front of the commands.

    Args:
        behaviour: What the installation does.
        zone: The zone of the host.
        starts_processes: Whether real executables are started; else the commands are played in this process.
        **settings: More keys of the connection's table.
    """

    forces_stops = False
    samples = SAMPLES

    adapter: SlurmAdapter

    def __init__(
        self,
        *,
        behaviour: Behaviour | None = None,
        zone: str = "UTC",
        starts_processes: bool = False,
        **settings: Any,
    ) -> None:
        self.clock = InstantClock()
        self.folder = Path(tempfile.mkdtemp(prefix="nightdeck-slurm-"))
        self.cluster = make_cluster(
            self.clock, self.folder, behaviour=behaviour, zone=zone, user=getpass.getuser(), jobs=0
        )
        self.console = Console(self.cluster, user=getpass.getuser())
        self.memory = DictMemory()
        self.settings = settings
        self._starts_processes = starts_processes
        self._stack = AsyncExitStack()

    @property
    def calls(self) -> Counter[str]:
        """How often each command was called."""
        return self.console.calls

    async def __aenter__(self) -> Self:
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        commands = CommandFolder(self.console, self.folder / "bin")
        await self._stack.enter_async_context(commands)
        if not self._starts_processes:
            self._stack.callback(setattr, process, "run", process.run)
            process.run = self._play
        self.adapter = await self.reopen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def reopen(self) -> SlurmAdapter:
        table = {
            "type": "slurm",
            "command": True,
            "bin": str(self.folder / "bin"),
            "logs": str(self.folder / "logs"),
            "job": job_tables(self.folder),
            **self.settings,
        }
        settings = SlurmAdapter.Settings.model_validate(table)
        context = make_context(clock=self.clock, state_dir=self.folder / "state")
        adapter = SlurmAdapter(CONNECTION, settings, replace(context, memory=self.memory))
        await adapter.open()
        self._stack.push_async_callback(adapter.aclose)
        return adapter

    async def pass_time(self) -> None:
        await self.clock.sleep(1)
        self.cluster.settle()

    def runs_made(self, job: JobKey) -> int:
        return self.cluster.runs_started[job.id]

    async def finish(self, job: JobKey) -> Job:
        """Run a job that ends by itself, to its end; each look at it counts."""
        return await finish_with_few_looks(self, job)

    async def _play(self, command: process.Command) -> process.Ended:
        typed = Typed(
            name=Path(command.words[0]).name,
            words=command.words[1:],
            folder=command.folder,
            stdin=command.stdin.decode(),
            env=command.env,
        )
        ended = self.console.run(typed)
        return process.Ended(ended.code, ended.out.encode(), ended.err.encode())
