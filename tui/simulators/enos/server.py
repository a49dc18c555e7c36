"""The gateway and the service as a callable: what `httpx.MockTransport` or a loopback server asks."""

from __future__ import annotations

from collections import Counter
from email.utils import format_datetime
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl

import httpx

from tui.simulators.enos.body import Arguments, read_body
from tui.simulators.enos.estate import make_specs
from tui.simulators.enos.gateway import TOKEN_PATH, Gateway
from tui.simulators.enos.operations import FOR_ANYBODY, OPERATIONS, Call, Listing, Operation
from tui.simulators.enos.refusal import GatewayRefused, Refused
from tui.simulators.enos.rows import written
from tui.simulators.enos.service import BatchService, User
from tui.simulators.enos.stamps import CHINA, Stamps
from tui.simulators.enos.vocabulary import Behaviour

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping
    from datetime import timedelta, tzinfo

    from tui.core.clock import Clock
    from tui.simulators.enos.flow import FlowSpec
    from tui.simulators.enos.vocabulary import Outcome

ORG_ID = "o15000000000001"
"""The organisation that everything belongs to."""

USER_ID = "u15000000000001"
"""Who may do everything, unless the simulator is told otherwise; known to flows as alice."""

_JSON = "application/json;charset=UTF-8"
_ANYBODY = User("")


