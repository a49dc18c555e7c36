"""Asking for the past of jobs that are looked at and whose history we don't know yet, a few at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.errors import NightdeckError
from tui.core.models import HealthStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.keys import JobKey
    from tui.engine.engine import Engine

RUNS_WANTED = 20
"""How many past runs are asked for: enough for the last ten and the usual duration."""

OUTCOMES_SHOWN = 10
"""How many outcomes the table draws: with so many known there is nothing to ask."""

AT_ONCE = 2
"""Jobs asked about in one step: a screenful is known after some seconds, and no system feels it."""


class Backfill:
    """Asks once for each job that has run but whose past is unknown; history keeps the answer for good."""

    def __init__(self, engine: Engine) -> None:
        """Fill up an engine's history.

        Args:
            engine: Where runs come from and trends go to.
        """
        self._engine = engine
        self._asked: set[JobKey] = set()

    async def step(self, visible: Sequence[JobKey]) -> None:
        """Ask about the first few of these jobs that need it.

        Args:
            visible: The jobs on the screen, most important first.
        """
        if self._engine.is_paused:
            return
        wanted = [
            key
            for key in visible
            if key not in self._asked and not self._is_known(key) and self._can_be_asked(key)
        ]
        for key in wanted[:AT_ONCE]:
            self._asked.add(key)
            try:
                await self._engine.runs(key, RUNS_WANTED)
            except NightdeckError:
                continue
        if wanted:
            await self._engine.load_trends()

    def _is_known(self, key: JobKey) -> bool:
        trend = self._engine.store.trends.get(key)
        return trend is not None and len(trend.outcomes) >= OUTCOMES_SHOWN

    def _can_be_asked(self, key: JobKey) -> bool:
        job = self._engine.store.jobs.get(key)
        health = self._engine.store.health.get(key.connection)
        has_run = job is not None and bool(job.run_id or job.last_result)
        return has_run and health is not None and health.status is HealthStatus.OK
