"""One never-dying task for each connection: it sweeps the system into the store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.core.errors import ConfigError, NightdeckError, RateLimited, ServerFailed, Unauthorized
from tui.core.turns import Turns, queue_up
from tui.engine.backoff import Backoff
from tui.engine.budget import Budget
from tui.engine.pace import TOUCH_S, interval_s
from tui.engine.sharing import SharedCalls
from tui.engine.sweep import Sweep, SweepResult
from tui.engine.vitals import Vitals, leading_error
from tui.engine.watchdog import Watchdog

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from tui.core.adapter import Adapter
    from tui.core.clock import Clock
    from tui.core.keys import JobKey
    from tui.core.redaction import Redactor
    from tui.engine.connection import ConnectionSpec
    from tui.engine.store import Store

STAGGER_S = 1.0
"""The first sweeps of all connections are spread over this many seconds, where they are few."""

STAGGER_EACH_S = 0.05
"""Seconds for each connection over which the first sweeps of many are spread: about what one costs. If all
began at once, their answers would lie about unread for so long that requests ran out of time."""

STALL_S = 120.0
"""A sweep that gives nothing new for so long is cut off."""

DRIFT = 0.1
"""Part of the interval by which sweeps are put off at random, so that connections don't march in step."""

DEFAULT_REFRESH_S = 15.0
"""Seconds between sweeps while neither the config nor an adapter says otherwise."""

_SWEEP = "sweep"
_OPEN = "open"


