"""`nightdeck delete JOB`: remove a job from its system, once, after its name was typed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.acting import act, add_action_options, describe
from tui.core.models import Action, ActionKind

if TYPE_CHECKING:
    import argparse

    from tui.cli.session import CommandSession
    from tui.core.models import Job


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the job and what stands for the typed name where nobody can be asked."""
    add_action_options(parser, has_yes=False)
    parser.add_argument(
        "--confirm", metavar="NAME", help="the job's name once more: don't ask for it on the terminal"
    )
    describe(parser, "delete datameer/57", 'delete datameer/57 --confirm "old import"')


def run(args: argparse.Namespace) -> int:
    """Do it, once."""
    return act(args, _make)


async def _make(_session: CommandSession, job: Job, _args: argparse.Namespace) -> Action:
    return Action(ActionKind.DELETE, job.key)
