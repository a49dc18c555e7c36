"""Every configured connection with its poller: how the rest of the engine reaches the systems."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypeVar

from tui.core.errors import ConfigError, NightdeckError, NotFound, Unauthorized
from tui.core.turns import Turns
from tui.engine.freshness import fresh_limit_s
from tui.engine.poller import STAGGER_EACH_S, STAGGER_S, Poller
from tui.engine.watchdog import Watchdog

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence

    from tui.core.adapter import Adapter
    from tui.core.clock import Clock
    from tui.core.keys import JobKey
    from tui.core.redaction import Redactor
    from tui.engine.connection import ConnectionSpec
    from tui.engine.store import Store

T = TypeVar("T")

CLOSE_S = 5.0
"""Seconds that an adapter has to close."""

_LOG = logging.getLogger(__name__)


class Connections:
    """The pollers by connection name. Its answers name what is known when a name is not."""

    def __init__(
        self,
        specs: Sequence[ConnectionSpec],
        *,
        store: Store,
        clock: Clock,
        redactor: Redactor,
        rng: random.Random,
    ) -> None:
        self._clock = clock
        self._redactor = redactor
        stagger_s = max(STAGGER_S, len(specs) * STAGGER_EACH_S)
        turns = Turns()
        self._pollers = {
            spec.name: Poller(spec, store, clock, rng, redactor, stagger_s=stagger_s, turns=turns)
            for spec in specs
        }

    def __iter__(self) -> Iterator[Poller]:
        return iter(self._pollers.values())

    def __contains__(self, name: str) -> bool:
        return name in self._pollers

    def poller(self, name: str) -> Poller:
        """The poller of a connection. Raises NotFound."""
        if name not in self._pollers:
            known = ", ".join(self._pollers) or "none"
            raise NotFound(f"there is no connection {name!r}", hint=f"connections: {known}")
        return self._pollers[name]

    def environment(self, connection: str) -> str:
        """`prod`, `stage`, `dev` or empty."""
        return self.poller(connection).spec.environment

    def is_read_only(self, connection: str) -> bool:
        """Whether the connection's config refuses actions."""
        return self.poller(connection).spec.is_read_only

    def fresh_s(self, connection: str) -> float:
        """Seconds after which a row of the connection is read again before it is acted on."""
        poller = self.poller(connection)
        return poller.spec.fresh_s or fresh_limit_s(poller.refresh_s)

    async def adapter(self, connection: str) -> Adapter:
        """The open adapter. Raises NightdeckError."""
        poller = self.poller(connection)
        try:
            return await poller.get_adapter()
        except (Unauthorized, ConfigError) as error:
            poller.report(error)
            raise

    async def ask(self, connection: str, question: Callable[[Adapter], Awaitable[T]]) -> T:
        """What the adapter answers; wrong credentials stop the polling too. Raises NightdeckError."""
        adapter = await self.adapter(connection)
        try:
            return await question(adapter)
        except Unauthorized as error:
            self.poller(connection).report(error)
            raise

    async def sweep(self, connection: str) -> None:
        """Read all of the connection's jobs again, into the store. Raises NightdeckError."""
        await self.poller(connection).sweep_afresh()

    async def sweep_all(
        self, names: Collection[str] | None, calls: int | None = None
    ) -> dict[str, NightdeckError]:
        """Sweep these connections once, side by side; returns the failures. Raises NotFound."""
        pollers = list(self) if names is None else [self.poller(name) for name in dict.fromkeys(names)]
        if calls is not None:
            for poller in pollers:
                poller.allow_once(calls)
        errors = await asyncio.gather(*(poller.attempt() for poller in pollers))
        return {
            poller.spec.name: error
            for poller, error in zip(pollers, errors, strict=True)
            if error is not None
        }

    def touch(self, job: JobKey) -> None:
        """Let the poller look at the job soon."""
        self.poller(job.connection).touch(job)

    async def aclose(self) -> None:
        """Close every adapter, side by side; one that fails to close costs the others nothing."""
        pollers = list(self)
        outcomes = await asyncio.gather(
            *(Watchdog(self._clock, CLOSE_S).watch(poller.aclose()) for poller in pollers),
            return_exceptions=True,
        )
        for poller, outcome in zip(pollers, outcomes, strict=True):
            if isinstance(outcome, Exception):
                text = self._redactor.mask(f"{type(outcome).__name__}: {outcome}")
                _LOG.warning("closing %s failed: %s", poller.spec.name, text)
