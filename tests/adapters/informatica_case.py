"""An Informatica that answers what a test says, and the adapter in front of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import httpx

from tests.support.context import InstantClock, make_context
from tui.adapters.informatica import InformaticaAdapter
from tui.adapters.informatica.settings import InformaticaSettings
from tui.core.keys import JobKey, RunKey

if TYPE_CHECKING:
    from tui.core.adapter import Memory
    from tui.core.models import Job
    from tui.core.redaction import Redactor

PASSWORD = "hunter2-Canary/p+w"
"""The password, which must be in the login and nowhere else."""
LOGIN = "https://dm-us.informaticacloud.com"
"""Where the region logs in."""
POD = "https://na1.dm-us.informaticacloud.com"
"""Where everything else is."""
TASK_ID = "00AB120Z00000000001S"
"""A mapping task."""
FLOW_ID = "4kQmZpT1xYb8RwUe0VsLhN"
"""A taskflow."""
FLOW_RUN = "12563559375421153289"
"""A run of it, beyond any 64-bit integer."""
CODE_JOB = "8zcuMdImeshidZ4XVExs20"
"""A job of a code task."""
NO_SUCH_PAGE = httpx.Response(404, html="<html><body><h1>Resource not found.</h1></body></html>")

Reply = Any
"""A JSON value, an `httpx.Response`, or a callable that gets the request and returns either."""


def task_row(task_id: str = TASK_ID, name: str = "mt_customers") -> dict[str, Any]:
    """A task as version 2 lists it."""
    return {"@type": "task", "id": task_id, "orgId": "00AB12", "name": name, "description": ""}


def monitor_row(run_id: int = 18, state: str = "RUNNING", **changes: Any) -> dict[str, Any]:
    """A run of the task that is under way."""
    return {
        "@type": "activityMonitoryEntry",
        "id": "00AB120E000000000Q38",
        "type": "MTT",
        "taskId": TASK_ID,
        "taskName": "mt_customers",
        "objectName": "",
        "runId": run_id,
        "startTime": "2026-11-21T08:55:00.000Z",
        "startTimeUtc": "2026-11-21T13:55:00.000Z",
        "executionState": state,
        "errorMsg": None,
        "startedBy": "ops",
        "runContextType": "REST_API_V2",
        "entries": [],
        **changes,
    }


def log_row(run_id: int = 17, state: int = 1, **changes: Any) -> dict[str, Any]:
    """A run of the task that has ended."""
    return {
        "@type": "activityLogEntry",
        "id": f"00AB12C10000000000{run_id:02d}",
        "type": "MTT",
        "objectId": TASK_ID,
        "objectName": "mt_customers",
        "runId": run_id,
        "startTime": "2026-11-21T08:00:00.000Z",
        "endTime": "2026-11-21T08:01:15.000Z",
        "startTimeUtc": "2026-11-21T13:00:00.000Z",
        "endTimeUtc": "2026-11-21T13:01:15.000Z",
        "state": state,
        "failedSourceRows": 0,
        "failedTargetRows": 0,
        "errorMsg": "No errors encountered." if state == 1 else "WRT_8164 Error loading into target",
        "startedBy": "ops",
        "runContextType": "ICS_UI",
        "isStopped": False,
        "entries": [],
        **changes,
    }


def object_row(
    federated_id: str = FLOW_ID, path: str = "DWH/Daily/tf_daily", **changes: Any
) -> dict[str, Any]:
    """An asset as version 3 lists it."""
    return {"id": federated_id, "path": path, "type": "TASKFLOW", "customAttributes": {}, **changes}


def flow_row(status: str = "SUCCESS", run_id: Any = FLOW_RUN, **changes: Any) -> dict[str, Any]:
    """A run of the taskflow."""
    return {
        "assetName": "tf_daily",
        "assetType": "TASKFLOW",
        "runId": run_id,
        "status": status,
        "duration": "301",
        "startTime": "2026-11-21T13:48:28Z",
        "endTime": "" if status in {"RUNNING", "SUSPENDED"} else "2026-11-21T13:53:29Z",
        "updateTime": "2026-11-21T13:53:30Z",
        "location": "DWH/Daily",
        "startedBy": "ops",
        "errorMessage": "",
        "erroredRows": 0,
        "subtasks": "2",
        **changes,
    }


def v2_error(code: str = "APP_13401", text: str = "Wrong parameter value.") -> httpx.Response:
    """How version 2 says no to anything."""
    return httpx.Response(403, json={"@type": "error", "code": code, "description": text, "statusCode": 403})


def v3_error(
    code: str | None = "V3API_X", text: str = "Method not supported.", status: int = 400
) -> httpx.Response:
    """How version 3 says no."""
    error = {"code": code, "message": text, "debugMessage": None, "requestId": "r1", "details": None}
    return httpx.Response(status, json={"error": error})


@dataclass
class Cloud:
    """What there is, and what was asked."""

    tasks: dict[str, Any] = field(default_factory=lambda: {"MTT": [task_row()]})
    workflows: Any = field(default_factory=list)
    objects: dict[str, Any] = field(default_factory=lambda: {"TASKFLOW": [object_row()]})
    monitor: list[dict[str, Any]] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    flows: list[dict[str, Any]] = field(default_factory=list)
    code: dict[str, Any] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    """By method and the end of the path, such as `POST /job`: answers instead of what is usual."""
    requests: list[httpx.Request] = field(default_factory=list)
    logins: int = 0
    expired: set[str] = field(default_factory=set)
    """Session ids that are refused."""
    session_names: str = "session-id-number-{}"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        line = f"{request.method} {request.url.path}"
        fitting = [
            end for end in self.replies if line.startswith(end.split()[0]) and line.endswith(end.split()[1])
        ]
        if fitting:
            reply = self.replies[max(fitting, key=len)]
            return _response(reply(request) if callable(reply) else reply)
        if request.url.path.endswith("/login"):
            return self._login(request)
        if request.headers.get(_header_for(request.url.path), "") in {"", *self.expired}:
            return httpx.Response(401, json={"error": {"code": "AUTH_01", "message": "session expired"}})
        return _response(self._answer(request))

    def asked(self, method: str, end: str) -> list[httpx.Request]:
        """The requests whose path ends so."""
        return [r for r in self.requests if r.method == method and r.url.path.endswith(end)]

    def sent(self, method: str, end: str) -> list[Any]:
        """What was sent in the bodies of such requests."""
        return [json.loads(request.content) for request in self.asked(method, end)]

    def _login(self, request: httpx.Request) -> httpx.Response:
        told = json.loads(request.content)
        if told.get("password") != PASSWORD:
            return v3_error("IDS_085", "Invalid user name or password", 400)
        self.logins += 1
        session = self.session_names.format(self.logins)
        if request.url.path == "/ma/api/v2/user/login":
            return httpx.Response(
                200, json={"@type": "user", "serverUrl": f"{POD}/saas", "icSessionId": session}
            )
        products = [{"name": "Integration Cloud", "baseApiUrl": f"{POD}/saas"}]
        user = {"sessionId": session, "name": "ops", "groups": {"Admins": "1"}}
        return httpx.Response(200, json={"products": products, "userInfo": user})

    def _answer(self, request: httpx.Request) -> Reply:
        path, query = request.url.path, request.url.params
        if path == "/saas/api/v2/task":
            return self.tasks.get(query["type"], [])
        if path == "/saas/api/v2/workflow":
            return self.workflows
        if path == "/saas/public/core/v3/objects":
            return self._objects(query)
        if path == "/saas/api/v2/activity/activityMonitor":
            return self.monitor
        if path == "/saas/api/v2/activity/activityLog":
            return self._log_rows(query)
        if path == "/active-bpel/services/tf/status":
            return self._flow_rows(query)
        if path.startswith("/active-bpel/services/tf/status/"):
            run_id = path.rpartition("/")[2]
            found = [row for row in self.flows if str(row["runId"]) == run_id]
            return (
                found[0] if found else httpx.Response(404, json={"code": 404, "description": "no such run"})
            )
        if path.startswith("/disnext/api/v1/CodeTask/JobStatus/"):
            return self.code.get(path.rpartition("/")[2], v3_error("CT_404", "no such job", 404))
        return NO_SUCH_PAGE

    def _objects(self, query: httpx.QueryParams) -> Reply:
        kind = query["q"].removeprefix("type=='").removesuffix("'")
        found = self.objects.get(kind, [])
        if not isinstance(found, list):
            return found
        skip, limit = int(query["skip"]), int(query["limit"])
        return {"count": len(found), "objects": found[skip : skip + limit]}

    def _log_rows(self, query: httpx.QueryParams) -> list[dict[str, Any]]:
        rows = self.log
        if "taskId" in query:
            rows = [row for row in rows if row["objectId"] == query["taskId"]]
        if "runId" in query:
            assert "taskId" in query
            rows = [row for row in rows if str(row["runId"]) == query["runId"]]
        offset = int(query.get("offset", 0))
        return rows[offset : offset + int(query.get("rowLimit", 200))]

    def _flow_rows(self, query: httpx.QueryParams) -> list[dict[str, Any]]:
        rows = [row for row in self.flows if query["startTime"] <= row["startTime"] <= query["endTime"]]
        limit = int(query["rowLimit"])
        assert limit <= 50
        offset = int(query["offset"])
        return rows[offset : offset + limit]


def _header_for(path: str) -> str:
    if path.startswith("/saas/api/v2/"):
        return "icSessionId"
    return "IDS-SESSION-ID" if path.startswith("/disnext/") or "logservice" in path else "INFA-SESSION-ID"


def _response(reply: Reply) -> httpx.Response:
    if isinstance(reply, httpx.Response):
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)
    return httpx.Response(200, json=reply)


def make_settings(**settings: Any) -> InformaticaSettings:
    """The table of a connection."""
    table = {"type": "informatica", "login_url": LOGIN, "username": "ops@example.com", "password": PASSWORD}
    return InformaticaSettings.model_validate({**table, **settings})


async def open_adapter(
    cloud: Callable[[httpx.Request], Any],
    *,
    clock: InstantClock | None = None,
    memory: Memory | None = None,
    redactor: Redactor | None = None,
    **settings: Any,
) -> InformaticaAdapter:
    """An opened adapter in front of it."""
    context = make_context(clock=clock, redactor=redactor, transport=httpx.MockTransport(cloud))
    if memory is not None:
        context = replace(context, memory=memory)
    adapter = InformaticaAdapter("idmc", make_settings(**settings), context)
    await adapter.open()
    return adapter


async def jobs_of(adapter: InformaticaAdapter) -> dict[str, Job]:
    """Every job of one sweep, by id."""
    return {job.id: job async for page in adapter.list_jobs() for job in page}


async def job_of(adapter: InformaticaAdapter, job_id: str = TASK_ID) -> Job:
    """One job of one sweep."""
    return (await jobs_of(adapter))[job_id]


def key_of(job_id: str = TASK_ID) -> JobKey:
    """A job of the tests' connection."""
    return JobKey("idmc", job_id)


def run_of(run_id: str | int, job_id: str = TASK_ID) -> RunKey:
    """A run of the usual task."""
    return RunKey("idmc", job_id, str(run_id))
