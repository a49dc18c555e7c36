"""The calls of Airflow's REST API. Of lists each is told what came and how much there is, for more pages."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

from tui.adapters.airflow.refusals import UNUSUAL, detail_in, is_bad_token, judge, words_of
from tui.adapters.airflow.session import Login
from tui.core.errors import BadAnswer, NightdeckError, NotFound, RunExists, SystemUnavailable
from tui.transport.auth import TokenAuth
from tui.transport.client import ApiClient, ClientOptions
from tui.transport.limits import MIB
from tui.transport.login import LoginAuth
from tui.transport.origins import segment

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from tui.adapters.airflow.settings import AirflowSettings
    from tui.core.adapter import AdapterContext
    from tui.core.keys import JobKey, RunKey
    from tui.transport.call import RequestOptions
    from tui.transport.login import Credential

API = "api/v2"
HEALTH = f"{API}/monitor/health"
VERSION = f"{API}/version"
DAGS = f"{API}/dags"
EVENTS = f"{API}/eventLogs"
IMPORT_ERRORS = f"{API}/importErrors"
ALL_RUNS = f"{DAGS}/~/dagRuns/list"
ALL_TASKS = f"{DAGS}/~/dagRuns/~/taskInstances/list"
OLD_VERSION = "api/v1/version"
"""Where Airflow 2 tells its version to everybody. Airflow 3 answers 404 (seen in 3.3.2)."""

PAGE = 100
"""Entries that are asked for with GET: whoever asks for more is silently given 100 (`maximum_page_limit`)."""

LARGE_PAGE = 500
"""Entries that are asked for with POST, which knows no such limit (seen in 3.3.2). Where it does, fewer come:
what came counts, not what was asked for."""

LOG_BYTES = 8 * MIB
"""Bytes of the log of one try that are read at once, with what Airflow tells beside each line: some 25,000
lines. More than that comes line by line, as a stream."""

_BAD_REQUEST, _MISSING, _CONFLICT = 400, 404, 409
_OK = 200


class Listed(NamedTuple):
    """One page of a list."""

    rows: list[Any]
    """What came, as it was sent."""
    total: int | None
    """How many there are; None where that isn't told."""

    def has_more(self, end: int) -> bool:
        """Whether more follow after so many: a server may give out fewer at once than it was asked for."""
        return bool(self.rows) and (self.total is None or end < self.total)


class LogPage(NamedTuple):
    """What was told of the log of one try."""

    content: list[Any]
    """Entries or lines, in their order."""
    token: str
    """Where to go on; empty while the task neither runs nor is deferred."""
    is_cut: bool = False
    """Whether there is more already."""


