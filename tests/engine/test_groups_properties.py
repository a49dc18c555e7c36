"""After any history, the groups that were kept are those that would be built anew."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.fleet import NOW
from tests.support.strategies import ENVIRONMENTS, make_job
from tui.core.state import State
from tui.engine.columns import DEFAULT_ORDER, RANKS, SortOrder, parse_sort
from tui.engine.grouping import WAYS, Grouper, GroupKey
from tui.engine.groups import Folds, Groups
from tui.engine.query import Query, QueryContext, parse_query
from tui.engine.view import TableView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.keys import JobKey
    from tui.core.models import Job
    from tui.engine.group_lines import Line

_IDS = tuple(str(number) for number in range(30))
_QUERIES = ("", "state:failed,warning or last:failed", "load", "since:1h", "dur>1m", "age>10m")
_ORDERS = (str(DEFAULT_ORDER), "name", "-started,name", "connection,-name", "-duration", "age")

seeds = st.integers(0, 2**32)
spans = st.sampled_from((-60, 0, 1, 59, 600, 3600))


class GroupMachine(RuleBasedStateMachine):
    """Jobs that change, time that passes, and groups that are told what the view is told."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: dict[JobKey, Job] = {}
        self.errors: dict[JobKey, str] = {}
        self.now = NOW
        self.query: Query = parse_query("")
        self.order: SortOrder = DEFAULT_ORDER
        self.folds = Folds()
        self.view = TableView(self.query, self.order)
        self.group("cause")

    @property
    def context(self) -> QueryContext:
        return QueryContext(self.now, {}, ENVIRONMENTS, UTC)

    @initialize(seed=seeds)
    def fill(self, seed: int) -> None:
        """There are jobs from the start."""
        rng = random.Random(seed)
        fresh = {job.key: job for job in (make_job(rng, _IDS) for _ in range(60))}
        self.tell(fresh, set())

    @rule(seed=seeds, count=st.integers(1, 20), span=spans)
    def upsert(self, seed: int, count: int, span: float) -> None:
        """Jobs come or change, after some time."""
        rng = random.Random(seed)
        self.now += timedelta(seconds=span)
        self.tell({job.key: job for job in (make_job(rng, _IDS) for _ in range(count))}, set())

    @rule(seed=seeds, share=st.sampled_from((0.1, 0.4, 1.0)))
    def remove(self, seed: int, share: float) -> None:
        """Jobs go, while one comes."""
        rng = random.Random(seed)
        gone = {key for key in sorted(self.jobs) if rng.random() < share}
        fresh = make_job(rng, _IDS)
        self.tell({fresh.key: fresh}, gone - {fresh.key})

    @rule(seed=seeds, errors=st.sampled_from(("disk full", "no listener on 7", "")))
    def learn_errors(self, seed: int, errors: str) -> None:
        """Logs were looked into."""
        rng = random.Random(seed)
        told = [key for key in sorted(self.jobs) if rng.random() < 0.3]
        self.groups.prepare(told)
        self.errors.update(dict.fromkeys(told, errors))
        self.groups.follow(self.view.apply(self.jobs, told, (), self.context))

    @rule(span=spans)
    def pass_time(self, span: float) -> None:
        """Time passes; jobs may have been observed again, of which nobody is told."""
        self.now += timedelta(seconds=span)
        for key, job in self.jobs.items():
            self.jobs[key] = replace(job, observed_at=self.now)
        before = list(self.groups.lines)
        delta = self.groups.follow(self.view.retime(self.context))
        assert delta.is_reordered or before == list(self.groups.lines)

    @rule(text=st.sampled_from(_QUERIES))
    def ask(self, text: str) -> None:
        """Other jobs are shown."""
        self.query = parse_query(text)
        self.view.set_query(self.query, self.context)
        self.groups.recount()

    @rule(order=st.sampled_from(_ORDERS))
    def sort(self, order: str) -> None:
        """They are sorted otherwise."""
        self.order = parse_sort(order)
        self.view.set_order(self.order._replace(lead=self.grouper.column), self.context)
        self.groups.reorder()

    @rule(way=st.sampled_from(sorted(WAYS)))
    def group(self, way: str) -> None:
        """They are grouped otherwise."""
        self.grouper = Grouper(WAYS[way], lambda key: self.errors.get(key, ""))
        self.view.set_order(self.order._replace(lead=self.grouper.column), self.context)
        self.groups = Groups(self.grouper, self.view, self.folds)

    @rule(seed=seeds)
    def fold(self, seed: int) -> None:
        """A group is folded or unfolded, now and then all."""
        names = sorted({self.grouper.name_of(job) for job in self.jobs.values()})
        chosen = random.Random(seed).choice([*names, None])
        if chosen is None:
            self.groups.fold_all()
            self.folds = self.groups.folds
        else:
            self.folds = self.folds.turned(chosen)
            self.groups.set_folds(self.folds)

    def tell(self, changed: dict[JobKey, Job], removed: set[JobKey]) -> None:
        """Tell the groups and the view what the store tells, and check the answer."""
        before = list(self.groups.lines)
        self.groups.prepare([*changed, *removed])
        self.jobs.update(changed)
        for key in removed:
            self.jobs.pop(key, None)
        delta = self.groups.follow(self.view.apply(self.jobs, changed, removed, self.context))
        assert delta.is_reordered or before == list(self.groups.lines)

    @invariant()
    def keeps_what_it_would_build(self) -> None:
        """The heart of it."""
        name_of = Grouper(self.grouper.way, lambda key: self.errors.get(key, "")).name_of
        plain = TableView(self.query, self.order)
        plain.rebuild(self.jobs, self.context)
        parts: dict[str, list[JobKey]] = {}
        for key in plain.keys:
            parts.setdefault(name_of(self.jobs[key]), []).append(key)
        lines: list[Line] = []
        for name in sorted(parts, key=lambda name: self.place(name, parts[name])):
            lines += [GroupKey(name), *(() if self.folds.has(name) else parts[name])]
        assert list(self.groups.lines) == lines == self.groups.lines[:]
        rows = {line: number for number, line in enumerate(lines)}
        jobs = list(self.groups.jobs)
        assert jobs == self.groups.jobs[:] == [self.groups.jobs[number] for number in range(len(jobs))]
        assert Counter(jobs) == Counter(plain.keys)
        for key, job in self.jobs.items():
            is_listed = key in plain.keys
            assert self.groups.line_of(key) == rows.get(key)
            assert self.groups.group_of(key) == (GroupKey(name_of(job)) if is_listed else None)
            assert self.groups.index_of(key) == (jobs.index(key) if is_listed else None)
        for name, keys in parts.items():
            self.check_group(name, [self.jobs[key] for key in keys])
        assert self.groups.group(GroupKey("no such group")) is None
        assert self.groups.line_of(GroupKey("no such group")) is None

    def check_group(self, name: str, jobs: Sequence[Job]) -> None:
        """What a group's line tells is so."""
        told = self.groups.group(GroupKey(name))
        assert told is not None
        assert self.groups.jobs_in(told.key) == [job.key for job in jobs]
        assert told.jobs == len(jobs)
        assert told.counts == Counter(job.state for job in jobs)
        assert list(told.counts) == sorted(told.counts, key=lambda state: state.urgency)
        resting = [job.last_result for job in jobs if RANKS[job.state, job.last_result] % 2]
        assert told.resting == len(resting)
        assert told.worst.urgency == min(state.urgency for state in (*told.counts, *filter(None, resting)))
        assert told.is_folded == self.folds.has(name)
        if self.grouper.way.id == "cause" and name:
            assert told.systems == len({job.connection for job in jobs})
            moments = [job.ended_at or job.started_at for job in jobs if job.ended_at or job.started_at]
            assert told.since == min(filter(None, moments), default=None)
            assert {job.state for job in jobs}.isdisjoint({State.RUNNING, State.SUCCEEDED})

    def place(self, name: str, keys: Sequence[JobKey]) -> tuple[object, ...]:
        """Where a group belongs."""
        if self.order != DEFAULT_ORDER:
            return (not name, name)
        jobs = [self.jobs[key] for key in keys]
        worst = min(RANKS[job.state, job.last_result] for job in jobs)
        is_cause = self.grouper.way.id == "cause" and name
        return (worst, -len(keys) if is_cause else 0, not name, name)


TestGroups = GroupMachine.TestCase
TestGroups.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
