"""Tasks and linear taskflows of the simulated Informatica cloud: starts, stops, monitor, log, sessions."""

from __future__ import annotations

import asyncio
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulators.informatica_case import (
    BAD,
    ELSEWHERE,
    HOURLY,
    LINEAR,
    MAPPING,
    POD,
    SCHEDULED,
    V2,
    Caller,
    caller,
)
from tests.support.clock import START, FakeClock
from tui.simulators.fleet import DATABASE_DOWN
from tui.simulators.informatica import (
    NO_ERRORS,
    OVERLAP,
    InformaticaSimulator,
    Outcome,
    TaskSpec,
    failed,
    warned,
)

JOB, STOP = f"{V2}/job", f"{V2}/job/stop"
ACTIVITY = f"{V2}/activity"
LOG = f"{ACTIVITY}/activityLog"
STOPPED = "The job was stopped by user ops using the API."

MONITORED = """
[{"@type":"activityMonitoryEntry","id":"00AB120E000000000Q38","type":"WORKFLOW","taskId":"00AB120N000000000004",
"taskName":"LT_daily","objectName":"","runId":6,"startTime":"2026-03-17T03:02:35.000Z",
"startTimeUtc":"2026-03-17T07:02:35.000Z","executionState":"RUNNING",
"failedSourceRows":0,"successSourceRows":0,"failedTargetRows":0,"successTargetRows":0,"errorMsg":null,
"agentId":"…","runtimeEnvironmentId":"…","startedBy":"ops","runContextType":"REST_API_V2","entries":[]}]
"""
LOGGED = """
[{"@type":"activityLogEntry","id":"00AB12C1000000000XY1","type":"MTT","objectId":"00AB120Z00000000001V",
"objectName":"mt_customers","runId":3,
"startTime":"2024-08-18T09:10:39.000Z","endTime":"2024-08-18T09:11:54.000Z",
"startTimeUtc":"2024-08-18T13:10:39.000Z","endTimeUtc":"2024-08-18T13:11:54.000Z",
"state":2,"failedSourceRows":0,"successSourceRows":22,"failedTargetRows":22,"successTargetRows":0,
"errorMsg":"WRT_8164 Error loading into target","startedBy":"ops","runContextType":"REST_API_V2",
"isStopped":false,"totalSuccessRows":0,"totalFailedRows":22,
"stopOnError":false,"hasStopOnErrorRecord":false,
"entries":[{"@type":"activityLogEntry","id":"3100000001","type":"MTT","objectName":"","runId":3,"agentId":"…",
"runtimeEnvironmentId":"…","state":2,"entries":[],"subTaskEntries":[],
"logEntryItemAttrs":{"ERROR_CODE":"8164","IS_SERVER_LESS":"false","CONSUMED_COMPUTE_UNITS":"0.0",
"REQUESTED_COMPUTE_UNITS":"0.0","Session Log File Name":"s_mtt_00AB120Z00000000001V_3.log"},
"sessionVariables":{},"contextExternalId":"…",
"transformationEntries":[{"@type":"transformationLogEntry","id":"88000001","txName":"SRC","txType":"SOURCE",
"successRows":22,"failedRows":0,"affectedRows":22}]}]}]
"""
MADE_UP = {"id", "agentId", "runtimeEnvironmentId", "contextExternalId"}


