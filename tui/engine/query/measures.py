"""Fields of numbers, spans and times: how their operators and values become conditions."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import isfinite
from operator import attrgetter, ge, gt, le, lt
from typing import TYPE_CHECKING, cast

from tui.core.state import State
from tui.engine.query.conditions import Condition, disjunction, steady
from tui.engine.query.context import elapsed_s
from tui.engine.query.kinds import ANY, NONE, BadValue, signed
from tui.engine.query.operands import read_moment, read_multiple, read_number, read_span
from tui.engine.query.syntax import Operator, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tui.core.models import Job, Trend
    from tui.engine.query.conditions import Predicate
    from tui.engine.query.context import QueryContext
    from tui.engine.query.operands import Moment

_COST_NUMBER = 2
_COST_TREND = 7

_EQUALITY = frozenset({Operator.IS, Operator.IS_NOT})
_COMPARE: Mapping[Operator, Callable[[float, float], bool]] = {
    Operator.ABOVE: gt,
    Operator.AT_LEAST: ge,
    Operator.BELOW: lt,
    Operator.AT_MOST: le,
}
_LATER: Mapping[Operator, Callable[[datetime, datetime], bool]] = {
    Operator.ABOVE: gt,
    Operator.AT_LEAST: ge,
    Operator.BELOW: lt,
    Operator.AT_MOST: le,
}
_EARLIER: Mapping[Operator, Callable[[datetime, datetime], bool]] = {
    Operator.ABOVE: lt,
    Operator.AT_LEAST: le,
    Operator.BELOW: gt,
    Operator.AT_MOST: ge,
}
"""How a time is held against now minus a span: a greater age is an earlier time."""


def percent_done(job: Job) -> int | None:
    """How much of the running run is done, as the table shows it."""
    return round(job.progress * 100) if job.progress is not None and isfinite(job.progress) else None


def number_condition(
    read: Callable[[Job], int | None], operator: Operator, values: Sequence[Value]
) -> Condition:
    """What a term on a whole number asks. A job without the number fits no number, not even with `!=`."""
    words = {value.text.casefold() for value in values} & {NONE, ANY}
    if operator in _EQUALITY:
        numbers = [
            _number(value, index)
            for index, value in enumerate(values)
            if value.text.casefold() not in (NONE, ANY)
        ]
        wanted = frozenset([*numbers, *([None] if NONE in words else [])])
        if operator is Operator.IS_NOT:
            return steady(_COST_NUMBER, _other_number(read, wanted, is_any=ANY in words))
        if ANY in words:
            return steady(_COST_NUMBER, lambda job, _: read(job) is not None or None in wanted)
        return steady(_COST_NUMBER, lambda job, _: read(job) in wanted)
    compare = _COMPARE[operator]
    limits = [_number(value, index) for index, value in enumerate(values)]
    return disjunction([steady(_COST_NUMBER, _compared(read, compare, limit)) for limit in limits])


def duration_condition(operator: Operator, values: Sequence[Value]) -> Condition:
    """What a term on the duration asks: held against a span or times the usual, or whether it is known."""
    return signed(operator, disjunction([_duration(operator, value, i) for i, value in enumerate(values)]))


def moment_condition(
    read: Callable[[Job], datetime | None], operator: Operator, values: Sequence[Value], *, is_ahead: bool
) -> Condition:
    """What a term on a time asks.

    A span is held against the time's distance from now, a moment against the time itself: `ended>2h` is
    longer ago than two hours, `ended>13:00` is after one o'clock.

    Args:
        read: The time of a job, if it has one.
        operator: Equality means within the span, or since (ahead: until) the moment.
        values: The alternatives.
        is_ahead: Whether the time lies ahead.
    """
    parts = [_moment(read, operator, value, index, is_ahead=is_ahead) for index, value in enumerate(values)]
    return signed(operator, disjunction(parts))


def age_condition(operator: Operator, values: Sequence[Value]) -> Condition:
    """What a term on the time of observation asks. It changes with every sweep, of which nobody is told."""
    condition = moment_condition(attrgetter("observed_at"), operator, values, is_ahead=False)
    return condition._replace(uses_age=True)


def _number(value: Value, index: int) -> int:
    try:
        return read_number(value.text)
    except ValueError as error:
        raise BadValue(str(error), index, "write a number such as 0, 1 or 50%") from error


def _other_number(
    read: Callable[[Job], int | None], wanted: frozenset[int | None], *, is_any: bool
) -> Predicate:
    if is_any:
        return lambda job, _: read(job) is None and None not in wanted

    def predicate(job: Job, _: str) -> bool:
        number = read(job)
        return number is not None and number not in wanted

    return predicate


def _compared(
    read: Callable[[Job], int | None], compare: Callable[[float, float], bool], limit: int
) -> Predicate:
    return lambda job, _: (number := read(job)) is not None and compare(number, limit)


def _presence(
    read: Callable[[Job, QueryContext], object], operator: Operator, value: Value, index: int
) -> Condition | None:
    """What `none` and `any` ask, or None when the value is neither."""
    word = value.text.casefold()
    if word not in (NONE, ANY):
        return None
    if operator not in _EQUALITY:
        raise BadValue(f"{word} can't be compared", index, f"write :{word}")
    is_wanted = word == ANY
    return Condition(
        _COST_NUMBER, lambda context: lambda job, _: (read(job, context) is not None) is is_wanted
    )


def _duration(operator: Operator, value: Value, index: int) -> Condition:
    presence = _presence(lambda job, context: elapsed_s(job, context.now), operator, value, index)
    if presence:
        return presence
    multiple = read_multiple(value.text)
    seconds = 0.0
    if multiple is None:
        try:
            seconds = read_span(value.text).total_seconds()
        except ValueError as error:
            raise BadValue(str(error), index, _span_hint(value.text, "2x")) from error
    if operator in _EQUALITY:
        raise BadValue(
            "a duration can only be compared", index, f"write dur>{value.text} or dur<{value.text}"
        )
    if multiple is None:
        return _against_span(operator, seconds)
    return _against_usual(operator, multiple)


def _against_span(operator: Operator, limit_s: float) -> Condition:
    compare = _COMPARE[operator]

    def bind(context: QueryContext) -> Predicate:
        now = context.now

        def predicate(job: Job, _: str) -> bool:
            taken = job.duration_s
            if taken is None:
                taken = elapsed_s(job, now)
            return taken is not None and compare(taken, limit_s)

        return predicate

    limit = timedelta(seconds=limit_s)
    return Condition(_COST_NUMBER, bind, turns=(lambda job, _: _reaches(job, limit),))


def _against_usual(operator: Operator, multiple: float) -> Condition:
    compare = _COMPARE[operator]

    def bind(context: QueryContext) -> Predicate:
        now = context.now
        # A plain pair is found under a JobKey, and is made three times as fast.
        trends = cast("Mapping[tuple[str, str], Trend]", context.trends)

        def predicate(job: Job, _: str) -> bool:
            taken = job.duration_s
            if taken is None:
                taken = elapsed_s(job, now)
            if taken is None:
                return False
            trend = trends.get((job.connection, job.id))
            usual = trend.usual_s if trend is not None else None
            return usual is not None and compare(taken, multiple * usual)

        return predicate

    def turn(job: Job, context: QueryContext) -> datetime | None:
        if job.state is not State.RUNNING:
            return None
        trend = context.trends.get(job.key)
        usual = trend.usual_s if trend is not None else None
        return _reaches(job, _span(multiple * usual)) if usual is not None else None

    return Condition(_COST_TREND, bind, turns=(turn,))


def _reaches(job: Job, limit: timedelta) -> datetime | None:
    """When a running job will have run for so long."""
    if job.state is not State.RUNNING or job.started_at is None or job.ended_at or job.duration_s is not None:
        return None
    return _shifted(job.started_at, limit)


def _span(seconds: float) -> timedelta:
    try:
        return timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return timedelta.max


def _shifted(moment: datetime, span: timedelta) -> datetime | None:
    try:
        return moment + span
    except OverflowError:
        return None


def _moment(
    read: Callable[[Job], datetime | None], operator: Operator, value: Value, index: int, *, is_ahead: bool
) -> Condition:
    presence = _presence(lambda job, _: read(job), operator, value, index)
    if presence:
        return presence
    try:
        moment = read_moment(value.text, is_ahead=is_ahead)
        if moment is not None:
            return _against_moment(read, operator, moment, is_ahead=is_ahead)
        span = read_span(value.text)
    except ValueError as error:
        raise BadValue(str(error), index, _span_hint(value.text, "13:00")) from error
    return _against_distance(read, operator, -span if is_ahead else span, is_ahead=is_ahead)


def _against_moment(
    read: Callable[[Job], datetime | None], operator: Operator, moment: Moment, *, is_ahead: bool
) -> Condition:
    meant = (Operator.AT_MOST if is_ahead else Operator.AT_LEAST) if operator in _EQUALITY else operator
    compare = _LATER[meant]

    def bind(context: QueryContext) -> Predicate:
        limit = moment.at(context)
        return lambda job, _: (time := read(job)) is not None and compare(time, limit)

    return Condition(_COST_NUMBER, bind, changes_at=(moment.changes_at,) if moment.changes_at else ())


def _against_distance(
    read: Callable[[Job], datetime | None], operator: Operator, span: timedelta, *, is_ahead: bool
) -> Condition:
    meant = Operator.AT_MOST if operator in _EQUALITY else operator
    compare = (_LATER if is_ahead else _EARLIER)[meant]

    def bind(context: QueryContext) -> Predicate:
        limit = context.now - span
        return lambda job, _: (time := read(job)) is not None and compare(time, limit)

    def turn(job: Job, _: QueryContext) -> datetime | None:
        time = read(job)
        return _shifted(time, span) if time is not None else None

    return Condition(_COST_NUMBER, bind, turns=(turn,))


def _span_hint(text: str, other: str) -> str:
    if text.isdecimal():
        return f"did you mean {text}s, {text}m or {text}h?"
    return f"write a span such as 90s, 10m or 2h, or {other}"
