"""A TAC that answers what a test says, and the adapter in front of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx

from tests.support.context import InstantClock, make_context
from tui.adapters.talend import TalendAdapter
from tui.core.keys import JobKey, RunKey
from tui.core.redaction import Redactor
from tui.core.settings import SecretRef

if TYPE_CHECKING:
    from tui.core.adapter import Memory
    from tui.core.models import Job

SECRET = "hunter2-Canary/ä+p"
"""The password, which must be nowhere but in the query."""
URL = "https://tac.example.com/org.talend.administrator"
"""Where the TAC is."""
REQUEST_ID = "1795269600123_a1B2c"
"""A run asked for at 14:00:00.123 UTC of the fake clock's first day."""
TASK = JobKey("tac", "41")
"""The task of most tests."""

Reply = Mapping[str, Any] | httpx.Response | Callable[[Mapping[str, Any]], Mapping[str, Any] | httpx.Response]


def row(**changes: Any) -> dict[str, Any]:
    """A task as TAC 5.6 sends it: everything is text or null."""
    return {
        "id": "41",
        "label": "load_customers",
        "description": None,
        "active": "true",
        "status": "READY_TO_RUN",
        "errorStatus": "NO_ERROR",
        "triggersStatus": "NO_TRIGGER",
        "processingState": "false",
        "concurrentExecution": "false",
        "pid": None,
        "projectName": "DWH",
        "applicationName": "LoadCustomers",
        "applicationType": "JOB",
        "contextName": "Default",
        "jobServerLabelHost": "etl01",
        "virtualServerLabel": None,
        "nextFireDate": None,
        "remaingTimeForNextFire": None,
        "lastRunDate": None,
        "lastEndedRunDate": None,
        "lastTaskTraceError": None,
        **changes,
    }


def ok(**members: Any) -> dict[str, Any]:
    """An answer of success."""
    return {"executionTime": {"millis": 169, "seconds": 0}, "returnCode": 0, **members}


def refusal(code: int, text: str = "") -> dict[str, Any]:
    """An answer that says no."""
    said = {"error": text} if text else {}
    return {**said, "executionTime": {"millis": 12, "seconds": 0}, "returnCode": code}


class Tac:
    """Answers each command as it was told, and remembers what it was asked."""

    def __init__(self, **replies: Reply) -> None:
        self.replies: dict[str, Reply] = dict(replies)
        self.asked: list[dict[str, Any]] = []
        """Every request's JSON, in order."""
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        asked = json.loads(base64.b64decode(request.url.query, validate=True))
        self.asked.append(asked)
        reply = self.replies[asked["actionName"]]
        found = reply(asked) if callable(reply) else reply
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=dict(found))

    def tasks(self, *rows: Mapping[str, Any]) -> None:
        """From now on, these are its tasks."""
        self.replies["listTasks"] = ok(result=list(rows))

    def count(self, action: str) -> int:
        """How often a command was asked for."""
        return sum(asked["actionName"] == action for asked in self.asked)


async def open_adapter(
    tac: Callable[[httpx.Request], Any],
    *,
    clock: InstantClock | None = None,
    memory: Memory | None = None,
    redactor: Redactor | None = None,
    url: str = URL,
    **settings: Any,
) -> TalendAdapter:
    """An opened adapter in front of it."""
    context = make_context(clock=clock, redactor=redactor, transport=httpx.MockTransport(tac))
    if memory is not None:
        context = replace(context, memory=memory)
    table = TalendAdapter.Settings.model_validate(
        {
            "type": "talend",
            "url": url,
            "username": "ops@example.com",
            "password": SecretRef(literal=SECRET),
            **settings,
        }
    )
    adapter = TalendAdapter("tac", table, context)
    await adapter.open()
    return adapter


async def jobs_of(adapter: TalendAdapter) -> list[Job]:
    """Every job of one sweep."""
    return [job async for page in adapter.list_jobs() for job in page]


async def job_of(adapter: TalendAdapter, task_id: str = "41") -> Job:
    """One job of one sweep."""
    return next(job for job in await jobs_of(adapter) if job.id == task_id)


def run_of(run_id: str) -> RunKey:
    """A run of the usual task."""
    return RunKey(TASK.connection, TASK.id, run_id)
