"""Who may ask: accounts with passwords, and the tokens that they are given."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tui.simulators.airflow.refusal import Refused

if TYPE_CHECKING:
    from datetime import datetime

    import httpx

    from tui.core.clock import Clock
    from tui.simulators.airflow.vocabulary import Behaviour

USER = "admin"
"""Who may do everything."""

PASSWORD = "quiet-dags-42"  # noqa: S105 - opens nothing but a simulator
"""That user's password, until the simulator is told otherwise."""

VIEWER = "viewer"
"""Who may look and change nothing."""

VIEWER_PASSWORD = "watch-dags-42"  # noqa: S105 - opens nothing but a simulator
"""That user's password."""

LIFE = timedelta(hours=24)
"""How long a token is good."""

_AUDIENCE = "apache-airflow"
_KEY_ID = "not-used"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may ask."""

    name: str
    """The user's name."""
    role: str
    """`admin`, or `viewer` who may change nothing."""

    @property
    def can_change(self) -> bool:
        """Whether the account may do more than look."""
        return self.role != "viewer"


class Tokens:
    """The accounts, and every token that is good.

    Args:
        clock: The server's time.
        behaviour: What the installation does.
        seed: Makes the same tokens each time.
    """

    def __init__(self, clock: Clock, behaviour: Behaviour, seed: int) -> None:
        self.passwords = {USER: PASSWORD, VIEWER: VIEWER_PASSWORD}
        """By user name."""
        self.given: list[str] = []
        """Every token that was given out, good or not."""
        self._clock = clock
        self._behaviour = behaviour
        self._roles = {USER: "admin", VIEWER: "viewer"}
        self._random = random.Random(seed)  # noqa: S311 - made-up tokens, no secrets
        self._good: dict[str, tuple[Account, datetime]] = {}

    def forget(self) -> None:
        """Let every token be good for nothing from now on."""
        self._good.clear()

    def log_in(self, name: str, password: str) -> str:
        """A new token.

        Raises:
            Refused: The name or the password is wrong.
        """
        if not name or not password:
            raise Refused(400, "Username and password must be provided")
        if not hmac.compare_digest(self.passwords.get(name, "").encode(), password.encode()):
            raise Refused(401, "Invalid credentials")
        return self.give(name)

    def give(self, name: str) -> str:
        """A new token, as somebody makes one who needs no password."""
        account, now = Account(name, self._roles[name]), self._clock.now()
        if not self._behaviour.has_fresh_tokens:
            for token, (owner, ends_at) in self._good.items():
                if owner == account and now < ends_at:
                    return token
        token = self._signed(account, now)
        self._good[token] = (account, now + LIFE)
        self.given.append(token)
        return token

    def admit(self, request: httpx.Request) -> Account:
        """Whose token a request carries.

        Raises:
            Refused: It carries none, or one that is not good (any more).
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(401, "Not authenticated")
        known = self._good.get(token)
        if known is not None and self._clock.now() < known[1]:
            return known[0]
        # A token of ours that was signed with the key of today has expired; any other can't be read at all.
        if token in self.given and not self._behaviour.refuses_old_keys:
            raise Refused(401, "Token Expired")
        raise Refused(403, "Invalid JWT token")

    def _signed(self, account: Account, now: datetime) -> str:
        seconds = int(now.timestamp())
        head = {"alg": "HS512", "kid": _KEY_ID, "typ": "JWT"}
        claims = {
            "sub": account.name,
            "role": account.role,
            "teams": [],
            "jti": f"{self._random.getrandbits(128):032x}",
            "aud": _AUDIENCE,
            "nbf": seconds,
            "exp": seconds + int(LIFE.total_seconds()),
            "iat": seconds,
        }
        text = f"{_encoded(json.dumps(head).encode())}.{_encoded(json.dumps(claims).encode())}"
        return f"{text}.{_encoded(hmac.digest(_AUDIENCE.encode(), text.encode(), hashlib.sha512))}"


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode("ascii").rstrip("=")
