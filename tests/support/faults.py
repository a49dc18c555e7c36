"""A loopback server that lets a simulator answer, and fails in the ways in which real systems fail."""

from __future__ import annotations

import asyncio
import gzip
import inspect
import socket
import struct
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Self

import h11
import httpx

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

Simulator = (
    Callable[[httpx.Request], httpx.Response]
    | Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]
)
"""What stands for a system: the same callable that `httpx.MockTransport` takes."""

LOGIN_PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form></form></body></html>"
"""What proxies and expired sessions put where an answer should be."""

BOMB_BYTES = 200 * 1024 * 1024
"""Zeros in the answer of `Fault.BOMB`."""

RAW = "raw"
"""Extension of an answer: bytes that are written as they are, without a head of ours, before the end."""

_READ = 65_536


class Fault(StrEnum):
    """How an exchange fails."""

    RESET = "reset"
    """The connection is reset; the system has not seen the request."""
    CLOSED = "closed"
    """The connection is closed without an answer; the system has not seen the request."""
    HANG = "hang"
    """No answer ever comes; the system has not seen the request."""
    LOST = "lost"
    """The system does what was asked, then the connection is reset: the answer is lost."""
    LOST_IN_SILENCE = "lost in silence"
    """The system does what was asked, and no answer ever comes."""
    SLOW_BODY = "slow body"
    """The answer begins, and its second half never comes."""
    DRIP = "drip"
    """The answer's body comes byte by byte, for ever."""
    SLOW_HEAD = "slow head"
    """The answer's head comes byte by byte, for ever; the system has seen the request."""
    TRUNCATED = "truncated"
    """The connection ends in the middle of the answer."""
    NOT_HTTP = "not http"
    """What answers speaks something else."""
    GARBAGE = "garbage"
    """A success whose body is no JSON."""
    HTML = "html"
    """A success with a login page as the body."""
    BUSY = "429"
    """Too many requests, with a Retry-After."""
    FAILED = "500"
    """The server failed; the system has not seen the request."""
    UNAVAILABLE = "503"
    """The server is away for a moment; the system has not seen the request."""
    FAILED_AFTER = "502 after"
    """The system does what was asked, then a gateway says that it failed."""
    EXPIRED = "401"
    """The session has expired."""
    BOMB = "bomb"
    """A few kB that unpack to a great deal."""


@dataclass
class Plan:
    """A fault that waits for its requests."""

    fault: Fault
    times: int | None = 1
    """How many more exchanges fail like this; None for all of them."""
    when: Callable[[httpx.Request], bool] = field(default=lambda _: True)


_STATUSES = {
    Fault.FAILED: httpx.Response(500, json={"message": "java.lang.NullPointerException"}),
    Fault.UNAVAILABLE: httpx.Response(503, text="upstream is restarting"),
    Fault.FAILED_AFTER: httpx.Response(502, html="<html><title>502 Bad Gateway</title></html>"),
    Fault.EXPIRED: httpx.Response(401, json={"error": {"code": "AUTH_01", "message": "session expired"}}),
    Fault.HTML: httpx.Response(200, html=LOGIN_PAGE.decode()),
    Fault.GARBAGE: httpx.Response(
        200, content=b'{"jobs": [\x00\xff', headers={"content-type": "application/json"}
    ),
}
_CALLS_SYSTEM = {
    Fault.LOST,
    Fault.LOST_IN_SILENCE,
    Fault.SLOW_BODY,
    Fault.DRIP,
    Fault.SLOW_HEAD,
    Fault.TRUNCATED,
    Fault.FAILED_AFTER,
}
_WAITING = {Fault.HANG, Fault.LOST_IN_SILENCE, Fault.SLOW_BODY}


