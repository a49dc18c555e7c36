"""A BMC product that answers what a test says, and the adapter in front of it."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx

from tests.support.context import InstantClock, make_context
from tui.adapters.bmc import BmcAdapter
from tui.core.keys import JobKey, RunKey

if TYPE_CHECKING:
    from datetime import datetime

    from tui.core.adapter import Memory
    from tui.core.models import Job, Run
    from tui.core.redaction import Redactor

URL = "https://acme-itom.example.com"
"""Where the product is, and the portal."""
KEY = "AK7EXAMPLE0000000000000000000"
SECRET = "canary-secret-of-the-key"
READY = "canary-ready-token-0123456789"
"""A token that needs no login."""
ETL = JobKey("bmc", "321")
"""The ETL of most tests."""
SERVICE = JobKey("bmc", "53")
"""A service ETL."""
OLD = "2026-11-21T02:00:00Z"
"""A `last_exec_ts` of the night before the tests."""

Record = dict[str, Any]


def status(word: str | None, exit_code: str | None = None, last: str | datetime | None = None) -> Record:
    """An answer to how an ETL stands. Its `task_id` is another one, as in the vendor's sample."""
    record: Record = {"status": word, "task_id": 467}
    if exit_code is not None:
        record["exit_code"] = exit_code
    if last is not None:
        record["last_exec_ts"] = last if isinstance(last, str) else f"{last:%Y-%m-%dT%H:%M:%SZ}"
    return record


class FakeBmc:
    """Answers each request as it was told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.rows: list[Any] = [
            {
                "name": "vCenter Extractor Service",
                "etl_id": 53,
                "run_configurations": [{"name": "Default", "active": True, "run_configuration_id": 216}],
            },
            {
                "name": "Generic CSV Importer - storage",
                "etl_id": 321,
                "run_configurations": [
                    {"name": "Default", "active": True, "run_configuration_id": 402},
                    {"name": "Backfill", "active": False, "run_configuration_id": 403},
                ],
            },
        ]
        self.statuses: dict[str, Record | httpx.Response] = {
            "53": {"status": "SERVICE_ON", "task_id": 53},
            "321": {"status": None, "task_id": 321},
        }
        self.answer: Any = {"task_execution_request_id": 21359, "request_status": "OK"}
        """What a change is answered with."""
        self.change_status = 200
        self.requests: list[httpx.Request] = []
        self.changes: list[tuple[str, Any]] = []
        """Path below the list and JSON body of each change."""
        self.logins = 0
        self.refreshes = 0
        self.valid: set[str] = {READY}
        self.refresh_tokens: set[str] = set()
        self.refresh_status = 200
        self.login_bodies: list[Record] = []
        self.lost: type[Exception] | None = None
        """What happens to the answer of the next change, after it was made."""
        self.gate: asyncio.Event | None = None
        """What the answers to changes wait for."""
        self.has_changed = asyncio.Event()
        """Whether a change was made."""

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self._answer(request)
        # Others get their turn, as over a network.
        await asyncio.sleep(0)
        if self.gate is not None and request.url.path.endswith(("/run", "/stop")):
            await self.gate.wait()
        return answer

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path
        if request.headers["accept"] != "application/json":
            return httpx.Response(400, json={"code": "validation.request.accept.invalid"})
        if path.startswith("/ims/api/v1/"):
            return self._portal(path, json.loads(request.content))
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.valid:
            return httpx.Response(401)
        if path == "/opt/api/v1/backend/etls/" and request.method == "GET":
            return httpx.Response(200, json=self.rows)
        found = re.fullmatch(r"/opt/api/v1/backend/etls/([^/]+)/(status|run|schedule|stop|kill)", path)
        if found is None:
            return httpx.Response(404, text="no such path")
        etl_id, verb = found.groups()
        if etl_id not in self.statuses:
            return httpx.Response(400, text="ETL not found")
        return self._status(etl_id) if verb == "status" else self._change(request, f"{etl_id}/{verb}")

    def tell(self, etl: JobKey, record: Record | httpx.Response) -> None:
        """From now on, this is the ETL's status."""
        self.statuses[etl.id] = record

    def asked(self, part: str) -> int:
        """How many requests had this in their path."""
        return sum(part in request.url.path for request in self.requests)

    @property
    def verbs(self) -> Counter[str]:
        """The changes by their path."""
        return Counter(path for path, _ in self.changes)

    def _status(self, etl_id: str) -> httpx.Response:
        told = self.statuses[etl_id]
        return told if isinstance(told, httpx.Response) else httpx.Response(200, json=told)

    def _change(self, request: httpx.Request, path: str) -> httpx.Response:
        if request.method != "POST":
            return httpx.Response(405)
        self.has_changed.set()
        self.changes.append((path, json.loads(request.content) if request.content else None))
        if self.lost is not None:
            lost, self.lost = self.lost, None
            raise lost("the connection ended")
        if self.answer is None:
            return httpx.Response(204)
        if isinstance(self.answer, str):
            return httpx.Response(self.change_status, text=self.answer)
        return httpx.Response(self.change_status, json=self.answer)

    def _portal(self, path: str, body: Record) -> httpx.Response:
        self.login_bodies.append(body)
        if path.endswith("/auth/tokens"):
            self.refreshes += 1
            if self.refresh_status != 200 or body.get("token") not in self.refresh_tokens:
                return httpx.Response(self.refresh_status if self.refresh_status != 200 else 401)
            return httpx.Response(200, json={"json_web_token": self._token()})
        self.logins += 1
        if (body.get("access_key"), body.get("access_secret_key")) != (KEY, SECRET):
            return httpx.Response(401, json={"message": "invalid access key"})
        refresh = f"refresh-token-{self.logins:010d}"
        self.refresh_tokens.add(refresh)
        told = {"token": refresh, "json_web_token": self._token(), "user_id": 7, "roles": ["ops"]}
        return httpx.Response(200, json=told)

    def _token(self) -> str:
        token = f"json-web-token-{self.logins:04d}-{self.refreshes:04d}"
        self.valid.add(token)
        return token


