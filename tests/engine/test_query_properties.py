"""Laws of the query language, held against a second, slow and plain evaluator."""

from __future__ import annotations

import math
import operator
import re
from datetime import UTC, datetime, time, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.strategies import contexts, jobs, nodes, query_texts, terms
from tui.core.errors import QueryError
from tui.core.state import State
from tui.engine.query import Query, parse_query
from tui.engine.query.syntax import And, Not, Or, Term, ValueKind, Words, all_of, any_of, render

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.models import Job
    from tui.engine.query import QueryContext
    from tui.engine.query.syntax import Node, Value

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_TEXTS: dict[str, Callable[[Job], str]] = {
    "name": lambda job: job.name,
    "conn": lambda job: job.connection,
    "system": lambda job: job.type,
    "path": lambda job: job.path,
    "kind": lambda job: job.kind,
    "message": lambda job: job.message,
    "id": lambda job: job.id,
    "run": lambda job: job.run_id,
    "native": lambda job: job.native_state,
    "sub": lambda job: job.substate,
    "state": lambda job: job.state.value,
    "last": lambda job: job.last_result.value if job.last_result else "",
}
_MOMENTS: dict[str, Callable[[Job], datetime | None]] = {
    "since": lambda job: job.started_at,
    "ended": lambda job: job.ended_at,
    "next": lambda job: job.next_run_at,
    "age": lambda job: job.observed_at,
}


def fits(node: Node, job: Job, context: QueryContext) -> bool:
    """Whether a job is asked for, found out in the plainest way."""
    match node:
        case And():
            return all(fits(part, job, context) for part in node.parts)
        case Or():
            return any(fits(part, job, context) for part in node.parts)
        case Not():
            return not fits(node.part, job, context)
        case Words():
            own = (job.name, job.path, job.message, job.connection, job.id, *job.tags)
            return any(word.casefold() in text.casefold() for word in node.values for text in own)
        case Term():
            return _term_fits(node, job, context)


def _term_fits(term: Term, job: Job, context: QueryContext) -> bool:
    sign = term.operator.value
    if term.field in ("exit", "progress") and sign == "!=":
        wanted = {value.text for value in term.values}
        number = _number(term.field, job)
        if number is None:
            return "any" in wanted and "none" not in wanted
        return not any(_value_fits(term.field, ":", value, job, context) for value in term.values)
    positive = {"!=": ":", "!~": "~"}.get(sign, sign)
    found = any(_value_fits(term.field, positive, value, job, context) for value in term.values)
    return found if positive == sign else not found


def _value_fits(field: str, sign: str, value: Value, job: Job, context: QueryContext) -> bool:
    if field == "is":
        return _flag(value.text, job, context)
    if field in ("exit", "progress"):
        number = _number(field, job)
        if value.text in ("none", "any"):
            return (number is None) == (value.text == "none")
        limit = int(value.text.rstrip("%"))
        return number is not None and (number == limit if sign == ":" else _COMPARE[sign](number, limit))
    if field == "dur":
        return _duration_fits(sign, value.text, job, context)
    if field in _MOMENTS:
        return _moment_fits(field, sign, value.text, _MOMENTS[field](job), context.now)
    if field == "last" and sign == ":" and job.last_result is None:
        return fnmatchcase("none", value.text) if value.kind is ValueKind.PATTERN else value.text == "none"
    if field == "last" and sign == ":" and value.text == "any":
        return True
    if field == "tag":
        return any(_text_fits(sign, value, tag) for tag in job.tags or ("",))
    if field == "env":
        return _text_fits(sign, value, context.environments.get(job.connection, ""))
    return _text_fits(sign, value, _TEXTS[field](job))


def _text_fits(sign: str, value: Value, text: str) -> bool:
    if value.kind is ValueKind.REGEX:
        return re.search(value.text, text, re.IGNORECASE) is not None
    if value.kind is ValueKind.PATTERN:
        return fnmatchcase(text.casefold(), value.text.casefold())
    if sign == ":":
        return text.casefold() == value.text.casefold()
    return value.text.casefold() in text.casefold()


def _number(field: str, job: Job) -> int | None:
    if field == "exit":
        return job.exit_code
    return None if job.progress is None or math.isnan(job.progress) else round(job.progress * 100)


def _flag(name: str, job: Job, context: QueryContext) -> bool:
    now, trouble = context.now, (State.FAILED, State.WARNING)
    words = {job.state, job.last_result}
    match name:
        case "held":
            return job.is_held
        case "final":
            return job.state.is_final
        case "active":
            return job.state.is_active
        case "problem":
            trend = context.trends.get(job.key)
            others = [o for o in (trend.outcomes if trend else ()) if o is not State.CANCELLED]
            was_ended = State.CANCELLED in words and others[-1:] != [] and others[-1] in trouble
            is_well = State.SUCCEEDED in words and job.state not in trouble
            return not is_well and (was_ended or not words.isdisjoint(trouble))
        case _:
            is_late = job.next_run_at is not None and job.next_run_at < now
            return is_late and not job.is_held and not job.state.is_active