class FaultyServer:
    """Serves a simulator over real sockets on the loopback interface.

    Args:
        system: Answers the requests that no fault spoils.
        tls: Speaks TLS with this context; None for plain HTTP.
    """

    def __init__(self, system: Simulator, *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[httpx.Request] = []
        """Every request that arrived, spoiled or not."""
        self.connections = 0
        """Connections that were opened to it."""
        self.retry_after = "1"
        """The header of `Fault.BUSY`."""
        self._system = system
        self._tls = tls
        self._plans: list[Plan] = []
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._port = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    def inject(
        self, fault: Fault, *, times: int | None = 1, when: Callable[[httpx.Request], bool] = lambda _: True
    ) -> None:
        """Let the next exchanges fail, or the next ones that fit."""
        self._plans.append(Plan(fault, times, when))

    def heal(self) -> None:
        """Forget every fault."""
        self._plans.clear()

    async def listen(self) -> None:
        """Take connections, on the same port as before."""
        # Whoever is dropped gets no time for a farewell: asyncio would wait 30 s for theirs.
        farewell_s = 0.1 if self._tls else None
        self._server = await asyncio.start_server(
            self._connected, "127.0.0.1", self._port, ssl=self._tls, ssl_shutdown_timeout=farewell_s
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections and drop those that are open, as a system does that goes down."""
        if self._server is not None:
            self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()
            self._server = None

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, h11.RemoteProtocolError):
                while await self._exchange(h11.Connection(h11.SERVER), reader, writer):
                    pass
        finally:
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _exchange(
        self, http: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Serve one request; whether another one may follow on the connection."""
        request = await _received(http, reader, self.url)
        if request is None:
            return False
        self.requests.append(request)
        fault = self._fault_for(request)
        if fault is None:
            found = await self._answer(request)
            if RAW in found.extensions:
                await _write(writer, found.extensions[RAW])
                return False
            await _send(writer, found, request.method)
            return True
        answer = await self._answer(request) if fault in _CALLS_SYSTEM else httpx.Response(200)
        await self._fail(fault, answer, writer)
        if fault in _WAITING:
            # Until the client gives up, so that a long test doesn't gather dead connections.
            await reader.read()
        return False

    def _fault_for(self, request: httpx.Request) -> Fault | None:
        for plan in self._plans:
            if plan.times != 0 and plan.when(request):
                if plan.times is not None:
                    plan.times -= 1
                return plan.fault
        return None

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = self._system(request)
        return await answer if inspect.isawaitable(answer) else answer

    async def _fail(self, fault: Fault, answer: httpx.Response, writer: asyncio.StreamWriter) -> None:
        if fault in _STATUSES:
            await _send(writer, _STATUSES[fault], "GET")
        elif fault is Fault.BUSY:
            await _send(writer, httpx.Response(429, headers={"retry-after": self.retry_after}), "GET")
        elif fault is Fault.BOMB:
            await _write(writer, (_head(200, [("content-encoding", "gzip")]), *_bomb()))
        elif fault is Fault.NOT_HTTP:
            await _write(writer, (b"SSH-2.0-OpenSSH_9.2\r\n\r\n",))
        elif fault is Fault.SLOW_HEAD:
            await _drip(writer, b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x")
        elif fault in {Fault.RESET, Fault.LOST}:
            _reset(writer)
        elif fault not in {Fault.CLOSED, Fault.HANG, Fault.LOST_IN_SILENCE}:
            await _spoil_body(fault, answer, writer)


async def _spoil_body(fault: Fault, answer: httpx.Response, writer: asyncio.StreamWriter) -> None:
    body = await answer.aread() or b"{}"
    length = 10**9 if fault is Fault.DRIP else len(body)
    head = _head(answer.status_code, [("content-length", str(length)), ("content-type", "application/json")])
    await _write(writer, (head, body[: len(body) // 2]))
    if fault is Fault.DRIP:
        await _drip(writer, b"", b" ")


async def _drip(writer: asyncio.StreamWriter, start: bytes, drop: bytes) -> None:
    await _write(writer, (start,))
    while True:
        await _write(writer, (drop,))
        await asyncio.sleep(0.005)


async def _received(http: h11.Connection, reader: asyncio.StreamReader, base: str) -> httpx.Request | None:
    head: h11.Request | None = None
    body = b""
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(_READ))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            url = _address(base, head.target.decode("ascii"))
            return httpx.Request(head.method.decode("ascii"), url, headers=list(head.headers), content=body)
        else:
            return None


def _address(base: str, target: str) -> str:
    """Where a request goes; a proxy is told a whole address, or a host and a port."""
    if "://" in target:
        return target
    return base + target if target.startswith("/") else f"{base}/{target}"


async def _send(writer: asyncio.StreamWriter, answer: httpx.Response, method: str) -> None:
    pieces: list[bytes] = []
    if isinstance(answer.stream, httpx.AsyncByteStream):
        pieces = [piece async for piece in answer.stream]
    skipped = {"content-length", "transfer-encoding"}
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in skipped]
    if answer.status_code not in {204, 304}:
        headers.append(("content-length", str(sum(map(len, pieces)))))
    body = pieces if method != "HEAD" and answer.status_code not in {204, 304} else []
    await _write(writer, (_head(answer.status_code, headers), *body))


def _head(status: int, headers: Iterable[tuple[str, str]]) -> bytes:
    lines = [f"HTTP/1.1 {status} x", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def _write(writer: asyncio.StreamWriter, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        writer.write(piece)
        await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _bomb() -> Iterable[bytes]:
    # Members of one archive may follow each other: the same MB of zeros, over and over.
    member = gzip.compress(bytes(1024 * 1024))
    return (member for _ in range(BOMB_BYTES // (1024 * 1024)))
