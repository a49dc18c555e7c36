"""`nightdeck show JOB`: everything about one job, or one of its runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.cli.output import add_output_option, print_record
from tui.cli.selection import find_run
from tui.cli.session import open_session
from tui.engine.records import job_record, run_record

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the job, the run and the output."""
    parser.add_argument("job", metavar="JOB", help="connection/id, connection/name or a unique name")
    parser.add_argument("--run", metavar="ID", help="tell about this run instead of the job")
    add_output_option(parser)


def run(args: argparse.Namespace) -> int:
    """Ask the job's system and print what it tells."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    async with open_session(args) as session:
        job = await session.find(args.job)
        if args.run:
            record = run_record(find_run(args.run, await session.engine.runs(job.key, limit=1000), job))
        else:
            now = session.engine.clock.now()
            record = job_record(job, is_stale=session.engine.store.is_stale(job, now))
        print_record(record, args.output)
        return session.exit_code_for(job.connection)
