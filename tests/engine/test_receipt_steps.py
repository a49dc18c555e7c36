"""Each step of a receipt has the time at which it became known, also after a restart, and none is made up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.test_journal import make_entry
from tests.support.actions import Desk
from tests.support.clock import START, FakeClock
from tests.support.scripted import FullAdapter, make_run
from tui.core import errors
from tui.core.keys import JobKey
from tui.core.models import Accepted, ActionKind, Receipt
from tui.core.state import State

TRIGGER = ActionKind.TRIGGER
STOP = ActionKind.STOP


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path, FakeClock())
    desk.add()
    yield desk
    await desk.close()


async def restarted(desk: Desk) -> Desk:
    await desk.close()
    again = Desk(desk.database.path.parent, desk.clock, script=desk.script)
    again.store.upsert([again.script.jobs["1"]])
    await again.actions.recover()
    return again


def steps(receipt: Receipt) -> list[tuple[str, float]]:
    """Status, and seconds since the beginning, of each step."""
    return [(step.status.value, (step.at - START).total_seconds()) for step in receipt.steps]


async def test_each_step_has_its_own_time(desk: Desk) -> None:
    class Slow(FullAdapter):
        async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
            await desk.clock.sleep(2)
            return self.script.act(TRIGGER, job, {})

    desk.scripted = Slow("alpha", desk.script)
    task = asyncio.create_task(desk.act(TRIGGER))
    await desk.clock.advance(2)
    receipt = await task
    assert steps(receipt) == [("sent", 0), ("accepted", 2)]
    await desk.clock.advance(7)
    desk.observe(state=State.RUNNING)
    assert steps(desk.receipt) == [("sent", 0), ("accepted", 2), ("observed", 9)]
    assert (desk.receipt.sent_at, desk.receipt.updated_at) == (
        desk.receipt.steps[0].at,
        desk.receipt.steps[-1].at,
    )
    await desk.clock.advance(100)
    assert len(desk.receipt.steps) == 3


async def test_what_the_system_refuses_was_sent_before(desk: Desk) -> None:
    desk.script.answer(TRIGGER, errors.ActionRefused("disabled"))
    assert [status for status, _ in steps(await desk.act(TRIGGER))] == ["sent", "refused"]


async def test_what_was_never_sent_has_no_such_step(desk: Desk) -> None:
    await desk.clock.advance(3)
    assert steps(await desk.act(TRIGGER, confirmation=None)) == [("refused", 3)]


async def test_an_answer_that_was_lost_and_found_tells_all_of_it(desk: Desk) -> None:
    desk.script.answer(TRIGGER, errors.OutcomeUnknown("reset"))
    await desk.act(TRIGGER)
    assert steps(desk.receipt) == [("sent", 0), ("unknown", 0)]
    await desk.clock.advance(4)
    desk.observe(state=State.RUNNING, run_id="r9", started_at=desk.clock.now())
    assert steps(desk.receipt)[-1] == ("observed", 4)
    assert [status for status, _ in steps(desk.receipt)] == ["sent", "unknown", "observed"]


async def test_more_words_about_the_same_are_no_step(desk: Desk) -> None:
    desk.script.answer(TRIGGER, errors.OutcomeUnknown("reset"))
    await desk.act(TRIGGER)
    await desk.clock.advance(600)
    assert "in 8 looks" in desk.receipt.message
    assert steps(desk.receipt) == [("sent", 0), ("unknown", 0)]


async def test_after_a_restart_the_times_are_the_journals(desk: Desk) -> None:
    await desk.clock.advance(5)
    desk.script.answer(TRIGGER, errors.OutcomeUnknown("reset"))
    await desk.act(TRIGGER)
    await desk.clock.advance(500)
    again = await restarted(desk)
    assert steps(again.receipt) == [("sent", 5), ("unknown", 5)]
    desk.script.runs["1"] = [make_run("r9", state=State.RUNNING, started_at=again.clock.now())]
    again.observe(state=State.RUNNING, run_id="r9", started_at=again.clock.now())
    assert [status for status, _ in steps(again.receipt)] == ["sent", "unknown", "observed"]
    await again.close()


async def test_after_a_kill_nobody_knows_the_answer_since_the_restart(desk: Desk) -> None:
    """The journal has only that it was sent; that no answer came is known from the next start on."""
    await desk.journal.announce(replace(make_entry("q1"), before_state="succeeded", known_runs=("r1#1",)))
    await desk.clock.advance(300)
    again = await restarted(desk)
    assert steps(again.receipt) == [("sent", 0), ("unknown", 300)]
    await again.close()


async def test_what_was_taken_back_was_never_sent(desk: Desk) -> None:
    desk.observe(state=State.RUNNING, run_id="r7")
    task = asyncio.create_task(desk.act(STOP, undo_s=5.0))
    await desk.clock.advance(2)
    assert steps(desk.receipt) == [("waiting", 0)]
    desk.actions.undo.take_back()
    assert steps(await task) == [("withdrawn", 2)]
