"""The cluster: its partitions, its jobs, and what becomes of them as time passes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tui.simulators.slurm.job import Job, Request
from tui.simulators.slurm.joblog import JobLogs
from tui.simulators.slurm.plan import Plan
from tui.simulators.slurm.schedule import Schedule
from tui.simulators.slurm.vocabulary import (
    BEGIN_TIME,
    HELD,
    HELD_BY_ADMIN,
    NO_REASON,
    OVER_LIMIT,
    OVER_SIZE,
    SIGKILL,
    USER,
    Behaviour,
    Fault,
    JobState,
    Refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from tui.core.clock import Clock

_FIRST_PRIORITY = 4_294_901_760
"""Priorities go down from here, so that who comes first is served first."""


@dataclass(frozen=True)
class Partition:
    """A part of the cluster."""

    name: str
    cpus: int = 64
    """How many processors it has."""
    limit_min: int | None = None
    """Minutes that a job may take; None for any time."""
    is_default: bool = False
    """Whether it takes the jobs that name none."""
    is_up: bool = True
    """Whether jobs are begun."""


class Cluster:
    """A cluster of one node, whose jobs go on with the clock and with nothing else.

    Args:
        clock: Its time.
        folder: Where jobs may write their logs; None to write none.
        plans: What the scripts of jobs do, by the name of the job, or a pattern. Others end well soon.
        behaviour: What the installation does.
        partitions: Its partitions.
        zone: The zone in which it writes times.
    """

    def __init__(
        self,
        clock: Clock,
        folder: Path | None,
        plans: Mapping[str, Plan] | None = None,
        *,
        behaviour: Behaviour | None = None,
        partitions: Iterable[Partition] = (Partition("debug", is_default=True), Partition("long")),
        zone: tzinfo = UTC,
    ) -> None:
        self.clock = clock
        self.zone = zone
        self.plans = dict(plans or {})
        """What scripts do, by the name of the job; may be changed."""
        self.behaviour = behaviour or Behaviour()
        """What the installation does; may be changed."""
        self.partitions = {partition.name: partition for partition in partitions}
        self.jobs: dict[int, Job] = {}
        """What the controller knows, by id, oldest first."""
        self.history: dict[int, Job] = {}
        """What the accounting storage knows, by id, oldest first."""
        self.runs_started: Counter[str] = Counter()
        """Executions that requests asked for, by the name of the job; an array counts once."""
        self.administrators = {"root"}
        """Users who may change the jobs of others."""
        self.changed_at = clock.now()
        """When something changed in what the controller knows."""
        self.boot_at = clock.now()
        """When the controller was started."""
        self._logs = JobLogs(folder, zone)
        self._schedule = Schedule(self)
        self._next_id = 1

    # Time

    def now(self) -> datetime:
        """The time."""
        return self.clock.now()

    def settle(self) -> None:
        """Let everything happen that is due by now."""
        self._schedule.settle(self.now())

    def next_id(self) -> int:
        """The id of one more job."""
        self._next_id += 1
        return self._next_id - 1

    def touch(self, moment: datetime) -> None:
        """Something has changed."""
        self.changed_at = max(self.changed_at, moment)

    # What requests do

    def submit(self, request: Request) -> Job:
        """Take a job into the queue."""
        self.settle()
        partition = self._partition(request.partition)
        limit = request.time_limit_min if request.time_limit_min is not None else partition.limit_min
        self.runs_started[request.name] += 1
        return self.add(replace(request, partition=partition.name), limit)

    def add(self, request: Request, limit_min: int | None = None) -> Job:
        """Let there be one more job, without a look at what it asks for."""
        now = self.now()
        job_id = self.next_id()
        ready = max(now + timedelta(seconds=self.behaviour.start_lag_s), request.begin or now)
        job = Job(
            id=job_id,
            request=request,
            partition=request.partition,
            plan=self.plan_of(request.name),
            submitted_at=now,
            ready_at=ready,
            time_limit_min=limit_min,
            priority=_FIRST_PRIORITY - job_id,
            array_id=job_id if request.elements else 0,
            waiting=request.elements,
        )
        job.reason = self._misfit(job)
        if request.is_held:
            job.set_hold(now, HELD)
        elif request.begin is not None and request.begin > now:
            job.reason = BEGIN_TIME
        self.know(job)
        self._schedule.watch(job)
        return job

    def recall(self, request: Request, began: datetime, ended: datetime) -> Job:
        """Let there be a job that has run and ended well before anybody looked."""
        job_id = self.next_id()
        job = Job(
            id=job_id,
            request=request,
            partition=request.partition,
            plan=self.plan_of(request.name),
            submitted_at=began,
            ready_at=began,
            priority=_FIRST_PRIORITY - job_id,
            state=JobState.COMPLETED,
            started_at=began,
            ended_at=ended,
        )
        self.know(job)
        return job

    def know(self, job: Job) -> None:
        """Let the controller, and the accounting storage, know a job."""
        self.jobs[job.id] = job
        self.history[job.id] = job
        job.changed_at = self.now()
        self.touch(job.changed_at)

    def plan_of(self, name: str) -> Plan:
        """What the script of a job with this name does."""
        for pattern, plan in self.plans.items():
            if fnmatchcase(name, pattern):
                return plan
        return Plan()

    def cancel(self, text: str, user: str, signal: int | None = None) -> None:
        """End jobs, or send them a signal.

        Args:
            text: The id of a job, of an array or of an element of one.
            user: Who asks.
            signal: The signal; None to end it as `scancel` does.
        """
        jobs = self.find(text)
        self._admit(jobs, user)
        active = [job for job in jobs if job.is_active]
        if not active:
            raise Refused(Fault.DONE)
        now = self.now()
        for job in active:
            if job.state is JobState.PENDING:
                job.killed_by = user
                job.end(now, JobState.CANCELLED)
            elif signal is None or signal == SIGKILL:
                job.killed_by = user
                job.killed_at = job.killed_at or now + timedelta(seconds=self.behaviour.kill_lag_s)
            else:
                # Only the script hears a signal; what it dies of is a failure (seen in 22.05.8).
                plan = replace(job.plan, state=JobState.FAILED, exit_code=0, signal=signal)
                job.plan = replace(plan, duration_s=self._lived_s(job, now) + self.behaviour.kill_lag_s)
            self.touch(now)
        self.settle()

    def requeue(self, text: str, user: str, *, is_held: bool = False) -> None:
        """Put jobs back into the queue, under the same ids."""
        jobs = self.find(text)
        self._admit(jobs, user)
        for job in jobs:
            if job.state is JobState.PENDING:
                raise Refused(Fault.PENDING)
            if not job.request.can_requeue:
                raise Refused(Fault.DISABLED)
        now = self.now()
        for name in dict.fromkeys(job.request.name for job in jobs):
            self.runs_started[name] += 1
        for job in jobs:
            if is_held:
                job.hold = HELD
            if job.state is JobState.RUNNING:
                job.is_requeuing = True
                job.killed_at = now + timedelta(seconds=self.behaviour.kill_lag_s)
            else:
                self._schedule.requeue(job, now)
            self.touch(now)
        self.settle()

    def set_hold(self, text: str, user: str, hold: str) -> None:
        """Hold jobs that wait, or let them go with an empty text."""
        jobs = self.find(text)
        self._admit(jobs, user)
        if all(job.state.is_final for job in jobs):
            raise Refused(Fault.FINISHED)
        now = self.now()
        # One that runs is held when it waits once more; nothing is said about that (seen in 22.05.8).
        for job in jobs:
            if job.state.is_final:
                continue
            job.set_hold(now, HELD_BY_ADMIN if hold and user in self.administrators else hold)
            self._schedule.look_again(job, now)
        self.touch(now)
        self.settle()

    def change(self, text: str, user: str, update: Callable[[Job], None]) -> None:
        """Change what jobs ask for."""
        jobs = self.find(text)
        self._admit(jobs, user)
        if all(job.state.is_final for job in jobs):
            raise Refused(Fault.FINISHED)
        for job in jobs:
            update(job)
            job.changed_at = self.now()
        self.touch(self.now())
        self.settle()

    # What requests ask

    def find(self, text: str) -> list[Job]:
        """The jobs of an id: of a job, of an array (`8`) or of an element (`8_3`)."""
        self.settle()
        array, _, element = text.partition("_")
        if not array.isdigit() or (element and not element.isdigit()):
            raise Refused(Fault.JOB_ID)
        number = int(array)
        if element:
            found = [self._element(number, int(element))]
        else:
            own = self.jobs.get(number)
            members = [job for job in self.jobs.values() if job.array_id == number]
            found = members or ([own] if own else [])
        if not found:
            raise Refused(Fault.JOB_ID)
        return found

    def break_down(self, text: str, state: JobState) -> None:
        """Let running jobs end now as the machine's failure would end them."""
        for job in self.find(text):
            lived_s = self._lived_s(job, self.now())
            job.plan = replace(job.plan, state=state, duration_s=lived_s, exit_code=1)
        self.settle()

    @property
    def logs(self) -> JobLogs:
        """Where jobs write."""
        return self._logs

    def _element(self, array: int, element: int) -> Job:
        for job in self.jobs.values():
            if job.array_id == array and job.element == element:
                return job
        waiting = self.jobs.get(array)
        if waiting is None or element not in waiting.waiting:
            raise Refused(Fault.JOB_ID)
        return self._schedule.split(waiting, element)

    def _partition(self, name: str) -> Partition:
        for partition in self.partitions.values():
            if partition.name == name or (not name and partition.is_default):
                return partition
        raise Refused(Fault.PARTITION)

    def _misfit(self, job: Job) -> str:
        """Why a job never begins in its partition: it may wait there all the same."""
        partition = self.partitions[job.partition]
        if partition.limit_min is not None and (job.time_limit_min or 0) > partition.limit_min:
            return OVER_LIMIT
        return OVER_SIZE if job.cpus > partition.cpus else NO_REASON

    def _admit(self, jobs: Iterable[Job], user: str) -> None:
        if user not in self.administrators and any(job.request.user != user for job in jobs):
            raise Refused(Fault.DENIED)

    @staticmethod
    def _lived_s(job: Job, now: datetime) -> float:
        return (now - job.started_at).total_seconds() if job.started_at is not None else 0.0


def someone(name: str, *, script: str = "#!/bin/sh\n", user: str = USER, **asks: object) -> Request:
    """A request as a user's script makes it; the other arguments are those of `Request`."""
    return Request(script=script, user=user, name=name, **asks)  # type: ignore[arg-type]
