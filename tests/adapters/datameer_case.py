"""A small Datameer for the tests of its adapter: two APIs, one clock, written from the vendor's facts."""

from __future__ import annotations

import base64
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import httpx

from tests.adapters.contract import Harness, Samples
from tests.support.context import InstantClock, make_context
from tui.adapters.datameer import DatameerAdapter
from tui.adapters.datameer.settings import DatameerSettings
from tui.core.capabilities import ChecksJobs
from tui.core.keys import JobKey, RunKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.adapter import Adapter, AdapterContext
    from tui.core.clock import Clock
    from tui.core.models import Job

PASSWORD = "s3cret-pass"
ZONE = ZoneInfo("Europe/Berlin")
MISSING = "File doesn't exist or isn't accessible with current permissions"
LOG = b"INFO  import begins\nINFO  494400 records\n"
LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Datameer Login</title></head><body></body></html>"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

QUEUED_S = 2.0


@dataclass
class FakeRun:
    """One run, whose life follows from the clock."""

    id: int
    job: int
    asked_at: datetime
    lasts_s: float
    outcome: str
    stopped_at: datetime | None = None

    def word(self, now: datetime) -> str:
        if self.stopped_at is not None:
            return "CANCELED"
        age_s = (now - self.asked_at).total_seconds()
        if age_s < QUEUED_S:
            return "QUEUED"
        return "RUNNING" if age_s < QUEUED_S + self.lasts_s else self.outcome

    @property
    def started_at(self) -> datetime | None:
        start = self.asked_at + timedelta(seconds=QUEUED_S)
        return None if self.stopped_at is not None and self.stopped_at < start else start

    def ended_at(self, now: datetime) -> datetime | None:
        if self.word(now) in {"QUEUED", "RUNNING"}:
            return None
        return self.stopped_at or self.asked_at + timedelta(seconds=QUEUED_S + self.lasts_s)


@dataclass
class FakeJob:
    """One job with its four sorts of ids; they overlap on purpose."""

    configuration_id: int
    kind: str
    name: str
    lasts_s: float = 3.0
    outcome: str = "COMPLETED"
    runs: list[FakeRun] = field(default_factory=list)

    @property
    def file_id(self) -> int:
        return self.configuration_id + 1

    @property
    def uuid(self) -> str:
        return f"9424e496-6e1c-416c-b235-{self.configuration_id:012d}"

    @property
    def path(self) -> str:
        return f"/Users/admin/{self.name}"


