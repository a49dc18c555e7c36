"""The simple ways to say who we are: Basic, a ready token, and headers computed for each request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from tui.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping


def header_value(text: str) -> str:
    """A secret as it may stand in a header. Raises ConfigError, without repeating the secret."""
    value = text.strip()
    if value and value.isascii() and value.isprintable():
        return value
    raise ConfigError(
        "a token is empty or holds a character that no HTTP header can carry",
        hint="look for a line break or a letter with an accent in the secret of this connection",
    )


class BasicAuth(httpx.BasicAuth):
    """HTTP Basic with a name and a password."""


class TokenAuth(httpx.Auth):
    """A ready token in a header.

    Args:
        token: The token itself.
        header: The header that carries it.
        scheme: What stands before the token; empty for nothing.
    """

    def __init__(self, token: str, *, header: str = "Authorization", scheme: str = "Bearer") -> None:
        self._header = header
        self._value = f"{scheme} {header_value(token)}".strip()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Put the token on the request."""
        request.headers[self._header] = self._value
        yield request


class SignedAuth(httpx.Auth):
    """Headers that are computed for each request anew, such as a signature over its address and body.

    Args:
        sign: Computes the headers. It sees the request as it is sent: `request.url` with its decoded
            `params`, and `request.content`, the exact bytes of the body. It is called again for each attempt.
    """

    requires_request_body = True

    def __init__(self, sign: Callable[[httpx.Request], Mapping[str, str]]) -> None:
        self._sign = sign

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Put the computed headers on the request."""
        request.headers.update(self._sign(request))
        yield request
