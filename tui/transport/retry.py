"""Reading again after a failure that may pass: with jitter, a few times, not for long, never in a storm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from tui.core.errors import RateLimited, ServerFailed, TimedOut, Unreachable
from tui.transport.failures import CutShort

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable

    from tui.core.clock import Clock
    from tui.transport.traffic import TrafficMeter

T = TypeVar("T")

_SAVED_BY_SUCCESS = 0.1
_MOST_SAVED = 10.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a read is sent again."""

    attempts: int = 3
    """How often it is sent at most."""
    first_wait_s: float = 0.3
    """Seconds before the second attempt; each later wait is twice as long."""
    longest_wait_s: float = 5.0
    """Seconds of one wait at most. A server that asks for more is obeyed by giving up: the poller returns."""
    total_s: float = 20.0
    """Seconds after the first attempt in which another may begin."""
    statuses: frozenset[int] = frozenset({502, 503, 504})
    """Statuses of a failing server that are worth another try. 500 is not: it mostly fails the same way."""

    def is_transient(self, error: BaseException) -> bool:
        """Whether the failure may be over soon."""
        if isinstance(error, ServerFailed):
            return error.status in self.statuses
        return isinstance(error, Unreachable | TimedOut | RateLimited | CutShort)


class Retries:
    """Sends reads of one connection again.

    Args:
        policy: When to.
        clock: What the waits and the time limit are taken from.
        rng: Spreads the waits, so that many connections don't come back at the same moment.
        meter: Counts.
    """

    def __init__(self, policy: RetryPolicy, clock: Clock, rng: random.Random, meter: TrafficMeter) -> None:
        self._policy = policy
        self._clock = clock
        self._rng = rng
        self._meter = meter
        # Each success earns a tenth of a retry: when everything fails, retries soon stop adding to the load.
        self._saved = _MOST_SAVED

    async def run(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """The result of the first attempt that succeeds. Raises the last failure."""
        started = self._clock.monotonic()

        def is_over(state: RetryCallState) -> bool:
            spent = self._clock.monotonic() - started
            return (
                state.attempt_number >= self._policy.attempts
                or state.upcoming_sleep > self._policy.longest_wait_s
                or spent + state.upcoming_sleep > self._policy.total_s
                or self._saved < 1
            )

        async def attempted() -> T:
            return await attempt()

        retrying = AsyncRetrying(
            sleep=self._clock.sleep,
            retry=retry_if_exception(self._policy.is_transient),
            wait=self._wait_s,
            stop=is_over,
            before_sleep=self._spend,
            reraise=True,
        )
        result: T = await retrying(attempted)
        self._saved = min(_MOST_SAVED, self._saved + _SAVED_BY_SUCCESS)
        return result

    def _wait_s(self, state: RetryCallState) -> float:
        policy = self._policy
        full = min(policy.longest_wait_s, policy.first_wait_s * 2.0 ** (state.attempt_number - 1))
        asked = _asked_wait_s(state)
        spread = full * self._rng.uniform(0.5, 1.0)
        return spread if asked is None else max(asked, spread)

    def _spend(self, _state: RetryCallState) -> None:
        self._saved -= 1
        self._meter.retries += 1


def _asked_wait_s(state: RetryCallState) -> float | None:
    error = state.outcome.exception() if state.outcome is not None else None
    return error.retry_after_s if isinstance(error, RateLimited | ServerFailed) else None
