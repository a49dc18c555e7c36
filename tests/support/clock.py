"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
"""Where every fake clock starts."""

_SETTLE_ROUNDS = 60
"""Turns of the event loop that let every woken task run until it waits again."""


class FakeClock:
    """A `Clock` whose time passes only in `advance`; sleepers wake in the order of their due times."""

    def __init__(self, start: datetime = START) -> None:
        self._wall = start
        self._monotonic = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        """The wall-clock time."""
        return self._wall

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        """Wait until the test has advanced that far."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic + seconds, next(self._order), future))
        await future

    async def advance(self, seconds: float) -> None:
        """Let that many seconds pass, waking each sleeper at its own time."""
        target = self._monotonic + seconds
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= target:
            due, _, future = heapq.heappop(self._sleepers)
            if future.done():
                continue
            self._move_to(due)
            future.set_result(None)
            await self.settle()
        self._move_to(target)
        await self.settle()

    async def settle(self) -> None:
        """Let every task run until it waits for time or for something outside the loop."""
        for _ in range(_SETTLE_ROUNDS):
            await asyncio.sleep(0)

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Let tasks run until the condition holds; for work that a thread does, where no fake time serves."""
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 - a thread sets no asyncio event
                await asyncio.sleep(0.001)

    def jump(self, seconds: float) -> None:
        """Move the wall clock alone, as an administrator or a time server does."""
        self._wall += timedelta(seconds=seconds)

    @property
    def sleeping(self) -> int:
        """How many sleepers wait for time to pass."""
        return sum(not future.done() for _, _, future in self._sleepers)

    def _move_to(self, monotonic: float) -> None:
        if monotonic > self._monotonic:
            self._wall += timedelta(seconds=monotonic - self._monotonic)
            self._monotonic = monotonic
