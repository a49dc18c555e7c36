"""The books of all ETLs, each fetched when it is first needed and kept when there is news in it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.adapters.bmc.book import Book, from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tui.core.adapter import Memory

SERVICES_KEY = "services"
"""Under which the service ETLs are kept: the list doesn't tell them from others, and asking takes time."""


@dataclass(slots=True)
class Account:
    """One ETL's book in use."""

    book: Book
    """The book."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while the ETL is asked about, or an older answer could come after a newer one."""


class Ledger:
    """Keeps one book for each ETL, under a key of its own: there may be 10,000 of them."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._accounts: dict[str, Account] = {}
        self._services: dict[str, str] = {}

    @property
    def services(self) -> Mapping[str, str]:
        """The last known status of each service ETL by its id."""
        return self._services

    async def load(self) -> None:
        """Fetch which ETLs are services."""
        kept = await self._memory.load(SERVICES_KEY)
        if isinstance(kept, dict):
            self._services = {str(etl_id): word for etl_id, word in kept.items() if isinstance(word, str)}

    async def account(self, etl_id: str) -> Account:
        """The book of an ETL."""
        if etl_id not in self._accounts:
            book = from_json(await self._memory.load(_key(etl_id)))
            # Meanwhile somebody else may have fetched it.
            self._accounts.setdefault(etl_id, Account(book))
        return self._accounts[etl_id]

    def known(self, etl_id: str) -> Account | None:
        """The book of an ETL, if it was fetched already."""
        return self._accounts.get(etl_id)

    async def save(self, etl_id: str) -> None:
        """Keep the book of an ETL for later sessions."""
        await self._memory.save(_key(etl_id), to_json(self._accounts[etl_id].book))

    async def note_service(self, etl_id: str, word: str) -> None:
        """Remember whether an ETL is a service.

        Args:
            etl_id: The ETL.
            word: Its status if it is a service, else empty.
        """
        if self._services.get(etl_id, "") == word:
            return
        if word:
            self._services[etl_id] = word
        else:
            del self._services[etl_id]
        await self._memory.save(SERVICES_KEY, dict(self._services))

    def forget_others(self, etl_ids: Collection[str]) -> None:
        """Put away the books of ETLs that there are no more."""
        for etl_id in [etl_id for etl_id in self._accounts if etl_id not in etl_ids]:
            del self._accounts[etl_id]


def _key(etl_id: str) -> str:
    return f"etl {etl_id}"
