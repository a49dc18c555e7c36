"""A task of the Job Conductor and its runs, whose lives depend on nothing but the time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from tui.core.state import State
from tui.simulators.fleet import execution, period_number
from tui.simulators.talend.vocabulary import (
    NO_ERROR,
    READY,
    REQUESTING_RUN,
    REQUESTING_STOP,
    RUNNING,
    SUCCEEDED,
    Outcome,
    failed,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from tui.simulators.fleet import Script

KEPT_RUNS = 20
"""Runs whose logs the server keeps."""

NEVER = datetime.max.replace(tzinfo=UTC)
"""Later than everything."""

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """What a task is, and how its runs go."""

    id: str
    """Its id."""
    label: str
    """Its name; case counts."""
    script: Script | None = None
    """When its trigger fires and how those runs go; None without a trigger."""
    since: datetime | None = None
    """Before when its trigger has never fired; None for always."""
    duration_s: float = 60.0
    """Seconds that a run takes which somebody asked for."""
    outcome: Outcome = SUCCEEDED
    """How such a run ends."""
    preparation: Sequence[tuple[str, float]] = ((REQUESTING_RUN, 2.0),)
    """The statuses before RUNNING, with the seconds that each takes."""
    stop_s: float = 3.0
    """Seconds from asking for a stop to the end."""
    ignores_stop: bool = False
    """Whether it can't be killed, as some versions have it."""
    is_active: bool = True
    """Whether it may run."""
    is_concurrent: bool = False
    """Whether several runs may go on at once."""
    status: str = READY
    """Its status when idle; one that isn't READY_TO_RUN needs an earlier step."""
    deploy_s: float = 4.0
    """Seconds that generating or deploying takes."""
    log: Sequence[str] = ()
    """Lines that each run writes, beside the usual ones."""
    project: str = "DWH"
    """The project it lies in."""
    application: str = "LoadCustomers"
    """The job that it runs."""
    server: str = "etl01"
    """The job server that it runs on."""
    job_mark: str = "b77id"
    """The end of the `jobId` in its log."""
    deployed_at: datetime = datetime(2015, 6, 22, 15, 0, 8, 839_000, tzinfo=UTC)
    """When its script was generated."""


@dataclass(frozen=True)
class TaskRun:
    """One run of a task: everything that will ever be known of it."""

    request_id: str
    """Its `execRequestId`; empty when a trigger started it."""
    requested_at: datetime
    """When it was asked for."""
    preparation: Sequence[tuple[str, float]]
    """The statuses before RUNNING."""
    duration_s: float
    """Seconds that it runs."""
    outcome: Outcome
    """How it ends."""
    suffix: str
    """The end of its `jobExecutionId`."""
    number: int = -1
    """Which period of the schedule it began; -1 when somebody asked for it."""
    context: Mapping[str, str] = field(default_factory=dict)
    """The context that it was given."""
    stop_asked_at: datetime | None = None
    """When it was told to stop."""
    stopped_at: datetime | None = None
    """When it obeyed."""

    @cached_property
    def started_at(self) -> datetime:
        """When the job itself begins."""
        return self.requested_at + timedelta(seconds=sum(seconds for _, seconds in self.preparation))

    @cached_property
    def ended_at(self) -> datetime:
        """When it ends."""
        natural = self.started_at + timedelta(seconds=self.duration_s)
        return natural if self.stopped_at is None else min(natural, self.stopped_at)

    @property
    def has_begun(self) -> bool:
        """Whether the job itself ever begins."""
        return self.started_at < self.ended_at

    def is_active(self, now: datetime) -> bool:
        """Whether it is going on."""
        return self.requested_at <= now < self.ended_at

    def status(self, now: datetime) -> tuple[str, datetime]:
        """The task's status while it goes on, and until when that holds."""
        if self.stop_asked_at is not None and now >= self.stop_asked_at:
            return REQUESTING_STOP, self.ended_at
        until = self.requested_at
        for word, seconds in self.preparation:
            until += timedelta(seconds=seconds)
            if now < until:
                return word, min(until, self.ended_at)
        return RUNNING, self.ended_at

    def stopped(self, now: datetime, seconds: float, outcome: Outcome) -> TaskRun:
        """The same run, told to stop now and obeying so many seconds later."""
        return replace(self, stop_asked_at=now, stopped_at=now + timedelta(seconds=seconds), outcome=outcome)


@dataclass(frozen=True, slots=True)
class Look:
    """How a task stands at a moment."""

    active: TaskRun | None
    """The run that goes on; the newest, if there are several."""
    ended: TaskRun | None
    """The newest run that has ended."""
    status: str
    """Its status."""
    until: datetime
    """Until when that holds, if nothing is done to it."""

    def error_status(self, *, keeps_while_running: bool) -> str:
        """The task's `errorStatus`.

        Args:
            keeps_while_running: Whether it still tells of the last run while a new one runs.
        """
        if self.ended is None or (self.active is not None and not keeps_while_running):
            return NO_ERROR
        return self.ended.outcome.error_status


