"""`nightdeck rerun JOB`: repeat a run with its own parameters, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.acting import act, add_action_options, add_start_options, describe
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
    add_start_options(parser)
    describe(
        parser,
        'rerun "load customers"',
        "rerun airflow/nightly --run manual__2026-11-21 --failed-only --wait",
    )


def run(args: argparse.Namespace) -> int:
    """Repeat a run."""
    return act(args, _make)


async def _make(session: CommandSession, job: Job, args: argparse.Namespace) -> Action:
    key = await session.run_of(job, args.run)
    return Action(ActionKind.RERUN, job.key, key, is_failed_only=args.failed_only)
