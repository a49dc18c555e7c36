"""The API server as a callable: what `httpx.MockTransport` or a loopback server asks for answers."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl

import httpx

from tui.simulators.airflow import earlier
from tui.simulators.airflow.audit import Audit
from tui.simulators.airflow.bodies import LoginBody, read_body
from tui.simulators.airflow.estate import HISTORY_S, make_specs
from tui.simulators.airflow.installation import Installation
from tui.simulators.airflow.lists import Query
from tui.simulators.airflow.operations import Call, find
from tui.simulators.airflow.refusal import Refused
from tui.simulators.airflow.tokens import Account, Tokens
from tui.simulators.airflow.vocabulary import Behaviour

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tui.core.clock import Clock
    from tui.simulators.airflow.operations import Operation
    from tui.simulators.airflow.specs import DagSpec

LOGIN = "/auth/token"
"""Where tokens are given out."""

_PREFIX = "/api/v2/"
_LINES = "application/x-ndjson"
_NOBODY = Account("", "")
_APPLICATION = (
    "<!doctype html><html><head><title>Airflow</title></head><body><div id=root></div></body></html>"
)
_NO_SUCH_BODY = "Only application/json or application/x-www-form-urlencoded is supported"
_GONE = "/api/v1 has been removed in Airflow 3, please use its upgraded version /api/v2 instead."


class AirflowSimulator:
    """An Airflow that answers at once.

    Args:
        clock: Its time; runs go on with it and with nothing else.
        specs: Its DAGs.
        behaviour: What the installation does.
        history_s: Seconds for which the schedules have been at work already.
        seed: Makes the same tokens and ids each time.
    """

    def __init__(
        self,
        clock: Clock,
        specs: Iterable[DagSpec] = (),
        *,
        behaviour: Behaviour | None = None,
        history_s: float = 0.0,
        seed: int = 7,
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        """What the installation does; `change` changes it."""
        self.tokens = Tokens(clock, self.behaviour, seed)
        """Who may ask."""
        self.installation = Installation(clock, self.behaviour, specs, history_s, seed)
        """What it knows."""
        self.audit = Audit()
        """Who changed what."""
        self.calls: Counter[str] = Counter()
        """Calls that it understood, by operation."""
        self._next: list[tuple[str, httpx.Response]] = []

    @classmethod
    def preload(cls, clock: Clock, jobs: int, *, seed: int = 7) -> Self:
        """One with so many made-up DAGs, and what their schedules have made of the last hours.

        Args:
            clock: Its time.
            jobs: How many DAGs.
            seed: Makes the same DAGs each time.
        """
        return cls(clock, make_specs(jobs, seed), history_s=HISTORY_S, seed=seed)

    @property
    def runs_started(self) -> Counter[str]:
        """Runs that requests made, and those that requests made run again, by DAG."""
        return self.installation.runs_started

    def change(self, **words: object) -> None:
        """Let the installation do something differently from now on; the names are those of `Behaviour`."""
        self.installation.now()
        for name, value in words.items():
            setattr(self.behaviour, name, value)
        self.installation.plan()

    def add_dag(self, spec: DagSpec) -> None:
        """Let there be one more DAG, or a changed one in the place of the one with its id."""
        self.installation.add(spec)

    def set_failures(self, dag_id: str, task_id: str, failures: int) -> None:
        """Say how many attempts at a task fail, counted from its first, of those that begin from now on."""
        spec = self.installation.dag(dag_id).spec
        tasks = [replace(task, failures=failures) if task.task_id == task_id else task for task in spec.tasks]
        self.installation.add(replace(spec, tasks=tasks))

    def set_password(self, password: str, user: str = "admin") -> None:
        """Let a user's old password be wrong from now on; the tokens stay good."""
        self.tokens.passwords[user] = password

    def answer_next(self, response: httpx.Response, *, to: str = "") -> None:
        """Let the next call be answered by something else: a proxy, a server in trouble.

        Args:
            response: The answer.
            to: Only a call of this operation; empty for any.
        """
        self._next.append((to, response))

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        await request.aread()
        if self.behaviour.is_airflow_2:
            answer = earlier.answer(request)
        else:
            answer = self._spoilt("") or self._answer(request)
        answer.headers.setdefault("date", format_datetime(self.installation.clock.now(), usegmt=True))
        return answer

    def _spoilt(self, operation: str) -> httpx.Response | None:
        for index, (to, response) in enumerate(self._next):
            if to == operation:
                del self._next[index]
                return response
        return None

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        try:
            if path.startswith("/auth/"):
                return _json(201, {"access_token": self._log_in(request)})
            if path.startswith(_PREFIX):
                return self._perform(request, tuple(path.removeprefix(_PREFIX).split("/")))
        except Refused as refused:
            key = "error" if refused.detail == "API route not found" else "detail"
            return _json(refused.code, {key: refused.detail})
        if request.method != "GET":
            return _json(405, {"detail": "Method Not Allowed"})
        if path.startswith("/api/v1/"):
            return _json(404, {"error": _GONE})
        if path.startswith("/api/"):
            return _json(404, {"error": "API route not found"})
        return httpx.Response(200, html=_APPLICATION)

    def _log_in(self, request: httpx.Request) -> str:
        if request.url.path != LOGIN:
            raise Refused(404, "Not Found")
        if request.method != "POST":
            raise Refused(
                403, "This method is only allowed if ``[core] simple_auth_manager_all_admins`` is True"
            )
        kind = request.headers.get("content-type", "").partition(";")[0]
        content = request.content
        if kind == "application/x-www-form-urlencoded":
            content = json.dumps(dict(parse_qsl(content.decode("utf-8", "replace")))).encode()
        elif kind != "application/json":
            raise Refused(415, _NO_SUCH_BODY)
        try:
            body = read_body(LoginBody, content)
        except Refused:
            # Here it is a sentence, and no list.
            raise Refused(422, "1 validation error for LoginBody") from None
        return self.tokens.log_in(body.username, body.password)

    def _perform(self, request: httpx.Request, parts: tuple[str, ...]) -> httpx.Response:
        operation, values = find(request.method, parts)
        account = _NOBODY if operation.is_public else self.tokens.admit(request)
        if operation.is_change and not account.can_change:
            raise Refused(403, "Forbidden")
        if operation.is_audited:
            self._write_down(operation, account, values, request.content)
        self.installation.now()
        self.calls[operation.name] += 1
        accept = request.headers.get("accept", "*/*")
        call = Call(self.installation, self.audit, account, values, _query(request), request.content, accept)
        return self._spoilt(operation.name) or _told(operation.perform(call), operation.name, accept)

    def _write_down(
        self, operation: Operation, account: Account, values: Mapping[str, str], content: bytes
    ) -> None:
        """Whatever comes of it, it was tried; only what merely asks what would be cleared is left out."""
        try:
            said: Any = json.loads(content or b"{}")
        except ValueError:
            said = {}
        said = said if isinstance(said, dict) else {}
        if operation.name != "clear_dag_run" or not said.get("dry_run", True):
            at = self.installation.now()
            self.audit.add(at, operation.name, account.name, values, said, operation.method)


def _query(request: httpx.Request) -> Query:
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.url.query.decode("ascii"), keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return Query(values)


def _told(value: Any, operation: str, accept: str) -> httpx.Response:
    if operation != "get_log" or not accept.startswith(_LINES):
        return _json(200, value)
    # An entry a line, and nothing to go on with: the token in the head leads to the beginning.
    lines = [json.dumps({"timestamp": None, **entry}, ensure_ascii=False) for entry in value["content"]]
    content = "".join(f"{line}\n" for line in lines).encode()
    return httpx.Response(200, content=content, headers={"content-type": _LINES})


def _json(code: int, value: object) -> httpx.Response:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return httpx.Response(code, content=text.encode(), headers={"content-type": "application/json"})