class FakeDatameer:
    """Answers requests. What it can do and tells can be switched, as versions differ."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.jobs = {
            job.configuration_id: job
            for job in (
                FakeJob(50, "import-job", "customers import"),
                FakeJob(51, "workbook", "churn workbook", outcome="ERROR"),
                FakeJob(52, "export-job", "mart export", lasts_s=1e6),
                FakeJob(53, "import-job", "idle link"),
            )
        }
        self.next_run = 4127
        self.triggers: Counter[int] = Counter()
        self.requests: list[httpx.Request] = []
        self.has_v2 = True
        self.lists: frozenset[str] = frozenset({"path"})
        self.reads_workbooks = True
        self.export_list = "export-job"
        self.narrow_space = False
        self.names_configurations = False
        self.log_wants_session = False
        self.log_is_page = False
        self.log = LOG
        self.stop_status = 200

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        expected = "Basic " + base64.b64encode(f"ops:{PASSWORD}".encode()).decode()
        if request.headers.get("authorization") != expected:
            return httpx.Response(401, html="<html><body>Unauthorized</body></html>")
        path = request.url.raw_path.decode("ascii").partition("?")[0]
        for method, pattern, answer in self._routes():
            found = re.fullmatch(pattern, path)
            if found and request.method == method:
                return answer(request, *found.groups())
        return httpx.Response(404, html="<html><body>HTTP ERROR 404</body></html>")

    def asked(self, part: str) -> int:
        """How many requests had this in their address."""
        return sum(part in request.url.raw_path.decode() for request in self.requests)

    def add_run(self, job: int, **changes: Any) -> FakeRun:
        """A run that nobody triggered over the API."""
        made = self.jobs[job]
        run = FakeRun(self.next_run, job, self.clock.now(), made.lasts_s, made.outcome)
        for name, value in changes.items():
            setattr(run, name, value)
        self.next_run += 1
        made.runs.insert(0, run)
        return run

    def _routes(self) -> tuple[tuple[str, str, Callable[..., httpx.Response]], ...]:
        return (
            ("GET", rf"/rest/(import-job|workbook|{self.export_list})", self._list),
            ("GET", r"/rest/(import-job|workbook|export-job)/(\d+)", self._configuration),
            ("GET", r"/rest/job-configuration/job-status/(\d+)", self._status_v1),
            ("GET", r"/rest/job-configuration/job-history/(\d+)", self._history),
            ("GET", r"/rest/job-execution/job-details/(\d+)", self._details),
            ("GET", r"/rest/jobs/list-running", self._active),
            ("POST", r"/rest/job-execution", self._trigger),
            ("POST", r"/rest/job-execution/job-kill/(\d+)", self._stop),
            ("GET", r"/api/job-execution/([^/]+)/status" if self.has_v2 else r"(?!)", self._status_v2),
            ("GET", r"/file-job", self._log),
            ("GET", r"/browser", self._browser),
        )

    def _list(self, _request: httpx.Request, word: str) -> httpx.Response:
        rows = []
        for job in self.jobs.values():
            if job.kind.rstrip("s") == word.rstrip("s"):
                row: dict[str, Any] = {"id": job.configuration_id, "name": job.name, "description": ""}
                row |= {name: getattr(job, name) for name in self.lists}
                rows.append(row)
        return httpx.Response(200, json=rows)

    def _configuration(self, _request: httpx.Request, kind: str, job_id: str) -> httpx.Response:
        job = self.jobs.get(int(job_id))
        if job is None or job.kind != kind or (kind == "workbook" and not self.reads_workbooks):
            return httpx.Response(404, json={"error": "no such configuration"})
        told = {"uuid": job.uuid, "path": job.path, "name": job.name, "description": ""}
        return httpx.Response(200, json={"version": "7.5", "file": told, "pullType": "MANUALLY"})

    def _status_v1(self, _request: httpx.Request, job_id: str) -> httpx.Response:
        job = self.jobs.get(int(job_id))
        if job is None:
            return httpx.Response(404, json={"error": "not found"})
        now = self.clock.now()
        content = {"id": job.runs[0].id, "jobStatus": _v1(job.runs[0].word(now))} if job.runs else {}
        return httpx.Response(200, json=content)

    def _status_v2(self, _request: httpx.Request, quoted: str) -> httpx.Response:
        name = unquote(quoted)
        job = next((j for j in self.jobs.values() if name in {str(j.file_id), j.uuid, j.path}), None)
        if job is None:
            return httpx.Response(200, json={"status": "failure", "reason": MISSING})
        if not job.runs:
            return httpx.Response(200, json={"status": "success", "job-status": "_NONE"})
        run, now = job.runs[0], self.clock.now()
        word = run.word(now)
        content: dict[str, Any] = {"status": "success", "file-id": job.file_id, "job-execution-id": run.id}
        content |= {"job-status": word, "start-time": None}
        if run.started_at is not None and word != "QUEUED":
            content["start-time"] = self._us_time(run.started_at)
        if word == "RUNNING":
            content |= {"estimate-time": "11s", "job-progress": "40"}
        if (ended_at := run.ended_at(now)) is not None:
            content["stop-time"] = self._us_time(ended_at)
        return httpx.Response(200, json=content)

    def _us_time(self, moment: datetime) -> str:
        local = moment.astimezone(ZONE)
        space = "\u202f" if self.narrow_space else " "
        date = f"{MONTHS[local.month - 1]} {local.day}, {local.year}"
        half = "PM" if local.hour >= 12 else "AM"
        return f"{date} {local.hour % 12 or 12}:{local:%M:%S}{space}{half}"

    def _history(self, request: httpx.Request, job_id: str) -> httpx.Response:
        job = self.jobs.get(int(job_id))
        start, length = int(request.url.params["start"]), int(request.url.params["length"])
        runs = job.runs[start : start + length] if job else []
        rows = [{"id": run.id, "jobStatus": _v1(run.word(self.clock.now()))} for run in runs]
        return httpx.Response(200, json=rows)

    def _run(self, run_id: str) -> FakeRun | None:
        return next((run for job in self.jobs.values() for run in job.runs if str(run.id) == run_id), None)

    def _details(self, _request: httpx.Request, run_id: str) -> httpx.Response:
        run = self._run(run_id)
        if run is None:
            return httpx.Response(404, json={"error": "not found"})
        now = self.clock.now()
        content: dict[str, Any] = {"jobStatus": _v1(run.word(now))}
        if run.started_at is not None:
            content["startTime"] = f"{run.started_at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}.0"
        if (ended_at := run.ended_at(now)) is not None:
            content["stopTime"] = f"{ended_at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}.0"
        if run.word(now) == "COMPLETED":
            content |= {"successCount": 494400, "failureCount": 0, "counters": {"IMPORT_RECORDS": 494400}}
        return httpx.Response(200, json=content)

    def _active(self, _request: httpx.Request) -> httpx.Response:
        now, rows = self.clock.now(), []
        for run in (job.runs[0] for job in self.jobs.values() if job.runs):
            if run.ended_at(now) is None:
                row = {"id": run.id, "jobStatus": run.word(now)}
                rows.append(row | ({"configurationId": run.job} if self.names_configurations else {}))
        return httpx.Response(200, json=rows)

    def _trigger(self, request: httpx.Request) -> httpx.Response:
        job = int(request.url.params["configuration"])
        if request.content or job not in self.jobs:
            return httpx.Response(404, json={"status": "failure", "reason": MISSING})
        self.triggers[job] += 1
        run = self.add_run(job)
        told = {"status": "success", "job-execution-id": run.id}
        told |= {"job-execution-user": "analyst", "job-execution-trigger": "RESTAPI"}
        return httpx.Response(200, json=told)

    def _stop(self, _request: httpx.Request, run_id: str) -> httpx.Response:
        run = self._run(run_id)
        if run is None:
            return httpx.Response(200, json={"status": "failure", "reason": "unknown job execution"})
        run.stopped_at = self.clock.now()
        return httpx.Response(self.stop_status)

    def _log(self, request: httpx.Request) -> httpx.Response:
        has_session = "JSESSIONID=" in request.headers.get("cookie", "")
        if self.log_is_page or (self.log_wants_session and not has_session):
            return httpx.Response(200, html=LOGIN_PAGE)
        if self._run(request.url.params["jobExecutionId"]) is None:
            return httpx.Response(404, html="<html><body>HTTP ERROR 404</body></html>")
        return httpx.Response(200, content=self.log, headers={"content-type": "text/plain"})

    def _browser(self, _request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, html="<html></html>", headers={"set-cookie": "JSESSIONID=abc; Path=/"})


def _v1(word: str) -> str:
    return "COMPLETED_WITH_Warnings" if word == "COMPLETED_WITH_WARNINGS" else word


def make_adapter(context: AdapterContext, **keys: Any) -> DatameerAdapter:
    """An adapter named `dm`, not opened yet."""
    table = {"type": "datameer", "url": "http://dm.example:8080", "username": "ops", "password": PASSWORD}
    table |= {"timezone": ZONE.key, **keys}
    return DatameerAdapter("dm", DatameerSettings.model_validate(table), context)


def key_of(job_id: int | str) -> JobKey:
    """A job of the tests' connection."""
    return JobKey("dm", str(job_id))