class AirflowApi:
    """Asks one Airflow, in one session.

    Args:
        settings: The connection's table.
        secret: The password, or the token.
        context: The clock, the redactor, and in tests the network.
    """

    def __init__(self, settings: AirflowSettings, secret: str, context: AdapterContext) -> None:
        self._login = Login(settings.username, secret, self._explain_missing)
        has_token = settings.token is not None
        auth = (
            TokenAuth(secret)
            if has_token
            else LoginAuth(
                self._log_in,
                context.clock,
                context.redactor,
                is_expired=is_bad_token,
                reads_body=lambda response: response.is_error,
            )
        )
        options = ClientOptions(judge=partial(judge, has_token=has_token))
        self._client = ApiClient(settings.address, settings, context, auth=auth, options=options)

    @property
    def host(self) -> str:
        """The server, for messages."""
        return self._client.host

    async def open(self) -> None:
        """Prepare for work. Raises ConfigError for unusable files."""
        await self._client.open()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def record(self, path: str, **options: Unpack[RequestOptions]) -> dict[str, Any]:
        """The record that a read answers. Raises NotFound and SystemUnavailable."""
        return self._record(await self._client.get_json(path, **options))

    async def fixed(
        self,
        path: str,
        *,
        method: str = "GET",
        params: Mapping[str, str | int] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The record that a read answers at a path that every Airflow 3 has: without it, it is none."""
        options: RequestOptions = {"accept": {_MISSING}, "params": params or {}}
        if json is not None:
            options["json"] = json
        answer = await self._client.read(path, method=method, **options)
        if answer.status == _MISSING:
            raise await self._explain_missing()
        return self._record(await answer.json())

    async def dags(self, offset: int, *, limit: int = PAGE, search: str = "") -> Listed:
        """DAGs in the order of their ids, without those whose files are gone."""
        params: dict[str, str | int] = {"limit": limit, "offset": offset, "order_by": "dag_id"}
        if search:
            params["dag_id_pattern"] = search
        return _listed(await self.fixed(DAGS, params=params), "dags", self.host)

    async def dag(self, dag_id: str) -> dict[str, Any]:
        """One DAG. Raises NotFound."""
        return await self.record(f"{DAGS}/{segment(dag_id)}")

    async def details(self, dag_id: str) -> dict[str, Any]:
        """One DAG with its parameters. Raises NotFound."""
        return await self.record(f"{DAGS}/{segment(dag_id)}/details")

    async def find_runs(self, body: Mapping[str, Any], offset: int = 0) -> Listed:
        """Runs of all DAGs; a list that is asked for with a body."""
        told = await self._posted(ALL_RUNS, body, offset)
        return _listed(told, "dag_runs", self.host)

    async def runs(self, dag_id: str, offset: int, limit: int) -> Listed:
        """The newest runs of a DAG. Raises NotFound."""
        params: dict[str, str | int] = {
            "limit": min(limit, PAGE),
            "offset": offset,
            "order_by": "-run_after",
        }
        told = await self.record(f"{DAGS}/{segment(dag_id)}/dagRuns", params=params)
        return _listed(told, "dag_runs", self.host)

    async def run(self, run: RunKey) -> dict[str, Any]:
        """One run. Raises NotFound."""
        return await self.record(run_path(run))

    async def find_run(self, run: RunKey) -> dict[str, Any] | None:
        """One run; None when Airflow itself says that there is none."""
        answer = await self._client.read(run_path(run), accept={_MISSING})
        if answer.status != _MISSING:
            return self._record(await answer.json())
        # A proxy's own page is no word of the system.
        if run.run_id in words_of(detail_in(answer.text)):
            return None
        raise BadAnswer(f"{self.host} does not say whether there is the run: {answer.excerpt}", hint=UNUSUAL)

    async def find_tasks(self, body: Mapping[str, Any], offset: int = 0) -> Listed:
        """Tasks of all runs of all DAGs; a list that is asked for with a body."""
        told = await self._posted(ALL_TASKS, body, offset)
        return _listed(told, "task_instances", self.host)

    async def tries(self, run: RunKey, task_id: str, map_index: int) -> Listed:
        """Every try of a task."""
        mapped = f"/{map_index}" if map_index >= 0 else ""
        told = await self.record(f"{run_path(run)}/taskInstances/{segment(task_id)}{mapped}/tries")
        return _listed(told, "task_instances", self.host)

    async def log(
        self, run: RunKey, task_id: str, map_index: int, attempt: int, token: str
    ) -> LogPage | None:
        """What follows the token in the log of a try; None when there is no such try (yet).

        A token that the server doesn't take any more, as after a restart with another secret, counts as none.
        """
        path = _log_path(run, task_id, attempt)
        params: dict[str, str | int] = {"map_index": map_index}
        if token:
            params["token"] = token
        answer = await self._client.read(
            path, params=params, accept={_BAD_REQUEST, _MISSING}, limit=LOG_BYTES
        )
        if answer.status == _MISSING:
            return None
        if answer.status == _BAD_REQUEST:
            raise BadToken(f"{self.host} gives no log: {answer.excerpt}", hint=UNUSUAL)
        told = self._record(await answer.json())
        content, following = told.get("content"), told.get("continuation_token")
        if not isinstance(content, list):
            raise BadAnswer(f"{self.host} sent no log", hint=UNUSUAL)
        return LogPage(content, following if isinstance(following, str) else "")

    async def log_lines(
        self, run: RunKey, task_id: str, map_index: int, attempt: int
    ) -> AsyncGenerator[bytes, None]:
        """The whole log of a try, an entry in JSON a line: however large it is. Raises NotFound."""
        lines = self._client.stream_lines(
            _log_path(run, task_id, attempt),
            params={"map_index": map_index},
            headers={"Accept": "application/x-ndjson"},
        )
        async with aclosing(lines):  # type: ignore[type-var]
            async for told in lines:
                yield told

    async def events(self, params: Sequence[tuple[str, str | int]]) -> Listed:
        """Entries of the audit log."""
        return _listed(await self.record(EVENTS, params=params), "event_logs", self.host)

    async def trigger(self, job: JobKey, run_id: str, conf: Mapping[str, Any]) -> dict[str, Any]:
        """Make a run of this id, once. Raises RunExists, ActionRefused and OutcomeUnknown."""
        body = trigger_body(run_id, conf)
        path = f"{DAGS}/{segment(job.id)}/dagRuns"
        answer = await self._client.send_change("POST", path, json=body, accept={_CONFLICT})
        if answer.status == _CONFLICT:
            if detail_in(answer.text) is None:
                answer.reject(f"answered {answer.status}: {answer.excerpt}", hint="look at the job's runs")
            raise RunExists(
                f"{self.host} has a run {run_id} of this DAG already", hint="look at the job's runs"
            )
        value = await answer.json()
        if not isinstance(value, dict) or value.get("dag_run_id") != run_id:
            answer.reject("did not name the run", hint="look at the job's runs")
        return dict(value)

    async def change(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The record that a change answers; sent once. Raises ActionRefused and OutcomeUnknown."""
        answer = await self._client.send_change(method, path, json=dict(body))
        value = await answer.json()
        if not isinstance(value, dict):
            answer.reject("answered with something that is no record", hint=UNUSUAL)
        return dict(value)

    async def _posted(self, path: str, body: Mapping[str, Any], offset: int) -> dict[str, Any]:
        paged = {"page_limit": LARGE_PAGE, **body, "page_offset": offset}
        return await self.fixed(path, method="POST", json=paged)

    def _record(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise BadAnswer(f"{self.host} sent something that is no record", hint=UNUSUAL)
        return value

    async def _log_in(self, expired: Credential | None) -> Credential:
        del expired
        return await self._login.log_in(self._client)

    async def _explain_missing(self) -> NightdeckError:
        """What to say when there is no API of Airflow 3: most likely it is Airflow 2."""
        try:
            answer = await self._client.log_in(OLD_VERSION, method="GET", accept=range(300, 500))
            value = await answer.json() if answer.status == _OK else None
        except (SystemUnavailable, NotFound):
            value = None
        version = value.get("version") if isinstance(value, dict) else None
        if isinstance(version, str) and version:
            return BadAnswer(
                f"{self.host} is Airflow 2 (version {version[:20]}); nightdeck needs Airflow 3.0 or newer",
                hint="upgrade it, or look at it in its own pages",
            )
        return BadAnswer(
            f"{self.host} has no API of Airflow 3 (404)", hint="check the path in `url` of this connection"
        )


class BadToken(BadAnswer):
    """A log can't be gone on with where it was left."""


def trigger_body(run_id: str, conf: Mapping[str, Any]) -> dict[str, Any]:
    """What a trigger sends: without a logical date, which must be said (seen in 3.3.2: else 422)."""
    return {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf)}


def run_path(run: RunKey) -> str:
    """Where a run is."""
    return f"{DAGS}/{segment(run.job_id)}/dagRuns/{segment(run.run_id)}"


def _log_path(run: RunKey, task_id: str, attempt: int) -> str:
    return f"{run_path(run)}/taskInstances/{segment(task_id)}/logs/{attempt}"


def dag_path(job: JobKey) -> str:
    """Where a DAG is."""
    return f"{DAGS}/{segment(job.id)}"


def _listed(told: Mapping[str, Any], key: str, host: str) -> Listed:
    rows, total = told.get(key), told.get("total_entries")
    if not isinstance(rows, list):
        raise BadAnswer(f"{host} sent no list", hint=UNUSUAL)
    return Listed(rows, total if isinstance(total, int) and not isinstance(total, bool) else None)
