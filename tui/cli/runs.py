"""`nightdeck runs JOB`: the runs of one job, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.arguments import JOB_HELP, add_output_option, count, examples
from tui.cli.job_table import RUN_FIELDS, RUN_KEYS
from tui.cli.output import print_records
from tui.cli.session import open_session
from tui.cli.signals import run as run_work
from tui.engine.records import run_record

if TYPE_CHECKING:
    import argparse

DEFAULT_LIMIT = 20
"""Runs that are printed when `--limit` doesn't say how many."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the job, the limit and the output."""
    parser.add_argument("job", metavar="JOB", help=JOB_HELP)
    parser.add_argument(
        "--limit",
        metavar="N",
        type=count,
        default=DEFAULT_LIMIT,
        help=f"at most so many runs (default: {DEFAULT_LIMIT})",
    )
    add_output_option(parser)
    parser.epilog = examples('runs "load customers"', "runs talend-prod/2502 --limit 100 -o csv")


def run(args: argparse.Namespace) -> int:
    """Ask the job's system, add what history knows, and print."""
    return run_work(_run(args))


async def _run(args: argparse.Namespace) -> int:
    async with open_session(args) as session:
        job = await session.find(args.job)
        runs = await session.engine.runs(job.key, limit=args.limit)
        print_records([run_record(one) for one in runs], args.output, RUN_FIELDS, RUN_KEYS)
        return session.exit_code_for(job.connection)
