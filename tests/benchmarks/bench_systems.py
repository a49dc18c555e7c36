"""What systems are asked, and what many of them cost: requests, bytes, the event loop, the processor.

    python -m tests.benchmarks.bench_systems [--quick] [--seconds 60] [COUNT ...]

The first table is counted, not timed: pollers on a clock that is moved by hand, so each machine has the same.
"at rest" is a fleet of which no job runs; "busy" is the demo's night. Thirty jobs are on the screen.
The second one is measured: one process polls ten connections over loopback sockets that another one serves.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from tests.adapters.bmc_harness import BmcHarness
from tests.adapters.datameer_harness import DatameerHarness
from tests.adapters.enos_harness import EnosHarness
from tests.adapters.http_harness import HttpHarness
from tests.adapters.informatica_harness import InformaticaHarness
from tests.adapters.talend_harness import TalendHarness
from tests.support.clock import FakeClock
from tests.support.context import make_context
from tui.core.adapter import Adapter
from tui.core.redaction import Redactor
from tui.engine.connection import ConnectionSpec
from tui.engine.poller import Poller
from tui.engine.store import Store
from tui.registry import load_adapter
from tui.simulators.demo import make_demo

HARNESSES: Sequence[type[HttpHarness]] = (
    TalendHarness,
    InformaticaHarness,
    EnosHarness,
    BmcHarness,
    DatameerHarness,
)
COUNTS = (100, 1_000, 10_000)
VISIBLE = 30
SETTLE_MINUTES = 3
CONNECTIONS, EACH = 10, 10_000
"""Connections and jobs of each in the second table."""


class Counted:
    """Counts what goes through: requests, and bytes of answers before they are packed."""

    def __init__(self, system: Any) -> None:
        self._system = system
        self.requests = self.bytes = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        answer = self._system(request)
        response: httpx.Response = answer if isinstance(answer, httpx.Response) else await answer
        body = await response.aread()
        self.bytes += len(body)
        headers = [
            (name, value) for name, value in response.headers.multi_items() if name != "content-length"
        ]
        return httpx.Response(response.status_code, headers=headers, content=body)


async def a_minute(
    clock: FakeClock, counted: Counted, adapter: Adapter, *, minutes: int = 1
) -> tuple[float, float]:
    """Requests and kilobytes of one minute, after the first ones; the mean of so many."""
    store = Store(clock)

    async def open_adapter() -> Adapter:
        await adapter.open()
        return adapter

    spec = ConnectionSpec(
        name=adapter.connection,
        type=adapter.type_name,
        environment="",
        is_read_only=False,
        is_insecure=False,
        refresh_s=None,
        open_adapter=open_adapter,
        problem=None,
    )
    poller = Poller(spec, store, clock, random.Random(1), Redactor())
    polling = asyncio.create_task(poller.run())
    await clock.wait_until(lambda: clock.sleeping > 0)
    for _ in range(SETTLE_MINUTES * 60):
        await clock.advance(1)
        poller.set_interest(sorted(store.keys_of(adapter.connection))[:VISIBLE])
        await _quiet(clock, counted)
    requests, size = counted.requests, counted.bytes
    for _ in range(minutes * 60):
        await clock.advance(1)
        await _quiet(clock, counted)
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
    await adapter.aclose()
    return (counted.requests - requests) / minutes, (counted.bytes - size) / 1000 / minutes


async def _quiet(clock: FakeClock, counted: Counted) -> None:
    """Let what is under way come to its end: threads take the time that they take."""
    before = -1
    while counted.requests != before:
        before = counted.requests
        await clock.settle()
        await asyncio.sleep(0.002)


async def at_rest(kind: type[HttpHarness], count: int) -> tuple[float, float]:
    """A fleet of which no job runs."""
    clock = FakeClock()
    harness = kind(clock=clock, jobs=count)
    counted = Counted(harness.simulator)
    table = {**harness.table("https://system.example.com")}
    adapter_type = harness.adapter_type
    context = make_context(clock=clock, transport=httpx.MockTransport(counted))
    adapter = adapter_type(harness.connection, adapter_type.Settings.model_validate(table), context)
    return await a_minute(clock, counted, adapter)


async def busy(type_name: str, count: int) -> tuple[float, float]:
    """The demo's night."""
    clock = FakeClock()
    (system,) = (each for each in make_demo(0) if each.type == type_name)
    running = replace(system, jobs=count, is_shaky=False)
    counted = Counted(running.make_simulator(clock))
    made = running.make(clock)
    adapter_type = load_adapter(type_name)
    context = make_context(clock=clock, transport=httpx.MockTransport(counted))
    adapter = adapter_type(system.name, adapter_type.Settings.model_validate(dict(made.table)), context)
    return await a_minute(clock, counted, adapter)


def traffic(counts: Sequence[int]) -> Iterator[str]:
    """The lines of the first table."""
    yield "| a minute of polling | jobs | requests at rest | kB at rest | requests busy | kB busy |"
    yield "|---|---|---|---|---|---|"
    for kind in HARNESSES:
        name = kind.adapter_type.type_name
        for count in counts:
            rest = asyncio.run(at_rest(kind, count))
            work = asyncio.run(busy(name, count))
            yield f"| {name} | {count:,} | {rest[0]:.0f} | {rest[1]:,.0f} | {work[0]:.0f} | {work[1]:,.0f} |"


def load(seconds: float, each: int) -> Iterator[str]:
    """The lines of the second table."""
    with tempfile.TemporaryDirectory(prefix="nightdeck-bench-") as folder:
        config = Path(folder) / "config.toml"
        command = ("tests.support.simulated", str(config), "--per-connection", str(each), "--each", "2")
        with subprocess.Popen(
            [sys.executable, "-m", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            child = ("tests.benchmarks.systems_child", str(config), "60", str(seconds))
            done = subprocess.run(
                [sys.executable, "-m", *child],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                env=_env(folder),
            )
            server.stdin.close()
    told = json.loads(done.stdout.splitlines()[-1])
    title = f"{CONNECTIONS} connections, {told['jobs']:,} jobs"
    yield f"| {title} | loop late by ms, p50 | p99 | worst | of one core |"
    yield "|---|---|---|---|---|"
    first = " | ".join(f"{lag * 1000:.1f}" for lag in told["first_lag_s"])
    yield f"| the first minute | {first} | {told['first_cpu_s'] / 60:.0%} |"
    later = " | ".join(f"{lag * 1000:.1f}" for lag in told["lag_s"])
    yield f"| after that | {later} | {told['share']:.0%} |"


def _env(folder: str) -> dict[str, str]:
    return {**os.environ, "NIGHTDECK_STATE_DIR": folder}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("counts", nargs="*", type=int, metavar="COUNT")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--quick", action="store_true", help="100 jobs, ten seconds")
    args = parser.parse_args()
    for line in traffic(args.counts or (COUNTS[:1] if args.quick else COUNTS)):
        print(line, flush=True)
    print(flush=True)
    for line in load(10.0 if args.quick else args.seconds, 1_000 if args.quick else EACH):
        print(line, flush=True)


if __name__ == "__main__":
    main()
