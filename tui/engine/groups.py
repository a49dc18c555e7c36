"""The groups of a view's rows: what they count, how they are ordered, which are folded."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from tui.core.keys import JobKey
from tui.core.state import State
from tui.engine.columns import DEFAULT_ORDER, RANKS
from tui.engine.group_lines import GroupLines, JobsOfGroups, Span
from tui.engine.grouping import Grouper, GroupKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from tui.engine.group_lines import Line
    from tui.engine.view import TableView, ViewDelta

_kind = attrgetter("state", "last_result")
_state, _last_result = attrgetter("state"), attrgetter("last_result")


class Group(NamedTuple):
    """What a group's line tells."""

    key: GroupKey
    """The group."""
    label: str
    """What it is called."""
    is_rest: bool
    """Whether it has the jobs that are in no other."""
    jobs: int
    """How many jobs it has."""
    counts: Mapping[State, int]
    """How many are in each state that occurs, the worst first."""
    resting: int
    """How many of them rest after a run that failed or warned."""
    worst_last: State
    """The worst outcome of these."""
    worst: State
    """The worst that is to be told of any of them."""
    is_folded: bool
    """Whether its jobs have no lines."""
    systems: int
    """On how many systems they are; 0 where that tells nothing."""
    since: datetime | None
    """Since when the oldest of them is in trouble, where that tells something."""


class Folds(NamedTuple):
    """Which groups are folded."""

    are_all: bool = False
    """Whether groups are folded unless they are named."""
    names: frozenset[str] = frozenset()
    """Names of the groups that are otherwise."""

    def has(self, name: str) -> bool:
        """Whether the group is folded."""
        return self.are_all != (name in self.names)

    def turned(self, name: str) -> Folds:
        """The same with the group the other way."""
        return self._replace(names=self.names ^ {name})


UNFOLDED = Folds()
"""Every group shows its jobs."""


