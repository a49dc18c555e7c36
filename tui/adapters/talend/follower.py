"""Asking how the runs stand that we started: the only ones that a TAC tells of one by one."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from tui.adapters.talend.codes import Declined, InvalidRequest
from tui.core.errors import NotFound, SystemUnavailable, Unauthorized

if TYPE_CHECKING:
    from tui.adapters.talend.ledger import KnownRun, Ledger
    from tui.adapters.talend.servlet import MetaServlet
    from tui.core.clock import Clock

MOST_ASKED = 50
"""Runs that are asked for in one sweep, the newest first."""

_FORGOTTEN = timedelta(minutes=1)
"""A run that the TAC doesn't know so long after it was started is forgotten; before, it may be slow."""


class Follower:
    """Keeps the runs that we started up to date.

    Args:
        servlet: Asks the TAC.
        ledger: Where the runs are.
        clock: Tells when the end of a run was learned.
    """

    def __init__(self, servlet: MetaServlet, ledger: Ledger, clock: Clock) -> None:
        self._servlet = servlet
        self._ledger = ledger
        self._clock = clock

    async def follow(self, task_id: str | None = None) -> set[str]:
        """Ask for every run that has not ended yet, of all tasks or of one.

        Returns:
            The ids of those that turned out to have ended.

        Raises:
            Unauthorized: The login was refused. Other failures leave the runs as they were.
        """
        asked = [run for _, run in self._ledger.open_runs(task_id)[-MOST_ASKED:]]
        answers = await asyncio.gather(*map(self._ask, asked), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return {run.id for run in asked if run.state is not None and run.state.is_final}

    async def _ask(self, run: KnownRun) -> None:
        try:
            told = await self._servlet.execution(run.id)
        except Unauthorized:
            raise
        except (NotFound, Declined) as error:
            is_late = run.begun is None or self._clock.now() - run.begun > _FORGOTTEN
            if is_late or isinstance(error, InvalidRequest):
                # A TAC before 5.6 tells nothing of single runs.
                run.is_lost = True
                self._ledger.keep(run)
        except SystemUnavailable:
            return
        else:
            self._ledger.note_execution(run, told, self._clock.now())
