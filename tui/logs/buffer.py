"""The lines of one log as they arrive, in bounded memory."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from tui.logs.scrub import scrub_line

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from tui.core.models import LogChunk

MOST_LINES = 200_000
"""Older lines are dropped beyond this: about 40 MB of ordinary log lines."""

LONGEST_LINE = 20_000
"""Characters of a line that are kept; the rest is cut and said to be."""


class LineBuffer:
    """Turns the bytes of a log into scrubbed lines: no escape but colours survives.

    Line ends are LF or CRLF. Of a line that was rewritten by carriage returns, as progress bars do, the last
    version counts. The last line may still be growing.
    """

    def __init__(self, most_lines: int = MOST_LINES) -> None:
        self._most = most_lines
        self._lines: list[str] = []
        self._open = ""
        self._decoder: codecs.IncrementalDecoder | None = None
        self.dropped = 0
        """How many lines at the beginning are no longer kept."""
        self.is_complete = False
        """Whether the run has ended and nothing will follow."""

    @property
    def lines(self) -> Sequence[str]:
        """The complete lines, oldest first."""
        return self._lines

    def __len__(self) -> int:
        return len(self._lines) + bool(self._open)

    def __getitem__(self, index: int) -> str:
        if index == len(self._lines) and self._open:
            return _finish(self._open)
        return self._lines[index]

    def feed(self, chunk: LogChunk) -> int:
        """Take over a piece of the log.

        Returns:
            How many lines at the beginning were dropped by it, for views that count lines.
        """
        dropped = 0
        if chunk.is_restart:
            dropped = len(self._lines)
            self._lines.clear()
            self._open, self._decoder = "", None
        if self._decoder is None:
            self._decoder = _decoder(chunk.encoding)
        text = self._open + self._decoder.decode(chunk.data, final=chunk.is_complete)
        *whole, self._open = text.split("\n")
        self._lines += map(_finish, whole)
        if len(self._open) > LONGEST_LINE:
            self._open = self._open.rstrip("\r").rsplit("\r", 1)[-1][: LONGEST_LINE + 1]
        self.is_complete = chunk.is_complete
        excess = len(self._lines) - self._most
        if excess > 0:
            del self._lines[:excess]
            self.dropped += excess
            dropped += excess
        return dropped

    def find(self, pattern: re.Pattern[str], start: int, step: int = 1) -> int | None:
        """Index of the nearest line that the pattern matches, going by `step` from `start`, or None."""
        stop = len(self) if step > 0 else -1
        for index in range(start, stop, step):
            if pattern.search(self[index]):
                return index
        return None

    def count(self, pattern: re.Pattern[str]) -> int:
        """How many lines the pattern matches."""
        return sum(1 for index in range(len(self)) if pattern.search(self[index]))


def _finish(line: str) -> str:
    line = line.removesuffix("\r")
    if "\r" in line:
        line = line.rsplit("\r", 1)[1]
    if len(line) > LONGEST_LINE:
        line = f"{line[:LONGEST_LINE]} … (line cut)"
    return scrub_line(line.expandtabs())


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    try:
        return codecs.getincrementaldecoder(encoding)(errors="replace")
    except LookupError:
        return codecs.getincrementaldecoder("utf-8")(errors="replace")
