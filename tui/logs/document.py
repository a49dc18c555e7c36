"""A log as lines that are named by the offset of their first byte: any size, of which little is in memory."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from tui.logs.hiding import hidden, hidden_between
from tui.logs.index import BLOCK, LineIndex
from tui.logs.lines import bytes_of_line, shown_line, without_colours

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.redaction import Redactor
    from tui.logs.source import LogFile

_BLOCKS_KEPT = 12
"""Blocks that are kept: three megabytes, enough for a few screens here and there."""

_TEXTS_KEPT = 400
"""Lines that are kept as text: some screens full."""

_LONG = 2_000
"""Characters from which a line is not kept as text, but made anew."""


class LogDocument:
    """Goes from line to line of a file without knowing all of them.

    A line is named by its start, the offset of its first byte. The last line may have no end yet, and grow.
    """

    def __init__(self, file: LogFile, block: int = BLOCK, *, redactor: Redactor | None = None) -> None:
        """Show a file.

        Args:
            file: The log.
            block: Bytes that are read at once.
            redactor: Knows the secrets that no line may show; searches go through the file as it is.
        """
        self.file = file
        """Where the bytes come from."""
        self.index = LineIndex(file, block)
        """How many lines there are, as far as they have been counted."""
        self.redactor = redactor
        """Knows the secrets that no line may show; None where nothing is hidden."""
        self._block = block
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._texts: OrderedDict[int, str] = OrderedDict()
        self._generation = file.generation

    @property
    def size(self) -> int:
        """Bytes of the log."""
        return max(0, self.file.size)

    @property
    def generation(self) -> int:
        """Grows when the log was written anew: no offset counts any more."""
        return self.file.generation

    @property
    def is_indexed(self) -> bool:
        """Whether all lines have been counted."""
        return self.index.is_complete

    @property
    def lines(self) -> int:
        """How many lines there are, as far as they have been counted; the last one may have no end yet."""
        ends = self.index.ends
        if not self.index.is_complete or not self.size:
            return ends
        return ends if self.file.read(self.size - 1, 1) == b"\n" else ends + 1

    @property
    def first(self) -> int | None:
        """The first line; None when there is none."""
        return 0 if self.size else None

    @property
    def last(self) -> int | None:
        """The last line; None when there is none."""
        return self.start_of(self.size - 1) if self.size else None

    def refresh(self) -> bool:
        """Look whether the file has changed. Tells whether it has."""
        before = self.file.size
        is_new = self.file.refresh()
        if self.file.generation != self._generation:
            # Also when somebody else looked at the file before.
            self._generation = self.file.generation
            self._blocks.clear()
            self._texts.clear()
            self.index.begin_anew_if_needed()
            return True
        if not is_new:
            return False
        # The block and the line at the old end have grown.
        self._blocks.pop(before // self._block, None)
        self._blocks.pop(max(0, before - 1) // self._block, None)
        if self._texts:
            newest = max(self._texts)
            while self._texts and self.end(newest) >= before:
                self._texts.pop(newest)
                newest = max(self._texts, default=0)
        return True

    def end(self, start: int) -> int:
        """The offset after a line and its end."""
        offset = start
        while offset < self.size:
            block = offset // self._block
            if not self.index.has_no_end(block):
                found = self._bytes(block).find(b"\n", offset % self._block)
                if found >= 0:
                    return block * self._block + found + 1
            offset = (block + 1) * self._block
        return self.size

    def after(self, start: int) -> int | None:
        """The next line; None after the last one."""
        end = self.end(start)
        return end if end < self.size else None

    def before(self, start: int) -> int | None:
        """The line before; None before the first one."""
        return self.start_of(start - 1) if start > 0 else None

    def start_of(self, offset: int) -> int:
        """The start of the line that a byte belongs to."""
        offset = max(0, min(offset, self.size - 1))
        while offset > 0:
            block, inside = divmod(offset - 1, self._block)
            if not self.index.has_no_end(block):
                found = self._bytes(block).rfind(b"\n", 0, inside + 1)
                if found >= 0:
                    return block * self._block + found + 1
            offset = block * self._block
        return 0

    def text(self, start: int) -> str:
        """A line as it is shown: scrubbed, of bounded length, with its colours and without known secrets."""
        known = self._texts.get(start)
        if known is not None:
            self._texts.move_to_end(start)
            return known
        end = self.end(start)
        raw, is_cut = bytes_of_line(self._read, start, end)
        # Before a long line is cut, for a secret may lie there; and after it, for what colours tore apart.
        text = shown_line(raw, is_cut=is_cut, hide=lambda text: hidden(text, self.redactor))
        text = hidden_between(text, self._read, start, end, self.redactor)
        if len(text) <= _LONG:
            self._texts[start] = text
            if len(self._texts) > _TEXTS_KEPT:
                self._texts.popitem(last=False)
        return text

    def plain(self, start: int) -> str:
        """A line as it is shown, without colours."""
        return without_colours(self.text(start))

    def number(self, start: int) -> int | None:
        """The number of a line, counted from 0; None where lines have not been counted yet."""
        return self.index.number_of(start)

    def place(self, number: int) -> int | None:
        """The line of a number, the last one for a greater one; None where lines are not counted yet."""
        found = self.index.place_of(number)
        if found is None:
            return self.last if self.index.is_complete else None
        return found if found < self.size else self.last

    async def count_lines(self, tell: Callable[[], object] | None = None) -> None:
        """Count the lines that have not been counted yet, in the background.

        Args:
            tell: Called when more are counted.
        """
        await self.index.run(tell)

    async def aclose(self) -> None:
        """End what goes on in the background, and let go of the file."""
        await self.index.stop()
        self.file.close()

    def _read(self, offset: int, length: int) -> bytes:
        block, inside = divmod(offset, self._block)
        if inside + length <= self._block:
            return self._bytes(block)[inside : inside + length]
        return self.file.read(offset, length)

    def _bytes(self, block: int) -> bytes:
        """A block of the file; those that were read last are kept."""
        known = self._blocks.get(block)
        if known is not None:
            self._blocks.move_to_end(block)
            return known
        first = block * self._block
        # No more than is known of: what came since would be taken for the whole line.
        content = self.file.read(first, min(self._block, self.size - first))
        self._blocks[block] = content
        if len(self._blocks) > _BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        return content
