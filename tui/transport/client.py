"""The HTTP client that an adapter speaks to its server with."""

from __future__ import annotations

import random
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, Unpack

import httpx

from tui.core.errors import NightdeckError, RateLimited, ServerFailed, Unauthorized
from tui.core.rehearsal import is_rehearsing, record, refuse_dry_run
from tui.transport.answer import PAGE_HINT, Answer
from tui.transport.call import Call, RequestOptions, make_call
from tui.transport.gate import Gate
from tui.transport.guard import GuardedTransport
from tui.transport.limits import MAX_LOGIN_BYTES, MAX_STREAM_BYTES
from tui.transport.login import LoginAuth
from tui.transport.network import Network
from tui.transport.origins import Origins, host_label, parse_address
from tui.transport.retry import Retries, RetryPolicy
from tui.transport.standing import Standing
from tui.transport.stream import AnswerStream
from tui.transport.traffic import Traffic, TrafficMeter
from tui.transport.verdict import error_of_change, error_of_read
from tui.transport.wire import Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping
    from types import TracebackType

    from tui.core.adapter import AdapterContext
    from tui.core.settings import ConnectionSettings

BAD_LOGIN = frozenset({400, 401, 403})
"""Statuses with which the known systems answer a wrong name or password."""


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """What an adapter may say of its client."""

    trusted: tuple[str, ...] = ()
    """Addresses of other servers that belong to the system and may have its credentials."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request."""
    keeps_cookies: bool = False
    """Whether the servers' cookies are sent back, for systems that keep a session in them."""
    judge: Callable[[Answer], NightdeckError | None] | None = None
    """Reads the system's own words from an answer that is no success; None for the usual reading."""
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    """When reads are sent again."""
    rng: random.Random | None = None
    """Spreads the waits between attempts; tests give one with a seed."""


