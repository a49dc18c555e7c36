"""An action pipeline over one scripted system, with a real journal that answers without a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from tests.support.clock import FakeClock
from tests.support.scripted import FullAdapter, Script, ScriptedAdapter, make_job
from tui.core.errors import NightdeckError, NotFound
from tui.core.keys import JobKey, RunKey
from tui.core.models import Action, ActionKind, Job, Receipt
from tui.core.redaction import Redactor
from tui.engine.actions import ActionPipeline
from tui.engine.database import Database
from tui.engine.freshness import FRESH_S
from tui.engine.journal import Journal, JournalEntry
from tui.engine.store import Store

T = TypeVar("T")

_OF_PERFORM = ("is_unknown_accepted", "request_id", "shown", "undo_s")


class InlineDatabase(Database):
    """Works at once, on the event loop's thread: everything happens in an order that a test can tell."""

    def _submit(self, job: Callable[[], T]) -> asyncio.Future[T]:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if self._is_closed:
            raise NightdeckError("the history is closed already", hint="start nightdeck again")
        try:
            future.set_result(job())
        except Exception as error:  # noqa: BLE001 - as an executor does
            future.set_exception(error)
        return future


class Desk:
    """One nightdeck with one connection: what a test acts with and looks at."""

    def __init__(
        self,
        folder: Path,
        clock: FakeClock,
        *,
        script: Script | None = None,
        adapter: type[ScriptedAdapter] = FullAdapter,
        environment: str = "",
        is_read_only: bool = False,
        is_connection_read_only: bool = False,
    ) -> None:
        self.clock = clock
        self.script = script or Script(clock)
        self.redactor = Redactor()
        self.store = Store(clock)
        self.database = InlineDatabase(folder / "history.db", clock, busy_s=0.02)
        self.journal = Journal(self.database, clock, self.redactor)
        self.scripted = adapter("alpha", self.script)
        self.touched: list[JobKey] = []
        self.swept = 0
        self.limit_s = FRESH_S
        self.error: NightdeckError | None = None
        self._environment = environment
        self._is_read_only = is_connection_read_only
        self.actions = ActionPipeline(
            self,
            store=self.store,
            journal=self.journal,
            clock=clock,
            redactor=self.redactor,
            is_read_only=is_read_only,
        )

    # What the pipeline asks of the connections.

    def environment(self, connection: str) -> str:
        if connection != "alpha":
            raise NotFound(f"there is no connection {connection!r}")
        return self._environment

    def is_read_only(self, connection: str) -> bool:
        return self._is_read_only

    def fresh_s(self, connection: str) -> float:
        return self.limit_s

    async def adapter(self, connection: str) -> ScriptedAdapter:
        if self.error is not None:
            raise self.error
        return self.scripted

    async def sweep(self, connection: str) -> None:
        self.swept += 1
        seen: set[str] = set()
        async for page in self.scripted.list_jobs():
            self.store.upsert(page)
            seen.update(job.id for job in page)
        self.store.keep_only(connection, seen)

    def touch(self, job: JobKey) -> None:
        self.touched.append(job)

    # What a test does.

    def add(self, **changes: Any) -> Job:
        """A job that the system has and the store knows."""
        job = make_job(**{"observed_at": self.clock.now(), **changes})
        self.script.add(job)
        self.store.upsert([job])
        return job

    def observe(self, job_id: str = "1", **changes: Any) -> Job:
        """The poller sees the job, after it changed on the system's side."""
        job = self.script.change(job_id, **changes)
        self.store.upsert([replace(job, observed_at=self.clock.now())])
        return self.store.jobs[job.key]

    async def act(
        self, kind: ActionKind, *, confirmation: str | None = "", job_id: str = "1", **options: Any
    ) -> Receipt:
        """Perform an action on the job; options of the action and of `perform` by name."""
        chosen = {name: options.pop(name) for name in _OF_PERFORM if name in options}
        action = make_action(kind, job_id, **options)
        return await self.actions.perform(action, confirmation=confirmation, **chosen)

    def sent(self, *kinds: ActionKind) -> int:
        """How many requests that change something the system received."""
        return sum(len(self.script.called(kind.value)) for kind in kinds or ActionKind)

    @property
    def receipt(self) -> Receipt:
        """The receipt that is shown for the job."""
        return self.store.receipts[JobKey("alpha", "1")]

    async def steps(self) -> list[tuple[str, str]]:
        """Action and status of every journal entry."""
        await self.clock.settle()
        return [(entry.action, entry.status) for entry in await self.journal.entries()]

    async def last_entry(self) -> JournalEntry:
        await self.clock.settle()
        return (await self.journal.entries())[-1]

    async def close(self) -> None:
        await self.actions.aclose()
        await self.database.aclose()


def make_action(kind: ActionKind, job_id: str = "1", run_id: str = "", **options: Any) -> Action:
    """An action on a job of the connection."""
    run = RunKey("alpha", job_id, run_id) if run_id else None
    return Action(kind, JobKey("alpha", job_id), run=run, **options)
