"""From the words on the command line to the command that does the work."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import sys
from typing import TYPE_CHECKING, NoReturn, Protocol, cast

from tui import __version__
from tui.cli.exit_codes import ExitCode, code_of
from tui.core.errors import NightdeckError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "jobs": "list jobs",
    "show": "tell everything about a job",
    "runs": "list a job's runs",
    "logs": "print a run's log",
    "trigger": "start a run of a job",
    "rerun": "repeat a run",
    "stop": "end a run",
    "hold": "keep a job from starting by itself",
    "release": "let a held job start by itself again",
    "wait": "wait until jobs have ended",
    "watch": "print one JSON line for each change",
    "doctor": "check config, secrets, connections and terminal",
    "config": "path, init, show or schema of the config file",
    "adapters": "list the systems that nightdeck speaks to",
    "journal": "list the actions that were sent from here",
    "demo": "open the dashboard over made-up systems",
}
"""The subcommands; each is a module of this package of the same name."""


class Command(Protocol):
    """What a subcommand's module offers."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own arguments."""
        ...

    def run(self, args: argparse.Namespace) -> int:
        """Do it and return the exit code."""
        ...


def main(argv: Sequence[str]) -> int:
    """Run one command line.

    Args:
        argv: The words after the program's name.

    Returns:
        The exit code.
    """
    try:
        return _dispatch(argv)
    except NightdeckError as error:
        print(f"nightdeck: {error}", file=sys.stderr)
        return code_of(error)
    except BrokenPipeError:
        _silence_stdout()
        return ExitCode.DONE
    except (KeyboardInterrupt, asyncio.CancelledError):
        return ExitCode.INTERRUPTED


def _dispatch(argv: Sequence[str]) -> int:
    shared, rest = _shared_options().parse_known_args(argv)
    name = rest[0] if rest and rest[0] in COMMANDS else ""
    if not name and any(word in ("-h", "--help") for word in rest):
        print(_usage())
        return ExitCode.DONE
    if not name and "--version" in rest:
        print(f"nightdeck {__version__}")
        return ExitCode.DONE
    module = cast("Command", importlib.import_module(f"tui.cli.{name or 'dashboard'}"))
    parser = _Parser(
        prog=f"nightdeck {name}".strip(),
        description=COMMANDS.get(name, "one terminal for every job"),
        allow_abbrev=False,
    )
    module.configure(parser)
    args = parser.parse_args(rest[1:] if name else rest, namespace=shared)
    code = module.run(args)
    sys.stdout.flush()
    return code


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(ExitCode.USAGE, f"{self.prog}: {message}\nTry: {self.prog} --help\n")


def _shared_options() -> argparse.ArgumentParser:
    parser = _Parser(prog="nightdeck", add_help=False, allow_abbrev=False)
    parser.add_argument("--config", metavar="FILE", help="the config file")
    parser.add_argument("--connection", metavar="NAME", action="append", default=[], help="use only this one")
    parser.add_argument("--read-only", action="store_true", help="refuse every action")
    return parser


def _usage() -> str:
    lines = [f"  {name:<10} {summary}" for name, summary in COMMANDS.items()]
    return "\n".join(
        [
            "usage: nightdeck [--config FILE] [--connection NAME]... [--read-only] [--view NAME] [QUERY]",
            "       nightdeck COMMAND ...",
            "",
            "Without a command it opens the dashboard. Commands:",
            *lines,
            "",
            "nightdeck COMMAND --help tells about one.",
        ]
    )


def _silence_stdout() -> None:
    """Keep the interpreter from complaining about the closed pipe when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
