"""What the script of a job does, as the stand-in plays it: it runs no script."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.simulators.slurm.vocabulary import JobState

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Plan:
    """One execution of a script."""

    duration_s: float = 3.0
    """Seconds until it ends by itself."""
    state: JobState = JobState.COMPLETED
    """How it ends."""
    exit_code: int = 0
    """With which code."""
    signal: int = 0
    """By which signal."""
    lines: Sequence[tuple[float, str]] = ()
    """What it prints, with the seconds after its start."""
    last: str = ""
    """What is printed at the very end; a line of its own."""
    steps: Sequence[str] = ()
    """The names of the steps that it starts with `srun`, one after the other."""

    @property
    def status(self) -> int:
        """Its wait status, as the kernel has it."""
        return self.exit_code << 8 | self.signal


def printing(*lines: str, duration_s: float = 3.0, steps: Sequence[str] = ()) -> Plan:
    """A script that prints lines evenly over its time, and ends well."""
    gap = duration_s / (len(lines) + 1)
    return Plan(duration_s, lines=[(gap * at, line) for at, line in enumerate(lines)], steps=steps)


def failing(message: str, code: int = 1, duration_s: float = 3.0) -> Plan:
    """A script that says what is wrong, and ends with a code."""
    return Plan(duration_s, JobState.FAILED, code, last=message)


def broken(plan: Plan, state: JobState) -> Plan:
    """The same script where the machine has too little memory or goes down, before it has ended."""
    if state is JobState.OUT_OF_MEMORY:
        told = "slurmstepd: error: Detected 1 oom-kill event(s) in StepId={job}.batch. Some of your processes may have been killed by the cgroup out-of-memory handler."  # noqa: E501 - as it is told
        return replace(plan, state=state, signal=9, exit_code=0, last=told)
    return replace(plan, state=state, exit_code=1, last="")
