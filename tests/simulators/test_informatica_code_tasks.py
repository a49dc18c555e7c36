"""Code tasks of the simulated Informatica cloud: the two samples of the vendor's page, its table, logs."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from tests.simulators.informatica_case import CODE, LOGIN, POD, SPARK, Caller, caller
from tui.simulators.informatica import CodeTaskSpec, failed

JOB = "8zcuMdImeshidZ4XVExs20"
CODER = "coder@examplecompany.com"
RUNNING = """
{ "status": "RUNNING", "startTime": "2022-04-04T20:23:57.000", "updateTime": "2022-04-04T20:23:58.000",
"endTime": null, "instanceName": "Demo-2", "assetName": "Demo", "runId": 2, "orgId": "kuJVH54wm6gfhVj4QEdboY",
"startedBy": "coder@examplecompany.com", "runtimeEnvId": "01000025000000000003", "codeTaskId": 2,
"errorMessage": "", "sessionLogUrl": "logservice/api/v1/jobs/8zcuMdImeshidZ4XVExs20/logs",
"agentJobLogUrl": null, "advancedLogLocation": null, "advancedLogDownloadUrl": null }
"""
STARTED = """
{"summary":"Code Task started successfully","jobId":"8zcuMdImeshidZ4XVExs20","codeTaskInstanceName":"Demo-2",
"sparkCodeTaskResponseBody":{"agentGroupId":"01000025000000000003","clusterConfigId":"Default",
"logLevel":"normal","startRunTime":"2022-04-04T20:23:57.154+00:00","submitTime":"2022-04-04T20:23:57.095+00:00"}}
"""
FAILED = r"""
{ "status": "FAILED", "startTime": "2022-03-10T17:23:29.000", "updateTime": "2022-03-10T17:23:34.000",
"endTime": "2022-03-10T17:23:34.000", "instanceName": "Demo-2", "assetName": "Demo", "runId": 2,
"orgId": "4nuRA6NIsI6lvUBYamL76P", "startedBy": "coder@examplecompany.com",
"runtimeEnvId": "01000025000000000003", "codeTaskId": 477,
"errorMessage": "WES_internal_error_Failed to start cluster for [01000025000000000003]. Error reported while
 starting cluster [404 {\"code\":\"CONFIG.NOT_FOUND_id\",\"message\":\"Internal error. Cannot find an advanced
 configuration with ID 01000025000000000003. Contact Informatica Global Customer Support.\",
\"debugMessage\":\"Internal error. Cannot find an advanced configurati[truncated]. For more information about
 the failure, check the application log.If the problem persists, contact Informatica Global Customer
 Support.","sessionLogUrl": "logservice/api/v1//jobs/6pqqt9KTgi3l9jyVnAajei/logs", "agentJobLogUrl": null,
"advancedLogLocation": null, "advancedLogDownloadUrl": null }
"""


async def coder(spec: CodeTaskSpec, start: datetime, org: str, job_id: str) -> Caller:
    cloud = await caller(spec, start=start)
    cloud.simulator.set_password("secret", CODER)
    cloud.simulator.org.uuid = org
    cloud.simulator.org.job_ids.append(job_id)
    credentials = {"username": CODER, "password": "secret"}
    login = await cloud.http.post(f"{LOGIN}/saas/public/core/v3/login", json=credentials)
    cloud.session = login.json()["userInfo"]["sessionId"]
    return cloud


async def start(cloud: Caller, number: object = 477) -> str:
    response = await cloud.send("POST", f"{CODE}/Start", {"codeTaskId": number})
    assert response.status_code == 200, response.text
    return str(response.json()["jobId"])


async def status(cloud: Caller, job_id: str) -> dict[str, object]:
    response = await cloud.get(f"{CODE}/JobStatus/{job_id}")
    assert response.status_code == 200, response.text
    row = response.json()
    assert isinstance(row, dict)
    return row


async def test_the_vendors_start_and_running_job() -> None:
    began = datetime(2022, 4, 4, 20, 23, 57, 95_000, tzinfo=UTC)
    spec = CodeTaskSpec("2", "Demo", runs_before=1)
    cloud = await coder(spec, began, "kuJVH54wm6gfhVj4QEdboY", JOB)
    started = await cloud.send("POST", f"{CODE}/Start", {"codeTaskId": 2})
    assert started.text == json.dumps(json.loads(STARTED), separators=(",", ":"))
    await cloud.passes(1)
    response = await cloud.get(f"{CODE}/JobStatus/{JOB}")
    assert response.text == json.dumps(json.loads(RUNNING), separators=(",", ":"))


async def test_the_vendors_failed_job() -> None:
    sample = json.loads(FAILED.replace("\n", ""))
    spec = CodeTaskSpec(
        "477", "Demo", runs_before=1, duration_s=5, outcome=failed(sample["errorMessage"]), queue_s=0
    )
    began = datetime(2022, 3, 10, 17, 23, 29, tzinfo=UTC)
    cloud = await coder(spec, began, "4nuRA6NIsI6lvUBYamL76P", "6pqqt9KTgi3l9jyVnAajei")
    cloud.simulator.change(doubles_slash=True)
    job_id = await start(cloud)
    await cloud.passes(60)
    response = await cloud.get(f"{CODE}/JobStatus/{job_id}")
    assert response.text == json.dumps(sample, separators=(",", ":"))


async def test_a_job_lives_through_its_states_in_both_vocabularies() -> None:
    spec = replace(SPARK, queue_s=3, duration_s=10)
    for outcome, words in (
        (None, ["STARTING", "RUNNING", "SUCCESS", "QUEUED", "RUNNING", "SUCCEEDED"]),
        (failed("no cluster"), ["STARTING", "RUNNING", "FAILED", "QUEUED", "RUNNING", "FAILED"]),
    ):
        seen = []
        for has_table_shape, name in ((False, "status"), (True, "executionState")):
            cloud = await caller(spec, has_table_shape=has_table_shape)
            if outcome is not None:
                cloud.simulator.set_outcome(spec.id, outcome)
            job_id = await start(cloud)
            for seconds in (0, 3, 10):
                await cloud.passes(seconds)
                seen.append((await status(cloud, job_id))[name])
        assert seen == words


async def test_the_fields_of_the_vendors_table() -> None:
    cloud = await caller(has_table_shape=True)
    cloud.simulator.set_outcome(SPARK.id, failed("no cluster"), duration_s=1)
    job_id = await start(cloud)
    await cloud.passes(5)
    assert await status(cloud, job_id) == {
        "codeTaskName": "Demo",
        "codeTaskId": 477,
        "agentGroupId": "01000025000000000003",
        "executionState": "FAILED",
        "sessionLogUrl": f"logservice/api/v1/jobs/{job_id}/logs",
        "assignedServerlessComputeUnits": 2.0,
        "consumedServerlessComputeUnits": 0.5,
        "firstErrorMessage": "no cluster",
    }


async def test_each_start_is_a_job_of_its_own() -> None:
    cloud = await caller()
    first, second = await start(cloud), await start(cloud, "477")
    assert first != second
    assert [(await status(cloud, job))["instanceName"] for job in (first, second)] == ["Demo-1", "Demo-2"]
    assert cloud.simulator.runs_started == {"477": 2}
    assert cloud.simulator.code_tasks == ["477"]


@pytest.mark.parametrize(
    ("body", "code"),
    [({}, 400), ({"codeTaskId": "x"}, 400), ({"codeTaskId": True}, 400), ({"codeTaskId": 1}, 404), ([], 400)],
)
async def test_a_wrong_start_is_refused(body: object, code: int) -> None:
    cloud = await caller()
    refused = await cloud.send("POST", f"{CODE}/Start", body)
    assert (refused.status_code, set(refused.json())) == (code, {"error"})
    assert (await cloud.get(f"{CODE}/JobStatus/{JOB}")).status_code == 404
    assert (await cloud.send("POST", f"{CODE}/start", {"codeTaskId": 477})).status_code == 404
    assert cloud.simulator.runs_started.total() == 0


async def test_a_log_is_text_or_an_archive_behind_a_relative_address() -> None:
    cloud = await caller(doubles_slash=True)
    cloud.simulator.set_outcome(SPARK.id, failed("no cluster"), duration_s=5)
    job_id = await start(cloud)
    address = str((await status(cloud, job_id))["sessionLogUrl"])
    assert address == f"logservice/api/v1//jobs/{job_id}/logs"
    url = f"{POD}/{address.replace('//', '/')}"
    assert (await cloud.get(url)).text == ""
    await cloud.passes(6)
    response = await cloud.get(url)
    assert "no cluster" in response.text
    assert response.headers["content-type"].startswith("text/plain")
    cloud.simulator.change(zips_code_logs=True)
    packed = (await cloud.get(url)).content
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.read(archive.namelist()[0]).decode() == response.text
    # Nobody has seen the doubled slash answered: whoever doesn't mend it finds nothing.
    assert (await cloud.get(f"{POD}/{address}")).status_code == 404
    assert (
        await httpx.AsyncClient(transport=httpx.MockTransport(cloud.simulator)).get(url)
    ).status_code == 401


async def test_a_job_is_cancelled_only_where_a_path_is_known() -> None:
    cloud = await caller()
    job_id = await start(cloud)
    url = f"{CODE}/Cancel/{job_id}"
    assert "Resource not found." in (await cloud.send("POST", url)).text
    cloud.simulator.change(code_task_cancel_path="disnext/api/v1/CodeTask/Cancel/{job_id}")
    await cloud.passes(5)
    assert (await cloud.send("PUT", url)).status_code == 405
    assert (await cloud.send("POST", url)).status_code == 200
    row = await status(cloud, job_id)
    assert (row["status"], row["endTime"]) == ("CANCELLED", "2026-11-21T14:00:05.000")
    assert (await cloud.send("POST", url)).status_code == 400
    assert cloud.simulator.calls["codeTask.cancel"] == 2
