"""Code tasks of Informatica: nothing lists their jobs, so what nightdeck started must never be forgotten."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.informatica_case import (
    CODE_JOB,
    Cloud,
    job_of,
    jobs_of,
    key_of,
    open_adapter,
    run_of,
    v3_error,
)
from tests.support.clock import START
from tests.support.context import InstantClock
from tests.support.scripted import DictMemory
from tui.adapters.informatica.codetasks import seen_run
from tui.adapters.informatica.started import MOST_JOBS, MOST_RUNS, StartedRun, StartedRuns
from tui.core.errors import ActionRefused, NotFound, OutcomeUnknown, ServerFailed
from tui.core.models import Action, ActionKind
from tui.core.state import State

JOB = "code:477"
STARTED = json.loads(
    r'{"summary":"Code Task started successfully","jobId":"8zcuMdImeshidZ4XVExs20",'
    r'"codeTaskInstanceName":"Demo-2","sparkCodeTaskResponseBody":{"agentGroupId":"010000250000000'
    r'00003","clusterConfigId":"Default","logLevel":"normal",'
    r'"startRunTime":"2022-04-04T20:23:57.154+00:00",'
    r'"submitTime":"2022-04-04T20:23:57.095+00:00"}}'
)
"""The vendor's sample of the answer to a start."""
RUNNING = json.loads(
    r'{ "status": "RUNNING", "startTime": "2022-04-04T20:23:57.000", "updateTime": '
    r'"2022-04-04T20:23:58.000", "endTime": null, "instanceName": "Demo-2", "assetName": "Demo", '
    r'"runId": 2, "orgId": "kuJVH54wm6gfhVj4QEdboY", "startedBy": "coder@examplecompany.com", '
    r'"runtimeEnvId": "01000025000000000003", "codeTaskId": 2, "errorMessage": "", '
    r'"sessionLogUrl": "logservice/api/v1/jobs/8zcuMdImeshidZ4XVExs20/logs", "agentJobLogUrl": '
    r'null, "advancedLogLocation": null, "advancedLogDownloadUrl": null }'
)
"""The vendor's sample of a job under way, as it is."""
FAILED = json.loads(
    r'{ "status": "FAILED", "startTime": "2022-03-10T17:23:29.000", "updateTime": '
    r'"2022-03-10T17:23:34.000", "endTime": "2022-03-10T17:23:34.000", "instanceName": "Demo-2", '
    r'"assetName": "Demo", "runId": 2, "orgId": "4nuRA6NIsI6lvUBYamL76P", "startedBy": '
    r'"coder@examplecompany.com", "runtimeEnvId": "01000025000000000003", "codeTaskId": 477, '
    r'"errorMessage": "WES_internal_error_Failed to start cluster for [01000025000000000003]. '
    r"Error reported while starting cluster [404 {\"code\":\"CONFIG.NOT_FOUND_id\","
    r"\"message\":\"Internal error. Cannot find an advanced configuration with ID "
    r"01000025000000000003. Contact Informatica Global Customer Support.\","
    r"\"debugMessage\":\"Internal error. Cannot find an advanced configurati[truncated]. For more "
    r"information about the failure, check the application log.If the problem persists, contact "
    r'Informatica Global Customer Support.", "sessionLogUrl": '
    r'"logservice/api/v1//jobs/6pqqt9KTgi3l9jyVnAajei/logs", "agentJobLogUrl": null, '
    r'"advancedLogLocation": null, "advancedLogDownloadUrl": null }'
)
"""The vendor's sample of a job that failed, as it is."""


async def started(
    cloud: Cloud, *, clock: InstantClock | None = None, memory: DictMemory | None = None, **keys: Any
) -> Any:
    """An adapter that has just started a job."""
    cloud.replies.setdefault("POST /CodeTask/Start", STARTED)
    adapter = await open_adapter(cloud, clock=clock, memory=memory, code_tasks=[477], **keys)
    assert (await adapter.trigger(key_of(JOB), {})).run_id == CODE_JOB
    return adapter


