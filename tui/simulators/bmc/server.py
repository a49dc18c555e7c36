"""Portal and backend as a callable: what `httpx.MockTransport` or a loopback server asks for answers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Self

import httpx

from tui.simulators.bmc.answers import (
    JSON,
    Refused,
    check_accept,
    check_content_type,
    check_method,
    read_object,
    write,
)
from tui.simulators.bmc.backend import Backend
from tui.simulators.bmc.estate import make_specs
from tui.simulators.bmc.portal import Portal, User
from tui.simulators.bmc.vocabulary import Behaviour

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tui.core.clock import Clock
    from tui.simulators.bmc.etl import EtlSpec

ACCESS_KEY = "AK7EXAMPLE0000000000000000000"
"""The key of a user who may do everything, unless the simulator is told otherwise."""

ACCESS_SECRET_KEY = "quiet-night-42"  # noqa: S105 - opens nothing but a simulator
"""That key's secret."""

_LOGIN = "/ims/api/v1/access_keys/login"
_REFRESH = "/ims/api/v1/auth/tokens"
_ETLS = "/opt/api/v1/backend/etls"
_PROPERTIES = "run_execution_properties"


class BmcSimulator:
    """A BMC Helix Continuous Optimization, with its portal, that answers at once.

    Args:
        clock: Its time; runs go on and tokens run out with it and with nothing else.
        specs: Its ETLs.
        behaviour: What no page tells.
        users: Who may log in, by access key.
        seed: Makes the same tokens each time.
    """

    def __init__(
        self,
        clock: Clock,
        specs: Iterable[EtlSpec] = (),
        *,
        behaviour: Behaviour | None = None,
        users: Mapping[str, User] | None = None,
        seed: int = 7,
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        """What no page tells; `change` changes it."""
        self.backend = Backend(clock, self.behaviour, specs)
        """The ETLs."""
        self.portal = Portal(clock, self.behaviour, users or {ACCESS_KEY: User(ACCESS_SECRET_KEY)}, seed)
        """The users and their tokens."""
        self.calls: Counter[str] = Counter()
        """Calls of users who may make them, by operation: list, status, run, schedule, stop, kill."""
        self._next: list[tuple[httpx.Response, Callable[[httpx.Request], bool]]] = []

    @classmethod
    def preload(cls, clock: Clock, jobs: int, *, seed: int = 7) -> Self:
        """One with a night's worth of made-up ETLs: some fail because of one database that is down.

        Args:
            clock: Its time.
            jobs: How many ETLs.
            seed: Makes the same ETLs each time.
        """
        return cls(clock, make_specs(jobs, seed, clock.now()), seed=seed)

    @property
    def runs_started(self) -> Counter[str]:
        """Runs that requests made, by `etl_id`."""
        return self.backend.runs_started

    @property
    def logins(self) -> int:
        """Logins that succeeded; `portal.refused` counts the others."""
        return self.portal.granted["login"]

    @property
    def refreshes(self) -> int:
        """Refreshes that succeeded; `portal.refused` counts the others."""
        return self.portal.granted["refresh"]

    def change(self, **words: object) -> None:
        """Let something be done differently from now on; the names are those of `Behaviour`."""
        for name, value in words.items():
            setattr(self.behaviour, name, value)

    def set_outcome(self, etl_id: str, exit_code: str, duration_s: float | None = None) -> None:
        """Say how the runs of an ETL end that are asked for from now on."""
        self.backend.set_outcome(etl_id, exit_code, duration_s)

    def set_status(self, etl_id: str, members: Mapping[str, object] | None, code: int = 200) -> None:
        """Let an ETL's status be answered by just these members, whatever goes on; None undoes it."""
        if members is None:
            self.backend.said.pop(etl_id, None)
        else:
            self.backend.said[etl_id] = (code, write(members))

    def set_secret(self, secret: str, access_key: str = ACCESS_KEY) -> None:
        """Let a key's old secret be wrong from now on; tokens that were given stay valid."""
        self.portal.set_secret(access_key, secret)

    def expire_tokens(self) -> None:
        """Let no JSON web token serve any more that was given until now; refresh tokens do."""
        self.portal.expire()

    def revoke_refresh(self) -> None:
        """Let no token of either kind serve any more that was given until now."""
        self.portal.revoke()

    def answer_next(
        self, response: httpx.Response, when: Callable[[httpx.Request], bool] = lambda _: True
    ) -> None:
        """Let the next call, or the next that fits, be answered by something else, such as a proxy."""
        self._next.append((response, when))

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        for index, (response, fits) in enumerate(self._next):
            if fits(request):
                del self._next[index]
                return response
        path, host, words = request.url.path, request.url.host, self.behaviour
        if path.startswith(words.portal_path + "/ims/") and host == (words.portal_host or host):
            part, shape = self._portal, words.login_errors
        elif (path == _ETLS or path.startswith(_ETLS + "/")) and host == (words.host or host):
            part, shape = self._etls, words.api_errors
        else:
            return httpx.Response(404, html="<html><head><title>404 Not Found</title></head></html>")
        try:
            check_accept(request)
            if words.demands_content_type:
                check_content_type(request)
            return part(request, path)
        except Refused as refused:
            return refused.response(shape)

    def _portal(self, request: httpx.Request, path: str) -> httpx.Response:
        endpoints = {_LOGIN: self.portal.login, _REFRESH: self.portal.refresh}
        endpoint = endpoints.get(path.removeprefix(self.behaviour.portal_path))
        if endpoint is None:
            raise Refused(404, "Not Found")
        check_method(request, "POST")
        return _respond(write(endpoint(read_object(request))))

    def _etls(self, request: httpx.Request, path: str) -> httpx.Response:
        user = self.portal.user(request.headers.get("authorization", ""))
        rest = path.removeprefix(_ETLS)
        if rest == "":
            return httpx.Response(307, headers={"location": str(request.url.copy_with(path=_ETLS + "/"))})
        if rest == "/":
            self._admit(request, user, "list")
            return httpx.Response(200, content=self.backend.rows(), headers={"content-type": JSON})
        _, etl_id, *tail = rest.split("/")
        operation = self._operation("/".join(tail))
        self._admit(request, user, operation)
        if operation == "status":
            code, body = self.backend.status(etl_id)
            return _respond(body, code)
        return self._act(request, operation, etl_id)

    def _operation(self, word: str) -> str:
        if word in {"status", "run", "schedule", "stop"}:
            return word
        if word and word == self.behaviour.kill_path:
            return "kill"
        raise Refused(404, "Not Found")

    def _admit(self, request: httpx.Request, user: User, operation: str) -> None:
        is_read = operation in {"list", "status"}
        check_method(request, "GET" if is_read else "POST")
        if not (user.can_read if is_read else user.can_write):
            raise Refused(403, "Forbidden")
        self.calls[operation] += 1

    def _act(self, request: httpx.Request, operation: str, etl_id: str) -> httpx.Response:
        takes_properties = operation in {"run", "schedule"}
        is_bare = not request.content and not (takes_properties and self.behaviour.demands_body)
        body = {} if is_bare else read_object(request)
        properties = body.pop(_PROPERTIES, {}) if takes_properties else {}
        if body or not isinstance(properties, dict):
            raise Refused(400, f"The body may only hold an object {_PROPERTIES}")
        if operation == "run":
            return _respond(write(self.backend.run(etl_id, properties)))
        if operation == "schedule":
            return _respond(write(self.backend.schedule(etl_id)))
        if operation == "kill":
            return _respond(write(self.backend.kill(etl_id)))
        answer = self.backend.stop(etl_id)
        return _respond(write(answer)) if self.behaviour.stop_has_body else _respond("", 204)


def _respond(body: str, code: int = 200) -> httpx.Response:
    headers = {"content-type": JSON} if body else None
    return httpx.Response(code, content=body.encode(), headers=headers)
