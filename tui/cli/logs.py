"""`nightdeck logs JOB`: a run's log, whole, followed, or only its first error."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from tui.cli.selection import find_run
from tui.cli.session import open_session
from tui.core.errors import NotFound
from tui.logs.buffer import LineBuffer
from tui.logs.levels import ERROR_LINE

if TYPE_CHECKING:
    import argparse

    from tui.core.keys import RunKey
    from tui.core.models import Job
    from tui.engine.engine import Engine

QUIET_WAIT_S = 0.5
"""Seconds between two looks at a log that had nothing new."""

_BEFORE, _AFTER = 3, 12
"""Lines of context that `--errors` prints around the first error."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the job, the run, and what to print."""
    parser.add_argument("job", metavar="JOB", help="connection/id, connection/name or a unique name")
    parser.add_argument("--run", metavar="ID", help="the log of this run; by default of the newest")
    parser.add_argument("--follow", action="store_true", help="go on until the run ends")
    parser.add_argument(
        "--errors", action="store_true", help="only the first error, with some lines around it"
    )


def run(args: argparse.Namespace) -> int:
    """Read the log and print it; of its escape sequences only colours survive."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    async with open_session(args) as session:
        job = await session.find(args.job)
        key = await _run_key(session.engine, job, args.run)
        buffer = LineBuffer()
        printed, cursor = 0, ""
        while True:
            chunk = await session.engine.read_log(key, cursor)
            printed -= buffer.feed(chunk)
            cursor = chunk.cursor
            if not args.errors:
                printed = _print_new(buffer, max(0, printed), is_last=chunk.is_complete)
            if chunk.is_complete or not (chunk.data or args.follow):
                break
            await session.engine.clock.sleep(0 if chunk.data else QUIET_WAIT_S)
        if args.errors:
            _print_error(buffer)
        elif not buffer.is_complete:
            _print_new(buffer, printed, is_last=True)
        return session.exit_code_for(job.connection)


async def _run_key(engine: Engine, job: Job, run_id: str | None) -> RunKey:
    if run_id:
        return find_run(run_id, await engine.runs(job.key, limit=1000), job).key
    if job.run_key is None:
        raise NotFound(f"{job.connection}/{job.name} has not run yet", hint="`nightdeck trigger` starts it")
    return job.run_key


def _print_new(buffer: LineBuffer, printed: int, *, is_last: bool) -> int:
    end = len(buffer) if is_last else len(buffer.lines)
    for index in range(printed, end):
        print(buffer[index])
    sys.stdout.flush()
    return end


def _print_error(buffer: LineBuffer) -> None:
    first = buffer.find(ERROR_LINE, 0)
    if first is None:
        print("no line of the log tells of an error", file=sys.stderr)
        return
    for index in range(max(0, first - _BEFORE), min(len(buffer), first + _AFTER + 1)):
        print(f"{'>' if index == first else ' '} {index + 1 + buffer.dropped:>6}  {buffer[index]}")
