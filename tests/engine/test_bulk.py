"""Acting on many jobs: the plan, the pace, the limits, the end, and never twice."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.actions import Desk
from tests.support.clock import START, FakeClock
from tests.support.scripted import FullAdapter, Script, make_job, scripted_spec
from tui.core import errors
from tui.core.health import Health
from tui.core.keys import JobKey
from tui.core.models import Accepted, ActionKind, HealthStatus
from tui.core.redaction import Redactor
from tui.core.state import State
from tui.engine.bulk import BulkRun, ItemStatus
from tui.engine.bulk_plan import BulkLimits, BulkOrder, BulkPlan, BulkPlanner
from tui.engine.bulk_report import bulk_csv, bulk_json, bulk_markdown
from tui.engine.engine import Engine
from tui.engine.freshness import change_since
from tui.engine.guard import GuardLevel
from tui.engine.history import History
from tui.engine.store import Store

TRIGGER, STOP, RERUN, HOLD, RELEASE, _ = ActionKind
CALM = BulkLimits(at_once=1, stagger_s=0)
RUNNING: dict[str, Any] = {"state": State.RUNNING, "run_id": "r1", "started_at": START}
FAILED: dict[str, Any] = {"state": State.FAILED, "last_result": State.FAILED, "run_id": "r1"}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path, FakeClock())
    yield desk
    await desk.close()


def add(desk: Desk, count: int, **changes: Any) -> None:
    for number in range(1, count + 1):
        desk.add(id=str(number), **{**FAILED, **changes})


def keys(count: int) -> tuple[JobKey, ...]:
    return tuple(JobKey("alpha", str(number)) for number in range(1, count + 1))


async def plan(desk: Desk, kind: ActionKind = RERUN, count: int = 3, **options: Any) -> BulkPlan:
    return await BulkPlanner(desk.actions, desk.store, desk.clock).plan(
        BulkOrder(kind, keys(count), **options)
    )


def make_run(desk: Desk, shown: BulkPlan, limits: BulkLimits = CALM) -> BulkRun:
    return BulkRun(desk.actions, desk.store, clock=desk.clock, plan=shown, limits=limits, tell=lambda: None)


async def begin(desk: Desk, shown: BulkPlan, limits: BulkLimits = CALM, typed: str = "") -> BulkRun:
    run = make_run(desk, shown, limits)
    run.start(typed)
    await desk.clock.settle()
    return run


def statuses(run: BulkRun) -> list[ItemStatus]:
    return [item.status for item in run.items]


def reasons(shown: BulkPlan) -> list[str]:
    return [line.reason for line in shown.lines]


class TestPlan:
    async def test_each_line_tells_what_would_be_sent_and_nothing_is(self, desk: Desk) -> None:
        add(desk, 2)
        desk.add(id="3", state=State.NEVER_RUN, last_result=None)
        told: list[int] = []
        planner = BulkPlanner(desk.actions, desk.store, desk.clock)
        shown = await planner.plan(BulkOrder(RERUN, (*keys(3), keys(1)[0])), told.append)
        assert [line.plan.preview for line in shown.lines if line.plan] == ["rerun 1", "rerun 2", "trigger 3"]
        assert (shown.count, told, desk.sent()) == (3, [1, 2, 3], 0)

    @pytest.mark.parametrize(
        ("kind", "changes", "reason"),
        [
            (RERUN, {"is_held": True}, "on hold: release it first, or run it alone"),
            (TRIGGER, RUNNING, "it is running already"),
            (STOP, {}, "not running: failed"),
            (HOLD, {"is_held": True}, "on hold already"),
            (RELEASE, {}, "it is not on hold"),
            (RERUN, {"observed_at": START - timedelta(hours=2)}, "last seen 2h ago: refresh it first"),
        ],
    )
    async def test_what_makes_no_sense_is_left_out(
        self, desk: Desk, kind: ActionKind, changes: dict[str, Any], reason: str
    ) -> None:
        add(desk, 1, **changes)
        shown = await plan(desk, kind, 1)
        assert (reasons(shown), shown.count) == ([reason], 0)
        run = await begin(desk, shown)
        assert (run.is_over, desk.sent(), statuses(run)) == (True, 0, [ItemStatus.SKIPPED])

    async def test_what_can_not_be_done_is_left_out_with_the_reason(self, desk: Desk) -> None:
        add(desk, 1)
        shown = await plan(desk, count=2)
        assert reasons(shown) == ["", "it is gone"]
        desk.script.reasons[RERUN] = "the task is disabled"
        assert reasons(await plan(desk, count=1)) == ["the task is disabled"]
        desk.actions.guard.lock.lock()
        assert reasons(await plan(desk, count=1)) == ["nightdeck is read-only: nothing is sent"]
        desk.actions.guard.lock.unlock()
        desk.store.set_health(
            Health("alpha", "scripted", status=HealthStatus.FAILING, message="no route to host")
        )
        assert reasons(await plan(desk, count=1)) == ["alpha can't be used now: no route to host"]

    async def test_a_start_that_is_not_seen_yet_or_whose_answer_was_lost_is_not_repeated(
        self, desk: Desk
    ) -> None:
        add(desk, 2)
        desk.script.answer(RERUN, Accepted("r2"))
        desk.script.answer(RERUN, errors.OutcomeUnknown("the connection broke"))
        await desk.act(RERUN, job_id="1")
        await desk.act(RERUN, job_id="2")
        shown = await plan(desk, count=2)
        assert "a rerun was sent just now and is not seen yet" in reasons(shown)[0]
        assert "has an unknown outcome" in reasons(shown)[1]

    async def test_what_can_only_be_released_is(self, desk: Desk) -> None:
        add(desk, 1)
        desk.script.reasons[HOLD] = "it has no schedule to hold"
        assert (await plan(desk, RELEASE, 1)).count == 1

    async def test_options_reach_the_requests(self, desk: Desk) -> None:
        add(desk, 2, **RUNNING)
        run = await begin(desk, await plan(desk, STOP, 2, is_forced=True), typed="y")
        assert [args[-1] for args in desk.script.called("stop")] == [True, True]
        assert run.is_over
        add(desk, 1)
        await begin(desk, await plan(desk, RERUN, 1, is_failed_only=True))
        assert [args[-1] for args in desk.script.called("rerun")] == [True]

    @pytest.mark.parametrize(
        ("environment", "level", "expects"),
        [("dev", GuardLevel.ENTER, ""), ("stage", GuardLevel.YES, "y"), ("prod", GuardLevel.NAME, "3")],
    )
    async def test_it_is_confirmed_as_its_most_guarded_job(
        self, tmp_path: Path, environment: str, level: GuardLevel, expects: str
    ) -> None:
        desk = Desk(tmp_path, FakeClock(), environment=environment)
        add(desk, 3)
        shown = await plan(desk)
        assert (shown.level(CALM), shown.expects(CALM), shown.environment) == (level, expects, environment)
        assert [tuple(share) for share in shown.shares()] == [("alpha", environment, 3, 0)]
        for wrong in ("x", "2", "job 1", "3 jobs"):
            run = await begin(desk, shown, typed=wrong)
            assert (statuses(run), desk.sent()) == ([ItemStatus.NOT_SENT] * 3, 0)
        run = await begin(desk, shown, typed=expects)
        assert (desk.sent(RERUN), run.told) == (3, "3 of 3 sent")
        await desk.close()

    async def test_many_jobs_are_counted_by_the_user_wherever_they_are(self, desk: Desk) -> None:
        add(desk, 3)
        shown, limits = await plan(desk), BulkLimits(typed_above=2)
        assert (shown.level(limits), shown.expects(limits)) == (GuardLevel.NAME, "3")


class TestPace:
    async def test_requests_to_one_connection_keep_their_distance(self, desk: Desk) -> None:
        add(desk, 3)
        run = await begin(desk, await plan(desk), BulkLimits(at_once=8, stagger_s=5))
        for number in (1, 2, 3):
            assert desk.sent(RERUN) == number
            await desk.clock.advance(4.9)
            assert desk.sent(RERUN) == number
            await desk.clock.advance(0.1)
        assert run.is_over

    async def test_no_more_answers_are_awaited_than_allowed(self, tmp_path: Path) -> None:
        class Slow(FullAdapter):
            most = now = 0

            async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
                Slow.now += 1
                Slow.most = max(Slow.most, Slow.now)
                await self.script.clock.sleep(10)
                Slow.now -= 1
                return self.script.act(TRIGGER, job, dict(params))

        desk = Desk(tmp_path, FakeClock(), adapter=Slow)
        add(desk, 5)
        run = await begin(desk, await plan(desk, TRIGGER, 5), BulkLimits(at_once=2, stagger_s=0))
        await desk.clock.advance(35)
        assert (Slow.most, desk.sent(TRIGGER), run.is_over) == (2, 5, True)
        await desk.close()

    async def test_starting_it_twice_sends_nothing_twice(self, desk: Desk) -> None:
        add(desk, 3)
        run = make_run(desk, await plan(desk))
        run.start("")
        run.start("")
        await desk.clock.settle()
        run.start("")
        await desk.clock.settle()
        assert desk.sent() == 3


class TestResults:
    async def test_every_receipt_is_followed_until_its_effect_is_seen(self, desk: Desk) -> None:
        add(desk, 3)
        desk.script.answer(RERUN, Accepted("r2", "queued"))
        desk.script.answer(RERUN, errors.ActionRefused("the task is busy"))
        desk.script.answer(RERUN, errors.OutcomeUnknown("the connection broke"))
        run = await begin(desk, await plan(desk))
        assert statuses(run) == [ItemStatus.ACCEPTED, ItemStatus.REFUSED, ItemStatus.UNKNOWN]
        assert [item.message for item in run.items][:2] == ["queued", "the task is busy"]
        assert run.told == "3 of 3 sent, 1 refused, 1 unknown"
        desk.observe("1", state=State.RUNNING, run_id="r2", started_at=desk.clock.now())
        assert (run.items[0].status, run.items[0].state) == (ItemStatus.OBSERVED, State.RUNNING)
        assert run.tally[ItemStatus.OBSERVED] == 1
        assert not run.is_good

    async def test_what_changed_meanwhile_is_not_acted_on(self, desk: Desk) -> None:
        add(desk, 4)
        shown = await plan(desk, count=4)
        desk.observe("1", state=State.RUNNING, run_id="r2")
        desk.observe("2", state=State.SUCCEEDED)
        desk.observe("3", is_held=True)
        run = await begin(desk, shown)
        assert [item.message for item in run.items][:3] == [
            "another run began meanwhile: it is running",
            "it was failed and is succeeded now",
            "it was put on hold meanwhile",
        ]
        assert [args[0].id for args in desk.script.called("rerun")] == ["4"]

    async def test_an_old_row_is_read_again_before_it_is_acted_on(self, desk: Desk) -> None:
        add(desk, 2)
        shown = await plan(desk, count=2)
        desk.script.change("1", state=State.RUNNING, run_id="r2")
        await desk.clock.advance(60)
        run = await begin(desk, shown)
        assert statuses(run)[0] is ItemStatus.SKIPPED
        assert (desk.swept, [args[0].id for args in desk.script.called("rerun")]) == (1, ["2"])

    async def test_a_finished_run_is_not_stopped(self, desk: Desk) -> None:
        add(desk, 2, **RUNNING)
        shown = await plan(desk, STOP, 2)
        desk.observe("1", state=State.SUCCEEDED, ended_at=desk.clock.now())
        run = await begin(desk, shown)
        assert run.items[0].message == "it was running and is succeeded now"
        assert [args[0].id for args in desk.script.called("stop")] == ["2"]

    async def test_a_run_that_goes_on_from_queued_to_running_is_stopped(self, desk: Desk) -> None:
        add(desk, 1, **RUNNING | {"state": State.QUEUED})
        shown = await plan(desk, STOP, 1)
        assert shown.lines[0].plan is not None
        now = desk.observe("1", state=State.RUNNING)
        assert change_since(shown.lines[0].plan, now) == ""
        await begin(desk, shown)
        assert desk.sent(STOP) == 1

    async def test_what_was_acted_on_meanwhile_is_not_acted_on_again(self, desk: Desk) -> None:
        add(desk, 2)
        shown = await plan(desk, count=2)
        desk.script.answer(RERUN, Accepted("r2"))
        await desk.act(RERUN, job_id="1")
        run = await begin(desk, shown)
        assert (run.items[0].message, desk.sent(RERUN)) == ("a rerun was sent meanwhile", 2)
        again = await begin(desk, shown)
        assert (statuses(again)[:2], desk.sent(RERUN)) == ([ItemStatus.SKIPPED] * 2, 2)

    async def test_a_lock_put_on_meanwhile_holds(self, desk: Desk) -> None:
        add(desk, 2)
        shown = await plan(desk, count=2)
        desk.actions.guard.lock.lock()
        run = await begin(desk, shown)
        assert (statuses(run), desk.sent()) == ([ItemStatus.SKIPPED] * 2, 0)


class TestEnd:
    @pytest.mark.parametrize(("limit", "sent"), [(1, 1), (3, 3), (0, 5)])
    async def test_so_many_failures_end_it(self, desk: Desk, limit: int, sent: int) -> None:
        add(desk, 5)
        for _ in range(5):
            desk.script.answer(RERUN, errors.ActionRefused("no"))
        run = await begin(desk, await plan(desk, count=5), replace(CALM, most_failures=limit))
        assert (desk.sent(), run.is_over) == (sent, True)
        assert statuses(run).count(ItemStatus.NOT_SENT) == 5 - sent
        assert ("stopped after" in run.ended_by) is (sent < 5)

    async def test_a_system_that_went_down_ends_it_too(self, desk: Desk) -> None:
        add(desk, 5)
        shown = await plan(desk, count=5)
        await desk.clock.advance(60)
        desk.error = errors.Unreachable("no route to host")
        run = await begin(desk, shown, replace(CALM, most_failures=2))
        assert statuses(run) == [ItemStatus.REFUSED] * 2 + [ItemStatus.NOT_SENT] * 3
        assert desk.sent() == 0

    async def test_aborted_what_was_sent_stays_sent_and_the_rest_never_is(self, desk: Desk) -> None:
        add(desk, 4)
        run = await begin(desk, await plan(desk, count=4), BulkLimits(at_once=2, stagger_s=5))
        await desk.clock.advance(5)
        assert (desk.sent(), run.unsent) == (2, 2)
        run.abort()
        assert (run.is_over, run.told) == (True, "2 of 4 sent, aborted")
        await desk.clock.advance(100)
        assert desk.sent() == 2
        run.start("")
        await desk.clock.settle()
        assert desk.sent() == 2

    async def test_an_abort_while_a_row_is_read_again_keeps_it_from_being_sent(self, desk: Desk) -> None:
        add(desk, 2)
        shown = await plan(desk, count=2)
        await desk.clock.advance(60)
        desk.script.sweep_s = 5
        run = await begin(desk, shown)
        assert statuses(run)[0] is ItemStatus.CHECKING
        run.abort()
        await desk.clock.advance(60)
        assert (statuses(run), desk.sent()) == ([ItemStatus.NOT_SENT] * 2, 0)


class TestOverAnEngine:
    @pytest.fixture
    async def engine(self, tmp_path: Path) -> AsyncIterator[Engine]:
        self.clock = clock = FakeClock()
        self.script = Script(clock)
        self.script.add(*(make_job(str(number), **FAILED) for number in range(1, 5)))
        engine = Engine(
            [scripted_spec("alpha", self.script)],
            store=Store(clock),
            history=History(tmp_path, clock),
            clock=clock,
            read_only=False,
            redactor=Redactor(),
        )
        await engine.start()
        await clock.advance(2)
        await clock.wait_until(lambda: len(engine.store.jobs) == 4)
        yield engine
        await engine.aclose()

    async def start(self, engine: Engine) -> BulkRun:
        shown = await engine.plan_bulk(BulkOrder(RERUN, keys(4)), lambda _: None)
        return engine.start_bulk(shown, BulkLimits(1, 30), "", lambda _: None)

    async def test_one_at_a_time_and_closing_sends_no_more(self, engine: Engine) -> None:
        run = await self.start(engine)
        await self.clock.wait_until(lambda: len(self.script.called("rerun")) == 1)
        with pytest.raises(errors.ActionRefused, match="another bulk goes on"):
            await self.start(engine)
        await engine.aclose()
        assert len(self.script.called("rerun")) == 1
        assert statuses(run)[1:] == [ItemStatus.NOT_SENT] * 3


class TestReport:
    async def test_it_tells_every_job(self, desk: Desk) -> None:
        add(desk, 2, name="load | all")
        desk.script.answer(RERUN, Accepted("r2"))
        desk.script.answer(RERUN, errors.ActionRefused("busy"))
        run = await begin(desk, await plan(desk))
        text = bulk_markdown(run, desk.clock.now())
        assert text.startswith("# rerun of 2 jobs\n")
        assert "| load \\| all | alpha |  | rerun | accepted | r2 |" in text
        assert "- 1 accepted, 1 refused, 1 skipped" in text
        rows = list(csv.DictReader(io.StringIO(bulk_csv(run))))
        assert [row["status"] for row in rows] == ["accepted", "refused", "skipped"]
        assert json.loads(bulk_json(run))["jobs"] == rows


OUTCOMES: Mapping[str, Exception | None] = {
    "accepted": None,
    "refused": errors.ActionRefused("no"),
    "lost": errors.OutcomeUnknown("the connection broke"),
    "bug": KeyError("runId"),
}

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.sampled_from((0.0, 0.5, 3.0, 40.0))),
        st.tuples(st.just("abort"), st.just(0)),
        st.tuples(st.just("again"), st.just(0)),
        st.tuples(st.just("change"), st.integers(1, 6)),
        st.tuples(st.just("lock"), st.just(0)),
    ),
    max_size=8,
)


@given(
    outcomes=st.lists(st.sampled_from(sorted(OUTCOMES)), min_size=6, max_size=6),
    limits=st.builds(
        BulkLimits,
        at_once=st.integers(1, 4),
        stagger_s=st.sampled_from((0.0, 0.5, 3.0)),
        most_failures=st.integers(0, 3),
    ),
    steps=STEPS,
)
@settings(max_examples=60, deadline=None)
def test_no_job_is_sent_more_than_once_and_none_that_was_kept_back(
    outcomes: list[str], limits: BulkLimits, steps: list[tuple[str, float]]
) -> None:
    asyncio.run(check(outcomes, limits, steps))


async def check(outcomes: list[str], limits: BulkLimits, steps: list[tuple[str, float]]) -> None:
    calls: Counter[str] = Counter()

    class Wild(FullAdapter):
        async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
            calls[job.id] += 1
            await self.script.clock.sleep(1)
            error = OUTCOMES[outcomes[int(job.id) - 1]]
            if error is not None:
                raise error
            return self.script.act(TRIGGER, job, dict(params))

    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder), FakeClock(), adapter=Wild)
        add(desk, 6)
        shown = await plan(desk, TRIGGER, 6)
        run = make_run(desk, shown, limits)
        run.start("")
        kept: set[str] = set()
        for step, value in steps:
            if step == "wait":
                await desk.clock.advance(value)
            elif step == "abort":
                run.abort()
                kept = {item.line.job.id for item in run.items if not item.request_id}
            elif step == "again":
                run.start("")
            elif step == "change":
                desk.observe(str(int(value)), state=State.RUNNING, run_id="other")
            else:
                desk.actions.guard.lock.lock()
        await desk.clock.advance(300)
        assert run.is_over
        unsent = {item.line.job.id for item in run.items if not item.request_id}
        assert all(count == 1 for count in calls.values())
        assert not (unsent | kept) & calls.keys()
        sent = {entry.job_id for entry in await desk.journal.entries() if entry.status == "sent"}
        assert sent == calls.keys()
        await desk.close()
