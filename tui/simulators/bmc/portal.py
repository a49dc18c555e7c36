"""The portal's login: access keys become tokens, which run out on the clock."""

from __future__ import annotations

import random
import string
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tui.simulators.bmc.answers import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.core.clock import Clock
    from tui.simulators.bmc.vocabulary import Behaviour

TENANT = "1234567890"
"""The tenant that users belong to, unless the simulator is told otherwise."""

JWT_LIFE = timedelta(minutes=15)
"""How long a JSON web token serves."""

REFRESH_LIFE = timedelta(hours=24)
"""How long a refresh token serves."""

_ALPHABET = string.ascii_letters + string.digits
_JWT_HEAD = "eyJhbGciOiJIUzI1NiJ9"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an access key."""

    access_secret_key: str
    """The secret of the key."""
    tenant_id: str = TENANT
    """The tenant."""
    can_read: bool = True
    """Whether the role has `capacity_optimization.admin.etls_read` or the like."""
    can_write: bool = True
    """Whether the role has `capacity_optimization.custom_etl.edit` or the like."""


@dataclass(frozen=True, slots=True)
class _Grant:
    access_key: str
    until: datetime


class Portal:
    """Who may come in, and with which tokens.

    Args:
        clock: Its time.
        behaviour: What no page tells.
        users: Who may log in, by access key.
        seed: Makes the same tokens each time.
    """

    def __init__(self, clock: Clock, behaviour: Behaviour, users: Mapping[str, User], seed: int) -> None:
        self.users = dict(users)
        self.granted: Counter[str] = Counter()
        """Logins and refreshes that succeeded."""
        self.refused: Counter[str] = Counter()
        """Logins and refreshes with a wrong key or token."""
        self._clock = clock
        self._behaviour = behaviour
        self._random = random.Random(f"bmc tokens:{seed}")  # noqa: S311 - tokens that open nothing
        self._jwts: dict[str, _Grant] = {}
        self._refresh: dict[str, _Grant] = {}

    def login(self, body: Mapping[str, object]) -> Mapping[str, str]:
        """Give tokens for an access key.

        Args:
            body: `access_key`, `access_secret_key` and perhaps `tenant_id`.
        """
        key, secret = _text(body, "access_key"), _text(body, "access_secret_key")
        user = self.users.get(key)
        is_foreign = user is not None and "tenant_id" in body and _text(body, "tenant_id") != user.tenant_id
        if user is None or user.access_secret_key != secret or is_foreign:
            self.refused["login"] += 1
            raise Refused(self._behaviour.login_refusal, "The access key or its secret is not valid")
        self.granted["login"] += 1
        token = f"rt-{self._letters(40)}"
        self._refresh[token] = _Grant(key, self._clock.now() + REFRESH_LIFE)
        return {"token": token, "json_web_token": self._jwt(key)}

    def refresh(self, body: Mapping[str, object]) -> Mapping[str, str]:
        """Give a new JSON web token for a refresh token.

        Args:
            body: `token`.
        """
        grant = self._refresh.get(_text(body, "token"))
        if grant is None or self._clock.now() >= grant.until:
            self.refused["refresh"] += 1
            raise Refused(401, "The token is not valid")
        self.granted["refresh"] += 1
        return {"json_web_token": self._jwt(grant.access_key)}

    def user(self, authorization: str) -> User:
        """Who sends that header.

        Args:
            authorization: The `Authorization` header, or nothing.
        """
        scheme, _, jwt = authorization.partition(" ")
        grant = self._jwts.get(jwt) if scheme == "Bearer" else None
        if grant is None or self._clock.now() >= grant.until:
            raise Refused(401, "Unauthorized")
        return self.users[grant.access_key]

    def set_secret(self, access_key: str, secret: str) -> None:
        """Let a key's old secret be wrong from now on; tokens that were given stay valid."""
        self.users[access_key] = replace(self.users[access_key], access_secret_key=secret)

    def expire(self) -> None:
        """Let no JSON web token serve any more that was given until now."""
        self._jwts.clear()

    def revoke(self) -> None:
        """Let no token of either kind serve any more that was given until now."""
        self._jwts.clear()
        self._refresh.clear()

    def _jwt(self, access_key: str) -> str:
        now = self._clock.now()
        self._jwts = {jwt: grant for jwt, grant in self._jwts.items() if now < grant.until}
        jwt = f"{_JWT_HEAD}.{self._letters(60)}.{self._letters(43)}"
        self._jwts[jwt] = _Grant(access_key, now + JWT_LIFE)
        return jwt

    def _letters(self, count: int) -> str:
        return "".join(self._random.choices(_ALPHABET, k=count))


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    if isinstance(value, str) and value:
        return value
    raise Refused(400, f"{name} is missing" if value is None else f"{name} must be a text")
