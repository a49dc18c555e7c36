"""One never-dying task for each connection: it sweeps the system into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from tui.core.adapter import Adapter
    from tui.core.clock import Clock
    from tui.core.errors import NightdeckError
    from tui.core.keys import JobKey
    from tui.core.redaction import Redactor
    from tui.engine.connection import ConnectionSpec
    from tui.engine.store import Store


class Poller:
    """Keeps the store's picture of one connection fresh, whatever the system does."""

    def __init__(
        self, spec: ConnectionSpec, store: Store, clock: Clock, rng: random.Random, redactor: Redactor
    ) -> None: ...

    @property
    def adapter(self) -> Adapter | None:
        """The open adapter, or None while there is none."""

    async def get_adapter(self) -> Adapter:
        """The adapter, opened when first needed and then shared. Raises NightdeckError."""

    async def run(self) -> None:
        """Poll until cancelled."""

    async def sweep(self) -> None:
        """Sweep once, or join the sweep in flight. Raises NightdeckError."""

    async def attempt(self) -> NightdeckError | None:
        """Sweep once, or join the sweep in flight; returns what went wrong."""

    def refresh_now(self) -> None:
        """Sweep now because the user asks; dropped while a sweep is in flight."""

    def touch(self, job: JobKey) -> None:
        """Look at a job soon and often for a while, because it was just acted on."""

    def set_interest(self, visible: Sequence[JobKey]) -> None:
        """Tell which jobs are on screen."""

    def set_paused(self, paused: bool) -> None:  # noqa: FBT001
        """Stop or resume polling."""

    def set_unfocused(self, unfocused: bool) -> None:  # noqa: FBT001
        """Poll slowly while the terminal is not looked at."""

    async def aclose(self) -> None:
        """Close the adapter."""