class Desk:
    """An adapter in front of a fake, and the time of both.

    Args:
        bmc: The fake.
        memory: What an earlier session kept.
        redactor: Knows the secrets.
        table: Keys of the connection's table; by default a ready token.
    """

    def __init__(
        self,
        bmc: FakeBmc | None = None,
        *,
        clock: InstantClock | None = None,
        memory: Memory | None = None,
        redactor: Redactor | None = None,
        **table: Any,
    ) -> None:
        self.bmc = bmc or FakeBmc()
        self.clock = clock or InstantClock()
        context = make_context(clock=self.clock, redactor=redactor, transport=httpx.MockTransport(self.bmc))
        self.context = replace(context, memory=memory) if memory is not None else context
        way_in = {} if "access_key" in table or "token" in table else {"token": READY}
        keys = {"type": "bmc", "url": URL, **way_in, **table}
        self.adapter = BmcAdapter("bmc", BmcAdapter.Settings.model_validate(keys), self.context)

    async def open(self) -> Desk:
        """Open the adapter."""
        await self.adapter.open()
        return self

    async def later(self, seconds: float = 1) -> None:
        """Let some time pass."""
        await self.clock.sleep(seconds)

    async def see(self, record: Record | httpx.Response, *, after: float = 1, etl: JobKey = ETL) -> Job:
        """The job once the product tells this, some seconds later."""
        await self.later(after)
        self.bmc.tell(etl, record)
        return await self.adapter.get_job(etl)

    async def runs(self, etl: JobKey = ETL) -> list[Run]:
        """The known runs."""
        return list(await self.adapter.list_runs(etl))

    async def listed(self) -> dict[str, Job]:
        """The jobs of one sweep."""
        return {job.id: job async for page in self.adapter.list_jobs() for job in page}

    async def next_session(self) -> Desk:
        """What a later nightdeck would have: the same system and memory, and nothing else."""
        await self.adapter.aclose()
        desk = Desk(self.bmc, clock=self.clock, memory=self.context.memory)
        return await desk.open()


def run_of(run_id: str, etl: JobKey = ETL) -> RunKey:
    """A run of the usual ETL."""
    return RunKey(etl.connection, etl.id, run_id)
