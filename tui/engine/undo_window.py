"""The moment after a confirmation in which nothing has left yet, and what was confirmed can be taken back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from tui.core.errors import ActionRefused, TakenBack
from tui.core.models import ActionKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tui.core.clock import Clock
    from tui.core.keys import JobKey

UNDOABLE = (ActionKind.STOP, ActionKind.DELETE)
"""What nobody can make good again: a run that was ended, a job that is gone."""

LATE_S = 3.0
"""So long after its moment nothing is sent any more: the machine slept, or nightdeck was stopped."""

_TAKEN_BACK = "taken back: nothing was sent"
_CLOSED = "nightdeck was closed: nothing was sent"


@dataclass(eq=False, slots=True)
class Held:
    """Something that was confirmed and waits."""

    what: str
    """What it is, in a few words: `stop of load-customers`."""
    jobs: Sequence[JobKey]
    """What it would be done to."""
    due_s: float
    """When it is sent, on the steady clock."""
    due_at: datetime
    """The same as a time of day."""
    withdrawn: str = ""
    """Why it is not sent after all; empty while it is."""
    _is_withdrawn: asyncio.Event = field(default_factory=asyncio.Event)

    def withdraw(self, why: str) -> None:
        """Keep it from being sent."""
        self.withdrawn = why
        self._is_withdrawn.set()

    async def until_withdrawn(self) -> None:
        """Wait until it is kept from being sent."""
        await self._is_withdrawn.wait()


class UndoWindow:
    """Keeps what was confirmed for a while, in memory alone: what ends nightdeck meanwhile sends nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: list[Held] = []
        self._is_closed = False
        self._listeners: list[Callable[[], None]] = []

    @property
    def held(self) -> Sequence[Held]:
        """What waits, the oldest first."""
        return tuple(self._held)

    def hold(self, what: str, jobs: Sequence[JobKey], seconds: float) -> Held:
        """Keep something back.

        Args:
            what: What it is, in a few words.
            jobs: What it would be done to.
            seconds: For how long.
        """
        due_at = self._clock.now() + timedelta(seconds=seconds)
        held = Held(what, tuple(jobs), self._clock.monotonic() + seconds, due_at)
        if self._is_closed:
            held.withdraw(_CLOSED)
            return held
        self._held.append(held)
        self._tell()
        return held

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call the listener each time something begins to wait, or ends to."""
        self._listeners.append(listener)

    def left_s(self, held: Held) -> float:
        """Seconds until it is sent."""
        return max(0.0, held.due_s - self._clock.monotonic())

    async def wait(self, held: Held) -> None:
        """Return when it may be sent, at once and without a further look at the window.

        Raises:
            TakenBack: It was taken back, or nightdeck was closed.
            ActionRefused: Its moment passed long ago, while everything stood still.
        """
        withdrawal = asyncio.create_task(held.until_withdrawn())
        try:
            while not held.withdrawn and (left_s := self.left_s(held)) > 0:
                sleeping = asyncio.create_task(self._clock.sleep(left_s))
                try:
                    await asyncio.wait((sleeping, withdrawal), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    sleeping.cancel()
        finally:
            withdrawal.cancel()
            self._let_go(held)
        if held.withdrawn:
            raise TakenBack(held.withdrawn)
        self._refuse_late(held)

    def take_back(self) -> Held | None:
        """Keep the newest one from being sent; None when nothing waits."""
        return self._withdraw(self._held[-1], _TAKEN_BACK) if self._held else None

    def close(self) -> Sequence[Held]:
        """Let nothing of what waits be sent, nor anything that comes; returns what waited."""
        self._is_closed = True
        return [self._withdraw(held, _CLOSED) for held in tuple(self._held)]

    def _withdraw(self, held: Held, why: str) -> Held:
        held.withdraw(why)
        self._let_go(held)
        return held

    def _let_go(self, held: Held) -> None:
        if held in self._held:
            self._held.remove(held)
            self._tell()

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def _refuse_late(self, held: Held) -> None:
        late_s = max(self._clock.monotonic() - held.due_s, (self._clock.now() - held.due_at).total_seconds())
        if late_s > LATE_S:
            raise ActionRefused(
                "nightdeck stood still while it waited: nothing was sent", hint="look, and confirm again"
            )
