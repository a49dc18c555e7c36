"""Walking through a listing page by page, and out of it again when the server leads in circles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from tui.core.errors import BadAnswer
from tui.transport.limits import MAX_EMPTY_PAGES, MAX_PAGES, MAX_RECORDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence

Item = TypeVar("Item")
Cursor = TypeVar("Cursor", bound="Hashable")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item, Cursor]):
    """One page of a listing."""

    items: Sequence[Item]
    """What is on it."""
    next: Cursor | None
    """Where the next page is: an offset, a page number, a cursor; None after the last page."""


async def pages(
    fetch: Callable[[Cursor], Awaitable[Page[Item, Cursor]]], start: Cursor, *, most: int = MAX_PAGES
) -> AsyncIterator[Sequence[Item]]:
    """The items of each page, from the first page to the last.

    Args:
        fetch: Gets the page at a cursor.
        start: The cursor of the first page.
        most: Pages after which the listing counts as endless.

    Raises:
        BadAnswer: A cursor or a page came twice, or there are too many: the listing would never end.
    """
    cursor: Cursor | None = start
    seen_cursors: set[Cursor] = set()
    seen_pages: set[int] = set()
    empty = told = 0
    while cursor is not None:
        if cursor in seen_cursors or len(seen_cursors) >= most:
            raise _endless(f"page {len(seen_cursors) + 1}")
        seen_cursors.add(cursor)
        page = await fetch(cursor)
        empty = 0 if page.items else empty + 1
        if empty > MAX_EMPTY_PAGES:
            raise _endless(f"an empty page {len(seen_cursors)}")
        if page.items:
            # A server that ignores the offset sends the same page again, at an ever new cursor.
            mark = hash((len(page.items), repr(page.items[0]), repr(page.items[-1])))
            if mark in seen_pages:
                raise _endless(f"page {len(seen_cursors)}")
            seen_pages.add(mark)
            told += len(page.items)
            if told > MAX_RECORDS:
                raise BadAnswer(
                    f"the listing has more than {MAX_RECORDS - 1:,} entries, or no end",
                    hint="ask the system's administrator: nightdeck is not made for so many",
                )
            yield page.items
        cursor = page.next


def next_offset(items: Sequence[object], offset: int, size: int) -> int | None:
    """The offset of the next page where a short or empty page is the last one."""
    return offset + len(items) if len(items) >= size else None


def _endless(place: str) -> BadAnswer:
    return BadAnswer(
        f"the listing leads in circles: {place} was there before",
        hint="the system ignores how we ask for pages; its version may differ from the documented one",
    )
