"""The lines of a grouped table: each group's own line, and below it those of its jobs unless it is folded."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar, overload

from tui.core.keys import JobKey
from tui.engine.grouping import GroupKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Item = TypeVar("Item")
"""What stands below each other."""

Line: TypeAlias = JobKey | GroupKey
"""A line of the table: a job, or a group."""


class Span(NamedTuple):
    """Where a group's jobs stand among the sorted rows."""

    key: GroupKey
    """The group."""
    first: int
    """The row of its first job."""
    size: int
    """How many jobs it has."""
    is_folded: bool
    """Whether its jobs have no lines."""

    @property
    def lines(self) -> int:
        """How many lines it takes."""
        return 1 if self.is_folded else 1 + self.size


class _Stacked(Sequence[Item]):
    """What the groups hold, one group below the other, found without being listed."""

    def __init__(self, rows: Sequence[JobKey], spans: Sequence[Span], sizes: Iterable[int]) -> None:
        """Stack the groups.

        Args:
            rows: All jobs, those of a group side by side.
            spans: The groups, top to bottom.
            sizes: How many items each of them holds.
        """
        self._rows = rows
        self._spans = spans
        self._starts = [0, *accumulate(sizes)]

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> list[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | list[Item]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        number = bisect_right(self._starts, index) - 1
        return self._item(self._spans[number], index - self._starts[number])

    def __len__(self) -> int:
        return self._starts[-1]

    @abstractmethod
    def _item(self, span: Span, behind: int) -> Item:
        """The item of a group that lies so far behind its first."""


class GroupLines(_Stacked[Line]):
    """Computes any line from the places of the groups. Good until the rows or the groups change."""

    def __init__(self, rows: Sequence[JobKey], spans: Sequence[Span]) -> None:
        """Lay the lines out.

        Args:
            rows: All jobs, those of a group side by side.
            spans: The groups, top to bottom.
        """
        super().__init__(rows, spans, (span.lines for span in spans))
        self._of_group = {span.key: number for number, span in enumerate(spans)}
        by_row = sorted(range(len(spans)), key=lambda number: spans[number].first)
        self._firsts = [spans[number].first for number in by_row]
        self._by_row = by_row

    def _item(self, span: Span, behind: int) -> Line:
        return self._rows[span.first + behind - 1] if behind else span.key

    def span(self, key: GroupKey) -> Span | None:
        """Where a group stands; None when there is no such group now."""
        number = self._of_group.get(key)
        return None if number is None else self._spans[number]

    def span_at(self, row: int) -> Span:
        """The group of a row."""
        return self._spans[self._number_at(row)]

    def line_of_group(self, key: GroupKey) -> int | None:
        """The line of a group."""
        number = self._of_group.get(key)
        return None if number is None else self._starts[number]

    def line_of_row(self, row: int) -> int | None:
        """The line of a job by its row; None when its group is folded."""
        number = self._number_at(row)
        span = self._spans[number]
        return None if span.is_folded else self._starts[number] + 1 + row - span.first

    def jobs_in(self, span: Span) -> Sequence[JobKey]:
        """A group's jobs, in order."""
        return self._rows[span.first : span.first + span.size]

    def _number_at(self, row: int) -> int:
        return self._by_row[bisect_right(self._firsts, row) - 1]


class JobsOfGroups(_Stacked[JobKey]):
    """The jobs of all groups, also of folded ones, in the order in which they stand below each other."""

    def __init__(self, rows: Sequence[JobKey], spans: Sequence[Span]) -> None:
        """Take the groups, top to bottom; see `GroupLines`."""
        super().__init__(rows, spans, (span.size for span in spans))
        self._start_of = dict(zip((span.key for span in spans), self._starts, strict=False))

    def _item(self, span: Span, behind: int) -> JobKey:
        return self._rows[span.first + behind]

    def __iter__(self) -> Iterator[JobKey]:
        for span in self._spans:
            yield from self._rows[span.first : span.first + span.size]

    def index_of_first(self, span: Span) -> int:
        """Where a group's first job is."""
        return self._start_of[span.key]
