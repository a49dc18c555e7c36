"""Stands between httpx and the network: bounds, unpacks, counts and logs every answer."""

from __future__ import annotations

import asyncio
import logging
import zlib
from typing import TYPE_CHECKING, Any

import httpx

from tui.core.turns import next_turn
from tui.transport.handshake import note_line
from tui.transport.inflation import unpacker_for
from tui.transport.limits import HEAD_PATIENCE, MAX_COOKIES, MAX_ERROR_BYTES, MAX_PIECES_AT_ONCE
from tui.transport.terms import Terms, terms_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tui.core.adapter import AdapterContext
    from tui.transport.inflation import Unpacker
    from tui.transport.network import Network
    from tui.transport.traffic import TrafficMeter

log = logging.getLogger("nightdeck.transport")

_FIRST_ERROR = 400
_LOCATION = "nightdeck_location"
_PACKED_GROWTH = 100
_PACKED_EXTRA_BYTES = 65_536
"""What can't be made smaller grows by packing, by less than a hundredth and a little."""
_SENDING = "send_request_headers.started"
_LOST_ON_THE_WAY = (
    httpx.RemoteProtocolError,
    httpx.ReadError,
    httpx.WriteError,
    httpx.CloseError,
    httpx.ReadTimeout,
    httpx.WriteTimeout,
)
_REWRITTEN = {b"content-encoding", b"content-length"}


class AnswerTooLarge(httpx.DecodingError):
    """The answer went over its limit and was cut."""


class AnswerSpoiled(httpx.DecodingError):
    """The answer's compression is broken or one that was not asked for."""


class AnswerCutOff(httpx.RemoteProtocolError):
    """The compressed answer ended before its end."""


class BodyStalled(httpx.ReadTimeout):
    """The body kept coming, but too slowly."""


class GuardedTransport(httpx.AsyncBaseTransport):
    """Carries requests of one connection.

    Args:
        network: What it sends them on.
        meter: Counts them.
        context: Its clock measures the round trips, its redactor masks what is logged, and its line gets
            to know how they travelled.
    """

    def __init__(self, network: Network, meter: TrafficMeter, context: AdapterContext) -> None:
        self._network = network
        self._meter = meter
        self._clock = context.clock
        self._redactor = context.redactor
        self._line = context.line

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the answer's body is unpacked and bounded while it is read."""
        terms = terms_of(request) or Terms(timeout_s=30.0, body_s=30.0)
        self._meter.requests += 1
        self._meter.bytes_sent += int(request.headers.get("content-length", 0))
        started = self._clock.monotonic()
        response = await self._head(request, terms)
        self._meter.round_trip_s = self._clock.monotonic() - started
        note_line(self._line, request.url, response)
        if log.isEnabledFor(logging.DEBUG):
            place = self._redactor.mask(str(request.url.copy_with(query=None, fragment=None)))
            seconds = self._meter.round_trip_s
            log.debug("%s %s: %d after %.0f ms", request.method, place, response.status_code, seconds * 1000)
        unpacker = unpacker_for(response.headers.get("content-encoding", ""))
        if unpacker is None:
            await response.aclose()
            raise AnswerSpoiled("an unknown compression")
        return _guarded(response, unpacker, terms, self._meter)

    async def aclose(self) -> None:
        """Close every socket."""
        await self._network.aclose()

    async def _head(self, request: httpx.Request, terms: Terms) -> httpx.Response:
        transport = self._network.transport_for(request.url, is_change=terms.is_change)
        is_watched = self._network.is_real and (terms.is_change or self._network.has_proxy(request.url))
        is_begun = not is_watched

        async def note(event: str, details: dict[str, Any]) -> None:
            nonlocal is_begun
            is_begun = is_begun or (event.endswith(_SENDING) and not _is_of_tunnel(details))

        if is_watched:
            request.extensions = {**request.extensions, "trace": note}
        try:
            async with asyncio.timeout(terms.timeout_s * HEAD_PATIENCE) as deadline:
                return await transport.handle_async_request(request)
        except TimeoutError:
            if not deadline.expired():
                raise
        except _LOST_ON_THE_WAY:
            if is_begun:
                raise
            # What was said so far was said to a proxy, to have a tunnel dug: nothing of ours has left.
            raise httpx.ProxyError("no tunnel") from None
        # Without the events nobody can tell whether a change has left: then it counts as sent.
        if is_begun or not terms.is_change:
            raise httpx.ReadTimeout("no head in time")
        raise httpx.ConnectTimeout("no connection in time")


