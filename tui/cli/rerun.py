"""`nightdeck rerun JOB`: repeat a run with its own parameters, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.acting import act, add_action_options, add_wait_options
from tui.cli.selection import find_run
from tui.core.models import Action, ActionKind

if TYPE_CHECKING:
    import argparse

    from tui.cli.session import CommandSession
    from tui.core.models import Job


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the job, the run and waiting."""
    add_action_options(parser)
    parser.add_argument("--run", metavar="ID", help="repeat this run; by default the newest")
    parser.add_argument("--failed-only", action="store_true", help="only the steps that failed")
    add_wait_options(parser)


def run(args: argparse.Namespace) -> int:
    """Repeat a run."""
    return act(args, _make)


async def _make(session: CommandSession, job: Job, args: argparse.Namespace) -> Action:
    key = job.run_key
    if args.run:
        key = find_run(args.run, await session.engine.runs(job.key, limit=1000), job).key
    return Action(ActionKind.RERUN, job.key, key, is_failed_only=args.failed_only)
