"""What is known of runs: one execution of a job, its steps, its log, and how the last ones went."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tui.core.keys import RunKey
    from tui.core.state import State


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a job."""

    key: RunKey
    """The run's identity; its attempt is the newest one."""
    state: State
    """What the run is doing, or its outcome."""
    substate: str = ""
    """Free text beside the state."""
    native_state: str = ""
    """The system's own word for the state, unchanged."""
    queued_at: datetime | None = None
    """When the run was asked for."""
    started_at: datetime | None = None
    """When it began to work."""
    ended_at: datetime | None = None
    """When it ended."""
    duration_s: float | None = None
    """Seconds from start to end; None while it runs."""
    exit_code: int | None = None
    """Its exit code where the system tells one."""
    message: str = ""
    """One line: the error, or what the run says of itself."""
    triggered_by: str = ""
    """Who or what started it: a user, `schedule`, …"""
    params: Mapping[str, str] = field(default_factory=dict)
    """The parameters it was started with."""


@dataclass(frozen=True, slots=True)
class Task:
    """A step inside a run."""

    run: RunKey
    """The run that the step belongs to."""
    id: str
    """The system's own id of the step."""
    name: str
    """The name that users know it by."""
    state: State
    """What the step is doing, or its outcome."""
    native_state: str = ""
    """The system's own word for the state, unchanged."""
    attempt: int = 1
    """Which repetition, counted from 1."""
    started_at: datetime | None = None
    """When it began."""
    ended_at: datetime | None = None
    """When it ended."""
    message: str = ""
    """One line: its error, or what it says of itself."""
    queued_at: datetime | None = None
    """When it was ready to begin, where the system tells how long it had to wait."""


@dataclass(frozen=True, slots=True)
class LogChunk:
    """A piece of a run's log, and where the next piece starts."""

    data: bytes
    """The new bytes, as the system sent them: untrusted."""
    cursor: str
    """Pass it to the next `read_log` to get what follows."""
    is_complete: bool
    """True when the run has ended and nothing will follow."""
    is_restart: bool = False
    """True when the log was rewritten: what was read before no longer counts."""
    encoding: str = "utf-8"
    """How to read the bytes as text; bytes that don't fit are shown as replacement characters."""


@dataclass(frozen=True, slots=True)
class Trend:
    """How a job's last finished runs went, oldest first."""

    outcomes: tuple[State, ...] = ()
    """At most the last ten outcomes."""
    durations_s: tuple[float, ...] = ()
    """Seconds each of them took, in the same order."""
    usual_s: float | None = None
    """Median seconds of the successful runs; None with fewer than three."""
