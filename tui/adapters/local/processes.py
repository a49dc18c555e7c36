"""The processes of this machine, and which of them belong to a run."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, NamedTuple

from tui.adapters.local import identity
from tui.adapters.local.launch import MARKER

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

_KERNEL_THREAD = 0x00200000
"""PF_KTHREAD in the flags of /proc/PID/stat."""
_EXEC_S = 0.003
_NEEDLE = b"\0" + MARKER.encode() + b"="


class Process(NamedTuple):
    """One living process, told apart from a later one with the same pid by its mark."""

    pid: int
    """Its number, which another process may get when it has ended."""
    mark: str
    """When it started: see `identity.start_mark`."""
    parent: int = 0
    """The pid of its parent."""
    group: int = 0
    """The number of its process group."""
    session: int = 0
    """The number of its session."""

    @classmethod
    def recorded(cls, words: Sequence[str]) -> Process | None:
        """The process that a line of a status file names: its pid, its mark, and more."""
        return cls(int(words[0]), words[1]) if len(words) > 1 and words[0].isdecimal() else None

    def is_alive(self) -> bool:
        """Whether this very process still runs."""
        return bool(self.mark) and identity.start_mark(self.pid) == self.mark

    def send(self, number: int) -> bool:
        """Send a signal to this very process and no other; False when it has ended.

        Raises:
            PermissionError: It belongs to another user.
        """
        if not hasattr(os, "pidfd_open"):
            return self.is_alive() and _kill(self.pid, number)
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return False
        except OSError:  # a kernel older than 5.3
            return self.is_alive() and _kill(self.pid, number)
        try:  # the handle keeps its process: what was right when checked is right when sent
            if not self.is_alive():
                return False
            signal.pidfd_send_signal(handle, number)
        except ProcessLookupError:
            return False
        finally:
            os.close(handle)
        return True


def living() -> list[Process]:
    """Every process that can be seen and has not ended, without the kernel's own threads."""
    return list(_from_proc() if identity.HAS_PROC else _from_psutil())


def marked(processes: Sequence[Process]) -> dict[str, list[Process]]:
    """The processes that carry a run's id in their environment, by that id."""
    found: dict[str, list[Process]] = {}
    for process, run_id in zip(processes, _runs_of(processes), strict=True):
        if run_id:
            found.setdefault(run_id, []).append(process)
    return found


def members(
    run_id: str, is_main: Callable[[Process], bool], *, spared: Collection[int] = ()
) -> list[Process]:
    """The processes of a run: the main one, those that carry its id, and all who share a session with these.

    The number of a session is given to nobody else while one of its processes lives, and each of these
    sessions was opened by a process of the run: so nobody else can be in it.
    """
    everybody = [process for process in living() if process.pid not in spared]
    carried = _runs_of(everybody)
    known = [p for p, carries in zip(everybody, carried, strict=True) if is_main(p) or carries == run_id]
    sessions = {process.session for process in known} - {0}  # 0: opened outside of this container
    return [process for process in everybody if process in known or process.session in sessions]


def _runs_of(processes: Sequence[Process]) -> list[str]:
    """The run that each process belongs to; empty for all others."""
    found = [_run_of(process) for process in processes]
    if None in found:  # about to turn into another program, for less than this long
        time.sleep(_EXEC_S)
        found = [_run_of(p) if run is None else run for p, run in zip(processes, found, strict=True)]
    return [run or "" for run in found]


def _run_of(process: Process) -> str | None:
    """The run in the environment of a process; None when it has no environment at this moment."""
    if not identity.HAS_PROC:
        return _psutil_run_of(process.pid)
    try:
        with open(f"/proc/{process.pid}/environ", "rb", buffering=0) as file:  # noqa: PTH123 - for every process
            content = file.read()
    except OSError:
        return ""
    if not content:
        return None
    _, found, rest = (b"\0" + content).partition(_NEEDLE)
    return rest.partition(b"\0")[0].decode("ascii", "replace") if found else ""


def _psutil_run_of(pid: int) -> str:
    import psutil

    try:
        return psutil.Process(pid).environ().get(MARKER, "")
    except (psutil.Error, OSError):
        return ""


def _from_proc() -> Iterator[Process]:
    for name in os.listdir("/proc"):  # noqa: PTH208 - names alone are wanted
        if not name.isdigit():
            continue
        try:
            fields = identity.stat_fields(int(name))
        except OSError:
            continue  # it ended meanwhile
        if not identity.is_dead(fields) and not int(fields[6]) & _KERNEL_THREAD:
            yield Process(int(name), identity.mark_of(fields), *map(int, fields[1:4]))


def _from_psutil() -> Iterator[Process]:
    import psutil

    for process in psutil.process_iter():
        try:
            mark = identity.start_mark(process.pid)
            if mark:
                places = process.ppid(), os.getpgid(process.pid), os.getsid(process.pid)
                yield Process(process.pid, mark, *places)
        except (psutil.Error, OSError):
            continue


def _kill(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True
