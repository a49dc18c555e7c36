"""Cutting off work that hangs, on any clock."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from tui.core.errors import SystemUnavailable, TimedOut

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from tui.core.clock import Clock

T = TypeVar("T")

GRACE_S = 5.0
"""Seconds that cancelled work has to clean up; then it is left behind."""


class Watchdog:
    """Watches one piece of work and ends it when it makes no progress for too long."""

    def __init__(self, clock: Clock, limit_s: float) -> None:
        self._clock = clock
        self._limit_s = limit_s
        self._fed_at = clock.monotonic()

    def feed(self) -> None:
        """Note that the work makes progress."""
        self._fed_at = self._clock.monotonic()

    async def watch(self, work: Coroutine[Any, Any, T]) -> T:
        """What the work returns.

        Raises:
            TimedOut: It made no progress for the limit, and was cancelled.
        """
        self.feed()
        task = asyncio.create_task(work)
        task.add_done_callback(_note)
        stall = asyncio.create_task(self._stall())
        try:
            await asyncio.wait((task, stall), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise TimedOut(
                    f"no progress for {self._limit_s:.0f} s",
                    hint="the system may be overloaded; it is asked again later",
                )
        finally:
            stall.cancel()
            if not task.done():
                await self._end(task)
        if task.cancelled():
            raise SystemUnavailable("the call was cut off on our side", hint="it is tried again later")
        return task.result()

    async def _stall(self) -> None:
        while (left_s := self._fed_at + self._limit_s - self._clock.monotonic()) > 0:
            await self._clock.sleep(left_s)

    async def _end(self, task: asyncio.Task[T]) -> None:
        task.cancel()
        grace = asyncio.create_task(self._clock.sleep(GRACE_S))
        await asyncio.wait((task, grace), return_when=asyncio.FIRST_COMPLETED)
        grace.cancel()


def _note(task: asyncio.Task[Any]) -> None:
    """Look at the outcome, so that asyncio reports no work as forgotten whose watching was cut off."""
    if not task.cancelled():
        task.exception()
