"""Sending one request and reading one answer: redirects, cookies and failures are dealt with here."""

from __future__ import annotations

from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

import httpx

from tui import __version__
from tui.core.errors import BadAnswer, NightdeckError, ServerFailed, TimedOut, Unreachable
from tui.transport.answer import Answer
from tui.transport.chatter import silence_libraries
from tui.transport.failures import FAILURES, answered, translated
from tui.transport.guard import location_of
from tui.transport.inflation import ENCODINGS
from tui.transport.limits import MAX_COOKIES, MAX_REDIRECTS
from tui.transport.origins import Origins, destination, host_label, is_upgrade, join
from tui.transport.proof import written_down

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.core.redaction import Redactor
    from tui.core.rehearsal import RehearsedRequest
    from tui.transport.call import Call
    from tui.transport.guard import GuardedTransport

_FOLLOWED = {301, 302, 303, 307, 308}
_KEEPS_METHOD = {307, 308}

_SHORTEST_SESSION = 12
"""Characters from which the value of a cookie may be a session."""

_MOST_SESSIONS = 8
"""Cookies of one client that are masked: a server with ever new ones must not drive out others' secrets."""


class Wire:
    """Speaks HTTP for one connection.

    Args:
        base: The address of the system.
        origins: The servers that may be spoken to.
        transport: What carries the requests.
        redactor: Masks what is quoted.
        headers: Sent with every request.
        keeps_cookies: Whether the servers' cookies are sent back.
    """

    def __init__(
        self,
        base: httpx.URL,
        origins: Origins,
        transport: GuardedTransport,
        redactor: Redactor,
        *,
        headers: Mapping[str, str],
        keeps_cookies: bool,
    ) -> None:
        self._base = base
        self._origins = origins
        self._redactor = redactor
        silence_libraries()
        policy = DefaultCookiePolicy() if keeps_cookies else DefaultCookiePolicy(allowed_domains=[])
        self._sessions: set[str] = set()
        self._http = httpx.AsyncClient(
            transport=transport,
            cookies=CookieJar(policy),
            headers={"User-Agent": f"nightdeck/{__version__}", "Accept-Encoding": ENCODINGS, **headers},
            follow_redirects=False,
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Close every socket."""
        await self._http.aclose()

    def forget_cookies(self) -> None:
        """Send none of the cookies again that were set so far."""
        self._http.cookies.clear()
        self._sessions.clear()

    def _learn_cookies(self) -> None:
        """Mask the sessions that are kept in cookies."""
        for cookie in self._http.cookies.jar:
            value = cookie.value or ""
            is_room = len(self._sessions) < _MOST_SESSIONS
            if is_room and len(value) >= _SHORTEST_SESSION and value not in self._sessions:
                self._sessions.add(value)
                self._redactor.add_passing(value)

    async def send(self, call: Call, auth: httpx.Auth | None) -> Answer:
        """Send a request and read the whole answer, whatever its status. Raises NightdeckError."""
        response = await self.open(call, auth)
        return await self.read(call, response)

    async def open(self, call: Call, auth: httpx.Auth | None) -> httpx.Response:
        """Send a request and read the head of the answer; the body is still to be read, and to be closed."""
        request = self._request(call)
        if self._http.is_closed:
            raise Unreachable(
                f"the connection to {host_label(request.url)} was closed meanwhile; nothing was sent",
                hint="it is opened anew by itself: try again",
            )
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._exchange(call, request, auth)
            if response.status_code not in _FOLLOWED - call.accept or call.is_change:
                return response
            await response.aclose()
            request = self._redirected(call, request, response)
        raise BadAnswer(
            f"{host_label(request.url)} sends us in circles", hint="check the `url` of this connection"
        )

    def write_down(self, call: Call, auth: httpx.Auth | None) -> RehearsedRequest:
        """The request exactly as it would be sent, but not sent. Raises NightdeckError."""
        return written_down(self._request(call), auth)

    async def read(self, call: Call, response: httpx.Response) -> Answer:
        """Read the body of an open answer. Raises NightdeckError."""
        host = host_label(response.url)
        try:
            body = await answered(response.aread(), host, call.timeout_s, is_change=call.is_change)
        finally:
            await response.aclose()
        return self.answer(call, response, body)

    def answer(self, call: Call, response: httpx.Response, body: bytes = b"") -> Answer:
        """An answer in our own terms."""
        return Answer(
            host=host_label(response.url),
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body,
            redactor=self._redactor,
            is_change=call.is_change,
        )

    async def _exchange(self, call: Call, request: httpx.Request, auth: httpx.Auth | None) -> httpx.Response:
        host = host_label(request.url)
        work = self._http.send(request, auth=auth, stream=True)
        try:
            response = await answered(work, host, call.timeout_s, is_change=call.is_change)
        except (TimedOut, BadAnswer, ServerFailed) as error:
            if not call.is_change:
                raise
            # A change's own failures are other errors: this is one of the login before it.
            problem: NightdeckError = Unreachable(
                f"{error.message}; the change was not sent", hint=error.hint
            )
        else:
            self._learn_cookies()
            if len(self._http.cookies.jar) > MAX_COOKIES:
                self._http.cookies.clear()
            return response
        raise problem

    def _request(self, call: Call) -> httpx.Request:
        return self._build(call, call.method, self._address(call), call.content, params=call.params)

    def _build(
        self,
        call: Call,
        method: str,
        url: httpx.URL,
        content: bytes | None,
        *,
        params: tuple[tuple[str, str], ...] = (),
    ) -> httpx.Request:
        try:
            return self._http.build_request(
                method,
                url,
                # Even an empty mapping would take the query of the address away.
                params=params or None,
                headers=dict(call.headers),
                content=content,
                timeout=httpx.Timeout(call.timeout_s),
                extensions=call.terms.extensions(),
            )
        except FAILURES as error:
            problem = translated(error, host_label(url), call.timeout_s, is_change=call.is_change)
        raise problem

    def _address(self, call: Call) -> httpx.URL:
        address = call.path if "://" in call.path.partition("?")[0] else join(self._base, call.path)
        try:
            url = httpx.URL(address)
        except httpx.InvalidURL:
            url = httpx.URL("")
        if not self._origins.is_trusted(url):
            raise BadAnswer(
                f"{host_label(self._base)} points to an address that may not have its credentials",
                hint="ask the system's administrator which servers belong to it",
            )
        return url

    def _redirected(self, call: Call, request: httpx.Request, response: httpx.Response) -> httpx.Request:
        """The request that a redirect of a read asks for. Raises BadAnswer when it leaves the server."""
        here = request.url
        there = destination(here, location_of(response))
        if there is None:
            raise BadAnswer(
                f"{host_label(here)} sends us to no address", hint="check the `url` of this connection"
            )
        if not (self._origins.is_trusted(there) or is_upgrade(here, there)):
            raise BadAnswer(
                f"{host_label(here)} sends us to {host_label(there)}, which may not have the credentials",
                hint="if the system lives there now, change `url`; else a login page stands before it",
            )
        keeps = response.status_code in _KEEPS_METHOD or call.method in {"GET", "HEAD"}
        return self._build(call, call.method if keeps else "GET", there, call.content if keeps else None)
