"""A clock that really runs, only faster: for real sockets and long back-offs in one short test."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta

from tests.support.clock import FakeClock


class HastyClock(FakeClock):
    """Seconds of this clock pass `rate` times as fast as those of the machine; sleeps are as much shorter."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self._rate = rate
        self._began_s = time.monotonic()
        self._zero_s = super().monotonic()

    def now(self) -> datetime:
        """The wall-clock time; `jump` moves it."""
        return self._wall + timedelta(seconds=self.monotonic() - self._zero_s)

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return self._zero_s + (time.monotonic() - self._began_s) * self._rate

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of this clock."""
        await asyncio.sleep(max(0.0, seconds) / self._rate)