class EnosSimulator:
    """A batch processing service that answers at once.

    Args:
        clock: Its time; instances go on with it and with nothing else.
        specs: Its flows.
        behaviour: What its version does; v2.1 by default.
        users: Who may call, by user id.
        zone: The zone of its zoneless times.
        zone_word: What Java calls that zone.
        seed: Makes the same tokens each time.
    """

    def __init__(
        self,
        clock: Clock,
        specs: Iterable[FlowSpec] = (),
        *,
        behaviour: Behaviour | None = None,
        users: Mapping[str, User] | None = None,
        zone: tzinfo = CHINA,
        zone_word: str = "CST",
        seed: int = 7,
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        """What its version does; `change` changes it."""
        self.stamps = Stamps(self.behaviour, zone, zone_word)
        self._clock = clock
        """How it writes times."""
        known = users or {USER_ID: User("alice")}
        self.service = BatchService(clock, self.behaviour, self.stamps, specs, known, ORG_ID)
        """What it knows."""
        self.gateway = Gateway(lambda: clock.now() + self.stamps.skew, self.behaviour, seed)
        """What stands in front of it."""
        self.calls: Counter[str] = Counter()
        """Calls that it understood, by resource and action as in `flows.trigger`; all calls for a token."""
        self._next: list[tuple[str, Refused | httpx.Response]] = []

    @classmethod
    def preload(cls, clock: Clock, jobs: int, *, seed: int = 7, zone: tzinfo = CHINA) -> Self:
        """One with a night's worth of made-up flows: some fail because of one database that is down.

        Args:
            clock: Its time.
            jobs: How many flows.
            seed: Makes the same flows each time.
            zone: The zone of its zoneless times.
        """
        return cls(clock, make_specs(jobs, seed), zone=zone, seed=seed)

    @property
    def runs_started(self) -> Counter[str]:
        """Instances that requests made, by flow."""
        return self.service.runs_started

    @property
    def logins(self) -> int:
        """How often a token was asked for and given."""
        return self.gateway.logins

    @property
    def refreshes(self) -> int:
        """How often a token was refreshed."""
        return self.gateway.refreshes

    def change(self, **words: object) -> None:
        """Let its version do something differently from now on; the names are those of `Behaviour`."""
        for name, value in words.items():
            setattr(self.behaviour, name, value)
        self.service.rows.forget()

    def add_flow(self, spec: FlowSpec) -> None:
        """Let there be one more flow, or a changed one in the place of the one with its id."""
        self.service.add(spec)

    def set_outcome(self, flow_id: str, outcome: Outcome, duration_s: float | None = None) -> None:
        """Say what instances of a flow come to that are asked for from now on."""
        flow = self.service.flows[flow_id]
        flow.asked_outcome = outcome
        if duration_s is not None:
            flow.asked_duration_s = duration_s

    def set_skew(self, skew: timedelta) -> None:
        """Let the server's clock be fast by so much."""
        self.stamps.skew = skew
        self.service.rows.forget()

    def set_secret(self, secret: str) -> None:
        """Let the application's secret be another from now on; its token stays good."""
        self.gateway.secret = secret

    def expire_tokens(self) -> None:
        """Let every token be good for nothing from now on."""
        self.gateway.expire()

    def fail_next(self, code: int, text: str, operation: str = "") -> None:
        """Let the service refuse the next call, or the next one of an operation such as `flows.trigger`."""
        self._next.append((operation, Refused(code, text)))

    def answer_next(self, response: httpx.Response, operation: str = "") -> None:
        """Let the next call, or the next one of an operation, be answered by something else: a proxy."""
        self._next.append((operation, response))

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, with the date as all servers tell it."""
        answer = await self._answer(request)
        answer.headers.setdefault("date", format_datetime(self._clock.now() + self.stamps.skew, usegmt=True))
        return answer

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        name, operation = self._operation(request)
        failure = self._failure(name)
        if isinstance(failure, httpx.Response):
            return failure
        if not name or (operation is None and not name.startswith("token.")):
            return _refusal(404, "Not Found")
        if request.method != (operation.method if operation else "POST"):
            return _refusal(405, "Method Not Allowed")
        if request.method == "POST" and not _is_json(request):
            return _refusal(415, "Unsupported Media Type")
        try:
            if failure is not None:
                raise failure
            if operation is None:
                self.calls[name] += 1
                return _response(written(self.gateway.token(name.partition(".")[2], request.content)))
            self.gateway.admit(request)
            return await self._perform(name, operation, request)
        except GatewayRefused as refused:
            return self._gateway_refusal(refused)
        except Refused as refused:
            return _response(written(self._envelope(refused.code, refused.text, None)))

    async def _perform(self, name: str, operation: Operation, request: httpx.Request) -> httpx.Response:
        query = _query(request)
        user = _ANYBODY
        if name.partition(".")[0] not in FOR_ANYBODY:
            user = self.service.user(query.get("userId"), query.get("orgId"))
        values = read_body(request.content) if operation.method == "POST" else {}
        self.calls[name] += 1
        data = await operation.perform(Call(self.service, user, Arguments(query, values)))
        if not isinstance(data, Listing):
            return _response(written(self._envelope(0, "OK", data)))
        head = written(self._envelope(0, "OK", None)).removesuffix("null}")
        return httpx.Response(200, content=_encoded(head, data), headers={"content-type": _JSON})

    def _operation(self, request: httpx.Request) -> tuple[str, Operation | None]:
        """What a request asks for: its name, and what serves it."""
        path = request.url.path
        if path in {f"{TOKEN_PATH}get", f"{TOKEN_PATH}refresh"}:
            return f"token.{path.removeprefix(TOKEN_PATH)}", None
        base, _, resource = path.rpartition("/")
        action = _query(request).get("action", "")
        if base != self.behaviour.path or resource not in OPERATIONS:
            return "", None
        return f"{resource}.{action}", OPERATIONS[resource].get(action)

    def _failure(self, name: str) -> Refused | httpx.Response | None:
        for place, (operation, failure) in enumerate(self._next):
            if operation in {"", name}:
                del self._next[place]
                return failure
        return None

    def _gateway_refusal(self, refused: GatewayRefused) -> httpx.Response:
        body = {self.behaviour.refusal_key: int(refused.status), "msg": refused.text, "data": None}
        return _response(written(body), self.behaviour.refusal_http)

    def _envelope(self, code: int, text: str, data: object) -> dict[str, object]:
        return {self.behaviour.envelope: int(code), "msg": text, "data": data}


async def _encoded(head: str, listing: Listing) -> AsyncIterator[bytes]:
    yield head.encode()
    async for piece in listing.pieces:
        yield piece.encode()
    yield b"}"


def _query(request: httpx.Request) -> dict[str, str]:
    return dict(parse_qsl(request.url.query.decode("ascii"), keep_blank_values=True))


def _is_json(request: httpx.Request) -> bool:
    kind: str = request.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower() == "application/json"


def _refusal(status: int, text: str) -> httpx.Response:
    return _response(written({"status": status, "msg": text, "data": None}), status)


def _response(text: str, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=text.encode(), headers={"content-type": _JSON})
