"""What can't be made good again waits for a moment, and whatever ends that moment otherwise sends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.actions import Desk, make_action
from tests.support.clock import FakeClock
from tui.core.errors import ActionRefused, TakenBack
from tui.core.keys import JobKey
from tui.core.models import ActionKind, Receipt, ReceiptStatus
from tui.core.state import State
from tui.engine.bulk import BulkRun, ItemStatus
from tui.engine.bulk_plan import BulkLimits, BulkOrder, BulkPlanner
from tui.engine.undo_window import LATE_S, UNDOABLE, UndoWindow

TRIGGER, STOP, RERUN, HOLD, RELEASE, DELETE = ActionKind
WINDOW_S = 5.0
JOB = JobKey("alpha", "1")
TAKEN_BACK = "taken back: nothing was sent"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def desk(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path, clock)
    desk.add(name="load-customers", state=State.RUNNING, run_id="r7")
    yield desk
    await desk.close()


class Acting:
    """An action that waits in the window."""

    def __init__(self, desk: Desk, kind: ActionKind = STOP, job_id: str = "1") -> None:
        confirmation = "load-customers" if kind is DELETE else ""
        self.task = asyncio.create_task(
            desk.act(kind, job_id=job_id, confirmation=confirmation, undo_s=WINDOW_S)
        )
        self.desk = desk

    async def ended(self) -> Receipt:
        await self.desk.clock.settle()
        assert self.task.done()
        return self.task.result()


async def begun(desk: Desk, kind: ActionKind = STOP, job_id: str = "1") -> Acting:
    acting = Acting(desk, kind, job_id)
    await desk.clock.settle()
    return acting


class TestWaiting:
    @pytest.mark.parametrize("kind", list(ActionKind))
    async def test_only_what_cannot_be_made_good_again_waits(self, desk: Desk, kind: ActionKind) -> None:
        acting = await begun(desk, kind)
        waits = desk.sent() == 0
        assert waits is (kind in UNDOABLE) is (kind in (STOP, DELETE))
        assert waits is not acting.task.done()
        await desk.clock.advance(WINDOW_S)
        assert (await acting.ended()).status in (ReceiptStatus.ACCEPTED, ReceiptStatus.OBSERVED)
        assert desk.sent() == 1

    async def test_nothing_leaves_before_the_last_moment_nor_is_journaled(self, desk: Desk) -> None:
        acting = await begun(desk)
        await desk.clock.advance(WINDOW_S - 0.01)
        assert (desk.sent(), await desk.steps(), desk.swept) == (0, [], 0)
        await desk.clock.advance(0.01)
        assert desk.sent(STOP) == 1
        assert (await desk.steps())[0] == ("stop", "sent")
        await acting.ended()

    async def test_the_row_and_the_window_tell_what_waits_and_for_how_long(self, desk: Desk) -> None:
        await begun(desk)
        await desk.clock.advance(1)
        receipt = desk.receipt
        assert receipt.status is ReceiptStatus.WAITING
        assert (receipt.sent_at - desk.clock.now()).total_seconds() == 4.0
        (held,) = desk.actions.undo.held
        assert (held.what, desk.actions.undo.left_s(held)) == ("stop of load-customers", 4.0)

    async def test_a_window_of_no_time_is_none(self, desk: Desk) -> None:
        receipt = await desk.act(STOP, undo_s=0.0)
        assert receipt.status is ReceiptStatus.ACCEPTED

    async def test_a_dry_run_does_not_wait_for_what_it_does_not_send(
        self, tmp_path: Path, clock: FakeClock
    ) -> None:
        desk = Desk(tmp_path, clock)
        desk.add(name="load-customers", state=State.RUNNING, run_id="r7")
        desk.actions.is_dry_run = True
        await (await begun(desk)).ended()
        assert desk.sent() == 0
        await desk.close()

    async def test_what_was_typed_wrongly_does_not_wait(self, desk: Desk) -> None:
        receipt = await desk.act(DELETE, confirmation="load", undo_s=WINDOW_S)
        assert (receipt.status, desk.actions.undo.held) == (ReceiptStatus.REFUSED, ())

    async def test_a_second_one_of_the_same_job_is_refused_meanwhile(self, desk: Desk) -> None:
        acting = await begun(desk)
        for kind in (STOP, RERUN):
            plan = await desk.actions.plan(make_action(kind))
            assert plan.refusal.startswith("the stop of load-customers waits to be sent")
            assert (await desk.act(kind)).status is ReceiptStatus.REFUSED
        await desk.clock.advance(WINDOW_S)
        await acting.ended()
        assert desk.sent() == 1


class TestTakingBack:
    async def test_what_was_taken_back_is_never_sent(self, desk: Desk) -> None:
        acting = await begun(desk)
        await desk.clock.advance(WINDOW_S - 0.01)
        taken = desk.actions.undo.take_back()
        assert taken is not None
        receipt = await acting.ended()
        assert (receipt.status, receipt.message) == (ReceiptStatus.WITHDRAWN, TAKEN_BACK)
        assert desk.receipt == receipt
        await desk.clock.advance(600)
        assert (desk.sent(), await desk.steps(), desk.actions.undo.take_back()) == (0, [], None)

    async def test_the_newest_goes_first(self, desk: Desk) -> None:
        desk.add(id="2", name="report", state=State.RUNNING, run_id="r8")
        first = await begun(desk)
        await desk.clock.advance(1)
        second = await begun(desk, job_id="2")
        taken = desk.actions.undo.take_back()
        assert taken is not None
        assert taken.what == "stop of report"
        assert (await second.ended()).status is ReceiptStatus.WITHDRAWN
        await desk.clock.advance(WINDOW_S)
        assert (await first.ended()).status is ReceiptStatus.ACCEPTED
        assert [call.args[0] for call in desk.script.calls if call.name == "stop"] == [JOB]

    async def test_at_the_very_moment_of_sending_it_is_either_sent_or_taken_back(self, desk: Desk) -> None:
        """Whichever comes first in the same turn of the loop wins, and the answer is true."""
        outcomes = []
        for turn in range(12):
            desk.observe(state=State.RUNNING, run_id=f"r{turn}")
            before = desk.sent()
            acting = await begun(desk)
            advancing = asyncio.create_task(desk.clock.advance(WINDOW_S))
            for _ in range(58 + turn):
                await asyncio.sleep(0)
            taken = desk.actions.undo.take_back()
            await advancing
            receipt = await acting.ended()
            assert (desk.sent() == before) is (taken is not None)
            assert (receipt.status is ReceiptStatus.WITHDRAWN) is (taken is not None)
            outcomes.append(taken is not None)
        assert set(outcomes) == {True, False}, "both were tried"

    async def test_an_unknown_outcome_stays_in_the_row(self, desk: Desk) -> None:
        desk.script.answer(RERUN, KeyError("lost"))
        await desk.act(RERUN)
        assert desk.receipt.status is ReceiptStatus.UNKNOWN
        acting = await begun(desk)
        desk.actions.undo.take_back()
        await acting.ended()
        assert desk.receipt.status is ReceiptStatus.UNKNOWN


class TestWhatEndsIt:
    async def test_closing_sends_nothing_and_tells_what_waited(self, desk: Desk) -> None:
        acting = await begun(desk)
        closing = asyncio.create_task(desk.actions.aclose())
        await desk.clock.advance(600)
        await closing
        receipt = await acting.ended()
        assert (receipt.status, receipt.message) == (
            ReceiptStatus.WITHDRAWN,
            "nightdeck was closed: nothing was sent",
        )
        assert desk.sent() == 0

    async def test_what_is_confirmed_while_it_closes_is_not_sent_either(self, desk: Desk) -> None:
        desk.actions.undo.close()
        assert (await (await begun(desk)).ended()).status is ReceiptStatus.WITHDRAWN
        assert desk.sent() == 0

    async def test_a_cancelled_wait_leaves_nothing_behind(self, clock: FakeClock) -> None:
        window = UndoWindow(clock)
        held = window.hold("stop of x", [JOB], WINDOW_S)
        waiting = asyncio.create_task(window.wait(held))
        await clock.settle()
        waiting.cancel()
        await clock.settle()
        assert (window.held, clock.sleeping) == ((), 0)

    @pytest.mark.parametrize("is_machine_asleep", [True, False])
    async def test_a_machine_that_slept_or_a_program_that_was_stopped_sends_nothing_late(
        self, desk: Desk, is_machine_asleep: bool
    ) -> None:
        acting = await begun(desk)
        if is_machine_asleep:
            desk.clock.jump(8 * 3600)
            await desk.clock.advance(WINDOW_S)
        else:
            # The event loop stood still: the sleeper wakes long after its time.
            desk.clock._move_to(desk.clock.monotonic() + WINDOW_S + LATE_S + 1)
            await desk.clock.advance(0)
        receipt = await acting.ended()
        assert receipt.status is ReceiptStatus.REFUSED
        assert receipt.message.startswith("nightdeck stood still while it waited: nothing was sent")
        assert desk.sent() == 0

    async def test_a_clock_that_is_set_back_changes_nothing(self, desk: Desk) -> None:
        acting = await begun(desk)
        desk.clock.jump(-3600)
        await desk.clock.advance(WINDOW_S)
        await acting.ended()
        assert desk.sent() == 1


class TestChecksAfterIt:
    """Lock, state and freshness count at the moment of sending, not at that of the confirmation."""

    async def test_the_lock(self, desk: Desk) -> None:
        acting = await begun(desk)
        desk.actions.guard.lock.lock()
        await desk.clock.advance(WINDOW_S)
        receipt = await acting.ended()
        assert (receipt.message, desk.sent()) == ("nightdeck is read-only: nothing is sent", 0)

    async def test_a_run_that_ended_meanwhile(self, desk: Desk) -> None:
        acting = await begun(desk)
        desk.observe(state=State.SUCCEEDED, ended_at=desk.clock.now())
        await desk.clock.advance(WINDOW_S)
        assert (await acting.ended()).message == "it has ended already: succeeded"
        assert desk.sent() == 0

    async def test_a_row_that_grew_old_meanwhile(self, desk: Desk) -> None:
        await desk.clock.advance(desk.limit_s - WINDOW_S + 1)
        acting = await begun(desk)
        assert desk.swept == 0
        await desk.clock.advance(WINDOW_S)
        await acting.ended()
        assert (desk.swept, desk.sent()) == (1, 1)


class TestMany:
    async def begin(self, desk: Desk, kind: ActionKind = STOP, count: int = 3) -> BulkRun:
        for number in range(2, count + 1):
            desk.add(id=str(number), name=f"job {number}", state=State.RUNNING, run_id=f"r{number}")
        order = BulkOrder(kind, tuple(JobKey("alpha", str(n)) for n in range(1, count + 1)))
        planner = BulkPlanner(desk.actions, desk.store, desk.clock)
        run = BulkRun(
            desk.actions,
            desk.store,
            clock=desk.clock,
            plan=await planner.plan(order),
            limits=BulkLimits(stagger_s=0),
            tell=lambda: None,
            undo_s=WINDOW_S,
        )
        run.start("")
        await desk.clock.settle()
        return run

    async def test_the_window_stands_once_before_the_first(self, desk: Desk) -> None:
        run = await self.begin(desk)
        assert (run.is_held, run.told, desk.sent()) == (True, "0 of 3 sent, the first in 5 s", 0)
        assert [held.what for held in desk.actions.undo.held] == ["stop of 3 jobs"]
        await desk.clock.advance(WINDOW_S - 0.01)
        assert desk.sent() == 0
        await desk.clock.advance(0.01)
        assert (run.is_held, run.is_over, desk.sent(STOP)) == (False, True, 3)

    async def test_all_of_it_is_taken_back_at_once(self, desk: Desk) -> None:
        run = await self.begin(desk)
        desk.actions.undo.take_back()
        await desk.clock.advance(600)
        assert (run.is_over, run.told) == (True, f"0 of 3 sent, {TAKEN_BACK}")
        assert {item.status for item in run.items} == {ItemStatus.NOT_SENT}
        assert (desk.sent(), await desk.steps()) == (0, [])

    async def test_an_abort_ends_the_window_too(self, desk: Desk) -> None:
        run = await self.begin(desk)
        run.abort()
        await desk.clock.advance(600)
        assert (run.told, run.is_held, desk.sent()) == ("0 of 3 sent, aborted", False, 0)
        assert desk.actions.undo.held == ()

    async def test_other_kinds_go_at_once(self, desk: Desk) -> None:
        run = await self.begin(desk, HOLD)
        assert (run.is_held, desk.sent(HOLD)) == (False, 3)

    async def test_none_of_its_jobs_is_acted_on_meanwhile(self, desk: Desk) -> None:
        await self.begin(desk)
        assert "the stop of 3 jobs waits" in (await desk.act(STOP, job_id="2")).message


async def test_the_window_says_why(clock: FakeClock) -> None:
    window = UndoWindow(clock)
    held = window.hold("stop of x", [JOB], WINDOW_S)
    window.take_back()
    with pytest.raises(TakenBack, match=TAKEN_BACK):
        await window.wait(held)
    assert issubclass(TakenBack, ActionRefused)
