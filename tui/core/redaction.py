"""Keeping secrets out of every text that leaves the program."""

from __future__ import annotations

import re

MASK = "•••"
"""What stands where a secret stood."""

_SHORTEST = 4
"""Shorter secrets are not searched for: they would mask ordinary text everywhere."""

_URL_QUERY = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s?#'\"<>]+)[?#][^\s'\"<>]*", re.IGNORECASE)
_URL_USER = re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/@'\"<>]+@", re.IGNORECASE)
_NAMED = re.compile(
    r"(?i)(\b[\w-]*(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|authorization|authpass"
    r"|cookie|credential)[\w-]*[\"']?\s*[:=]\s*)(?:(bearer|basic)\s+)?(\"[^\"]*\"|'[^']*'|[^\s,;&}\])]+)"
)


class Redactor:
    """Knows the secrets that were resolved and masks them, and anything that looks like one."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secret: str) -> None:
        """Remember a secret, so that it is masked from now on."""
        if len(secret) >= _SHORTEST and secret not in self._secrets:
            self._secrets.add(secret)
            longest_first = sorted(self._secrets, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def mask(self, text: str) -> str:
        """The text without known secrets, URL queries, URL credentials and values of secret-looking names."""
        if self._pattern is not None:
            text = self._pattern.sub(MASK, text)
        text = _URL_QUERY.sub(rf"\1?{MASK}", text)
        text = _URL_USER.sub(rf"\1{MASK}@", text)
        return _NAMED.sub(lambda m: f"{m[1]}{MASK}", text)
