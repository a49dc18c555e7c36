"""Simulated systems on loopback sockets, and the config of connections to them.

    python -m tests.support.simulated CONFIG [--jobs N | --per-connection N] [--each K]

writes CONFIG, serves until its standard input ends, and says `ready` when it does. With that config every
command and the dashboard can be tried by hand as against real systems.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import tomli_w

from tests.support.faults import FaultyServer
from tui.core.clock import SystemClock
from tui.simulators.demo import DemoSystem, make_demo
from tui.simulators.demo_credentials import CREDENTIALS


async def serve(stack: AsyncExitStack, systems: Sequence[DemoSystem], each: int = 1) -> Mapping[str, Any]:
    """Serve the systems, each so many times, and return the connections' tables by name.

    Args:
        stack: Ends the serving when it is left.
        systems: What to serve.
        each: How many connections there are to a system of its kind.
    """
    tables: dict[str, Any] = {}
    for system in systems:
        for number in range(1, each + 1):
            simulator = system.make_simulator(SystemClock())
            server = await stack.enter_async_context(FaultyServer(simulator))
            name = system.name if each == 1 else f"{system.name}-{number}"
            credentials = CREDENTIALS[system.type](server.url, simulator)
            tables[name] = {"type": system.type, "environment": system.environment, **credentials}
    return tables


async def _run(config: Path, systems: Sequence[DemoSystem], each: int) -> None:
    async with AsyncExitStack() as stack:
        tables = await serve(stack, systems, each)
        _write(config, tables)
        await asyncio.to_thread(sys.stdin.read)


def _write(config: Path, tables: Mapping[str, Any]) -> None:
    config.touch(mode=0o600)
    config.write_text(tomli_w.dumps({"connections": tables}))
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", type=Path)
    parser.add_argument("--jobs", type=int, default=0, help="together; a handful by default")
    parser.add_argument("--per-connection", type=int, default=0, help="so many jobs behind each connection")
    parser.add_argument("--each", type=int, default=1, help="so many connections to a system of each kind")
    args = parser.parse_args()
    systems = make_demo(args.jobs)
    if args.per_connection:
        systems = [replace(system, jobs=args.per_connection, is_shaky=False) for system in systems]
    asyncio.run(_run(args.config, systems, args.each))


if __name__ == "__main__":
    main()
