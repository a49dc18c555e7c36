from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.actions import Desk, make_action
from tests.support.clock import FakeClock
from tests.support.scripted import CheckingAdapter, FullAdapter, ScriptedAdapter, make_job, make_run
from tui.core import errors
from tui.core.capabilities import CanHold, CanStop, CanTrigger
from tui.core.keys import JobKey, RunKey
from tui.core.models import Accepted, Action, ActionKind, Job, ReceiptStatus
from tui.core.redaction import MASK
from tui.core.state import State
from tui.engine.actions import BASELINE_LIMIT_S, CLOSE_S, SEND_LIMIT_S
from tui.engine.freshness import FRESH_S
from tui.engine.guard import GuardLevel
from tui.engine.journal import UNFINISHED_FOR

JOB = JobKey("alpha", "1")
TRIGGER, STOP, RERUN, HOLD, RELEASE, DELETE = ActionKind
REFUSED, ACCEPTED, UNKNOWN = ReceiptStatus.REFUSED, ReceiptStatus.ACCEPTED, ReceiptStatus.UNKNOWN


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def desk(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path, clock)
    desk.add()
    yield desk
    await desk.close()


class TriggerOnly(ScriptedAdapter, CanTrigger, CanStop):
    """A system that can't repeat a run by itself."""

    async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
        return self.script.act(TRIGGER, job, dict(params))

    async def stop(self, run: RunKey, *, is_forced: bool = False) -> Accepted:
        return self.script.act(STOP, run.job, run, is_forced)


class CheckedFull(CheckingAdapter, CanTrigger, CanHold):
    """A system where each job's state costs a call."""

    async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
        return self.script.act(TRIGGER, job, dict(params))

    async def hold(self, job: JobKey) -> Accepted:
        return self.script.act(HOLD, job)

    async def release(self, job: JobKey) -> Accepted:
        return self.script.act(RELEASE, job)


class Hanging(FullAdapter):
    """Takes a trigger and does not answer until the test says so."""

    answer = asyncio.Event()

    async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
        accepted = self.script.act(TRIGGER, job, dict(params))
        await self.answer.wait()
        return accepted


@pytest.fixture
def hanging(tmp_path: Path, clock: FakeClock) -> Desk:
    Hanging.answer = asyncio.Event()
    desk = Desk(tmp_path, clock, adapter=Hanging)
    desk.add()
    return desk


