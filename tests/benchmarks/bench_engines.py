"""An Airflow and a Slurm with thousands of jobs each in one nightdeck: what is asked, and what it takes.

    python -m tests.benchmarks.bench_engines [--quick] [--count | --real | --many N] [--jobs N] [--keep]

By default stand-ins answer, from another process over loopback sockets. With `--real` an Airflow and a Slurm
are started on loopback and filled (they must be installed: `python -m tests.engines install airflow slurm`).
With `--many` one nightdeck has so many connections, and with `--count` a minute's requests are counted, on a
clock that is moved by hand. `--keep` keeps the figures for `docs/scale.md`, which
`python -m tests.benchmarks.far` writes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import psutil
import tomli_w

from tests.benchmarks.bench_systems import Counted, a_minute
from tests.benchmarks.engines_child import cpu_s
from tests.benchmarks.engines_server import ACCOUNTS, ManyJobs, make_airflow
from tests.support.clock import FakeClock
from tests.support.context import make_context
from tui.registry import load_adapter
from tui.simulators.slurm import SlurmServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

KEPT = Path(__file__).with_name("engines.json")
"""The figures that the page rests on."""

JOBS = (1_000, 5_000)
BUSY = 0.1
"""Share of jobs of a busy system that run every ten minutes for five."""

COUNTED = Path(__file__).with_name("engines_counted.json")
"""What was counted on a clock that is moved by hand."""

SYSTEMS = ("airflow", "slurm")
"""What is counted; through its commands Slurm is asked as often as through slurmrestd."""

MINUTES = 5
"""So many are counted."""

LOCAL_JOBS = 20
"""Jobs of the local connection."""

SETTLE_S = 60.0
SECONDS = {100: 60.0, 1_000: 120.0, 5_000: 300.0}
"""How long is measured: a list of 5,000 DAGs is read every five minutes."""

IDLE_S = 30.0
"""How long the systems are watched before they are asked anything."""

PROGRAMS = {
    "slurmctld": "slurmctld",
    "slurmrestd": "slurmrestd",
    "airflow-api": "api_server",
    "airflow-scheduler": "scheduler",
    "airflow-processor": "dag-processor",
    "airflow-database": "postgres",
}
"""What the command line of a server's processes holds."""

_MINUTE = 60.0
_HALF = 2


class Case(NamedTuple):
    """What is measured."""

    title: str
    """What it is called in tables."""
    jobs: int
    """Jobs of each system."""
    expected: int
    """Jobs of all connections."""
    seconds: float
    """For how long."""
    settle_s: float = SETTLE_S
    """After how long."""


def measured(
    case: Case, config: Path, servers: Mapping[str, Sequence[int]], **variables: str
) -> dict[str, Any]:
    """What a nightdeck of its own process tells."""
    told = subprocess.run(
        [
            *(sys.executable, "-m", "tests.benchmarks.engines_child", str(config)),
            *(str(case.settle_s), str(case.seconds), str(case.expected)),
            *(f"{name}={','.join(map(str, pids))}" for name, pids in servers.items() if pids),
        ],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "NIGHTDECK_STATE_DIR": str(config.parent / "state"), **variables},
    )
    load = os.getloadavg()[0]
    figures = json.loads(told.stdout.splitlines()[-1])
    return {"title": case.title, "each": case.jobs, "load": load, **_by_kind(figures)}


