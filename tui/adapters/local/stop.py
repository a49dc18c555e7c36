"""Stopping a run, also one that an earlier nightdeck started or whose supervisor was killed."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

from tui.adapters.local import ending, slots, start
from tui.adapters.local.rehearsing import end_words, rehearsed_stop
from tui.core.duration import format_duration
from tui.core.errors import ActionRefused
from tui.core.rehearsal import is_rehearsing, record

if TYPE_CHECKING:
    from tui.adapters.local.library import Library
    from tui.adapters.local.observation import Observation
    from tui.adapters.local.processes import Process

_LAUNCH_S = 5.0
_KILL_S = 2.0
_LOOK_S = 0.02


def stop(library: Library, job_id: str, run_id: str, *, is_forced: bool) -> str:
    """End a run and tell what was done. Blocks for some milliseconds.

    Raises:
        NotFound: There is no such run.
        ActionRefused: It does not run, or belongs to another user or machine.
    """
    seen = _until_launched(library, job_id, run_id)
    if seen.run.native_state == "elsewhere":
        return _forget(library, seen, is_forced=is_forced)
    if seen.is_over and not seen.leftovers:
        raise ActionRefused(f"{job_id} is not running: the run has ended", hint="refresh to see its outcome")
    if is_rehearsing():
        record(rehearsed_stop(library, seen, is_forced=is_forced))
    supervisor = seen.status.supervisor
    try:
        if supervisor is None or not supervisor.send(signal.SIGUSR1 if is_forced else signal.SIGTERM):
            _end_without_supervisor(library, seen, is_forced=is_forced)
        elif is_forced:
            _kill_when_late(seen)
    except PermissionError as error:
        raise ActionRefused(f"{job_id} belongs to another user", hint="stop it as that user") from error
    except OSError as error:
        hint = "free some memory or processes, then try again"
        raise ActionRefused(f"{job_id} could not be stopped: {error}", hint=hint) from error
    if is_forced:
        return "killed"
    return f"asked to end; what is left after {format_duration(seen.spec.grace_s)} is killed"


def _until_launched(library: Library, job_id: str, run_id: str) -> Observation:
    deadline = time.monotonic() + _LAUNCH_S
    while True:
        seen = library.observe(job_id, run_id)
        if seen.run.native_state != "launching" or time.monotonic() > deadline:
            return seen
        time.sleep(_LOOK_S)  # a supervisor that is told to end before it listens would just die


def _forget(library: Library, seen: Observation, *, is_forced: bool) -> str:
    host, job_id = seen.spec.host, seen.run.key.job_id
    if not is_forced:
        raise ActionRefused(
            f"{job_id} was started on {host}", hint=f"stop it on {host}; by force it is forgotten here"
        )
    if is_rehearsing():
        record(rehearsed_stop(library, seen, is_forced=is_forced))
    files = library.folder(job_id).run(seen.run.key.run_id)
    if files is not None:
        slots.write(str(files.status), slots.EXIT, f"{slots.LOST} lost")
    return f"forgotten here; if it still runs on {host}, it goes on"


def _end_without_supervisor(library: Library, seen: Observation, *, is_forced: bool) -> None:
    # In a process of its own, so that the grace time is kept even when the dashboard quits meanwhile.
    words = end_words(library, seen, is_forced=is_forced)
    if words:
        start.detach(words)


def _kill_when_late(seen: Observation) -> None:
    """Kill the run ourselves when its supervisor does not: it may be busy with a polite end."""
    main = seen.status.main
    if main is None:
        return
    is_ending = seen.run.native_state == "stopping"
    deadline = time.monotonic() + (0.0 if is_ending else _KILL_S)
    while main.is_alive() and time.monotonic() < deadline:
        time.sleep(_LOOK_S)
    if main.is_alive() or is_ending:
        ending.end(seen.run.key.run_id, lambda process: _is_same(process, main), 0.0)


def _is_same(process: Process, main: Process) -> bool:
    return (process.pid, process.mark) == (main.pid, main.mark)
