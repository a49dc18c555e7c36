"""One job as Slurm tells of it, whichever command or version told: a piece of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

HELD = frozenset({"JobHeldUser", "JobHeldAdmin", "JobHoldMaxRequeue"})
"""Reasons of jobs that wait for somebody to release them."""


@dataclass(frozen=True, slots=True)
class Record:
    """A job, an element of an array, or a component of a heterogeneous job."""

    id: str
    """Its own job id."""
    run_id: str
    """The id of the whole: that of the array, of the heterogeneous job, or its own."""
    name: str
    """The job's name."""
    user: str
    """Who submitted it."""
    words: tuple[str, ...]
    """Its state in Slurm's words: a base state and perhaps flags."""
    kind: str = "job"
    """`job`, `array` or `het`."""
    index: int | None = None
    """Which element of the array, or component of the heterogeneous job."""
    indexes: str = ""
    """The elements that one record stands for, because they still wait: `4-10%2`."""
    partition: str = ""
    """Where it runs or waits."""
    reason: str = ""
    """Why it waits or failed, in Slurm's word."""
    detail: str = ""
    """What Slurm adds to the reason."""
    exit_code: int | None = None
    """Its exit code; None where Slurm tells none."""
    signal: int | None = None
    """The signal that ended it."""
    submitted_at: datetime | None = None
    """When it was submitted."""
    begins_at: datetime | None = None
    """When a job that waits is expected to start."""
    started_at: datetime | None = None
    """When it started."""
    ended_at: datetime | None = None
    """When it ended."""
    attempt: int = 1
    """Which repetition, counted from 1; each requeue makes another."""
    output: str = ""
    """The file of its output, perhaps with `%j` and the like in it; empty when it is Slurm's usual one."""
    errors: str = ""
    """The same for what goes to standard error; empty when that goes to the output."""
    folder: str = ""
    """Where it runs."""
    comment: str = ""
    """What its submitter noted."""
    node: str = ""
    """The first node it runs on."""
    is_batch: bool = True
    """Whether it is a script, which can be submitted again; else somebody waits for it at a terminal."""
    is_superseded: bool = False
    """Whether a later attempt followed: then "requeued" is how it ended."""
    is_zeroed: bool = False
    """Whether its priority is zero: it is held, whatever the reason says."""

    @property
    def native(self) -> str:
        """Its state as Slurm writes it."""
        return ",".join(self.words)

    @property
    def is_pending(self) -> bool:
        """Whether it has not begun."""
        if self.is_superseded:
            return False
        return "PENDING" in self.words or "REQUEUED" in self.words

    @property
    def is_held(self) -> bool:
        """Whether it waits for somebody to release it."""
        if not self.is_pending:
            return bool({"REQUEUE_HOLD", "SPECIAL_EXIT"} & set(self.words))
        return self.reason in HELD or self.is_zeroed or "held" in self.reason.casefold()


@dataclass(frozen=True, slots=True)
class Step:
    """A step inside a job, as the accounting tells of it."""

    id: str
    """`8.batch`, `8.0`."""
    name: str
    """What it is called."""
    words: tuple[str, ...]
    """Its state in Slurm's words."""
    exit_code: int | None = None
    """Its exit code."""
    signal: int | None = None
    """The signal that ended it."""
    started_at: datetime | None = None
    """When it started."""
    ended_at: datetime | None = None
    """When it ended."""
