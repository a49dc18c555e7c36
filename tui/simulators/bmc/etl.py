"""An ETL and its runs, whose lives depend on nothing but the time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tui.core.state import State
from tui.simulators.bmc.vocabulary import ABORTED, ENDED, ERROR, OK, RUNNING, SERVICE_ON, WAITING, WARNING
from tui.simulators.fleet import Script, execution, period_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tui.simulators.bmc.vocabulary import NeverRun

NEVER = datetime.max.replace(tzinfo=UTC)
"""Later than everything."""

_DAWN = datetime.min.replace(tzinfo=UTC)
_KEPT_FIRES = 6
_SCHEDULED_IN = timedelta(hours=1)
_DAY_S = 86_400
_EXITS = {State.FAILED: ERROR, State.WARNING: WARNING}


@dataclass(frozen=True, slots=True)
class RunConfiguration:
    """One of the ways in which an ETL can be run."""

    id: int
    """Its `run_configuration_id`."""
    name: str = "Default"
    """Its name."""
    active: bool = True
    """Whether it's the one in use."""


@dataclass(frozen=True)
class EtlRun:
    """One run of an ETL: everything that will ever be known of it."""

    started_at: datetime
    """When its status becomes RUNNING."""
    duration_s: float = 60.0
    """Seconds that it takes."""
    exit_code: str = OK
    """How it ends: OK, WARNING, ERROR, a word that no page lists, or empty for none."""
    requested_at: datetime | None = None
    """When it was asked for; None when its schedule began it."""
    properties: Mapping[str, object] = field(default_factory=dict)
    """Its `run_execution_properties`."""
    number: int = -1
    """Which period of the schedule it began; -1 when somebody asked for it."""
    stopped_at: datetime | None = None
    """When it obeys, if it was told to stop."""

    @cached_property
    def ended_at(self) -> datetime:
        """When it ends."""
        natural = self.started_at + timedelta(seconds=self.duration_s)
        return natural if self.stopped_at is None else max(self.started_at, min(natural, self.stopped_at))

    @property
    def is_aborted(self) -> bool:
        """Whether it ended because it was told to."""
        return self.stopped_at is not None and self.ended_at >= self.stopped_at

    def is_running(self, now: datetime) -> bool:
        """Whether its status is RUNNING."""
        return self.started_at <= now < self.ended_at

    def is_busy(self, now: datetime) -> bool:
        """Whether it keeps others from starting: it runs, or has been asked for."""
        return (self.requested_at or self.started_at) <= now < self.ended_at


@dataclass(frozen=True, slots=True)
class EtlSpec:
    """What an ETL is, and how its runs go."""

    id: str
    """Its `etl_id`, a number."""
    name: str
    """Its name."""
    task_id: str = ""
    """The `task_id` of its status when that is another number, as in the vendor's sample."""
    script: Script | None = None
    """Its schedule and how those runs go; None without one."""
    is_scheduled: bool = True
    """Whether the schedule is in force at first."""
    since: datetime | None = None
    """Before when the schedule never began a run; None for always."""
    duration_s: float = 60.0
    """Seconds that a run takes which somebody asked for."""
    exit_code: str = OK
    """How such a run ends."""
    history: Sequence[EtlRun] = ()
    """Runs of old, oldest first."""
    stop_s: float = 3.0
    """Seconds from asking for a stop to the end."""
    ignores_stop: bool = False
    """Whether `stop` comes to nothing, though it's accepted; `kill` still works."""
    accepts_runs: bool = True
    """Whether a request to run is accepted."""
    is_service: bool = False
    """Whether it's a service, which runs until it's stopped and has no exit code."""
    service_status: str | None = SERVICE_ON
    """The status of a service at first; None when it never ran."""
    service_since: datetime | None = None
    """Since when a service has that status; None for the beginning of the simulation."""
    never_run: NeverRun | None = None
    """How its status looks before its first run; None for what the behaviour says."""
    configurations: Sequence[RunConfiguration] = ()
    """Its run configurations; one called Default when there is none."""


class Look(NamedTuple):
    """How an ETL stands at a moment."""

    status: str | None
    """Its status; None for no value."""
    ended: EtlRun | None = None
    """The newest run that has ended."""
    active: EtlRun | None = None
    """The run that goes on."""
    since: datetime | None = None
    """Since when a service has its status."""


