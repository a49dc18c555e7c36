"""Runs of a TAC: started, followed over restarts, stopped, told from the log, and their logs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.adapters.talend_case import (
    REQUEST_ID,
    TASK,
    Tac,
    job_of,
    ok,
    open_adapter,
    refusal,
    row,
    run_of,
)
from tests.support.clock import START
from tests.support.context import InstantClock
from tests.support.scripted import DictMemory
from tui.core.errors import ActionRefused, NotFound, OutcomeUnknown, Unauthorized
from tui.core.models import ActionKind
from tui.core.state import State

RUNNING = ok(execBasicStatus="RUNNING", execDetailedStatus="RUNNING", execDetailedStatusLabel="Running...")
ENDED_OK = ok(
    execBasicStatus="OK", execDetailedStatus="ENDED_OK", execDetailedStatusLabel="Ok", jobExitCode=0
)
JOB_ERROR = ok(
    execBasicStatus="ERROR",
    execDetailedStatus="JOB_ERROR",
    execDetailedStatusLabel="Job ended\n                         with error(s)",
    jobExitCode=1,
)
SYNC_OK = {
    "errorStatus": "NO_ERROR",
    "execBasicStatus": "OK",
    "execDetailedStatus": "ENDED_OK",
    "execDetailedStatusLabel": "Ok",
    "execRequestId": "1406816118032_sYHGd",
    "executionTime": {"millis": 6011, "seconds": 6},
    "jobExitCode": 0,
    "returnCode": 0,
    "status": "READY_TO_RUN",
}
SYNC_ERROR = {
    "errorStatus": "JOB_ERROR",
    "execBasicStatus": "ERROR",
    "execDetailedStatus": "JOB_ERROR",
    "execDetailedStatusLabel": "Job ended with error(s)",
    "execRequestId": "1406817091606_fVsht",
    "executionTime": {"millis": 3847, "seconds": 3},
    "jobExitCode": 1,
    "returnCode": 0,
    "status": "READY_TO_RUN",
}
"""Both as the vendor's page shows them."""

BEFORE = "2026-11-20 02:00:00.000"
BEGUN = "2026-11-21 14:00:01.000"
ENDED = "2026-11-21 14:00:31.000"
AT_REST = row(lastRunDate=BEFORE, lastEndedRunDate="2026-11-20 02:05:00.000")


def stamp(text: str) -> str:
    """A listed time as a banner has it."""
    return text[:19].replace("-", "/")


def log_of(started: str, ended: str = "", execution: str = "e1", *, lines: str = "line\n") -> str:
    """The log of one run."""
    first = f"### Job STARTED  at {stamp(started)} (jobId=j, jobExecutionId={execution}) ###\n"
    last = f"### Job ENDED SUCCESSFULLY  at {stamp(ended)} (jobId=j, jobExecutionId={execution}) ###\n"
    return first + lines + (last if ended else "")


@pytest.fixture
def tac() -> Tac:
    """A TAC with one task at rest, which takes a run."""
    tac = Tac(runTask=ok(execRequestId=REQUEST_ID), getTaskExecutionStatus=RUNNING, stopTask=ok())
    tac.tasks(AT_REST)
    return tac


async def test_a_run_of_ours_is_followed_to_its_end(tac: Tac) -> None:
    adapter = await open_adapter(tac)
    before = await job_of(adapter)
    assert (before.state, before.run_id) == (State.SUCCEEDED, "20261120020000")
    accepted = await adapter.trigger(TASK, {"region": "EU"})
    assert accepted.run_id == REQUEST_ID
    waiting = await job_of(adapter)
    assert (waiting.state, waiting.run_id, waiting.last_result) == (
        State.RUNNING,
        REQUEST_ID,
        State.SUCCEEDED,
    )
    tac.tasks(row(status="RUNNING", lastRunDate=BEGUN, lastEndedRunDate="2026-11-20 02:05:00.000"))
    running = await job_of(adapter)
    assert (running.state, running.run_id, running.ended_at) == (State.RUNNING, REQUEST_ID, None)
    assert running.started_at == datetime(2026, 11, 21, 14, 0, 1, tzinfo=UTC)
    tac.tasks(row(errorStatus="JOB_ERROR", lastRunDate=BEGUN, lastEndedRunDate=ENDED))
    tac.replies["getTaskExecutionStatus"] = JOB_ERROR
    ended = await job_of(adapter)
    assert (ended.state, ended.last_result, ended.run_id) == (State.FAILED, State.FAILED, REQUEST_ID)
    assert (ended.exit_code, ended.message, ended.duration_s) == (1, "Job ended with error(s)", 30)
    asked = tac.count("getTaskExecutionStatus")
    await job_of(adapter)
    assert tac.count("getTaskExecutionStatus") == asked


