"""Making a job of a task's row and of what is known of its runs."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from tui.adapters.talend import states
from tui.adapters.talend.glance import Glance, Start, Times
from tui.adapters.talend.times import moments, nearest, seconds_between
from tui.adapters.talend.wire import marks_of, task_row
from tui.core.models import Job
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, tzinfo

    from tui.adapters.talend.ledger import KnownRun, Ledger
    from tui.adapters.talend.wire import TaskRow

_OVERDUE = timedelta(days=1)
"""A next start that lies so far back is none: its trigger has ended."""

_USUAL_KIND = "JOB"
_JOB_FIELDS = tuple(item.name for item in fields(Job))
_JOB_VALUES = attrgetter(*_JOB_FIELDS)
_OBSERVED_AT = _JOB_FIELDS.index("observed_at")


@dataclass(frozen=True, slots=True)
class _Seen:
    """A task as it was last seen."""

    marks: tuple[Any, ...]
    times: Times
    job: Job
    run: KnownRun | None


@dataclass
class Observer:
    """Tells jobs from rows; it remembers those of the last sweep, for most are as they were."""

    connection: str
    type_name: str
    zone: tzinfo
    ledger: Ledger
    _seen: dict[str, _Seen] = field(default_factory=dict)
    just_ended: set[str] = field(default_factory=set)
    """Runs whose end was learned after the rows were sent: a row may not know it yet."""

    def row(self, task_id: str) -> TaskRow | None:
        """The newest row of a task; None when it was not seen yet."""
        seen = self._seen.get(task_id)
        return seen.times.row if seen is not None else None

    def forget_others(self, task_ids: Collection[str]) -> None:
        """Forget the tasks that there are no more."""
        if len(self._seen) > len(task_ids):
            self._seen = {task: seen for task, seen in self._seen.items() if task in task_ids}
        self.ledger.forget_others(task_ids)

    def observe(self, value: Any, now: datetime) -> Job | None:
        """The job that a row tells of as it was sent; None when it tells of none."""
        if not isinstance(value, dict):
            return None
        marks = marks_of(value)
        task_id = value.get("id")
        seen = self._seen.get(task_id) if isinstance(task_id, str) else None
        if seen is not None and seen.marks == marks and self._is_settled(seen, now):
            job = _as_of_now(seen.job, now)
            times, run = seen.times, seen.run
        else:
            row = task_row(value)
            if row is None:
                return None
            times, job = self._job(row, now)
            run = self.ledger.last(row.id)
        self._seen[job.id] = _Seen(marks, times, job, run)
        return job

    def _is_settled(self, seen: _Seen, now: datetime) -> bool:
        """Whether an unchanged row still means what it meant."""
        job, run = seen.job, seen.run
        if job.state.is_active or run is not self.ledger.last(job.id) or (run is not None and run.is_open):
            return False
        return job.state is not State.SCHEDULED or job.next_run_at is None or self._is_awaited(job, now)

    def _job(self, row: TaskRow, now: datetime) -> tuple[Times, Job]:
        native = states.task_state(row.status)
        glance = self._glance(row, now, is_active=native.state.is_active)
        start = glance.start()
        run = self.ledger.newest(row, start)
        is_its = run is not None and run.stamp == row.last_run
        started_at = nearest(start.moments, run.started) if run is not None and is_its else start.likely
        ended_at = glance.end(started_at, run.ended if run is not None and is_its else None)
        times = Times(row, native.state.is_active, started_at, ended_at)
        job = self._plain(glance, native)
        if native.state.is_active:
            return times, self._active(job, times, run)
        if run is not None and _is_pending(run):
            return times, self._active(replace(job, state=run.state or State.QUEUED), times, run)
        if native.state is State.NEVER_RUN:
            return times, self._at_rest(job, times, run)
        return times, self._with_run(job, times, run)

    def _glance(self, row: TaskRow, now: datetime, *, is_active: bool) -> Glance:
        seen = self._seen.get(row.id)
        if seen is None:
            return Glance(row, is_active, self.zone, now)
        return Glance(row, is_active, self.zone, now, seen.times, seen.job.observed_at)

    def is_active(self, task_id: str) -> bool:
        """Whether the task was doing something when it was last seen."""
        seen = self._seen.get(task_id)
        return seen is not None and seen.times.is_active

    def current(self, task_id: str) -> KnownRun | None:
        """The newest known run of a task, unless a newer one is under way whose id is not known yet."""
        seen = self._seen.get(task_id)
        if seen is None:
            return None
        times = seen.times
        start = Start(moments(times.row.last_run, self.zone), times.started_at)
        run = self.ledger.newest(times.row, start)
        return None if run is not None and times.is_active and self._is_over(run, times) else run

    def _plain(self, glance: Glance, native: states.NativeState) -> Job:
        row = glance.row
        kind = row.application_type.lower() if row.application_type.upper() != _USUAL_KIND else ""
        server = row.job_server or row.virtual_server
        is_held = states.is_paused(row.triggers_status)
        return Job(
            connection=self.connection,
            type=self.type_name,
            id=row.id,
            name=row.label or row.id,
            state=native.state,
            observed_at=glance.now,
            kind=kind or "task",
            path=row.project,
            substate=native.substate or ("triggers paused" if is_held else ""),
            native_state=states.native_text(row.status, row.error_status),
            next_run_at=glance.next_start(),
            tags=tuple(tag for tag in (row.context, server) if tag),
            is_held=is_held,
        )

    def _active(self, job: Job, times: Times, run: KnownRun | None) -> Job:
        if run is not None and self._is_over(run, times):
            run = None
        runs = self.ledger.runs(job.id)
        earlier = next(
            (r.state for r in reversed(runs) if r is not run and r.state and r.state.is_final), None
        )
        # A row says `NO_ERROR` while a run goes on, whatever the one before it did: only bad news counts.
        told = states.outcome(times.row.error_status)
        job = replace(job, last_result=earlier or (told if told is not State.SUCCEEDED else None))
        if run is None:
            return job
        job = replace(job, run_id=run.id, started_at=run.asked_at)
        if run.state is not None and run.state.is_active:
            return replace(job, state=run.state, substate=run.substate or job.substate)
        return job

    def _at_rest(self, job: Job, times: Times, run: KnownRun | None) -> Job:
        job, row = self._with_run(job, times, run), times.row
        result = self._result(row, run)
        error = states.outcome(row.error_status)
        is_bad = error is not State.SUCCEEDED
        state = result or (error if is_bad else State.NEVER_RUN)
        if row.active.lower() == "false":
            state = State.PAUSED
            job = replace(job, substate="deactivated")
        elif self._is_awaited(job, job.observed_at):
            state = State.SCHEDULED
        message = ""
        if state is State.FAILED or (result or State.SUCCEEDED) is not State.SUCCEEDED:
            own = run.message if run is not None and run.is_own else ""
            message = row.trace_error or own or states.label(row.error_status)
        if run is not None and run.is_own and run.stamp and message not in ("", run.message):
            run.message = message
            self.ledger.update(run)
        if run is not None and not run.is_own:
            self._remember(run, job, result, message)
        return replace(job, state=state, last_result=result, message=message)

    def _result(self, row: TaskRow, run: KnownRun | None) -> State | None:
        """How the newest run ended; None when there was none."""
        if run is not None and run.is_own and run.state is not None and run.state.is_final:
            return run.state
        if run is None and not (row.last_run or row.last_ended):
            return None
        told = states.outcome(row.error_status)
        is_stopped = run is not None and run.is_stopped
        return State.CANCELLED if is_stopped and told is State.FAILED else told

    def _with_run(self, job: Job, times: Times, run: KnownRun | None) -> Job:
        """The job with the times of its newest run, which has ended."""
        is_shown = run is None or not run.is_own or bool(run.stamp)
        started_at = times.started_at if is_shown else None
        if started_at is None and run is not None:
            started_at = run.asked_at
        ended_at = times.ended_at
        if started_at is not None and ended_at is not None and ended_at < started_at:
            ended_at = None
        if ended_at is None and run is not None and run.ended is not None:
            ended_at = max(run.ended, started_at) if started_at else run.ended
        if run is not None and run.is_own and ended_at not in (None, run.ended) and run.stamp:
            run.ended = ended_at
            self.ledger.update(run)
        return replace(
            job,
            run_id=run.id if run is not None else "",
            started_at=started_at,
            ended_at=ended_at,
            duration_s=seconds_between(started_at, ended_at),
            exit_code=run.exit_code if run is not None else None,
        )

    def _remember(self, run: KnownRun, job: Job, result: State | None, message: str) -> None:
        if (run.state, run.ended) != (result, job.ended_at):
            run.state, run.ended, run.native = result, job.ended_at, job.native_state
            run.message = message
            self.ledger.update(run)

    def _is_over(self, run: KnownRun, times: Times) -> bool:
        """Whether the run had ended before what the task does now."""
        if run.id in self.just_ended:
            return False
        if run.state is not None and run.state.is_final:
            return True
        if run.is_own and not run.is_lost:
            return False
        started_at, ended_at = times.started_at, times.ended_at
        return started_at is not None and ended_at is not None and ended_at >= started_at

    def _is_awaited(self, job: Job, now: datetime) -> bool:
        """Whether the task starts by itself, as far as its next start tells."""
        if job.next_run_at is None or job.is_held:
            return False
        return job.next_run_at > now - _OVERDUE


def _as_of_now(job: Job, now: datetime) -> Job:
    """The same job, observed now; three times as fast as `dataclasses.replace`, and there are thousands."""
    values = list(_JOB_VALUES(job))
    values[_OBSERVED_AT] = now
    return Job(*values)


def _is_pending(run: KnownRun) -> bool:
    """Whether a run that we started goes on, or is to begin, though its task seems to be at rest."""
    if not run.is_open:
        return False
    return run.state.is_active if run.state is not None else not run.stamp
