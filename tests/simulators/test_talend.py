"""The simulated MetaServlet, asked by plain requests as the vendor's pages show them."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import START, FakeClock
from tests.support.faults import FaultyServer
from tui.simulators.fleet import DATABASE_DOWN, Script
from tui.simulators.talend import (
    PASSWORD,
    USER,
    Behaviour,
    Outcome,
    Plan,
    TalendSimulator,
    TaskSpec,
    User,
    failed,
)

BASE = "http://tac.example.com:8080/org.talend.administrator"
ENVELOPE = {"executionTime", "returnCode"}
BANNER = re.compile(
    r"### Job (STARTED|ENDED[^#]*?)\s+at (\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) "
    r"\(jobId=(\S+?), jobExecutionId=(\S+?)\) ###"
)
LOAD = TaskSpec("41", "load_customers", duration_s=80)
BAD = TaskSpec("42", "load_orders", duration_s=10, outcome=failed(DATABASE_DOWN))
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
NIGHTLY = TaskSpec("43", "hourly_sync", script=HOURLY, duration_s=30)


def encoded(request: object) -> str:
    return base64.b64encode(json.dumps(request).encode()).decode()


class Caller:
    def __init__(self, simulator: TalendSimulator, clock: FakeClock) -> None:
        self.simulator = simulator
        self.clock = clock
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(simulator))

    async def get(self, query: str, method: str = "GET", base: str = BASE) -> httpx.Response:
        return await self.http.request(method, f"{base}/metaServlet?{query}")

    async def answer(self, action: str, **parameters: object) -> httpx.Response:
        request = {"actionName": action, "authUser": USER, "authPass": PASSWORD, **parameters}
        return await self.get(encoded(request))

    async def ask(self, action: str, **parameters: object) -> dict[str, object]:
        response = await self.answer(action, **parameters)
        assert response.status_code == 200
        answer = response.json()
        assert isinstance(answer, dict)
        assert set(answer) >= ENVELOPE
        return answer

    async def code(self, action: str, **parameters: object) -> object:
        answer = await self.ask(action, **parameters)
        assert ("error" in answer) == (answer["returnCode"] != 0)
        return answer["returnCode"]

    async def row(self, task_id: str = "41") -> dict[str, str | None]:
        rows = (await self.ask("listTasks"))["result"]
        assert isinstance(rows, list)
        return next(row for row in rows if row["id"] == task_id)

    async def run(self, task_id: str = "41", **parameters: object) -> str:
        answer = await self.ask("runTask", taskId=task_id, mode="asynchronous", **parameters)
        return str(answer["execRequestId"])

    async def log(self, task_id: str = "41", **parameters: object) -> str:
        return str((await self.ask("taskLog", taskId=task_id, **parameters))["result"])

    async def passes(self, seconds: float) -> None:
        await self.clock.advance(seconds)


def caller(
    *specs: TaskSpec,
    start: datetime = START,
    behaviour: Behaviour | None = None,
    users: dict[str, User] | None = None,
    zone: str = "UTC",
) -> Caller:
    clock = FakeClock(start)
    simulator = TalendSimulator(
        clock, specs or (LOAD, BAD, NIGHTLY), behaviour=behaviour, users=users, zone=ZoneInfo(zone)
    )
    return Caller(simulator, clock)


# The vendor's page


def at_millis(millis: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=millis)


async def test_the_vendors_synchronous_success() -> None:
    tac = caller(TaskSpec("2502", "x", duration_s=4.0), start=at_millis(1406816118032))
    tac.simulator.conductor.suffixes.append("sYHGd")
    tac.simulator.call_ms = 11
    asked = asyncio.create_task(tac.ask("runTask", mode="synchronous", taskId="2502"))
    await tac.passes(5)
    assert not asked.done()
    await tac.passes(1)
    assert await asked == {
        "errorStatus": "NO_ERROR",
        "execBasicStatus": "OK",
        "execDetailedStatus": "ENDED_OK",
        "execDetailedStatusLabel": "Ok",
        "execRequestId": "1406816118032_sYHGd",
        "executionTime": {"millis": 6011, "seconds": 6},
        "jobExitCode": 0,
        "returnCode": 0,
        "status": "READY_TO_RUN",
    }


async def test_the_vendors_synchronous_failure() -> None:
    spec = TaskSpec("2502", "x", duration_s=1.8, outcome=failed("no listener"))
    tac = caller(spec, start=at_millis(1406817091606))
    tac.simulator.conductor.suffixes.append("fVsht")
    tac.simulator.call_ms = 47
    asked = asyncio.create_task(tac.ask("runTask", mode="synchronous", taskId="2502"))
    await tac.passes(3.8)
    assert await asked == {
        "errorStatus": "JOB_ERROR",
        "execBasicStatus": "ERROR",
        "execDetailedStatus": "JOB_ERROR",
        "execDetailedStatusLabel": "Job ended with error(s)",
        "execRequestId": "1406817091606_fVsht",
        "executionTime": {"millis": 3847, "seconds": 3},
        "jobExitCode": 1,
        "returnCode": 0,
        "status": "READY_TO_RUN",
    }


async def test_the_vendors_asynchronous_run_and_its_states() -> None:
    spec = TaskSpec("2502", "x", preparation=(), duration_s=10, outcome=failed("no listener"))
    tac = caller(spec, start=at_millis(1406817216723))
    tac.simulator.conductor.suffixes.append("97nsV")
    tac.simulator.call_ms = 1069
    assert await tac.ask("runTask", mode="asynchronous", taskId="2502") == {
        "execRequestId": "1406817216723_97nsV",
        "executionTime": {"millis": 1069, "seconds": 1},
        "returnCode": 0,
    }
    tac.simulator.call_ms = 309
    assert await tac.ask("getTaskExecutionStatus", execRequestId="1406817216723_97nsV") == {
        "execBasicStatus": "RUNNING",
        "execDetailedStatus": "RUNNING",
        "execDetailedStatusLabel": "Running...",
        "executionTime": {"millis": 309, "seconds": 0},
        "returnCode": 0,
    }
    await tac.passes(10)
    tac.simulator.call_ms = 300
    response = await tac.answer("getTaskExecutionStatus", execRequestId="1406817216723_97nsV")
    assert response.json() == {
        "execBasicStatus": "ERROR",
        "execDetailedStatus": "JOB_ERROR",
        "execDetailedStatusLabel": "Job ended with error(s)",
        "executionTime": {"millis": 300, "seconds": 0},
        "jobExitCode": 1,
        "returnCode": 0,
    }
    assert list(response.json()) == sorted(response.json())


# Requests


async def test_both_alphabets_and_missing_padding_are_read() -> None:
    tac = caller(TaskSpec("1", "a"))
    request = {"actionName": "getTaskIdByName", "authUser": USER, "authPass": PASSWORD, "taskName": "¿¿¿>>>"}
    raw = json.dumps(request, ensure_ascii=False).encode()
    standard, url_safe = base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()
    assert standard != url_safe
    for query in (standard, url_safe, url_safe.rstrip("="), quote(standard, safe="")):
        answer = (await tac.get(query)).json()
        assert (answer["returnCode"], answer["error"]) == (79, 'No task with this label "¿¿¿>>>"')
    assert (await tac.get(standard, "POST")).json()["returnCode"] == 79


async def test_escapes_can_be_foreign_to_the_server() -> None:
    tac = caller(behaviour=Behaviour(decodes_percent=False))
    assert (await tac.get(encoded({"actionName": "help"}).replace("=", "%3D"))).json()["returnCode"] == 2


@pytest.mark.parametrize("text", ["{actionName : help}", "{'actionName':'help','commandName':'all'}"])
async def test_loose_json_is_read(text: str) -> None:
    answer = (await caller().get(base64.b64encode(text.encode()).decode())).json()
    assert answer["returnCode"] == 0
    assert "Command: listTasks\n" in answer["result"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "%%%",
        "a",
        "=" + encoded({"actionName": "help"}),
        encoded({"actionName": "help"}) + "=",
        encoded({"actionName": "help"})[:8] + "%0A" + encoded({"actionName": "help"})[8:],
        encoded(["help"]),
        encoded("help"),
        encoded({}),
        encoded({"actionName": 5}),
        encoded({"actionName": "requestRun", "authUser": USER, "authPass": PASSWORD}),
        base64.b64encode(b"{'actionName'").decode(),
        base64.b64encode(b"\xff\xfe{}").decode(),
    ],
)
async def test_what_is_no_request_is_invalid(query: str) -> None:
    response = await caller().get(query)
    assert (response.status_code, response.json()["returnCode"]) == (200, 2)
    assert response.json()["error"]


@pytest.mark.parametrize(
    "credentials",
    [{}, {"authUser": USER}, {"authUser": USER, "authPass": "no"}, {"authUser": "x", "authPass": PASSWORD}],
)
async def test_wrong_credentials_are_refused(credentials: dict[str, str]) -> None:
    tac = caller()
    answer = (await tac.get(encoded({"actionName": "listTasks", **credentials}))).json()
    assert answer["returnCode"] == 3
    assert "result" not in answer
    assert not tac.simulator.calls


async def test_a_changed_password_is_refused_from_then_on() -> None:
    tac = caller()
    assert await tac.code("listTasks") == 0
    tac.simulator.set_password("other")
    assert await tac.code("listTasks") == 3


async def test_rights_and_licence_are_checked() -> None:
    reader = {USER: User(PASSWORD, can_run=False)}
    assert await caller(users=reader).code("runTask", taskId=41, mode="asynchronous") == 32
    assert await caller(users=reader).code("listTasks") == 0
    nobody = {USER: User(PASSWORD, can_operate=False)}
    assert await caller(users=nobody).code("listTasks") == 7
    assert await caller(users=nobody, behaviour=Behaviour(version=(5, 6))).code("listTasks") == 1
    assert await caller(behaviour=Behaviour(is_licensed=False)).code("listTasks") == 4
    assert await caller().code("listESBTasks") == 4
    assert await caller(behaviour=Behaviour(has_esb_licence=True)).code("listEsbTasks") == 0


@pytest.mark.parametrize(
    "parameters", [{}, {"taskId": "x"}, {"taskId": True}, {"taskId": None}, {"taskId": 1.5}]
)
async def test_a_task_id_must_be_there_and_a_number(parameters: dict[str, object]) -> None:
    for action in ("getTaskStatus", "runTask", "stopTask", "taskLog", "pauseTask", "requestDeploy"):
        assert await caller().code(action, mode="asynchronous", **parameters) == 5


async def test_an_unknown_task_is_named() -> None:
    for action in ("getTaskStatus", "stopTask", "taskLog", "requestResumeTriggers", "getNameByTaskId"):
        answer = await caller().ask(action, taskId=9999)
        assert (answer["returnCode"], answer["error"]) == (5, "Cannot find task with id=9999")


async def test_a_wrong_web_application_is_not_found_and_a_long_url_is_refused() -> None:
    tac = caller()
    missing = await tac.get(encoded({"actionName": "help"}), base="http://tac.example.com/tac")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "text/html; charset=utf-8")
    context = {"text": "x" * 9000}
    assert (await tac.answer("runTask", taskId=41, mode="asynchronous", context=context)).status_code == 400
    assert (await tac.get(encoded({"actionName": "help"}), "DELETE")).status_code == 405
    assert tac.simulator.runs_started.total() == 0


async def test_help_needs_no_login_and_tells_what_this_version_has() -> None:
    new, old = caller(), caller(behaviour=Behaviour(version=(5, 4)))
    asking = encoded({"actionName": "help", "commandName": "all"})
    assert "getTaskExecutionStatus" in (await new.get(asking)).json()["result"]
    assert "getTaskExecutionStatus" not in (await old.get(asking)).json()["result"]
    assert await old.code("getTaskExecutionStatus", execRequestId="1_a") == 2
    one = (await new.get(encoded({"actionName": "help", "commandName": "runTask"}))).json()["result"]
    assert "Command: runTask" in one
    assert "listTasks" not in one
    assert await new.code("help", commandName="nonsense") == 5
    lacking = caller(behaviour=Behaviour(lacking=frozenset({"pauseTask"})))
    assert await lacking.code("pauseTask", taskId=43) == 2
    plain = await caller(behaviour=Behaviour(has_plain_help=True)).get(asking)
    assert plain.text.startswith("Command: help")


# Lists

LISTED = """
{"executionTime":{"millis":169,"seconds":0},"returnCode":0,"result":[{
"id":"41","label":"load_customers","description":null,"active":"true",
"status":"READY_TO_RUN","errorStatus":"NO_ERROR","triggersStatus":"NO_TRIGGER",
"processingState":"false","awaitingExecutions":"0","frozenExecutions":"0","concurrentExecution":"false","pid":null,
"projectId":"21","projectName":"DWH","branch":"trunk","applicationId":"_aBcD","applicationName":"LoadCustomers",
"applicationType":"JOB","applicationVersion":"1.4","contextName":"Default","applyContextToChildren":"false",
"executionServerId":"3","jobServerLabelHost":"etl01","virtualServerLabel":null,
"onUnknownStateJob":"WAIT","timeOut":null,
"idQuartzJob":"65","nextFireDate":null,"remaingTimeForNextFire":null,
"lastScriptGenerationDate":"2015-06-22 15:00:08.839","lastDeploymentDate":null,
"lastRunDate":null,"lastEndedRunDate":null,
"lastTaskTraceError":null,"commandLineVersion":"5.6.1.20141207_1530","originType":"ZIP","repositoryName":null,
"regenerateJobOnChange":"false","addStatisticsCodeEnabled":"false","execStatisticsEnabled":"false",
"svnRevision":null,"latestVersion":null,"log4jLevel":null,"runAsUser":null,"taskType":null}]}
"""


async def test_the_documented_row() -> None:
    tac = caller(LOAD)
    tac.simulator.call_ms = 169
    assert await tac.ask("listTasks") == json.loads(LISTED)


async def test_every_value_of_a_row_is_a_text_or_null() -> None:
    tac = caller()
    await tac.run()
    rows = (await tac.ask("listTasks"))["result"]
    assert isinstance(rows, list)
    assert [row["id"] for row in rows] == ["41", "42", "43"]
    assert {type(value) for row in rows for value in row.values()} == {str, type(None)}
    assert (rows[0]["label"], rows[0]["active"], rows[0]["processingState"]) == (
        "load_customers",
        "true",
        "true",
    )
    date = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")
    assert date.fullmatch(rows[0]["lastRunDate"])
    assert date.fullmatch(rows[2]["nextFireDate"])


async def test_tasks_are_listed_in_both_forms() -> None:
    result = await caller().ask("listTasks")
    root = await caller(behaviour=Behaviour(list_key="root")).ask("listTasks")
    related = await caller().ask("getTasksRelatedToJobs")
    assert set(result) == {*ENVELOPE, "result"}
    assert set(root) == set(related) == {*ENVELOPE, "root"}
    assert result["result"] == root["root"] == related["root"]
    assert (await caller(behaviour=Behaviour(), users=None).ask("listServer"))["result"] == [
        {"id": "1", "label": "etl01"}
    ]


async def test_a_task_that_never_ran_has_no_dates() -> None:
    row = await caller().row()
    assert (row["status"], row["errorStatus"], row["triggersStatus"]) == (
        "READY_TO_RUN",
        "NO_ERROR",
        "NO_TRIGGER",
    )
    assert (row["lastRunDate"], row["lastEndedRunDate"], row["nextFireDate"]) == (None, None, None)


async def test_a_trigger_fires_on_the_clock() -> None:
    tac = caller()
    row = await tac.row("43")
    assert row["nextFireDate"] == "2026-11-21 14:10:00.000"
    assert row["remaingTimeForNextFire"] == "600000"
    assert row["lastRunDate"] == "2026-11-21 13:10:00.000"
    await tac.passes(599)
    assert (await tac.row("43"))["remaingTimeForNextFire"] == "1000"
    await tac.passes(1)
    row = await tac.row("43")
    assert (row["status"], row["lastRunDate"]) == ("REQUESTING_RUN", "2026-11-21 14:10:00.000")
    assert row["nextFireDate"] == "2026-11-21 15:10:00.000"
    await tac.passes(2)
    assert (await tac.row("43"))["status"] == "RUNNING"
    await tac.passes(300)
    row = await tac.row("43")
    assert row["status"] == "READY_TO_RUN"
    assert "2026-11-21 14:10:30" < str(row["lastEndedRunDate"]) < "2026-11-21 14:12:30"
    assert tac.simulator.runs_started.total() == 0


async def test_a_trigger_may_not_have_fired_yet() -> None:
    since = START + timedelta(minutes=30)
    tac = caller(TaskSpec("43", "hourly_sync", script=HOURLY, since=since))
    row = await tac.row("43")
    assert (row["lastRunDate"], row["nextFireDate"]) == (None, "2026-11-21 15:10:00.000")
    assert await tac.log("43") == ""
    await tac.passes(4300)
    assert (await tac.row("43"))["lastRunDate"] == "2026-11-21 15:10:00.000"


async def test_dates_are_in_the_servers_zone_and_follow_its_clock() -> None:
    tac = caller(zone="Europe/Berlin")
    started = await tac.run()
    assert (await tac.row())["lastRunDate"] == "2026-11-21 15:00:00.000"
    assert started.startswith(f"{int(START.timestamp() * 1000)}_")
    tac.simulator.set_skew(timedelta(minutes=5))
    assert (await tac.row())["lastRunDate"] == "2026-11-21 15:05:00.000"
    await tac.passes(3)
    assert "STARTED  at 2026/11/21 15:05:02 (" in await tac.log()


# Lives


async def test_a_task_lives_through_its_states() -> None:
    tac = caller()
    seen = []
    run = await tac.run()
    for seconds in (0, 1, 1, 1, 78, 1):
        await tac.passes(seconds)
        task = await tac.ask("getTaskStatus", taskId=41)
        status = await tac.ask("getTaskExecutionStatus", execRequestId=run)
        assert (await tac.row())["status"] == task["status"]
        seen.append((task["status"], status["execBasicStatus"], status.get("jobExitCode")))
    assert seen == [
        ("REQUESTING_RUN", "RUNNING", None),
        ("REQUESTING_RUN", "RUNNING", None),
        ("RUNNING", "RUNNING", None),
        ("RUNNING", "RUNNING", None),
        ("RUNNING", "RUNNING", None),
        ("READY_TO_RUN", "OK", 0),
    ]
    row = await tac.row()
    assert (row["lastRunDate"], row["lastEndedRunDate"]) == (
        "2026-11-21 14:00:00.000",
        "2026-11-21 14:01:22.000",
    )


async def test_a_failure_sticks_to_the_task_until_it_runs_again() -> None:
    tac = caller()
    await tac.run("42")
    await tac.passes(12)
    row = await tac.row("42")
    assert (row["status"], row["errorStatus"]) == ("READY_TO_RUN", "JOB_ERROR")
    assert row["lastTaskTraceError"] == DATABASE_DOWN
    await tac.passes(1000)
    assert (await tac.ask("getTaskStatus", taskId="42"))["errorStatus"] == "JOB_ERROR"
    tac.simulator.set_outcome("42", Outcome(), duration_s=1)
    await tac.run("42")
    assert (await tac.row("42"))["errorStatus"] == "NO_ERROR"
    tac.simulator.change(keeps_error_while_running=True)
    assert (await tac.ask("getTaskStatus", taskId="42"))["errorStatus"] == "JOB_ERROR"
    await tac.passes(3)
    assert (await tac.row("42"))["errorStatus"] == "NO_ERROR"


async def test_a_task_may_prepare_before_it_runs() -> None:
    stages = (("REQUESTING_RUN", 1.0), ("GENERATING", 2.0), ("SENDING_SCRIPT", 1.0))
    tac = caller(TaskSpec("41", "x", preparation=stages))
    await tac.run()
    seen = []
    for _ in range(5):
        seen.append((await tac.row())["status"])
        await tac.passes(1)
    assert seen == ["REQUESTING_RUN", "GENERATING", "GENERATING", "SENDING_SCRIPT", "RUNNING"]


# Runs


async def test_a_run_is_counted_and_keeps_its_context() -> None:
    tac = caller()
    context = {"load_date": "2024-10-23 00:00:00", "region": "EU"}
    run = await tac.run("41", context=context)
    assert re.fullmatch(r"[0-9]+_[A-Za-z0-9]{5}", run)
    assert tac.simulator.runs_started == {"41": 1}
    assert tac.simulator.conductor.execution(run).context == context
    await tac.passes(100)
    assert tac.simulator.conductor.execution(await tac.run("41", context=None)).context == {}
    assert tac.simulator.runs_started == {"41": 2}


@pytest.mark.parametrize("context", ["a=b", ["a"], {"a": 1}, {"a": None}, {"a": {"b": "c"}}])
async def test_a_context_is_an_object_of_texts(context: object) -> None:
    tac = caller()
    assert await tac.code("runTask", taskId=41, mode="asynchronous", context=context) == 5
    assert tac.simulator.runs_started.total() == 0


async def test_old_versions_choke_on_a_context_at_the_end() -> None:
    tac = caller(behaviour=Behaviour(version=(5, 6)))
    assert await tac.code("runTask", mode="asynchronous", taskId=41, context={"a": "b"}) == 2
    assert await tac.code("runTask", context={"a": "b"}, mode="asynchronous", taskId=41) == 0


@pytest.mark.parametrize("parameters", [{}, {"mode": "async"}, {"mode": ["asynchronous"]}])
async def test_a_mode_must_be_one_of_two(parameters: dict[str, object]) -> None:
    assert await caller().code("runTask", taskId=41, **parameters) == 33


async def test_a_busy_task_says_so_in_one_of_two_ways() -> None:
    tac = caller()
    await tac.run()
    answer = await tac.ask("runTask", taskId=41, mode="asynchronous")
    assert answer["returnCode"] != 0
    assert "still processing" in str(answer["error"])
    tac.simulator.change(omits_id_when_busy=True)
    answer = await tac.ask("runTask", taskId=41, mode="asynchronous")
    assert (set(answer), answer["returnCode"]) == (ENVELOPE, 0)
    assert tac.simulator.runs_started == {"41": 1}


async def test_a_concurrent_task_is_never_busy() -> None:
    tac = caller(TaskSpec("41", "x", is_concurrent=True))
    assert await tac.run() != await tac.run()
    assert tac.simulator.runs_started == {"41": 2}


async def test_a_trigger_that_fires_while_the_task_is_busy_is_lost() -> None:
    tac = caller(TaskSpec("43", "x", script=HOURLY, duration_s=900))
    await tac.run("43")
    await tac.passes(1000)
    assert (await tac.row("43"))["lastRunDate"] == "2026-11-21 14:00:00.000"


async def test_what_cannot_be_launched_is_refused() -> None:
    tac = caller(TaskSpec("1", "a", is_active=False), TaskSpec("2", "b", status="READY_TO_SEND"))
    assert await tac.code("runTask", taskId=1, mode="asynchronous") == 30
    assert await tac.code("runTask", taskId=2, mode="asynchronous") == 30
    assert (await tac.row("1"))["active"] == "false"


async def test_a_task_is_generated_and_deployed() -> None:
    tac = caller(TaskSpec("2", "b", status="READY_TO_GENERATE"))
    assert await tac.code("requestDeploy", taskId=2) == 170
    seen = []
    for action in ("requestGenerate", "requestDeploy"):
        assert await tac.code(action, taskId=2) == 0
        seen.append((await tac.row("2"))["status"])
        await tac.passes(4)
        seen.append((await tac.row("2"))["status"])
    assert seen == ["GENERATING", "READY_TO_SEND", "DEPLOYING", "READY_TO_RUN"]
    await tac.run("2")
    assert await tac.code("requestGenerate", taskId=2) == 1
    assert await tac.code("requestDeploy", taskId=2) == 170


async def test_a_restart_interrupts_a_synchronous_run_and_may_renumber_tasks() -> None:
    tac = caller()
    asked = asyncio.create_task(tac.ask("runTask", mode="synchronous", taskId=41))
    await tac.passes(5)
    tac.simulator.conductor.restart(first_id=900)
    await tac.passes(1)
    assert (await asked)["returnCode"] == 31
    assert await tac.code("getTaskStatus", taskId=41) == 5
    assert (await tac.row("900"))["status"] == "RUNNING"


async def test_executions_can_be_forgotten_and_exit_codes_left_out() -> None:
    tac = caller()
    run = await tac.run()
    await tac.passes(100)
    tac.simulator.change(tells_exit_codes=False)
    assert "jobExitCode" not in await tac.ask("getTaskExecutionStatus", execRequestId=run)
    tac.simulator.conductor.forget_executions()
    assert await tac.code("getTaskExecutionStatus", execRequestId=run) == 5
    assert await tac.code("getTaskExecutionStatus") == 5


# Stops


async def test_a_stop_takes_its_time() -> None:
    tac = caller()
    run = await tac.run()
    await tac.passes(10)
    assert set(await tac.ask("stopTask", taskId=41)) == ENVELOPE
    assert (await tac.row())["status"] == "REQUESTING_STOP"
    status = await tac.ask("getTaskExecutionStatus", execRequestId=run)
    assert (status["execBasicStatus"], status["execDetailedStatus"]) == ("RUNNING", "REQUESTING_STOP")
    await tac.passes(1)
    assert await tac.code("stopTask", taskId=41) == 0
    await tac.passes(2)
    row = await tac.row()
    assert (row["status"], row["errorStatus"]) == ("READY_TO_RUN", "KILLED")
    assert row["lastEndedRunDate"] == "2026-11-21 14:00:13.000"
    status = await tac.ask("getTaskExecutionStatus", execRequestId=run)
    assert (status["execBasicStatus"], status["execDetailedStatus"]) == ("ERROR", "KILLED")
    assert status["jobExitCode"] != 0


async def test_a_scheduled_run_can_be_stopped() -> None:
    tac = caller()
    await tac.passes(605)
    await tac.ask("stopTask", taskId=43)
    await tac.passes(3)
    row = await tac.row("43")
    assert (row["errorStatus"], row["lastEndedRunDate"]) == ("KILLED", "2026-11-21 14:10:08.000")
    await tac.passes(3600)
    assert (await tac.row("43"))["errorStatus"] == "NO_ERROR"


async def test_a_stop_may_come_to_nothing() -> None:
    tac = caller(TaskSpec("41", "x", ignores_stop=True), NIGHTLY)
    await tac.run()
    await tac.passes(5)
    assert await tac.code("stopTask", taskId=41) == 0
    assert (await tac.row())["status"] == "RUNNING"
    await tac.passes(60)
    assert (await tac.row())["errorStatus"] == "NO_ERROR"
    assert await tac.code("stopTask", taskId=43) == 0
    tac.simulator.change(idle_stop_code=1)
    assert await tac.code("stopTask", taskId=43) == 1


# Triggers


@pytest.mark.parametrize("pausing", ["pauseTask", "requestPauseTriggers"])
async def test_paused_triggers_do_not_fire(pausing: str) -> None:
    tac = caller()
    assert set(await tac.ask(pausing, taskId=43)) == ENVELOPE
    row = await tac.row("43")
    assert "PAUSE" in str(row["triggersStatus"])
    assert row["nextFireDate"] is None
    await tac.passes(7200)
    assert (await tac.row("43"))["lastRunDate"] == "2026-11-21 13:10:00.000"
    assert await tac.code("requestResumeTriggers", taskId=43) == 0
    row = await tac.row("43")
    assert "PAUSE" not in str(row["triggersStatus"])
    assert (row["lastRunDate"], row["nextFireDate"]) == ("2026-11-21 13:10:00.000", "2026-11-21 16:10:00.000")
    await tac.passes(700)
    assert (await tac.row("43"))["lastRunDate"] == "2026-11-21 16:10:00.000"


async def test_a_paused_task_can_still_be_run() -> None:
    tac = caller()
    await tac.ask("pauseTask", taskId=43)
    await tac.run("43")
    assert (await tac.row("43"))["status"] == "REQUESTING_RUN"
    await tac.ask("pauseTask", taskId=41)
    assert (await tac.row("41"))["triggersStatus"] == "NO_TRIGGER"


# Logs


async def test_a_log_has_the_documented_banners() -> None:
    deployed = datetime(2024, 10, 23, 16, 49, 12, tzinfo=UTC)
    spec = TaskSpec("41", "x", preparation=(), duration_s=80, deployed_at=deployed)
    tac = caller(spec, start=datetime(2024, 10, 23, 16, 49, 20, tzinfo=UTC))
    tac.simulator.conductor.suffixes += ["a1B2c", "j6K8U"]
    await tac.run()
    await tac.passes(80)
    log = await tac.log(lastExecution=True)
    assert log.startswith(
        "### Job STARTED  at 2024/10/23 16:49:20 "
        "(jobId=20241023_164912_b77id, jobExecutionId=20241023164920_j6K8U) ###\n"
    )
    assert log.endswith(
        "\n### Job ENDED SUCCESSFULLY  at 2024/10/23 16:50:40 "
        "(jobId=20241023_164912_b77id, jobExecutionId=20241023164920_j6K8U) ###\n"
    )


async def test_a_failed_log_tells_why() -> None:
    tac = caller()
    await tac.run("42")
    await tac.passes(20)
    log = await tac.log("42", lastExecution=True)
    assert "java.sql.SQLRecoverableException: ORA-12541: TNS:no listener" in log
    assert [found[0] for found in BANNER.findall(log)] == ["STARTED", "ENDED WITH ERROR"]


async def test_a_killed_log_may_lack_its_last_line() -> None:
    tac = caller()
    await tac.run()
    await tac.passes(10)
    await tac.ask("stopTask", taskId=41)
    await tac.passes(10)
    assert [found[0] for found in BANNER.findall(await tac.log())] == ["STARTED", "ENDED ABNORMALLY"]
    tac.simulator.change(kill_banner="")
    assert [found[0] for found in BANNER.findall(await tac.log())] == ["STARTED"]


async def test_without_last_execution_all_logs_come_oldest_first() -> None:
    tac = caller()
    for _ in range(3):
        await tac.run()
        await tac.passes(100)
    everything = await tac.log()
    started = [found[1] for found in BANNER.findall(everything) if found[0] == "STARTED"]
    assert started == ["2026/11/21 14:00:02", "2026/11/21 14:01:42", "2026/11/21 14:03:22"]
    assert await tac.log(lastExecution=False) == everything
    last = await tac.log(lastExecution=True)
    assert everything.endswith(last)
    assert len(BANNER.findall(last)) == 2
    assert len(BANNER.findall(await tac.log("43"))) == 40


async def test_logs_of_a_span() -> None:
    tac = caller(zone="Asia/Shanghai")
    for _ in range(3):
        await tac.run()
        await tac.passes(100)
    span: dict[str, object] = {
        "startTime": "2026-11-21 22:01:40",
        "endTime": "2026-11-21 22:03:00",
        "lastExecution": False,
    }
    assert [found[1] for found in BANNER.findall(await tac.log("41", **span))] == [
        "2026/11/21 22:01:42",
        "2026/11/21 22:03:02",
    ]
    assert (
        await tac.code("taskLog", taskId=41, startTime="2026-11-22 00:00:00", endTime="2026-11-21 00:00:00")
        == 225
    )
    assert await tac.code("taskLog", taskId=41, startTime="2026/11/22") == 226
    assert await tac.code("taskLog", taskId=41, lastExecution="perhaps") == 5
    tac.simulator.conductor.unreadable_logs.add("41")
    assert await tac.code("taskLog", taskId=41) == 220


async def test_a_log_grows_while_its_run_goes_on_or_is_withheld() -> None:
    tac = caller()
    await tac.run()
    assert await tac.log(lastExecution=True) == ""
    await tac.passes(10)
    first = await tac.log(lastExecution=True)
    await tac.passes(10)
    second = await tac.log(lastExecution=True)
    assert second.startswith(first)
    assert len(second) > len(first)
    assert len(BANNER.findall(second)) == 1
    tac.simulator.change(shows_running_logs=False)
    assert await tac.log(lastExecution=True) == ""


@pytest.mark.parametrize("line_end", ["\\n", " "])
async def test_line_ends_may_be_lost(line_end: str) -> None:
    tac = caller(behaviour=Behaviour(line_end=line_end))
    await tac.run()
    await tac.passes(100)
    log = await tac.log()
    assert "\n" not in log
    assert log.endswith(f"###{line_end}")
    assert len(BANNER.findall(log)) == 2


# Bodies that are not what they should be


async def test_a_latin_1_body_is_no_utf_8() -> None:
    tac = caller(TaskSpec("41", "Kunden_für_Köln"), behaviour=Behaviour(encoding="latin-1"))
    body = (await tac.answer("listTasks")).content
    with pytest.raises(UnicodeDecodeError):
        body.decode()
    assert json.loads(body.decode("latin-1"))["result"][0]["label"] == "Kunden_für_Köln"


async def test_old_errors_are_plain_text() -> None:
    tac = caller(behaviour=Behaviour(has_plain_errors=True))
    response = await tac.answer("getTaskStatus", taskId=1)
    assert (response.status_code, response.text) == (200, "ERROR: Cannot find task with id=1")
    assert await tac.code("listTasks") == 0


async def test_old_versions_find_tasks_by_label_and_answer_oddly() -> None:
    found = await caller().ask("getTaskIdByName", label="x", taskName="load_customers")
    assert found["taskId"] == 41
    assert await caller().code("getTaskIdByName", taskName="Load_Customers") == 79
    assert await caller().code("getTaskIdByName", label="load_customers") == 5
    old = caller(behaviour=Behaviour(version=(5, 4)))
    assert (await old.ask("getTaskIdByName", label="load_customers"))["task ID"] == 41
    middle = caller(behaviour=Behaviour(version=(5, 6)))
    body = (await middle.answer("getTaskIdByName", taskName="load_customers")).text
    assert "taskId:41" in body
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    oldest = caller(behaviour=Behaviour(version=(5, 1)))
    assert "Task Log's contents: " in await oldest.ask("taskLog", taskId=41, lastExecution=True)
    assert (await caller().ask("getNameByTaskId", taskId=41))["taskName"] == "load_customers"


async def test_the_next_call_can_be_spoilt() -> None:
    tac = caller()
    tac.simulator.fail_next(6, "Error while formatting the response")
    tac.simulator.answer_next(httpx.Response(502, html="<html>Bad Gateway</html>"))
    assert await tac.code("listTasks") == 6
    assert (await tac.answer("listTasks")).status_code == 502
    assert await tac.code("listTasks") == 0
    assert tac.simulator.calls == {"listTasks": 1}


# Other things


async def test_a_task_can_come_and_go() -> None:
    tac = caller()
    tac.simulator.add_task(TaskSpec("50", "fresh"))
    assert (await tac.row("50"))["label"] == "fresh"
    await tac.run("50")
    assert await tac.code("deleteTask", taskId=50) == 230
    await tac.passes(100)
    assert await tac.code("deleteTask", taskId=50) == 0
    gone = await tac.ask("deleteTask", taskId=50)
    assert (gone["returnCode"], gone["error"]) == (5, "No task with this taskId")


async def test_plans_are_arrays_in_an_object() -> None:
    tac = caller()
    tac.simulator.conductor.plans.append(Plan("7", "nightly", ["41", "42"]))
    result = (await tac.ask("listExecutionPlans"))["result"]
    assert isinstance(result, dict)
    [plans] = result.values()
    assert (plans[0]["planId"], plans[0]["label"]) == ("7", "nightly")
    assert plans[0]["planParts"] == {
        "planPartTaskId": "41",
        "childParts": [{"planPartTaskId": "42", "childParts": []}],
    }


async def test_it_serves_a_socket() -> None:
    simulator = TalendSimulator(FakeClock(), [LOAD])
    request = {"actionName": "getTaskStatus", "authUser": USER, "authPass": PASSWORD, "taskId": 41}
    async with FaultyServer(simulator) as server, httpx.AsyncClient() as http:
        url = f"{server.url}/org.talend.administrator/metaServlet?{encoded(request)}"
        assert (await http.get(url)).json()["status"] == "READY_TO_RUN"


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(1, 5000)),
        st.tuples(st.sampled_from(["run", "stop", "pause", "resume"]), st.integers(0, 30)),
    ),
    max_size=12,
)


@given(STEPS)
async def test_whatever_is_done_a_task_never_rewrites_its_past(steps: list[tuple[str, int]]) -> None:
    tac = caller(NIGHTLY)
    actions = {"stop": "stopTask", "pause": "pauseTask", "resume": "requestResumeTriggers"}
    past: list[str] = []
    latest = ""
    for step, seconds in steps:
        if step == "run":
            await tac.ask("runTask", taskId=43, mode="asynchronous")
        elif step in actions:
            await tac.ask(actions[step], taskId=43)
        tac.clock.jump(seconds)
        row, now = await tac.row("43"), f"{tac.clock.now():%Y-%m-%d %H:%M:%S.%f}"
        assert latest <= str(row["lastRunDate"]) <= now
        assert str(row["lastEndedRunDate"]) <= now
        latest = str(row["lastRunDate"])
        assert row["status"] == (await tac.ask("getTaskStatus", taskId=43))["status"]
        assert (row["status"] == "READY_TO_RUN") == (row["processingState"] == "false")
        ids = [found[3] for found in BANNER.findall(await tac.log("43")) if found[0].startswith("ENDED")]
        assert len(set(ids)) == len(ids)
        # The ids begin with the time: none that is younger than the oldest still shown has vanished.
        assert {one for one in past if one >= ids[0]} <= set(ids)
        past = ids


# The demo


async def test_a_made_up_night_has_one_cause_behind_its_failures() -> None:
    clock = FakeClock()
    tac = Caller(TalendSimulator.preload(clock, 200), clock)
    seen: dict[str, set[str | None]] = {"status": set(), "errorStatus": set(), "lastTaskTraceError": set()}
    for _ in range(60):
        rows = (await tac.ask("listTasks"))["result"]
        assert isinstance(rows, list)
        assert len({row["id"] for row in rows}) == 200
        for name, values in seen.items():
            values.update(row[name] for row in rows)
        await tac.passes(60)
    assert seen["status"] >= {"READY_TO_RUN", "READY_TO_SEND", "REQUESTING_RUN", "RUNNING"}
    assert seen["errorStatus"] == {"NO_ERROR", "JOB_ERROR"}
    assert DATABASE_DOWN in seen["lastTaskTraceError"]


async def test_the_same_seed_makes_the_same_night() -> None:
    answers = []
    for _ in range(2):
        clock = FakeClock()
        tac = Caller(TalendSimulator.preload(clock, 300), clock)
        answers += [await tac.ask("listTasks"), await tac.ask("listTasks"), await tac.run("1003")]
    assert answers[0] == answers[1]
    assert answers[:3] == answers[3:]


async def test_whoever_shares_the_loop_gets_turns_while_ten_thousand_tasks_are_listed() -> None:
    clock = FakeClock()
    tac = Caller(TalendSimulator.preload(clock, 10_000), clock)
    asked = asyncio.create_task(tac.ask("listTasks"))
    turns = 0
    while not asked.done():
        await asyncio.sleep(0)
        turns += 1
    rows = (await asked)["result"]
    assert isinstance(rows, list)
    assert len({row["id"] for row in rows}) == 10_000
    assert turns > 150