async def test_a_fleet_at_rest_costs_one_request(tac: Tac) -> None:
    adapter = await open_adapter(tac)
    for _ in range(5):
        await job_of(adapter)
    assert len(tac.asked) == 5


async def test_a_row_that_lags_behind_never_makes_a_second_run(tac: Tac) -> None:
    adapter = await open_adapter(tac)
    await job_of(adapter)
    await adapter.trigger(TASK, {})
    tac.tasks(row(status="RUNNING", lastRunDate=BEGUN))
    tac.replies["getTaskExecutionStatus"] = ENDED_OK
    lagging = await job_of(adapter)
    assert (lagging.state, lagging.run_id) == (State.RUNNING, REQUEST_ID)
    tac.tasks(row(lastRunDate=BEGUN, lastEndedRunDate=ENDED))
    job = await job_of(adapter)
    assert (job.run_id, job.last_result) == (REQUEST_ID, State.SUCCEEDED)


async def test_a_later_run_of_somebody_else_is_another_one(tac: Tac) -> None:
    adapter = await open_adapter(tac)
    await job_of(adapter)
    await adapter.trigger(TASK, {})
    tac.replies["getTaskExecutionStatus"] = ENDED_OK
    tac.tasks(row(lastRunDate=BEGUN, lastEndedRunDate=ENDED))
    assert (await job_of(adapter)).run_id == REQUEST_ID
    tac.tasks(row(status="REQUESTING_RUN", lastRunDate=BEGUN, lastEndedRunDate=ENDED))
    queued = await job_of(adapter)
    assert (queued.state, queued.run_id, queued.last_result) == (State.QUEUED, "", State.SUCCEEDED)
    tac.tasks(row(status="RUNNING", lastRunDate="2026-11-21 15:00:00.000", lastEndedRunDate=ENDED))
    running = await job_of(adapter)
    assert (running.run_id, running.last_result) == ("20261121150000", State.SUCCEEDED)
    tac.tasks(
        row(
            errorStatus="JOB_ERROR",
            lastRunDate="2026-11-21 15:00:00.000",
            lastEndedRunDate="2026-11-21 15:10:00.000",
        )
    )
    failed = await job_of(adapter)
    assert (failed.run_id, failed.last_result, failed.exit_code) == ("20261121150000", State.FAILED, None)


async def test_runs_are_known_again_after_a_restart(tac: Tac) -> None:
    memory = DictMemory()
    adapter = await open_adapter(tac, memory=memory)
    await job_of(adapter)
    await adapter.trigger(TASK, {"region": "EU"})
    await adapter.aclose()
    tac.tasks(row(errorStatus="JOB_ERROR", lastRunDate=BEGUN, lastEndedRunDate=ENDED))
    tac.replies |= {"getTaskExecutionStatus": JOB_ERROR, "taskLog": ok(result=log_of(BEGUN, ENDED))}
    later = await open_adapter(tac, memory=memory)
    job = await job_of(later)
    assert (job.run_id, job.last_result, job.exit_code) == (REQUEST_ID, State.FAILED, 1)
    (run,) = await later.list_runs(TASK)
    assert (run.key.run_id, run.state, run.params) == (REQUEST_ID, State.FAILED, {"region": "EU"})
    assert run.triggered_by == "ops@example.com"


@pytest.mark.parametrize("kept", [[], "x", {"41": 7}, {"41": [{"is_own": 1}, {"id": "a", "state": "odd"}]}])
async def test_a_spoiled_memory_is_no_harm(tac: Tac, kept: Any) -> None:
    memory = DictMemory()
    memory.values["runs"] = kept
    assert (await job_of(await open_adapter(tac, memory=memory))).state is State.SUCCEEDED


