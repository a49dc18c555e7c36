"""Which lines of a log fit a search: how many in the background, and the nearest ones at once.

What is known is a count for each block of the file; which lines they are is found in a block when it is
asked for. A line fits when Python's `re` says so of its text as `LogDocument.plain` tells it, whatever
program helped to find it. One exception: that a very long line is cut is not searched for.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from contextlib import aclosing
from typing import TYPE_CHECKING

from tui.logs.block_counts import BlockCounts
from tui.logs.index import BLOCK
from tui.logs.matching import BlockSearch, LineTest
from tui.logs.patterns import Search
from tui.logs.scanning import ScanChild, job_for
from tui.logs.walking import StillSearching

if TYPE_CHECKING:
    import re
    from array import array
    from collections.abc import Callable

    from tui.logs.document import LogDocument

LARGE = 4 << 20
"""Bytes from which looking is left to another process, which takes some hundredths of a second to start."""

_NEAR_S = 0.1
"""Seconds ahead of the background search that are rather waited for than searched on their own."""

_USUAL_PACE = 1 << 30
"""Bytes a second that are searched in the background, before it is known."""

_TELL_EVERY = 0.1
"""Seconds between two reports of progress."""

_PATIENCE = 0.004
"""Seconds that may be spent on blocks that nobody has searched yet, before that is told."""

_KEPT = 64
"""Blocks whose lines are remembered: each as many numbers as it has lines that fit."""


class LineHits:
    """The lines of a document that fit a search.

    Nothing is counted before `run`; `find` works without it, and looks no further than it has to.
    """

    def __init__(
        self,
        document: LogDocument,
        sought: Search | re.Pattern[str] | LineTest,
        *,
        on_progress: Callable[[], object] | None = None,
        block: int = BLOCK,
        large: int = LARGE,
    ) -> None:
        """Know nothing yet.

        Args:
            document: The log.
            sought: What its lines have to fit.
            on_progress: Called now and then when more is known.
            block: Bytes of a block.
            large: Bytes from which another process looks.
        """
        self._file = document.file
        self._index = document.index
        self._test = _test_of(sought)
        self._on_progress = on_progress
        self._block = block
        self._large = large
        self._search = BlockSearch(self._test, block)
        self._counts = BlockCounts(self._file, block)
        self._starts: OrderedDict[int, array[int]] = OrderedDict()
        self._children: set[ScanChild] = set()
        self._frontier: int | None = None
        self._pace: float = _USUAL_PACE
        self._is_running = self._is_over = self._is_alone = False
        self._news = asyncio.Event()
        self._told = 0.0

    @property
    def count(self) -> int:
        """How many lines fit, as far as it is known."""
        self._catch_up()
        return self._counts.count

    @property
    def is_complete(self) -> bool:
        """Whether all of the log was searched."""
        self._catch_up()
        return self._counts.is_complete

    @property
    def progress(self) -> float:
        """The share of the log that was searched, from 0 to 1."""
        self._catch_up()
        return self._counts.known / len(self._counts) if len(self._counts) else 1.0

    async def run(self, start: int = 0) -> None:
        """Search all that has not been searched, from a line on to the end and then from the beginning.

        Call it again when the log has grown; it goes on by itself with what grows while it runs.
        """
        if self._is_running:
            return
        self._is_running = True
        try:
            while not self._is_over:
                self._catch_up()
                runs = self._counts.unknown(start // self._block)
                if not runs:
                    break
                await self._search_runs(runs)
        finally:
            self._is_running, self._frontier = False, None
            self._tell(is_last=True)

    async def find(self, start: int, step: int = 1, *, is_inclusive: bool = False) -> int | None:
        """The nearest line that fits, waiting only for as much of the search as that takes.

        Args:
            start: The line from which on; any offset does.
            step: 1 for lines after it, -1 for lines before it.
            is_inclusive: Whether the line itself counts.

        Returns:
            Its offset; None when there is none up to that end of the log, or the log was written anew
            meanwhile, or the search was stopped.
        """
        self._catch_up()
        generation = self._counts.generation
        while not self._is_over:
            try:
                return self.nearest(start, step, is_inclusive=is_inclusive)
            except StillSearching:
                # Keys first: starting a process takes some more milliseconds.
                await asyncio.sleep(0)
                await self._look(start, step)
            self._catch_up()
            if self._counts.generation != generation:
                return None
        return None

    def nearest(self, start: int, step: int = 1, *, is_inclusive: bool = False) -> int | None:
        """The same at once.

        Raises:
            StillSearching: It would take too long to find out now.
        """
        self._catch_up()
        deadline = time.perf_counter() + _PATIENCE
        at = self._counts.next_busy(min(start // self._block, len(self._counts) - 1), step)
        is_first = True
        while at is not None:
            if self._counts[at] is None and not is_first and time.perf_counter() > deadline:
                raise StillSearching
            is_first = False
            starts = self._starts_of(at)
            if step > 0:
                index = (bisect_left if is_inclusive else bisect_right)(starts, start)
            else:
                index = (bisect_right if is_inclusive else bisect_left)(starts, start) - 1
            if 0 <= index < len(starts):
                return starts[index]
            at = self._counts.next_busy(at + step, step)
        return None

    def number(self, start: int) -> int | None:
        """How many lines fit before a line; None where that is not known yet."""
        self._catch_up()
        number = start // self._block
        before = self._counts.before(number)
        if before is None or number >= len(self._counts):
            return before
        return before + bisect_left(self._starts_of(number), start)

    async def stop(self) -> None:
        """End what goes on in the background, for good."""
        self._is_over = True
        self._wake()
        await asyncio.gather(*(child.stop() for child in tuple(self._children)))

    def _catch_up(self) -> None:
        changed = self._counts.catch_up()
        if changed is not None:
            for number in [number for number in self._starts if number >= changed]:
                del self._starts[number]

    def _read(self, size: int) -> Callable[[int, int], bytes]:
        return lambda offset, length: self._file.read(offset, max(0, min(length, size - offset)))

    def _starts_of(self, number: int) -> array[int]:
        """The lines of a block that fit; those that were asked for last are kept."""
        known = self._starts.get(number)
        if known is None:
            known = self._search.starts(self._read(self._counts.size), number)
            self._keep(number, known)
        self._starts.move_to_end(number)
        return known

    def _keep(self, number: int, starts: array[int]) -> None:
        self._starts[number] = starts
        if len(self._starts) > _KEPT:
            self._starts.popitem(last=False)
        self._counts.accept(number, [len(starts)], self._counts.size)

    async def _search_runs(self, runs: list[tuple[int, int]]) -> None:
        if sum(end - first for first, end in runs) * self._block < self._large or self._is_alone:
            self._frontier = runs[0][0]
            await self._search_here(self._frontier)
            self._tell()
            return
        known = self._counts.known
        await self._search_there([(first, end, 1) for first, end in runs], is_first_only=False)
        # A process that fails is not tried again for this search.
        self._is_alone = self._counts.known <= known

    async def _look(self, start: int, step: int) -> None:
        """Find out more about the unknown blocks that are nearest to a line."""
        at = self._counts.next_unknown(start // self._block, step)
        if at is None:
            return
        ahead = None if self._frontier is None or step < 0 else at - self._frontier
        if ahead is not None and 0 <= ahead * self._block <= self._pace * _NEAR_S:
            await self._news.wait()
            return
        first, end = self._counts.unknown_around(at)
        first, end = (at, end) if step > 0 else (first, at + 1)
        if (end - first) * self._block < self._large or self._is_alone:
            await self._search_here(at)
            return
        known = self._counts.known
        await self._search_there([(first, end, step)], is_first_only=True)
        self._is_alone = self._counts.known <= known

    async def _search_here(self, number: int) -> None:
        """Search a block piece by piece, giving others their turn all the time."""
        generation, size = self._counts.generation, self._counts.size
        count = 0
        for base, body in self._search.pieces(self._read(size), number):
            count += len(self._search.starts_in(base, body))
            await asyncio.sleep(0)
            if self._file.generation != generation or self._is_over:
                return
        self._counts.accept(number, [count], size)

    async def _search_there(self, ranges: list[tuple[int, int, int]], *, is_first_only: bool) -> None:
        """Let another process search."""
        generation, size = self._counts.generation, self._counts.size
        job = job_for(
            *(self._test, self._file.descriptor, self._file.path, size, self._block, ranges),
            is_first_only=is_first_only,
            index=self._index if self._index.block == self._block else None,
        )
        child = ScanChild(job)
        self._children.add(child)
        began, looked_at = time.monotonic(), 0
        if not is_first_only:
            self._frontier = ranges[0][0]
        try:
            async with aclosing(child.run()) as reports:
                async for first, counts in reports:
                    if self._file.generation != generation or self._is_over:
                        return
                    self._counts.accept(first, counts, size)
                    if not is_first_only:
                        self._frontier = first + len(counts)
                        looked_at += len(counts) * self._block
                        self._pace = looked_at / max(_PATIENCE, time.monotonic() - began)
                    self._tell()
        finally:
            # One that was not waited for to its end, being cancelled, is waited for by `stop`.
            await child.stop()
            self._children.discard(child)

    def _tell(self, *, is_last: bool = False) -> None:
        self._wake()
        now = time.monotonic()
        if (
            self._on_progress is not None
            and not self._is_over
            and (is_last or now >= self._told + _TELL_EVERY)
        ):
            self._told = now
            self._on_progress()

    def _wake(self) -> None:
        """Let those go on who wait for the background search."""
        self._news.set()
        self._news = asyncio.Event()


def _test_of(sought: Search | re.Pattern[str] | LineTest) -> LineTest:
    if isinstance(sought, LineTest):
        return sought
    pattern = sought.pattern if isinstance(sought, Search) else sought
    return LineTest(((pattern, False),))
