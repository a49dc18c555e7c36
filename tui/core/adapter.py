"""The contract between nightdeck and one system."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from tui.core.capabilities import CanDelete, CanHold, CanRerun, CanStop, CanTrigger
from tui.core.line import Line
from tui.core.models import ActionKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from pathlib import Path

    from tui.core.clock import Clock
    from tui.core.keys import JobKey
    from tui.core.models import Action, Check, Job, Run
    from tui.core.redaction import Redactor
    from tui.core.settings import ConnectionSettings, SecretRef


class Memory(Protocol):
    """A few facts that an adapter keeps over restarts, such as the ids of runs that it started."""

    async def load(self, key: str) -> Any:
        """The JSON-like value kept under the key, or None."""
        ...

    async def save(self, key: str, value: Any) -> None:
        """Keep a JSON-like value under the key; None forgets it."""
        ...


@dataclass(frozen=True, slots=True)
class AdapterContext:
    """What nightdeck lends to an adapter."""

    clock: Clock
    """Where the time comes from."""
    resolve: Callable[[SecretRef], str]
    """Fetches a secret; slow ones run in a thread of the caller's choice. Raises ConfigError."""
    memory: Memory
    """Facts kept over restarts, for this connection alone."""
    redactor: Redactor
    """Knows every secret that was resolved, and masks them in text."""
    state_dir: Path
    """A folder for this connection's own files; made when first needed."""
    http_transport: object | None = None
    """An `httpx.AsyncBaseTransport` that replaces the network, in the demo and in tests."""
    line: Line = field(default_factory=Line)
    """Learns how this opening of the connection travels, for `doctor`."""
    is_dry_run: bool = False
    """Whether nothing may be changed in this session: actions are rehearsed (`tui.core.rehearsal`)."""


class Adapter(ABC):
    """Speaks one system's API and tells of its jobs in nightdeck's words. One for each connection."""

    type_name: ClassVar[str]
    """The `type` used in config files."""
    title: ClassVar[str]
    """The system's own name, for people."""
    Settings: ClassVar[type[ConnectionSettings]]
    """The pydantic model of this system's connection table."""
    default_refresh_s: ClassVar[float] = 15.0
    """Seconds between two sweeps when the config doesn't say."""
    rehearses: ClassVar[bool] = False
    """Whether every change leaves by `ApiClient.send_change`, or asks `tui.core.rehearsal` before it is made.
    An adapter that doesn't say so is asked for no action in a dry run: it might act."""
    reasons: ClassVar[Mapping[ActionKind, str]] = {}
    """Why an action can't be offered, in words for the user: shown when its grey key is pressed."""

    def __init__(self, connection: str, settings: ConnectionSettings, context: AdapterContext) -> None:
        """Keep what is needed; no I/O.

        Args:
            connection: The connection's name.
            settings: Its validated table, an instance of `Settings`.
            context: What nightdeck lends.
        """
        self.connection = connection
        self.settings = settings
        self.context = context

    async def open(self) -> None:  # noqa: B027 - most adapters need nothing
        """Prepare for work: fetch secrets, make clients. Must not fail because the system is down."""

    async def aclose(self) -> None:  # noqa: B027 - most adapters need nothing
        """Give back what `open` took."""

    def doubt(self) -> None:  # noqa: B027 - most adapters keep nothing
        """The system was away, and may be another one now: read anew what was kept of it. No I/O."""

    @abstractmethod
    async def check(self) -> Check:
        """Ask the system, cheaply, whether it can be used and who we are. Raises SystemUnavailable."""

    @abstractmethod
    def list_jobs(self) -> AsyncIterator[Sequence[Job]]:
        """Every job that is watched, page by page, as observed now. Raises SystemUnavailable."""

    @abstractmethod
    async def list_runs(self, job: JobKey, limit: int = 50) -> Sequence[Run]:
        """The newest runs of a job that the system remembers, newest first; empty when it keeps none."""

    def can(self, kind: ActionKind) -> bool:
        """Whether this system offers the action at all."""
        return isinstance(self, _NEEDS[kind])

    def reason_against(self, kind: ActionKind, job: Job) -> str:
        """Why the action can't be done to this job now, or an empty string when it can."""
        del job
        if self.can(kind):
            return ""
        return self.reasons.get(kind, f"{self.title} does not offer {kind} over its API")

    def preview(self, action: Action) -> str:
        """The request that the action would send, for the confirmation; secrets never appear in it."""
        return f"{action.kind} {action.job.id}"


_NEEDS: Mapping[ActionKind, type | tuple[type, ...]] = {
    ActionKind.TRIGGER: CanTrigger,
    ActionKind.STOP: CanStop,
    ActionKind.RERUN: (CanRerun, CanTrigger),
    ActionKind.HOLD: CanHold,
    ActionKind.RELEASE: CanHold,
    ActionKind.DELETE: CanDelete,
}
