"""Unpacking compressed answers a bounded piece at a time, so that a small answer can't burst the memory."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Protocol

from tui.transport.limits import PIECE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

ENCODINGS = "gzip, deflate"
"""What we say that we can unpack: both in the standard library, both with a bound on what one step yields."""

_GZIP_WINDOW = 31
_RAW_WINDOW = -15
_GZIP_MAGIC = b"\x1f\x8b"
_BEGINNING = 2
_MOST_EMPTY = 1000
"""Members of an archive that hold nothing: what consists of them unpacks to nothing, and takes for ever."""
_DEFLATE_METHOD = 8


class Unpacker(Protocol):
    """Turns the bytes on the wire into those that were meant."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Unpack some more, in pieces of bounded size. Raises zlib.error."""
        ...

    @property
    def is_complete(self) -> bool:
        """Whether the end was seen, or nothing at all."""
        ...


class Plain:
    """Bytes that are what they are."""

    is_complete = True
    """There is no end that could be missed."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The same bytes."""
        yield data


class Inflater:
    """Unpacks gzip and deflate.

    Args:
        is_gzip: Whether the format is gzip; else it is deflate, with its header or without.
    """

    def __init__(self, *, is_gzip: bool) -> None:
        self._is_gzip = is_gzip
        self._engine: zlib._Decompress | None = None
        # Two bytes tell what begins here; they may come one by one.
        self._held = b""
        self._empty = 0

    @property
    def is_complete(self) -> bool:
        """Whether the end was seen, or nothing at all."""
        return self._engine.eof if self._engine is not None else not self._held

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Unpack some more, in pieces of bounded size. Raises zlib.error."""
        data, self._held = self._held + data, b""
        has_more = bool(data)
        while has_more:
            if self._engine is None or self._engine.eof:
                if len(data) < _BEGINNING:
                    self._held = data
                    return
                if self._engine is not None and not (self._is_gzip and data.startswith(_GZIP_MAGIC)):
                    return
                self._engine = zlib.decompressobj(self._window(data))
            piece = self._engine.decompress(data, PIECE_BYTES)
            if piece:
                yield piece
            elif self._engine.eof:
                self._empty += 1
                if self._empty > _MOST_EMPTY:
                    raise zlib.error("too many empty members")
            data = self._engine.unused_data if self._engine.eof else self._engine.unconsumed_tail
            # A full piece may have left more inside the engine although it has taken all of its input.
            has_more = bool(data) or len(piece) == PIECE_BYTES

    def _window(self, beginning: bytes) -> int:
        if self._is_gzip:
            return _GZIP_WINDOW
        has_header = beginning[0] & 0x0F == _DEFLATE_METHOD and int.from_bytes(beginning[:2], "big") % 31 == 0
        return zlib.MAX_WBITS if has_header else _RAW_WINDOW


def unpacker_for(encoding: str) -> Unpacker | None:
    """The unpacker for a Content-Encoding header; None when we never asked for such a one."""
    names = [name for name in (part.strip().lower() for part in encoding.split(",")) if name]
    if not names or names == ["identity"]:
        return Plain()
    if names in (["gzip"], ["x-gzip"]):
        return Inflater(is_gzip=True)
    return Inflater(is_gzip=False) if names == ["deflate"] else None
