"""When regular flows are due: any stretch of time is counted and read without looking at the rest of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from heapq import merge
from itertools import chain, islice, takewhile
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tui.simulators.enos.instance import Instance
    from tui.simulators.enos.life import Flow


class Entry(NamedTuple):
    """One instance of a flow; entries are sorted by their first three members, which are unique together."""

    trigger_ms: int
    """The time that it is meant for, in epoch milliseconds."""
    order: int
    """The flow's place among all flows."""
    number: int
    """The instance's number."""
    flow: Flow
    """The flow."""
    instance: Instance | None = None
    """The instance; None for a regular one, which is made when somebody looks at it."""


class _Ring:
    """The flows with one period, by the moment in it at which they are due."""

    def __init__(self, period_ms: int, flows: Iterable[Flow]) -> None:
        self._period_ms = period_ms
        self.flows = sorted(flows, key=lambda flow: (flow.phase_ms % period_ms, flow.order))
        self._phases = [flow.phase_ms % period_ms for flow in self.flows]

    def remove(self, flow: Flow) -> None:
        place = self.flows.index(flow, bisect_left(self._phases, flow.phase_ms % self._period_ms))
        del self.flows[place], self._phases[place]

    def count(self, until_ms: int) -> int:
        """How many are due up to a moment, more or less some that don't depend on the moment."""
        turns, rest = divmod(until_ms, self._period_ms)
        return turns * len(self.flows) + bisect_right(self._phases, rest)

    def forwards(self, since_ms: int) -> Iterator[Entry]:
        """All from a moment on, without an end."""
        turn, rest = divmod(since_ms, self._period_ms)
        place = bisect_left(self._phases, rest)
        while self.flows:
            for at in range(place, len(self.flows)):
                yield self._entry(turn, at)
            turn, place = turn + 1, 0

    def backwards(self, until_ms: int) -> Iterator[Entry]:
        """All down from a moment, without an end."""
        turn, rest = divmod(until_ms, self._period_ms)
        place = bisect_right(self._phases, rest)
        while self.flows:
            for at in range(place - 1, -1, -1):
                yield self._entry(turn, at)
            turn, place = turn - 1, len(self.flows)

    def _entry(self, turn: int, at: int) -> Entry:
        flow = self.flows[at]
        trigger_ms = turn * self._period_ms + self._phases[at]
        return Entry(trigger_ms, flow.order, (trigger_ms - flow.phase_ms) // self._period_ms, flow)


class Timetable:
    """The schedules of regular flows of one type, and a few entries beside them.

    Args:
        flows: The regular flows.
    """

    def __init__(self, flows: Iterable[Flow]) -> None:
        by_period: dict[int, list[Flow]] = {}
        for flow in flows:
            by_period.setdefault(flow.period_ms, []).append(flow)
        self._rings = {period: _Ring(period, some) for period, some in by_period.items()}

    @property
    def flows(self) -> Iterator[Flow]:
        """The regular flows."""
        return chain.from_iterable(ring.flows for ring in self._rings.values())

    def remove(self, flow: Flow) -> None:
        """Forget a flow that isn't regular any more."""
        self._rings[flow.period_ms].remove(flow)

    def span(self, since_ms: int, until_ms: int, others: Iterable[Entry]) -> Span:
        """What is due in a stretch of time, both ends included.

        Args:
            since_ms: Its begin, in epoch milliseconds.
            until_ms: Its end for regular flows.
            others: Entries of flows that are not regular, from its begin on.
        """
        return Span(list(self._rings.values()), since_ms, until_ms, sorted(others))


class Span:
    """What is due in a stretch of time.

    Args:
        rings: The regular flows.
        since_ms: Its begin, in epoch milliseconds.
        until_ms: Its end.
        others: The entries beside them, in order.
    """

    def __init__(self, rings: list[_Ring], since_ms: int, until_ms: int, others: list[Entry]) -> None:
        self._rings = rings
        self._since_ms = since_ms
        self._until_ms = max(until_ms, since_ms - 1)
        self._last_ms = max(self._until_ms, others[-1].trigger_ms if others else 0)
        self._others = others
        self._before = sum(ring.count(since_ms - 1) for ring in rings)

    def __len__(self) -> int:
        return self._up_to(self._last_ms)

    def read(self, offset: int, *, newest_first: bool) -> Iterator[Entry]:
        """The entries in the order of their time, but for the first few.

        Args:
            offset: How many to leave out; that many cost no more than one.
            newest_first: Whether to begin at the end.
        """
        size = len(self)
        if offset >= size:
            return iter(())
        moment = self._moment(size - 1 - offset if newest_first else offset)
        if newest_first:
            return self._descend(moment, offset - (size - self._up_to(moment)))
        return self._ascend(moment, offset - self._up_to(moment - 1))

    def _descend(self, moment: int, skip: int) -> Iterator[Entry]:
        others = reversed(self._others[: bisect_left(self._others, (moment + 1,))])
        regular = min(moment, self._until_ms)
        found = merge(*(ring.backwards(regular) for ring in self._rings), others, reverse=True)
        yield from islice(takewhile(lambda entry: entry.trigger_ms >= self._since_ms, found), skip, None)

    def _ascend(self, moment: int, skip: int) -> Iterator[Entry]:
        others = self._others[bisect_left(self._others, (moment,)) :]
        yield from islice(merge(*(self._regular(ring, moment) for ring in self._rings), others), skip, None)

    def _regular(self, ring: _Ring, moment: int) -> Iterator[Entry]:
        return takewhile(lambda entry: entry.trigger_ms <= self._until_ms, ring.forwards(moment))

    def _moment(self, rank: int) -> int:
        """When the entry of that rank is due, counted from 0 and from the oldest."""
        low, high = self._since_ms, self._last_ms
        while low < high:
            middle = (low + high) // 2
            if self._up_to(middle) > rank:
                high = middle
            else:
                low = middle + 1
        return low

    def _up_to(self, moment: int) -> int:
        """How many are due from its begin to a moment."""
        regular = sum(ring.count(min(moment, self._until_ms)) for ring in self._rings) - self._before
        return regular + bisect_left(self._others, (moment + 1,))
