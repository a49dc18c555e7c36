"""Requests whose outcome nobody knows: taken up again at the start, and in the way of another start."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.core.errors import ActionRefused, NightdeckError
from tui.core.models import ActionKind
from tui.engine.journal import SETTLED
from tui.engine.receipts import case_of_entry

if TYPE_CHECKING:
    from tui.core.keys import JobKey
    from tui.engine.guard import Systems
    from tui.engine.journal import Journal, JournalEntry
    from tui.engine.receipts import Case, Follower

STARTS = (ActionKind.TRIGGER, ActionKind.RERUN)
"""The actions that make a run, and must not happen twice by accident."""


class Unfinished:
    """Knows from the journal what was sent without an answer, also by an earlier or another nightdeck."""

    def __init__(self, systems: Systems, journal: Journal, follower: Follower) -> None:
        self._systems = systems
        self._journal = journal
        self._follower = follower

    async def recover(self) -> None:
        """Show as unknown, and look for the effect of, what an earlier nightdeck left without an outcome."""
        with suppress(NightdeckError):
            # The newest comes first, and with it the job's row.
            for entry in reversed(await self._journal.unfinished()):
                # A connection that this session doesn't know can't be asked.
                with suppress(NightdeckError):
                    self._systems.environment(entry.connection)
                    if not self._journal.is_under_way(entry):
                        self._adopt(entry)

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
            case = self._adopt(entry) if is_looking else None
            if case is not None:
                await self._follower.look(case)
                if case.is_seen:
                    raise ActionRefused(
                        f"{what} did happen: {case.receipt.message}", hint="confirm again for another"
                    )
            raise ActionRefused(
                f"{what} has an unknown outcome: it may or may not have happened",
                hint="wait until its run is found, or look at the system and go on knowing that",
            )

    async def settle_starts(self, job: JobKey, request_id: str) -> None:
        """Note that the user goes on, with the request of this id, without knowing."""
        text = f"the outcome stays unknown: the user went on with {request_id}"
        for entry in await self.starts(job):
            await self._journal.note(replace(entry, status=SETTLED, message=text))
            case = self._follower.find(entry.request_id)
            if case is not None:
                self._follower.settle(case, text)

    def _adopt(self, entry: JournalEntry) -> Case | None:
        """The request's case, followed from now on if it was not; None when the entry makes no sense."""
        case = self._follower.find(entry.request_id)
        if case is None:
            with suppress(ValueError):
                case = case_of_entry(entry, "its answer never came: looking for its effect")
                self._follower.follow(case)
        return case
