from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.engine.test_journal import make_entry
from tests.support.actions import Desk
from tests.support.clock import FakeClock
from tests.support.scripted import Script, make_run
from tui.core import errors
from tui.core.keys import JobKey
from tui.core.models import Accepted, ActionKind, Health, HealthStatus, ReceiptStatus
from tui.core.state import State
from tui.engine.receipts import LOOKS_S, SEEN_WITHIN_S

JOB = JobKey("alpha", "1")
TRIGGER, STOP, RERUN, HOLD, RELEASE, DELETE = ActionKind
ACCEPTED, OBSERVED, UNKNOWN = ReceiptStatus.ACCEPTED, ReceiptStatus.OBSERVED, ReceiptStatus.UNKNOWN
ALL_LOOKS_S = sum(LOOKS_S)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def desk(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path, clock)
    desk.add()
    yield desk
    await desk.close()


async def lose(desk: Desk, kind: ActionKind = TRIGGER, **changes: object) -> None:
    """Act, and lose the answer; the system did what it was asked, if anything is changed."""
    desk.script.answer(kind, errors.OutcomeUnknown("the connection broke"), **changes)
    assert (await desk.act(kind)).status is UNKNOWN


class TestObserving:
    async def test_a_trigger_is_observed_when_its_run_is_seen(self, desk: Desk) -> None:
        await desk.act(TRIGGER)
        await desk.clock.advance(3)
        desk.observe(state=State.QUEUED)
        receipt = desk.receipt
        assert (receipt.status, receipt.run_id, receipt.observed_state) == (OBSERVED, "run-1", State.QUEUED)
        assert receipt.updated_at - receipt.sent_at == timedelta(seconds=3)
        assert receipt.message == "started"
        entry = await desk.last_entry()
        assert (entry.status, entry.run_id, entry.before_state, entry.after_state) == (
            *("observed", "run-1", "succeeded"),
            "queued",
        )

    async def test_a_run_that_is_over_already_is_observed_with_its_outcome(self, desk: Desk) -> None:
        await desk.act(TRIGGER)
        desk.observe(state=State.SCHEDULED, last_result=State.FAILED)
        assert (desk.receipt.status, desk.receipt.observed_state) == (OBSERVED, State.FAILED)

    async def test_a_newer_run_tells_of_ours_too(self, desk: Desk) -> None:
        await desk.act(TRIGGER)
        await desk.clock.advance(3)
        desk.observe(state=State.RUNNING, run_id="run-2", started_at=desk.clock.now())
        assert (desk.receipt.status, desk.receipt.run_id) == (OBSERVED, "run-1")

    async def test_what_was_there_before_tells_nothing(self, desk: Desk) -> None:
        desk.observe(state=State.RUNNING, run_id="r1", started_at=desk.clock.now() - timedelta(hours=1))
        desk.script.answer(TRIGGER, Accepted("r2"))
        await desk.act(TRIGGER)
        await desk.clock.advance(3)
        desk.observe(progress=0.5)
        assert desk.receipt.status is ACCEPTED

    async def test_a_look_from_before_the_request_tells_nothing(self, desk: Desk) -> None:
        desk.script.answer(TRIGGER, Accepted())
        await desk.act(TRIGGER)
        old = replace(desk.script.jobs["1"], state=State.RUNNING, run_id="r9", observed_at=desk.clock.now())
        desk.store.upsert([old])
        assert desk.receipt.status is ACCEPTED

    async def test_a_system_that_names_no_run_is_observed_by_the_new_one(self, desk: Desk) -> None:
        desk.observe(run_id="r1", started_at=desk.clock.now() - timedelta(hours=1))
        desk.script.answer(TRIGGER, Accepted())
        await desk.act(TRIGGER)
        await desk.clock.advance(2)
        desk.observe(state=State.RUNNING, run_id="r2", started_at=desk.clock.now())
        assert (desk.receipt.status, desk.receipt.run_id) == (OBSERVED, "r2")

    @pytest.mark.parametrize("is_short", [True, False])
    async def test_a_system_without_runs_is_observed_by_its_state(self, desk: Desk, is_short: bool) -> None:
        desk.script.answer(TRIGGER, Accepted())
        await desk.act(TRIGGER)
        await desk.clock.advance(2)
        if is_short:
            desk.observe(state=State.SUCCEEDED, started_at=desk.clock.now())
        else:
            desk.observe(state=State.RUNNING)
        assert (desk.receipt.status, desk.receipt.run_id) == (OBSERVED, "")

    async def test_a_rerun_under_its_old_name_is_observed_when_it_moves(self, desk: Desk) -> None:
        ended = desk.clock.now() - timedelta(minutes=5)
        desk.observe(state=State.FAILED, run_id="r1", ended_at=ended)
        desk.script.answer(RERUN, Accepted("r1"))
        await desk.act(RERUN)
        await desk.clock.advance(2)
        desk.observe(message="still the same")
        assert desk.receipt.status is ACCEPTED
        desk.observe(state=State.RUNNING, ended_at=None)
        assert (desk.receipt.status, desk.receipt.observed_state) == (OBSERVED, State.RUNNING)

    async def test_a_stop_is_observed_when_the_run_has_ended(self, desk: Desk) -> None:
        desk.observe(state=State.RUNNING, run_id="r7")
        desk.script.answer(STOP, Accepted("r7"))
        await desk.act(STOP)
        await desk.clock.advance(2)
        desk.observe(substate="stopping")
        assert desk.receipt.status is ACCEPTED
        desk.observe(state=State.CANCELLED, ended_at=desk.clock.now())
        assert (desk.receipt.status, desk.receipt.observed_state) == (OBSERVED, State.CANCELLED)

    async def test_a_stop_is_not_observed_by_another_run(self, desk: Desk) -> None:
        desk.observe(state=State.RUNNING, run_id="r7")
        desk.script.answer(STOP, Accepted())
        await desk.act(STOP)
        await desk.clock.advance(2)
        desk.observe(state=State.SUCCEEDED, run_id="r8", ended_at=desk.clock.now())
        assert desk.receipt.status is ACCEPTED
        desk.script.runs["1"] = [make_run("r8"), make_run("r7", state=State.CANCELLED)]
        await desk.clock.advance(SEEN_WITHIN_S)
        assert (desk.receipt.status, desk.receipt.observed_state) == (OBSERVED, State.CANCELLED)

    @pytest.mark.parametrize(("kind", "was_held"), [(HOLD, False), (RELEASE, True)])
    async def test_hold_and_release_are_observed_when_the_job_says_so(
        self, desk: Desk, kind: ActionKind, was_held: bool
    ) -> None:
        desk.observe(is_held=was_held)
        await desk.act(kind)
        await desk.clock.advance(1)
        desk.observe(is_held=was_held)
        assert desk.receipt.status is ACCEPTED
        desk.observe(is_held=not was_held)
        assert desk.receipt.status is OBSERVED

    async def test_a_second_observation_of_the_same_counts_too(self, desk: Desk) -> None:
        """The store tells of no change when a job is as it was: the connection's health does."""
        desk.observe(is_held=True)
        await desk.act(HOLD)
        await desk.clock.advance(1)
        desk.observe()
        assert desk.receipt.status is ACCEPTED
        desk.store.set_health(health_of(desk))
        assert desk.receipt.status is OBSERVED

    async def test_what_is_not_seen_in_time_is_said_to_be_so(self, desk: Desk) -> None:
        desk.script.answer(TRIGGER, Accepted("r9", "queued"))
        await desk.act(TRIGGER)
        await desk.clock.advance(SEEN_WITHIN_S - 1)
        assert desk.receipt.message == "queued"
        await desk.clock.advance(1)
        assert (desk.receipt.status, desk.receipt.message) == (ACCEPTED, "accepted but not seen after 30 s")
        assert desk.touched[-1] == JOB

    async def test_what_is_seen_late_is_observed_all_the_same(self, desk: Desk) -> None:
        desk.script.answer(TRIGGER, Accepted("r9"))
        await desk.act(TRIGGER)
        await desk.clock.advance(3600)
        desk.observe(state=State.RUNNING, run_id="r9")
        assert desk.receipt.status is OBSERVED

    async def test_a_stop_that_takes_long_is_said_to_be_so(self, desk: Desk) -> None:
        desk.observe(state=State.RUNNING, run_id="r7")
        desk.script.answer(STOP, Accepted("r7"))
        await desk.act(STOP)
        await desk.clock.advance(SEEN_WITHIN_S)
        assert desk.receipt.message == "accepted, but the run has not ended after 30 s"

    async def test_a_system_that_breaks_meanwhile_costs_nothing(self, desk: Desk) -> None:
        desk.script.answer(TRIGGER, Accepted("r9"))
        await desk.act(TRIGGER)
        desk.script.read_error = RuntimeError("a bug")
        await desk.clock.advance(SEEN_WITHIN_S)
        assert "not seen" in desk.receipt.message
        desk.observe(state=State.RUNNING, run_id="r9")
        assert desk.receipt.status is OBSERVED

    async def test_the_newest_request_keeps_the_row(self, desk: Desk) -> None:
        desk.script.answer(TRIGGER, Accepted("r9"))
        await desk.act(TRIGGER)
        await desk.clock.advance(1)
        held = await desk.act(HOLD)
        await desk.clock.advance(1)
        desk.observe(state=State.RUNNING, run_id="r9", is_held=False)
        assert desk.receipt == held
        assert ("trigger", "observed") in await desk.steps()

    async def test_the_newest_request_keeps_the_row_also_when_the_clock_jumps_back(self, desk: Desk) -> None:
        await desk.act(TRIGGER)
        desk.clock.jump(-3600)
        held = await desk.act(HOLD)
        assert desk.receipt == held

    async def test_a_refusal_does_not_keep_the_row(self, desk: Desk) -> None:
        accepted = await desk.act(TRIGGER)
        refused = await desk.act(TRIGGER, confirmation=None)
        assert desk.receipt == refused
        await desk.clock.advance(1)
        desk.observe()
        assert (desk.receipt.request_id, desk.receipt.status) == (accepted.request_id, OBSERVED)

    async def test_somebody_may_wait_for_it(self, desk: Desk) -> None:
        """The command line has no poller: waiting looks by itself."""
        accepted = await desk.act(TRIGGER)
        waiting = asyncio.create_task(desk.actions.observe(accepted))
        await desk.clock.advance(2)
        receipt = await waiting
        assert (receipt.status, receipt.run_id) == (OBSERVED, "run-1")
        assert await desk.actions.observe(accepted) == receipt

    async def test_waiting_ends_when_nothing_is_seen(self, desk: Desk) -> None:
        desk.script.answer(TRIGGER, Accepted("r9"))
        waiting = asyncio.create_task(desk.actions.observe(await desk.act(TRIGGER)))
        await desk.clock.advance(SEEN_WITHIN_S + 2)
        assert (await waiting).message == "accepted but not seen after 30 s"

    async def test_waiting_for_a_refusal_ends_at_once(self, desk: Desk) -> None:
        refused = await desk.act(TRIGGER, confirmation=None)
        assert await desk.actions.observe(refused) == refused


