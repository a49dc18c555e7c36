"""Signatures and tokens: the vendor's rules by worked examples, and what becomes of tokens that end."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.enos_case import (
    FLOW,
    KEY,
    RUN,
    SECRET,
    Call,
    Enos,
    flow_row,
    jobs_of,
    make_adapter,
    ok,
    open_adapter,
    refusal,
)
from tests.support.context import InstantClock
from tui.adapters.enos.signing import Timestamps, encryption, params_text, signature, signed_headers
from tui.adapters.enos.skew import clock_error
from tui.core.errors import (
    BadAnswer,
    ClockDiffers,
    ConfigError,
    Forbidden,
    NightdeckError,
    OutcomeUnknown,
    RateLimited,
    ServerFailed,
    Unauthorized,
)
from tui.core.redaction import Redactor

NOW_MS = 1612265724000
TOKEN = "DEMO_ACCESS_TOKEN"
BASE = "https://gateway.example/batch-processing-service/v2.1"


def test_the_digest_of_a_request_for_a_token() -> None:
    assert (
        encryption(KEY, NOW_MS, SECRET) == "7f6f93357f1b52644a9b9b64e9ebfc4758f96749dac3efa8d7f964cbadaba52e"
    )


def test_the_signature_of_a_read() -> None:
    query = "action=get&taskInstId=118979-2021020211&userId=u15000000000001&orgId=o15000000000001"
    request = httpx.Request("GET", f"{BASE}/taskInstances?{query}")
    assert params_text(request.url.params.multi_items()) == (
        "actiongetorgIdo15000000000001taskInstId118979-2021020211userIdu15000000000001"
    )
    assert signed_headers(request, TOKEN, NOW_MS, SECRET) == {
        "apim-accesstoken": TOKEN,
        "apim-timestamp": "1612265724000",
        "apim-signature": "7fc5b6c9aaec9316e62320559430035855150513cc77c934fc155c97e2cbc2dc",
    }


def test_the_signature_of_a_change() -> None:
    url = f"{BASE}/flows?action=trigger&userId=u15000000000001&orgId=o15000000000001"
    request = httpx.Request("POST", url, content=b'{"flowId":3377,"triggerTime":1612265724000}')
    headers = signed_headers(request, TOKEN, NOW_MS, SECRET)
    assert headers["apim-signature"] == "9936e234f0b9b9135dac9c657233ce69c2714ef4acb63a73dc95ea8a053c2e6a"


@given(st.dictionaries(st.text("aBcZ_", min_size=1, max_size=4), st.text(max_size=8), max_size=5))
def test_values_are_signed_as_they_are_before_they_are_encoded(query: dict[str, str]) -> None:
    request = httpx.Request("GET", BASE, params=query)
    expected = "".join(name + query[name] for name in sorted(query))
    assert params_text(request.url.params.multi_items()) == expected


def test_upper_case_comes_before_lower_case() -> None:
    assert params_text([("b", "1"), ("a", "2"), ("B", "3")]) == "B3a2b1"


def test_a_body_is_signed_byte_by_byte() -> None:
    assert signature("t", "", b'{"a":1}', 1, "s") != signature("t", "", b'{"a": 1}', 1, "s")


async def test_no_timestamp_comes_twice() -> None:
    clock = InstantClock()
    stamps = Timestamps(clock)
    told = [stamps.next() for _ in range(100)]
    clock.jump(-0.05)
    told += [stamps.next() for _ in range(100)]
    await clock.sleep(0.02)
    told += [stamps.next() for _ in range(100)]
    assert len(set(told)) == 300


async def test_timestamps_follow_the_clock_also_when_it_is_set_back() -> None:
    clock = InstantClock()
    stamps = Timestamps(clock)
    first = stamps.next()
    clock.jump(-3600)
    assert stamps.next() == first - 3_600_000


async def test_every_request_is_signed_over_what_is_sent() -> None:
    enos = Enos()
    enos.flows({"flowId": 7, "flowName": "größe & 北京 +1"})
    enos.replies["flows.updateAndTrigger"] = ok({"flowInstanceId": "7-1"})
    adapter = await open_adapter(enos, user_id="u 1+&=北")
    await jobs_of(adapter)
    job = (await jobs_of(adapter))[0].key
    await adapter.list_runs(job)
    await adapter.trigger(job, {"größe": "ä&b=\u2028"})
    assert enos.last("flowInstances.search").body["expression"] == "größe & 北京 +1"
    assert {"key": "größe", "value": "ä&b=\u2028"} in enos.last("flows.updateAndTrigger").body["parameters"]


async def test_user_and_organization_are_on_every_call_but_time() -> None:
    enos = Enos()
    adapter = await open_adapter(enos)
    await jobs_of(adapter)
    await adapter.list_runs(FLOW)
    for call in enos.calls:
        names = set(call.query)
        assert ({"orgId", "userId"} <= names) is (call.resource != "time")


async def test_a_body_says_its_type() -> None:
    enos = Enos()
    await jobs_of(await open_adapter(enos))
    headers = enos.last("flowInstances.search").headers
    assert headers["content-type"] == "application/json;charset=UTF-8"
    assert headers["accept"] == "application/json"


async def test_the_token_is_asked_for_once_however_many_wait() -> None:
    enos = Enos()
    adapter = await open_adapter(enos)
    await asyncio.gather(*(adapter.list_runs(FLOW) for _ in range(5)))
    assert [call.name for call in enos.logins] == ["get."]
    assert set(enos.logins[0].body) == {"appKey", "timestamp", "encryption"}
    assert isinstance(enos.logins[0].body["timestamp"], int)


async def test_a_token_that_is_about_to_end_is_refreshed() -> None:
    enos = Enos()
    adapter = await open_adapter(enos)
    await jobs_of(adapter)
    old = enos.token
    await enos.clock.sleep(7200 - 301)
    await jobs_of(adapter)
    assert [call.name for call in enos.logins] == ["get."]
    await enos.clock.sleep(2)
    await jobs_of(adapter)
    assert [call.name for call in enos.logins] == ["get.", "refresh."]
    assert enos.logins[1].body["accessToken"] == old
    assert enos.logins[0].body["encryption"] != enos.logins[1].body["encryption"]


async def test_a_token_that_cannot_be_refreshed_is_asked_for_anew() -> None:
    enos = Enos()
    adapter = await open_adapter(enos)
    await jobs_of(adapter)
    await enos.clock.sleep(7000)
    enos.login_replies = [{"status": 1204, "msg": "refresh failed"}]
    await jobs_of(adapter)
    assert [call.name for call in enos.logins] == ["get.", "refresh.", "get."]


async def test_a_token_that_has_ended_is_not_refreshed() -> None:
    enos = Enos()
    adapter = await open_adapter(enos)
    await jobs_of(adapter)
    await enos.clock.sleep(8000)
    await jobs_of(adapter)
    assert [call.name for call in enos.logins] == ["get.", "get."]


async def test_a_token_that_is_given_out_shortly_before_its_end_is_refreshed_at_once() -> None:
    enos = Enos()
    enos.life_s = 12
    await jobs_of(await open_adapter(enos))
    assert [call.name for call in enos.logins] == ["get.", "refresh."]


def _expired(code: int, status: int) -> httpx.Response:
    return httpx.Response(status, json={"status": code, "msg": "token is invalid"})


@pytest.mark.parametrize(("code", "status"), [(1203, 200), (401, 200), (497, 200), (1203, 401), (1203, 403)])
async def test_a_read_that_is_refused_for_its_token_is_sent_again_once(code: int, status: int) -> None:
    enos = Enos()
    adapter = await open_adapter(enos)
    await jobs_of(adapter)
    await enos.clock.sleep(400)
    answers = [_expired(code, status)]
    enos.replies["flows.getMyFlow"] = lambda _: answers.pop() if answers else ok([flow_row()])
    before = enos.count("flows.getMyFlow")
    assert await jobs_of(adapter)
    assert enos.count("flows.getMyFlow") == before + 2
    assert [call.name for call in enos.logins] == ["get.", "get."]


@pytest.mark.parametrize(("code", "status"), [(1203, 200), (401, 200), (497, 200), (0, 401)])
async def test_a_change_that_was_surely_refused_is_sent_again_once(code: int, status: int) -> None:
    enos = Enos()
    adapter = await open_adapter(enos)
    await jobs_of(adapter)
    answers = [_expired(code, status)]
    taken = ok({"flowInstanceId": "2809-20261121140000"})
    enos.replies["flows.trigger"] = lambda _: answers.pop() if answers else taken
    assert (await adapter.trigger(FLOW, {})).run_id == "2809-20261121140000"
    assert enos.count("flows.trigger") == 2
    first, second = (call.headers["apim-timestamp"] for call in enos.calls if call.name == "flows.trigger")
    assert first != second


@pytest.mark.parametrize(("off_h", "words"), [(3, "3h00m ahead of"), (-3, "3h00m behind")])
async def test_a_clock_that_is_wrong_is_told_as_such_and_stops_nothing(off_h: int, words: str) -> None:
    enos = Enos()
    adapter = await open_adapter(enos)
    told = format_datetime(enos.clock.now() - timedelta(hours=off_h), usegmt=True)
    refused = httpx.Response(200, json={"status": 497, "msg": "invalid timestamp"}, headers={"date": told})
    enos.replies["flows.getMyFlow"] = lambda _: refused
    for _ in range(2):
        with pytest.raises(ClockDiffers, match=words):
            await jobs_of(adapter)
    assert [call.name for call in enos.logins] == ["get."], "no login mends a clock"
    enos.replies["flows.getMyFlow"] = lambda _: ok([flow_row()])
    assert await jobs_of(adapter), "it goes on by itself once the clock is right"


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 01 Jan 2026 00:00:00 -0000"])
def test_an_answer_whose_date_says_nothing_gives_no_verdict_on_the_clock(date: str) -> None:
    now = InstantClock().now()
    assert clock_error(httpx.Response(200, headers={"date": date} if date else {}), now) is None


@pytest.mark.parametrize(("code", "words"), [(1203, "expired"), (401, "app_secret"), (497, "clock")])
@pytest.mark.parametrize("has_worked", [False, True])
async def test_a_token_that_stays_refused_is_given_up_with_a_reason(
    code: int, words: str, has_worked: bool
) -> None:
    enos = Enos()
    adapter = await open_adapter(enos)
    if has_worked:
        await jobs_of(adapter)
    enos.refused_tokens = {enos.token: code}
    before = len(enos.calls)
    for _ in range(2):
        with pytest.raises(Unauthorized) as raised:
            await jobs_of(adapter)
        assert words in str(raised.value)
        # One that never worked is refused for another reason than its age: a second one would be no better.
        assert len(enos.calls) == before + 1 + has_worked


async def test_a_change_that_stays_refused_is_sent_twice_at_most() -> None:
    enos = Enos()
    adapter = await open_adapter(enos)
    await jobs_of(adapter)
    enos.replies["flows.trigger"] = refusal(1203)
    with pytest.raises(Unauthorized):
        await adapter.trigger(FLOW, {})
    assert enos.count("flows.trigger") == 2


@pytest.mark.parametrize("code", [62109, 500, 503, 504])
async def test_a_change_that_may_have_happened_is_never_sent_again(code: int) -> None:
    enos = Enos()
    adapter = await open_adapter(enos)
    enos.replies["flows.trigger"] = refusal(code)
    with pytest.raises(OutcomeUnknown):
        await adapter.trigger(FLOW, {})
    assert enos.count("flows.trigger") == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 1002, "msg": "no such app"}, Unauthorized),
        ({"status": 1003, "msg": "encryption is not valid", "data": None}, Unauthorized),
        ({"status": "1004"}, Unauthorized),
        ({"status": 1005}, ServerFailed),
        ({"status": 429}, RateLimited),
        ({"status": 498}, Forbidden),
        ({"status": 0, "data": {}}, BadAnswer),
        ({}, BadAnswer),
        (httpx.Response(401), Unauthorized),
        (httpx.Response(403, text="<html><body>no</body></html>"), Unauthorized),
        (httpx.Response(400, json={"status": 1005}), ServerFailed),
        (httpx.Response(404, text="no route"), BadAnswer),
        (httpx.Response(503, text="away"), ServerFailed),
        (httpx.Response(200, html="<html><body>Sign in</body></html>"), BadAnswer),
    ],
)
async def test_a_login_that_fails_says_why(answer: Any, error: type[NightdeckError]) -> None:
    enos = Enos()
    enos.login_replies = [answer] * 3
    with pytest.raises(error) as raised:
        await jobs_of(await open_adapter(enos))
    assert raised.value.hint
    assert enos.calls == []


async def test_wrong_keys_cost_one_attempt() -> None:
    enos = Enos()
    adapter = await open_adapter(enos, app_secret="not-the-secret-key")
    for _ in range(3):
        with pytest.raises(Unauthorized, match="digest"):
            await jobs_of(adapter)
    assert len(enos.logins) == 1


async def test_a_digest_that_somebody_else_used_is_made_anew_once() -> None:
    enos = Enos()
    enos.login_replies = [{"status": 1001}]
    assert await jobs_of(await open_adapter(enos))
    assert len({call.body["timestamp"] for call in enos.logins}) == 2


async def test_a_change_before_which_the_login_fails_was_not_sent() -> None:
    enos = Enos()
    adapter = await open_adapter(enos)
    await jobs_of(adapter)
    await enos.clock.sleep(299)
    enos.refused_tokens = {enos.token: 1203}
    enos.login_replies = [httpx.Response(500)] * 2
    with pytest.raises(NightdeckError) as raised:
        await adapter.trigger(FLOW, {})
    assert not isinstance(raised.value, OutcomeUnknown)


async def test_a_user_of_another_organization_is_told_and_not_asked_again() -> None:
    enos = Enos()
    enos.replies["flows.getMyFlow"] = refusal(62101, "userId is invalid")
    adapter = await open_adapter(enos)
    with pytest.raises(Unauthorized, match="user_id"):
        await jobs_of(adapter)
    asked = len(enos.calls)
    with pytest.raises(Unauthorized):
        await jobs_of(adapter)
    assert len(enos.calls) == asked


async def test_an_empty_secret_is_refused_when_the_connection_opens() -> None:
    with pytest.raises(ConfigError, match="app_secret"):
        await make_adapter(Enos(), app_secret={"literal": ""}).open()


async def test_no_secret_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    enos = Enos()
    redactor = Redactor()
    adapter = await open_adapter(enos, redactor=redactor)
    await jobs_of(adapter)

    def echo(call: Call) -> httpx.Response:
        headers = call.headers
        said = f"token {headers['apim-accesstoken']} secret {SECRET} at {call.request.url}"
        return httpx.Response(500, json={"code": 500, "msg": said})

    enos.replies["flowInstances.get"] = echo
    with pytest.raises(ServerFailed) as raised:
        await adapter.read_log(RUN)
    told = "".join(traceback.format_exception(raised.value)) + caplog.text + repr(adapter) + str(raised.value)
    assert SECRET not in told
    assert enos.token not in told
    assert SECRET not in json.dumps(
        [str(call.request.url) + repr(call.body) for call in enos.calls + enos.logins]
    )
