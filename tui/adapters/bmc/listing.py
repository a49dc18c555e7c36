"""The ETLs that there are. The list tells nothing of their states, so it is kept for a while."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tui.adapters.bmc.wire import rows_of
from tui.core.errors import NotFound
from tui.transport.turns import slices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from tui.adapters.bmc.api import BmcApi
    from tui.adapters.bmc.settings import BmcSettings
    from tui.adapters.bmc.wire import EtlRow
    from tui.core.clock import Clock

KEPT_S = 60.0
"""Seconds for which the list is kept: sweeps come much oftener, and calls are better spent on states."""

PORTION = 250
"""ETLs between two turns of the event loop, about 2 ms of work."""

_USUAL_CONFIGURATION = "Default"


@dataclass(frozen=True, slots=True)
class Etl:
    """One ETL as the list tells of it."""

    id: str
    """Its `etl_id`."""
    name: str
    """Its name."""
    tags: tuple[str, ...] = ()
    """Names of its active run configurations, where they tell anything."""


class Listing:
    """Reads the list, and remembers it."""

    def __init__(self, api: BmcApi, settings: BmcSettings, clock: Clock) -> None:
        self._api = api
        self._settings = settings
        self._clock = clock
        self._lock = asyncio.Lock()
        self._reads = 0
        self._read_at: float | None = None
        self.etls: Mapping[str, Etl] = {}
        """Every ETL that is watched, by id, as it was last read."""
        self.told_at: datetime | None = None
        """When that was."""

    async def refresh(self) -> None:
        """Read the list again, unless that was done a short while ago."""
        age_s = self._clock.monotonic() - self._read_at if self._read_at is not None else KEPT_S
        if age_s >= KEPT_S:
            await self.read()

    async def read(self) -> None:
        """Read the list, or join somebody who is about to."""
        reads = self._reads
        async with self._lock:
            if self._reads == reads:
                await self._read()

    async def find(self, etl_id: str) -> Etl:
        """An ETL by its id; the list is read again when it isn't known. Raises NotFound."""
        if etl_id not in self.etls:
            await self.read()
        found = self.etls.get(etl_id)
        if found is None:
            raise NotFound(
                f"{self._api.host} lists no ETL {etl_id}",
                hint="it may have been deleted, or `jobs` or `exclude` leave it out",
            )
        return found

    def expire(self) -> None:
        """Have the list read again soon: it told of an ETL that there is not, or the server was away."""
        self._read_at = None

    async def raw(self, etl_id: str) -> dict[str, Any]:
        """The row of an ETL as the server sends it now. Raises NotFound."""
        await self.find(etl_id)
        for row in await self._api.etls():
            if isinstance(row, dict) and str(row.get("etl_id")).strip() == etl_id:
                return row
        raise NotFound(f"{self._api.host} lists no ETL {etl_id}", hint="it may have been deleted")

    async def _read(self) -> None:
        known, found = self.etls, dict[str, Etl]()
        async for part in slices(await self._api.etls(), PORTION):
            for etl in self._etls_in(part):
                # The same object while nothing changes: what was made of it need not be made again.
                old = known.get(etl.id)
                found.setdefault(etl.id, old if old == etl else etl)
        self.etls = found
        self.told_at = self._clock.now()
        self._read_at = self._clock.monotonic()
        self._reads += 1

    def _etls_in(self, values: Sequence[object]) -> list[Etl]:
        return [etl for row in rows_of(values) if self._is_watched(etl := _etl(row))]

    def _is_watched(self, etl: Etl) -> bool:
        settings = self._settings

        def fits(patterns: Iterable[str]) -> bool:
            return any(fnmatchcase(text, pattern) for pattern in patterns for text in (etl.id, etl.name))

        return (not settings.jobs or fits(settings.jobs)) and not fits(settings.exclude)


def _etl(row: EtlRow) -> Etl:
    active = {each.name for each in row.run_configurations if each.active is True and each.name}
    tags = tuple(sorted(active - {_USUAL_CONFIGURATION}))
    return Etl(row.etl_id, row.name or f"ETL {row.etl_id}", tags)
