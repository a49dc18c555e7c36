"""Runs that the user wants to be told about when they end."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.core.keys import RunKey
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from tui.core.keys import JobKey
    from tui.core.models import Job
    from tui.engine.store import Store

_UNDECIDED = frozenset({State.PAUSED, State.UNKNOWN})
"""A run in one of these may still go on, while nothing says that it ended."""


class Watch(NamedTuple):
    """One run that is waited for; of each job at most one."""

    job: JobKey
    """Whose run it is."""
    run: str
    """The run, as `_mark` names it; of a next run the one before it."""
    is_next: bool = False
    """Whether the run that is meant has not been seen yet."""
    has_begun: bool = False
    """Whether the next run is under way, although its system has not named it."""
    is_from_before: bool = False
    """Whether the watch was set before the line dropped."""


class Ended(NamedTuple):
    """A watched run that is over."""

    job: Job
    """Its job, as last observed."""
    run: RunKey | None
    """Which run it was; None where the system names no runs, or has dropped the job."""
    outcome: State | None
    """How it ended; None while that has to be looked up, or when nobody knows."""
    message: str
    """What its system said of it: the error of a failed run."""
    is_from_before: bool = False
    """Whether the watch was set before the line dropped."""


class Watches:
    """Remembers watched runs and finds those that have ended."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._watches: dict[JobKey, Watch] = {}

    def __len__(self) -> int:
        return len(self._watches)

    def __contains__(self, job: object) -> bool:
        return job in self._watches

    @property
    def jobs(self) -> Collection[JobKey]:
        """The jobs of which a run is watched, in the order in which they were watched."""
        return self._watches.keys()

    @property
    def kept(self) -> Sequence[Watch]:
        """All watches, to be taken up by a later start."""
        return tuple(self._watches.values())

    def toggle(self, job: Job) -> Watch | None:
        """Watch the run that is under way, else the job's next one, or stop watching it.

        Returns:
            What is watched now; None when nothing is any more.
        """
        if self._watches.pop(job.key, None) is not None:
            return None
        is_queued = job.state is State.QUEUED
        watch = Watch(
            job.key,
            _mark(job),
            # A run that waits for its turn may not have its id yet.
            is_next=is_queued or not job.state.is_active,
            has_begun=is_queued,
        )
        self._watches[job.key] = watch
        return watch

    def take_up(self, watches: Iterable[Watch]) -> None:
        """Go on with watches of an earlier session; a newer one of the same job stays."""
        for watch in watches:
            self._watches.setdefault(watch.job, watch._replace(is_from_before=True))

    def take_ended(self) -> Sequence[Ended]:
        """The watched runs that are over; each is told once."""
        ended = []
        for watch in self.kept:
            job = self._store.jobs.get(watch.job)
            if job is None:
                continue
            after = _look(watch, job)
            if isinstance(after, Ended):
                del self._watches[watch.job]
                ended.append(after)
            elif after is not watch:
                self._watches[watch.job] = after
        return ended

    def take_gone(self, removed: Iterable[JobKey]) -> Sequence[JobKey]:
        """Those of the watched jobs whose system tells of them no longer."""
        return [key for key in removed if self._watches.pop(key, None) is not None]


def _mark(job: Job) -> str:
    """What tells the newest run from the one before; some systems name no runs."""
    return job.run_id or (job.started_at.isoformat() if job.started_at is not None else "")


def _look(watch: Watch, job: Job) -> Watch | Ended:
    """The watch as it goes on with what is known of the job now, or its end."""
    is_same, is_active = _mark(job) == watch.run, job.state.is_active
    if watch.is_next and is_same:
        if is_active:
            return watch if watch.has_begun else watch._replace(has_begun=True)
        return _end(watch, job) if watch.has_begun and not _is_open(job) else watch
    if watch.is_next:
        return (
            Watch(job.key, _mark(job), is_from_before=watch.is_from_before) if is_active else _end(watch, job)
        )
    if is_same:
        return watch if is_active or _is_open(job) else _end(watch, job)
    run = RunKey(job.connection, job.id, watch.run) if job.run_id else None
    return Ended(job, run, None, "", watch.is_from_before)


def _is_open(job: Job) -> bool:
    return job.state in _UNDECIDED and job.ended_at is None


def _end(watch: Watch, job: Job) -> Ended:
    from tui.engine.runs import newest_outcome

    outcome = newest_outcome(job) or job.last_result
    return Ended(job, job.run_key, outcome, job.message, watch.is_from_before)
