"""`nightdeck stop JOB`: end a run, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.acting import act, add_action_options
from tui.cli.selection import find_run
from tui.core.models import Action, ActionKind

if TYPE_CHECKING:
    import argparse

    from tui.cli.session import CommandSession
    from tui.core.models import Job


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the job, the run and `--force`."""
    add_action_options(parser)
    parser.add_argument("--run", metavar="ID", help="end this run; by default the newest")
    parser.add_argument("--force", action="store_true", help="at once, without asking the run to end")


def run(args: argparse.Namespace) -> int:
    """End a run."""
    return act(args, _make)


async def _make(session: CommandSession, job: Job, args: argparse.Namespace) -> Action:
    key = job.run_key
    if args.run:
        key = find_run(args.run, await session.engine.runs(job.key, limit=1000), job).key
    return Action(ActionKind.STOP, job.key, key, is_forced=args.force)
