"""Tasks of Informatica: the monitor, the log and the gap between them, and what can be done to a task."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.adapters.informatica_case import (
    FLOW_ID,
    TASK_ID,
    Cloud,
    job_of,
    jobs_of,
    key_of,
    log_row,
    monitor_row,
    object_row,
    open_adapter,
    run_of,
    task_row,
    v2_error,
)
from tests.support.clock import START
from tests.support.context import InstantClock
from tests.support.scripted import DictMemory
from tui.core.errors import ActionRefused, Forbidden, NotFound, OutcomeUnknown, SystemUnavailable, Unreachable
from tui.core.models import Action, ActionKind
from tui.core.state import State

FEDERATED = "6fHtPq2LwXz9CvBn3MsRkD"


async def test_a_task_that_never_ran_says_so() -> None:
    job = await job_of(await open_adapter(Cloud()))
    assert (job.state, job.substate, job.run_id, job.last_result) == (State.NEVER_RUN, "", "", None)
    assert (job.kind, job.name, job.id) == ("mapping task", "mt_customers", TASK_ID)


@pytest.mark.parametrize(
    ("state", "result", "message"),
    [
        (1, State.SUCCEEDED, ""),
        ("1", State.SUCCEEDED, ""),
        (2, State.WARNING, "WRT_8164 Error loading into target"),
        (3, State.FAILED, "WRT_8164 Error loading into target"),
    ],
)
async def test_the_newest_row_of_the_log_counts(state: Any, result: State, message: str) -> None:
    text = "No errors encountered." if result is State.SUCCEEDED else "WRT_8164 Error loading\ninto target"
    job = await job_of(await open_adapter(Cloud(log=[log_row(17, state, errorMsg=text), log_row(16)])))
    assert (job.state, job.last_result, job.run_id) == (result, result, "17")
    assert (job.native_state, job.message) == (str(state), message)
    assert (job.duration_s, job.ended_at is not None) == (75.0, True)


async def test_a_warning_without_words_tells_how_many_rows_were_rejected() -> None:
    row = log_row(17, 2, errorMsg=None, failedTargetRows=22, failedSourceRows="3")
    assert (await job_of(await open_adapter(Cloud(log=[row])))).message == "rows rejected: 25"


async def test_runs_are_in_the_order_of_their_numbers_and_not_of_their_texts() -> None:
    job = await job_of(await open_adapter(Cloud(log=[log_row(9, 3), log_row(10, 1)])))
    assert job.run_id == "10"


async def test_the_same_number_belongs_to_two_tasks() -> None:
    other = "00AB120Z00000000002S"
    cloud = Cloud(log=[log_row(3, 3), log_row(3, 1, objectId=other)])
    cloud.tasks["MTT"].append(task_row(other, "mt_orders"))
    jobs = await jobs_of(await open_adapter(cloud))
    assert (jobs[TASK_ID].state, jobs[other].state) == (State.FAILED, State.SUCCEEDED)


async def test_a_run_under_way_has_the_row_and_the_last_result_stays() -> None:
    cloud = Cloud(log=[log_row(17, 3)], monitor=[monitor_row(18)])
    job = await job_of(await open_adapter(cloud))
    assert (job.state, job.last_result, job.run_id) == (State.RUNNING, State.FAILED, "18")
    assert (job.started_at is not None, job.ended_at, job.duration_s, job.message) == (True, None, None, "")


async def test_a_run_that_is_gone_from_the_monitor_is_finishing_until_the_log_has_it() -> None:
    clock = InstantClock()
    cloud = Cloud(monitor=[monitor_row(18)])
    adapter = await open_adapter(cloud, clock=clock)
    await jobs_of(adapter)
    cloud.monitor.clear()
    job = await job_of(adapter)
    assert (job.state, job.substate, job.run_id) == (State.RUNNING, "finishing", "18")
    # Wherever in the log it is by now: it is asked for by task and run.
    assert cloud.asked("GET", "activityLog")[-1].url.params["runId"] == "18"
    cloud.log.insert(0, log_row(18, 2))
    job = await job_of(adapter)
    assert (job.state, job.substate) == (State.WARNING, "")


async def test_a_run_that_is_found_nowhere_for_long_is_unknown_until_the_log_has_it() -> None:
    clock = InstantClock()
    cloud = Cloud(log=[log_row(17)], monitor=[monitor_row(18)])
    adapter = await open_adapter(cloud, clock=clock)
    await jobs_of(adapter)
    cloud.monitor.clear()
    await clock.sleep(601)
    job = await job_of(adapter)
    assert (job.state, job.last_result, job.run_id) == (State.UNKNOWN, State.SUCCEEDED, "18")
    cloud.log.insert(0, log_row(18, 1))
    assert (await job_of(adapter)).state is State.SUCCEEDED


async def test_a_completed_run_is_finishing_and_a_row_of_the_log_beats_the_monitor() -> None:
    cloud = Cloud(monitor=[monitor_row(18, "COMPLETED")])
    adapter = await open_adapter(cloud)
    assert (await job_of(adapter)).substate == "finishing"
    cloud.log.insert(0, log_row(18, 3))
    assert (await job_of(adapter)).state is State.FAILED


async def test_a_stopped_run_is_never_told_as_failed_on_its_way() -> None:
    cloud = Cloud(monitor=[monitor_row(18, "STOPPING")])
    adapter = await open_adapter(cloud)
    assert (await job_of(adapter)).substate == "stopping"
    cloud.monitor = [monitor_row(18, "FAILED")]
    assert (await job_of(adapter)).state is State.RUNNING
    cloud.monitor = []
    cloud.log.insert(0, log_row(18, 3, isStopped=True))
    assert (await job_of(adapter)).state is State.CANCELLED


async def test_a_failure_is_told_by_the_monitor_already() -> None:
    cloud = Cloud(monitor=[monitor_row(18, "FAILED", errorMsg="There is no active Secure Agent in it")])
    job = await job_of(await open_adapter(cloud))
    assert (job.state, job.last_result, job.substate) == (
        State.FAILED,
        State.FAILED,
        "no active Secure Agent",
    )


async def test_a_failure_that_the_monitor_tells_without_a_text_is_finishing_for_a_while() -> None:
    clock = InstantClock()
    cloud = Cloud(monitor=[monitor_row(18, "FAILED")])
    adapter = await open_adapter(cloud, clock=clock)
    for _ in range(3):
        job = await job_of(adapter)
        assert (job.state, job.substate, job.native_state) == (State.RUNNING, "finishing", "FAILED")
    await clock.sleep(601)
    job = await job_of(adapter)
    assert (job.state, job.substate, job.last_result) == (State.FAILED, "not in the log", State.FAILED)
    cloud.log.insert(0, log_row(18, 3, isStopped=True))
    assert (await job_of(adapter)).state is State.CANCELLED


async def test_a_completed_run_that_stays_in_the_monitor_is_given_up() -> None:
    clock = InstantClock()
    cloud = Cloud(monitor=[monitor_row(18, "COMPLETED")])
    adapter = await open_adapter(cloud, clock=clock)
    await jobs_of(adapter)
    await clock.sleep(601)
    assert (await job_of(adapter)).state is State.UNKNOWN


async def test_a_run_that_was_stopped_may_be_told_by_the_monitor() -> None:
    text = "The job was stopped by user ops using the UI."
    job = await job_of(await open_adapter(Cloud(monitor=[monitor_row(18, "FAILED", errorMsg=text)])))
    assert (job.state, job.message) == (State.CANCELLED, text)


async def test_words_that_nobody_knows_are_shown() -> None:
    cloud = Cloud(monitor=[monitor_row(18, "HIBERNATING")], log=[log_row(17, 9)])
    job = await job_of(await open_adapter(cloud))
    assert (job.state, job.native_state, job.last_result) == (State.UNKNOWN, "HIBERNATING", None)


async def test_rows_that_are_none_and_types_that_nobody_lists_spoil_nothing() -> None:
    odd: list[Any] = [
        None,
        7,
        "x",
        {},
        {"taskId": None},
        {"runId": {}},
        monitor_row(1, type="MTT_TEST", taskId="zz"),
    ]
    cloud = Cloud(monitor=odd, log=[*odd, log_row(17, entries=None, errorMsg=["x"], isStopped="true")])
    cloud.replies["GET /activityLog"] = [*odd, log_row(17, entries=None, errorMsg=["x"], isStopped="true")]
    assert (await job_of(await open_adapter(cloud))).state is State.SUCCEEDED


async def test_something_new_that_runs_is_looked_for_in_the_lists_once() -> None:
    clock = InstantClock()
    cloud = Cloud()
    adapter = await open_adapter(cloud, clock=clock)
    await jobs_of(adapter)
    new = "00AB120Z00000000009S"
    cloud.tasks["MTT"].append(task_row(new, "mt_new"))
    cloud.monitor = [monitor_row(1, taskId=new), monitor_row(1, taskId="00AB120Z0preview0001")]
    await jobs_of(adapter)
    await clock.sleep(61)
    assert (await jobs_of(adapter))[new].state is State.RUNNING
    asked = len(cloud.asked("GET", "/task"))
    await clock.sleep(120)
    await jobs_of(adapter)
    assert len(cloud.asked("GET", "/task")) == asked


# The log in pages


async def test_a_usual_sweep_asks_for_one_short_page_of_the_log() -> None:
    cloud = Cloud(log=[log_row(number, 1) for number in range(250, 0, -1)])
    adapter = await open_adapter(cloud)
    await jobs_of(adapter)
    first = [dict(r.url.params) for r in cloud.asked("GET", "activityLog")]
    assert first == [{"rowLimit": "100", "offset": offset} for offset in ("0", "100", "200")]
    await jobs_of(adapter)
    assert [dict(r.url.params) for r in cloud.asked("GET", "activityLog")[3:]] == [
        {"rowLimit": "50", "offset": "0"}
    ]


async def test_news_are_read_until_what_is_known() -> None:
    cloud = Cloud(log=[log_row(1)])
    adapter = await open_adapter(cloud)
    await jobs_of(adapter)
    cloud.log[:0] = [log_row(number, 1) for number in range(121, 1, -1)]
    assert (await job_of(adapter)).run_id == "121"
    assert [r.url.params["offset"] for r in cloud.asked("GET", "activityLog")] == ["0", "0", "50", "100"]


async def test_news_have_an_end_in_one_sweep() -> None:
    cloud = Cloud(log=[log_row(1)])
    adapter = await open_adapter(cloud)
    await jobs_of(adapter)
    cloud.log[:0] = [log_row(number, 1) for number in range(5000, 1, -1)]
    before = len(cloud.asked("GET", "activityLog"))
    await jobs_of(adapter)
    assert len(cloud.asked("GET", "activityLog")) - before == 11


async def test_older_rows_come_one_page_a_sweep_and_are_given_up_in_the_end() -> None:
    other = "00AB120Z00000000002S"
    cloud = Cloud(log=[log_row(number, 1) for number in range(3000, 0, -1)])
    cloud.log.insert(550, log_row(4, 3, objectId=other))
    cloud.tasks["MTT"].append(task_row(other, "mt_orders"))
    adapter = await open_adapter(cloud)
    job = await job_of(adapter, other)
    assert (job.state, job.substate) == (State.NEVER_RUN, "older runs are still being read")
    for _ in range(3):
        job = await job_of(adapter, other)
    assert job.state is State.FAILED
    for _ in range(30):
        await jobs_of(adapter)
    assert (await job_of(adapter, other)).state is State.FAILED
    cloud.tasks["MTT"].append(task_row("00AB120Z00000000003S", "mt_dormant"))
    await adapter.context.clock.sleep(301)
    assert (await job_of(adapter, "00AB120Z00000000003S")).substate == "no run in 2000 log rows"
    assert max(int(r.url.params["offset"]) for r in cloud.asked("GET", "activityLog")) < 2000


async def test_a_single_entry_and_a_wrapped_list_are_lists_too() -> None:
    for answer in ({"entries": [log_row(17)]}, log_row(17)):
        cloud = Cloud()
        cloud.replies["GET /activityLog"] = answer
        assert (await job_of(await open_adapter(cloud))).run_id == "17"


# Runs


async def test_the_runs_of_a_task_are_those_of_the_log_and_those_under_way() -> None:
    cloud = Cloud(log=[log_row(17, 3), log_row(16)], monitor=[monitor_row(18)])
    adapter = await open_adapter(cloud)
    runs = await adapter.list_runs(key_of())
    assert [(run.key.run_id, run.state) for run in runs] == [
        ("18", State.RUNNING),
        ("17", State.FAILED),
        ("16", State.SUCCEEDED),
    ]
    assert runs[1].triggered_by == "ops"
    assert len(await adapter.list_runs(key_of(), limit=2)) == 2
    assert cloud.asked("GET", "activityLog")[0].url.params["taskId"] == TASK_ID


async def test_more_runs_than_a_page_are_read_in_pages() -> None:
    cloud = Cloud(log=[log_row(number, 1) for number in range(260, 0, -1)])
    runs = await (await open_adapter(cloud)).list_runs(key_of(), limit=150)
    assert [run.key.run_id for run in runs] == [str(number) for number in range(260, 110, -1)]


async def test_who_started_a_run_is_told() -> None:
    rows = [
        log_row(19, runContextType="SCHEDULER", scheduleName="nightly"),
        log_row(18, parentTaskFederatedId=FLOW_ID),
        log_row(17, parentTaskFederatedId="unknown"),
    ]
    runs = await (await open_adapter(Cloud(log=rows))).list_runs(key_of())
    assert [run.triggered_by for run in runs] == ["schedule nightly", "taskflow tf_daily", "ops"]


async def test_runs_of_an_unknown_task_are_not_found() -> None:
    adapter = await open_adapter(Cloud())
    for job in ("999", "code:1", "tf:x", ""):
        with pytest.raises(NotFound):
            await adapter.list_runs(key_of(job))


# Trigger


async def test_a_trigger_names_the_task_by_its_id_and_the_run_is_seen_at_once() -> None:
    cloud = Cloud(log=[log_row(17)])
    cloud.replies["POST /v2/job"] = {"@type": "job", "taskId": TASK_ID, "runId": 18, "runInParallel": False}
    adapter = await open_adapter(cloud)
    accepted = await adapter.trigger(key_of(), {})
    assert accepted.run_id == "18"
    assert cloud.sent("POST", "/v2/job") == [{"@type": "job", "taskId": TASK_ID, "taskType": "MTT"}]
    job = await job_of(adapter)
    assert (job.state, job.substate, job.run_id, job.last_result) == (
        State.QUEUED,
        "accepted",
        "18",
        State.SUCCEEDED,
    )
    cloud.monitor = [monitor_row(18, "INITIALIZED")]
    assert (await job_of(adapter)).native_state == "INITIALIZED"


async def test_a_task_that_version_3_names_is_started_and_stopped_by_that_id() -> None:
    cloud = Cloud(monitor=[monitor_row(18)])
    others = [object_row(f"id{number}", f"A/mt_{number}", type="MTT") for number in range(1500)]
    cloud.objects["MTT"] = [*others, object_row(FEDERATED, "DWH/Daily/mt_customers", type="MTT")]
    cloud.replies["POST /v2/job"] = {"runId": 19}
    cloud.replies["POST /job/stop"] = {"@type": "success"}
    # So many that the first sweep doesn't get to the end of them.
    for look_first in (False, True):
        adapter = await open_adapter(cloud)
        if look_first:
            await jobs_of(adapter)
        await adapter.trigger(key_of(), {})
        await adapter.list_runs(key_of())
    body = {"@type": "job", "taskFederatedId": FEDERATED, "taskType": "MTT"}
    assert cloud.sent("POST", "/v2/job") == [body] * 2
    later = await open_adapter(cloud)
    await later.stop(run_of(18))
    assert cloud.sent("POST", "/job/stop") == [body]
    await jobs_of(later)
    assert (await job_of(later)).path == "DWH/Daily"


async def test_a_task_that_version_3_cannot_name_is_started_by_the_other_id() -> None:
    for answer in (
        v2_error(),
        httpx.Response(500),
        httpx.Response(200, html="<html><title>x</title></html>"),
    ):
        cloud = Cloud()
        cloud.objects["MTT"] = answer
        cloud.replies["POST /v2/job"] = {"runId": 1}
        await (await open_adapter(cloud)).trigger(key_of(), {})
        assert cloud.sent("POST", "/v2/job") == [{"@type": "job", "taskId": TASK_ID, "taskType": "MTT"}]


async def test_a_parameter_file_is_all_that_a_mapping_task_takes() -> None:
    cloud = Cloud()
    cloud.tasks["DSS"] = [task_row("00AB120I00000000001S", "sync")]
    cloud.replies["POST /v2/job"] = {"runId": 18}
    adapter = await open_adapter(cloud)
    params = {"parameterFileName": "p.param", "parameterFileDir": "/data"}
    await adapter.trigger(key_of(), params)
    assert cloud.sent("POST", "/v2/job")[0]["runtime"] == {"@type": "mtTaskRuntime", **params}
    assert {parameter.name for parameter in await adapter.list_parameters(key_of())} == set(params)
    for job, wrong in ((TASK_ID, {"load_date": "x"}), ("00AB120I00000000001S", params)):
        with pytest.raises(ActionRefused):
            await adapter.trigger(key_of(job), wrong)
    assert await adapter.list_parameters(key_of("00AB120I00000000001S")) == ()
    assert len(cloud.asked("POST", "/v2/job")) == 1


async def test_a_start_that_another_run_was_in_the_way_of_is_told_as_such() -> None:
    cloud = Cloud(monitor=[monitor_row(18)])
    cloud.replies["POST /v2/job"] = {"runId": 19}
    adapter = await open_adapter(cloud)
    await adapter.trigger(key_of(), {})
    error = "Not started. Another instance of the task is currently running."
    cloud.log.insert(0, log_row(19, 3, errorMsg=error))
    job = await job_of(adapter)
    assert (job.state, job.run_id, job.last_result) == (State.RUNNING, "18", State.FAILED)
    cloud.monitor = []
    job = await job_of(adapter)
    cloud.log.insert(0, log_row(18))
    job = await job_of(adapter)
    assert (job.run_id, job.state, job.message) == ("19", State.FAILED, error)
    assert job.substate == "skipped: it was still running"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (v2_error("APP_13404", "Invalid object ID"), NotFound),
        (v2_error("APP_13436", "No such object for org"), NotFound),
        (v2_error("REPO_38208", "agent not in a group"), ActionRefused),
        (
            httpx.Response(200, json={"@type": "error", "code": "APP_13401", "description": "no"}),
            ActionRefused,
        ),
        (httpx.Response(400, json={"@type": "error", "code": "APP_1", "description": "no"}), ActionRefused),
        (
            httpx.Response(500, json={"@type": "error", "code": "REPO_10704", "description": "x"}),
            OutcomeUnknown,
        ),
        (httpx.Response(200, html="<html><title>Sign in</title></html>"), OutcomeUnknown),
        (httpx.Response(200, json=[]), OutcomeUnknown),
        (httpx.Response(200), OutcomeUnknown),
        (httpx.Response(404, html="<html><h1>Resource not found.</h1></html>"), NotFound),
        (httpx.Response(403, html="<html><h1>Proxy</h1></html>"), Forbidden),
    ],
)
async def test_what_becomes_of_a_trigger_that_is_not_accepted(
    answer: httpx.Response, error: type[Exception]
) -> None:
    cloud = Cloud()
    cloud.replies["POST /v2/job"] = answer
    adapter = await open_adapter(cloud)
    with pytest.raises(error):
        await adapter.trigger(key_of(), {})
    assert len(cloud.asked("POST", "/v2/job")) == 1


async def test_an_answer_without_a_run_is_accepted_all_the_same() -> None:
    cloud = Cloud()
    cloud.replies["POST /v2/job"] = {"@type": "job"}
    assert (await (await open_adapter(cloud)).trigger(key_of(), {})).run_id == ""


async def test_a_question_before_a_change_that_fails_leaves_nothing_in_doubt() -> None:
    cloud = Cloud(monitor=[monitor_row(18)])
    adapter = await open_adapter(cloud)
    await jobs_of(adapter)
    cloud.replies["GET /activityMonitor"] = httpx.Response(500)
    with pytest.raises(Unreachable, match="nothing was sent"):
        await adapter.stop(run_of(18))
    assert not cloud.asked("POST", "/job/stop")


# Stop and rerun


@pytest.mark.parametrize(("is_forced", "query"), [(False, {"cleanStop": "true"}), (True, {})])
async def test_a_stop_is_clean_unless_it_is_forced(is_forced: bool, query: dict[str, str]) -> None:
    cloud = Cloud(monitor=[monitor_row(18)])
    told = "The job was stopped by user ops using the API."
    cloud.replies["POST /job/stop"] = {"@type": "success", "description": told}
    adapter = await open_adapter(cloud)
    accepted = await adapter.stop(run_of(18), is_forced=is_forced)
    assert (accepted.run_id, accepted.message) == ("18", told)
    (request,) = cloud.asked("POST", "/job/stop")
    assert dict(request.url.params) == query
    assert cloud.sent("POST", "/job/stop") == [{"@type": "job", "taskId": TASK_ID, "taskType": "MTT"}]
    job = await job_of(adapter)
    assert (job.state, job.substate) == (State.RUNNING, "stopping")


async def test_only_the_run_that_is_meant_is_stopped() -> None:
    cloud = Cloud(monitor=[monitor_row(18)], log=[log_row(17)])
    adapter = await open_adapter(cloud)
    with pytest.raises(ActionRefused, match="ended already"):
        await adapter.stop(run_of(17))
    with pytest.raises(NotFound):
        await adapter.stop(run_of(99))
    cloud.monitor.append(monitor_row(19))
    with pytest.raises(ActionRefused, match="2 runs"):
        await adapter.stop(run_of(19))
    cloud.monitor.clear()
    with pytest.raises(ActionRefused):
        await adapter.stop(run_of(""))
    assert not cloud.asked("POST", "/job/stop")


async def test_a_rerun_starts_the_task_with_the_parameter_file_of_the_run() -> None:
    memory = DictMemory()
    cloud = Cloud(log=[log_row(17)])
    cloud.replies["POST /v2/job"] = {"runId": 18}
    params = {"parameterFileName": "p.param"}
    await (await open_adapter(cloud, memory=memory)).trigger(key_of(), params)
    cloud.log.insert(0, log_row(18, 3))
    cloud.replies["POST /v2/job"] = {"runId": 19}
    later = await open_adapter(cloud, memory=memory)
    assert (await later.rerun(run_of(18))).run_id == "19"
    assert [body.get("runtime", {}).get("parameterFileName") for body in cloud.sent("POST", "/v2/job")] == [
        "p.param"
    ] * 2
    assert [run.params for run in await later.list_runs(key_of())][:2] == [params, params]
    await later.rerun(run_of(17))
    assert "runtime" not in cloud.sent("POST", "/v2/job")[-1]


async def test_a_rerun_of_what_failed_alone_and_of_an_unknown_run_is_refused() -> None:
    cloud = Cloud(log=[log_row(17, 3)])
    adapter = await open_adapter(cloud)
    with pytest.raises(ActionRefused):
        await adapter.rerun(run_of(17), is_failed_only=True)
    with pytest.raises(NotFound):
        await adapter.rerun(run_of(99))
    assert not cloud.asked("POST", "/v2/job")


async def test_the_confirmation_shows_the_request() -> None:
    adapter = await open_adapter(Cloud())
    await jobs_of(adapter)
    shown = adapter.preview(Action(ActionKind.TRIGGER, key_of(), params={"parameterFileName": "p"}))
    assert shown.startswith("POST https://na1.dm-us.informaticacloud.com/saas/api/v2/job {")
    assert '"parameterFileName": "p"' in shown
    stop = Action(ActionKind.STOP, key_of(), run_of(18))
    assert "job/stop (cleanStop=true) {" in adapter.preview(stop)
    assert adapter.preview(Action(ActionKind.TRIGGER, key_of("zz"))) == "trigger zz"


async def test_holding_has_a_reason_against_it_and_so_has_stopping_what_rests() -> None:
    cloud = Cloud(log=[log_row(17)])
    adapter = await open_adapter(cloud)
    job = await job_of(adapter)
    assert "schedule" in adapter.reason_against(ActionKind.HOLD, job)
    assert adapter.reason_against(ActionKind.STOP, job) == "it is not running"
    assert adapter.reason_against(ActionKind.TRIGGER, job) == ""
    cloud.monitor = [monitor_row(18)]
    assert adapter.reason_against(ActionKind.STOP, await job_of(adapter)) == ""


# The raw record


async def test_the_record_is_the_definition_and_the_run() -> None:
    cloud = Cloud(log=[log_row(17)], monitor=[monitor_row(18)])
    cloud.replies[f"GET /mttask/{TASK_ID}"] = {"@type": "mtTask", "id": TASK_ID, "enableParallelRun": False}
    adapter = await open_adapter(cloud)
    record = await adapter.read_raw(key_of())
    assert record["definition"] == {"@type": "mtTask", "id": TASK_ID, "enableParallelRun": False}
    assert (await adapter.read_raw(key_of(), run_of(17)))["run"] == cloud.log[0]
    assert (await adapter.read_raw(key_of(), run_of(18)))["run"] == cloud.monitor[0]
    with pytest.raises(NotFound):
        await adapter.read_raw(key_of(), run_of(99))


async def test_a_monitor_that_breaks_is_told_and_a_later_sweep_goes_on() -> None:
    cloud = Cloud()
    adapter = await open_adapter(cloud)
    assert (await job_of(adapter)).observed_at == START
    cloud.replies["GET /activityMonitor"] = httpx.Response(200, html="<html><title>Sign in</title></html>")
    with pytest.raises(SystemUnavailable):
        await jobs_of(adapter)
    cloud.replies.clear()
    assert TASK_ID in await jobs_of(adapter)
