"""A job of the server and its runs, whose lives depend on nothing but the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tui.core.state import State
from tui.simulators.datameer.run import JobRun
from tui.simulators.datameer.vocabulary import (
    QUEUED,
    SUCCEEDED,
    WAITING,
    Kind,
    Outcome,
    failed,
    warned,
)
from tui.simulators.fleet import execution, period_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.simulators.fleet import Execution, Script

KEPT = timedelta(days=28)
"""How long the server remembers a run: `housekeeping.execution.max-age`."""

_NEVER = datetime.max.replace(tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)
_GOLDEN = 2_654_435_761  # Knuth's multiplier: neighbours look nothing like each other, and none are alike
_OVERLAPPING = 3


@dataclass(frozen=True, slots=True)
class JobSpec:
    """What a job is, and how its runs go."""

    id: int
    """Its configuration-id."""
    name: str
    """Its name."""
    kind: Kind = Kind.IMPORT
    """What it is."""
    folder: str = "/Users/admin"
    """Where its file lies."""
    description: str = ""
    """What somebody wrote about it."""
    other_file_id: int | None = None
    """Its file-id; None for the next number, so that it's the configuration-id of a neighbour."""
    script: Script | None = None
    """When its schedule starts it and how those runs go; None without a schedule."""
    since: datetime | None = None
    """Before when its schedule has never started it; None for always."""
    waits_for: int | None = None
    """The configuration-id of the job whose run it waits for."""
    preparation: Sequence[tuple[str, float]] = ((QUEUED, 2.0),)
    """The statuses before RUNNING, with the seconds that each takes."""
    duration_s: float = 60.0
    """Seconds that a run takes which somebody asked for."""
    outcome: Outcome = SUCCEEDED
    """How such a run ends."""
    records: int = 12_000
    """Records that such a run reads."""
    stop_s: float = 3.0
    """Seconds from asking for a stop to the end."""
    ignores_stop: bool = False
    """Whether a stop comes to nothing."""
    log: Sequence[str] = ()
    """Lines that each run writes, beside the usual ones."""
    owner: str = "analyst"
    """Whose rights its runs have."""

    @property
    def file_id(self) -> int:
        """The id of its file, which is none of the job."""
        return self.id + 1 if self.other_file_id is None else self.other_file_id

    @property
    def uuid(self) -> str:
        """The uuid of its file, made of its id."""
        scrambled = self.id * _GOLDEN % 2**32
        return f"{scrambled:08x}-6e1c-416c-b235-{scrambled * _GOLDEN % 2**48:012x}"

    @property
    def path(self) -> str:
        """The path of its file."""
        return f"{self.folder}/{self.name}"


@dataclass(frozen=True, slots=True)
class Look:
    """How a job stands at a moment."""

    newest: JobRun | None
    """The run that its status tells of."""
    active: Sequence[JobRun]
    """Its runs that wait or work, newest first."""
    since: datetime
    """When this was seen."""
    until: datetime
    """Until when it holds, if nothing is done to it."""
    versions: tuple[int, int]
    """What had been done to it, and to the job that it waits for."""


