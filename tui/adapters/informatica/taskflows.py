"""Taskflows: how they stand, their runs, and what can be done to them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tui.adapters.informatica.api import nothing_sent, whole
from tui.adapters.informatica.endpoints import FLOW_RUN, FLOW_RUNS, RESUME_FLOW, START_FLOW, TERMINATE_FLOW
from tui.adapters.informatica.flowbook import FlowBook, run_of_flow
from tui.adapters.informatica.runs import STILL_READING, Absence
from tui.adapters.informatica.started import StartedRun
from tui.adapters.informatica.times import query_time
from tui.adapters.informatica.together import together
from tui.adapters.informatica.wire import FlowRow, FlowStarted, reading
from tui.core.errors import ActionRefused, Forbidden, NotFound
from tui.core.models import Accepted
from tui.core.state import State
from tui.transport.paging import Page, pages
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tui.adapters.informatica.api import InformaticaApi
    from tui.adapters.informatica.assets import Asset
    from tui.adapters.informatica.catalog import Catalog
    from tui.adapters.informatica.runs import SeenRun, Standing
    from tui.adapters.informatica.started import StartedRuns
    from tui.core.clock import Clock

PAGE_ROWS = 50
"""The most that the engine sends at once."""

MOST_PAGES = 40
"""Pages of one span of time: a day with more than two thousand runs is cut."""

DAY = timedelta(days=1)
"""What the first sweep looks at; on busy days each later one looks back by so much more."""

OLDEST = timedelta(days=7)
"""How far back is looked in the end."""

OVERLAP = timedelta(minutes=15)
"""By how much the spans of two sweeps overlap, for clocks that differ and runs that show up late."""

MOST_ASKED = 20
"""Unfinished runs that are asked for one by one in a sweep."""


class FlowRuns:
    """Asks the engine, and starts and ends taskflows.

    Args:
        api: Asks Informatica.
        catalog: Knows which taskflow a run is of.
        started: Remembers what we started, and with which inputs.
        clock: Tells which time to ask for.
    """

    def __init__(self, api: InformaticaApi, catalog: Catalog, started: StartedRuns, clock: Clock) -> None:
        self._api = api
        self._catalog = catalog
        self._started = started
        self._clock = clock
        self._book = FlowBook()
        self._seen_at: datetime | None = None
        self._oldest: datetime | None = None
        self._followed = 0
        self.away = ""
        """Why the engine tells no runs; empty while it does."""

    async def sweep(self) -> None:
        """See how every taskflow stands: what began since the last look, and what had not ended."""
        now = self._clock.now()
        try:
            await self._read_news(now)
            await self._follow(now)
        except (Forbidden, NotFound) as error:
            # The account may see no results of taskflows; everything else works without them.
            self.away = error.message
            return
        self.away = ""

    def standing(self, asset: Asset) -> Standing:
        """How a taskflow stands."""
        return self._book.standing(asset.id)

    def absence(self) -> Absence:
        """What it means that no run of a taskflow is known."""
        if self._oldest is None:
            return Absence(State.UNKNOWN, "its runs are not told")
        is_done = self._clock.now() - self._oldest >= OLDEST
        return Absence(substate=f"no run in {OLDEST.days} d" if is_done else STILL_READING)

    async def runs(self, asset: Asset, limit: int) -> Sequence[SeenRun]:
        """The newest runs of a taskflow, newest first: of the last day, then of the days before it."""
        now = self._clock.now()
        found: dict[str, SeenRun] = {}
        for since, until in ((now - DAY, now + DAY), (now - OLDEST, now - DAY)):
            for flow, run in (await self._window(since, until))[0]:
                if flow.id == asset.id:
                    self._book.note(asset.id, run)
                    found[run.id] = run
            if len(found) >= limit:
                break
        for known in self._started.of(asset.id):
            remembered = self._book.find(asset.id, known.id)
            if remembered is not None:
                found.setdefault(remembered.id, remembered)
        newest_first = sorted(found.values(), key=lambda run: (run.moment, run.number), reverse=True)
        return newest_first[:limit]

    async def row(self, asset: Asset, run_id: str) -> FlowRow:
        """What the engine tells of a run, with its sub-tasks. Raises NotFound."""
        row = FlowRow.model_validate(await self.raw(run_id))
        flow = self._catalog.flow_of(row.asset, row.location)
        if row.run_id != run_id or (flow is not None and flow.id != asset.id):
            raise NotFound(f"{asset.name} has no run {run_id}", hint="look at the runs of the taskflow")
        self._book.note(asset.id, self._run_of(asset, row))
        return row

    async def find(self, asset: Asset, run_id: str) -> SeenRun:
        """One run as it stands now. Raises NotFound."""
        return self._run_of(asset, await self.row(asset, run_id))

    async def raw(self, run_id: str) -> dict[str, Any]:
        """A run as the engine sends it. Raises NotFound."""
        try:
            value = await self._api.value(FLOW_RUN.of(run=run_id))
        except Forbidden as error:
            # What the engine answers for an unknown id is not documented; whether the account may ask at
            # all, the list of runs tells.
            raise NotFound(error.message, hint="look at the runs of the taskflow") from None
        if isinstance(value, list):
            value = value[0] if value else None
        if not isinstance(value, dict) or not FlowRow.model_validate(value).run_id:
            raise NotFound(f"Informatica knows no run {run_id}", hint="look at the runs of the taskflow")
        return value

    async def start(self, asset: Asset, params: Mapping[str, str]) -> Accepted:
        """Start a run, once, with its inputs."""
        endpoint = START_FLOW.of(name=asset.call_name)
        try:
            value, answer = await self._api.change("POST", endpoint, json=dict(params))
        except NotFound as error:
            raise NotFound(
                f"there is no published taskflow with the API name {asset.call_name}: {error.message}",
                hint="write its API name into `taskflows`: a number may stand behind it",
            ) from None
        run_id = FlowStarted.model_validate(whole(value, answer)).run_id
        now = self._clock.now()
        if run_id:
            self._book.note_start(asset.id, run_id, now)
            await self._started.start(asset.id, StartedRun(id=run_id, asked_at=now, params=dict(params)))
        return Accepted(run_id, "started" if run_id else "started; Informatica names no run")

    async def stop(self, asset: Asset, run_id: str) -> Accepted:
        """Terminate a run, once; the engine knows one way alone."""
        with nothing_sent():
            run = await self.find(asset, run_id or self._newest(asset))
        if run.state.is_final:
            raise ActionRefused(f"run {run.id} has ended already: {run.state}", hint="refresh the job")
        # The only spelling of this key that is documented, with text for numbers beyond any integer.
        said = await self._api.ask_for("PUT", TERMINATE_FLOW, json={"runid": [run.id]})
        return Accepted(run.id, said or "asked to terminate")

    async def rerun(self, asset: Asset, run_id: str, *, is_failed_only: bool) -> Accepted:
        """Let a suspended run try its failed step again, or start the taskflow once more."""
        with nothing_sent():
            run = await self.find(asset, run_id)
        if is_failed_only:
            return await self._resume(asset, run)
        known = self._started.find(asset.id, run_id)
        is_known = known is not None and known.is_own
        accepted = await self.start(asset, known.params if known is not None and is_known else {})
        if is_known:
            return accepted
        return Accepted(accepted.run_id, f"started without inputs: those of run {run_id} are not known")

    async def _resume(self, asset: Asset, run: SeenRun) -> Accepted:
        if run.state is not State.PAUSED:
            raise ActionRefused(
                f"run {run.id} is {run.word or run.state}, and only a suspended run can be resumed",
                hint="run the taskflow once more from its beginning",
            )
        await self._api.ask_for("PUT", RESUME_FLOW.of(run=run.id))
        await self._started.resume(asset.id, run.id, self._clock.now())
        return Accepted(run.id, "the failed step is tried again")

    async def _read_news(self, now: datetime) -> None:
        since = self._seen_at - OVERLAP if self._seen_at is not None else now - DAY
        count = await self._read(since, now + DAY)
        self._seen_at = now
        if self._oldest is None:
            self._oldest = since
            if count < PAGE_ROWS:
                # A quiet organisation: all the days before fit into a few pages.
                await self._read_older(now - OLDEST)
        elif self._oldest > now - OLDEST:
            await self._read_older(self._oldest - DAY)

    async def _read_older(self, since: datetime) -> None:
        await self._read(since, self._oldest or since)
        self._oldest = since

    async def _read(self, since: datetime, until: datetime) -> int:
        """Take over the runs that began in a span of time; how many rows came."""
        runs, count = await self._window(since, until)
        for flow, run in runs:
            self._book.note(flow.id, run)
        return count

    async def _follow(self, now: datetime) -> None:
        """Ask for the runs that began before the span of this sweep and had not ended."""
        since = now - OVERLAP
        asked = [
            (flow_id, run)
            for flow_id, run in self._book.unfinished
            if not run.word or run.span.started_at is None or run.span.started_at < since
        ]
        asked.sort(key=lambda item: item[1].moment, reverse=True)
        # In turns: runs that wait for somebody may wait for weeks, and there may be many of them.
        first = self._followed % len(asked) if asked else 0
        picked = [*asked[first:], *asked[:first]][:MOST_ASKED]
        self._followed = first + len(picked)
        await together(*(self._follow_one(flow_id, run, now) for flow_id, run in picked))

    async def _follow_one(self, flow_id: str, run: SeenRun, now: datetime) -> None:
        try:
            row = FlowRow.model_validate(await self.raw(run.id))
        except NotFound:
            self._book.note_unknown(flow_id, run, now)
            return
        self._book.note(flow_id, run_of_flow(row, self._started.find(flow_id, run.id)))

    async def _window(self, since: datetime, until: datetime) -> tuple[list[tuple[Asset, SeenRun]], int]:
        """The runs that began in a span of time, each with its taskflow, and how many rows came for them.

        Nothing tells their order.
        """

        async def fetch(offset: int) -> Page[Any, int]:
            params = {"startTime": query_time(since), "endTime": query_time(until)}
            values = await self._api.rows(
                FLOW_RUNS, params={**params, "rowLimit": PAGE_ROWS, "offset": offset}
            )
            end = offset + len(values)
            return Page(values, end if len(values) >= PAGE_ROWS and end < MOST_PAGES * PAGE_ROWS else None)

        found: list[tuple[Asset, SeenRun]] = []
        count = 0
        async for page in pages(fetch, 0):
            count += len(page)
            for row in await in_turns(reading(FlowRow, page)):
                flow = self._catalog.flow_of(row.asset, row.location) if row.run_id else None
                if flow is not None:
                    found.append((flow, self._run_of(flow, row)))
        return found, count

    def _run_of(self, asset: Asset, row: FlowRow) -> SeenRun:
        return run_of_flow(row, self._started.find(asset.id, row.run_id))

    def _newest(self, asset: Asset) -> str:
        current = self._book.standing(asset.id).current
        if current is None:
            raise ActionRefused("no run of the taskflow is known", hint="refresh the job")
        return current.id
