"""The normalised states of jobs and runs."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """What a job or a run is doing, in one vocabulary for every system."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    WARNING = "warning"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PAUSED = "paused"
    SCHEDULED = "scheduled"
    NEVER_RUN = "never_run"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """Whether a run in this state has ended for good."""
        return self in FINAL

    @property
    def is_active(self) -> bool:
        """Whether a run in this state is waiting for or using resources."""
        return self in ACTIVE

    @property
    def urgency(self) -> int:
        """Rank for sorting by state: 0 wants attention first."""
        return _URGENCY[self]


FINAL = frozenset({State.SUCCEEDED, State.WARNING, State.FAILED, State.CANCELLED})
"""The states that a run never leaves."""

ACTIVE = frozenset({State.QUEUED, State.RUNNING})
"""The states in which something is under way."""

_URGENCY = {
    state: rank
    for rank, state in enumerate(
        (
            State.FAILED,
            State.WARNING,
            State.UNKNOWN,
            State.RUNNING,
            State.QUEUED,
            State.CANCELLED,
            State.PAUSED,
            State.SCHEDULED,
            State.SUCCEEDED,
            State.NEVER_RUN,
        )
    )
}
