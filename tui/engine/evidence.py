"""What a later look tells about a request: whether the system did what was asked. Pure, and never guesses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from tui.core.models import ActionKind
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from tui.core.models import Job, Receipt, Run

SKEW = timedelta(seconds=120)
"""How far the system's clock may be behind ours, when we know which runs there were before."""

COARSE = timedelta(seconds=5)
"""The same when we don't know: only as much as rounding to seconds and a usual clock need."""

FAR = timedelta(minutes=30)
"""The same when its own times say that the run is newer than all that it told of just before."""

_STARTS = frozenset({ActionKind.TRIGGER, ActionKind.RERUN})
_AT_REST = frozenset({State.SCHEDULED, State.NEVER_RUN})


@dataclass(frozen=True, slots=True)
class Before:
    """What was known of a job at the moment when a request was sent."""

    state: State
    """What the job was doing."""
    run_id: str = ""
    """Its newest run."""
    started_at: datetime | None = None
    """Start of that run."""
    ended_at: datetime | None = None
    """End of that run."""
    marks: frozenset[str] = frozenset()
    """Every run that was known, as `id#attempt`."""
    runs: Mapping[str, Run] = field(default_factory=dict)
    """Those of them that the system told of just before, by the same mark."""
    is_complete: bool = False
    """Whether the system told its runs just before: then any other run is new."""

    def knows(self, run_id: str) -> bool:
        """Whether the run, in whichever attempt, was known."""
        return run_id == self.run_id or any(mark.rpartition("#")[0] == run_id for mark in self.marks)

    @property
    def newest_start(self) -> datetime | None:
        """When the newest of the runs that were known had begun, by the system's clock."""
        moments = (self.started_at, *map(_moment, self.runs.values()))
        return max((moment for moment in moments if moment is not None), default=None)

    @property
    def tolerance(self) -> timedelta:
        """How much earlier than the request a run may have started by the system's clock."""
        return SKEW if self.is_complete else COARSE


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen of a request."""

    state: State | None
    """The run's state, or the job's where no run is meant; None for a job that is gone."""
    run_id: str = ""
    """The run; empty where the system names none."""
    others: int = 0
    """How many more runs it might have been."""


def before_of(job: Job, runs: Iterable[Run] | None) -> Before:
    """What is known of a job now.

    Args:
        job: The job.
        runs: Its newest runs as the system just told them; None when it could not be asked.
    """
    marked = {mark_of(run): run for run in runs or ()}
    newest = {f"{job.run_id}#1"} if job.run_id else set()
    return Before(
        state=job.state,
        run_id=job.run_id,
        started_at=job.started_at,
        ended_at=job.ended_at,
        marks=frozenset(marked) | newest,
        runs=marked,
        is_complete=runs is not None,
    )


def mark_of(run: Run) -> str:
    """A run and its attempt in one word."""
    return f"{run.key.run_id}#{run.key.attempt}"


def outcome_of_job(job: Job) -> State:
    """The state of the job's newest run: its outcome when the job itself waits for the next one."""
    if job.state in _AT_REST and job.last_result is not None:
        return job.last_result
    return job.state


def has_ended(job: Job) -> bool:
    """Whether the job's newest run is over."""
    if job.state.is_active:
        return False
    return job.state.is_final or job.state in _AT_REST or job.ended_at is not None


def sighting_in_job(receipt: Receipt, before: Before, job: Job | None) -> Sighting | None:
    """What the job itself tells about the request, or None when it tells nothing yet.

    Args:
        receipt: The request.
        before: What was known when it was sent.
        job: The job as it is known now; None when the system doesn't list it any more.
    """
    kind = receipt.action.kind
    if kind is ActionKind.DELETE:
        return Sighting(None) if job is None else None
    if job is None:
        return None
    if kind in _STARTS:
        return _start_in_job(receipt, before, job)
    if job.observed_at <= receipt.sent_at:
        return None
    if kind is ActionKind.STOP:
        target = receipt.action.run.run_id if receipt.action.run else ""
        is_same = job.run_id == target
        return Sighting(outcome_of_job(job), target) if is_same and has_ended(job) else None
    return Sighting(job.state) if job.is_held is (kind is ActionKind.HOLD) else None


def named_in_job(receipt: Receipt, job: Job | None) -> Sighting | None:
    """What the job tells about a request whose run has an id of ours: that run is it, and no other."""
    is_seen = job is not None and job.run_id == receipt.run_id
    return Sighting(outcome_of_job(job), receipt.run_id) if job is not None and is_seen else None


