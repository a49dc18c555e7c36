"""The measured program of `bench_systems`: pollers of many connections in one process, and its loop.

    python -m tests.benchmarks.systems_child CONFIG SETTLE_S SECONDS

prints one JSON line: the loop's lags in seconds (p50, p99, worst), the share of one core, and how many jobs
there are, after SETTLE_S seconds and over SECONDS. The systems are served by another process.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from tui.ui.collector import settle, settle_grown, take_up
from tui.wiring import SessionOptions, build_session

_STEP_S = 0.001


class Lag:
    """How much later than asked the loop wakes a sleeper."""

    def __init__(self) -> None:
        self.values: list[float] = []

    async def watch(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(_STEP_S)
            self.values.append(max(0.0, time.perf_counter() - before - _STEP_S))

    def quantiles(self) -> list[float]:
        ordered = sorted(self.values) or [0.0]
        return [ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1]]


async def measure(config: Path, settle_s: float, seconds: float) -> dict[str, Any]:
    """Poll for a while; what the first sweeps cost is told apart from the rest."""
    take_up()
    session = await asyncio.to_thread(build_session, SessionOptions(config_path=config))
    lag = Lag()
    watching = asyncio.create_task(lag.watch())
    await session.engine.start()
    settle()
    began = time.process_time()
    settled = 0
    for _ in range(round(settle_s)):
        await asyncio.sleep(1)
        settled = settle_grown(len(session.engine.store.jobs), settled)
    first = {"first_cpu_s": time.process_time() - began, "first_lag_s": lag.quantiles()}
    lag.values.clear()
    cpu, clock = time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    share = (time.process_time() - cpu) / (time.perf_counter() - clock)
    watching.cancel()
    told = {
        **first,
        "lag_s": lag.quantiles(),
        "share": share,
        "jobs": len(session.engine.store.jobs),
        "states": sorted({health.status.value for health in session.engine.store.health.values()}),
    }
    await session.engine.aclose()
    return told


def main() -> None:
    """Measure and print."""
    config, settle_s, seconds = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    print(json.dumps(asyncio.run(measure(config, settle_s, seconds))))


if __name__ == "__main__":
    main()