class Job:
    """A job with what has been done to it.

    Args:
        spec: What it is.
        night: When the simulation began.
        execution_id: Makes the id of a run that the schedule started at a moment.
        upstream: The job whose run it waits for.
    """

    def __init__(
        self,
        spec: JobSpec,
        night: datetime,
        execution_id: Callable[[datetime], int],
        upstream: Job | None = None,
    ) -> None:
        self.spec = spec
        self.upstream = upstream
        self.asked: list[JobRun] = []
        """The runs that somebody asked for, oldest first."""
        self.version = 0
        """Grows with each change, so that what was made of it can be kept until then."""
        self._night = night
        self._execution_id = execution_id
        self._stopped: dict[int, JobRun] = {}
        self._kept: Look | None = None
        self._executions: dict[int, Execution] = {}

    def runs(self, now: datetime, count: int) -> list[JobRun]:
        """Its newest runs that the server tells of and still remembers, newest first."""
        asked = [run for run in reversed(self.asked) if run.appears_at <= now][:count]
        found = [*self._scheduled(now, count), *asked]
        if asked and len(found) > len(asked):
            found.sort(key=_age, reverse=True)
        oldest = now - KEPT
        return [run for run in found[:count] if run.requested_at >= oldest]

    def look(self, now: datetime) -> Look:
        """How it stands."""
        versions = (self.version, self.upstream.version if self.upstream else 0)
        kept = self._kept
        if kept is None or kept.versions != versions or not kept.since <= now < kept.until:
            kept = self._kept = self._look(now, versions)
        return kept

    def active_at(self, moment: datetime) -> JobRun | None:
        """The newest run that goes on at a moment."""
        runs = [*self._scheduled(moment, 1), *self.asked]
        active = [run for run in runs if run.is_active(moment)]
        return max(active, key=lambda run: run.ended_at, default=None)

    def scheduled(self, moment: datetime) -> JobRun | None:
        """The run that the schedule started last before a moment; None when it started none then."""
        script = self.spec.script
        return self._fire(script, period_number(script, moment)) if script else None

    def preparation(self, moment: datetime) -> Sequence[tuple[str, float]]:
        """The statuses before RUNNING of a run that begins to wait at a moment."""
        awaited = self.upstream.active_at(moment) if self.upstream else None
        if awaited is None:
            return self.spec.preparation
        return ((WAITING, (awaited.ended_at - moment).total_seconds()), *self.spec.preparation)

    def run(self, run: JobRun) -> None:
        """Begin a run that somebody asked for."""
        self.asked.append(run)
        self.version += 1

    def stop(self, run: JobRun, now: datetime) -> bool:
        """Tell a run to stop; whether there was anything to stop."""
        if not run.is_active(now):
            return False
        if not self.spec.ignores_stop:
            stopped = run.stopped(now, self.spec.stop_s)
            if run.number >= 0:
                self._stopped[run.number] = stopped
            else:
                self.asked[self.asked.index(run)] = stopped
            self.version += 1
        return True

    def _look(self, now: datetime, versions: tuple[int, int]) -> Look:
        runs = self._latest(now)
        active = [run for run in runs if run.is_active(now)]
        newest = next((run for run in runs if run.requested_at >= now - KEPT), None)
        changes = [until for run in active if (until := run.status(now)[1]) is not None]
        changes += [run.appears_at for run in self.asked if run.appears_at > now]
        if newest is not None:
            changes.append(newest.requested_at + KEPT + _INSTANT)
        script = self.spec.script
        if script is not None:
            after = now if self.spec.since is None else max(now, self.spec.since - _INSTANT)
            changes.append(_moment(script, period_number(script, after) + 1))
        return Look(newest, active, now, min(changes, default=_NEVER), versions)

    def _latest(self, now: datetime) -> Sequence[JobRun]:
        """Every run that may be going on, and the newest even when none does; newest first."""
        runs = self._scheduled(now, 1)
        if runs and runs[0].is_active(now):
            runs = self._scheduled(now, _OVERLAPPING)
        if self.asked:
            runs += [run for run in self.asked if run.appears_at <= now]
            runs.sort(key=_age, reverse=True)
        return runs

    def _scheduled(self, now: datetime, count: int) -> list[JobRun]:
        script = self.spec.script
        if script is None:
            return []
        oldest = max(now - KEPT, self.spec.since or now - KEPT)
        number, found = period_number(script, now), list[JobRun]()
        while len(found) < count and _moment(script, number) >= oldest:
            run = self._fire(script, number)
            if run is not None:
                found.append(run)
            number -= 1
        return found

    def _fire(self, script: Script, number: int) -> JobRun | None:
        """The run of a period; none when the job was busy with one that somebody had asked for."""
        moment = _moment(script, number)
        if self.spec.since is not None and moment < self.spec.since:
            return None
        if any(run.is_active(moment) for run in self.asked):
            return None
        if number in self._stopped:
            return self._stopped[number]
        one = self._execution(script, number)
        outcome, records = _outcome(one, self.spec.records)
        return JobRun(
            id=self._execution_id(moment),
            requested_at=moment,
            preparation=self.preparation(moment),
            duration_s=one.duration_s,
            outcome=outcome,
            records=records,
            number=number,
        )

    def _execution(self, script: Script, number: int) -> Execution:
        if number not in self._executions:
            if len(self._executions) > _OVERLAPPING:
                del self._executions[min(self._executions)]
            self._executions[number] = execution(script, number, self._night)
        return self._executions[number]


def _age(run: JobRun) -> tuple[datetime, int]:
    return run.requested_at, run.id


def _moment(script: Script, number: int) -> datetime:
    return datetime.fromtimestamp(number * script.period_s + script.phase_s, UTC)


def _outcome(one: Execution, usual: int) -> tuple[Outcome, int]:
    count = one.message.split(" ", 1)[0].replace(",", "")
    if one.outcome is State.FAILED:
        return failed(one.message), usual
    if one.outcome is State.WARNING:
        return warned(int(count), one.message), usual
    return Outcome(message=one.message), int(count)
