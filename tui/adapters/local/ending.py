"""Ending a run before its time: ask every process of it to end, wait, and kill what is left."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING

from tui.adapters.local import identity, processes, slots

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.adapters.local.processes import Process

NOTHING_THERE = 3
"""Exit code that tells the supervisor that its job had ended by itself."""

_FIRST_LOOK_S = 0.02
_LONGEST_LOOK_S = 0.25
_KILL_ROUNDS = 50
"""New processes may be forked while others are killed: after so many rounds they are let go."""


def main(arguments: list[str]) -> int:
    """End a run: for the supervisor, or in its place when it was killed.

    Args:
        arguments: Status file, run id, why, seconds of grace, and the pid of the supervisor's child; without
            a pid the status file tells of the job, and the outcome is written too.
    """
    status, run_id, why, grace, *child = arguments
    with open(status, "rb") as file:  # noqa: PTH123 - pathlib would double the start of this process
        content = file.read()
    is_main = _recorded_main(content)
    if child:
        is_main = _child_of(os.getppid(), int(child[0]))
    is_there = any(is_main(process) for process in processes.living())
    if child and not is_there:
        return NOTHING_THERE
    slots.write(status, slots.ENDING, f"{why} {os.getpid()} {identity.start_mark(os.getpid())}")
    end(run_id, is_main, float(grace))
    if not child and not slots.read(content, slots.EXIT):
        slots.write(status, slots.EXIT, f"{slots.LOST} {why}")
    return 0


def end(run_id: str, is_main: Callable[[Process], bool], grace_s: float) -> None:
    """Ask every process of the run to end, wait at most the grace time, and kill what is left."""

    def left() -> list[Process]:
        return processes.members(run_id, is_main, spared=(os.getpid(), os.getppid(), 1))

    if grace_s > 0:
        _ask(left())
        _wait_until_gone(left, grace_s)
    for _ in range(_KILL_ROUNDS):
        remaining = left()
        if not remaining:
            return
        for process in remaining:
            _send(process, signal.SIGKILL)
        time.sleep(_FIRST_LOOK_S)


def _ask(remaining: list[Process]) -> None:
    # Once each: many programs take a second TERM for impatience. Then wake the stopped ones, to hear it.
    for number in (signal.SIGTERM, signal.SIGCONT):
        for process in remaining:
            _send(process, number)


def _wait_until_gone(left: Callable[[], list[Process]], grace_s: float) -> None:
    deadline = time.monotonic() + grace_s
    look_s = _FIRST_LOOK_S
    while left() and (remaining_s := deadline - time.monotonic()) > 0:
        time.sleep(min(look_s, remaining_s))
        look_s = min(look_s * 1.5, _LONGEST_LOOK_S)


def _send(process: Process, number: int) -> None:
    with contextlib.suppress(PermissionError):  # another user's, by sudo: it ends when its parent tells it
        process.send(number)


def _child_of(supervisor: int, pid: int) -> Callable[[Process], bool]:
    return lambda process: process.pid == pid and process.parent == supervisor


def _recorded_main(content: bytes) -> Callable[[Process], bool]:
    main = processes.Process.recorded(slots.read(content, slots.JOB))
    return lambda process: main is not None and (process.pid, process.mark) == (main.pid, main.mark)
