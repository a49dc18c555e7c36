"""Counting line ends in other processes, so that the screen's own is free for keys."""

from __future__ import annotations

import asyncio
import sys
from array import array
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tui.logs.surroundings import few_variables

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncGenerator

_PROGRAM = Path(__file__).with_name("count_child.py")
_PIECE = 64
"""Blocks that are told of at once."""

_AT_ONCE = 2
"""Processes: more read no faster from the page cache of a small machine."""


class CountChildren:
    """Some processes that take turns over the blocks of a file."""

    def __init__(self, descriptor: int, first: int, end: int, block: int) -> None:
        """Nothing is started yet.

        Args:
            descriptor: The open file.
            first: The first block to count.
            end: The block after the last one.
            block: Bytes of a block.
        """
        self._descriptor = descriptor
        self._first, self._end = first, end
        self._block = block
        self._processes: list[Process] = []
        self._ending: asyncio.Task[None] | None = None
        self._is_reading = False
        self._is_ended = False
        self._is_done = False

    async def run(self) -> AsyncGenerator[array[int], None]:
        """Counts and marks of the blocks, piece by piece in their order; ends early when a process fails."""
        try:
            for number in range(_AT_ONCE):
                first = self._first + number * _PIECE
                if first < self._end and not self._is_ended:
                    process = await self._start(first)
                    # Not before: meanwhile these may have become others.
                    self._processes.append(process)
        except OSError:
            # There may be no room for more processes.
            return
        if self._is_ended:
            # Meanwhile: those that began since are still to be ended.
            await self.stop()
            return
        processes = tuple(self._processes)
        for number, start in enumerate(range(self._first, self._end, _PIECE)):
            blocks = min(_PIECE, self._end - start)
            counts = array("I")
            counts.frombytes(await self._read(processes[number % len(processes)], blocks * counts.itemsize))
            if len(counts) < blocks:
                return
            yield counts
        self._is_done = True

    async def stop(self) -> None:
        """End all processes and wait for them."""
        self._is_ended = True
        # Those that have told all end by themselves: one killed in that moment is taken for a stranger.
        for process in () if self._is_done else self._processes:
            with suppress(ProcessLookupError):
                process.kill()
        if self._ending is None or self._ending.done():
            # On its own: whoever stops them may be cancelled while they are waited for.
            self._ending = asyncio.create_task(self._wait())
        await asyncio.shield(self._ending)

    async def _wait(self) -> None:
        while self._processes:
            process = self._processes.pop()
            await process.wait()
            if process.stdout is not None and not self._is_reading:
                # To its end, or the pipe would be closed by chance later.
                await process.stdout.read()

    async def _read(self, process: Process, length: int) -> bytes:
        """So many bytes of what a process writes; none when it has failed or was ended."""
        if process.stdout is None:
            return b""
        self._is_reading = True
        try:
            return await process.stdout.readexactly(length)
        except asyncio.IncompleteReadError:
            return b""
        finally:
            self._is_reading = False

    async def _start(self, first: int) -> Process:
        numbers = (self._descriptor, first, self._end, self._block, _PIECE, _AT_ONCE)
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_PROGRAM), *map(str, numbers)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            pass_fds=[self._descriptor],
            env=few_variables(),
        )
