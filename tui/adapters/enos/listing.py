"""One search for instances, page by page, which can be gone on with later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.adapters.enos.wire import text_of
from tui.transport.limits import MAX_PAGES, MAX_RECORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.adapters.enos.api import EnosApi

PAGE = 200
"""Instances that are asked for at once; the largest size that the service takes is not documented."""


class InstanceListing:
    """The instances of one kind in a stretch of time, newest first.

    Args:
        api: The server.
        kind: How they were scheduled.
        from_ms: The earliest planned time, in epoch milliseconds.
        to_ms: The latest one; later instances don't move the others from page to page.
        expression: A part of their ids or of the flow's name; empty for all.
    """

    def __init__(self, api: EnosApi, kind: int, from_ms: int, to_ms: int, expression: str = "") -> None:
        self.kind = kind
        """How they were scheduled."""
        self.is_over = False
        """Whether there are no more pages."""
        self.pages = 0
        """Pages that were read."""
        self.told = 0
        """Instances that were told of."""
        self._api = api
        self._span = (from_ms, to_ms)
        self._expression = expression
        self._last_ids: set[str] = set()

    async def next_page(self) -> Sequence[Any]:
        """The rows of the next page. Raises SystemUnavailable; then it can be asked for again."""
        from_ms, to_ms = self._span
        rows, count = await self._api.search(
            self.kind, from_ms, to_ms, page=self.pages + 1, size=PAGE, expression=self._expression
        )
        self.pages += 1
        ids = {text_of(row.get("instanceId")) for row in rows if isinstance(row, dict)}
        if ids <= self._last_ids or self.pages >= MAX_PAGES or self.told > MAX_RECORDS:
            # Some services answer with the last page once more when they are asked for the one behind it.
            self.is_over = True
            return ()
        self._last_ids = ids
        self.told += len(rows)
        # `count` is the size of the page or of everything, so it may only say that there is more: where the
        # service gives out less at once than it is asked for, a short page is not the last one.
        self.is_over = len(rows) < PAGE and self.told >= count
        return rows
