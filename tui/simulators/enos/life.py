"""A flow with what has been done to it: scheduled instances are computed, the others are remembered."""

from __future__ import annotations

from bisect import insort
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tui.core.state import State
from tui.simulators.enos.instance import NEVER, Instance
from tui.simulators.enos.vocabulary import Outcome, Status, failed
from tui.simulators.fleet import DATABASE_DOWN, execution

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.simulators.enos.flow import FlowSpec

_ALWAYS = ((datetime.min.replace(tzinfo=UTC), NEVER),)
_BEFOREHAND = timedelta(hours=2)
_HOUR_S = 3600
_DIGITS = {10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_USUAL_FACTOR, _DATABASE_FACTOR = 1.7, 4.4


class Flow:
    """One flow.

    Args:
        spec: What it is.
        order: Its place among all flows.
        night: When the simulation began.
    """

    __slots__ = (
        "_asked",
        "_kept",
        "_lived",
        "_night",
        "_pauses",
        "_seen_until",
        "_since",
        "_touched",
        "asked_duration_s",
        "asked_outcome",
        "is_active",
        "order",
        "parameters",
        "period_ms",
        "phase_ms",
        "spec",
        "version",
    )

    def __init__(self, spec: FlowSpec, order: int, night: datetime) -> None:
        self.spec = spec
        self.order = order
        """Its place among all flows."""
        self.version = 0
        """Grows with each change, so that what was made of it can be kept until then."""
        self.period_ms = 1000 * int(spec.period_s or (spec.script.period_s if spec.script else 0))
        """Milliseconds between two scheduled instances; 0 for no schedule."""
        self.phase_ms = 1000 * int(spec.phase_s if spec.period_s or not spec.script else spec.script.phase_s)
        """When in the period it is due."""
        self.is_active = spec.is_active
        """Whether its schedule is on."""
        self.parameters = spec.parameters
        """Its parameters as they are now."""
        self.asked_outcome = spec.outcome
        """What instances come to that are asked for from now on."""
        self.asked_duration_s = spec.duration_s
        """Seconds that they run."""
        self._night = night
        self._kept: Instance | None = None
        self._since = spec.since or (night if self._overlaps() else None)
        self._pauses: tuple[tuple[datetime, datetime], ...] = () if spec.is_active else _ALWAYS
        self._lived: list[Instance] = []
        self._touched: int | None = None
        self._seen_until = 0
        self._asked = 0
        if self._since is not None:
            self._touched = self._seen_until = self.newest(_millis(self._since))

    @property
    def is_regular(self) -> bool:
        """Whether nothing was ever done to it, so that its schedule tells everything."""
        return bool(self.period_ms) and self._touched is None and not self._pauses

    @property
    def is_irregular(self) -> bool:
        """Whether what is remembered of it has to be looked at; one never switched on has nothing."""
        return self._touched is not None

    def trigger_ms(self, number: int) -> int:
        """When a period begins, in epoch milliseconds."""
        return number * self.period_ms + self.phase_ms

    def instance_id(self, number: int) -> str:
        """The id of a period's instance: the hour in UTC, and the minute where there are several."""
        at = moment_of(self.trigger_ms(number))
        minute = f"{at.minute:02d}" if self.period_ms < _HOUR_S * 1000 else ""
        return f"{self.spec.id}-{at.year}{at.month:02d}{at.day:02d}{at.hour:02d}{minute}"

    def newest(self, now_ms: int) -> int:
        """The period that has begun last."""
        return (now_ms - self.phase_ms) // self.period_ms if self.period_ms else 0

    def may_be_active(self, number: int, now_ms: int) -> bool:
        """Whether a regular instance of that period can still be going on; cheaper than making it."""
        script = self.spec.script
        longest = self.spec.init_s + self.spec.ready_s + self.spec.duration_s
        if script is not None:
            factor = _DATABASE_FACTOR if script.needs_database else _USUAL_FACTOR
            longest = self.spec.init_s + self.spec.ready_s + factor * script.usual_s
        return not self.spec.outcome.ends or now_ms - self.trigger_ms(number) <= 1000 * longest

    def may_come_to(self, statuses: frozenset[int]) -> bool:
        """Whether a regular instance that has run may have one of these statuses."""
        script = self.spec.script
        if script is None:
            return self.spec.outcome.status in statuses
        if Status.SUCCESS in statuses:
            return True
        can_fail = script.needs_database or script.failure_rate > 0
        return can_fail and not statuses.isdisjoint((Status.FAIL, self.spec.failure_status))

    def scheduled(self, number: int, now: datetime) -> Instance | None:
        """The instance of a period, if there is one yet."""
        if not self.period_ms or not self._exists(number, now):
            return None
        if self._touched is not None and number >= self._touched:
            return next((one for one in self._life(now) if one.number == number), None)
        return self.regular(number)

    def outcome(self, number: int) -> Outcome:
        """What the instance of a period comes to when nothing is done to it; cheaper than making it."""
        return self._plot(number)[1]

    def regular(self, number: int) -> Instance:
        """The instance of a period as it goes when nothing is done to it."""
        if self._kept is None or self._kept.number != number:
            self._kept = self._fire(number)
        return self._kept

    def remembered(self, since_ms: int, until_ms: int, now: datetime) -> Sequence[Instance]:
        """The instances that are meant for a span of time, since something was first done to the flow."""
        since, until = moment_of(since_ms), moment_of(until_ms)
        return [one for one in self._life(now) if since <= one.trigger_at <= until]

    def earlier(self, since_ms: int, until_ms: int, now: datetime) -> Iterator[int]:
        """The periods in a span of time whose instances went by the schedule alone."""
        last = self.newest(_millis(now)) if self._touched is None else self._touched - 1
        for number in self.numbers(since_ms, min(until_ms, self.trigger_ms(last))):
            if self._exists(number, now):
                yield number

    def numbers(self, since_ms: int, until_ms: int) -> range:
        """The periods that begin in a span of time."""
        if not self.period_ms:
            return range(0)
        first = -((self.phase_ms - since_ms) // self.period_ms)
        return range(first, (until_ms - self.phase_ms) // self.period_ms + 1)

    def find(self, instance_id: str, now: datetime) -> Instance | None:
        """An instance by its id."""
        asked = next((one for one in self._life(now) if one.id == instance_id), None)
        if asked is not None or not self.period_ms:
            return asked
        digits = instance_id.removeprefix(f"{self.spec.id}-")
        try:
            moment = datetime.strptime(digits, _DIGITS.get(len(digits), "")).replace(tzinfo=UTC)
        except ValueError:
            return None
        unit_ms = 1000 * (_HOUR_S if len(digits) == len("YYYYmmddHH") else 60)
        number = (int(moment.timestamp()) * 1000 + unit_ms - 1 - self.phase_ms) // self.period_ms
        return self.scheduled(number, now) if self.instance_id(number) == instance_id else None

    def start(
        self,
        trigger_at: datetime,
        stamp: datetime,
        now: datetime,
        *,
        first_task: int = 0,
    ) -> Instance:
        """Make an instance that somebody asked for.

        Args:
            trigger_at: The time that it is meant for; in the past means at once.
            stamp: The same by the server's clock, for the id.
            now: The time.
            first_task: The task that it begins with.
        """
        life = self._touch(now)
        self._asked += 1
        instance = Instance(
            id=self._free_id(stamp),
            number=-self._asked,
            trigger_at=trigger_at,
            created_at=now,
            due_at=max(now, trigger_at),
            init_s=self.spec.init_s,
            ready_s=self.spec.ready_s,
            duration_s=self.asked_duration_s,
            outcome=self.asked_outcome,
            parameters=self.parameters,
            first_task=first_task,
        )
        insort(life, instance, key=_due)
        self._queue()
        return instance

    def cancel(self, instance: Instance, now: datetime) -> bool:
        """Ask an instance to stop; whether it was still going on."""
        life = self._touch(now)
        place = next((place for place, one in enumerate(life) if one.id == instance.id), None)
        if place is None or life[place].ended_at <= now:
            return False
        if life[place].cancel_asked_at is None and not self.spec.ignores_cancel:
            life[place] = life[place].asked_to_cancel(now, self.spec.cancel_s)
            self._queue()
        return True

    def enable(self, now: datetime) -> None:
        """Let it be scheduled again."""
        self._touch(now)
        if not self.is_active:
            self.is_active = True
            self._pauses = (*self._pauses[:-1], (self._pauses[-1][0], now))
            self.version += 1

    def disable(self, now: datetime) -> None:
        """Let nothing be scheduled from now on."""
        self._touch(now)
        if self.is_active:
            self.is_active = False
            self._pauses = (*self._pauses, (now, NEVER))
            self.version += 1

    def _exists(self, number: int, now: datetime) -> bool:
        moment = moment_of(self.trigger_ms(number))
        if moment > now or (self._since is not None and moment < self._since):
            return False
        return not any(begin <= moment < end for begin, end in self._pauses)

    def _overlaps(self) -> bool:
        """Whether its instances get in each other's way, so that there must be a first one."""
        spec = self.spec
        if not self.period_ms or spec.script is not None:
            return False
        return not spec.outcome.ends or spec.init_s + spec.ready_s + spec.duration_s > spec.period_s

    def _touch(self, now: datetime) -> list[Instance]:
        """Remember its instances from the one on that is the newest now."""
        if self._touched is None:
            self._touched = self._seen_until = self.newest(_millis(now))
        return self._life(now)

    def _life(self, now: datetime) -> list[Instance]:
        """What is remembered, with the scheduled instances that have become due since."""
        if self._touched is None or not self.period_ms:
            return self._lived
        newest = self.newest(_millis(now))
        if self._seen_until <= newest:
            due = [number for number in range(self._seen_until, newest + 1) if self._exists(number, now)]
            self._seen_until = newest + 1
            for number in due:
                insort(self._lived, self.regular(number), key=_due)
            if due:
                self._queue()
        return self._lived

    def _queue(self) -> None:
        """One instance runs at a time: each waits for the one before it."""
        free: datetime | None = None
        for place, instance in enumerate(self._lived):
            waits = free if free is not None and free > instance.due_at else None
            if instance.free_at != waits:
                self._lived[place] = replace(instance, free_at=waits)
            ended = self._lived[place].ended_at
            free = ended if free is None else max(free, ended)
        self.version += 1

    def _fire(self, number: int) -> Instance:
        spec, moment = self.spec, moment_of(self.trigger_ms(number))
        seconds, outcome = self._plot(number)
        return Instance(
            id=self.instance_id(number),
            number=number,
            trigger_at=moment,
            created_at=moment - _BEFOREHAND,
            due_at=moment,
            init_s=spec.init_s,
            ready_s=spec.ready_s,
            duration_s=seconds,
            outcome=outcome,
            parameters=spec.parameters,
        )

    def _plot(self, number: int) -> tuple[float, Outcome]:
        """How the script says that a period goes, within the bounds of `may_be_active`."""
        script = self.spec.script
        if script is None:
            return self.spec.duration_s, self.spec.outcome
        one = execution(script, number, self._night)
        factor = _DATABASE_FACTOR if script.needs_database else _USUAL_FACTOR
        seconds = min(one.duration_s, factor * script.usual_s, 0.9 * script.period_s)
        if one.outcome is not State.FAILED:
            return seconds, Outcome(message=one.message)
        if one.message == DATABASE_DOWN:
            return seconds, failed(one.message, task=self.spec.outcome.task)
        return seconds, failed(one.message, self.spec.failure_status, number)

    def _free_id(self, stamp: datetime) -> str:
        taken = {one.id for one in self._lived}
        while (found := f"{self.spec.id}-{stamp.astimezone(UTC).strftime(_DIGITS[14])}") in taken:
            stamp += timedelta(seconds=1)
        return found


def moment_of(millis: int) -> datetime:
    """The moment that is so many milliseconds after the epoch."""
    return datetime.fromtimestamp(millis // 1000, UTC) + timedelta(milliseconds=millis % 1000)


def _due(instance: Instance) -> datetime:
    return instance.due_at


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