async def test_a_wrong_zone_does_not_hide_our_run(tac: Tac) -> None:
    adapter = await open_adapter(tac)
    await job_of(adapter)
    await adapter.trigger(TASK, {})
    tac.replies["getTaskExecutionStatus"] = ENDED_OK
    tac.tasks(row(lastRunDate="2026-11-21 09:00:01.000", lastEndedRunDate="2026-11-21 09:00:31.000"))
    job = await job_of(adapter)
    assert (job.run_id, job.duration_s) == (REQUEST_ID, 30)
    tac.replies["getTaskIdByName"] = refusal(79)
    (note,) = (await adapter.check()).notes
    assert "shifted by -5 h" in note


async def test_a_right_zone_is_not_doubted(tac: Tac) -> None:
    tac.replies["getTaskIdByName"] = refusal(5, "bad parameter")
    adapter = await open_adapter(tac)
    await job_of(adapter)
    await adapter.trigger(TASK, {})
    tac.tasks(row(status="RUNNING", lastRunDate=BEGUN))
    await job_of(adapter)
    assert (await adapter.check()).notes == ()


async def test_a_run_keeps_what_its_task_says_of_it(tac: Tac) -> None:
    tac.replies |= {"getTaskExecutionStatus": JOB_ERROR, "taskLog": refusal(220)}
    adapter = await open_adapter(tac)
    await job_of(adapter)
    await adapter.trigger(TASK, {})
    tac.tasks(
        row(
            errorStatus="JOB_ERROR",
            lastRunDate=BEGUN,
            lastEndedRunDate=ENDED,
            lastTaskTraceError="no listener",
        )
    )
    assert (await job_of(adapter)).message == "no listener"
    (run,) = (run for run in await adapter.list_runs(TASK) if run.key.run_id == REQUEST_ID)
    assert run.message == "no listener"


@pytest.mark.parametrize(("reply", "state"), [(SYNC_OK, State.SUCCEEDED), (SYNC_ERROR, State.FAILED)])
async def test_a_synchronous_answer_is_a_run_that_has_ended(
    tac: Tac, reply: dict[str, Any], state: State
) -> None:
    tac.replies["runTask"] = reply
    tac.replies["taskLog"] = refusal(220)
    adapter = await open_adapter(tac)
    accepted = await adapter.trigger(TASK, {})
    assert (accepted.run_id, accepted.message) == (reply["execRequestId"], reply["execDetailedStatusLabel"])
    (run,) = await adapter.list_runs(TASK)
    assert (run.state, run.exit_code) == (state, reply["jobExitCode"])
    assert run.queued_at is not None
    assert run.queued_at.date().isoformat() == "2014-07-31"
    assert tac.count("getTaskExecutionStatus") == 0


async def test_a_success_without_a_run_is_doubted(tac: Tac) -> None:
    tac.replies["runTask"] = ok()
    with pytest.raises(OutcomeUnknown, match="names no run"):
        await (await open_adapter(tac)).trigger(TASK, {})


async def test_a_run_that_the_tac_forgot_is_told_by_its_row(tac: Tac) -> None:
    clock = InstantClock()
    adapter = await open_adapter(tac, clock=clock)
    await job_of(adapter)
    await adapter.trigger(TASK, {})
    tac.replies["getTaskExecutionStatus"] = refusal(5, "unknown request")
    assert (await job_of(adapter)).state is State.QUEUED
    clock.jump(120)
    tac.tasks(row(lastRunDate=BEGUN, lastEndedRunDate=ENDED, errorStatus="JOB_ERROR"))
    for _ in range(3):
        job = await job_of(adapter)
    assert (job.run_id, job.last_result) == (REQUEST_ID, State.FAILED)
    assert tac.count("getTaskExecutionStatus") == 2


async def test_a_failing_status_call_does_not_spoil_the_sweep(tac: Tac) -> None:
    adapter = await open_adapter(tac)
    await job_of(adapter)
    await adapter.trigger(TASK, {})
    tac.replies["getTaskExecutionStatus"] = httpx.Response(500)
    assert (await job_of(adapter)).state is State.QUEUED
    tac.replies["getTaskExecutionStatus"] = refusal(3)
    with pytest.raises(Unauthorized):
        await job_of(adapter)


