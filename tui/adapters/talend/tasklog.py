"""The log of a task, cut into those of its runs at the banner lines: the only history there is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tui.adapters.talend.states import is_ended_by_hand
from tui.adapters.talend.times import Span, moments, spans
from tui.core.state import State
from tui.transport.limits import BLOCK_CHARS

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from datetime import datetime, tzinfo

    from tui.adapters.talend.ledger import KnownRun

_MARK = "### Job "
_BANNER = re.compile(
    r"### Job (STARTED|ENDED[^#\n]{0,80}?)\s+at (\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) "
    r"\(jobId=([^\s,]{0,200}), jobExecutionId=([^\s)]{1,200})\) ###"
)
_SUCCESS = "SUCCESSFULLY"
_LONGEST_BANNER = 700

_LATEST = timedelta(minutes=10)
_EARLIEST = timedelta(minutes=-1)
_TOO_EARLY = 10.0
"""A run whose log begins before the request for it is that much less likely to be the one."""


@dataclass(frozen=True, slots=True)
class Execution:
    """One run as the log tells of it."""

    id: str
    """Its `jobExecutionId`."""
    start: int
    """Where its part of the text begins."""
    end: int
    """Where its part of the text ends."""
    spans: Sequence[Span]
    """What its times may mean, the likeliest first; there is at least one."""
    native: str = ""
    """How it ended, in the banner's words; empty without one."""

    @property
    def started_at(self) -> datetime | None:
        """When it began, by its banner."""
        return self.spans[0].started_at

    @property
    def ended_at(self) -> datetime | None:
        """When it ended; None without a banner that says so."""
        return self.spans[0].ended_at

    @property
    def state(self) -> State | None:
        """How it ended; None without a banner that says so. Only the words of success are documented."""
        if not self.native:
            return None
        if _SUCCESS in self.native:
            return State.SUCCEEDED
        return State.CANCELLED if is_ended_by_hand(self.native) else State.FAILED


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to pair executions with known runs."""

    pairs: tuple[tuple[str, KnownRun], ...] = ()
    cost: float = 0.0

    def longer(self, cost: float, execution_id: str, run: KnownRun) -> _Way:
        return _Way((*self.pairs, (execution_id, run)), self.cost + cost)

    def rank(self) -> tuple[int, float]:
        return -len(self.pairs), self.cost


def unescaped(text: str) -> str:
    """The text with line ends: some versions send them as a backslash and a letter."""
    if "\n" in text or "\\n" not in text:
        return text
    return text.replace("\\r\\n", "\n").replace("\\n", "\n")


def executions(text: str, zone: tzinfo) -> Generator[None, None, list[Execution]]:
    """The runs in a log, oldest first, in short steps.

    Args:
        text: The log of one run or of many, one after the other.
        zone: The zone of the times in its banners.
    """
    found: list[Execution] = []
    at = 0
    while at < len(text):
        stop = at + BLOCK_CHARS
        mark = text.find(_MARK, at, stop + len(_MARK))
        if mark < 0:
            at = stop
            yield
            continue
        banner = _BANNER.match(text, mark, mark + _LONGEST_BANNER)
        at = banner.end() if banner else mark + len(_MARK)
        if banner:
            _note(found, banner, zone)
    return _with_ends(found, len(text))


def aligned(known: Sequence[KnownRun], told: Sequence[Execution]) -> dict[str, KnownRun]:
    """Which known run each execution is, by its `jobExecutionId`; those that are none are left out.

    The ids have nothing in common: the times decide. The log begins a little after the request, mostly.
    """
    by_execution = {run.execution: run for run in known if run.execution}
    found = {item.id: by_execution[item.id] for item in told if item.id in by_execution}
    runs = sorted((run for run in known if not run.execution and run.asked_at), key=_asked_at_s)
    left = [
        item for item in told if item.id not in found and any(_cost(run, item) is not None for run in runs)
    ]
    # Row by row over the executions: the best way so far to give each of the first runs at most one of them,
    # in the same order. More pairs are better, then a lower cost.
    best: list[_Way] = [_Way()] * (len(runs) + 1)
    for item in left:
        row = [best[0]]
        for at, run in enumerate(runs):
            cost = _cost(run, item)
            ways = [best[at + 1], row[at]]
            if cost is not None:
                ways.append(best[at].longer(cost, item.id, run))
            row.append(min(ways, key=_Way.rank))
        best = row
    return found | dict(best[-1].pairs)


def _note(found: list[Execution], banner: re.Match[str], zone: tzinfo) -> None:
    word, time, _, execution_id = banner.groups()
    told = moments(time, zone)
    if word == "STARTED":
        found.append(Execution(execution_id, banner.start(), banner.end(), spans(told, ())))
        return
    for at in range(len(found) - 1, -1, -1):
        begun = found[at]
        if begun.id == execution_id:
            found[at] = Execution(begun.id, begun.start, banner.end(), _ended(begun.spans, told), word)
            return
    # The beginning was cut off: the end alone still tells of a run.
    found.append(Execution(execution_id, banner.start(), banner.end(), spans((), told), word))


def _ended(begun: Sequence[Span], ends: Sequence[datetime]) -> Sequence[Span]:
    """What the times of a run may mean that has an end, which is not before the start."""
    told = spans([span.started_at for span in begun if span.started_at], ends)
    return [Span(span.started_at, span.ended_at or span.started_at) for span in told]


def _with_ends(found: list[Execution], length: int) -> list[Execution]:
    """Each run's part of the text reaches to the next one's, for lines may follow the last banner."""
    nexts = [*(item.start for item in found[1:]), length][: len(found)]
    return [
        Execution(item.id, item.start, end, item.spans, item.native)
        for item, end in zip(found, nexts, strict=True)
    ]


def _asked_at_s(run: KnownRun) -> float:
    return run.asked_at.timestamp() if run.asked_at is not None else 0.0


def _cost(run: KnownRun, item: Execution) -> float | None:
    """How unlikely it is that they are the same; None when it is out of the question."""
    asked_at = run.asked_at
    if asked_at is None:
        return None
    delays = [span.started_at - asked_at for span in item.spans if span.started_at is not None]
    costs = [_cost_of(delay.total_seconds()) for delay in delays if _EARLIEST <= delay <= _LATEST]
    return min(costs, default=None)


def _cost_of(delay_s: float) -> float:
    # Banners have whole seconds: a fraction too early is rounding.
    return delay_s if delay_s >= 0 else _TOO_EARLY * max(0.0, -delay_s - 1) + 1
