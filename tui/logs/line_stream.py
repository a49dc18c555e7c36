"""The bytes of a log as shown lines while they come, in bounded memory and without a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.logs.bulk import shown_lines
from tui.logs.encoding import AsUtf8
from tui.logs.lines import MOST_BYTES
from tui.logs.unpacking import HEAD, may_be_packed, unpacking_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.logs.unpacking import Unpacking

_LONGEST = 2 * MOST_BYTES
"""Bytes of a line without an end that are kept: more than are shown of any."""


class LineStream:
    """Unpacks, decodes and scrubs what is fed; hands out lines once they are whole."""

    def __init__(self, encoding: str = "utf-8") -> None:
        """Begin.

        Args:
            encoding: What the bytes are encoded in.
        """
        self._text = AsUtf8(encoding)
        self._head: bytes | None = b""
        self._unpacking: Unpacking | None = None
        self._open = b""
        self._is_inside = False

    def feed(self, data: bytes) -> Iterator[Sequence[str]]:
        """The lines that the next bytes complete, some at a time."""
        for piece in self._unpacked(data, is_last=False):
            yield self._lines(self._text.feed(piece))

    def skip(self) -> None:
        """Something is left out here, with the lines in which it begins and ends; not of packed logs."""
        self._open, self._is_inside = b"", True

    def finish(self) -> Iterator[Sequence[str]]:
        """What is left when nothing follows."""
        for piece in self._unpacked(b"", is_last=True):
            yield self._lines(self._text.feed(piece))
        rest = self._open + self._text.feed(b"", is_last=True)
        self._open = b""
        if rest:
            yield shown_lines(rest + b"\n")

    def _unpacked(self, data: bytes, *, is_last: bool) -> Iterator[bytes]:
        if self._head is not None:
            data = self._head + data
            if len(data) < HEAD and may_be_packed(data) and not is_last:
                self._head = data
                return
            self._head, self._unpacking = None, unpacking_for(data)
        if self._unpacking is None:
            yield data
        else:
            yield from self._unpacking.feed(data)

    def _lines(self, data: bytes) -> list[str]:
        if self._is_inside:
            begin = data.find(b"\n") + 1
            if not begin:
                return []
            data, self._is_inside = data[begin:], False
        data = self._open + data
        end = data.rfind(b"\n") + 1
        self._open = _shortened(data[end:])
        return shown_lines(data[:end])


def _shortened(line: bytes) -> bytes:
    """As much of an endless line as matters: of what carriage returns rewrote, the last version."""
    if len(line) <= _LONGEST:
        return line
    begin = line.rstrip(b"\r").rfind(b"\r") + 1
    return line[begin : begin + _LONGEST]
