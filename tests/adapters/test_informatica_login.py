"""Logging in to Informatica: one request, one session for everything, and never a loop."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.adapters.informatica_case import (
    LOGIN,
    PASSWORD,
    POD,
    Cloud,
    flow_row,
    job_of,
    jobs_of,
    key_of,
    open_adapter,
    run_of,
    v2_error,
    v3_error,
)
from tui.adapters.informatica.session import HEADERS, login_base, pod_root
from tui.core.errors import (
    BadAnswer,
    ConfigError,
    NightdeckError,
    SystemUnavailable,
    Unauthorized,
    Unreachable,
)
from tui.core.redaction import Redactor

USER = "ops@example.com"


async def test_the_login_of_version_3_comes_first_and_once() -> None:
    cloud = Cloud()
    adapter = await open_adapter(cloud)
    await jobs_of(adapter)
    await jobs_of(adapter)
    first = cloud.requests[0]
    assert (first.method, str(first.url)) == ("POST", f"{LOGIN}/saas/public/core/v3/login")
    assert json.loads(first.content) == {"username": USER, "password": PASSWORD}
    assert cloud.logins == 1


async def test_the_login_of_version_2_tells_the_same_hosts() -> None:
    cloud = Cloud()
    adapter = await open_adapter(cloud, login="v2")
    await jobs_of(adapter)
    assert str(cloud.requests[0].url) == f"{LOGIN}/ma/api/v2/user/login"
    assert json.loads(cloud.requests[0].content) == {
        "@type": "login",
        "username": USER,
        "password": PASSWORD,
    }
    assert {str(r.url.copy_with(query=None, path="/")) for r in cloud.requests[1:]} == {f"{POD}/"}


async def test_a_security_domain_goes_into_the_login_of_version_2() -> None:
    cloud = Cloud()
    await jobs_of(await open_adapter(cloud, login="v2", security_domain="corp"))
    assert json.loads(cloud.requests[0].content)["securitydomain"] == "corp"


async def test_every_call_carries_the_session_under_all_three_names_and_never_the_password() -> None:
    cloud = Cloud(flows=[flow_row()])
    adapter = await open_adapter(cloud, code_tasks=[477])
    await jobs_of(adapter)
    await adapter.list_runs(key_of())
    for request in cloud.requests[1:]:
        assert [request.headers[name] for name in HEADERS] == ["session-id-number-1"] * 3
        assert PASSWORD.encode() not in request.content
        assert PASSWORD not in str(request.url)


async def test_each_family_has_its_own_host() -> None:
    cloud = Cloud(flows=[flow_row()])
    adapter = await open_adapter(cloud)
    await jobs_of(adapter)
    paths = {request.url.path.split("/")[1] for request in cloud.requests[1:]}
    assert paths == {"saas", "active-bpel"}


async def test_the_pod_can_be_set() -> None:
    cloud = Cloud(flows=[flow_row()])
    adapter = await open_adapter(cloud, pod_url="https://pod.example.com/saas/")
    await jobs_of(adapter)
    hosts = {request.url.path.split("/")[1]: request.url.host for request in cloud.requests[1:]}
    assert hosts == {"saas": "na1.dm-us.informaticacloud.com", "active-bpel": "pod.example.com"}


@pytest.mark.parametrize(
    ("products", "host"),
    [
        ([{"name": "Other", "baseApiUrl": "https://x.example.com/saas"}], "x.example.com"),
        (
            [
                {"name": "Other", "baseApiUrl": "https://x.example.com/saas"},
                None,
                {"name": "Integration Cloud", "baseApiUrl": "https://y.example.com/saas"},
            ],
            "y.example.com",
        ),
    ],
)
async def test_the_product_with_the_jobs_counts_else_the_first(products: Any, host: str) -> None:
    cloud = Cloud()
    answer = {"products": products, "userInfo": {"sessionId": "s" * 2000}}
    cloud.replies["POST /v3/login"] = answer
    await jobs_of(await open_adapter(cloud))
    assert {request.url.host for request in cloud.requests[1:]} == {host}


@pytest.mark.parametrize(
    "refusal",
    [
        v3_error("IDS_085", "Invalid user name or password", 400),
        v3_error("IDS_085", "Invalid user name or password", 401),
        v2_error("UI_10000", "Invalid user name or password"),
        httpx.Response(200, json={"error": {"code": "IDS_085", "message": "Invalid user name or password"}}),
        httpx.Response(200, json={"@type": "error", "description": "Invalid user name or password"}),
    ],
)
@pytest.mark.parametrize("login", ["v3", "v2"])
async def test_a_wrong_password_costs_one_attempt(refusal: httpx.Response, login: str) -> None:
    cloud = Cloud()
    cloud.replies["POST /login"] = refusal
    adapter = await open_adapter(cloud, login=login)
    for _ in range(3):
        with pytest.raises(Unauthorized, match="Invalid user name or password") as caught:
            await jobs_of(adapter)
        with pytest.raises(Unauthorized):
            await adapter.check()
        with pytest.raises(Unauthorized):
            await adapter.trigger(key_of(), {})
    assert len(cloud.requests) == 1
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        {"products": [], "userInfo": {"sessionId": "abcdefgh"}},
        {"products": [{"name": "Integration Cloud"}], "userInfo": {"sessionId": "abcdefgh"}},
        {"products": [{"baseApiUrl": f"{POD}/saas"}], "userInfo": {}},
        {"products": [{"baseApiUrl": f"{POD}/saas"}], "userInfo": None},
        {"products": [{"baseApiUrl": "http://na1.example.com/saas"}], "userInfo": {"sessionId": "abcdefgh"}},
        {"products": [{"baseApiUrl": "nonsense"}], "userInfo": {"sessionId": "abcdefgh"}},
        httpx.Response(200, html="<html><title>Sign in</title></html>"),
        httpx.Response(404, html="<html><h1>Resource not found.</h1></html>"),
    ],
)
async def test_a_login_that_makes_no_sense_is_told(answer: Any) -> None:
    cloud = Cloud()
    cloud.replies["POST /login"] = answer
    adapter = await open_adapter(cloud)
    with pytest.raises(BadAnswer) as caught:
        await jobs_of(adapter)
    assert caught.value.hint
    assert len({request.url.host for request in cloud.requests}) == 1


async def test_an_expired_session_costs_one_login_and_no_answer() -> None:
    cloud = Cloud()
    adapter = await open_adapter(cloud)
    await jobs_of(adapter)
    cloud.expired.add("session-id-number-1")
    assert (await job_of(adapter)).name == "mt_customers"
    assert cloud.logins == 2


async def test_many_who_wait_share_one_login() -> None:
    cloud = Cloud()
    adapter = await open_adapter(cloud)
    await asyncio.gather(*(adapter.list_runs(key_of()) for _ in range(20)))
    assert cloud.logins == 1
    cloud.expired.add("session-id-number-1")
    await asyncio.gather(*(adapter.list_runs(key_of()) for _ in range(20)))
    assert cloud.logins == 2


async def test_a_change_is_sent_again_only_in_a_new_session() -> None:
    cloud = Cloud()
    adapter = await open_adapter(cloud)
    await jobs_of(adapter)
    cloud.expired.add("session-id-number-1")

    def start(request: httpx.Request) -> Any:
        if request.headers["icSessionId"] in cloud.expired:
            return httpx.Response(401, json={"@type": "error", "code": "AUTH", "description": "expired"})
        return {"@type": "job", "runId": 18}

    cloud.replies["POST /v2/job"] = start
    assert (await adapter.trigger(key_of(), {})).run_id == "18"
    assert (cloud.logins, len(cloud.asked("POST", "/v2/job"))) == (2, 2)


async def test_sessions_that_never_work_are_no_reason_to_log_in_again() -> None:
    cloud = Cloud()
    cloud.expired.update(f"session-id-number-{number}" for number in range(1, 50))
    adapter = await open_adapter(cloud)
    for _ in range(3):
        with pytest.raises(Unauthorized):
            await jobs_of(adapter)
    assert cloud.logins == 1


async def test_a_403_is_no_reason_to_log_in_again() -> None:
    cloud = Cloud()
    cloud.replies["GET /activityMonitor"] = v2_error()
    adapter = await open_adapter(cloud)
    for _ in range(3):
        with pytest.raises(SystemUnavailable):
            await jobs_of(adapter)
    assert cloud.logins == 1


async def test_a_login_that_fails_for_a_while_leaves_a_change_unsent() -> None:
    cloud = Cloud()
    cloud.replies["POST /login"] = httpx.Response(503)
    adapter = await open_adapter(cloud, code_tasks=[477])
    with pytest.raises(Unreachable):
        await adapter.trigger(key_of("code:477"), {})
    del cloud.replies["POST /login"]
    cloud.replies["POST /CodeTask/Start"] = {"jobId": "abc"}
    assert (await adapter.trigger(key_of("code:477"), {})).run_id == "abc"


async def test_the_session_is_masked_wherever_it_turns_up() -> None:
    redactor = Redactor()
    cloud = Cloud()
    await jobs_of(await open_adapter(cloud, redactor=redactor))
    assert "session-id-number-1" not in redactor.mask("icSessionId session-id-number-1 was refused")


async def test_an_empty_password_is_told_before_anything_is_sent() -> None:
    cloud = Cloud()
    with pytest.raises(ConfigError):
        await open_adapter(cloud, password="")
    assert not cloud.requests


async def test_what_is_not_open_says_so() -> None:
    adapter = await open_adapter(Cloud())
    closed = type(adapter)("idmc", adapter.settings, adapter.context)
    with pytest.raises(NightdeckError):
        await closed.check()
    await closed.aclose()
    with pytest.raises(NightdeckError):
        await closed.read_log(run_of(1))


@pytest.mark.parametrize(
    "address",
    [
        LOGIN,
        f"{LOGIN}/",
        f" {LOGIN} ",
        f"{LOGIN}/saas",
        f"{LOGIN}/ma/home",
        f"{LOGIN}/identity-service/home",
    ],
)
def test_the_address_of_a_page_will_do_as_well(address: str) -> None:
    assert login_base(address) == LOGIN


def test_a_pod_is_known_without_its_web_application() -> None:
    assert {pod_root(f"{POD}{end}") for end in ("", "/", "/saas", "/saas/")} == {POD}
