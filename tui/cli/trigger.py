"""`nightdeck trigger JOB`: start a run, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.acting import act, add_action_options, add_wait_options
from tui.core.errors import ConfigError
from tui.core.models import Action, ActionKind

if TYPE_CHECKING:
    import argparse

    from tui.cli.session import CommandSession
    from tui.core.models import Job


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the job, its parameters and waiting."""
    add_action_options(parser)
    parser.add_argument(
        "--param", metavar="K=V", action="append", default=[], help="a parameter; may be repeated"
    )
    add_wait_options(parser)


def run(args: argparse.Namespace) -> int:
    """Start a run."""
    params = dict(map(_parameter, args.param))

    async def make(_session: CommandSession, job: Job, _args: argparse.Namespace) -> Action:
        return Action(ActionKind.TRIGGER, job.key, params=params)

    return act(args, make)


def _parameter(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise ConfigError(f"--param {text!r} has no name and value", hint="write it as --param name=value")
    return name, value
