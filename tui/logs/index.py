"""Where the lines of a log are: how many end in each block of the file, counted in the background.

A few bytes a block are enough. Which line begins where is found inside its block when it is asked for, so
that a file of a gigabyte costs some kilobytes and a log can be shown before anything is counted.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from bisect import bisect_left
from contextlib import aclosing
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from tui.logs.count_child import MARKS_AT, marks_of
from tui.logs.counting import CountChildren
from tui.logs.lines import after_end

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.logs.source import LogFile

BLOCK = 1 << 18
"""Bytes of a block: small enough to be searched in a millisecond, large enough that few are needed."""

_SLICE = 4
"""Blocks that are counted at once on the event loop: half a millisecond."""

_LARGE = 8 << 20
"""Bytes from which counting is left to other processes, which cost some milliseconds to start."""

_COUNT = (1 << MARKS_AT) - 1
"""The bits of a count, where there are marks in the others."""

_TELL_EVERY_S = 0.1
"""Seconds between two reports of progress: whoever is told paints, and keys are to be painted first."""


_HAS_END = 4
"""The mark of a block in which a line ends, beside those that the child processes tell."""

_MOST_MARKED = 1_000
"""Blocks from which looking at the file again is no more trouble than telling of each."""


class Survey(NamedTuple):
    """What is known of the blocks of a file."""

    blocks: int
    """So many from the beginning on are known of, none of which has a very long line."""
    marked: list[int]
    """Those of them where lines with what was asked for begin."""


class LineIndex:
    """Counts the line ends of a file; knows a line's number and a number's line as far as it got."""

    def __init__(self, file: LogFile, block: int = BLOCK) -> None:
        """Begin with nothing counted.

        Args:
            file: The log.
            block: Bytes of a block.
        """
        self._file = file
        self.block = block
        """Bytes of a block."""
        self._counts = array("I")
        self._sums = array("Q", [0])
        self._marks = bytearray()
        self.covered = 0
        """Bytes from the beginning of the file in which line ends are counted."""
        self._generation = file.generation
        self._children: CountChildren | None = None
        self._is_alone = False
        self._is_running = False
        self._is_stopped = False
        self._told_at = 0.0

    @property
    def ends(self) -> int:
        """Line ends that were counted so far."""
        return self._sums[-1]

    @property
    def is_complete(self) -> bool:
        """Whether all of the file that is known of is counted."""
        return self.covered >= self._file.size and self._is_current

    @property
    def _is_current(self) -> bool:
        return self._generation == self._file.generation

    @property
    def progress(self) -> float:
        """The share of the file that is counted, from 0 to 1."""
        return min(1.0, self.covered / self._file.size) if self._file.size > 0 else 1.0

    def has_no_end(self, block: int) -> bool:
        """Whether it is known that no line ends in a block."""
        return self._is_current and block < len(self._counts) - 1 and not self._counts[block]

    def survey(self, marks: int, longest: int) -> Survey:
        """What is known of the blocks from the beginning on without looking at them again.

        Args:
            marks: Those that are asked for.
            longest: Bytes of the longest line: what is known ends before a longer one.
        """
        blocks = self.covered // self.block if self._is_current else 0
        known = bytes(self._marks[:blocks])
        ends = known.translate(_marked_by(_HAS_END))
        # Of a line that may be so long all blocks between its first and its last one have no end.
        found = ends.find(bytes(max(1, longest // self.block - 1)))
        blocks = blocks if found < 0 else found
        asked = known.translate(_marked_by(marks))
        marked: list[int] = []
        at = asked.find(1, 0, blocks)
        while at >= 0:
            # The line may have begun before.
            first = max(0, ends.rfind(1, 0, at))
            marked += range(max(first, marked[-1] + 1 if marked else 0), at + 1)
            if len(marked) > _MOST_MARKED:
                return Survey(at + 1, marked)
            at = asked.find(1, at + 1, blocks)
        return Survey(blocks, marked)

    def number_of(self, start: int) -> int | None:
        """How many lines end before an offset; None where that is not counted yet."""
        if start > self.covered or not self._is_current:
            return None
        block = start // self.block
        if block >= len(self._counts):
            return self.ends
        first = block * self.block
        return self._sums[block] + self._file.read(first, start - first).count(b"\n")

    def place_of(self, number: int) -> int | None:
        """The offset after the end of so many lines; None where that is not counted yet."""
        if number <= 0:
            return 0
        if number > self.ends or not self._is_current:
            return None
        block = bisect_left(self._sums, number) - 1
        first = block * self.block
        inside = after_end(self._file.read(first, self.block), number - self._sums[block])
        return first + inside if inside else None

    def begin_anew_if_needed(self) -> None:
        """Forget what was counted when the file was written anew; until then nothing is told of it."""
        if not self._is_current:
            self._generation = self._file.generation
            self._counts, self._sums, self._marks = array("I"), array("Q", [0]), bytearray()
            self.covered = 0
            self._is_alone = False

    def catch_up(self) -> bool:
        """Count the next few blocks. Tells whether that was all."""
        self.begin_anew_if_needed()
        for _ in range(_SLICE):
            if self.covered >= self._file.size:
                break
            end = min(self._file.size, (self.covered // self.block + 1) * self.block)
            text = self._file.read(self.covered, end - self.covered)
            if not text:
                break
            self._add(text.count(b"\n"), marks_of(text), len(text))
        return self.is_complete

    async def run(self, tell: Callable[[], object] | None = None) -> None:
        """Count all that is left, giving others their turn all the time; does nothing while it is under way.

        Args:
            tell: Called now and then when more has been counted, and when that is all.
        """
        if self._is_running:
            return
        self._is_running = True
        try:
            await self._run(tell or _nobody)
        finally:
            self._is_running = False

    async def stop(self) -> None:
        """End what counts in the background, for good."""
        self._is_stopped = True
        if self._children is not None:
            await self._children.stop()
            self._children = None

    async def _run(self, tell: Callable[[], object]) -> None:
        self.begin_anew_if_needed()
        while not (self.is_complete or self._is_stopped):
            is_large = self.covered % self.block == 0 and self._file.size - self.covered >= _LARGE
            if is_large and not self._is_alone:
                await self._run_children(tell)
            before = (self._generation, self.covered)
            self.catch_up()
            if before == (self._generation, self.covered):
                return
            self._tell(tell)
            await asyncio.sleep(0)

    async def _run_children(self, tell: Callable[[], object]) -> None:
        first, end = self.covered // self.block, self._file.size // self.block
        children = CountChildren(self._file.descriptor, first, end, self.block)
        self._children = children
        generation = self._generation
        try:
            async with aclosing(children.run()) as counted:
                async for counts in counted:
                    if self._file.generation != generation:
                        return
                    for count in counts:
                        self._add(count & _COUNT, count >> MARKS_AT, self.block)
                    self._tell(tell)
            # One that fails is not tried again for this file.
            self._is_alone = len(self._counts) < end
        finally:
            # Those that were not waited for to their end, being cancelled, are waited for by `stop`.
            await children.stop()
            self._children = None

    def _tell(self, tell: Callable[[], object]) -> None:
        now = time.monotonic()
        if self.is_complete or now >= self._told_at + _TELL_EVERY_S:
            self._told_at = now
            tell()

    def _add(self, ends: int, marks: int, length: int) -> None:
        if self.covered % self.block == 0:
            self._counts.append(ends)
            self._marks.append(0)
            self._sums.append(self.ends + ends)
        else:
            self._counts[-1] += ends
            self._sums[-1] += ends
        self._marks[-1] |= marks | (_HAS_END if ends else 0)
        self.covered += length


@cache
def _marked_by(marks: int) -> bytes:
    """Turns any of some marks into a one."""
    return bytes(1 if mark & marks else 0 for mark in range(256))


def _nobody() -> None:
    """Told of what nobody waits for."""
