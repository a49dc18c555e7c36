"""Looking into the logs of failed jobs on the screen whose systems don't say why, a few at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.core.capabilities import HasLogs
from tui.core.errors import NightdeckError, SystemUnavailable
from tui.core.models import HealthStatus
from tui.core.state import State
from tui.engine.log_reading import read_log_once
from tui.engine.runs import newest_outcome
from tui.logs.errors import ErrorFinder, FoundError, says_nothing
from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Job
    from tui.engine.engine import Engine

AT_ONCE = 2
"""Logs that are read in one step: a screenful is known after some seconds, and no system feels it."""

MOST_BYTES = 4 << 20
"""Bytes of a log that are looked through: of a longer one the beginning and, where it is at hand, the end."""

MOST_TRIES = 3
"""So often a log is asked for that could not be read to its end."""

_TROUBLED = frozenset({State.FAILED, State.WARNING})


class FirstErrors:
    """Finds the line that matters once for each run; history keeps it for good."""

    def __init__(self, engine: Engine) -> None:
        """Look into the logs of an engine's systems.

        Args:
            engine: Where logs come from; its store and history take what is found.
        """
        self._engine = engine
        self._done: set[RunKey] = set()
        self._tries: dict[RunKey, int] = {}
        self._is_loaded = False
        self._is_busy = False

    async def step(self, visible: Sequence[JobKey]) -> None:
        """Look into the first few logs that are needed; does nothing while an earlier step goes on.

        Args:
            visible: The jobs on the screen, most important first.
        """
        if self._engine.is_paused or self._is_busy:
            return
        self._is_busy = True
        try:
            if not self._is_loaded:
                await self._load()
            wanted = [job for key in visible if (job := self._wanted(key)) is not None]
            await asyncio.gather(*(self._look_into(job) for job in wanted[:AT_ONCE]))
        finally:
            self._is_busy = False

    async def _load(self) -> None:
        """Take over what earlier sessions have found."""
        self._is_loaded = True
        known = await self._engine.history.first_errors(self._engine.error_rules)
        self._done.update(known)
        # The newest last: of several runs of a job that one counts.
        told = {run: found.text for run in reversed(known) if (found := known[run]) is not None}
        self._engine.store.set_first_errors(told)

    def _wanted(self, key: JobKey) -> Job | None:
        job = self._engine.store.jobs.get(key)
        if job is None or job.run_key is None or job.run_key in self._done:
            return None
        health = self._engine.store.health.get(key.connection)
        is_well = health is not None and health.status is HealthStatus.OK
        is_untold = newest_outcome(job) in _TROUBLED and says_nothing(job.message)
        return job if is_well and is_untold and self._engine.offers(key.connection, HasLogs) else None

    async def _look_into(self, job: Job) -> None:
        run = job.run_key
        if run is None:
            return
        tries = self._tries[run] = self._tries.get(run, 0) + 1
        takes_warnings = newest_outcome(job) is State.WARNING
        finder = ErrorFinder(self._engine.error_rules, takes_warnings=takes_warnings)
        try:
            read = await read_log_once(self._engine, run, finder.feed, most_bytes=MOST_BYTES, takes_end=True)
        except SystemUnavailable:
            if tries >= MOST_TRIES:
                self._done.add(run)
            return
        except NightdeckError:
            self._done.add(run)
            return
        found = self._harmless(finder.best)
        if found is None and not (read.is_complete or read.is_cut) and tries < MOST_TRIES:
            return
        self._done.add(run)
        if found is not None:
            self._engine.store.set_first_errors({run: found.text})
        await self._engine.history.record_first_errors({run: found}, self._engine.error_rules)

    def _harmless(self, found: FoundError | None) -> FoundError | None:
        """The error without secrets: before scrubbing and once more after it, for torn ones."""
        if found is None:
            return None
        return found._replace(text=self._engine.mask(plain_text(self._engine.mask(found.text))))
