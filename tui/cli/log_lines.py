"""A run's log as a command reads it: opened when it is there, then whole or until the run has ended."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tui.cli.output import warn
from tui.core.errors import NotFound, SystemUnavailable, Unauthorized
from tui.engine.opened_log import OUTAGE_WAITS_S, QUIET_WAITS_S
from tui.engine.run_log import RunLog
from tui.logs.bulk import shown_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tui.core.keys import RunKey
    from tui.engine.engine import Engine


@asynccontextmanager
async def opened_log(engine: Engine, run: RunKey, *, is_followed: bool) -> AsyncIterator[RunLog]:
    """The log, closed in the end.

    Args:
        engine: What asks the run's system.
        run: The run.
        is_followed: Wait for a log that is yet to come, also through outages of the system.

    Raises:
        NightdeckError: The log can't be read.
    """
    log = await _open(engine, run, is_followed=is_followed)
    try:
        yield log
    finally:
        await log.aclose()


async def read_on(log: RunLog, tell: Callable[[], object], *, is_followed: bool) -> None:
    """Take over the rest of a log; what is wrong meanwhile is said on stderr.

    Args:
        log: The log.
        tell: Is told each time there is more.
        is_followed: Go on until the run has ended.

    Raises:
        NightdeckError: The log can't be read.
    """
    told = ""

    def look() -> None:
        nonlocal told
        problem = log.problem
        if problem and problem != told:
            is_over = log.is_complete or log.is_cut
            warn(f"{log.run.connection}: {problem}{'' if is_over else '; waiting for it to come back'}")
        told = problem
        tell()

    if is_followed:
        await log.follow(look)
    elif not log.is_in_place:
        await log.load(look)
    look()


class LinesOut:
    """Hands out the lines of a log as they are shown, each once, however it grows."""

    def __init__(self, log: RunLog, take: Callable[[str], object], finish: Callable[[str], str]) -> None:
        """Begin at its first line.

        Args:
            log: The log.
            take: Gets whole lines, each with a newline.
            finish: Gets each line in which colours may act.
        """
        self._document = log.document
        self._take = take
        self._finish = finish
        self._start = 0
        self._generation = log.document.generation

    async def give_all(self) -> None:
        """Hand out what there is, giving others their turn."""
        is_more = True
        while is_more:
            is_more = self._give_some()
            await asyncio.sleep(0)

    def give(self) -> None:
        """Hand out what has come."""
        if self._document.generation != self._generation:
            self._generation, self._start = self._document.generation, 0
            warn("the log was written anew: it follows from its beginning")
        while self._give_some():
            pass

    def finish(self) -> None:
        """Hand out the last line when it has no end."""
        while self._give_some(takes_rest=True):
            pass

    def _give_some(self, *, takes_rest: bool = False) -> bool:
        text, self._start = shown_text(
            self._document, self._start, takes_rest=takes_rest, finish=self._finish
        )
        if text:
            self._take(text)
        return bool(text)


async def _open(engine: Engine, run: RunKey, *, is_followed: bool) -> RunLog:
    tries = 0
    while True:
        wait_s = QUIET_WAITS_S[-1]
        try:
            return await RunLog.open(engine, run)
        except NotFound:
            if not (is_followed and await _is_to_come(engine, run)):
                raise
        except Unauthorized:
            raise
        except SystemUnavailable as error:
            if not is_followed:
                raise
            if not tries:
                warn(f"{run.connection}: {error}; waiting for it to come back")
            wait_s = OUTAGE_WAITS_S[min(tries, len(OUTAGE_WAITS_S) - 1)]
            tries += 1
        await engine.clock.sleep(wait_s)


async def _is_to_come(engine: Engine, run: RunKey) -> bool:
    """Whether the run is under way, so that a log that isn't there yet may come."""
    await engine.sweep_all({run.connection})
    job = engine.store.jobs.get(run.job)
    return job is not None and job.run_id == run.run_id and job.state.is_active
