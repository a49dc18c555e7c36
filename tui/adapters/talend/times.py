"""The times of a TAC: wall-clock times of its server without a zone, in two spellings.

When clocks are put back, an hour comes twice, and a time in it may mean two moments. Which one it means must
follow from something that is known otherwise.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

CLOCKS_DIFFER = timedelta(minutes=5)
"""So far the server's clock may be from ours."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_EPOCH_MS = 253_402_300_000_000
"""The year 10000: a greater number is no time."""


class Span(NamedTuple):
    """The start and the end of a run, as far as they are known."""

    started_at: datetime | None
    """When it began."""
    ended_at: datetime | None
    """When it ended."""


def moments(text: str, zone: tzinfo) -> tuple[datetime, ...]:
    """The moments that a time may mean, in UTC and in order: mostly one, none when it can't be read.

    Args:
        text: `2015-06-22 15:00:08.839` or `2024/10/23 16:49:20`.
        zone: The server's zone.
    """
    try:
        told = datetime.fromisoformat(text.strip().replace("/", "-"))
        if told.tzinfo:
            return (told.astimezone(UTC),)
        local = told.replace(tzinfo=zone)
        first, again = local.astimezone(UTC), local.replace(fold=1)
        if again.utcoffset() == local.utcoffset():
            return (first,)
        second = again.astimezone(UTC)
    except (ValueError, OverflowError):
        return ()
    # In the hour that is left out in spring, the second one would be the earlier.
    return (first, second) if second > first else (first,)


def within(
    told: Sequence[datetime], since: datetime | None = None, until: datetime | None = None
) -> Sequence[datetime]:
    """The moments between two others; all of them if there is none: the clocks are wrong."""
    if len(told) < 2:
        return told
    fitting = [
        moment for moment in told if (since is None or moment >= since) and (until is None or moment <= until)
    ]
    return fitting or told


def nearest(told: Sequence[datetime], to: datetime | None) -> datetime | None:
    """The moment that is nearest to another; the first one when that is unknown, None if there is none."""
    if to is None or len(told) < 2:
        return told[0] if told else None
    return min(told, key=lambda moment: abs(moment - to))


def spans(starts: Sequence[datetime], ends: Sequence[datetime]) -> Sequence[Span]:
    """What start and end of one run may mean, the likeliest first: the shorter run, then the earlier one.

    There is no end when it lies before the start whatever they mean, for then it is that of another run.
    """
    if not starts or not ends:
        return [Span(*pair) for pair in product(starts or (None,), ends or (None,))]
    lengths = [
        (ended - started, started, ended) for started, ended in product(starts, ends) if ended >= started
    ]
    return [Span(*pair) for _, *pair in sorted(lengths)] or [Span(started, None) for started in starts]


def seconds_between(started_at: datetime | None, ended_at: datetime | None) -> float | None:
    """How long a run took; None unless both are known."""
    return None if started_at is None or ended_at is None else (ended_at - started_at).total_seconds()


def request_time(exec_request_id: str) -> datetime | None:
    """The moment that an `execRequestId` begins with: milliseconds since 1970, the only absolute time."""
    millis = exec_request_id.partition("_")[0]
    if not (millis.isascii() and millis.isdigit()) or int(millis[:16]) > _LATEST_EPOCH_MS or len(millis) > 15:
        return None
    return _EPOCH + timedelta(milliseconds=int(millis))
