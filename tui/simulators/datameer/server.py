"""The server as a callable: what `httpx.MockTransport` or a loopback server asks for answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, tzinfo
from email.utils import format_datetime
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, unquote

from tui.simulators.datameer.answer import Call, Failed, Rejected, object_answer, page_answer
from tui.simulators.datameer.estate import make_specs
from tui.simulators.datameer.installation import Installation
from tui.simulators.datameer.operations import find
from tui.simulators.datameer.pages import login_page
from tui.simulators.datameer.sessions import Sessions
from tui.simulators.datameer.vocabulary import Behaviour, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx

    from tui.core.clock import Clock
    from tui.simulators.datameer.job import JobSpec
    from tui.simulators.datameer.run import JobRun

USER = "ops@example.com"
"""Who may do everything."""

PASSWORD = "quiet-night-42"  # noqa: S105 - opens nothing but a simulator
"""That user's password, until the simulator is told otherwise."""

_NEEDING_BASIC = frozenset({"rest", "api", "browser"})


class DatameerSimulator:
    """A Datameer server that answers at once.

    Args:
        clock: Its time; runs go on with it and with nothing else.
        specs: Its jobs; one that waits for another comes after it.
        behaviour: What its version does.
        zone: The zone of its zoneless times.
        seed: Makes the same ids of sessions each time.
    """

    def __init__(
        self,
        clock: Clock,
        specs: Iterable[JobSpec] = (),
        *,
        behaviour: Behaviour | None = None,
        zone: tzinfo = UTC,
        seed: int = 7,
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        """What its version does; `change` changes it."""
        self.sessions = Sessions(USER, PASSWORD, seed)
        """Who may ask."""
        self.installation = Installation(clock, self.behaviour, specs, self.sessions, zone)
        """What it knows."""
        self.calls: Counter[str] = Counter()
        """Calls that it understood, by operation."""
        self._next: list[tuple[str, httpx.Response]] = []

    @classmethod
    def preload(cls, clock: Clock, jobs: int, *, seed: int = 7, zone: tzinfo = UTC) -> Self:
        """One with a night's worth of made-up jobs: some fail because of one database that is down.

        Args:
            clock: Its time.
            jobs: How many jobs.
            seed: Makes the same jobs each time.
            zone: The zone of its zoneless times.
        """
        return cls(clock, make_specs(jobs, seed), zone=zone, seed=seed)

    @property
    def runs_started(self) -> Counter[str]:
        """Runs that requests made, by configuration-id."""
        return self.installation.runs_started

    @property
    def deleted(self) -> set[str]:
        """Configuration-ids of the jobs that requests deleted."""
        return self.installation.deleted

    def change(self, **words: object) -> None:
        """Let its version do something differently from now on; the names are those of `Behaviour`."""
        for name, value in words.items():
            setattr(self.behaviour, name, value)
        self.installation.rows.forget()

    def add_job(self, spec: JobSpec) -> None:
        """Let there be one more job, or a changed one in the place of the one with its id."""
        self.installation.add(spec)

    def set_outcome(
        self, configuration_id: int | str, outcome: Outcome, duration_s: float | None = None
    ) -> None:
        """Say how the runs of a job end that are asked for from now on."""
        job = self.installation.jobs[int(configuration_id)]
        seconds = job.spec.duration_s if duration_s is None else duration_s
        job.spec = replace(job.spec, outcome=outcome, duration_s=seconds)

    def set_password(self, password: str) -> None:
        """Let the old password be wrong from now on."""
        self.sessions.password = password

    def begin(self, configuration_id: int | str) -> JobRun:
        """Begin a run that no request asks for."""
        return self.installation.start(self.installation.jobs[int(configuration_id)])

    def answer_next(self, response: httpx.Response, *, to: str = "") -> None:
        """Let the next call be answered by something else: a proxy, a server in trouble.

        Args:
            response: The answer.
            to: Only a call of this operation; empty for any.
        """
        self._next.append((to, response))

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        try:
            answer = self._spoilt("") or self._perform(request)
        except Failed as failed:
            answer = self._failure(request, failed)
        except Rejected as rejected:
            answer = page_answer(rejected.code, rejected.text)
        answer.headers.setdefault("date", format_datetime(self.installation.now(), usegmt=True))
        return answer

    def _spoilt(self, operation: str) -> httpx.Response | None:
        for index, (to, response) in enumerate(self._next):
            if to == operation:
                del self._next[index]
                return response
        return None

    def _perform(self, request: httpx.Request) -> httpx.Response:
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        segments = [unquote(segment) for segment in path.split("/")[1:]]
        if segments[0] in _NEEDING_BASIC and not self.sessions.admits(request):
            return _unauthorised()
        operation, values = find(request.method, segments, has_v2=self.behaviour.has_v2)
        if operation.is_page and not self._is_logged_in(request):
            return login_page(self.behaviour.login_code)
        if request.content:
            raise Rejected(400, "Bad Request")
        self.calls[operation.name] += 1
        return self._spoilt(operation.name) or operation.perform(
            self.installation, Call(values, dict(parse_qsl(query)))
        )

    def _is_logged_in(self, request: httpx.Request) -> bool:
        if self.sessions.knows(request):
            return True
        return not self.behaviour.needs_session and self.sessions.admits(request)

    def _failure(self, request: httpx.Request, failed: Failed) -> httpx.Response:
        is_v2 = request.url.path.startswith("/api/")
        key = "reason" if is_v2 else self.behaviour.failure_key
        return object_answer({"status": "failure", key: failed.reason}, self.behaviour.failure_code)


def _unauthorised() -> httpx.Response:
    answer = page_answer(401, "Unauthorized")
    answer.headers["www-authenticate"] = 'Basic realm="Datameer"'
    return answer
