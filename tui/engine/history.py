"""What was known before: finished runs, the last table and adapters' facts, kept over restarts."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from tui.core.errors import NightdeckError
from tui.core.redaction import Redactor
from tui.engine import jobs_table, runs_table
from tui.engine.ahead import Ahead, left_behind
from tui.engine.database import Database
from tui.engine.first_screen import load_first_screen
from tui.engine.memory import ConnectionMemory
from tui.engine.schema import FILE_NAME
from tui.engine.scrubbing import clean_run
from tui.engine.secrecy import mask_params, mask_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tui.core.adapter import Memory
    from tui.core.clock import Clock
    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Job, Run, Trend
    from tui.logs.errors import FoundError
    from tui.logs.rule_set import RuleSet

T = TypeVar("T")

_BATCH = 64
"""Jobs or runs that are encoded or decoded between two turns of the event loop: about a millisecond."""

_TREND_BATCH = 200
"""Jobs whose trends one query asks for."""

_SEEN_EVERY_S = 60.0
"""Seconds between two walks over all jobs that note when each connection was seen."""

_SEEN_BATCH = 4000
"""Jobs looked at between two turns of the event loop on that walk: about a millisecond."""

_UNSAVED_RUNS = 5000
"""Runs that wait while the file can't be written; the oldest are given up first."""