def _by_kind(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures with those of connections of a kind taken together: `airflow-0001` counts as airflow."""
    requests: dict[str, Counter[str]] = {}
    for name, kinds in figures["requests"].items():
        requests.setdefault(_kind(name), Counter()).update(kinds)
    received: Counter[str] = Counter()
    jobs: Counter[str] = Counter()
    for name, size in figures["received_bytes"].items():
        received[_kind(name)] += size
    for name, count in figures["jobs"].items():
        jobs[_kind(name)] += count
    connections = Counter(map(_kind, figures["jobs"]))
    return figures | {
        "requests": {name: dict(sorted(kinds.items())) for name, kinds in sorted(requests.items())},
        "received_bytes": dict(received),
        "jobs": dict(jobs),
        "connections": dict(connections),
    }


def _kind(name: str) -> str:
    return name.partition("-")[0]


@contextmanager
def stand_ins(config: Path, *options: str) -> Iterator[Mapping[str, Sequence[int]]]:
    """Stand-ins in a process of their own; gives its id."""
    command = (sys.executable, "-m", "tests.benchmarks.engines_server", str(config), *options)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            assert server.stdout.readline() == "ready\n"
            yield {"stand-ins": [server.pid]}
        finally:
            server.stdin.close()
            server.wait()


def title_of(jobs: int, busy: float) -> str:
    """What a measurement beside stand-ins is called."""
    return f"{jobs:,} jobs each, {'busy' if busy else 'at rest'}"


def beside_stand_ins(jobs: int, busy: float, seconds: float, settle_s: float) -> dict[str, Any]:
    """One Airflow, one Slurm through both doors, and local jobs."""
    case = Case(title_of(jobs, busy), jobs, 3 * jobs + LOCAL_JOBS, seconds, settle_s)
    with tempfile.TemporaryDirectory(prefix="nightdeck-bench-") as folder:
        config = Path(folder) / "config.toml"
        kinds = [word for kind in ("airflow", "slurm", "commands", "local") for word in (f"--{kind}", "1")]
        with stand_ins(config, "--jobs", str(jobs), "--busy", str(busy), *kinds) as servers:
            return measured(case, config, servers)


def with_many(connections: int, jobs: int, seconds: float, settle_s: float) -> list[dict[str, Any]]:
    """A nightdeck with many connections, and the start of the next one, which remembers the table."""
    found = []
    local = connections // 5
    airflow = (connections - local) // _HALF
    slurm = connections - local - airflow
    expected = (airflow + slurm) * jobs + local * LOCAL_JOBS
    with tempfile.TemporaryDirectory(prefix="nightdeck-bench-") as folder:
        config = Path(folder) / "config.toml"
        kinds = ("--airflow", str(airflow), "--slurm", str(slurm), "--local", str(local))
        with stand_ins(config, "--jobs", str(jobs), *kinds) as servers:
            title = f"{connections:,} connections, {expected:,} jobs"
            case = Case(title, jobs, expected, seconds, settle_s)
            found.append(measured(case, config, servers))
            again = Case(f"{title}, remembered", jobs, expected, 1.0, 1.0)
            found.append(measured(again, config, servers))
    return found


def counted(jobs: int, busy: float) -> dict[str, dict[str, float]]:
    """Requests and bytes of a minute by system, on a clock moved by hand: the same on each machine."""
    with tempfile.TemporaryDirectory(prefix="nightdeck-bench-") as folder:
        return {system: asyncio.run(_counted(system, jobs, busy, Path(folder))) for system in SYSTEMS}


async def _counted(system: str, jobs: int, busy: float, folder: Path) -> dict[str, float]:
    clock = FakeClock()
    slurm = ManyJobs(jobs if system == "slurm" else 0, busy, folder, clock)
    answering = Counted(
        make_airflow(jobs, busy, clock) if system == "airflow" else SlurmServer(slurm.cluster)
    )
    account = ACCOUNTS[system]
    adapter_type = load_adapter(system)
    table = {"type": system, "url": "https://system.example.com", **account}
    context = make_context(clock=clock, transport=httpx.MockTransport(answering), state_dir=folder)
    adapter = adapter_type(system, adapter_type.Settings.model_validate(table), context)
    going_on = asyncio.create_task(slurm.go_on())
    requests, kilobytes = await a_minute(clock, answering, adapter, minutes=MINUTES)
    going_on.cancel()
    await asyncio.gather(going_on, return_exceptions=True)
    return {"requests": requests, "bytes": kilobytes * 1000}


def beside_real(jobs: int, seconds: float) -> dict[str, Any]:
    """A real Airflow, and a real Slurm through both doors."""
    from tests.engines.many_airflow import ManyAirflow
    from tests.engines.many_slurm import submit_many
    from tests.engines.slurm import Slurm

    ManyAirflow.count = jobs
    with ExitStack() as stack, tempfile.TemporaryDirectory(prefix="nightdeck-bench-") as folder:
        slurm = Slurm()
        stack.callback(slurm.down)
        facts = slurm.start()
        slurm.prove_loopback()
        asyncio.run(submit_many(facts, jobs))
        airflow = ManyAirflow()
        stack.callback(airflow.down)
        served = airflow.start()
        airflow.prove_loopback()
        tables = {
            "airflow": {
                "type": "airflow",
                "url": served["url"],
                "username": "admin",
                "password": served["admin"],
            },
            "commands": {"type": "slurm"},
            "slurm": {
                "type": "slurm",
                "url": facts["url"],
                "username": facts["username"],
                "token": facts["token"],
            },
        }
        config = Path(folder) / "config.toml"
        config.touch(mode=0o600)
        config.write_text(tomli_w.dumps({"connections": tables}))
        servers = _by_program([*airflow.services.living(), *slurm.services.living()])
        idle = {name: share_of(pids) for name, pids in servers.items()}
        case = Case(f"{jobs:,} jobs each, real", jobs, 3 * jobs, seconds)
        return {**measured(case, config, servers, SLURM_CONF=facts["conf"]), "idle_cpu_share": idle}


def _by_program(processes: Sequence[psutil.Process]) -> dict[str, list[int]]:
    """The ids of daemons by name; what a job runs is none of them."""
    found: dict[str, list[int]] = {}
    for process in processes:
        try:
            line = " ".join(process.cmdline())
        except psutil.Error:
            continue  # It has ended meanwhile.
        for name, mark in PROGRAMS.items():
            if mark in line and "sh -c" not in line:
                found.setdefault(name, []).append(process.pid)
                break
    return found


def share_of(pids: Sequence[int]) -> float:
    """The share of one core that processes use while nobody asks them anything."""
    before, at = cpu_s(pids), time.perf_counter()
    time.sleep(IDLE_S)
    return (cpu_s(pids) - before) / (time.perf_counter() - at)


def costs(cases: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The lines of the first table: what a nightdeck takes."""
    yield (
        "| one nightdeck | jobs | all in the table after s | CPU s until then | of one core "
        "| loop late by ms, p50 | p99 | worst | MB | load of the machine |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for case in cases:
        lag = " | ".join(f"{late * 1000:,.1f}" for late in case["lag_s"])
        full = f"{case['full_s']:.1f}" if case["full_s"] is not None else "never"
        yield (
            f"| {case['title']} | {sum(case['jobs'].values()):,} | {full} | {case['full_cpu_s']:.1f} "
            f"| {case['cpu_share']:.1%} | {lag} | {case['memory_mb']:.0f} | {case['load']:.1f} |"
        )


def traffic(cases: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The lines of the second table: what a minute asks for."""
    yield "| a minute of polling | connection | asked | times | kB received |"
    yield "|---|---|---|---|---|"
    for case in cases:
        minutes = case["seconds"] / _MINUTE
        for name in sorted(case["jobs"]):
            kinds = case["requests"].get(name, {})
            size = case["received_bytes"].get(name, 0) / minutes / 1000
            total = sum(kinds.values()) / minutes
            if name in case["received_bytes"]:
                yield f"| {case['title']} | {name} | **all requests** | {total:.1f} | {size:,.0f} |"
            yield from (
                f"| | | `{kind}` | {count / minutes:.1f} | |" for kind, count in kinds.items() if count
            )
        yield from (
            f"| {case['title']} | commands | `{word}` | {count / minutes:.1f} | |"
            for word, count in case["commands"].items()
        )


def servers(cases: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The lines of the third table: what the systems use."""
    yield "| a minute of polling | who | CPU s a minute |"
    yield "|---|---|---|"
    for case in cases:
        for name, share in case["servers_cpu_share"].items():
            yield f"| {case['title']} | {name} | {share * _MINUTE:.2f} |"
        if case["commands"]:
            yield f"| {case['title']} | commands | {case['commands_cpu_share'] * _MINUTE:.2f} |"


def minutes(figures: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Iterator[str]:
    """The lines of the table of what was counted."""
    yield "| a minute of polling, on a clock moved by hand | connection | requests | kB received |"
    yield "|---|---|---|---|"
    for title, systems in figures.items():
        for system, told in systems.items():
            yield f"| {title} | {system} | {told['requests']:.1f} | {told['bytes'] / 1000:,.0f} |"


def keep(cases: Sequence[Mapping[str, Any]], file: Path = KEPT) -> None:
    """Put figures in the place of older ones of the same title."""
    kept = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for case in cases:
        kept[case["title"]] = {**case, "at": time.strftime("%Y-%m-%d %H:%M", time.gmtime())}
    file.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


def _cases(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for jobs in args.jobs or (JOBS[:1] if args.quick else JOBS):
        seconds = 20.0 if args.quick else SECONDS.get(jobs, 120.0)
        settle_s = 10.0 if args.quick else SETTLE_S
        if args.many:
            yield from with_many(args.many, jobs, seconds, settle_s)
        elif args.real:
            yield beside_real(jobs, seconds)
        else:
            for busy in args.busy:
                yield beside_stand_ins(jobs, busy, seconds, settle_s)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, action="append", help="jobs of each system; may be repeated")
    parser.add_argument("--busy", type=float, nargs="*", default=[0.0, BUSY], help="shares of busy jobs")
    parser.add_argument("--real", action="store_true", help="start an Airflow and a Slurm")
    parser.add_argument("--count", action="store_true", help="count on a clock that is moved by hand")
    parser.add_argument("--many", type=int, default=0, metavar="CONNECTIONS", help="so many in one nightdeck")
    parser.add_argument("--quick", action="store_true", help="1,000 jobs each, twenty seconds")
    parser.add_argument("--keep", action="store_true", help="keep the figures for the page")
    args = parser.parse_args()
    if args.count:
        figures = {
            title_of(jobs, busy): counted(jobs, busy)
            for jobs in args.jobs or (JOBS[:1] if args.quick else JOBS)
            for busy in args.busy
        }
        if args.keep:
            COUNTED.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
        print(*minutes(figures), sep="\n", flush=True)
        return
    cases = []
    for case in _cases(args):
        cases.append(case)
        if args.keep:
            keep([case])
    for table in (costs, traffic, servers):
        print(*table(cases), "", sep="\n", flush=True)


if __name__ == "__main__":
    main()