async def test_a_stopped_run_is_cancelled_whatever_the_tac_calls_it(tac: Tac) -> None:
    adapter = await open_adapter(tac)
    await job_of(adapter)
    await adapter.trigger(TASK, {})
    tac.tasks(row(status="RUNNING", lastRunDate=BEGUN))
    await job_of(adapter)
    await adapter.stop(run_of(REQUEST_ID))
    assert tac.asked[-1]["taskId"] == "41"
    tac.tasks(row(status="REQUESTING_STOP", lastRunDate=BEGUN))
    assert (await job_of(adapter)).substate == "stopping"
    tac.replies["getTaskExecutionStatus"] = JOB_ERROR
    tac.tasks(row(errorStatus="JOB_ERROR", lastRunDate=BEGUN, lastEndedRunDate=ENDED))
    assert (await job_of(adapter)).last_result is State.CANCELLED


async def test_a_run_of_the_schedule_can_be_stopped(tac: Tac) -> None:
    tac.tasks(row(status="RUNNING", lastRunDate=BEGUN))
    adapter = await open_adapter(tac)
    job = await job_of(adapter)
    assert job.run_key is not None
    await adapter.stop(job.run_key)
    tac.tasks(row(errorStatus="JOB_ERROR", lastRunDate=BEGUN, lastEndedRunDate=ENDED))
    assert (await job_of(adapter)).last_result is State.CANCELLED


async def test_a_task_without_a_known_run_can_be_stopped(tac: Tac) -> None:
    tac.tasks(row(status="REQUESTING_RUN", lastRunDate=BEFORE, lastEndedRunDate="2026-11-20 02:05:00.000"))
    adapter = await open_adapter(tac)
    assert (await job_of(adapter)).run_id == ""
    await adapter.stop(run_of(""))
    assert tac.count("stopTask") == 1


async def test_only_the_run_that_is_meant_is_stopped(tac: Tac) -> None:
    adapter = await open_adapter(tac)
    old = (await job_of(adapter)).run_id
    tac.tasks(row(status="RUNNING", lastRunDate=BEGUN, lastEndedRunDate="2026-11-20 02:05:00.000"))
    await job_of(adapter)
    with pytest.raises(ActionRefused, match="not the newest"):
        await adapter.stop(run_of(old))
    with pytest.raises(NotFound):
        await adapter.stop(run_of("999999999"))
    tac.tasks()
    with pytest.raises(NotFound, match="no task 41"):
        await adapter.stop(run_of("x"))
    assert tac.count("stopTask") == 0


async def test_triggers_are_paused_and_resumed(tac: Tac) -> None:
    tac.replies |= {"requestPauseTriggers": ok(), "requestResumeTriggers": ok()}
    adapter = await open_adapter(tac)
    await adapter.hold(TASK)
    await adapter.release(TASK)
    assert [asked["actionName"] for asked in tac.asked] == ["requestPauseTriggers", "requestResumeTriggers"]


async def test_why_something_cannot_be_done(tac: Tac) -> None:
    adapter = await open_adapter(tac)
    job = await job_of(adapter)
    assert "no triggers" in adapter.reason_against(ActionKind.HOLD, job)
    assert adapter.reason_against(ActionKind.STOP, job) == "it is not running"
    assert adapter.reason_against(ActionKind.TRIGGER, job) == ""
    tac.tasks(row(status="RUNNING", triggersStatus="AT_LEAST_ONE"))
    job = await job_of(adapter)
    assert "already running" in adapter.reason_against(ActionKind.TRIGGER, job)
    assert adapter.reason_against(ActionKind.HOLD, job) == adapter.reason_against(ActionKind.STOP, job) == ""
    tac.tasks(row(status="RUNNING", concurrentExecution="true"))
    assert adapter.reason_against(ActionKind.TRIGGER, await job_of(adapter)) == ""


async def test_history_is_read_from_the_log(tac: Tac) -> None:
    failed = log_of("2026-11-19 02:00:03", execution="e0") + (
        "### Job ENDED WITH ERRORS  at 2026/11/19 02:01:03 (jobId=j, jobExecutionId=e0) ###\n"
    )
    tac.replies["taskLog"] = ok(result=failed + log_of("2026-11-20 02:00:04", "2026-11-20 02:04:58"))
    adapter = await open_adapter(tac)
    await job_of(adapter)
    newest, oldest = await adapter.list_runs(TASK)
    assert (newest.key.run_id, newest.state) == ("20261120020000", State.SUCCEEDED)
    assert newest.duration_s == 300
    assert (oldest.key.run_id, oldest.state, oldest.duration_s) == ("e0", State.FAILED, 60)
    assert (oldest.native_state, oldest.message) == ("ENDED WITH ERRORS", "Ended with errors")
    assert tac.asked[-1]["lastExecution"] is False
    assert [run.key.run_id for run in await adapter.list_runs(TASK, 1)] == ["20261120020000"]


