"""An adapter in front of its simulator, in memory or over a socket: what harnesses of HTTP systems share."""

from __future__ import annotations

import inspect
import re
import traceback
from abc import abstractmethod
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import httpx

from tests.adapters.contract import Harness
from tests.support.clock import START, FakeClock
from tests.support.context import InstantClock, make_context
from tests.support.faults import Fault, FaultyServer
from tests.support.scripted import DictMemory
from tui.core.capabilities import ChecksJobs
from tui.core.disguises import disguises_of
from tui.core.redaction import Redactor

if TYPE_CHECKING:
    from types import TracebackType

    from tui.core.adapter import Adapter
    from tui.core.keys import JobKey
    from tui.core.models import Job

IN_MEMORY = "https://system.example.com"
"""Where a system is that is not served on a socket."""

ODD = "SNOOZING"
"""A state that no system has."""

LOOK_EVERY = 4
"""Moments between two looks at a run that is to end."""

MOST_LOOKS = 400
"""A run that goes on for longer never ends."""

_disguises_of = lru_cache(maxsize=None)(disguises_of)
_QUERY = re.compile(r"://\S*\?")
_STANDARD_ALPHABET = str.maketrans("-_", "+/")


class SimulatedSystem(Protocol):
    """What stands for a system, as `httpx.MockTransport` and `FaultyServer` take it."""

    @property
    def runs_started(self) -> Counter[str]:
        """Runs that requests made, by job id."""
        ...

    def __call__(self, request: httpx.Request, /) -> httpx.Response | Coroutine[Any, Any, httpx.Response]:
        """Answer a request."""
        ...


async def finish_with_few_looks(harness: Harness, job: JobKey) -> Job:
    """Run a job that ends by itself, to its end, where each look costs something."""
    started = await harness.start(job)
    for _ in range(MOST_LOOKS):
        seen = await harness.see(job)
        if seen.run_id == started.run_id and not seen.state.is_active:
            return seen
        for _ in range(LOOK_EVERY):
            await harness.pass_time()
    raise AssertionError(f"it never ended: {seen}")


