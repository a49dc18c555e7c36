"""`nightdeck release JOB`: let a held job start by itself again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.acting import act, add_action_options, describe
from tui.core.models import Action, ActionKind

if TYPE_CHECKING:
    import argparse

    from tui.cli.session import CommandSession
    from tui.core.models import Job


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the job."""
    add_action_options(parser)
    describe(parser, "release talend-prod/2502")


def run(args: argparse.Namespace) -> int:
    """Do it, once."""
    return act(args, _make)


async def _make(_session: CommandSession, job: Job, _args: argparse.Namespace) -> Action:
    return Action(ActionKind.RELEASE, job.key)