def _duration_fits(sign: str, text: str, job: Job, context: QueryContext) -> bool:
    taken = job.duration_s
    if taken is None and job.started_at is not None:
        end = job.ended_at or (context.now if job.state is State.RUNNING else None)
        taken = max(0.0, (end - job.started_at).total_seconds()) if end else None
    if text in ("none", "any"):
        return (taken is None) == (text == "none")
    if taken is None:
        return False
    if text.endswith("x"):
        trend = context.trends.get(job.key)
        if trend is None or trend.usual_s is None:
            return False
        return _COMPARE[sign](taken, float(text[:-1]) * trend.usual_s)
    return _COMPARE[sign](taken, _seconds(text))


def _seconds(text: str) -> float:
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", text))


def _moment_fits(field: str, sign: str, text: str, moment: datetime | None, now: datetime) -> bool:
    if text in ("none", "any"):
        return (moment is None) == (text == "none")
    if moment is None:
        return False
    is_ahead = field == "next"
    named = _named_moment(text, now, is_ahead=is_ahead)
    if named is None:
        distance = (moment - now if is_ahead else now - moment) / timedelta(microseconds=1)
        return _COMPARE["<=" if sign == ":" else sign](distance, _seconds(text) * 1e6)
    if sign == ":":
        return moment <= named if is_ahead else moment >= named
    return _COMPARE[sign]((moment - named).total_seconds(), 0)


def _named_moment(text: str, now: datetime, *, is_ahead: bool) -> datetime | None:
    midnight = datetime.combine(now.date(), time(), UTC)
    if text in ("today", "yesterday"):
        return midnight - timedelta(days=text == "yesterday")
    if text.startswith("20"):
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    if ":" not in text:
        return None
    moment = datetime.combine(now.date(), time.fromisoformat(text), UTC)
    if is_ahead:
        return moment if moment > now else moment + timedelta(days=1)
    return moment if moment <= now else moment - timedelta(days=1)


def read(text: str) -> Query | QueryError:
    """What a text means, or why it means nothing."""
    try:
        return parse_query(text)
    except QueryError as error:
        return error


@settings(max_examples=200)
@given(nodes())
def test_what_a_shape_is_written_as_is_read_as_the_same_shape(node: Node) -> None:
    query = parse_query(render(node))
    assert query.root == node
    assert parse_query(str(query)) == query
    assert hash(parse_query(str(query))) == hash(query)


@settings(max_examples=400)
@given(query_texts())
def test_a_text_is_a_query_or_a_query_error_that_points_into_it(text: str) -> None:
    outcome = read(text)
    if isinstance(outcome, QueryError):
        assert 0 <= outcome.start <= outcome.end <= len(text)
        assert outcome.message
        assert outcome.hint
    else:
        assert outcome.text == text
        assert parse_query(str(outcome)) == outcome


@settings(max_examples=100)
@given(nodes(), st.data())
def test_every_beginning_of_a_query_is_a_query_or_an_error(node: Node, data: st.DataObject) -> None:
    text = render(node)
    beginning = text[: data.draw(st.integers(0, len(text)))]
    outcome = read(beginning)
    if isinstance(outcome, QueryError):
        assert 0 <= outcome.start <= outcome.end <= len(beginning)
    else:
        assert outcome.text == beginning


@settings(max_examples=400)
@given(terms(), st.lists(jobs(), min_size=1, max_size=8), contexts())
def test_every_term_asks_what_the_plain_evaluator_asks(
    term: Node, fleet: list[Job], context: QueryContext
) -> None:
    query = Query(term)
    for job in fleet:
        assert query.matches(job, context) is fits(term, job, context), (str(query), job)


@settings(max_examples=150)
@given(nodes(), st.lists(jobs(), min_size=1, max_size=8), contexts())
def test_every_query_asks_what_the_plain_evaluator_asks(
    node: Node, fleet: list[Job], context: QueryContext
) -> None:
    query = Query(node)
    expected = [job for job in fleet if fits(node, job, context)]
    assert query.select(fleet, context) == expected
    assert [job for job in fleet if query.matches(job, context)] == expected


@settings(max_examples=100)
@given(nodes(), nodes(), jobs(), contexts())
def test_de_morgan_and_double_negation(left: Node, right: Node, job: Job, context: QueryContext) -> None:
    def holds(node: Node) -> bool:
        return Query(node).matches(job, context)

    assert holds(Not(Not(left))) is holds(left)
    assert holds(Not(all_of([left, right]))) is holds(any_of([Not(left), Not(right)]))
    assert holds(Not(any_of([left, right]))) is holds(all_of([Not(left), Not(right)]))
    assert (Query(left) & Query(right)).matches(job, context) is (holds(left) and holds(right))


@settings(max_examples=300)
@given(terms(), jobs(), contexts(), st.integers(0, 90_000))
def test_a_job_changes_sides_only_at_its_turns(
    term: Node, job: Job, context: QueryContext, seconds: int
) -> None:
    """Where no turn lies between, and the question stays the same, the answer stays the same."""
    query = Query(term)
    later = type(context)(context.now + timedelta(seconds=seconds), context.trends, context.environments, UTC)
    until = query.valid_until(context)
    turn = query.next_turn(job, context, context.now - timedelta(milliseconds=1))
    is_same_question = until is None or later.now < until
    is_before_turn = turn is None or later.now < turn - timedelta(milliseconds=1)
    if is_same_question and is_before_turn:
        assert query.matches(job, later) is query.matches(job, context)
    if not query.depends_on_time:
        assert query.matches(job, later) is query.matches(job, context)
