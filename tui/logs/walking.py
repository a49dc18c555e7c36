"""Going from one shown line of a log to the next: all lines, or those that a filter or a fold leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tui.logs.document import LogDocument


class StillSearching(Exception):
    """It is not known yet which line comes next: the background search has not got there."""


class Walk(Protocol):
    """Some lines of a document, each named by the offset of its first byte.

    Every method may raise `StillSearching`.
    """

    def first(self) -> int | None:
        """The first line; None when there is none."""
        ...

    def last(self) -> int | None:
        """The last line."""
        ...

    def after(self, start: int) -> int | None:
        """The next line, also for one that is not among them; None after the last."""
        ...

    def before(self, start: int) -> int | None:
        """The line before, also for one that is not among them; None before the first."""
        ...

    def at_or_after(self, start: int) -> int | None:
        """The line itself when it is among them, else the next one."""
        ...

    def at_or_before(self, start: int) -> int | None:
        """The line itself when it is among them, else the one before."""
        ...


class AllLines:
    """Every line of a document."""

    def __init__(self, document: LogDocument) -> None:
        """Walk through a document."""
        self._document = document

    def first(self) -> int | None:
        """The first line."""
        return self._document.first

    def last(self) -> int | None:
        """The last line."""
        return self._document.last

    def after(self, start: int) -> int | None:
        """The next line."""
        return self._document.after(start)

    def before(self, start: int) -> int | None:
        """The line before."""
        return self._document.before(start)

    def at_or_after(self, start: int) -> int | None:
        """The line itself."""
        return start if start < self._document.size else None

    def at_or_before(self, start: int) -> int | None:
        """The line itself."""
        return self._document.start_of(start) if self._document.size else None