async def test_a_run_keeps_its_name_when_it_is_not_the_newest_any_more(tac: Tac) -> None:
    memory = DictMemory()
    adapter = await open_adapter(tac, memory=memory)
    await job_of(adapter)
    tac.tasks(row(lastRunDate=BEGUN, lastEndedRunDate=ENDED))
    await job_of(adapter)
    text = log_of("2026-11-20 02:00:04", "2026-11-20 02:04:58", "e0") + log_of(
        "2026-11-21 14:00:03", "2026-11-21 14:00:30"
    )
    tac.replies["taskLog"] = ok(result=text)
    for session in (adapter, await open_adapter(tac, memory=memory)):
        await job_of(session)
        runs = await session.list_runs(TASK)
        assert [run.key.run_id for run in runs] == ["20261121140001", "20261120020000"]


async def test_a_run_that_the_log_told_of_first_has_the_name_that_its_task_gives_it(tac: Tac) -> None:
    tac.replies["taskLog"] = ok(result="")
    adapter = await open_adapter(tac)
    await job_of(adapter)
    tac.tasks(row(lastRunDate=BEGUN, lastEndedRunDate=ENDED))
    tac.replies["taskLog"] = ok(result=log_of("2026-11-21 14:00:03", "2026-11-21 14:00:30"))
    asked = tac.count("listTasks")
    newest = (await adapter.list_runs(TASK))[0]
    assert newest.key.run_id == (await job_of(adapter)).run_id == "20261121140001"
    assert tac.count("listTasks") == asked + 2
    await adapter.list_runs(TASK)
    assert tac.count("listTasks") == asked + 2


async def test_no_log_is_no_history(tac: Tac) -> None:
    tac.tasks(row())
    adapter = await open_adapter(tac)
    await job_of(adapter)
    for reply in (refusal(220, "Unable to read logs"), ok(result=""), ok(result=None), ok()):
        tac.replies["taskLog"] = reply
        assert list(await adapter.list_runs(TASK)) == []
    tac.replies["taskLog"] = refusal(5, "Cannot find task with id=41")
    with pytest.raises(NotFound, match="Cannot find"):
        await adapter.list_runs(TASK)


async def test_a_history_that_is_too_large_is_the_last_run(tac: Tac, monkeypatch: pytest.MonkeyPatch) -> None:
    def log(asked: Any) -> Any:
        return ok(result=log_of(BEFORE, BEGUN)) if asked["lastExecution"] else httpx.Response(200, text="{")

    tac.replies["taskLog"] = log
    adapter = await open_adapter(tac)
    for _ in range(2):
        assert len(await adapter.list_runs(TASK)) == 1
    assert tac.count("taskLog") == 3


async def test_a_log_that_grows_is_read_from_where_it_stopped(tac: Tac) -> None:
    clock = InstantClock()
    tac.tasks(row(status="RUNNING", lastRunDate=BEGUN))
    tac.replies |= {
        "taskLog": ok(result=log_of(BEGUN, lines="one\n")),
        "getTaskStatus": ok(status="RUNNING", errorStatus="NO_ERROR"),
    }
    adapter = await open_adapter(tac, clock=clock)
    run = run_of((await job_of(adapter)).run_id)
    first = await adapter.read_log(run)
    assert first.data.endswith(b"one\n")
    assert not first.is_complete
    for _ in range(4):
        await clock.sleep(1)
        assert (await adapter.read_log(run, first.cursor)).data == b""
    assert tac.count("taskLog") == 1
    tac.replies["taskLog"] = ok(result=log_of(BEGUN, ENDED, lines="one\ntwo – ü\n"))
    await clock.sleep(1)
    second = await adapter.read_log(run, first.cursor)
    assert second.data.decode().startswith("two – ü\n### Job ENDED")
    assert (second.is_complete, second.is_restart) == (True, False)
    assert tac.asked[-1]["lastExecution"] is True


