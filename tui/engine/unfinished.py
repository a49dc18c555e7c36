"""Requests whose outcome nobody knows: taken up again at the start, and in the way of another start."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.core.errors import ActionRefused, NightdeckError
from tui.core.models import ActionKind, ReceiptStatus
from tui.engine.journal import SETTLED
from tui.engine.named_runs import run_named_in
from tui.engine.receipts import case_of_entry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tui.core.clock import Clock
    from tui.core.keys import JobKey
    from tui.engine.guard import Systems
    from tui.engine.journal import Journal, JournalEntry
    from tui.engine.receipts import Case, Follower

STARTS = (ActionKind.TRIGGER, ActionKind.RERUN)
"""The actions that make a run, and must not happen twice by accident."""

_HINT = "wait until its run is found, or look at the system and go on knowing that"
_REPEAT_HINT = "wait until its run is found, or go on: repeated as it was, it makes at most one run"


class Unfinished:
    """Knows from the journal what was sent without an answer, also by an earlier or another nightdeck."""

    def __init__(self, systems: Systems, journal: Journal, follower: Follower, clock: Clock) -> None:
        self._systems = systems
        self._journal = journal
        self._follower = follower
        self._clock = clock

    async def recover(self) -> None:
        """Show as unknown, and look for the effect of, what an earlier nightdeck left without an outcome."""
        with suppress(NightdeckError):
            # The newest comes first, and with it the job's row.
            for entry in reversed(await self._journal.unfinished()):
                # A connection that this session doesn't know can't be asked.
                with suppress(NightdeckError):
                    self._systems.environment(entry.connection)
                    if not self._journal.is_under_way(entry):
                        await self._adopt(entry)

    async def starts(self, job: JobKey) -> list[JournalEntry]:
        """The starts of the job whose outcome nobody knows, oldest first. Raises NightdeckError."""
        return [entry for entry in await self._journal.unfinished(job) if entry.action in STARTS]

    async def refuse_start(self, job: JobKey, *, is_looking: bool) -> None:
        """Refuse another start of the job while nobody knows whether the last one happened.

        Args:
            job: The job.
            is_looking: Look for the run at once, so that the refusal can tell of it.

        Raises:
            ActionRefused: There is such a start.
            NightdeckError: The journal can't be read.
        """
        for entry in await self.starts(job):
            what = f"the {entry.action} of {entry.at:%H:%M:%S} UTC"
            if self._journal.is_under_way(entry):
                raise ActionRefused(
                    f"{what} is still being sent by nightdeck {entry.pid} on {entry.host}",
                    hint="wait for its outcome",
                )
            case = await self._adopt(entry) if is_looking else None
            if case is not None:
                await self._follower.look(case)
                if case.is_seen:
                    raise ActionRefused(
                        f"{what} did happen: {case.receipt.message}", hint="confirm again for another"
                    )
            raise ActionRefused(
                f"{what} has an unknown outcome: it may or may not have happened",
                hint=_REPEAT_HINT if run_named_in(entry) else _HINT,
            )

    async def settle(self, starts: Iterable[JournalEntry], request_id: str) -> None:
        """Note that the user went on, with the request of this id, without knowing what came of these."""
        text = f"the outcome stays unknown: the user went on with {request_id}"
        for entry in starts:
            await self._journal.note(replace(entry, status=SETTLED, message=text))
            case = self._follower.find(entry.request_id)
            if case is not None:
                self._follower.settle(case, text)

    async def _adopt(self, entry: JournalEntry) -> Case | None:
        """The request's case, followed from now on if it was not; None when the entry makes no sense."""
        case = self._follower.find(entry.request_id)
        if case is None:
            lost_at = await self._lost_at(entry)
            # Reading takes a moment, in which somebody else may have taken it up.
            case = self._follower.find(entry.request_id)
        if case is None:
            with suppress(ValueError):
                case = case_of_entry(entry, "its answer never came: looking for its effect", lost_at)
                self._follower.follow(case)
        return case

    async def _lost_at(self, entry: JournalEntry) -> datetime:
        """When the journal says that the answer was lost; now, as one that was killed wrote nothing."""
        with suppress(NightdeckError):
            for step in await self._journal.entries(entry.at):
                if step.request_id == entry.request_id and step.status == ReceiptStatus.UNKNOWN:
                    return step.at
        return self._clock.now()
