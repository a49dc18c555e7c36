"""The runs of all tasks in the order in which they end, made up only as far back as somebody looks."""

from __future__ import annotations

import asyncio
import math
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tui.simulators.informatica.roster import Roster
from tui.simulators.informatica.task import Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from tui.simulators.fleet import Script
    from tui.simulators.informatica.run import TaskRun
    from tui.simulators.informatica.taskflow import Taskflow

_STEP_RUNS, _SPARE_RUNS = 1000, 10
_RUNS_A_TURN = 50
_SHORTEST_STEP_S = 60.0
_NAP_S, _BACK_S = 3600.0, 60.0
_MOST = 40_000
_DEEP_S = 600.0
_SLACK_S = 20.0
_GROWTH = 1.2


class Entry(NamedTuple):
    """A run in the order of ends; the first three make it comparable and unique."""

    end_s: float
    place: int
    run_id: int
    task: Task
    run: TaskRun


@dataclass(slots=True)
class _Stretch:
    """The schedules whose runs take at most so long, and what has been made up of them."""

    roster: Roster[Task | Taskflow]
    longest_s: float
    low: float = math.inf
    high: float = -math.inf


class Timeline:
    """All runs by their end.

    Args:
        assets: The tasks and taskflows, each with its schedule and the seconds that no run exceeds.
        keeps_s: Seconds that runs are remembered.
    """

    def __init__(self, assets: Iterable[tuple[Script, float, Task | Taskflow]], keeps_s: float) -> None:
        self._keeps_s = keeps_s
        self._stretches = list(_stretches(assets))
        per_second = sum(stretch.roster.per_second for stretch in self._stretches)
        self._run_s = 1 / per_second if per_second else keeps_s
        self._asked: dict[tuple[int, int], Entry] = {}
        self._entries: list[Entry] = []
        self._since = math.inf
        self._until = -math.inf
        self._deep_at = -math.inf
        # Making up takes turns with others: nobody may look while half of it is done.
        self._lock = asyncio.Lock()

    @property
    def known(self) -> int:
        """How many runs are made up."""
        return len(self._entries)

    def add(self, task: Task, run: TaskRun) -> None:
        """Let there be a run that no schedule began."""
        entry = _entry(task, run)
        self._asked[entry.place, entry.run_id] = entry
        insort(self._entries, entry)

    def replace(self, task: Task, old: TaskRun, new: TaskRun | None) -> None:
        """Let a run be different, or not be at all."""
        entry = _entry(task, old)
        place = bisect_left(self._entries, entry)
        is_known = place < len(self._entries) and self._entries[place][:3] == entry[:3]
        if is_known:
            del self._entries[place]
        is_asked = self._asked.pop((entry.place, entry.run_id), None) is not None
        if new is not None and is_asked:
            self.add(task, new)
        elif new is not None and is_known:
            insort(self._entries, _entry(task, new))

    async def running(self, now: datetime, linger_s: float = 0.0) -> Sequence[Entry]:
        """The runs that go on, and those that ended a moment ago.

        Args:
            now: At which moment.
            linger_s: How long that moment is.
        """
        since = now.timestamp() - linger_s
        async with self._lock:
            await self._reach(since - _SLACK_S, now.timestamp())
        later = self._entries[bisect_right(self._entries, (since, math.inf)) :]
        return [entry for entry in later if entry.run.requested_at <= now]

    async def ended(self, now: datetime, lag_s: float, offset: int, count: int) -> Sequence[Entry]:
        """Runs that have ended, newest first.

        Args:
            now: At which moment.
            lag_s: For how many seconds a run that has ended isn't told of.
            offset: How many to leave out.
            count: How many to tell of.
        """
        moment = now.timestamp()
        oldest = moment - self._keeps_s
        since = moment - lag_s - _SLACK_S
        if offset + count > _MOST // 2:
            self._deep_at = moment
        while True:
            async with self._lock:
                await self._reach(since, moment)
            last = bisect_right(self._entries, (moment - lag_s, math.inf))
            first = bisect_left(self._entries, (max(self._since, oldest),))
            missing = offset + count - (last - first)
            if missing <= 0 or self._since <= oldest:
                break
            step_s = self._run_s * min(missing + _SPARE_RUNS, _STEP_RUNS)
            since = max(self._since - max(_SHORTEST_STEP_S, step_s), oldest)
        end = max(first, last - offset)
        return self._entries[max(first, end - count) : end][::-1]

    async def _reach(self, since: float, now: float) -> None:
        """Make up what ends after one moment and begins before another."""
        is_stale = not self._until - _BACK_S <= now <= self._until + _NAP_S
        is_overfull = len(self._entries) > _MOST and now > self._deep_at + _DEEP_S
        if is_stale or is_overfull:
            self._forget()
        for stretch in self._stretches:
            found = list(self._missing(stretch, since - stretch.longest_s, now))
            if len(found) > len(self._entries) // 100:
                self._entries += found
                self._entries.sort()
            else:
                for entry in found:
                    insort(self._entries, entry)
            if len(found) > _RUNS_A_TURN:
                await asyncio.sleep(0)
        # Whoever waited for another one's look asks of an earlier moment than that one.
        self._since, self._until = min(self._since, since), now if is_stale else max(self._until, now)

    def _missing(self, stretch: _Stretch, low: float, high: float) -> Iterator[Entry]:
        """What begins in a span and has not been made up before."""
        spans = [(stretch.high, high), (low, stretch.low)]
        if stretch.low > stretch.high:
            spans = [(low, high)]
        for since, until in spans:
            if since < until:
                yield from self._made_up(stretch, since, until)
        stretch.low, stretch.high = min(low, stretch.low), max(high, stretch.high)

    def _forget(self) -> None:
        self._entries = sorted(self._asked.values())
        self._since = math.inf
        for stretch in self._stretches:
            stretch.low, stretch.high = math.inf, -math.inf

    def _made_up(self, stretch: _Stretch, since: float, until: float) -> Iterator[Entry]:
        for _, asset, number in stretch.roster.starts(since, until):
            if isinstance(asset, Task):
                run = asset.fired(number)
                if run is not None:
                    yield _entry(asset, run)
                continue
            whole = asset.fired(number)
            for leg in whole.legs if whole is not None else ():
                if leg.run.number >= 0:
                    yield _entry(leg.task, leg.run)


def _entry(task: Task, run: TaskRun) -> Entry:
    return Entry(run.ended_at.timestamp(), task.index, run.run_id, task, run)


def _stretches(assets: Iterable[tuple[Script, float, Task | Taskflow]]) -> Iterator[_Stretch]:
    """Short runs apart from long ones: for those it isn't needed to look far back."""
    lengths: defaultdict[int, list[tuple[Script, Task | Taskflow]]] = defaultdict(list)
    for script, longest_s, asset in assets:
        lengths[math.ceil(math.log(longest_s + 1, _GROWTH))].append((script, asset))
    for power, members in lengths.items():
        yield _Stretch(Roster(members), _GROWTH**power)
