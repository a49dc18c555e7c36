"""The digests of the API gateway: SHA-256 over texts put one after the other, in lower-case hex.

Source: the vendor's pages "Get Access Token" and "Invoking API with Access Token". The digest printed in the
vendor's own example does not come out of the inputs beside it; the tests hold three that do.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import httpx

    from tui.core.clock import Clock

TOKEN_HEADER = "apim-accesstoken"  # noqa: S105 - the name of a header
TIMESTAMP_HEADER = "apim-timestamp"
SIGNATURE_HEADER = "apim-signature"

_REMEMBERED = 4096
"""Timestamps that are not used again; so many requests never share a few milliseconds."""


class Timestamps:
    """Epoch milliseconds of which none comes twice, for the gateway takes no digest twice."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used: OrderedDict[int, None] = OrderedDict()

    def next(self, ahead_ms: int = 0) -> int:
        """The time now, or so much later, or the first moment after it that was not used yet."""
        stamp = now_ms(self._clock) + ahead_ms
        while stamp in self._used:
            stamp += 1
        self._used[stamp] = None
        if len(self._used) > _REMEMBERED:
            self._used.popitem(last=False)
        return stamp


def now_ms(clock: Clock) -> int:
    """The time in milliseconds since 1970."""
    return int(clock.now().timestamp() * 1000)


def encryption(app_key: str, timestamp: int, app_secret: str) -> str:
    """The proof in a request for a token."""
    return _digest(f"{app_key}{timestamp}{app_secret}".encode())


def params_text(pairs: Iterable[tuple[str, str]]) -> str:
    """The query as it is signed: names in ASCII order, each followed by its decoded value."""
    return "".join(name + value for name, value in sorted(pairs))


def signature(token: str, params: str, body: bytes, timestamp: int, app_secret: str) -> str:
    """The signature of one request: the digest of all that it is of.

    Args:
        token: The access token.
        params: What `params_text` says.
        body: The bytes of the body, exactly as they are sent.
        timestamp: Epoch milliseconds; the header beside it says the same.
        app_secret: The application's secret key.
    """
    return _digest(_signed(token, params, body, timestamp, app_secret))


def signed_headers(request: httpx.Request, token: str, timestamp: int, app_secret: str) -> Mapping[str, str]:
    """The headers of a request that is otherwise ready to be sent."""
    params = params_text(request.url.params.multi_items())
    return {
        TOKEN_HEADER: token,
        TIMESTAMP_HEADER: str(timestamp),
        SIGNATURE_HEADER: signature(token, params, request.content, timestamp, app_secret),
    }


def signed_text(request: httpx.Request, token: str, timestamp: int, app_secret: str) -> bytes:
    """What the signature of a request is the digest of; it holds the secrets."""
    params = params_text(request.url.params.multi_items())
    return _signed(token, params, request.content, timestamp, app_secret)


def _signed(token: str, params: str, body: bytes, timestamp: int, app_secret: str) -> bytes:
    return token.encode() + params.encode() + body + f"{timestamp}{app_secret}".encode()


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