class TestReconciling:
    async def test_the_run_of_a_lost_trigger_is_found_in_the_list(self, desk: Desk) -> None:
        desk.observe(run_id="r1", started_at=desk.clock.now() - timedelta(hours=1))
        old = make_run("r1", started_at=desk.clock.now() - timedelta(seconds=10))
        desk.script.runs["1"] = [old]
        await lose(desk)
        await desk.clock.advance(0.5)
        new = make_run("r2", state=State.RUNNING, started_at=desk.clock.now())
        desk.script.runs["1"] = [new, old]
        await desk.clock.advance(LOOKS_S[0])
        receipt = desk.receipt
        assert (receipt.status, receipt.run_id, receipt.observed_state) == (OBSERVED, "r2", State.RUNNING)
        assert receipt.message == "the answer was lost, but run r2 was found"
        assert await desk.journal.unfinished() == []

    async def test_the_run_of_a_lost_trigger_is_found_in_the_store(self, desk: Desk) -> None:
        await lose(desk)
        await desk.clock.advance(0.5)
        desk.observe(state=State.RUNNING, run_id="r2", started_at=desk.clock.now())
        assert (desk.receipt.status, desk.receipt.run_id) == (OBSERVED, "r2")

    async def test_a_system_that_lists_no_runs_is_read_again(self, desk: Desk) -> None:
        await lose(desk, state=State.RUNNING, run_id="r2")
        await desk.clock.advance(LOOKS_S[0])
        assert desk.swept == 1
        assert (desk.receipt.status, desk.receipt.run_id) == (OBSERVED, "r2")

    async def test_a_server_whose_clock_is_behind_is_found_too(self, desk: Desk) -> None:
        await lose(desk)
        behind = desk.clock.now() - timedelta(seconds=90)
        desk.script.runs["1"] = [make_run("r2", state=State.RUNNING, started_at=behind)]
        await desk.clock.advance(LOOKS_S[0])
        assert desk.receipt.status is OBSERVED

    async def test_a_run_that_started_long_before_is_not_taken_for_ours(self, desk: Desk) -> None:
        await lose(desk)
        before = desk.clock.now() - timedelta(minutes=10)
        desk.script.runs["1"] = [make_run("r2", state=State.RUNNING, started_at=before)]
        await desk.clock.advance(ALL_LOOKS_S)
        assert desk.receipt.status is UNKNOWN

    async def test_without_knowing_the_runs_before_the_clock_counts_closely(self, desk: Desk) -> None:
        desk.script.read_error = errors.TimedOut("no answer")
        await lose(desk)
        desk.script.read_error = None
        before = desk.clock.now() - timedelta(seconds=30)
        desk.script.runs["1"] = [make_run("r2", state=State.RUNNING, started_at=before)]
        await desk.clock.advance(LOOKS_S[0])
        assert desk.receipt.status is UNKNOWN
        desk.script.runs["1"].insert(0, make_run("r3", state=State.RUNNING, started_at=desk.clock.now()))
        await desk.clock.advance(LOOKS_S[1])
        assert desk.receipt.run_id == "r3"

    async def test_the_nearest_of_several_new_runs_is_taken_and_the_others_are_told(self, desk: Desk) -> None:
        await lose(desk)
        now = desk.clock.now()
        desk.script.runs["1"] = [
            make_run("r3", queued_at=now + timedelta(seconds=40)),
            make_run("r2", queued_at=now + timedelta(seconds=1)),
            make_run("r1"),
        ]
        await desk.clock.advance(LOOKS_S[0])
        assert desk.receipt.run_id == "r2"
        assert desk.receipt.message == (
            "the answer was lost, but run r2 was found; 2 more new runs were found too"
        )

    async def test_what_is_not_found_stays_unknown_and_says_so(self, desk: Desk) -> None:
        await lose(desk)
        desk.script.runs["1"] = [make_run("r1", started_at=desk.clock.now() - timedelta(hours=1))]
        await desk.clock.advance(ALL_LOOKS_S)
        assert desk.receipt.status is UNKNOWN
        assert desk.receipt.message == (
            "the answer was lost and no new run was seen in 8 looks over 83 s:"
            " it may or may not have happened"
        )
        assert await desk.steps() == [("trigger", step) for step in ("sent", "unknown", "unknown")]
        assert len(await desk.journal.unfinished()) == 1
        looked = len(desk.script.called("list_runs"))
        await desk.clock.advance(3600)
        assert len(desk.script.called("list_runs")) == looked

    async def test_what_comes_to_light_later_is_observed(self, desk: Desk) -> None:
        await lose(desk)
        await desk.clock.advance(600)
        desk.observe(state=State.RUNNING, run_id="r2", started_at=desk.clock.now())
        assert desk.receipt.status is OBSERVED

    async def test_only_looks_that_succeed_count(self, desk: Desk) -> None:
        await lose(desk)
        desk.error = errors.Unreachable("down")
        await desk.clock.advance(3600)
        assert "looks" not in desk.receipt.message
        desk.error = None
        desk.script.runs["1"] = [make_run("r2", state=State.RUNNING, started_at=desk.clock.now())]
        await desk.clock.advance(LOOKS_S[-1])
        assert (desk.receipt.status, desk.receipt.run_id) == (OBSERVED, "r2")

    async def test_the_attempt_of_a_lost_rerun_is_found(self, desk: Desk) -> None:
        desk.observe(state=State.FAILED, run_id="r1")
        desk.script.runs["1"] = [make_run("r1", state=State.FAILED)]
        await lose(desk, RERUN)
        desk.script.runs["1"] = [make_run("r1", state=State.RUNNING, attempt=2)]
        await desk.clock.advance(LOOKS_S[0])
        assert (desk.receipt.status, desk.receipt.run_id) == (OBSERVED, "r1")

    async def test_a_lost_rerun_under_its_old_name_is_found_when_it_moves(self, desk: Desk) -> None:
        ended = desk.clock.now() - timedelta(minutes=3)
        failed = make_run("r1", state=State.FAILED, started_at=ended, ended_at=ended)
        desk.observe(state=State.FAILED, run_id="r1", started_at=ended, ended_at=ended)
        desk.script.runs["1"] = [failed]
        await lose(desk, RERUN)
        await desk.clock.advance(LOOKS_S[0])
        assert desk.receipt.status is UNKNOWN
        desk.script.runs["1"] = [replace(failed, ended_at=desk.clock.now())]
        await desk.clock.advance(LOOKS_S[1])
        assert (desk.receipt.status, desk.receipt.run_id) == (OBSERVED, "r1")

    async def test_a_lost_stop_is_found_by_the_end_of_the_run(self, desk: Desk) -> None:
        desk.observe(state=State.RUNNING, run_id="r7")
        await lose(desk, STOP, state=State.CANCELLED, ended_at=desk.clock.now())
        await desk.clock.advance(LOOKS_S[0])
        assert desk.receipt.message == "the answer was lost, but the run has ended: cancelled"

    @pytest.mark.parametrize(("kind", "text"), [(HOLD, "on hold now"), (RELEASE, "not on hold any more")])
    async def test_a_lost_hold_or_release_is_found_by_the_job(
        self, desk: Desk, kind: ActionKind, text: str
    ) -> None:
        desk.observe(is_held=kind is RELEASE)
        await lose(desk, kind, is_held=kind is HOLD)
        await desk.clock.advance(LOOKS_S[0])
        assert desk.receipt.status is OBSERVED
        assert text in desk.receipt.message

    async def test_a_lost_stop_without_effect_stays_unknown(self, desk: Desk) -> None:
        desk.observe(state=State.RUNNING, run_id="r7")
        await lose(desk, STOP)
        await desk.clock.advance(ALL_LOOKS_S)
        assert desk.receipt.status is UNKNOWN
        assert "no effect was seen" in desk.receipt.message

    async def test_a_clock_that_jumps_back_delays_but_does_not_lie(self, desk: Desk) -> None:
        await lose(desk)
        desk.clock.jump(-3600)
        desk.observe(state=State.RUNNING, run_id="r2", started_at=desk.clock.now())
        assert desk.receipt.status is UNKNOWN
        await desk.clock.advance(ALL_LOOKS_S)
        assert desk.receipt.status is UNKNOWN
        await desk.clock.advance(3600)
        desk.observe(run_id="r3", started_at=desk.clock.now())
        assert desk.receipt.status is OBSERVED


