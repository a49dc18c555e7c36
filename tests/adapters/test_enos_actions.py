"""What changes an EnOS: the requests word for word, what is refused before, and what each code means."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.adapters.enos_case import (
    FLOW,
    RUN,
    SECRET,
    URL,
    Call,
    Enos,
    flow_detail,
    graph,
    instance,
    job_of,
    jobs_of,
    node,
    ok,
    open_adapter,
    refusal,
    task_instance,
)
from tui.adapters.enos.codes import MEANINGS, error_of
from tui.core.errors import (
    ActionRefused,
    BadAnswer,
    Forbidden,
    NightdeckError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    ServerFailed,
    Unauthorized,
    Unreachable,
)
from tui.core.models import Action, ActionKind
from tui.core.state import State

NEW = "2809-20261121140000"


def ready() -> Enos:
    """An EnOS that takes every change."""
    enos = Enos()
    for action in ("trigger", "triggerFromTask", "updateAndTrigger"):
        enos.replies[f"flows.{action}"] = ok({"flowInstanceId": NEW})
    for name in ("flows.enable", "flows.disable", "flowInstances.cancel"):
        enos.replies[name] = ok()
    return enos


async def test_a_trigger_runs_the_flow_now() -> None:
    enos = ready()
    adapter = await open_adapter(enos)
    assert (await adapter.trigger(FLOW, {})).run_id == NEW
    call = enos.last("flows.trigger")
    assert call.request.method == "POST"
    assert list(call.body) == ["flowId", "triggerTime"]
    assert call.body["flowId"] == 2809
    assert abs(call.body["triggerTime"] - enos.clock.now().timestamp() * 1000) < 1000


@pytest.mark.parametrize("flow_id", ["abc", "0012", "²"])
async def test_an_id_that_is_no_number_is_sent_as_text(flow_id: str) -> None:
    enos = ready()
    enos.flows({"flowId": flow_id, "flowName": "x"})
    await (await open_adapter(enos)).trigger(FLOW._replace(id=flow_id), {})
    assert enos.last("flows.trigger").body["flowId"] == flow_id


async def test_parameters_are_sent_with_those_that_stay() -> None:
    enos = ready()
    enos.replies["flows.get"] = ok(
        flow_detail(parameters='[{"key":"path","value":"/a"},{"key":"n","value":"1"}]')
    )
    adapter = await open_adapter(enos)
    accepted = await adapter.trigger(FLOW, {"n": "2", "day": "2026-11-21"})
    assert enos.last("flows.updateAndTrigger").body["parameters"] == [
        {"key": "path", "value": "/a"},
        {"key": "n", "value": "2"},
        {"key": "day", "value": "2026-11-21"},
    ]
    assert accepted.run_id == NEW
    assert "from now on" in accepted.message
    assert enos.count("flows.trigger") == 0


async def test_parameters_of_a_flow_that_cannot_be_read_are_not_overwritten() -> None:
    enos = ready()
    enos.replies["flows.get"] = ok(flow_detail(parameters="{broken"))
    adapter = await open_adapter(enos)
    assert await adapter.list_parameters(FLOW) == []
    with pytest.raises(ActionRefused):
        await adapter.trigger(FLOW, {"n": "2"})
    assert enos.count("flows.updateAndTrigger") == 0


async def test_the_parameters_of_a_flow_are_listed_with_their_values() -> None:
    (parameter,) = await (await open_adapter(ready())).list_parameters(FLOW)
    assert (parameter.name, parameter.default) == ("path", "/user/demo/")


@pytest.mark.parametrize("data", [{"flowInstanceId": NEW}, [{"flowInstanceId": NEW}], NEW])
async def test_the_new_run_is_named_in_several_ways(data: Any) -> None:
    enos = ready()
    enos.replies["flows.trigger"] = ok(data)
    assert (await (await open_adapter(enos)).trigger(FLOW, {})).run_id == NEW


async def test_a_success_that_names_no_run_is_a_success() -> None:
    enos = ready()
    enos.replies["flows.trigger"] = ok(None)
    assert (await (await open_adapter(enos)).trigger(FLOW, {})).run_id == ""


async def test_a_rerun_is_a_new_run() -> None:
    enos = ready()
    enos.instances(instance(status=-1))
    accepted = await (await open_adapter(enos)).rerun(RUN)
    assert accepted.run_id == NEW
    assert set(enos.last("flows.trigger").body) == {"flowId", "triggerTime"}


async def test_a_rerun_of_what_failed_begins_at_the_first_task_that_did() -> None:
    enos = ready()
    nodes = (
        node("load", 1),
        node("second", 2, status="FAIL"),
        node("first", 3, status="TIMEOUT"),
        node("rest", 4, status="NONE"),
    )
    enos.instances(instance(status=-1, graph=graph(*nodes)))
    starts = {"2": "2021-02-02 19:40:00", "3": "2021-02-02 19:36:00"}
    enos.replies["taskInstances.get"] = lambda call: ok(
        task_instance(startTime=starts[call.query["taskInstId"][0]], status=-1)
    )
    accepted = await (await open_adapter(enos)).rerun(RUN, is_failed_only=True)
    body = enos.last("flows.triggerFromTask").body
    assert (body["flowId"], body["taskId"]) == (2809, 3)
    assert body["triggerTime"] > 0
    assert (accepted.run_id, enos.count("flows.trigger")) == (NEW, 0)
    assert "first" in accepted.message


@pytest.mark.parametrize(
    "value", [graph(node()), graph(), graph({"taskName": "x", "status": "FAIL"}), "{broken"]
)
async def test_a_rerun_of_what_failed_is_refused_when_nothing_did(value: str) -> None:
    enos = ready()
    enos.instances(instance(graph=value))
    adapter = await open_adapter(enos)
    with pytest.raises(ActionRefused) as raised:
        await adapter.rerun(RUN, is_failed_only=True)
    assert "rerun the whole flow" in raised.value.hint
    assert enos.count("flows.triggerFromTask") == 0


@pytest.mark.parametrize("is_forced", [False, True])
async def test_a_stop_cancels_the_instance(is_forced: bool) -> None:
    enos = ready()
    enos.instances(instance(status=2, endTime=None))
    await (await open_adapter(enos)).stop(RUN, is_forced=is_forced)
    assert enos.last("flowInstances.cancel").body == {"flowInstId": RUN.run_id}


async def test_a_run_that_has_ended_is_not_cancelled() -> None:
    enos = ready()
    enos.instances(instance())
    with pytest.raises(ActionRefused, match="succeeded"):
        await (await open_adapter(enos)).stop(RUN)
    assert enos.count("flowInstances.cancel") == 0


async def test_a_run_of_another_flow_is_not_cancelled() -> None:
    enos = ready()
    enos.instances(instance(status=2, flowId=7))
    with pytest.raises(NotFound):
        await (await open_adapter(enos)).stop(RUN)
    assert enos.count("flowInstances.cancel") == 0


async def test_a_schedule_is_switched_off_and_on_and_seen_at_once() -> None:
    enos = ready()
    active = {"now": 1}

    def switch(call: Call) -> dict[str, Any]:
        assert call.body == {"flowId": 2809}
        active["now"] = int(call.query["action"] == "enable")
        return ok()

    enos.replies["flows.enable"] = enos.replies["flows.disable"] = switch
    enos.replies["flows.get"] = lambda _: ok(flow_detail(active=active["now"]))
    adapter = await open_adapter(enos)
    assert not (await job_of(adapter)).is_held
    await adapter.hold(FLOW)
    assert (await job_of(adapter)).is_held
    await adapter.release(FLOW)
    assert not (await job_of(adapter)).is_held


async def test_a_schedule_that_was_switched_off_counts_as_off_when_nobody_can_look() -> None:
    enos = ready()
    adapter = await open_adapter(enos)
    await jobs_of(adapter)
    enos.replies["flows.get"] = refusal(62109)
    await adapter.hold(FLOW)
    job = await job_of(adapter)
    assert (job.is_held, job.state, job.substate) == (True, State.NEVER_RUN, "schedule disabled")


async def test_nothing_is_done_to_a_flow_that_is_not_listed() -> None:
    enos = ready()
    adapter = await open_adapter(enos)
    unknown = FLOW._replace(id="9")
    for change in (adapter.trigger(unknown, {}), adapter.hold(unknown), adapter.release(unknown)):
        with pytest.raises(NotFound):
            await change
    assert not any(call.request.method == "POST" for call in enos.calls)


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"locked": True}, "flow is locked"), ({"isUserLocked": "true"}, "user is locked"), ({}, "")],
)
async def test_a_lock_is_a_reason_against_everything(changes: dict[str, Any], words: str) -> None:
    enos = ready()
    enos.replies["flows.get"] = ok(flow_detail(**changes))
    adapter = await open_adapter(enos)
    job = await job_of(adapter)
    for kind in (ActionKind.TRIGGER, ActionKind.RERUN, ActionKind.HOLD, ActionKind.RELEASE):
        reason = adapter.reason_against(kind, job)
        assert words in reason if words else reason == ""


async def test_what_does_not_run_cannot_be_stopped() -> None:
    enos = ready()
    adapter = await open_adapter(enos)
    assert adapter.reason_against(ActionKind.STOP, await job_of(adapter)) == "it is not running"
    enos.instances(instance(status=2, endTime=None, triggerTime="2026-11-21 21:59:00"))
    await enos.clock.sleep(15)
    assert adapter.reason_against(ActionKind.STOP, await job_of(adapter)) == ""


@pytest.mark.parametrize(
    ("action", "parts"),
    [
        (
            Action(ActionKind.TRIGGER, FLOW),
            ["flows (action=trigger)", '"flowId": 2809', '"triggerTime": "<now>"'],
        ),
        (
            Action(ActionKind.TRIGGER, FLOW, params={"n": "2"}),
            [
                "flows (action=updateAndTrigger)",
                '{"key": "n", "value": "2"}',
                "changes the parameters of the flow",
            ],
        ),
        (Action(ActionKind.RERUN, FLOW, RUN), ["flows (action=trigger)"]),
        (
            Action(ActionKind.RERUN, FLOW, RUN, is_failed_only=True),
            ["flows (action=triggerFromTask)", RUN.run_id],
        ),
        (
            Action(ActionKind.STOP, FLOW, RUN),
            ["flowInstances (action=cancel)", f'{{"flowInstId": "{RUN.run_id}"}}'],
        ),
        (Action(ActionKind.STOP, FLOW), ["<newest run>"]),
        (Action(ActionKind.HOLD, FLOW), ["flows (action=disable)", '{"flowId": 2809}']),
        (Action(ActionKind.RELEASE, FLOW), ["flows (action=enable)"]),
    ],
)
async def test_a_preview_is_the_request_without_secrets(action: Action, parts: list[str]) -> None:
    preview = (await open_adapter(ready())).preview(action)
    assert preview.startswith(f"POST {URL}/batch-processing-service/v2.1/")
    assert [part for part in parts if part not in preview] == []
    assert SECRET not in preview


@pytest.mark.parametrize(
    ("code", "read", "change"),
    [
        (62101, Unauthorized, Unauthorized),
        (62102, NotFound, NotFound),
        (62103, Forbidden, Forbidden),
        (62104, BadAnswer, ActionRefused),
        (62105, BadAnswer, ActionRefused),
        (62109, ServerFailed, OutcomeUnknown),
        (1001, Unauthorized, Unauthorized),
        (1002, Unauthorized, Unauthorized),
        (1003, Unauthorized, Unauthorized),
        (1004, Unauthorized, Unauthorized),
        (1005, ServerFailed, OutcomeUnknown),
        (1202, Unauthorized, Unauthorized),
        (1203, Unauthorized, Unauthorized),
        (1204, Unauthorized, Unauthorized),
        (401, Unauthorized, Unauthorized),
        (403, Forbidden, Forbidden),
        (404, BadAnswer, ActionRefused),
        (405, BadAnswer, ActionRefused),
        (429, RateLimited, RateLimited),
        (497, Unauthorized, Unauthorized),
        (498, Forbidden, Forbidden),
        (500, ServerFailed, OutcomeUnknown),
        (503, ServerFailed, OutcomeUnknown),
        (504, ServerFailed, OutcomeUnknown),
        (31337, BadAnswer, ActionRefused),
    ],
)
def test_each_code_has_an_error_that_says_what_to_do(
    code: int, read: type[NightdeckError], change: type[NightdeckError]
) -> None:
    for is_change, expected in ((False, read), (True, change)):
        error = error_of(code, "said so", is_change=is_change)
        assert isinstance(error, expected)
        assert error.hint
        assert f"({code}): said so" in error.message
        assert MEANINGS.get(code, "nightdeck doesn't know") in error.message


def test_a_bad_parameter_of_a_call_without_an_id_is_no_missing_thing() -> None:
    assert isinstance(error_of(62102, "invalid sorter", names_id=False), BadAnswer)
    assert isinstance(error_of(62102, "invalid sorter", names_id=False, is_change=True), ActionRefused)
    assert isinstance(error_of(62102, "Flow not found", names_id=False, is_change=True), NotFound)


@pytest.mark.parametrize("version", ["code", "status"])
@pytest.mark.parametrize("status", [200, 400])
async def test_a_refused_trigger_says_why(version: str, status: int) -> None:
    enos = ready()
    enos.replies["flows.trigger"] = httpx.Response(status, json={version: 62104, "msg": "flow has no task"})
    with pytest.raises(ActionRefused, match="flow has no task"):
        await (await open_adapter(enos)).trigger(FLOW, {})


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (httpx.Response(500, json=refusal(62104)), OutcomeUnknown),
        (httpx.Response(502, html="<html></html>"), OutcomeUnknown),
        (httpx.Response(200, html="<html></html>"), OutcomeUnknown),
        (httpx.Response(200, text="{"), OutcomeUnknown),
        (httpx.Response(200, json={"data": NEW}), OutcomeUnknown),
        (httpx.Response(429, json={"status": 429}, headers={"retry-after": "7"}), RateLimited),
        (httpx.Response(403, json={"status": 498}), Forbidden),
        (httpx.Response(404, text="no route"), NotFound),
        (httpx.Response(400, text="bad"), ActionRefused),
    ],
)
async def test_an_answer_to_a_trigger_that_is_no_success(
    reply: httpx.Response, error: type[NightdeckError]
) -> None:
    enos = ready()
    enos.replies["flows.trigger"] = reply
    with pytest.raises(error):
        await (await open_adapter(enos)).trigger(FLOW, {})
    assert enos.count("flows.trigger") == 1


async def test_an_answer_that_is_lost_leaves_the_outcome_open() -> None:
    enos = ready()
    adapter = await open_adapter(enos)
    await jobs_of(adapter)

    def lose(call: Call) -> dict[str, Any]:
        raise httpx.ReadError("reset", request=call.request)

    enos.replies["flows.trigger"] = lose
    with pytest.raises(OutcomeUnknown):
        await adapter.trigger(FLOW, {})

    def refuse(call: Call) -> dict[str, Any]:
        raise httpx.ConnectError("refused", request=call.request)

    enos.replies["flows.trigger"] = refuse
    with pytest.raises(Unreachable):
        await adapter.trigger(FLOW, {})
    assert enos.count("flows.trigger") == 2


@pytest.mark.parametrize("status", [200, 429])
async def test_too_many_requests_are_obeyed(status: int) -> None:
    enos = ready()
    enos.replies["flows.getMyFlow"] = httpx.Response(
        status, json={"status": 429}, headers={"retry-after": "60"}
    )
    with pytest.raises(RateLimited) as raised:
        await jobs_of(await open_adapter(enos))
    assert raised.value.retry_after_s == (60 if status == 429 else None)


async def test_a_read_that_fails_for_a_moment_is_sent_again() -> None:
    enos = ready()
    answers: list[Any] = [ok([]), httpx.Response(503, json={"status": 503})]
    enos.replies["flows.getMyFlow"] = lambda _: answers.pop()
    assert await jobs_of(await open_adapter(enos)) == []
    assert answers == []


async def test_nothing_is_ever_deleted() -> None:
    adapter = await open_adapter(ready())
    assert not adapter.can(ActionKind.DELETE)
    assert "deletes no flows" in adapter.reason_against(ActionKind.DELETE, await job_of(adapter))
