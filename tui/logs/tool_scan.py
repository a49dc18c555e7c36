"""Block after block of a file that another program searches: which lines of each are to be asked about.

Imports next to nothing, for it must start at once.
"""

from __future__ import annotations

import mmap
import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.logs.scanning import Job
    from tui.logs.tool_run import ToolRun

_CHUNK = 1 << 17
"""Bytes that are looked at in one go for what the program can't know: they stay in the processor's cache."""

_PROBE = 1 << 14
"""Bytes of these when it is only about how long lines are."""

_CHUNKS_AT_ONCE = 64
LONGEST = 1 << 20
"""Bytes from which a line is not left to such a program, which would hold all of it in memory."""

_AHEAD = 8 * LONGEST
"""Bytes that it may have read without telling what is in them: more than twice the longest line."""

_IDLE = 0.002
"""Seconds to wait for the program."""

_WINDOW = 256
_MOST_IN_WINDOW = 80 * _WINDOW
"""Lines to be asked about in so many blocks from which looking at all lines is faster."""

_WHOLE_BLOCK = 80
"""What a block counts of which all lines are to be looked at."""


class Tool:
    """A program and what it can't know."""

    def __init__(self, arguments: list[bytes], *, minds_colours: bool, minds_hidden: bool) -> None:
        """Describe it.

        Args:
            arguments: The program and its arguments.
            minds_colours: Whether it may miss lines with escape sequences.
            minds_hidden: Whether it may miss lines that are not ASCII.
        """
        self.arguments = arguments
        """The program and its arguments."""
        self.minds_colours = minds_colours
        """Whether it may miss lines with escape sequences."""
        self.minds_hidden = minds_hidden
        """Whether it may miss lines that are not ASCII."""


class ToolScan:
    """One run of a tool over some blocks."""

    def __init__(self, tool: Tool, run: ToolRun, job: Job) -> None:
        """Watch a run.

        Args:
            tool: What runs.
            run: Its run.
            job: What it is for.
        """
        self._tool = tool
        self._run = run
        self._descriptor = job["descriptor"]
        # Whole pages: copying a file's pages to 16 bytes after the start of one, where the memory of a large
        # bytearray begins, takes some processors five times as long.
        self._pages = mmap.mmap(-1, _CHUNK)
        self._view = memoryview(self._pages)
        self._size = job["size"]
        self._block = job["block"]
        self._offsets: list[int] = []
        self._taken = 0
        self._checked = self._limit = self._line = 0
        self._surveyed = job["surveyed"]
        minds = tool.minds_colours or tool.minds_hidden
        self._unsure = set(job["marked"] if minds else ())
        self.is_hopeless = False
        """Whether a line was met that is too long for such programs."""

    def blocks(self, first: int, end: int) -> Iterator[tuple[int, list[int] | None]]:
        """Each block in its order, with the lines that are to be asked about; None for all of its lines.

        Ends early when the tool fails, or finds so much that it is of no use.
        """
        self._limit = min(self._size, end * self._block + _AHEAD + LONGEST)
        surveyed = min(self._surveyed * self._block, self._limit)
        if surveyed < self._limit:
            # Back to where the line that lies across the border began.
            surveyed -= 2 * LONGEST
        self._checked = self._line = max(first * self._block, surveyed)
        begun = self._begun(first * self._block)
        at, spent = first, 0
        while at < end:
            position = self._run.position()
            found, is_drained = self._run.drain()
            self._offsets += found[found[:1] == [begun] :]
            is_busy = self._check() or bool(found)
            if self.is_hopeless or self._run.has_failed:
                return
            told = min(end, self._told(position if is_drained else 0))
            while at < told:
                offsets = self._offsets_before((at + 1) * self._block)
                is_sure = at not in self._unsure
                spent += len(offsets) if is_sure else _WHOLE_BLOCK
                if spent > _MOST_IN_WINDOW:
                    return
                yield at, offsets if is_sure else None
                at += 1
                spent = 0 if at % _WINDOW == 0 else spent
            if not is_busy:
                time.sleep(_IDLE)

    def _begun(self, offset: int) -> int | None:
        """The offset, if it lies within a line: the tool takes it for the start of one."""
        is_within = offset and os.pread(self._descriptor, 1, offset - 1) != b"\n"
        return offset if is_within else None

    def _told(self, position: int) -> int:
        """The block before which everything is known."""
        if self._run.is_ended:
            told = self._limit
        else:
            told = min(position, self._checked) - _AHEAD
            if self._offsets:
                # They come in order.
                told = max(told, self._offsets[-1])
        if self._checked < self._limit:
            told = min(told, self._checked - 2 * LONGEST)
        return -(-told // self._block) if told >= self._size else told // self._block

    def _offsets_before(self, offset: int) -> list[int]:
        first = at = self._taken
        # The file may have grown since it was said how large it is.
        offset = min(offset, self._size)
        while at < len(self._offsets) and self._offsets[at] < offset:
            at += 1
        found = self._offsets[first:at]
        self._taken = at
        if at > _MOST_IN_WINDOW:
            del self._offsets[:at]
            self._taken = 0
        return found

    def _check(self) -> bool:
        """Look at some bytes for what the tool can't know. Tells whether there were any left."""
        is_all = self._tool.minds_colours or self._tool.minds_hidden
        for _ in range(_CHUNKS_AT_ONCE):
            length = min(_CHUNK, self._limit - self._checked)
            if length <= 0:
                return False
            read = self._read(length if is_all else min(length, _PROBE))
            end = self._pages.rfind(b"\n", 0, read)
            if end < 0 and not is_all:
                end = self._pages.rfind(b"\n", 0, self._read(length))
            if is_all and (self._tool.minds_hidden or self._pages.find(b"\x1b", 0, read) >= 0):
                self._mark(bytes(self._view[:read]))
            if end >= 0:
                self._line = self._checked + end + 1
            self._checked += length
            if self._checked - self._line > LONGEST:
                self.is_hopeless = True
                break
        return True

    def _read(self, length: int) -> int:
        """Read the next bytes, and tell how many there were."""
        # A file that was cut meanwhile is nobody's concern here: all of it is searched anew.
        return os.preadv(self._descriptor, [self._view[:length]], self._checked)

    def _mark(self, chunk: bytes) -> None:
        """Note the blocks with lines that the tool may have missed."""
        if b"\x1b" not in chunk and chunk.isascii():
            return
        for start in range(0, len(chunk), self._block):
            piece = chunk[start : start + self._block]
            if b"\x1b" in piece or (self._tool.minds_hidden and not piece.isascii()):
                # The line may have begun before.
                before = chunk.rfind(b"\n", 0, start)
                first = self._line if before < 0 else self._checked + before + 1
                last = self._checked + start + len(piece) - 1
                self._unsure.update(range(first // self._block, last // self._block + 1))
