"""Keeping up with the runs of all DAGs in a handful of requests a sweep.

Each sweep reads all runs that go on, then those that ended since the last sweep. What had ended before the
first sweep is read a few pages far; DAGs whose last run is older are looked up together, many at a time.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tui.adapters.airflow.ledger import DagRun, RunLedger
from tui.adapters.airflow.states import ACTIVE_WORDS, FINAL_WORDS
from tui.adapters.airflow.wire import RunRow, iso, reading
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from tui.adapters.airflow.api import AirflowApi
    from tui.adapters.airflow.catalog import DagCatalog

MOST_ACTIVE_PAGES = 8
"""Pages of runs that go on in one sweep, those that run before those that wait: four thousand runs."""

FIRST_PAGES = 4
"""Pages of runs that have ended, at the first look; the other DAGs are looked up by their ids."""

MOST_NEWS_PAGES = 10
"""Pages of runs that ended since the last sweep. If there are more, the look counts as the first one."""

MARGIN = timedelta(seconds=120)
"""So far before the last end that is known each sweep looks back: an end is written before it can be seen."""

LOOKED_UP_AT_ONCE = 200
"""DAGs whose last runs are looked for in one request."""

MOST_LOOKUPS = 40
"""Such requests in one sweep; the rest waits for the next one."""

MOST_NAMED = 500
"""DAGs that are named in a request where only some are watched; with more everybody's runs are read."""

_BY_END = "-end_date"
_RUNNING_FIRST = "-state"


class RunWatch:
    """Keeps the ledger up to date.

    Args:
        api: Asks Airflow.
        catalog: Knows the DAGs.
        ledger: What is known.
        is_narrowed: Whether only some DAGs are watched.
    """

    def __init__(self, api: AirflowApi, catalog: DagCatalog, ledger: RunLedger, *, is_narrowed: bool) -> None:
        self._api = api
        self._catalog = catalog
        self._ledger = ledger
        self._is_narrowed = is_narrowed
        self._since: datetime | None = None
        self._witness: DagRun | None = None
        self._looked: set[str] = set()
        self._is_first = True
        self._lock = asyncio.Lock()

    def is_known(self, dag_id: str) -> bool:
        """Whether a DAG without a run in the ledger has none."""
        return dag_id in self._looked

    async def update(self) -> None:
        """Look what has happened. Raises SystemUnavailable."""
        async with self._lock:
            dags = await self._catalog.current()
            narrow = {"dag_ids": sorted(dags)} if self._is_narrowed and len(dags) <= MOST_NAMED else {}
            if "dag_ids" in narrow and not dags:
                return
            active, is_whole = await self._pages(
                {**narrow, "states": list(ACTIVE_WORDS), "order_by": _RUNNING_FIRST}, MOST_ACTIVE_PAGES
            )
            finished = await self._read_finished(narrow, active)
            dags = await self._with_owners(active, finished)
            lost = self._ledger.note_active((run for run in active if run.dag_id in dags), is_whole=is_whole)
            for run in finished:
                if run.dag_id in dags:
                    self._ledger.note_finished(run)
                    self._looked.add(run.dag_id)
            self._looked &= dags.keys()
            self._looked -= lost - {run.dag_id for run in finished}
            await self._look_up([dag_id for dag_id in dags if dag_id not in self._looked])
            self._ledger.keep_only(dags.keys())

    async def _with_owners(self, active: Sequence[DagRun], finished: Sequence[DagRun]) -> Mapping[str, Any]:
        owners = {run.dag_id for run in (*active, *finished)}
        if self._is_first:
            # Runs of DAGs that are gone or left out are no reason to read the list twice.
            self._catalog.leave_out(owners)
            self._is_first = False
        return await self._catalog.with_owners_of(owners)

    async def _read_finished(self, narrow: Mapping[str, Any], active: Sequence[DagRun]) -> list[DagRun]:
        """The runs that ended since the last sweep, or as many as are read at the first look."""
        body = {**narrow, "states": list(FINAL_WORDS), "order_by": _BY_END}
        if self._since is not None:
            since = {"end_date_gte": iso(self._since - MARGIN)}
            runs, is_whole = await self._pages({**body, **since}, MOST_NEWS_PAGES)
            if is_whole and self._is_same_system((*runs, *active)):
                self._note_newest(runs)
                return runs
            # It is another Airflow now, or it forgot runs, or too much has happened.
            self._ledger.clear()
            self._looked.clear()
            self._since = self._witness = None
        runs, is_whole = await self._pages(body, FIRST_PAGES)
        self._note_newest(runs)
        if is_whole:
            self._looked |= (await self._catalog.current()).keys()
        return runs

    def _is_same_system(self, runs: Iterable[DagRun]) -> bool:
        """Whether the last run that was known is still there, over or, when somebody cleared it, going on."""
        witness = self._witness
        return witness is None or any((run.dag_id, run.id) == (witness.dag_id, witness.id) for run in runs)

    def _note_newest(self, runs: Sequence[DagRun]) -> None:
        self._witness = None
        for run in runs:
            if run.ended_at is not None and (self._since is None or run.ended_at >= self._since):
                self._since, self._witness = run.ended_at, run

    async def _look_up(self, dag_ids: Sequence[str]) -> None:
        """Find the last runs of DAGs of which none was told yet, as far as one sweep goes."""
        left = MOST_LOOKUPS
        for start in range(0, len(dag_ids), LOOKED_UP_AT_ONCE):
            sought = list(dag_ids[start : start + LOOKED_UP_AT_ONCE])
            while sought and left > 0:
                left -= 1
                body = {"dag_ids": sought, "states": list(FINAL_WORDS), "order_by": _BY_END}
                told = await self._api.find_runs(body)
                runs = [DagRun.of(row) for row in await in_turns(reading(RunRow, told.rows))]
                found = {run.dag_id for run in runs}
                for run in runs:
                    self._ledger.note_finished(run)
                is_all = not found & set(sought) or not told.has_more(len(told.rows))
                self._looked |= set(sought) if is_all else found
                sought = [] if is_all else [dag_id for dag_id in sought if dag_id not in found]
            if left <= 0:
                return

    async def _pages(self, body: Mapping[str, Any], most: int) -> tuple[list[DagRun], bool]:
        """The runs of some pages without those that came twice, and whether these are all."""
        found: dict[tuple[str, str], DagRun] = {}
        offset = 0
        for _ in range(most):
            told = await self._api.find_runs(body, offset)
            for row in await in_turns(reading(RunRow, told.rows)):
                found[row.dag_id, row.dag_run_id] = DagRun.of(row)
            offset += len(told.rows)
            if not told.has_more(offset):
                return list(found.values()), True
        return list(found.values()), False
