"""Finding out which instances there are: three searches, for each takes one sort of them."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

from tui.adapters.enos.codes import DECLINED
from tui.adapters.enos.instances import Instance, Place
from tui.adapters.enos.listing import InstanceListing
from tui.adapters.enos.signing import now_ms
from tui.adapters.enos.wire import InstanceRow, row_of, text_of
from tui.core.errors import BadAnswer, NotFound, ServerFailed
from tui.core.turns import next_turn
from tui.transport.limits import MAX_PAGES
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator, Iterable, Sequence

    from tui.adapters.enos.api import EnosApi
    from tui.adapters.enos.instances import InstanceLedger
    from tui.core.clock import Clock

KINDS = (0, 1, 2)
"""How instances are scheduled: by hand, periodically, for once. Each search takes one of them."""

WHOLE_EVERY_S = 300.0
"""Seconds between two searches through the whole window at least; in between only news is searched for."""

WHOLE_PAGE_S = 10.0
"""Seconds for each page of the last whole search until the next one, so that long ones come seldom."""

WHOLE_PAGES = 100
"""Pages of a whole search in one sweep: the rest comes with the next sweeps, which tell of news as well."""

OVERLAP_S = 900.0
"""Seconds that a search goes back behind the one before: instances may be told late, and clocks differ."""

LONGEST_NEWS_S = 1800.0
"""After a longer pause the whole window is searched, in portions."""

AHEAD_S = 60.0
"""Seconds that the server's clock may be ahead. Instances that are made before their time come later."""

ASKED_ALONE = 20
"""Instances under way that a search did not tell of, and that are asked for one by one in a sweep."""

T = TypeVar("T")


class _Whole:
    """A search through the whole window, which takes as many sweeps as it needs."""

    def __init__(self, number: int, listings: Sequence[InstanceListing]) -> None:
        self.number = number
        self.listings = {listing.kind: listing for listing in listings}

    @property
    def is_over(self) -> bool:
        return all(listing.is_over for listing in self.listings.values())

    @property
    def pages(self) -> int:
        return sum(listing.pages for listing in self.listings.values())