class ApiClient:
    """Speaks to one system: reads are repeated when they fail, changes are sent once.

    Nothing that it raises, logs or returns holds an address with a query, a header or a secret.

    Args:
        address: The system's address; paths are below it.
        settings: Timeout, TLS, proxy and limits of the connection.
        context: The clock, the redactor, and in tests the network.
        auth: Says who we are.
        options: The rest.

    Raises:
        ConfigError: The address is none.
    """

    def __init__(
        self,
        address: str,
        settings: ConnectionSettings,
        context: AdapterContext,
        *,
        auth: httpx.Auth | None = None,
        options: ClientOptions | None = None,
    ) -> None:
        options = options or ClientOptions()
        base = parse_address(address)
        self._timeout_s = settings.timeout
        self._clock = context.clock
        self._auth = auth
        self._is_dry_run = context.is_dry_run
        self._judge = options.judge
        self._longest_wait_s = options.retry.longest_wait_s
        self._meter = TrafficMeter()
        self._origins = Origins(base, options.trusted)
        self._network = Network(settings, context.resolve, context.redactor, _replacement(context))
        guarded = GuardedTransport(self._network, self._meter, context)
        self._wire = Wire(
            base,
            self._origins,
            guarded,
            context.redactor,
            headers=options.headers,
            keeps_cookies=options.keeps_cookies,
        )
        self._gate = Gate(settings.max_concurrency, settings.rate_limit, context.clock)
        rng = options.rng or random.Random()  # noqa: S311 - spreads waits, guards nothing
        self._retries = Retries(options.retry, context.clock, rng, self._meter)
        self._standing = Standing()
        self.host = host_label(base)

    async def open(self) -> None:
        """Prepare for work, without speaking to the system.

        Raises:
            ConfigError: A file can't be used, or a password that belongs to one can't be had.
        """
        await self._network.open()

    async def aclose(self) -> None:
        """Close every connection."""
        if isinstance(self._auth, LoginAuth):
            await self._auth.aclose()
        await self._wire.aclose()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @property
    def traffic(self) -> Traffic:
        """What the connection has cost so far."""
        return self._meter.snapshot()

    def trust(self, address: str) -> str:
        """Let another server of the system have its credentials, such as the pod that a login names.

        Returns:
            The address without a slash at its end, to be put before a path.

        Raises:
            BadAnswer: It is no address, or it has no TLS although the client's own has.
        """
        return str(self._origins.trust(address)).rstrip("/")

    def refuse(self, error: Unauthorized) -> None:
        """Send nothing more until `reset`: the system says in its own way that the credentials are wrong."""
        self._standing.refuse(error)

    def reset(self) -> None:
        """Try the credentials again: the user has changed something."""
        self._standing.reset()
        self._wire.forget_cookies()
        if isinstance(self._auth, LoginAuth):
            self._auth.reset()

    async def read(self, path: str, *, method: str = "GET", **options: Unpack[RequestOptions]) -> Answer:
        """The answer to a request that changes nothing; sent again when it fails for a while."""
        call = make_call(method, path, options, timeout_s=self._timeout_s)
        return await self._retries.run(lambda: self._read_once(call))

    async def get_json(self, path: str, *, method: str = "GET", **options: Unpack[RequestOptions]) -> Any:
        """The JSON value that a read answers; None when the answer has no body."""
        answer = await self.read(path, method=method, **options)
        return await answer.json()

    async def get_text(self, path: str, *, method: str = "GET", **options: Unpack[RequestOptions]) -> str:
        """The text that a read answers, in whatever encoding; a web page is no text."""
        answer = await self._read_media(path, method, options)
        return answer.text

    async def get_bytes(self, path: str, *, method: str = "GET", **options: Unpack[RequestOptions]) -> bytes:
        """The bytes that a read answers, such as an archive of logs; a web page is none."""
        answer = await self._read_media(path, method, options)
        return answer.body

    @asynccontextmanager
    async def stream(
        self, path: str, *, method: str = "GET", **options: Unpack[RequestOptions]
    ) -> AsyncIterator[AnswerStream]:
        """A read whose answer comes piece by piece; it is sent again only until its answer begins."""
        call = make_call(
            method, path, options, timeout_s=self._timeout_s, media="*/*", stream_limit=MAX_STREAM_BYTES
        )
        opened = await self._retries.run(lambda: self._open_stream(call))
        try:
            yield opened
        finally:
            await opened.aclose()

    async def stream_lines(
        self, path: str, *, method: str = "GET", **options: Unpack[RequestOptions]
    ) -> AsyncIterator[bytes]:
        """The lines of an answer as they come. Close it (`contextlib.aclosing`) when you leave early."""
        async with self.stream(path, method=method, **options) as opened:
            async for line in opened.lines():
                yield line

    async def send_change(
        self,
        method: str,
        path: str,
        *,
        refusals: Collection[int] = (),
        **options: Unpack[RequestOptions],
    ) -> Answer:
        """Send a request that changes the system, once. It is never repeated but after "session expired".

        Args:
            method: The HTTP method.
            path: As for reads.
            refusals: Statuses of 500 and above with which the API documents that nothing was done.
            **options: As for reads.

        Raises:
            Unreachable: No connection could be made: nothing was sent.
            OutcomeUnknown: It was sent, and whether it was carried out can't be told.
            ActionRefused: The system said no. Unauthorized, Forbidden, NotFound and RateLimited say so, too.
            Rehearsed: It is rehearsed: the request was recorded in place of being sent.
        """
        call = make_call(method, path, options, timeout_s=self._timeout_s, is_change=True)
        if is_rehearsing():
            async with self._standing.use():
                record(self._wire.write_down(call, self._auth))
        refuse_dry_run(is_dry_run=self._is_dry_run)
        async with self._standing.use(), self._gate.slot(is_urgent=True):
            answer = await self._wire.send(call, self._auth)
            if not _is_welcome(call, answer):
                raise self._judged(answer) or error_of_change(answer, self._clock.now(), refusals)
            return answer

    async def log_in(
        self,
        path: str,
        *,
        method: str = "POST",
        bad: Collection[int] = BAD_LOGIN,
        **options: Unpack[RequestOptions],
    ) -> Answer:
        """Send a login or a refresh, once and without the client's credentials: for `LoginAuth`.

        Args:
            path: As for reads.
            method: The HTTP method.
            bad: Statuses that mean that name or password are wrong.
            **options: As for reads.

        Raises:
            Unauthorized: The system refused them.
            SystemUnavailable: The login could not be tried.
        """
        options.setdefault("limit", MAX_LOGIN_BYTES)
        call = make_call(method, path, options, timeout_s=self._timeout_s)
        self._meter.logins += 1
        answer = await self._wire.send(call, None)
        if answer.status in bad and answer.status not in call.accept:
            said = answer.excerpt
            raise Unauthorized(
                f"{answer.host} refused the login ({answer.status})" + (f": {said}" if said else ""),
                hint="check the username and the secret of this connection, then refresh",
            )
        if not _is_welcome(call, answer):
            raise error_of_read(answer, self._clock.now(), is_fixed=True)
        return answer

    async def _read_media(self, path: str, method: str, options: RequestOptions) -> Answer:
        call = make_call(method, path, options, timeout_s=self._timeout_s, media="*/*")
        answer = await self._retries.run(lambda: self._read_once(call))
        if answer.is_page:
            answer.reject("answered with a web page", hint=PAGE_HINT)
        return answer

    async def _read_once(self, call: Call) -> Answer:
        await self._wait_out_pause()
        async with self._standing.use(), self._gate.slot():
            answer = await self._wire.send(call, self._auth)
            self._check(call, answer)
            return answer

    async def _open_stream(self, call: Call) -> AnswerStream:
        await self._wait_out_pause()
        async with AsyncExitStack() as held:
            async with self._standing.use():
                await held.enter_async_context(self._gate.slot())
                response = await self._wire.open(call, self._auth)
                if not response.is_success and response.status_code not in call.accept:
                    self._check(call, await self._wire.read(call, response))
            head = self._wire.answer(call, response)
            return AnswerStream(call, head, response, held.pop_all())

    def _check(self, call: Call, answer: Answer) -> None:
        if _is_welcome(call, answer):
            return
        error = self._judged(answer) or error_of_read(answer, self._clock.now(), is_fixed=call.is_fixed)
        if isinstance(error, RateLimited | ServerFailed) and error.retry_after_s:
            self._gate.pause(error.retry_after_s)
        raise error

    def _judged(self, answer: Answer) -> NightdeckError | None:
        return self._judge(answer) if self._judge is not None else None

    async def _wait_out_pause(self) -> None:
        """Obey what another request of this connection was told: the server wants to be left alone."""
        pause_s = self._gate.pause_s
        if pause_s > self._longest_wait_s:
            raise RateLimited(
                f"{self.host} asked to be left alone",
                retry_after_s=pause_s,
                hint="it is asked again when that time is over",
            )
        if pause_s:
            await self._clock.sleep(pause_s)


def _is_welcome(call: Call, answer: Answer) -> bool:
    return 200 <= answer.status < 300 or answer.status in call.accept


def _replacement(context: AdapterContext) -> httpx.AsyncBaseTransport | None:
    transport = context.http_transport
    if transport is None or isinstance(transport, httpx.AsyncBaseTransport):
        return transport
    raise TypeError("`http_transport` is no httpx transport")
