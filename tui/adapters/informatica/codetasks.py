"""Code tasks: nothing lists them or their jobs, so only what nightdeck started is known."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tui.adapters.informatica.api import nothing_sent, whole
from tui.adapters.informatica.assets import Asset, code_task
from tui.adapters.informatica.endpoints import CODE_STATUS, START_CODE, Base, Endpoint
from tui.adapters.informatica.runs import Absence, SeenRun, Standing, standing_of
from tui.adapters.informatica.started import StartedRun
from tui.adapters.informatica.states import Source, hint_of, native_state
from tui.adapters.informatica.times import Span, span_utc
from tui.adapters.informatica.together import together
from tui.adapters.informatica.wire import CodeRow, CodeStarted
from tui.core.errors import ActionRefused, Forbidden, NotFound
from tui.core.models import Accepted
from tui.core.state import State
from tui.transport.origins import segment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tui.adapters.informatica.api import InformaticaApi
    from tui.adapters.informatica.settings import InformaticaSettings
    from tui.adapters.informatica.started import StartedRuns
    from tui.core.clock import Clock

MOST_ASKED = 20
"""Jobs that are asked for in a sweep, those that were started last."""

GAP = timedelta(minutes=10)
"""So long a job that we started may be unknown to Informatica; after that it counts as lost."""

WATCHED = timedelta(minutes=2)
"""A job that ended within so long after it was last looked at has ended now, as far as anybody can tell."""

NO_CANCEL_PATH = (
    "the vendor's pages tell no address that cancels it: set `code_task_cancel_path` if you know it"
)
"""Why a code task can't be stopped."""

_KEPT = (
    *("status", "executionState", "startTime", "updateTime", "endTime", "assetName", "codeTaskName"),
    *("errorMessage", "firstErrorMessage", "startedBy"),
)
"""What is kept of an answer over restarts: other fields may hold addresses that let anybody in."""

_SLASHES = re.compile(r"(?<!:)/{2,}")


