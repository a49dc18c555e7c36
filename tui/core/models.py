"""The values that flow from adapters to the screen. All are frozen; all times are aware and in UTC.

The first paint needs jobs alone. Making a dataclass takes Python a millisecond or two, so the other values
are made when they are first asked for: import all of them from here.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tui.core.keys import JobKey, RunKey

if TYPE_CHECKING:
    from datetime import datetime

    from tui.core.action import Accepted, Action, Parameter, Receipt, ReceiptStep
    from tui.core.health import Check, Health
    from tui.core.run import LogChunk, Run, Task, Trend
    from tui.core.state import State

__all__ = [
    "Accepted",
    "Action",
    "ActionKind",
    "Check",
    "Health",
    "HealthStatus",
    "Job",
    "LogChunk",
    "Parameter",
    "Receipt",
    "ReceiptStatus",
    "ReceiptStep",
    "Run",
    "Task",
    "Trend",
]

_LATER = {
    "tui.core.action": ("Accepted", "Action", "Parameter", "Receipt", "ReceiptStep"),
    "tui.core.health": ("Check", "Health"),
    "tui.core.run": ("LogChunk", "Run", "Task", "Trend"),
}
_HOMES = {name: module for module, names in _LATER.items() for name in names}


if not TYPE_CHECKING:  # else a misspelt name would pass as an object

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_HOMES[name]), name)


@dataclass(frozen=True, slots=True)
class Job:
    """A definition that can be run, as last observed. `state` is now; `last_result` is the newest outcome."""

    connection: str
    """Name of the connection that told of the job."""
    type: str
    """Adapter type of that connection: `talend`, `local`, …"""
    id: str
    """The system's own id, always as text."""
    name: str
    """The name that users know the job by."""
    state: State
    """What the job is doing now."""
    observed_at: datetime
    """When the system last told us."""
    kind: str = ""
    """What the system calls this sort of job: `task`, `flow`, `command`, …"""
    path: str = ""
    """Folder, project or label within the system; empty where there is none."""
    substate: str = ""
    """Free text beside the state: `stopping`, `preparing`, `timeout`, …"""
    native_state: str = ""
    """The system's own word for the state, unchanged."""
    last_result: State | None = None
    """Outcome of the newest finished run; None when no run has finished or none is known."""
    run_id: str = ""
    """The newest run; empty when there is none."""
    started_at: datetime | None = None
    """Start of the newest run."""
    ended_at: datetime | None = None
    """End of the newest run; None while it runs."""
    duration_s: float | None = None
    """Seconds that the newest run took; None while it runs (then it is now minus started_at)."""
    next_run_at: datetime | None = None
    """When the system will start the job next."""
    progress: float | None = None
    """How much of the running run is done, from 0.0 to 1.0."""
    exit_code: int | None = None
    """Exit code of the newest finished run."""
    message: str = ""
    """One line that tells what matters: the error of a failed run, the step of a running one."""
    url: str = ""
    """The system's web page for the job."""
    tags: tuple[str, ...] = ()
    """Labels that the system or the user gave the job."""
    is_held: bool = False
    """Whether its schedule or triggers are on hold."""

    @property
    def key(self) -> JobKey:
        """The job's identity."""
        return JobKey(self.connection, self.id)

    @property
    def run_key(self) -> RunKey | None:
        """The newest run's identity, if there is a run."""
        return RunKey(self.connection, self.id, self.run_id) if self.run_id else None


class ActionKind(StrEnum):
    """Everything that changes a remote system."""

    TRIGGER = "trigger"
    STOP = "stop"
    RERUN = "rerun"
    HOLD = "hold"
    RELEASE = "release"
    DELETE = "delete"


class ReceiptStatus(StrEnum):
    """How much is known of an action."""

    SENT = "sent"
    ACCEPTED = "accepted"
    OBSERVED = "observed"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    REHEARSED = "rehearsed"
    """A dry run: everything was done but sending it."""
    WAITING = "waiting"
    """Confirmed, and kept back for a moment in which it can be taken back."""
    WITHDRAWN = "withdrawn"
    """Taken back in that moment: nothing was sent."""


class HealthStatus(StrEnum):
    """How well a connection works."""

    CONNECTING = "connecting"
    OK = "ok"
    FAILING = "failing"
    UNAUTHORIZED = "unauthorized"
    BROKEN = "broken"
    PAUSED = "paused"
