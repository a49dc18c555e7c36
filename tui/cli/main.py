"""From the words on the command line to the command that does the work."""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, cast

from tui.cli.exit_codes import ExitCode, code_of
from tui.core.errors import NightdeckError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence


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
    _prepare_streams()
    try:
        code = _answer(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()
        return ExitCode.BROKEN_PIPE
    except OSError as error:
        with suppress(OSError):
            _warn(f"can't go on: {error.strerror or error}")
        _silence_stdout()
        return ExitCode.USAGE
    return code


def _answer(argv: Sequence[str]) -> int:
    try:
        return _dispatch(argv)
    except NightdeckError as error:
        _warn(str(error), *getattr(error, "__notes__", ()))
        return code_of(error)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else ExitCode.DONE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


def _dispatch(argv: Sequence[str]) -> int:
    if not argv:
        # There is nothing to read, and the parser would be a fiftieth of the time to the first paint.
        from tui.cli.opening import PLAIN, open_dashboard

        return open_dashboard(PLAIN)

    from tui.cli.arguments import COMMANDS, Parser, split_command

    name, words = split_command(argv, tuple(COMMANDS))
    module = cast("Command", importlib.import_module(f"tui.cli.{name or 'dashboard'}"))
    parser = Parser(f"nightdeck {name}".strip(), COMMANDS.get(name, "one terminal for every job you run"))
    module.configure(parser)
    if not name:
        listed = "\n".join(f"  {command:<10} {summary}" for command, summary in COMMANDS.items())
        parser.epilog = f"commands:\n{listed}\n\nnightdeck COMMAND --help tells about one."
    return module.run(parser.read(words))


def _warn(text: str, *lines: str) -> None:
    from tui.cli.output import warn

    warn(text, *lines)


def _prepare_streams() -> None:
    """Make sure that there is somewhere to print to, and that no text is ever refused by its encoding."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def _silence_stdout() -> None:
    """Keep the interpreter from complaining about what could not be written when it flushes at exit."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
