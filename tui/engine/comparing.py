"""Gathering what a comparison of two runs needs: first what is known at once, then steps and logs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from tui.core.errors import NightdeckError, NotFound
from tui.core.state import State
from tui.engine.comparison import LogReport, Reference, compare, pick_reference, seconds_of
from tui.engine.log_reading import read_log_once
from tui.engine.runs import finished_run, newest_outcome
from tui.engine.trends import trend_of
from tui.logs.templates import Side, TemplateMiner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.core.keys import RunKey
    from tui.core.models import Run, Task
    from tui.engine.comparison import Comparison
    from tui.engine.engine import Engine

RUNS_SEARCHED = 200
"""Runs among which the last good one is looked for."""

MOST_BYTES = 20 << 20
"""Bytes of each log that are compared."""


class Progress(NamedTuple):
    """How far reading the logs has come."""

    side: Side
    """Whose log is being read."""
    size: int
    """Bytes of it that have been read."""


class RunComparing:
    """One comparison on its way. It can be left at any time: nothing goes on behind it."""

    def __init__(self, engine: Engine, run: RunKey, with_run: str = "") -> None:
        """Compare a run.

        Args:
            engine: What asks the run's system.
            run: The run that is asked about.
            with_run: Id of the run to compare it with; empty for the last good one before it.
        """
        self._engine = engine
        self._key = run
        self._with = with_run
        self._now: Run | None = None
        self._reference: Reference | None = None
        self._usual_s: float | None = None
        self.runs: Sequence[Run] = ()
        """The job's runs, newest first, once they are known."""

    async def begin(self) -> Comparison:
        """Compare what the runs themselves tell.

        Raises:
            NotFound: There is no such run, or nothing to compare it with.
            NightdeckError: The system is down, and history knows nothing of the job.
        """
        self.runs = await self._engine.runs(self._key.job, RUNS_SEARCHED)
        self._now = self._find_now()
        self._reference = self._find_reference(self._now)
        ended = [run for run in self.runs if run.state.is_final and run.key != self._key]
        self._usual_s = trend_of([(run.state, seconds_of(run)) for run in ended]).usual_s
        return compare(self._now, self._reference, usual_s=self._usual_s)

    async def finish(self, tell: Callable[[Progress], object] = lambda _: None) -> Comparison:
        """Compare steps and logs too; after `begin`.

        Args:
            tell: Is told how far reading the logs has come.
        """
        if self._now is None or self._reference is None:
            await self.begin()
        if self._now is None or self._reference is None:
            raise NotFound(f"there is no run {self._key.run_id}")
        sides = (self._reference.run.key, self._now.key)
        tasks = (await self._tasks(sides[0]), await self._tasks(sides[1]))
        miner = TemplateMiner()
        before = await self._read(sides[0], miner, Side.USUAL, tell)
        now = await self._read(sides[1], miner, Side.OTHER, tell)
        templates = () if before.problem or now.problem else await asyncio.to_thread(miner.templates)
        return compare(
            self._now,
            self._reference,
            usual_s=self._usual_s,
            tasks=tasks,
            templates=templates,
            logs=(before, now),
        )

    def _find_now(self) -> Run:
        same = [run for run in self.runs if run.key.run_id == self._key.run_id]
        for run in same:
            if run.key == self._key:
                return run
        if same:
            return same[0]
        job = self._engine.store.jobs.get(self._key.job)
        if job is None or job.run_id != self._key.run_id:
            raise NotFound(f"there is no run {self._key.run_id}", hint="look at the job's list of runs")
        return finished_run(job, newest_outcome(job) or job.state)

    def _find_reference(self, now: Run) -> Reference:
        if self._with:
            for run in self.runs:
                if run.key.run_id == self._with:
                    is_good = run.state in (State.SUCCEEDED, State.WARNING)
                    return Reference(run, is_good, is_chosen=True)
            raise NotFound(f"there is no run {self._with}", hint="look at the job's list of runs")
        reference = pick_reference(self.runs, now)
        if reference is None:
            raise NotFound(
                "no earlier run of this job has ended: there is nothing to compare with",
                hint="come back after its next run",
            )
        return reference

    async def _tasks(self, run: RunKey) -> Sequence[Task]:
        try:
            return await self._engine.tasks(run)
        except NightdeckError:
            return ()

    async def _read(
        self, run: RunKey, miner: TemplateMiner, side: Side, tell: Callable[[Progress], object]
    ) -> LogReport:
        try:
            read = await read_log_once(
                self._engine,
                run,
                lambda lines: miner.feed(lines, side),
                most_bytes=MOST_BYTES,
                tell=lambda size: tell(Progress(side, size)),
            )
        except NightdeckError as error:
            return LogReport(problem=str(error))
        return LogReport(miner.lines[side], is_cut=read.is_cut)
