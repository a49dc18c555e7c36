"""`nightdeck trigger JOB`: start a run, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.acting import act, add_action_options, add_start_options, describe
from tui.core.errors import ConfigError
from tui.core.models import Action, ActionKind

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from tui.cli.session import CommandSession
    from tui.core.models import Job


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the job, its parameters and waiting."""
    add_action_options(parser)
    parser.add_argument(
        "--param", metavar="K=V", action="append", default=[], help="a parameter; may be repeated"
    )
    add_start_options(parser)
    describe(
        parser,
        'trigger "load customers"',
        'trigger "refresh extract" --param REGION=US --param ROWS=10 --wait',
        "trigger talend-prod/2502 --yes -o json",
    )


def run(args: argparse.Namespace) -> int:
    """Start a run."""
    params = _parameters(args.param)

    async def make(_session: CommandSession, job: Job, _args: argparse.Namespace) -> Action:
        return Action(ActionKind.TRIGGER, job.key, params=params)

    return act(args, make)


def _parameters(texts: Iterable[str]) -> dict[str, str]:
    params: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise ConfigError(f"--param {text!r} has no name and value", hint="write --param name=value")
        if name in params:
            raise ConfigError(f"--param {name} is given twice", hint="a parameter has one value")
        params[name] = value
    return params
