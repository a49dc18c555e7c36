"""Reading a run's log once, within bounds and off the event loop."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tui.engine.opened_log import open_in_place
from tui.logs.hiding import hidden
from tui.logs.line_stream import LineStream
from tui.logs.unpacking import HEAD, is_packed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator, Sequence

    from tui.core.keys import RunKey
    from tui.core.redaction import Redactor
    from tui.engine.engine import Engine
    from tui.logs.source import LogFile

_PIECE = 1 << 16
"""Bytes that are worked on at once: some milliseconds in a thread, then others get their turn."""

_SMALL = 1 << 12
"""So few bytes are worked on at once: handing them to a thread would take longer."""

_SHARE_OF_END = 4
"""Of so many parts of what may be read all but one are of the end: what ends a run stands there."""


class LogRead(NamedTuple):
    """How far a log was read."""

    size: int = 0
    """Bytes that were read."""
    is_cut: bool = False
    """Whether more follows that was not read because there is too much."""
    is_complete: bool = False
    """Whether the run has ended and this is its whole log."""


class _Piece(NamedTuple):
    """Some bytes, and what is known when they have been read."""

    data: bytes
    encoding: str = "utf-8"
    is_anew: bool = False
    """Whether nothing that came before counts."""
    is_after_gap: bool = False
    """Whether something was left out before."""
    is_cut: bool = False
    is_complete: bool = False


async def read_log_once(
    engine: Engine,
    run: RunKey,
    take: Callable[[Sequence[str]], object],
    *,
    most_bytes: int,
    takes_end: bool = False,
    tell: Callable[[int], object] | None = None,
) -> LogRead:
    """Read what there is of a log now.

    Args:
        engine: What asks the run's system.
        run: The run.
        take: Gets the scrubbed lines without known secrets, some at a time, in a thread of its own.
        most_bytes: How much is read.
        takes_end: Where there is more, read its end, too, instead of its beginning alone, if that is at hand.
        tell: Is told how many bytes have been read, on the event loop.

    Raises:
        NightdeckError: The log can't be read.
    """
    taker = _Taker(take, engine.redactor)
    size = 0
    is_cut = is_complete = False
    async with aclosing(_pieces(engine, run, most_bytes, takes_end=takes_end)) as pieces:
        async for piece in pieces:
            size += len(piece.data)
            if len(piece.data) <= _SMALL:
                taker.feed(piece)
            else:
                await asyncio.to_thread(taker.feed, piece)
            is_cut, is_complete = piece.is_cut, piece.is_complete
            if tell is not None:
                tell(size)
    taker.finish()
    return LogRead(size, is_cut, is_complete and not is_cut)


class _Taker:
    """Hands on the lines that each piece completes."""

    def __init__(self, take: Callable[[Sequence[str]], object], redactor: Redactor) -> None:
        self._hand_on = take
        self._redactor = redactor
        self._stream: LineStream | None = None

    def feed(self, piece: _Piece) -> None:
        if self._stream is None or piece.is_anew:
            self._stream = LineStream(piece.encoding)
        if piece.is_after_gap:
            self._stream.skip()
        for lines in self._stream.feed(piece.data):
            self._take(lines)

    def finish(self) -> None:
        for lines in self._stream.finish() if self._stream is not None else ():
            self._take(lines)

    def _take(self, lines: Sequence[str]) -> None:
        if lines and self._redactor.known:
            lines = hidden("\n".join(lines), self._redactor).split("\n")
        self._hand_on(lines)


async def _pieces(
    engine: Engine, run: RunKey, most_bytes: int, *, takes_end: bool
) -> AsyncGenerator[_Piece, None]:
    file = await _file_of(engine, run)
    if file is None:
        async with aclosing(_pieces_of_system(engine, run, most_bytes, takes_end=takes_end)) as pieces:
            async for piece in pieces:
                yield piece
        return
    try:
        size = file.size
        for piece in _parts(file.read, size, most_bytes, takes_end=takes_end):
            yield piece
        if size > most_bytes:
            yield _Piece(b"", is_cut=True)
            return
        # The cursor of a log that is a file is the number of bytes before it.
        chunk = await engine.read_log(run, str(size))
        yield _Piece(b"", is_complete=chunk.is_complete and not chunk.data)
    finally:
        file.close()


async def _file_of(engine: Engine, run: RunKey) -> LogFile | None:
    path = await engine.log_path(run)
    try:
        return open_in_place(path) if path is not None else None
    except OSError:
        # The system says better what is wrong with it.
        return None


async def _pieces_of_system(
    engine: Engine, run: RunKey, most_bytes: int, *, takes_end: bool
) -> AsyncGenerator[_Piece, None]:
    cursor, size = "", 0
    while True:
        chunk = await engine.read_log(run, cursor)
        data, room, is_anew = chunk.data, most_bytes - size, chunk.is_restart
        # Of a packed log the end alone can't be read.
        takes_end = takes_end and not (not size and is_packed(data[:HEAD]))
        for piece in _parts(partial(_slice, data), len(data), room, takes_end=takes_end):
            yield piece._replace(encoding=chunk.encoding, is_anew=is_anew)
            is_anew = False
        size += min(len(data), room)
        is_cut = len(data) > room
        if is_cut or chunk.is_complete or not data:
            yield _Piece(b"", chunk.encoding, is_anew=is_anew, is_cut=is_cut, is_complete=chunk.is_complete)
            return
        cursor = chunk.cursor
        # A log that is at hand at once must not keep everybody else waiting.
        await asyncio.sleep(0)


def _parts(
    read: Callable[[int, int], bytes], size: int, most_bytes: int, *, takes_end: bool
) -> Iterator[_Piece]:
    """The pieces of so many bytes as may be read."""
    head = min(size, most_bytes // _SHARE_OF_END if takes_end and size > most_bytes else most_bytes)
    for at in range(0, head, _PIECE):
        yield _Piece(read(at, min(_PIECE, head - at)))
    if head == size or not takes_end:
        return
    # Characters of up to four bytes stay whole in encodings of a fixed width.
    tail = (size - (most_bytes - head)) // 4 * 4
    for at in range(tail, size, _PIECE):
        yield _Piece(read(at, min(_PIECE, size - at)), is_after_gap=at == tail)


def _slice(data: bytes, at: int, length: int) -> bytes:
    return data[at : at + length]
