"""What parts of the log viewer need of a log to walk through it, whatever its size."""

from __future__ import annotations

from typing import Protocol


class LineWalk(Protocol):
    """A log whose lines are named by the offset of their first byte."""

    @property
    def size(self) -> int:
        """Bytes of the log."""
        ...

    def start_of(self, offset: int) -> int:
        """The start of the line that a byte belongs to."""
        ...

    def after(self, start: int) -> int | None:
        """The next line; None after the last one."""
        ...

    def before(self, start: int) -> int | None:
        """The line before; None before the first one."""
        ...

    def plain(self, start: int) -> str:
        """A line without colours."""
        ...
