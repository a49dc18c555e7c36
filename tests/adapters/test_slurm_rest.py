"""Slurm over REST: which version is spoken, who we are, what is sent, and what its answers mean."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.adapters.test_slurm_shapes import NEW, OLD
from tests.support.context import InstantClock
from tests.support.scripted import DictMemory
from tui.adapters.slurm import SlurmAdapter
from tui.adapters.slurm.order import Order
from tui.adapters.slurm.rest import VERSIONS
from tui.adapters.slurm.rest_job import body_of
from tui.adapters.slurm.settings import SlurmSettings
from tui.core.adapter import AdapterContext
from tui.core.errors import (
    ActionRefused,
    BadAnswer,
    NightdeckError,
    NotFound,
    OutcomeUnknown,
    ServerFailed,
    Unauthorized,
    Unreachable,
)
from tui.core.keys import JobKey, RunKey
from tui.core.models import Action, ActionKind
from tui.core.redaction import Redactor
from tui.core.settings import SecretRef

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvcHMifQ.c2lnbmF0dXJl"
SECRET = "hunter22-correct-horse"
GONE = httpx.Response(404, text="Unable find requested URL. Please view /openapi/v3 for API reference.")


def fault(number: int, text: str, source: str = "", status: int = 500) -> httpx.Response:
    """An error as slurmrestd tells it."""
    error = {"error_number": number, "error": text, "description": text, "source": source}
    return httpx.Response(status, json={"errors": [error]})


class Server:
    """A slurmrestd of one version."""

    def __init__(self, version: str = "v0.0.38") -> None:
        self.version = version
        self.requests: list[httpx.Request] = []
        self.jobs: list[dict[str, Any]] = [OLD | {"job_id": 5, "array_job_id": 0, "job_state": "PENDING"}]
        self.answers: dict[tuple[str, str], httpx.Response | Callable[[httpx.Request], httpx.Response]] = {}
        self.token = TOKEN
        self.memory = DictMemory()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.headers.get("x-slurm-user-token") != self.token:
            return fault(-1, "Unspecified error", "slurm_load_jobs")
        _, service, version, *rest = request.url.path.split("/")
        path = "/".join(rest) if service == "slurm" else f"{service}:{'/'.join(rest)}"
        if version != self.version:
            return GONE
        answer = self.answers.get((request.method, path))
        if answer is not None:
            return answer(request) if callable(answer) else answer
        if service == "slurmdb":
            return GONE
        if (request.method, path) == ("GET", "ping"):
            told = {"release": "22.05.8"}
            pings = [{"hostname": "n1", "ping": "UP"}]
            return httpx.Response(200, json={"meta": {"Slurm": told}, "errors": [], "pings": pings})
        if (request.method, path) == ("GET", "jobs"):
            return httpx.Response(200, json={"errors": [], "jobs": self.jobs})
        if (request.method, path) == ("POST", "job/submit"):
            return httpx.Response(200, json={"errors": [], "job_id": 17, "step_id": "BATCH"})
        return httpx.Response(200, json={"errors": []})

    def adapter(self, *jobs: dict[str, object], **keys: object) -> SlurmAdapter:
        """An adapter for the user `ops`."""
        redactor = Redactor()

        def resolve(ref: SecretRef) -> str:
            text = f"SLURM_JWT={self.given}\n" if ref.env == "JWT" else ref.literal or ""
            redactor.add(text.strip())
            return text

        self.given = TOKEN
        table = {"url": "https://hpc.example.com:6820/", "username": "ops", "token": {"env": "JWT"}, **keys}
        settings = SlurmSettings.model_validate({"type": "slurm", "job": jobs, **table})
        context = AdapterContext(
            InstantClock(),
            resolve,
            self.memory,
            redactor,
            Path("unused"),
            http_transport=httpx.MockTransport(self),
        )
        return SlurmAdapter("hpc", settings, context)

    def paths(self, method: str = "GET") -> list[str]:
        """What was asked for."""
        return [request.url.path for request in self.requests if request.method == method]


async def opened(server: Server, *jobs: dict[str, object], **keys: object) -> SlurmAdapter:
    adapter = server.adapter(*jobs, **keys)
    await adapter.open()
    return adapter


async def listed(adapter: SlurmAdapter) -> list[str]:
    return [job.id async for page in adapter.list_jobs() for job in page]


async def test_the_newest_version_is_found_once_and_remembered() -> None:
    server = Server("v0.0.42")
    adapter = await opened(server)
    assert await listed(adapter) == ["arr"]
    assert await listed(adapter) == ["arr"]
    pings = [path for path in server.paths() if path.endswith("/ping")]
    assert pings == [f"/slurm/{version}/ping" for version in ("v0.0.44", "v0.0.43", "v0.0.42")]
    server.requests.clear()
    assert await listed(await opened(server)) == ["arr"]
    assert [path for path in server.paths() if path.endswith("/ping")] == ["/slurm/v0.0.42/ping"]
    assert (await adapter.check()).version == "22.05.8 (API v0.0.42)"


async def test_a_version_of_the_config_is_not_looked_for() -> None:
    server = Server()
    assert await listed(await opened(server, api="v0.0.38")) == ["arr"]
    assert server.paths() == ["/slurm/v0.0.38/jobs", "/slurmdb/v0.0.38/jobs"]


async def test_a_server_of_unknown_versions_is_told() -> None:
    server = Server("v0.0.99")
    with pytest.raises(BadAnswer, match=f"{VERSIONS[-1]} to {VERSIONS[0]}"):
        await listed(await opened(server))


async def test_name_and_token_are_in_the_headers_and_nowhere_else() -> None:
    server = Server()
    await listed(await opened(server))
    for request in server.requests:
        assert request.headers["x-slurm-user-name"] == "ops"
        assert request.headers["x-slurm-user-token"] == TOKEN
        assert "authorization" not in request.headers
        assert TOKEN not in str(request.url)


async def test_a_wrong_token_is_told_once_and_a_renewed_one_is_used() -> None:
    server = Server()
    adapter = await opened(server)
    await listed(adapter)
    server.token = "eyJhbGciOiJIUzI1NiJ9.bmV3ZXI.c2lnbmF0dXJl"
    asked = len(server.requests)
    with pytest.raises(Unauthorized, match="reads nothing for us") as caught:
        await listed(adapter)
    assert "scontrol token" in caught.value.hint
    assert len(server.requests) == asked + 1
    with pytest.raises(Unauthorized):
        await listed(adapter)
    assert len(server.requests) == asked + 1
    server.given = server.token
    assert await listed(adapter) == ["arr"]


async def test_nothing_is_listed_anew_when_nothing_has_changed() -> None:
    server = Server("v0.0.41")
    seen: list[str | None] = []

    def jobs(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.params.get("update_time"))
        if seen[-1] is not None:
            return httpx.Response(304)
        update = {"set": True, "infinite": False, "number": 1_795_949_999}
        return httpx.Response(200, json={"jobs": [NEW], "last_update": update})

    server.answers["GET", "jobs"] = jobs
    adapter = await opened(server)
    assert [await listed(adapter) for _ in range(3)] == [["arr"]] * 3
    assert seen == [None, "1795949999", "1795949999"]


async def test_a_submission_in_the_shape_of_22_05() -> None:
    server = Server()
    adapter = await opened(
        server,
        {
            "name": "load",
            "command": "echo $DAY",
            "cwd": "/srv",
            "env": {"DB": {"literal": SECRET}},
            "param": [{"name": "DAY", "default": "mon"}],
            "partition": "night",
            "cpus": 2,
            "memory": "1G",
            "time": "90m",
        },
        logs="/shared/logs",
    )
    assert adapter.preview(Action(ActionKind.TRIGGER, JobKey("hpc", "load"))).count(SECRET) == 0
    accepted = await adapter.trigger(JobKey("hpc", "load"), {"DAY": "tue"})
    assert accepted.run_id == "17"
    body = json.loads(server.requests[-1].content)
    assert body["script"].startswith("#!/bin/sh\numask 0")
    assert body["script"].endswith("\necho $DAY\n")
    job = body["job"]
    assert job.pop("comment").startswith("nightdeck:")
    environment = job.pop("environment")
    assert (environment["DB"], environment["DAY"], environment["USER"]) == (SECRET, "tue", "ops")
    assert environment["PATH"]
    assert job == {
        "name": "load",
        "current_working_directory": "/srv",
        "standard_output": "/shared/logs/load/%j.log",
        "partition": "night",
        "cpus_per_task": 2,
        "memory_per_node": 1024,
        "time_limit": 90,
    }
    assert len(server.paths("POST")) == 1


def test_a_submission_in_the_shape_of_newer_releases() -> None:
    order = Order("load", "/srv", variables={"A": "1=2"}, minutes=5, megabytes=10)
    job = body_of(order, "#!/bin/sh\n", 40, "nobody-here")["job"]
    number = {"set": True, "infinite": False}
    assert "A=1=2" in job["environment"]
    assert (job["time_limit"], job["memory_per_node"]) == (number | {"number": 5}, number | {"number": 10})
    assert body_of(order, "", 39, "nobody-here")["job"]["time_limit"] == 5
    assert "standard_output" not in job


async def test_hold_release_and_stop_are_sent_once() -> None:
    server = Server()
    adapter = await opened(server)
    key, run = JobKey("hpc", "arr"), RunKey("hpc", "arr", "5")
    await adapter.hold(key)
    assert json.loads(server.requests[-1].content) == {"hold": True}
    server.jobs[0] |= {"state_reason": "JobHeldUser"}
    await adapter.release(key)
    assert json.loads(server.requests[-1].content) == {"hold": False}
    await adapter.stop(run)
    assert (server.requests[-1].method, str(server.requests[-1].url)) == (
        "DELETE",
        "https://hpc.example.com:6820/slurm/v0.0.38/job/5",
    )
    assert (len(server.paths("POST")), len(server.paths("DELETE"))) == (2, 1)
    with pytest.raises(ActionRefused, match="can't requeue"):
        await adapter.rerun(run)
    (job,) = [job async for page in adapter.list_jobs() for job in page]
    assert "requeue" in adapter.reason_against(ActionKind.RERUN, job)
    assert "script" in adapter.reason_against(ActionKind.TRIGGER, job)
    with pytest.raises(ActionRefused, match="script"):
        await adapter.trigger(key, {})


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (fault(2017, "Invalid job id specified"), NotFound),
        (fault(2021, "Job/step already completing or completed"), ActionRefused),
        (fault(2084, "Job has already finished"), ActionRefused),
        (fault(9001, "Failure during parsing", status=200), ActionRefused),
        (fault(1800, "Unable to contact slurm controller (connect failure)"), Unreachable),
        (fault(5005, "Zero Bytes were transmitted or received"), OutcomeUnknown),
        (fault(1000, "Unexpected message received"), OutcomeUnknown),
        (fault(-1, "Unspecified error", "slurm_load_jobs"), OutcomeUnknown),
        (httpx.Response(500, text="oops"), OutcomeUnknown),
        (httpx.Response(401, text="Authentication failure"), Unauthorized),
    ],
)
async def test_what_becomes_of_a_change_is_told_by_slurms_own_numbers(
    answer: httpx.Response, error: type[NightdeckError]
) -> None:
    server = Server()
    adapter = await opened(server)
    await listed(adapter)
    server.answers["DELETE", "job/5"] = answer
    with pytest.raises(error) as caught:
        await adapter.stop(RunKey("hpc", "arr", "5"))
    assert type(caught.value) is error
    assert caught.value.hint
    assert len(server.paths("DELETE")) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            httpx.Response(500, json={"errors": [{"error_code": 2000, "error": "Invalid partition"}]}),
            ActionRefused,
        ),
        (
            httpx.Response(400, json={"errors": [{"error_code": 2127, "error": "no environment"}]}),
            ActionRefused,
        ),
        (httpx.Response(200, json={"errors": []}), OutcomeUnknown),
        (
            httpx.Response(200, json={"errors": [{"error_code": 2008, "error": "no such account"}]}),
            ActionRefused,
        ),
    ],
)
async def test_what_becomes_of_a_submission(answer: httpx.Response, error: type[NightdeckError]) -> None:
    server = Server()
    adapter = await opened(server, {"name": "load", "command": "true"})
    server.answers["POST", "job/submit"] = answer
    with pytest.raises(error):
        await adapter.trigger(JobKey("hpc", "load"), {})
    assert len(server.paths("POST")) == 1


async def test_a_job_that_was_taken_and_is_held_was_taken() -> None:
    server = Server()
    adapter = await opened(server, {"name": "load", "command": "true"})
    error = {"error_code": 2042, "error": "Job is in held state, pending scheduler release"}
    server.answers["POST", "job/submit"] = httpx.Response(200, json={"job_id": 9, "errors": [error]})
    assert (await adapter.trigger(JobKey("hpc", "load"), {})).run_id == "9"


async def test_an_array_that_was_held_was_held() -> None:
    server = Server()
    server.jobs = [
        OLD | {"job_id": 6, "job_state": "COMPLETED", "array_job_id": 6, "array_task_id": 1},
        OLD | {"job_id": 7, "job_state": "PENDING", "array_job_id": 6, "array_task_id": 2},
        OLD | {"job_id": 8, "job_state": "PENDING", "array_job_id": 6, "array_task_id": 3},
    ]
    adapter = await opened(server)
    quirk = {"description": "job array update from [localhost]:3 failed", "source": "_parse_job_list"}
    server.answers["POST", "job/6_[2,3]"] = httpx.Response(200, json={"errors": [quirk]})
    await adapter.hold(JobKey("hpc", "arr"))
    assert server.paths("POST") == ["/slurm/v0.0.38/job/6_[2,3]"]


async def test_a_read_that_fails_says_what_slurm_says() -> None:
    server = Server()
    adapter = await opened(server, api="v0.0.38")
    server.answers["GET", "jobs"] = fault(2013, "Access/permission denied")
    with pytest.raises(ServerFailed, match="Access/permission denied"):
        await listed(adapter)


@pytest.mark.parametrize(
    ("version", "start", "users"),
    [
        ("v0.0.38", "2026-11-14T23:00:00", None),
        ("v0.0.39", "2026-11-14T23:00:00", "ops"),
        ("v0.0.41", "", "ops"),
    ],
)
async def test_the_history_is_asked_for_as_each_version_documents_it(
    version: str, start: str, users: str | None
) -> None:
    server = Server(version)
    asked: list[httpx.QueryParams] = []

    def history(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params)
        return httpx.Response(200, json={"jobs": []})

    server.answers["GET", "slurmdb:jobs"] = history
    adapter = await opened(server, timezone="America/New_York")
    now = adapter.context.clock.now()
    await listed(adapter)
    (params,) = asked
    assert params.get("users") == users
    assert ("T" in params["start_time"]) == bool(start)
    if not start:
        assert int(params["start_time"]) == int(now.timestamp()) - 7 * 86_400


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        ("https://hpc.example.com:6820", False),
        ("http://hpc.example.com:6820", True),
        ("http://127.0.0.1:6820", False),
    ],
)
async def test_a_token_that_others_can_read_is_told(url: str, is_told: bool) -> None:
    check = await (await opened(Server(), url=url)).check()
    assert any("unencrypted" in note for note in check.notes) == is_told


async def test_without_its_plugin_for_history_there_is_none() -> None:
    server = Server()
    adapter = await opened(server)
    assert "no accounting" in (await adapter.check()).notes[0]
    for _ in range(2):
        await listed(adapter)
    assert sum("slurmdb" in path for path in server.paths()) == 1


def test_the_tables_of_the_two_ways_do_not_mix() -> None:
    rest = {"type": "slurm", "url": "https://h", "username": "ops", "token": "t"}
    for keys in (
        {"type": "slurm", "url": "https://h"},
        {"type": "slurm", "username": "ops"},
        {"type": "slurm", "command": False},
        rest | {"command": True},
        rest | {"job": [{"name": "a", "command": "true", "options": ["--account=x"]}]},
        {"type": "slurm", "users": ["--all"]},
        {"type": "slurm", "partitions": ["a,b"]},
        {"type": "slurm", "window": "1s"},
        {"type": "slurm", "logs": "relative"},
    ):
        with pytest.raises(ValueError, match=r"."):
            SlurmSettings.model_validate(keys)
    SlurmSettings.model_validate(rest)
    SlurmSettings.model_validate({"type": "slurm", "command": True})


@pytest.mark.parametrize(
    "job",
    [
        {"name": "a"},
        {"name": "a", "command": "true", "script": "/x"},
        {"name": "a", "script": "x.sh"},
        {"name": "a", "command": "true", "memory": "much"},
        {"name": "a", "command": "true", "time": "soon"},
        {"name": "a", "command": "true", "cpus": 0},
        {"name": "a", "command": "true", "partition": "-x"},
        {"name": "a", "command": "true", "options": ["evil.sh"]},
        {"name": "a", "command": "true", "options": ["--wrap=x"]},
        {"name": "a", "command": "true", "options": ["--expor=NONE"]},
        {"name": "a", "command": "true", "options": ["-J", "x"]},
        {"name": "a", "command": "true", "options": ["--"]},
    ],
)
def test_a_table_that_cannot_be_submitted_is_refused(job: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        SlurmSettings.model_validate({"type": "slurm", "job": [job]})


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("90", 90),
        (15, 15),
        ("90s", 2),
        ("1h30m", 90),
        ("0:30", 1),
        ("1:00:00", 60),
        ("2-12", 3600),
        ("1-0:0:1", 1441),
    ],
)
def test_time_limits_are_written_as_people_or_slurm_write_them(text: str | int, minutes: int) -> None:
    table = {"name": "a", "command": "true", "time": text, "timeout": 7}
    settings = SlurmSettings.model_validate({"type": "slurm", "job": [table]})
    assert settings.job[0].minutes == minutes
