"""The simulated Datameer server, asked by plain requests as the vendor's pages show them."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import zipfile
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.clock import START, FakeClock
from tests.support.faults import FaultyServer
from tui.simulators.datameer import (
    PASSWORD,
    USER,
    Behaviour,
    DatameerSimulator,
    JobSpec,
    Kind,
    Outcome,
    failed,
    warned,
)
from tui.simulators.fleet import DATABASE_DOWN, Script

BASE = "http://datameer.example.com:8080"
SALES = JobSpec(41, "Sales import", duration_s=80, records=8000, description="from the shop")
MARTS = JobSpec(42, "Sales workbook", Kind.WORKBOOK, duration_s=20, waits_for=41)
SHIP = JobSpec(43, "Sales export", Kind.EXPORT, duration_s=10, records=500)
BAD = JobSpec(44, "Orders import", duration_s=10, outcome=failed(DATABASE_DOWN))
HOURLY = Script(
    id="45",
    name="hourly",
    period_s=3600,
    usual_s=60,
    phase_s=600,
    failure_rate=0,
    needs_database=False,
    is_parametrised=False,
)
NIGHTLY = JobSpec(45, "Rates import", script=HOURLY, duration_s=30)
AT_EVENING = datetime(2018, 9, 28, 18, 44, 56, tzinfo=UTC)
NO_QUEUE: tuple[tuple[str, float], ...] = ()
SUCCESS = {"status": "success"}


class Caller:
    def __init__(self, simulator: DatameerSimulator, clock: FakeClock) -> None:
        self.simulator = simulator
        self.clock = clock
        self.http = self.client((USER, PASSWORD))

    def client(self, auth: tuple[str, str] | None = None) -> httpx.AsyncClient:
        transport = httpx.MockTransport(self.simulator)
        return httpx.AsyncClient(transport=transport, base_url=BASE, auth=auth)

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path)

    async def read(self, path: str) -> dict[str, object]:
        answer = await self.get(path)
        assert answer.status_code == 200
        found = answer.json()
        assert isinstance(found, dict)
        return found

    async def rows(self, path: str) -> list[dict[str, object]]:
        answer = await self.get(path)
        assert answer.status_code == 200
        found = answer.json()
        assert isinstance(found, list)
        return found

    async def status(self, job: int = 41) -> dict[str, object]:
        return await self.read(f"/rest/job-configuration/job-status/{job}")

    async def history(self, job: int = 41, query: str = "?start=0&length=10") -> list[dict[str, object]]:
        return await self.rows(f"/rest/job-configuration/job-history/{job}{query}")

    async def v2(self, file: int | str = 42) -> dict[str, object]:
        return await self.read(f"/api/job-execution/{quote(str(file), safe='')}/status")

    async def details(self, execution: int) -> dict[str, object]:
        return await self.read(f"/rest/job-execution/job-details/{execution}")

    async def running(self) -> list[dict[str, object]]:
        return await self.rows("/rest/jobs/list-running")

    async def trigger(self, job: int = 41) -> int:
        answer = await self.http.post(f"/rest/job-execution?configuration={job}")
        assert answer.status_code == 200
        return int(answer.json()["job-execution-id"])

    async def kill(self, execution: int) -> httpx.Response:
        return await self.http.post(f"/rest/job-execution/job-kill/{execution}")

    async def log(self, execution: int) -> httpx.Response:
        await self.http.get("/browser")
        return await self.http.get(f"/file-job?jobExecutionId={execution}")

    async def passes(self, seconds: float) -> None:
        await self.clock.advance(seconds)


def caller(
    *specs: JobSpec,
    start: datetime = START,
    behaviour: Behaviour | None = None,
    zone: str = "UTC",
    executions: tuple[int, ...] = (),
) -> Caller:
    clock = FakeClock(start)
    jobs = specs or (SALES, MARTS, SHIP, BAD)
    simulator = DatameerSimulator(clock, jobs, behaviour=behaviour, zone=ZoneInfo(zone))
    simulator.installation.next_execution_ids += executions
    return Caller(simulator, clock)


# The vendor's page


@pytest.mark.parametrize(
    ("outcome", "execution", "answer"),
    [
        (Outcome(), 30, '{"id":30,"jobStatus":"COMPLETED"}'),
        (warned(3, "dropped"), 32, '{"id":32,"jobStatus":"COMPLETED_WITH_Warnings"}'),
        (failed("no listener"), 36, '{"id":36,"jobStatus":"ERROR"}'),
    ],
)
async def test_the_vendors_v1_status_of_a_job_that_ended(
    outcome: Outcome, execution: int, answer: str
) -> None:
    server = caller(JobSpec(7, "x", duration_s=10, outcome=outcome), executions=(execution,))
    await server.trigger(7)
    await server.passes(20)
    assert (await server.get("/rest/job-configuration/job-status/7")).text == answer


async def test_the_vendors_v1_status_of_a_job_that_runs_never_ran_and_was_cancelled() -> None:
    server = caller(executions=(49, 39))
    path = "/rest/job-configuration/job-status/41"
    assert (await server.get(path)).text == "{}"
    running = await server.trigger()
    await server.passes(5)
    assert (await server.get(path)).text == '{"id":49,"jobStatus":"RUNNING"}'
    await server.kill(running)
    await server.passes(5)
    await server.kill(await server.trigger())
    await server.passes(1)
    assert (await server.get(path)).text == '{"id":39,"jobStatus":"CANCELED"}'


async def test_the_vendors_v2_status_of_a_job_that_never_ran_runs_and_ended() -> None:
    spec = JobSpec(50, "x", other_file_id=48, preparation=NO_QUEUE, duration_s=11)
    server = caller(spec, start=AT_EVENING, behaviour=Behaviour(lag_s=0), executions=(3, 3))
    path = "/api/job-execution/48/status"
    assert (await server.get(path)).text == '{"status":"success","job-status":"_NONE"}'
    await server.trigger(50)
    assert (await server.get(path)).text == (
        '{"status":"success","file-id":48,"job-execution-id":3,"job-status":"RUNNING",'
        '"start-time":"Sep 28, 2018 6:44:56 PM","estimate-time":"11s","job-progress":"0"}'
    )
    server = caller(
        JobSpec(50, "x", other_file_id=48, preparation=NO_QUEUE, duration_s=2),
        start=AT_EVENING,
        executions=(3,),
    )
    await server.trigger(50)
    await server.passes(20)
    assert (await server.get(path)).text == (
        '{"status":"success","file-id":48,"job-execution-id":3,"job-status":"COMPLETED",'
        '"start-time":"Sep 28, 2018 6:44:56 PM","stop-time":"Sep 28, 2018 6:44:58 PM"}'
    )


async def test_the_vendors_v2_status_of_a_job_that_ended_with_warnings() -> None:
    spec = JobSpec(50, "x", other_file_id=46, preparation=NO_QUEUE, duration_s=5, outcome=warned(1, "city"))
    server = caller(spec, start=datetime(2018, 9, 28, 10, 9, 47, tzinfo=UTC), executions=(4,))
    await server.trigger(50)
    await server.passes(60)
    assert (await server.get("/api/job-execution/46/status")).text == (
        '{"status":"success","file-id":46,"job-execution-id":4,"job-status":"COMPLETED_WITH_WARNINGS",'
        '"start-time":"Sep 28, 2018 10:09:47 AM","stop-time":"Sep 28, 2018 10:09:52 AM"}'
    )


async def test_the_vendors_v2_status_of_a_job_that_waits_and_is_cancelled() -> None:
    spec = JobSpec(50, "x", other_file_id=48, preparation=(("QUEUED", 60.0),))
    server = caller(spec, start=datetime(2018, 9, 28, 18, 58, 31, tzinfo=UTC), executions=(4,))
    path = "/api/job-execution/48/status"
    execution = await server.trigger(50)
    await server.passes(10)
    assert (await server.get(path)).text == (
        '{"status":"success","file-id":48,"job-execution-id":4,"job-status":"QUEUED","start-time":null}'
    )
    await server.kill(execution)
    assert (await server.get(path)).text == (
        '{"status":"success","file-id":48,"job-execution-id":4,"job-status":"CANCELED",'
        '"start-time":null,"stop-time":"Sep 28, 2018 6:58:41 PM"}'
    )


async def test_the_vendors_trigger_and_stop() -> None:
    server = caller(executions=(3,))
    answer = await server.http.post("/rest/job-execution?configuration=41")
    assert answer.text == (
        '{"status":"success","job-execution-id":3,"job-execution-user":"analyst",'
        '"job-execution-trigger":"RESTAPI"}'
    )
    stopped = await server.kill(3)
    assert (stopped.status_code, stopped.content) == (200, b"")
    server.simulator.change(stop_code=204)
    assert (await server.kill(3)).status_code == 204


DETAILS = """
{"jobStatus":"COMPLETED","startTime":"2018-09-28 18:44:56.0","stopTime":"2018-09-28 18:46:54.0",
 "successCount":494400,"failureCount":0,
 "counters":{"IMPORT_RECORDS":494400,"IMPORT_BYTES":23911522,"IMPORT_DROPPED_RECORDS":0,
             "IMPORT_PREVIEW_RECORDS":5000,"IMPORT_OUTPUT_BYTES":24444883,"IMPORT_DROPPED_SPLITS":0,
             "IMPORT_OUTPUT_PARTITIONS":0}}
