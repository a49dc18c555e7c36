"""Telling a process from another one that got the same pid later.

Imported by processes that live for milliseconds: nothing heavy may be imported here.
"""

from __future__ import annotations

import os

HAS_PROC = os.path.exists("/proc/self/stat")  # noqa: PTH110 - pathlib would triple the start of a run
"""Whether the kernel tells about processes in /proc; elsewhere psutil does."""

_DEAD = frozenset("ZXx")


def _boot_id() -> str:
    try:
        return _read("/proc/sys/kernel/random/boot_id").decode("ascii").strip()
    except OSError:
        return ""


def start_mark(pid: int) -> str:
    """When the process started, as one word that no other process with this pid shares, before or after.

    Empty when there is no such process or when it is dead and only waits to be collected.
    """
    if not HAS_PROC:
        return _psutil_mark(pid)
    try:
        fields = stat_fields(pid)
    except OSError:
        return ""
    return "" if is_dead(fields) else mark_of(fields)


def stat_fields(pid: int) -> list[str]:
    """The kernel's fields about a process, from its state on: the name before may hold anything."""
    return _read(f"/proc/{pid}/stat").rpartition(b")")[2].decode("ascii").split()


def is_dead(fields: list[str]) -> bool:
    """Whether the process has ended already."""
    return fields[0] in _DEAD


def mark_of(fields: list[str]) -> str:
    """The start mark in the kernel's fields: clock ticks since the machine started, and which start."""
    return f"{BOOT}/{fields[19]}"


def _psutil_mark(pid: int) -> str:
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}:
            return ""
        return f"{process.create_time():.2f}"
    except psutil.Error:
        return ""


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - pathlib would triple the start of a run
        return file.read()


BOOT = _boot_id()
"""What tells this start of the machine from every other; empty where the system has no such thing."""
