"""The simulated batch processing service, asked by plain requests as the vendor's pages show them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.clock import START, FakeClock
from tests.support.faults import FaultyServer
from tui.simulators import fleet
from tui.simulators.enos import (
    APP_KEY,
    APP_SECRET,
    MANUAL,
    ORG_ID,
    TEMPORARY,
    USER_ID,
    Behaviour,
    EnosSimulator,
    FlowSpec,
    Outcome,
    ServiceCode,
    Status,
    TaskSpec,
    User,
    encryption,
    failed,
    life,
    signature,
)
from tui.simulators.fleet import DATABASE_DOWN, Script

BASE = "https://apim.example.com"
V2_1 = "/batch-processing-service/v2.1"
ALL = ",".join(str(int(status)) for status in Status)
SAMPLE = datetime(2021, 2, 2, 11, 35, 24, tzinfo=UTC)
SAMPLE_MS = 1_612_265_724_000

EXTRACT, LOAD, NOTIFY = TaskSpec("extract"), TaskSpec("DataIntegration"), TaskSpec("notify")
PLAIN = FlowSpec("3377", "load_customers", type=MANUAL)
CHAIN = FlowSpec("3400", "build_marts", (EXTRACT, LOAD, NOTIFY), type=MANUAL)
HOURLY = FlowSpec("2809", "hourly_sync", period_s=3600, phase_s=600, since=START - timedelta(hours=3))
VENDORS = FlowSpec(
    "8435",
    "hourly_sync",
    first_task=118979,
    period_s=3600,
    phase_s=2100,
    duration_s=163,
    init_s=20,
    ready_s=4,
    run_as="yourDoAs",
)

Body = dict[str, object]


class Caller:
    def __init__(self, simulator: EnosSimulator, clock: FakeClock) -> None:
        self.simulator = simulator
        self.clock = clock
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(simulator), base_url=BASE)
        self.path = simulator.behaviour.path
        self.secret = APP_SECRET
        self.token = ""
        self.ticks = 0
        self.who = {"orgId": ORG_ID, "userId": USER_ID}

    @property
    def ms(self) -> int:
        return int(self.clock.now().timestamp() * 1000)

    def stamp(self) -> int:
        self.ticks += 1
        return self.ms + self.ticks

    def credentials(self, **changes: object) -> Body:
        stamp = self.stamp()
        digest = encryption(APP_KEY, str(stamp), self.secret)
        return {"appKey": APP_KEY, "timestamp": stamp, "encryption": digest, **changes}

    async def token_answer(self, body: object, action: str = "get") -> dict[str, Any]:
        response = await self.http.post(f"/apim-token-service/v2.0/token/{action}", json=body)
        assert response.status_code == 200
        answer: dict[str, Any] = response.json()
        assert answer["business"] == "apim-token-service"
        return answer

    async def login(self) -> None:
        self.token = (await self.token_answer(self.credentials()))["data"]["accessToken"]

    async def send(
        self,
        method: str,
        resource: str,
        query: Mapping[str, str],
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        if not self.token:
            await self.login()
        raw, stamp = urlencode(query), str(self.ms)
        signed = {
            "apim-accesstoken": self.token,
            "apim-timestamp": stamp,
            "apim-signature": signature(self.token, raw, content, stamp, self.secret),
            "content-type": "application/json;charset=UTF-8",
        }
        url = f"{self.path}/{resource}?{raw}"
        return await self.http.request(method, url, content=content, headers={**signed, **(headers or {})})

    async def answer(
        self, operation: str, body: object = None, query: Mapping[str, str] | None = None
    ) -> httpx.Response:
        resource, _, action = operation.partition(".")
        parameters = {"action": action, **self.who, **(query or {})}
        content = b"" if body is None else json.dumps(body).encode()
        return await self.send("GET" if body is None else "POST", resource, parameters, content)

    async def envelope(
        self, operation: str, body: object = None, query: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        response = await self.answer(operation, body, query)
        assert response.status_code == 200
        answer: dict[str, Any] = response.json()
        return answer

    async def code(self, operation: str, body: object = None, query: Mapping[str, str] | None = None) -> int:
        answer = await self.envelope(operation, body, query)
        code = answer["code"]
        assert isinstance(code, int)
        assert (answer["data"] is None) == (code != 0)
        return code

    async def ask(self, operation: str, body: object = None, query: Mapping[str, str] | None = None) -> Any:
        answer = await self.envelope(operation, body, query)
        assert (answer["code"], answer["msg"]) == (0, "OK"), answer
        return answer["data"]

    def search_body(self, page: int = 1, size: int = 1000, **changes: object) -> Body:
        return {
            "type": 0,
            "expression": "",
            "owner": "",
            "fromTriggerTime": self.ms - 86_400_000,
            "toTriggerTime": self.ms,
            "status": ALL,
            "pagination": {
                "pageNo": page,
                "pageSize": size,
                "sorters": [{"field": "triggerTime", "order": "DESC"}],
            },
            **changes,
        }

    async def search(self, page: int = 1, size: int = 1000, **changes: object) -> list[dict[str, Any]]:
        data = await self.ask("flowInstances.search", self.search_body(page, size, **changes))
        rows: list[dict[str, Any]] = data["flowInsts"]
        return rows

    async def trigger(self, flow_id: object = 3377, ms: int | None = None) -> str:
        body = {"flowId": flow_id, "triggerTime": self.ms if ms is None else ms}
        return str((await self.ask("flows.trigger", body))["flowInstanceId"])

    async def get(self, instance_id: str) -> dict[str, Any]:
        row: dict[str, Any] = await self.ask("flowInstances.get", query={"flowInstId": instance_id})
        return row

    async def task(self, task_instance_id: str) -> dict[str, Any]:
        row: dict[str, Any] = await self.ask("taskInstances.get", query={"taskInstId": task_instance_id})
        return row

    async def nodes(self, instance_id: str) -> list[dict[str, Any]]:
        tasks: list[dict[str, Any]] = json.loads((await self.get(instance_id))["graph"])["tasks"]
        return tasks

    async def log(self, task_instance_id: str, length: int | None = None) -> str:
        query = {"taskInstId": task_instance_id} | ({} if length is None else {"maxLength": str(length)})
        return str((await self.ask("taskInstances.getLog", query=query))["log"])

    async def passes(self, seconds: float) -> None:
        await self.clock.advance(seconds)


def caller(
    *specs: FlowSpec,
    start: datetime = START,
    users: Mapping[str, User] | None = None,
    zone: str = "Asia/Shanghai",
    **behaviour: Any,
) -> Caller:
    clock = FakeClock(start)
    simulator = EnosSimulator(
        clock,
        specs or (PLAIN, CHAIN, HOURLY),
        behaviour=Behaviour(**behaviour),
        users=users,
        zone=ZoneInfo(zone),
    )
    return Caller(simulator, clock)


# The vendor's page and the worked examples

SAMPLE_TASK = r"""
{"code": 0, "msg": "OK", "data": {
"instanceId": "118979-2021020211", "taskId": 118979, "taskName": "DataIntegration", "cycle": "H", "status": 1,
"runNum": 1, "type": 7, "syncType": null, "freq": null, "ifPre": 0, "stsDesc": "SUCCESS", "recallNum": 0,
"triggerTime": "2021-02-02 19:35:00", "timeout": 300, "recallLimit": 3, "recallInterval": 0,
"startTime": "2021-02-02 19:35:24", "endTime": "2021-02-02 19:38:07",
"timeStamp": "Tue Feb 02 17:35:00 CST 2021", "isTimeout": false, "flowInstId": "8435-2021020211",
"doAs": "yourDoAs", "alert": false,
"runMode": "{\"taskMode\":1,\"cpu\":0.6,\"memory\":1.1,\"maxParallel\":0,\"keyType\":0,\"datasourceId\":0,\"path\":\"\",\"content\":\"\"}",
"cmd": "echo hi", "hasResourceBefore": false, "resourceName": "", "fileName": "", "resourceVersion": ""}}
"""  # noqa: E501 - as it is printed


async def test_the_vendors_task_instance_to_the_letter() -> None:
    enos = caller(VENDORS, start=SAMPLE + timedelta(minutes=5))
    answer = await enos.envelope("taskInstances.get", query={"taskInstId": "118979-2021020211"})
    wanted = json.loads(SAMPLE_TASK)
    assert json.dumps(answer) == json.dumps(wanted)


async def test_the_vendors_task_instance_while_it_runs() -> None:
    enos = caller(VENDORS, start=SAMPLE)
    row = await enos.task("118979-2021020211")
    assert (row["status"], row["stsDesc"]) == (2, "RUNNING")
    assert (row["startTime"], row["endTime"]) == ("2021-02-02 19:35:24", None)


def test_the_worked_encryption() -> None:
    digest = "7f6f93357f1b52644a9b9b64e9ebfc4758f96749dac3efa8d7f964cbadaba52e"
    assert encryption(APP_KEY, "1612265724000", APP_SECRET) == digest


async def test_the_server_takes_the_worked_encryption() -> None:
    enos = caller(start=SAMPLE)
    enos.simulator.gateway.tokens.append("DEMO_ACCESS_TOKEN")
    answer = await enos.token_answer(
        {
            "appKey": "11111111-2222-3333-4444-555555555555",
            "timestamp": SAMPLE_MS,
            "encryption": "7f6f93357f1b52644a9b9b64e9ebfc4758f96749dac3efa8d7f964cbadaba52e",
        }
    )
    assert answer == {
        "status": 0,
        "msg": "SUCCESS",
        "business": "apim-token-service",
        "data": {"accessToken": "DEMO_ACCESS_TOKEN", "expire": 7200},
    }


def worked_headers(digest: str) -> dict[str, str]:
    return {
        "apim-accesstoken": "DEMO_ACCESS_TOKEN",
        "apim-timestamp": "1612265724000",
        "apim-signature": digest,
        "content-type": "application/json",
    }


async def worked() -> Caller:
    enos = caller(VENDORS, PLAIN, start=SAMPLE)
    enos.simulator.gateway.tokens.append("DEMO_ACCESS_TOKEN")
    await enos.login()
    return enos


async def test_the_server_takes_the_worked_signature_of_a_read() -> None:
    enos = await worked()
    query = "action=get&taskInstId=118979-2021020211&userId=u15000000000001&orgId=o15000000000001"
    digest = "7fc5b6c9aaec9316e62320559430035855150513cc77c934fc155c97e2cbc2dc"
    response = await enos.http.get(f"{V2_1}/taskInstances?{query}", headers=worked_headers(digest))
    assert response.json()["data"]["instanceId"] == "118979-2021020211"
    changed = query.replace("118979", "118978")
    response = await enos.http.get(f"{V2_1}/taskInstances?{changed}", headers=worked_headers(digest))
    assert response.json()["status"] == 497


async def test_the_server_takes_the_worked_signature_of_a_trigger() -> None:
    enos = await worked()
    url = f"{V2_1}/flows?action=trigger&userId=u15000000000001&orgId=o15000000000001"
    body = b'{"flowId":3377,"triggerTime":1612265724000}'
    headers = worked_headers("9936e234f0b9b9135dac9c657233ce69c2714ef4acb63a73dc95ea8a053c2e6a")
    for wrong in (body.replace(b",", b", "), b'{"triggerTime":1612265724000,"flowId":3377}', b""):
        assert (await enos.http.post(url, content=wrong, headers=headers)).json()["status"] == 497
    assert enos.simulator.runs_started.total() == 0
    response = await enos.http.post(url, content=body, headers=headers)
    assert response.json() == {"code": 0, "msg": "OK", "data": {"flowInstanceId": "3377-20210202113524"}}


# Tokens


async def test_a_token_is_the_same_until_it_expires_and_its_life_counts_down() -> None:
    enos = caller()
    first = (await enos.token_answer(enos.credentials()))["data"]
    await enos.passes(7000)
    assert (await enos.token_answer(enos.credentials()))["data"] == {**first, "expire": 200}
    await enos.passes(200)
    again = (await enos.token_answer(enos.credentials()))["data"]
    assert again["accessToken"] != first["accessToken"]
    assert again["expire"] == 7200
    assert (enos.simulator.logins, enos.simulator.refreshes) == (3, 0)
    assert enos.simulator.calls == {"token.get": 3}


async def test_a_digest_is_good_for_one_time() -> None:
    enos = caller()
    body = enos.credentials()
    assert (await enos.token_answer(body))["status"] == 0
    assert (await enos.token_answer(body))["status"] == 1001
    assert (await enos.token_answer(enos.credentials(timestamp=str(body["timestamp"]))))["status"] == 1003
    text = str(enos.stamp())
    digest = encryption(APP_KEY, text, APP_SECRET)
    assert (await enos.token_answer(enos.credentials(timestamp=text, encryption=digest)))["status"] == 0


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"appKey": "another"}, 1002),
        ({"encryption": "0" * 64}, 1003),
        ({"timestamp": 5}, 1003),
        ({"timestamp": 1.5}, 1004),
        ({"timestamp": True}, 1004),
        ({"timestamp": "today"}, 1004),
        ({"appKey": ""}, 1202),
        ({"encryption": None}, 1202),
    ],
)
async def test_wrong_credentials_are_told_apart(changes: Body, status: int) -> None:
    enos = caller()
    answer = await enos.token_answer(enos.credentials(**changes))
    assert (answer["status"], answer["data"]) == (status, None)
    assert enos.simulator.logins == 0


async def test_an_upper_case_digest_is_wrong() -> None:
    enos = caller()
    body = enos.credentials()
    answer = await enos.token_answer({**body, "encryption": str(body["encryption"]).upper()})
    assert answer["status"] == 1003
    assert (await enos.token_answer(["x"]))["status"] == 1004


async def test_a_refresh_gives_another_token_and_ends_the_old_one() -> None:
    enos = caller()
    await enos.login()
    old = enos.token
    await enos.passes(6000)
    data = (await enos.token_answer(enos.credentials(accessToken=old), "refresh"))["data"]
    assert data["accessToken"] != old
    assert data["expire"] == 7200
    assert (await enos.envelope("flows.getMyFlow"))["status"] == 1203
    enos.token = data["accessToken"]
    assert await enos.code("flows.getMyFlow") == 0
    assert (await enos.token_answer(enos.credentials(accessToken=old), "refresh"))["status"] == 1203
    assert (await enos.token_answer(enos.credentials(accessToken="x"), "refresh"))["status"] == 1204
    assert (await enos.token_answer(enos.credentials(), "refresh"))["status"] == 1202
    assert (enos.simulator.logins, enos.simulator.refreshes) == (1, 1)


async def test_a_refresh_may_let_the_token_live_longer() -> None:
    enos = caller(refresh_renews=False, misspells_status=True)
    await enos.login()
    await enos.passes(6000)
    answer = await enos.token_answer(enos.credentials(accessToken=enos.token), "refresh")
    assert (answer["stauts"], answer["data"]) == (0, {"accessToken": enos.token, "expire": 7200})
    assert "status" not in answer


async def test_another_secret_spoils_digests_and_signatures() -> None:
    enos = caller()
    assert await enos.code("flows.getMyFlow") == 0
    enos.simulator.set_secret("another")
    assert (await enos.envelope("flows.getMyFlow"))["status"] == 497
    assert (await enos.token_answer(enos.credentials()))["status"] == 1003
    enos.secret = "another"
    assert await enos.code("flows.getMyFlow") == 0
    assert (await enos.token_answer(enos.credentials()))["status"] == 0


# Signatures


async def test_decoded_values_are_signed_in_the_order_of_ascii() -> None:
    enos = caller(FlowSpec("1", "a b&c=ü+", type=MANUAL))
    query = {"b": "2", "expression": "a b&c=ü+", "B": "1", "action": "getMyFlow", **enos.who, "z": ""}
    assert len((await enos.send("GET", "flows", query)).json()["data"]) == 1
    stamp = str(enos.ms)
    joined = enos.token + f"B1actiongetMyFlowb2orgId{ORG_ID}userId{USER_ID}" + stamp + APP_SECRET
    url = f"{V2_1}/flows?userId={USER_ID}&b=%32&orgId={ORG_ID}&action=getMyFlow&B=1"
    headers = {"apim-accesstoken": enos.token, "apim-timestamp": stamp}
    headers["apim-signature"] = hashlib.sha256(joined.encode()).hexdigest()
    assert (await enos.http.get(url, headers=headers)).json()["code"] == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"apim-signature": "0" * 64}, 497),
        ({"apim-signature": ""}, 497),
        ({"apim-timestamp": "now"}, 497),
        ({"apim-timestamp": ""}, 497),
        ({"apim-accesstoken": ""}, 401),
        ({"apim-accesstoken": "DEMO"}, 401),
    ],
)
async def test_a_wrong_header_is_refused(headers: dict[str, str], status: int) -> None:
    enos = caller()
    query = {"action": "getMyFlow", **enos.who}
    answer = (await enos.send("GET", "flows", query, headers=headers)).json()
    assert (answer["status"], answer["data"]) == (status, None)
    assert "flows.getMyFlow" not in enos.simulator.calls


async def test_an_upper_case_signature_is_wrong() -> None:
    enos = caller()
    await enos.login()
    query = urlencode({"action": "getMyFlow", **enos.who})
    digest = signature(enos.token, query, b"", str(enos.ms), APP_SECRET).upper()
    answer = await enos.send(
        "GET", "flows", {"action": "getMyFlow", **enos.who}, headers={"apim-signature": digest}
    )
    assert answer.json()["status"] == 497


@pytest.mark.parametrize(
    ("words", "http", "key"),
    [
        ({}, 200, "status"),
        ({"refusal_http": 401}, 401, "status"),
        ({"refusal_key": "code"}, 200, "code"),
        ({"refusal_http": 401, "refusal_key": "code"}, 401, "code"),
    ],
)
async def test_an_expired_token_is_refused_in_one_of_several_ways(
    words: dict[str, Any], http: int, key: str
) -> None:
    enos = caller(**words)
    assert await enos.code("flows.getMyFlow") == 0
    enos.simulator.expire_tokens()
    response = await enos.answer("flows.getMyFlow")
    assert (response.status_code, response.json()[key]) == (http, 1203)
    await enos.login()
    await enos.passes(7200)
    assert (await enos.answer("flows.getMyFlow")).json()[key] == 1203
    await enos.login()
    assert await enos.code("flows.getMyFlow") == 0
    assert enos.simulator.calls["flows.getMyFlow"] == 2


async def test_a_clock_that_is_off_spoils_signatures() -> None:
    enos = caller()
    await enos.login()
    enos.simulator.set_skew(timedelta(seconds=899))
    assert await enos.code("flows.getMyFlow") == 0
    enos.simulator.set_skew(timedelta(seconds=-901))
    assert (await enos.envelope("flows.getMyFlow"))["status"] == 497
    enos.simulator.change(skew_tolerance_s=None)
    assert await enos.code("flows.getMyFlow") == 0


# Who calls, and how


@pytest.mark.parametrize(
    "who",
    [
        {},
        {"orgId": ORG_ID},
        {"userId": USER_ID},
        {"userId": "u2", "orgId": ORG_ID},
        {"userId": USER_ID, "orgId": "o2"},
    ],
)
async def test_every_call_but_the_time_says_who_calls(who: dict[str, str]) -> None:
    enos = caller()
    enos.who = who
    assert await enos.code("flows.getMyFlow") == 62101
    assert await enos.code("flowInstances.search", enos.search_body()) == 62101
    assert await enos.code("directories.listWorkFlowDirs") == 62101
    assert await enos.ask("time.getTimeZone") == {"timezone": "GMT+8"}
    assert await enos.ask("time.getCurrentTime") == enos.ms


@pytest.mark.parametrize("operation", ["flows.nonsense", "nothing.get", "flows.", "flows.GET"])
async def test_what_is_not_there_is_not_found(operation: str) -> None:
    response = await caller().answer(operation)
    assert (response.status_code, response.json()["status"]) == (404, 404)


async def test_methods_paths_and_content_types_are_checked() -> None:
    enos = caller()
    assert (await enos.answer("flows.getMyFlow", {})).status_code == 405
    assert (await enos.answer("flows.trigger")).status_code == 405
    assert (await enos.http.get("/apim-token-service/v2.0/token/get")).status_code == 405
    assert (await enos.http.post("/apim-token-service/v2.0/token/get", content=b"{}")).status_code == 415
    enos.path = "/dataflow-batch-service/v2.0"
    assert (await enos.answer("flows.getMyFlow")).status_code == 404
    enos.simulator.change(path=enos.path)
    assert await enos.code("flows.getMyFlow") == 0


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff"])
async def test_a_body_is_a_json_object(content: bytes) -> None:
    enos = caller()
    query = {"action": "trigger", **enos.who}
    assert (await enos.send("POST", "flows", query, content)).json()["code"] == 62102


async def test_calls_are_counted_when_they_are_understood() -> None:
    enos = caller()
    await enos.trigger()
    await enos.search()
    assert await enos.code("flows.trigger", {"flowId": 1}) == 62102
    assert enos.simulator.calls == {"token.get": 1, "flows.trigger": 2, "flowInstances.search": 1}


async def test_the_next_call_can_be_spoiled() -> None:
    enos = caller()
    await enos.login()
    enos.simulator.answer_next(httpx.Response(429, headers={"retry-after": "3"}), "flows.trigger")
    enos.simulator.fail_next(ServiceCode.INTERNAL, "Internal error.")
    assert await enos.code("flows.getMyFlow") == 62109
    assert await enos.code("flows.getMyFlow") == 0
    assert (await enos.answer("flows.trigger", {})).status_code == 429
    assert enos.simulator.runs_started.total() == 0


# Flows


async def test_my_flows_are_mine() -> None:
    others = FlowSpec("3", "theirs", owner="bob")
    enos = caller(
        FlowSpec("1", "mine"), FlowSpec("2", "seen", owner="bob", visitors=";carol;alice;", cycle="D"), others
    )
    assert await enos.ask("flows.getMyFlow") == [
        {"flowId": "1", "editable": True, "flowName": "mine", "cycle": "H"},
        {"flowId": "2", "editable": False, "flowName": "seen", "cycle": "D"},
    ]
    assert [row["flowId"] for row in await enos.ask("flows.search", {"expression": ""})] == ["1", "2", "3"]


async def test_the_filter_of_my_flows_has_another_name_in_old_versions() -> None:
    for name, other in (("expression", "searchValue"), ("searchValue", "expression")):
        enos = caller(flow_filter=name)
        rows = await enos.ask("flows.getMyFlow", query={name: "sync"})
        assert [row["flowName"] for row in rows] == ["hourly_sync"]
        assert len(await enos.ask("flows.getMyFlow", query={other: "sync"})) == 3
    assert await enos.ask("flows.getMyFlow", query={name: "nothing"}) == []


async def test_a_search_of_flows_answers_in_one_of_two_shapes() -> None:
    enos = caller()
    body = {"expression": "", "pagination": {"pageNo": 1, "pageSize": 2}}
    rows = [{"flowId": "3377", "flowName": "load_customers"}, {"flowId": "3400", "flowName": "build_marts"}]
    assert await enos.ask("flows.search", body) == rows
    enos.simulator.change(wraps_flows=True)
    assert await enos.ask("flows.search", body) == {"count": 3, "flows": rows}
    body["pagination"] = {"pageNo": 2, "pageSize": 2}
    assert len((await enos.ask("flows.search", body))["flows"]) == 1
    assert await enos.code("flows.search", {}) == 62102


async def test_the_documented_flow() -> None:
    spec = FlowSpec(
        "2809", "hourly_sync", first_task=118979, parameters=[("path", "/user/demo/")], owner="alice;bob"
    )
    flow = await caller(spec).ask("flows.get", query={"flowId": "2809"})
    assert flow == {
        "flowId": 2809,
        "flowName": "hourly_sync",
        "active": 1,
        "type": 1,
        "cycle": "H",
        "freq": "0 0 0/1 * * ? *",
        "owner": "alice;bob",
        "visitors": "",
        "creator": "alice",
        "createTime": "2021-01-04 08:56:35.0",
        "updateTime": "2021-01-04 08:56:58.0",
        "parameters": '[{"key":"path","value":"/user/demo/"}]',
        "graph": '{"tasks":[{"taskName":"DataIntegration","taskId":"118979","nodeId":"t_118979"}],'
        '"relations":[],"flows":[]}',
        "alertMode": 3,
        "entry": 0,
        "syncType": 1,
        "startTime": "2021-01-04",
        "virtual": False,
        "locked": False,
        "isUserLocked": False,
        "hasEditPri": True,
        "hasReadPri": True,
        "desc": "",
    }


@pytest.mark.parametrize(
    ("ids", "kinds"), [("documented", (str, int, str, int)), ("text", (str,) * 4), ("number", (int,) * 4)]
)
async def test_ids_are_texts_or_numbers(ids: str, kinds: tuple[type, ...]) -> None:
    enos = caller(ids=ids)
    listed = (await enos.ask("flows.getMyFlow"))[0]["flowId"]
    flow = await enos.ask("flows.get", query={"flowId": "3377"})
    instance = await enos.get(await enos.trigger("3377"))
    found = (listed, flow["flowId"], json.loads(flow["graph"])["tasks"][0]["taskId"], instance["flowId"])
    assert tuple(type(one) for one in found) == kinds
    assert {int(one) for one in found} == {3377, 33770}


async def test_a_flow_is_switched_off_and_on() -> None:
    enos = caller(HOURLY, token_life_s=10**6)
    assert await enos.ask("flows.disable", {"flowId": "2809"}) == ""
    assert (await enos.ask("flows.get", query={"flowId": "2809"}))["active"] == 0
    await enos.passes(7200)
    assert [row["triggerTime"][11:] for row in await enos.search(type=1)] == [
        "21:10:00",
        "20:10:00",
        "19:10:00",
    ]
    assert await enos.ask("flows.enable", {"flowId": 2809}) == ""
    await enos.passes(600)
    assert (await enos.search(type=1))[0]["triggerTime"] == "2026-11-22 00:10:00"
    assert len(await enos.search(type=1)) == 4


async def test_a_flow_that_was_never_switched_on_has_no_instances() -> None:
    spec = FlowSpec("2809", "x", period_s=3600, is_active=False)
    enos = caller(spec)
    assert await enos.search(type=1) == []
    await enos.ask("flows.enable", {"flowId": 2809})
    assert await enos.search(type=1) == []
    await enos.passes(3600)
    assert len(await enos.search(type=1)) == 1


async def test_deleting_is_a_read_that_is_counted() -> None:
    enos = caller()
    assert enos.simulator.calls["flows.delete"] == 0
    await enos.ask("flows.delete", query={"flowId": "3377"})
    assert enos.simulator.calls["flows.delete"] == 1
    assert await enos.code("flows.get", query={"flowId": "3377"}) == 62102


async def test_directories_hold_numbers_of_flows() -> None:
    enos = caller(
        FlowSpec("1", "a", folder="x"), FlowSpec("2", "b", folder="y"), FlowSpec("3", "c", folder="x")
    )
    tree = await enos.ask("directories.listWorkFlowDirs")
    assert [[leaf["key"] for leaf in folder["children"]] for folder in tree] == [[1, 3], [2]]
    assert all(re.fullmatch("[0-9a-f]{32}", folder["key"]) for folder in tree)


# Rights


@pytest.mark.parametrize(
    ("spec", "user"),
    [
        (FlowSpec("3377", "x", owner="bob"), User("alice")),
        (FlowSpec("3377", "x", owner="malice;alicea"), User("alice")),
        (FlowSpec("3377", "x", is_locked=True), User("alice")),
        (FlowSpec("3377", "x", owner=";alice;"), User("alice", is_locked=True)),
    ],
)
async def test_only_an_owner_changes_a_flow_and_only_while_nothing_is_locked(
    spec: FlowSpec, user: User
) -> None:
    enos = caller(spec, users={USER_ID: user})
    own = caller(FlowSpec("3377", "x", owner=";alice;bob"))
    now = {"flowId": 3377, "triggerTime": enos.ms}
    for operation, body in (
        ("flows.trigger", now),
        ("flows.triggerFromTask", {**now, "taskId": 33770}),
        ("flows.updateAndTrigger", {**now, "parameters": []}),
        ("flows.enable", now),
        ("flows.disable", now),
    ):
        assert await enos.code(operation, body) == 62103
        assert await own.code(operation, body) == 0
    assert await enos.code("flows.delete", query={"flowId": "3377"}) == 62103
    assert enos.simulator.runs_started.total() == 0
    assert own.simulator.runs_started == {"3377": 3}
    assert (await enos.ask("flows.get", query={"flowId": "3377"}))["isUserLocked"] == user.is_locked


async def test_only_an_owner_cancels() -> None:
    spec = FlowSpec("3377", "x", owner="bob", duration_s=60)
    enos = caller(spec, users={"u1": User("bob"), USER_ID: User("alice")})
    enos.who["userId"] = "u1"
    instance = await enos.trigger()
    enos.who["userId"] = USER_ID
    assert await enos.code("flowInstances.cancel", {"flowInstId": instance}) == 62103
    assert (await enos.get(instance))["isCancelled"] is False
    assert (await enos.get(instance))["hasEditPri"] is False


async def test_what_may_not_be_read_is_listed_all_the_same() -> None:
    enos = caller(FlowSpec("3377", "x", can_read=False, type=MANUAL))
    instance = await enos.trigger()
    assert [row["hasReadPri"] for row in await enos.search()] == [False]
    task = instance.replace("3377", "33770")
    for operation, query in (
        ("flows.get", {"flowId": "3377"}),
        ("flowInstances.get", {"flowInstId": instance}),
        ("taskInstances.get", {"taskInstId": task}),
        ("taskInstances.getLog", {"taskInstId": task}),
    ):
        assert await enos.code(operation, query=query) == 62103


async def test_a_flow_without_tasks_cannot_be_triggered() -> None:
    enos = caller(FlowSpec("1", "empty", ()))
    assert await enos.code("flows.trigger", {"flowId": 1, "triggerTime": enos.ms}) == 62104
    assert enos.simulator.runs_started.total() == 0


@pytest.mark.parametrize(
    ("operation", "query"),
    [
        ("flows.get", {}),
        ("flows.get", {"flowId": "1"}),
        ("flowInstances.get", {"flowInstId": ""}),
        ("flowInstances.get", {"flowInstId": "3377"}),
        ("flowInstances.get", {"flowInstId": "3377-20261121140000"}),
        ("flowInstances.get", {"flowInstId": "2809-20261121nn"}),
        ("flowInstances.get", {"flowInstId": "2809-2026112114"}),
        ("flowInstances.get", {"flowInstId": "2809-2026112109"}),
        ("taskInstances.get", {"taskInstId": "28090-2026112114"}),
        ("taskInstances.get", {"taskInstId": "2809-2026112113"}),
        ("taskInstances.get", {"taskInstId": "x-2026112113"}),
        ("taskInstances.getLog", {"taskInstId": "28091-2026112113"}),
        ("taskInstances.getLog", {"taskInstId": "28090-2026112113", "maxLength": "0"}),
        ("taskInstances.getLog", {"taskInstId": "28090-2026112113", "maxLength": "many"}),
    ],
)
async def test_what_is_missing_or_unknown_is_a_wrong_parameter(operation: str, query: dict[str, str]) -> None:
    assert await caller().code(operation, query=query) == 62102


@pytest.mark.parametrize(
    "body",
    [
        {"triggerTime": 1},
        {"flowId": 3377},
        {"flowId": 3377, "triggerTime": "1"},
        {"flowId": 3377, "triggerTime": True},
        {"flowId": 3377, "triggerTime": -1},
        {"flowId": 3377, "triggerTime": 10**18},
        {"flowId": True, "triggerTime": 1},
        {"flowId": "x", "triggerTime": 1},
        {"flowId": 1, "triggerTime": 1},
    ],
)
async def test_a_trigger_names_a_flow_and_a_time(body: Body) -> None:
    enos = caller()
    assert await enos.code("flows.trigger", body) == 62102
    assert enos.simulator.runs_started.total() == 0


# The life of an instance


async def test_an_instance_lives_through_its_statuses() -> None:
    enos = caller(FlowSpec("3377", "x", duration_s=60, type=MANUAL))
    instance = await enos.trigger()
    assert instance == "3377-20261121140000"
    assert enos.simulator.runs_started == {"3377": 1}
    seen = []
    for seconds in (0, 1, 1, 59, 1):
        await enos.passes(seconds)
        row = await enos.get(instance)
        [listed] = await enos.search()
        assert {**row, "graph": None} == {**listed, "alertMode": 3, "calDt": "2026-11-21", "graph": None}
        seen.append((row["status"], row["statusDesc"], row["startTime"], row["endTime"]))
    assert seen == [
        (0, "INIT", None, None),
        (6, "READY", None, None),
        (2, "RUNNING", "2026-11-21 22:00:02", None),
        (2, "RUNNING", "2026-11-21 22:00:02", None),
        (1, "SUCCESS", "2026-11-21 22:00:02", "2026-11-21 22:01:02"),
    ]


async def test_the_shapes_of_an_instance() -> None:
    spec = FlowSpec("8435", "hourly_sync", first_task=118979, type=MANUAL)
    enos = caller(spec)
    instance = await enos.trigger(8435)
    await enos.passes(70)
    [listed] = await enos.search()
    assert listed == {
        "instanceId": "8435-20261121140000",
        "flowId": 8435,
        "flowName": "hourly_sync",
        "freq": "0 0 0/1 * * ? *",
        "cycle": "H",
        "parameters": "[]",
        "doAs": "data_demo",
        "status": 1,
        "statusDesc": "SUCCESS",
        "triggerTime": "2026-11-21 22:00:00",
        "startTime": "2026-11-21 22:00:02",
        "endTime": "2026-11-21 22:01:02",
        "timestamp": "2026-11-21 22:00:00.0",
        "virtual": False,
        "owner": "alice",
        "hasEditPri": True,
        "hasReadPri": True,
        "isCancelled": False,
        "graph": '{"instId":"8435-20261121140000","tasks":[{"task_name":"DataIntegration",'
        '"taskInstId":"118979-20261121140000","taskId":118979,"do_as":"data_demo"}]}',
    }
    nodes = [
        {
            "taskName": "DataIntegration",
            "taskInstId": "118979-20261121140000",
            "taskId": 118979,
            "status": "SUCCESS",
        }
    ]
    assert await enos.nodes(instance) == nodes
    enos.simulator.change(tells_graph_in_lists=True)
    assert json.loads((await enos.search())[0]["graph"])["tasks"] == nodes


async def test_tasks_run_one_after_the_other() -> None:
    enos = caller(FlowSpec("3400", "x", (EXTRACT, LOAD, NOTIFY), duration_s=30))
    instance = await enos.trigger(3400)
    seen = []
    for seconds in (1, 1, 10, 10, 10):
        await enos.passes(seconds)
        nodes = await enos.nodes(instance)
        seen.append([node["status"] for node in nodes])
    assert seen == [
        ["NONE", "NONE", "NONE"],
        ["RUNNING", "INIT", "INIT"],
        ["SUCCESS", "RUNNING", "INIT"],
        ["SUCCESS", "SUCCESS", "RUNNING"],
        ["SUCCESS", "SUCCESS", "SUCCESS"],
    ]
    tasks = [await enos.task(node["taskInstId"]) for node in nodes]
    assert [task["startTime"][-5:] for task in tasks] == ["00:02", "00:12", "00:22"]
    assert [task["endTime"][-5:] for task in tasks] == ["00:12", "00:22", "00:32"]
    assert {task["flowInstId"] for task in tasks} == {instance}


async def test_the_task_that_fails_tells_and_those_after_it_never_run() -> None:
    spec = FlowSpec(
        "3400", "x", (EXTRACT, LOAD, NOTIFY), duration_s=20, outcome=failed(DATABASE_DOWN, task=1)
    )
    enos = caller(spec)
    instance = await enos.trigger(3400)
    await enos.passes(22)
    assert (await enos.get(instance))["statusDesc"] == "FAIL"
    nodes = await enos.nodes(instance)
    assert [node["status"] for node in nodes] == ["SUCCESS", "FAIL", "NONE"]
    assert DATABASE_DOWN not in await enos.log(nodes[0]["taskInstId"])
    assert DATABASE_DOWN in await enos.log(nodes[1]["taskInstId"])
    task = await enos.task(nodes[2]["taskInstId"])
    assert (task["status"], task["startTime"], task["endTime"]) == (0, None, None)
    query = {"taskInstId": nodes[2]["taskInstId"]}
    answer = await enos.envelope("taskInstances.getLog", query=query)
    assert answer == {"code": 62109, "msg": "It has no log.", "data": None}


@pytest.mark.parametrize("status", [*Status, 42])
async def test_every_status_can_be_reached(status: int) -> None:
    enos = caller(FlowSpec("3377", "x", outcome=Outcome(status, "why"), duration_s=5, type=MANUAL))
    instance = await enos.trigger()
    await enos.passes(7)
    row, [listed] = await enos.get(instance), await enos.search(status=ALL)
    text = Status(status).name if status != 42 else "42"
    assert (row["status"], row["statusDesc"]) == (listed["status"], listed["statusDesc"]) == (status, text)
    assert row["startTime"] <= row["endTime"]
    [node] = await enos.nodes(instance)
    task = await enos.task(node["taskInstId"])
    assert (task["status"], task["stsDesc"], node["status"]) == (status, text, text)
    assert task["isTimeout"] is (status == Status.TIMEOUT)


@pytest.mark.parametrize("status", [Status.SUSPEND, Status.RERUN])
async def test_what_does_not_end_holds_up_the_next_one_until_it_is_cancelled(status: Status) -> None:
    enos = caller(FlowSpec("3377", "x", outcome=Outcome(status, ends=False), duration_s=5, type=MANUAL))
    first, second = await enos.trigger(), await enos.trigger()
    await enos.passes(5000)
    row = await enos.get(first)
    assert (row["status"], row["startTime"], row["endTime"]) == (status, "2026-11-21 22:00:02", None)
    assert (await enos.get(second))["statusDesc"] == "WAIT"
    await enos.ask("flowInstances.cancel", {"flowInstId": first})
    await enos.passes(4)
    assert (await enos.get(first))["statusDesc"] == "CANCEL"
    assert (await enos.get(second))["statusDesc"] == "RUNNING"


async def test_an_undocumented_status_may_have_a_text() -> None:
    enos = caller(FlowSpec("3377", "x", outcome=Outcome(42, text="ARCHIVED"), duration_s=5))
    instance = await enos.trigger()
    await enos.passes(7)
    row = await enos.get(instance)
    assert (row["status"], row["statusDesc"]) == (42, "ARCHIVED")


async def test_one_instance_runs_at_a_time_and_the_next_waits() -> None:
    enos = caller(FlowSpec("3377", "x", duration_s=60, type=MANUAL))
    first, second = await enos.trigger(), await enos.trigger()
    assert (first, second) == ("3377-20261121140000", "3377-20261121140001")
    assert enos.simulator.runs_started == {"3377": 2}
    seen = []
    for seconds in (0, 2, 60, 1, 59, 1):
        await enos.passes(seconds)
        seen.append(((await enos.get(first))["statusDesc"], (await enos.get(second))["statusDesc"]))
    assert seen == [
        ("INIT", "INIT"),
        ("RUNNING", "WAIT"),
        ("SUCCESS", "READY"),
        ("SUCCESS", "RUNNING"),
        ("SUCCESS", "RUNNING"),
        ("SUCCESS", "SUCCESS"),
    ]


async def test_an_asked_instance_waits_for_a_scheduled_one_and_the_other_way_round() -> None:
    enos = caller(FlowSpec("2809", "x", period_s=3600, phase_s=600, duration_s=300))
    await enos.passes(700)
    asked = await enos.trigger(2809)
    await enos.passes(10)
    newest = (await enos.search(type=1))[1]
    assert (newest["instanceId"], newest["statusDesc"]) == ("2809-2026112114", "RUNNING")
    assert (await enos.get(asked))["statusDesc"] == "WAIT"
    await enos.passes(195)
    assert (await enos.get(asked))["statusDesc"] == "RUNNING"
    await enos.passes(3500 - 205 - 50)
    asked = await enos.trigger(2809)
    await enos.passes(60)
    assert (await enos.get(asked))["statusDesc"] == "RUNNING"
    assert (await enos.get("2809-2026112115"))["statusDesc"] == "WAIT"


async def test_a_time_in_the_past_means_at_once_and_one_to_come_means_then() -> None:
    enos = caller(FlowSpec("3377", "x", duration_s=5, type=MANUAL))
    past = await enos.trigger(ms=0)
    assert past == "3377-19700101000000"
    await enos.passes(2)
    row = await enos.get(past)
    assert (row["triggerTime"], row["startTime"]) == ("1970-01-01 08:00:00", "2026-11-21 22:00:02")
    assert await enos.search() == []
    coming = await enos.trigger(ms=enos.ms + 60_000)
    await enos.passes(59)
    assert (await enos.get(coming))["statusDesc"] == "INIT"
    assert await enos.search() == []
    assert [row["instanceId"] for row in await enos.search(toTriggerTime=enos.ms + 5000)] == [coming]
    await enos.passes(3)
    assert (await enos.get(coming))["statusDesc"] == "RUNNING"


async def test_a_flow_is_triggered_from_a_task_on() -> None:
    enos = caller()
    body = {"flowId": "3400", "taskId": 34001, "triggerTime": enos.ms}
    instance = (await enos.ask("flows.triggerFromTask", body))["flowInstanceId"]
    await enos.passes(2)
    assert [(node["taskName"], node["status"]) for node in await enos.nodes(instance)] == [
        ("DataIntegration", "RUNNING"),
        ("notify", "INIT"),
    ]
    digits = instance.partition("-")[2]
    assert await enos.code("taskInstances.get", query={"taskInstId": f"34000-{digits}"}) == 62102
    assert await enos.code("flows.triggerFromTask", {**body, "taskId": 33770}) == 62102
    assert await enos.code("flows.triggerFromTask", {**body, "taskId": 7}) == 62102
    assert enos.simulator.runs_started == {"3400": 1}


async def test_parameters_are_a_list_and_stay_with_the_flow() -> None:
    enos = caller()
    wanted = [{"key": "path", "value": "/in"}]
    body: Body = {"flowId": 3377, "triggerTime": enos.ms, "parameters": wanted}
    instance = (await enos.ask("flows.updateAndTrigger", body))["flowInstanceId"]
    assert json.loads((await enos.get(instance))["parameters"]) == wanted
    assert json.loads((await enos.ask("flows.get", query={"flowId": "3377"}))["parameters"]) == wanted
    for wrong in (
        {"path": "/in"},
        '[{"key":"a","value":"b"}]',
        None,
        [{"key": "a"}],
        [{"key": "a", "value": 1}],
    ):
        assert await enos.code("flows.updateAndTrigger", {**body, "parameters": wrong}) == 62102
    assert enos.simulator.runs_started == {"3377": 1}


async def test_outcomes_can_be_told_beforehand() -> None:
    enos = caller()
    enos.simulator.set_outcome("3377", failed("no"), duration_s=1)
    bad = await enos.trigger()
    enos.simulator.set_outcome("3377", Outcome())
    good = await enos.trigger()
    await enos.passes(10)
    assert [(await enos.get(one))["statusDesc"] for one in (bad, good)] == ["FAIL", "SUCCESS"]


# Cancelling


async def test_a_cancel_takes_its_time() -> None:
    enos = caller(CHAIN)
    instance = await enos.trigger(3400)
    await enos.passes(30)
    assert await enos.ask("flowInstances.cancel", {"flowInstId": instance}) == ""
    row = await enos.get(instance)
    assert (row["statusDesc"], row["isCancelled"]) == ("RUNNING", True)
    await enos.passes(1)
    assert await enos.ask("flowInstances.cancel", {"flowInstId": instance}) == ""
    await enos.passes(2)
    row = await enos.get(instance)
    assert (row["status"], row["isCancelled"], row["endTime"]) == (8, True, "2026-11-21 22:00:33")
    nodes = await enos.nodes(instance)
    assert [node["status"] for node in nodes] == ["SUCCESS", "CANCEL", "NONE"]
    assert "killed" in await enos.log(nodes[1]["taskInstId"])


async def test_a_waiting_instance_can_be_cancelled() -> None:
    enos = caller()
    first, second, third = [await enos.trigger() for _ in range(3)]
    await enos.passes(10)
    await enos.ask("flowInstances.cancel", {"flowInstId": second})
    await enos.passes(3)
    row = await enos.get(second)
    assert (row["statusDesc"], row["startTime"], row["endTime"]) == ("CANCEL", None, "2026-11-21 22:00:13")
    assert (await enos.get(first))["statusDesc"] == "RUNNING"
    await enos.passes(51)
    assert (await enos.get(third))["statusDesc"] == "RUNNING"


async def test_a_scheduled_instance_can_be_cancelled() -> None:
    enos = caller(FlowSpec("2809", "x", period_s=3600, phase_s=600))
    await enos.passes(620)
    await enos.ask("flowInstances.cancel", {"flowInstId": "2809-2026112114"})
    await enos.passes(3)
    assert (await enos.search(type=1))[0]["statusDesc"] == "CANCEL"
    await enos.passes(3600)
    assert [row["statusDesc"] for row in await enos.search(1, 3, type=1)] == ["RUNNING", "CANCEL", "SUCCESS"]


async def test_a_cancel_may_come_too_late_or_to_nothing() -> None:
    enos = caller(FlowSpec("3377", "x", duration_s=10), FlowSpec("3378", "y", ignores_cancel=True))
    late, deaf = await enos.trigger(), await enos.trigger(3378)
    await enos.passes(11)
    for instance in (late, deaf):
        await enos.ask("flowInstances.cancel", {"flowInstId": instance})
    await enos.passes(10)
    assert ((await enos.get(late))["statusDesc"], (await enos.get(deaf))["statusDesc"]) == (
        "SUCCESS",
        "RUNNING",
    )
    assert await enos.code("flowInstances.cancel", {"flowInstId": late}) == 0
    enos.simulator.change(idle_cancel_code=62102)
    assert await enos.code("flowInstances.cancel", {"flowInstId": late}) == 62102
    assert await enos.code("flowInstances.cancel", {"flowInstId": "3377-1"}) == 62102
    assert await enos.code("flowInstances.cancel", {"flowInstId": 3377}) == 62102
    assert await enos.code("flowInstances.cancel", {}) == 62102


# Searches


@pytest.mark.parametrize(
    "changes",
    [
        {"type": None},
        {"type": "1"},
        {"type": 3},
        {"type": True},
        {"expression": None},
        {"owner": None},
        {"fromTriggerTime": None},
        {"toTriggerTime": "1"},
        {"status": 1},
        {"status": None},
        {"status": ""},
        {"status": "1,42"},
        {"status": "SUCCESS"},
        {"pagination": []},
        {"pagination": {"pageNo": 1}},
        {"pagination": {"pageSize": 1}},
        {"pagination": {"pageNo": 1, "pageSize": 0}},
        {"pagination": {"pageNo": 0, "pageSize": 1}},
        {"pagination": {"pageNo": "1", "pageSize": 1}},
        {"pagination": {"pageNo": 1, "pageSize": 1, "sorters": {}}},
        {"pagination": {"pageNo": 1, "pageSize": 1, "sorters": [{"field": "start_time", "order": "ASC"}]}},
        {"pagination": {"pageNo": 1, "pageSize": 1, "sorters": [{"field": "status", "order": "ASC"}]}},
        {"pagination": {"pageNo": 1, "pageSize": 1, "sorters": [{"field": "endTime", "order": "asc"}]}},
        {"pagination": {"pageNo": 1, "pageSize": 1, "sorters": ["endTime"]}},
    ],
)
async def test_a_search_needs_all_its_fields_in_their_types(changes: dict[str, Any]) -> None:
    enos = caller()
    assert await enos.code("flowInstances.search", enos.search_body(**changes)) == 62102
    [name] = changes
    body = enos.search_body()
    del body[name]
    assert await enos.code("flowInstances.search", body) == (0 if name == "pagination" else 62102)


@pytest.mark.parametrize("field", ["createTime", "updateTime", "startTime", "triggerTime", "endTime"])
async def test_instances_are_sorted(field: str) -> None:
    enos = caller(FlowSpec("1", "a", type=MANUAL), FlowSpec("2", "b", type=MANUAL, duration_s=5))
    ids = []
    for flow in ("1", "2", "1"):
        ids.append(await enos.trigger(flow))
        await enos.passes(1)
    await enos.passes(10)
    orders = {}
    for order in ("ASC", "DESC"):
        page = {"pageNo": 1, "pageSize": 9, "sorters": [{"field": field, "order": order}]}
        orders[order] = [row["instanceId"] for row in await enos.search(pagination=page)]
    wanted = {
        "endTime": [ids[0], ids[2], ids[1]],
        "startTime": [ids[2], ids[0], ids[1]],
        "updateTime": [ids[0], ids[2], ids[1]],
    }.get(field, ids)
    if field in {"createTime", "triggerTime", "startTime"}:
        assert orders == {"ASC": wanted, "DESC": wanted[::-1]}
    else:
        assert orders["DESC"][0] == ids[1]
        assert orders["ASC"][-1] == ids[1]


async def test_pages_are_cut_from_one_list() -> None:
    specs = [
        FlowSpec(str(1000 + n), f"f{n}", period_s=7200 * (1 + n % 3), phase_s=60 * (n // 2)) for n in range(9)
    ]
    enos = caller(*specs)
    await enos.trigger(1000)
    await enos.passes(40)
    for order in ("ASC", "DESC"):
        sorters = [{"field": "triggerTime", "order": order}]
        everything = await enos.search(
            type=1, pagination={"pageNo": 1, "pageSize": 10_000, "sorters": sorters}
        )
        times = [row["triggerTime"] for row in everything]
        assert times == sorted(times, reverse=order == "DESC")
        for size in (7, 50):
            page, found = 1, list[dict[str, Any]]()
            while True:
                pagination = {"pageNo": page, "pageSize": size, "sorters": sorters}
                body = enos.search_body(type=1, pagination=pagination)
                data = await enos.ask("flowInstances.search", body)
                assert data["count"] == len(everything)
                if not data["flowInsts"]:
                    break
                found += data["flowInsts"]
                page += 1
            assert found == everything


async def test_the_search_finds_exactly_what_its_window_holds() -> None:
    """The arithmetic of the timetable against the plain definition of a schedule."""
    specs = [
        FlowSpec(str(n), f"f{n}", period_s=(900, 3600, 7200)[n % 3], phase_s=97 * n) for n in range(1, 30)
    ]
    enos = caller(*specs)
    moments = {
        (spec.id, second)
        for spec in specs
        for second in range(enos.ms // 1000 - 20_000, enos.ms // 1000 + 1)
        if (second - spec.phase_s) % spec.period_s == 0
    }
    for since, until in ((0, 20_000), (1, 19_999), (5000, 5000), (300, 9000), (9000, 300)):
        start, end = enos.ms // 1000 - 20_000 + since, enos.ms // 1000 - 20_000 + until
        window: dict[str, Any] = {"fromTriggerTime": start * 1000, "toTriggerTime": end * 1000}
        body = enos.search_body(type=1, **window)
        data = await enos.ask("flowInstances.search", body)
        wanted = sorted((second, flow) for flow, second in moments if start <= second <= end)
        found = sorted(
            (
                round(
                    datetime.fromisoformat(row["triggerTime"])
                    .replace(tzinfo=ZoneInfo("Asia/Shanghai"))
                    .timestamp()
                ),
                str(row["flowId"]),
            )
            for row in data["flowInsts"]
        )
        assert found == wanted
        assert data["count"] == len(wanted)


async def test_the_count_counts_all_or_the_page() -> None:
    enos = caller()
    for _ in range(5):
        await enos.trigger()
    assert (await enos.ask("flowInstances.search", enos.search_body(1, 2)))["count"] == 5
    enos.simulator.change(count="page")
    assert (await enos.ask("flowInstances.search", enos.search_body(1, 2)))["count"] == 2
    assert (await enos.ask("flowInstances.search", enos.search_body(3, 2)))["count"] == 1
    assert (await enos.ask("flowInstances.search", enos.search_body(4, 2))) == {"count": 0, "flowInsts": []}
    enos.simulator.change(largest_page=3)
    assert len(await enos.search()) == 3
    enos.simulator.change(largest_page=None, default_page_size=4)
    body = enos.search_body()
    del body["pagination"]
    assert len((await enos.ask("flowInstances.search", body))["flowInsts"]) == 4


async def test_old_versions_count_pages_from_0_and_say_status() -> None:
    enos = caller(envelope="status", first_page=0)
    body = {"flowId": 3377, "triggerTime": enos.ms}
    answer = await enos.envelope("flows.trigger", body)
    assert (answer["status"], "code" in answer) == (0, False)
    answer = await enos.envelope("flowInstances.search", enos.search_body(0, 5))
    assert answer["status"] == 0
    assert len(answer["data"]["flowInsts"]) == 1
    assert (await enos.envelope("flowInstances.search", enos.search_body(1, 5)))["data"]["flowInsts"] == []
    assert (await enos.envelope("flows.get"))["status"] == 62102


async def test_a_search_has_one_type() -> None:
    enos = caller(PLAIN, HOURLY, FlowSpec("5", "x", type=TEMPORARY))
    for flow in (3377, 2809, 5):
        await enos.trigger(flow)
    found = [{row["flowId"] for row in await enos.search(type=kind)} for kind in range(3)]
    assert found == [{3377}, {2809}, {5}]
    assert len(await enos.search(type=1)) == 4
    enos.simulator.change(asked_type=2)
    found = [{row["flowId"] for row in await enos.search(type=kind)} for kind in range(3)]
    assert found == [set(), {2809}, {3377, 2809, 5}]


async def test_a_search_has_statuses() -> None:
    bad = FlowSpec("1", "bad", period_s=900, outcome=failed("no"), duration_s=100)
    good = FlowSpec("2", "good", period_s=900, duration_s=100)
    enos = caller(bad, good)
    everything = await enos.search(type=1)
    for statuses in ("-1", "1", "2", "0,2,3,5,6,9", "-1,4,7", " 1 , 2", "-1,2"):
        wanted = {int(word) for word in statuses.split(",")}
        for again in range(2):
            await enos.passes(2 * again)
            everything = await enos.search(type=1)
            found = await enos.search(type=1, status=statuses)
            assert found == [row for row in everything if row["status"] in wanted]
    await enos.passes(10)
    assert len(await enos.search(type=1, status="2")) == 2


@pytest.mark.parametrize(
    "expression",
    [
        "good",
        "oo",
        "12",
        "2-",
        "2-2026",
        "-2026112113",
        "2026112113",
        "1121",
        "1330",
        "nothing",
        "2-1",
        "1415",
    ],
)
async def test_an_expression_is_a_part_of_the_name_or_of_the_instances_id(expression: str) -> None:
    specs = [
        FlowSpec("12", "good", period_s=900),
        FlowSpec("122", "oops", period_s=3600),
        FlowSpec("7", "x", period_s=900, owner="bob"),
    ]
    enos = caller(*specs)
    await enos.passes(1000)
    await enos.trigger(122)
    everything = await enos.search(type=1)
    found = await enos.search(type=1, expression=expression)
    assert found == [
        row for row in everything if expression in row["flowName"] or expression in row["instanceId"]
    ]
    assert {row["flowId"] for row in await enos.search(type=1, owner="bob")} == {7}


# Times


async def test_times_are_in_the_servers_zone() -> None:
    enos = caller(zone="Europe/Berlin")
    instance = await enos.trigger()
    await enos.passes(2)
    row = await enos.get(instance)
    assert (row["triggerTime"], row["startTime"]) == ("2026-11-21 15:00:00", "2026-11-21 15:00:02")
    assert await enos.ask("time.getTimeZone") == {"timezone": "GMT+1"}
    assert await caller(zone="America/St_Johns").ask("time.getTimeZone") == {"timezone": "GMT-3:30"}
    assert await caller(zone="UTC").ask("time.getTimeZone") == {"timezone": "GMT+0"}


async def test_start_and_end_may_be_in_utc_while_the_trigger_time_is_not() -> None:
    enos = caller(starts_in_utc=True)
    instance = await enos.trigger()
    await enos.passes(70)
    row = await enos.get(instance)
    assert (row["triggerTime"], row["startTime"]) == ("2026-11-21 22:00:00", "2026-11-21 14:00:02")
    [listed] = await enos.search()
    assert listed["endTime"] == "2026-11-21 14:01:02"
    task = await enos.task(instance.replace("3377", "33770"))
    assert (task["triggerTime"], task["endTime"]) == ("2026-11-21 22:00:00", "2026-11-21 14:01:02")
    assert task["timeStamp"] == "Sat Nov 21 22:00:00 CST 2026"


async def test_ids_end_in_ten_twelve_or_fourteen_digits() -> None:
    enos = caller(FlowSpec("1", "a", period_s=3600), FlowSpec("2", "b", period_s=900))
    await enos.trigger(1)
    rows = await enos.search(1, 6, type=1)
    assert {len(row["instanceId"]) - 2 for row in rows} == {10, 12, 14}
    for row in rows:
        assert (await enos.get(row["instanceId"]))["instanceId"] == row["instanceId"]
        [node] = json.loads(row["graph"])["tasks"]
        assert (await enos.task(node["taskInstId"]))["flowInstId"] == row["instanceId"]


async def test_a_fast_clock_shows_in_all_that_the_server_says() -> None:
    enos = caller()
    await enos.login()
    enos.simulator.set_skew(timedelta(minutes=5))
    assert await enos.ask("time.getCurrentTime") == enos.ms + 300_000
    assert (await enos.ask("flowInstances.search", enos.search_body(type=1)))["count"] == 3
    instance = await enos.trigger()
    await enos.passes(2)
    row = await enos.get(instance)
    assert (row["triggerTime"], row["startTime"]) == ("2026-11-21 22:00:00", "2026-11-21 22:05:02")
    coming = await enos.trigger(ms=enos.ms + 310_000)
    assert (await enos.get(coming))["triggerTime"] == "2026-11-21 22:05:12"
    await enos.passes(3000)
    # By the server's clock the newest instance is meant for a time that the caller's hasn't reached.
    await enos.passes(600 - 3002 % 3600 + 3600 - 600)
    await enos.passes(600)
    newest = (await enos.search(type=1, toTriggerTime=enos.ms + 300_000))[0]["instanceId"]
    assert newest not in {row["instanceId"] for row in await enos.search(type=1)}


# Tasks and logs


async def test_the_data_of_a_task_may_be_a_list_and_its_run_mode_no_json() -> None:
    enos = caller()
    query = {"taskInstId": (await enos.trigger()).replace("3377", "33770")}
    row = await enos.ask("taskInstances.get", query=query)
    assert json.loads(row["runMode"])["memory"] == 1.1
    enos.simulator.change(lists_task_instance=True, breaks_run_mode=True)
    [listed] = await enos.ask("taskInstances.get", query=query)
    assert {**listed, "runMode": None} == {**row, "runMode": None}
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(listed["runMode"])


async def test_a_log_grows() -> None:
    enos = caller()
    instance = await enos.trigger()
    task = instance.replace("3377", "33770")
    assert await enos.code("taskInstances.getLog", query={"taskInstId": task}) == 62109
    await enos.passes(2)
    logs = [await enos.log(task)]
    assert logs[0] == (
        "====\nrun num:\t1\ninstance:\tt33770-20261121140000\ncmdline:\techo hi\n"
        "current time:\tSat Nov 21 14:00:02 UTC 2026\n====\n"
    )
    for seconds in (4, 1, 30, 25, 500):
        await enos.passes(seconds)
        logs.append(await enos.log(task))
        assert logs[-1].startswith(logs[-2])
    assert logs[1] == logs[0]
    assert logs[2] == logs[1] + "2026-11-21 14:00:07,000 INFO  DataIntegration - 1250 rows\n"
    assert logs[4] == logs[5]
    assert logs[5].endswith("INFO  exit code: 0\n")


async def test_a_failure_leaves_a_stack_trace() -> None:
    enos = caller(FlowSpec("3377", "x", outcome=failed(DATABASE_DOWN), duration_s=3))
    instance = await enos.trigger()
    await enos.passes(5)
    log = await enos.log(instance.replace("3377", "33770"))
    assert f"ERROR DataIntegration - {DATABASE_DOWN}\n" in log
    assert f"Caused by: java.sql.SQLException: {DATABASE_DOWN}\n\tat " in log
    assert log.endswith("exit code: 1\n")


async def test_a_timeout_is_told() -> None:
    enos = caller(FlowSpec("3377", "x", outcome=failed("slow", Status.TIMEOUT), duration_s=3))
    instance = await enos.trigger()
    await enos.passes(5)
    assert "timeout of 300 s exceeded: slow" in await enos.log(instance.replace("3377", "33770"))


async def test_a_log_is_cut_at_its_head_or_its_tail() -> None:
    enos = caller(FlowSpec("3377", "x", (TaskSpec("ü", log=["äöü" * 5]),)))
    task = (await enos.trigger()).replace("3377", "33770")
    await enos.passes(40)
    log = await enos.log(task)
    assert await enos.log(task, 50) == log[-50:]
    assert await enos.log(task, 100_000) == log
    enos.simulator.change(log_keeps="head")
    assert await enos.log(task, 50) == log[:50]
    enos.simulator.change(log_keeps="all")
    assert await enos.log(task, 50) == log
    enos.simulator.change(log_keeps="tail", longest_log=30)
    assert await enos.log(task) == await enos.log(task, 50) == log[-30:]
    assert await enos.log(task, 20) == log[-20:]
    enos.simulator.change(longest_log=200, counts_log_bytes=True)
    assert await enos.log(task) == log.encode()[-200:].decode(errors="replace") != log[-200:]
    enos.simulator.change(log_keeps="head")
    assert await enos.log(task) == log.encode()[:200].decode(errors="replace")


async def test_the_head_of_a_log_may_change_with_each_reading() -> None:
    enos = caller(rewrites_log_head=True)
    task = (await enos.trigger()).replace("3377", "33770")
    await enos.passes(10)
    first = await enos.log(task)
    await enos.passes(1)
    second = await enos.log(task)
    assert first != second
    assert first.splitlines()[5:] == second.splitlines()[5:]


async def test_a_task_may_write_no_log() -> None:
    enos = caller(FlowSpec("3377", "x", (TaskSpec("quiet", has_log=False),)))
    task = (await enos.trigger()).replace("3377", "33770")
    await enos.passes(10)
    assert await enos.code("taskInstances.getLog", query={"taskInstId": task}) == 62109


# The whole


async def test_it_serves_a_socket() -> None:
    clock = FakeClock()
    enos = Caller(EnosSimulator(clock, [PLAIN, HOURLY]), clock)
    async with FaultyServer(enos.simulator) as server:
        enos.http = httpx.AsyncClient(base_url=server.url)
        instance = await enos.trigger()
        assert (await enos.get(instance))["statusDesc"] == "INIT"
        assert len(await enos.search(type=1)) == 3
        await enos.http.aclose()


async def test_flows_can_be_added_and_changed() -> None:
    enos = caller(PLAIN)
    enos.simulator.add_flow(FlowSpec("9", "new", period_s=900))
    assert len(await enos.search(type=1)) == 97
    enos.simulator.add_flow(FlowSpec("9", "newer", type=MANUAL))
    assert await enos.search(type=1) == []
    assert [row["flowName"] for row in await enos.ask("flows.getMyFlow")] == ["load_customers", "newer"]
    await enos.ask("flows.delete", query={"flowId": "3377"})
    enos.simulator.add_flow(FlowSpec("10", "newest", type=MANUAL))
    assert [row["flowName"] for row in await enos.ask("flows.getMyFlow")] == ["newer", "newest"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(1, 5000)),
        st.tuples(st.sampled_from(["trigger", "later", "cancel", "disable", "enable"]), st.integers(0, 30)),
    ),
    max_size=8,
)


@settings(max_examples=30)
@given(STEPS)
async def test_whatever_is_done_a_flow_never_rewrites_its_past(steps: list[tuple[str, int]]) -> None:
    enos = caller(
        FlowSpec("2809", "x", period_s=1800, phase_s=600, duration_s=120),
        skew_tolerance_s=None,
        token_life_s=10**6,
    )
    past: dict[str, dict[str, Any]] = {}
    for step, seconds in steps:
        if step in {"trigger", "later"}:
            await enos.trigger(2809, enos.ms + (600_000 if step == "later" else 0))
        elif step == "cancel":
            newest = (await enos.search(1, 1, type=1))[0]["instanceId"]
            await enos.ask("flowInstances.cancel", {"flowInstId": newest})
        elif step != "pass":
            await enos.ask(f"flows.{step}", {"flowId": 2809})
        enos.clock.jump(seconds)
        window = {"fromTriggerTime": int(START.timestamp() * 1000) - 7_200_000}
        rows = await enos.search(type=1, **window)
        local = f"{enos.clock.now().astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M:%S}"
        for row in rows[:1]:
            assert row["status"] == (await enos.get(row["instanceId"]))["status"]
        for row in rows:
            assert row["endTime"] is None or (row["startTime"] or "") <= row["endTime"] <= local
        running = [row for row in rows if row["status"] == Status.RUNNING]
        assert len(running) <= 1
        ended = {row["instanceId"]: row for row in rows if row["endTime"]}
        assert {key: {**ended[key], "isCancelled": None} for key in past} == past
        past = {key: {**row, "isCancelled": None} for key, row in ended.items()}


# The demo


async def test_a_made_up_night_has_one_cause_behind_its_failures() -> None:
    clock = FakeClock()
    enos = Caller(EnosSimulator.preload(clock, 200), clock)
    statuses = {row["statusDesc"] for row in await enos.search(type=1)}
    assert statuses >= {"SUCCESS", "FAIL", "RUNNING"}
    causes = set()
    rows = [*await enos.search(1, 30, type=1, status="-1,4,7"), *await enos.search(1, 30, type=1)]
    for row in rows:
        nodes = await enos.nodes(row["instanceId"])
        assert 2 <= len(nodes) <= 5
        failures = [node for node in nodes if node["status"] in {"FAIL", "TIMEOUT", "INTERNAL_ERROR"}]
        assert len(failures) == (row["statusDesc"] in {"FAIL", "TIMEOUT", "INTERNAL_ERROR"})
        for node in failures:
            log = await enos.log(node["taskInstId"])
            causes.update(re.findall(r"Caused by: java.sql.SQLException: (.*)", log))
            if DATABASE_DOWN in log:
                assert node["taskName"] == "DataIntegration"
    assert DATABASE_DOWN in causes
    flows = await enos.ask("flows.getMyFlow")
    assert len(flows) == 200
    assert 0 < sum(not flow["editable"] for flow in flows) < 20
    kinds = set()
    for flow in flows:
        full = await enos.ask("flows.get", query={"flowId": flow["flowId"]})
        kinds.add((full["type"], full["active"]))
    assert kinds == {(0, 1), (1, 0), (1, 1), (2, 1)}


async def test_the_made_up_schedules_are_what_their_flows_say() -> None:
    clock = FakeClock()
    enos = Caller(EnosSimulator.preload(clock, 60), clock)
    for row in await enos.search(type=1):
        minute, hour = row["freq"].split()[1:3]
        local = datetime.fromisoformat(row["triggerTime"]) - timedelta(hours=8)
        assert local.second == 0
        first, slash, step = (minute if "/" in minute else hour).partition("/")
        value = local.minute if "/" in minute else local.hour
        assert slash
        assert (value - int(first)) % int(step) == 0
        assert "/" in minute or local.minute == int(minute)


async def test_the_same_seed_makes_the_same_night() -> None:
    answers = []
    for _ in range(2):
        clock = FakeClock()
        enos = Caller(EnosSimulator.preload(clock, 100), clock)
        answers += [
            await enos.search(type=1),
            await enos.search(type=1),
            await enos.trigger(1003),
            enos.token,
        ]
    assert answers[0] == answers[1]
    assert answers[:4] == answers[4:]


async def test_made_up_flows_find_their_scheduled_instances_by_status() -> None:
    clock = FakeClock()
    enos = Caller(EnosSimulator.preload(clock, 50), clock)
    everything = await enos.search(1, 5000, type=1)
    for statuses in ("2", "0,2,3,5,6,9", "-1,4,7", "1"):
        wanted = {int(word) for word in statuses.split(",")}
        found = await enos.search(1, 5000, type=1, status=statuses)
        assert found == [row for row in everything if row["status"] in wanted]
        assert found == await enos.search(1, 5000, type=1, status=statuses)


async def test_a_page_of_twenty_thousand_flows_makes_only_its_own_instances(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = FakeClock()
    enos = Caller(EnosSimulator.preload(clock, 20_000), clock)
    made = 0

    def counted(script: Script, number: int, night: datetime) -> object:
        nonlocal made
        made += 1
        return whole(script, number, night)

    whole = fleet.execution
    monkeypatch.setattr(life, "execution", counted)
    for page in (1, 2000, 1):
        data = await enos.ask("flowInstances.search", enos.search_body(page, 50, type=1))
        assert data["count"] > 300_000
        assert len(data["flowInsts"]) == 50
    assert made == 100
    await enos.search(1, 50, type=1, status="2")
    assert made < 8000


async def test_whoever_shares_the_loop_gets_turns_while_ten_thousand_flows_are_listed() -> None:
    clock = FakeClock()
    enos = Caller(EnosSimulator.preload(clock, 10_000), clock)
    await enos.login()
    for operation, body in (
        ("flows.getMyFlow", None),
        ("flowInstances.search", enos.search_body(1, 3000, type=1)),
    ):
        asked = asyncio.create_task(enos.ask(operation, body))
        turns = 0
        while not asked.done():
            await asyncio.sleep(0)
            turns += 1
        await asked
        assert turns > 50