async def test_a_code_task_is_known_by_its_id_until_a_run_tells_its_name() -> None:
    cloud = Cloud(code={CODE_JOB: RUNNING})
    adapter = await open_adapter(cloud, code_tasks=["477"])
    job = await job_of(adapter, JOB)
    assert (job.name, job.kind, job.state, job.substate) == (
        "code task 477",
        "code task",
        State.NEVER_RUN,
        "nightdeck started none",
    )
    adapter = await started(cloud)
    assert (await job_of(adapter, JOB)).name == "Demo"


async def test_the_id_of_a_code_task_is_sent_as_a_number() -> None:
    cloud = Cloud()
    await started(cloud)
    assert cloud.sent("POST", "/CodeTask/Start") == [{"codeTaskId": 477}]
    assert (
        str(cloud.requests[-1].url) == "https://na1.dm-us.informaticacloud.com/disnext/api/v1/CodeTask/Start"
    )


async def test_the_vendors_sample_of_a_job_under_way() -> None:
    adapter = await started(Cloud(code={CODE_JOB: RUNNING}))
    job = await job_of(adapter, JOB)
    assert (job.state, job.native_state, job.run_id, job.message) == (State.RUNNING, "RUNNING", CODE_JOB, "")
    assert f"{job.started_at:%Y-%m-%dT%H:%M:%S%z}" == "2022-04-04T20:23:57+0000"
    assert (job.ended_at, job.last_result) == (None, None)


async def test_the_vendors_sample_of_a_job_that_failed() -> None:
    adapter = await started(Cloud(code={CODE_JOB: FAILED}))
    job = await job_of(adapter, JOB)
    assert (job.state, job.last_result, job.duration_s) == (State.FAILED, State.FAILED, 5.0)
    assert job.message.startswith("WES_internal_error_Failed to start cluster")
    assert "[truncated]" in job.message


async def test_the_spelling_of_the_vendors_table() -> None:
    told = {
        "codeTaskName": "Demo",
        "codeTaskId": "477",
        "agentGroupId": "01000025000000000003",
        "executionState": "Failed",
        "sessionLogUrl": "logservice/x",
        "assignedServerlessComputeUnits": 1.5,
        "consumedServerlessComputeUnits": 0.5,
        "firstErrorMessage": "no cluster",
    }
    job = await job_of(await started(Cloud(code={CODE_JOB: told})), JOB)
    assert (job.name, job.state, job.message) == ("Demo", State.FAILED, "no cluster")


async def test_where_no_times_are_told_the_start_and_what_was_seen_have_to_do() -> None:
    clock = InstantClock()
    cloud = Cloud(code={CODE_JOB: {"executionState": "RUNNING"}})
    adapter = await started(cloud, clock=clock)
    job = await job_of(adapter, JOB)
    assert f"{job.started_at:%Y-%m-%dT%H:%M:%S%z}" == "2022-04-04T20:23:57+0000"
    await clock.sleep(20)
    cloud.code[CODE_JOB] = {"executionState": "SUCCEEDED"}
    job = await job_of(adapter, JOB)
    assert (job.state, job.ended_at) == (State.SUCCEEDED, clock.now())
    await clock.sleep(60)
    assert (await job_of(adapter, JOB)).ended_at == job.ended_at


async def test_an_end_that_nobody_watched_is_not_made_up() -> None:
    clock = InstantClock()
    cloud = Cloud(code={CODE_JOB: {"executionState": "RUNNING"}})
    adapter = await started(cloud, clock=clock)
    await jobs_of(adapter)
    await clock.sleep(36_000)
    cloud.code[CODE_JOB] = {"executionState": "SUCCEEDED"}
    job = await job_of(adapter, JOB)
    assert (job.state, job.ended_at, job.duration_s) == (State.SUCCEEDED, None, None)


async def test_both_spellings_at_once_and_one_of_them_empty() -> None:
    told = {"status": None, "executionState": "SUCCEEDED", "errorMessage": "", "firstErrorMessage": "x"}
    job = await job_of(await started(Cloud(code={CODE_JOB: told})), JOB)
    assert (job.state, job.message) == (State.SUCCEEDED, "x")