class TestRecovering:
    """What an earlier nightdeck sent is taken up by the next one."""

    async def crashed(
        self, desk: Desk, kind: ActionKind = TRIGGER, request_id: str = "q1", **changes: object
    ) -> None:
        """Leave what a nightdeck leaves that is killed between sending and the answer."""
        entry = make_entry(request_id, action=kind.value, before_state="succeeded", known_runs=("r1#1",))
        await desk.journal.announce(replace(entry, **changes))  # type: ignore[arg-type]

    async def restarted(self, desk: Desk) -> Desk:
        await desk.close()
        again = Desk(desk.database.path.parent, desk.clock, script=desk.script)
        again.store.upsert([replace(again.script.jobs["1"], connection="alpha")])
        await again.actions.recover()
        return again

    async def test_shown_as_unknown_and_found(self, desk: Desk) -> None:
        await self.crashed(desk)
        desk.script.runs["1"] = [
            make_run("r2", state=State.RUNNING, started_at=desk.clock.now()),
            make_run("r1", started_at=desk.clock.now()),
        ]
        await desk.clock.advance(600)
        again = await self.restarted(desk)
        assert (again.receipt.status, again.receipt.request_id) == (UNKNOWN, "q1")
        assert "its answer never came" in again.receipt.message
        await again.clock.advance(LOOKS_S[0])
        assert (again.receipt.status, again.receipt.run_id) == (OBSERVED, "r2")
        assert await again.journal.unfinished() == []
        await again.close()

    async def test_not_found_stands_in_the_way_also_after_the_next_restart(self, desk: Desk) -> None:
        await self.crashed(desk)
        desk.script.runs["1"] = [make_run("r1", started_at=desk.clock.now())]
        for _ in range(2):
            desk = await self.restarted(desk)
            await desk.clock.advance(ALL_LOOKS_S)
            assert desk.receipt.status is UNKNOWN
            assert "no new run was seen in 8 looks over 83 s" in desk.receipt.message
            assert (await desk.act(TRIGGER)).status is ReceiptStatus.REFUSED
        assert desk.sent() == 0
        assert (await desk.act(TRIGGER, is_unknown_accepted=True)).status is ACCEPTED
        desk = await self.restarted(desk)
        assert not desk.store.receipts
        await desk.close()

    async def test_also_what_a_closed_session_left_unknown(self, desk: Desk) -> None:
        await lose(desk)
        again = await self.restarted(desk)
        assert again.receipt.status is UNKNOWN
        await again.close()

    async def test_a_lost_stop_hold_and_rerun_too(self, desk: Desk) -> None:
        desk.observe(state=State.RUNNING, run_id="r1", is_held=True)
        await self.crashed(desk, STOP, "q1", run_id="r1", before_state="running")
        await self.crashed(desk, HOLD, "q2", before_state="running")
        await self.crashed(desk, RERUN, "q3", run_id="r1", before_state="running")
        await desk.clock.advance(5)
        desk.script.change("1", state=State.CANCELLED, ended_at=desk.clock.now())
        desk.script.runs["1"] = [make_run("r2", attempt=1, started_at=desk.clock.now())]
        again = await self.restarted(desk)
        assert again.receipt.request_id == "q3"
        await again.clock.advance(LOOKS_S[0])
        await again.clock.settle()
        seen = {e.request_id: e for e in await again.journal.entries() if e.status == "observed"}
        assert {name: entry.after_state for name, entry in seen.items()} == {
            "q1": "cancelled",
            "q2": "cancelled",
            "q3": "succeeded",
        }
        assert seen["q3"].run_id == "r2"
        await again.close()

    async def test_what_another_living_nightdeck_sends_is_left_alone(self, desk: Desk) -> None:
        await self.crashed(desk)
        await rewrite_pid(desk, os.getppid())
        again = await self.restarted(desk)
        assert not again.store.receipts
        receipt = await again.act(TRIGGER)
        assert receipt.status is ReceiptStatus.REFUSED
        assert f"is still being sent by nightdeck {os.getppid()}" in receipt.message
        await again.close()

    async def test_what_this_version_does_not_know_is_left_alone(self, desk: Desk) -> None:
        await self.crashed(desk, before_state="dreaming")
        await self.crashed(desk, request_id="q2", action="explode")
        await self.crashed(desk, request_id="q3", connection="gone")
        again = await self.restarted(desk)
        assert not again.store.receipts
        await again.close()

    async def test_a_journal_that_cannot_be_read_costs_nothing(self, desk: Desk) -> None:
        await desk.database.aclose()
        await desk.actions.recover()
        assert not desk.store.receipts

    async def test_the_command_line_looks_before_it_starts_another(
        self, desk: Desk, tmp_path: Path, clock: FakeClock
    ) -> None:
        """It never calls `recover`: the journal alone must stand in the way."""
        await lose(desk)
        await desk.close()
        script = Script(clock, jobs=desk.script.jobs)
        script.runs["1"] = [make_run("r2", state=State.RUNNING, started_at=clock.now())]
        again = Desk(tmp_path, clock, script=script)
        again.store.upsert(script.jobs.values())
        receipt = await again.act(TRIGGER)
        assert "did happen: the answer was lost, but run r2 was found" in receipt.message
        assert again.sent() == 0
        assert (await again.act(TRIGGER)).status is ACCEPTED
        await again.close()


