"""Logging in: a name and a password are worth a token for a day, at `/auth/token`."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from tui.adapters.airflow.refusals import UNUSUAL
from tui.core.errors import BadAnswer
from tui.transport.auth import header_value
from tui.transport.login import Credential

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui.core.errors import NightdeckError
    from tui.transport.client import ApiClient

LOGIN = "auth/token"
"""Where a token is asked for; the same for Airflow's own users and those of the FAB auth manager."""

_NO_SUCH_PATH = frozenset({404, 405})
_MOST_CLAIMS = 8000


class Login:
    """Gets tokens.

    Args:
        username: Who we are.
        password: The password.
        explain: Says what a server without such a login is.
    """

    def __init__(
        self, username: str, password: str, explain: Callable[[], Awaitable[NightdeckError]]
    ) -> None:
        self._body = {"username": username, "password": password}
        self._explain = explain

    async def log_in(self, client: ApiClient) -> Credential:
        """A token, by one request. How long it lives is not told: a 401 will say that it has ended.

        Raises:
            Unauthorized: Name or password are wrong.
            SystemUnavailable: The login could not be tried, or its answer makes no sense.
        """
        answer = await client.log_in(LOGIN, json=self._body, accept=_NO_SUCH_PATH)
        if answer.status in _NO_SUCH_PATH:
            raise await self._explain()
        value = await answer.json()
        token = value.get("access_token") if isinstance(value, dict) else None
        if not isinstance(token, str) or not token:
            raise BadAnswer(f"{answer.host} answered the login without a token", hint=UNUSUAL)
        token = header_value(token)
        return Credential(headers={"Authorization": f"Bearer {token}"}, secrets={"token": token})


def subject_of(token: str) -> str:
    """Whom a token is for, as it says itself; empty where it doesn't. Nothing is decided by it."""
    parts = token.strip().split(".")
    if len(parts) != 3 or len(parts[1]) > _MOST_CLAIMS:
        return ""
    try:
        claims: Any = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return ""
    subject = claims.get("sub") if isinstance(claims, dict) else None
    return str(subject)[:100] if isinstance(subject, str | int) else ""
