"""The only mutable state: jobs, health, trends and receipts, with a revision and synchronous listeners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.core.keys import JobKey

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from tui.core.clock import Clock
    from tui.core.models import Health, Job, Receipt, Trend


@dataclass(frozen=True, slots=True)
class StoreChange:
    """What a listener is told, synchronously, after the store has changed."""

    jobs: frozenset[JobKey] = frozenset()
    """Jobs that are new or differ in more than the time of observation; also those with a new trend or receipt."""
    removed: frozenset[JobKey] = frozenset()
    """Jobs that the system no longer tells of."""
    connections: frozenset[str] = frozenset()
    """Connections whose health changed or who were observed again."""


class Store:
    """Everything that is known of the systems. Changed only on the event loop's thread."""

    def __init__(self, clock: Clock) -> None: ...

    @property
    def revision(self) -> int:
        """Grows with every real change; a newer observation of the same is none."""

    @property
    def jobs(self) -> Mapping[JobKey, Job]:
        """Every job, read-only."""

    @property
    def health(self) -> Mapping[str, Health]:
        """How each connection works, by name."""

    @property
    def trends(self) -> Mapping[JobKey, Trend]:
        """How the last finished runs went, where known."""

    @property
    def receipts(self) -> Mapping[JobKey, Receipt]:
        """The newest receipt of each job that was acted on."""

    def upsert(self, jobs: Iterable[Job]) -> frozenset[JobKey]:
        """Take over what was observed, scrubbed; returns the keys that really changed."""

    def keep_only(self, connection: str, seen: Collection[str]) -> frozenset[JobKey]:
        """Drop the connection's jobs whose ids were not seen by a complete sweep; returns the dropped keys."""

    def set_health(self, health: Health) -> None:
        """Replace a connection's health."""

    def set_trends(self, trends: Mapping[JobKey, Trend]) -> None:
        """Replace the trends of these jobs."""

    def set_receipt(self, receipt: Receipt) -> None:
        """Replace the receipt of the job that was acted on."""

    def is_stale(self, job: Job, now: datetime) -> bool:
        """Whether the job may differ by now from what is shown: its connection fails or lags."""

    def subscribe(self, listener: Callable[[StoreChange], None]) -> Callable[[], None]:
        """Call the listener after each change; call what is returned to stop that."""