def sighting_in_runs(receipt: Receipt, before: Before, runs: Iterable[Run]) -> Sighting | None:
    """What the system's newest runs tell about the request, or None when they tell nothing yet."""
    kind = receipt.action.kind
    if kind is ActionKind.STOP and receipt.action.run is not None:
        target = receipt.action.run.run_id
        ended = [run for run in runs if run.key.run_id == target and run.state.is_final]
        return Sighting(ended[0].state, target) if ended else None
    if kind not in _STARTS:
        return None
    told = list(runs) if before.is_complete else _newer_than_known(before, runs)
    newest = _newest_known(before, told)
    new = [run for run in told if _is_ours(receipt, before, run, newest)]
    if not new:
        return None
    nearest = min(new, key=lambda run: _distance_s(receipt, run))
    return Sighting(nearest.state, nearest.key.run_id, others=len(new) - 1)


def _start_in_job(receipt: Receipt, before: Before, job: Job) -> Sighting | None:
    expected = receipt.run_id
    if job.run_id and job.run_id == expected and not before.knows(job.run_id):
        return Sighting(outcome_of_job(job), expected)
    if job.observed_at <= receipt.sent_at:
        return None
    if not job.run_id:
        is_seen = _has_moved(receipt, before, job)
    elif before.knows(job.run_id):
        is_seen = _is_known_run_ours(receipt, job.run_id) and (
            receipt.action.kind is ActionKind.TRIGGER or _has_moved(receipt, before, job)
        )
    else:
        is_seen = job.started_at is None or _is_new(receipt, before, job.started_at, before.newest_start)
    return Sighting(outcome_of_job(job), expected or job.run_id) if is_seen else None


def _is_known_run_ours(receipt: Receipt, run_id: str) -> bool:
    """Whether a run that there was before may be the one that we asked for.

    A rerun may go on under the name of the run that is repeated. A trigger makes a new run, unless the system
    says which one it took.
    """
    if receipt.action.kind is ActionKind.RERUN:
        target = receipt.action.run
        is_target = target is None or target.run_id == run_id
        return is_target and receipt.run_id in ("", run_id)
    return receipt.run_id == run_id


def _is_ours(receipt: Receipt, before: Before, run: Run, newest: datetime | None) -> bool:
    run_id = run.key.run_id
    if receipt.run_id and run_id != receipt.run_id:
        return False
    if before.knows(run_id):
        if not _is_known_run_ours(receipt, run_id):
            return False
        if receipt.action.kind is not ActionKind.RERUN:
            return True
        if mark_of(run) in before.marks:
            return _has_moved(receipt, before, run, before.runs.get(mark_of(run)))
    moment = _moment(run)
    if run_id == receipt.run_id:
        return True
    return before.is_complete if moment is None else _is_new(receipt, before, moment, newest)


def _has_moved(receipt: Receipt, before: Before, now: Job | Run, old: Run | None = None) -> bool:
    """Whether a run that there was before has begun anew; one under way proves nothing by going on."""
    then = old or before
    was_active = then.state.is_active
    if _is_later(receipt, before, now.started_at, then.started_at) and (then.started_at or not was_active):
        return True
    if was_active:
        return False
    return now.state.is_active or _is_later(receipt, before, now.ended_at, then.ended_at)


def _is_new(receipt: Receipt, before: Before, moment: datetime, newest: datetime | None) -> bool:
    """Whether a run that was not known began because of us: by our clock and, as clocks differ, by theirs.

    Args:
        receipt: The request.
        before: What was known when it was sent.
        moment: When the run was asked for or began.
        newest: When the newest of the runs that were known had begun.
    """
    if newest is not None and moment < newest:
        return False
    if moment >= receipt.sent_at - before.tolerance:
        return True
    if not before.is_complete or moment < receipt.sent_at - FAR:
        return False
    if newest is None:
        return before.state is State.NEVER_RUN
    # The run before may be told of under another name by now: it had ended by then.
    return moment > max(newest, before.ended_at or newest)


def _newer_than_known(before: Before, runs: Iterable[Run]) -> list[Run]:
    """Those before the first that was known, and the known: where not all were, only newer ones are news.

    The system's own order tells that, even where its times are not of one clock.
    """
    found: list[Run] = []
    is_newer = True
    for run in runs:
        is_newer = is_newer and mark_of(run) not in before.marks
        if is_newer or before.knows(run.key.run_id):
            found.append(run)
    return found


def _newest_known(before: Before, runs: Iterable[Run]) -> datetime | None:
    """When the newest known run had begun; after a crash only the system can still tell that."""
    moments = [before.newest_start]
    moments += [_moment(run) for run in runs if mark_of(run) in before.marks - before.runs.keys()]
    return max((moment for moment in moments if moment is not None), default=None)


def _moment(run: Run) -> datetime | None:
    return run.queued_at or run.started_at


def _is_later(receipt: Receipt, before: Before, moment: datetime | None, old: datetime | None) -> bool:
    """Whether a time has changed, and changed because of us."""
    if moment is None or moment == old:
        return False
    # After a crash the old time is not known: a run that ended shortly before would look changed.
    return moment >= receipt.sent_at - (COARSE if old is None else before.tolerance)


def _distance_s(receipt: Receipt, run: Run) -> float:
    moment = _moment(run)
    return abs((moment - receipt.sent_at).total_seconds()) if moment is not None else float("inf")
