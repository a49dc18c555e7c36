"""What an EnOS tells of one run: its tasks, its logs, its records."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.enos_case import (
    FLOW,
    RUN,
    SHANGHAI,
    Call,
    Enos,
    fetched,
    flow_detail,
    graph,
    instance,
    node,
    ok,
    open_adapter,
    refusal,
    task_instance,
    utc,
)
from tui.adapters.enos import log
from tui.adapters.enos.log import Part, Place, chunk
from tui.adapters.enos.raw import HIDDEN
from tui.core.errors import BadAnswer, Forbidden, NotFound, ServerFailed
from tui.core.models import LogChunk
from tui.core.state import State


def with_tasks(*nodes: dict[str, Any], **changes: Any) -> Enos:
    """An EnOS with one instance of these tasks."""
    enos = Enos()
    enos.instances(instance(graph=graph(*nodes), **changes))
    enos.replies["taskInstances.get"] = refusal(62102, "Incorrect parameter.")
    return enos


async def test_the_vendors_own_task_instance_is_read() -> None:
    enos = with_tasks(node(taskInstId="118979-2021020211"))
    enos.replies["taskInstances.get"] = {"code": 0, "msg": "OK", "data": task_instance()}
    (task,) = await (await open_adapter(enos)).list_tasks(RUN)
    assert (task.id, task.name, task.state) == ("118979-2021020211", "DataIntegration", State.SUCCEEDED)
    assert (task.run, task.attempt, task.native_state, task.message) == (RUN, 1, "SUCCESS", "")
    assert task.started_at is not None
    assert task.started_at.astimezone(SHANGHAI).isoformat() == "2021-02-02T19:35:24+08:00"
    assert task.queued_at is not None
    assert task.queued_at <= task.started_at
    assert enos.last("taskInstances.get").query["taskInstId"] == "118979-2021020211"


@pytest.mark.parametrize("is_list", [False, True])
async def test_a_task_instance_may_come_in_a_list(is_list: bool) -> None:
    enos = with_tasks(node())
    data = task_instance(runNum=3, status="-1")
    enos.replies["taskInstances.get"] = ok([data] if is_list else data)
    (task,) = await (await open_adapter(enos)).list_tasks(RUN)
    assert (task.attempt, task.state) == (3, State.FAILED)


async def test_a_graph_is_read_in_both_spellings() -> None:
    enos = with_tasks(
        {"task_name": "load", "task_inst_id": "1-1", "task_id": 1, "do_as": "x"},
        {"taskName": "join", "taskInstId": "2-1", "taskId": "2", "status": 2},
        {"taskName": "mart", "taskId": "3", "status": "NONE"},
        {"status": "SUCCESS"},
        "no task",  # type: ignore[arg-type]
    )
    tasks = await (await open_adapter(enos)).list_tasks(RUN)
    assert [(task.id, task.name, task.state) for task in tasks] == [
        ("1-1", "load", State.NEVER_RUN),
        ("2-1", "join", State.RUNNING),
        ("3", "mart", State.NEVER_RUN),
    ]


@pytest.mark.parametrize("value", [{"tasks": [node()]}, json.dumps({"tasks": json.dumps([node()])})])
async def test_a_graph_may_be_no_string_or_hold_strings(value: Any) -> None:
    enos = Enos()
    enos.instances(instance(graph=value))
    enos.replies["taskInstances.get"] = refusal(62102)
    assert [task.name for task in await (await open_adapter(enos)).list_tasks(RUN)] == ["DataIntegration"]


@pytest.mark.parametrize("value", ['{"tasks":[{"name":"a"b"}]}', None, "", "[]", 7])
async def test_a_graph_that_cannot_be_read_has_no_tasks_and_no_log(value: Any) -> None:
    enos = Enos()
    enos.instances(instance(graph=value))
    adapter = await open_adapter(enos)
    assert await adapter.list_tasks(RUN) == []
    with pytest.raises(NotFound, match="tasks"):
        await adapter.read_log(RUN)
    assert (await adapter.read_raw(FLOW, RUN))["graph"] == value or value == "[]"


async def test_tasks_come_in_the_order_in_which_they_began() -> None:
    enos = with_tasks(node("late", 1), node("early", 2), node("waiting", 3, status="WAIT"))
    starts = {"1": "2026-11-21 21:10:00", "2": "2026-11-21 21:01:00", "3": None}

    def task(call: Call) -> dict[str, Any]:
        number = call.query["taskInstId"].partition("-")[0]
        return ok(
            task_instance(status=2, triggerTime="2026-11-21 21:00:00", startTime=starts[number], endTime=None)
        )

    enos.replies["taskInstances.get"] = task
    tasks = await (await open_adapter(enos)).list_tasks(RUN)
    assert [task.name for task in tasks] == ["early", "late", "waiting"]
    assert tasks[0].started_at == utc(13, 1)


async def test_tasks_that_have_ended_are_asked_for_once() -> None:
    enos = with_tasks(node("a", 1), node("b", 2, status="RUNNING"))
    enos.replies["taskInstances.get"] = lambda call: ok(
        task_instance(status=1 if call.query["taskInstId"].startswith("1-") else 2)
    )
    adapter = await open_adapter(enos)
    await adapter.list_tasks(RUN)
    await adapter.list_tasks(RUN)
    assert fetched(enos.calls, "taskInstances.get") == ["1-2026112113", "2-2026112113", "2-2026112113"]


async def test_a_run_of_another_flow_is_none_of_this_one() -> None:
    enos = with_tasks(node())
    adapter = await open_adapter(enos)
    with pytest.raises(NotFound):
        await adapter.list_tasks(RUN._replace(job_id="7"))


async def test_the_logs_of_all_tasks_follow_each_other_under_their_names() -> None:
    enos = with_tasks(node("load", 1), node("mart", 2))
    enos.replies["taskInstances.getLog"] = lambda call: ok({"log": f"log of {call.query['taskInstId']}\n"})
    told = await (await open_adapter(enos)).read_log(RUN)
    assert told.data.decode() == (
        "=== load (1-2026112113) ===\nlog of 1-2026112113\n=== mart (2-2026112113) ===\nlog of 2-2026112113\n"
    )
    assert told.is_complete


async def test_a_log_is_gone_on_with_where_it_was_left_though_a_later_task_has_begun() -> None:
    enos = with_tasks(
        node("load", 1, status="RUNNING"),
        node("mart", 2, status="RUNNING"),
        status=2,
        statusDesc="RUNNING",
        endTime=None,
    )
    logs = {"1": "one\n", "2": ""}
    enos.replies["taskInstances.getLog"] = lambda call: ok({"log": logs[call.query["taskInstId"][0]]})
    adapter = await open_adapter(enos)
    told = [await adapter.read_log(RUN)]
    for number, text in (
        ("2", "two\n"),
        ("1", "one\nthree, unfini"),
        ("2", "two\nfour\n"),
        ("1", "one\nthree, unfinished\n"),
    ):
        logs[number] = text
        told.append(await adapter.read_log(RUN, told[-1].cursor))
    assert b"".join(piece.data for piece in told).decode() == (
        "=== load (1-2026112113) ===\none\n"
        "=== mart (2-2026112113) ===\ntwo\n"
        "=== load (1-2026112113, continued) ===\nthree, unfini\n"
        "=== mart (2-2026112113, continued) ===\nfour\n"
        "=== load (1-2026112113, continued) ===\nshed\n"
    )
    assert not any(piece.is_restart or piece.is_complete for piece in told)


async def test_a_log_that_was_rewritten_begins_anew_with_all_tasks() -> None:
    enos = with_tasks(node("load", 1), node("mart", 2, status="RUNNING"), status=2, endTime=None)
    logs = {"1": "one\n", "2": "first try\n"}
    enos.replies["taskInstances.getLog"] = lambda call: ok({"log": logs[call.query["taskInstId"][0]]})
    adapter = await open_adapter(enos)
    first = await adapter.read_log(RUN)
    logs["2"] = "second try\n"
    again = await adapter.read_log(RUN, first.cursor)
    assert again.is_restart
    assert again.data == (await adapter.read_log(RUN)).data
    assert b"one\n" in again.data
    after = await adapter.read_log(RUN, again.cursor)
    assert (after.data, after.is_restart) == (b"", False)


async def test_a_log_that_was_read_to_its_end_is_not_fetched_again() -> None:
    enos = with_tasks(node("load", 1), node("mart", 2))
    enos.replies["taskInstances.getLog"] = ok({"log": "done\n"})
    adapter = await open_adapter(enos)
    first = await adapter.read_log(RUN)
    again = await adapter.read_log(RUN, first.cursor)
    assert (again.data, again.is_complete, again.cursor) == (b"", True, first.cursor)
    assert enos.count("taskInstances.getLog") == 2


async def test_a_task_that_is_repeated_while_its_run_goes_on_is_read_on() -> None:
    enos = with_tasks(node("load", 1, status="FAIL"), status=2, endTime=None)
    enos.replies["taskInstances.getLog"] = ok({"log": "try 1\n"})
    adapter = await open_adapter(enos)
    first = await adapter.read_log(RUN)
    enos.replies["taskInstances.getLog"] = ok({"log": "try 1\ntry 2\n"})
    enos.rows[0] |= {"status": -1, "endTime": "2026-11-21 21:09:00"}
    second = await adapter.read_log(RUN, first.cursor)
    assert (second.data, second.is_complete) == (b"try 2\n", True)


@pytest.mark.parametrize("status", [200, 400, 500])
async def test_a_task_without_a_log_yet_is_no_failure(status: int) -> None:
    enos = with_tasks(node("load", 1, status="RUNNING"), status=2, endTime=None)
    enos.replies["taskInstances.getLog"] = httpx.Response(status, json=refusal(62109, "It has no log."))
    told = await (await open_adapter(enos)).read_log(RUN)
    assert (told.data, told.is_complete) == (b"", False)


async def test_a_task_that_has_not_begun_is_not_asked_for_its_log() -> None:
    enos = with_tasks(
        node("load", 1, status="NONE"), node("mart", 2, taskInstId=None), status=2, endTime=None
    )
    assert (await (await open_adapter(enos)).read_log(RUN)).data == b""
    assert enos.count("taskInstances.getLog") == 0


@pytest.mark.parametrize("data", [None, "", [], {}, {"log": None}, {"log": 7}])
async def test_a_log_that_is_none_is_empty(data: Any) -> None:
    enos = with_tasks(node())
    enos.replies["taskInstances.getLog"] = ok(data)
    told = await (await open_adapter(enos)).read_log(RUN)
    assert (told.data, told.is_complete) == (b"", True)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (refusal(62103, "no privilege"), Forbidden),
        (refusal(62102, "Incorrect parameter."), NotFound),
        (refusal(503), ServerFailed),
        (httpx.Response(200, html="<html></html>"), BadAnswer),
    ],
)
async def test_a_log_that_fails_says_why(reply: Any, error: type[Exception]) -> None:
    enos = with_tasks(node())
    enos.replies["taskInstances.getLog"] = reply
    with pytest.raises(error):
        await (await open_adapter(enos)).read_log(RUN)


async def test_a_log_is_read_from_the_beginning_at_a_cursor_that_is_none() -> None:
    enos = with_tasks(node())
    enos.replies["taskInstances.getLog"] = ok({"log": "hi\n"})
    adapter = await open_adapter(enos)
    for cursor in ("12", "{}", '{"parts":[[1]]}', "x", '{"parts":7}', "[]"):
        told = await adapter.read_log(RUN, cursor)
        assert (told.data.splitlines()[-1], told.is_restart) == (b"hi", False)


@given(st.text())
def test_no_cursor_raises(cursor: str) -> None:
    assert isinstance(Place.parse(cursor).marks, dict)


LINES = st.lists(st.sampled_from(["a", "bb", "ä\n", "\n", "long line\n"]), max_size=3).map("".join)
GROWTH = st.lists(st.tuples(st.integers(0, 2), LINES), max_size=12)


def _parts(texts: list[str]) -> list[Part]:
    return [Part(str(number), f"task {number}", text.encode()) for number, text in enumerate(texts)]


def _read(growth: list[tuple[int, str]]) -> tuple[list[str], list[LogChunk]]:
    texts, told = [""] * 3, [chunk(_parts([""] * 3), "", has_ended=False)]
    for number, text in growth:
        texts[number] += text
        told.append(chunk(_parts(texts), told[-1].cursor, has_ended=False))
    return texts, told


@given(GROWTH)
@settings(deadline=None)
def test_growing_logs_lose_and_repeat_nothing(growth: list[tuple[int, str]]) -> None:
    texts, told = _read(growth)
    assert not any(piece.is_restart for piece in told)
    found = {str(number): "" for number in range(3)}
    task = ""
    for line in "".join(piece.data.decode() for piece in told).splitlines():
        if line.startswith("=== task "):
            task = line[9]
        else:
            found[task] += line
    # A line that was interrupted by another task's is broken there, and nowhere else.
    assert found == {str(number): text.replace("\n", "") for number, text in enumerate(texts)}
    assert chunk(_parts(texts), told[-1].cursor, has_ended=True).is_complete


@given(GROWTH, LINES)
@settings(deadline=None)
def test_a_prefix_that_changed_is_always_noticed(growth: list[tuple[int, str]], other: str) -> None:
    texts, told = _read(growth)
    changed = [other, *texts[1:]]
    again = chunk(_parts(changed), told[-1].cursor, has_ended=False)
    assert again.is_restart is not other.startswith(texts[0])
    if again.is_restart:
        assert again.data == chunk(_parts(changed), "", has_ended=False).data


def test_a_huge_log_comes_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "PIECE", 10)
    parts = [Part("1", "one", b"x" * 25, "SUCCESS"), Part("2", "two", b"y" * 5, "SUCCESS")]
    told = [chunk(parts, "", has_ended=True)]
    while not told[-1].is_complete:
        told.append(chunk(parts, told[-1].cursor, has_ended=True))
    whole = b"".join(piece.data for piece in told)
    assert (whole.count(b"x"), whole.count(b"y")) == (25, 5)
    assert not any(piece.is_restart for piece in told)
    assert len(told) > 2


async def test_commands_are_hidden_in_what_is_shown_raw() -> None:
    enos = with_tasks(node())
    mode = json.dumps({"taskMode": 1, "content": "export PW=hunter2"})
    enos.replies["taskInstances.get"] = ok(task_instance(cmd="curl -u ops:hunter2", runMode=mode))
    record = await (await open_adapter(enos)).read_raw(FLOW, RUN)
    assert "hunter2" not in json.dumps(record)
    tasks, shown = record["taskInstances"], record["graph"]
    assert isinstance(tasks, list)
    assert isinstance(shown, dict)
    (task,) = tasks
    assert task["cmd"] == HIDDEN
    assert task["runMode"] == {"taskMode": 1, "content": HIDDEN}
    assert shown["tasks"][0]["taskName"] == "DataIntegration"


async def test_a_run_mode_that_cannot_be_read_is_hidden_when_it_may_hold_a_command() -> None:
    enos = with_tasks(node())
    enos.replies["taskInstances.get"] = ok(task_instance(runMode='{"content":"echo "hunter2""}'))
    record = await (await open_adapter(enos)).read_raw(FLOW, RUN)
    assert "hunter2" not in json.dumps(record)


async def test_the_record_of_a_flow_is_its_own() -> None:
    enos = Enos()
    enos.replies["flows.get"] = ok([flow_detail()])
    adapter = await open_adapter(enos)
    record = await adapter.read_raw(FLOW)
    assert record["parameters"] == [{"key": "path", "value": "/user/demo/"}]
    assert record["flowName"] == "hourly_sync"


async def test_an_answer_without_a_record_is_not_found() -> None:
    enos = Enos()
    enos.replies["flowInstances.get"] = ok([])
    with pytest.raises(NotFound):
        await (await open_adapter(enos)).list_tasks(RUN)
