"""The access token: asked for once for all who wait, refreshed before its end, replaced when refused."""

from __future__ import annotations

import random
from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tui.adapters.enos.codes import DIGEST_USED, EXPIRED, OK, SIGNATURE_FAILED, code_of, error_of
from tui.adapters.enos.envelope import refusal_in, said_in
from tui.adapters.enos.signing import (
    SIGNATURE_HEADER,
    TOKEN_HEADER,
    Timestamps,
    encryption,
    signed_headers,
    signed_text,
)
from tui.adapters.enos.skew import clock_error
from tui.adapters.enos.wire import text_of, whole
from tui.core.errors import BadAnswer, NightdeckError, Unauthorized
from tui.core.rehearsal import NO_SESSION, is_rehearsing
from tui.transport.login import Credential, LoginAuth
from tui.transport.proof import note_signed

if TYPE_CHECKING:
    import httpx

    from tui.core.adapter import AdapterContext
    from tui.transport.answer import Answer
    from tui.transport.client import ApiClient

GET_TOKEN = "apim-token-service/v2.0/token/get"  # noqa: S105 - a path
REFRESH_TOKEN = "apim-token-service/v2.0/token/refresh"  # noqa: S105 - a path

MARGIN_S = 300.0
"""Seconds before its end at which a token is refreshed."""

_LIFE_S = 7200
"""Seconds that a token lives when the answer doesn't say; documented as what `expire` starts at."""

_TOKEN = "accessToken"  # noqa: S105 - the name of a member
_TOLD = frozenset({400, 401, 403, 404, 500, 503})
"""Statuses whose body may hold the token service's own code."""
_NO_LOGIN = frozenset({400, 401, 403})
_RENEWED = "nightdeck.enos.renewed"
_UNAUTHORIZED = 401
_MORE_TRIES = 4
"""So often a request for a token is made anew because its digest was used by somebody else."""
_SPREAD_MS = 1000
"""Milliseconds over which these are spread: within every tolerance that there may be."""
_MOST_WORKED = 8
"""Tokens that are known to have worked; requests under way may still bear one of the last few."""


