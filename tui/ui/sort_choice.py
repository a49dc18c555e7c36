"""By which columns the rows are sorted, one after the other, while the user is choosing. No widget in it."""

from __future__ import annotations

from tui.engine.columns import COLUMNS, DEFAULT_ORDER, SortTerm, parse_sort


class SortChoice:
    """Every column in one list that stands still, and the order in which some of them were picked."""

    def __init__(self, text: str) -> None:
        """Begin with an order.

        Args:
            text: As config and command line write it: `-ended,name`; empty for the usual one.
        """
        self.terms: list[SortTerm] = []
        self.set_text(text)
        first = [term.column for term in self.terms]
        self.columns: list[str] = list(dict.fromkeys((*first, *COLUMNS)))
        """The lines: those that are sorted by at the start, then all others."""

    @property
    def text(self) -> str:
        """The order as config and command line write it; empty for the usual one."""
        terms = tuple(self.terms)
        return "" if terms == DEFAULT_ORDER.terms else ",".join(map(str, terms))

    def set_text(self, text: str) -> None:
        """Take another order."""
        self.terms = list(parse_sort(text).terms)

    def rank(self, column: str) -> int:
        """Which key a column is, 1 for the first; 0 when it isn't sorted by."""
        return next((rank for rank, term in enumerate(self.terms, 1) if term.column == column), 0)

    def is_descending(self, column: str) -> bool:
        """Whether the largest comes first, or would when the column was picked."""
        rank = self.rank(column)
        return self.terms[rank - 1].is_descending if rank else COLUMNS[column].is_descending_first

    def turn(self, column: str) -> None:
        """Pick a column as the next key, or take it out."""
        rank = self.rank(column)
        if rank:
            del self.terms[rank - 1]
        else:
            self.terms.append(SortTerm(column, COLUMNS[column].is_descending_first))

    def invert(self, column: str) -> None:
        """Turn a key round; a column that is none becomes one, the other way round than usual."""
        rank = self.rank(column)
        if not rank:
            self.terms.append(SortTerm(column, not COLUMNS[column].is_descending_first))
        else:
            self.terms[rank - 1] = SortTerm(column, not self.terms[rank - 1].is_descending)

    def move(self, column: str, step: int) -> None:
        """Make a key an earlier one or a later one."""
        at = self.rank(column) - 1
        if at >= 0:
            target = max(0, min(at + step, len(self.terms) - 1))
            self.terms.insert(target, self.terms.pop(at))
