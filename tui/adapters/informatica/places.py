"""Where the tasks are, and what version 3 calls them.

Version 2 tells neither, and takes tasks that are not in the Default folder only by their id in version 3.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from tui.adapters.informatica.endpoints import OBJECTS
from tui.adapters.informatica.refusals import UNUSUAL
from tui.adapters.informatica.wire import ObjectRow, reading
from tui.core.errors import BadAnswer, Forbidden, NotFound, SystemUnavailable, Unauthorized
from tui.transport.limits import MAX_RECORDS
from tui.transport.paging import Page, pages
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

    from tui.adapters.informatica.api import InformaticaApi
    from tui.adapters.informatica.wire import ListedTask
    from tui.core.clock import Clock

PAGE_ROWS = 200
"""Objects that are asked for at once."""

PAGES_AT_ONCE = 5
"""Pages that are read between two sweeps: a large organisation has fifty."""

MOST_FAILURES = 3
"""Pages that can't be read; after so many the places are done without for a while."""

KEPT_S = 1800.0
"""Seconds for which the places are kept: assets are seldom moved."""


class Place(NamedTuple):
    """Where a task is. Texts alone are kept, because there may be thousands."""

    federated_id: str
    """Its id in version 3."""
    folder: str
    """Its project and folder."""


class Places:
    """Knows the objects of version 3 by type and name, as far as they were read.

    Args:
        api: Asks Informatica.
        clock: Tells how old they are.
    """

    def __init__(self, api: InformaticaApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._known: dict[str, Mapping[str, Place]] = {}
        self._found: dict[str, ObjectRow] = {}
        self._skip = 0
        self._waiting: list[str] = []
        self._failures = 0
        self._read_at: float | None = None
        self._reading = asyncio.Lock()

    def of(self, kind: str, rows: Sequence[ListedTask]) -> Generator[None, None, Mapping[str, Place]]:
        """The objects that are certainly these tasks, by name: where both lists have the name once."""
        known = self._known.get(kind, {})
        counts: Counter[str] = Counter()
        for row in rows if known else ():
            counts[row.name] += 1
            yield
        found: dict[str, Place] = {}
        for name, count in counts.items():
            if count == 1 and name in known:
                found[name] = known[name]
            yield
        return found

    async def read_some(self, kinds: Sequence[str]) -> bool:
        """Read a few pages if they are due; whether a type was read to its end. Raises Unauthorized alone."""
        async with self._reading:
            now = self._clock.monotonic()
            if not self._waiting:
                if self._read_at is not None and now - self._read_at < KEPT_S:
                    return False
                self._waiting, self._read_at, self._failures = list(kinds), now, 0
            is_whole = False
            for _ in range(PAGES_AT_ONCE):
                if not self._waiting:
                    break
                is_read = await self._read_page(self._waiting[0])
                if is_read is None:
                    break
                is_whole = is_whole or is_read
            return is_whole

    async def read_whole(self, kind: str) -> bool:
        """Read a type to its end, if that was not done yet; whether anything new is known."""
        async with self._reading:
            if kind in self._known:
                return False
            if kind not in self._waiting:
                self._waiting.insert(0, kind)
            while kind in self._waiting:
                # One after the other: the pages that were read so far belong to the first one.
                if await self._read_page(self._waiting[0]) is None:
                    return False
            return kind in self._known

    async def _read_page(self, kind: str) -> bool | None:
        """Read a page: whether it was the last one, None when it can't be read."""
        try:
            page = await object_page(self._api, kind, self._skip)
        except Unauthorized:
            raise
        except (SystemUnavailable, NotFound) as error:
            # Names and ids of version 2 serve as well, mostly.
            self._failures += 1
            if isinstance(error, Forbidden | NotFound) or self._failures >= MOST_FAILURES:
                self._finish(kind)
            return None
        before = len(self._found)
        self._found.update((row.id, row) for row in page.items)
        if page.next is not None and before < len(self._found) <= MAX_RECORDS:
            self._skip = page.next
            return False
        self._known[kind] = await in_turns(_by_name(self._found.values()))
        self._finish(kind)
        return True

    def _finish(self, kind: str) -> None:
        self._found = {}
        self._skip = 0
        self._waiting.remove(kind)


def _by_name(rows: Iterable[ObjectRow]) -> Generator[None, None, dict[str, Place]]:
    """The places by name, where it is the only one of its kind."""
    found: dict[str, Place] = {}
    doubtful: set[str] = set()
    for row in rows:
        if row.name in found:
            doubtful.add(row.name)
        found[row.name] = Place(row.id, row.folder)
        yield
    for name in doubtful:
        del found[name]
    return found


async def listed_objects(api: InformaticaApi, kind: str) -> list[ObjectRow]:
    """Every object of a type. Raises NotFound and SystemUnavailable."""

    async def fetch(skip: int) -> Page[ObjectRow, int]:
        return await object_page(api, kind, skip)

    found: list[ObjectRow] = []
    async for page in pages(fetch, 0):
        found += page
    return found


async def object_page(api: InformaticaApi, kind: str, skip: int) -> Page[ObjectRow, int]:
    """One page of the objects of a type."""
    params = {"q": f"type=='{kind}'", "limit": f"{PAGE_ROWS}", "skip": f"{skip}"}
    told = await api.record(OBJECTS, params=params, is_fixed=True)
    values = told.get("objects")
    if not isinstance(values, list):
        if told:
            raise BadAnswer(f"{api.host} sent no list of objects", hint=UNUSUAL)
        values = []
    rows = await in_turns(reading(ObjectRow, values))
    count = told.get("count")
    total = count if isinstance(count, int) and not isinstance(count, bool) else None
    end = skip + len(values)
    # Whether `count` is that of all objects or of the page isn't told: a full page may have a next one.
    has_more = bool(values) and (len(values) >= PAGE_ROWS or (total is not None and end < total))
    return Page(rows, end if has_more else None)
