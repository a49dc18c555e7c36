"""What the words of the API mean: `status` says what an ETL does, `exit_code` how its last run ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING

from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNNING = "RUNNING"
WAITING = "WAITING"
ENDED = "ENDED"
ABORTED = "ABORTED"
SERVICE_ON = "SERVICE_ON"
SERVICE_OFF = "SERVICE_OFF"
NEVER = ""
"""No value: the ETL has neither run nor been scheduled."""

SERVICE_WORDS = frozenset({SERVICE_ON, SERVICE_OFF})
"""What the status of a service ETL may be."""

REST_WORDS = frozenset({WAITING, ENDED, ABORTED, NEVER})
"""What the status of an ETL may be that is not running."""

_STATES: Mapping[str, State] = {
    RUNNING: State.RUNNING,
    SERVICE_ON: State.RUNNING,
    SERVICE_OFF: State.PAUSED,
    WAITING: State.SCHEDULED,
    ABORTED: State.CANCELLED,
    NEVER: State.NEVER_RUN,
}
"""`ENDED` is not among them: it says that a run is over, and `exit_code` how."""

_RESULTS: Mapping[str, State] = {
    "OK": State.SUCCEEDED,
    "ERROR": State.FAILED,
    # The pages show OK and ERROR alone; these are what the product's own screens call the last exit.
    "SUCCESS": State.SUCCEEDED,
    "WARNING": State.WARNING,
    "FAILED": State.FAILED,
    "FAIL": State.FAILED,
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the API told of an ETL at one moment."""

    status: str = ""
    """Its word for what the ETL does, as it was sent."""
    exit_code: str = ""
    """Its word for how the last run ended; while one runs, that may be the run before."""
    mark: str = ""
    """`last_exec_ts` as it was sent: whether it is the start or the end of the last run is not documented."""
    moment: datetime | None = None
    """The same as a time."""

    @property
    def word(self) -> str:
        """The status in the spelling of the documentation."""
        return self.status.strip().upper()

    @property
    def is_known(self) -> bool:
        """Whether the status is a documented one."""
        return self.word in _STATES or self.word == ENDED

    @property
    def is_service(self) -> bool:
        """Whether it tells of a service ETL."""
        return self.word in SERVICE_WORDS

    @property
    def has_run(self) -> bool:
        """Whether it tells of any run at all."""
        return bool(self.exit_code or self.mark) or self.word in {RUNNING, ENDED, ABORTED}

    @property
    def state(self) -> State:
        """What the ETL does; after the end of a run the outcome of that."""
        if self.word == ENDED or (self.word == NEVER and self.has_run):
            return self.result or State.UNKNOWN
        return _STATES.get(self.word, State.UNKNOWN)

    @property
    def result(self) -> State | None:
        """How the last run ended, as far as the words tell."""
        if self.word == ABORTED:
            return State.CANCELLED
        return _RESULTS.get(self.exit_code.strip().upper())

    @property
    def native(self) -> str:
        """The words as they are, in one; `ENDED` alone would hide how it ended."""
        is_going_on = self.word == RUNNING or self.is_service
        parts = (self.status,) if is_going_on else (self.status, self.exit_code)
        return ", ".join(part for part in parts if part)
