"""What is searched for in a log, and which lines are shown: their background work, without any widget."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.logs.hits import LineHits
from tui.logs.levels import ERROR_LINE, WARNING_LINE
from tui.logs.line_filter import LineFilter
from tui.logs.walking import StillSearching

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Sequence

    from tui.logs.document import LogDocument
    from tui.logs.patterns import Search
    from tui.logs.walking import Walk

_MOST_HIDDEN = 1_000
"""Matches among lines that are not shown which are passed over."""


class Only(NamedTuple):
    """Which lines are shown."""

    search: Search
    """What they have."""
    is_inverse: bool = False
    """Whether they don't have it."""


class Found(NamedTuple):
    """Where the nearest match is."""

    line: int
    """The line."""
    is_round: bool = False
    """Whether the end of the log was passed on the way."""


class LogSearch:
    """One search, the lines that are shown only, and the hunt for errors, over one document at a time."""

    def __init__(self, tell: Callable[[], object]) -> None:
        """Search for nothing yet.

        Args:
            tell: Called when more is known than before.
        """
        self.search: Search | None = None
        """What is searched for."""
        self.only: Sequence[Only] = ()
        """Which lines are shown: those that fit all of it."""
        self._tell = tell
        self._document: LogDocument | None = None
        self._hits: LineHits | None = None
        self._filter: LineFilter | None = None
        self._levels: dict[re.Pattern[str], LineHits] = {}
        self._start = 0

    @property
    def hits(self) -> LineHits | None:
        """Which lines match the search."""
        return self._hits

    @property
    def filter(self) -> LineFilter | None:
        """Which lines are shown; None for all."""
        return self._filter

    @property
    def is_behind(self) -> bool:
        """Whether something came that was not searched yet."""
        parts = [part for part in (self._hits, self._filter) if part is not None]
        return any(not part.is_complete for part in parts)

    async def catch_up(self) -> None:
        """Search what came since."""
        if self._hits is not None:
            await self._hits.run()
        if self._filter is not None:
            await self._filter.run()

    async def attach(self, document: LogDocument | None) -> None:
        """Search another document, or none, for the same."""
        await self._stop()
        self._document = document
        await self.search_for(self.search, 0)
        await self.show_only(self.only)

    async def search_for(self, search: Search | None, start: int) -> None:
        """Search for something else, from a line on first.

        Args:
            search: What for; None for nothing.
            start: Where the reader is.
        """
        if self._hits is not None:
            await self._hits.stop()
        self.search = search
        self._hits = None
        if search is not None and self._document is not None:
            self._hits = LineHits(self._document, search, on_progress=self._tell)
            self._start = start

    async def count(self) -> None:
        """Count all matches, in the background."""
        if self._hits is not None:
            await self._hits.run(self._start)

    async def show_only(self, only: Sequence[Only]) -> None:
        """Show only some lines.

        Args:
            only: What they fit; nothing shows all lines.
        """
        if self._filter is not None:
            await self._filter.stop()
        self.only, self._filter = tuple(only), None
        if only and self._document is not None:
            filters = [(each.search, each.is_inverse) for each in only]
            self._filter = LineFilter(self._document, filters, on_progress=self._tell)

    async def sift(self) -> None:
        """Find out for all lines whether they are shown, in the background."""
        if self._filter is not None:
            await self._filter.run()

    async def next_match(
        self, line: int, step: int, walk: Walk, *, is_inclusive: bool = False
    ) -> Found | None:
        """The nearest shown line that matches, around the end if need be.

        Args:
            line: Where to begin.
            step: 1 for the next one, -1 for the one before.
            walk: What tells the shown lines.
            is_inclusive: Whether the line itself counts.
        """
        if self._hits is None:
            return None
        return await self._nearest(self._hits, line, step, walk, is_inclusive=is_inclusive)

    async def next_error(self, line: int, step: int, walk: Walk) -> Found | None:
        """The nearest shown line that tells of an error; see `next_match`."""
        return await self._next_of(ERROR_LINE, line, step, walk)

    async def next_warning(self, line: int, step: int, walk: Walk) -> Found | None:
        """The nearest shown line that tells of a warning; see `next_match`."""
        return await self._next_of(WARNING_LINE, line, step, walk)

    async def _next_of(self, level: re.Pattern[str], line: int, step: int, walk: Walk) -> Found | None:
        if self._document is None:
            return None
        hits = self._levels.get(level)
        if hits is None:
            hits = self._levels[level] = LineHits(self._document, level)
        return await self._nearest(hits, line, step, walk)

    async def _nearest(
        self, hits: LineHits, line: int, step: int, walk: Walk, *, is_inclusive: bool = False
    ) -> Found | None:
        """The nearest match among the shown lines, first that way and then around the end."""
        found = await self._shown(hits, line, step, walk, is_inclusive=is_inclusive)
        if found is not None:
            return Found(found)
        document = self._document
        if document is None or not document.size:
            return None
        start = 0 if step > 0 else document.last or 0
        found = await self._shown(hits, start, step, walk, is_inclusive=True)
        return Found(found, is_round=True) if found is not None else None

    async def _shown(
        self, hits: LineHits, line: int, step: int, walk: Walk, *, is_inclusive: bool
    ) -> int | None:
        """The nearest match that way whose line is shown."""
        found = await hits.find(line, step, is_inclusive=is_inclusive)
        for _ in range(_MOST_HIDDEN):
            if found is None or _is_shown(walk, found):
                return found
            found = await hits.find(found, step)
        return None

    async def _stop(self) -> None:
        for hits in (self._hits, *self._levels.values()):
            if hits is not None:
                await hits.stop()
        if self._filter is not None:
            await self._filter.stop()
        self._hits = self._filter = None
        self._levels.clear()


def _is_shown(walk: Walk, line: int) -> bool:
    """Whether no filter hides a line."""
    try:
        return walk.at_or_after(line) == line
    except StillSearching:
        return True
