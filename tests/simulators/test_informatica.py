"""The doors of the simulated Informatica cloud: logins, sessions, headers, hosts, shapes of errors, lists."""

from __future__ import annotations

import base64
import json

import httpx
import pytest

from tests.simulators.informatica_case import (
    ALL,
    BAD,
    CODE,
    ELSEWHERE,
    FLOW,
    LINEAR,
    LOGIN,
    MAPPING,
    POD,
    RT,
    STEP_1,
    STEP_2,
    TF,
    V2,
    V3,
    caller,
)
from tests.support.clock import FakeClock
from tests.support.faults import FaultyServer
from tui.simulators.fleet import DATABASE_DOWN
from tui.simulators.informatica import PASSWORD, USER, InformaticaSimulator, TaskSpec

V2_LOGIN = f"{LOGIN}/ma/api/v2/user/login"
V3_LOGIN = f"{LOGIN}/saas/public/core/v3/login"
IDENTITY = f"{LOGIN}/identity-service/api/v1/Login"
CREDENTIALS = {"username": USER, "password": PASSWORD}
V2_CREDENTIALS = {"@type": "login", **CREDENTIALS}
DOORS = [
    (f"{V2}/schedule", "icSessionId"),
    (f"{V3}/objects", "INFA-SESSION-ID"),
    (f"{TF}/status", "INFA-SESSION-ID"),
    (f"{CODE}/JobStatus/x", "IDS-SESSION-ID"),
]


# Logins


async def test_the_login_of_v3() -> None:
    cloud = await caller()
    answer = (await cloud.log_in()).json()
    assert answer["products"] == [{"name": "Integration Cloud", "baseApiUrl": f"{POD}/saas"}]
    assert set(answer["userInfo"]) == {
        "sessionId",
        "id",
        "name",
        "parentOrgId",
        "orgId",
        "orgName",
        "groups",
    }
    assert answer["userInfo"]["name"] == USER


async def test_the_login_of_v2() -> None:
    cloud = await caller()
    answer = (await cloud.http.post(V2_LOGIN, json=V2_CREDENTIALS)).json()
    assert answer["@type"] == "user"
    assert (answer["name"], answer["serverUrl"]) == ("ops", f"{POD}/saas")
    assert set(answer) == {
        *("@type", "id", "orgId", "orgUuid", "name", "timezone", "serverUrl"),
        *("icSessionId", "uuid", "roles", "usergroups"),
    }
    cloud.session = answer["icSessionId"]
    assert (await cloud.get(f"{V3}/objects")).status_code == 200


