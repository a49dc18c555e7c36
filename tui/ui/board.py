"""What the dashboard shows: the store seen through a query and a sort order. No widget in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.keys import JobKey
from tui.core.models import ReceiptStatus
from tui.core.state import State
from tui.engine.columns import DEFAULT_ORDER, parse_sort
from tui.engine.query import ALL, QueryContext, parse_query
from tui.engine.view import TableView

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Mapping, Sequence
    from datetime import datetime

    from tui.core.clock import Clock
    from tui.core.models import Health, Job, Receipt, Trend
    from tui.engine.columns import SortOrder
    from tui.engine.group_lines import Line
    from tui.engine.grouping import GroupKey
    from tui.engine.groups import Group, Groups
    from tui.engine.query import Query
    from tui.engine.store import Store
    from tui.engine.view import ViewDelta

RECEIPT_SHOWN_S = 30.0
"""Seconds that a settled receipt stays in its row; an unsettled one stays until it settles."""

_UNSETTLED = (ReceiptStatus.WAITING, ReceiptStatus.SENT, ReceiptStatus.ACCEPTED)


class Board:
    """The rows in their order, and everything that a row needs to be drawn."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Show everything in the default order.

        Args:
            store: Where the jobs are.
            clock: What time it is.
        """
        self.store = store
        self.clock = clock
        self.watched: Container[JobKey] = ()
        """The jobs of which a run is watched."""
        self.view = TableView(ALL, DEFAULT_ORDER)
        self.groups: Groups | None = None
        """How the rows are grouped; None when they are not."""
        self.revision = 0
        """Grows when changes or time move rows, bring them in or take them away."""
        self.rebuild()

    @property
    def query(self) -> Query:
        """Which jobs are shown."""
        return self.view.query

    @property
    def order(self) -> SortOrder:
        """How they are sorted, within their groups where there are some."""
        order = self.view.order
        return order if order.lead is None else order._replace(lead=None)

    @property
    def group(self) -> str:
        """What the rows are grouped by, as the config writes it; empty when they are not."""
        return self.groups.grouper.way.id if self.groups is not None else ""

    @property
    def now(self) -> datetime:
        """The time that ages are counted from."""
        return self.clock.now()

    @property
    def keys(self) -> Sequence[JobKey]:
        """The jobs that the filter lets through, in the order of their rows, also of folded ones."""
        return self.view.keys if self.groups is None else self.groups.jobs

    @property
    def matched(self) -> int:
        """How many there are."""
        return len(self.view.keys)

    @property
    def lines(self) -> Sequence[Line]:
        """What the table shows, top to bottom: jobs, and the groups they stand in."""
        return self.view.keys if self.groups is None else self.groups.lines

    @property
    def sort_text(self) -> str:
        """The sort order as config and command line write it; empty for the default one."""
        return "" if self.order == DEFAULT_ORDER else str(self.order)

    @property
    def total(self) -> int:
        """How many jobs there are with and without the filter."""
        return len(self.store.jobs)

    @property
    def counts(self) -> Mapping[State, int]:
        """Jobs by state, over all of them."""
        return self.view.counts

    @property
    def health(self) -> Mapping[str, Health]:
        """The connections by name."""
        return self.store.health

    def job(self, key: JobKey) -> Job | None:
        """The job as last observed."""
        return self.store.jobs.get(key)

    def trend(self, key: JobKey) -> Trend | None:
        """How its last runs went."""
        return self.store.trends.get(key)

    def receipt(self, key: JobKey) -> Receipt | None:
        """The newest action on it, while it is worth showing: what the run says at its end is worth more."""
        receipt = self.store.receipts.get(key)
        if receipt is None or receipt.status in _UNSETTLED:
            return receipt
        job = self.store.jobs.get(key)
        has_ended_badly = job is not None and job.state in (State.FAILED, State.WARNING)
        if has_ended_badly and receipt.status is ReceiptStatus.OBSERVED:
            return None
        age = (self.now - receipt.updated_at).total_seconds()
        return receipt if age < RECEIPT_SHOWN_S or receipt.status is ReceiptStatus.UNKNOWN else None

    def first_error(self, key: JobKey) -> str:
        """What the log of its newest run tells, where the system's message says nothing; else empty."""
        return self.store.first_error(key)

    def is_stale(self, key: JobKey) -> bool:
        """Whether what we know of it is older than it should be."""
        job = self.store.jobs.get(key)
        return job is not None and self.store.is_stale(job, self.now)

    def is_watched(self, key: JobKey) -> bool:
        """Whether the user is told when its run ends."""
        return key in self.watched

    def environment(self, connection: str) -> str:
        """`prod`, `stage`, `dev` or empty."""
        health = self.store.health.get(connection)
        return health.environment if health is not None else ""

    def index_of(self, key: JobKey) -> int | None:
        """Where a job is among the keys, or None when the filter hides it."""
        return self.view.index_of(key) if self.groups is None else self.groups.index_of(key)

    def is_listed(self, key: JobKey) -> bool:
        """Whether the filter lets a job through, its group folded or not."""
        return self.view.job(key) is not None

    def line_of(self, line: Line) -> int | None:
        """Where a job or a group stands; None when the filter or a folded group hides it."""
        if self.groups is not None:
            return self.groups.line_of(line)
        return self.view.index_of(line) if isinstance(line, JobKey) else None

    def group_of(self, key: JobKey) -> GroupKey | None:
        """The group of a job that the filter lets through; None without groups."""
        return self.groups.group_of(key) if self.groups is not None else None

    def group_told(self, key: GroupKey) -> Group | None:
        """What a group's line tells; None when there is no such group now."""
        return self.groups.group(key) if self.groups is not None else None

    def jobs_in(self, key: GroupKey) -> Sequence[JobKey]:
        """The jobs of a group, in order."""
        return self.groups.jobs_in(key) if self.groups is not None else ()

    def set_query(self, text: str) -> None:
        """Show the jobs that a query matches.

        Raises:
            QueryError: The text is no query; what was shown stays.
        """
        query = parse_query(text)
        if query != self.query:
            self.view.set_query(query, self._context())
            self._recount()

    def set_sort(self, text: str) -> None:
        """Order the rows; an empty text is the default order.

        Raises:
            ConfigError: The text names no column.
        """
        order = parse_sort(text) if text else DEFAULT_ORDER
        if order != self.order:
            self.view.set_order(order._replace(lead=self.view.order.lead), self._context())
            if self.groups is not None:
                self.groups.reorder()

    def set_group(self, name: str) -> None:
        """Group the rows by something; an empty text ungroups them. Groups start unfolded.

        Raises:
            ConfigError: There is no such way to group.
        """
        if name == self.group:
            return
        if not name:
            self.groups = None
            self.view.set_order(self.order, self._context())
            return
        from tui.engine.grouping import Grouper, way_named
        from tui.engine.groups import Groups

        way = way_named(name)
        if way is None:
            self.set_group("")
            return
        grouper = Grouper(way, self.first_error)
        self.view.set_order(self.order._replace(lead=grouper.column), self._context())
        self.groups = Groups(grouper, self.view)

    def fold(self, key: GroupKey | None) -> None:
        """Fold a group, or unfold it; None means all of them: they are folded unless they already are."""
        if self.groups is not None and key is not None:
            self.groups.set_folds(self.groups.folds.turned(key.name))
        elif self.groups is not None:
            self.groups.fold_all()

    def reveal(self, key: JobKey) -> bool:
        """Unfold the group of a job. Tells whether it was folded."""
        group = self.group_of(key)
        is_folded = self.groups is not None and group is not None and self.groups.folds.has(group.name)
        if is_folded:
            self.fold(group)
        return is_folded

    def retime(self) -> ViewDelta:
        """Take over that time has passed: jobs may come into or fall out of a query such as `since:2h`."""
        return self._followed(self.view.retime(self._context()))

    def prepare_search(self, jobs: int) -> bool:
        """Make the next search by words faster, a few jobs at a time; tells whether more are left to do."""
        return self.view.prepare_search(jobs)

    def rebuild(self) -> None:
        """Compute all rows anew."""
        self.view.rebuild(self.store.jobs, self._context())
        self._recount()

    def apply(self, changed: Collection[JobKey], removed: Collection[JobKey]) -> ViewDelta:
        """Take over what changed; the work is proportional to it."""
        groups = self.groups
        if groups is not None:
            groups.prepare([*changed, *removed])
        return self._followed(self.view.apply(self.store.jobs, changed, removed, self._context()))

    def _followed(self, delta: ViewDelta) -> ViewDelta:
        """What it means for the lines, groups among them."""
        if self.groups is not None:
            delta = self.groups.follow(delta)
        self.revision += delta.is_reordered
        return delta

    def _recount(self) -> None:
        if self.groups is not None:
            self.groups.recount()

    def _context(self) -> QueryContext:
        environments = {name: health.environment for name, health in self.store.health.items()}
        store = self.store
        return QueryContext(self.clock.now(), store.trends, environments, first_errors=store.first_errors)
