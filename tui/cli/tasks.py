"""`nightdeck tasks JOB`: the steps of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.arguments import JOB_HELP, add_output_option, examples
from tui.cli.job_table import TASK_FIELDS, TASK_KEYS
from tui.cli.output import print_records
from tui.cli.session import open_session
from tui.cli.signals import run as run_work
from tui.core.errors import NotFound
from tui.engine.records import task_record

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the job, the run and the output."""
    parser.add_argument("job", metavar="JOB", help=JOB_HELP)
    parser.add_argument("--run", metavar="ID", help="of this run; by default of the newest")
    add_output_option(parser)
    parser.epilog = examples('tasks "hourly sync"', "tasks enos-cn/2809 --run 2809-20261121140000 -o json")


def run(args: argparse.Namespace) -> int:
    """Ask the job's system and print the steps."""
    return run_work(_run(args))


async def _run(args: argparse.Namespace) -> int:
    async with open_session(args) as session:
        job = await session.find(args.job)
        key = await session.run_of(job, args.run)
        if key is None:
            raise NotFound(f"{job.connection}/{job.name} has not run yet")
        tasks = await session.engine.tasks(key)
        print_records([task_record(task) for task in tasks], args.output, TASK_FIELDS, TASK_KEYS)
        return session.exit_code_for(job.connection)