async def test_the_login_of_the_identity_service() -> None:
    cloud = await caller()
    answer = (await cloud.http.post(IDENTITY, json=CREDENTIALS)).json()
    assert set(answer) == {
        *("sessionId", "sessionExpireTime", "id", "name", "currentOrgId", "currentOrgName"),
    }
    assert answer["sessionExpireTime"] == "2026-11-21T14:30:00.000Z"
    cloud.session = answer["sessionId"]
    assert (await cloud.get(f"{CODE}/JobStatus/x")).status_code == 404


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_wrong_credentials_are_refused_in_the_familys_shape(status: int) -> None:
    cloud = await caller(login_refusal=status)
    for url in (V3_LOGIN, IDENTITY):
        refused = await cloud.http.post(url, json={"username": USER, "password": "no"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (status, "IDS_085")
    refused = await cloud.http.post(V2_LOGIN, json={**V2_CREDENTIALS, "username": "nobody"})
    assert refused.status_code == status
    assert refused.json() == {
        "@type": "error",
        "code": "UI_10000",
        "description": "Authentication failed. Check the credentials.",
        "statusCode": status,
    }
    assert cloud.simulator.logins == {"v3": 2, "identity": 1, "v2": 1}


@pytest.mark.parametrize(
    ("url", "body"),
    [
        (V2_LOGIN, CREDENTIALS),
        (V2_LOGIN, {"@type": "login", "username": USER}),
        (V3_LOGIN, {"username": USER}),
        (V3_LOGIN, [USER, PASSWORD]),
        (IDENTITY, {"userName": USER, "password": PASSWORD}),
    ],
)
async def test_a_login_needs_its_words(url: str, body: object) -> None:
    assert (await (await caller()).http.post(url, json=body)).status_code == 400


async def test_a_body_must_be_json_and_say_so() -> None:
    cloud = await caller()
    assert (await cloud.http.post(V3_LOGIN, data=CREDENTIALS)).status_code == 400
    headers = {"content-type": "application/json"}
    assert (await cloud.http.post(V3_LOGIN, content=b"{", headers=headers)).status_code == 400


async def test_a_password_changes_and_too_many_wrong_ones_lock_the_account() -> None:
    cloud = await caller(locks_after=3)
    cloud.simulator.set_password("other")
    assert (await cloud.log_in()).status_code == 401
    assert (await cloud.get(f"{V2}/schedule")).status_code == 200
    assert (await cloud.log_in("other")).status_code == 200
    for _ in range(3):
        await cloud.log_in("wrong")
    assert (await cloud.log_in("other")).status_code == 401
    cloud.simulator.set_password("other")
    assert (await cloud.log_in("other")).status_code == 200


async def test_a_security_domain_may_have_to_be_named() -> None:
    cloud = await caller(security_domain="SSO")
    assert (await cloud.http.post(V2_LOGIN, json=V2_CREDENTIALS)).status_code == 401
    body = {**V2_CREDENTIALS, "securitydomain": "SSO"}
    assert (await cloud.http.post(V2_LOGIN, json=body)).status_code == 200


# Sessions


async def test_a_session_ends_after_half_an_hour_without_a_call() -> None:
    cloud = await caller()
    for _ in range(3):
        await cloud.passes(1799)
        assert (await cloud.get(f"{V2}/schedule")).status_code == 200
    await cloud.passes(1800)
    for url, _ in DOORS:
        assert (await cloud.get(url)).status_code == 401
    assert (await cloud.log_in()).status_code == 200
    assert (await cloud.get(f"{V2}/schedule")).status_code == 200


async def test_a_token_ends_by_itself_and_is_long() -> None:
    cloud = await caller(has_jwt=True, jwt_s=600)
    assert len(cloud.session) > 1000
    assert cloud.session.count(".") == 2
    await cloud.passes(599)
    assert (await cloud.get(f"{V2}/schedule")).status_code == 200
    await cloud.passes(1)
    assert (await cloud.get(f"{V2}/schedule")).status_code == 401


async def test_sessions_can_be_ended_and_looked_at() -> None:
    cloud = await caller()
    asked = {"@type": "validatedToken", "userName": USER, "icToken": cloud.session}
    valid = await cloud.send("POST", f"{V2}/user/validSessionId", asked)
    assert (valid.json()["isValidToken"], valid.json()["timeUntilExpire"]) == (True, 30)
    other = await cloud.send("POST", f"{V2}/user/validSessionId", {**asked, "userName": "x"})
    assert other.json()["isValidToken"] is False
    cloud.simulator.expire_sessions()
    assert (await cloud.get(f"{V2}/schedule")).status_code == 401
    valid = await cloud.send("POST", f"{V2}/user/validSessionId", asked)
    assert (valid.json()["isValidToken"], valid.json()["timeUntilExpire"]) == (False, 0)
    await cloud.log_in()
    assert (await cloud.send("POST", f"{V2}/user/logout")).status_code == 200
    assert (await cloud.get(f"{V2}/schedule")).status_code == 401


@pytest.mark.parametrize(("url", "header"), DOORS)
async def test_each_part_wants_its_own_header(url: str, header: str) -> None:
    cloud = await caller()
    for name in ("icSessionId", "INFA-SESSION-ID", "IDS-SESSION-ID"):
        status = (await cloud.http.get(url, headers={name: cloud.session})).status_code
        assert (status == 401) == (name != header)
    assert (await cloud.http.get(url)).status_code == 401
    assert (await cloud.http.get(url, headers={header: "invalid"})).status_code == 401


async def test_the_errors_of_an_ended_session_have_the_familys_shape() -> None:
    cloud = await caller()
    cloud.simulator.expire_sessions()
    v2, v3, flows, code = [(await cloud.get(url)).json() for url, _ in DOORS]
    assert (v2["@type"], v2["statusCode"]) == ("error", 401)
    assert set(v3["error"]) == {"code", "message", "debugMessage", "requestId", "details"}
    assert set(flows) == {"code", "description"}
    assert set(code) == {"error"}


async def test_a_taskflow_starts_with_either_header_or_with_the_password() -> None:
    cloud = await caller()
    url = f"{RT}/{FLOW.api_name}"
    for header in ("INFA-SESSION-ID", "IDS-SESSION-ID"):
        assert (await cloud.http.post(url, headers={header: cloud.session})).status_code == 200
    assert (await cloud.http.post(url, headers={"icSessionId": cloud.session})).status_code == 401
    assert (await cloud.http.post(url, auth=(USER, PASSWORD))).status_code == 200
    assert (await cloud.http.get(f"{TF}/status", auth=(USER, PASSWORD))).status_code == 200
    for password in ("no", ""):
        assert (await cloud.http.post(url, auth=(USER, password))).status_code == 401
    bad = f"Basic {base64.b64encode(bytes([255, 58, 255])).decode()}"
    for value in (bad, "Basic !", "Bearer x"):
        assert (await cloud.http.post(url, headers={"authorization": value})).status_code == 401
    assert (await cloud.http.get(f"{V2}/schedule", auth=(USER, PASSWORD))).status_code == 401
    assert cloud.simulator.runs_started == {FLOW.id: 3}


# Addresses


@pytest.mark.parametrize(
    "url",
    [
        f"{POD}/saas/active-bpel/services/tf/status",
        f"{POD}/saas/disnext/api/v1/CodeTask/JobStatus/x",
        f"{POD}/api/v2/schedule",
        f"{V2}/activityLog/00AB12C1000000000001",
        f"{V2}/activity/activityLog/00AB12C1000000000001/errorLog",
        f"{V2}/schedule/",
        f"{V3}/Objects",
        f"{LOGIN}/saas/api/v2/schedule",
        f"{LOGIN}/active-bpel/services/tf/status",
        f"{POD}/logservice/api/v1//jobs/x/logs",
        POD,
    ],
)
async def test_a_path_that_there_is_not_is_a_web_page(url: str) -> None:
    cloud = await caller()
    for session in (cloud.session, "invalid"):
        cloud.session = session
        response = await cloud.get(url)
        assert response.status_code == 404
        assert response.headers["content-type"].startswith("text/html")
        assert "Resource not found." in response.text
    assert cloud.simulator.calls.keys() <= {"v3.login"}


async def test_a_method_that_there_is_not_is_an_error() -> None:
    cloud = await caller()
    refused = await cloud.send("DELETE", f"{V3}/objects")
    assert refused.status_code == 405
    assert (refused.json()["error"]["code"], refused.json()["error"]["message"]) == (
        None,
        "Method not supported.",
    )
    assert (await cloud.get(f"{V2}/job")).status_code == 405
    assert (await cloud.send("POST", f"{TF}/terminate", {"runid": ["1"]})).status_code == 405


async def test_it_serves_a_socket_and_tells_its_address() -> None:
    simulator = InformaticaSimulator(FakeClock(), ALL)
    async with FaultyServer(simulator) as server, httpx.AsyncClient(base_url=server.url) as http:
        login = (await http.post("/saas/public/core/v3/login", json=CREDENTIALS)).json()
        assert login["products"][0]["baseApiUrl"] == f"{server.url}/saas"
        v2 = (await http.post("/ma/api/v2/user/login", json=V2_CREDENTIALS)).json()
        assert v2["serverUrl"] == f"{server.url}/saas"
        headers = {"icSessionId": v2["icSessionId"]}
        body = {"@type": "job", "taskFederatedId": LINEAR.federated_id, "taskType": "Workflow"}
        started = await http.post("/saas/api/v2/job", json=body, headers=headers)
        assert started.json()["runId"] == 1
        [row] = (await http.get("/saas/api/v2/activity/activityMonitor", headers=headers)).json()
        assert row["taskName"] == "LT_daily"


async def test_the_next_call_can_be_spoilt() -> None:
    cloud = await caller()
    cloud.simulator.answer_next(httpx.Response(502, html="<html>Bad Gateway</html>"))
    cloud.simulator.fail_next(500, "REPO_10704", "Internal error.")
    assert (await cloud.get(f"{V2}/schedule")).status_code == 502
    refused = await cloud.get(f"{V2}/schedule")
    assert (refused.status_code, refused.json()["code"]) == (500, "REPO_10704")
    assert (await cloud.get(f"{V2}/schedule")).status_code == 200
    assert cloud.simulator.calls == {"v3.login": 1, "schedule": 1}


# Lists


async def test_tasks_are_listed_by_type() -> None:
    cloud = await caller()
    rows = await cloud.rows(f"{V2}/task", type="MTT")
    assert [row["name"] for row in rows] == ["mt_customers", "mt_orders", "mt_hourly", "mt_stage", "mt_merge"]
    assert set(rows[0]) == {
        *("@type", "id", "orgId", "name", "description"),
        *("createTime", "updateTime", "createdBy", "updatedBy"),
    }
    assert (rows[0]["@type"], rows[0]["id"]) == ("task", MAPPING.id)
    assert [row["id"] for row in await cloud.rows(f"{V2}/task", type="DSS")] == [ELSEWHERE.id]
    assert await cloud.rows(f"{V2}/task", type="PCS") == []
    assert [row["id"] for row in await cloud.rows(f"{V2}/workflow")] == [LINEAR.id]
    for query in ({"type": "WORKFLOW"}, {"type": "mtt"}, {}):
        refused = await cloud.get(f"{V2}/task", **query)
        assert (refused.status_code, refused.json()["code"]) == (403, "APP_13401")


async def test_a_mapping_task_is_found_in_three_ways() -> None:
    cloud = await caller(TaskSpec(MAPPING.id, "mt customers"), BAD, ELSEWHERE)
    whole = await cloud.rows(f"{V2}/mttask")
    assert [row["id"] for row in whole] == [MAPPING.id, BAD.id]
    assert {"runtimeEnvironmentId", "parameters", "enableParallelRun"} <= set(whole[0])
    for path in (MAPPING.id, f"frs/{MAPPING.federated_id}", "name/mt%20customers"):
        assert (await cloud.get(f"{V2}/mttask/{path}")).json() == whole[0]
    for path, code in (
        (MAPPING.federated_id, "APP_13404"),
        (f"frs/{MAPPING.id}", "APP_13404"),
        (ELSEWHERE.id, "APP_13436"),
        ("00AB120Z000000000ZZZ", "APP_13436"),
        ("name/MT%20customers", "APP_13436"),
    ):
        refused = (await cloud.get(f"{V2}/mttask/{path}")).json()
        assert (refused["code"], refused["statusCode"]) == (code, 403)


async def test_schedules_have_times_with_a_false_z() -> None:
    cloud = await caller()
    [row] = await cloud.rows(f"{V2}/schedule")
    assert (row["name"], row["interval"], row["frequency"]) == ("every_hour", "Hourly", 1)
    assert (row["startTime"], row["startTimeUTC"]) == ("2024-01-01T07:00:00.000Z", "2024-01-01T12:00:00.000Z")
    assert row["timeZoneId"] == "America/Los_Angeles"
    assert {row[day] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")} == {True}


async def test_objects_are_filtered_and_come_in_pages() -> None:
    cloud = await caller()
    everything = (await cloud.get(f"{V3}/objects")).json()
    assert everything["count"] == len(everything["objects"]) == 8
    page = (await cloud.get(f"{V3}/objects", limit=3, skip=6)).json()
    assert (page["count"], page["objects"]) == (8, everything["objects"][6:])
    flows = (await cloud.get(f"{V3}/objects", q="type=='TASKFLOW'", limit=200, skip=0)).json()
    assert flows["objects"] == [
        {
            "id": FLOW.id,
            "path": "DWH/Daily/tf_daily",
            "type": "TASKFLOW",
            "description": "",
            "updatedBy": "ops",
            "updateTime": "2024-09-22T06:12:32Z",
            "tags": [],
            "customAttributes": {"publicationStatus": "published"},
        }
    ]
    both = (await cloud.get(f"{V3}/objects", q="type=='MTT' and location=='DWH/Daily'")).json()
    assert [row["path"] for row in both["objects"]] == ["DWH/Daily/mt_stage", "DWH/Daily/mt_merge"]
    for sign, count in ((">=", 8), (">", 0), ("<=", 8), ("<", 0), ("==", 8)):
        found = (await cloud.get(f"{V3}/objects", q=f"updateTime{sign}2024-09-22T06:12:32.000Z")).json()
        assert found["count"] == count
    cloud.simulator.change(counts_page=True)
    assert (await cloud.get(f"{V3}/objects", limit=3)).json()["count"] == 3


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"q": "location=='Nowhere'"}, "V3API_ObjectsListError_03"),
        ({"q": "type='MTT'"}, "V3API_ObjectsListError_01"),
        ({"q": ""}, "V3API_ObjectsListError_01"),
        ({"q": "updateTime>=yesterday"}, "BAD_TIME"),
        ({"limit": 201}, "V3API_BadParameter"),
        ({"skip": -1}, "V3API_BadParameter"),
    ],
)
async def test_a_wrong_list_of_objects_is_refused(query: dict[str, object], code: str) -> None:
    refused = await (await caller()).get(f"{V3}/objects", **query)
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == code


