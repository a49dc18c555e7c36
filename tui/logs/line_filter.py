"""The lines of a log that filters leave, to walk through while the rest is still being searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.logs.hits import LARGE, LineHits
from tui.logs.index import BLOCK
from tui.logs.matching import LineTest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.logs.document import LogDocument
    from tui.logs.patterns import Search


class LineFilter:
    """The lines that every filter matches and no inverse one does; a `Walk` through a document.

    Every step of the walk may raise `StillSearching`: it looks a little way through what was not searched
    yet, and further the next time.
    """

    def __init__(
        self,
        document: LogDocument,
        filters: Sequence[tuple[Search, bool]],
        *,
        on_progress: Callable[[], object] | None = None,
        block: int = BLOCK,
        large: int = LARGE,
    ) -> None:
        """Know nothing yet.

        Args:
            document: The log.
            filters: Each filter, and whether it is inverse.
            on_progress: Called now and then when more is known.
            block: Bytes of a block.
            large: Bytes from which another process looks.
        """
        self._document = document
        test = LineTest(tuple((search.pattern, is_inverse) for search, is_inverse in filters))
        self._hits = LineHits(document, test, on_progress=on_progress, block=block, large=large)

    @property
    def count(self) -> int:
        """How many lines are left, as far as it is known."""
        return self._hits.count

    @property
    def is_complete(self) -> bool:
        """Whether all of the log was searched."""
        return self._hits.is_complete

    @property
    def progress(self) -> float:
        """The share of the log that was searched, from 0 to 1."""
        return self._hits.progress

    async def run(self, start: int = 0) -> None:
        """Search all that has not been searched, from a line on first; again when the log has grown."""
        await self._hits.run(start)

    async def stop(self) -> None:
        """End what goes on in the background, for good."""
        await self._hits.stop()

    async def find(self, start: int, step: int = 1, *, is_inclusive: bool = False) -> int | None:
        """The nearest line that is left, waiting for as much of the search as that takes."""
        return await self._hits.find(start, step, is_inclusive=is_inclusive)

    def number(self, start: int) -> int | None:
        """How many lines are left before a line; None where that is not known yet."""
        return self._hits.number(start)

    def first(self) -> int | None:
        """The first line that is left."""
        return self._hits.nearest(0, 1, is_inclusive=True)

    def last(self) -> int | None:
        """The last line that is left."""
        return self._hits.nearest(self._document.size, -1, is_inclusive=True)

    def after(self, start: int) -> int | None:
        """The next line that is left."""
        return self._hits.nearest(start, 1)

    def before(self, start: int) -> int | None:
        """The line before that is left."""
        return self._hits.nearest(start, -1)

    def at_or_after(self, start: int) -> int | None:
        """The line itself when it is left, else the next one that is."""
        return self._hits.nearest(start, 1, is_inclusive=True)

    def at_or_before(self, start: int) -> int | None:
        """The line itself when it is left, else the one before that is."""
        return self._hits.nearest(start, -1, is_inclusive=True)
