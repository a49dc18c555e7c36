"""What several pieces of news mean together for the table, until it is painted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

    from tui.core.keys import JobKey
    from tui.engine.view import ViewDelta


class News(NamedTuple):
    """What is to be shown."""

    jobs: frozenset[JobKey]
    """The jobs that changed, listed or not."""
    rows: frozenset[JobKey]
    """Those that may look different now."""
    is_reordered: bool
    """Whether any row moved, came or went."""


class Gathered:
    """Collects the pieces between two paintings."""

    def __init__(self) -> None:
        self._jobs: set[JobKey] = set()
        self._rows: set[JobKey] = set()
        self._is_reordered = False
        self._is_any = False

    def add(self, jobs: Collection[JobKey], delta: ViewDelta) -> None:
        """Note a piece.

        Args:
            jobs: The jobs that changed.
            delta: What that did to the rows.
        """
        self._jobs.update(jobs)
        self._rows |= delta.rows
        self._is_reordered = self._is_reordered or delta.is_reordered
        self._is_any = True

    def take(self) -> News | None:
        """Everything since the last time; None when there was nothing."""
        if not self._is_any:
            return None
        news = News(frozenset(self._jobs), frozenset(self._rows), self._is_reordered)
        self._jobs, self._rows, self._is_reordered, self._is_any = set(), set(), False, False
        return news
