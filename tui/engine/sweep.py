"""One reading of everything that a connection has, into the store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING

from tui.core.bounds import MAX_JOBS
from tui.core.capabilities import ChecksJobs
from tui.core.errors import BadAnswer, Forbidden, NightdeckError, NotFound
from tui.core.keys import JobKey
from tui.core.state import ACTIVE, State
from tui.core.turns import next_turn
from tui.logs.scrub import plain_id

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from tui.core.adapter import Adapter
    from tui.core.models import Job
    from tui.engine.budget import Budget
    from tui.engine.store import Store

CHUNK = 500
"""Jobs that enter the store at once; between two chunks others get their turn."""

_listed = attrgetter("name", "kind", "path", "url", "tags", "is_held")
"""What a listing without states tells of a job."""

_ACTIVE = tuple(ACTIVE)
"""Looked up by identity: hashing a state costs ten times as much, and a sweep may have 100,000 of them."""


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What a complete sweep found."""

    jobs: int
    """How many jobs the system told of."""
    is_busy: bool
    """Whether any of them is under way."""
    note: str = ""
    """What went wrong on the way without spoiling the whole."""


class Sweep:
    """Reads a connection once. Jobs enter the store as they come; those that are gone leave it at the end."""

    def __init__(self, adapter: Adapter, store: Store, budget: Budget, feed: Callable[[], None]) -> None:
        self._adapter = adapter
        self._store = store
        self._budget = budget
        self._feed = feed
        self._is_busy = False
        self._active: list[str] = []
        self._told_of = 0
        self._cut = ""

    async def run(
        self, *, touched: Collection[JobKey], visible: Collection[JobKey], calls: int | None = None
    ) -> SweepResult:
        """Do it. Raises whatever the adapter raises; then nothing has left the store.

        Args:
            touched: Jobs that were just acted on.
            visible: Jobs that are on screen.
            calls: Where each job costs a call, so many at the most; None for the usual number.
        """
        await next_turn()
        seen = await self._list()
        note = ""
        if isinstance(self._adapter, ChecksJobs):
            connection = self._adapter.connection
            picked = self._budget.pick(
                seen,
                active=self._active,
                touched=[key.id for key in touched],
                visible=[key.id for key in visible],
                now=self._adapter.context.clock.monotonic(),
                calls=calls,
            )
            await next_turn()
            note = await self._check(self._adapter, [JobKey(connection, job) for job in picked])
            if calls and len(picked) < len(seen):
                note = note or f"{len(seen) - len(picked):,} jobs were not asked for: each costs a call"
            await next_turn()
        self._store.keep_only(self._adapter.connection, seen)
        return SweepResult(jobs=len(seen), is_busy=self._is_busy, note=self._cut or note)

    async def _list(self) -> set[str]:
        seen: set[str] = set()
        pages = self._adapter.list_jobs()
        try:
            async for page in pages:
                self._feed()
                for start in range(0, len(page), CHUNK):
                    chunk = self._within_bounds(page[start : start + CHUNK], seen)
                    self._take(self._told(chunk))
                    seen.update(plain_id(job.id) for job in chunk)
                    await next_turn()
        finally:
            if isinstance(pages, AsyncGenerator):
                await pages.aclose()
        return seen

    def _within_bounds(self, jobs: Sequence[Job], seen: Collection[str]) -> Sequence[Job]:
        """As many of the jobs as there is room for. Raises BadAnswer when there is no end of them."""
        self._told_of += len(jobs)
        if self._told_of > 2 * MAX_JOBS:
            raise BadAnswer(
                f"the system tells of more than {2 * MAX_JOBS:,} jobs, or of the same again and again",
                hint="narrow the connection with `jobs` or `exclude`",
            )
        room = MAX_JOBS - len(seen)
        if len(jobs) <= room:
            return jobs
        self._cut = f"only {MAX_JOBS:,} jobs are shown: narrow the connection with `jobs` or `exclude`"
        return jobs[: max(0, room)]

    def _take(self, jobs: Sequence[Job]) -> None:
        self._store.upsert(jobs)
        active = [plain_id(job.id) for job in jobs if job.state in _ACTIVE]
        self._active += active
        self._is_busy = self._is_busy or bool(active)

    def _told(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """What a listing tells; where it doesn't tell states, those known from earlier calls stay."""
        if not isinstance(self._adapter, ChecksJobs):
            return jobs
        return [self._with_known_state(job) for job in jobs]

    def _with_known_state(self, listed: Job) -> Job:
        known = self._store.jobs.get(listed.key)
        if known is None or listed.state is not State.UNKNOWN or listed.native_state:
            return listed
        if _listed(known) == _listed(listed) and listed.next_run_at in (None, known.next_run_at):
            # The very same object: to make ten thousand anew at each sweep would be most of its work.
            return known
        return replace(
            known,
            name=listed.name,
            kind=listed.kind,
            path=listed.path,
            url=listed.url,
            tags=listed.tags,
            is_held=listed.is_held,
            next_run_at=listed.next_run_at or known.next_run_at,
        )

    async def _check(self, adapter: ChecksJobs, picked: Sequence[JobKey]) -> str:
        """Ask about these jobs; returns a note when some of them could not be read.

        The first is asked alone: were the credentials wrong, many calls at once would lock the account.
        """
        failures: list[NightdeckError] = []
        if picked:
            await self._check_one(adapter, picked[0], failures)
        async with asyncio.TaskGroup() as group:
            for key in picked[1:]:
                group.create_task(self._check_one(adapter, key, failures))
        if failures and len(failures) == len(picked):
            raise failures[0]
        return f"{len(failures)} of {len(picked)} jobs not read: {failures[0].message}" if failures else ""

    async def _check_one(self, adapter: ChecksJobs, key: JobKey, failures: list[NightdeckError]) -> None:
        try:
            job = await adapter.get_job(key)
        except NotFound:
            return
        except (Forbidden, BadAnswer) as error:
            failures.append(error)
        else:
            self._take([job])
        self._feed()
