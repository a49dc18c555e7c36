"""The gateway in front of the service: it gives tokens to applications and checks each call's signature."""

from __future__ import annotations

import hmac
import json
import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tui.simulators.enos.refusal import GatewayRefused
from tui.simulators.enos.signing import encryption, signature
from tui.simulators.enos.vocabulary import Behaviour, GatewayCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

APP_KEY = "11111111-2222-3333-4444-555555555555"
"""The access key of the one application that the gateway knows."""

APP_SECRET = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"  # noqa: S105 - opens nothing but a simulator
"""That application's secret."""

TOKEN_PATH = "/apim-token-service/v2.0/token/"  # noqa: S105 - an address
"""Where tokens are got and refreshed."""

_BUSINESS = "apim-token-service"


class Gateway:
    """Knows one application and at most one good token of it.

    Args:
        now: The server's own time.
        behaviour: What its version does.
        seed: Makes the same tokens each time.
    """

    def __init__(self, now: Callable[[], datetime], behaviour: Behaviour, seed: int) -> None:
        self.secret = APP_SECRET
        """The application's secret as it is now."""
        self.logins = 0
        """How often a token was asked for and given."""
        self.refreshes = 0
        """How often a token was refreshed."""
        self.tokens: list[str] = []
        """The next tokens; made up when there is none."""
        self._now = now
        self._behaviour = behaviour
        self._random = random.Random(seed)  # noqa: S311 - made-up tokens, no secrets
        self._token = ""
        self._expires_at = now()
        self._past: set[str] = set()
        self._used: set[str] = set()

    def expire(self) -> None:
        """Let every token be good for nothing from now on."""
        self._past.add(self._token)
        self._token = ""

    def token(self, action: str, body: bytes) -> Mapping[str, object]:
        """The answer to a request for a token.

        Args:
            action: `get` or `refresh`.
            body: What was sent.
        """
        try:
            values = self._checked(body)
            if action == "refresh":
                self._refresh(values)
            else:
                self._login()
        except GatewayRefused as refused:
            return self._envelope(refused.status, refused.text, None)
        expire = int((self._expires_at - self._now()).total_seconds())
        return self._envelope(0, "SUCCESS", {"accessToken": self._token, "expire": expire})

    def admit(self, request: httpx.Request) -> None:
        """Check a call's token, time and signature.

        Raises:
            GatewayRefused: When one of them is wrong.
        """
        token = request.headers.get("apim-accesstoken", "")
        timestamp = request.headers.get("apim-timestamp", "")
        if token != self._current():
            if token in self._past:
                raise GatewayRefused(GatewayCode.TOKEN_EXPIRED, "The access token has expired")
            raise GatewayRefused(GatewayCode.NO_TOKEN, "The access token is not valid")
        if not timestamp.isascii() or not timestamp.isdigit() or self._is_off(int(timestamp)):
            raise GatewayRefused(GatewayCode.WRONG_SIGNATURE, "The timestamp is not valid")
        query = request.url.query.decode("ascii")
        wanted = signature(token, query, request.content, timestamp, self.secret)
        given = request.headers.get("apim-signature", "")
        if not hmac.compare_digest(wanted.encode(), given.encode()):
            raise GatewayRefused(GatewayCode.WRONG_SIGNATURE, "The signature is not valid")

    def _checked(self, body: bytes) -> Mapping[str, object]:
        values = _read(body)
        key, timestamp, digest = values.get("appKey"), values.get("timestamp"), values.get("encryption")
        if any(value in (None, "") for value in (key, timestamp, digest)):
            raise GatewayRefused(GatewayCode.EMPTY_PARAMETER, "A parameter is empty")
        is_number = isinstance(timestamp, int) and not isinstance(timestamp, bool)
        if not is_number and not (isinstance(timestamp, str) and timestamp.isascii() and timestamp.isdigit()):
            raise GatewayRefused(GatewayCode.WRONG_PARAMETER, "timestamp is not valid")
        if key != APP_KEY:
            raise GatewayRefused(GatewayCode.UNKNOWN_KEY, "appKey does not exist")
        if digest != encryption(APP_KEY, str(timestamp), self.secret):
            raise GatewayRefused(GatewayCode.WRONG_ENCRYPTION, "encryption is not valid")
        if digest in self._used:
            raise GatewayRefused(GatewayCode.REUSED_ENCRYPTION, "encryption has been used before")
        self._used.add(digest)
        return values

    def _login(self) -> None:
        if not self._current():
            self._issue()
        self.logins += 1

    def _refresh(self, values: Mapping[str, object]) -> None:
        token = values.get("accessToken")
        if not isinstance(token, str) or not token:
            raise GatewayRefused(GatewayCode.EMPTY_PARAMETER, "accessToken is empty")
        if token != self._current():
            if token in self._past:
                raise GatewayRefused(GatewayCode.TOKEN_EXPIRED, "The access token has expired")
            raise GatewayRefused(GatewayCode.REFRESH_FAILED, "The access token cannot be refreshed")
        if self._behaviour.refresh_renews:
            self._past.add(token)
            self._issue()
        self._expires_at = self._now() + timedelta(seconds=self._behaviour.token_life_s)
        self.refreshes += 1

    def _current(self) -> str | None:
        """The token that is good now; None when there is none, so that an empty header never equals it."""
        if self._token and self._now() >= self._expires_at:
            self.expire()
        return self._token or None

    def _issue(self) -> None:
        self._token = (
            self.tokens.pop(0) if self.tokens else f"APP_PORTAL_S_{self._random.getrandbits(128):032x}"
        )
        self._expires_at = self._now() + timedelta(seconds=self._behaviour.token_life_s)

    def _is_off(self, timestamp: int) -> bool:
        tolerance = self._behaviour.skew_tolerance_s
        return tolerance is not None and abs(timestamp / 1000 - self._now().timestamp()) > tolerance

    def _envelope(self, status: int, text: str, data: object) -> Mapping[str, object]:
        key = "stauts" if self._behaviour.misspells_status else "status"
        return {key: int(status), "msg": text, "business": _BUSINESS, "data": data}


def _read(body: bytes) -> Mapping[str, object]:
    try:
        values = json.loads(body)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise GatewayRefused(GatewayCode.WRONG_PARAMETER, "The request is not a JSON object")
    return values
