"""`nightdeck stop JOB`: end a run, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.acting import act, add_action_options, add_wait_options, describe
from tui.core.models import Action, ActionKind

if TYPE_CHECKING:
    import argparse

    from tui.cli.session import CommandSession
    from tui.core.models import Job


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the job, the run, `--force` and waiting."""
    add_action_options(parser)
    parser.add_argument("--run", metavar="ID", help="end this run; by default the newest")
    parser.add_argument("--force", action="store_true", help="at once, without asking the run to end")
    add_wait_options(parser, help="wait until the run has ended, however that is")
    describe(parser, 'stop "copy archive"', 'stop "copy archive" --force --wait')


def run(args: argparse.Namespace) -> int:
    """End a run."""
    return act(args, _make)


async def _make(session: CommandSession, job: Job, args: argparse.Namespace) -> Action:
    key = await session.run_of(job, args.run)
    return Action(ActionKind.STOP, job.key, key, is_forced=args.force)