class TestSending:
    async def test_a_trigger_is_sent_once_with_its_parameters(self, desk: Desk) -> None:
        receipt = await desk.act(TRIGGER, params={"day": "21"})
        assert desk.script.called("trigger") == [(JOB, {"day": "21"})]
        assert (receipt.status, receipt.run_id, receipt.message) == (ACCEPTED, "run-1", "started")
        assert await desk.steps() == [("trigger", "sent"), ("trigger", "accepted")]
        assert desk.touched == [JOB]

    async def test_it_is_journaled_before_it_is_sent(self, desk: Desk) -> None:
        journaled: list[tuple[str, str]] = []

        class Looking(FullAdapter):
            async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
                journaled.extend([(e.action, e.status) for e in await desk.journal.entries()])
                return await super().trigger(job, params)

        desk.scripted = Looking("alpha", desk.script)
        await desk.act(TRIGGER)
        assert journaled == [("trigger", "sent")]

    async def test_a_stop_hits_the_newest_run(self, desk: Desk) -> None:
        desk.observe(state=State.RUNNING, run_id="r7")
        receipt = await desk.act(STOP, is_forced=True, confirmation="y")
        assert desk.script.called("stop") == [(JOB, RunKey("alpha", "1", "r7"), True)]
        assert (receipt.status, receipt.run_id) == (ACCEPTED, "r7")

    async def test_a_stop_finds_a_run_that_the_job_does_not_name(self, desk: Desk) -> None:
        desk.observe(state=State.RUNNING)
        running = make_run("r8", state=State.RUNNING)
        desk.script.runs["1"] = [make_run("r9"), running]
        await desk.act(STOP)
        assert desk.script.called("stop") == [(JOB, running.key, False)]

    async def test_a_stop_works_where_runs_have_no_names(self, desk: Desk) -> None:
        desk.observe(state=State.RUNNING)
        assert (await desk.act(STOP)).status is ACCEPTED
        assert desk.script.called("stop") == [(JOB, RunKey("alpha", "1", ""), False)]

    async def test_a_rerun_repeats_the_newest_run(self, desk: Desk) -> None:
        desk.observe(state=State.FAILED, run_id="r7")
        await desk.act(RERUN, is_failed_only=True)
        assert desk.script.called("rerun") == [(JOB, RunKey("alpha", "1", "r7"), True)]

    async def test_a_rerun_repeats_the_run_that_was_chosen(self, desk: Desk) -> None:
        desk.observe(state=State.FAILED, run_id="r7")
        await desk.act(RERUN, run_id="r3")
        assert desk.script.called("rerun") == [(JOB, RunKey("alpha", "1", "r3"), False)]

    async def test_a_rerun_becomes_a_trigger_with_the_last_parameters(
        self, tmp_path: Path, clock: FakeClock
    ) -> None:
        desk = Desk(tmp_path, clock, adapter=TriggerOnly)
        desk.add(state=State.FAILED, run_id="r2")
        desk.script.runs["1"] = [make_run("r2", params={"day": "21"}), make_run("r1", params={"day": "20"})]
        receipt = await desk.act(RERUN)
        await desk.act(RERUN, run_id="r1", is_unknown_accepted=True)
        await desk.act(RERUN, params={"day": "19"})
        assert desk.script.called("trigger") == [(JOB, {"day": day}) for day in ("21", "20", "19")]
        assert receipt.action.kind is RERUN
        await desk.close()

    async def test_a_rerun_of_steps_is_refused_where_only_triggers_work(
        self, tmp_path: Path, clock: FakeClock
    ) -> None:
        desk = Desk(tmp_path, clock, adapter=TriggerOnly)
        desk.add(state=State.FAILED, run_id="r2")
        receipt = await desk.act(RERUN, is_failed_only=True)
        assert "only the steps that failed" in receipt.message
        assert desk.sent() == 0
        await desk.close()

    @pytest.mark.parametrize(("kind", "is_held"), [(HOLD, True), (RELEASE, False)])
    async def test_hold_and_release_are_sent(self, desk: Desk, kind: ActionKind, is_held: bool) -> None:
        assert (await desk.act(kind)).status is ACCEPTED
        assert desk.script.jobs["1"].is_held is is_held

    async def test_receipts_come_to_the_store_in_order(self, desk: Desk) -> None:
        seen: list[ReceiptStatus] = []
        desk.store.subscribe(lambda _: seen.append(desk.receipt.status))
        await desk.act(TRIGGER)
        assert seen == [ReceiptStatus.SENT, ACCEPTED]

    async def test_cancelling_the_caller_does_not_cancel_the_request(self, hanging: Desk) -> None:
        caller = asyncio.create_task(hanging.act(TRIGGER))
        await hanging.clock.settle()
        caller.cancel()
        await hanging.clock.settle()
        assert caller.cancelled()
        Hanging.answer.set()
        await hanging.clock.settle()
        assert hanging.receipt.status is ACCEPTED
        await hanging.close()


