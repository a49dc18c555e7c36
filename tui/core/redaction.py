"""Keeping secrets out of every text that leaves the program."""

from __future__ import annotations

import re
from collections import OrderedDict
from threading import Lock

from tui.core.disguises import Disguises, disguises_of

MASK = "•••"
"""What stands where a secret stood."""

_SHORTEST = 4
"""Shorter secrets are not searched for: they would mask ordinary text everywhere. Longer than the mask, so
that masking always ends."""

_SHORTEST_LINE = 16
"""Lines of a secret of several lines (a key file) are secrets of their own from this length on."""

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
_BASE64 = re.compile(r"[\w+/=-]*+", re.ASCII)
_STANDARD_ALPHABET = str.maketrans("-_", "+/")


class Redactor:
    """Knows the secrets that were resolved and masks them, and anything that looks like one."""

    def __init__(self) -> None:
        self._lasting: dict[str, Disguises] = {}
        self._passing: OrderedDict[str, Disguises] = OrderedDict()
        self._known: tuple[Disguises, ...] = ()
        self._may_join = False
        # Connections open side by side, each fetching its secrets in a thread.
        self._lock = Lock()

    def add(self, secret: str) -> None:
        """Remember a secret, so that it is masked from now on."""
        with self._lock:
            for part in (secret, secret.strip(), *_long_lines(secret)):
                if len(part.strip()) >= _SHORTEST and part not in self._lasting:
                    self._lasting[part] = disguises_of(part)
            self._arrange()

    def add_passing(self, secret: str) -> None:
        """Remember a secret that soon expires, such as a session token; only the newest ones are kept."""
        if len(secret.strip()) < _SHORTEST or secret in self._lasting:
            return
        with self._lock:
            if secret not in self._passing:
                self._passing[secret] = disguises_of(secret)
            self._passing.move_to_end(secret)
            while len(self._passing) > _MOST_PASSING:
                self._passing.popitem(last=False)
            self._arrange()

    def knows(self, text: str) -> bool:
        """Whether a known secret is in the text, in whatever form."""
        return self._without_known(text) != text

    def mask(self, text: str) -> str:
        """The text without known secrets, URL queries, URL credentials and values of secret-looking names."""
        text = self._without_known(text)
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
        return self._without_known(text) if self._may_join else text

    def _arrange(self) -> None:
        """The longest first, so that no secret is broken up by one that is a part of it."""
        known = [*self._passing.items(), *self._lasting.items()]
        known.sort(key=lambda item: -len(item[0]))
        self._known = tuple(disguises for _, disguises in known)
        # A mask can bring the halves of a secret together only if the secret holds a part of a mask.
        self._may_join = any(MASK[0] in secret for secret, _ in known)

    def _without_known(self, text: str) -> str:
        while True:
            masked = text
            for disguises in self._known:
                if disguises.anchor in masked:
                    masked = disguises.pattern.sub(MASK, masked)
            masked = _without_encoded(masked, self._known)
            if masked == text or not self._may_join:
                return masked
            # Each round shortens the text, so this ends.
            text = masked


def _without_encoded(text: str, known: tuple[Disguises, ...]) -> str:
    """The text without the base64 words that hold a secret: whole words, for their rest may tell it too."""
    standard = text.translate(_STANDARD_ALPHABET)
    for disguises in known:
        for core in disguises.cores:
            at = standard.find(core)
            while at >= 0:
                start, end = _word_around(text, at)
                text = f"{text[:start]}{MASK}{text[end:]}"
                standard = f"{standard[:start]}{MASK}{standard[end:]}"
                at = standard.find(core, start)
    return text


def _word_around(text: str, at: int) -> tuple[int, int]:
    start = at
    while start > 0 and _BASE64.fullmatch(text[start - 1]):
        start -= 1
    match = _BASE64.match(text, at)
    return start, match.end() if match else at


def _long_lines(secret: str) -> list[str]:
    lines = [line.strip() for line in secret.splitlines()]
    return [line for line in lines if len(line) >= _SHORTEST_LINE and not line.startswith("-----")]
