"""`nightdeck show JOB`: everything about one job, or one of its runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.arguments import JOB_HELP, add_output_option, examples
from tui.cli.output import print_json, print_record
from tui.cli.selection import RUNS_SEARCHED, find_run
from tui.cli.session import open_session
from tui.cli.signals import run as run_work
from tui.engine.records import job_record, run_record

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the job, the run and the output."""
    parser.add_argument("job", metavar="JOB", help=JOB_HELP)
    parser.add_argument("--run", metavar="ID", help="tell about this run instead of the job")
    parser.add_argument("--raw", action="store_true", help="the system's own record, as JSON")
    add_output_option(parser)
    parser.epilog = examples(
        'show "load customers"', "show talend-prod/2502 -o json", "show datameer/50 --raw"
    )


def run(args: argparse.Namespace) -> int:
    """Ask the job's system and print what it tells."""
    return run_work(_run(args))


async def _run(args: argparse.Namespace) -> int:
    async with open_session(args) as session:
        job = await session.find(args.job)
        if args.raw:
            run_key = await session.run_of(job, args.run) if args.run else None
            print_json(await session.engine.raw(job.key, run_key), indent=2)
            return session.exit_code_for(job.connection)
        if args.run:
            runs = await session.engine.runs(job.key, limit=RUNS_SEARCHED)
            record = run_record(find_run(args.run, runs, job))
        else:
            now = session.engine.clock.now()
            record = job_record(job, is_stale=session.engine.store.is_stale(job, now))
        print_record(record, args.output)
        return session.exit_code_for(job.connection)
