"""Running a command's work so that Ctrl-C, SIGTERM and SIGHUP end it in order."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tui.cli.exit_codes import SIGNALLED

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from types import FrameType

    Handler = Callable[[int, FrameType | None], Any]

_ENDING = (signal.SIGTERM, signal.SIGHUP)


def run(work: Coroutine[Any, Any, int]) -> int:
    """Run the work on an event loop of its own.

    Args:
        work: A command's work, which returns the exit code.

    Returns:
        Its exit code, or that of the signal which ended it.

    Raises:
        KeyboardInterrupt: Ctrl-C ended it.
    """
    # Every line on stderr is meant for the user; what libraries log is for developers.
    if not sys.flags.dev_mode and not logging.getLogger().handlers:
        logging.getLogger().addHandler(logging.NullHandler())
    return asyncio.run(_endable(work))


async def _endable(work: Coroutine[Any, Any, int]) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    caught: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        if caught:
            raise SystemExit(SIGNALLED + number)
        caught.append(number)
        # A plain signal handler also runs while a write to a full pipe blocks; the loop's own would not.
        loop.call_soon_threadsafe(task.cancel)

    with _handled(end):
        try:
            return await task
        except asyncio.CancelledError:
            if not caught:
                raise
            return SIGNALLED + caught[0]


@contextmanager
def _handled(handler: Handler) -> Iterator[None]:
    """Let the handler take the signals that nobody ignores, as `nohup` does with SIGHUP."""
    before = {number: signal.getsignal(number) for number in _ENDING}
    taken = [number for number, old in before.items() if old is not signal.SIG_IGN]
    for number in taken:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, before[number])
