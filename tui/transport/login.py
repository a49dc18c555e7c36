"""Logging in when it is needed: once for all who wait, before the session ends, and never in a loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from tui.core.errors import ActionRefused, BadAnswer, NightdeckError, Unauthorized
from tui.core.rehearsal import NO_SESSION
from tui.transport.failures import again
from tui.transport.limits import MAX_TOKEN_CHARS
from tui.transport.terms import terms_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
    from datetime import datetime

    from tui.core.clock import Clock
    from tui.core.redaction import Redactor

_MOST_RENEWALS = 10
"""Sessions that one request may use up. Each must have worked for another request first."""

_LEAST_AGE_S = 30.0
"""A younger session is not renewed ahead of its end, whatever it says: a clock may be wrong."""

_LONG_TOKEN = 2000
_SHORTEST_TOKEN = 16
"""Shorter words of a header, such as `Bearer`, are no secrets by themselves."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a login gave us."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Headers that prove who we are."""
    expires_at: datetime | None = None
    """When it stops working, on the adapter's clock; None when nobody knows."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What else must stay secret, such as a refresh token or a token that signs."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What else the login told, such as the address of a pod."""
    is_refreshed: bool = False
    """Whether it was got without name and password: if the system refuses it, they are still to be tried."""


NO_CREDENTIAL = Credential(headers={"Authorization": NO_SESSION}, secrets={"session": NO_SESSION})
"""What stands for a credential in a request that is only shown."""


class _Session:
    """A credential in use."""

    def __init__(self, credential: Credential, since: float) -> None:
        self.credential = credential
        self.since = since
        self.has_worked = False


def _is_401(response: httpx.Response) -> bool:
    return response.status_code == httpx.codes.UNAUTHORIZED


def _never(_: httpx.Response) -> bool:
    return False


def _put_headers(request: httpx.Request, credential: Credential) -> None:
    request.headers.update(credential.headers)


def _secrets_of(credential: Credential) -> tuple[str, ...]:
    return (*credential.headers.values(), *credential.secrets.values())


