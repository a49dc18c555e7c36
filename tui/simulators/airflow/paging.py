"""Choosing, ordering and cutting what a list tells."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import total_ordering
from typing import Any, Generic, TypeVar

from tui.simulators.airflow.refusal import Refused

Item = TypeVar("Item")
Reading = Callable[[Item], Any]
"""Tells one attribute of an item; None where it has none."""

COUNTED_LIMIT = 50_000
"""Where there is a cursor, no more than so many are counted."""

_MOST_ORDERS = 10
_BOUNDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "gte": lambda value, bound: value >= bound,
    "gt": lambda value, bound: value > bound,
    "lte": lambda value, bound: value <= bound,
    "lt": lambda value, bound: value < bound,
}


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A part of a list."""

    items: Sequence[Item]
    """What it holds."""
    total: int
    """How many there are on all pages."""
    next_cursor: str | None = None
    """With which the next one is asked for; None on the last, and where no cursor was given."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Which part of a list is asked for."""

    limit: int
    """So many at the most."""
    offset: int = 0
    """So many are left out before."""
    order_by: Sequence[str] = ()
    """Attributes, those with a minus backwards."""
    cursor: str | None = None
    """After what it goes on, in place of the offset; empty for the beginning."""


@dataclass(frozen=True, slots=True)
class Order(Generic[Item]):
    """How a list can be ordered.

    Two items are never equal: the key of their rows decides in the end. They are given in its order.
    """

    readings: Mapping[str, Reading[Item]]
    """By attribute."""
    key: str
    """The attribute that no two items share."""
    nulls_first: bool = False
    """Whether a descending order begins with what has no value."""
    others: Mapping[str, str] = field(default_factory=dict)
    """Attributes under other names."""

    def cut(self, items: Iterable[Item], cut: Cut) -> Page[Item]:
        """A part of the items, in order.

        Raises:
            Refused: It can't be ordered like that.
        """
        orders = self._orders(cut.order_by or (self.key,))
        ranked = list(items)
        if orders != [(self.readings[self.key], False)]:
            ranked.sort(key=lambda item: self._rank([read(item) for read, _ in orders], orders))
        if cut.cursor is None:
            return Page(ranked[cut.offset : cut.offset + cut.limit], len(ranked))
        if cut.cursor:
            after = self._rank(_decoded(cut.cursor), orders)
            ranked = [
                item for item in ranked if self._rank([read(item) for read, _ in orders], orders) > after
            ]
        found = ranked[: cut.limit]
        more = len(ranked) > cut.limit and bool(found)
        following = _encoded([read(found[-1]) for read, _ in orders]) if more else None
        return Page(found, min(len(ranked), COUNTED_LIMIT), following)

    def _orders(self, order_by: Sequence[str]) -> list[tuple[Reading[Item], bool]]:
        if len(order_by) > _MOST_ORDERS:
            raise Refused(400, f"Ordering with more than {_MOST_ORDERS} parameters is not allowed.")
        orders, names = [], set()
        for asked in order_by:
            name = self.others.get(asked.lstrip("-"), asked.lstrip("-"))
            if name not in self.readings:
                raise Refused(
                    400,
                    f"Ordering with '{name}' is disallowed or the attribute does not exist on the model",
                )
            orders.append((self.readings[name], asked.startswith("-")))
            names.add(name)
        if self.key not in names:
            orders.append((self.readings[self.key], order_by[0].startswith("-")))
        return orders

    def _rank(self, values: Sequence[Any], orders: Sequence[tuple[Reading[Item], bool]]) -> list[Any]:
        """What compares as the items are ordered."""
        ranks: list[Any] = []
        for value, (_, is_descending) in zip(values, orders, strict=True):
            # Nothing is the least there is, or the most on PostgreSQL: both turn round with the order.
            comes_first = is_descending is self.nulls_first
            ranks.append(1 if value is not None else 0 if comes_first else 2)
            if value is not None:
                ranks.append(_Backwards(value) if is_descending else value)
        return ranks


@total_ordering
class _Backwards:
    """A value that is less than what is less than it."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Backwards) and bool(self.value == other.value)

    def __lt__(self, other: _Backwards) -> bool:
        return bool(self.value > other.value)

    __hash__ = None  # type: ignore[assignment]


def within(value: Any, bounds: Mapping[str, Any]) -> bool:
    """Whether a value is within bounds; nothing is within none.

    Args:
        value: The value.
        bounds: By the word for them: `gte`, `gt`, `lte`, `lt`.
    """
    given = {word: bound for word, bound in bounds.items() if bound is not None}
    return not given or (
        value is not None and all(_BOUNDS[word](value, bound) for word, bound in given.items())
    )


def matches(text: str, pattern: str) -> bool:
    """Whether a text has a part like the pattern: `%` and `_` stand for others, `|` between several.

    Args:
        text: The text.
        pattern: The pattern; `~` for any.
    """
    if pattern == "~":
        return True
    several = [part.strip() for part in pattern.split("|") if part.strip()] or [pattern]
    return any(re.search(_like(part), text, re.IGNORECASE | re.DOTALL) for part in several)


def _like(pattern: str) -> str:
    return "".join({"%": ".*", "_": "."}.get(character, re.escape(character)) for character in pattern)


def _encoded(values: Sequence[Any]) -> str:
    told = [{"at": value.isoformat()} if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode("ascii").rstrip("=")


def _decoded(cursor: str) -> list[Any]:
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value for value in told]
    except (ValueError, TypeError, KeyError):
        raise Refused(400, "Invalid cursor token") from None
