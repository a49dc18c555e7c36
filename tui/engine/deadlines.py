"""When jobs will begin or cease to fit a query by the passing of time, so that only these are asked again."""

from __future__ import annotations

from datetime import timedelta
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tui.core.models import Job
    from tui.engine.query import Query, QueryContext

_ROUNDING = timedelta(milliseconds=1)
"""A deadline is looked at from this long before until this long after it: spans are fractions of seconds."""

_SLACK = 1000
"""So many outdated deadlines may wait in the heap beside as many as there are jobs with one."""


class Deadlines:
    """Knows for each slot the next moment at which its job must be asked again."""

    def __init__(self, query: Query, jobs: Sequence[Job], context: QueryContext) -> None:
        """Find the deadlines of all jobs.

        Args:
            query: What the jobs are asked.
            jobs: Every slot's job.
            context: The moment at which they were last asked.
        """
        self._query = query
        self._next: dict[int, datetime] = {}
        self._heap: list[tuple[datetime, int]] = []
        begin = context.now - _ROUNDING
        for slot, job in enumerate(jobs):
            moment = query.next_turn(job, context, begin)
            if moment is not None:
                self._next[slot] = moment
                self._heap.append((moment, slot))
        heapify(self._heap)

    def schedule(self, slot: int, job: Job, context: QueryContext) -> None:
        """Find the deadline of a job that was just asked."""
        moment = self._query.next_turn(job, context, context.now - _ROUNDING)
        if moment is None:
            self._next.pop(slot, None)
        elif self._next.get(slot) != moment:
            self._next[slot] = moment
            heappush(self._heap, (moment, slot))
            if len(self._heap) > 2 * len(self._next) + _SLACK:
                self._heap = [(moment, slot) for slot, moment in self._next.items()]
                heapify(self._heap)

    def forget(self, slot: int) -> None:
        """A slot has no job any more."""
        self._next.pop(slot, None)

    def take_due(self, now: datetime) -> list[int]:
        """The slots whose jobs must be asked again now. They must then be scheduled anew."""
        due = []
        horizon = now + _ROUNDING
        while self._heap and self._heap[0][0] <= horizon:
            moment, slot = heappop(self._heap)
            if self._next.get(slot) == moment:
                del self._next[slot]
                due.append(slot)
        return due
