"""Where the text of a log goes that comes in piece by piece: unpacked where needed, into a private file."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from tui.core.own_folder import OwnFolder
from tui.logs.spool import Spool
from tui.logs.unpacking import HEAD, may_be_packed, unpacking_for

if TYPE_CHECKING:
    from pathlib import Path

    from tui.core.models import LogChunk
    from tui.core.redaction import Redactor
    from tui.logs.unpacking import Unpacking

_SLICE = 1 << 18
"""Bytes that are taken over at once, in a thread; then what has come can be shown."""

_SMALL = 1 << 12
"""So few bytes are taken over at once: handing them to a thread would take longer."""


class _Piece(NamedTuple):
    """Some bytes that are still to be taken over."""

    data: bytes
    encoding: str
    is_first_anew: bool
    is_last: bool


class Inflow:
    """Takes what comes of a log, unpacks it where it is packed, and keeps it in a private file."""

    def __init__(self, folder: Path | None, redactor: Redactor | None = None) -> None:
        """Begin with nothing.

        Args:
            folder: Where private files are; where it can't be written to, a folder of its own is made.
            redactor: Knows the secrets that are not kept; None keeps everything.

        Raises:
            OSError: There is nowhere to write to.
        """
        self._own_folder: OwnFolder | None = None
        self._redactor = redactor
        self.spool = self._make(folder)
        """What is kept."""
        self._waiting: deque[_Piece] = deque()
        self._unpacking: Unpacking | None = None
        self._head: bytes | None = b""
        self._failure = ""

    @property
    def is_waiting(self) -> bool:
        """Whether something was added that is not taken over yet."""
        return bool(self._waiting)

    @property
    def is_cut(self) -> bool:
        """Whether something was left out for good."""
        return self.spool.is_full or bool(self._failure)

    @property
    def problem(self) -> str:
        """Why it is not whole; empty when it is."""
        if self._failure:
            return self._failure
        if self.spool.is_full:
            return "the log is too large: this is its beginning"
        return self._unpacking.problem if self._unpacking is not None else ""

    def add(self, chunk: LogChunk) -> None:
        """Add what a system sent; `take` takes it over."""
        starts = range(0, len(chunk.data), _SLICE) or range(1)
        for start in starts:
            self._waiting.append(
                _Piece(
                    chunk.data[start : start + _SLICE],
                    chunk.encoding,
                    is_first_anew=chunk.is_restart and start == 0,
                    is_last=chunk.is_complete and start == starts[-1],
                )
            )

    async def take(self) -> bool:
        """Take over the next piece of what waits. Tells whether it is the last one of all."""
        piece = self._waiting.popleft()
        if len(piece.data) <= _SMALL and self._unpacking is None:
            self._take(piece)
            return piece.is_last
        work = asyncio.ensure_future(asyncio.to_thread(self._take, piece))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            # Nothing stays half written: whoever follows next goes on after it.
            await asyncio.wait([work])
            raise
        return piece.is_last

    def close(self) -> None:
        """Delete everything."""
        self.spool.close()
        if self._own_folder is not None:
            self._own_folder.close()

    def _make(self, folder: Path | None) -> Spool:
        if folder is not None:
            try:
                return Spool(folder, redactor=self._redactor)
            except OSError:
                pass
        self._own_folder = OwnFolder()
        return Spool(self._own_folder.path, redactor=self._redactor)

    def _take(self, piece: _Piece) -> None:
        try:
            if piece.is_first_anew:
                self.spool.restart()
                self._unpacking, self._head = None, b""
            self._pour(piece)
        except OSError as error:
            self._failure = f"the log can't be kept: {error.strerror or error}; this is its beginning"

    def _pour(self, piece: _Piece) -> None:
        data = piece.data
        if self._head is not None:
            data = self._head + data
            if len(data) < HEAD and may_be_packed(data) and not piece.is_last:
                self._head = data
                return
            self._head, self._unpacking = None, unpacking_for(data)
        if self._unpacking is None:
            self.spool.append(data, piece.encoding, is_last=piece.is_last)
            return
        for unpacked in self._unpacking.feed(data):
            self.spool.append(unpacked, piece.encoding)
            if self.spool.is_full:
                return
        if piece.is_last:
            self._unpacking.finish()
            self.spool.append(b"", piece.encoding, is_last=True)
