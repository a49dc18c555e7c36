"""Every action that was ever sent: append-only, in the history file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tui.core.clock import Clock
    from tui.core.redaction import Redactor
    from tui.engine.database import Database


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One step of one action. Entries are only ever added."""

    request_id: str
    """Ours, the same for every step of one confirmation."""
    at: datetime
    """When this step happened."""
    user: str
    """Who sat at the keyboard."""
    host: str
    """On which machine."""
    pid: int
    """In which process."""
    connection: str
    """Name of the connection."""
    job_id: str
    """The system's own id of the job."""
    job_name: str
    """The job's name then."""
    action: str
    """`trigger`, `stop`, `rerun`, `hold` or `release`."""
    params: Mapping[str, str]
    """What it was started with; secrets are masked."""
    run_id: str
    """The run that it made or touched, once known."""
    status: str
    """`sent`, `accepted`, `refused`, `unknown`, `observed` or `settled`."""
    message: str
    """What the system or nightdeck had to say."""
    before_state: str
    """The job's state when the action was sent."""
    after_state: str = ""
    """The state in which the run was seen afterwards."""
    known_runs: tuple[str, ...] = ()
    """Runs (`id#attempt`) that were known when it was sent: any other may be ours."""


class Journal:
    """Adds and reads entries."""

    def __init__(self, database: Database, clock: Clock, redactor: Redactor) -> None: ...

    async def entries(self, since: datetime | None = None) -> list[JournalEntry]:
        """Every step since then, oldest first. Raises NightdeckError when the file can't be read."""
