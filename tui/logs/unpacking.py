"""Unpacking logs that are packed by gzip or zip, piece by piece as they come, also broken ones.

Zip archives are read from their beginning, member by member, without their list at the end: so they can be
shown while they come, and as far as they came.
"""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD: Final = 4
"""So many bytes at the beginning tell whether a log is packed."""

PIECE: Final = 1 << 18
"""Bytes that are unpacked at once at most: however small they are when packed, they never fill the memory."""

_GZIP = b"\x1f\x8b\x08"
_MEMBER = b"PK\x03\x04"
_EMPTY_ARCHIVE = b"PK\x05\x06"
_AFTER_MEMBERS = (b"PK\x01\x02", _EMPTY_ARCHIVE, b"PK\x06\x06", b"PK\x06\x08")
_SIGNATURE = 4
_STORED, _DEFLATED = 0, 8
_LOCKED, _SIZES_FOLLOW, _IS_UNICODE = 0x1, 0x8, 0x800
_DESCRIPTORS = (16, 12, 24, 20)
"""Bytes of what may stand between a member whose sizes follow it and the next one."""

_SIZE_ELSEWHERE = 0xFFFFFFFF
_BROKEN = "the packed log is broken: this is what could be read"
_ENDS_EARLY = "the packed log ends too early: this is what could be read"


class Unpacking(ABC):
    """One packed log on its way through; whatever is wrong with it is told, never raised."""

    problem: str = ""
    """What is wrong with it; empty when all is well so far."""

    @abstractmethod
    def feed(self, data: bytes) -> Iterator[bytes]:
        """What the next bytes unpack to, in pieces."""

    @abstractmethod
    def finish(self) -> None:
        """Look whether it was all there; nothing follows."""


def is_packed(head: bytes) -> bool:
    """Whether a log that begins so is packed."""
    return head.startswith((_GZIP, _MEMBER, _EMPTY_ARCHIVE))


def may_be_packed(beginning: bytes) -> bool:
    """Whether a log of which so little is known may turn out to be packed."""
    return any(magic.startswith(beginning) for magic in (_GZIP, _MEMBER, _EMPTY_ARCHIVE))


def unpacking_for(head: bytes) -> Unpacking | None:
    """What unpacks a log that begins so; None for one that isn't packed."""
    if head.startswith(_GZIP):
        return _Gzip()
    return _Zip() if is_packed(head) else None


