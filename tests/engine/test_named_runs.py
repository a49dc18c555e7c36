"""Where a system takes the ids of runs from us: a start is told from any other, and can't happen twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support.actions import Desk, make_action
from tests.support.clock import FakeClock
from tests.support.scripted import Script, ScriptedAdapter, make_run
from tui.cli.journal_records import request_record
from tui.core.capabilities import CanRerun, TakesRunIds
from tui.core.errors import ActionRefused, NotFound, OutcomeUnknown, RunExists, ServerFailed, Unreachable
from tui.core.keys import JobKey, RunKey
from tui.core.models import Accepted, ActionKind, ReceiptStatus, Run
from tui.core.state import State
from tui.engine.outcomes import outcome_of_error

TRIGGER, RERUN = ActionKind.TRIGGER, ActionKind.RERUN
OBSERVED, UNKNOWN, REFUSED = ReceiptStatus.OBSERVED, ReceiptStatus.UNKNOWN, ReceiptStatus.REFUSED
LONG_S = 300.0


class Naming(ScriptedAdapter, TakesRunIds):
    """Makes each run under the id that it is given, once; the next answers may get lost."""

    def __init__(self, connection: str, script: Script) -> None:
        super().__init__(connection, script)
        self.made: dict[str, Run] = {}
        self.asked: list[tuple[str, str]] = []
        self.faults: list[tuple[bool, Exception]] = []
        """For each of the next triggers: whether it is carried out, and what is raised then."""
        self.on_asked: Callable[[], object] = lambda: None

    async def trigger_as(self, job: JobKey, params: Mapping[str, str], run_id: str) -> Accepted:
        self.on_asked()
        self.asked.append((run_id, params.get("region", "")))
        is_done, error = self.faults.pop(0) if self.faults else (True, None)
        if is_done:
            self.make(job, run_id)
        if error is not None:
            raise error
        return Accepted(run_id, "queued")

    async def find_run(self, run: RunKey) -> Run | None:
        await self._read("find_run", run)
        return self.made.get(run.run_id)

    def make(self, job: JobKey, run_id: str) -> None:
        """Carry a trigger out."""
        if run_id in self.made:
            raise RunExists(f"there is a run {run_id}")
        self.made[run_id] = make_run(run_id, job.id, state=State.RUNNING)


class NamingFull(Naming, CanRerun):
    """One that repeats runs itself."""

    async def rerun(self, run: RunKey, *, is_failed_only: bool = False) -> Accepted:
        return self.script.act(RERUN, run.job, run, is_failed_only)


LOST = OutcomeUnknown("connection reset")


@pytest.fixture
def desk(tmp_path: Path, clock: FakeClock) -> Desk:
    desk = Desk(tmp_path, clock, adapter=Naming)
    desk.add(state=State.FAILED, run_id="r0")
    return desk


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def system(desk: Desk) -> Naming:
    assert isinstance(desk.scripted, Naming)
    return desk.scripted


async def restarted(desk: Desk, folder: Path, clock: FakeClock) -> Desk:
    """What a nightdeck is that is started after this one was killed."""
    await desk.actions._follower.aclose()
    await desk.database.aclose()
    later = Desk(folder, clock, script=desk.script, adapter=type(desk.scripted))
    later.scripted = desk.scripted
    later.store.upsert(desk.store.jobs.values())
    await later.actions.recover()
    return later


async def test_the_id_is_in_the_journal_before_anything_is_sent(desk: Desk) -> None:
    seen: list[tuple[str, str]] = []
    file = desk.database

    def look() -> None:
        connection = file._connection
        assert connection is not None
        seen.extend(connection.execute("SELECT status, run_id FROM journal").fetchall())

    system(desk).on_asked = look
    receipt = await desk.act(TRIGGER, request_id="20261121T140000-1f2e3d4c")
    assert receipt.run_id == "nightdeck__20261121T140000-1f2e3d4c"
    assert seen == [("sent", receipt.run_id)]
    assert system(desk).asked == [(receipt.run_id, "")]


@pytest.mark.parametrize("is_done", [True, False])
async def test_a_lost_answer_has_its_run_named_and_asks_for_that_alone(
    desk: Desk, clock: FakeClock, *, is_done: bool
) -> None:
    system(desk).faults.append((is_done, LOST))
    receipt = await desk.act(TRIGGER)
    assert (receipt.status, receipt.run_id) == (UNKNOWN, system(desk).asked[0][0])
    # Somebody else's start at the same moment is no evidence, on the row or in the list.
    theirs = make_run("theirs", state=State.RUNNING, started_at=clock.now())
    desk.script.runs["1"] = [theirs]
    desk.observe(state=State.RUNNING, run_id="theirs", started_at=clock.now())
    await clock.advance(LONG_S)
    assert desk.receipt.run_id == receipt.run_id
    if is_done:
        assert desk.receipt.status is OBSERVED
        assert f"run {receipt.run_id} was found" in desk.receipt.message
    else:
        assert desk.receipt.status is UNKNOWN
        assert f"the system says that it has no run {receipt.run_id}" in desk.receipt.message
        assert "can't happen twice" in desk.receipt.message


async def test_that_nobody_could_be_asked_is_no_denial(desk: Desk, clock: FakeClock) -> None:
    system(desk).faults.append((False, LOST))
    await desk.act(TRIGGER)
    desk.script.read_error = Unreachable("down")
    await clock.advance(2000)
    assert desk.receipt.status is UNKNOWN
    assert "has no run" not in desk.receipt.message
    desk.script.read_error = None
    await clock.advance(LONG_S)
    assert "has no run" in desk.receipt.message


async def test_a_row_that_shows_the_run_is_enough(desk: Desk, clock: FakeClock) -> None:
    system(desk).faults.append((True, LOST))
    receipt = await desk.act(TRIGGER)
    desk.observe(state=State.RUNNING, run_id=receipt.run_id)
    assert (desk.receipt.status, desk.receipt.observed_state) == (OBSERVED, State.RUNNING)


async def test_a_refused_repetition_is_a_success(desk: Desk, clock: FakeClock) -> None:
    """Such as by a proxy that sent the request a second time after it had lost the first answer."""
    system(desk).faults.append((True, RunExists("there is such a run")))
    receipt = await desk.act(TRIGGER)
    assert (receipt.status, receipt.run_id) == (OBSERVED, system(desk).asked[0][0])
    assert receipt.message == "it did happen: there is such a run"
    assert await desk.steps() == [("trigger", "sent"), ("trigger", "observed")]
    assert not await desk.journal.unfinished()


def test_an_existing_run_is_never_a_refusal() -> None:
    assert outcome_of_error(RunExists("x"), is_sent=True)[0] is OBSERVED


@pytest.mark.parametrize("is_done", [True, False])
async def test_a_killed_nightdeck_is_reconciled_by_the_id_in_the_journal(
    desk: Desk, tmp_path: Path, clock: FakeClock, *, is_done: bool
) -> None:
    def die() -> None:
        # As far as the file is concerned: nothing is written any more.
        desk.database._disconnect()
        desk.database._is_closed = True

    system(desk).on_asked = die
    system(desk).faults.append((is_done, LOST))
    await desk.act(TRIGGER)
    ours = system(desk).asked[0][0]
    system(desk).on_asked = lambda: None
    later = await restarted(desk, tmp_path, clock)
    assert await later.steps() == [("trigger", "sent")]
    assert (later.receipt.status, later.receipt.run_id) == (UNKNOWN, ours)
    desk.script.runs["1"] = [make_run("theirs", started_at=clock.now())]
    refused = await later.act(TRIGGER)
    assert refused.status is REFUSED
    assert len(system(desk).asked) == 1
    if is_done:
        assert "did happen" in refused.message
        assert await later.steps() == [("trigger", "sent"), ("trigger", "observed")]
        assert (await later.last_entry()).run_id == ours
    else:
        assert "unknown outcome" in refused.message
        assert "at most one run" in refused.message
    await later.close()


@pytest.mark.parametrize("arrives", ["before", "after", "never"])
@pytest.mark.parametrize("is_restarted", [False, True])
async def test_at_most_one_run_comes_of_a_start_that_the_user_repeats(
    desk: Desk, tmp_path: Path, clock: FakeClock, *, arrives: str, is_restarted: bool
) -> None:
    """The first request is stuck in a queue before the system, and may arrive at any time."""
    naming = system(desk)
    naming.faults.append((False, LOST))
    first = await desk.act(TRIGGER, params={"region": "EU"})
    await clock.advance(LONG_S)
    if is_restarted:
        desk = await restarted(desk, tmp_path, clock)
    if arrives == "before":
        naming.make(JobKey("alpha", "1"), first.run_id)
    again = await desk.act(TRIGGER, params={"region": "EU"}, is_unknown_accepted=True)
    if arrives == "after":
        with pytest.raises(RunExists):
            naming.make(JobKey("alpha", "1"), first.run_id)
    assert naming.asked == [(first.run_id, "EU")] * 2
    assert list(naming.made) == [first.run_id]
    assert again.request_id != first.request_id
    assert again.run_id == first.run_id
    assert again.status is (OBSERVED if arrives == "before" else ReceiptStatus.ACCEPTED)
    statuses = [status for _, status in await desk.steps()]
    assert statuses[-3:-1] == ["sent", "settled"]
    assert not await desk.journal.unfinished()
    await desk.close()


@pytest.mark.parametrize("params", [{"region": "US"}, {}])
async def test_another_start_has_another_id(desk: Desk, params: Mapping[str, str]) -> None:
    system(desk).faults.append((False, LOST))
    first = await desk.act(TRIGGER, params={"region": "EU"})
    again = await desk.act(TRIGGER, params=params, is_unknown_accepted=True)
    assert again.run_id not in ("", first.run_id)


async def test_parameters_that_are_masked_can_t_be_compared(desk: Desk) -> None:
    system(desk).faults.append((False, LOST))
    first = await desk.act(TRIGGER, params={"password": "one"})
    again = await desk.act(TRIGGER, params={"password": "two"}, is_unknown_accepted=True)
    assert again.run_id not in ("", first.run_id)


async def test_a_refusal_is_still_a_refusal(desk: Desk) -> None:
    system(desk).faults.append((False, ActionRefused("paused")))
    receipt = await desk.act(TRIGGER)
    assert (receipt.status, receipt.run_id) == (REFUSED, "")
    assert (await desk.last_entry()).run_id == ""
    assert request_record(await desk.journal.entries())["run_id"] is None
    assert not await desk.journal.unfinished()


@pytest.mark.parametrize("error", [ServerFailed("boom"), KeyError("dag_run_id")])
async def test_what_may_have_happened_is_found_by_its_id(
    desk: Desk, clock: FakeClock, error: Exception
) -> None:
    system(desk).faults.append((True, error))
    receipt = await desk.act(TRIGGER)
    assert receipt.status is UNKNOWN
    await clock.advance(3)
    assert (desk.receipt.status, desk.receipt.run_id) == (OBSERVED, receipt.run_id)


async def test_a_rerun_that_is_a_trigger_has_an_id_of_its_own(
    desk: Desk, tmp_path: Path, clock: FakeClock
) -> None:
    desk.script.runs["1"] = [make_run("r0", params={"region": "EU"})]
    system(desk).faults.append((True, LOST))
    receipt = await desk.act(RERUN, run_id="r0")
    assert system(desk).asked == [(receipt.run_id, "EU")]
    assert receipt.request_id in receipt.run_id
    later = await restarted(desk, tmp_path, clock)
    assert (later.receipt.run_id, later.receipt.status) == (receipt.run_id, UNKNOWN)
    await clock.advance(3)
    assert later.receipt.status is OBSERVED
    await later.close()


async def test_a_rerun_of_the_system_s_own_keeps_the_name_of_its_run(
    tmp_path: Path, clock: FakeClock
) -> None:
    desk = Desk(tmp_path, clock, adapter=NamingFull)
    desk.add(state=State.FAILED, run_id="r0", ended_at=clock.now())
    desk.script.answer(RERUN, LOST, state=State.RUNNING)
    receipt = await desk.act(RERUN)
    assert (receipt.status, receipt.run_id) == (UNKNOWN, "")
    await clock.advance(3)
    assert desk.receipt.status is OBSERVED
    assert system(desk).asked == []


async def test_a_plain_trigger_makes_a_fresh_id_each_time(desk: Desk) -> None:
    job = make_action(TRIGGER).job
    first, second = [await system(desk).trigger(job, {}) for _ in range(2)]
    assert first.run_id != second.run_id
    assert list(system(desk).made) == [first.run_id, second.run_id]


async def test_a_system_that_can_t_be_found_in_is_asked_again(desk: Desk, clock: FakeClock) -> None:
    system(desk).faults.append((True, LOST))
    await desk.act(TRIGGER)
    desk.script.read_error = NotFound("no such job")
    await clock.advance(20)
    assert desk.receipt.status is UNKNOWN
    desk.script.read_error = None
    await clock.advance(60)
    assert desk.receipt.status is OBSERVED
    assert desk.receipt.run_id == system(desk).asked[0][0]
