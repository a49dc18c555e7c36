"""Which of two equal hours the times in a log lie in: what is known of its runs tells it, and their order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tui.adapters.talend.tasklog import aligned
from tui.adapters.talend.times import CLOCKS_DIFFER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tui.adapters.talend.ledger import KnownRun
    from tui.adapters.talend.tasklog import Execution
    from tui.adapters.talend.times import Span

_A_SECOND = timedelta(seconds=1)
"""What banners count in: a run seems to take none at all, and the next one begins in another."""


def dated(
    told: Sequence[Execution], known: Sequence[KnownRun], now: datetime, *, is_parallel: bool
) -> tuple[Sequence[Execution], Mapping[str, KnownRun]]:
    """The runs of a log with their times, and which known run each of them is, by its `jobExecutionId`.

    Args:
        told: The runs in the order of the log.
        known: The runs that are known by an id.
        now: When the log was read.
        is_parallel: Whether a run may begin before the one before it has ended.
    """
    if all(len(item.spans) == 1 for item in told):
        return told, aligned(known, told)
    found = _in_order(told, now, is_parallel=is_parallel)
    matched = aligned(known, found)
    found = [_pinned(item, matched.get(item.id)) for item in found]
    return _in_order(found, now, is_parallel=is_parallel), matched


def _in_order(told: Sequence[Execution], now: datetime, *, is_parallel: bool) -> list[Execution]:
    """The runs without the times at which they would end in the future, or begin before an earlier one."""

    def next_begins(span: Span) -> datetime:
        begun = _first(span, now)
        return begun if is_parallel else max(span.ended_at or begun, begun + _A_SECOND)

    found: list[Execution] = []
    for item in told:
        past = _only(item, [span for span in item.spans if _last(span, now) <= now + CLOCKS_DIFFER])
        earliest = min(map(next_begins, found[-1].spans)) if found else None
        found.append(
            _only(past, [span for span in past.spans if earliest is None or _first(span, now) >= earliest])
        )
    for at in reversed(range(len(found) - 1)):
        latest = max(_first(span, now) for span in found[at + 1].spans)
        found[at] = _only(found[at], [span for span in found[at].spans if next_begins(span) <= latest])
    return found


def _pinned(item: Execution, run: KnownRun | None) -> Execution:
    """A run with the start that is nearest to what is known of it otherwise."""
    asked_at = run.asked_at if run is not None else None
    starts = [span.started_at for span in item.spans if span.started_at is not None]
    if asked_at is None or not starts:
        return item
    started_at = min(starts, key=lambda moment: abs(moment - asked_at))
    return _only(item, [span for span in item.spans if span.started_at == started_at])


def _only(item: Execution, fitting: Sequence[Span]) -> Execution:
    """A run whose times mean nothing but these; as it is if nothing fits: the log is out of order."""
    return replace(item, spans=fitting) if fitting and len(fitting) < len(item.spans) else item


def _first(span: Span, unknown: datetime) -> datetime:
    return span.started_at or span.ended_at or unknown


def _last(span: Span, unknown: datetime) -> datetime:
    return span.ended_at or span.started_at or unknown