async def test_a_job_is_remembered_at_once_and_over_restarts() -> None:
    memory = DictMemory()
    cloud = Cloud(code={CODE_JOB: RUNNING})
    await started(cloud, memory=memory)
    # Not even closed: as if nightdeck had been killed.
    later = await open_adapter(cloud, memory=memory, code_tasks=[477])
    assert (await job_of(later, JOB)).run_id == CODE_JOB
    cloud.code[CODE_JOB] = FAILED
    assert (await job_of(later, JOB)).state is State.FAILED
    last = await open_adapter(cloud, memory=memory, code_tasks=[477])
    asked = len(cloud.asked("GET", CODE_JOB))
    job = await job_of(last, JOB)
    assert (job.name, job.state, job.run_id) == ("Demo", State.FAILED, CODE_JOB)
    # What has ended is not asked for again.
    assert len(cloud.asked("GET", CODE_JOB)) == asked


async def test_addresses_that_let_anybody_in_are_not_remembered() -> None:
    memory = DictMemory()
    told = {**RUNNING, "advancedLogDownloadUrl": "https://s3.example.com/x?X-Amz-Signature=abc"}
    adapter = await started(Cloud(code={CODE_JOB: told}), memory=memory)
    await jobs_of(adapter)
    assert "Signature" not in json.dumps(await memory.load("started"))


async def test_a_job_that_informatica_does_not_know_is_lost_after_a_while() -> None:
    clock = InstantClock()
    adapter = await started(Cloud(), clock=clock)
    assert (await job_of(adapter, JOB)).state is State.QUEUED
    await clock.sleep(601)
    job = await job_of(adapter, JOB)
    assert (job.state, job.substate) == (State.UNKNOWN, "unknown to Informatica")


async def test_a_service_that_fails_is_told_and_spoils_no_other_family() -> None:
    cloud = Cloud()
    adapter = await started(cloud)
    cloud.replies["GET /JobStatus/" + CODE_JOB] = httpx.Response(500)
    pages = adapter.list_jobs()
    assert len(await anext(pages)) == 2
    with pytest.raises(ServerFailed):
        await anext(pages)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (v3_error("CT_1", "no such code task", 400), ActionRefused),
        (v3_error("CT_1", "no such code task", 403), ActionRefused),
        (v3_error("CT_1", "no such code task", 404), NotFound),
        (httpx.Response(200, json={"summary": "started"}), OutcomeUnknown),
        (httpx.Response(200, json=[1]), OutcomeUnknown),
        (httpx.Response(503), OutcomeUnknown),
    ],
)
async def test_what_becomes_of_a_start_that_is_not_accepted(
    answer: httpx.Response, error: type[Exception]
) -> None:
    cloud = Cloud()
    cloud.replies["POST /CodeTask/Start"] = answer
    adapter = await open_adapter(cloud, code_tasks=[477])
    with pytest.raises(error):
        await adapter.trigger(key_of(JOB), {})
    assert await adapter.list_runs(key_of(JOB)) == []
    with pytest.raises(ActionRefused):
        await adapter.trigger(key_of(JOB), {"a": "b"})


async def test_the_runs_are_those_that_nightdeck_started() -> None:
    clock = InstantClock()
    cloud = Cloud(code={CODE_JOB: FAILED, "second": RUNNING})
    adapter = await started(cloud, clock=clock)
    await clock.sleep(60)
    cloud.replies["POST /CodeTask/Start"] = {"jobId": "second"}
    assert (await adapter.rerun(run_of(CODE_JOB, JOB))).run_id == "second"
    runs = await adapter.list_runs(key_of(JOB))
    assert [(run.key.run_id, run.state) for run in runs] == [
        ("second", State.RUNNING),
        (CODE_JOB, State.FAILED),
    ]
    assert runs[1].queued_at == START
    assert runs[1].triggered_by == "coder@examplecompany.com"
    assert len(await adapter.list_runs(key_of(JOB), limit=1)) == 1
    job = await job_of(adapter, JOB)
    assert (job.state, job.last_result) == (State.RUNNING, State.FAILED)
    with pytest.raises(ActionRefused):
        await adapter.rerun(run_of(CODE_JOB, JOB), is_failed_only=True)
    with pytest.raises(NotFound):
        await adapter.rerun(run_of("other", JOB))


