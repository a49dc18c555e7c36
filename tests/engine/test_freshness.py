"""How old a row may be that is acted on, and what happens when it turns out to be otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.actions import Desk, make_action
from tests.support.clock import START, FakeClock
from tests.support.scripted import FullAdapter, Script, make_run, scripted_spec
from tui.core.models import ActionKind, Receipt, ReceiptStatus
from tui.core.redaction import Redactor
from tui.core.state import State
from tui.engine.engine import Engine
from tui.engine.freshness import FRESH_S, LEAST_FRESH_S, fresh_limit_s
from tui.engine.guard import Plan
from tui.engine.history import History
from tui.engine.store import Store

TRIGGER, STOP, RERUN, HOLD, RELEASE, DELETE = ActionKind
NOTHING_SENT = ": nothing was sent (look at it, and confirm again)"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path, FakeClock())
    desk.add(state=State.SCHEDULED, run_id="r1")
    yield desk
    await desk.close()


class TestLimit:
    @pytest.mark.parametrize(
        ("refresh_s", "limit_s"), [(0.2, LEAST_FRESH_S), (1, 10), (4, 12), (8, 24), (15, 30), (3600, FRESH_S)]
    )
    def test_it_follows_the_refreshes_within_bounds(self, refresh_s: float, limit_s: float) -> None:
        assert fresh_limit_s(refresh_s) == limit_s

    @pytest.mark.parametrize(
        ("refresh_s", "fresh_s", "limit_s"), [(5.0, None, 15.0), (60.0, None, 30.0), (5.0, 120.0, 120.0)]
    )
    async def test_each_connection_has_its_own(
        self, tmp_path: Path, refresh_s: float, fresh_s: float | None, limit_s: float
    ) -> None:
        clock = FakeClock()
        spec = scripted_spec("alpha", Script(clock), FullAdapter)
        engine = Engine(
            [replace(spec, refresh_s=refresh_s, fresh_s=fresh_s)],
            store=Store(clock),
            history=History(tmp_path, clock),
            clock=clock,
            read_only=False,
            redactor=Redactor(),
        )
        assert engine._connections.fresh_s("alpha") == limit_s
        await engine.aclose()

    async def test_beyond_it_a_row_is_read_again(self, desk: Desk) -> None:
        desk.limit_s = 12.0
        await desk.clock.advance(12)
        assert not (await desk.actions.plan(make_action(TRIGGER))).is_stale
        await desk.clock.advance(1)
        plan = await desk.actions.plan(make_action(TRIGGER))
        assert (plan.is_stale, desk.swept) == (True, 0)
        await desk.act(TRIGGER, shown=plan)
        assert (desk.swept, desk.sent()) == (1, 1)

    async def test_after_the_clock_was_set_back_no_age_is_believed(self, desk: Desk) -> None:
        desk.clock.jump(-3600)
        plan = await desk.actions.plan(make_action(TRIGGER))
        assert (plan.is_stale, plan.age_s) == (True, 0.0)
        await desk.act(TRIGGER, shown=plan)
        assert desk.swept == 1

    async def test_a_little_ahead_is_how_clocks_are(self, desk: Desk) -> None:
        desk.clock.jump(-1)
        assert not (await desk.actions.plan(make_action(TRIGGER))).is_stale


Change = Callable[[Desk], object]

CHANGES: list[tuple[ActionKind, Change, str]] = [
    (
        TRIGGER,
        lambda desk: desk.script.change("1", state=State.RUNNING, run_id="r2"),
        "another run began meanwhile: it is running",
    ),
    (
        RERUN,
        lambda desk: desk.script.change("1", state=State.RUNNING, run_id="r2"),
        "another run began meanwhile: it is running",
    ),
    (
        TRIGGER,
        lambda desk: desk.script.change("1", state=State.RUNNING),
        "it was scheduled and is running now",
    ),
    (TRIGGER, lambda desk: desk.script.change("1", is_held=True), "it was put on hold meanwhile"),
    (HOLD, lambda desk: desk.script.change("1", is_held=True), "it was put on hold meanwhile"),
    (DELETE, lambda desk: desk.script.change("1", state=State.QUEUED), "it was scheduled and is queued now"),
]


class TestChanges:
    async def asked(self, desk: Desk, kind: ActionKind) -> Plan:
        plan = await desk.actions.plan(make_action(kind))
        assert plan.refusal == ""
        return plan

    async def confirm(self, desk: Desk, plan: Plan) -> Receipt:
        return await desk.actions.perform(
            plan.action, confirmation=plan.expects, request_id=plan.request_id, shown=plan
        )

    @pytest.mark.parametrize(("kind", "change", "reason"), CHANGES)
    @pytest.mark.parametrize(
        "is_seen", [True, False], ids=["the row shows it already", "the re-read shows it"]
    )
    async def test_what_is_not_as_it_was_shown_is_not_acted_on(
        self, desk: Desk, kind: ActionKind, change: Change, reason: str, is_seen: bool
    ) -> None:
        plan = await self.asked(desk, kind)
        change(desk)
        if is_seen:
            desk.observe()
        else:
            await desk.clock.advance(desk.limit_s + 1)
        receipt = await self.confirm(desk, plan)
        assert (receipt.status, receipt.message) == (ReceiptStatus.REFUSED, reason + NOTHING_SENT)
        assert (desk.sent(), desk.swept, await desk.steps()) == (0, 0 if is_seen else 1, [])

    async def test_a_failed_job_that_waits_for_its_next_time_is_no_other(self, desk: Desk) -> None:
        desk.observe(state=State.FAILED, last_result=State.FAILED)
        plan = await self.asked(desk, RERUN)
        desk.observe(state=State.SCHEDULED)
        assert (await self.confirm(desk, plan)).status is not ReceiptStatus.REFUSED

    async def test_a_job_that_ran_under_no_name_is_another(self, desk: Desk) -> None:
        desk.observe(run_id="", last_result=State.FAILED)
        plan = await self.asked(desk, TRIGGER)
        desk.observe(last_result=State.SUCCEEDED)
        assert (await self.confirm(desk, plan)).message == "it ran meanwhile: succeeded" + NOTHING_SENT

    async def test_asked_again_it_goes_through(self, desk: Desk) -> None:
        plan = await self.asked(desk, TRIGGER)
        desk.observe(state=State.FAILED)
        assert (await self.confirm(desk, plan)).status is ReceiptStatus.REFUSED
        assert (await self.confirm(desk, await self.asked(desk, TRIGGER))).status is ReceiptStatus.ACCEPTED

    async def test_a_job_that_is_gone(self, desk: Desk) -> None:
        plan = await self.asked(desk, TRIGGER)
        desk.script.remove("1")
        await desk.clock.advance(desk.limit_s + 1)
        receipt = await self.confirm(desk, plan)
        assert (receipt.status, "no job alpha/1" in receipt.message) == (ReceiptStatus.REFUSED, True)
        assert desk.sent() == 0

    async def test_a_run_that_got_on_from_the_queue_is_stopped(self, desk: Desk) -> None:
        desk.observe(state=State.QUEUED, run_id="r2")
        plan = await self.asked(desk, STOP)
        desk.script.change("1", state=State.RUNNING)
        await desk.clock.advance(desk.limit_s + 1)
        assert (await self.confirm(desk, plan)).status in (ReceiptStatus.ACCEPTED, ReceiptStatus.OBSERVED)

    async def test_an_older_run_is_judged_by_itself(self, desk: Desk) -> None:
        desk.observe(state=State.RUNNING, run_id="r2")
        desk.script.runs["1"] = [make_run("r2", state=State.RUNNING), make_run("r0", state=State.RUNNING)]
        plan = await desk.actions.plan(make_action(STOP, run_id="r0"))
        desk.observe(state=State.SUCCEEDED, ended_at=START)
        assert (await self.confirm(desk, plan)).status is not ReceiptStatus.REFUSED
        assert [call.args[1].run_id for call in desk.script.calls if call.name == "stop"] == ["r0"]
