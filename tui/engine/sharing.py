"""One answer for many who ask the same at the same time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable

T = TypeVar("T")


@dataclass(slots=True)
class _Flight:
    task: asyncio.Task[Any]
    passengers: int = 0


class SharedCalls:
    """Joins equal calls in flight. A call is cut off when nobody waits for it any more."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight] = {}

    def is_under_way(self, key: Hashable) -> bool:
        """Whether a call of this key is in flight."""
        return key in self._flights

    async def call(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer of the call in flight with this key, or of a new one.

        Args:
            key: What makes two calls equal.
            work: Makes the call; not used when one is in flight.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = _Flight(asyncio.create_task(work()))
            self._flights[key] = flight
            flight.task.add_done_callback(lambda _: self._land(key, flight))
        flight.passengers += 1
        try:
            answer: T = await asyncio.shield(flight.task)
        except asyncio.CancelledError:
            if flight.passengers == 1 and not flight.task.done():
                self._land(key, flight)
                flight.task.cancel()
                await asyncio.wait((flight.task,))
            raise
        finally:
            flight.passengers -= 1
        return answer

    def _land(self, key: Hashable, flight: _Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
