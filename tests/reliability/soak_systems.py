"""Simulated systems that fail at random: `python -m tests.reliability.soak_systems CONFIG SEED`.

Writes CONFIG, says `ready`, and goes on until its standard input ends.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import tomli_w

from tests.support.faults import Fault, FaultyServer
from tests.support.stand_ins import every_system
from tui.core.clock import SystemClock
from tui.simulators.demo_credentials import CREDENTIALS

REFRESH_S = 0.5
"""Seconds between two sweeps."""

TIMEOUT_S = 0.5
"""Seconds after which an answer is given up."""

FAULT_S = (0.2, 3.0)
"""How long a fault lasts, at least and at the most."""

CALM_S = (0.2, 2.0)
"""How long a system is well between two faults."""

KEPT_REQUESTS = 200
"""Requests that a server remembers: nobody reads them here."""

FAULTS = tuple(fault for fault in Fault if fault is not Fault.BOMB)
"""What is chosen from; a bomb costs the server more than nightdeck, so it comes seldom."""

BOMB_SHARE = 0.02
"""Part of the faults that are bombs."""

AWAY_SHARE = 0.15
"""Part of the faults in which nothing listens any more."""


async def _suffer(server: FaultyServer, chance: random.Random) -> None:
    """One fault after the other, for ever."""
    while True:
        await asyncio.sleep(chance.uniform(*CALM_S))
        server.requests[:-KEPT_REQUESTS] = []
        is_away = chance.random() < AWAY_SHARE
        if is_away:
            await server.stop()
        else:
            fault = Fault.BOMB if chance.random() < BOMB_SHARE else chance.choice(FAULTS)
            server.inject(fault, times=chance.choice((1, 2, 5, None)))
        await asyncio.sleep(chance.uniform(*FAULT_S))
        if is_away:
            await server.listen()
        server.heal()


async def _run(config: Path, seed: int) -> None:
    tables = {}
    async with AsyncExitStack() as stack:
        suffering = []
        for number, system in enumerate(every_system()):
            simulator = system.make_simulator(SystemClock())
            server = await stack.enter_async_context(FaultyServer(simulator))
            table = CREDENTIALS[system.type](server.url, simulator)
            tables[system.name] = {
                "type": system.type,
                "environment": "dev",
                "refresh": REFRESH_S,
                "timeout": TIMEOUT_S,
                **table,
            }
            suffering.append(asyncio.create_task(_suffer(server, random.Random(seed + number))))
        jobs = [{"name": name, "command": "echo done"} for name in ("one", "two", "three")]
        tables["here"] = {"type": "local", "refresh": REFRESH_S, "job": jobs}
        _write(config, tables)
        await asyncio.to_thread(sys.stdin.read)
        for task in suffering:
            task.cancel()
        await asyncio.gather(*suffering, return_exceptions=True)


def _write(config: Path, tables: Mapping[str, Any]) -> None:
    config.touch(mode=0o600)
    config.write_text(tomli_w.dumps({"connections": tables}))
    sys.stdout.write("ready\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1]), int(sys.argv[2])))
