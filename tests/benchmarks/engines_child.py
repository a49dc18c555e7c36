"""The measured program of `bench_engines`: one nightdeck without a screen, and all that it asks and takes.

    python -m tests.benchmarks.engines_child CONFIG SETTLE_S SECONDS JOBS [NAME=PID,PID ...]

prints one JSON line: how soon JOBS jobs were in the table, and what was asked, received, started and used
over SECONDS, once SETTLE_S seconds have passed after that. It tells what the named processes used as well.
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import sys
import time
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

import tui.transport.client
from tests.benchmarks.systems_child import Lag
from tui.config.paths import state_dir
from tui.engine.schema import FILE_NAME
from tui.engine.store import StoreChange
from tui.transport.guard import GuardedTransport
from tui.ui.collector import settle, settle_grown, take_up
from tui.wiring import SessionOptions, build_session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    import httpx

    from tui.core.adapter import AdapterContext
    from tui.engine.engine import Engine
    from tui.transport.network import Network
    from tui.transport.traffic import TrafficMeter

VISIBLE = 30
"""Jobs on the screen."""

_PATIENCE_S = 1800.0
"""What is not in the table by then never will be."""

_NAMED = re.compile(r"/(dags|dagRuns|taskInstances|job|tasks)/(?!list)[^/~]+")
_COMMANDS_WITH_A_VERB = frozenset({"scontrol", "sacctmgr"})


class Counts:
    """Requests and commands by connection and kind, from now on."""

    def __init__(self) -> None:
        self.requests: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """By connection and kind."""
        self.commands: Counter[str] = Counter()
        """By name."""
        self.meters: dict[str, TrafficMeter] = {}
        """What counts bytes, by connection."""
        self._before: dict[str, int] = {}

    def clear(self) -> None:
        """Begin to count."""
        self.requests.clear()
        self.commands.clear()
        self._before = {name: meter.bytes_received for name, meter in self.meters.items()}

    @property
    def received(self) -> Mapping[str, int]:
        """Bytes by connection, as they were on the wire."""
        return {name: meter.bytes_received - self._before.get(name, 0) for name, meter in self.meters.items()}

    def watch(self) -> None:
        """See all that is asked from now on."""
        counts = self

        class Counted(GuardedTransport):
            def __init__(self, network: Network, meter: TrafficMeter, context: AdapterContext) -> None:
                super().__init__(network, meter, context)
                # A context doesn't name its connection; the folder of it does.
                self._name = context.state_dir.name
                counts.meters[self._name] = meter

            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                path = _NAMED.sub(r"/\1/{}", request.url.path)
                counts.requests[self._name][f"{request.method} {path}"] += 1
                return await super().handle_async_request(request)

        setattr(tui.transport.client, GuardedTransport.__name__, Counted)

    def watch_commands(self) -> None:
        """See all commands of Slurm that are started from now on."""
        from tui.adapters.slurm import process

        run: Callable[..., Awaitable[Any]] = process.run

        async def counted(command: Any, *rest: Any, **named: Any) -> Any:
            name = Path(command.words[0]).name
            verb = command.words[1:2] if name in _COMMANDS_WITH_A_VERB else ()
            self.commands[" ".join((name, *verb))] += 1
            return await run(command, *rest, **named)

        process.run = counted


class Used:
    """What the process and the commands it started have used since then."""

    def __init__(self, servers: Mapping[str, Sequence[int]]) -> None:
        self._servers = servers
        self._before = {name: cpu_s(pids) for name, pids in servers.items()}
        self._process = psutil.Process()
        self._at = time.perf_counter()
        self._cpu = time.process_time()
        self._commands = _commands_cpu_s()
        self._written = self._process.io_counters().write_bytes

    def told(self) -> dict[str, Any]:
        """In figures."""
        seconds = time.perf_counter() - self._at
        servers = {name: cpu_s(pids) - self._before[name] for name, pids in self._servers.items()}
        return {
            "servers_cpu_share": {name: cpu_s / seconds for name, cpu_s in servers.items()},
            "seconds": seconds,
            "cpu_share": (time.process_time() - self._cpu) / seconds,
            "commands_cpu_share": (_commands_cpu_s() - self._commands) / seconds,
            "written_bytes": self._process.io_counters().write_bytes - self._written,
            "memory_mb": self._process.memory_info().rss / 1e6,
            "descriptors": self._process.num_fds(),
            "threads": self._process.num_threads(),
        }


def cpu_s(pids: Sequence[int]) -> float:
    """What processes used, with those that they started and saw ending."""
    total = 0.0
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            total += sum(psutil.Process(pid).cpu_times()[:4])
    return total


def _commands_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


async def _fill(engine: Engine, jobs: int) -> bool:
    """Wait for the whole table."""
    is_full = asyncio.Event()

    def look(_: StoreChange) -> None:
        if len(engine.store.jobs) >= jobs:
            is_full.set()

    leave = engine.store.subscribe(look)
    look(StoreChange())
    with suppress(TimeoutError):
        await asyncio.wait_for(is_full.wait(), _PATIENCE_S)
    leave()
    return is_full.is_set()


async def _settle(engine: Engine, seconds: float) -> None:
    """Let the first sweeps pass, as the dashboard does."""
    settled = 0
    for _ in range(round(seconds)):
        engine.set_interest(sorted(engine.store.jobs)[:VISIBLE])
        settled = settle_grown(len(engine.store.jobs), settled)
        await asyncio.sleep(1)


async def measure(
    config: Path, settle_s: float, seconds: float, jobs: int, servers: Mapping[str, Sequence[int]]
) -> dict[str, Any]:
    """Poll for a while; what the first table cost is told apart from the rest."""
    counts, lag = Counts(), Lag()
    counts.watch()
    take_up()
    since = psutil.Process().create_time()
    session = await asyncio.to_thread(build_session, SessionOptions(config_path=config))
    if any(table["type"] == "slurm" for table in session.config.connections.values()):
        counts.watch_commands()
    engine = session.engine
    watching = asyncio.create_task(lag.watch())
    await engine.start()
    told: dict[str, Any] = {"started_s": time.time() - since, "remembered": len(engine.store.jobs)}
    settle()
    is_full = await _fill(engine, jobs)
    told |= {"full_s": time.time() - since if is_full else None, "full_cpu_s": time.process_time()}
    await _settle(engine, settle_s)
    told["first_lag_s"] = lag.quantiles()
    lag.values.clear()
    counts.clear()
    used = Used(servers)
    await asyncio.sleep(seconds)
    told |= used.told()
    watching.cancel()
    told |= {
        "lag_s": lag.quantiles(),
        "requests": {name: dict(kinds) for name, kinds in counts.requests.items()},
        "received_bytes": dict(counts.received),
        "commands": dict(counts.commands),
        "jobs": dict(Counter(key.connection for key in engine.store.jobs)),
        "active": sum(job.state.is_active for job in engine.store.jobs.values()),
        "health": dict(Counter(health.status.value for health in engine.store.health.values())),
        "troubles": sorted({health.message for health in engine.store.health.values() if health.message})[:5],
    }
    began = time.perf_counter()
    await engine.aclose()
    told["closed_s"] = time.perf_counter() - began
    told["database_bytes"] = sum(path.stat().st_size for path in state_dir().glob(f"{FILE_NAME}*"))
    return told


def main() -> None:
    """Measure and print."""
    config, settle_s, seconds, jobs = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    servers = {
        name: [int(pid) for pid in pids.split(",")]
        for name, _, pids in (word.partition("=") for word in sys.argv[5:])
    }
    print(json.dumps(asyncio.run(measure(config, settle_s, seconds, int(jobs), servers))))


if __name__ == "__main__":
    main()