class CodeRuns:
    """Asks for the jobs that we started, and starts and cancels them.

    Args:
        api: Asks Informatica.
        settings: Which code tasks are watched.
        started: Remembers the jobs: without their ids nobody finds them.
        clock: Tells when a job was started.
    """

    def __init__(
        self, api: InformaticaApi, settings: InformaticaSettings, started: StartedRuns, clock: Clock
    ) -> None:
        self._api = api
        self._cancel_call = settings.cancel_call
        self._started = started
        self._clock = clock
        self._task_ids = settings.code_task_ids
        self._assets: dict[str, Asset] = {}
        self._standings: dict[str, Standing] = {}
        self._looked_at: dict[str, datetime] = {}
        for task_id in self._task_ids:
            asset = code_task(task_id, "")
            self._assets[asset.id] = asset

    @property
    def assets(self) -> Sequence[Asset]:
        """The code tasks that are watched."""
        return tuple(self._assets.values())

    def find_asset(self, job_id: str) -> Asset | None:
        """One code task."""
        return self._assets.get(job_id)

    async def sweep(self) -> None:
        """See how the jobs stand that have not ended."""
        await together(*(self._follow(run) for _, run in self._open_runs()[:MOST_ASKED]))
        for job_id in self._assets:
            self._settle(job_id)
        await self._started.save()

    def standing(self, asset: Asset) -> Standing:
        """How a code task stands, as far as nightdeck ran it."""
        return self._standings.get(asset.id, _NEVER)

    def absence(self) -> Absence:
        """What it means that no run of a code task is known."""
        return Absence(substate="nightdeck started none")

    async def runs(self, asset: Asset, limit: int) -> Sequence[SeenRun]:
        """The newest jobs that we started, newest first."""
        open_runs = [run for each, run in self._open_runs() if each.id == asset.id]
        await together(*(self._follow(run) for run in open_runs[:MOST_ASKED]))
        self._settle(asset.id)
        await self._started.save()
        return [seen_run(run) for run in reversed(self._started.of(asset.id))][:limit]

    async def find(self, asset: Asset, job: str) -> SeenRun:
        """One job as it stands now. Raises NotFound for one that we did not start."""
        known = self._known(asset, job)
        run = seen_run(known)
        if not run.state.is_final and not known.is_lost:
            await self._follow(known)
            self._settle(asset.id)
            await self._started.save()
        return seen_run(known)

    async def raw(self, asset: Asset, job: str) -> dict[str, Any]:
        """A job as Informatica sends it. Raises NotFound."""
        return await self._status(self._known(asset, job).id)

    async def start(self, asset: Asset, params: Mapping[str, str]) -> Accepted:
        """Start a job, once, and remember its id at once."""
        if params:
            raise ActionRefused("a code task takes no parameters", hint="start it without any")
        value, answer = await self._api.change("POST", START_CODE, json=start_body(asset))
        told = CodeStarted.model_validate(whole(value, answer))
        if not told.job_id:
            answer.reject("names no job", hint="look at the Monitor of Informatica")
        run = StartedRun(id=told.job_id, asked_at=self._clock.now(), begun=told.begun)
        await self._started.start(asset.id, run)
        self._settle(asset.id)
        return Accepted(told.job_id, told.summary or told.instance or "started")

    async def stop(self, asset: Asset, job: str) -> Accepted:
        """Cancel a job, once, by the configured address: none is documented."""
        if self._cancel_call is None:
            raise ActionRefused(f"a code task can't be stopped: {NO_CANCEL_PATH}")
        current = self.standing(asset).current
        with nothing_sent():
            run = await self.find(asset, job or (current.id if current is not None else ""))
        if run.state.is_final:
            raise ActionRefused(f"job {run.id} has ended already: {run.state}", hint="refresh the job")
        path = self._cancel_call.path.format(job_id=segment(run.id))
        said = await self._api.ask_for(self._cancel_call.method, Endpoint(Base.POD, path))
        return Accepted(run.id, said or "asked to cancel")

    async def rerun(self, asset: Asset, job: str, *, is_failed_only: bool) -> Accepted:
        """Start the code task once more."""
        if is_failed_only:
            raise ActionRefused(
                "Informatica can't repeat only what failed in a code task", hint="run it whole"
            )
        self._known(asset, job)
        return await self.start(asset, {})

    async def log_endpoint(self, asset: Asset, job: str) -> Endpoint | None:
        """Where the session log of a job is; None when it isn't told. Raises NotFound."""
        url = CodeRow.model_validate(await self.raw(asset, job)).log_url
        return Endpoint(Base.POD, _SLASHES.sub("/", url).lstrip("/")) if url else None

    async def _follow(self, run: StartedRun) -> None:
        try:
            told = await self._status(run.id)
        except (NotFound, Forbidden):
            run.is_lost = self._clock.now() - run.asked_at > GAP
            if run.is_lost:
                self._started.note_change()
            return
        kept = {name: told[name] for name in _KEPT if told.get(name) not in (None, "")}
        if kept != run.told:
            run.told = kept
            run.name = CodeRow.model_validate(kept).name or run.name
            self._started.note_change()
        self._note_end(run)

    def _note_end(self, run: StartedRun) -> None:
        """Remember when a job was seen to end, if somebody has looked at it shortly before."""
        now = self._clock.now()
        if not seen_run(run).state.is_final:
            self._looked_at[run.id] = now
            return
        looked_at = self._looked_at.pop(run.id, run.asked_at)
        if run.over_at is None and now - looked_at <= WATCHED:
            run.over_at = now
            self._started.note_change()

    async def _status(self, job: str) -> dict[str, Any]:
        value = await self._api.value(CODE_STATUS.of(run=job))
        if not isinstance(value, dict) or not CodeRow.model_validate(value).status:
            raise NotFound(f"Informatica knows no job {job}", hint="it may have been deleted")
        return value

    def _open_runs(self) -> list[tuple[Asset, StartedRun]]:
        found = [
            (asset, run)
            for asset in self._assets.values()
            for run in self._started.of(asset.id)
            if not run.is_lost and not seen_run(run).state.is_final
        ]
        return sorted(found, key=lambda item: item[1].asked_at, reverse=True)

    def _known(self, asset: Asset, job: str) -> StartedRun:
        known = self._started.find(asset.id, job)
        if known is None:
            raise NotFound(
                f"nightdeck started no job {job} of {asset.name}",
                hint="other jobs of code tasks can't be found",
            )
        return known

    def _settle(self, job_id: str) -> None:
        runs = self._started.of(job_id)
        standing = standing_of(seen_run(run) for run in reversed(runs))
        if standing != self._standings.get(job_id):
            self._standings[job_id] = standing
        name = next((run.name for run in reversed(runs) if run.name), "")
        asset = self._assets[job_id]
        if name and name != asset.name:
            self._assets[job_id] = replace(asset, name=name)


_NEVER = Standing()


def start_body(asset: Asset) -> dict[str, Any]:
    """What starts a code task: its id, which the vendor's sample writes as a number."""
    task_id = asset.call_name
    return {"codeTaskId": int(task_id) if task_id.isascii() and task_id.isdigit() else task_id}


def seen_run(run: StartedRun) -> SeenRun:
    """The run that we know of a job."""
    if not run.told:
        state = State.UNKNOWN if run.is_lost else State.QUEUED
        substate = "unknown to Informatica" if run.is_lost else "accepted"
        return SeenRun(run.id, state, substate, asked_at=run.asked_at)
    row = CodeRow.model_validate(run.told)
    native = native_state(Source.CODE, row.status)
    if run.is_lost and not native.state.is_final:
        return SeenRun(run.id, State.UNKNOWN, "unknown to Informatica", row.status, asked_at=run.asked_at)
    return SeenRun(
        run.id,
        native.state,
        hint_of(row.error) or native.substate,
        word=row.status,
        span=_span(run, row, is_over=native.state.is_final),
        asked_at=run.asked_at,
        message=row.error,
        started_by=row.started_by,
    )


def _span(run: StartedRun, row: CodeRow, *, is_over: bool) -> Span:
    """When a job began and ended: as its status tells, else as its start told and as its end was seen."""
    span = span_utc(row.start or run.begun, row.end)
    if not is_over or span.ended_at is not None or run.over_at is None:
        return span
    return Span(span.started_at, max(run.over_at, span.started_at or run.over_at))