class TestRefusing:
    """Nothing reaches the system, nothing is journaled, and the receipt says why."""

    async def refusal(self, desk: Desk, kind: ActionKind = TRIGGER, **options: object) -> str:
        receipt = await desk.act(kind, **options)  # type: ignore[arg-type]
        assert receipt.status is REFUSED
        assert desk.sent() == 0
        assert await desk.steps() == []
        return receipt.message

    async def test_without_confirmation(self, desk: Desk) -> None:
        assert await self.refusal(desk, confirmation=None) == "not confirmed"

    @pytest.mark.parametrize(
        ("environment", "wrong", "right"),
        [("stage", "", "y"), ("prod", "y", "job 1"), ("unheard of", "", "job 1")],
    )
    async def test_with_too_little_confirmation_for_the_environment(
        self, tmp_path: Path, clock: FakeClock, environment: str, wrong: str, right: str
    ) -> None:
        desk = Desk(tmp_path, clock, environment=environment)
        desk.add()
        assert "not confirmed" in await self.refusal(desk, confirmation=wrong)
        assert (await desk.act(TRIGGER, confirmation=right)).status is ACCEPTED
        await desk.close()

    async def test_while_everything_is_read_only(self, tmp_path: Path, clock: FakeClock) -> None:
        desk = Desk(tmp_path, clock, is_read_only=True)
        desk.add()
        assert "nightdeck is read-only" in await self.refusal(desk)
        desk.actions.guard.lock.unlock()
        assert (await desk.act(TRIGGER)).status is ACCEPTED
        await desk.close()

    async def test_while_the_connection_is_read_only(self, tmp_path: Path, clock: FakeClock) -> None:
        desk = Desk(tmp_path, clock, is_connection_read_only=True)
        desk.add()
        assert "connection alpha is read-only" in await self.refusal(desk)
        await desk.close()

    async def test_when_the_lock_was_put_on_meanwhile(self, desk: Desk) -> None:
        desk.script.call_s = 5
        acting = asyncio.create_task(desk.act(TRIGGER))
        await desk.clock.settle()
        desk.actions.guard.lock.lock()
        await desk.clock.advance(5)
        assert (await acting).status is REFUSED
        assert desk.sent() == 0

    async def test_what_the_system_cannot_do(self, tmp_path: Path, clock: FakeClock) -> None:
        desk = Desk(tmp_path, clock, adapter=ScriptedAdapter)
        desk.add()
        for kind in ActionKind:
            assert f"does not offer {kind}" in await self.refusal(desk, kind, confirmation="job 1")
        await desk.close()

    async def test_what_the_system_cannot_do_now(self, desk: Desk) -> None:
        desk.script.reasons[TRIGGER] = "the job is disabled"
        assert await self.refusal(desk) == "the job is disabled"

    async def test_a_job_that_is_not_there(self, desk: Desk) -> None:
        assert "no job alpha/nope" in await self.refusal(desk, job_id="nope")

    async def test_a_system_that_cannot_be_used(self, desk: Desk) -> None:
        desk.error = errors.Unreachable("connection refused", hint="is it up?")
        assert await self.refusal(desk) == "nothing was sent: connection refused (is it up?)"

    @pytest.mark.parametrize("outcome", [State.SUCCEEDED, State.FAILED, State.CANCELLED])
    async def test_a_stop_of_a_run_that_has_ended(self, desk: Desk, outcome: State) -> None:
        desk.observe(state=outcome, run_id="r7", ended_at=desk.clock.now())
        assert await self.refusal(desk, STOP) == f"it has ended already: {outcome}"

    async def test_a_stop_of_a_job_that_waits_for_its_next_run(self, desk: Desk) -> None:
        desk.observe(state=State.SCHEDULED, run_id="r7", last_result=State.FAILED)
        assert await self.refusal(desk, STOP) == "it has ended already: failed"
        desk.observe(state=State.NEVER_RUN, run_id="", last_result=None)
        assert await self.refusal(desk, STOP) == "it is not running: never_run"

    async def test_a_stop_of_a_job_of_which_nothing_is_known(self, desk: Desk) -> None:
        desk.observe(state=State.UNKNOWN)
        assert "it is unknown" in await self.refusal(desk, STOP)

    async def test_a_stop_of_a_run_that_a_newer_one_has_replaced(self, desk: Desk) -> None:
        desk.observe(state=State.RUNNING, run_id="r8")
        assert "not the newest any more" in await self.refusal(desk, STOP, run_id="r7")
        desk.script.runs["1"] = [make_run("r8", state=State.RUNNING), make_run("r7", state=State.FAILED)]
        assert await self.refusal(desk, STOP, run_id="r7") == "it has ended already: failed"

    async def test_a_rerun_of_what_never_ran(self, desk: Desk) -> None:
        assert "never run" in await self.refusal(desk, RERUN)

    async def test_when_the_adapter_breaks_before_sending(self, desk: Desk) -> None:
        class Broken(FullAdapter):
            def reason_against(self, kind: ActionKind, job: Job) -> str:
                raise KeyError("secret detail")

        desk.scripted = Broken("alpha", desk.script)
        assert await self.refusal(desk) == "nothing was sent: unexpected KeyError"
        plan = await desk.actions.plan(make_action(TRIGGER))
        assert plan.refusal == "nothing was sent: unexpected KeyError"

    async def test_secrets_and_control_characters_do_not_come_through(self, desk: Desk) -> None:
        desk.redactor.add("hunter2hunter2")
        desk.script.reasons[TRIGGER] = "no\x1b[2J: hunter2hunter2"
        assert await self.refusal(desk) == f"no: {MASK}"

    async def test_shows_in_the_row(self, desk: Desk) -> None:
        await self.refusal(desk, confirmation=None)
        assert desk.receipt.status is REFUSED


