"""What the dashboard shows: the store seen through a query and a sort order. No widget in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.models import ReceiptStatus
from tui.core.state import State
from tui.engine.columns import DEFAULT_ORDER, parse_sort
from tui.engine.query import ALL, QueryContext, parse_query
from tui.engine.view import TableView

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from tui.core.clock import Clock
    from tui.core.keys import JobKey
    from tui.core.models import Health, Job, Receipt, Trend
    from tui.engine.columns import SortOrder
    from tui.engine.query import Query
    from tui.engine.store import Store
    from tui.engine.view import ViewDelta

RECEIPT_SHOWN_S = 30.0
"""Seconds that a settled receipt stays in its row; an unsettled one stays until it settles."""


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
        self.view = TableView(ALL, DEFAULT_ORDER)
        self.rebuild()

    @property
    def query(self) -> Query:
        """Which jobs are shown."""
        return self.view.query

    @property
    def order(self) -> SortOrder:
        """How they are sorted."""
        return self.view.order

    @property
    def now(self) -> datetime:
        """The time that ages are counted from."""
        return self.clock.now()

    @property
    def keys(self) -> Sequence[JobKey]:
        """The rows, in order."""
        return self.view.keys

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
        if receipt is None or receipt.status in (ReceiptStatus.SENT, ReceiptStatus.ACCEPTED):
            return receipt
        job = self.store.jobs.get(key)
        has_ended_badly = job is not None and job.state in (State.FAILED, State.WARNING)
        if has_ended_badly and receipt.status is ReceiptStatus.OBSERVED:
            return None
        age = (self.now - receipt.updated_at).total_seconds()
        return receipt if age < RECEIPT_SHOWN_S or receipt.status is ReceiptStatus.UNKNOWN else None

    def is_stale(self, key: JobKey) -> bool:
        """Whether what we know of it is older than it should be."""
        job = self.store.jobs.get(key)
        return job is not None and self.store.is_stale(job, self.now)

    def environment(self, connection: str) -> str:
        """`prod`, `stage`, `dev` or empty."""
        health = self.store.health.get(connection)
        return health.environment if health is not None else ""

    def index_of(self, key: JobKey) -> int | None:
        """The row of a job, or None when the filter hides it."""
        return self.view.index_of(key)

    def set_query(self, text: str) -> None:
        """Show the jobs that a query matches.

        Raises:
            QueryError: The text is no query; what was shown stays.
        """
        query = parse_query(text)
        if query != self.query:
            self.view.set_query(query, self._context())

    def set_sort(self, text: str) -> None:
        """Order the rows; an empty text is the default order.

        Raises:
            ConfigError: The text names no column.
        """
        order = parse_sort(text) if text else DEFAULT_ORDER
        if order != self.order:
            self.view.set_order(order, self._context())

    def retime(self) -> ViewDelta:
        """Take over that time has passed: jobs may come into or fall out of a query such as `since:2h`."""
        return self.view.retime(self._context())

    def prepare_search(self, jobs: int) -> bool:
        """Make the next search by words faster, a few jobs at a time; tells whether more are left to do."""
        return self.view.prepare_search(jobs)

    def rebuild(self) -> None:
        """Compute all rows anew."""
        self.view.rebuild(self.store.jobs, self._context())

    def apply(self, changed: Collection[JobKey], removed: Collection[JobKey]) -> ViewDelta:
        """Take over what changed; the work is proportional to it."""
        return self.view.apply(self.store.jobs, changed, removed, self._context())

    def _context(self) -> QueryContext:
        environments = {name: health.environment for name, health in self.store.health.items()}
        return QueryContext(self.clock.now(), self.store.trends, environments)
