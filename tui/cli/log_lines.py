"""A run's log as scrubbed lines, read piece by piece: however long it is, little of it is in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from tui.cli.output import warn
from tui.core.errors import NotFound, SystemUnavailable, Unauthorized
from tui.logs.buffer import LineBuffer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from tui.core.keys import RunKey
    from tui.core.models import LogChunk
    from tui.engine.engine import Engine

QUIET_WAITS_S = (0.5, 0.5, 1.0, 2.0, 5.0)
"""Seconds before each look at a log that had nothing new; the last one is repeated."""

_PIECE = 1 << 16
"""Bytes that are turned into lines at once: at most so many lines have to be kept."""


class Lines(NamedTuple):
    """Some lines of a log that follow each other."""

    first: int
    """Number of the first of them, counted from 1."""
    texts: Sequence[str]
    """The lines, in which of all escape sequences only colours act."""


async def read_lines(engine: Engine, run: RunKey, *, is_followed: bool) -> AsyncIterator[Lines]:
    """Every line of the log, as they come.

    Args:
        engine: What asks the run's system.
        run: The run.
        is_followed: Wait for more until the run has ended, also through outages of the system.

    Raises:
        NightdeckError: The log can't be read.
    """
    buffer = LineBuffer(_PIECE + 1)
    taken, count, cursor, quiet = 0, 0, "", 0
    while True:
        chunk = await _read(engine, run, cursor, is_followed=is_followed)
        if chunk.is_restart:
            warn("the log was written anew: it follows from its beginning")
            count = 0
        for piece in _pieces(chunk):
            taken = max(0, taken - buffer.feed(piece))
            yield Lines(count + 1, buffer.lines[taken:])
            count += len(buffer.lines) - taken
            taken = len(buffer.lines)
        cursor = chunk.cursor
        if chunk.is_complete or not (chunk.data or is_followed):
            break
        if not chunk.data:
            await engine.clock.sleep(QUIET_WAITS_S[min(quiet, len(QUIET_WAITS_S) - 1)])
        quiet = 0 if chunk.data else quiet + 1
    if len(buffer) > taken:
        yield Lines(count + 1, [buffer[taken]])


async def _read(engine: Engine, run: RunKey, cursor: str, *, is_followed: bool) -> LogChunk:
    is_told = False
    while True:
        try:
            return await engine.read_log(run, cursor)
        except NotFound:
            if not (is_followed and not cursor and await _is_to_come(engine, run)):
                raise
        except Unauthorized:
            raise
        except SystemUnavailable as error:
            if not is_followed:
                raise
            if not is_told:
                warn(f"{run.connection}: {error}; waiting for it to come back")
            is_told = True
        await engine.clock.sleep(QUIET_WAITS_S[-1])


async def _is_to_come(engine: Engine, run: RunKey) -> bool:
    """Whether the run is under way, so that a log that isn't there yet may come."""
    await engine.sweep_all({run.connection})
    job = engine.store.jobs.get(run.job)
    return job is not None and job.run_id == run.run_id and job.state.is_active


def _pieces(chunk: LogChunk) -> Iterator[LogChunk]:
    """The chunk in pieces of a size that a buffer holds without dropping a line."""
    starts = range(0, len(chunk.data), _PIECE) or range(1)
    for start in starts:
        yield replace(
            chunk,
            data=chunk.data[start : start + _PIECE],
            is_restart=chunk.is_restart and start == 0,
            is_complete=chunk.is_complete and start == starts[-1],
        )
