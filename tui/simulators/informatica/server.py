"""The platform as a callable: what `httpx.MockTransport` or a loopback server asks for answers."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import httpx

from tui.simulators.informatica import activity, codetasks, definitions, jobs, logins, objects, taskflows
from tui.simulators.informatica.call import Call, Operation
from tui.simulators.informatica.estate import make_specs
from tui.simulators.informatica.org import Org
from tui.simulators.informatica.refusal import Refused, not_found, refusal
from tui.simulators.informatica.vocabulary import Behaviour, Family, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tui.core.clock import Clock
    from tui.simulators.informatica.catalogue import Spec

USER = "ops@example.com"
"""Who may do everything, unless the simulator is told otherwise."""

PASSWORD = "quiet-night-42"  # noqa: S105 - opens nothing but a simulator
"""That user's password."""

_OPERATIONS = (
    *logins.OPERATIONS,
    *definitions.OPERATIONS,
    *objects.OPERATIONS,
    *jobs.OPERATIONS,
    *activity.OPERATIONS,
    *taskflows.OPERATIONS,
    *codetasks.OPERATIONS,
)
_OPEN = {Family.LOGIN, Family.V2_LOGIN}
_HEADERS = {
    Family.V2: ("icSessionId",),
    Family.V3: ("INFA-SESSION-ID",),
    Family.TASKFLOWS: ("INFA-SESSION-ID",),
    Family.CODE_TASKS: ("IDS-SESSION-ID",),
}
_START_HEADERS = ("INFA-SESSION-ID", "IDS-SESSION-ID")


class InformaticaSimulator:
    """A cloud of Informatica with one org in it, which answers at once.

    Args:
        clock: Its time; runs go on with it and with nothing else.
        specs: Its assets.
        behaviour: What it does differently.
        seed: Makes the same ids each time.
    """

    def __init__(
        self,
        clock: Clock,
        specs: Iterable[Spec] = (),
        *,
        behaviour: Behaviour | None = None,
        seed: int = 7,
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        """What it does differently; `change` changes it."""
        self.org = Org(clock, self.behaviour, specs, {USER: PASSWORD}, seed)
        """What it knows."""
        self.calls: Counter[str] = Counter()
        """Calls that it understood and admitted, by operation."""
        self.logins: Counter[str] = Counter()
        """Logins that were tried, by kind: v3, v2 or identity."""
        self._next: list[Refused | httpx.Response] = []

    @classmethod
    def preload(cls, clock: Clock, jobs: int, *, seed: int = 7) -> Self:
        """One with a night's worth of made-up assets: some fail because of one database that is down.

        Args:
            clock: Its time.
            jobs: How many assets.
            seed: Makes the same assets each time.
        """
        return cls(clock, make_specs(jobs, seed), seed=seed)

    @property
    def runs_started(self) -> Counter[str]:
        """Runs that requests made, by the asset's id."""
        return self.org.runs_started

    @property
    def code_tasks(self) -> Sequence[str]:
        """The ids of the code tasks, which no call lists."""
        return list(self.org.catalogue.code_tasks)

    @property
    def taskflows(self) -> Sequence[str]:
        """The names by which the taskflows are started."""
        return [taskflow.spec.api_name for taskflow in self.org.catalogue.taskflows.values()]

    def change(self, **words: object) -> None:
        """Let it do something differently from now on; the names are those of `Behaviour`."""
        for name, value in words.items():
            setattr(self.behaviour, name, value)
        self.org.rows.forget()

    def add(self, spec: Spec) -> None:
        """Let there be one more asset, or another in the place of the one with its id."""
        self.org.add(spec)

    def set_outcome(self, asset_id: str, outcome: Outcome, duration_s: float | None = None) -> None:
        """Say how the runs of an asset end that are asked for from now on."""
        catalogue = self.org.catalogue
        asset = (
            catalogue.tasks.get(asset_id)
            or catalogue.taskflows.get(asset_id)
            or catalogue.code_tasks[asset_id]
        )
        seconds = asset.spec.duration_s if duration_s is None else duration_s
        asset.spec = replace(asset.spec, outcome=outcome, duration_s=seconds)

    def set_password(self, password: str, user: str = USER) -> None:
        """Let a user have that password from now on; sessions go on."""
        self.org.sessions.passwords[user] = password
        self.org.sessions.unlock(user)

    def expire_sessions(self) -> None:
        """Let every session that was handed out be invalid from now on."""
        self.org.sessions.expire()

    def fail_next(self, status: int, code: str | None, text: str) -> None:
        """Let the next call that finds its operation fail."""
        self._next.append(Refused(status, code, text))

    def answer_next(self, response: httpx.Response) -> None:
        """Let the next call be answered by something else: a proxy, a gateway in trouble."""
        self._next.append(response)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        spoilt = self._next.pop(0) if self._next else None
        if isinstance(spoilt, httpx.Response):
            return spoilt
        known = [
            (operation, found.groupdict())
            for operation in (*_OPERATIONS, *codetasks.cancelling(self.org))
            if (found := operation.path.fullmatch(request.url.path)) is not None
        ]
        if not known or not self._is_here(known[0][0], request):
            return not_found()
        fitting = next((one for one in known if one[0].method == request.method), None)
        if fitting is None:
            return refusal(known[0][0].family, Refused(405, None, "Method not supported."))
        operation, parts = fitting
        if spoilt is not None:
            return refusal(operation.family, spoilt)
        try:
            user, token = self._admit(operation, request)
            return await operation.perform(Call(self.org, request, parts, user, token))
        except Refused as refused:
            return refusal(operation.family, refused)

    def _is_here(self, operation: Operation, request: httpx.Request) -> bool:
        """Whether the host that was asked has it: logins are everywhere, the rest is on the pod."""
        if operation.name in logins.LOGINS or not self.behaviour.pod_url:
            return True
        return httpx.URL(self.behaviour.pod_url).netloc == request.url.netloc

    def _admit(self, operation: Operation, request: httpx.Request) -> tuple[str, str]:
        """Who asks, and the session."""
        if operation.name in logins.LOGINS:
            self.logins[operation.name.removesuffix(".login")] += 1
        user, token = ("", "") if operation.family in _OPEN else self._session(operation, request)
        self.calls[operation.name] += 1
        return user, token

    def _session(self, operation: Operation, request: httpx.Request) -> tuple[str, str]:
        names = _START_HEADERS if operation.name == "taskflow" else _HEADERS[operation.family]
        for name in names:
            token = request.headers.get(name, "")
            user = self.org.sessions.user_of(token)
            if user is not None:
                return user, token
        if operation.family is Family.TASKFLOWS:
            name, password = _basic(request.headers.get("authorization", ""))
            if name and self.org.sessions.knows(name, password):
                return name, ""
        raise Refused(401, "AUTH_01", "The session id is missing, invalid or expired.")


def _basic(header: str) -> tuple[str, str]:
    """The user and the password of a header; both empty when there is none."""
    scheme, _, coded = header.partition(" ")
    if scheme != "Basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeError):
        return "", ""
    return user, password
