"""How many requests are under way at once, and how soon the next one may follow."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiolimiter import AsyncLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tui.core.clock import Clock


class Gate:
    """Lets at most so many requests through at once; changes go before reads that wait.

    Args:
        slots: Requests at once.
        rate: Requests a second, spaced evenly, for bursts are what the limit is against; None for no limit.
        clock: Tells when a pause that the server asked for is over.
    """

    def __init__(self, slots: int, rate: float | None, clock: Clock) -> None:
        self._free = slots
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._patient: deque[asyncio.Future[None]] = deque()
        self._limiter = AsyncLimiter(1, 1 / rate) if rate else None
        self._clock = clock
        self._closed_until = 0.0

    @asynccontextmanager
    async def slot(self, *, is_urgent: bool = False) -> AsyncIterator[None]:
        """Hold one of the slots; it comes free when the block is left."""
        await self._take(self._urgent if is_urgent else self._patient)
        try:
            if self._limiter is not None:
                await self._limiter.acquire()
            yield
        finally:
            self._give_back()

    def pause(self, seconds: float) -> None:
        """Remember that the server asked us to stay away for so long."""
        self._closed_until = max(self._closed_until, self._clock.monotonic() + seconds)

    @property
    def pause_s(self) -> float:
        """Seconds for which the server still wants to be left alone."""
        return max(0.0, self._closed_until - self._clock.monotonic())

    async def _take(self, queue: deque[asyncio.Future[None]]) -> None:
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_back()
            raise

    def _give_back(self) -> None:
        for queue in (self._urgent, self._patient):
            while queue:
                turn = queue.popleft()
                if not turn.done():
                    turn.set_result(None)
                    return
        self._free += 1