def run_of(run: FakeRun) -> RunKey:
    """A run as the adapter names it."""
    return RunKey("dm", str(run.job), str(run.id))


class DatameerHarness(Harness):
    """The adapter over the fake, and its clock."""

    def __init__(self, system: FakeDatameer | None = None, **keys: Any) -> None:
        self.clock = InstantClock()
        self.system = system or FakeDatameer(self.clock)
        self.system.clock = self.clock
        self.keys = keys
        transport = None if "url" in keys else httpx.MockTransport(self.system)
        self.context = make_context(clock=self.clock, transport=transport)
        self.adapter = make_adapter(self.context, **keys)
        self.samples = Samples(key_of(50), key_of(51), key_of(52), key_of(53), printed=LOG)
        self.later: list[Adapter] = []

    async def reopen(self) -> DatameerAdapter:
        later = make_adapter(self.context, **self.keys)
        await later.open()
        self.later.append(later)
        return later

    async def aclose(self) -> None:
        """Close everything that was opened."""
        for adapter in (self.adapter, *self.later):
            await adapter.aclose()

    async def pass_time(self) -> None:
        await self.clock.sleep(1)

    def runs_made(self, job: JobKey) -> int:
        return self.system.triggers[int(job.id)]

    async def see(self, job: JobKey, adapter: Adapter | None = None) -> Job:
        adapter = adapter or self.adapter
        await super().see(job, adapter)
        assert isinstance(adapter, ChecksJobs)
        return await adapter.get_job(job)
