"""The values that flow from adapters to the screen. All are frozen; all times are aware and in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from tui.core.keys import JobKey, RunKey

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tui.core.state import State


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
class Parameter:
    """A parameter that a job accepts when it is triggered."""

    name: str
    """The name that the system expects."""
    type: str = "string"
    """`string`, `number`, `boolean`, `date` or `json`."""
    default: str = ""
    """The value used when none is given."""
    description: str = ""
    """What it does, in the system's words."""
    is_required: bool = False
    """Whether a trigger without it is refused."""
    choices: tuple[str, ...] = ()
    """The only values allowed; empty when any is."""


@dataclass(frozen=True, slots=True)
class Check:
    """What a system says when it is asked whether it can be used."""

    identity: str
    """The account that we act as."""
    version: str = ""
    """The server's version, where it tells one."""
    notes: tuple[str, ...] = ()
    """Anything that the user should know: a clock that disagrees, a missing permission."""


class ActionKind(StrEnum):
    """Everything that changes a remote system."""

    TRIGGER = "trigger"
    STOP = "stop"
    RERUN = "rerun"
    HOLD = "hold"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Action:
    """One change that a user asks for."""

    kind: ActionKind
    """What to do."""
    job: JobKey
    """To which job."""
    run: RunKey | None = None
    """To which run, for stop and rerun; None means the newest."""
    params: Mapping[str, str] = field(default_factory=dict)
    """Parameters of a trigger."""
    is_forced: bool = False
    """Stop at once instead of asking the run to end."""
    is_failed_only: bool = False
    """Rerun only the steps that failed."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A system's word that it took an action."""

    run_id: str = ""
    """The run that the action made or touched, where the system tells it."""
    message: str = ""
    """What the system said."""


class ReceiptStatus(StrEnum):
    """How much is known of an action."""

    SENT = "sent"
    ACCEPTED = "accepted"
    OBSERVED = "observed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of one action. A newer receipt of the same request replaces the older."""

    request_id: str
    """Ours, unique for every confirmation; the journal's key."""
    action: Action
    """What was asked."""
    status: ReceiptStatus
    """How far it got."""
    sent_at: datetime
    """When the request left."""
    updated_at: datetime
    """When this status became known."""
    run_id: str = ""
    """The run it made or touched, once known."""
    message: str = ""
    """What the system or nightdeck has to say about it."""
    observed_state: State | None = None
    """The state in which the poller first saw the run afterwards."""


class HealthStatus(StrEnum):
    """How well a connection works."""

    CONNECTING = "connecting"
    OK = "ok"
    FAILING = "failing"
    UNAUTHORIZED = "unauthorized"
    BROKEN = "broken"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Health:
    """How well one connection works, and since when."""

    connection: str
    """Its name in the config file."""
    type: str
    """Its adapter type."""
    environment: str = ""
    """`prod`, `stage`, `dev` or empty."""
    status: HealthStatus = HealthStatus.CONNECTING
    """`failing` retries by itself; `unauthorized` and `broken` wait for the user."""
    since: datetime | None = None
    """When it came into this status."""
    last_ok_at: datetime | None = None
    """The last complete sweep."""
    next_try_at: datetime | None = None
    """When the next sweep is due."""
    code: str = ""
    """Two or three characters for the health bar: `401`, `dns`, `tls`."""
    message: str = ""
    """What went wrong, in one line."""
    hint: str = ""
    """What to do about it."""
    sweep_s: float | None = None
    """Seconds that the last sweep took."""
    jobs: int = 0
    """How many jobs it told of."""
    is_read_only: bool = False
    """Whether actions on it are refused."""
    is_insecure: bool = False
    """Whether TLS verification is switched off."""


@dataclass(frozen=True, slots=True)
class Trend:
    """How a job's last finished runs went, oldest first."""

    outcomes: tuple[State, ...] = ()
    """At most the last ten outcomes."""
    durations_s: tuple[float, ...] = ()
    """Seconds each of them took, in the same order."""
    usual_s: float | None = None
    """Median seconds of the successful runs; None with fewer than three."""
