"""What a campaign counts, and the table that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """How often one promise was put to the test, and how often it was broken."""

    promise: str
    """What holds, in words for users: `one confirmation makes at most one run`."""
    tried: int
    """So many times it could have been broken."""
    broken: int
    """So many times it was."""
    detail: str = ""
    """More figures: `4,812 answers lost, 3,007 resets`."""

    @property
    def holds(self) -> bool:
        """Whether it was tried at all, and never broken."""
        return self.tried > 0 and self.broken == 0


Campaign = Callable[[int], Sequence[Figure]]
"""Runs a campaign of so many tries to its end, with loops, processes and folders of its own; blocks."""


def lines_of(figures: Iterable[Figure]) -> list[str]:
    """The figures as rows of a Markdown table."""
    rows = ["| promise | tried | broken | more |", "|---|---:|---:|---|"]
    rows += [f"| {f.promise} | {f.tried:,} | {f.broken:,} | {f.detail} |" for f in figures]
    return rows
