"""Numbers that a log counts with: how they stand at the end of two logs, and which of them changed much."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from tui.logs.masks import numbers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.logs.templates import Seen, Template

MUCH = 0.5
"""Share of the earlier number from which a change is told."""

MOST_COUNTERS = 60
"""Changes that are told; those that went to zero come first."""

_SMALL = 3
"""Up to it numbers change by more than half all the time: only zero is told there."""

_FEW_LINES = 3
_COUNTED = re.compile(
    r"(?i:rows?|records?|lines?|files?|bytes|messages?|events?|errors?|warnings?|rejected|dropped|skipped"
    r"|inserted|updated|deleted|written|wrote|read|loaded|copied|imported|exported|processed|affected|done"
    r"|tables?|documents?|objects?|orders|customers|[kmgt]i?b\b|%)"
)
"""What is counted: lines about it come before others."""

_NO_COUNT = re.compile(r"(?i:\bpid\b|\bport\b|process id|thread|\btid\b|session id|\.java:|line )")
"""Lines whose numbers are names."""


class CounterChange(NamedTuple):
    """A number in lines that both logs have."""

    before: float
    """How it stood at the end of the earlier log."""
    now: float
    """How it stands at the end of this one."""
    text: str
    """The last such line of this log."""
    number: str
    """The number as that line tells it."""

    @property
    def share(self) -> float | None:
        """The change as a share of the number before; None from zero."""
        return (self.now - self.before) / self.before if self.before else None


def changed_counters(templates: Sequence[Template]) -> tuple[CounterChange, ...]:
    """The numbers that went to or came from zero, or changed by more than half; the gravest first."""
    found: list[CounterChange] = []
    for template in templates:
        if template.usual is None or template.other is None or _NO_COUNT.search(template.other.text):
            continue
        if _is_counter(template.usual) and _is_counter(template.other):
            found += _changes(template.usual.last[-1], template.other.last[-1])
    found.sort(key=lambda change: (change.now != 0, _COUNTED.search(change.text) is None))
    return tuple(found[:MOST_COUNTERS])


def value_of(number: str) -> float:
    """What a number in a log says, with points or commas between its thousands or before its fraction."""
    sign = -1.0 if number.startswith("-") else 1.0
    digits = number.lstrip("+-")
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", digits) and not digits.startswith("0"):
        return sign * float(re.sub(r"[.,]", "", digits))
    whole, _, fraction = digits.replace(",", ".").rpartition(".")
    return sign * float(f"{whole.replace('.', '')}.{fraction}" if whole else fraction)


def _is_counter(seen: Seen) -> bool:
    """Whether the last line tells a result: it is the only one, or the lines before it count up to it."""
    if seen.times <= 1:
        return True
    last = [list(map(value_of, numbers_of(line))) for line in seen.last[-_FEW_LINES:]]
    return all(
        len(earlier) == len(later) and all(a <= b for a, b in zip(earlier, later, strict=True))
        for earlier, later in pairwise(last)
    )


def _changes(before: str, now: str) -> list[CounterChange]:
    numbers, earlier = numbers_of(now), numbers_of(before)
    if len(numbers) != len(earlier):
        return []
    pairs = [(value_of(old), value_of(new), new) for old, new in zip(earlier, numbers, strict=True)]
    return [CounterChange(old, new, now, text) for old, new, text in pairs if _is_much(old, new)]


def _is_much(before: float, now: float) -> bool:
    if before == now:
        return False
    if not before or not now:
        return True
    return max(abs(before), abs(now)) > _SMALL and abs(now - before) > MUCH * abs(before)
