"""The DAGs that are watched, read less often than their runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from tui.adapters.airflow.wire import DagRow, reading, row_of
from tui.core.errors import NotFound
from tui.transport.limits import MAX_RECORDS
from tui.transport.paging import Page, pages
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Mapping
    from datetime import datetime

    from tui.adapters.airflow.api import AirflowApi
    from tui.adapters.airflow.settings import AirflowSettings
    from tui.core.clock import Clock

KEPT_PER_PAGE_S = 6.0
"""Seconds for which the list is kept, for each page of it: a hundred DAGs are read in nearly every sweep,
five thousand every five minutes. DAGs are made by people, and seldom."""

MANUAL = "manual"
"""The type of a run that somebody asked for."""


@dataclass(frozen=True, slots=True)
class Dag:
    """One DAG as the list tells of it."""

    id: str
    """Its id."""
    name: str
    """The name that people see."""
    folder: str = ""
    """The folder of its file below the DAGs' own."""
    tags: tuple[str, ...] = ()
    """Its tags."""
    is_paused: bool = False
    """Whether it starts no runs."""
    next_run_at: datetime | None = None
    """When its schedule is due."""
    is_broken: bool = False
    """Whether its file can't be imported any more."""
    takes_triggers: bool = True
    """Whether somebody may ask for a run."""


class DagCatalog:
    """Knows the DAGs.

    Args:
        api: Asks Airflow.
        settings: Which DAGs to watch.
        clock: Tells how old the list is.
    """

    def __init__(self, api: AirflowApi, settings: AirflowSettings, clock: Clock) -> None:
        self._api = api
        self._settings = settings
        self._clock = clock
        self._dags: dict[str, Dag] = {}
        self._foreign: set[str] = set()
        self._due: set[str] = set()
        self._read_at: float | None = None
        self._pages = 1
        self._reading = asyncio.Lock()

    async def current(self) -> Mapping[str, Dag]:
        """The DAGs by id, read again when what is known is too old. Raises SystemUnavailable."""
        async with self._reading:
            if self._is_old():
                await self._read()
            else:
                for dag_id in sorted(self._due):
                    await self._read_one(dag_id)
            return self._dags

    async def with_owners_of(self, dag_ids: Collection[str]) -> Mapping[str, Dag]:
        """The DAGs by id, read again when there are runs of one that is not known, not even as left out."""
        strange = set(dag_ids) - self._dags.keys() - self._foreign
        if strange:
            async with self._reading:
                if self._read_at != self._clock.monotonic():
                    await self._read()
                if len(self._foreign) > MAX_RECORDS:
                    self._foreign.clear()
                self._foreign |= strange - self._dags.keys()
        return self._dags

    def get(self, dag_id: str) -> Dag | None:
        """One DAG, as far as it is known."""
        return self._dags.get(dag_id)

    def leave_out(self, dag_ids: Collection[str]) -> None:
        """Take note that runs of these DAGs say nothing new."""
        self._foreign |= set(dag_ids) - self._dags.keys()

    def doubt(self) -> None:
        """Have the list read again."""
        self._read_at = None

    def mark_due(self, dag_id: str) -> None:
        """Have one DAG read again, because it may have been changed."""
        self._due.add(dag_id)

    def note(self, value: Mapping[str, Any]) -> None:
        """Take over what was told of one DAG after it was changed."""
        row = row_of(DagRow, value)
        if row is not None and row.dag_id in self._dags:
            self._dags = {**self._dags, row.dag_id: _dag_of(row)}
            self._due.discard(row.dag_id)

    def _is_old(self) -> bool:
        kept_s = KEPT_PER_PAGE_S * self._pages
        return self._read_at is None or self._clock.monotonic() - self._read_at >= kept_s

    async def _read(self) -> None:
        began_at, due = self._clock.monotonic(), set(self._due)
        found: dict[str, Dag] = {}
        count = 0

        async def fetch(offset: int) -> Page[Any, int]:
            told = await self._api.dags(offset, search=self._settings.search_word)
            end = offset + len(told.rows)
            return Page(told.rows, end if told.has_more(end) else None)

        async for rows in pages(fetch, 0):
            count += 1
            await in_turns(self._take(await in_turns(reading(DagRow, rows)), found))
        self._dags, self._pages, self._read_at = found, max(1, count), began_at
        self._due -= due

    def _take(self, rows: list[DagRow], found: dict[str, Dag]) -> Generator[None, None, None]:
        for row in rows:
            dag = _dag_of(row)
            if not row.is_stale and self._settings.is_watched(dag.id, dag.name):
                found[dag.id] = dag
            yield

    async def _read_one(self, dag_id: str) -> None:
        try:
            row = row_of(DagRow, await self._api.dag(dag_id))
        except NotFound:
            self._read_at = None
        else:
            known = self._dags.get(dag_id)
            if row is not None and known is not None:
                # What is told of one DAG alone may lack what the list has.
                dag = _dag_of(row)
                self._dags = {**self._dags, dag_id: replace(dag, tags=dag.tags or known.tags)}
        self._due.discard(dag_id)


def _dag_of(row: DagRow) -> Dag:
    folder = str(PurePosixPath(row.relative_fileloc).parent) if row.relative_fileloc else ""
    types = row.allowed_run_types
    return Dag(
        id=row.dag_id,
        name=row.dag_display_name or row.dag_id,
        folder="" if folder == "." else folder,
        tags=row.tags,
        is_paused=row.is_paused,
        next_run_at=row.next_dagrun_run_after,
        is_broken=row.has_import_errors,
        takes_triggers=types is None or MANUAL in types,
    )
