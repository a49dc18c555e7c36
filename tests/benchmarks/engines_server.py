"""Stand-ins of Airflow and Slurm on loopback sockets, for `bench_engines`.

    python -m tests.benchmarks.engines_server CONFIG --jobs N [--busy SHARE] [--airflow K] [--slurm K]
        [--commands K] [--local K]

writes CONFIG with so many connections of each kind to one Airflow and one Slurm of N jobs each, serves until
its standard input ends, and says `ready` when it does. At rest nothing happens: every job has ended in the
last hours, one in twenty of them badly. With a share, so many of the jobs run every ten minutes for five.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import tomli_w

from tests.support.faults import FaultyServer
from tui.core.clock import SystemClock
from tui.simulators.airflow import ALWAYS, PASSWORD, AirflowSimulator, DagSpec, TaskSpec
from tui.simulators.airflow import USER as AIRFLOW_USER
from tui.simulators.slurm import (
    TOKEN,
    USER,
    Cluster,
    Console,
    Job,
    JobState,
    Partition,
    Plan,
    SlurmServer,
    Typed,
    failing,
    someone,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.support.faults import Simulator
    from tui.core.clock import Clock

PERIOD_S = 600.0
"""Seconds between two starts of a job that runs again and again."""

LASTS_S = 300.0
"""Seconds that it runs."""

BAD_EVERY = 20
"""One job of so many fails."""

LOCAL_JOBS = 20
"""Jobs of each local connection."""

ACCOUNTS: Mapping[str, Mapping[str, str]] = {
    "airflow": {"username": AIRFLOW_USER, "password": PASSWORD},
    "slurm": {"username": USER, "token": TOKEN},
}
"""Who may ask the stand-ins."""

_DAY_S = 86_400.0
_ENDED_S = (3600.0, 7200.0)
"""Seconds ago that everything at rest has ended."""

_HISTORY_S = 9000.0
_KEPT_REQUESTS = 100
_KEPT_S = 2.0
"""For so long the same question gets the same answer: hundreds of connections ask one stand-in the same."""

_SQUEUE = "#!/bin/sh\nexec cat {file}\n"
_SACCT = "#!/bin/sh\necho 'Slurm accounting storage is disabled' >&2\nexit 1\n"


class Kept:
    """Answers the same question from memory for a moment: one stand-in is enough for many connections."""

    def __init__(self, system: Simulator) -> None:
        self._system = system
        self._answers: dict[tuple[str, str, bytes], tuple[float, httpx.Response]] = {}

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        key = (request.method, str(request.url), request.content)
        now = asyncio.get_running_loop().time()
        until, answer = self._answers.get(key, (0.0, None))
        if answer is None or until < now:
            made: Any = self._system(request)
            answer = made if isinstance(made, httpx.Response) else await made
            body = await answer.aread()
            answer = httpx.Response(answer.status_code, headers=_own(answer), content=body)
            self._answers[key] = (now + _KEPT_S, answer)
            if len(self._answers) > _KEPT_REQUESTS:
                self._answers = {name: kept for name, kept in self._answers.items() if kept[0] >= now}
        return answer


def _own(answer: httpx.Response) -> list[tuple[str, str]]:
    skipped = {"content-length", "transfer-encoding"}
    return [(name, value) for name, value in answer.headers.multi_items() if name not in skipped]


def make_airflow(jobs: int, busy: float, clock: Clock | None = None) -> AirflowSimulator:
    """An Airflow whose DAGs ran once, or again and again."""
    clock = clock or SystemClock()
    return AirflowSimulator(clock, _dags(jobs, busy, clock.now()), history_s=_HISTORY_S)


def _dags(jobs: int, busy: float, moment: datetime) -> Iterator[DagSpec]:
    chance, now = random.Random(1), moment.timestamp()
    # A few moments for all of them: the stand-in looks at every DAG at each moment at which one is due.
    ends = [(now - chance.uniform(*_ENDED_S)) % _DAY_S for _ in range(20)]
    for number in range(jobs):
        is_busy = number < busy * jobs
        tries = ALWAYS if number % BAD_EVERY == 1 else 0
        yield DagSpec(
            f"team{number % 20}_dag_{number:05}",
            (TaskSpec("work", duration_s=LASTS_S if is_busy else 30.0, failures=tries),),
            tags=(f"team{number % 20}", "daily"),
            summary="@daily",
            every_s=PERIOD_S if is_busy else _DAY_S,
            phase_s=chance.randrange(0, round(PERIOD_S), 20) if is_busy else chance.choice(ends),
        )


class ManyJobs:
    """A Slurm whose jobs have ended, of which some are submitted again and again."""

    def __init__(self, jobs: int, busy: float, folder: Path, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        plans = {"busy*": Plan(LASTS_S), "bad*": failing("no space left on device", 1, LASTS_S)}
        partitions = (Partition("debug", is_default=True, cpus=100_000),)
        self.cluster = Cluster(self._clock, folder, plans, partitions=partitions)
        self._folder = folder
        self._console = Console(self.cluster)
        self._printed_at: datetime | None = None
        chance, now = random.Random(2), self.cluster.now()
        ends = [now - timedelta(seconds=chance.uniform(*_ENDED_S) / 3) for _ in range(20)]
        self._busy = [f"{'bad' if n % BAD_EVERY == 1 else 'busy'}-{n:05}" for n in range(round(busy * jobs))]
        names = [*self._busy, *(f"simulate-{number:05}" for number in range(len(self._busy), jobs))]
        for number, name in enumerate(names):
            ended = chance.choice(ends)
            job = self._submit(name)
            job.begin(ended - timedelta(seconds=chance.uniform(60, 900)))
            job.end(ended, JobState.FAILED if number % BAD_EVERY == 1 else JobState.COMPLETED)
        for name in self._busy[::2]:
            self._submit(name)

    def _submit(self, name: str) -> Job:
        return self.cluster.add(someone(name, partition="debug", folder=str(self._folder)))

    async def go_on(self) -> None:
        """Submit the busy ones in turn."""
        waiting = self._busy[1::2] + self._busy[::2]
        while waiting:
            await self._clock.sleep(PERIOD_S / len(waiting))
            self._submit(waiting[0])
            waiting.append(waiting.pop(0))

    async def keep_printing(self, file: Path) -> None:
        """Keep a file with what `squeue` prints."""
        while True:
            await asyncio.sleep(1)
            self.print_to(file)

    def print_to(self, file: Path) -> None:
        """Write what `squeue` prints, when that is something new."""
        self.cluster.settle()
        if self._printed_at != self.cluster.changed_at:
            self._printed_at = self.cluster.changed_at
            fresh = file.with_suffix(".fresh")
            fresh.write_text(self._console.run(Typed("squeue", ["--states=all", "--json"])).out, "utf-8")
            fresh.rename(file)


def _write_commands(folder: Path) -> None:
    """Commands that cost next to nothing: what they cost with a real Slurm, only a real Slurm can tell."""
    folder.mkdir()
    for name, text in (("squeue", _SQUEUE.format(file=folder / "squeue.json")), ("sacct", _SACCT)):
        (folder / name).write_text(text, "utf-8")
        (folder / name).chmod(0o755)


def _local_tables(count: int) -> Iterator[Mapping[str, Any]]:
    for _ in range(count):
        jobs = [{"name": f"command {number}", "command": "true"} for number in range(LOCAL_JOBS)]
        yield {"type": "local", "job": jobs}


def named(kind: str, tables: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """The tables of connections of one kind, by name."""
    if len(tables) == 1:
        return {kind: tables[0]}
    return {f"{kind}-{number:04}": table for number, table in enumerate(tables, 1)}


def _table(kind: str, server: FaultyServer) -> Mapping[str, str]:
    return {"type": kind, "url": server.url, **ACCOUNTS[kind]}


async def _forget(servers: Sequence[FaultyServer]) -> None:
    """The servers keep what they were asked."""
    while True:
        await asyncio.sleep(1)
        for server in servers:
            server.requests.clear()


async def _run(args: argparse.Namespace) -> None:
    async with AsyncExitStack() as stack:
        folder = args.config.parent
        slurm = ManyJobs(args.jobs if args.slurm or args.commands else 0, args.busy, folder)
        airflow = make_airflow(args.jobs if args.airflow else 0, args.busy)
        servers = [
            await stack.enter_async_context(FaultyServer(Kept(system)))
            for system in (airflow, SlurmServer(slurm.cluster, user=USER, token=TOKEN))
        ]
        _write_commands(folder / "bin")
        tasks = [_forget(servers), slurm.go_on()]
        if args.commands:
            slurm.print_to(folder / "bin" / "squeue.json")
            tasks.append(slurm.keep_printing(folder / "bin" / "squeue.json"))
        running = [asyncio.create_task(task) for task in tasks]
        tables = {
            **named(
                "airflow", [{"type": "airflow", "url": servers[0].url, **ACCOUNTS["airflow"]}] * args.airflow
            ),
            **named(
                "slurm",
                [{"type": "slurm", "url": servers[1].url, **ACCOUNTS["slurm"]}] * args.slurm,
            ),
            **named(
                "commands",
                [{"type": "slurm", "bin": str(folder / "bin"), "users": ["*"]}] * args.commands,
            ),
            **named("local", list(_local_tables(args.local))),
        }
        args.config.touch(mode=0o600)
        args.config.write_text(tomli_w.dumps({"connections": tables}))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", type=Path)
    parser.add_argument("--jobs", type=int, required=True, help="jobs of each system")
    parser.add_argument("--busy", type=float, default=0.0, help="share of jobs that run again and again")
    for kind in ("airflow", "slurm", "commands", "local"):
        parser.add_argument(f"--{kind}", type=int, default=0, help=f"connections of the kind {kind}")
    asyncio.run(_run(parser.parse_args()))
    os._exit(0)  # a thread may still wait for the standard input


if __name__ == "__main__":
    main()
