"""Whose turn it is in the event loop: of all that polls, one takes one short step between two looks at keys.

`asyncio.sleep(0)` lets others have their turn, but all of them: where a thousand connections read their
answers, a key would wait for a step of each.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import ContextVar
from typing import TypeAlias

_Line: TypeAlias = "deque[asyncio.Future[None]]"


OLD_EVERY = 8
"""One of so many turns is for what was shown before, while there is something new."""


class Turns:
    """Two queues for work in the background: in each round of the event loop one of all that waits goes on.

    What shows something for the first time stands in a queue of its own, which gets most of the turns: a
    table fills soon, however often what is there already is looked at again, and that goes on nevertheless.
    """

    def __init__(self) -> None:
        self._lines: tuple[_Line, _Line] = (deque(), deque())
        self._given = 0
        self._is_going_on = False

    async def wait(self, *, is_new: bool = False) -> None:
        """Wait for one's turn, which lasts until the task waits for something.

        Args:
            is_new: Whether what it reads has never been shown.
        """
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._lines[is_new].append(turn)
        if not self._is_going_on:
            self._is_going_on = True
            loop.call_soon(self._go_on)
        await turn

    def _go_on(self) -> None:
        self._given += 1
        is_new = self._given % OLD_EVERY != 0
        line = self._lines[is_new] or self._lines[not is_new]
        # Who was cancelled meanwhile has no use for a turn.
        while line:
            turn = line.popleft()
            if not turn.done():
                turn.set_result(None)
                break
        self._is_going_on = any(self._lines)
        if self._is_going_on:
            asyncio.get_running_loop().call_soon(self._go_on)


_PLACE: ContextVar[tuple[Turns, bool] | None] = ContextVar("turns", default=None)


def queue_up(turns: Turns, *, is_new: bool = False) -> None:
    """Let this task, and those that it starts, wait for turns from now on: no person waits for them."""
    _PLACE.set((turns, is_new))


def is_queued() -> bool:
    """Whether this task waits for turns."""
    return _PLACE.get() is not None


async def next_turn() -> None:
    """Let others have their turn: what waits in a queue its one, and what a person waits for at once."""
    place = _PLACE.get()
    if place is None:
        await asyncio.sleep(0)
    else:
        turns, is_new = place
        await turns.wait(is_new=is_new)
