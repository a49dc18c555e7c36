"""What happens by itself: jobs begin, write, end, are completed, and are forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tui.simulators.slurm.vocabulary import (
    ARRAY_LIMIT,
    DEPENDENCY,
    LOST_OUTPUT,
    NEVER,
    NO_REASON,
    NOT_LAUNCHED,
    PRIORITY,
    RESOURCES,
    JobState,
)

if TYPE_CHECKING:
    from tui.simulators.slurm.cluster import Cluster
    from tui.simulators.slurm.job import Job


class Schedule:
    """Moves the jobs of a cluster from one moment at which something happens to the next.

    Args:
        cluster: Whose jobs.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._active: dict[int, Job] = {}
        self._fresh: set[int] = set()
        """Ids of jobs that wait and were not looked at since they became ready."""
        self._forgotten_at = cluster.now()

    def watch(self, job: Job) -> None:
        """Look after a job."""
        self._active[job.id] = job
        self._fresh.add(job.id)

    def look_again(self, job: Job, now: datetime) -> None:
        """Let a job that was held or let go be looked at anew."""
        job.ready_at = max(job.ready_at, now + timedelta(seconds=self._cluster.behaviour.start_lag_s))
        self._fresh.add(job.id)

    def settle(self, now: datetime) -> None:
        """Let everything happen that is due by this moment, in its order."""
        while True:
            due = [moment for job in self._active.values() if (moment := self._due(job)) is not None]
            if not due or min(due) > now:
                break
            self._step(min(due))
        for job in self._active.values():
            if job.state is JobState.RUNNING:
                self._cluster.logs.go_on(job, now)
        self._forget(now)

    def requeue(self, job: Job, now: datetime) -> None:
        """Put a job that has ended back into the queue."""
        job.requeue(now, self._cluster.behaviour.requeue_wait_s)
        if job.hold:
            job.reason = job.hold
        self.watch(job)
        self._cluster.touch(now)

    def split(self, waiting: Job, element: int) -> Job:
        """Make a job of an element of an array; the last one takes the id of the array."""
        if len(waiting.waiting) == 1:
            waiting.element, waiting.waiting = element, ()
            return waiting
        job = waiting.element_of(element, self._cluster.next_id())
        self._cluster.know(job)
        self.watch(job)
        return job

    def _due(self, job: Job) -> datetime | None:
        if job.cleans_until is not None:
            return job.cleans_until
        if job.state is JobState.RUNNING:
            return job.planned_end[0]
        if job.state is JobState.PENDING:
            return job.ready_at if job.id in self._fresh and not job.hold else None
        return job.ended_at

    def _step(self, moment: datetime) -> None:
        for job in list(self._active.values()):
            due = self._due(job)
            if job.state is JobState.PENDING or due is None or due > moment:
                continue
            if job.state is JobState.RUNNING:
                self._end(job, *job.planned_end)
            if job.cleans_until is not None and job.cleans_until <= moment:
                job.cleans_until, job.changed_at = None, moment
                self._cluster.touch(moment)
            if not job.is_active:
                del self._active[job.id]
                if job.is_requeuing:
                    self.requeue(job, moment)
        self._begin(moment)

    def _end(self, job: Job, moment: datetime, state: JobState) -> None:
        self._cluster.logs.go_on(job, moment)
        job.end(moment, state, cleans_s=self._cluster.behaviour.end_lag_s)
        self._cluster.logs.end(job)
        self._cluster.touch(moment)

    def _begin(self, moment: datetime) -> None:
        """Begin what has room, first come first served."""
        first: dict[str, str] = {}
        waiting = [job for job in self._active.values() if self._may_begin(job, moment)]
        for job in sorted(waiting, key=lambda job: -job.priority):
            while job.state is JobState.PENDING and self._has_room(job):
                self._start(job, moment)
            if job.state is JobState.PENDING:
                self._wait(job, first)
        self._fresh -= {job.id for job in self._active.values() if job.ready_at <= moment and not job.hold}

    def _wait(self, job: Job, first: dict[str, str]) -> None:
        """Say why a job waits."""
        if job.request.at_once and self._running(job.array_id) >= job.request.at_once:
            job.reason = ARRAY_LIMIT
        else:
            job.reason = first.setdefault(job.partition, RESOURCES)
            first[job.partition] = PRIORITY

    def _may_begin(self, job: Job, moment: datetime) -> bool:
        if job.state is not JobState.PENDING or job.hold or job.ready_at > moment or job.reason in NEVER:
            return False
        if job.request.dependency and not self._is_free(job.request.dependency):
            job.reason = DEPENDENCY
            return False
        return self._cluster.partitions[job.partition].is_up

    def _is_free(self, dependency: str) -> bool:
        """Whether the jobs that another waits for have ended, and ended well where that is asked."""
        kind, _, ids = dependency.partition(":")
        for text in ids.split(":"):
            other = self._cluster.history.get(int(text)) if text.isdigit() else None
            if other is None or (other.state is JobState.COMPLETED and kind != "afternotok"):
                continue
            if not other.state.is_final or kind == "afterok":
                return False
        return True

    def _has_room(self, job: Job) -> bool:
        running = [other for other in self._active.values() if other.state is JobState.RUNNING]
        used = sum(other.cpus for other in running if other.partition == job.partition)
        if used + job.cpus > self._cluster.partitions[job.partition].cpus:
            return False
        most = job.request.at_once
        return not most or self._running(job.array_id) < most

    def _running(self, array: int) -> int:
        active = self._active.values()
        return sum(other.array_id == array and other.state is JobState.RUNNING for other in active)

    def _start(self, job: Job, moment: datetime) -> None:
        if job.array_id and job.waiting:
            job = self.split(job, job.waiting[0])
        job.reason = NO_REASON
        job.begin(moment)
        self._cluster.touch(moment)
        if not self._cluster.logs.begin(job):
            job.end(moment, JobState.FAILED)
            job.status, job.reason = LOST_OUTPUT, NOT_LAUNCHED

    def _forget(self, now: datetime) -> None:
        """Let the controller forget jobs that ended long ago, as it does every now and then."""
        if now - self._forgotten_at < timedelta(seconds=60):
            return
        self._forgotten_at = now
        oldest = now - timedelta(seconds=self._cluster.behaviour.min_age_s)
        for job in list(self._cluster.jobs.values()):
            if job.ended_at is not None and job.ended_at < oldest and not job.is_active:
                del self._cluster.jobs[job.id]
                self._cluster.touch(now)
