"""In a dry run everything happens but sending, and what is said of it is true."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.actions import Desk
from tests.support.clock import FakeClock
from tests.support.scripted import FullAdapter, make_run
from tui.core.errors import ActionRefused, OutcomeUnknown, TimedOut
from tui.core.models import Action, ActionKind, ReceiptStatus
from tui.core.rehearsal import Rehearsed, RehearsedSignal, is_rehearsing, record, rehearsing
from tui.core.state import State
from tui.engine.bulk import BulkRun, ItemStatus
from tui.engine.bulk_plan import BulkLimits, BulkOrder, BulkPlanner
from tui.engine.rehearsing import call_of, rehearse
from tui.engine.sequence import JobSequence, StepStatus, plan_sequence

RUNNING = {"state": State.RUNNING, "run_id": "r1", "last_result": None}
CHANGES = {kind.value for kind in ActionKind}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path, FakeClock())
    desk.actions.is_dry_run = True
    return desk


def sent(desk: Desk) -> list[str]:
    return [call.name for call in desk.script.calls if call.name in CHANGES]


@pytest.mark.parametrize("kind", list(ActionKind))
async def test_every_action_is_rehearsed(desk: Desk, kind: ActionKind) -> None:
    job = desk.add(**(RUNNING if kind is ActionKind.STOP else {"run_id": "r1"}))
    desk.script.runs["1"] = [make_run("r1")]
    plan = await desk.actions.plan(Action(kind, job.key))
    assert not plan.refusal
    receipt = await desk.actions.perform(plan.action, confirmation=plan.expects, request_id=plan.request_id)
    assert receipt.status is ReceiptStatus.REHEARSED
    assert receipt.message.startswith(
        f"nothing was sent; it would have been: POST https://alpha.example.com/{kind}/1"
    )
    assert desk.store.receipts[job.key] == receipt
    assert (sent(desk), await desk.journal.entries()) == ([], [])
    # What was not sent is not followed, and may be done again.
    assert await desk.actions.observe(receipt) == receipt
    again = await desk.actions.plan(Action(kind, job.key))
    assert not again.refusal


async def test_guards_questions_and_freshness_are_those_of_a_real_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeClock(), environment="prod")
    desk.actions.is_dry_run = True
    job = desk.add()
    action = Action(ActionKind.TRIGGER, job.key)
    for typed in (None, "", "y", "another job"):
        receipt = await desk.actions.perform(action, confirmation=typed)
        assert receipt.status is ReceiptStatus.REFUSED
        assert "not confirmed" in receipt.message
    await desk.clock.advance(60)
    swept = desk.swept
    receipt = await desk.actions.perform(action, confirmation=job.name)
    assert (receipt.status, desk.swept) == (ReceiptStatus.REHEARSED, swept + 1)
    again = await desk.actions.perform(action, confirmation=job.name, request_id=receipt.request_id)
    assert again.status is ReceiptStatus.REFUSED
    desk.actions.guard.lock.lock()
    receipt = await desk.actions.perform(action, confirmation=job.name)
    assert (receipt.status, "read-only" in receipt.message) == (ReceiptStatus.REFUSED, True)
    assert sent(desk) == []


async def test_what_would_be_refused_is_refused_and_not_shown_as_sent(desk: Desk) -> None:
    job = desk.add(**RUNNING)
    plan = await desk.actions.plan(Action(ActionKind.STOP, job.key))
    desk.script.change("1", state=State.SUCCEEDED)
    await desk.sweep("alpha")
    receipt = await desk.actions.perform(plan.action, confirmation="")
    assert receipt.status is ReceiptStatus.REFUSED
    assert desk.store.receipts[job.key].status is ReceiptStatus.REFUSED
    assert (sent(desk), await desk.journal.entries()) == ([], [])


async def test_an_unknown_start_of_earlier_stays_in_sight(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeClock())
    job = desk.add()
    desk.script.answer(ActionKind.TRIGGER, OutcomeUnknown("lost"))
    lost = await desk.actions.perform(Action(ActionKind.TRIGGER, job.key), confirmation="")
    assert lost.status is ReceiptStatus.UNKNOWN
    desk.actions.is_dry_run = True
    action = Action(ActionKind.TRIGGER, job.key)
    entries = await desk.journal.entries()
    refused = await desk.actions.perform(action, confirmation="")
    assert (refused.status, "unknown outcome" in refused.message) == (ReceiptStatus.REFUSED, True)
    told = await desk.actions.perform(action, confirmation="", is_unknown_accepted=True)
    assert told.status is ReceiptStatus.REHEARSED
    assert desk.store.receipts[job.key].request_id == lost.request_id
    assert await desk.journal.entries() == entries
    # Nobody went on, so the real thing still has to be confirmed knowingly.
    desk.actions.is_dry_run = False
    assert (await desk.actions.plan(action)).is_in_doubt


class Careless(FullAdapter):
    """Knows nothing of rehearsals: it would act."""

    rehearses = False


async def test_an_adapter_that_can_not_be_stopped_short_is_not_asked(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeClock(), adapter=Careless)
    desk.actions.is_dry_run = True
    job = desk.add()
    receipt = await desk.actions.perform(Action(ActionKind.TRIGGER, job.key), confirmation="")
    assert receipt.status is ReceiptStatus.REFUSED
    assert "can't tell what it would send" in receipt.message
    assert sent(desk) == []
    with pytest.raises(ActionRefused, match="can't tell"):
        await call_of(desk.scripted, job, Action(ActionKind.TRIGGER, job.key), desk.redactor, desk.clock)


class Asking(FullAdapter):
    """Looks something up before it acts, and does not answer in time."""

    async def hold(self, job: object) -> None:  # type: ignore[override]
        raise TimedOut("no answer")


async def test_a_lookup_that_fails_is_told_and_nothing_is_in_doubt(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeClock(), adapter=Asking)
    desk.actions.is_dry_run = True
    job = desk.add()
    receipt = await desk.actions.perform(Action(ActionKind.HOLD, job.key), confirmation="")
    assert (receipt.status, receipt.message) == (ReceiptStatus.REFUSED, "nothing was sent: no answer")
    assert await desk.journal.entries() == []


async def test_a_bulk_is_rehearsed(desk: Desk) -> None:
    keys = tuple(desk.add(id=str(number), run_id="r").key for number in range(3))
    planner = BulkPlanner(desk.actions, desk.store, desk.clock)
    plan = await planner.plan(BulkOrder(ActionKind.RERUN, keys), lambda _: None)
    run = BulkRun(
        desk.actions, desk.store, clock=desk.clock, plan=plan, limits=BulkLimits(), tell=lambda: None
    )
    run.start(plan.expects(BulkLimits()))
    seen: set[ItemStatus] = set()
    while not run.is_over:
        seen |= {item.status for item in run.items}
        await desk.clock.advance(1)
    assert {item.status for item in run.items} == {ItemStatus.REHEARSED}
    assert ItemStatus.SENT not in seen
    assert {item.sent_at for item in run.items} == {None}
    assert (run.told, run.is_good) == ("3 of 3 rehearsed, none sent", True)
    assert (sent(desk), await desk.journal.entries()) == ([], [])
    # A second look finds the same jobs as they were.
    again = await planner.plan(BulkOrder(ActionKind.RERUN, keys), lambda _: None)
    assert again.count == 3


async def test_a_sequence_is_rehearsed_to_its_end(desk: Desk) -> None:
    keys = [desk.add(id=str(number)).key for number in range(3)]
    plan = await plan_sequence(desk.actions, keys)

    async def wait(*_: object) -> State:
        raise AssertionError("there is no run to wait for")

    sequence = JobSequence(desk.actions, wait, plan, lambda: None)
    await sequence.run(plan.expects)
    assert [step.status for step in sequence.steps] == [StepStatus.REHEARSED] * 3
    assert (sequence.is_good, sequence.is_over) == (True, True)
    assert sequence.told == "all 3 jobs rehearsed, none sent"
    assert sent(desk) == []


async def test_the_call_is_told_without_a_dry_run_and_nothing_is_sent(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeClock())
    job = desk.add()
    call = await call_of(desk.scripted, job, Action(ActionKind.TRIGGER, job.key), desk.redactor, desk.clock)
    assert call.command.startswith("curl https://alpha.example.com/trigger/1")
    assert sent(desk) == []
    assert not is_rehearsing()


async def test_a_call_with_a_secret_that_can_not_be_taken_out_is_not_shown(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeClock())
    job = desk.add(id="hunter2-and-more")
    desk.redactor.add("hunter2-and-more")
    action = Action(ActionKind.TRIGGER, job.key)
    with pytest.raises(ActionRefused, match="can't be shown") as caught:
        await call_of(desk.scripted, job, action, desk.redactor, desk.clock)
    assert "hunter2" not in str(caught.value)
    desk.actions.is_dry_run = True
    receipt = await desk.actions.perform(action, confirmation="")
    assert receipt.status is ReceiptStatus.REFUSED
    assert "hunter2" not in receipt.message


async def test_an_adapter_that_swallows_everything_is_still_found_out(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeClock())
    job = desk.add()

    class Swallowing(FullAdapter):
        async def trigger(self, job: object, params: object) -> None:  # type: ignore[override]
            try:
                record(RehearsedSignal("TERM", 1, ""))
            except Exception:  # noqa: BLE001 - as code does that knows no better
                return

    adapter = Swallowing("alpha", desk.script)
    call = await rehearse(adapter, Action(ActionKind.TRIGGER, job.key), desk.clock)
    assert call == RehearsedSignal("TERM", 1, "")


def change_something() -> None:
    assert is_rehearsing()
    record(RehearsedSignal("TERM", 1, ""))


def test_a_rehearsal_ends_with_its_block() -> None:
    with rehearsing() as calls:
        change_something()
    assert [replace(call) for call in calls] == [RehearsedSignal("TERM", 1, "")]
    assert not is_rehearsing()
    with pytest.raises(Rehearsed):
        record(RehearsedSignal("TERM", 1, ""))
