"""The lock of the whole session: read-only, lifted for a while, and down again by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tui.core.clock import Clock


class SessionLock:
    """Whether anything may be changed now. It is asked, and needs no timer that could be late.

    It ends at a moment of the steady clock, which no change of the time of day moves, or of the time of day,
    which goes on while the machine sleeps: whichever comes first locks, and locked it stays.
    """

    def __init__(self, clock: Clock, *, is_locked: bool) -> None:
        self._clock = clock
        self._is_locked = is_locked
        self._ends: tuple[float, datetime] | None = None
        self._is_end_untold = False

    @property
    def is_locked(self) -> bool:
        """Whether every action is refused at this moment."""
        if self._ends is not None and self._left_s(self._ends) <= 0:
            self.lock()
            self._is_end_untold = True
        return self._is_locked

    @property
    def remaining_s(self) -> float | None:
        """Seconds until it locks by itself; None while it is locked, or open for good."""
        return None if self.is_locked or self._ends is None else self._left_s(self._ends)

    def lock(self) -> None:
        """Refuse every action from now on."""
        self._is_locked, self._ends = True, None

    def unlock(self, seconds: float | None = None) -> None:
        """Allow actions.

        Args:
            seconds: For how long; None until it is locked again.
        """
        self._is_locked, self._is_end_untold = False, False
        self._ends = None
        if seconds is not None:
            until = self._clock.now() + timedelta(seconds=seconds)
            self._ends = (self._clock.monotonic() + seconds, until)

    def take_end(self) -> bool:
        """Whether it has locked by itself since this was last asked."""
        is_news = self.is_locked and self._is_end_untold
        self._is_end_untold = False
        return is_news

    def _left_s(self, ends: tuple[float, datetime]) -> float:
        steady, of_day = ends
        return min(steady - self._clock.monotonic(), (of_day - self._clock.now()).total_seconds())
