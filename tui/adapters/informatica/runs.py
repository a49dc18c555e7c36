"""What is known of a run, whichever family told it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tui.adapters.informatica.times import UNTOLD, Span, seconds_between
from tui.core.keys import RunKey
from tui.core.models import Run
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from tui.core.keys import JobKey


@dataclass(frozen=True, slots=True)
class SeenRun:
    """One run."""

    id: str
    """The `runId`, or the `jobId` of a code task."""
    state: State
    """What it is doing, or its outcome."""
    substate: str = ""
    """Free text beside the state."""
    word: str = ""
    """Informatica's own word for the state."""
    span: Span = UNTOLD
    """When it began and ended."""
    asked_at: datetime | None = None
    """When we asked for it; None for a run of somebody else."""
    message: str = ""
    """One line: its error."""
    started_by: str = ""
    """Who or what started it."""
    attempt: int = 1
    """How often it was begun, counted from 1: a suspended taskflow can be resumed."""
    params: Mapping[str, str] = field(default_factory=dict)
    """What it was started with, as far as we started it."""
    entry: str = ""
    """The id of its row in the activity log; empty until there is one."""

    @property
    def number(self) -> int:
        """The run's number, by which the runs of one task are in order; -1 when it is none."""
        return int(self.id) if self.id.isascii() and self.id.isdigit() else -1

    @property
    def moment(self) -> float:
        """When it began, to put runs in order; 0 when nobody knows."""
        moment = self.span.started_at or self.asked_at
        return moment.timestamp() if moment is not None else 0.0

    def to_run(self, job: JobKey) -> Run:
        """The run in nightdeck's words."""
        is_over = not self.state.is_active
        return Run(
            key=RunKey(job.connection, job.id, self.id, self.attempt),
            state=self.state,
            substate=self.substate,
            native_state=self.word,
            queued_at=self.asked_at,
            started_at=self.span.started_at,
            ended_at=self.span.ended_at if is_over else None,
            duration_s=seconds_between(self.span) if is_over else None,
            message=self.message,
            triggered_by=self.started_by,
            params=self.params,
        )


class Standing(NamedTuple):
    """How a job stands."""

    current: SeenRun | None = None
    """The run that counts: the newest that is under way, else the newest."""
    last: SeenRun | None = None
    """The newest that has ended for good."""


STILL_READING = "older runs are still being read"
"""Substate of a job without a known run, while there may be an older one."""


class Absence(NamedTuple):
    """What it means that no run of a job is known."""

    state: State = State.NEVER_RUN
    """The state of such a job."""
    substate: str = ""
    """How sure that is."""


def standing_of(newest_first: Iterable[SeenRun]) -> Standing:
    """How a job stands by its runs, which come newest first."""
    runs = tuple(newest_first)
    newest = runs[0] if runs else None
    active = next((run for run in runs if run.state.is_active), newest)
    return Standing(active, next((run for run in runs if run.state.is_final), None))