async def test_a_log_that_was_rewritten_starts_again(tac: Tac) -> None:
    clock = InstantClock()
    tac.replies["taskLog"] = ok(result=log_of(BEFORE, BEGUN, lines="one\n"))
    adapter = await open_adapter(tac, clock=clock)
    run = run_of((await job_of(adapter)).run_id)
    first = await adapter.read_log(run)
    tac.replies["taskLog"] = ok(result=log_of(BEFORE, BEGUN, lines="uno\n"))
    await clock.sleep(100)
    again = await adapter.read_log(run, first.cursor)
    assert again.is_restart
    assert b"uno" in again.data


async def test_a_new_run_does_not_show_the_log_of_the_one_before(tac: Tac) -> None:
    adapter = await open_adapter(tac)
    old = (await job_of(adapter)).run_id
    tac.replies["taskLog"] = ok(result=log_of("2026-11-20 02:00:01", "2026-11-20 02:05:00"))
    await adapter.trigger(TASK, {})
    chunk = await adapter.read_log(run_of(REQUEST_ID))
    assert (chunk.data, chunk.is_complete) == (b"", False)
    older = await adapter.read_log(run_of(old))
    assert older.is_complete
    assert b"STARTED" in older.data


async def test_the_log_of_an_older_run_is_cut_out(tac: Tac) -> None:
    text = log_of("2026-11-19 02:00:03", "2026-11-19 02:01:03", "e0", lines="old\n")
    tac.replies["taskLog"] = ok(result=text + log_of("2026-11-20 02:00:04", "2026-11-20 02:04:58"))
    adapter = await open_adapter(tac)
    await job_of(adapter)
    chunk = await adapter.read_log(run_of("e0"))
    assert (chunk.data.decode(), chunk.is_complete) == (text, True)
    unswept = await open_adapter(tac)
    chunk = await unswept.read_log(run_of("20261119020000"))
    assert chunk.data.decode() == text
    with pytest.raises(NotFound, match="no log of run"):
        await adapter.read_log(run_of("999999999"))


async def test_a_log_without_banners_is_that_of_the_last_run(tac: Tac) -> None:
    tac.replies |= {
        "taskLog": {"Task Log's contents: ": "old\\nform", "returnCode": 0},
        "getTaskStatus": ok(status="READY_TO_RUN"),
    }
    adapter = await open_adapter(tac)
    chunk = await adapter.read_log(run_of((await job_of(adapter)).run_id))
    assert (chunk.data, chunk.is_complete) == (b"old\nform", True)


async def test_a_large_log_comes_in_pieces_with_one_request(tac: Tac) -> None:
    lines = "0123456789abcde\n" * 200_000
    tac.replies["taskLog"] = ok(result=log_of("2026-11-20 02:00:01", "2026-11-20 02:05:00", lines=lines))
    adapter = await open_adapter(tac)
    run = run_of((await job_of(adapter)).run_id)
    chunks = [await adapter.read_log(run)]
    while not chunks[-1].is_complete:
        chunks.append(await adapter.read_log(run, chunks[-1].cursor))
    assert len(chunks) == 4
    assert lines.encode() in b"".join(chunk.data for chunk in chunks)
    assert tac.count("taskLog") == 1


async def test_the_raw_record_is_the_tacs_own(tac: Tac) -> None:
    adapter = await open_adapter(tac)
    await job_of(adapter)
    await adapter.trigger(TASK, {"region": "EU"})
    record = await adapter.read_raw(TASK, run_of(REQUEST_ID))
    assert record["task"] == AT_REST
    assert record["getTaskExecutionStatus"] == RUNNING
    assert record["run"]["params"] == {"region": "EU"}  # type: ignore[index]
    tac.tasks()
    with pytest.raises(NotFound):
        await adapter.read_raw(TASK)


async def test_the_request_id_tells_when_it_was_asked(tac: Tac) -> None:
    adapter = await open_adapter(tac)
    await adapter.trigger(TASK, {})
    tac.replies["taskLog"] = ok(result="")
    (run,) = await adapter.list_runs(TASK)
    assert run.queued_at == START + timedelta(milliseconds=123)
