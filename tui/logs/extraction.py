"""Handing out any number of lines without holding them: in a thread, a slice at a time, while keys work."""

from __future__ import annotations

import asyncio
import os
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, TypeVar

from tui.logs.extract import LogChanged, Masking, ShownSpans, texts
from tui.logs.walking import StillSearching

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator

    from tui.logs.document import LogDocument
    from tui.logs.walking import Walk

_SLICE = 1 << 19
"""Characters that are made at once: some milliseconds, after which the rest of the program gets its turn."""

_LINES_AT_ONCE = 500
"""Shown lines that are looked for at once on the event loop."""

_SEARCHED_EVERY_S = 0.05

P = ParamSpec("P")
T = TypeVar("T")


class Stretch(NamedTuple):
    """Which lines are meant."""

    start: int
    """The first line."""
    end: int
    """The offset after the last one."""
    walk: Walk | None = None
    """Tells which of them; None means all."""


class Extraction:
    """Some lines of a log on their way out."""

    def __init__(
        self,
        document: LogDocument,
        stretch: Stretch,
        *,
        mask: Callable[[str], str] | None = None,
        keeps_colours: bool = False,
    ) -> None:
        """Nothing is read yet.

        Args:
            document: The log.
            stretch: Which lines.
            mask: Takes the secrets out of a text; called in a thread.
            keeps_colours: Whether colour sequences stay.
        """
        self._document = document
        self._stretch = stretch
        self._masking = Masking(mask)
        self._keeps_colours = keeps_colours
        self._generation = document.generation
        self._reached = stretch.start
        self.lines = 0
        """Lines that were handed out."""
        self.size = 0
        """Bytes that were handed out."""

    @property
    def has_masked(self) -> bool:
        """Whether secrets were taken out."""
        return self._masking.has_masked

    @property
    def progress(self) -> float:
        """The share that is done, from 0 to 1."""
        start, end, _ = self._stretch
        return min(1.0, (self._reached - start) / (end - start)) if end > start else 1.0

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """The text as UTF-8, a block at a time; to be closed when it is left early.

        Raises:
            LogChanged: The log was cut, written anew or closed meanwhile.
            OSError: It can't be read.
        """
        with self._borrowed() as read:
            async for spans in self._batches():
                # Bound by now, for the next batch comes when this one is used up.
                made = chain.from_iterable(
                    texts(read, first, last, keeps_colours=self._keeps_colours) for first, last in spans
                )
                is_over = False
                while not is_over:
                    block, is_over = await in_thread(self._slice, made)
                    self._ensure_unchanged()
                    if block:
                        yield self._counted(block)
            if rest := self._masking.rest().encode("utf-8", "replace"):
                yield self._counted(rest)

    async def _batches(self) -> AsyncIterator[list[tuple[int, int]]]:
        start, end, walk = self._stretch
        if walk is None:
            yield [(start, end)]
            return
        spans = ShownSpans(self._document, walk, start, end)
        while not spans.is_over:
            self._ensure_unchanged()
            try:
                found = spans.take(_LINES_AT_ONCE)
            except StillSearching:
                await asyncio.sleep(_SEARCHED_EVERY_S)
                continue
            yield found
            await asyncio.sleep(0)

    def _slice(self, made: Iterator[str]) -> tuple[bytes, bool]:
        """The next pieces, and whether there are no more."""
        taken, size = [], 0
        # Masked one by one: a search through much text at once would keep all others waiting.
        for text in made:
            taken.append(self._masking.feed(text))
            size += len(text)
            if size >= _SLICE:
                return "".join(taken).encode("utf-8", "replace"), False
        return "".join(taken).encode("utf-8", "replace"), True

    def _counted(self, block: bytes) -> bytes:
        self.lines += block.count(b"\n")
        self.size += len(block)
        return block

    def _ensure_unchanged(self) -> None:
        if self._document.generation != self._generation:
            raise LogChanged("the log was written anew while it was read")
        if self._stretch.walk is not None and self._document.file.descriptor < 0:
            raise LogChanged("the log was closed before all of it was read")

    @contextmanager
    def _borrowed(self) -> Iterator[Callable[[int, int], bytes]]:
        """What reads the file through a descriptor of our own: the log may be closed meanwhile."""
        descriptor = os.dup(self._document.file.descriptor)

        def read(offset: int, length: int) -> bytes:
            self._reached = offset
            return os.pread(descriptor, length, offset)

        try:
            yield read
        finally:
            os.close(descriptor)


async def in_thread(work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Do a short piece of work in a thread; one that is cancelled waits for its end, to tear nothing down."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *args, **options))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.gather(running, return_exceptions=True)
        raise
