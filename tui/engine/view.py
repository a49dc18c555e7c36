"""The rows of the job table: which jobs fit the query, in which order. Pure, and kept with little work."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain, compress, repeat
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, overload

from tui.core.keys import JobKey
from tui.core.state import State
from tui.engine.deadlines import Deadlines
from tui.engine.query.context import QueryContext
from tui.engine.ranking import SLOT_CODE, Moves, Ranking
from tui.engine.slots import VACANT, JobSlots

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from tui.core.models import Job
    from tui.engine.columns import SortOrder
    from tui.engine.query import Query
    from tui.engine.query.conditions import Predicate
    from tui.engine.ranking import Entry, Slots

_Visit: TypeAlias = "tuple[int, Entry | None, Entry | None, bool, bool]"
"""A slot, its old and its new place, and whether it was and is shown."""

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

_ALWAYS_KEPT = 64
"""So few changes are always taken over one by one."""

_REBUILD_SHARE = 12
"""When more than one job of so many changes at once, building anew is faster than keeping."""


class ViewDelta(NamedTuple):
    """What a change of jobs or time did to the rows."""

    rows: frozenset[JobKey]
    """The jobs that changed and are among the rows now."""
    is_reordered: bool
    """Whether any row moved, came or went: then every visible line may have changed."""
    matched: int
    """How many rows there are now."""


class Rows(Sequence[JobKey]):
    """The keys of the rows, in order. Good until the view is changed again."""

    __slots__ = ("_keys", "_slots")

    def __init__(self, keys: list[JobKey], slots: Slots) -> None:
        self._keys = keys
        self._slots = slots

    @overload
    def __getitem__(self, index: int) -> JobKey: ...
    @overload
    def __getitem__(self, index: slice) -> list[JobKey]: ...
    def __getitem__(self, index: int | slice) -> JobKey | list[JobKey]:
        if isinstance(index, slice):
            return [self._keys[slot] for slot in self._slots[index]]
        return self._keys[self._slots[index]]

    def __iter__(self) -> Iterator[JobKey]:
        return map(self._keys.__getitem__, self._slots)

    def __len__(self) -> int:
        return len(self._slots)


class TableView:
    """Jobs filtered by a query and sorted by an order; what is kept always equals what would be built anew.

    A changed trend counts from when its job is named as changed.
    """

    def __init__(self, query: Query, order: SortOrder) -> None:
        """Make an empty view.

        Args:
            query: Which jobs are shown.
            order: How they are sorted.
        """
        self._query = query
        self._order = order
        self._deadlines: Deadlines | None = None
        self._growing: set[int] = set()
        self._slots = JobSlots({})
        self.rebuild({}, QueryContext(_LONG_AGO, {}, {}))

    @property
    def query(self) -> Query:
        """Which jobs are shown."""
        return self._query

    @property
    def order(self) -> SortOrder:
        """How they are sorted."""
        return self._order

    @property
    def keys(self) -> Sequence[JobKey]:
        """The rows, in order."""
        return Rows(self._slots.keys, self._shown)

    @property
    def total(self) -> int:
        """How many jobs there are, shown or not."""
        return len(self._slots)

    @property
    def counts(self) -> Mapping[State, int]:
        """How many jobs are in each state, shown or not."""
        return {state: self._counts[state] for state in State}

    def index_of(self, key: JobKey) -> int | None:
        """The job's row, or None when it is not shown."""
        slot = self._slots.number(key)
        if slot is None or not self._flags[slot]:
            return None
        return self._ranking.position(self._shown, self._ranking.entry(slot))

    def job(self, key: JobKey) -> Job | None:
        """The job as the view last heard of it, or None when it is not shown."""
        slot = self._slots.number(key)
        return self._slots.jobs[slot] if slot is not None and self._flags[slot] else None

    def jobs(self) -> list[Job]:
        """The jobs of the rows, in no order: as they lie in memory they are read ten times as fast."""
        return [job for job in compress(self._slots.jobs, self._flags) if job is not VACANT]

    def rebuild(self, jobs: Mapping[JobKey, Job], context: QueryContext) -> None:
        """Build the rows anew from all jobs. These are kept, to see later when they were last observed."""
        self._source = jobs
        self._slots = JobSlots(jobs, self._slots, context.first_errors)
        self._context = context
        self._count()
        self._sort()
        self._filter()

    def apply(
        self,
        jobs: Mapping[JobKey, Job],
        changed: Collection[JobKey],
        removed: Collection[JobKey],
        context: QueryContext,
    ) -> ViewDelta:
        """Take over what changed, and the passing of time, with work in proportion to it.

        Args:
            jobs: All jobs as they are now.
            changed: Those that are new or differ from when the view last heard of them.
            removed: Those that are gone.
            context: The moment to which the rows refer.
        """
        self._source = jobs
        told = frozenset(changed)
        if self._is_much(len(told) + len(removed)):
            keys = list(self.keys)
            self.rebuild(jobs, context)
            is_reordered = keys != list(self.keys)
        else:
            heard_of = told.union(removed)
            present = {key: jobs[key] for key in heard_of if key in jobs}
            is_reordered = self._update(present, heard_of - present.keys(), context)
            if self._slots.is_sparse:
                self.rebuild(jobs, context)
        rows = frozenset(key for key in told if self._is_shown(key))
        return ViewDelta(rows, is_reordered, len(self._shown))

    def retime(self, context: QueryContext) -> ViewDelta:
        """Take over the passing of time alone; looks only at jobs whose time has come."""
        is_reordered = self._update({}, (), context)
        return ViewDelta(frozenset(), is_reordered, len(self._shown))

    def set_query(self, query: Query, context: QueryContext) -> None:
        """Show other jobs."""
        is_order_late = self._order.depends_on_time and context.now != self._context.now
        self._query = query
        self._context = context
        if self._uses_age:
            self._slots.refresh(self._source)
            self._count()
        if is_order_late or self._uses_age:
            self._sort()
        self._filter()

    def set_order(self, order: SortOrder, context: QueryContext) -> None:
        """Sort otherwise."""
        is_query_late = self._query.depends_on_time and context.now != self._context.now
        self._order = order
        self._context = context
        if self._uses_age:
            self._slots.refresh(self._source)
            self._count()
        self._sort()
        if is_query_late or self._uses_age:
            self._filter()
        else:
            self._pick()

    def prepare_search(self, limit: int) -> bool:
        """Make ready for free text in queries, at most so many jobs a call; returns whether all are.

        The first query with free text needs it for all jobs at once: a tenth of a second for 100,000.
        """
        return self._slots.prepare_texts(limit)

    @property
    def _uses_age(self) -> bool:
        """Whether it matters when jobs were last observed, of which the view is not told."""
        return self._query.uses_age or self._order.uses_age

    def _count(self) -> None:
        jobs = map(self._slots.jobs.__getitem__, self._slots.numbers)
        self._counts = Counter(map(attrgetter("state"), jobs))

    def _sort(self) -> None:
        slots = self._slots
        self._ranking = Ranking(self._order, slots.jobs, slots.keys, self._context)
        self._sorted = self._ranking.sort(slots.in_key_order())
        self._grows = self._order.depends_on_time
        numbers = slots.numbers if self._grows else ()
        self._growing = {slot for slot in numbers if slots.jobs[slot].state is State.RUNNING}

    def _filter(self) -> None:
        self._deadlines = None
        self._valid_until = self._query.valid_until(self._context)
        jobs = self._slots.jobs
        if self._query.is_everything:
            self._flags = bytearray(b"\1") * len(jobs)
        else:
            texts = self._slots.texts() if self._query.uses_text else repeat("")
            self._flags = bytearray(map(self._query.bind(self._context), jobs, texts))
        self._pick()

    def _pick(self) -> None:
        flags = self._flags
        if self._query.is_everything:
            self._shown = self._sorted
        else:
            self._shown = array(SLOT_CODE, [slot for slot in self._sorted if flags[slot]])

    def _is_shown(self, key: JobKey) -> bool:
        slot = self._slots.number(key)
        return slot is not None and bool(self._flags[slot])

    def _is_much(self, count: int) -> bool:
        return count > max(_ALWAYS_KEPT, len(self._slots) // _REBUILD_SHARE)

    def _update(self, told: Mapping[JobKey, Job], gone: Collection[JobKey], context: QueryContext) -> bool:
        """Bring what is kept up to the context's moment; returns whether any row moved, came or went.

        Args:
            told: Jobs that are new or changed.
            gone: Jobs that are no more, and perhaps never were here.
            context: The moment to which the rows refer from now on.
        """
        growing, due = self._overdue(context)
        is_aged = context.now != self._context.now and self._uses_age
        asks_all = self._must_ask_all(context) or self._is_much(len(due)) or is_aged
        sorts_all = self._is_much(len(growing)) or is_aged
        visits = dict(told)
        for slot in chain(() if sorts_all else growing, () if asks_all else due):
            key = self._slots.keys[slot]
            if key not in gone:
                visits.setdefault(key, self._slots.jobs[slot])
        is_changed = self._revisit(visits, gone, context)
        self._context = context
        before = self._shown
        if is_aged:
            self._slots.refresh(self._source)
            self._count()
        if sorts_all:
            self._sort()
        if asks_all:
            self._filter()
        elif sorts_all:
            self._pick()
        return is_changed or (before is not self._shown and before != self._shown)

    def _must_ask_all(self, context: QueryContext) -> bool:
        """Whether the query means something else by now, or the clock was set back."""
        if not self._query.depends_on_time:
            return False
        is_outdated = self._valid_until is not None and context.now >= self._valid_until
        return is_outdated or context.now < self._context.now

    def _overdue(self, context: QueryContext) -> tuple[Collection[int], Collection[int]]:
        """The slots that time alone may have moved, and those that it may have brought in or out."""
        if context.now == self._context.now:
            return (), ()
        due: list[int] = []
        if self._query.depends_on_time and not self._uses_age:
            # Made only now, because most queries are replaced by the next key stroke.
            if self._deadlines is None:
                self._deadlines = Deadlines(self._query, self._slots.jobs, self._context)
            due = self._deadlines.take_due(context.now)
        return frozenset(self._growing), due

    def _revisit(self, told: Mapping[JobKey, Job], gone: Collection[JobKey], context: QueryContext) -> bool:
        """Put each job where it belongs now; returns whether any row moved, came or went."""
        fits = self._query.bind(context)
        visits = [self._visit_gone(key) for key in gone if self._slots.number(key) is not None]
        visits += [self._visit(key, job, fits, context) for key, job in told.items()]
        among_all, among_shown = Moves(), Moves()
        for slot, old, new, was_shown, is_shown in visits:
            if old != new:
                among_all.add(slot, old, new)
            elif was_shown == is_shown:
                continue
            among_shown.add(slot, old if was_shown else None, new if is_shown else None)
        self._shown, is_changed = among_shown.apply(self._shown, self._ranking)
        if self._query.is_everything:
            self._sorted = self._shown
        else:
            self._sorted, _ = among_all.apply(self._sorted, self._ranking)
        for slot, _, new, _, _ in visits:
            if new is None:
                self._forget(slot)
            else:
                self._settle(slot, new, context)
        return is_changed

    def _visit(self, key: JobKey, job: Job, fits: Predicate, context: QueryContext) -> _Visit:
        """Take over a job and find where it was and where it belongs; the orders stay as they are."""
        slots = self._slots
        slot = slots.number(key)
        old: Entry | None = None
        was_shown = False
        if slot is None:
            slot = slots.add(key, job)
            if slot == len(self._flags):
                self._flags.append(0)
        else:
            old = self._ranking.entry(slot)
            was_shown = bool(self._flags[slot])
            self._counts[slots.jobs[slot].state] -= 1
            slots.change(slot, job)
        self._counts[job.state] += 1
        self._flags[slot] = is_shown = fits(job, slots.text(slot) if self._query.uses_text else "")
        return slot, old, self._ranking.make_entry(slot, job, context), was_shown, is_shown

    def _visit_gone(self, key: JobKey) -> _Visit:
        """Find where a job was that is gone; the orders stay as they are."""
        slot = self._slots.take_leave(key)
        self._counts[self._slots.jobs[slot].state] -= 1
        return slot, self._ranking.entry(slot), None, bool(self._flags[slot]), False

    def _settle(self, slot: int, entry: Entry, context: QueryContext) -> None:
        """Remember where a job now is."""
        job = self._slots.jobs[slot]
        self._ranking.place(slot, entry)
        if self._deadlines:
            self._deadlines.schedule(slot, job, context)
        if self._grows:
            if job.state is State.RUNNING:
                self._growing.add(slot)
            else:
                self._growing.discard(slot)

    def _forget(self, slot: int) -> None:
        """Forget a job that is gone."""
        self._flags[slot] = False
        self._slots.vacate(slot)
        self._growing.discard(slot)
        if self._deadlines:
            self._deadlines.forget(slot)