async def test_without_a_configured_address_nothing_can_be_stopped() -> None:
    cloud = Cloud(code={CODE_JOB: RUNNING})
    adapter = await started(cloud)
    job = await job_of(adapter, JOB)
    assert "code_task_cancel_path" in adapter.reason_against(ActionKind.STOP, job)
    before = len(cloud.requests)
    with pytest.raises(ActionRefused, match="code_task_cancel_path"):
        await adapter.stop(run_of(CODE_JOB, JOB))
    assert len(cloud.requests) == before
    assert any("can't be stopped" in note for note in (await adapter.check()).notes)


async def test_with_one_a_job_is_cancelled_by_it() -> None:
    cloud = Cloud(code={CODE_JOB: RUNNING})
    cloud.replies[f"PUT /{CODE_JOB}/cancel"] = httpx.Response(200, json={"summary": "ok"})
    adapter = await started(cloud, code_task_cancel_path="PUT disnext/api/v1/CodeTask/{job_id}/cancel")
    job = await job_of(adapter, JOB)
    assert adapter.reason_against(ActionKind.STOP, job) == ""
    shown = f"PUT https://na1.dm-us.informaticacloud.com/disnext/api/v1/CodeTask/{CODE_JOB}/cancel"
    assert adapter.preview(Action(ActionKind.STOP, job.key, job.run_key)) == shown
    assert (await adapter.stop(run_of(CODE_JOB, JOB))).run_id == CODE_JOB
    assert str(cloud.requests[-1].url) == shown.removeprefix("PUT ")
    cloud.code[CODE_JOB] = {**RUNNING, "status": "CANCELLED", "endTime": "2022-04-04T20:24:57.000"}
    with pytest.raises(ActionRefused, match="ended already"):
        await adapter.stop(run_of(CODE_JOB, JOB))
    with pytest.raises(NotFound):
        await adapter.stop(run_of("other", JOB))
    assert (await job_of(adapter, JOB)).last_result is State.CANCELLED


async def test_the_record_is_the_answer_as_it_is() -> None:
    adapter = await started(Cloud(code={CODE_JOB: FAILED}))
    record = await adapter.read_raw(key_of(JOB), run_of(CODE_JOB, JOB))
    assert record["run"] == FAILED
    with pytest.raises(NotFound):
        await adapter.read_raw(key_of(JOB), run_of("other", JOB))


@given(
    st.dictionaries(
        st.sampled_from(["status", "executionState", "startTime", "endTime", "errorMessage", "assetName"]),
        st.one_of(st.none(), st.text(max_size=12), st.integers(), st.floats(), st.booleans(), st.just([{}])),
    )
)
def test_any_answer_about_a_job_means_something(told: dict[str, Any]) -> None:
    assert seen_run(StartedRun(id="x", asked_at=START, told=told)).state in set(State)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
        max_leaves=6,
    )
)
@settings(max_examples=50)
async def test_whatever_was_kept_does_no_harm(kept: Any) -> None:
    memory = DictMemory()
    await memory.save("started", kept)
    await StartedRuns(memory).load()


async def test_what_is_remembered_has_an_end_and_the_newest_stay() -> None:
    memory = DictMemory()
    runs = StartedRuns(memory)
    for number in range(MOST_RUNS + 5):
        await runs.start("first", StartedRun(id=str(number), asked_at=START))
    kept = await memory.load("started")
    await memory.save("started", {**kept, **{f"job {n}": kept["first"][:1] for n in range(MOST_JOBS)}})
    runs = StartedRuns(memory)
    await runs.load()
    await runs.start("job 0", StartedRun(id="2", asked_at=START))
    later = StartedRuns(memory)
    await later.load()
    assert later.of("first") == ()
    assert [run.id for run in later.of("job 0")] == ["5", "2"]
    for number in range(MOST_RUNS + 5):
        await later.start("last", StartedRun(id=str(number), asked_at=START))
    assert [run.id for run in later.of("last")] == [str(number) for number in range(5, MOST_RUNS + 5)]