async def test_objects_are_looked_up_by_path_or_id() -> None:
    cloud = await caller()
    wanted = [
        {"path": "Default/mt_customers", "type": "MTT"},
        {"id": FLOW.id},
        {"id": "0" * 22},
        {"path": "Default/mt_customers", "type": "DSS"},
    ]
    answer = (await cloud.send("POST", f"{V3}/lookup", {"objects": wanted})).json()
    assert answer["objects"][0] == {
        "id": MAPPING.federated_id,
        "path": "Default/mt_customers",
        "type": "MTT",
        "description": "",
        "updatedBy": "ops",
        "updateTime": "2024-09-22T06:12:32Z",
    }
    assert [row["id"] for row in answer["objects"]] == [MAPPING.federated_id, FLOW.id]
    for objects in (None, [], [{"path": "x"}], ["x"]):
        body = {"objects": objects}
        assert (await cloud.send("POST", f"{V3}/lookup", body)).status_code == 400


async def test_references_know_the_other_id() -> None:
    cloud = await caller()
    url = f"{V3}/objects/{FLOW.id}/references"
    rows = (await cloud.get(url, refType="Uses", limit=50, skip=0)).json()["references"]
    assert [row["id"] for row in rows] == [STEP_1.federated_id, STEP_2.federated_id]
    assert [row["appContextId"] for row in rows] == [STEP_1.id, STEP_2.id]
    assert (await cloud.get(url, refType="usedBy")).json()["references"] == []
    assert (await cloud.get(url, refType="Uses", limit=51)).status_code == 400
    assert (await cloud.get(url)).status_code == 400
    missing = f"{V3}/objects/{MAPPING.id}/references"
    assert (await cloud.get(missing, refType="Uses")).status_code == 404


