"""A small job server that takes the ids of runs from its clients, its adapter, and the harness of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import httpx

from tests.adapters.contract import Samples
from tests.adapters.http_harness import ODD, HttpHarness
from tui.core.adapter import Adapter
from tui.core.capabilities import TakesRunIds
from tui.core.errors import BadAnswer, NightdeckError, RunExists
from tui.core.keys import JobKey, RunKey
from tui.core.models import Accepted, Check, Job, Run
from tui.core.settings import ConnectionSettings, SecretRef
from tui.core.state import State
from tui.transport.auth import TokenAuth
from tui.transport.client import ApiClient, ClientOptions
from tui.transport.origins import segment

if TYPE_CHECKING:
    from tui.core.adapter import AdapterContext
    from tui.core.clock import Clock
    from tui.core.models import Action
    from tui.transport.answer import Answer

JOBS = "api/jobs"
RUNS = "api/jobs/{job}/runs"
RUN = "api/jobs/{job}/runs/{run}"

LASTS_S: Mapping[str, float] = MappingProxyType({"1": 4.0, "2": 4.0, "3": 1e7})
"""Jobs and the seconds that their runs take."""

_CONFLICT = 409
_MISSING = 404
_STATES: Mapping[str, State] = {
    "queued": State.QUEUED,
    "running": State.RUNNING,
    "success": State.SUCCEEDED,
    "failed": State.FAILED,
}


class NamingSettings(ConnectionSettings):
    """The table of a connection."""

    url: str
    """Address of the server."""
    token: SecretRef
    """Access token."""


class NamingAdapter(Adapter, TakesRunIds):
    """Speaks to one of them."""

    type_name: ClassVar[str] = "naming"
    title: ClassVar[str] = "Naming system"
    Settings: ClassVar[type[ConnectionSettings]] = NamingSettings
    rehearses: ClassVar[bool] = True

    def __init__(self, connection: str, settings: ConnectionSettings, context: AdapterContext) -> None:
        super().__init__(connection, settings, context)
        self._table = NamingSettings.model_validate(settings.model_dump())

    async def open(self) -> None:
        auth = TokenAuth(self.context.resolve(self._table.token))
        options = ClientOptions(judge=_judge)
        self._client = ApiClient(self._table.url, self._table, self.context, auth=auth, options=options)
        await self._client.open()

    async def aclose(self) -> None:
        await self._client.aclose()

    async def check(self) -> Check:
        await self._client.get_json(JOBS)
        return Check(identity="token")

    async def list_jobs(self) -> AsyncIterator[Sequence[Job]]:
        rows = _listed(await self._client.get_json(JOBS), "jobs")
        for first in range(0, len(rows), 500):
            yield [self._to_job(row) for row in rows[first : first + 500]]

    async def list_runs(self, job: JobKey, limit: int = 50) -> Sequence[Run]:
        path = RUNS.format(job=segment(job.id))
        answer = await self._client.get_json(path, params={"limit": limit})
        return [_to_run(job, row) for row in _listed(answer, "runs")]

    async def trigger_as(self, job: JobKey, params: Mapping[str, str], run_id: str) -> Accepted:
        body = {"run_id": run_id, "conf": dict(params)}
        answer = await self._client.send_change("POST", RUNS.format(job=segment(job.id)), json=body)
        value = await answer.json()
        if not isinstance(value, dict) or value.get("run_id") != run_id:
            answer.reject("did not name the run", hint="look at the job's runs")
        return Accepted(run_id, "queued")

    async def find_run(self, run: RunKey) -> Run | None:
        path = RUN.format(job=segment(run.job_id), run=segment(run.run_id))
        answer = await self._client.read(path, accept={_MISSING})
        value = await answer.json()
        # A proxy's own page is no word of the system.
        if answer.status == _MISSING and isinstance(value, dict) and value.get("detail") == "no such run":
            return None
        return _to_run(run.job, value)

    def preview(self, action: Action) -> str:
        return f"POST {self._table.url}/{RUNS.format(job=action.job.id)}"

    def _to_job(self, row: dict[str, Any]) -> Job:
        run = _to_run(JobKey(self.connection, row["id"]), row["last"]) if row["last"] else None
        return Job(
            connection=self.connection,
            type=self.type_name,
            id=row["id"],
            name=f"job {row['id']}",
            state=run.state if run else State.NEVER_RUN,
            observed_at=self.context.clock.now(),
            native_state=run.native_state if run else "",
            last_result=run.state if run and run.state.is_final else None,
            run_id=run.key.run_id if run else "",
            started_at=run.started_at if run else None,
            ended_at=run.ended_at if run else None,
            duration_s=run.duration_s if run else None,
            message=run.message if run else "",
        )


def _judge(answer: Answer) -> NightdeckError | None:
    if answer.status == _CONFLICT:
        return RunExists(f"{answer.host} has a run of this id already", hint="look at the job's runs")
    return None


def _listed(value: Any, key: str) -> list[dict[str, Any]]:
    if not isinstance(value, dict) or not isinstance(value.get(key), list):
        raise BadAnswer(f"there are no {key} in the answer", hint="is this a naming system?")
    return list(value[key])


def _to_run(job: JobKey, row: Any) -> Run:
    if not isinstance(row, dict) or "run_id" not in row:
        raise BadAnswer("this is no run", hint="is this a naming system?")
    started, ended = (datetime.fromisoformat(row[key]) if row[key] else None for key in ("start", "end"))
    return Run(
        key=RunKey(*job, row["run_id"]),
        state=_STATES.get(row["state"], State.UNKNOWN),
        native_state=row["state"],
        started_at=started,
        ended_at=ended,
        duration_s=(ended - started).total_seconds() if started and ended else None,
        message=row["note"],
    )


@dataclass(frozen=True)
class NamedRun:
    """One run of the server's."""

    id: str
    job: str
    started: datetime

    def told(self, now: datetime) -> dict[str, Any]:
        ended = self.started + timedelta(seconds=LASTS_S.get(self.job, 0.0))
        told = {
            "run_id": self.id,
            "state": "running",
            "start": self.started.isoformat(),
            "end": "",
            "note": "",
        }
        if now >= ended:
            is_bad = self.job == "2"
            told |= {"end": ended.isoformat(), "state": "failed" if is_bad else "success"}
            told |= {"note": "no space left on device"} if is_bad else {}
        return told


