"""Runs as jobs tell of them, and as systems and history tell of them together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui.core.keys import RunKey
from tui.core.models import Run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tui.core.models import Job
    from tui.core.state import State


def newest_outcome(job: Job) -> State | None:
    """How the job's newest run ended; None while it goes on or when there is none.

    A job that waits for its next run still tells of the last one.
    """
    if not job.run_id:
        return None
    if job.state.is_final:
        return job.state
    if job.state.is_active or job.ended_at is None:
        return None
    return job.last_result


def finished_run(job: Job, outcome: State) -> Run:
    """The job's newest run as far as the job tells of it.

    Args:
        job: The job, after that run has ended.
        outcome: What `newest_outcome` says.
    """
    duration_s = job.duration_s
    if duration_s is None and job.started_at is not None and job.ended_at is not None:
        duration_s = (job.ended_at - job.started_at).total_seconds()
    is_now = job.state is outcome
    return Run(
        key=RunKey(job.connection, job.id, job.run_id),
        state=outcome,
        substate=job.substate if is_now else "",
        native_state=job.native_state if is_now else "",
        started_at=job.started_at,
        ended_at=job.ended_at,
        duration_s=duration_s,
        exit_code=job.exit_code,
        message=job.message,
    )


def completed(told: Run, remembered: Run | None) -> Run:
    """A run as a system tells of it, with what it told before and leaves out now.

    Args:
        told: The run as it is told now; some systems tell the times of the newest runs alone.
        remembered: The same run in history, if it is there.
    """
    if remembered is None or not told.state.is_final or told.state is not remembered.state:
        return told
    return replace(
        told,
        queued_at=told.queued_at or remembered.queued_at,
        started_at=told.started_at or remembered.started_at,
        ended_at=told.ended_at or remembered.ended_at,
        duration_s=told.duration_s if told.duration_s is not None else remembered.duration_s,
        exit_code=told.exit_code if told.exit_code is not None else remembered.exit_code,
        message=told.message if told.started_at is not None else (remembered.message or told.message),
    )


def moment_of(run: Run) -> datetime | None:
    """When the run was, as far as anything tells: its place among the others."""
    return run.started_at or run.queued_at or run.ended_at


def merged_runs(told: Iterable[Run], remembered: Iterable[Run], limit: int) -> tuple[Run, ...]:
    """The runs of the system and those of history, newest first; of one run the system's word counts.

    A job doesn't tell which attempt its newest run is, so history may have it under the first attempt: a
    remembered run that began when one of the system's did, under the same id, is that one.
    """
    runs = {run.key: run for run in told}
    begun = {(run.key.run_id, run.started_at) for run in runs.values() if run.started_at is not None}
    for run in remembered:
        if run.key not in runs and (run.key.run_id, run.started_at) not in begun:
            runs[run.key] = run
    return tuple(sorted(runs.values(), key=_moment, reverse=True)[:limit])


def _moment(run: Run) -> tuple[float, int]:
    """When the run was, for sorting; one that tells no time waits to begin, so it is the newest."""
    moment = moment_of(run)
    return (moment.timestamp() if moment is not None else float("inf"), run.key.attempt)