class TokenSource:
    """Gets tokens, and signs requests with them.

    Args:
        app_key: The application's access key.
        app_secret: Its secret key; no request holds it.
        context: The clock and the redactor.
    """

    def __init__(self, app_key: str, app_secret: str, context: AdapterContext) -> None:
        self._app_key = app_key
        self._app_secret = app_secret
        self._clock = context.clock
        self._redactor = context.redactor
        self._timestamps = Timestamps(context.clock)
        self._random = random.Random()  # noqa: S311 - spreads requests, guards nothing
        self._client: ApiClient | None = None
        self._worked: OrderedDict[str, None] = OrderedDict()
        self.auth = LoginAuth(
            self._log_in,
            context.clock,
            context.redactor,
            margin_s=MARGIN_S,
            apply=self._sign,
            is_expired=self._is_expired,
            reads_body=lambda _: True,
            blank=Credential(secrets={_TOKEN: NO_SESSION}),
        )
        """Puts a token and a signature on each request."""

    def use(self, client: ApiClient) -> None:
        """Ask for tokens with this client."""
        self._client = client

    async def _log_in(self, expired: Credential | None) -> Credential:
        """A token. One that is about to end is refreshed; one that was refused is not worth it."""
        refreshed = await self._refreshed(expired) if expired is not None else None
        if refreshed is not None:
            return refreshed
        found = await self._ask(GET_TOKEN)
        # Asked again before its end, the service answers the same token, which may have seconds left.
        return await self._refreshed(found) or found

    async def _refreshed(self, credential: Credential) -> Credential | None:
        """What a token that is about to end is refreshed to; None where that makes no sense or fails."""
        end = credential.expires_at
        left_s = (end - self._clock.now()).total_seconds() if end is not None else 0.0
        if not 0 < left_s <= MARGIN_S:
            return None
        try:
            return await self._ask(REFRESH_TOKEN, credential.secrets[_TOKEN])
        except NightdeckError:
            # Whatever it is, asking for a token anew tells more.
            return None

    async def _ask(self, path: str, token: str = "") -> Credential:
        code, said, data = await self._answered(path, token)
        for _ in range(_MORE_TRIES):
            if code != DIGEST_USED:
                break
            # Another program with the same key had the same millisecond; it may come out of step as well.
            code, said, data = await self._answered(path, token, ahead_ms=self._random.randrange(_SPREAD_MS))
        found = text_of(data.get(_TOKEN))
        if not found and code != OK:
            raise error_of(code, said, names_id=False)
        if not found:
            raise BadAnswer("EnOS sent no access token", hint="check the `url` of this connection")
        if token:
            # The one before it did, so another one may help if this one is refused.
            self._note_worked(found)
        life_s = whole(data.get("expire"))
        return Credential(
            expires_at=self._clock.now() + timedelta(seconds=_LIFE_S if life_s is None else life_s),
            secrets={_TOKEN: found},
            is_refreshed=bool(token),
        )

    async def _answered(self, path: str, token: str, ahead_ms: int = 0) -> tuple[int, str, dict[str, Any]]:
        if self._client is None:
            raise Unauthorized("no client asks for tokens yet")
        timestamp = self._timestamps.next(ahead_ms)
        body: dict[str, Any] = {
            "appKey": self._app_key,
            "timestamp": timestamp,
            "encryption": encryption(self._app_key, timestamp, self._app_secret),
        }
        if token:
            body[_TOKEN] = token
        answer = await self._client.log_in(path, json=body, accept=_TOLD)
        return await self._read(answer)

    async def _read(self, answer: Answer) -> tuple[int, str, dict[str, Any]]:
        """The code, the words and the data of an answer."""
        is_envelope = answer.body.lstrip().startswith(b"{")
        content = await answer.json() if is_envelope or answer.status not in _TOLD else None
        envelope = content if isinstance(content, dict) else {}
        code = code_of(envelope)
        if code is None and answer.status in _TOLD:
            code = 401 if answer.status in _NO_LOGIN else answer.status
        data = envelope.get("data")
        return code or OK, said_in(envelope, self._redactor), data if isinstance(data, dict) else {}

    def _sign(self, request: httpx.Request, credential: Credential) -> None:
        token, timestamp = credential.secrets[_TOKEN], self._timestamps.next()
        request.headers.update(signed_headers(request, token, timestamp, self._app_secret))
        if is_rehearsing():
            text = signed_text(request, token, timestamp, self._app_secret)
            note_signed(request, {SIGNATURE_HEADER: text.decode()})

    def _is_expired(self, response: httpx.Response) -> bool:
        """Whether a new token may help, by the status or the body; once for each request.

        Raises:
            Unauthorized: It can't: this token never worked, or is the second one, or something else is wrong.
            ClockDiffers: It can't, because of our clock.
        """
        request = response.request
        token = request.headers.get(TOKEN_HEADER, "")
        refused = self._refusal_in(response)
        error = error_of(*refused) if refused is not None else None
        if not isinstance(error, Unauthorized):
            self._note_worked(token)
            return False
        if refused is not None and refused[0] == SIGNATURE_FAILED:
            off = clock_error(response, self._clock.now())
            if off is not None:
                raise off
        if refused is None or refused[0] not in EXPIRED or token not in self._worked:
            raise error
        if _RENEWED in request.extensions:
            raise error
        request.extensions[_RENEWED] = True
        return True

    def _refusal_in(self, response: httpx.Response) -> tuple[int, str] | None:
        told = refusal_in(response.content, self._redactor)
        if told is None and response.status_code == _UNAUTHORIZED:
            return _UNAUTHORIZED, ""
        return told

    def _note_worked(self, token: str) -> None:
        self._worked[token] = None
        if len(self._worked) > _MOST_WORKED:
            self._worked.popitem(last=False)
