"""The runs of a job: a history that tells little, and one call for the times and counts of each run."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from typing import TYPE_CHECKING

from tui.adapters.datameer.identity import ExecutionId
from tui.adapters.datameer.states import native_state
from tui.adapters.datameer.times import parse_end, parse_time
from tui.adapters.datameer.wire import Details, RunRow, rows_of
from tui.core.errors import BadAnswer, Forbidden, NotFound, ServerFailed
from tui.core.keys import RunKey
from tui.core.models import Run
from tui.core.state import State
from tui.transport.paging import Page, next_offset, pages

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from tui.adapters.datameer.api import DatameerApi
    from tui.adapters.datameer.identity import ConfigurationId
    from tui.core.keys import JobKey

PAGE = 50
"""Runs that are asked for at once."""
DETAILED = 10
"""Runs of one history whose details are fetched: each costs a call."""
_KEPT = 5000
"""Details of ended runs that are kept, for they change no more."""

_COUNTER = re.compile(r"(?:IMPORT|EXPORT)_([A-Z_]+)", re.ASCII)
_RECORDS = "records"
_LABELS = {"DROPPED_RECORDS": "dropped"}
_ENDS = {
    State.FAILED: "the run failed",
    State.WARNING: "the run ended with warnings",
    State.CANCELLED: "the run was cancelled",
}


class RunReader:
    """Asks about runs.

    Args:
        api: The server.
        zone: The server's zone.
    """

    def __init__(self, api: DatameerApi, zone: tzinfo) -> None:
        self._api = api
        self._zone = zone
        self._ended: OrderedDict[ExecutionId, Details] = OrderedDict()

    async def rows(self, job: ConfigurationId, limit: int) -> list[RunRow]:
        """The newest runs of a job by id and state, newest first. Raises NotFound."""
        size = max(1, min(limit, PAGE))

        async def fetch(start: int) -> Page[RunRow, int]:
            values = await self._api.history(job, start, size)
            return Page(rows_of(RunRow, values), next_offset(values, start, size))

        # A run that begins meanwhile moves the others on: one may come twice.
        found: dict[str, RunRow] = {}
        async for page in pages(fetch, 0):
            for row in page:
                found.setdefault(row.id, row)
            if len(found) >= limit:
                break
        return list(found.values())[:limit]

    async def runs(self, job: JobKey, rows: list[RunRow]) -> list[Run]:
        """The runs of a history, the newest of them with times and counts."""
        ids = [ExecutionId(row.id) for row in rows]
        wanted = [run_id for run_id in ids if run_id not in self._ended][:DETAILED]
        # Every call is waited for, also when one of them fails: none may go on unseen.
        outcomes = await asyncio.gather(*map(self._told, wanted), return_exceptions=True)
        fetched: dict[ExecutionId, Details] = {}
        troubles: list[BaseException] = []
        for run_id, outcome in zip(wanted, outcomes, strict=True):
            if isinstance(outcome, Details):
                fetched[run_id] = outcome
            elif outcome is not None:
                troubles.append(outcome)
        grave = [trouble for trouble in troubles if not isinstance(trouble, (BadAnswer, ServerFailed))]
        # One run that the server stumbles over is shown without its times; a server that stumbles over
        # each of them is in trouble.
        told = [self._ended.get(run_id) or fetched.get(run_id) for run_id in ids]
        if grave or (troubles and not any(told)):
            raise (grave or troubles)[0]
        return [self._to_run(job, row, details) for row, details in zip(rows, told, strict=True)]

    async def details(self, run_id: ExecutionId) -> Details:
        """What is told of one run; asked only once for one that has ended. Raises NotFound."""
        known = self._ended.get(run_id)
        if known is not None:
            return known
        details = Details.model_validate(await self._api.details(run_id))
        if native_state(details.word).state.is_final:
            self._ended[run_id] = details
            if len(self._ended) > _KEPT:
                self._ended.popitem(last=False)
        return details

    async def last_result(self, job: ConfigurationId) -> State | None:
        """How the newest run ended that has ended; None when the last few haven't."""
        states = (native_state(row.word).state for row in await self.rows(job, DETAILED))
        return next((state for state in states if state.is_final), None)

    def span(self, details: Details) -> tuple[datetime | None, datetime | None]:
        """Start and end of a run in UTC, where they are told."""
        started_at = parse_time(details.start, self._zone)
        return started_at, parse_end(details.stop, self._zone, started_at)

    async def _told(self, run_id: ExecutionId) -> Details | None:
        """The details of a run; None where the server doesn't tell them, for the history is worth as much."""
        try:
            return await self.details(run_id)
        except (NotFound, Forbidden):
            return None

    def _to_run(self, job: JobKey, row: RunRow, details: Details | None) -> Run:
        details = details or Details()
        # The details were asked for later.
        word = details.word or row.word
        native = native_state(word)
        started_at, ended_at = self.span(details)
        return Run(
            key=RunKey(job.connection, job.id, row.id),
            state=native.state,
            substate=native.substate,
            native_state=word,
            started_at=started_at,
            ended_at=ended_at,
            duration_s=seconds_between(started_at, ended_at),
            message=message_of(native.state, details),
        )


def message_of(state: State, details: Details) -> str:
    """One line about a run: how it ended where that is bad, and everything that it counted, zeros apart."""
    told: dict[str, int | None] = {_RECORDS: details.succeeded, "failed": details.failed}
    for name, count in details.counters.items():
        found = _COUNTER.fullmatch(name)
        if found is not None:
            label = _LABELS.get(found[1], found[1].lower().replace("_", " "))
            told[label] = count if told.get(label) is None else told[label]
    parts = [_ENDS[state]] if state in _ENDS else []
    parts += [
        f"{count:,} {label}"
        for label, count in told.items()
        if count or (label == _RECORDS and count is not None)
    ]
    return ", ".join(parts)


def seconds_between(started_at: datetime | None, ended_at: datetime | None) -> float | None:
    """Seconds that a run took, where both ends are known."""
    return (ended_at - started_at).total_seconds() if started_at and ended_at else None
