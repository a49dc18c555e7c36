"""`nightdeck runs JOB`: the runs of one job, newest first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.cli.job_table import RUN_FIELDS, RUN_KEYS
from tui.cli.output import add_output_option, print_records
from tui.cli.session import open_session
from tui.engine.records import run_record

if TYPE_CHECKING:
    import argparse

DEFAULT_LIMIT = 20
"""Runs that are printed when `--limit` doesn't say how many."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the job, the limit and the output."""
    parser.add_argument("job", metavar="JOB", help="connection/id, connection/name or a unique name")
    parser.add_argument("--limit", metavar="N", type=int, default=DEFAULT_LIMIT, help="at most so many runs")
    add_output_option(parser)


def run(args: argparse.Namespace) -> int:
    """Ask the job's system, add what history knows, and print."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    async with open_session(args) as session:
        job = await session.find(args.job)
        runs = await session.engine.runs(job.key, limit=max(0, args.limit))
        print_records([run_record(one) for one in runs], args.output, RUN_FIELDS, RUN_KEYS)
        return session.exit_code_for(job.connection)
