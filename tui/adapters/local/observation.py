"""What a run is doing, concluded from its records and from the processes that live."""

from __future__ import annotations

import platform
import signal
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui.adapters.local import identity, processes
from tui.adapters.local.tail import Tail, read_tail
from tui.core.duration import format_duration
from tui.core.models import Run
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.adapters.local.processes import Process
    from tui.adapters.local.records import JobFolder, RunFolder, Spec, Status
    from tui.core.keys import RunKey

_STATES: Mapping[str, State] = {
    "launching": State.QUEUED,
    "not started": State.FAILED,
    "running": State.RUNNING,
    "stopping": State.RUNNING,
    "unsupervised": State.RUNNING,
    "succeeded": State.SUCCEEDED,
    "failed": State.FAILED,
    "stopped": State.CANCELLED,
    "timeout": State.FAILED,
    "interrupted": State.FAILED,
    "elsewhere": State.UNKNOWN,
    "lost": State.UNKNOWN,
    "damaged": State.UNKNOWN,
}
_UNSETTLED = frozenset({"launching", "running", "stopping", "unsupervised", "elsewhere"})
_DOUBTFUL = frozenset({"not started", "unsupervised", "lost", "damaged"})
"""A run that ends between two looks seems to be one of these: look again."""
_PLAIN = frozenset({"running", "succeeded", "failed", "stopped"})
"""Their state says it all: no substate."""
_SIGNALLED = 128
_NAMED_PIDS = 3

LEFT_BEHIND = "processes left"
"""The substate of a run that has ended while processes of it live on."""

_MESSAGES: Mapping[str, str] = {
    "not started": "nightdeck ended while it started this run: the command never ran",
    "unsupervised": "its supervisor was killed: the exit code will be lost",
    "interrupted": "the machine restarted while it ran",
    "lost": "its supervisor was killed: the exit code is lost",
    "damaged": "its record cannot be read",
}


@dataclass(frozen=True, slots=True)
class Observation:
    """A run as it is now, and what only the adapter needs to know of it."""

    run: Run
    """The run in nightdeck's words; `native_state` is a key of `_STATES`."""
    spec: Spec
    """What was asked for."""
    status: Status
    """What the records say."""
    leftovers: tuple[Process, ...] = ()
    """Processes that live on after their run has ended."""
    progress: float | None = None
    """How much is done, while it runs."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing about it can change any more."""
        return self.is_over and not self.leftovers

    @property
    def is_blocking(self) -> bool:
        """Whether the job must not be started again yet."""
        return not self.is_over

    @property
    def is_over(self) -> bool:
        """Whether the run has ended, however that was."""
        return self.run.native_state not in _UNSETTLED


@dataclass(frozen=True, slots=True)
class Subject:
    """The run to observe."""

    key: RunKey
    """Its identity."""
    job: JobFolder
    """The folder of its job."""
    files: RunFolder
    """Its own files."""
    progress_pattern: str = ""
    """How to find its progress."""
    known_leftovers: tuple[Process, ...] = ()
    """Processes that lived on when it was last observed."""


class Surroundings:
    """The machine at one moment: looked at once, however many runs are observed."""

    def __init__(self) -> None:
        self.boot = identity.BOOT
        self.host = platform.node()
        self._marked: dict[str, list[Process]] | None = None

    def leftovers_of(self, subject: Subject) -> tuple[Process, ...]:
        """The processes of a run that live on; who lived on before is asked before everybody is."""
        still = tuple(process for process in subject.known_leftovers if process.is_alive())
        if still:
            return still
        if self._marked is None:
            self._marked = processes.marked(processes.living())
        return tuple(self._marked.get(subject.key.run_id, ()))


def observe(subject: Subject, here: Surroundings) -> Observation:
    """Look at one run."""
    spec, status = subject.files.read_spec(), subject.files.read_status()
    word = _word(subject, spec, status, here)
    if word in _DOUBTFUL:
        status = subject.files.read_status()
        word = _word(subject, spec, status, here)
    is_over = word not in _UNSETTLED
    tail = read_tail(subject.files.log) if word not in {"succeeded", "stopped"} else None
    leftovers = here.leftovers_of(subject) if is_over else ()
    run = _run(subject, spec, status, word, _message(word, spec, status, tail, leftovers))
    if leftovers and word in _PLAIN:
        run = replace(run, substate=LEFT_BEHIND)
    progress = tail.progress(subject.progress_pattern) if tail and not is_over else None
    return Observation(run, spec, status, leftovers, progress)


def _word(subject: Subject, spec: Spec, status: Status, here: Surroundings) -> str:
    if status.reason == "exited":
        return "succeeded" if status.exit_code == 0 else "failed"
    if status.reason:
        return status.reason
    if spec.name and spec.boot != here.boot:
        return "interrupted" if spec.host == here.host else "elsewhere"
    if status.supervisor is None:
        return "launching" if subject.job.is_locked() else "not started"
    is_supervised = status.supervisor.is_alive()
    if status.ender is not None and (is_supervised or status.ender.is_alive()):
        return "stopping"
    if is_supervised:
        return "running" if status.main else "launching"
    if status.main is None:
        return "not started"
    return "unsupervised" if status.main.is_alive() else "lost"


def _run(subject: Subject, spec: Spec, status: Status, word: str, message: str) -> Run:
    started_at, ended_at = status.started_at, None
    if word not in _UNSETTLED:
        ended_at = status.written_at if status.reason else _last_sign_of_life(subject)
    if started_at and ended_at:
        ended_at = max(started_at, ended_at)
    return Run(
        key=subject.key,
        state=_STATES.get(word, State.UNKNOWN),
        substate=_signal_name(word, status) or ("" if word in _PLAIN else word),
        native_state=word,
        queued_at=_moment(spec.queued_at),
        started_at=started_at,
        ended_at=ended_at,
        duration_s=(ended_at - started_at).total_seconds() if started_at and ended_at else None,
        exit_code=status.exit_code,
        message=message,
        triggered_by=spec.triggered_by,
        params=spec.params,
    )


def _message(word: str, spec: Spec, status: Status, tail: Tail | None, leftovers: tuple[Process, ...]) -> str:
    line = tail.last_line if tail else ""
    said = _MESSAGES.get(word, line)
    if word == "failed" and not line:
        said = f"exit code {status.exit_code}, without a word"
    elif word == "timeout":
        limit = f"ended after its timeout of {format_duration(spec.timeout_s)}"
        said = f"{limit}: {line}" if line else limit
    elif word == "elsewhere":
        said = f"started on {spec.host}, which alone knows whether it still runs"
    if not leftovers:
        return said
    pids = ", ".join(str(process.pid) for process in leftovers[:_NAMED_PIDS])
    more = ", …" if len(leftovers) > _NAMED_PIDS else ""
    still = f"{len(leftovers)} of its processes still run ({pids}{more})"
    return f"{said}; {still}" if said else still


def _signal_name(word: str, status: Status) -> str:
    if word != "failed" or status.exit_code is None or status.exit_code <= _SIGNALLED:
        return ""
    try:
        return signal.Signals(status.exit_code - _SIGNALLED).name
    except ValueError:
        return ""


def _last_sign_of_life(subject: Subject) -> datetime | None:
    try:
        return datetime.fromtimestamp(subject.files.log.stat().st_mtime, UTC)
    except OSError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