"""


async def test_the_details_that_a_client_saw() -> None:
    counters = json.loads(DETAILS)["counters"]
    spec = JobSpec(
        50,
        "x",
        preparation=NO_QUEUE,
        duration_s=118,
        records=494_400,
        outcome=Outcome(counters=counters),
    )
    server = caller(spec, start=AT_EVENING)
    execution = await server.trigger(50)
    await server.passes(118)
    answer = await server.details(execution)
    assert list(answer.items()) == list(json.loads(DETAILS).items())


async def test_the_history_the_active_jobs_and_the_volumes_that_clients_saw() -> None:
    spec = JobSpec(50, "x", duration_s=10, outcome=warned(1, "city"), records=1000)
    behaviour = Behaviour(warning_word="COMPLETED_WITH_WARNINGS", lag_s=0)
    server = caller(spec, behaviour=behaviour, executions=(4077, 4101, 4127))
    server.simulator.set_outcome(50, Outcome())
    await server.trigger(50)
    await server.passes(20)
    server.simulator.set_outcome("50", warned(1, "city"))
    await server.trigger(50)
    await server.passes(20)
    await server.trigger(50)
    await server.passes(3)
    assert await server.history(50, "?start=0&length=3") == [
        {"id": 4127, "jobStatus": "RUNNING"},
        {"id": 4101, "jobStatus": "COMPLETED_WITH_WARNINGS"},
        {"id": 4077, "jobStatus": "COMPLETED"},
    ]
    assert await server.running() == [{"id": 4127, "jobStatus": "RUNNING"}]
    report = await server.rows("/rest/job-configuration/volume-report/50")
    assert report[-1] == {"id": 4077, "jobStatus": "COMPLETED", "importedVolume": 48_000, "type": "NORMAL"}
    server.simulator.set_outcome(50, failed("no listener"))
    await server.passes(20)
    await server.trigger(50)
    await server.passes(20)
    report = await server.rows("/rest/job-configuration/volume-report/50")
    assert set(report[0]) == {"id", "jobStatus", "type"}


# Who may ask, and what


@pytest.mark.parametrize(
    "header",
    [None, "", "Basic", "Basic !", "Bearer x", "Basic b3BzOng=", "Basic " + "/w=="],
)
async def test_every_call_needs_the_right_password(header: str | None) -> None:
    server = caller()
    headers = {} if header is None else {"authorization": header}
    for method, path in (
        ("GET", "/rest/import-job"),
        ("GET", "/rest/no-such-thing"),
        ("GET", "/api/job-execution/42/status"),
        ("POST", "/rest/job-execution?configuration=41"),
        ("DELETE", "/rest/import-job/41"),
        ("GET", "/browser"),
    ):
        answer = await server.client().request(method, path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic ")
        assert answer.headers["content-type"].startswith("text/html")
    assert not server.simulator.calls
    assert not server.simulator.deleted
    assert server.simulator.runs_started.total() == 0


async def test_a_changed_password_is_refused_from_then_on() -> None:
    server = caller()
    assert (await server.get("/rest/import-job")).status_code == 200
    server.simulator.set_password("other")
    assert (await server.get("/rest/import-job")).status_code == 401
    assert (await server.client((USER, "other")).get("/rest/import-job")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/rest/job-execution?configuration=41", 405),
        ("POST", "/rest/import-job", 405),
        ("GET", "/rest/job-execution/job-kill/41", 405),
        ("POST", "/api/job-execution/42/status", 405),
        ("PUT", "/rest/workbook/42", 405),
        ("GET", "/rest/job-configuration/job-status", 404),
        ("GET", "/rest/job-configuration/job-status/x", 404),
        ("GET", "/rest/job-configuration/job-status/41/", 404),
        ("GET", "/api/job-execution/Users/admin/Sales import/status", 404),
        ("GET", "/v1/import-job", 404),
        ("GET", "/", 404),
        ("POST", "/rest/job-execution", 400),
        ("POST", "/rest/job-execution?configuration=", 400),
        ("POST", "/rest/job-execution?configuration=Sales", 400),
        ("GET", "/rest/job-configuration/job-history/41?start=-1", 400),
        ("POST", "/rest/job-execution?configuration=99", 404),
        ("POST", "/rest/job-execution/job-kill/99", 404),
        ("GET", "/rest/import-job/42", 404),
        ("DELETE", "/rest/workbook/41", 404),
        ("DELETE", "/rest/export-jobs/43", 404),
        ("GET", "/rest/job-execution/job-details/99", 404),
        ("DELETE", "/rest/data/99", 404),
    ],
)
async def test_methods_paths_and_ids_must_be_right(method: str, path: str, code: int) -> None:
    server = caller()
    assert (await server.http.request(method, path)).status_code == code
    assert not server.simulator.deleted
    assert server.simulator.runs_started.total() == 0


async def test_triggers_and_stops_have_no_body() -> None:
    server = caller()
    started = await server.http.post("/rest/job-execution?configuration=41", json={})
    assert started.status_code == 400
    assert server.simulator.runs_started.total() == 0
    execution = await server.trigger()
    stopped = await server.http.post(f"/rest/job-execution/job-kill/{execution}", content=b"x")
    assert stopped.status_code == 400
    await server.passes(5)
    assert (await server.status())["jobStatus"] == "RUNNING"


# Ids


async def test_each_kind_of_id_finds_its_own_job_and_a_mixed_up_one_finds_another() -> None:
    server = caller()
    files = [spec.file_id for spec in (SALES, MARTS, SHIP, BAD)]
    assert files == [42, 43, 44, 45]
    first = await server.trigger(44)
    await server.passes(30)
    second = await server.trigger(41)
    await server.passes(5)
    # The first two runs have the ids of the first two jobs.
    assert (first, second) == (41, 42)
    assert (await server.status(44), await server.status(42)) == ({"id": 41, "jobStatus": "ERROR"}, {})
    for name in (42, SALES.uuid, SALES.path):
        answer = await server.v2(name)
        assert (answer["file-id"], answer["job-execution-id"], answer["job-status"]) == (42, 42, "RUNNING")
    assert await server.v2(43) == {**SUCCESS, "job-status": "_NONE"}
    assert (await server.get("/api/job-execution/41/status")).status_code == 404


async def test_paths_are_quoted_whole() -> None:
    spec = JobSpec(50, "50% Süd/Nord? a+b", folder="/Data & more")
    server = caller(spec)
    url = httpx.URL(f"{BASE}/api/job-execution/{quote(spec.path, safe='')}/status")
    assert b"%2FData%20%26%20more%2F50%25" in url.raw_path
    assert (await server.http.get(url)).json() == {"status": "success", "job-status": "_NONE"}


async def test_a_wrong_file_fails_in_the_servers_own_words() -> None:
    server = caller()
    missing = "File doesn't exist or isn't accessible with current permissions"
    for code in (404, 200):
        server.simulator.change(failure_code=code)
        for name in ("99", "/Users/admin/none", "9424e496-6e1c-416c-b235-0dbe3dd80f33"):
            answer = await server.get(f"/api/job-execution/{quote(name, safe='')}/status")
            assert (answer.status_code, answer.text) == (
                code,
                f'{{"status":"failure","reason":"{missing}"}}',
            )


@pytest.mark.parametrize("key", ["reason", "error", "message"])
@pytest.mark.parametrize("code", [200, 404])
async def test_v1_fails_in_several_ways(code: int, key: str) -> None:
    server = caller(behaviour=Behaviour(failure_code=code, failure_key=key))
    for path in ("/rest/job-configuration/job-status/99", "/rest/job-execution/job-details/99"):
        answer = await server.get(path)
        assert answer.status_code == code
        assert set(answer.json()) == {"status", key}
        assert "99" in answer.json()[key]


async def test_v1_may_tell_nothing_of_a_missing_job() -> None:
    server = caller(behaviour=Behaviour(hides_missing=True))
    assert await server.status(99) == {}
    assert await server.history(99) == []
    assert (await server.get("/rest/job-configuration/volume-report/99")).status_code == 404


# Lists


async def test_the_lists_hold_the_jobs_of_their_kind() -> None:
    server = caller()
    assert await server.rows("/rest/import-job") == [
        {
            "id": 41,
            "name": "Sales import",
            "description": "from the shop",
            "path": "/Users/admin/Sales import",
        },
        {"id": 44, "name": "Orders import", "description": "", "path": "/Users/admin/Orders import"},
    ]
    assert [row["id"] for row in await server.rows("/rest/workbook")] == [42]
    assert [row["id"] for row in await server.rows("/rest/export-job")] == [43]
    assert (await server.get("/rest/export-jobs")).status_code == 404
    assert server.simulator.calls["list import-job"] == 1


async def test_export_jobs_may_be_listed_under_another_word() -> None:
    server = caller(behaviour=Behaviour(export_list="export-jobs"))
    assert [row["id"] for row in await server.rows("/rest/export-jobs")] == [43]
    assert (await server.get("/rest/export-job")).status_code == 404
    assert (await server.read("/rest/export-job/43"))["file"]


async def test_a_list_may_hold_more_or_less() -> None:
    server = caller()
    assert len((await server.rows("/rest/workbook"))[0]) == 4
    server.simulator.change(list_fields=("id", "uuid", "file"))
    file = {
        "uuid": MARTS.uuid,
        "path": "/Users/admin/Sales workbook",
        "name": "Sales workbook",
        "description": "",
    }
    assert await server.rows("/rest/workbook") == [{"id": 42, "uuid": MARTS.uuid, "file": file}]


async def test_one_job_is_read_and_a_workbook_perhaps_not() -> None:
    server = caller(SALES, MARTS, NIGHTLY)
    answer = await server.read("/rest/import-job/41")
    assert set(answer) == {"version", "className", "file", "pullType"}
    assert answer["file"] == {
        "uuid": SALES.uuid,
        "path": "/Users/admin/Sales import",
        "name": "Sales import",
        "description": "from the shop",
    }
    assert answer["pullType"] == "MANUALLY"
    assert (await server.read("/rest/import-job/45"))["pullType"] == "SCHEDULED"
    assert (await server.get("/rest/workbook/42")).status_code == 200
    server.simulator.change(reads_workbooks=False)
    assert (await server.get("/rest/workbook/42")).status_code == 404
    assert (await server.rows("/rest/workbook"))[0]["id"] == 42


async def test_an_old_server_has_no_second_api() -> None:
    server = caller(behaviour=Behaviour(has_v2=False))
    answer = await server.get("/api/job-execution/42/status")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert await server.status() == {}


async def test_an_empty_server_lists_nothing() -> None:
    clock = FakeClock()
    server = Caller(DatameerSimulator(clock), clock)
    for path in ("/rest/import-job", "/rest/jobs/list-running"):
        assert await server.rows(path) == []


# Lives


async def test_a_job_lives_through_its_statuses() -> None:
    server = caller(behaviour=Behaviour(lag_s=0))
    execution = await server.trigger()
    seen = []
    for seconds in (0, 1, 1, 40, 39, 1):
        await server.passes(seconds)
        status, v2 = await server.status(), await server.v2()
        details = await server.details(execution)
        assert status["id"] == v2["job-execution-id"] == execution
        assert status["jobStatus"] == v2["job-status"] == details["jobStatus"]
        assert await server.history() == [status]
        assert await server.running() == ([status] if status["jobStatus"] != "COMPLETED" else [])
        seen.append((v2["job-status"], v2["start-time"], v2.get("job-progress"), v2.get("estimate-time")))
    started = "Nov 21, 2026 2:00:02 PM"
    assert seen == [
        ("QUEUED", None, None, None),
        ("QUEUED", None, None, None),
        ("RUNNING", started, "0", "80s"),
        ("RUNNING", started, "50", "40s"),
        ("RUNNING", started, "98", "1s"),
        ("COMPLETED", started, None, None),
    ]
    assert (await server.v2())["stop-time"] == "Nov 21, 2026 2:01:22 PM"


async def test_right_after_a_trigger_everything_still_tells_of_the_run_before() -> None:
    server = caller(behaviour=Behaviour(lag_s=2.0))
    assert await server.trigger() == 41
    assert await server.status() == {}
    assert (await server.v2())["job-status"] == "_NONE"
    assert (await server.history(), await server.running()) == ([], [])
    assert (await server.details(41))["jobStatus"] == "QUEUED"
    await server.passes(100)
    assert await server.trigger() == 42
    assert await server.status() == {"id": 41, "jobStatus": "COMPLETED"}
    assert (await server.v2())["job-execution-id"] == 41
    await server.passes(1.9)
    assert await server.history() == [{"id": 41, "jobStatus": "COMPLETED"}]
    await server.passes(0.1)
    assert await server.status() == {"id": 42, "jobStatus": "RUNNING"}
    assert [row["id"] for row in await server.history()] == [42, 41]


async def test_a_workbook_waits_for_its_import() -> None:
    server = caller(behaviour=Behaviour(lag_s=0))
    await server.trigger(41)
    await server.passes(10)
    await server.trigger(42)
    assert await server.running() == [
        {"id": 41, "jobStatus": "RUNNING"},
        {"id": 42, "jobStatus": "WAITING_FOR_OTHER_JOB"},
    ]
    waiting = await server.v2(43)
    assert (waiting["job-status"], waiting["start-time"]) == ("WAITING_FOR_OTHER_JOB", None)
    seen = []
    for seconds in (71, 1, 2, 20):
        await server.passes(seconds)
        seen.append((await server.status(42))["jobStatus"])
    assert seen == ["WAITING_FOR_OTHER_JOB", "QUEUED", "RUNNING", "COMPLETED"]


async def test_a_scheduled_workbook_waits_no_longer_when_its_import_is_stopped() -> None:
    late = Script(
        id="46", name="x", period_s=3600, usual_s=30, phase_s=605, failure_rate=0,
        needs_database=False, is_parametrised=False,
    )  # fmt: skip
    workbook = JobSpec(46, "Rates workbook", Kind.WORKBOOK, script=late, waits_for=45)
    server = caller(NIGHTLY, workbook)
    await server.passes(610)
    awaited, waiting = await server.running()
    assert (awaited["jobStatus"], waiting["jobStatus"]) == ("RUNNING", "WAITING_FOR_OTHER_JOB")
    await server.kill(int(str(awaited["id"])))
    await server.passes(3)
    assert (await server.status(45))["jobStatus"] == "CANCELED"
    assert await server.status(46) == {"id": waiting["id"], "jobStatus": "QUEUED"}
    await server.passes(2)
    assert (await server.v2(47))["start-time"] == "Nov 21, 2026 2:10:15 PM"


async def test_a_schedule_runs_on_the_clock() -> None:
    server = caller(NIGHTLY)
    before = await server.status(45)
    assert before["jobStatus"] == "COMPLETED"
    assert (await server.v2(46))["start-time"] == "Nov 21, 2026 1:10:02 PM"
    await server.passes(599)
    assert await server.status(45) == before
    await server.passes(1)
    fresh = await server.status(45)
    assert fresh["jobStatus"] == "QUEUED"
    assert int(str(fresh["id"])) > int(str(before["id"]))
    await server.passes(300)
    assert await server.status(45) == {"id": fresh["id"], "jobStatus": "COMPLETED"}
    assert server.simulator.runs_started.total() == 0


async def test_a_schedule_may_not_have_begun_yet() -> None:
    since = START + timedelta(minutes=30)
    server = caller(JobSpec(45, "x", script=HOURLY, since=since))
    assert await server.status(45) == {}
    await server.passes(3600)
    assert await server.history(45) == []
    await server.passes(700)
    assert len(await server.history(45)) == 1


async def test_what_a_schedule_would_start_while_somebody_runs_the_job_is_lost() -> None:
    server = caller(JobSpec(45, "x", script=HOURLY, duration_s=900))
    before = await server.status(45)
    execution = await server.trigger(45)
    await server.passes(1000)
    assert await server.history(45, "?start=0&length=2") == [
        {"id": execution, "jobStatus": "COMPLETED"},
        before,
    ]


async def test_jobs_run_once_more_or_not_while_they_run() -> None:
    server = caller(behaviour=Behaviour(lag_s=0))
    await server.trigger()
    await server.passes(42)
    await server.trigger()
    assert await server.status() == {"id": 42, "jobStatus": "QUEUED"}
    assert await server.running() == [
        {"id": 42, "jobStatus": "QUEUED"},
        {"id": 41, "jobStatus": "RUNNING"},
    ]
    await server.passes(42)
    assert await server.running() == [{"id": 42, "jobStatus": "RUNNING"}]
    server.simulator.change(queues_when_busy=False)
    answer = await server.http.post("/rest/job-execution?configuration=41")
    assert (answer.status_code, answer.json()["status"]) == (404, "failure")
    assert server.simulator.runs_started == {"41": 2}


async def test_a_word_that_no_page_lists_is_shown_all_the_same() -> None:
    stages = (("PREPARING", 5.0),)
    server = caller(JobSpec(41, "x", preparation=stages, duration_s=5, outcome=Outcome("ARCHIVED")))
    await server.trigger()
    await server.passes(2)
    assert (await server.v2())["job-status"] == "PREPARING"
    await server.passes(10)
    assert (await server.status())["jobStatus"] == "ARCHIVED"


# Stops


async def test_a_stop_takes_its_time() -> None:
    server = caller()
    execution = await server.trigger()
    await server.passes(42)
    await server.kill(execution)
    assert (await server.v2())["job-status"] == "RUNNING"
    await server.passes(2)
    await server.kill(execution)
    await server.passes(1)
    answer = await server.v2()
    assert (answer["job-status"], answer["start-time"], answer["stop-time"]) == (
        "CANCELED",
        "Nov 21, 2026 2:00:02 PM",
        "Nov 21, 2026 2:00:45 PM",
    )
    assert await server.running() == []
    details = await server.details(execution)
    assert (details["stopTime"], details["successCount"]) == ("2026-11-21 14:00:45.0", 4300)


async def test_a_run_is_cancelled_before_it_starts() -> None:
    server = caller()
    execution = await server.trigger()
    await server.passes(1)
    await server.kill(execution)
    answer = await server.v2()
    assert (answer["job-status"], answer["start-time"]) == ("CANCELED", None)
    assert answer["stop-time"] == "Nov 21, 2026 2:00:01 PM"
    details = await server.details(execution)
    assert (details["startTime"], details["stopTime"]) == (None, "2026-11-21 14:00:01.0")
    server.simulator.change(cancel_word="CANCELLED")
    assert (await server.status())["jobStatus"] == "CANCELLED"
    assert (await server.v2())["job-status"] == "CANCELLED"


async def test_a_stop_may_come_too_late_or_to_nothing() -> None:
    server = caller(JobSpec(41, "x", ignores_stop=True, duration_s=60), SHIP)
    execution = await server.trigger()
    await server.passes(10)
    assert (await server.kill(execution)).status_code == 200
    await server.passes(60)
    assert (await server.status())["jobStatus"] == "COMPLETED"
    assert (await server.kill(execution)).status_code == 200
    last = await server.trigger(43)
    await server.passes(11)
    await server.kill(last)
    await server.passes(10)
    assert (await server.status(43))["jobStatus"] == "COMPLETED"
    server.simulator.change(refuses_idle_stop=True)
    assert (await server.kill(execution)).status_code == 404


async def test_a_stop_names_the_run_or_perhaps_the_job() -> None:
    server = caller(executions=(43, 7))
    assert await server.trigger(41) == 43
    assert await server.trigger(43) == 7
    await server.passes(5)
    await server.kill(43)
    await server.passes(5)
    assert (await server.status(41))["jobStatus"] == "CANCELED"
    assert (await server.status(43))["jobStatus"] == "RUNNING"
    server.simulator.change(stops_by_configuration=True)
    await server.kill(43)
    await server.passes(1)
    assert [row["id"] for row in await server.running()] == [7]
    await server.passes(2)
    assert (await server.kill(43)).status_code == 200
    assert (await server.kill(7)).status_code == 404


async def test_a_scheduled_run_can_be_stopped() -> None:
    server = caller(NIGHTLY)
    await server.passes(610)
    [running] = await server.running()
    await server.kill(int(str(running["id"])))
    await server.passes(10)
    assert await server.status(45) == {"id": running["id"], "jobStatus": "CANCELED"}
    await server.passes(3700)
    assert [row["jobStatus"] for row in await server.history(45)][:2] == ["COMPLETED", "CANCELED"]


# Runs


async def test_a_trigger_is_counted_and_may_hide_its_id() -> None:
    server = caller()
    await server.trigger()
    await server.trigger(43)
    server.simulator.change(tells_execution_id=False)
    answer = await server.http.post("/rest/job-execution?configuration=41")
    assert answer.text == '{"status":"success"}'
    assert server.simulator.runs_started == {"41": 2, "43": 1}


async def test_history_comes_in_pages_and_forgets_after_28_days() -> None:
    server = caller(NIGHTLY)
    everything = await server.history(45, "?start=0&length=10000")
    ids = [int(str(row["id"])) for row in everything]
    assert ids == sorted(set(ids), reverse=True)
    assert len(everything) == 28 * 24
    assert len(await server.history(45, "")) == 10
    assert await server.history(45, "?start=3&length=4") == everything[3:7]
    assert await server.history(45, "?start=670&length=10") == everything[670:]
    assert await server.history(45, "?start=672") == []
    assert (await server.details(ids[-1]))["jobStatus"] == "COMPLETED"
    await server.passes(3600)
    assert (await server.get(f"/rest/job-execution/job-details/{ids[-1]}")).status_code == 404
    assert (await server.details(ids[-2]))["jobStatus"] == "COMPLETED"


async def test_a_job_that_ran_long_ago_seems_never_to_have_run() -> None:
    server = caller()
    await server.trigger()
    await server.passes(28 * 86_400)
    assert (await server.status())["jobStatus"] == "COMPLETED"
    await server.passes(1)
    assert await server.status() == {}
    assert (await server.v2())["job-status"] == "_NONE"
    assert await server.history() == []


async def test_counters_grow_and_depend_on_the_kind() -> None:
    server = caller()
    execution = await server.trigger()
    await server.passes(42)
    details = await server.details(execution)
    assert (details["stopTime"], details["successCount"], details["failureCount"]) == (None, 4000, 0)
    counters = details["counters"]
    assert isinstance(counters, dict)
    assert (counters["IMPORT_RECORDS"], counters["IMPORT_PREVIEW_RECORDS"]) == (4000, 4000)
    server.simulator.set_outcome(43, warned(7, "7 records dropped"))
    exported, computed = await server.trigger(43), await server.trigger(42)
    await server.passes(200)
    details = await server.details(exported)
    assert (details["jobStatus"], details["successCount"], details["failureCount"]) == (
        "COMPLETED_WITH_Warnings",
        493,
        7,
    )
    assert details["counters"] == {
        "EXPORT_RECORDS": 493,
        "EXPORT_DROPPED_RECORDS": 7,
        "EXPORT_BYTES": 24_157,
    }
    assert (await server.details(computed))["counters"] == {}


async def test_a_failed_run_may_have_counters() -> None:
    server = caller()
    execution = await server.trigger(44)
    await server.passes(60)
    assert set(await server.details(execution)) == {"jobStatus", "startTime", "stopTime"}
    server.simulator.change(counts_errors=True)
    assert set(await server.details(execution)) >= {"counters", "successCount", "failureCount"}


async def test_active_jobs_may_tell_their_configuration() -> None:
    server = caller(behaviour=Behaviour(running_configuration_key="configurationId"))
    execution = await server.trigger()
    await server.passes(5)
    assert await server.running() == [{"id": execution, "jobStatus": "RUNNING", "configurationId": 41}]


async def test_the_results_of_a_run_can_be_deleted() -> None:
    server = caller()
    execution = await server.trigger()
    await server.passes(100)
    assert (await server.http.delete(f"/rest/data/{execution}")).json() == SUCCESS
    assert server.simulator.installation.emptied == {execution}
    assert (await server.status())["jobStatus"] == "COMPLETED"


# Times


async def test_times_are_in_the_servers_zone_in_two_shapes() -> None:
    server = caller(SHIP, zone="Asia/Shanghai", start=datetime(2026, 1, 5, 16, 5, 7, tzinfo=UTC))
    execution = await server.trigger(43)
    await server.passes(20)
    answer, details = await server.v2(44), await server.details(execution)
    assert answer["start-time"] == "Jan 6, 2026 12:05:09 AM"
    assert answer["stop-time"] == "Jan 6, 2026 12:05:19 AM"
    assert (details["startTime"], details["stopTime"]) == ("2026-01-06 00:05:09.0", "2026-01-06 00:05:19.0")
    server.simulator.change(has_narrow_space=True)
    assert (await server.v2(44))["start-time"] == "Jan 6, 2026 12:05:09\u202fAM"
    assert (await server.get("/rest/import-job")).headers["date"] == "Mon, 05 Jan 2026 16:05:27 GMT"


async def test_an_estimate_may_be_in_minutes() -> None:
    server = caller(behaviour=Behaviour(has_minutes_in_estimates=True))
    await server.trigger()
    await server.passes(3)
    assert (await server.v2())["estimate-time"] == "1m 19s"
    await server.passes(60)
    assert (await server.v2())["estimate-time"] == "19s"


# Deletions


@pytest.mark.parametrize(("kind", "job"), [(Kind.IMPORT, 41), (Kind.WORKBOOK, 42), (Kind.EXPORT, 43)])
async def test_a_deleted_job_is_gone(kind: Kind, job: int) -> None:
    server = caller()
    execution = await server.trigger(job)
    await server.passes(2)
    answer = await server.http.delete(f"/rest/{kind}/{job}")
    assert (answer.status_code, answer.text) == (200, '{"status":"success"}')
    assert server.simulator.deleted == {str(job)}
    assert job not in {row["id"] for row in await server.rows(f"/rest/{kind}")}
    assert await server.running() == []
    for path in (
        f"/rest/job-configuration/job-status/{job}",
        f"/rest/job-execution/job-details/{execution}",
        f"/api/job-execution/{job + 1}/status",
    ):
        assert (await server.get(path)).status_code == 404
    assert (await server.http.delete(f"/rest/{kind}/{job}")).status_code == 404


async def test_a_deletion_may_be_answered_by_nothing() -> None:
    server = caller(behaviour=Behaviour(has_empty_delete=True))
    answer = await server.http.delete("/rest/import-job/41")
    assert (answer.status_code, answer.content) == (204, b"")
    assert server.simulator.deleted == {"41"}


async def test_a_job_can_come_and_change() -> None:
    server = caller(NIGHTLY, SALES)
    server.simulator.add_job(JobSpec(50, "Fresh", Kind.EXPORT))
    assert [row["name"] for row in await server.rows("/rest/export-job")] == ["Fresh"]
    await server.trigger(50)
    server.simulator.add_job(JobSpec(41, "Renamed"))
    assert {row["name"] for row in await server.rows("/rest/import-job")} == {"Rates import", "Renamed"}
    assert (
        await server.get("/api/job-execution/%2FUsers%2Fadmin%2FSales%20import/status")
    ).status_code == 404
    with pytest.raises(ValueError, match="job 51 comes too late to have a schedule"):
        server.simulator.add_job(JobSpec(51, "y", script=HOURLY))


# Pages


@pytest.mark.parametrize(
    "path", ["/file-job?jobExecutionId=41", "/job/download-trace/41", "/admin/application-log-download"]
)
async def test_pages_want_a_session(path: str) -> None:
    server = caller()
    await server.trigger()
    answer = await server.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<form" in answer.text
    server.simulator.change(login_code=302)
    answer = await server.get(path)
    assert (answer.status_code, answer.headers["location"]) == (302, "/login")
    assert "<form" in (await server.client().get("/login")).text
    assert not server.simulator.calls["log"]
    assert (await server.get("/browser")).status_code == 200
    assert "<form" not in (await server.get(path)).text
    server.simulator.sessions.expire()
    assert (await server.get(path)).status_code == 302
    server.simulator.change(needs_session=False)
    assert (await server.get(path)).status_code == 200
    assert (await server.client().get(path)).status_code == 302


async def test_a_log_grows_and_tells_why_the_run_failed() -> None:
    server = caller()
    execution = await server.trigger(44)
    texts = []
    for seconds in (1, 6, 10):
        await server.passes(seconds)
        answer = await server.log(execution)
        assert answer.headers["content-type"] == "text/plain;charset=UTF-8"
        texts.append(answer.text)
    assert all(after.startswith(before) for before, after in itertools.pairwise(texts))
    assert len(set(texts)) == 3
    assert f"ERROR Job failed: {DATABASE_DOWN}" in texts[-1]
    assert texts[-1].startswith("[2026-11-21 14:00:00.000] INFO  Job execution 41 of")
    assert texts[-1].endswith("ended with status ERROR\n")
    assert (await server.log(99)).status_code == 404
    assert (await server.get("/file-job")).status_code == 400


async def test_a_log_may_be_a_page() -> None:
    server = caller(JobSpec(41, "a <b> & c", duration_s=5), behaviour=Behaviour(log_is_page=True))
    execution = await server.trigger()
    await server.passes(10)
    answer = await server.log(execution)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "a &lt;b&gt; &amp; c" in answer.text
    server.simulator.change(log_is_page=False)
    assert "a <b> & c" in (await server.log(execution)).text


async def test_a_trace_is_an_archive() -> None:
    server = caller()
    execution = await server.trigger(44)
    await server.passes(30)
    log = await server.log(execution)
    answer = await server.get(f"/job/download-trace/{execution}")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.read(f"trace-{execution}/job.log").decode() == log.text
    assert (await server.get("/job/download-trace/99")).status_code == 404


async def test_the_log_of_the_application_is_for_administrators() -> None:
    server = caller()
    await server.get("/browser")
    path = "/admin/application-log-download"
    assert (await server.get(path)).text.endswith("Application started\n")
    server.simulator.change(is_admin=False)
    assert (await server.get(path)).status_code == 403


# Other things


async def test_the_next_calls_can_be_spoilt() -> None:
    server = caller()
    server.simulator.answer_next(httpx.Response(502, html="<html>Bad Gateway</html>"))
    server.simulator.answer_next(httpx.Response(200, text="{"))
    assert (await server.get("/rest/import-job")).status_code == 502
    assert (await server.get("/rest/import-job")).text == "{"
    assert (await server.get("/rest/import-job")).status_code == 200
    assert server.simulator.calls == {"list import-job": 1}


async def test_the_next_call_of_one_operation_can_be_spoilt() -> None:
    server = caller()
    server.simulator.answer_next(httpx.Response(500), to="status")
    assert (await server.get("/rest/import-job")).status_code == 200
    assert (await server.get("/rest/job-configuration/job-status/41")).status_code == 500
    assert await server.status() == {}


async def test_runs_begin_that_nobody_asks_for() -> None:
    server = caller(JobSpec(41, "x", log=("all is well",), duration_s=5))
    run = server.simulator.begin(41)
    assert await server.status() == {"id": run.id, "jobStatus": "QUEUED"}
    assert server.simulator.runs_started.total() == 0
    await server.passes(3)
    assert "all is well\n" in (await server.log(run.id)).text


async def test_a_file_may_be_hidden_from_the_user() -> None:
    server = caller()
    server.simulator.installation.hidden.add(41)
    assert (await server.get("/api/job-execution/42/status")).json()["status"] == "failure"
    assert await server.status() == {}
    assert (await server.v2(43))["status"] == "success"


async def test_it_serves_a_socket() -> None:
    simulator = DatameerSimulator(FakeClock(), [SALES])
    async with (
        FaultyServer(simulator) as socket,
        httpx.AsyncClient(base_url=socket.url, auth=(USER, PASSWORD)) as http,
    ):
        assert (await http.get("/rest/import-job")).json()[0]["id"] == 41
        started = await http.post("/rest/job-execution?configuration=41")
        execution = started.json()["job-execution-id"]
        assert (await http.post(f"/rest/job-execution/job-kill/{execution}")).content == b""
        quoted = quote(SALES.path, safe="")
        assert (await http.get(f"/api/job-execution/{quoted}/status")).json()["status"] == "success"
        await http.get("/browser")
        log = await http.get(f"/file-job?jobExecutionId={execution}")
        assert log.text.startswith("[2026-11-21 14:00:00.000] INFO")


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(1, 5000)),
        st.tuples(st.sampled_from(["run", "stop"]), st.integers(0, 90)),
    ),
    max_size=10,
)


@settings(max_examples=25)
@given(STEPS)
async def test_whatever_is_done_a_job_never_rewrites_its_past(steps: list[tuple[str, int]]) -> None:
    server = caller(NIGHTLY)
    past: list[dict[str, object]] = []
    for step, seconds in steps:
        if step == "run":
            await server.trigger(45)
        for row in await server.running() if step == "stop" else []:
            await server.kill(int(str(row["id"])))
        server.clock.jump(seconds)
        status, v2, history = await server.status(45), await server.v2(46), await server.history(45)
        assert history[0] == status
        assert (v2["job-execution-id"], v2["job-status"]) == (status["id"], status["jobStatus"])
        assert len({str(row["id"]) for row in history}) == len(history)
        active = [row for row in history if row["jobStatus"] in {"QUEUED", "RUNNING"}]
        assert await server.running() == active
        for row in history[:3]:
            assert (await server.details(int(str(row["id"]))))["jobStatus"] == row["jobStatus"]
        ended = [row for row in history if row not in active]
        # Ids grow with time: none that is younger than the oldest still shown has vanished or changed.
        oldest = min(int(str(row["id"])) for row in history)
        assert all(row in ended for row in past if int(str(row["id"])) >= oldest)
        past = ended


# The demo


async def test_a_made_up_night_has_one_cause_behind_its_failures() -> None:
    clock = FakeClock()
    server = Caller(DatameerSimulator.preload(clock, 100), clock)
    listed = [row for kind in Kind for row in await server.rows(f"/rest/{kind}")]
    assert sorted(int(str(row["id"])) for row in listed) == list(range(1000, 1100))
    seen: set[object] = set()
    for _ in range(10):
        seen |= {(await server.v2(str(row["path"])))["job-status"] for row in listed}
        await server.passes(90)
    assert seen == {
        "_NONE",
        "QUEUED",
        "WAITING_FOR_OTHER_JOB",
        "RUNNING",
        "COMPLETED",
        "COMPLETED_WITH_WARNINGS",
        "ERROR",
    }


async def test_the_log_of_a_failed_night_names_the_database() -> None:
    clock = FakeClock()
    server = Caller(DatameerSimulator.preload(clock, 100), clock)
    logs = []
    for job in range(1000, 1100):
        status = await server.status(job)
        if status.get("jobStatus") == "ERROR":
            logs.append((await server.log(int(str(status["id"])))).text)
    assert len(logs) > 5
    assert sum(DATABASE_DOWN in text for text in logs) > len(logs) / 2


async def test_the_same_seed_makes_the_same_night() -> None:
    answers = []
    for _ in range(2):
        clock = FakeClock()
        server = Caller(DatameerSimulator.preload(clock, 300), clock)
        answers.append(
            [
                await server.rows("/rest/workbook"),
                await server.running(),
                await server.history(1003),
                await server.trigger(1003),
            ]
        )
    assert answers[0] == answers[1]


async def test_whoever_shares_the_loop_gets_turns_while_thousands_of_jobs_are_listed() -> None:
    clock = FakeClock()
    server = Caller(DatameerSimulator.preload(clock, 4_000), clock)
    for path, least in (("/rest/import-job", 30), ("/rest/jobs/list-running", 75)):
        asked = asyncio.create_task(server.rows(path))
        turns = 0
        while not asked.done():
            await asyncio.sleep(0)
            turns += 1
        assert len({str(row["id"]) for row in await asked}) > 300
        assert turns > least