# The demo


async def test_a_made_up_night_has_one_cause_behind_its_failures() -> None:
    cloud = await caller()
    cloud.simulator = InformaticaSimulator.preload(cloud.clock, 200)
    cloud.http = httpx.AsyncClient(transport=httpx.MockTransport(cloud.simulator))
    await cloud.log_in()
    kinds = {row["type"] for row in await cloud.log(rowLimit=1000)}
    assert kinds == {"MTT", "DSS", "DRS", "PCS", "DMASK", "WORKFLOW"}
    states: dict[object, int] = {}
    failed = next(row for row in await cloud.log(rowLimit=1000) if row["errorMsg"] == DATABASE_DOWN)
    for row in await cloud.log(rowLimit=1000):
        states[row["state"]] = states.get(row["state"], 0) + 1
    assert set(states) == {1, 2, 3}
    log = await cloud.get(f"{V2}/activity/activityLog/{failed['id']}/sessionLog")
    assert log.headers["content-type"].startswith(("text/plain", "application/zip"))
    single = next(
        row
        for row in await cloud.log(rowLimit=1000)
        if row["errorMsg"] == DATABASE_DOWN and row["type"] == "MTT"
    )
    text = (await cloud.get(f"{V2}/activity/activityLog/{single['id']}/sessionLog")).text
    assert DATABASE_DOWN in text
    assert {row["executionState"] for row in await cloud.monitor()} == {"RUNNING"}
    words = {row["status"] for row in (await cloud.rows(f"{TF}/status", rowLimit=50))}
    assert words <= {"SUCCESS", "FAILED", "SUSPENDED", "RUNNING", "WARNING"}
    assert "SUCCESS" in words


async def test_a_handful_has_some_of_everything_and_as_many_assets_as_wanted() -> None:
    for count in (0, 1, 3, 16, 200):
        simulator = InformaticaSimulator.preload(FakeClock(), count)
        listed = list(simulator.org.catalogue.listed())
        assert len(listed) + len(simulator.code_tasks) == count
        if count >= 16:
            types = {asset.spec.type for asset in listed}
            assert types == {"MTT", "DSS", "DRS", "PCS", "DMASK", "WORKFLOW", "TASKFLOW"}
            assert simulator.code_tasks == ["477", "478"]
            assert simulator.taskflows


async def test_the_same_seed_makes_the_same_night() -> None:
    answers = []
    for _ in range(2):
        cloud = await caller()
        cloud.simulator = InformaticaSimulator.preload(cloud.clock, 300)
        cloud.http = httpx.AsyncClient(transport=httpx.MockTransport(cloud.simulator))
        await cloud.log_in()
        answers.append([cloud.session, await cloud.log(), await cloud.monitor(details="true")])
    assert json.dumps(answers[0]) == json.dumps(answers[1])