class _Gzip(Unpacking):
    """One gzip member after the other, as rotated logs are put together."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._left = b""
        self._is_begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        data, self._left = self._left + data, b""
        while data and not self.problem:
            if not self._is_begun:
                # Between members there may be zeros that fill a block.
                data = data.lstrip(b"\0")
                if len(data) < len(_GZIP):
                    self._left = data
                    return
                if not data.startswith(_GZIP):
                    self.problem = "what follows the packed log is not packed, and left out"
                    return
                self._is_begun = True
            try:
                yield from _inflated(self._member, data)
            except zlib.error:
                self.problem = _BROKEN
                return
            if not self._member.eof:
                return
            data = self._member.unused_data
            self._member, self._is_begun = zlib.decompressobj(zlib.MAX_WBITS | 16), False

    def finish(self) -> None:
        if not self.problem and (self._is_begun or self._left):
            self.problem = _ENDS_EARLY


class _Zip(Unpacking):
    """All members, each under its name as a heading, beginning on a line of its own."""

    def __init__(self) -> None:
        self._data = b""
        self._inflating: zlib._Decompress | None = None
        self._to_copy = -1
        self._to_skip = 0
        self._are_sizes_following = False
        self._is_over = False
        self._ends_line = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._data += data
        while not (self._is_over or self.problem):
            if self._inflating is not None:
                yield from self._inflate(self._inflating)
                if self._inflating is not None:
                    return
            elif self._to_copy > 0 or self._to_skip > 0:
                if not self._data:
                    return
                yield from self._copy_or_skip()
            else:
                heading = self._next_member()
                if heading is None:
                    return
                if heading:
                    yield self._noted(heading)

    def finish(self) -> None:
        if not (self._is_over or self.problem):
            self.problem = _ENDS_EARLY

    def _inflate(self, member: zlib._Decompress) -> Iterator[bytes]:
        data, self._data = self._data, b""
        try:
            for piece in _inflated(member, data):
                yield self._noted(piece)
        except zlib.error:
            self.problem = _BROKEN
        if member.eof or self.problem:
            self._data, self._inflating = member.unused_data, None

    def _copy_or_skip(self) -> Iterator[bytes]:
        if self._to_skip > 0:
            skipped = min(self._to_skip, len(self._data))
            self._data, self._to_skip = self._data[skipped:], self._to_skip - skipped
            return
        piece = self._data[: min(self._to_copy, PIECE)]
        self._data, self._to_copy = self._data[len(piece) :], self._to_copy - len(piece)
        yield self._noted(piece)

    def _noted(self, piece: bytes) -> bytes:
        self._ends_line = piece.endswith(b"\n")
        return piece

    def _next_member(self) -> bytes | None:
        """Begin the next member. Gives its heading; None when there is none, or not all of it has come."""
        at = self._start_of_member()
        if at is None:
            return None
        head = self._data[at : at + 30]
        name_length, more = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
        end = at + 30 + name_length + more
        if len(head) < 30 or len(self._data) < end:
            return None
        name = self._data[at + 30 : at + 30 + name_length]
        self._data = self._data[end:]
        return self._begin(head, name)

    def _begin(self, head: bytes, name: bytes) -> bytes:
        flags, method = int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
        size = int.from_bytes(head[18:22], "little")
        self._are_sizes_following = bool(flags & _SIZES_FOLLOW)
        self._to_copy = self._to_skip = 0
        shown = plain_text(name.decode("utf-8" if flags & _IS_UNICODE else "cp437", "replace"))
        why = self._why_locked(flags, method, size)
        if not why and method == _DEFLATED:
            self._inflating = zlib.decompressobj(-zlib.MAX_WBITS)
        elif not why:
            self._to_copy = size
        elif size and size != _SIZE_ELSEWHERE:
            self._to_skip = size
        else:
            self.problem = f"{shown} can't be unpacked: {why}"
        if shown.endswith("/"):
            return b""
        told = f"### {shown}\n" + (f"({why})\n" if why else "")
        return (told if self._ends_line else f"\n{told}").encode("utf-8", "replace")

    def _why_locked(self, flags: int, method: int, size: int) -> str:
        """Why a member can't be unpacked; empty when it can."""
        if flags & _LOCKED:
            return "it is locked by a password"
        if method not in (_STORED, _DEFLATED):
            return f"it is packed in a way that is not known here, {method}"
        if method == _STORED and self._are_sizes_following and not size:
            return "nothing tells how long it is"
        return ""

    def _start_of_member(self) -> int | None:
        """Where the next member begins in what has come; None when more has to come, or none follows."""
        gaps: tuple[int, ...] = (0, *_DESCRIPTORS) if self._are_sizes_following else (0,)
        for length in gaps:
            found = self._data[length : length + _SIGNATURE]
            if found == _MEMBER:
                return length
            if found in _AFTER_MEMBERS:
                self._is_over = True
                return None
        needed = max(_DESCRIPTORS) + _SIGNATURE if self._are_sizes_following else _SIGNATURE
        if len(self._data) >= needed:
            self.problem = _BROKEN
        return None


def _inflated(member: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """What a compressed stream gives out for some bytes, in pieces."""
    while True:
        piece = member.decompress(data, PIECE)
        if piece:
            yield piece
        data = member.unconsumed_tail
        if member.eof or (not data and len(piece) < PIECE):
            return
