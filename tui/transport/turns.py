"""Long work in short steps, so that the event loop gets to its other work in between.

A thread would not do for work in pure Python or in one of its parsers: it holds the interpreter's lock.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from tui.core.turns import is_queued, next_turn
from tui.transport.limits import SLICE_RECORDS, SLICE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Sequence

T = TypeVar("T")


async def in_turns(steps: Generator[None, None, T]) -> T:
    """The result of a generator that yields after each short step; others get their turn in between."""
    if is_queued():
        await next_turn()
    due = time.perf_counter() + SLICE_S
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result
        if time.perf_counter() > due:
            await next_turn()
            due = time.perf_counter() + SLICE_S


def at_once(steps: Generator[None, None, T]) -> T:
    """The result of such a generator, for work that is known to be small."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result


async def slices(records: Sequence[T], size: int = SLICE_RECORDS) -> AsyncIterator[Sequence[T]]:
    """The records in slices, with a turn for others after each: for work that turns them into jobs."""
    for start in range(0, len(records), size):
        if start:
            await next_turn()
        yield records[start : start + size]