class LoginAuth(httpx.Auth):
    """Logs in and puts the session's headers on each request; renews the session when it ends.

    Args:
        log_in: Gets a credential, by a refresh if an expired one is given, else by name and password.
            It sends its requests with `ApiClient.log_in`. An Unauthorized from it is final until `reset`.
        clock: Tells when a credential is about to expire.
        redactor: Learns the session's secrets.
        margin_s: Seconds before its end at which a credential is renewed.
        apply: Puts a credential on a request, for systems that sign; by default its headers.
        is_expired: Whether an answer says that the session has ended; by default the status 401.
        reads_body: Whether `is_expired` looks at the body of an answer, which is then read whole before it
            goes on: where answers are streamed, that must be true of errors alone.
        resends_changes: Whether a change that was answered by "session expired" is sent again after a login.
            Only such an answer proves that it was not carried out; nothing else makes us send one twice.
        blank: What stands for a credential where a request is shown while no session is open.
    """

    def __init__(
        self,
        log_in: Callable[[Credential | None], Awaitable[Credential]],
        clock: Clock,
        redactor: Redactor,
        *,
        margin_s: float = 60.0,
        apply: Callable[[httpx.Request, Credential], None] = _put_headers,
        is_expired: Callable[[httpx.Response], bool] = _is_401,
        reads_body: Callable[[httpx.Response], bool] = _never,
        resends_changes: bool = True,
        blank: Credential = NO_CREDENTIAL,
    ) -> None:
        self._log_in = log_in
        self._clock = clock
        self._redactor = redactor
        self._margin_s = margin_s
        self._apply = apply
        self._is_expired = is_expired
        self._reads_body = reads_body
        self._resends_changes = resends_changes
        self._blank = blank
        self._session: _Session | None = None
        self._expired: Credential | None = None
        self._flight: asyncio.Task[_Session] | None = None
        self._refusal: Unauthorized | None = None

    async def credential(self) -> Credential:
        """The credential in use, after a login if need be: for adapters that need a fact of it beforehand."""
        return (await self._current()).credential

    def dress(self, request: httpx.Request) -> Mapping[str, str]:
        """Put the open session on a request that is shown and not sent; nothing is asked for it.

        Returns:
            What must be kept secret of it, by name.

        Raises:
            Unauthorized: The credentials were refused.
        """
        if self._refusal is not None:
            raise again(self._refusal)
        credential = self._session.credential if self._session is not None else self._blank
        self._apply(request, credential)
        return credential.secrets

    def reset(self) -> None:
        """Forget the session and a refusal: the user has changed something, so the next request logs in."""
        self._session = None
        self._expired = None
        self._refusal = None

    async def aclose(self) -> None:
        """Give up a login that is under way."""
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.gather(self._flight, return_exceptions=True)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request in a session, and once more in a new one when that has expired."""
        await request.aread()
        for _ in range(_MOST_RENEWALS):
            session = await self._current()
            self._apply(request, session.credential)
            response = yield request
            if self._reads_body(response):
                await response.aread()
            if not self._is_expired(response):
                session.has_worked = True
                return
            # Read to its end, so that its connection is free for the login.
            await response.aread()
            self._give_up(session)
            self._check_resending(request)
        raise Unauthorized(
            f"{request.url.host} ends every session at once",
            hint="somebody else may be using the account; wait, then refresh",
        )

    async def _current(self) -> _Session:
        if self._refusal is not None:
            raise again(self._refusal)
        session = self._session
        if session is None:
            return await self._renewed()
        if not self._is_due(session):
            return session
        self._expired = session.credential
        try:
            return await self._renewed()
        except Unauthorized:
            raise
        except NightdeckError:
            if self._is_over(session.credential):
                raise
        # The login service is away, but the session still works for a while.
        return session

    async def _renewed(self) -> _Session:
        """The session of the login under way, which is begun by whoever comes first."""
        if self._flight is None:
            self._flight = asyncio.get_running_loop().create_task(self._new_session())
            self._flight.add_done_callback(self._landed)
        flight = self._flight
        try:
            # Whoever began it may be cancelled; the others still want it.
            return await asyncio.shield(flight)
        except NightdeckError as error:
            problem = again(error)
        raise problem

    def _landed(self, flight: asyncio.Task[_Session]) -> None:
        self._flight = None
        if flight.cancelled():
            return
        error = flight.exception()
        if isinstance(error, Unauthorized):
            self._refusal = again(error)

    async def _new_session(self) -> _Session:
        credential = await self._log_in(self._expired)
        length = max(map(len, _secrets_of(credential)), default=0)
        if length > MAX_TOKEN_CHARS:
            raise BadAnswer(
                f"the login gave a token of {length:,} characters",
                hint="no server takes one of that size: check the address of the login",
            )
        if length > _LONG_TOKEN:
            # What it looks like in all its spellings takes a while to work out.
            await asyncio.to_thread(self._learn, credential)
        else:
            self._learn(credential)
        self._session = _Session(credential, self._clock.monotonic())
        return self._session

    def _learn(self, credential: Credential) -> None:
        for value in _secrets_of(credential):
            self._redactor.add_passing(value)
            for word in value.split():
                if len(word) >= _SHORTEST_TOKEN:
                    self._redactor.add_passing(word)

    def _give_up(self, session: _Session) -> None:
        if session is not self._session:
            return
        if not session.has_worked and not session.credential.is_refreshed:
            self._refusal = Unauthorized(
                "the login succeeds, but the system refuses the session that it gives",
                hint="check that the account may use the API, then refresh",
            )
            raise again(self._refusal)
        self._expired = session.credential if session.has_worked else None
        self._session = None

    def _check_resending(self, request: httpx.Request) -> None:
        terms = terms_of(request)
        if terms is not None and terms.is_change and not self._resends_changes:
            raise ActionRefused(
                "the session had expired, so the change was not made",
                hint="do it again: the login is renewed",
            )

    def _is_due(self, session: _Session) -> bool:
        end = session.credential.expires_at
        if end is None or self._clock.monotonic() - session.since < _LEAST_AGE_S:
            return False
        return (end - self._clock.now()).total_seconds() <= self._margin_s

    def _is_over(self, credential: Credential) -> bool:
        return credential.expires_at is not None and credential.expires_at <= self._clock.now()
