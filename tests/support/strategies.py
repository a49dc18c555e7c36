"""Random jobs, contexts and queries for property tests, of few values, so that much is equal."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.support.fleet import NOW
from tui.core.keys import JobKey
from tui.core.models import Job, Trend
from tui.core.state import State
from tui.engine.query import QueryContext
from tui.engine.query.syntax import Not, Operator, Term, Value, ValueKind, Words, all_of, any_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.engine.query.syntax import Node

CONNECTIONS = ("prod-a", "stage-b", "Dev c")
"""The connections of random jobs."""

ENVIRONMENTS = {"prod-a": "prod", "stage-b": "stage"}
"""Their environments; one has none."""

_TEXTS = (
    "",
    "load",
    "load_orders",
    "Load_ORDERS",
    "straße",
    "STRASSE",
    "a b",
    'say "x"',
    "*",
    "x[1]",
    "größe/北",
    "not",
)
_SPANS_S = (0, 1, 30, 60, 90, 600, 3600, 7200, 86_400)


def jobs(ids: Sequence[str] = ("1", "2", "10", "A-1", "")) -> st.SearchStrategy[Job]:
    """Any job, also one whose facts contradict each other.

    Made from one number, because twenty draws a job would take most of a test's time.
    """
    return st.integers(0, 2**40).map(lambda seed: make_job(random.Random(seed), ids))


def make_job(rng: random.Random, ids: Sequence[str]) -> Job:
    """A random job with one of the ids."""
    pick = rng.choice
    states = tuple(State)
    return Job(
        connection=pick(CONNECTIONS),
        type=pick(("local", "talend")),
        id=pick(ids),
        name=pick(_TEXTS),
        state=pick(states),
        observed_at=_moment(rng, -1),
        kind=pick(("", "task", "Flow")),
        path=pick(_TEXTS),
        substate=pick(("", "stopping")),
        native_state=pick(("", "RUNNING", "ERROR_X")),
        last_result=pick((None, *states)),
        run_id=pick(("", "r1", "R2")),
        started_at=pick((None, _moment(rng, -1), _moment(rng, -1))),
        ended_at=pick((None, _moment(rng, -1))),
        duration_s=pick((None, None, 0.0, 0.5, 60.0, 600.0, 7200.5, float("nan"))),
        next_run_at=pick((None, _moment(rng, 1), _moment(rng, 1), _moment(rng, -1))),
        progress=pick((None, 0.0, 0.333, 0.5, 0.999, 1.0, float("nan"))),
        exit_code=pick((None, 0, 1, 137, -9)),
        message=pick(_TEXTS),
        tags=pick(((), ("nightly",), ("SLA", "nightly"), ("a b",))),
        is_held=pick((False, True)),
    )


def _moment(rng: random.Random, sign: int) -> datetime:
    """A time that often lies exactly a round span away from `NOW`."""
    nudge = timedelta(microseconds=rng.choice((0, 0, 0, 1, -1, 500_000)))
    return NOW + timedelta(seconds=sign * rng.choice(_SPANS_S)) + nudge


def contexts() -> st.SearchStrategy[QueryContext]:
    """Moments around `NOW`, with usual durations for some jobs."""
    nudges = st.sampled_from((0, 0, 1, 60, 3600, -60)).map(lambda seconds: timedelta(seconds=seconds))
    keys = st.builds(JobKey, st.sampled_from(CONNECTIONS), st.sampled_from(("1", "2", "10")))
    trends = st.builds(Trend, usual_s=st.none() | st.sampled_from((0.0, 30.0, 60.0, 300.0)))
    return st.builds(
        lambda nudge, known: QueryContext(NOW + nudge, known, ENVIRONMENTS, UTC),
        nudges,
        st.dictionaries(keys, trends, max_size=6),
    )


_EQUALITY = st.sampled_from((Operator.IS, Operator.IS_NOT))
_CONTAINMENT = st.sampled_from((Operator.HAS, Operator.HAS_NOT))
_COMPARISON = st.sampled_from((Operator.ABOVE, Operator.AT_LEAST, Operator.BELOW, Operator.AT_MOST))
_TEXT_FIELDS = (
    "name",
    "conn",
    "system",
    "env",
    "path",
    "kind",
    "tag",
    "message",
    "id",
    "run",
    "native",
    "sub",
)
_MOMENT_FIELDS = ("since", "ended", "next", "age")

_SPAN_TEXTS = ("1s", "30s", "1m30s", "10m", "1h", "2h", "1d")
_MOMENT_TEXTS = ("13:00", "14:02:31", "2026-11-21", "2026-11-21T13:02:31Z", "today", "yesterday")
_PATTERNS = ("load*", "*ORDERS", "*ord*", "?oad_*", "[lx]*", "*", "x[[]1]", "prod-*", "*ß*")
_REGEXES = ("^load", "ORDERS$", "a b|x", "o.d", "[0-9]+", "x\\[1", "größe/", "(?i:load)", "\\\\")
_FREE = st.text(max_size=12)


def _values(texts: Sequence[str], kind: ValueKind = ValueKind.PLAIN) -> st.SearchStrategy[Value]:
    return st.sampled_from(texts).map(lambda text: Value(text, kind))


def _terms(
    fields: Sequence[str], operators: st.SearchStrategy[Operator], values: st.SearchStrategy[Value]
) -> st.SearchStrategy[Node]:
    alternatives = st.lists(values, min_size=1, max_size=3).map(tuple)
    return st.builds(Term, st.sampled_from(fields), operators, alternatives)


def terms() -> st.SearchStrategy[Node]:
    """Any single term that makes sense."""
    words = _FREE.map(Value) | _values(_TEXTS)
    states = _values(tuple(State)) | _values(("f*", "*ed", "[qr]*"), ValueKind.PATTERN)
    presence = _values(("none", "any"))
    return st.one_of(
        _terms(("state",), _EQUALITY, states),
        _terms(("last",), _EQUALITY, states | presence),
        _terms(("state", "last"), _CONTAINMENT, words | _values(("ed", "run"))),
        _terms(_TEXT_FIELDS, _EQUALITY, words | _values(_PATTERNS, ValueKind.PATTERN)),
        _terms(_TEXT_FIELDS, _CONTAINMENT, words | _values(_REGEXES, ValueKind.REGEX)),
        _terms(("is",), _EQUALITY, _values(("held", "final", "active", "overdue", "problem"))),
        _terms(("exit", "progress"), _EQUALITY, _values(("0", "1", "137", "-9", "50%", "33")) | presence),
        _terms(("exit", "progress"), _COMPARISON, _values(("0", "1", "100", "50%"))),
        _terms(("dur",), _EQUALITY, presence),
        _terms(("dur",), _COMPARISON, _values((*_SPAN_TEXTS, "1x", "2x", "0.5x"))),
        _terms(_MOMENT_FIELDS, _EQUALITY, _values(_SPAN_TEXTS) | _values(_MOMENT_TEXTS[:4]) | presence),
        _terms(_MOMENT_FIELDS, _COMPARISON, _values(_SPAN_TEXTS) | _values(_MOMENT_TEXTS[:4])),
        _terms(("since", "ended"), _EQUALITY, _values(_MOMENT_TEXTS)),
    )


def nodes() -> st.SearchStrategy[Node]:
    """The shape of any query that makes sense."""
    free = st.lists(_FREE | st.sampled_from(_TEXTS), min_size=1, max_size=2).map(
        lambda words: Words(tuple(words))
    )
    return st.recursive(
        terms() | free,
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.lists(inner, min_size=2, max_size=3).map(all_of),
            st.lists(inner, min_size=2, max_size=3).map(any_of),
        ),
        max_leaves=6,
    )


def query_texts() -> st.SearchStrategy[str]:
    """Texts that look like queries, right and wrong, and texts that don't."""
    pieces = st.sampled_from(
        [
            *("state", "last", "dur", "name", "since", "is", "foo", "prog"),
            *(":", "!=", "~", "!~", ">", ">=", "<", "=", ",", "(", ")", '"', "'", "/", "\\", " ", "\t"),
            *("and", "or", "not", "failed", "2h", "2x", "10", "13:00", "a*", "[", "(a+)+", "*", "none"),
        ]
    )
    return st.text(max_size=30) | st.lists(pieces, max_size=14).map("".join)