class TestJournalTrouble:
    async def test_what_cannot_be_journaled_is_not_sent(self, desk: Desk, tmp_path: Path) -> None:
        await desk.database.open()
        with closing(sqlite3.connect(tmp_path / "history.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            receipt = await desk.act(TRIGGER)
        assert receipt.status is REFUSED
        assert "can't journal, nothing was sent" in receipt.message
        assert desk.sent() == 0

    async def test_what_cannot_be_read_back_refuses_a_start(self, tmp_path: Path, clock: FakeClock) -> None:
        with closing(sqlite3.connect(tmp_path / "history.db")) as newer:
            newer.execute("PRAGMA user_version = 99")
        desk = Desk(tmp_path, clock)
        desk.add(state=State.RUNNING, run_id="r1")
        for kind in (TRIGGER, STOP):
            receipt = await desk.act(kind)
            assert (receipt.status, "newer nightdeck" in receipt.message) == (REFUSED, True)
        assert desk.sent() == 0
        await desk.close()

    async def test_an_outcome_that_cannot_be_journaled_is_told_all_the_same(
        self, desk: Desk, tmp_path: Path
    ) -> None:
        class Locking(FullAdapter):
            async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
                other.execute("BEGIN IMMEDIATE")
                return await super().trigger(job, params)

        await desk.database.open()
        desk.scripted = Locking("alpha", desk.script)
        with closing(sqlite3.connect(tmp_path / "history.db")) as other:
            receipt = await desk.act(TRIGGER)
        assert (receipt.status, receipt.run_id) == (ACCEPTED, "run-1")
        assert "not in the journal yet" in receipt.message
        await desk.clock.advance(1)
        desk.observe()
        assert await desk.steps() == [("trigger", step) for step in ("sent", "accepted", "observed")]


class TestFreshness:
    async def test_a_fresh_row_is_not_read_again(self, desk: Desk) -> None:
        await desk.clock.advance(FRESH_S)
        await desk.act(TRIGGER)
        assert desk.swept == 0

    async def test_a_stale_row_is_swept_first(self, desk: Desk) -> None:
        await desk.clock.advance(FRESH_S + 1)
        assert (await desk.act(TRIGGER)).status is ACCEPTED
        assert desk.swept == 1
        assert desk.script.calls[0].name == "list_jobs"

    async def test_a_stale_row_is_read_by_itself_where_that_can_be_done(
        self, tmp_path: Path, clock: FakeClock
    ) -> None:
        desk = Desk(tmp_path, clock, adapter=CheckedFull)
        desk.add()
        await clock.advance(FRESH_S + 1)
        assert (await desk.act(TRIGGER)).status is ACCEPTED
        assert desk.script.called("get_job") == [(JOB,)]
        assert desk.swept == 0
        await desk.close()

    async def test_a_run_that_ended_meanwhile_is_not_stopped(self, desk: Desk) -> None:
        desk.observe(state=State.RUNNING, run_id="r7")
        plan = await desk.actions.plan(make_action(STOP))
        await desk.clock.advance(FRESH_S + 1)
        desk.script.change("1", state=State.SUCCEEDED, ended_at=desk.clock.now())
        receipt = await desk.actions.perform(plan.action, confirmation="", request_id=plan.request_id)
        assert (receipt.status, receipt.message) == (REFUSED, "it has ended already: succeeded")
        assert desk.sent() == 0

    async def test_a_newer_run_is_not_stopped_in_its_place(self, desk: Desk) -> None:
        desk.observe(state=State.RUNNING, run_id="r7")
        plan = await desk.actions.plan(make_action(STOP))
        await desk.clock.advance(FRESH_S + 1)
        desk.script.change("1", run_id="r8")
        desk.script.runs["1"] = [make_run("r8", state=State.RUNNING), make_run("r7")]
        receipt = await desk.actions.perform(plan.action, confirmation="", request_id=plan.request_id)
        assert (receipt.status, receipt.message) == (REFUSED, "it has ended already: succeeded")
        assert desk.sent() == 0

    async def test_a_job_that_vanished_is_refused(self, desk: Desk) -> None:
        await desk.clock.advance(FRESH_S + 1)
        desk.script.remove("1")
        receipt = await desk.act(TRIGGER)
        assert (receipt.status, "no job alpha/1" in receipt.message) == (REFUSED, True)

    async def test_a_row_that_cannot_be_read_again_is_refused(self, desk: Desk) -> None:
        await desk.clock.advance(FRESH_S + 35)
        desk.script.always = errors.TimedOut("no answer", hint="wait")
        receipt = await desk.act(TRIGGER)
        assert receipt.status is REFUSED
        assert receipt.message == "it was last seen 1m ago and can't be looked at now: no answer (wait)"
        assert desk.sent() == 0


class TestOutcomes:
    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (errors.ActionRefused("it is disabled"), REFUSED),
            (errors.NotFound("no such job"), REFUSED),
            (errors.ConfigError("bad parameter"), REFUSED),
            (errors.Unreachable("connection refused"), REFUSED),
            (errors.TlsFailed("expired"), REFUSED),
            (errors.Unauthorized("wrong password"), REFUSED),
            (errors.Forbidden("not allowed"), REFUSED),
            (errors.RateLimited("too many"), REFUSED),
            (errors.OutcomeUnknown("the answer was lost"), UNKNOWN),
            (errors.TimedOut("no answer"), UNKNOWN),
            (errors.ServerFailed("boom"), UNKNOWN),
            (errors.BadAnswer("HTML"), UNKNOWN),
            (errors.SystemUnavailable("?"), UNKNOWN),
            (errors.NightdeckError("?"), UNKNOWN),
            (ValueError("hunter2"), UNKNOWN),
            (ExceptionGroup("several", [ValueError()]), UNKNOWN),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.value,
    )
    async def test_only_what_certainly_did_not_happen_is_refused(
        self, desk: Desk, error: Exception, status: ReceiptStatus
    ) -> None:
        desk.script.answer(TRIGGER, error)
        receipt = await desk.act(TRIGGER)
        assert receipt.status is status
        assert desk.sent() == 1
        assert await desk.steps() == [("trigger", "sent"), ("trigger", status.value)]
        assert desk.receipt == receipt

    async def test_an_unexpected_error_is_named_but_not_quoted(self, desk: Desk) -> None:
        desk.script.answer(TRIGGER, ValueError("hunter2"))
        receipt = await desk.act(TRIGGER)
        assert "unexpected ValueError" in receipt.message
        assert "may or may not have happened" in receipt.message
        assert "hunter2" not in receipt.message

    async def test_the_systems_words_are_masked_and_scrubbed(self, desk: Desk) -> None:
        desk.redactor.add("hunter2hunter2")
        desk.script.answer(TRIGGER, Accepted("r\x1b[1m9", "queued \x07 hunter2hunter2"), run_id="r9")
        receipt = await desk.act(TRIGGER)
        assert (receipt.run_id, receipt.message) == ("r\\u001b[1m9", f"queued  {MASK}")

    async def test_an_adapter_that_never_answers_is_cut_off(self, hanging: Desk) -> None:
        acting = asyncio.create_task(hanging.act(TRIGGER))
        await hanging.clock.advance(SEND_LIMIT_S - 1)
        assert not acting.done()
        await hanging.clock.advance(1)
        assert (await acting).status is UNKNOWN
        assert hanging.sent() == 1
        await hanging.close()


class TestNeverTwice:
    async def test_the_same_request_is_taken_once(self, desk: Desk) -> None:
        plan = await desk.actions.plan(make_action(TRIGGER))
        first = await desk.actions.perform(plan.action, confirmation="", request_id=plan.request_id)
        second = await desk.actions.perform(plan.action, confirmation="", request_id=plan.request_id)
        assert (first.status, second.status) == (ACCEPTED, REFUSED)
        assert "was taken before" in second.message
        assert desk.receipt == first
        assert desk.sent() == 1

    async def test_the_same_request_is_taken_once_even_at_once(self, desk: Desk) -> None:
        receipts = await asyncio.gather(*(desk.act(TRIGGER, request_id="q") for _ in range(5)))
        assert [receipt.status for receipt in receipts] == [ACCEPTED] + [REFUSED] * 4
        assert desk.sent() == 1

    async def test_the_same_request_is_taken_once_over_restarts(
        self, tmp_path: Path, clock: FakeClock
    ) -> None:
        sent = 0
        for _ in range(2):
            desk = Desk(tmp_path, clock)
            desk.add()
            await desk.act(TRIGGER, request_id="q")
            sent += desk.sent()
            await desk.close()
        assert sent == 1

    async def test_a_refused_request_must_be_confirmed_anew(self, desk: Desk) -> None:
        assert (await desk.act(TRIGGER, request_id="q", confirmation=None)).status is REFUSED
        assert "was taken before" in (await desk.act(TRIGGER, request_id="q")).message
        assert desk.sent() == 0

    async def test_a_second_action_waits_for_the_answer_to_the_first(self, hanging: Desk) -> None:
        hanging.add(id="2")
        first = asyncio.create_task(hanging.act(TRIGGER))
        await hanging.clock.settle()
        for kind in (TRIGGER, STOP):
            receipt = await hanging.act(kind)
            assert (receipt.status, "a trigger of it is still being sent" in receipt.message) == (
                REFUSED,
                True,
            )
        plan = await hanging.actions.plan(make_action(HOLD))
        assert "still being sent" in plan.refusal
        assert hanging.receipt.status is ReceiptStatus.SENT
        assert (await hanging.act(HOLD, job_id="2")).status is ACCEPTED
        Hanging.answer.set()
        assert (await first).status is ACCEPTED
        assert hanging.sent(TRIGGER) == 1
        await hanging.close()

    async def test_an_unknown_start_stands_in_the_way_of_another(self, desk: Desk) -> None:
        desk.script.answer(TRIGGER, errors.TimedOut("no answer"))
        lost = await desk.act(TRIGGER)
        for kind in (TRIGGER, RERUN):
            plan = await desk.actions.plan(make_action(kind, params={"a": "b"}, run_id="r1"))
            assert "unknown outcome" in plan.refusal
            assert plan.is_in_doubt
            assert "unknown outcome" in (await desk.act(kind)).message
        assert desk.receipt.request_id == lost.request_id
        assert desk.sent() == 1
        assert (await desk.act(HOLD)).status is ACCEPTED

    async def test_an_unknown_start_of_another_job_does_not(self, desk: Desk) -> None:
        desk.add(id="2")
        desk.script.answer(TRIGGER, errors.TimedOut("no answer"))
        await desk.act(TRIGGER)
        assert (await desk.act(TRIGGER, job_id="2")).status is ACCEPTED

    async def test_an_unknown_stop_may_be_repeated(self, desk: Desk) -> None:
        desk.observe(state=State.RUNNING, run_id="r7")
        desk.script.answer(STOP, errors.TimedOut("no answer"))
        assert (await desk.act(STOP)).status is UNKNOWN
        assert (await desk.act(STOP)).status is ACCEPTED

    async def test_the_user_may_go_on_without_knowing(self, desk: Desk) -> None:
        desk.script.answer(TRIGGER, errors.TimedOut("no answer"))
        lost = await desk.act(TRIGGER)
        again = await desk.act(TRIGGER, is_unknown_accepted=True)
        assert again.status is ACCEPTED
        assert desk.receipt.request_id == again.request_id
        assert await desk.steps() == [
            ("trigger", step) for step in ("sent", "unknown", "sent", "settled", "accepted")
        ]
        settled = (await desk.journal.entries())[3]
        assert settled.request_id == lost.request_id
        assert again.request_id in settled.message
        desk.observe()
        assert (await desk.act(TRIGGER)).status is ACCEPTED

    async def test_a_second_start_finds_the_run_of_the_first(self, desk: Desk) -> None:
        desk.script.answer(TRIGGER, errors.TimedOut("no answer"))
        await desk.act(TRIGGER)
        desk.script.runs["1"] = [make_run("r9", state=State.RUNNING, started_at=desk.clock.now())]
        receipt = await desk.act(TRIGGER)
        assert receipt.status is REFUSED
        assert "did happen: the answer was lost, but run r9 was found" in receipt.message
        assert desk.sent() == 1
        assert await desk.steps() == [("trigger", step) for step in ("sent", "unknown", "observed")]
        assert (await desk.act(TRIGGER)).status is ACCEPTED


class TestBaseline:
    async def test_known_runs_are_journaled_with_the_request(self, desk: Desk) -> None:
        desk.observe(run_id="r2")
        desk.script.runs["1"] = [make_run("r2", attempt=3), make_run("r1")]
        await desk.act(TRIGGER)
        assert (await desk.journal.entries())[0].known_runs == ("r1#1", "r2#1", "r2#3")

    async def test_a_system_that_does_not_tell_its_runs_is_acted_on_all_the_same(self, desk: Desk) -> None:
        desk.observe(run_id="r2")
        desk.script.read_error = errors.ServerFailed("boom")
        assert (await desk.act(TRIGGER)).status is ACCEPTED
        assert (await desk.journal.entries())[0].known_runs == ("r2#1", "*")

    async def test_a_system_that_hangs_over_its_runs_is_not_waited_for(self, desk: Desk) -> None:
        desk.script.call_s = 10_000
        acting = asyncio.create_task(desk.act(TRIGGER))
        await desk.clock.advance(BASELINE_LIMIT_S - 1)
        assert desk.sent() == 0
        await desk.clock.advance(1)
        assert (await acting).status is ACCEPTED

    async def test_only_starts_need_it(self, desk: Desk) -> None:
        await desk.act(HOLD)
        assert desk.script.called("list_runs") == []


class TestPlan:
    async def test_tells_what_would_happen(self, tmp_path: Path, clock: FakeClock) -> None:
        desk = Desk(tmp_path, clock, environment="prod")
        job = desk.add(name="load customers")
        await clock.advance(7)
        plan = await desk.actions.plan(make_action(TRIGGER, params={"a": "b"}))
        assert (plan.level, plan.expects, plan.environment) == (GuardLevel.NAME, "load customers", "prod")
        assert (plan.age_s, plan.is_stale, plan.refusal, plan.job) == (7, False, "", job)
        assert plan.preview == "trigger 1"
        assert not plan.is_in_doubt
        await clock.advance(FRESH_S)
        assert (await desk.actions.plan(make_action(TRIGGER))).is_stale
        assert desk.sent() == 0
        assert await desk.steps() == []
        await desk.close()

    async def test_names_the_run_and_the_parameters(self, tmp_path: Path, clock: FakeClock) -> None:
        desk = Desk(tmp_path, clock, adapter=TriggerOnly)
        desk.add(state=State.RUNNING, run_id="r2")
        desk.script.runs["1"] = [make_run("r2", params={"day": "21"})]
        rerun = await desk.actions.plan(make_action(RERUN))
        stop = await desk.actions.plan(make_action(STOP))
        assert (rerun.action.run, rerun.action.params) == (RunKey("alpha", "1", "r2"), {"day": "21"})
        assert stop.action.run == RunKey("alpha", "1", "r2")
        await desk.close()

    async def test_no_two_are_the_same_request(self, desk: Desk) -> None:
        plans = [await desk.actions.plan(make_action(TRIGGER)) for _ in range(50)]
        assert len({plan.request_id for plan in plans}) == 50

    async def test_masks_secrets_in_the_request(self, desk: Desk) -> None:
        class Chatty(FullAdapter):
            def preview(self, action: Action) -> str:
                return "GET https://tac.example.com/run?authPass=hunter2hunter2"

        desk.scripted = Chatty("alpha", desk.script)
        assert "hunter2" not in (await desk.actions.plan(make_action(TRIGGER))).preview

    @pytest.mark.parametrize(
        ("error", "text"),
        [(errors.Unreachable("refused"), "nothing was sent: refused"), (RuntimeError(), "RuntimeError")],
    )
    async def test_says_why_it_cannot_be_done(self, desk: Desk, error: Exception, text: str) -> None:
        desk.script.read_error = error
        desk.scripted = TriggerOnly("alpha", desk.script)
        assert text in (await desk.actions.plan(make_action(RERUN))).refusal

    async def test_says_so_while_read_only(self, desk: Desk) -> None:
        desk.actions.guard.lock.lock()
        assert "read-only" in (await desk.actions.plan(make_action(TRIGGER))).refusal

    async def test_refuses_a_job_whose_connection_is_gone(self, desk: Desk) -> None:
        desk.store.upsert([make_job(connection="gone")])
        plan = await desk.actions.plan(Action(TRIGGER, JobKey("gone", "1")))
        assert "no connection 'gone'" in plan.refusal
        receipt = await desk.actions.perform(plan.action, confirmation="job 1")
        assert receipt.status is REFUSED

    async def test_of_an_unknown_job_is_an_error(self, desk: Desk) -> None:
        with pytest.raises(errors.NotFound, match="no job alpha/nope"):
            await desk.actions.plan(make_action(TRIGGER, "nope"))


class TestClosing:
    async def test_waits_shortly_for_an_answer(self, hanging: Desk) -> None:
        acting = asyncio.create_task(hanging.act(TRIGGER))
        await hanging.clock.settle()
        closing_ = asyncio.create_task(hanging.actions.aclose())
        await hanging.clock.advance(CLOSE_S / 2)
        Hanging.answer.set()
        await hanging.clock.settle()
        assert closing_.done()
        assert (await acting).status is ACCEPTED

    async def test_gives_up_and_leaves_the_outcome_unknown(self, hanging: Desk) -> None:
        acting = asyncio.create_task(hanging.act(TRIGGER))
        await hanging.clock.settle()
        closing_ = asyncio.create_task(hanging.actions.aclose())
        await hanging.clock.advance(CLOSE_S)
        await closing_
        assert acting.cancelled()
        assert await hanging.steps() == [("trigger", "sent"), ("trigger", "unknown")]
        assert [e.action for e in await hanging.journal.unfinished()] == ["trigger"]
        assert hanging.sent() == 1

    async def test_leaves_no_task_behind(self, desk: Desk) -> None:
        desk.script.answer(TRIGGER, errors.TimedOut("no answer"))
        await desk.act(TRIGGER)
        await desk.act(HOLD)
        before = asyncio.current_task()
        await desk.actions.aclose()
        assert asyncio.all_tasks() == {before}


def test_a_request_that_is_waited_for_is_not_forgotten_meanwhile() -> None:
    assert timedelta(seconds=SEND_LIMIT_S) < UNFINISHED_FOR
