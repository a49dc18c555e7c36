"""Actions on a TAC through the whole pipeline: what becomes of a request whose answer is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.adapters.talend_harness import Loss, TalendHarness
from tests.support.actions import InlineDatabase
from tests.support.clock import FakeClock
from tui.core.models import Action, ActionKind, ReceiptStatus
from tui.core.redaction import Redactor
from tui.core.state import State
from tui.engine.actions import ActionPipeline
from tui.engine.journal import Journal
from tui.engine.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tui.adapters.talend import TalendAdapter
    from tui.core.keys import JobKey
    from tui.core.models import Receipt


LONG_S = 300
"""Seconds after which a request that nobody has seen is given up for certain."""


class Night:
    """One nightdeck with one TAC."""

    def __init__(self, tac: TalendHarness, folder: Path) -> None:
        self.tac = tac
        self.store = Store(tac.clock)
        redactor = Redactor()
        self.database = InlineDatabase(folder / "history.db", tac.clock, busy_s=0.02)
        self.actions = ActionPipeline(
            self,
            store=self.store,
            journal=Journal(self.database, tac.clock, redactor),
            clock=tac.clock,
            redactor=redactor,
            is_read_only=False,
        )

    def environment(self, connection: str) -> str:
        return ""

    def is_read_only(self, connection: str) -> bool:
        return False

    async def adapter(self, connection: str) -> TalendAdapter:
        return self.tac.adapter

    async def sweep(self, connection: str) -> None:
        async for page in self.tac.adapter.list_jobs():
            self.store.upsert(page)

    def touch(self, job: JobKey) -> None:
        """Nobody polls here."""

    async def perform(self, kind: ActionKind, job: JobKey) -> Receipt:
        """Confirm it, and wait until it is seen or given up."""
        await self.sweep("tac")
        receipt = await self.actions.perform(Action(kind, job), confirmation="")
        watching = asyncio.ensure_future(self.actions.observe(receipt))
        for _ in range(LONG_S):
            if watching.done():
                break
            await self.tac.clock.advance(1)
        return await watching


@pytest.fixture
async def night(tmp_path: Path) -> AsyncIterator[Night]:
    async with TalendHarness(clock=FakeClock()) as tac:
        night = Night(tac, tmp_path)
        await night.database.open()
        yield night
        await night.actions.aclose()
        await night.database.aclose()


async def test_a_run_is_made_and_seen(night: Night) -> None:
    job = night.tac.samples.succeeding
    receipt = await night.perform(ActionKind.TRIGGER, job)
    assert receipt.status is ReceiptStatus.OBSERVED
    assert receipt.run_id == (await night.tac.see(job)).run_id


async def test_a_run_whose_answer_was_lost_is_found(night: Night) -> None:
    job = night.tac.samples.succeeding
    await night.tac.finish(job)
    night.tac.losing = Loss.AFTER
    found = await night.perform(ActionKind.TRIGGER, job)
    assert found.status is ReceiptStatus.OBSERVED
    assert "the answer was lost, but" in found.message
    assert night.tac.runs_made(job) == 2
    seen = await night.tac.until(job, lambda seen: not seen.state.is_active)
    assert seen.last_result is State.SUCCEEDED
    assert found.run_id in {"", seen.run_id}


async def test_a_run_that_was_never_made_stays_unknown(night: Night) -> None:
    job = night.tac.samples.succeeding
    await night.tac.finish(job)
    night.tac.losing = Loss.BEFORE
    receipt = await night.perform(ActionKind.TRIGGER, job)
    assert receipt.status is ReceiptStatus.UNKNOWN
    assert night.tac.runs_made(job) == 1


async def test_a_stop_whose_answer_was_lost_is_seen(night: Night) -> None:
    run = await night.tac.start(night.tac.samples.lasting)
    await night.tac.until(run.job, lambda seen: seen.state is State.RUNNING)
    night.tac.losing = Loss.AFTER
    receipt = await night.perform(ActionKind.STOP, run.job)
    assert receipt.status is ReceiptStatus.OBSERVED
    assert (await night.tac.see(run.job)).last_result is State.CANCELLED
