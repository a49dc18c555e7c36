"""The MetaServlet as a callable: what `httpx.MockTransport` or a loopback server asks for answers."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, timedelta, tzinfo
from typing import TYPE_CHECKING, Self

import httpx

from tui.simulators.talend.commands import Answer, Listing, available
from tui.simulators.talend.conductor import Conductor, User
from tui.simulators.talend.envelope import Parameters, Refused, read_request
from tui.simulators.talend.estate import make_plan, make_specs
from tui.simulators.talend.task import Task, TaskSpec
from tui.simulators.talend.vocabulary import Behaviour, Outcome, ReturnCode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from tui.core.clock import Clock

USER = "ops@example.com"
"""Who may do everything, unless the simulator is told otherwise."""

PASSWORD = "quiet-night-42"  # noqa: S105 - opens nothing but a simulator
"""That user's password."""

WEBAPP = "/org.talend.administrator"
"""Where the product lives on its web server, unless the simulator is told otherwise."""

_CALL_MS = 12
_JSON = "application/json"
_LISTINGS = frozenset({"listTasks", "getTasksRelatedToJobs"})


class TalendSimulator:
    """A Talend Administration Center that answers at once.

    Args:
        clock: Its time; runs go on with it and with nothing else.
        specs: Its tasks.
        behaviour: What its version does; the newest by default.
        users: Who may log in, by name.
        webapp: Its path on the web server.
        zone: The zone of its zoneless dates.
        seed: Makes the same ids each time.
    """

    def __init__(
        self,
        clock: Clock,
        specs: Iterable[TaskSpec] = (),
        *,
        behaviour: Behaviour | None = None,
        users: Mapping[str, User] | None = None,
        webapp: str = WEBAPP,
        zone: tzinfo = UTC,
        seed: int = 7,
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        """What its version does; `change` changes it."""
        self.conductor = Conductor(clock, self.behaviour, specs, users or {USER: User(PASSWORD)}, zone, seed)
        """What it knows."""
        self.calls: Counter[str] = Counter()
        """Calls that it understood, by command."""
        self.call_ms = _CALL_MS
        """Milliseconds that it says each call took, beside the wait for a synchronous run."""
        self._path = f"{webapp}/metaServlet"
        self._next: list[Refused | httpx.Response] = []

    @classmethod
    def preload(cls, clock: Clock, jobs: int, *, seed: int = 7, zone: tzinfo = UTC) -> Self:
        """One with a night's worth of made-up tasks: some fail because of one database that is down.

        Args:
            clock: Its time.
            jobs: How many tasks.
            seed: Makes the same tasks each time.
            zone: The zone of its zoneless dates.
        """
        simulator = cls(clock, make_specs(jobs, seed), zone=zone, seed=seed)
        simulator.conductor.plans += make_plan(list(simulator.conductor.tasks))
        return simulator

    @property
    def runs_started(self) -> Counter[str]:
        """Runs that requests made, by task."""
        return self.conductor.runs_started

    def change(self, **words: object) -> None:
        """Let its version do something differently from now on; the names are those of `Behaviour`."""
        for name, value in words.items():
            setattr(self.behaviour, name, value)
        self.conductor.rows.forget()

    def add_task(self, spec: TaskSpec) -> None:
        """Let there be one more task, or a changed one in the place of the one with its id."""
        self.conductor.tasks[spec.id] = Task(spec, self.conductor.night)
        self.conductor.rows.forget()

    def set_outcome(self, task_id: str, outcome: Outcome, duration_s: float | None = None) -> None:
        """Say how the runs of a task end that are asked for from now on."""
        task = self.conductor.tasks[task_id]
        seconds = task.spec.duration_s if duration_s is None else duration_s
        task.spec = replace(task.spec, outcome=outcome, duration_s=seconds)
        task.version += 1

    def set_skew(self, skew: timedelta) -> None:
        """Let the server's clock be fast by so much."""
        self.conductor.skew = skew

    def set_password(self, password: str, user: str = USER) -> None:
        """Let a user's old password be wrong from now on."""
        self.conductor.users[user] = replace(self.conductor.users[user], password=password)

    def fail_next(self, code: int, text: str) -> None:
        """Let the next call fail."""
        self._next.append(Refused(code, text))

    def answer_next(self, response: httpx.Response) -> None:
        """Let the next call be answered by something else: a proxy, a Tomcat in trouble."""
        self._next.append(response)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        if request.url.path != self._path:
            return _page(404, "Not Found")
        if request.method not in {"GET", "POST"}:
            return _page(405, "Method Not Allowed")
        if len(request.url.raw_path) > self.behaviour.longest_url:
            return _page(400, "Bad Request")
        failure = self._next.pop(0) if self._next else None
        if isinstance(failure, httpx.Response):
            return failure
        began = self.conductor.now()
        try:
            if failure is not None:
                raise failure
            action, answer = await self._perform(request.url.query.decode("ascii"))
        except Refused as refused:
            return self._refusal(refused)
        if action == "help" and self.behaviour.has_plain_help:
            return self._response(str(answer["result"]), "text/plain")
        waited_ms = round((self.conductor.now() - began).total_seconds() * 1000)
        pieces = _written({**answer, **_envelope(self.call_ms + waited_ms, ReturnCode.SUCCESS)})
        if action in _LISTINGS:
            return httpx.Response(200, content=self._encoded(pieces), headers={"content-type": _JSON})
        body = "".join([piece async for piece in pieces])
        if action == "getTaskIdByName" and self.behaviour.version == (5, 6):
            body = body.replace('"taskId"', "taskId")
        return self._response(body)

    async def _perform(self, query: str) -> tuple[str, Answer]:
        request = read_request(query, decodes_percent=self.behaviour.decodes_percent)
        action = request.get("actionName")
        command = available(self.conductor).get(action) if isinstance(action, str) else None
        if command is None or not isinstance(action, str):
            raise Refused(ReturnCode.INVALID_REQUEST, f"Unknown action: {action}")
        if self.behaviour.version < (6, 0) and next(reversed(request)) == "context":
            raise Refused(ReturnCode.INVALID_REQUEST, "The context must not be the last parameter")
        if command.needs_login:
            self._admit(request, action)
        self.calls[action] += 1
        return action, await command.perform(self.conductor, Parameters(request))

    def _admit(self, request: Mapping[str, object], action: str) -> None:
        name, password = request.get("authUser"), request.get("authPass")
        user = self.conductor.users.get(name) if isinstance(name, str) else None
        if user is None or user.password != password:
            raise Refused(ReturnCode.AUTHENTICATION, "Authentication failed: wrong user or password")
        if not self.behaviour.is_licensed:
            raise Refused(ReturnCode.LICENCE, "The licence is not valid")
        if not user.can_operate:
            is_new = self.behaviour.version >= (6, 0)
            code = ReturnCode.NO_RIGHT if is_new else ReturnCode.UNKNOWN_ERROR
            raise Refused(code, f"User {name} has no right to use the Job Conductor")
        if action == "runTask" and not user.can_run:
            raise Refused(ReturnCode.NO_RIGHT_TO_RUN, f"User {name} has no right to run this task")

    def _refusal(self, refused: Refused) -> httpx.Response:
        if self.behaviour.has_plain_errors:
            return self._response(f"ERROR: {refused.text}", "text/plain")
        answer = {"error": refused.text, **_envelope(self.call_ms, refused.code)}
        return self._response(_json(answer))

    def _response(self, text: str, content_type: str = _JSON) -> httpx.Response:
        content = text.encode(self.behaviour.encoding, errors="replace")
        return httpx.Response(200, content=content, headers={"content-type": content_type})

    async def _encoded(self, pieces: AsyncIterator[str]) -> AsyncIterator[bytes]:
        async for piece in pieces:
            yield piece.encode(self.behaviour.encoding, errors="replace")


def _envelope(millis: int, code: int) -> Answer:
    return {"executionTime": {"millis": millis, "seconds": millis // 1000}, "returnCode": int(code)}


async def _written(answer: Answer) -> AsyncIterator[str]:
    """The answer as JSON; the server writes its keys in the order of the alphabet."""
    before = "{"
    for key in sorted(answer):
        value = answer[key]
        yield f'{before}"{key}":'
        if isinstance(value, Listing):
            async for piece in value.pieces:
                yield piece
        else:
            yield _json(value)
        before = ","
    yield "}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _page(code: int, text: str) -> httpx.Response:
    """What the web server itself says."""
    title = f"HTTP Status {code} – {text}"
    return httpx.Response(
        code,
        html=f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>",
    )
