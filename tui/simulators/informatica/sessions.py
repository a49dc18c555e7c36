"""Who is logged in: sessions that end when nobody uses them, or tokens that end by themselves."""

from __future__ import annotations

import base64
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.simulators.informatica.naming import made_up_id
from tui.simulators.informatica.refusal import Refused

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from tui.core.clock import Clock
    from tui.simulators.informatica.vocabulary import Behaviour

_SECONDS_A_MINUTE = 60
_CLAIM = 900


@dataclass(slots=True)
class _Session:
    user: str
    ends: float
    is_token: bool


class Sessions:
    """The sessions of an org; an id is good for every part of the platform.

    Args:
        clock: The time.
        behaviour: What the org does differently.
        users: The passwords by user.
        rng: Where the ids come from.
    """

    def __init__(
        self, clock: Clock, behaviour: Behaviour, users: Mapping[str, str], rng: random.Random
    ) -> None:
        self.passwords = dict(users)
        """The passwords by user."""
        self._clock = clock
        self._behaviour = behaviour
        self._random = rng
        self._open: dict[str, _Session] = {}
        self._refused: Counter[str] = Counter()

    def admit(self, user: object, password: object, code: str) -> str:
        """Open a session and tell its id.

        Args:
            user: Who wants in.
            password: The password that was given.
            code: What a refusal is called.

        Raises:
            Refused: When that isn't the password, or too many wrong ones came before.
        """
        if not self.knows(user, password):
            raise Refused(
                self._behaviour.login_refusal, code, "Authentication failed. Check the credentials."
            )
        now, behaviour = self._clock.now().timestamp(), self._behaviour
        life = behaviour.jwt_s if behaviour.has_jwt else behaviour.idle_s
        session = _Session(str(user), now + life, behaviour.has_jwt)
        token = self._token(session, now) if behaviour.has_jwt else made_up_id(self._random)
        self._open[token] = session
        return token

    def knows(self, user: object, password: object) -> bool:
        """Whether that is the user's password, and the account isn't locked."""
        if not isinstance(user, str):
            return False
        limit = self._behaviour.locks_after
        if limit and self._refused[user] >= limit:
            return False
        if user not in self.passwords or self.passwords[user] != password:
            self._refused[user] += 1
            return False
        self._refused[user] = 0
        return True

    def unlock(self, user: str) -> None:
        """Forget a user's wrong passwords."""
        self._refused[user] = 0

    def user_of(self, token: str) -> str | None:
        """Whose session it is, which is used by this; None when it has ended."""
        session, now = self._open.get(token), self._clock.now().timestamp()
        if session is None or now >= session.ends:
            self._open.pop(token, None)
            return None
        if not session.is_token:
            session.ends = now + self._behaviour.idle_s
        return session.user

    def minutes_left(self, user: object, token: object) -> int:
        """Minutes until a user's session ends; 0 when it has ended."""
        session = self._open.get(token) if isinstance(token, str) else None
        if session is None or session.user != user:
            return 0
        left = session.ends - self._clock.now().timestamp()
        return max(0, -(-int(left) // _SECONDS_A_MINUTE))

    def seconds_left(self, token: str) -> float:
        """Seconds until a session ends."""
        return self._open[token].ends - self._clock.now().timestamp()

    def close(self, token: str) -> None:
        """End a session."""
        self._open.pop(token, None)

    def expire(self) -> None:
        """End every session."""
        self._open.clear()

    def _token(self, session: _Session, now: float) -> str:
        claims = {
            "sub": session.user,
            "iat": int(now),
            "exp": int(session.ends),
            "scope": "".join(self._random.choices("abcdef0123456789", k=_CLAIM)),
        }
        parts = ({"alg": "RS256", "typ": "JWT"}, claims, made_up_id(self._random))
        return ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
        )
