"""Logs and steps of Informatica: text or archive, one or many, and only of what has ended."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.informatica_case import (
    CODE_JOB,
    FLOW_ID,
    FLOW_RUN,
    TASK_ID,
    Cloud,
    flow_row,
    key_of,
    log_row,
    monitor_row,
    open_adapter,
    run_of,
    task_row,
    v2_error,
)
from tests.support.context import InstantClock
from tui.adapters.informatica.logs import after
from tui.core.errors import BadAnswer, NotFound
from tui.core.state import State

TEXT = b"DIRECTOR> VAR_27028 Use override value\n11/21/2026 08:01:15 session ended\n"
ENTRY = "00AB12C1000000000017"
WORKFLOW_ID = "00AB120N000000000004"


def zipped(**members: bytes) -> httpx.Response:
    """An archive that says that it is text."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return httpx.Response(200, content=body.getvalue(), headers={"content-type": "text/plain"})


def text(data: bytes = TEXT) -> httpx.Response:
    """A text that says that it is an archive."""
    return httpx.Response(200, content=data, headers={"content-type": "application/zip;charset=UTF-8"})


def child(item: int, **changes: Any) -> dict[str, Any]:
    """A step in the log."""
    return {
        "id": str(item),
        "type": "MTT",
        "objectName": "",
        "runId": 17,
        "state": 1,
        "entries": [],
        **changes,
    }


async def test_the_log_of_a_task_is_text_whatever_it_says_of_itself() -> None:
    cloud = Cloud(log=[log_row(17)])
    cloud.replies[f"GET /{ENTRY}/sessionLog"] = text()
    chunk = await (await open_adapter(cloud)).read_log(run_of(17))
    assert (chunk.data, chunk.is_complete, chunk.is_restart) == (TEXT, True, False)
    (request,) = cloud.asked("GET", "sessionLog")
    assert (request.url.path, dict(request.url.params)) == (
        f"/saas/api/v2/activity/activityLog/{ENTRY}/sessionLog",
        {},
    )


async def test_an_archive_is_unpacked_whatever_it_says_of_itself() -> None:
    cloud = Cloud(log=[log_row(17)])
    adapter = await open_adapter(cloud)
    cloud.replies[f"GET /{ENTRY}/sessionLog"] = zipped(**{"MTT/s_mtt_x_3.log": TEXT})
    assert (await adapter.read_log(run_of(17))).data == TEXT
    cloud.replies[f"GET /{ENTRY}/sessionLog"] = zipped(**{"one.log": b"1", "two.log": b"2\n"})
    assert (await adapter.read_log(run_of(17))).data == b"### one.log\n1\n### two.log\n2\n"


async def test_a_broken_archive_and_a_web_page_are_no_logs() -> None:
    cloud = Cloud(log=[log_row(17)])
    adapter = await open_adapter(cloud)
    for answer in (
        text(b"PK\x03\x04broken"),
        httpx.Response(200, html="<html><title>Sign in</title></html>"),
    ):
        cloud.replies[f"GET /{ENTRY}/sessionLog"] = answer
        with pytest.raises(BadAnswer):
            await adapter.read_log(run_of(17))


async def test_a_run_that_goes_on_has_no_log_yet() -> None:
    cloud = Cloud(monitor=[monitor_row(18)])
    adapter = await open_adapter(cloud)
    chunk = await adapter.read_log(run_of(18))
    assert (chunk.data, chunk.is_complete, chunk.cursor) == (b"", False, "")
    assert not cloud.asked("GET", "sessionLog")
    with pytest.raises(NotFound):
        await adapter.read_log(run_of(99))


async def test_a_run_in_the_gap_has_no_log_yet() -> None:
    cloud = Cloud(monitor=[monitor_row(18)])
    adapter = await open_adapter(cloud)
    await adapter.list_runs(key_of())
    cloud.monitor.clear()
    assert not (await adapter.read_log(run_of(18))).is_complete