async def rewrite_pid(desk: Desk, pid: int) -> None:
    """Let the journal say that another process wrote it; the journal itself allows no such thing."""
    await desk.database.write(lambda c: c.execute("DROP TRIGGER journal_no_update"))
    await desk.database.write(lambda c: c.execute("UPDATE journal SET pid = ?", (pid,)))


def health_of(desk: Desk) -> Health:
    return Health("alpha", "scripted", status=HealthStatus.OK, last_ok_at=desk.clock.now())


class TestDeleting:
    async def test_it_is_observed_when_a_sweep_does_not_list_the_job_any_more(self, desk: Desk) -> None:
        await desk.act(DELETE, confirmation="job 1")
        assert desk.receipt.status is ACCEPTED
        await desk.sweep("alpha")
        assert (desk.receipt.status, desk.receipt.observed_state) == (OBSERVED, None)
        assert JobKey("alpha", "1") not in desk.store.jobs

    async def test_the_system_is_asked_when_no_sweep_tells(self, desk: Desk) -> None:
        await desk.act(DELETE, confirmation="job 1")
        await desk.clock.advance(SEEN_WITHIN_S)
        assert desk.receipt.status is OBSERVED

    async def test_a_lost_answer_is_found_out(self, desk: Desk) -> None:
        desk.script.answer(DELETE, errors.OutcomeUnknown("the connection broke"))
        receipt = await desk.act(DELETE, confirmation="job 1")
        assert receipt.status is UNKNOWN
        del desk.script.jobs["1"]
        await desk.clock.advance(LOOKS_S[0])
        assert (desk.receipt.status, desk.receipt.message) == (
            OBSERVED,
            "the answer was lost, but the job is gone",
        )

    async def test_a_job_that_is_still_there_leaves_it_unknown(self, desk: Desk) -> None:
        desk.script.answer(DELETE, errors.OutcomeUnknown("the connection broke"))
        await desk.act(DELETE, confirmation="job 1")
        await desk.clock.advance(ALL_LOOKS_S)
        assert desk.receipt.status is UNKNOWN
        assert desk.sent(DELETE) == 1

    @pytest.mark.parametrize("typed", ["", "y", "job 2", None])
    async def test_nothing_but_its_name_deletes_it(self, desk: Desk, typed: str | None) -> None:
        receipt = await desk.act(DELETE, confirmation=typed)
        assert (receipt.status, desk.sent(DELETE)) == (ReceiptStatus.REFUSED, 0)