class Task:
    """A task with what has been done to it.

    Args:
        spec: What it is.
        night: When the simulation began.
    """

    def __init__(self, spec: TaskSpec, night: datetime) -> None:
        self.spec = spec
        self.is_paused = False
        """Whether its triggers are paused."""
        self.asked: list[TaskRun] = []
        """The runs that somebody asked for, oldest first."""
        self.version = 0
        """Grows with each change, so that what was made of it can be kept until then."""
        self._night = night
        self._pauses: list[tuple[datetime, datetime]] = []
        self._stopped: dict[int, TaskRun] = {}
        self._steps: list[tuple[datetime, str]] = []
        self._fired: dict[int, TaskRun] = {}

    def runs(self, now: datetime, count: int = KEPT_RUNS) -> list[TaskRun]:
        """Its newest runs, newest first."""
        asked = [run for run in self.asked[-count:] if run.requested_at <= now]
        found = [*self._scheduled(now, count), *reversed(asked)]
        if asked and len(found) > len(asked):
            found.sort(key=lambda run: run.requested_at, reverse=True)
        return found[:count]

    def look(self, now: datetime) -> Look:
        """How it stands."""
        newest = self.runs(now, 1)
        if not newest or not newest[0].is_active(now):
            return Look(None, newest[0] if newest else None, *self._idle(now))
        others = self.runs(now, KEPT_RUNS if self.spec.is_concurrent else 2)
        ended = next((run for run in others if not run.is_active(now)), None)
        return Look(newest[0], ended, *newest[0].status(now))

    def next_fire(self, now: datetime) -> datetime | None:
        """When its trigger fires next."""
        script = self.spec.script
        if script is None or self.is_paused or not self.spec.is_active:
            return None
        after = now if self.spec.since is None else max(now, self.spec.since - timedelta(microseconds=1))
        return _moment(script, period_number(script, after) + 1)

    def run(self, run: TaskRun) -> None:
        """Begin a run that somebody asked for."""
        self.asked.append(run)
        self.version += 1

    def stop(self, now: datetime, outcome: Outcome) -> bool:
        """Tell the run that goes on to stop; whether there is one."""
        running = self.look(now).active
        if running is None:
            return False
        if running.stop_asked_at is None and not self.spec.ignores_stop:
            self._replace(running, running.stopped(now, self.spec.stop_s, outcome))
            self.version += 1
        return True

    def pause(self, now: datetime) -> None:
        """Let no trigger fire from now on."""
        if not self.is_paused:
            self.is_paused = True
            self._pauses.append((now, NEVER))
            self.version += 1

    def resume(self, now: datetime) -> None:
        """Let the triggers fire again."""
        if self.is_paused:
            self.is_paused = False
            self._pauses[-1] = (self._pauses[-1][0], now)
            self.version += 1

    def renumber(self, task_id: str) -> None:
        """Be known by another id, as after an import into another installation."""
        self.spec = replace(self.spec, id=task_id)
        self.version += 1

    def prepare(self, now: datetime, during: str, then: str) -> None:
        """Generate or deploy: one status for a while, then another."""
        idle = self.look(now).status
        done = now + timedelta(seconds=self.spec.deploy_s)
        self._steps = [(now, during), (done, then)]
        self.spec = replace(self.spec, status=idle, deployed_at=done)
        self.version += 1

    def _idle(self, now: datetime) -> tuple[str, datetime]:
        idle = self.spec.status
        for moment, word in self._steps:
            if now < moment:
                return idle, moment
            idle = word
        return idle, self.next_fire(now) or NEVER

    def _replace(self, old: TaskRun, new: TaskRun) -> None:
        if old.number >= 0:
            self._stopped[old.number] = new
        else:
            self.asked[self.asked.index(old)] = new

    def _scheduled(self, now: datetime, count: int) -> list[TaskRun]:
        script = self.spec.script
        if script is None or not self.spec.is_active:
            return []
        number, found = period_number(script, now), list[TaskRun]()
        while len(found) < count:
            moment = _moment(script, number)
            if self.spec.since is not None and moment < self.spec.since:
                break
            pause = next((begin for begin, end in self._pauses if begin <= moment < end), None)
            if pause is not None:
                number = min(number - 1, period_number(script, pause))
                continue
            # One that fires while the task is busy with a run that somebody asked for is lost.
            if self.spec.is_concurrent or not any(asked.is_active(moment) for asked in self.asked):
                found.append(self._stopped.get(number) or self._fire(script, number))
            number -= 1
        return found

    def _fire(self, script: Script, number: int) -> TaskRun:
        if number not in self._fired:
            if len(self._fired) > 2 * KEPT_RUNS:
                del self._fired[min(self._fired)]
            one = execution(script, number, self._night)
            outcome = failed(one.message) if one.outcome is State.FAILED else Outcome(message=one.message)
            mark = one.run_id[-4:] + _ALPHABET[number % len(_ALPHABET)]
            self._fired[number] = TaskRun(
                "", one.started_at, self.spec.preparation, one.duration_s, outcome, mark, number
            )
        return self._fired[number]


def _moment(script: Script, number: int) -> datetime:
    return datetime.fromtimestamp(number * script.period_s + script.phase_s, UTC)


def suffix(rng: random.Random) -> str:
    """The five letters and digits that end the server's ids.

    Args:
        rng: Where they come from.
    """
    return "".join(rng.choices(_ALPHABET, k=5))