async def test_a_run_without_a_log_says_so() -> None:
    cloud = Cloud(log=[log_row(17, 3)])
    cloud.replies[f"GET /{ENTRY}/sessionLog"] = v2_error("APP_13404", "no session log")
    with pytest.raises(NotFound, match="no session log"):
        await (await open_adapter(cloud)).read_log(run_of(17))


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        (text(b"row;error\n7;too long"), b"### rejected rows\nrow;error\n7;too long\n"),
        (v2_error(), b""),
        (httpx.Response(404, html="<html>Resource not found.</html>"), b""),
        (httpx.Response(200, content=b""), b""),
    ],
)
async def test_rejected_rows_follow_where_there_are_any(answer: httpx.Response, end: bytes) -> None:
    cloud = Cloud(log=[log_row(17, 2, failedTargetRows=22)])
    cloud.replies[f"GET /{ENTRY}/sessionLog"] = text()
    cloud.replies[f"GET /errorLog/{ENTRY}"] = answer
    assert (await (await open_adapter(cloud)).read_log(run_of(17))).data == TEXT + end


async def test_no_rejected_rows_are_asked_for_where_none_were_rejected() -> None:
    cloud = Cloud(log=[log_row(17, 3)])
    cloud.replies[f"GET /{ENTRY}/sessionLog"] = text()
    await (await open_adapter(cloud)).read_log(run_of(17))
    assert not cloud.asked("GET", f"errorLog/{ENTRY}")


