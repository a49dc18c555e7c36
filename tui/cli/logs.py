"""`nightdeck logs JOB`: a run's log, whole, followed, or only its errors."""

from __future__ import annotations

import sys
from collections import deque
from typing import TYPE_CHECKING, Protocol

from tui.cli.arguments import JOB_HELP, examples
from tui.cli.log_lines import Lines, read_lines
from tui.cli.output import is_terminal, warn
from tui.cli.readership import while_read
from tui.cli.session import open_session
from tui.cli.signals import run as run_work
from tui.core.errors import NotFound
from tui.logs.levels import ERROR_LINE
from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    import argparse

_BEFORE, _AFTER = 3, 12
"""Lines of context that `--errors` prints around an error: after it comes the stack trace."""

_COLOUR = "\x1b"
_RESET = "\x1b[0m"


class Printer(Protocol):
    """What takes the lines as they come."""

    def take(self, lines: Lines) -> None:
        """Print what shall be printed of them."""
        ...

    def finish(self) -> None:
        """Say what is to be said at the end."""
        ...


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the job, the run, and what to print."""
    parser.add_argument("job", metavar="JOB", help=JOB_HELP)
    parser.add_argument("--run", metavar="ID", help="the log of this run; by default of the newest")
    parser.add_argument("--follow", action="store_true", help="go on until the run ends")
    parser.add_argument("--errors", action="store_true", help="only the errors, with some lines around each")
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
        printer: Printer = _ErrorPrinter() if args.errors else _WholePrinter()
        async with while_read():
            async for lines in read_lines(session.engine, key, is_followed=args.follow):
                printer.take(lines)
                sys.stdout.flush()
        printer.finish()
        return session.exit_code_for(job.connection)


class _WholePrinter:
    """Prints every line."""

    def __init__(self) -> None:
        self._is_terminal = is_terminal()

    def take(self, lines: Lines) -> None:
        if lines.texts:
            print("\n".join(map(self._closed, lines.texts)))

    def finish(self) -> None:
        pass

    def _closed(self, line: str) -> str:
        """The line with its colours ended, so that they don't run into what follows."""
        return f"{line}{_RESET}" if self._is_terminal and _COLOUR in line else line


class _ErrorPrinter:
    """Prints the lines that tell of an error, with those around them."""

    def __init__(self) -> None:
        self._before: deque[tuple[int, str]] = deque(maxlen=_BEFORE)
        self._left = 0
        self._printed = 0

    def take(self, lines: Lines) -> None:
        for number, text in enumerate(lines.texts, lines.first):
            line = plain_text(text, limit=len(text))
            if ERROR_LINE.search(line):
                self._begin(number)
                self._print(number, line, mark=">")
                self._left = _AFTER
            elif self._left:
                self._left -= 1
                self._print(number, line)
            else:
                self._before.append((number, line))

    def finish(self) -> None:
        if not self._printed:
            warn("no line of the log tells of an error")

    def _begin(self, number: int) -> None:
        first = self._before[0][0] if self._before else number
        if self._printed and first > self._printed + 1:
            print("--")
        for earlier in self._before:
            self._print(*earlier)
        self._before.clear()

    def _print(self, number: int, line: str, mark: str = " ") -> None:
        print(f"{mark} {number:>6}  {line}")
        self._printed = number