class Groups:
    """Groups over the rows of a view, which must be sorted by the grouper's column before all others."""

    def __init__(self, grouper: Grouper, view: TableView, folds: Folds = UNFOLDED) -> None:
        """Count the groups of a view.

        Args:
            grouper: Puts jobs into groups.
            view: Its rows, sorted by group first.
            folds: Which groups are folded.
        """
        self.grouper = grouper
        self.folds = folds
        """Which groups are folded; see `set_folds`."""
        self._view = view
        self._leaving: list[tuple[str, tuple[State, State | None]]] = []
        self._heard_of: Collection[JobKey] = ()
        self.recount()

    @property
    def lines(self) -> GroupLines:
        """The lines of the table."""
        return self._lines

    @property
    def jobs(self) -> Sequence[JobKey]:
        """All jobs as they stand below each other, also those in folded groups."""
        return self._jobs

    def recount(self) -> None:
        """Look at every row: the rows are others now, or sorted otherwise."""
        jobs = self._view.jobs()
        kinds: dict[str, Counter[tuple[State, State | None]]] = {}
        found = Counter(
            zip(map(self.grouper.name_of, jobs), map(_state, jobs), map(_last_result, jobs), strict=True)
        )
        for (name, state, last_result), count in found.items():
            kinds.setdefault(name, Counter())[state, last_result] = count
        self._kinds = kinds
        self._told: dict[GroupKey, Group] = {}
        self._lay_out()

    def reorder(self) -> None:
        """The same rows are sorted otherwise now."""
        if self._view.query.uses_age or self._view.order.uses_age:
            self.recount()
        else:
            self._lay_out()

    def prepare(self, keys: Iterable[JobKey]) -> None:
        """Note the groups of these jobs, before the view hears that they have changed or are gone."""
        self._heard_of = frozenset(keys)
        self._leaving = self._places()
        self.grouper.forget(self._heard_of)

    def follow(self, delta: ViewDelta) -> ViewDelta:
        """Take over what the view took over since `prepare`; tells whether any line moved, came or went."""
        leaving, entering = self._leaving, self._places()
        self._leaving, self._heard_of = [], ()
        query = self._view.query
        if (delta.is_reordered and query.depends_on_time) or query.uses_age or self._view.order.uses_age:
            return self._follow_all(delta)
        for places, step in ((leaving, -1), (entering, 1)):
            for name, kind in places:
                self._kinds.setdefault(name, Counter())[kind] += step
                self._told.pop(GroupKey(name), None)
        if sum(map(Counter.total, self._kinds.values())) != delta.matched:
            return self._follow_all(delta)
        return self._laid_out(delta)

    def set_folds(self, folds: Folds) -> None:
        """Fold and unfold groups."""
        self.folds = folds
        self._told.clear()
        self._lay_out()

    def fold_all(self) -> None:
        """Fold all groups; unfold them when all are folded."""
        self.set_folds(Folds(are_all=not all(span.is_folded for span in self._spans)))

    def index_of(self, key: JobKey) -> int | None:
        """Where a job is among the jobs, its group folded or not."""
        row = self._view.index_of(key)
        if row is None:
            return None
        span = self._lines.span_at(row)
        return self._jobs.index_of_first(span) + row - span.first

    def line_of(self, line: Line) -> int | None:
        """Where a job or a group stands; None when it isn't listed, or when its group is folded."""
        if not isinstance(line, JobKey):
            return self._lines.line_of_group(line)
        row = self._view.index_of(line)
        return None if row is None else self._lines.line_of_row(row)

    def group_of(self, key: JobKey) -> GroupKey | None:
        """The group of a job that is listed."""
        row = self._view.index_of(key)
        return None if row is None else self._lines.span_at(row).key

    def jobs_in(self, key: GroupKey) -> Sequence[JobKey]:
        """The jobs of a group, in order."""
        span = self._lines.span(key)
        return self._lines.jobs_in(span) if span is not None else ()

    def group(self, key: GroupKey) -> Group | None:
        """What a group's line tells; None when there is no such group now."""
        span = self._lines.span(key)
        if span is None:
            return None
        if key not in self._told:
            self._told[key] = self._tell(span)
        return self._told[key]

    def _places(self) -> list[tuple[str, tuple[State, State | None]]]:
        jobs = (self._view.job(key) for key in self._heard_of)
        return [(self.grouper.name_of(job), _kind(job)) for job in jobs if job is not None]

    def _follow_all(self, delta: ViewDelta) -> ViewDelta:
        before = self._spans
        self.recount()
        return delta._replace(is_reordered=delta.is_reordered or before != self._spans)

    def _laid_out(self, delta: ViewDelta) -> ViewDelta:
        before = self._spans
        self._lay_out()
        return delta._replace(is_reordered=delta.is_reordered or before != self._spans)

    def _lay_out(self) -> None:
        """Find the groups' places: their rows follow each other by name, their lines by what is worst."""
        spans: list[Span] = []
        row = 0
        for name in sorted(self._kinds, key=lambda name: (not name, name)):
            count = self._kinds[name].total()
            if count:
                spans.append(Span(GroupKey(name), row, count, self.folds.has(name)))
            else:
                del self._kinds[name]
            row += count
        if self._is_by_urgency:
            spans.sort(key=self._urgency)
        self._spans = spans
        self._lines = GroupLines(self._view.keys, spans)
        self._jobs = JobsOfGroups(self._view.keys, spans)

    @property
    def _is_by_urgency(self) -> bool:
        return self._view.order.terms == DEFAULT_ORDER.terms

    def _urgency(self, span: Span) -> tuple[int, int]:
        """What is worst comes first; among causes then that of the most jobs."""
        kinds = self._kinds[span.key.name]
        is_about_causes = self.grouper.way.id == "cause" and span.key.name
        return min(
            RANKS[kind] for kind, count in kinds.items() if count
        ), -span.size if is_about_causes else 0

    def _tell(self, span: Span) -> Group:
        kinds = self._kinds[span.key.name]
        counts: Counter[State] = Counter()
        for (state, _), count in kinds.items():
            counts[state] += count
        states = sorted((state for state in counts if counts[state]), key=lambda state: state.urgency)
        lasts = {last: count for (state, last), count in kinds.items() if count and RANKS[state, last] % 2}
        worst_last = min(filter(None, lasts), key=lambda state: state.urgency, default=State.FAILED)
        worst = min((*states, *filter(None, lasts)), key=lambda state: state.urgency)
        label = span.key.name.replace("_", " ") if self.grouper.way.id == "state" else span.key.name
        systems, since = self._spread(span)
        return Group(
            key=span.key,
            label=label or self.grouper.way.rest,
            is_rest=not span.key.name,
            jobs=span.size,
            counts={state: counts[state] for state in states},
            resting=sum(count for kind, count in kinds.items() if RANKS[kind] % 2),
            worst_last=worst_last,
            worst=worst,
            is_folded=span.is_folded,
            systems=systems,
            since=since,
        )

    def _spread(self, span: Span) -> tuple[int, datetime | None]:
        """On how many systems a cause is, and since when."""
        if self.grouper.way.id != "cause" or not span.key.name:
            return 0, None
        jobs = [job for key in self._lines.jobs_in(span) if (job := self._view.job(key)) is not None]
        moments = [moment for job in jobs if (moment := job.ended_at or job.started_at) is not None]
        return len({job.connection for job in jobs}), min(moments, default=None)
