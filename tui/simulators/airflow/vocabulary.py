"""The words of the server: states of runs and tasks, and what installations do differently."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RunState(StrEnum):
    """Every state that a run can have."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"

    @property
    def is_finished(self) -> bool:
        """Whether nothing more comes of it by itself."""
        return self in (RunState.SUCCESS, RunState.FAILED)


class TaskState(StrEnum):
    """Every state that a task of a run can have, beside none at all."""

    REMOVED = "removed"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    RESTARTING = "restarting"
    FAILED = "failed"
    UP_FOR_RETRY = "up_for_retry"
    UP_FOR_RESCHEDULE = "up_for_reschedule"
    UPSTREAM_FAILED = "upstream_failed"
    SKIPPED = "skipped"
    DEFERRED = "deferred"
    AWAITING_INPUT = "awaiting_input"

    @property
    def is_finished(self) -> bool:
        """Whether nothing more comes of it by itself."""
        return self in _FINISHED

    @property
    def has_process(self) -> bool:
        """Whether something works on it: what a stop makes `failed` rather than `skipped`."""
        return self in _WORKING


_FINISHED = frozenset(
    {TaskState.SUCCESS, TaskState.FAILED, TaskState.SKIPPED, TaskState.UPSTREAM_FAILED, TaskState.REMOVED}
)
_WORKING = frozenset(
    {TaskState.RUNNING, TaskState.DEFERRED, TaskState.UP_FOR_RESCHEDULE, TaskState.AWAITING_INPUT}
)


class RunType(StrEnum):
    """Who a run comes from; its id begins with the word unless a client names it."""

    BACKFILL = "backfill"
    SCHEDULED = "scheduled"
    MANUAL = "manual"
    OPERATOR_TRIGGERED = "operator_triggered"
    ASSET_TRIGGERED = "asset_triggered"
    ASSET_MATERIALIZATION = "asset_materialization"


@dataclass(slots=True)
class Behaviour:
    """What installations do differently."""

    version: str = "3.3.2"
    """What it says that it is."""
    is_airflow_2: bool = False
    """Whether it is an Airflow 2, which knows nothing below `/api/v2` and `/auth`."""
    nulls_first: bool = False
    """Whether a descending order begins with what has no value, as on PostgreSQL; on SQLite it ends so."""
    refuses_old_keys: bool = False
    """Whether a token that is forgotten was signed with another key (403), rather than too old (401)."""
    has_fresh_tokens: bool = True
    """Whether each login gives a token of its own, rather than one that was given before and is good."""
    largest_page: int = 100
    """More than so many rows no list over GET gives, whatever is asked for."""
    usual_page: int = 50
    """So many rows it gives when nothing is asked for."""
    queued_s: float = 1.0
    """Seconds after which the scheduler begins a run."""
    lag_s: float = 0.2
    """Seconds from scheduled to queued, and from queued to running, of each task."""
    dying_s: float = 2.0
    """Seconds for which the process of a stopped task goes on, and still writes."""
    restarting_s: float = 10.0
    """Seconds until a task that was cleared while it ran can run again."""
    has_triggerer: bool = False
    """Whether a triggerer runs."""
    is_scheduler_alive: bool = True
    """Whether the scheduler's heart beats; without it nothing goes on."""
    serves_logs: bool = False
    """Whether the logs of running tasks can be read from their hosts; a single node reads its own files."""