class InstanceSearch:
    """Brings the ledger up to date.

    Args:
        api: The server.
        ledger: Where the instances go.
        clock: Tells from when to when to search.
        window_s: How far back a whole search goes.
    """

    def __init__(self, api: EnosApi, ledger: InstanceLedger, clock: Clock, window_s: float) -> None:
        self._api = api
        self._ledger = ledger
        self._clock = clock
        self._window_s = window_s
        self._whole: _Whole | None = None
        self._next_whole_s = 0.0
        self._last_ms = 0
        self._searches = 0
        self._waiting: deque[str] = deque()
        self.is_complete = False
        """Whether the whole window was searched once, so that flows without instances have none."""

    async def update(self) -> set[str]:
        """Search once.

        Returns:
            The flows that instances were told of.

        Raises:
            SystemUnavailable: One of the searches failed; what the others told stays.
        """
        self._searches += 1
        to_ms = now_ms(self._clock)
        until_ms = to_ms + int(AHEAD_S * 1000)
        news_ms: int | None = self._last_ms - int(OVERLAP_S * 1000)
        if self._is_whole_due(to_ms):
            from_ms, news_ms = to_ms - int(self._window_s * 1000), None
            listings = [InstanceListing(self._api, kind, from_ms, until_ms) for kind in KINDS]
            self._whole = _Whole(self._searches, listings)
        seen: set[str] = set()
        flows: set[str] = set()
        # One alone first: when the credentials are wrong by now, it is enough that one request tells so.
        first, *others = KINDS
        await self._search(first, news_ms, until_ms, seen, flows)
        await together(self._search(kind, news_ms, until_ms, seen, flows) for kind in others)
        await self._ask_alone(seen)
        self._last_ms = to_ms
        self._note_whole()
        return flows

    async def of_flow(
        self, flow_id: str, name: str, *, from_ms: int, most: int, most_pages: int
    ) -> list[list[InstanceRow]]:
        """The newest instances of one flow, newest first, in a list for each kind.

        The search finds names alike, too, which are left out.
        """
        until_ms = now_ms(self._clock) + int(AHEAD_S * 1000)

        async def search(kind: int) -> list[InstanceRow]:
            listing = InstanceListing(self._api, kind, from_ms, until_ms, name)
            found: list[InstanceRow] = []
            while len(found) < most and listing.pages < most_pages and not listing.is_over:
                rows = await in_turns(_rows(await listing.next_page()))
                found += [row for row in rows if row.flow_id == flow_id]
            return found

        return await together(search(kind) for kind in KINDS)

    def _is_whole_due(self, to_ms: int) -> bool:
        if self._whole is None or to_ms - self._last_ms > LONGEST_NEWS_S * 1000:
            return True
        return self._whole.is_over and self._clock.monotonic() >= self._next_whole_s

    def _note_whole(self) -> None:
        """Settle when the next whole search is due, once this one is over."""
        whole = self._whole
        if whole is not None and whole.is_over and self._next_whole_s <= self._clock.monotonic():
            self.is_complete = True
            self._next_whole_s = self._clock.monotonic() + max(WHOLE_EVERY_S, WHOLE_PAGE_S * whole.pages)

    async def _search(
        self, kind: int, news_ms: int | None, until_ms: int, seen: set[str], flows: set[str]
    ) -> None:
        """Search for the news of one kind, and go on with the whole search for it."""
        if news_ms is not None:
            news = InstanceListing(self._api, kind, news_ms, until_ms)
            await self._read(news, self._searches, MAX_PAGES, seen, flows)
        if self._whole is not None:
            await self._read(self._whole.listings[kind], self._whole.number, WHOLE_PAGES, seen, flows)

    async def _read(
        self, listing: InstanceListing, number: int, most: int, seen: set[str], flows: set[str]
    ) -> None:
        for _ in range(most):
            if listing.is_over:
                return
            first = Place(number, listing.kind, listing.told)
            rows = await listing.next_page()
            await in_turns(self._take(rows, first, seen, flows))
            await next_turn()

    def _take(
        self, values: Sequence[Any], first: Place, seen: set[str], flows: set[str]
    ) -> Generator[None, None, None]:
        ledger = self._ledger
        for at, value in enumerate(values, first.at):
            if not isinstance(value, dict):
                continue
            flow_id, instance_id = text_of(value.get("flowId")), text_of(value.get("instanceId"))
            if not ledger.is_old_news(flow_id, instance_id, text_of(value.get("triggerTime"))):
                row = row_of(InstanceRow, value)
                if row is not None:
                    seen.add(row.id)
                    flows.add(row.flow_id)
                    ledger.take(Instance.of(row), first._replace(at=at))
            yield

    async def _ask_alone(self, seen: set[str]) -> None:
        """Ask for instances under way that no search told of, a few in turn."""
        unseen = await in_turns(self._unseen(seen))
        self._waiting = deque(name for name in self._waiting if name in unseen)
        self._waiting.extend(unseen.keys() - set(self._waiting))
        asked = [self._waiting.popleft() for _ in range(min(ASKED_ALONE, len(self._waiting)))]
        await together(self._ask(unseen[name]) for name in asked)

    def _unseen(self, seen: set[str]) -> Generator[None, None, dict[str, Instance]]:
        found: dict[str, Instance] = {}
        for item in self._ledger.open_instances():
            if item.id not in seen:
                found[item.id] = item
            yield
        return found

    async def _ask(self, item: Instance) -> None:
        try:
            row = row_of(InstanceRow, await self._api.instance(item.id))
        except NotFound:
            self._ledger.forget(item)
        except (*DECLINED, BadAnswer, ServerFailed):
            # One instance that can't be read is no reason to tell nothing of the others.
            return
        else:
            if row is not None:
                self._ledger.take(Instance.of(row))


def _rows(values: Sequence[Any]) -> Generator[None, None, list[InstanceRow]]:
    found: list[InstanceRow] = []
    for value in values:
        row = row_of(InstanceRow, value)
        if row is not None:
            found.append(row)
        yield
    return found


async def together(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of some calls at once. All are waited for, also when one fails: none may go on unseen."""
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    found: list[T] = []
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        found.append(outcome)
    return found
