"""A program that counts the lines of a file that fit a search, block by block, for the process that shows it.

Reads the `Job` of `scanning.py` as marshal writes it from its standard input. Writes for
each run of blocks the number of the first one and how many there are as unsigned long longs of the machine,
and a count for each as an unsigned int.

It lets ripgrep or grep look for lines that may fit, and asks Python's `re` about these only. It imports next
to nothing before they have been started, and the rest only when a line has been found.
"""

from __future__ import annotations

import marshal
import os
import sys
import time
from array import array

from tui.logs.tool_run import NoTool, ToolRun
from tui.logs.tool_scan import Tool, ToolScan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tui.logs.matching import BlockSearch
    from tui.logs.scanning import Job

_NICE = 5
"""The screen's own process goes first where cores are few, and yet somebody waits for what is found."""

_TELL_EVERY = 0.05
"""Seconds between two reports."""

_FIRST_SEGMENT, _LARGEST_SEGMENT = 1 << 22, 1 << 26
"""Bytes that are looked at before it is told of them when going backwards, at first and later."""


class _Over(Exception):
    """Enough was found."""


class Scan:
    """Goes through some runs of blocks."""

    def __init__(self, job: Job, worth_a_tool: int = 1 << 22, output: int = 1) -> None:
        """Make ready.

        Args:
            job: What is to be done.
            worth_a_tool: Bytes from which a tool is faster than Python alone.
            output: The open file that is reported to.
        """
        self._output = output
        self._job = job
        self._worth = worth_a_tool
        self._tools = [
            Tool(arguments, minds_colours=minds_colours, minds_hidden=minds_hidden)
            for arguments, minds_colours, minds_hidden in job["tools"]
        ]
        self._search: BlockSearch | None = None
        self._counts = array("I")
        self._first = 0
        self._told = time.monotonic()
        self._has_hit = False
        self._parent = os.getppid()

    def run(self) -> None:
        """Do it all."""
        try:
            for first, end, step in self._job["ranges"]:
                (self._forward if step > 0 else self._backward)(first, end)
        except _Over:
            pass
        self._tell()

    def _backward(self, first: int, end: int) -> None:
        """Segment after segment, each of them forwards; ends after one with a line that fits."""
        segment = max(1, _FIRST_SEGMENT // self._job["block"])
        while end > first:
            start = max(first, end - segment)
            self._forward(start, end, is_ended_by_hit=False)
            if self._job["is_first_only"] and self._has_hit:
                raise _Over
            end, segment = start, min(2 * segment, max(1, _LARGEST_SEGMENT // self._job["block"]))

    def _forward(self, first: int, end: int, *, is_ended_by_hit: bool = True) -> None:
        is_ended_by_hit = is_ended_by_hit and self._job["is_first_only"]
        at = first
        while at < end and self._tools and (end - at) * self._job["block"] >= self._worth:
            at = self._with_tool(self._tools[0], at, end, is_ended_by_hit=is_ended_by_hit)
            if at < end and self._tools:
                del self._tools[0]
        for number in range(at, end):
            self._found(number, self._count(number, None), is_ended_by_hit=is_ended_by_hit)

    def _with_tool(self, tool: Tool, first: int, end: int, *, is_ended_by_hit: bool) -> int:
        """Let a tool look as far as it can. Tells the block from which on it couldn't."""
        job = self._job
        at = first
        try:
            run = ToolRun(tool.arguments, job["descriptor"], job["path"], first * job["block"])
        except NoTool:
            return at
        try:
            scan = ToolScan(tool, run, job)
            for number, offsets in scan.blocks(first, end):
                self._found(number, self._count(number, offsets), is_ended_by_hit=is_ended_by_hit)
                at = number + 1
            if scan.is_hopeless:
                self._tools.clear()
        finally:
            run.stop()
        return at

    def _count(self, number: int, offsets: list[int] | None) -> int:
        if offsets is not None and not offsets:
            return 0
        if self._search is None:
            self._search = _made(self._job)
        if offsets is None:
            return self._search.count(self._read, number)
        return self._search.confirmed(self._read, offsets)

    def _found(self, number: int, count: int, *, is_ended_by_hit: bool) -> None:
        if number != self._first + len(self._counts):
            self._tell()
            self._first = number
        self._counts.append(count)
        self._has_hit = self._has_hit or count > 0
        if count and is_ended_by_hit:
            raise _Over
        if time.monotonic() - self._told >= _TELL_EVERY:
            self._tell()

    def _tell(self) -> None:
        if os.getppid() != self._parent:
            # Nobody is interested any more.
            raise SystemExit(1)
        self._told = time.monotonic()
        if self._counts:
            head = array("Q", (self._first, len(self._counts)))
            left = memoryview(head.tobytes() + self._counts.tobytes())
            while left:
                left = left[os.write(self._output, left) :]
            self._first += len(self._counts)
            del self._counts[:]

    def _read(self, offset: int, length: int) -> bytes:
        length = min(length, self._job["size"] - offset)
        return os.pread(self._job["descriptor"], length, offset) if length > 0 else b""


def _made(job: Job) -> BlockSearch:
    import re
    import warnings

    from tui.logs.matching import BlockSearch, LineTest

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts = tuple((re.compile(text, flags), is_inverse) for text, flags, is_inverse in job["parts"])
    return BlockSearch(LineTest(parts), job["block"])


def main() -> None:
    """Do the job."""
    os.nice(_NICE)
    job: Job = marshal.loads(sys.stdin.buffer.read())  # noqa: S302 - written by our own parent
    try:
        Scan(job).run()
    except BrokenPipeError:
        raise SystemExit(1) from None
