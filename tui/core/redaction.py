"""Keeping secrets out of every text that leaves the program."""

from __future__ import annotations

import re
from collections import OrderedDict
from threading import Lock

from tui.core.disguises import Disguises, disguises_of
from tui.core.known_secrets import MASK, KnownSecrets

__all__ = ("MASK", "Redactor")

_SHORTEST = 4
"""Shorter secrets are not searched for: they would mask ordinary text everywhere. Longer than the mask, so
that masking always ends."""

_SHORTEST_LINE = 16
"""Lines of a secret of several lines (a key file) are secrets of their own from this length on."""

_SHORTEST_UNMISTAKABLE = 8
"""From this length on a secret that is not made of letters alone is not met by chance."""

_MOST_PASSING = 32
"""Session tokens that are remembered. A dashboard runs for weeks and gets a new one every few minutes; the
oldest have long expired."""

_UP_TO_SLASHES = r"(?<![^\s\"<>])(?:[^\s\"<>:]++|:(?!//))*+://"
_URL_QUERY = re.compile(rf"({_UP_TO_SLASHES}[^\s?#\"<>]*+)[?#][^\s\"<>]*+")
_URL_USER = re.compile(r"(://)(?=[^\s/?#@\"<>]{0,1000}@)[^\s/?#\"<>]{0,2000}@")
_PATH_QUERY = re.compile(r"((?<![^\s\"'<>(=])/[^\s?#\"<>]*+)\?[^\s\"<>]++")
_ENCODED_JSON = re.compile(r"\beyJ[\w+/=.-]{16,}+")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}-----|\Z)", re.DOTALL
)
_QUOTED = r"\"(?:[^\"\\]|\\.)*+\"?|'(?:[^'\\]|\\.)*+'?|\\{1,3}[\"'][^\"'\s]*+"


def _any_case(*words: str) -> str:
    """A pattern of the words in any case; spelled out, because the engine searches faster so."""
    return "|".join(re.sub("[a-z]", lambda m: f"[{m[0]}{m[0].upper()}]", word) for word in words)


_HEADER_NAMES = _any_case("authorization", "cookie")
_SECRET_NAMES = _any_case(
    *("password", "passwd", "passphrase", "pwd", "authpass", "secret", "token", "credential"),
    *("api[_-]?key", "access[_-]?key", "private[_-]?key", "session[_-]?id"),
)
_HEADER_WORDS = ("authorization", "cookie")
_SECRET_WORDS = ("pass", "pwd", "secret", "token", "credential", "key", "session")
"""One of these is in every name of a header or secret: text without them is let through ten times as fast."""

_SCHEMES = _any_case("bearer", "basic", "digest", "negotiate")
_IS = r"(?:\\{0,3}[\"'])?\s{0,8}[:=]\s{0,8}"
_HEADER = re.compile(rf"(?=[aAcC])((?:{_HEADER_NAMES}){_IS})({_QUOTED}|[^\r\n]++)")
_NAMED = re.compile(
    rf"(?=[aApPsStTcC])((?:{_SECRET_NAMES})[\w-]{{0,40}}{_IS})(?:(?:{_SCHEMES})\s+)?({_QUOTED}|[^\s&\"'<>]++)"
)


class Redactor:
    """Knows the secrets that were resolved and masks them, and anything that looks like one.

    A known secret is found in any case and in any mixture of escapes, as hex, inside of words of base64, and
    with line breaks in it. What is shorter than four characters is not looked for: the screen would be full
    of masks. A secret that is a common word is masked wherever that word stands, also in the name of a job.
    """

    def __init__(self) -> None:
        self._lasting: dict[str, Disguises] = {}
        self._passing: OrderedDict[str, Disguises] = OrderedDict()
        self._known = self._unmistakable = KnownSecrets()
        self.revision = 0
        """Grows with each secret that was not known before: what was masked earlier may hold it."""
        # Connections open side by side, each fetching its secrets in a thread.
        self._lock = Lock()

    @property
    def known(self) -> KnownSecrets:
        """What is known now; it never changes, but is replaced."""
        return self._known

    @property
    def unmistakable(self) -> KnownSecrets:
        """Those of them that are no words or short numbers, so that our own words are never masked.

        To mask a word that everybody knows to stand there would tell the secret.
        """
        return self._unmistakable

    def add(self, secret: str) -> None:
        """Remember a secret, so that it is masked from now on."""
        with self._lock:
            parts = dict.fromkeys((secret, secret.strip(), *_long_lines(secret)))
            new = [part for part in parts if len(part.strip()) >= _SHORTEST and part not in self._lasting]
            if new:
                self._lasting |= {part: disguises_of(part) for part in new}
                self._arrange()

    def add_passing(self, secret: str) -> None:
        """Remember a secret that soon expires, such as a session token; only the newest ones are kept."""
        if len(secret.strip()) < _SHORTEST or secret in self._lasting:
            return
        with self._lock:
            is_new = secret not in self._passing
            if is_new:
                self._passing[secret] = disguises_of(secret)
            self._passing.move_to_end(secret)
            while len(self._passing) > _MOST_PASSING:
                self._passing.popitem(last=False)
            if is_new:
                self._arrange()

    def knows(self, text: str) -> bool:
        """Whether a known secret is in the text, in whatever form."""
        return bool(self._known.spans(text))

    def hide(self, text: str) -> str:
        """The text without known secrets, in which all else is left as it is."""
        return self._known.hide(text)

    def is_suspicious(self, text: str) -> bool:
        """Whether `mask` may change the text for other reasons than known secrets; a quick look."""
        if "://" in text or "?" in text or "PRIVATE KEY" in text or "eyJ" in text:
            return True
        lowered = text.lower()
        return any(word in lowered for word in (*_HEADER_WORDS, *_SECRET_WORDS))

    def mask(self, text: str) -> str:
        """The text without known secrets, URL queries, URL credentials and values of secret-looking names."""
        known = self._known
        text = known.hide(text)
        if "://" in text:
            text = _URL_USER.sub(rf"\1{MASK}@", text)
            text = _URL_QUERY.sub(rf"\1?{MASK}", text)
        if "?" in text:
            text = _PATH_QUERY.sub(rf"\1?{MASK}", text)
        if "PRIVATE KEY" in text:
            text = _PRIVATE_KEY.sub(MASK, text)
        if "eyJ" in text:
            text = _ENCODED_JSON.sub(MASK, text)
        lowered = text.lower()
        if any(word in lowered for word in _HEADER_WORDS):
            text = _HEADER.sub(rf"\1{MASK}", text)
        if any(word in lowered for word in _SECRET_WORDS):
            text = _NAMED.sub(rf"\1{MASK}", text)
        return known.hide(text) if known.may_join else text

    def _arrange(self) -> None:
        known = [*self._passing.items(), *self._lasting.items()]
        self._known = KnownSecrets(known)
        self._unmistakable = KnownSecrets([item for item in known if _is_unmistakable(item[0])])
        self.revision += 1


def _is_unmistakable(secret: str) -> bool:
    return len(secret) >= _SHORTEST_UNMISTAKABLE and not secret.isalpha()


def _long_lines(secret: str) -> list[str]:
    lines = [line.strip() for line in secret.splitlines()]
    return [line for line in lines if len(line) >= _SHORTEST_LINE and not line.startswith("-----")]
