"""`--show-call`: print what an action would send, as a command line to be read or run, and send nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tui.cli.exit_codes import ExitCode
from tui.cli.output import warn

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Sequence

    from tui.cli.session import CommandSession
    from tui.core.models import Action, Job

NOT_SENT = "this was a dry run: nothing was sent"
"""What is said at the end of one."""


def add_call_option(parser: argparse.ArgumentParser) -> None:
    """Give an action its `--show-call`."""
    parser.add_argument(
        "--show-call",
        action="store_true",
        help="print the request as a command for a shell, variables in place of secrets; send nothing",
    )


async def print_calls(
    session: CommandSession, texts: Sequence[str], make_action: Callable[[Job], Awaitable[Action]]
) -> int:
    """Print the call of each job, and which variables it needs.

    Args:
        session: Where the jobs are.
        texts: The jobs, as on the command line.
        make_action: Says what would be done to a job.

    Raises:
        NightdeckError: It could not be sent.
    """
    variables: set[str] = set()
    for job in await session.find_all(texts):
        if job.connection in session.failures:
            raise session.unavailable(f"{job.connection} can't be asked", [job.connection])
        call = await session.engine.call_of(await make_action(job))
        variables |= set(call.variables)
        print(call.command)
    sys.stdout.flush()
    if variables:
        warn(f"nothing was sent; to run it, set {', '.join(sorted(variables))}")
    else:
        warn("nothing was sent")
    return ExitCode.DONE
