"""Between the store and history: finished runs and the table go there, trends come back."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING

from tui.engine.runs import finished_run, newest_outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from tui.core.clock import Clock
    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Job, Run
    from tui.core.state import State
    from tui.engine.history import History
    from tui.engine.store import Store, StoreChange

SAVE_S = 30.0
"""Seconds between two savings of the table."""

SWEEP_S = 5.0
"""Seconds after the start until what killed nightdecks left lying around is taken away."""

INSPECT_S = 60.0
"""Seconds after the start until the file is looked at for damage that nobody has touched yet."""

FIRST_SCREEN = 200
"""Jobs that are kept for the first paint when nobody told which ones are on screen."""

CHUNK = 500
"""Jobs or runs that are worked on at once; between two chunks others get their turn."""


class Recorder:
    """Watches the store. Each finished run is recorded once; each job gets its trend."""

    def __init__(self, store: Store, history: History, clock: Clock) -> None:
        self._store = store
        self._history = history
        self._clock = clock
        self._is_live = False
        self._known: dict[JobKey, tuple[str, State | None]] = {}
        self._runs: dict[RunKey, Run] = {}
        self._trendless: dict[JobKey, None] = {}
        self._unsaved: set[JobKey] = set()
        self._saved_revision = 0
        self._first_screen: tuple[JobKey, ...] = ()
        self._wake = asyncio.Event()
        self._leave = store.subscribe(self._note)

    def set_first_screen(self, keys: Sequence[JobKey]) -> None:
        """Tell which jobs the next start should paint at once."""
        self._first_screen = tuple(keys)

    def record(self, runs: Iterable[Run]) -> None:
        """Keep these runs if they have finished; written soon, or when the engine closes."""
        self._runs.update({run.key: run for run in runs if run.state.is_final})
        self._wake.set()

    async def load_table(self, connections: Collection[str]) -> None:
        """Put the last known table into the store; what is there already is newer and stays."""
        await self._history.take_up()
        known = self._store.jobs
        cached = [
            job
            for job in await self._history.load_table()
            if job.connection in connections and job.key not in known
        ]
        for start in range(0, len(cached), CHUNK):
            self._store.upsert(cached[start : start + CHUNK])
            await asyncio.sleep(0)
        self._unsaved.clear()
        self._saved_revision = self._store.revision
        self._is_live = True

    async def run(self) -> None:
        """Record and save until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_recording())
            group.create_task(self._keep_saving())
            group.create_task(self._inspect())

    async def load_trends(self) -> None:
        """Fetch the trends of all jobs that have none yet."""
        while self._trendless:
            await self._fetch_trends(_take(self._trendless, CHUNK))

    async def flush(self) -> None:
        """Write what waits to be written, and stop watching."""
        self._leave()
        await self._record_all()
        if self._is_live:
            await self._save()

    def _note(self, change: StoreChange) -> None:
        ended = [run for key in change.jobs if (run := self._ended(self._store.jobs[key])) is not None]
        if ended:
            # Before anybody can see them: whoever listens for the screen was told after us, or paints later.
            self._history.note_ahead(ended)
            self._runs.update({run.key: run for run in ended})
        for key in change.removed:
            self._known.pop(key, None)
            self._trendless.pop(key, None)
        self._unsaved |= change.jobs | change.removed
        if self._runs or self._trendless:
            self._wake.set()

    def _ended(self, job: Job) -> Run | None:
        """The run of the job that has ended now, if one has."""
        key = job.key
        outcome = newest_outcome(job)
        before = self._known.get(key)
        if before == (job.run_id, outcome):
            return None
        self._known[key] = (job.run_id, outcome)
        if before is None:
            self._trendless[key] = None
        if outcome is not None and (self._is_live or before is not None):
            return finished_run(job, outcome)
        return None

    async def _keep_recording(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._runs or self._trendless:
                recorded = await self._record_some()
                self._settle()
                await self._fetch_trends(recorded.union(_take(self._trendless, CHUNK)))

    async def _record_all(self) -> None:
        """Record every run that waits, also those that could not be written before."""
        while self._runs:
            await self._record_some()
        if self._history.is_behind:
            await self._history.record_runs(())
        self._settle()

    def _settle(self) -> None:
        if not self._runs:
            self._history.settle()

    async def _record_some(self) -> set[JobKey]:
        """Record the runs that wait longest; returns whose they are."""
        runs = list(islice(self._runs.values(), CHUNK))
        if runs:
            await self._history.record_runs(runs)
        # Only now, so that runs whose writing is cut off by closing are written by the flush.
        for run in runs:
            if self._runs.get(run.key) is run:
                del self._runs[run.key]
        return {run.key.job for run in runs}

    async def _fetch_trends(self, keys: Collection[JobKey]) -> None:
        trends = await self._history.trends(keys)
        self._store.set_trends({key: trend for key, trend in trends.items() if key in self._store.jobs})

    async def _keep_saving(self) -> None:
        while True:
            await self._clock.sleep(SAVE_S)
            # First the runs: the next start takes a run that is in the table for one that was recorded.
            await self._record_all()
            await self._save()
            await self._history.try_again()

    async def _inspect(self) -> None:
        await self._clock.sleep(SWEEP_S)
        from tui.engine.leftovers import sweep_leftovers

        await asyncio.to_thread(sweep_leftovers, self._history.database.path.parent)
        await self._clock.sleep(INSPECT_S - SWEEP_S)
        await self._history.database.check()

    async def _save(self) -> None:
        await self._store.hide_again()
        if self._store.revision == self._saved_revision:
            return
        revision, changed = self._store.revision, self._unsaved
        self._unsaved = set()
        # With no screen, as in a command that watches, any rows are better than none.
        screen = self._first_screen or tuple(islice(self._store.jobs, FIRST_SCREEN))
        try:
            is_saved = await self._history.save_table(self._store.jobs, screen, changed)
        except asyncio.CancelledError:
            # Closing cut the writing off: the last save, which closing makes, must not believe it was done.
            self._unsaved |= changed
            raise
        if is_saved:
            self._saved_revision = revision
        else:
            self._unsaved |= changed


def _take(waiting: dict[JobKey, None], count: int) -> list[JobKey]:
    taken = list(islice(waiting, count))
    for key in taken:
        del waiting[key]
    return taken
