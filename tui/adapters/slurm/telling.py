"""Jobs, runs and tasks in nightdeck's words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui.adapters.slurm.logs import has_errors_apart, path_of, telling
from tui.adapters.slurm.states import meaning, message_of, state_of, step_message
from tui.core.bounds import MAX_JOBS, MAX_TASKS
from tui.core.keys import JobKey, RunKey
from tui.core.models import Job, Run, Task
from tui.core.state import State
from tui.transport.fields import line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tui.adapters.slurm.catalog import Entry
    from tui.adapters.slurm.record import Record, Step
    from tui.adapters.slurm.runs import SlurmRun

TYPE = "slurm"
_KINDS = {"job": "batch job", "array": "job array", "het": "heterogeneous job"}
_BATCH = "batch"


class ToldJobs:
    """Jobs as they were told last: most are as they were, and only looked at again."""

    def __init__(self, connection: str) -> None:
        self._connection = connection
        self._known: dict[str, tuple[tuple[tuple[Record, ...], ...], Job]] = {}

    def job(self, entry: Entry, now: datetime) -> Job:
        """A job as it is now; `now` is when it was seen."""
        pieces = tuple(run.records for run in entry.runs)
        known = self._known.get(entry.id)
        if known is not None and known[0] == pieces:
            return replace(known[1], observed_at=now)
        job = to_job(self._connection, entry, now)
        if len(self._known) > MAX_JOBS:
            self._known.clear()
        self._known[entry.id] = pieces, job
        return job


def to_job(connection: str, entry: Entry, now: datetime) -> Job:
    """A job as it is now; `now` is when it was seen."""
    table, newest = entry.table, entry.newest
    partition = (newest.first.partition if newest else table.partition if table else "") or ""
    tags = (*(table.tags if table else ()), *((partition,) if partition else ()))
    path = (table.path if table else "") or partition
    kind = _KINDS[newest.first.kind] if newest else _KINDS["job"]
    if newest is None:
        return Job(
            connection, TYPE, entry.id, entry.name, State.NEVER_RUN, now, kind=kind, path=path, tags=tags
        )
    ended = next((run for run in entry.runs if run.state.is_final), None)
    started, over, took = times_of(newest)
    return Job(
        connection=connection,
        type=TYPE,
        id=entry.id,
        name=entry.name,
        state=newest.state,
        observed_at=now,
        kind=kind,
        path=path,
        substate=newest.substate,
        native_state=newest.native,
        last_result=ended.state if ended else None,
        run_id=newest.id,
        started_at=started,
        ended_at=over,
        duration_s=took,
        next_run_at=newest.begins_at,
        progress=newest.progress,
        exit_code=ended.exit_code if ended else None,
        message=line(_with_others(run_message(newest), entry)),
        tags=tuple(dict.fromkeys(tags)),
        is_held=newest.held and not newest.waiting,
    )


def to_run(job: JobKey, run: SlurmRun, params: Mapping[str, str]) -> Run:
    """A run as it is now."""
    started, over, took = times_of(run)
    return Run(
        key=RunKey(job.connection, job.id, run.id, run.attempt),
        state=run.state,
        substate=run.substate,
        native_state=run.native,
        queued_at=run.submitted_at,
        started_at=started,
        ended_at=over,
        duration_s=took,
        exit_code=run.exit_code,
        message=line(run_message(run)),
        triggered_by="nightdeck" if run.is_ours else run.first.user,
        params=params,
    )


def run_message(run: SlurmRun) -> str:
    """Why it waits or failed; where its errors are, when they are not in its log."""
    said = run.message
    record = telling(run)
    if run.state is State.FAILED and has_errors_apart(record):
        return f"{said}; its errors are in {path_of(record, is_error=True)}"
    return said


def times_of(run: SlurmRun) -> tuple[datetime | None, datetime | None, float | None]:
    """Start, end and seconds between; a start after the end never happened."""
    started, over = run.started_at, run.ended_at
    if started is not None and over is not None and started > over:
        started = None
    took = (over - started).total_seconds() if started is not None and over is not None else None
    return started, over, took


def tasks_of(key: RunKey, run: SlurmRun, steps: Sequence[Step]) -> Sequence[Task]:
    """The pieces of a run; of a plain job its steps, or the job itself where none are known."""
    if run.first.kind == "job" and steps:
        return [_step_task(key, step, run.attempt) for step in steps[:MAX_TASKS]]
    return [_record_task(key, record) for record in run.records[:MAX_TASKS]]


def _record_task(key: RunKey, record: Record) -> Task:
    state, _ = state_of(record)
    mark, name = _piece(record)
    is_real = record.started_at is None or record.ended_at is None or record.started_at <= record.ended_at
    return Task(
        run=key,
        id=mark,
        name=name,
        state=state,
        native_state=record.native,
        attempt=record.attempt,
        started_at=record.started_at if is_real else None,
        ended_at=record.ended_at if state.is_final else None,
        message=line(message_of(record)),
        queued_at=record.submitted_at,
    )


def _piece(record: Record) -> tuple[str, str]:
    if record.kind == "array":
        number = str(record.index) if record.index is not None else f"[{record.indexes}]"
        return f"{record.run_id}_{number}", f"{record.name}[{number.strip('[]')}]"
    if record.kind == "het":
        return f"{record.run_id}+{record.index or 0}", f"{record.name}+{record.index or 0}"
    return f"{record.id}.{_BATCH}", _BATCH


def _step_task(key: RunKey, step: Step, attempt: int) -> Task:
    state, _ = meaning(step.words)
    return Task(
        run=key,
        id=step.id,
        name=step.name,
        state=state,
        native_state=",".join(step.words),
        attempt=attempt,
        started_at=step.started_at,
        ended_at=step.ended_at if state.is_final else None,
        message=step_message(step),
    )


def _with_others(said: str, entry: Entry) -> str:
    """How many older runs still go on beside the newest."""
    others = sum(not run.state.is_final and run.state is not State.UNKNOWN for run in entry.runs[1:])
    if not others:
        return said
    more = f"{others} older run{'s' if others > 1 else ''} of it go{'' if others > 1 else 'es'} on"
    return f"{said}; {more}" if said else more
