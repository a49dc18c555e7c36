"""How command lines are read: one parser a command, with the options that every command takes."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

from tui.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "jobs": "list jobs",
    "show": "tell everything about a job",
    "runs": "list a job's runs",
    "tasks": "list the steps of a run",
    "logs": "print a run's log",
    "view": "open files in the log viewer",
    "compare": "tell what differs from the last good run",
    "trigger": "start a run of a job",
    "rerun": "repeat a run",
    "sequence": "start jobs one after the other",
    "stop": "end a run",
    "hold": "keep a job from starting by itself",
    "release": "let a held job start by itself again",
    "delete": "remove a job from its system, where that is possible",
    "wait": "wait until jobs have ended",
    "watch": "print one JSON line for each change",
    "doctor": "check config, secrets, connections and terminal",
    "config": "path, init, show or schema of the config file",
    "adapters": "list the systems that nightdeck speaks to",
    "journal": "list the actions that were sent from here",
    "demo": "open the dashboard over made-up systems",
}
"""The subcommands; each is a module of this package of the same name."""

FORMATS = ("table", "json", "jsonl", "csv")
"""What `-o` takes; a table unless told otherwise, also into a pipe."""

JOB_HELP = "connection/id, connection/name or a unique name"
"""What a JOB on the command line may be."""

_VALUED = ("--config", "--connection")
_SWITCHES = ("--read-only", "--dry-run")
_DASHED = ("--sort",)
"""Options whose value may begin with a dash, as descending columns do."""


class Parser(argparse.ArgumentParser):
    """A parser for one command: options stand anywhere, and a mistake costs one line and exit code 2."""

    def __init__(self, prog: str, description: str) -> None:
        super().__init__(
            prog=prog,
            description=description,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        shared = self.add_argument_group("options of every command")
        shared.add_argument("--config", metavar="FILE", help="the config file")
        shared.add_argument(
            "--connection",
            metavar="NAME",
            action="append",
            default=[],
            help="use only this connection; may be repeated",
        )
        shared.add_argument("--read-only", action="store_true", help="refuse every action")
        shared.add_argument(
            "--dry-run", action="store_true", help="do everything but send actions; tell what would be sent"
        )

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and where to read more."""
        self.exit(ExitCode.USAGE, f"{self.prog}: {message} (see {self.prog} --help)\n")

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The arguments; leaves with `SystemExit` when they are wrong or ask for help."""
        attached = _attached(words)
        # Reading words and options in any order, argparse forgets what two dashes mean.
        read = self.parse_args if "--" in attached else self.parse_intermixed_args
        return read(attached)


def split_command(words: Sequence[str], commands: Sequence[str]) -> tuple[str, list[str]]:
    """The command among the words, and the words without it; options of every command may stand before it.

    Args:
        words: What follows the program's name.
        commands: The commands that there are; an empty name is returned when none is named.
    """
    index = 0
    while index < len(words):
        word = words[index]
        if word in commands:
            return word, [*words[:index], *words[index + 1 :]]
        if word in _VALUED:
            index += 2
        elif word in _SWITCHES or word.startswith(tuple(f"{name}=" for name in _VALUED)):
            index += 1
        else:
            break
    return "", list(words)


def examples(*lines: str) -> str:
    """The end of a help text: command lines to copy, without the program's name."""
    return "\n".join(["examples:", *(f"  nightdeck {line}" for line in lines)])


def count(text: str) -> int:
    """A whole number from 1 on, as an argument's type."""
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return value


def add_output_option(parser: argparse.ArgumentParser) -> None:
    """Give a command its `-o`."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="FORMAT",
        choices=FORMATS,
        default="table",
        help=f"{', '.join(FORMATS)} (default: table, also into a pipe)",
    )


def _attached(words: Sequence[str]) -> list[str]:
    """The words with `--sort -ended` as `--sort=-ended`, which argparse would take for two options."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in _DASHED:
            joined[-1] = f"{joined[-1]}={word}"
        else:
            joined.append(word)
    return joined