@dataclass
class NamingServer:
    """The server: a second run of one id is refused with 409, whatever became of the first."""

    clock: Clock
    jobs: Sequence[str]
    token: str = "naming-token-1"
    runs: list[NamedRun] = field(default_factory=list)
    """Newest first."""
    runs_started: Counter[str] = field(default_factory=Counter)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return httpx.Response(401, json={"detail": "who are you?"})
        now = self.clock.now()
        match [request.method, *request.url.path.strip("/").split("/")]:
            case ["GET", "api", "jobs"]:
                return httpx.Response(200, json={"jobs": [self._told(job) for job in self.jobs]})
            case ["GET", "api", "jobs", job, "runs"] if job in self.jobs:
                runs = [run.told(now) for run in self.runs if run.job == job]
                return httpx.Response(200, json={"runs": runs[: int(request.url.params["limit"])]})
            case ["GET", "api", "jobs", job, "runs", run_id] if job in self.jobs:
                found = next((run for run in self.runs if (run.job, run.id) == (job, run_id)), None)
                if found is None:
                    return httpx.Response(404, json={"detail": "no such run"})
                return httpx.Response(200, json=found.told(now))
            case ["POST", "api", "jobs", job, "runs"] if job in self.jobs:
                return self._start(job, httpx.Response(200, content=request.content).json()["run_id"])
        return httpx.Response(404, json={"detail": "no such thing"})

    def _start(self, job: str, run_id: str) -> httpx.Response:
        if any(run.id == run_id for run in self.runs):
            return httpx.Response(409, json={"detail": f"{run_id} exists already"})
        self.runs.insert(0, NamedRun(run_id, job, self.clock.now()))
        self.runs_started[job] += 1
        return httpx.Response(200, json=self.runs[0].told(self.clock.now()))

    def _told(self, job: str) -> dict[str, Any]:
        newest = next((run for run in self.runs if run.job == job), None)
        return {"id": job, "last": newest.told(self.clock.now()) if newest else None}


class NamingHarness(HttpHarness):
    """Four jobs of it."""

    connection = "naming"
    adapter_type = NamingAdapter
    parameters = ("region",)
    odd_states = MappingProxyType({r'("state": ?")[a-z]+': rf"\1{ODD}"})
    samples = Samples(
        succeeding=JobKey("naming", "1"),
        failing=JobKey("naming", "2"),
        lasting=JobKey("naming", "3"),
        idle=JobKey("naming", "4"),
    )

    def make_simulator(self) -> NamingServer:
        self.naming = NamingServer(self.clock, [str(number) for number in range(1, (self.jobs or 4) + 1)])
        self.first_token = self.naming.token
        return self.naming

    def table(self, base: str) -> Mapping[str, Any]:
        return {"type": "naming", "url": base, "token": self.first_token}

    @property
    def secrets(self) -> Sequence[str]:
        return [self.first_token]

    def is_change(self, request: httpx.Request) -> bool:
        return request.method == "POST"

    def spoil_credentials(self) -> None:
        self.naming.token = "another one"
