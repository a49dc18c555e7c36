"""Advanced taskflows of the simulated Informatica cloud: start, status in two forms, terminate, resume."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.simulators.informatica_case import (
    FLOW,
    HOURLY,
    POD,
    RT,
    STEP_1,
    STEP_2,
    TF,
    V2,
    Caller,
    caller,
)
from tui.simulators.fleet import DATABASE_DOWN
from tui.simulators.informatica import SUCCEEDED, USER, failed, warned

RESUME = f"{POD}/active-bpel/management/runtime/v1"
STATUS = f"{TF}/status"
DOCUMENTED = """
{"assetName":"tf_daily","assetType":"TASKFLOW","runId":"675348537035183518","status":"SUCCESS","duration":"301",
"startTime":"2024-06-10T05:48:28Z","endTime":"2024-06-10T05:53:29Z","updateTime":"2024-06-10T05:53:29Z",
"location":"DWH/Daily","runtimeEnv":"","runtimeEnvName":"","startedBy":"ops","errorMessage":"",
"rowsProcessed":0,"erroredRows":0,"subtasks":"1",
"subtaskDetails":{"details":{"tasks":[{"assetName":"mt_stage","assetType":"MTT","runId":"18","status":"SUCCESS",
"duration":"301","startTime":"2024-06-10T05:48:28Z","endTime":"2024-06-10T05:53:29Z",
"updateTime":"2024-06-10T05:53:29Z","errorMessage":"","erroredRows":0,"rowsProcessed":22,
"location":"DWH/Daily","runtimeEnv":"","runtimeEnvName":"","startedBy":"ops","subtasks":0}]}}}
"""
EVERY_HOUR = replace(FLOW, script=HOURLY)


def words(row: dict[str, object]) -> list[tuple[object, object]]:
    details = row["subtaskDetails"]
    assert isinstance(details, dict)
    return [(task["assetName"], task["status"]) for task in details["details"]["tasks"]]


async def resume(cloud: Caller, how: str, run_id: str) -> int:
    response = await cloud.send("PUT", f"{RESUME}/resumeWithFault{how}/{run_id}")
    assert (response.content == b"") == (response.status_code == 204)
    return response.status_code


async def terminate(cloud: Caller, *ids: object) -> list[dict[str, str]]:
    response = await cloud.send("PUT", f"{TF}/terminate", {"runid": list(ids)})
    assert response.status_code == 200, response.text
    answer = response.json()
    assert isinstance(answer, list)
    return answer


async def listed(cloud: Caller, **query: object) -> list[str]:
    return [str(row["runId"]) for row in await cloud.rows(STATUS, **query)]


# Statuses


async def test_the_documented_status() -> None:
    cloud = await caller(
        replace(STEP_1, runs_before=17),
        replace(FLOW, steps=(STEP_1.id,), duration_s=301),
        start=datetime(2024, 6, 10, 5, 48, 28, tzinfo=UTC),
        first_taskflow_run=675348537035183517,
    )
    run_id = await cloud.start_flow()
    assert run_id == "675348537035183518"
    await cloud.passes(305)
    response = await cloud.get(f"{STATUS}/{run_id}")
    assert response.text == json.dumps(json.loads(DOCUMENTED), separators=(",", ":"))
    assert (await cloud.get(STATUS)).json() == [response.json()]


async def test_a_run_lives_through_its_steps() -> None:
    cloud = await caller()
    run_id = await cloud.start_flow(inputs={"load_date": "2024-10-23"})
    seen = []
    for seconds in (0, 49, 1, 50):
        await cloud.passes(seconds)
        row = await cloud.flow_status(run_id)
        seen.append((row["status"], row["endTime"], row["subtasks"], words(row)))
    assert seen == [
        ("RUNNING", "", "1", [("mt_stage", "RUNNING")]),
        ("RUNNING", "", "1", [("mt_stage", "RUNNING")]),
        ("RUNNING", "", "2", [("mt_stage", "SUCCESS"), ("mt_merge", "RUNNING")]),
        ("SUCCESS", "2026-11-21T14:01:40Z", "2", [("mt_stage", "SUCCESS"), ("mt_merge", "SUCCESS")]),
    ]
    found = cloud.simulator.org.taskflow_run(run_id)
    assert found is not None
    assert found[1].inputs == {"load_date": "2024-10-23"}
    assert cloud.simulator.runs_started == {FLOW.id: 1}


async def test_only_the_tasks_of_a_taskflow_are_in_monitor_and_log() -> None:
    cloud = await caller()
    await cloud.start_flow()
    for task in (STEP_1, STEP_2):
        [row] = await cloud.monitor()
        assert (row["taskId"], row["type"], row["runId"]) == (task.id, "MTT", 1)
        await cloud.passes(55)
    rows = [row for row in await cloud.log(rowLimit=5) if row["runContextType"] == "TASKFLOW"]
    assert [row["objectId"] for row in rows] == [STEP_2.id, STEP_1.id]
    assert {row["parentTaskFederatedId"] for row in rows} == {FLOW.id}
    log = await cloud.get(f"{V2}/activity/activityLog/{rows[0]['id']}/sessionLog")
    assert "Mapping name: mt_merge." in log.text


async def test_a_run_id_is_beyond_what_64_bits_hold() -> None:
    cloud = await caller()
    first, second = await cloud.start_flow(), await cloud.start_flow()
    assert int(first) > 2**63
    assert int(second) == int(first) + 1
    for wrong in (str(int(second) + 1), "1", "0", "x", f"-{first}", str(10**30)):
        refused = await cloud.get(f"{STATUS}/{wrong}")
        assert refused.status_code == 404
        assert set(refused.json()) == {"code", "description"}


@pytest.mark.parametrize("open_end", ["", "null", None])
async def test_types_are_unstable(open_end: str | None) -> None:
    cloud = await caller(open_end=open_end, has_text_numbers=False)
    row = await cloud.flow_status(await cloud.start_flow())
    assert (row["endTime"], row["duration"], row["subtasks"]) == (open_end, 0, 1)


async def test_warnings_have_a_word_that_can_be_set() -> None:
    cloud = await caller(warning_word="COMPLETED")
    cloud.simulator.set_outcome(FLOW.id, warned("2 rows dropped", 2, 9), duration_s=1)
    run_id = await cloud.start_flow()
    await cloud.passes(2)
    row = await cloud.flow_status(run_id)
    assert (row["status"], row["errorMessage"]) == ("COMPLETED", "2 rows dropped")


# Starts


async def test_a_start_may_be_a_get_with_its_inputs_in_the_query() -> None:
    cloud = await caller()
    run_id = (await cloud.get(f"{RT}/{FLOW.api_name}", load_date="2024-10-23")).json()["RunId"]
    found = cloud.simulator.org.taskflow_run(run_id)
    assert found is not None
    assert found[1].inputs == {"load_date": "2024-10-23"}


async def test_what_cannot_be_started_is_refused() -> None:
    cloud = await caller(STEP_1, STEP_2, replace(FLOW, is_published=False))
    assert (await cloud.send("POST", f"{RT}/{FLOW.api_name}", {})).status_code == 404
    assert (await cloud.send("POST", f"{RT}/tf_daily", {})).status_code == 404
    cloud.simulator.add(replace(FLOW, allows=("boss@example.com",)))
    refused = await cloud.send("POST", f"{RT}/{FLOW.api_name}", {})
    assert (refused.status_code, "not authorized" in refused.json()["description"]) == (403, True)
    cloud.simulator.add(replace(FLOW, allows=(USER,)))
    assert (await cloud.send("POST", f"{RT}/{FLOW.api_name}", ["x"])).status_code == 400
    assert cloud.simulator.runs_started.total() == 0
    await cloud.start_flow()


# Lists


async def test_a_list_has_ten_runs_of_one_day_unless_it_is_told_otherwise() -> None:
    cloud = await caller(STEP_1, STEP_2, EVERY_HOUR)
    newest = await cloud.rows(STATUS)
    assert len(newest) == 10
    assert newest[0]["startTime"] == "2026-11-21T13:10:00Z"
    everything = await listed(cloud, rowLimit=50)
    assert len(everything) == 24
    assert everything[:10] == [row["runId"] for row in newest]
    assert await listed(cloud, rowLimit=5, offset=20) == everything[20:]
    assert await listed(cloud, rowlimit=5) == everything[:10]
    starts = [str(row["startTime"]) for row in await cloud.rows(STATUS, rowLimit=50)]
    assert starts == sorted(starts, reverse=True)
    [fourth] = await cloud.rows(STATUS, offset=3, rowLimit=1)
    assert fourth == await cloud.flow_status(everything[3])


async def test_a_window_is_one_of_starts() -> None:
    cloud = await caller(STEP_1, STEP_2, EVERY_HOUR)
    window = {"startTime": "2026-11-15T00:00:00Z", "endTime": "2026-11-15T03:00:00Z"}
    rows = await cloud.rows(STATUS, **window)
    assert [row["startTime"] for row in rows] == [
        "2026-11-15T02:10:00Z",
        "2026-11-15T01:10:00Z",
        "2026-11-15T00:10:00Z",
    ]
    assert len(await listed(cloud, rowLimit=50, endTime="2026-11-15T03:00:00Z")) == 24
    assert len(await listed(cloud, rowLimit=50, startTime="2026-11-20T00:00:00.000Z")) == 38
    assert await listed(cloud, startTime="2027-01-01T00:00:00Z") == []
    # Names count with their case: this one means nothing.
    assert len(await listed(cloud, rowLimit=50, starttime="2026-11-20T00:00:00Z")) == 24


async def test_a_list_is_filtered_by_status_in_words_of_its_own() -> None:
    cloud = await caller(STEP_1, STEP_2, EVERY_HOUR)
    run_id = await cloud.start_flow()
    assert await listed(cloud, runStatus="Running") == [run_id]
    cloud.simulator.set_outcome(FLOW.id, failed(DATABASE_DOWN), duration_s=1)
    suspended = await cloud.start_flow()
    await cloud.passes(5)
    assert await listed(cloud, runStatus="Suspended") == [suspended]
    assert await listed(cloud, runStatus="Failed") == []
    assert len(await listed(cloud, runStatus="Success", rowLimit=50)) == 24
    for query in ({"runStatus": "RUNNING"}, {"rowLimit": 51}, {"offset": "x"}, {"startTime": "yesterday"}):
        assert (await cloud.get(STATUS, **query)).status_code == 400


# Faults


async def test_a_fault_suspends_a_run_until_it_is_retried() -> None:
    cloud = await caller(STEP_1, STEP_2, replace(FLOW, outcome=failed(DATABASE_DOWN), faulty_step=0))
    run_id = await cloud.start_flow()
    await cloud.passes(60)
    row = await cloud.flow_status(run_id)
    assert (row["status"], row["endTime"], row["errorMessage"]) == ("SUSPENDED", "", DATABASE_DOWN)
    assert words(row) == [("mt_stage", "FAILED")]
    await cloud.passes(1000)
    assert await resume(cloud, "Retry", run_id) == 204
    assert (await cloud.flow_status(run_id))["status"] == "RUNNING"
    assert await resume(cloud, "Retry", run_id) == 400
    await cloud.passes(60)
    assert words(await cloud.flow_status(run_id)) == [("mt_stage", "FAILED"), ("mt_stage", "FAILED")]
    cloud.simulator.set_outcome(FLOW.id, SUCCEEDED)
    assert await resume(cloud, "Retry", run_id) == 204
    assert [row["runId"] for row in await cloud.monitor()] == [3]
    await cloud.passes(110)
    row = await cloud.flow_status(run_id)
    assert (row["status"], row["errorMessage"]) == ("SUCCESS", "")
    assert words(row)[-2:] == [("mt_stage", "SUCCESS"), ("mt_merge", "SUCCESS")]
    assert await resume(cloud, "Skip", run_id) == 400
    assert cloud.simulator.runs_started == {FLOW.id: 1}


async def test_the_step_that_failed_can_be_skipped() -> None:
    cloud = await caller(STEP_1, STEP_2, replace(FLOW, outcome=failed("x"), faulty_step=0))
    run_id = await cloud.start_flow()
    await cloud.passes(60)
    cloud.simulator.set_outcome(FLOW.id, SUCCEEDED)
    assert await resume(cloud, "Skip", run_id) == 204
    await cloud.passes(60)
    row = await cloud.flow_status(run_id)
    assert (row["status"], words(row)) == ("SUCCESS", [("mt_stage", "FAILED"), ("mt_merge", "SUCCESS")])
    last = await caller(STEP_1, STEP_2, replace(FLOW, outcome=failed("x")))
    run_id = await last.start_flow()
    await last.passes(110)
    assert await resume(last, "Skip", run_id) == 204
    assert (await last.flow_status(run_id))["status"] == "SUCCESS"


async def test_a_taskflow_without_tasks_has_a_status_all_the_same() -> None:
    cloud = await caller(replace(FLOW, steps=(), outcome=failed("x")))
    run_id = await cloud.start_flow()
    await cloud.passes(100)
    row = await cloud.flow_status(run_id)
    assert (row["status"], row["subtasks"]) == ("SUSPENDED", "0")
    assert await resume(cloud, "Retry", run_id) == 204
    assert (await cloud.flow_status(run_id))["status"] == "RUNNING"
    assert await cloud.monitor() == []


async def test_a_fault_may_end_a_run_for_good() -> None:
    cloud = await caller(
        STEP_1, STEP_2, replace(FLOW, outcome=failed("x"), is_suspended_by_faults=False, duration_s=10)
    )
    run_id = await cloud.start_flow()
    await cloud.passes(11)
    row = await cloud.flow_status(run_id)
    assert (row["status"], row["endTime"]) == ("FAILED", "2026-11-21T14:00:10Z")
    for how in ("Retry", "Skip"):
        assert await resume(cloud, how, run_id) == 400
        assert await resume(cloud, how, "17") == 404


async def test_a_scheduled_run_is_suspended_and_retried_like_any_other() -> None:
    sick = replace(HOURLY, failure_rate=1.0)
    cloud = await caller(STEP_1, STEP_2, replace(EVERY_HOUR, script=sick))
    suspended = await listed(cloud, runStatus="Suspended", rowLimit=50)
    assert suspended
    assert await resume(cloud, "Retry", suspended[0]) == 204
    row = await cloud.flow_status(suspended[0])
    assert (row["status"], words(row)[-1]) == ("RUNNING", ("mt_merge", "RUNNING"))
    await cloud.passes(110)
    assert (await cloud.flow_status(suspended[0]))["status"] == "SUCCESS"
    ids = [row["runId"] for row in await cloud.log(taskId=STEP_2.id, rowLimit=10)]
    assert len(set(ids)) == len(ids)


# Ends


async def test_a_run_is_terminated_and_its_task_with_it() -> None:
    cloud = await caller()
    run_id, other = await cloud.start_flow(), await cloud.start_flow()
    await cloud.passes(10)
    answer = await terminate(cloud, run_id, "17")
    assert [one["runid"] for one in answer] == [run_id, "17"]
    assert answer[1]["message"] == "There is no run 17."
    row = await cloud.flow_status(run_id)
    assert (row["status"], row["endTime"]) == ("TERMINATED", "2026-11-21T14:00:10Z")
    assert {row["executionState"] for row in await cloud.monitor()} == {"STOPPING", "RUNNING"}
    await cloud.passes(100)
    rows = await cloud.log(taskId=STEP_1.id)
    assert [(row["state"], row["isStopped"]) for row in rows] == [(1, False), (3, True)]
    assert len(await cloud.log(taskId=STEP_2.id)) == 1
    assert (await cloud.flow_status(other))["status"] == "SUCCESS"
    assert "has ended" in (await terminate(cloud, run_id))[0]["message"]
    assert await resume(cloud, "Retry", run_id) == 400
    cloud.simulator.change(terminated_word="ABORTED")
    assert (await cloud.flow_status(run_id))["status"] == "ABORTED"


async def test_a_suspended_run_is_terminated() -> None:
    cloud = await caller(STEP_1, STEP_2, replace(FLOW, outcome=failed("x"), duration_s=10))
    run_id = await cloud.start_flow()
    await cloud.passes(60)
    await terminate(cloud, run_id)
    row = await cloud.flow_status(run_id)
    assert (row["status"], row["endTime"]) == ("TERMINATED", "2026-11-21T14:01:00Z")


async def test_a_scheduled_run_is_terminated() -> None:
    cloud = await caller(STEP_1, STEP_2, EVERY_HOUR)
    await cloud.passes(605)
    [run_id] = await listed(cloud, runStatus="Running")
    await cloud.monitor()
    await terminate(cloud, run_id)
    await cloud.passes(20)
    assert await cloud.monitor() == []
    rows = [row for row in await cloud.log(rowLimit=3) if row["runId"] == 721]
    assert [(row["objectId"], row["isStopped"]) for row in rows] == [(STEP_1.id, True)]


@pytest.mark.parametrize(
    "body", [{}, {"runid": []}, {"runid": "1"}, {"runid": [1]}, {"runId": ["1"]}, {"runid": ["1"] * 201}]
)
async def test_the_ids_to_terminate_are_at_most_200_texts(body: dict[str, object]) -> None:
    cloud = await caller()
    assert (await cloud.send("PUT", f"{TF}/terminate", body)).status_code == 400


async def test_stopping_a_step_faults_the_taskflow() -> None:
    cloud = await caller()
    run_id = await cloud.start_flow()
    await cloud.passes(10)
    await cloud.stop(STEP_1)
    await cloud.passes(60)
    row = await cloud.flow_status(run_id)
    assert (row["status"], words(row)) == ("SUSPENDED", [("mt_stage", "FAILED")])
    assert await cloud.monitor() == []
    assert await cloud.log(taskId=STEP_2.id) == []
    assert await resume(cloud, "Retry", run_id) == 204
    await cloud.passes(120)
    assert (await cloud.flow_status(run_id))["status"] == "SUCCESS"
    assert [row["runId"] for row in await cloud.log(taskId=STEP_2.id)] == [2]


async def test_a_step_that_is_asked_for_by_itself_is_counted_with_the_others() -> None:
    cloud = await caller(STEP_1, STEP_2, EVERY_HOUR)
    assert await cloud.start(STEP_1) == 721
    await cloud.passes(1200)
    assert [row["runId"] for row in await cloud.log(taskId=STEP_1.id, rowLimit=3)] == [722, 721, 720]
    assert [row["runId"] for row in await cloud.log(taskId=STEP_2.id, rowLimit=3)] == [721, 720, 719]
