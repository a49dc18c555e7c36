"""Who may ask: the one user, and the sessions of the user interface."""

from __future__ import annotations

import base64
import binascii
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

COOKIE = "JSESSIONID"
"""The cookie of a session."""


class Sessions:
    """The credentials, and the sessions that they opened.

    Args:
        user: Who may log in.
        password: That user's password.
        seed: Makes the same ids each time.
    """

    def __init__(self, user: str, password: str, seed: int) -> None:
        self.password = password
        self._user = user
        self._random = random.Random(f"datameer:{seed}")  # noqa: S311 - made-up ids, no secrets
        self._open: set[str] = set()

    def begin(self) -> str:
        """A new session's id."""
        session = f"{self._random.getrandbits(96):024x}"
        self._open.add(session)
        return session

    def expire(self) -> None:
        """Know none of the sessions any more."""
        self._open.clear()

    def admits(self, request: httpx.Request) -> bool:
        """Whether a request has the right name and password."""
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            text = base64.b64decode(credentials, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeError):
            return False
        return text == f"{self._user}:{self.password}"

    def knows(self, request: httpx.Request) -> bool:
        """Whether a request belongs to a session."""
        pairs = (pair.strip().partition("=") for pair in request.headers.get("cookie", "").split(";"))
        return any(name == COOKIE and value in self._open for name, _, value in pairs)
