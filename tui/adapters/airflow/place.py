"""How far the log of a run was read: for each try of each of its tasks by itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class PartKey(NamedTuple):
    """One try of one task."""

    task_id: str
    """The task."""
    map_index: int
    """Its map index; -1 for one that is not mapped."""
    attempt: int
    """The try, counted from 1."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the log of one try was read."""

    token: str = ""
    """Where Airflow goes on; empty for the beginning."""
    skip: int = 0
    """Entries after that which were told already: a task that has ended gives no new token."""
    total: int = 0
    """Entries that were told altogether."""
    quiet: int = 0
    """How often nothing new came after the end."""
    is_over: bool = False
    """Whether nothing will follow."""
    is_large: bool = False
    """Whether it is too large to come at once."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far the log of a run was read. It is the cursor of a log."""

    marks: Mapping[PartKey, Mark]
    """The tries that were begun."""
    last: PartKey | None = None
    """The try whose lines came last."""

    @classmethod
    def parse(cls, cursor: str) -> Place:
        """The place that a cursor names; the beginning for anything that is none."""
        try:
            told = json.loads(cursor) if cursor else {}
            marks = {
                PartKey(str(task), int(index), int(attempt)): _mark(rest)
                for task, index, attempt, *rest in told.get("parts", ())
            }
            last = told.get("last")
            return cls(marks, PartKey(str(last[0]), int(last[1]), int(last[2])) if last else None)
        except (ValueError, TypeError, AttributeError, IndexError, KeyError, RecursionError):
            return cls({})

    def __str__(self) -> str:
        parts: list[list[Any]] = []
        for key, mark in self.marks.items():
            place = [] if mark.is_over else [mark.token, mark.skip, mark.total, mark.quiet, mark.is_large]
            parts.append([*key, *place])
        told: dict[str, Any] = {"parts": parts}
        if self.last is not None:
            told["last"] = list(self.last)
        return json.dumps(told, separators=(",", ":"))


def _mark(told: list[Any]) -> Mark:
    if not told:
        return Mark(is_over=True)
    token, skip, total, quiet, is_large = told
    return Mark(str(token), int(skip), int(total), int(quiet), is_large=bool(is_large))
