"""Leaving when nobody reads what is printed any more: a quiet log would be followed for ever else."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def while_read() -> AsyncIterator[None]:
    """Run the block until it ends, or until the reader of stdout has gone.

    Raises:
        BrokenPipeError: It has gone.
    """
    pipe = _pipe()
    if pipe is None:
        yield
        return
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    is_gone = False

    def leave() -> None:
        nonlocal is_gone
        is_gone = True
        loop.remove_reader(pipe)
        if task is not None:
            task.cancel()

    # The writing end of a pipe has never anything to read: what wakes us is that its reading end is closed.
    loop.add_reader(pipe, leave)
    try:
        yield
    except asyncio.CancelledError:
        if is_gone:
            raise BrokenPipeError from None
        raise
    finally:
        loop.remove_reader(pipe)


def _pipe() -> int | None:
    """The descriptor of stdout where that is a pipe."""
    try:
        output = sys.stdout.fileno()
        return output if stat.S_ISFIFO(os.fstat(output).st_mode) else None
    except (OSError, ValueError):
        return None
