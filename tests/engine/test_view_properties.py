"""After any history, what the view has kept equals what it would build anew."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.fleet import NOW
from tests.support.strategies import ENVIRONMENTS, make_job, nodes
from tui.core.models import Trend
from tui.core.state import State
from tui.engine.columns import COLUMNS, SortOrder, SortTerm
from tui.engine.query import ALL, Query, QueryContext, parse_query
from tui.engine.view import TableView

if TYPE_CHECKING:
    from tui.core.keys import JobKey
    from tui.core.models import Job
    from tui.engine.query.syntax import Node

_IDS = tuple(str(number) for number in range(40))
_QUERIES = (
    "",
    "state:failed,warning or last:failed",
    "orders",
    "since:1h",
    "dur>1m",
    "dur>2x or is:overdue",
    "next:13:00 not is:held",
    "ended:today",
    "age>10m",
)

seeds = st.integers(0, 2**32)
spans = st.sampled_from((-3600, -60, 0, 0.5, 1, 59, 60, 600, 3600, 90_000))


def orders() -> st.SearchStrategy[SortOrder]:
    """Any sort order of up to three columns."""
    likely = st.sampled_from(("duration", "usual", "age", "name"))
    columns = st.lists(likely | st.sampled_from(tuple(COLUMNS)), min_size=1, max_size=3, unique=True)
    return columns.flatmap(
        lambda names: st.tuples(*(st.booleans() for _ in names)).map(
            lambda signs: SortOrder(tuple(map(SortTerm, names, signs)))
        )
    )


class ViewMachine(RuleBasedStateMachine):
    """A store that changes, time that passes, and a view that is told what the store tells."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: dict[JobKey, Job] = {}
        self.trends: dict[JobKey, Trend] = {}
        self.now = NOW
        self.query: Query = ALL
        self.order = SortOrder((SortTerm("state"), SortTerm("started", is_descending=True)))
        self.view = TableView(self.query, self.order)
        self.view.rebuild(self.jobs, self.context)

    @property
    def context(self) -> QueryContext:
        """The present moment."""
        return QueryContext(self.now, self.trends, ENVIRONMENTS, UTC)

    @initialize(seed=seeds)
    def fill(self, seed: int) -> None:
        """There are jobs from the start."""
        rng = random.Random(seed)
        self.jobs = {job.key: job for job in (make_job(rng, _IDS) for _ in range(80))}
        self.tell(set(self.jobs), set())

    @rule(seed=seeds, count=st.integers(1, 30), span=spans)
    def upsert(self, seed: int, count: int, span: float) -> None:
        """Jobs come or change, after some time."""
        rng = random.Random(seed)
        self.now += timedelta(seconds=span)
        fresh = [make_job(rng, _IDS) for _ in range(count)]
        self.jobs.update((job.key, job) for job in fresh)
        self.tell({job.key for job in fresh}, set())

    @rule(seed=seeds, share=st.sampled_from((0.05, 0.2, 0.2, 1.0)), span=spans)
    def remove(self, seed: int, share: float, span: float) -> None:
        """Jobs go, after some time."""
        rng = random.Random(seed)
        self.now += timedelta(seconds=span)
        gone = {key for key in sorted(self.jobs) if rng.random() < share}
        for key in gone:
            del self.jobs[key]
        self.tell(set(), gone)

    @rule(seed=seeds, span=spans)
    def replace_and_remove(self, seed: int, span: float) -> None:
        """Jobs go while others come and some change, told in one go."""
        rng = random.Random(seed)
        self.now += timedelta(seconds=span)
        keys = sorted(self.jobs)
        gone = set(rng.sample(keys, len(keys) // 3))
        changed = set(rng.sample(keys, len(keys) // 4))
        for key in keys:
            if key in gone:
                del self.jobs[key]
            elif key in changed:
                self.jobs[key] = replace(make_job(rng, _IDS), connection=key.connection, id=key.id)
        fresh = make_job(rng, _IDS)
        self.jobs[fresh.key] = fresh
        self.tell(changed | {fresh.key}, gone)

    @rule(seed=seeds)
    def learn_trends(self, seed: int) -> None:
        """History tells how some jobs usually go."""
        rng = random.Random(seed)
        known = {key: rng.choice((Trend(), _trend(rng))) for key in sorted(self.jobs) if rng.random() < 0.3}
        self.trends.update(known)
        self.tell(set(known), set())

    @rule(seconds=st.sampled_from((1, 60)))
    def observe_again(self, seconds: int) -> None:
        """A sweep finds everything as it was: nobody is told."""
        self.now += timedelta(seconds=seconds)
        for key, job in self.jobs.items():
            self.jobs[key] = replace(job, observed_at=self.now)
        self.check(self.view.retime(self.context).is_reordered, None)

    @rule(span=spans)
    def pass_time(self, span: float) -> None:
        """Time passes, or the clock is set back."""
        before = list(self.view.keys)
        self.now += timedelta(seconds=span)
        delta = self.view.retime(self.context)
        assert delta.rows == frozenset()
        assert delta.matched == len(self.view.keys)
        self.check(delta.is_reordered, before)

    @rule(text=st.sampled_from(_QUERIES))
    def ask(self, text: str) -> None:
        """The user asks for something usual."""
        self.query = parse_query(text)
        self.view.set_query(self.query, self.context)

    @rule(node=nodes(), span=spans)
    def ask_anything(self, node: Node, span: float) -> None:
        """The user asks for anything, after some time."""
        self.now += timedelta(seconds=span)
        self.query = Query(node)
        self.view.set_query(self.query, self.context)

    @rule(order=orders(), span=spans)
    def sort(self, order: SortOrder, span: float) -> None:
        """The user sorts otherwise, after some time."""
        self.now += timedelta(seconds=span)
        self.order = order
        self.view.set_order(order, self.context)

    @rule(limit=st.integers(0, 50))
    def prepare_search(self, limit: int) -> None:
        """The program uses a quiet moment."""
        self.view.prepare_search(limit)

    def tell(self, changed: set[JobKey], removed: set[JobKey]) -> None:
        """Tell the view what the store tells, and check the answer."""
        before = list(self.view.keys)
        delta = self.view.apply(self.jobs, changed, removed, self.context)
        assert delta.rows == changed.intersection(self.view.keys)
        assert delta.matched == len(self.view.keys)
        self.check(delta.is_reordered, before)

    def check(self, is_reordered: bool, before: list[JobKey] | None) -> None:
        """What is said to stand still stands still."""
        assert is_reordered or before is None or before == list(self.view.keys)

    @invariant()
    def keeps_what_it_would_build(self) -> None:
        """The heart of it."""
        anew = TableView(self.query, self.order)
        anew.rebuild(dict(sorted(self.jobs.items(), reverse=True)), self.context)
        keys = list(anew.keys)
        assert list(self.view.keys) == keys
        assert self.view.total == anew.total == len(self.jobs)
        assert self.view.counts == anew.counts
        states = Counter(job.state for job in self.jobs.values())
        assert self.view.counts == {state: states[state] for state in State}
        rows = {key: row for row, key in enumerate(keys)}
        assert all(self.view.index_of(key) == rows.get(key) for key in self.jobs)
        assert sorted(keys) == sorted(
            job.key for job in self.jobs.values() if self.query.matches(job, self.context)
        )
        assert keys == sorted(keys, key=lambda key: _plain_sort_key(self.order, self.jobs[key], self.context))


class _Backwards:
    """A value that sorts the other way round."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Backwards) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Backwards) and bool(self.value == other.value)


def _plain_sort_key(order: SortOrder, job: Job, context: QueryContext) -> list[Any]:
    key: list[Any] = []
    for term in order.terms:
        value = COLUMNS[term.column].sort_key(job, context)
        key.append(value is None)
        key.append(0 if value is None else _Backwards(value) if term.is_descending else value)
    return [*key, job.key]


def _trend(rng: random.Random) -> Trend:
    return Trend((State.FAILED,) * rng.randrange(3), (), rng.choice((None, 30.0, 60.0)))


class NarrowViewMachine(ViewMachine):
    """The same with limits so low that the ways meant for many jobs are taken with few."""

    def __init__(self) -> None:
        self._patches = ExitStack()
        for target, value in (
            ("tui.engine.view._ALWAYS_KEPT", 20),
            ("tui.engine.slots._VACANT_ALLOWED", 2),
            ("tui.engine.ranking._FEW", 2),
            ("tui.engine.ranking._LEAST_STRIDE", 3),
            ("tui.engine.deadlines._SLACK", 1),
        ):
            self._patches.enter_context(patch(target, value))
        super().__init__()

    def teardown(self) -> None:
        """Put the limits back."""
        self._patches.close()


_SETTINGS = settings(max_examples=60, stateful_step_count=25, deadline=None)

TestView = ViewMachine.TestCase
TestView.settings = _SETTINGS
TestNarrowView = NarrowViewMachine.TestCase
TestNarrowView.settings = _SETTINGS
