"""The simulated ETL backend and its portal, asked by plain requests as the vendor's pages show them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import START, FakeClock
from tests.support.faults import FaultyServer
from tui.simulators.bmc import (
    ACCESS_KEY,
    ACCESS_SECRET_KEY,
    JWT_LIFE,
    REFRESH_LIFE,
    TENANT,
    Behaviour,
    BmcSimulator,
    ErrorBody,
    EtlRun,
    EtlSpec,
    NeverRun,
    RunConfiguration,
    User,
)
from tui.simulators.bmc.etl import Etl
from tui.simulators.fleet import SYSTEMS, Script, make_scripts

BASE = "https://hostname.bmc.com"
KEYS = {"access_key": ACCESS_KEY, "access_secret_key": ACCESS_SECRET_KEY}
HOURLY = Script(
    id="43",
    name="hourly",
    period_s=3600,
    usual_s=60,
    phase_s=600,
    failure_rate=0,
    needs_database=False,
    is_parametrised=False,
)
FRESH = EtlSpec("700", "Generic CSV Importer - fresh")
STORAGE = EtlSpec("321", "Generic CSV Importer - storage", history=(EtlRun(START - timedelta(hours=5)),))
NIGHTLY = EtlSpec("43", "nightly", script=HOURLY)
SERVICE = EtlSpec("53", "vCenter Extractor Service", is_service=True)
REFUSING = EtlSpec("60", "locked", accepts_runs=False)
ACCEPTED = {"task_execution_request_id": 21359, "request_status": "OK"}
REFUSED = {"task_execution_request_id": -1, "request_status": "ERROR"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


class Caller:
    def __init__(self, simulator: BmcSimulator, clock: FakeClock) -> None:
        self.simulator = simulator
        self.clock = clock
        self.http = httpx.AsyncClient(
            transport=httpx.MockTransport(simulator), headers={"accept": "application/json"}
        )
        self.jwt = ""

    async def post(self, path: str, body: Any = None, base: str = BASE) -> httpx.Response:
        return await self.http.post(base + path, json=body)

    async def login(self, **changes: object) -> httpx.Response:
        return await self.post("/ims/api/v1/access_keys/login", {**KEYS, **changes})

    async def refresh(self, token: object) -> httpx.Response:
        return await self.post("/ims/api/v1/auth/tokens", {"token": token})

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        if not self.jwt:
            self.jwt = (await self.login()).json()["json_web_token"]
        headers = {"authorization": f"Bearer {self.jwt}", **options.pop("headers", {})}
        url = f"{BASE}/opt/api/v1/backend/etls{path}"
        return await self.http.request(method, url, headers=headers, **options)

    async def rows(self) -> list[dict[str, Any]]:
        response = await self.call("GET", "/")
        assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
        rows = response.json()
        assert isinstance(rows, list)
        return rows

    async def status(self, etl_id: str = "321") -> dict[str, Any]:
        response = await self.call("GET", f"/{etl_id}/status")
        assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
        answer = response.json()
        assert isinstance(answer, dict)
        return answer

    async def act(self, action: str, etl_id: str = "321", body: Any = None) -> dict[str, Any]:
        response = await self.call("POST", f"/{etl_id}/{action}", json={} if body is None else body)
        assert response.status_code == 200
        answer = response.json()
        assert isinstance(answer, dict)
        return answer

    async def words(self, etl_id: str = "321") -> tuple[str | None, str | None]:
        answer = await self.status(etl_id)
        return answer["status"], answer.get("exit_code")

    async def passes(self, seconds: float) -> None:
        await self.clock.advance(seconds)

    async def long_passes(self, seconds: float) -> None:
        """Longer than a token lives."""
        await self.passes(seconds)
        self.jwt = ""


def caller(
    *specs: EtlSpec,
    start: datetime = START,
    behaviour: Behaviour | None = None,
    users: dict[str, User] | None = None,
) -> Caller:
    clock = FakeClock(start)
    etls = specs or (STORAGE, FRESH, NIGHTLY, SERVICE, REFUSING)
    return Caller(BmcSimulator(clock, etls, behaviour=behaviour, users=users), clock)


# The vendor's page


EXAMPLE_1 = """
{
 "status": "ENDED",
 "task_id": 467,
 "exit_code": "ERROR",
 "last_exec_ts": "2022-09-06T12:07:34Z"
}
"""
EXAMPLE_2 = """
{
 "status": "ENDED",
 "task_id": 321,
 "exit_code": "OK",
 "last_exec_ts": "2022-09-08T14:56:28Z"
}
"""


@pytest.mark.parametrize("is_end", [False, True])
@pytest.mark.parametrize("example", [EXAMPLE_1, EXAMPLE_2])
async def test_the_vendors_status_samples(example: str, is_end: bool) -> None:
    sample = json.loads(example)
    began = at(sample["last_exec_ts"]) - timedelta(seconds=90 if is_end else 0)
    old = EtlRun(began, 90, sample["exit_code"])
    spec = EtlSpec("321", "x", task_id=str(sample["task_id"]), history=(old,))
    bmc = caller(spec, start=at("2022-09-09T00:00:00Z"), behaviour=Behaviour(last_exec_is_end=is_end))
    assert list((await bmc.status()).items()) == list(sample.items())


async def test_the_other_samples_of_a_status() -> None:
    old = {"last_exec_ts": "2022-09-08T14:56:28Z"}
    past = EtlRun(at("2022-09-08T14:56:28Z"), 60, "WARNING")
    waiting = EtlSpec("321", "x", script=HOURLY, since=at("2022-09-08T15:00:00Z"), history=(past,))
    bmc = caller(waiting, SERVICE, FRESH, start=at("2022-09-08T15:01:00Z"))
    assert await bmc.status() == {"status": "WAITING", "task_id": 321, "exit_code": "WARNING", **old}
    assert await bmc.status("53") == {"status": "SERVICE_ON", "task_id": 53}
    assert await bmc.status("700") == {"status": None, "task_id": 700}
    running = caller(EtlSpec("321", "x", history=(past,)), start=at("2022-09-08T14:56:40Z"))
    assert await running.status() == {"status": "RUNNING", "task_id": 321, **old}


async def test_the_vendors_run_and_the_answers_to_a_service_and_a_refusal() -> None:
    bmc = caller()
    body = {"run_execution_properties": {"additional.property": "value"}}
    assert list((await bmc.act("run", body=body)).items()) == list(ACCEPTED.items())
    assert bmc.simulator.backend.etl("321").asked[-1].properties == {"additional.property": "value"}
    await bmc.passes(5)
    stopped = await bmc.act("stop")
    assert stopped == {"task_execution_request_id": 21360, "request_status": "OK"}
    await bmc.act("stop", "53")
    assert await bmc.act("run", "53") == {"task_execution_request_id": -1, "request_status": "OK"}
    assert await bmc.act("run", "60") == REFUSED
    assert bmc.simulator.runs_started == {"321": 1, "53": 1}


async def test_the_sample_of_a_list() -> None:
    storage = EtlSpec(
        "321",
        "Generic CSV Importer - storage",
        configurations=(RunConfiguration(402), RunConfiguration(403, "Backfill", active=False)),
    )
    service = EtlSpec("53", "vCenter Extractor Service", configurations=(RunConfiguration(216),))
    response = await caller(service, storage).call("GET", "/")
    assert response.text == (
        '[{"name":"vCenter Extractor Service","etl_id":53,'
        '"run_configurations":[{"name":"Default","active":true,"run_configuration_id":216}]},'
        '{"name":"Generic CSV Importer - storage","etl_id":321,'
        '"run_configurations":[{"name":"Default","active":true,"run_configuration_id":402},'
        '{"name":"Backfill","active":false,"run_configuration_id":403}]}]'
    )


# Login


async def test_a_login_gives_two_tokens_and_a_refresh_gives_one() -> None:
    bmc = caller()
    first = (await bmc.login()).json()
    assert list(first) == ["token", "json_web_token"]
    second = (await bmc.refresh(first["token"])).json()
    assert list(second) == ["json_web_token"]
    assert len({first["token"], first["json_web_token"], second["json_web_token"]}) == 3
    for bmc.jwt in (first["json_web_token"], second["json_web_token"]):
        assert await bmc.rows()
    assert (bmc.simulator.logins, bmc.simulator.refreshes) == (1, 1)


async def test_a_tenant_may_be_left_out_and_must_be_right_otherwise() -> None:
    bmc = caller()
    assert (await bmc.login(tenant_id=TENANT)).status_code == 200
    assert (await bmc.login(tenant_id="2")).status_code == 401
    assert (await bmc.login(tenant_id=int(TENANT))).status_code == 400
    assert (bmc.simulator.logins, bmc.simulator.portal.refused["login"]) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"access_key": "other"}, 401),
        ({"access_secret_key": "other"}, 401),
        ({"access_key": ""}, 400),
        ({"access_key": None}, 400),
        ({"access_secret_key": 5}, 400),
    ],
)
async def test_a_wrong_key_is_refused(changes: dict[str, object], code: int) -> None:
    bmc = caller()
    response = await bmc.login(**changes)
    assert (response.status_code, list(response.json())) == (code, ["message"])
    assert bmc.simulator.logins == 0
    assert bmc.simulator.portal.refused["login"] == (code == 401)


@pytest.mark.parametrize("path", ["/ims/api/v1/access_keys/login", "/ims/api/v1/auth/tokens"])
async def test_a_login_must_be_a_post_of_a_json_object(path: str) -> None:
    bmc = caller()
    assert (await bmc.http.get(BASE + path)).status_code == 405
    assert (await bmc.http.post(BASE + path)).status_code == 415
    assert (await bmc.http.post(BASE + path, data=KEYS)).status_code == 415
    assert (await bmc.http.post(BASE + path, content=json.dumps(KEYS))).status_code == 415
    assert (await bmc.post(path, [KEYS])).status_code == 400
    assert (await bmc.post(path, {})).status_code == 400
    headers = {"content-type": "application/json"}
    assert (await bmc.http.post(BASE + path, content=b"{", headers=headers)).status_code == 400
    assert (await bmc.post("/ims/api/v1/other", KEYS)).status_code == 404
    assert bmc.simulator.logins == bmc.simulator.refreshes == 0


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        (ErrorBody.JSON, '{"message":"The access key or its secret is not valid"}'),
        (ErrorBody.TEXT, "The access key or its secret is not valid"),
        (ErrorBody.EMPTY, ""),
    ],
)
async def test_a_refused_login_has_one_of_several_bodies(shape: ErrorBody, body: str) -> None:
    bmc = caller(behaviour=Behaviour(login_errors=shape, login_refusal=400))
    response = await bmc.login(access_key="other")
    assert (response.status_code, response.text) == (400, body)
    bmc.simulator.change(login_errors=ErrorBody.HTML, login_refusal=500)
    response = await bmc.login(access_key="other")
    assert (response.status_code, response.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert (await bmc.login()).status_code == 200
    assert (await bmc.call("GET", "/1/status")).json() == {"message": "ETL not found"}


async def test_a_token_serves_a_quarter_of_an_hour() -> None:
    bmc = caller()
    assert await bmc.rows()
    await bmc.passes(JWT_LIFE.total_seconds() - 1)
    assert await bmc.rows()
    await bmc.passes(1)
    assert (await bmc.call("GET", "/")).status_code == 401
    assert (await bmc.call("POST", "/321/run")).status_code == 401
    assert bmc.simulator.calls == {"list": 2}
    assert bmc.simulator.runs_started.total() == 0
    assert timedelta(minutes=15) == JWT_LIFE


async def test_a_refresh_token_serves_a_day() -> None:
    bmc = caller()
    token = (await bmc.login()).json()["token"]
    await bmc.passes(REFRESH_LIFE.total_seconds() - 1)
    bmc.jwt = (await bmc.refresh(token)).json()["json_web_token"]
    await bmc.passes(1)
    assert (await bmc.refresh(token)).status_code == 401
    assert await bmc.rows()
    assert (await bmc.refresh("other")).status_code == 401
    assert (await bmc.refresh(bmc.jwt)).status_code == 401
    assert (await bmc.refresh(5)).status_code == 400
    assert (bmc.simulator.refreshes, bmc.simulator.portal.refused["refresh"]) == (1, 3)
    assert timedelta(hours=24) == REFRESH_LIFE


async def test_tokens_can_be_taken_back() -> None:
    bmc = caller()
    token = (await bmc.login()).json()["token"]
    assert await bmc.rows()
    bmc.simulator.expire_tokens()
    assert (await bmc.call("GET", "/")).status_code == 401
    bmc.jwt = (await bmc.refresh(token)).json()["json_web_token"]
    assert await bmc.rows()
    bmc.simulator.revoke_refresh()
    assert (await bmc.call("GET", "/")).status_code == 401
    assert (await bmc.refresh(token)).status_code == 401
    bmc.jwt = ""
    assert await bmc.rows()


async def test_a_secret_can_change() -> None:
    bmc = caller()
    token = (await bmc.login()).json()["token"]
    bmc.simulator.set_secret("other")
    assert (await bmc.login()).status_code == 401
    assert (await bmc.refresh(token)).status_code == 200
    assert (await bmc.login(access_secret_key="other")).status_code == 200


@pytest.mark.parametrize("authorization", ["", "{}", "bearer {}", "Basic {}", "Bearer {} ", "Bearer x"])
async def test_every_call_needs_its_token(authorization: str) -> None:
    bmc = caller()
    assert await bmc.rows()
    sent = {"headers": {"authorization": authorization.format(bmc.jwt)}}
    for method, path in (("GET", "/"), ("GET", "/321/status"), ("POST", "/321/run"), ("GET", "/999/status")):
        response = await bmc.call(method, path, **sent)
        assert (response.status_code, response.json()) == (401, {"message": "Unauthorized"})
    assert bmc.simulator.calls == {"list": 1}


async def test_portal_and_backend_may_be_apart() -> None:
    bmc = caller(behaviour=Behaviour(host="opt.example.com", portal_host="portal.example.com"))
    assert (await bmc.login()).status_code == 404
    answer = await bmc.post("/ims/api/v1/access_keys/login", KEYS, base="https://portal.example.com")
    headers = {"authorization": f"Bearer {answer.json()['json_web_token']}"}
    codes = [
        (await bmc.http.get(f"https://{host}/opt/api/v1/backend/etls/", headers=headers)).status_code
        for host in ("portal.example.com", "opt.example.com")
    ]
    assert codes == [404, 200]
    apart = caller(behaviour=Behaviour(portal_path="/helix"))
    assert (await apart.login()).status_code == 404
    assert (await apart.post("/helix/ims/api/v1/access_keys/login", KEYS)).status_code == 200


# Requests


@pytest.mark.parametrize(
    "accept",
    [
        "application/json, text/plain, */*",
        "application/json,*/*",
        "application/json;q=1, text/html",
        "text/html",
        "application/xml",
    ],
)
async def test_accept_names_one_type(accept: str) -> None:
    bmc = caller()
    assert await bmc.rows()
    for method, path in (("GET", "/"), ("GET", "/321/status"), ("POST", "/321/run")):
        response = await bmc.call(method, path, headers={"accept": accept})
        assert response.status_code == 400
        assert response.json()["code"] == "validation.request.accept.invalid"
    bmc.simulator.change(api_errors=ErrorBody.TEXT)
    response = await bmc.call("GET", "/", headers={"accept": accept})
    assert response.text.startswith("validation.request.accept.invalid: ")
    bmc.http.headers["accept"] = accept
    assert (await bmc.login()).status_code == 400
    assert bmc.simulator.runs_started.total() == 0


@pytest.mark.parametrize("accept", ["application/json", "application/json; charset=utf-8", "*/*"])
async def test_one_type_is_enough(accept: str) -> None:
    assert (await caller().call("GET", "/", headers={"accept": accept})).status_code == 200


async def test_a_list_without_its_slash_is_elsewhere() -> None:
    bmc = caller()
    response = await bmc.call("GET", "")
    assert response.status_code == 307
    assert response.headers["location"] == f"{BASE}/opt/api/v1/backend/etls/"
    assert response.content == b""
    for path in ("/321/status/", "/321", "/321/", "/321/log", "/321/configuration", "/321/run/1", "x"):
        assert (await bmc.call("GET", path)).status_code == 404
    assert (await bmc.http.get(f"{BASE}/")).status_code == 404


async def test_every_path_has_its_method() -> None:
    bmc = caller()
    for method, path, allowed in (
        ("GET", "/321/run", "POST"),
        ("PUT", "/321/run", "POST"),
        ("GET", "/321/stop", "POST"),
        ("GET", "/321/schedule", "POST"),
        ("POST", "/321/status", "GET"),
        ("POST", "/", "GET"),
    ):
        response = await bmc.call(method, path)
        assert (response.status_code, response.headers["allow"]) == (405, allowed)
    assert not bmc.simulator.calls
    assert bmc.simulator.runs_started.total() == 0


async def test_an_unknown_etl_is_a_bad_request() -> None:
    bmc = caller()
    for method, path in (("GET", "status"), ("POST", "run"), ("POST", "stop"), ("POST", "schedule")):
        for etl_id in ("999", "x", "0321"):
            response = await bmc.call(method, f"/{etl_id}/{path}")
            assert (response.status_code, response.json()) == (400, {"message": "ETL not found"})
    assert bmc.simulator.runs_started.total() == 0


async def test_roles_are_checked() -> None:
    reader = caller(users={ACCESS_KEY: User(ACCESS_SECRET_KEY, can_write=False)})
    assert await reader.rows()
    assert (await reader.status())["status"] == "ENDED"
    reader.simulator.change(kill_path="kill")
    for action in ("run", "schedule", "stop", "kill"):
        assert (await reader.call("POST", f"/321/{action}")).status_code == 403
    assert reader.simulator.calls == {"list": 1, "status": 1}
    assert reader.simulator.runs_started.total() == 0
    writer = caller(users={ACCESS_KEY: User(ACCESS_SECRET_KEY, can_read=False)})
    assert (await writer.call("GET", "/")).status_code == 403
    assert (await writer.call("GET", "/321/status")).status_code == 403
    assert await writer.act("run") == ACCEPTED


@pytest.mark.parametrize(
    "body",
    [
        [],
        "x",
        5,
        {"run_execution_properties": []},
        {"run_execution_properties": None},
        {"params": {}},
        {"run_execution_properties": {}, "force": True},
    ],
)
async def test_a_body_holds_properties_and_nothing_else(body: object) -> None:
    bmc = caller()
    for action in ("run", "schedule"):
        response = await bmc.call("POST", f"/321/{action}", json=body)
        assert response.status_code == 400
    assert (await bmc.call("POST", "/321/stop", json={"a": "b"})).status_code == 400
    assert bmc.simulator.runs_started.total() == 0


async def test_a_body_is_json_and_says_so() -> None:
    bmc = caller()
    assert (await bmc.call("POST", "/321/run", content=b"{}")).status_code == 415
    assert (await bmc.call("POST", "/321/run", data={"a": "b"})).status_code == 415
    headers = {"content-type": "application/json"}
    assert (await bmc.call("POST", "/321/run", content=b"{'a'}", headers=headers)).status_code == 400
    assert bmc.simulator.runs_started.total() == 0
    headers = {"content-type": "application/json; charset=utf-8"}
    assert (await bmc.call("POST", "/321/run", content=b"{}", headers=headers)).status_code == 200
    assert (await bmc.call("POST", "/321/stop")).status_code == 200


async def test_a_body_and_its_type_may_be_demanded() -> None:
    bmc = caller(behaviour=Behaviour(demands_body=True))
    assert (await bmc.call("POST", "/321/run")).status_code == 415
    assert (await bmc.call("POST", "/321/run", json={})).status_code == 200
    assert (await bmc.call("POST", "/321/stop")).status_code == 200
    bmc.simulator.change(demands_body=False, demands_content_type=True)
    assert (await bmc.call("GET", "/")).status_code == 415
    headers = {"content-type": "application/json"}
    assert (await bmc.call("GET", "/", headers=headers)).status_code == 200
    lenient = caller()
    assert (await lenient.call("POST", "/321/run")).json() == ACCEPTED


@pytest.mark.parametrize("shape", list(ErrorBody))
async def test_errors_of_the_backend_have_one_of_several_bodies(shape: ErrorBody) -> None:
    bmc = caller(behaviour=Behaviour(api_errors=shape))
    response = await bmc.call("GET", "/999/status")
    assert response.status_code == 400
    assert ("ETL not found" in response.text) == (shape is not ErrorBody.EMPTY)
    assert (await bmc.login(access_key="x")).json()["message"]


# Statuses


async def test_a_list_tells_no_status() -> None:
    rows = await caller().rows()
    assert [(row["name"], row["etl_id"]) for row in rows] == [
        ("Generic CSV Importer - storage", 321),
        ("Generic CSV Importer - fresh", 700),
        ("nightly", 43),
        ("vCenter Extractor Service", 53),
        ("locked", 60),
    ]
    assert {tuple(row) for row in rows} == {("name", "etl_id", "run_configurations")}
    assert rows[0]["run_configurations"] == [
        {"name": "Default", "active": True, "run_configuration_id": 100321}
    ]
    nothing = BmcSimulator(FakeClock())
    assert await Caller(nothing, FakeClock()).rows() == []


@pytest.mark.parametrize(
    ("manner", "code", "body"),
    [
        (NeverRun.NULL, 200, '{"status":null,"task_id":700}'),
        (NeverRun.MISSING, 200, '{"task_id":700}'),
        (NeverRun.EMPTY, 200, '{"status":"","task_id":700}'),
        (NeverRun.NO_CONTENT, 204, ""),
    ],
)
async def test_no_value_is_written_in_one_of_several_ways(manner: NeverRun, code: int, body: str) -> None:
    bmc = caller(behaviour=Behaviour(never_run=manner))
    response = await bmc.call("GET", "/700/status")
    assert (response.status_code, response.text) == (code, body)
    assert ("content-type" in response.headers) == bool(body)
    own = caller(EtlSpec("700", "x", never_run=manner), EtlSpec("701", "y"))
    response = await own.call("GET", "/700/status")
    assert (response.status_code, response.text) == (code, body)
    assert await own.status("701") == {"status": None, "task_id": 701}
    await bmc.act("run", "700")
    await bmc.passes(2)
    assert await bmc.words("700") == ("RUNNING", None)


async def test_a_schedule_runs_on_the_clock() -> None:
    bmc = caller()
    assert await bmc.status("43") == {
        "status": "WAITING",
        "task_id": 43,
        "exit_code": "OK",
        "last_exec_ts": "2026-11-21T13:10:00Z",
    }
    await bmc.long_passes(600)
    answer = await bmc.status("43")
    assert (answer["status"], answer["exit_code"]) == ("RUNNING", "OK")
    assert answer["last_exec_ts"] == "2026-11-21T14:10:00Z"
    await bmc.long_passes(300)
    answer = await bmc.status("43")
    assert (answer["status"], answer["last_exec_ts"]) == ("WAITING", "2026-11-21T14:10:00Z")
    assert bmc.simulator.runs_started.total() == 0


async def test_a_schedule_may_not_have_begun_yet() -> None:
    bmc = caller(EtlSpec("43", "x", script=HOURLY, since=START + timedelta(minutes=30)))
    assert await bmc.words("43") == (None, None)
    await bmc.long_passes(1800)
    assert await bmc.status("43") == {"status": "WAITING", "task_id": 43}
    await bmc.long_passes(2400)
    assert (await bmc.status("43"))["last_exec_ts"] == "2026-11-21T15:10:00Z"


async def test_a_failed_night_waits_with_its_exit_code() -> None:
    down = Script("43", "load_x", 3600, 60, 600, 0, needs_database=True, is_parametrised=False)
    bmc = caller(EtlSpec("43", "x", script=down))
    assert await bmc.words("43") == ("WAITING", "ERROR")
    await bmc.long_passes(601)
    assert await bmc.words("43") == ("RUNNING", "ERROR")
    await bmc.long_passes(300)
    assert await bmc.words("43") == ("WAITING", "OK")


async def test_the_last_execution_is_its_start_or_its_end() -> None:
    bmc = caller()
    seen = []
    await bmc.act("run")
    for seconds in (0, 2, 60):
        await bmc.passes(seconds)
        both = []
        for is_end in (False, True):
            bmc.simulator.change(last_exec_is_end=is_end)
            both.append((await bmc.status())["last_exec_ts"][11:19])
        seen.append(both)
    assert seen == [["09:00:00", "09:01:00"], ["14:00:02", "09:01:00"], ["14:00:02", "14:01:02"]]


async def test_exit_codes_have_other_words_in_the_console() -> None:
    console = {"OK": "SUCCESS", "ERROR": "FAILED"}
    bmc = caller(behaviour=Behaviour(exit_words=console))
    assert await bmc.words() == ("ENDED", "SUCCESS")
    for exit_code, word in (("ERROR", "FAILED"), ("WARNING", "WARNING"), ("HALF", "HALF"), ("", None)):
        bmc.simulator.set_outcome("321", exit_code, duration_s=1)
        await bmc.act("run")
        await bmc.passes(10)
        assert await bmc.words() == ("ENDED", word)


async def test_members_without_a_value_may_be_null() -> None:
    bmc = caller(behaviour=Behaviour(writes_nulls=True))
    nothing = {"exit_code": None, "last_exec_ts": None}
    assert await bmc.status("700") == {"status": None, "task_id": 700, **nothing}
    assert await bmc.status("53") == {"status": "SERVICE_ON", "task_id": 53, **nothing}


async def test_a_status_can_be_anything() -> None:
    bmc = caller()
    bmc.simulator.set_status("321", {"status": "HIBERNATING", "exit_code": 5})
    assert await bmc.status() == {"status": "HIBERNATING", "exit_code": 5}
    bmc.simulator.set_status("321", {"message": "Error"}, code=500)
    assert (await bmc.call("GET", "/321/status")).status_code == 500
    assert (await bmc.status("43"))["status"] == "WAITING"
    bmc.simulator.set_status("321", None)
    assert await bmc.words() == ("ENDED", "OK")


# Runs


@pytest.mark.parametrize("exit_code", ["OK", "WARNING", "ERROR"])
async def test_a_run_lives_from_its_request_to_its_end(exit_code: str) -> None:
    bmc = caller()
    bmc.simulator.set_outcome("321", exit_code)
    await bmc.act("run")
    seen = []
    for seconds in (0, 1.9, 0.1, 59.9, 0.1):
        await bmc.passes(seconds)
        seen.append(await bmc.words())
    assert seen == [("ENDED", "OK")] * 2 + [("RUNNING", "OK")] * 2 + [("ENDED", exit_code)]
    assert bmc.simulator.runs_started == {"321": 1}
    assert bmc.simulator.calls == {"run": 1, "status": 5}


async def test_the_first_run_has_no_exit_code_before_its_end() -> None:
    bmc = caller()
    await bmc.act("run", "700")
    assert await bmc.status("700") == {"status": None, "task_id": 700}
    await bmc.passes(2)
    assert await bmc.status("700") == {
        "status": "RUNNING",
        "task_id": 700,
        "last_exec_ts": "2026-11-21T14:00:02Z",
    }
    await bmc.passes(60)
    assert await bmc.words("700") == ("ENDED", "OK")


async def test_a_run_of_a_scheduled_etl_ends_in_waiting() -> None:
    bmc = caller()
    bmc.simulator.set_outcome("43", "ERROR", duration_s=30)
    await bmc.act("run", "43")
    seen = []
    for seconds in (0, 2, 30):
        await bmc.passes(seconds)
        seen.append(await bmc.words("43"))
    assert seen == [("WAITING", "OK"), ("RUNNING", "OK"), ("WAITING", "ERROR")]
    assert (await bmc.status("43"))["last_exec_ts"] == "2026-11-21T14:00:02Z"


async def test_the_status_may_change_at_once_or_late() -> None:
    bmc = caller(behaviour=Behaviour(lag_s=0))
    await bmc.act("run")
    assert await bmc.words() == ("RUNNING", "OK")
    late = caller(behaviour=Behaviour(lag_s=90))
    await late.act("run")
    await late.passes(89)
    assert await late.words() == ("ENDED", "OK")
    await late.passes(1)
    assert await late.words() == ("RUNNING", "OK")


async def test_a_busy_etl_refuses() -> None:
    bmc = caller()
    await bmc.act("run")
    assert await bmc.act("run") == REFUSED
    await bmc.passes(10)
    assert await bmc.act("run") == REFUSED
    await bmc.passes(52)
    assert await bmc.act("run") == {"task_execution_request_id": 21360, "request_status": "OK"}
    assert (bmc.simulator.runs_started, bmc.simulator.calls["run"]) == ({"321": 2}, 4)


async def test_a_refusal_changes_nothing() -> None:
    bmc = caller()
    for _ in range(2):
        assert await bmc.act("run", "60") == REFUSED
    await bmc.passes(10)
    assert await bmc.words("60") == (None, None)
    assert bmc.simulator.runs_started.total() == 0


async def test_what_falls_due_while_a_run_goes_on_is_left_out() -> None:
    bmc = caller(EtlSpec("43", "x", script=HOURLY, duration_s=900))
    await bmc.act("run", "43")
    await bmc.long_passes(1000)
    assert (await bmc.status("43"))["last_exec_ts"] == "2026-11-21T14:00:02Z"


# Schedules


async def test_a_schedule_makes_it_wait() -> None:
    bmc = caller()
    assert await bmc.act("schedule") == ACCEPTED
    assert await bmc.words() == ("ENDED", "OK")
    await bmc.passes(2)
    assert await bmc.words() == ("WAITING", "OK")
    await bmc.long_passes(3598)
    answer = await bmc.status()
    assert (answer["status"], answer["last_exec_ts"]) == ("RUNNING", "2026-11-21T15:00:00Z")
    await bmc.long_passes(300)
    assert await bmc.words() == ("WAITING", "OK")
    assert await bmc.act("schedule", "700", {"run_execution_properties": {}})
    await bmc.passes(2)
    assert await bmc.status("700") == {"status": "WAITING", "task_id": 700}
    assert bmc.simulator.runs_started.total() == 0
    assert bmc.simulator.calls["schedule"] == 2


async def test_an_idle_schedule_comes_into_force() -> None:
    bmc = caller(EtlSpec("43", "x", script=HOURLY, is_scheduled=False))
    assert await bmc.words("43") == (None, None)
    await bmc.act("schedule", "43")
    await bmc.passes(600)
    assert await bmc.words("43") == ("RUNNING", None)


async def test_a_service_cannot_be_scheduled() -> None:
    bmc = caller()
    assert await bmc.act("schedule", "53") == REFUSED
    assert await bmc.words("53") == ("SERVICE_ON", None)


# Stops


async def test_a_stop_takes_its_time() -> None:
    bmc = caller()
    await bmc.act("run")
    await bmc.passes(10)
    assert (await bmc.act("stop"))["request_status"] == "OK"
    seen = []
    for seconds in (0, 1, 1.9, 0.1):
        await bmc.passes(seconds)
        seen.append(await bmc.words())
    assert seen == [("RUNNING", "OK")] * 3 + [("ABORTED", "ERROR")]
    for aborted_exit, word in (("", None), ("OK", "OK")):
        bmc.simulator.change(aborted_exit=aborted_exit)
        assert await bmc.words() == ("ABORTED", word)
    bmc.simulator.change(last_exec_is_end=True)
    assert (await bmc.status())["last_exec_ts"] == "2026-11-21T14:00:13Z"


async def test_a_second_stop_does_not_put_the_end_off() -> None:
    bmc = caller()
    await bmc.act("run")
    await bmc.passes(10)
    await bmc.act("stop")
    await bmc.passes(2)
    assert (await bmc.act("stop"))["request_status"] == "OK"
    await bmc.passes(1)
    assert await bmc.words() == ("ABORTED", "ERROR")


async def test_a_run_can_be_stopped_before_its_status_changes() -> None:
    bmc = caller()
    await bmc.act("run")
    await bmc.act("stop")
    seen = []
    for seconds in (1, 1, 1):
        await bmc.passes(seconds)
        seen.append((await bmc.words())[0])
    assert seen == ["ENDED", "RUNNING", "ABORTED"]
    late = caller(behaviour=Behaviour(lag_s=30))
    await late.act("run")
    await late.act("stop")
    await late.passes(30)
    late.simulator.change(last_exec_is_end=True)
    answer = await late.status()
    assert (answer["status"], answer["last_exec_ts"]) == ("ABORTED", "2026-11-21T14:00:30Z")


async def test_a_run_that_ends_before_it_obeys_is_not_aborted() -> None:
    bmc = caller()
    bmc.simulator.set_outcome("321", "WARNING", duration_s=10)
    await bmc.act("run")
    await bmc.passes(10)
    await bmc.act("stop")
    await bmc.passes(2)
    assert await bmc.words() == ("ENDED", "WARNING")


async def test_a_scheduled_run_that_was_stopped_is_aborted_until_the_next() -> None:
    bmc = caller()
    await bmc.long_passes(605)
    assert (await bmc.act("stop", "43"))["request_status"] == "OK"
    await bmc.passes(3)
    assert await bmc.words("43") == ("ABORTED", "ERROR")
    await bmc.long_passes(3592)
    assert await bmc.words("43") == ("RUNNING", "ERROR")
    await bmc.long_passes(300)
    assert await bmc.words("43") == ("WAITING", "OK")


async def test_an_aborted_etl_waits_when_it_is_scheduled() -> None:
    bmc = caller()
    await bmc.act("run")
    await bmc.passes(10)
    await bmc.act("stop")
    await bmc.passes(3)
    await bmc.act("schedule")
    assert (await bmc.words())[0] == "ABORTED"
    await bmc.passes(2)
    assert (await bmc.words())[0] == "WAITING"


async def test_a_stop_without_a_run_is_refused_or_ends_the_schedule() -> None:
    bmc = caller()
    for etl_id in ("321", "700", "43"):
        assert await bmc.act("stop", etl_id) == REFUSED
    assert await bmc.words("43") == ("WAITING", "OK")
    bmc.simulator.change(stop_unschedules=True)
    assert await bmc.act("stop", "321") == REFUSED
    assert await bmc.act("stop", "43") == ACCEPTED
    await bmc.passes(2.9)
    assert await bmc.words("43") == ("WAITING", "OK")
    await bmc.passes(0.1)
    assert await bmc.words("43") == ("ENDED", "OK")
    await bmc.long_passes(7200)
    assert (await bmc.status("43"))["last_exec_ts"] == "2026-11-21T13:10:00Z"
    await bmc.act("schedule", "43")
    await bmc.long_passes(3600)
    assert (await bmc.status("43"))["last_exec_ts"] == "2026-11-21T16:10:00Z"


async def test_a_schedule_can_be_had_back_before_it_ends() -> None:
    bmc = caller(behaviour=Behaviour(stop_unschedules=True))
    await bmc.act("stop", "43")
    await bmc.passes(1)
    await bmc.act("schedule", "43")
    for _ in range(4):
        await bmc.passes(1)
        assert await bmc.words("43") == ("WAITING", "OK")
    await bmc.passes(595)
    assert await bmc.words("43") == ("RUNNING", "OK")


async def test_scheduling_twice_changes_nothing() -> None:
    down = Script("43", "load_x", 3600, 60, 600, 0, needs_database=True, is_parametrised=False)
    bmc = caller(EtlSpec("43", "x", script=down))
    for _ in range(2):
        assert (await bmc.act("schedule", "43"))["request_status"] == "OK"
        await bmc.passes(3)
    await bmc.passes(594)
    assert await bmc.words("43") == ("RUNNING", "ERROR")


async def test_a_stop_may_have_no_body() -> None:
    bmc = caller(behaviour=Behaviour(stop_has_body=False))
    await bmc.act("run")
    response = await bmc.call("POST", "/321/stop")
    assert (response.status_code, response.content) == (204, b"")
    await bmc.passes(3)
    assert (await bmc.words())[0] == "ABORTED"


async def test_kill_exists_only_when_somebody_says_where() -> None:
    bmc = caller(EtlSpec("321", "x", ignores_stop=True))
    await bmc.act("run")
    await bmc.passes(10)
    assert (await bmc.call("POST", "/321/kill")).status_code == 404
    assert (await bmc.act("stop"))["request_status"] == "OK"
    await bmc.passes(10)
    assert (await bmc.words())[0] == "RUNNING"
    bmc.simulator.change(kill_path="abort")
    assert (await bmc.call("POST", "/321/kill")).status_code == 404
    assert (await bmc.call("GET", "/321/abort")).status_code == 405
    assert (await bmc.act("abort"))["request_status"] == "OK"
    assert (await bmc.words())[0] == "ABORTED"
    assert await bmc.act("abort") == REFUSED
    assert bmc.simulator.calls["kill"] == 2


async def test_a_run_can_be_killed_before_its_status_changes() -> None:
    bmc = caller(behaviour=Behaviour(kill_path="kill"))
    await bmc.act("run")
    await bmc.act("kill")
    assert (await bmc.words())[0] == "ABORTED"


# Services


async def test_a_service_is_switched_off_and_on() -> None:
    bmc = caller()
    assert await bmc.act("stop", "53") == {"task_execution_request_id": -1, "request_status": "OK"}
    seen = []
    for seconds in (0, 2.9, 0.1):
        await bmc.passes(seconds)
        seen.append(await bmc.status("53"))
    assert [answer["status"] for answer in seen] == ["SERVICE_ON", "SERVICE_ON", "SERVICE_OFF"]
    assert {tuple(answer) for answer in seen} == {("status", "task_id")}
    assert await bmc.act("stop", "53") == REFUSED
    assert await bmc.act("run", "53") == {"task_execution_request_id": -1, "request_status": "OK"}
    assert (await bmc.words("53"))[0] == "SERVICE_OFF"
    await bmc.passes(2)
    assert (await bmc.words("53"))[0] == "SERVICE_ON"
    assert await bmc.act("run", "53") == REFUSED
    await bmc.long_passes(1_000_000)
    assert bmc.simulator.runs_started == {"53": 1}
    assert await bmc.words("53") == ("SERVICE_ON", None)


async def test_a_service_may_tell_since_when_and_may_never_have_run() -> None:
    since = START - timedelta(days=3)
    old = EtlSpec("53", "x", is_service=True, service_since=since)
    new = EtlSpec("54", "y", is_service=True, service_status=None)
    bmc = caller(old, new, behaviour=Behaviour(service_has_last_exec=True, kill_path="kill"))
    assert (await bmc.status("53"))["last_exec_ts"] == "2026-11-18T14:00:00Z"
    assert await bmc.status("54") == {"status": None, "task_id": 54}
    assert await bmc.act("stop", "54") == REFUSED
    await bmc.act("run", "54")
    await bmc.passes(2)
    assert await bmc.words("54") == ("SERVICE_ON", None)
    await bmc.act("kill", "54")
    assert await bmc.words("54") == ("SERVICE_OFF", None)


async def test_the_last_word_to_a_service_counts() -> None:
    bmc = caller()
    await bmc.act("stop", "53")
    await bmc.passes(1)
    assert (await bmc.act("run", "53"))["request_status"] == "OK"
    seen = []
    for _ in range(4):
        seen.append((await bmc.words("53"))[0])
        await bmc.passes(1)
    assert seen == ["SERVICE_ON", "SERVICE_ON", "SERVICE_ON", "SERVICE_ON"]
    stubborn = caller(EtlSpec("53", "x", is_service=True, ignores_stop=True))
    assert (await stubborn.act("stop", "53"))["request_status"] == "OK"
    await stubborn.passes(10)
    assert (await stubborn.words("53"))[0] == "SERVICE_ON"


# Other things


async def test_the_next_call_can_be_spoilt() -> None:
    bmc = caller()
    assert await bmc.rows()
    bmc.simulator.answer_next(httpx.Response(401), lambda request: request.url.path.endswith("/status"))
    bmc.simulator.answer_next(httpx.Response(502, html="<html>Bad Gateway</html>"))
    assert (await bmc.call("GET", "/")).status_code == 502
    assert await bmc.rows()
    assert (await bmc.call("GET", "/321/status")).status_code == 401
    assert await bmc.words() == ("ENDED", "OK")
    assert bmc.simulator.calls == {"list": 2, "status": 1}


async def test_an_etl_can_come_and_go() -> None:
    bmc = caller(STORAGE)
    assert [row["name"] for row in await bmc.rows()] == ["Generic CSV Importer - storage"]
    bmc.simulator.backend.add(EtlSpec("321", "renamed"))
    bmc.simulator.backend.add(EtlSpec("50", "Müller"))
    assert [row["name"] for row in await bmc.rows()] == ["renamed", "Müller"]
    bmc.simulator.backend.remove("321")
    assert [row["etl_id"] for row in await bmc.rows()] == [50]
    assert (await bmc.call("GET", "/321/status")).status_code == 400


async def test_it_serves_a_socket() -> None:
    clock = FakeClock()
    simulator = BmcSimulator.preload(clock, 250)
    async with FaultyServer(simulator) as server, httpx.AsyncClient() as http:
        login = await http.post(f"{server.url}/ims/api/v1/access_keys/login", json=KEYS)
        http.headers["authorization"] = f"Bearer {login.json()['json_web_token']}"
        backend = f"{server.url}/opt/api/v1/backend/etls"
        redirect = await http.get(backend)
        assert redirect.headers["location"] == f"{backend}/"
        assert len((await http.get(f"{backend}/")).json()) == 250
        codes = {(await http.get(f"{backend}/{1000 + index}/status")).status_code for index in range(250)}
        assert codes == {200, 204}
        assert (await http.get(f"{backend}/1/status")).json() == {"message": "ETL not found"}
        assert (await http.post(f"{backend}/1001/run")).json()["request_status"] == "OK"
        assert simulator.runs_started == {"1001": 1}


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(1, 5000)),
        st.tuples(st.sampled_from(["run", "stop", "schedule", "kill"]), st.integers(0, 30)),
    ),
    max_size=12,
)


@given(STEPS, st.booleans())
async def test_whatever_is_done_an_etl_never_rewrites_its_past(
    steps: list[tuple[str, int]], unschedules: bool
) -> None:
    clock = FakeClock()
    behaviour = Behaviour(stop_unschedules=unschedules, kill_path="kill")
    simulator = BmcSimulator(clock, [NIGHTLY], behaviour=behaviour)
    backend, etl = simulator.backend, simulator.backend.etl("43")
    assert isinstance(etl, Etl)
    latest, accepted = "", 0
    past: set[tuple[datetime, datetime, bool]] = set()
    for step, seconds in steps:
        if step == "run":
            accepted += backend.run("43", {})["request_status"] == "OK"
        elif step != "pass":
            getattr(backend, step)("43")
        clock.jump(seconds)
        status = json.loads(backend.status("43")[1])
        assert status["status"] in {"RUNNING", "WAITING", "ENDED", "ABORTED"}
        assert latest <= status["last_exec_ts"] <= f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"
        latest = status["last_exec_ts"]
        runs = etl.runs(clock.now(), 20)
        assert len({run.started_at for run in runs}) == len(runs)
        assert [run.is_running(clock.now()) for run in runs[1:]] == [False] * (len(runs) - 1)
        assert {run for run in past if run[0] >= runs[-1].started_at} <= _ended(runs, clock.now())
        past = _ended(runs, clock.now())
    assert simulator.runs_started["43"] == accepted


def _ended(runs: list[EtlRun], now: datetime) -> set[tuple[datetime, datetime, bool]]:
    return {(run.started_at, run.ended_at, run.is_aborted) for run in runs if run.ended_at <= now}


# The demo


async def test_a_made_up_night_has_every_status_and_one_cause_behind_its_failures() -> None:
    clock = FakeClock()
    bmc = Caller(BmcSimulator.preload(clock, 400), clock)
    rows = await bmc.rows()
    assert len({row["etl_id"] for row in rows}) == len(rows) == 400
    assert {len(row["run_configurations"]) for row in rows} == {1, 2}
    seen, others, codes = set(), 0, set()
    for row in rows:
        response = await bmc.call("GET", f"/{row['etl_id']}/status")
        codes.add(response.status_code)
        status = response.json() if response.content else {}
        seen.add((status.get("status"), status.get("exit_code")))
        others += status.get("task_id", row["etl_id"]) != row["etl_id"]
    assert codes == {200, 204}
    assert {status for status, _ in seen} == {
        "RUNNING",
        "SERVICE_ON",
        "SERVICE_OFF",
        "WAITING",
        "ENDED",
        "ABORTED",
        None,
        "",
    }
    assert seen >= {("WAITING", "OK"), ("WAITING", "ERROR"), ("ENDED", "WARNING"), ("SERVICE_ON", None)}
    assert 10 < others < 100
    waiting = [script.id for script in make_scripts(SYSTEMS[3], 400) if script.needs_database]
    assert len(waiting) > 40
    assert {(await bmc.status(etl_id))["status"] for etl_id in waiting} == {"WAITING", "RUNNING"}


async def test_the_database_comes_back() -> None:
    clock = FakeClock()
    bmc = Caller(BmcSimulator.preload(clock, 200), clock)
    ids = [row["etl_id"] for row in await bmc.rows()]

    async def failed() -> int:
        statuses = [(await bmc.call("GET", f"/{etl_id}/status")) for etl_id in ids]
        return sum('"exit_code":"ERROR"' in one.text and '"WAITING"' in one.text for one in statuses)

    before = await failed()
    await bmc.long_passes(30_000)
    assert await failed() < before / 2


async def test_even_a_handful_has_a_service_that_has_run_for_days() -> None:
    clock = FakeClock()
    simulator = BmcSimulator.preload(clock, 9)
    simulator.change(service_has_last_exec=True)
    bmc = Caller(simulator, clock)
    statuses = [await bmc.call("GET", f"/{row['etl_id']}/status") for row in await bmc.rows()]
    [service] = [json.loads(one.text) for one in statuses if "SERVICE" in one.text]
    assert at(service["last_exec_ts"]) < START - timedelta(days=2)


async def test_the_same_seed_makes_the_same_night() -> None:
    answers = []
    for _ in range(2):
        clock = FakeClock()
        bmc = Caller(BmcSimulator.preload(clock, 300), clock)
        answers += [await bmc.rows(), (await bmc.login()).text]
        answers += [(await bmc.call("GET", f"/{1000 + index}/status")).text for index in range(300)]
    assert answers[:302] == answers[302:]


async def test_whoever_shares_the_loop_gets_turns_while_ten_thousand_etls_are_listed() -> None:
    clock = FakeClock()
    bmc = Caller(BmcSimulator.preload(clock, 10_000), clock)
    asked = asyncio.create_task(bmc.rows())
    turns = 0
    while not asked.done():
        await asyncio.sleep(0)
        turns += 1
    assert len({row["etl_id"] for row in await asked}) == 10_000
    assert turns > 90