async def test_a_linear_taskflow_has_a_log_for_each_session() -> None:
    entries = [
        child(31, objectName="mt_one", entries=[child(311), child(312)]),
        child(32, logEntryItemAttrs={"Session Log File Name": "s_two.log"}),
        child(33),
        child(34, id=None),
    ]
    row = log_row(17, type="WORKFLOW", objectId=WORKFLOW_ID, entries=entries)
    cloud = Cloud(log=[row], workflows=[task_row(WORKFLOW_ID, "LT_daily")])

    def session(request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        if query == {"itemId": "33"}:
            return v2_error("APP_13404", "no log")
        return text(repr(sorted(query.items())).encode())

    cloud.replies[f"GET /{ENTRY}/sessionLog"] = session
    adapter = await open_adapter(cloud)
    chunk = await adapter.read_log(run_of(17, WORKFLOW_ID))
    parts = chunk.data.decode().split("### ")[1:]
    assert [part.split("\n")[0] for part in parts] == ["mt_one", "mt_one", "s_two.log", "MTT 33"]
    assert "('childItemId', '311'), ('itemId', '31')" in parts[0]
    assert "('childItemId', '312')" in parts[1]
    assert parts[2] == "s_two.log\n[('itemId', '32')]\n"
    assert "no log" in parts[3]
    tasks = await adapter.list_tasks(run_of(17, WORKFLOW_ID))
    assert [(task.id, task.name, task.state) for task in tasks] == [
        ("31", "mt_one", State.SUCCEEDED),
        ("32", "s_two.log", State.SUCCEEDED),
        ("33", "MTT 33", State.SUCCEEDED),
        ("#3", "MTT", State.SUCCEEDED),
    ]


async def test_the_steps_of_a_run_under_way_come_from_the_monitor() -> None:
    entries = [{"id": "1", "type": "MTT", "taskName": "mt_one", "executionState": "RUNNING", "runId": 3}]
    cloud = Cloud(monitor=[monitor_row(18, entries=entries)])
    adapter = await open_adapter(cloud)
    (task,) = await adapter.list_tasks(run_of(18))
    assert (task.name, task.state, task.native_state) == ("mt_one", State.RUNNING, "RUNNING")
    assert cloud.asked("GET", "activityMonitor")[-1].url.params["details"] == "true"
    with pytest.raises(NotFound):
        await adapter.list_tasks(run_of(99))


def steps(*tasks: dict[str, Any]) -> dict[str, Any]:
    """The sub-tasks of a run of a taskflow."""
    return {"details": {"tasks": list(tasks)}}


def step(
    name: str = "mt_customers", run_id: str = "17", status: str = "SUCCESS", **changes: Any
) -> dict[str, Any]:
    """One of them."""
    told = {"assetName": name, "assetType": "MTT", "runId": run_id, "status": status, "errorMessage": ""}
    return {**told, "startTime": "2026-11-21T13:00:00Z", "endTime": "2026-11-21T13:01:15Z", **changes}


async def test_a_taskflow_has_the_logs_of_its_sub_tasks() -> None:
    cloud = Cloud(log=[log_row(17)])
    cloud.replies[f"GET /{ENTRY}/sessionLog"] = text()
    sub = steps(
        step(),
        step("mt_gone", "3", "FAILED", errorMessage="no such table"),
        step("notify", "", assetType="X"),
    )
    cloud.flows = [flow_row("FAILED", subtaskDetails=sub, errorMessage="mt_gone failed")]
    adapter = await open_adapter(cloud)
    chunk = await adapter.read_log(run_of(FLOW_RUN, FLOW_ID))
    assert chunk.is_complete
    assert chunk.data.decode() == (
        "### mt_customers (MTT, run 17): SUCCESS\n"
        + TEXT.decode()
        + "### mt_gone (MTT, run 3): FAILED\nno such table\n"
        + "### notify (X, run ): SUCCESS\nits session log was not found\n"
        + "### tf_daily: FAILED\nmt_gone failed\n"
    )
    found = await adapter.list_tasks(run_of(FLOW_RUN, FLOW_ID))
    assert [(task.name, task.state, task.message) for task in found] == [
        ("mt_customers", State.SUCCEEDED, ""),
        ("mt_gone", State.FAILED, "no such table"),
        ("notify", State.SUCCEEDED, ""),
    ]
    assert len({task.id for task in found}) == 3


async def test_the_log_of_a_sub_task_may_come_later_than_the_end_of_the_taskflow() -> None:
    clock = InstantClock()
    ends = {"startTime": "2026-11-21T13:58:00Z", "endTime": "2026-11-21T13:59:30Z"}
    cloud = Cloud(
        log=[log_row(17)], flows=[flow_row(subtaskDetails=steps(step(), step(run_id="18")), **ends)]
    )
    cloud.replies[f"GET /{ENTRY}/sessionLog"] = text()
    adapter = await open_adapter(cloud, clock=clock)
    first = await adapter.read_log(run_of(FLOW_RUN, FLOW_ID))
    assert (first.data.endswith(TEXT), first.is_complete) == (True, False)
    cloud.log.insert(0, log_row(18))
    cloud.replies["GET /00AB12C1000000000018/sessionLog"] = text(b"second\n")
    rest = await adapter.read_log(run_of(FLOW_RUN, FLOW_ID), first.cursor)
    assert (rest.data, rest.is_complete, rest.is_restart) == (
        b"### mt_customers (MTT, run 18): SUCCESS\nsecond\n",
        True,
        False,
    )
    cloud.log.pop(0)
    await clock.sleep(700)
    chunk = await adapter.read_log(run_of(FLOW_RUN, FLOW_ID))
    assert (b"was not found" in chunk.data, chunk.is_complete) == (True, True)


async def test_of_two_tasks_with_one_name_the_run_that_began_then_is_meant() -> None:
    other = "00AB120Z00000000002S"
    cloud = Cloud(
        log=[log_row(17, startTimeUtc="2026-11-20T13:00:00Z"), log_row(17, id="right", objectId=other)]
    )
    cloud.tasks["MTT"].append(task_row(other))
    cloud.replies["GET /right/sessionLog"] = text(b"right\n")
    cloud.flows = [flow_row(subtaskDetails=steps(step()))]
    chunk = await (await open_adapter(cloud)).read_log(run_of(FLOW_RUN, FLOW_ID))
    assert chunk.data.endswith(b"SUCCESS\nright\n")


async def test_a_taskflow_that_goes_on_has_no_log_and_a_suspended_one_may_get_more() -> None:
    cloud = Cloud(log=[log_row(17)], flows=[flow_row("RUNNING", subtaskDetails=steps(step()))])
    cloud.replies[f"GET /{ENTRY}/sessionLog"] = text()
    adapter = await open_adapter(cloud)
    run = run_of(FLOW_RUN, FLOW_ID)
    chunk = await adapter.read_log(run)
    assert (chunk.data, chunk.is_complete) == (b"", False)
    cloud.flows[0]["status"] = "SUSPENDED"
    chunk = await adapter.read_log(run)
    assert (TEXT in chunk.data, chunk.is_complete) == (True, False)
    cloud.flows[0].update(status="SUCCESS", subtaskDetails=steps(step(), step("mt_two", "1")))
    chunk = await adapter.read_log(run, chunk.cursor)
    assert (chunk.data, chunk.is_complete, chunk.is_restart) == (
        b"### mt_two (MTT, run 1): SUCCESS\nits session log was not found\n",
        True,
        False,
    )
    with pytest.raises(NotFound):
        await adapter.read_log(run_of("99", FLOW_ID))
    with pytest.raises(NotFound):
        await adapter.list_tasks(run_of("99", FLOW_ID))


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("logservice/api/v1/jobs/x/logs", "/logservice/api/v1/jobs/x/logs"),
        ("logservice/api/v1//jobs/x/logs", "/logservice/api/v1/jobs/x/logs"),
        ("/logservice//api/v1/jobs/x/logs", "/logservice/api/v1/jobs/x/logs"),
        ("https://na1.dm-us.informaticacloud.com/logservice//x", "/logservice/x"),
    ],
)
async def test_the_log_of_a_code_task_is_where_its_answer_says(url: str, path: str) -> None:
    cloud = Cloud(code={CODE_JOB: {"status": "SUCCESS", "sessionLogUrl": url}})
    cloud.replies["POST /CodeTask/Start"] = {"jobId": CODE_JOB}
    cloud.replies[f"GET {path}"] = zipped(**{"driver.log": TEXT})
    adapter = await open_adapter(cloud, code_tasks=[477])
    await adapter.trigger(key_of("code:477"), {})
    chunk = await adapter.read_log(run_of(CODE_JOB, "code:477"))
    assert (chunk.data, chunk.is_complete) == (TEXT, True)
    assert cloud.requests[-1].headers["IDS-SESSION-ID"] == "session-id-number-1"
    assert await adapter.list_tasks(run_of(CODE_JOB, "code:477")) == []
    for read in (adapter.read_log, adapter.list_tasks):
        with pytest.raises(NotFound):
            await read(run_of("other", "code:477"))