class Poller:
    """Keeps the store's picture of one connection fresh, whatever the system does."""

    def __init__(
        self,
        spec: ConnectionSpec,
        store: Store,
        clock: Clock,
        rng: random.Random,
        redactor: Redactor,
        *,
        stagger_s: float = STAGGER_S,
        turns: Turns | None = None,
    ) -> None:
        self.spec = spec
        """The connection that is polled."""
        self._store = store
        self._clock = clock
        self._rng = rng
        self._vitals = Vitals(spec, store, clock, redactor)
        self._calls = SharedCalls()
        self._turns = turns or Turns()
        self._watchdog = Watchdog(clock, STALL_S)
        self._budget = Budget()
        self._backoff = Backoff(rng, spec.refresh_s or DEFAULT_REFRESH_S)
        self._adapter: Adapter | None = None
        self._lock: NightdeckError | None = spec.problem
        self._is_reopening = False
        self._wake = asyncio.Event()
        self._is_asked = False
        self._calls_once: int | None = None
        self._is_paused = False
        self._is_unfocused = False
        self._is_busy = False
        self._jobs = 0
        self._was_read = False
        self._touched: dict[JobKey, float] = {}
        self._visible: frozenset[JobKey] = frozenset()
        self._retry_at: float | None = clock.monotonic() + rng.uniform(0.0, stagger_s)
        self._ended_at = clock.monotonic()
        self._drift = 1.0

    @property
    def adapter(self) -> Adapter | None:
        """The open adapter, or None while there is none."""
        return self._adapter

    @property
    def lock(self) -> NightdeckError | None:
        """What keeps us from talking to the system until the user acts, if anything does."""
        return self._lock

    @property
    def refresh_s(self) -> float:
        """Seconds between two sweeps as configured, or as suits the system."""
        if self.spec.refresh_s is not None:
            return self.spec.refresh_s
        return self._adapter.default_refresh_s if self._adapter else DEFAULT_REFRESH_S

    async def get_adapter(self) -> Adapter:
        """The adapter, opened when first needed and then shared. Raises NightdeckError."""
        if self._lock is not None:
            raise self._lock.with_traceback(None)
        if self._adapter is None:
            return await self._calls.call(_OPEN, self._open)
        return self._adapter

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            await self._wait_until_due()
            await self.attempt()

    async def sweep(self) -> None:
        """Sweep once, or join the sweep in flight. Raises NightdeckError."""
        error = await self.attempt()
        if error is not None:
            raise error.with_traceback(None)

    async def sweep_afresh(self) -> None:
        """Sweep once, but not with a sweep that began before this call. Raises NightdeckError."""
        if self._calls.is_under_way(_SWEEP):
            await self.attempt()
        await self.sweep()

    async def attempt(self) -> NightdeckError | None:
        """Sweep once, or join the sweep in flight; returns what went wrong."""
        return await self._calls.call(_SWEEP, self._attempt)

    def allow_once(self, calls: int) -> None:
        """Let the next sweep ask about so many jobs, where each costs a call."""
        self._calls_once = calls

    def refresh_now(self) -> None:
        """Sweep now because the user asks; dropped while a sweep is in flight."""
        if self._calls.is_under_way(_SWEEP):
            return
        if isinstance(self._lock, Unauthorized):
            # The secret may have been mended meanwhile: only opening anew reads it again.
            self._is_reopening = True
        self._lock = self.spec.problem
        self._is_asked = True
        self._wake.set()

    def report(self, error: NightdeckError) -> None:
        """Take note of an error that somebody else met on this connection and that stops polling."""
        if isinstance(error, (Unauthorized, ConfigError)) and self._lock is None:
            self._take_failure(error)
            self._wake.set()

    def touch(self, job: JobKey) -> None:
        """Look at a job soon and often for a while, because it was just acted on."""
        self._touched[job] = self._clock.monotonic() + TOUCH_S
        self._wake.set()

    def set_interest(self, visible: Sequence[JobKey]) -> None:
        """Tell which jobs are on screen."""
        self._visible = frozenset(key for key in visible if key.connection == self.spec.name)

    def set_paused(self, paused: bool) -> None:  # noqa: FBT001 - the value is the message
        """Stop or resume polling."""
        self._is_paused = paused
        if not paused:
            self._vitals.resumed()
        self._wake.set()

    def set_unfocused(self, unfocused: bool) -> None:  # noqa: FBT001 - the value is the message
        """Poll slowly while the terminal is not looked at."""
        self._is_unfocused = unfocused
        self._wake.set()

    async def aclose(self) -> None:
        """Close the adapter."""
        adapter, self._adapter = self._adapter, None
        if adapter is not None:
            await adapter.aclose()

    async def _open(self) -> Adapter:
        self._adapter = await self.spec.open_adapter()
        return self._adapter

    async def _attempt(self) -> NightdeckError | None:
        queue_up(self._turns, is_new=not self._was_read)
        self._is_asked = False
        began_at = self._clock.monotonic()
        try:
            result = await self._watchdog.watch(self._sweep())
        except Exception as error:  # noqa: BLE001 - whatever an adapter does, the poller goes on
            return self._take_failure(leading_error(error))
        self._take_success(result, self._clock.monotonic() - began_at)
        return None

    async def _sweep(self) -> SweepResult:
        if self._is_reopening:
            self._is_reopening = False
            await self.aclose()
        adapter = await self.get_adapter()
        sweep = Sweep(adapter, self._store, self._budget, self._watchdog.feed)
        calls, self._calls_once = self._calls_once, None
        return await sweep.run(touched=self._just_touched(), visible=self._visible, calls=calls)

    def _take_success(self, result: SweepResult, sweep_s: float) -> None:
        self._backoff.reset()
        self._retry_at = None
        self._is_busy = result.is_busy
        self._jobs = result.jobs
        self._was_read = True
        self._ended_at = self._clock.monotonic()
        self._drift = self._rng.uniform(1.0, 1.0 + DRIFT)
        self._vitals.succeeded(result, sweep_s)
        self._plan()

    def _take_failure(self, error: Exception) -> NightdeckError:
        wish_s = error.retry_after_s if isinstance(error, (RateLimited, ServerFailed)) else None
        self._retry_at = self._clock.monotonic() + self._backoff.next_s(wish_s)
        if isinstance(error, (Unauthorized, ConfigError)):
            self._lock = error
        if self._adapter is not None and not isinstance(error, RateLimited):
            self._adapter.doubt()
        foreseen = self._vitals.failed(error)
        self._plan()
        return foreseen

    async def _wait_until_due(self) -> None:
        while (left_s := self._left_s()) is None or left_s > 0:
            self._wake.clear()
            self._plan()
            await self._rest(left_s)

    def _left_s(self) -> float | None:
        """Seconds until the next sweep; None when only the user can make it begin."""
        if self._is_asked:
            return 0.0
        if self._lock is not None or self._is_paused:
            return None
        due_at = self._retry_at if self._retry_at is not None else self._ended_at + self._interval_s()
        return due_at - self._clock.monotonic()

    def _interval_s(self) -> float:
        pause_s = interval_s(
            self.refresh_s,
            is_busy=self._is_busy,
            is_touched=bool(self._just_touched()),
            is_unfocused=self._is_unfocused,
            jobs=self._jobs,
        )
        return pause_s * self._drift

    def _just_touched(self) -> frozenset[JobKey]:
        now = self._clock.monotonic()
        self._touched = {key: until for key, until in self._touched.items() if until > now}
        return frozenset(self._touched)

    def _plan(self) -> None:
        """Tell the health bar when the next sweep is due."""
        if self._is_paused:
            self._vitals.paused()
        else:
            self._vitals.planned(self._left_s())

    async def _rest(self, seconds: float | None) -> None:
        """Wait until woken, or at most for so many seconds."""
        if seconds is None:
            await self._wake.wait()
            return
        woken = asyncio.create_task(self._wake.wait())
        slept = asyncio.create_task(self._clock.sleep(seconds))
        try:
            await asyncio.wait((woken, slept), return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
            slept.cancel()
