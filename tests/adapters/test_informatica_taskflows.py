"""Taskflows of Informatica: which run is whose, how far back is looked, and what can be done to a run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.informatica_case import (
    FLOW_ID,
    FLOW_RUN,
    TASK_ID,
    Cloud,
    flow_row,
    job_of,
    jobs_of,
    key_of,
    object_row,
    open_adapter,
    run_of,
    v2_error,
    v3_error,
)
from tests.support.clock import START
from tests.support.context import InstantClock
from tests.support.scripted import DictMemory
from tui.adapters.informatica.flowindex import FlowIndex
from tui.adapters.informatica.wire import FlowRow, ObjectRow
from tui.core.errors import ActionRefused, NotFound, OutcomeUnknown, ServerFailed
from tui.core.models import Action, ActionKind
from tui.core.state import State
from tui.transport.turns import at_once

OTHER_ID = "5kQmZpT1xYb8RwUe0VsLhN"


def at(ago: timedelta) -> str:
    return f"{START - ago:%Y-%m-%dT%H:%M:%SZ}"


async def test_a_run_is_of_the_taskflow_with_its_name_and_place() -> None:
    cloud = Cloud(flows=[flow_row(runId="1", status="FAILED", location="Other"), flow_row(runId="2")])
    cloud.objects["TASKFLOW"].append(object_row(OTHER_ID, "Other/tf_daily"))
    jobs = await jobs_of(await open_adapter(cloud))
    assert (jobs[FLOW_ID].state, jobs[FLOW_ID].path) == (State.SUCCEEDED, "DWH/Daily")
    assert (jobs[OTHER_ID].state, jobs[OTHER_ID].path) == (State.FAILED, "Other")


async def test_a_run_id_beyond_64_bits_stays_what_it_is() -> None:
    for run_id in (FLOW_RUN, int(FLOW_RUN)):
        adapter = await open_adapter(Cloud(flows=[flow_row(run_id=run_id)]))
        assert (await job_of(adapter, FLOW_ID)).run_id == FLOW_RUN
        assert [run.key.run_id for run in await adapter.list_runs(key_of(FLOW_ID))] == [FLOW_RUN]


async def test_a_quiet_week_is_read_at_once() -> None:
    cloud = Cloud(flows=[flow_row(startTime=at(timedelta(days=3)), endTime=at(timedelta(days=2.9)))])
    cloud.objects["TASKFLOW"].append(object_row(OTHER_ID, "Other/tf_monthly"))
    adapter = await open_adapter(cloud)
    jobs = await jobs_of(adapter)
    assert jobs[FLOW_ID].state is State.SUCCEEDED
    assert (jobs[OTHER_ID].state, jobs[OTHER_ID].substate) == (State.NEVER_RUN, "no run in 7 d")
    asked = cloud.asked("GET", "tf/status")
    assert [r.url.params["startTime"] for r in asked] == [at(timedelta(days=1)), at(timedelta(days=7))]
    await jobs_of(adapter)
    asked = cloud.asked("GET", "tf/status")[2:]
    assert [r.url.params["startTime"] for r in asked] == [at(timedelta(minutes=15))]


async def test_a_busy_week_is_read_day_by_day() -> None:
    busy = [flow_row(run_id=str(10**17 + number)) for number in range(60)]
    old = flow_row("FAILED", "5", assetName="tf_old", location="Other", startTime=at(timedelta(days=3.5)))
    cloud = Cloud(flows=[*busy, old])
    cloud.objects["TASKFLOW"].append(object_row(OTHER_ID, "Other/tf_old"))
    adapter = await open_adapter(cloud)
    job = await job_of(adapter, OTHER_ID)
    assert (job.state, job.substate) == (State.NEVER_RUN, "older runs are still being read")
    for _ in range(3):
        job = await job_of(adapter, OTHER_ID)
    assert job.state is State.FAILED
    for _ in range(10):
        await jobs_of(adapter)
    asked = cloud.asked("GET", "tf/status")
    assert min(r.url.params["startTime"] for r in asked) == at(timedelta(days=7))
    assert asked[-1].url.params["startTime"] == at(timedelta(minutes=15))


async def test_a_busy_day_is_read_in_pages_of_fifty() -> None:
    rows = [flow_row(run_id=str(10**17 + number)) for number in range(120)]
    cloud = Cloud(flows=rows)
    adapter = await open_adapter(cloud)
    await jobs_of(adapter)
    assert [r.url.params["offset"] for r in cloud.asked("GET", "tf/status")] == ["0", "50", "100"]
    assert len(await adapter.list_runs(key_of(FLOW_ID), limit=200)) == 120


async def test_a_run_that_began_long_ago_is_followed_by_its_id() -> None:
    clock = InstantClock()
    cloud = Cloud(flows=[flow_row("RUNNING", startTime=at(timedelta(hours=20)))])
    adapter = await open_adapter(cloud, clock=clock)
    assert (await job_of(adapter, FLOW_ID)).state is State.RUNNING
    await clock.sleep(3600)
    cloud.flows[0].update(status="FAILED", endTime=at(timedelta(0)), errorMessage="step 2\nfailed")
    job = await job_of(adapter, FLOW_ID)
    assert (job.state, job.message) == (State.FAILED, "step 2 failed")
    asked = len(cloud.asked("GET", FLOW_RUN))
    await jobs_of(adapter)
    assert len(cloud.asked("GET", FLOW_RUN)) == asked


@pytest.mark.parametrize("end", ["", "null", None])
async def test_a_suspended_run_waits_for_somebody(end: Any) -> None:
    cloud = Cloud(flows=[flow_row("SUSPENDED", endTime=end)])
    adapter = await open_adapter(cloud)
    job = await job_of(adapter, FLOW_ID)
    assert (job.state, job.ended_at, job.last_result) == (State.PAUSED, None, None)
    assert adapter.reason_against(ActionKind.STOP, job) == ""


async def test_an_engine_that_may_not_be_asked_spoils_nothing_else() -> None:
    for reply in (
        v2_error("APP_1", "no privilege"),
        httpx.Response(404, html="<html>Resource not found.</html>"),
    ):
        cloud = Cloud()
        cloud.replies["GET /tf/status"] = reply
        adapter = await open_adapter(cloud)
        jobs = await jobs_of(adapter)
        assert (jobs[FLOW_ID].state, jobs[FLOW_ID].substate) == (State.UNKNOWN, "its runs are not told")
        assert jobs[TASK_ID].state is State.NEVER_RUN
        assert any("not told" in note for note in (await adapter.check()).notes)


async def test_an_engine_that_fails_spoils_only_its_own_jobs_and_is_told() -> None:
    cloud = Cloud()
    cloud.replies["GET /tf/status"] = httpx.Response(500)
    adapter = await open_adapter(cloud)
    pages = adapter.list_jobs()
    assert [job.id for job in await anext(pages)] == [TASK_ID]
    with pytest.raises(ServerFailed):
        await anext(pages)


async def test_without_taskflows_the_engine_is_left_alone() -> None:
    cloud = Cloud(objects={})
    await jobs_of(await open_adapter(cloud))
    assert not cloud.asked("GET", "tf/status")


# Which run is whose


def index(*paths: str, api_names: tuple[str, ...] = ()) -> FlowIndex:
    rows = [ObjectRow.model_validate({"id": path, "path": path}) for path in paths]
    return at_once(FlowIndex.building(rows, api_names))


@pytest.mark.parametrize(
    ("name", "location", "found"),
    [
        ("tf", "A", "A/tf"),
        ("tf", "/B/", "B/tf"),
        ("tf", "C", None),
        ("tf", "", None),
        ("one", "", "A/one"),
        ("one", "elsewhere", "A/one"),
        ("one (monthly)", "A", "A/one"),
        ("one: load of May", "A", "A/one"),
        ("one more", "A", "A/one"),
        ("one-more", "A", "A/one-more"),
        ("onerous", "A", None),
        ("one_a", "A", None),
        ("", "", None),
    ],
)
def test_whose_run_it_is(name: str, location: str, found: str | None) -> None:
    asset = index("A/tf", "B/tf", "A/one", "A/one-more").find(name, location)
    assert (asset.id if asset else None) == found


@given(st.text(max_size=30), st.text(max_size=20))
def test_any_name_is_looked_for_without_an_error(name: str, location: str) -> None:
    index("A/tf", "B/tf", api_names=("x-1",)).find(name, location)


def test_a_configured_name_is_that_of_the_listed_taskflow_where_there_is_one() -> None:
    found = index("A/tf", "B/other", api_names=("tf-1", "other", "alone", " alone "))
    assert [(asset.id, asset.call_name) for asset in found.assets] == [
        ("A/tf", "tf-1"),
        ("B/other", "other"),
        ("tf:alone", "alone"),
    ]
    assert found.find("alone", "X/Y") is not None
    # Two taskflows of that name: which of them is meant can't be told.
    assert [asset.id for asset in index("A/tf", "B/tf", api_names=("tf",)).assets][2:] == ["tf:tf"]


async def test_configured_taskflows_are_watched_where_none_can_be_listed() -> None:
    cloud = Cloud(flows=[flow_row(location="")])
    cloud.objects["TASKFLOW"] = v3_error("V3API_1", "not allowed", 403)
    adapter = await open_adapter(cloud, taskflows=["tf_daily-1"])
    job = await job_of(adapter, "tf:tf_daily-1")
    assert (job.name, job.state, job.run_id) == ("tf_daily-1", State.SUCCEEDED, FLOW_RUN)
    assert any("taskflows can't be listed" in note for note in (await adapter.check()).notes)


@given(
    st.dictionaries(
        st.sampled_from(
            ["assetName", "runId", "status", "startTime", "endTime", "erroredRows", "subtaskDetails"]
        ),
        st.one_of(
            st.none(),
            st.text(max_size=8),
            st.integers(),
            st.floats(),
            st.lists(st.none()),
            st.just({"tasks": 1}),
        ),
    )
)
def test_any_record_of_a_run_can_be_read(record: dict[str, Any]) -> None:
    row = FlowRow.model_validate(record)
    assert isinstance(row.steps, list)


# Trigger


@pytest.mark.parametrize("key", ["RunId", "runId", "runid"])
async def test_a_taskflow_takes_inputs_and_names_its_run(key: str) -> None:
    cloud = Cloud()
    cloud.replies["POST /rt/tf_daily"] = {key: FLOW_RUN}
    adapter = await open_adapter(cloud)
    accepted = await adapter.trigger(key_of(FLOW_ID), {"load_date": "2026-11-20"})
    assert accepted.run_id == FLOW_RUN
    (request,) = cloud.asked("POST", "/rt/tf_daily")
    assert str(request.url) == "https://na1.dm-us.informaticacloud.com/active-bpel/rt/tf_daily"
    assert cloud.sent("POST", "/rt/tf_daily") == [{"load_date": "2026-11-20"}]
    job = await job_of(adapter, FLOW_ID)
    assert (job.state, job.substate, job.run_id) == (State.QUEUED, "accepted", FLOW_RUN)
    cloud.flows.append(flow_row("RUNNING", startTime=at(timedelta(0))))
    assert (await job_of(adapter, FLOW_ID)).state is State.RUNNING
    (run,) = await adapter.list_runs(key_of(FLOW_ID))
    assert (dict(run.params), run.queued_at) == ({"load_date": "2026-11-20"}, START)


async def test_a_run_that_never_shows_up_is_unknown_in_the_end() -> None:
    clock = InstantClock()
    cloud = Cloud()
    cloud.replies["POST /rt/tf_daily"] = {"RunId": FLOW_RUN}
    adapter = await open_adapter(cloud, clock=clock)
    await adapter.trigger(key_of(FLOW_ID), {})
    await clock.sleep(300)
    assert (await job_of(adapter, FLOW_ID)).state is State.QUEUED
    await clock.sleep(400)
    assert (await job_of(adapter, FLOW_ID)).state is State.UNKNOWN


async def test_an_api_name_may_have_a_number_behind_it() -> None:
    cloud = Cloud()
    cloud.replies["POST /rt/tf_daily-2"] = {"RunId": "7"}
    adapter = await open_adapter(cloud, taskflows=["tf_daily-2"])
    assert (await adapter.trigger(key_of(FLOW_ID), {})).run_id == "7"
    with pytest.raises(NotFound, match="API name tf_daily") as caught:
        await (await open_adapter(cloud)).trigger(key_of(FLOW_ID), {})
    assert "taskflows" in caught.value.hint


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(403, json={"code": 403, "description": "not authorized"}), ActionRefused),
        (httpx.Response(500, json={"code": 500, "description": "fault"}), OutcomeUnknown),
        (httpx.Response(200, json=["x"]), OutcomeUnknown),
        (httpx.Response(200, content=b"started"), OutcomeUnknown),
    ],
)
async def test_what_becomes_of_a_start_that_is_not_accepted(
    answer: httpx.Response, error: type[Exception]
) -> None:
    cloud = Cloud()
    cloud.replies["POST /rt/tf_daily"] = answer
    adapter = await open_adapter(cloud)
    with pytest.raises(error):
        await adapter.trigger(key_of(FLOW_ID), {})
    assert len(cloud.asked("POST", "/rt/tf_daily")) == 1


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("unpublished", "it is not published"),
        ("Not published", "it is not published"),
        ("published", ""),
        ("published, and changed since", ""),
        (None, ""),
    ],
)
async def test_what_is_not_published_is_grey(word: str | None, reason: str) -> None:
    cloud = Cloud()
    cloud.objects["TASKFLOW"] = [object_row(customAttributes={"publicationStatus": word})]
    adapter = await open_adapter(cloud)
    job = await job_of(adapter, FLOW_ID)
    assert adapter.reason_against(ActionKind.TRIGGER, job) == reason


async def test_many_runs_that_wait_are_followed_in_turns() -> None:
    old = at(timedelta(hours=20))
    cloud = Cloud(flows=[flow_row("SUSPENDED", str(number), startTime=old) for number in range(45)])
    adapter = await open_adapter(cloud)
    for sweep in range(1, 4):
        await jobs_of(adapter)
        asked = {r.url.path for r in cloud.requests if "/tf/status/" in r.url.path}
        assert len(asked) == min(20 * sweep, 45)


# Stop, resume, rerun


async def test_a_run_is_terminated_by_its_id_in_quotes() -> None:
    cloud = Cloud(flows=[flow_row("RUNNING")])
    cloud.replies["PUT /tf/terminate"] = httpx.Response(200, text="done")
    adapter = await open_adapter(cloud)
    await jobs_of(adapter)
    for is_forced in (False, True):
        assert (await adapter.stop(run_of(FLOW_RUN, FLOW_ID), is_forced=is_forced)).run_id == FLOW_RUN
    assert cloud.sent("PUT", "/tf/terminate") == [{"runid": [FLOW_RUN]}] * 2
    assert (await adapter.stop(run_of("", FLOW_ID))).run_id == FLOW_RUN
    cloud.flows[0]["status"] = "TERMINATED"
    with pytest.raises(ActionRefused, match="ended already"):
        await adapter.stop(run_of(FLOW_RUN, FLOW_ID))
    with pytest.raises(NotFound):
        await adapter.stop(run_of("99", FLOW_ID))
    assert (await job_of(adapter, FLOW_ID)).last_result is State.CANCELLED


async def test_a_run_of_another_taskflow_is_not_touched() -> None:
    cloud = Cloud(flows=[flow_row("RUNNING", location="Other")])
    cloud.objects["TASKFLOW"].append(object_row(OTHER_ID, "Other/tf_daily"))
    adapter = await open_adapter(cloud)
    with pytest.raises(NotFound):
        await adapter.stop(run_of(FLOW_RUN, FLOW_ID))
    assert not cloud.asked("PUT", "/tf/terminate")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(200, html="<html><title>Sign in</title></html>"), OutcomeUnknown),
        (httpx.Response(200, content=b"{broken"), OutcomeUnknown),
        (httpx.Response(403, json={"code": 403, "description": "no"}), ActionRefused),
        (httpx.Response(502), OutcomeUnknown),
    ],
)
async def test_a_terminate_that_is_answered_strangely(answer: httpx.Response, error: type[Exception]) -> None:
    cloud = Cloud(flows=[flow_row("RUNNING")])
    cloud.replies["PUT /tf/terminate"] = answer
    adapter = await open_adapter(cloud)
    with pytest.raises(error):
        await adapter.stop(run_of(FLOW_RUN, FLOW_ID))


async def test_only_what_failed_is_repeated_in_a_suspended_run_and_its_attempt_counts_when_it_shows() -> None:
    memory = DictMemory()
    clock = InstantClock()
    cloud = Cloud(flows=[flow_row("SUSPENDED")])
    cloud.replies[f"PUT /v1/resumeWithFaultRetry/{FLOW_RUN}"] = httpx.Response(204)
    adapter = await open_adapter(cloud, memory=memory, clock=clock)
    await jobs_of(adapter)
    accepted = await adapter.rerun(run_of(FLOW_RUN, FLOW_ID), is_failed_only=True)
    assert accepted.run_id == FLOW_RUN
    assert str(cloud.requests[-1].url).endswith(
        f"/active-bpel/management/runtime/v1/resumeWithFaultRetry/{FLOW_RUN}"
    )
    (run,) = await adapter.list_runs(key_of(FLOW_ID))
    assert (run.key.attempt, run.state) == (1, State.PAUSED)
    cloud.flows[0].update(status="SUSPENDED", updateTime=at(timedelta(seconds=-20)))
    (run,) = await adapter.list_runs(key_of(FLOW_ID))
    assert run.key.attempt == 2
    cloud.flows[0].update(status="RUNNING")
    (run,) = await (await open_adapter(cloud, memory=memory, clock=clock)).list_runs(key_of(FLOW_ID))
    assert (run.key.attempt, run.state, run.queued_at) == (2, State.RUNNING, None)


@pytest.mark.parametrize("status", ["FAILED", "SUCCESS", "RUNNING", "TERMINATED", "ODD"])
async def test_what_is_not_suspended_cannot_be_resumed(status: str) -> None:
    cloud = Cloud(flows=[flow_row(status)])
    adapter = await open_adapter(cloud)
    with pytest.raises(ActionRefused, match="only a suspended run"):
        await adapter.rerun(run_of(FLOW_RUN, FLOW_ID), is_failed_only=True)
    assert not [request for request in cloud.requests if request.method == "PUT"]


async def test_a_whole_rerun_has_the_inputs_of_the_run_as_far_as_they_are_known() -> None:
    cloud = Cloud(flows=[flow_row("FAILED", run_id="5")])
    cloud.replies["POST /rt/tf_daily"] = {"RunId": "6"}
    adapter = await open_adapter(cloud)
    accepted = await adapter.rerun(run_of("5", FLOW_ID))
    assert (accepted.run_id, "without inputs" in accepted.message) == ("6", True)
    cloud.replies["POST /rt/tf_daily"] = {"RunId": "7"}
    await adapter.trigger(key_of(FLOW_ID), {"a": "b"})
    cloud.flows.append(flow_row("FAILED", run_id="7"))
    cloud.replies["POST /rt/tf_daily"] = {"RunId": "8"}
    await adapter.rerun(run_of("7", FLOW_ID))
    assert cloud.sent("POST", "/rt/tf_daily") == [{}, {"a": "b"}, {"a": "b"}]
    with pytest.raises(NotFound):
        await adapter.rerun(run_of("99", FLOW_ID))


async def test_a_run_may_come_as_a_list_or_not_at_all() -> None:
    cloud = Cloud()
    adapter = await open_adapter(cloud)
    for answer, is_there in (
        ([flow_row()], True),
        (flow_row(), True),
        ([], False),
        ({}, False),
        (None, False),
    ):
        cloud.replies[f"GET /tf/status/{FLOW_RUN}"] = answer
        if is_there:
            assert (await adapter.read_raw(key_of(FLOW_ID), run_of(FLOW_RUN, FLOW_ID)))["run"] == flow_row()
        else:
            with pytest.raises(NotFound):
                await adapter.read_raw(key_of(FLOW_ID), run_of(FLOW_RUN, FLOW_ID))


async def test_the_confirmation_shows_the_request() -> None:
    adapter = await open_adapter(Cloud(flows=[flow_row("SUSPENDED")]))
    await jobs_of(adapter)
    run = run_of(FLOW_RUN, FLOW_ID)
    root = "https://na1.dm-us.informaticacloud.com/active-bpel"
    shown = {
        adapter.preview(
            Action(ActionKind.TRIGGER, run.job, params={"a": "b"})
        ): f'POST {root}/rt/tf_daily {{"a": "b"}}',
        adapter.preview(Action(ActionKind.RERUN, run.job, run)): f"POST {root}/rt/tf_daily {{}}",
        adapter.preview(
            Action(ActionKind.RERUN, run.job, run, is_failed_only=True)
        ): f"PUT {root}/management/runtime/v1/resumeWithFaultRetry/{FLOW_RUN}",
        adapter.preview(
            Action(ActionKind.STOP, run.job, run)
        ): f'PUT {root}/services/tf/terminate {{"runid": ["{FLOW_RUN}"]}}',
    }
    assert all(found == expected for found, expected in shown.items())
