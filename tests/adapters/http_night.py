"""One nightdeck over one simulated system: store, poller, journal and actions, on a clock for tests."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tests.support.actions import InlineDatabase
from tui.core.models import Action, ActionKind
from tui.engine.connection import ConnectionSpec
from tui.engine.engine import Engine
from tui.engine.history import History
from tui.engine.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.adapters.http_harness import HttpHarness
    from tui.core.keys import JobKey
    from tui.core.models import Health, Receipt
    from tui.engine.guard import Plan

T = TypeVar("T")

IO_S = 0.002
"""Seconds that sockets have for themselves before the fake time goes on: answers come at once here."""

LONG_S = 30.0
"""Seconds after which something that must happen counts as not happening."""


class Night:
    """An engine with one connection. From the first plan on, the harness looks through its adapter."""

    def __init__(self, harness: HttpHarness, folder: Path) -> None:
        self.harness = harness
        self.store = Store(harness.clock)
        database = InlineDatabase(folder / "history.db", harness.clock, busy_s=0.02)
        spec = ConnectionSpec(
            name=harness.connection,
            type=type(harness.adapter).type_name,
            environment="",
            is_read_only=False,
            is_insecure=False,
            refresh_s=None,
            open_adapter=harness.reopen,
        )
        self.engine = Engine(
            [spec],
            store=self.store,
            history=History(folder, harness.clock, redactor=harness.redactor, database=database),
            clock=harness.clock,
            read_only=False,
            dry_run=harness.is_dry_run,
            redactor=harness.redactor,
            rng=random.Random(1),
        )

    @property
    def health(self) -> Health:
        """How the connection works."""
        return self.store.health[self.harness.connection]

    async def plan(self, kind: ActionKind, job: JobKey) -> Plan:
        """What the user is shown before the confirmation, of a job that was just looked at."""
        await self.drive(self.engine.sweep_all())
        self.harness.adapter = await self.engine.adapter(self.harness.connection)
        return await self.drive(self.engine.actions.plan(Action(kind, job)))

    async def perform(self, kind: ActionKind, job: JobKey) -> Receipt:
        """Confirm it, and wait until its effect is seen or given up."""
        plan = await self.plan(kind, job)
        assert not plan.refusal
        actions = self.engine.actions
        self.harness.assert_no_secret(plan.preview)
        receipt = await self.drive(
            actions.perform(plan.action, confirmation=plan.expects, request_id=plan.request_id)
        )
        return await self.drive(actions.observe(receipt))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let time pass until the condition holds; an opening adapter waits for threads, too."""
        async with asyncio.timeout(LONG_S):
            while not condition():
                await self.harness.clock.advance(1)
                await asyncio.sleep(IO_S)

    async def drive(self, work: Coroutine[Any, Any, T]) -> T:
        """The outcome of work, for which time passes while it waits for nothing else."""
        task = asyncio.ensure_future(work)
        while not task.done():
            await asyncio.wait((task,), timeout=IO_S)
            if not task.done():
                await self.harness.clock.advance(1)
        return task.result()


@asynccontextmanager
async def night_over(harness: HttpHarness, folder: Path) -> AsyncIterator[Night]:
    """A nightdeck that is closed at the end; everything that it wrote must be free of secrets."""
    night = Night(harness, folder)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(night.engine.aclose)
        yield night
    harness.assert_no_secret(*_texts_of(folder))


def _texts_of(folder: Path) -> list[str]:
    return [file.read_bytes().decode("latin-1") for file in folder.iterdir()]