async def test_a_code_task_that_goes_on_or_tells_no_log_has_none_and_strangers_get_no_session() -> None:
    cloud = Cloud(code={CODE_JOB: {"status": "RUNNING", "sessionLogUrl": "logservice/x"}})
    cloud.replies["POST /CodeTask/Start"] = {"jobId": CODE_JOB}
    adapter = await open_adapter(cloud, code_tasks=[477])
    await adapter.trigger(key_of("code:477"), {})
    run = run_of(CODE_JOB, "code:477")
    assert not (await adapter.read_log(run)).is_complete
    cloud.code[CODE_JOB] = {"status": "SUCCESS", "sessionLogUrl": "https://evil.example.com/logs"}
    with pytest.raises(BadAnswer):
        await adapter.read_log(run)
    cloud.code[CODE_JOB] = {"status": "SUCCESS", "sessionLogUrl": None}
    with pytest.raises(NotFound):
        await adapter.read_log(run)
    assert {request.url.host for request in cloud.requests} == {
        "dm-us.informaticacloud.com",
        "na1.dm-us.informaticacloud.com",
    }


@given(st.binary(max_size=50), st.integers(0, 60), st.text(max_size=12))
def test_a_log_goes_on_where_it_was_left_and_begins_anew_when_it_is_another(
    data: bytes, cut: int, odd: str
) -> None:
    cut = min(cut, len(data))
    begun = after(data[:cut], "", is_complete=False)
    rest = after(data, begun.cursor, is_complete=True)
    assert (begun.data + rest.data, rest.is_restart) == (data, False)
    assert after(data, rest.cursor, is_complete=True).data == b""
    other = after(b"x" + data, begun.cursor, is_complete=True)
    assert other.is_restart == (cut > 0 and (b"x" + data)[:cut] != data[:cut])
    assert after(data, odd, is_complete=True).data in {data, data[cut:], b""} or odd


async def test_the_task_id_is_what_the_log_is_asked_for() -> None:
    cloud = Cloud(log=[log_row(17)])
    cloud.replies[f"GET /{ENTRY}/sessionLog"] = text()
    await (await open_adapter(cloud)).read_log(run_of(17))
    query = dict(cloud.asked("GET", "activityLog")[0].url.params)
    assert (query["taskId"], query["runId"]) == (TASK_ID, "17")
