"""Every page once, and an end to listings that have none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

import pytest

from tui.core.errors import BadAnswer
from tui.transport.limits import MAX_EMPTY_PAGES
from tui.transport.paging import Page, next_offset, pages

Item = TypeVar("Item")


class Listing:
    """Rows by offset, in pages."""

    def __init__(self, count: int, size: int) -> None:
        self.rows = [{"id": number} for number in range(count)]
        self.size = size
        self.fetched = 0

    async def fetch(self, offset: int) -> Page[dict[str, int], int]:
        """The page at an offset."""
        self.fetched += 1
        rows = self.rows[offset : offset + self.size]
        return Page(rows, next_offset(rows, offset, self.size))


async def everything(coming: AsyncIterator[Sequence[Item]]) -> int:
    """How much there is."""
    count = 0
    async for page in coming:
        count += len(page)
    return count


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (1, 1), (9, 1), (10, 2), (25, 3), (30, 4)])
async def test_every_page_once(count: int, requests: int) -> None:
    listing = Listing(count, 10)
    rows = [row async for page in pages(listing.fetch, 0) for row in page]
    assert rows == listing.rows
    assert listing.fetched == requests


async def test_a_server_that_ignores_the_offset() -> None:
    async def fetch(offset: int) -> Page[dict[str, int], int]:
        return Page([{"id": 1}, {"id": 2}], offset + 2)

    coming = pages(fetch, 0)
    assert len(await anext(coming)) == 2
    with pytest.raises(BadAnswer, match="in circles") as caught:
        await anext(coming)
    assert caught.value.hint


async def test_pages_that_come_in_turns() -> None:
    async def fetch(offset: int) -> Page[int, int]:
        return Page([offset % 3], offset + 1)

    with pytest.raises(BadAnswer):
        await everything(pages(fetch, 0))


async def test_a_cursor_that_comes_again() -> None:
    cursors = {"a": "b", "b": "c", "c": "b"}

    async def fetch(cursor: str) -> Page[str, str]:
        return Page([cursor], cursors[cursor])

    with pytest.raises(BadAnswer, match="page 4"):
        await everything(pages(fetch, "a"))


async def test_a_listing_without_an_end() -> None:
    fetched = 0

    async def fetch(offset: int) -> Page[int, int]:
        nonlocal fetched
        fetched += 1
        return Page([offset], offset + 1)

    with pytest.raises(BadAnswer):
        await everything(pages(fetch, 0, most=50))
    assert fetched == 50


async def test_empty_pages_are_passed_over_but_not_for_ever() -> None:
    async def gap(offset: int) -> Page[int, int]:
        return Page([offset] if offset in {0, 7} else [], offset + 1 if offset < 7 else None)

    assert [list(page) async for page in pages(gap, 0)] == [[0], [7]]

    fetched = 0

    async def nothing(offset: int) -> Page[int, int]:
        nonlocal fetched
        fetched += 1
        return Page([], offset + 1)

    with pytest.raises(BadAnswer):
        await everything(pages(nothing, 0))
    assert fetched == MAX_EMPTY_PAGES + 1