class History:
    """Runs, the last table and memories. When it can't work, `problem` says why and everything is empty."""

    def __init__(
        self,
        state_dir: Path,
        clock: Clock,
        *,
        redactor: Redactor | None = None,
        database: Database | None = None,
    ) -> None:
        self.database = database or Database(state_dir / FILE_NAME, clock)
        """The file; the journal lives in it too."""
        self._clock = clock
        self._redactor = redactor or Redactor()
        self._unsaved: deque[Run] = deque(maxlen=_UNSAVED_RUNS)
        self._recording = 0
        self._ahead = Ahead(self.database.path.parent)
        self._seen_at: float | None = None

    @property
    def problem(self) -> str:
        """Why history is off or what was lost; empty when all is well."""
        return self.database.problem

    async def open(self) -> None:
        """Open or make the file. Never raises: see `problem`."""
        await self.database.open()

    async def aclose(self) -> None:
        """Close the file."""
        await self.database.aclose()
        self._ahead.close()

    async def try_again(self) -> None:
        """See whether the file can be written again, where nothing waits that would show it. Never raises."""
        if self.database.is_failing and not self._unsaved:
            with suppress(NightdeckError):
                await self.database.write(lambda _: None)

    @property
    def is_behind(self) -> bool:
        """Whether runs wait until the file can be written again."""
        return bool(self._unsaved)

    def note_ahead(self, runs: Collection[Run]) -> None:
        """Protect runs that are to be recorded in a moment: from now on no kill can lose them. No waiting."""
        self._ahead.note([self._clean(run) for run in runs])

    def settle(self) -> None:
        """Everything that was to be recorded was given to `record_runs`: what it has written is safe."""
        if not self._unsaved and not self._recording:
            self._ahead.clear()

    async def take_up(self) -> None:
        """Record what an earlier nightdeck had shown, but not recorded when it was killed. Never raises."""
        for left in await asyncio.to_thread(lambda: list(left_behind(self.database.path.parent))):
            await self.record_runs(left.runs)
            if not self._unsaved:
                left.remove()
            left.close()

    async def record_runs(self, runs: Iterable[Run]) -> None:
        """Keep these runs; one that has ended stays ended. Runs that can't be written now wait for later."""
        waiting = [*self._unsaved, *runs]
        self._unsaved.clear()
        now = self._clock.now().timestamp()
        written = 0
        self._recording += 1
        try:
            for batch in _batches(waiting, _BATCH):
                rows = [runs_table.run_row(self._clean(run), now) for run in batch]
                await self.database.write(partial(runs_table.write_runs, rows=rows))
                written += len(batch)
        except NightdeckError:
            return
        finally:
            self._recording -= 1
            self._unsaved.extend(waiting[written:])

    async def runs(self, job: JobKey, limit: int = 50) -> list[Run]:
        """The job's runs that are remembered, newest first."""
        with suppress(NightdeckError):
            return await self.database.read(partial(runs_table.read_runs, job=job, limit=limit))
        return []

    async def runs_by_id(self, beginning: str, limit: int = 20) -> list[Run]:
        """The newest remembered runs, of any job, whose id begins like that; none for an empty beginning."""
        if beginning:
            with suppress(NightdeckError):
                work = partial(runs_table.read_runs_by_id, beginning=beginning, limit=limit)
                return await self.database.read(work)
        return []

    async def trends(self, keys: Collection[JobKey] | None = None) -> dict[JobKey, Trend]:
        """How the last finished runs of these jobs (of all when None) went; jobs without one are absent."""
        trends: dict[JobKey, Trend] = {}
        with suppress(NightdeckError):
            if keys is None:
                keys = await self.database.read(runs_table.read_jobs_with_runs)
            for batch in _batches(list(keys), _TREND_BATCH):
                trends |= await self.database.read(partial(runs_table.read_trends, jobs=batch))
        return trends

    async def save_table(
        self,
        jobs: Mapping[JobKey, Job],
        first_screen: Sequence[JobKey],
        changed: Collection[JobKey] | None = None,
    ) -> bool:
        """Keep the table for the next start; only rows that differ are written. False when it can't be kept.

        Args:
            jobs: The store's jobs, all of them; may change meanwhile.
            first_screen: The jobs that the next start paints at once, in order.
            changed: Jobs that changed or vanished since the last call; None means that any may have.
        """
        seen = await self._when_seen(list(jobs.values()), is_due=changed is None)
        with suppress(NightdeckError):
            for batch in _batches(list(jobs if changed is None else {*changed, *first_screen}), _BATCH):
                rows = [jobs_table.job_row(job) for key in batch if (job := jobs.get(key)) is not None]
                gone = [key for key in batch if key not in jobs]
                await self.database.write(partial(jobs_table.write_jobs, rows=rows, gone=gone))
            if changed is None:
                kept = frozenset(jobs)
                await self.database.write(partial(jobs_table.drop_others, kept=kept, connections=seen))
            await self.database.write(
                partial(jobs_table.write_outline, first_screen=tuple(first_screen), seen=seen)
            )
            return True
        return False

    async def load_table(self) -> list[Job]:
        """Every job of the last table, as old as it is."""
        jobs: list[Job] = []
        with suppress(NightdeckError):
            for batch in _batches(await self.database.read(jobs_table.read_table), _BATCH):
                for row in batch:
                    with suppress(ValueError):
                        jobs.append(jobs_table.job_from_row(row))
                await asyncio.sleep(0)
        return jobs

    def load_first_screen(self, limit: int = 200) -> list[Job]:
        """The first rows of the last table; fast, without the event loop, and never raises."""
        return load_first_screen(self.database.path, limit)

    async def record_first_errors(
        self, errors: Mapping[RunKey, FoundError | None], rules: RuleSet | None = None
    ) -> None:
        """Keep what rules found in logs, the built-in ones when None; None for a log that tells no error."""
        from tui.engine.first_errors_table import write_first_errors

        now = self._clock.now().timestamp()
        with suppress(NightdeckError):
            await self.database.write(partial(write_first_errors, errors=errors, now=now, rules=rules))

    async def first_errors(self, rules: RuleSet | None = None) -> dict[RunKey, FoundError | None]:
        """What these rules have found in the logs of runs before, the built-in ones when None."""
        from tui.engine.first_errors_table import read_first_errors

        with suppress(NightdeckError):
            return await self.database.read(partial(read_first_errors, rules=rules))
        return {}

    def memory(self, connection: str) -> Memory:
        """What the connection's adapter keeps over restarts."""
        return ConnectionMemory(self.database, connection, self._redactor)

    def _clean(self, run: Run) -> Run:
        """The run without control characters and secrets."""
        if run.message or run.params:
            params = mask_params(run.params, self._redactor)
            run = replace(run, message=mask_text(run.message, self._redactor), params=params)
        return clean_run(run)

    async def _when_seen(self, jobs: Sequence[Job], *, is_due: bool) -> dict[str, float]:
        """Since when, at the latest, each connection's jobs are all known to be as they are."""
        now = self._clock.monotonic()
        if not is_due and self._seen_at is not None and now - self._seen_at < _SEEN_EVERY_S:
            return {}
        self._seen_at = now
        oldest: dict[str, float] = {}
        for batch in _batches(jobs, _SEEN_BATCH):
            for job in batch:
                moment = job.observed_at.timestamp()
                if moment < oldest.get(job.connection, float("inf")):
                    oldest[job.connection] = moment
            await asyncio.sleep(0)
        return oldest


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
