"""The MetaServlet's envelope: credentials, return codes, and bodies that are not what they should be."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import traceback
from typing import Any

import httpx
import pytest

from tests.adapters.talend_case import (
    SECRET,
    TASK,
    URL,
    Tac,
    job_of,
    jobs_of,
    ok,
    open_adapter,
    refusal,
    row,
    run_of,
)
from tui.adapters.talend.codes import MEANINGS, error_of
from tui.core.errors import (
    ActionRefused,
    BadAnswer,
    ConfigError,
    Forbidden,
    NightdeckError,
    NotFound,
    OutcomeUnknown,
    ServerFailed,
    Unauthorized,
)
from tui.core.models import Action, ActionKind
from tui.core.redaction import Redactor


async def test_a_request_is_base64_json_in_plain_sight_of_the_server() -> None:
    tac = Tac(runTask=ok(execRequestId="1795269600123_a1B2c"))
    adapter = await open_adapter(tac)
    await adapter.trigger(TASK, {"load_date": "2026-11-21 00:00:00"})
    query = tac.requests[0].url.query
    assert tac.requests[0].method == "GET"
    assert str(tac.requests[0].url).startswith(f"{URL}/metaServlet?")
    assert list(json.loads(base64.b64decode(query, validate=True)).items()) == [
        ("actionName", "runTask"),
        ("authUser", "ops@example.com"),
        ("authPass", SECRET),
        ("context", {"load_date": "2026-11-21 00:00:00"}),
        ("mode", "asynchronous"),
        ("taskId", "41"),
    ]


@pytest.mark.parametrize("suffix", ["", "/", "/metaServlet", "/metaServlet/"])
async def test_the_address_may_end_in_different_ways(suffix: str) -> None:
    tac = Tac()
    tac.tasks(row())
    await job_of(await open_adapter(tac, url=URL + suffix))
    assert tac.requests[0].url.path == "/org.talend.administrator/metaServlet"


@pytest.mark.parametrize(
    ("code", "text", "read", "change"),
    [
        (1, "", ServerFailed, OutcomeUnknown),
        (1, "the task is still processing", ServerFailed, ActionRefused),
        (1, "Cannot find task with id=9999", NotFound, NotFound),
        (2, "", BadAnswer, ActionRefused),
        (3, "", Unauthorized, Unauthorized),
        (4, "", Forbidden, Forbidden),
        (5, "", NotFound, NotFound),
        (5, "Cannot find task with id=9999", NotFound, NotFound),
        (5, "mode is missing", BadAnswer, ActionRefused),
        (6, "", ServerFailed, OutcomeUnknown),
        (7, "", Forbidden, Forbidden),
        (30, "job server is down", BadAnswer, ActionRefused),
        (31, "", ServerFailed, OutcomeUnknown),
        (32, "", Forbidden, Forbidden),
        (33, "", BadAnswer, ActionRefused),
        (79, 'No task with this label "x"', NotFound, NotFound),
        (170, "", BadAnswer, ActionRefused),
        (180, "", BadAnswer, ActionRefused),
        (220, "", NotFound, NotFound),
        (225, "", BadAnswer, ActionRefused),
        (226, "", BadAnswer, ActionRefused),
        (230, "", BadAnswer, ActionRefused),
        (161, "", BadAnswer, ActionRefused),
        (-1, "", BadAnswer, ActionRefused),
    ],
)
async def test_every_return_code_is_a_clear_error(
    code: int, text: str, read: type[NightdeckError], change: type[NightdeckError]
) -> None:
    tac = Tac(listTasks=refusal(code, text), getTasksRelatedToJobs=refusal(code, text))
    tac.replies["stopTask"] = tac.replies["requestPauseTriggers"] = refusal(code, text)
    adapter = await open_adapter(tac)
    with pytest.raises(read) as failed:
        await jobs_of(adapter)
    with pytest.raises(change) as refused:
        await (await open_adapter(tac)).hold(TASK)
    for error in (failed.value, refused.value):
        assert f"returnCode {code}" in error.message
        assert text in error.message
        assert error.hint
    assert tac.count("requestPauseTriggers") == 1


@pytest.mark.parametrize("code", sorted(MEANINGS))
def test_every_code_has_words(code: int) -> None:
    assert MEANINGS[code] in error_of(code, "", is_change=False).message


async def test_a_wrong_password_costs_one_attempt() -> None:
    tac = Tac(listTasks=refusal(3, "Authentication error"), taskLog=ok(result=""))
    adapter = await open_adapter(tac)
    asked = (jobs_of(adapter), jobs_of(adapter), adapter.list_runs(TASK), adapter.check())
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unauthorized] * 4
    assert "Authentication error" in str(answers[0])
    with pytest.raises(Unauthorized):
        await adapter.trigger(TASK, {})
    assert len(tac.asked) == 1


async def test_a_log_that_quotes_a_refusal_is_no_refusal() -> None:
    text = 'answer was {"returnCode":3}'
    tac = Tac(taskLog=ok(result=text), getTaskStatus=ok(status="READY_TO_RUN"))
    tac.tasks(row(lastRunDate="2026-11-21 13:00:00.000", lastEndedRunDate="2026-11-21 13:00:10.000"))
    adapter = await open_adapter(tac)
    job = await job_of(adapter)
    assert (await adapter.read_log(run_of(job.run_id))).data.decode() == text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"ERROR: the database is gone", "ERROR: the database is gone"),
        (b"error while loading", "error while loading"),
        (b"<html><title>Sign in</title></html>", "web page"),
        (b"{taskId: 41", "no JSON"),
        (b"[1, 2]", "no answer of a MetaServlet"),
        (b"", "no answer of a MetaServlet"),
        (b'{"status":"RUNNING"}', "returnCode"),
        (b'{"returnCode":true}', "returnCode"),
    ],
)
async def test_a_body_that_is_no_answer(body: bytes, words: str) -> None:
    tac = Tac(listTasks=httpx.Response(200, content=body), stopTask=httpx.Response(200, content=body))
    tac.replies["runTask"] = tac.replies["stopTask"]
    adapter = await open_adapter(tac)
    with pytest.raises(BadAnswer, match=words):
        await jobs_of(adapter)
    with pytest.raises(OutcomeUnknown, match=words):
        await adapter.trigger(TASK, {})
    assert tac.count("runTask") == 1


async def test_a_text_of_error_without_a_code_is_an_error() -> None:
    tac = Tac(listTasks={"error": "out of memory"})
    with pytest.raises(ServerFailed, match="out of memory"):
        await jobs_of(await open_adapter(tac))


async def test_a_code_may_be_text() -> None:
    tac = Tac(listTasks={"returnCode": "0", "result": None})
    assert await jobs_of(await open_adapter(tac)) == []


async def test_no_list_is_not_an_empty_list() -> None:
    tac = Tac(listTasks=ok())
    with pytest.raises(BadAnswer, match="no list of tasks"):
        await jobs_of(await open_adapter(tac))


async def test_latin_1_is_read() -> None:
    body = json.dumps(ok(result=[row(label="Überfällige Rechnungen")]), ensure_ascii=False).encode("latin-1")
    tac = Tac(listTasks=httpx.Response(200, content=body, headers={"content-type": "application/json"}))
    assert (await job_of(await open_adapter(tac))).name == "Überfällige Rechnungen"


async def test_an_older_tac_lists_by_another_command() -> None:
    tac = Tac(listTasks=refusal(2, "unknown action"), getTasksRelatedToJobs=ok(root=[row()]))
    adapter = await open_adapter(tac)
    for _ in range(3):
        assert (await job_of(adapter)).id == "41"
    assert (tac.count("listTasks"), tac.count("getTasksRelatedToJobs")) == (1, 3)


async def test_a_wrong_web_application_is_told() -> None:
    adapter = await open_adapter(lambda _: httpx.Response(404, html="<html><h1>404</h1></html>"))
    with pytest.raises(BadAnswer, match="no such API") as caught:
        await jobs_of(adapter)
    assert "url" in caught.value.hint


async def test_too_long_parameters_are_not_sent() -> None:
    tac = Tac(runTask=ok(execRequestId="1_a"))
    adapter = await open_adapter(tac)
    with pytest.raises(ActionRefused, match="too long"):
        await adapter.trigger(TASK, {"list": "x" * 8000})
    assert tac.asked == []


async def test_an_empty_password_is_told_before_anything_is_sent() -> None:
    with pytest.raises(ConfigError, match="password"):
        await open_adapter(Tac(), password="")


@pytest.mark.parametrize("code", [0, 79, 5, 2])
async def test_check_tells_who_we_are(code: int) -> None:
    tac = Tac(getTaskIdByName=refusal(code, "No task with this label" if code else ""))
    check = await (await open_adapter(tac)).check()
    assert (check.identity, check.notes) == ("ops@example.com", ())


async def test_check_warns_of_an_open_line() -> None:
    tac = Tac(getTaskIdByName=refusal(79))
    check = await (await open_adapter(tac, url="http://tac.example.com/tac")).check()
    assert "https" in check.notes[0]


async def test_check_passes_on_a_missing_right() -> None:
    tac = Tac(getTaskIdByName=refusal(7))
    with pytest.raises(Forbidden):
        await (await open_adapter(tac)).check()


def traces_of(tac: Tac) -> list[str]:
    """Everything that would give the password away."""
    query = tac.requests[0].url.query.decode()
    return [SECRET, "hunter2", query, query[40:80], base64.b64encode(SECRET.encode()).decode()[:12]]


FAILURES: list[Any] = [
    refusal(3, "wrong"),
    refusal(1, "oops"),
    httpx.Response(500, text="boom"),
    httpx.Response(401),
    httpx.Response(302, headers={"location": "https://elsewhere.example.com/login"}),
    httpx.Response(200, text="ERROR"),
    httpx.Response(200, html="<html></html>"),
]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
@pytest.mark.parametrize("is_echoed", [False, True])
async def test_the_password_is_nowhere(
    failure: Any, is_echoed: bool, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        told = tac(request)
        if is_echoed and told.status_code in {200, 500}:
            return httpx.Response(told.status_code, json=refusal(1, f"bad request: {request.url}"))
        return told

    tac = Tac(listTasks=failure, runTask=failure, taskLog=failure)
    redactor = Redactor()
    with caplog.at_level(logging.DEBUG):
        adapter = await open_adapter(answer, redactor=redactor)
        texts = [repr(adapter), repr(adapter.settings), repr(vars(adapter))]
        for work in (jobs_of(adapter), adapter.trigger(TASK, {"a": "b"}), adapter.list_runs(TASK)):
            with pytest.raises(NightdeckError) as caught:
                await work
            texts += [
                str(caught.value),
                repr(caught.value),
                "".join(traceback.format_exception(caught.value)),
            ]
            assert caught.value.__cause__ is None
    texts += [caplog.text, *capsys.readouterr()]
    for trace in traces_of(tac):
        assert not [text for text in texts if trace in text]


@pytest.mark.parametrize("kind", [kind for kind in ActionKind if kind is not ActionKind.DELETE])
async def test_a_preview_shows_the_request_without_the_password(kind: ActionKind) -> None:
    adapter = await open_adapter(Tac())
    shown = adapter.preview(Action(kind, TASK, params={"region": "EU"}))
    assert '"taskId": "41"' in shown
    assert "•••" in shown
    assert "hunter2" not in shown
    assert ("EU" in shown) == (kind in (ActionKind.TRIGGER, ActionKind.RERUN))