class HttpHarness(Harness):
    """One simulated system, and an opened adapter in front of it.

    Args:
        uses_socket: Serve it on the loopback interface, where faults can be injected.
        clock: The time of both sides; one that passes by sleeping when nothing else is said.
        zone: The zone of the server's zoneless times.
        start: The time at the beginning.
        jobs: So many made-up jobs, instead of the samples.
        **settings: Keys of the connection's table, beside those of `table`.
    """

    connection: ClassVar[str]
    """The connection's name, which the samples bear as well."""
    adapter_type: ClassVar[type[Adapter]]
    """The adapter's class."""
    has_session: ClassVar[bool] = False
    """Whether a login opens a session; else every request carries the credentials."""
    has_plain_logs: ClassVar[bool] = False
    """Whether a log is the whole body of an answer, so that any text in it may be one."""
    tells_repeated_hour: ClassVar[bool] = True
    """Whether times in the second of two equal hours can be told from those in the first."""
    parameters: ClassVar[tuple[str, ...]] = ()
    """Names of parameters that a trigger of the idle sample takes, with any text as their values."""
    varying_headers: ClassVar[frozenset[str]] = frozenset()
    """Headers whose values are others in each request, such as a time and a signature; in lower case."""
    configured: ClassVar[frozenset[str]] = frozenset()
    """Ids of jobs that the config names: they are listed whatever the system has."""
    odd_states: ClassVar[Mapping[str, str]]
    """Patterns in the bodies of answers, with what makes the states in them `ODD`."""

    def __init__(
        self,
        *,
        uses_socket: bool = False,
        clock: FakeClock | None = None,
        zone: str = "UTC",
        start: datetime = START,
        jobs: int = 0,
        **settings: Any,
    ) -> None:
        self.clock = clock or InstantClock()
        self.clock.jump((start - self.clock.now()).total_seconds())
        self.zone = zone
        self.jobs = jobs
        self.settings = settings
        self.redactor = Redactor()
        self.memory = DictMemory()
        self.changes_made = 0
        """Requests for a change that reached the system."""
        self.is_dry_run = False
        """Whether the adapters that are opened from now on may change nothing."""
        self.is_odd = False
        """Whether the system tells of states that nobody has listed."""
        self.simulator = self.make_simulator()
        self.server = FaultyServer(self._answer) if uses_socket else None
        self._in_memory: list[httpx.Request] = []
        self._stack = AsyncExitStack()

    # What a system's harness says.

    @abstractmethod
    def make_simulator(self) -> SimulatedSystem:
        """The system: the samples, or as many jobs as `jobs` says, on this clock and in this zone."""

    @abstractmethod
    def table(self, base: str) -> Mapping[str, Any]:
        """The connection's table for a system at this address."""

    @property
    @abstractmethod
    def secrets(self) -> Sequence[str]:
        """What may be nowhere: the password, and the tokens that were given out so far."""

    @abstractmethod
    def is_change(self, request: httpx.Request) -> bool:
        """Whether a request changes the system."""

    @abstractmethod
    def spoil_credentials(self) -> None:
        """Let the system refuse the name or the password from now on, and end every session."""

    def expire_session(self) -> None:
        """Let the system forget every session; only where there are sessions."""
        raise NotImplementedError

    def is_login(self, request: httpx.Request) -> bool:
        """Whether a request shows the credentials, be it to log in or to renew a session."""
        return True

    def requests_for_sweep(self, jobs: int) -> int:
        """How many requests a listing of so many jobs costs, without logins."""
        return 1

    # What the tests use.

    async def __aenter__(self) -> Self:
        if self.server is not None:
            await self._stack.enter_async_context(self.server)
        self.adapter = await self.reopen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def reopen(self) -> Adapter:
        """What a later nightdeck would have: the same memory, and nothing else."""
        transport = None if self.server is not None else httpx.MockTransport(self._receive)
        context = make_context(clock=self.clock, redactor=self.redactor, transport=transport)
        base = self.server.url if self.server is not None else IN_MEMORY
        table = {"timezone": self.zone, **self.table(base), **self.settings}
        settings = self.adapter_type.Settings.model_validate(table)
        lent = replace(context, memory=self.memory, is_dry_run=self.is_dry_run)
        adapter = self.adapter_type(self.connection, settings, lent)
        await adapter.open()
        self._stack.push_async_callback(adapter.aclose)
        return adapter

    async def pass_time(self) -> None:
        """A second passes on both sides."""
        if isinstance(self.clock, InstantClock):
            await self.clock.sleep(1)
        else:
            await self.clock.advance(1)

    def runs_made(self, job: JobKey) -> int:
        """What the simulator counts."""
        return self.simulator.runs_started[job.id]

    @property
    def requests(self) -> Sequence[httpx.Request]:
        """Every request that arrived, spoiled or not."""
        return self._in_memory if self.server is None else self.server.requests

    def is_work(self, request: httpx.Request) -> bool:
        """Whether a request does more than open a session."""
        return not (self.has_session and self.is_login(request))

    def work(self) -> int:
        """How many requests did more than open a session."""
        return sum(map(self.is_work, self.requests))

    def logins_made(self) -> int:
        """How many requests showed the credentials."""
        return sum(map(self.is_login, self.requests))

    def changes_sent(self) -> int:
        """How many requests for a change arrived, spoiled or not."""
        return sum(map(self.is_change, self.requests))

    @property
    def line(self) -> FaultyServer:
        """The server on the socket."""
        assert self.server is not None, "there is no socket in memory"
        return self.server

    def spoil(self, fault: Fault, *, at: int = 0) -> None:
        """Let one exchange fail: the first from now on that is no login, or one so many later."""
        left = at

        def is_due(request: httpx.Request) -> bool:
            nonlocal left
            left -= self.is_work(request)
            return left < 0 and self.is_work(request)

        self.line.inject(fault, when=is_due)

    async def see(self, job: JobKey, adapter: Adapter | None = None) -> Job:
        """The job as a sweep tells of it, or the system when it is asked for that job alone."""
        adapter = adapter or self.adapter
        listed = await super().see(job, adapter)
        return await adapter.get_job(job) if isinstance(adapter, ChecksJobs) else listed

    async def finish(self, job: JobKey) -> Job:
        """Run a job that ends by itself, to its end; over a socket each look at it counts."""
        return await finish_with_few_looks(self, job)

    async def sweep(self, adapter: Adapter | None = None) -> dict[str, Job]:
        """Every job, without the time at which it was looked at."""
        adapter = adapter or self.adapter
        listed = [job async for page in adapter.list_jobs() for job in page]
        if isinstance(adapter, ChecksJobs):
            listed = [await adapter.get_job(job.key) for job in listed]
        return {job.id: replace(job, observed_at=START) for job in listed}

    def assert_discreet(self, *texts: object) -> None:
        """No secret and no address with a query is in any of these errors and lines of a log."""
        for text in map(_told, texts):
            assert not _QUERY.search(text), f"an address with a query is told: {text}"
        self.assert_no_secret(*texts)

    def assert_no_secret(self, *values: object) -> None:
        """No secret, in whatever form, is in any of these values."""
        for text in map(_told, values):
            standard = text.translate(_STANDARD_ALPHABET)
            for secret in self.secrets:
                disguises = _disguises_of(secret)
                assert not disguises.pattern.search(text), f"{secret!r} is told: {text}"
                assert not any(core in standard for core in disguises.cores), f"{secret!r} is told: {text}"

    async def _receive(self, request: httpx.Request) -> httpx.Response:
        self._in_memory.append(request)
        return await self._answer(request)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        self.changes_made += self.is_change(request)
        answer = self.simulator(request)
        response = await answer if inspect.isawaitable(answer) else answer
        return await _rewritten(response, self.odd_states) if self.is_odd else response


async def _rewritten(response: httpx.Response, patterns: Mapping[str, str]) -> httpx.Response:
    text = (await response.aread()).decode()
    for pattern, words in patterns.items():
        text = re.sub(pattern, words, text)
    headers = [(name, value) for name, value in response.headers.multi_items() if name != "content-length"]
    return httpx.Response(response.status_code, headers=headers, content=text.encode())


def _told(text: object) -> str:
    """Everything that a value may tell to whoever prints it; of an error, also what it came from."""
    if isinstance(text, BaseException):
        return f"{text}\n{text!r}\n{''.join(traceback.format_exception(text))}"
    return text if isinstance(text, str) else repr(text)
