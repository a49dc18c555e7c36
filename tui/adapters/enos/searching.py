"""Finding out which instances there are: three searches, for each takes one sort of them."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

from tui.adapters.enos.codes import DECLINED
from tui.adapters.enos.instances import Instance, Place
from tui.adapters.enos.signing import now_ms
from tui.adapters.enos.wire import InstanceRow, row_of, text_of
from tui.core.errors import BadAnswer, NotFound, ServerFailed
from tui.transport.paging import Page, pages
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Generator, Iterable, Sequence

    from tui.adapters.enos.api import EnosApi
    from tui.adapters.enos.instances import InstanceLedger
    from tui.core.clock import Clock

KINDS = (0, 1, 2)
"""How instances are scheduled: by hand, periodically, for once. Each search takes one of them."""

PAGE = 200
"""Instances that are asked for at once; the largest size that the service takes is not documented."""

WHOLE_EVERY_S = 300.0
"""Seconds between two searches through the whole window; in between only what is new is searched for."""

OVERLAP_S = 900.0
"""Seconds that a search goes back behind the one before: instances may be told late, and clocks differ."""

AHEAD_S = 60.0
"""Seconds that the server's clock may be ahead. Instances that are made before their time come later."""

ASKED_ALONE = 20
"""Instances under way that a search did not tell of, and that are asked for one by one in a sweep."""

T = TypeVar("T")


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
        self._whole_s: float | None = None
        self._last_ms = 0
        self._searches = 0
        self._waiting: deque[str] = deque()

    async def update(self) -> set[str]:
        """Search once.

        Returns:
            The flows that instances were told of.

        Raises:
            SystemUnavailable: One of the searches failed; what the others told stays.
        """
        started_s, to_ms = self._clock.monotonic(), now_ms(self._clock)
        is_whole = self._whole_s is None or started_s - self._whole_s >= WHOLE_EVERY_S
        from_ms = to_ms - int(self._window_s * 1000)
        if not is_whole:
            from_ms = max(from_ms, self._last_ms - int(OVERLAP_S * 1000))
        self._searches += 1
        seen: set[str] = set()
        flows: set[str] = set()
        until_ms = to_ms + int(AHEAD_S * 1000)
        # One alone first: when the credentials are wrong by now, it is enough that one request tells so.
        first, *others = KINDS
        await self._search(first, from_ms, until_ms, seen, flows)
        await together(self._search(kind, from_ms, until_ms, seen, flows) for kind in others)
        await self._ask_alone(seen)
        self._last_ms = to_ms
        if is_whole:
            self._whole_s = started_s
        return flows

    async def of_flow(
        self, flow_id: str, name: str, *, from_ms: int, most: int, most_pages: int
    ) -> list[list[InstanceRow]]:
        """The newest instances of one flow, newest first, in a list for each kind.

        The search finds names alike, too, which are left out.
        """
        until_ms = now_ms(self._clock) + int(AHEAD_S * 1000)

        async def search(kind: int) -> list[InstanceRow]:
            found: list[InstanceRow] = []
            count = 0
            async for page in self._pages(kind, from_ms, until_ms, expression=name):
                rows = await in_turns(_rows(page))
                found += [row for row in rows if row.flow_id == flow_id]
                count += 1
                if len(found) >= most or count >= most_pages:
                    break
            return found

        return await together(search(kind) for kind in KINDS)

    async def _search(self, kind: int, from_ms: int, to_ms: int, seen: set[str], flows: set[str]) -> None:
        before = 0
        async for page in self._pages(kind, from_ms, to_ms):
            await in_turns(self._take(page, Place(self._searches, kind, before), seen, flows))
            before += len(page)
            await asyncio.sleep(0)

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

    def _pages(
        self, kind: int, from_ms: int, to_ms: int, expression: str = ""
    ) -> AsyncIterator[Sequence[Any]]:
        told: set[str] = set()

        async def fetch(number: int) -> Page[Any, int]:
            rows, count = await self._api.search(
                kind, from_ms, to_ms, page=number, size=PAGE, expression=expression
            )
            before = len(told)
            told.update(text_of(row.get("instanceId")) for row in rows if isinstance(row, dict))
            if len(told) == before:
                # Some services answer with the last page once more when they are asked for the one behind it.
                return Page((), None)
            # `count` is the size of the page or of everything, so it may only say that there is more: where
            # the service gives out less at once than it is asked for, a short page is not the last one.
            is_last = len(rows) < PAGE and len(told) >= count
            return Page(rows, None if is_last else number + 1)

        return pages(fetch, 1)

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
