"""One installation: its jobs under each of their ids, their runs, and its idea of the time."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from tui.simulators.datameer.answer import Failed
from tui.simulators.datameer.job import KEPT, Job, JobSpec
from tui.simulators.datameer.rows import JobRows
from tui.simulators.datameer.run import JobRun
from tui.simulators.datameer.vocabulary import NO_SUCH_FILE, QUEUED, Behaviour, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tui.core.clock import Clock
    from tui.simulators.datameer.sessions import Sessions

_SPARE_IDS = 4
_SECOND = timedelta(seconds=1)
_INSTANT = timedelta(microseconds=1)


class Installation:
    """What the server knows.

    Args:
        clock: Its time.
        behaviour: What its version does.
        specs: Its jobs; one that waits for another comes after it.
        sessions: Who may ask.
        zone: The zone of its zoneless times.
    """

    def __init__(
        self,
        clock: Clock,
        behaviour: Behaviour,
        specs: Iterable[JobSpec],
        sessions: Sessions,
        zone: tzinfo,
    ) -> None:
        self.clock = clock
        self.behaviour = behaviour
        self.sessions = sessions
        self.zone = zone
        self.night = clock.now()
        """When the simulation began."""
        self.jobs: dict[int, Job] = {}
        """Its jobs by configuration-id."""
        self.runs_started: Counter[str] = Counter()
        """Runs that a request made, by configuration-id."""
        self.next_execution_ids: list[int] = []
        """The ids of the next runs that somebody asks for; made up when there is none."""
        self.deleted: set[str] = set()
        """Configuration-ids of the jobs that a request deleted."""
        self.hidden: set[int] = set()
        """Configuration-ids of the jobs whose files the user may not see; V1 doesn't mind."""
        self.emptied: set[int] = set()
        """Runs whose results a request deleted."""
        self.rows = JobRows(behaviour)
        self._files: dict[str, int] = {}
        self._executions: dict[int, int] = {}
        self._origin = (self.night - KEPT - timedelta(days=1)).replace(microsecond=0)
        specs = list(specs)
        self._scheduled = [spec.id for spec in specs if spec.script]
        self._stride = len(self._scheduled) + _SPARE_IDS if self._scheduled else 0
        # Without schedules the runs are counted from the ids of the jobs on, so that a wrong id finds a run.
        self._last_id = min((spec.id for spec in specs), default=1) - 1
        slots = {job_id: slot for slot, job_id in enumerate(self._scheduled)}
        for spec in specs:
            self._add(spec, slots.get(spec.id, 0))

    def now(self) -> datetime:
        """The true time."""
        return self.clock.now()

    def local(self, moment: datetime) -> datetime:
        """A moment in the server's own time."""
        return moment.astimezone(self.zone)

    def add(self, spec: JobSpec) -> None:
        """Let there be one more job, or a changed one in the place of the one with its id."""
        if spec.script and spec.id not in self._scheduled:
            raise ValueError(f"job {spec.id} comes too late to have a schedule")
        self._forget(spec.id)
        self._add(spec, self._scheduled.index(spec.id) if spec.script else 0)

    def remove(self, job: Job) -> None:
        """Let there be a job no more; its runs are gone with it."""
        self._forget(job.spec.id)

    def of_kind(self, kind: Kind) -> list[Job]:
        """Its jobs of a kind."""
        return [job for job in self.jobs.values() if job.spec.kind is kind]

    def job(self, configuration_id: int) -> Job:
        """A job by its configuration-id."""
        try:
            return self.jobs[configuration_id]
        except KeyError:
            raise Failed(f"Job configuration {configuration_id} doesn't exist") from None

    def file(self, name: str) -> Job:
        """A job by its file-id, its uuid or its path."""
        job_id = self._files.get(name)
        if job_id is None or job_id in self.hidden:
            raise Failed(NO_SUCH_FILE)
        return self.jobs[job_id]

    def execution(self, execution_id: int) -> tuple[Job, JobRun]:
        """A run and its job."""
        now = self.now()
        job_id = self._executions.get(execution_id)
        if job_id is not None and job_id in self.jobs:
            job = self.jobs[job_id]
            candidates: Iterator[JobRun | None] = iter(job.asked)
        else:
            job, candidates = self._scheduled_execution(execution_id)
        for run in candidates:
            if run and run.id == execution_id and now - KEPT <= run.requested_at <= now:
                return job, run
        raise _no_execution(execution_id)

    def start(self, job: Job, *, lag_s: float = 0.0) -> JobRun:
        """Begin a run, or let it wait for its turn.

        Args:
            job: Of which job.
            lag_s: Seconds after which anything but the run's own id tells of it.
        """
        now = self.now()
        preparation = job.preparation(now)
        busy = job.active_at(now)
        if busy is not None:
            if not self.behaviour.queues_when_busy:
                raise Failed(f"Job {job.spec.name} is already running")
            preparation = ((QUEUED, (busy.ended_at - now).total_seconds()), *preparation)
        run = JobRun(
            id=self._next_id(now),
            requested_at=now,
            preparation=preparation,
            duration_s=job.spec.duration_s,
            outcome=job.spec.outcome,
            records=job.spec.records,
            lag_s=lag_s,
        )
        job.run(run)
        self._executions[run.id] = job.spec.id
        return run

    def _add(self, spec: JobSpec, slot: int) -> None:
        def execution_id(moment: datetime) -> int:
            return self._seconds(moment) * self._stride + slot

        upstream = self.jobs[spec.waits_for] if spec.waits_for is not None else None
        self.jobs[spec.id] = Job(spec, self.night, execution_id, upstream)
        for name in (str(spec.file_id), spec.uuid, spec.path):
            self._files[name] = spec.id

    def _forget(self, job_id: int) -> None:
        if self.jobs.pop(job_id, None) is not None:
            self._files = {name: owner for name, owner in self._files.items() if owner != job_id}

    def _scheduled_execution(self, execution_id: int) -> tuple[Job, Iterator[JobRun | None]]:
        seconds, slot = divmod(execution_id, self._stride) if self._stride else (0, 0)
        job = self.jobs.get(self._scheduled[slot]) if slot < len(self._scheduled) else None
        if job is None:
            raise _no_execution(execution_id)
        moment = self._origin + (seconds + 1) * _SECOND - _INSTANT
        return job, iter([job.scheduled(moment)])

    def _seconds(self, moment: datetime) -> int:
        return (moment - self._origin) // _SECOND

    def _next_id(self, now: datetime) -> int:
        """Ids grow with time, and none of them is ever given to a run of a schedule."""
        if self.next_execution_ids:
            return self.next_execution_ids.pop(0)
        count = len(self._scheduled)
        candidate = max(self._last_id + 1, self._seconds(now) * self._stride + count)
        if self._stride and candidate % self._stride < count:
            candidate += count - candidate % self._stride
        self._last_id = candidate
        return candidate


def _no_execution(execution_id: int) -> Failed:
    return Failed(f"Job execution {execution_id} doesn't exist")
