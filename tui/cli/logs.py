"""`nightdeck logs JOB`: a run's log, whole, followed, or only the error that matters."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tui.cli.arguments import JOB_HELP, examples
from tui.cli.log_errors import print_root_error
from tui.cli.log_lines import LinesOut, opened_log, read_on
from tui.cli.output import is_terminal, warn
from tui.cli.readership import while_read
from tui.cli.session import open_session
from tui.cli.signals import run as run_work
from tui.core.errors import NotFound
from tui.core.state import State
from tui.engine.runs import newest_outcome

if TYPE_CHECKING:
    import argparse

    from tui.cli.session import CommandSession
    from tui.engine.run_log import RunLog

_COLOUR = "\x1b"
_RESET = "\x1b[0m"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the job, the run, and what to print."""
    parser.add_argument("job", metavar="JOB", help=JOB_HELP)
    parser.add_argument("--run", metavar="ID", help="the log of this run; by default of the newest")
    parser.add_argument("--follow", action="store_true", help="go on until the run ends")
    parser.add_argument(
        "--errors", action="store_true", help="only the error that tells most, with the lines around it"
    )
    parser.epilog = examples(
        'logs "load customers"', 'logs "load customers" --errors', "logs talend-prod/2502 --follow"
    )


def run(args: argparse.Namespace) -> int:
    """Read the log and print it; of its escape sequences only colours survive."""
    return run_work(_run(args))


async def _run(args: argparse.Namespace) -> int:
    async with open_session(args) as session:
        job = await session.find(args.job)
        key = await session.run_of(job, args.run)
        if key is None:
            raise NotFound(
                f"{job.connection}/{job.name} has not run yet", hint="`nightdeck trigger` starts it"
            )
        async with while_read(), opened_log(session.engine, key, is_followed=args.follow) as log:
            if args.errors:
                await read_on(log, lambda: None, is_followed=args.follow)
                has_warned = key == job.run_key and newest_outcome(job) is State.WARNING
                rules = session.engine.error_rules
                await print_root_error(log.document, rules, takes_warnings=has_warned)
            else:
                await _print_whole(log, is_followed=args.follow)
            if args.follow and log.is_complete:
                await _tell_ending(session, log)
        return session.exit_code_for(job.connection)


async def _tell_ending(session: CommandSession, log: RunLog) -> None:
    """Say how the run ended, which its system may not have told yet when the log was complete."""
    if not log.ending:
        await session.engine.sweep_all({log.run.connection})
    if log.ending:
        warn(f"the run has ended: {log.ending}")


async def _print_whole(log: RunLog, *, is_followed: bool) -> None:
    is_on_terminal = is_terminal()

    def closed(line: str) -> str:
        """The line with its colours ended, so that they don't run into what follows."""
        return f"{line}{_RESET}" if is_on_terminal and _COLOUR in line else line

    lines = LinesOut(log, sys.stdout.write, closed)
    await lines.give_all()

    def print_more() -> None:
        lines.give()
        sys.stdout.flush()

    await read_on(log, print_more, is_followed=is_followed)
    lines.finish()
