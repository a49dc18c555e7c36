"""The facade that both front ends use: everything behind the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tui.core.adapter import Adapter
    from tui.core.clock import Clock
    from tui.core.errors import NightdeckError
    from tui.core.keys import JobKey, RunKey
    from tui.core.models import ActionKind, LogChunk, Parameter, Run, Task
    from tui.core.redaction import Redactor
    from tui.engine.actions import ActionPipeline
    from tui.engine.connection import ConnectionSpec
    from tui.engine.history import History
    from tui.engine.journal import Journal
    from tui.engine.store import Store


class Engine:
    """Store, pollers, history and actions as one thing that a front end starts and closes."""

    store: Store
    """What is known of the systems."""
    history: History
    """What was known before, kept over restarts."""
    journal: Journal
    """Every action that was ever sent from here."""
    actions: ActionPipeline
    """The only way to change a remote system."""
    clock: Clock
    """Where the time comes from."""
    is_read_only: bool
    """Whether every action is refused."""
    is_paused: bool
    """Whether polling waits for the user."""

    def __init__(
        self,
        specs: Sequence[ConnectionSpec],
        *,
        store: Store,
        history: History,
        clock: Clock,
        read_only: bool,
        redactor: Redactor,
    ) -> None: ...

    async def start(self) -> None:
        """Begin to poll every connection."""

    async def aclose(self) -> None:
        """Stop polling, close the adapters, write what history still waits for."""

    async def sweep_all(self, names: Collection[str] | None = None) -> dict[str, NightdeckError]:
        """Sweep the connections once, side by side; returns the failures by connection.

        Raises:
            NotFound: There is no connection of one of the names.
        """

    async def adapter(self, connection: str) -> Adapter:
        """The connection's adapter, opened when first needed. Raises NightdeckError."""

    async def runs(self, job: JobKey, limit: int = 50) -> Sequence[Run]:
        """The system's runs and those of history, newest first; history alone when the system is down."""

    async def read_log(self, run: RunKey, cursor: str = "") -> LogChunk:
        """What follows the cursor in the run's log. Raises ActionRefused where the system keeps no logs."""

    async def tasks(self, run: RunKey) -> Sequence[Task]:
        """The steps of a run. Raises ActionRefused where the system doesn't tell."""

    async def raw(self, job: JobKey, run: RunKey | None = None) -> Mapping[str, object]:
        """The system's own record, masked and scrubbed. Raises ActionRefused where there is none."""

    async def parameters(self, job: JobKey) -> Sequence[Parameter]:
        """What a trigger of the job accepts; empty when the system doesn't tell."""

    async def web_url(self, job: JobKey, run: RunKey | None = None) -> str | None:
        """The web page of a job or run, or None."""

    def offers(self, connection: str, capability: type) -> bool:
        """Whether the connection's adapter has a capability mixin; False while it is not open yet."""

    def can(self, job: JobKey, kind: ActionKind) -> str:
        """Why the action can't be done now, or an empty string when it can. No I/O."""

    def refresh(self, connection: str | None = None) -> None:
        """Sweep now, also where wrong credentials or a wrong config had stopped polling."""

    def touch(self, job: JobKey) -> None:
        """Look at a job soon and often for a while, because it was just acted on."""

    def set_paused(self, paused: bool) -> None:  # noqa: FBT001
        """Stop or resume polling."""

    def set_focused(self, focused: bool) -> None:  # noqa: FBT001
        """Poll slowly while the terminal is not looked at."""

    def set_interest(self, keys: Sequence[JobKey]) -> None:
        """Tell which jobs are on screen: they are looked at first."""
