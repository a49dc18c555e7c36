"""Reading a run's log once from its beginning, within bounds and off the event loop."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from tui.logs.buffer import LineBuffer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tui.core.keys import RunKey
    from tui.core.models import LogChunk
    from tui.engine.engine import Engine

_PIECE = 1 << 16
"""Bytes that are worked on at once: some ten milliseconds in a thread, then others get their turn."""

_SMALL = 1 << 12
"""So few bytes are worked on at once: handing them to a thread would take longer."""


class LogRead(NamedTuple):
    """How far a log was read."""

    size: int = 0
    """Bytes that were read."""
    is_cut: bool = False
    """Whether more follows that was not read because there is too much."""
    is_complete: bool = False
    """Whether the run has ended and this is its whole log."""


async def read_log_once(
    engine: Engine,
    run: RunKey,
    take: Callable[[Sequence[str]], object],
    *,
    most_bytes: int,
    tell: Callable[[int], object] | None = None,
) -> LogRead:
    """Read what there is of a log now.

    Args:
        engine: What asks the run's system.
        run: The run.
        take: Gets the scrubbed lines, some at a time, in a thread of its own.
        most_bytes: Where reading stops.
        tell: Is told how many bytes have been read, on the event loop.

    Raises:
        NightdeckError: The log can't be read.
    """
    taker = _Taker(take)
    cursor, size = "", 0
    while True:
        chunk = await engine.read_log(run, cursor)
        is_cut = size + len(chunk.data) > most_bytes
        kept = replace(chunk, data=chunk.data[: most_bytes - size], is_complete=chunk.is_complete or is_cut)
        for piece in _pieces(kept):
            size += len(piece.data)
            if len(piece.data) <= _SMALL:
                taker.feed(piece)
            else:
                await asyncio.to_thread(taker.feed, piece)
            if tell is not None:
                tell(size)
        if is_cut or chunk.is_complete or not chunk.data:
            taker.finish()
            return LogRead(size, is_cut, chunk.is_complete and not is_cut)
        cursor = chunk.cursor
        # A log that is at hand at once must not keep everybody else waiting.
        await asyncio.sleep(0)


class _Taker:
    """Hands on the lines that each piece completes."""

    def __init__(self, take: Callable[[Sequence[str]], object]) -> None:
        self._take = take
        self._buffer = LineBuffer(_PIECE + 1)
        self._taken = 0

    def feed(self, piece: LogChunk) -> None:
        dropped = self._buffer.feed(piece)
        lines = self._buffer.lines[max(0, self._taken - dropped) :]
        self._taken = len(self._buffer.lines)
        self._take(lines)

    def finish(self) -> None:
        if len(self._buffer) > self._taken:
            self._take([self._buffer[self._taken]])


def _pieces(chunk: LogChunk) -> Iterator[LogChunk]:
    starts = range(0, len(chunk.data), _PIECE) or range(1)
    for start in starts:
        yield replace(
            chunk,
            data=chunk.data[start : start + _PIECE],
            is_restart=chunk.is_restart and start == 0,
            is_complete=chunk.is_complete and start == starts[-1],
        )