class Etl:
    """An ETL that isn't a service, with what has been done to it.

    Args:
        spec: What it is.
        night: When the simulation began.
    """

    def __init__(self, spec: EtlSpec, night: datetime) -> None:
        self.spec = spec
        self.asked: list[EtlRun] = list(spec.history)
        """The runs that somebody asked for, oldest first."""
        self._night = night
        self._script = spec.script
        # The spans in which its schedule is in force, oldest first.
        self._spans: list[tuple[datetime, datetime]] = []
        if spec.script is not None and spec.is_scheduled:
            self._spans.append((spec.since or _DAWN, NEVER))
        self._scheduled_at = _DAWN
        self._stopped: dict[int, EtlRun] = {}
        self._fired: dict[int, EtlRun] = {}

    def runs(self, now: datetime, count: int) -> list[EtlRun]:
        """Its newest runs that have begun, newest first."""
        asked = [run for run in self.asked[-count - 1 :] if run.started_at <= now]
        found = self._fires(now, count)
        if asked:
            found = sorted([*found, *asked], key=lambda run: run.started_at, reverse=True)
        return found[:count]

    def look(self, now: datetime) -> Look:
        """How it stands."""
        newest = self.runs(now, 1)
        if newest and newest[0].is_running(now):
            return Look(RUNNING, next(iter(self.runs(now, 2)[1:]), None), newest[0])
        ended = newest[0] if newest else None
        if ended is not None and ended.is_aborted and not ended.ended_at <= self._scheduled_at <= now:
            return Look(ABORTED, ended)
        if self._is_in_force(now):
            return Look(WAITING, ended)
        return Look(None if ended is None else ENDED, ended)

    def run(self, now: datetime, lag_s: float, properties: Mapping[str, object]) -> bool:
        """Begin a run that somebody asks for; False when it's busy."""
        if self._busy(now) is not None:
            return False
        begins = now + timedelta(seconds=lag_s)
        spec = self.spec
        self.asked.append(EtlRun(begins, spec.duration_s, spec.exit_code, now, properties))
        return True

    def schedule(self, now: datetime, lag_s: float) -> bool:
        """Put its schedule in force; one that has none runs daily from an hour later on."""
        begins = now + timedelta(seconds=lag_s)
        if self._script is None:
            self._script = _daily(self.spec, now + _SCHEDULED_IN)
        if not self._spans or self._spans[-1][1] < begins:
            self._spans.append((begins, NEVER))
        elif self._spans[-1][1] != NEVER:
            self._spans[-1] = (self._spans[-1][0], NEVER)
        self._scheduled_at = begins
        return True

    def stop(self, now: datetime, *, unschedules: bool) -> bool:
        """Tell the run that goes on to stop; False when there is none.

        Args:
            now: The time.
            unschedules: Whether one that only waits is taken off its schedule.
        """
        spec = self.spec
        running = self._busy(now)
        ends = now + timedelta(seconds=spec.stop_s)
        if running is not None:
            if running.stopped_at is None and not spec.ignores_stop:
                self._replace(running, replace(running, stopped_at=ends))
            return True
        if not unschedules or not self._is_in_force(now):
            return False
        self._spans[-1] = (self._spans[-1][0], min(self._spans[-1][1], ends))
        return True

    def kill(self, now: datetime) -> bool:
        """End the run that goes on, at once; False when there is none."""
        running = self._busy(now)
        if running is None:
            return False
        self._replace(running, replace(running, stopped_at=now, started_at=min(running.started_at, now)))
        return True

    def _busy(self, now: datetime) -> EtlRun | None:
        if self.asked and self.asked[-1].is_busy(now):
            return self.asked[-1]
        return self.look(now).active

    def _is_in_force(self, now: datetime) -> bool:
        return any(begin <= now < end for begin, end in self._spans)

    def _replace(self, old: EtlRun, new: EtlRun) -> None:
        if old.number >= 0:
            self._stopped[old.number] = new
        else:
            self.asked[self.asked.index(old)] = new

    def _fires(self, now: datetime, count: int) -> list[EtlRun]:
        script, found = self._script, list[EtlRun]()
        if script is None:
            return found
        for number, moment in self._moments(script, now):
            if len(found) == count:
                break
            # What falls due while a run goes on that somebody asked for is left out.
            if not any(asked.is_busy(moment) for asked in self.asked):
                found.append(self._stopped.get(number) or self._fire(script, number))
        return found

    def _moments(self, script: Script, now: datetime) -> Iterator[tuple[int, datetime]]:
        """When the schedule was due, the latest first, with the numbers of the periods."""
        for begin, end in reversed(self._spans):
            number = period_number(script, min(now, end - timedelta(microseconds=1)))
            while (moment := _moment(script, number)) >= begin:
                yield number, moment
                number -= 1

    def _fire(self, script: Script, number: int) -> EtlRun:
        if number not in self._fired:
            if len(self._fired) >= _KEPT_FIRES:
                del self._fired[min(self._fired)]
            one = execution(script, number, self._night)
            exit_code = _EXITS.get(one.outcome, OK)
            self._fired[number] = EtlRun(one.started_at, one.duration_s, exit_code, number=number)
        return self._fired[number]


def _moment(script: Script, number: int) -> datetime:
    return datetime.fromtimestamp(number * script.period_s + script.phase_s, UTC)


def _daily(spec: EtlSpec, first: datetime) -> Script:
    return Script(
        id=spec.id,
        name=spec.name,
        period_s=_DAY_S,
        usual_s=spec.duration_s,
        phase_s=first.timestamp() % _DAY_S,
        failure_rate=0,
        needs_database=False,
        is_parametrised=False,
    )