def plain(value: object) -> object:
    """Without the ids that the simulator makes up; the order of the keys stays."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: "…" if name in MADE_UP else plain(one) for name, one in value.items()}
    return value


async def entry(cloud: Caller, task: TaskSpec = MAPPING) -> dict[str, object]:
    return (await cloud.log(taskId=task.id, rowLimit=1))[0]


async def session_log(cloud: Caller, row: dict[str, object], **query: object) -> httpx.Response:
    response = await cloud.get(f"{LOG}/{row['id']}/sessionLog", **query)
    assert response.status_code == 200, response.text
    return response


def children(row: dict[str, object]) -> list[dict[str, object]]:
    entries = row["entries"]
    assert isinstance(entries, list)
    return entries


# The documented answers


async def test_the_documented_start_and_stop() -> None:
    cloud = await caller()
    body = {
        "@type": "job",
        "taskFederatedId": MAPPING.federated_id,
        "taskType": "MTT",
        "callbackURL": "https://example.com",
        "runtime": {
            "@type": "mtTaskRuntime",
            "parameterFileName": "p.param",
            "parameterFileDir": "/data/params",
        },
    }
    started = await cloud.send("POST", JOB, body)
    assert started.text == json.dumps(
        {
            "@type": "job",
            "taskId": "00AB120Z00000000001S",
            "taskName": "mt_customers",
            "taskType": "MTT",
            "runId": 18,
            "runInParallel": False,
        },
        separators=(",", ":"),
    )
    run = cloud.simulator.org.catalogue.tasks[MAPPING.id].run(18)
    assert run is not None
    assert run.parameters == body["runtime"]
    stopped = await cloud.stop()
    assert stopped.json() == {"@type": "success", "description": STOPPED}
    assert cloud.simulator.runs_started == {MAPPING.id: 1}
    assert cloud.simulator.calls == {"v3.login": 1, "job": 1, "job.stop": 1}


async def test_the_documented_row_of_the_monitor() -> None:
    start = datetime(2026, 3, 17, 7, 2, 35, tzinfo=UTC)
    cloud = await caller(replace(LINEAR, runs_before=5), start=start)
    await cloud.start(LINEAR)
    await cloud.passes(2)
    rows = await cloud.monitor()
    assert json.dumps(plain(rows)) == json.dumps(plain(json.loads(MONITORED)))
    assert re.fullmatch(r"00AB120E[0-9A-Z]{12}", str(rows[0]["id"]))


async def test_the_documented_row_of_the_log() -> None:
    spec = TaskSpec(
        "00AB120Z00000000001V",
        "mt_customers",
        runs_before=2,
        duration_s=73,
        outcome=warned("WRT_8164 Error loading into target"),
    )
    cloud = await caller(spec, start=datetime(2024, 8, 18, 13, 10, 39, tzinfo=UTC))
    await cloud.start(spec)
    await cloud.passes(79)
    rows = await cloud.log()
    assert json.dumps(plain(rows)) == json.dumps(plain(json.loads(LOGGED)))
    assert re.fullmatch(r"00AB12C1[0-9A-Z]{12}", str(rows[0]["id"]))
    assert str(children(rows[0])[0]["id"]).isdigit()
    assert (await cloud.get(f"{LOG}/{rows[0]['id']}")).json() == rows[0]


# Lives


async def test_a_run_lives_through_monitor_gap_and_log() -> None:
    cloud = await caller()
    assert await cloud.start() == 18
    seen = []
    for seconds in (0, 1, 1, 79, 1, 3, 1):
        await cloud.passes(seconds)
        states = [row["executionState"] for row in await cloud.monitor()]
        seen.append((states, [row["state"] for row in await cloud.log(taskId=MAPPING.id)]))
    assert seen == [
        (["INITIALIZED"], []),
        (["INITIALIZED"], []),
        (["RUNNING"], []),
        (["RUNNING"], []),
        ([], []),
        ([], []),
        ([], [1]),
    ]
    row = await entry(cloud)
    assert (row["errorMsg"], row["isStopped"], row["runContextType"]) == (NO_ERRORS, False, "REST_API_V2")
    assert (row["startTimeUtc"], row["endTimeUtc"]) == (
        "2026-11-21T14:00:00.000Z",
        "2026-11-21T14:01:22.000Z",
    )
    assert row["startTime"] == "2026-11-21T09:00:00.000Z"
    assert "scheduleName" not in row


async def test_a_finished_run_may_stay_in_the_monitor_for_a_moment() -> None:
    cloud = await caller(BAD, MAPPING, monitor_linger_s=3, log_lag_s=0)
    await cloud.start(BAD)
    await cloud.passes(12)
    assert [row["executionState"] for row in await cloud.monitor()] == ["FAILED"]
    assert (await cloud.log())[0]["errorMsg"] == DATABASE_DOWN
    await cloud.passes(3)
    assert await cloud.monitor() == []
    await cloud.start()
    await cloud.passes(82)
    assert [row["executionState"] for row in await cloud.monitor()] == ["COMPLETED"]


async def test_a_second_start_is_accepted_and_fails_a_moment_later() -> None:
    cloud = await caller()
    assert [await cloud.start(), await cloud.start()] == [18, 19]
    await cloud.passes(6)
    row = await entry(cloud)
    assert (row["runId"], row["state"], row["errorMsg"]) == (19, 3, OVERLAP)
    assert "Another instance of the task is currently running." in str(row["errorMsg"])
    await cloud.passes(80)
    assert [(row["runId"], row["state"]) for row in await cloud.log(taskId=MAPPING.id)] == [(18, 1), (19, 3)]
    assert cloud.simulator.runs_started == {MAPPING.id: 2}


async def test_a_parallel_task_is_never_busy() -> None:
    spec = replace(MAPPING, is_parallel=True)
    cloud = await caller(spec)
    await cloud.start(spec)
    await cloud.start(spec)
    await cloud.passes(90)
    assert [row["state"] for row in await cloud.log()] == [1, 1]


async def test_a_schedule_starts_runs_on_the_clock() -> None:
    cloud = await caller(SCHEDULED)
    await cloud.passes(599)
    assert await cloud.monitor() == []
    await cloud.passes(1)
    [running] = await cloud.monitor()
    assert (running["startTimeUtc"], running["runContextType"]) == ("2026-11-21T14:10:00.000Z", "SCHEDULER")
    newest, *older = await cloud.log(rowLimit=5)
    assert (newest["runId"], running["runId"]) == (720, 721)
    assert [row["runId"] for row in older] == [719, 718, 717, 716]
    assert newest["scheduleName"] == "every_hour"
    assert newest["startTimeUtc"] == "2026-11-21T13:10:00.000Z"
    await cloud.passes(200)
    assert (await cloud.log(rowLimit=1))[0]["runId"] == 721
    assert cloud.simulator.runs_started.total() == 0


async def test_runs_that_were_asked_for_are_counted_among_scheduled_ones() -> None:
    cloud = await caller(SCHEDULED)
    assert await cloud.start(SCHEDULED) == 721
    await cloud.passes(1200)
    assert [row["runId"] for row in await cloud.log(rowLimit=3)] == [722, 721, 720]
    assert await cloud.log(rowLimit=3) == await cloud.log(rowLimit=3, taskId=SCHEDULED.id)
    contexts = [
        (await cloud.log(taskId=SCHEDULED.id, runId=run))[0]["runContextType"] for run in (720, 721, 722)
    ]
    assert contexts == ["SCHEDULER", "REST_API_V2", "SCHEDULER"]


async def test_a_schedule_does_not_start_what_is_running() -> None:
    cloud = await caller(replace(SCHEDULED, duration_s=900))
    await cloud.start(SCHEDULED)
    await cloud.passes(1000)
    assert [(row["runId"], row["state"]) for row in await cloud.log(rowLimit=2)] == [(721, 1), (722, 3)]
    assert (await cloud.log(rowLimit=2))[1]["errorMsg"] == OVERLAP


async def test_a_schedule_may_not_have_started_anything_yet() -> None:
    cloud = await caller(replace(SCHEDULED, since=START + timedelta(minutes=30)))
    assert await cloud.log() == await cloud.log(taskId=SCHEDULED.id) == []
    await cloud.passes_by(4700)
    assert [row["runId"] for row in await cloud.log()] == [1]
    assert (await cloud.log(taskId=SCHEDULED.id))[0]["startTimeUtc"] == "2026-11-21T15:10:00.000Z"


async def test_the_outcome_of_the_next_runs_can_be_set() -> None:
    cloud = await caller()
    cloud.simulator.set_outcome(MAPPING.id, failed("disk full"), duration_s=1)
    await cloud.start()
    await cloud.passes(10)
    row = await entry(cloud)
    assert (row["state"], row["errorMsg"], row["successSourceRows"]) == (3, "disk full", 0)
    cloud.simulator.set_outcome(MAPPING.id, Outcome(rows=5))
    await cloud.start()
    await cloud.passes(10)
    assert (await entry(cloud))["totalSuccessRows"] == 5


async def test_more_tasks_can_come() -> None:
    cloud = await caller(SCHEDULED, MAPPING)
    await cloud.start()
    fresh = TaskSpec("00AB120Z00000000009Z", "mt_fresh", duration_s=1)
    cloud.simulator.add(fresh)
    assert await cloud.start(fresh) == 1
    await cloud.passes(90)
    assert [row["objectName"] for row in await cloud.log(rowLimit=3)] == [
        "mt_customers",
        "mt_fresh",
        "mt_hourly",
    ]


# Starting


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"taskFederatedId": MAPPING.federated_id, "taskType": "MTT"}, 400, "BAD_REQUEST"),
        ({"@type": "job", "taskFederatedId": MAPPING.federated_id}, 403, "APP_13401"),
        ({"@type": "job", "taskFederatedId": MAPPING.federated_id, "taskType": "mtt"}, 403, "APP_13401"),
        ({"@type": "job", "taskFederatedId": MAPPING.federated_id, "taskType": "DSS"}, 403, "APP_13436"),
        ({"@type": "job", "taskType": "MTT"}, 403, "APP_13404"),
        ({"@type": "job", "taskId": MAPPING.id, "taskName": "x", "taskType": "MTT"}, 403, "APP_13404"),
        ({"@type": "job", "taskFederatedId": MAPPING.id, "taskType": "MTT"}, 403, "APP_13404"),
        ({"@type": "job", "taskId": MAPPING.federated_id, "taskType": "MTT"}, 403, "APP_13404"),
        ({"@type": "job", "taskId": 5, "taskType": "MTT"}, 403, "APP_13404"),
        ({"@type": "job", "taskId": "00AB120Z000000000ZZZ", "taskType": "MTT"}, 403, "APP_13436"),
        ({"@type": "job", "taskFederatedId": "0" * 22, "taskType": "MTT"}, 403, "APP_13436"),
        ({"@type": "job", "taskName": "MT_Customers", "taskType": "MTT"}, 403, "APP_13436"),
        ({"@type": "job", "taskId": ELSEWHERE.id, "taskType": "DSS"}, 403, "APP_13404"),
        ({"@type": "job", "taskId": MAPPING.id, "taskType": "MTT", "runtime": "x"}, 403, "APP_13401"),
        (["job"], 400, "BAD_REQUEST"),
    ],
)
async def test_a_wrong_start_is_a_business_error(body: object, status: int, code: str) -> None:
    cloud = await caller()
    refused = await cloud.send("POST", JOB, body)
    assert refused.status_code == status
    assert refused.json().items() >= {"@type": "error", "code": code, "statusCode": status}.items()
    assert cloud.simulator.runs_started.total() == 0


async def test_a_task_is_started_by_either_id_or_its_name() -> None:
    cloud = await caller(restricts_task_ids=False)
    for task, name, value in (
        (MAPPING, "taskId", MAPPING.id),
        (BAD, "taskName", "mt_orders"),
        (ELSEWHERE, "taskId", ELSEWHERE.id),
    ):
        body = {"@type": "job", name: value, "taskType": task.type}
        assert (await cloud.send("POST", JOB, body)).json()["taskId"] == task.id
    body = {"@type": "job", "taskFederatedId": LINEAR.federated_id, "taskType": "Workflow"}
    assert (await cloud.send("POST", JOB, body)).json()["taskType"] == "WORKFLOW"
    assert cloud.simulator.runs_started == {MAPPING.id: 1, BAD.id: 1, ELSEWHERE.id: 1, LINEAR.id: 1}


# Stopping


async def test_a_stop_takes_its_time_and_may_be_repeated() -> None:
    cloud = await caller()
    await cloud.start()
    await cloud.passes(10)
    assert (await cloud.stop()).status_code == 200
    assert [row["executionState"] for row in await cloud.monitor()] == ["STOPPING"]
    await cloud.passes(2)
    assert (await cloud.stop()).json()["description"] == STOPPED
    await cloud.passes(5)
    row = await entry(cloud)
    assert (row["state"], row["errorMsg"], row["isStopped"]) == (3, STOPPED, True)
    assert row["endTimeUtc"] == "2026-11-21T14:00:13.000Z"
    assert (await cloud.stop()).json() == {"@type": "success", "description": STOPPED}
    cloud.simulator.change(marks_stopped=False)
    assert "isStopped" not in await entry(cloud)


async def test_a_clean_stop_lets_the_run_finish_what_it_has_in_hand() -> None:
    cloud = await caller()
    await cloud.start()
    await cloud.passes(10)
    await cloud.stop(query="?cleanStop=true")
    await cloud.passes(11)
    assert [row["executionState"] for row in await cloud.monitor()] == ["STOPPING"]
    await cloud.passes(1)
    assert await cloud.monitor() == []
    assert (await cloud.stop(query="?cleanStop=yes")).json()["code"] == "APP_13401"
    assert (await cloud.send("POST", STOP, {"@type": "job", "taskType": "MTT"})).status_code == 403


async def test_a_stop_may_come_to_nothing() -> None:
    spec = replace(MAPPING, ignores_stop=True)
    cloud = await caller(spec)
    await cloud.start(spec)
    await cloud.passes(10)
    assert (await cloud.stop(spec)).status_code == 200
    assert [row["executionState"] for row in await cloud.monitor()] == ["RUNNING"]
    await cloud.passes(80)
    assert (await entry(cloud, spec))["state"] == 1


async def test_a_scheduled_run_can_be_stopped() -> None:
    cloud = await caller(SCHEDULED)
    await cloud.passes(610)
    await cloud.monitor()
    await cloud.stop(SCHEDULED)
    await cloud.passes(10)
    assert await cloud.monitor() == []
    row = (await cloud.log(rowLimit=1))[0]
    assert (row["runId"], row["state"], row["endTimeUtc"]) == (721, 3, "2026-11-21T14:10:13.000Z")
    await cloud.passes_by(8 * 3600)
    row = (await cloud.log(taskId=SCHEDULED.id, runId=721))[0]
    assert row["isStopped"] is True
    assert row in await cloud.log()


# Times


async def test_times_are_eastern_in_summer_and_in_winter_and_may_lack_their_twins() -> None:
    cloud = await caller(MAPPING, start=datetime(2021, 7, 1, 6, 36, 32, tzinfo=UTC), has_utc_times=False)
    await cloud.start()
    row = (await cloud.monitor())[0]
    assert (row["startTime"], "startTimeUtc" in row) == ("2021-07-01T02:36:32.000Z", False)
    await cloud.passes(90)
    row = await entry(cloud)
    assert {"startTimeUtc", "endTimeUtc"}.isdisjoint(row)
    assert row["endTime"] == "2021-07-01T02:37:54.000Z"
    assert await cloud.rows(f"{V2}/schedule") == []
    cloud.simulator.change(has_utc_times=True)
    assert (await entry(cloud))["endTimeUtc"] == "2021-07-01T06:37:54.000Z"


# The log


async def test_the_log_comes_in_pages_newest_first() -> None:
    cloud = await caller(SCHEDULED)
    everything = await cloud.log(rowLimit=1000)
    assert len(everything) == 72
    ends = [str(row["endTimeUtc"]) for row in everything]
    assert ends == sorted(ends, reverse=True)
    assert await cloud.log(rowLimit=20, offset=50) == everything[50:70]
    assert await cloud.log(rowLimit=20, offset=60) == everything[60:]
    assert await cloud.log(offset=72) == []
    assert await cloud.log(taskId=SCHEDULED.id) == everything
    assert await cloud.log(taskId=SCHEDULED.id, offset=70) == everything[70:]
    assert await cloud.log(taskId=SCHEDULED.id, runId=720) == everything[:1]
    assert await cloud.log(taskId=SCHEDULED.id, runId=720, offset=1) == []
    for run in (0, 1, 721, 9999):
        assert await cloud.log(taskId=SCHEDULED.id, runId=run) == []


async def test_two_hundred_rows_come_when_nobody_says_how_many() -> None:
    script = replace(HOURLY, period_s=900, phase_s=100)
    cloud = await caller(replace(SCHEDULED, script=script))
    assert len(await cloud.log()) == 200
    assert len(await cloud.log(rowLimit=1000)) == 288
    await cloud.passes_by(86_400)
    assert len(await cloud.log(rowLimit=1000)) == 288


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"rowLimit": 1001}, "APP_13401"),
        ({"rowLimit": 0}, "APP_13401"),
        ({"rowLimit": "ten"}, "APP_13401"),
        ({"offset": -1}, "APP_13401"),
        ({"runId": 18}, "APP_13401"),
        ({"taskId": MAPPING.id, "runId": "x"}, "APP_13401"),
        ({"taskId": MAPPING.federated_id}, "APP_13404"),
        ({"taskId": "00AB120Z000000000ZZZ"}, "APP_13436"),
    ],
)
async def test_a_wrong_question_to_the_log_is_a_business_error(query: dict[str, object], code: str) -> None:
    refused = await (await caller()).get(LOG, **query)
    assert (refused.status_code, refused.json()["code"]) == (403, code)


async def test_an_entry_is_found_by_its_id_alone_and_not_before_its_time() -> None:
    cloud = await caller()
    await cloud.start()
    running = (await cloud.monitor())[0]
    await cloud.passes(90)
    row = await entry(cloud)
    for wrong, code in (
        (running["id"], "APP_13404"),
        ("x", "APP_13404"),
        (str(row["id"])[:-1] + "Z", "APP_13436"),
        ("00AB12C1ZZZZZZ000001", "APP_13436"),
    ):
        for path in (f"activityLog/{wrong}", f"activityLog/{wrong}/sessionLog", f"errorLog/{wrong}"):
            assert (await cloud.get(f"{ACTIVITY}/{path}")).json()["code"] == code
    again = await cloud.start()
    assert (await cloud.get(f"{LOG}/{str(row['id'])[:-6]}{again:06d}")).status_code == 403


async def test_the_log_may_come_in_an_object() -> None:
    cloud = await caller(SCHEDULED, wraps_log=True)
    assert len((await cloud.get(LOG, rowLimit=3)).json()["entries"]) == 3
    assert (await cloud.get(LOG, offset=100)).json() == {"entries": []}


async def test_details_must_be_true_or_false() -> None:
    assert (await (await caller()).get(f"{ACTIVITY}/activityMonitor", details="1")).status_code == 403


# Session logs


async def test_the_log_of_a_single_task_is_text() -> None:
    cloud = await caller()
    await cloud.start(BAD)
    await cloud.passes(20)
    row = await entry(cloud, BAD)
    response = await session_log(cloud, row)
    assert response.headers["content-type"].startswith("text/plain")
    assert f's_mtt_{BAD.id}_1.log"' in response.headers["content-disposition"]
    assert DATABASE_DOWN in response.text
    assert re.match(r"INFO : \[11/21/2026 14:00:02\] : ", response.text)
    item = children(row)[0]["id"]
    assert (await session_log(cloud, row, itemId=item)).text == response.text
    for query in ({"itemId": 1}, {"childItemId": item}, {"itemId": item, "childItemId": item}):
        assert (await cloud.get(f"{LOG}/{row['id']}/sessionLog", **query)).status_code == 403
    cloud.simulator.change(zips_logs=True)
    assert (await session_log(cloud, row)).content.startswith(b"PK\x03\x04")


async def test_the_log_of_a_linear_taskflow_is_an_archive() -> None:
    cloud = await caller()
    await cloud.start(LINEAR)
    await cloud.passes(70)
    row = await entry(cloud, LINEAR)
    response = await session_log(cloud, row)
    assert response.headers["content-type"] == "application/zip;charset=UTF-8"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.namelist() == ["MTT/s_mtt_mt_a_1.log", "MTT/s_mtt_mt_b_1.log"]
    second = children(row)[1]
    below = children(second)[0]
    response = await session_log(cloud, row, itemId=second["id"])
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        [name] = archive.namelist()
        text = archive.read(name).decode()
    one = await session_log(cloud, row, itemId=second["id"], childItemId=below["id"])
    assert one.text == text
    assert "Mapping name: mt_b." in text


async def test_rejected_rows_are_in_a_log_of_their_own() -> None:
    spec = replace(MAPPING, outcome=warned("value too long", 2, 9))
    cloud = await caller(spec)
    await cloud.start(spec)
    await cloud.passes(90)
    row = await entry(cloud, spec)
    assert (await cloud.get(f"{ACTIVITY}/errorLog/{row['id']}")).text == (
        "ROW,ERROR\n1,value too long\n2,value too long\n"
    )
    assert (row["state"], row["totalSuccessRows"], row["totalFailedRows"]) == (2, 7, 2)
    assert "2 rejected" in (await session_log(cloud, row)).text


# Linear taskflows


async def test_a_linear_taskflow_shows_its_tasks_below_it() -> None:
    cloud = await caller()
    await cloud.start(LINEAR)
    seen = []
    for seconds in (1, 10, 30):
        await cloud.passes(seconds)
        [row] = await cloud.monitor(details="true")
        assert (row["type"], row["taskName"]) == ("WORKFLOW", "LT_daily")
        seen.append([(child["taskName"], child["executionState"]) for child in children(row)])
        assert children((await cloud.monitor())[0]) == []
    assert seen == [[], [("mt_a", "RUNNING")], [("mt_a", "COMPLETED"), ("mt_b", "RUNNING")]]
    await cloud.passes(30)
    row = await entry(cloud, LINEAR)
    assert [child["objectName"] for child in children(row)] == ["mt_a", "mt_b"]
    assert [len(children(child)) for child in children(row)] == [1, 1]
    assert children(row)[1]["startTimeUtc"] == "2026-11-21T14:00:32.000Z"


async def test_a_linear_taskflow_fails_in_its_last_task_or_where_it_is_stopped() -> None:
    cloud = await caller()
    cloud.simulator.set_outcome(LINEAR.id, failed("no listener"))
    await cloud.start(LINEAR)
    await cloud.passes(70)
    assert [child["state"] for child in children(await entry(cloud, LINEAR))] == [1, 3]
    await cloud.start(LINEAR)
    await cloud.passes(10)
    await cloud.stop(LINEAR)
    await cloud.passes(10)
    [child] = children(await entry(cloud, LINEAR))
    assert (child["state"], child["errorMsg"]) == (3, STOPPED)


# Many


async def test_whoever_shares_the_loop_gets_turns_while_ten_thousand_tasks_are_looked_at() -> None:
    clock = FakeClock()
    simulator = InformaticaSimulator.preload(clock, 10_000)
    cloud = Caller(simulator, clock)
    simulator.behaviour.pod_url = POD
    await cloud.log_in()
    for url, query, least in (
        (f"{ACTIVITY}/activityMonitor", {}, 300),
        (LOG, {"rowLimit": 1000}, 1000),
        (f"{V2}/task", {"type": "MTT"}, 7000),
    ):
        asked = asyncio.create_task(cloud.rows(url, **query))
        turns = 0
        while not asked.done():
            await asyncio.sleep(0)
            turns += 1
        assert len({str(row["id"]) for row in await asked}) >= least
        assert turns > 10


async def test_a_page_of_the_log_makes_up_few_of_ten_thousand_tasks_runs() -> None:
    clock = FakeClock()
    simulator = InformaticaSimulator.preload(clock, 10_000)
    simulator.behaviour.pod_url = POD
    cloud = Caller(simulator, clock)
    await cloud.log_in()
    assert len(await cloud.log(rowLimit=50)) == 50
    assert simulator.org.timeline.known < 3000
    known = simulator.org.timeline.known
    await cloud.passes(15)
    await cloud.log(rowLimit=50)
    await cloud.monitor()
    assert simulator.org.timeline.known < known + 200


async def test_two_who_look_at_once_see_the_same() -> None:
    clock = FakeClock()
    simulator = InformaticaSimulator.preload(clock, 2000)
    simulator.behaviour.pod_url = POD
    cloud = Caller(simulator, clock)
    await cloud.log_in()
    first, second, third = await asyncio.gather(
        cloud.log(rowLimit=500), cloud.monitor(), cloud.log(rowLimit=500)
    )
    assert first == third
    assert second == await cloud.monitor()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(1, 5000)),
        st.tuples(st.sampled_from(["start", "stop", "clean stop"]), st.integers(0, 30)),
        st.tuples(st.just("pass"), st.integers(5000, 40_000)),
    ),
    max_size=8,
)


@settings(max_examples=30)
@given(STEPS)
async def test_whatever_is_done_the_log_never_rewrites_the_past(steps: list[tuple[str, int]]) -> None:
    cloud = await caller(SCHEDULED, keeps_s=30 * 86_400)
    past: list[dict[str, object]] = []
    for step, seconds in steps:
        if step == "start":
            await cloud.start(SCHEDULED)
        elif step != "pass":
            await cloud.stop(SCHEDULED, "?cleanStop=true" if step == "clean stop" else "")
        cloud.clock.jump(seconds)
        await cloud.log_in()
        rows = await cloud.log(rowLimit=30)
        ids = [row["runId"] for row in rows]
        assert len(set(ids)) == len(ids)
        assert [row["runId"] for row in await cloud.log(taskId=SCHEDULED.id, rowLimit=30)] == ids
        assert all(row in rows for row in past if row["runId"] in ids)
        oldest = min(str(row["endTimeUtc"]) for row in rows)
        assert all(row["runId"] in ids for row in past if str(row["endTimeUtc"]) > oldest)
        running = await cloud.monitor()
        assert not {row["runId"] for row in running} & set(ids)
        past = rows