def _is_of_tunnel(details: dict[str, Any]) -> bool:
    return getattr(details.get("request"), "method", b"") == b"CONNECT"


class GuardedStream(httpx.AsyncByteStream):
    """The body of an answer, unpacked and bounded."""

    def __init__(
        self,
        stream: httpx.AsyncByteStream,
        unpacker: Unpacker,
        terms: Terms,
        meter: TrafficMeter,
        *,
        is_error: bool,
    ) -> None:
        self._stream = stream
        self._unpacker = unpacker
        self._limit = min(terms.limit, MAX_ERROR_BYTES) if is_error else terms.limit
        self._body_s = terms.body_s
        self._meter = meter
        self._is_error = is_error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._limit
        # What unpacks to nothing would never reach the limit, and never end.
        left_on_the_line = self._limit + self._limit // _PACKED_GROWTH + _PACKED_EXTRA_BYTES
        loop = asyncio.get_running_loop()
        due = loop.time() + self._body_s if self._body_s is not None else None
        async for chunk in self._stream:
            self._meter.bytes_received += len(chunk)
            left_on_the_line -= len(chunk)
            if left_on_the_line < 0:
                raise AnswerTooLarge(f"more than {self._limit} bytes")
            async for piece in self._unpacked(chunk):
                if len(piece) > left:
                    if not self._is_error:
                        raise AnswerTooLarge(f"more than {self._limit} bytes")
                    yield piece[:left]
                    return
                left -= len(piece)
                yield piece
            if due is not None and loop.time() > due:
                raise BodyStalled("the body came too slowly")
        if not self._unpacker.is_complete and not self._is_error:
            raise AnswerCutOff("the compressed body has no end")

    async def aclose(self) -> None:
        """Give the socket back, or close it when the body was not read to its end."""
        await self._stream.aclose()

    async def _unpacked(self, chunk: bytes) -> AsyncIterator[bytes]:
        try:
            for count, piece in enumerate(self._unpacker.feed(chunk), 1):
                yield piece
                if count % MAX_PIECES_AT_ONCE == 0:
                    await next_turn()
        except zlib.error:
            pass
        else:
            return
        raise AnswerSpoiled("broken compression")


def _guarded(
    response: httpx.Response, unpacker: Unpacker, terms: Terms, meter: TrafficMeter
) -> httpx.Response:
    is_packed = "content-encoding" in response.headers
    # httpx would make the next request of a redirect at once, and fail at an address that is none as if
    # nothing had been sent. So it gets to see none.
    location = response.headers.get("location")
    stream = response.stream
    if not isinstance(stream, httpx.AsyncByteStream):
        raise TypeError("a transport gave an answer that can't be read asynchronously")
    return httpx.Response(
        response.status_code,
        headers=_taken_over(response.headers.raw, is_packed=is_packed),
        stream=GuardedStream(stream, unpacker, terms, meter, is_error=response.status_code >= _FIRST_ERROR),
        extensions={**response.extensions, **({_LOCATION: location} if location is not None else {})},
    )


def _taken_over(headers: Sequence[tuple[bytes, bytes]], *, is_packed: bool) -> list[tuple[bytes, bytes]]:
    """The headers that httpx gets to see; reading thousands of cookies would take it half a second."""
    cookies = 0
    found = []
    for name, value in headers:
        lowered = name.lower()
        cookies += lowered == b"set-cookie"
        is_one_too_many = lowered == b"set-cookie" and cookies > MAX_COOKIES + 1
        is_rewritten = is_packed and lowered in _REWRITTEN
        if lowered != b"location" and not is_rewritten and not is_one_too_many:
            found.append((name, value))
    return found


def location_of(response: httpx.Response) -> str | None:
    """Where a redirect leads, as the server wrote it; None where it doesn't say."""
    location = response.extensions.get(_LOCATION)
    return location if isinstance(location, str) else None
