"""A text broken up where secrets stand in it, so that it can be written without them and put together again.

A secret may stand there as it is, escaped for JSON or for an address, or inside base64.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_WORD = re.compile(r"[\w+/-]{8,}={0,2}", re.ASCII)
"""What may be base64, in either alphabet."""


@dataclass(frozen=True, slots=True)
class Text:
    """What stands there as it is."""

    text: str
    """The text."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Where a secret stood."""

    name: str
    """The variable that holds it, in the form in which it stood there."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A base64 word that holds a secret."""

    pieces: tuple[Piece, ...]
    """What is encoded."""
    is_url_safe: bool
    """Whether it is in the alphabet for addresses."""
    is_padded: bool
    """Whether its end is filled up with equals signs."""


@dataclass(frozen=True, slots=True)
class Digest:
    """The SHA-256 of something that holds a secret, in lower-case hex."""

    pieces: tuple[Piece, ...]
    """What it is the digest of."""


Piece = Text | Hole | Encoded | Digest
"""A part of a text."""


_ESCAPES: Mapping[str, Callable[[str], str]] = {
    "": lambda value: value,
    "_IN_JSON": lambda value: json.dumps(value)[1:-1],
    "_IN_TEXT": lambda value: json.dumps(value, ensure_ascii=False)[1:-1],
    "_IN_URL": lambda value: quote(value, safe="", errors="surrogatepass"),
}
"""The forms in which a secret stands in a text, by what is put behind its variable's name."""


def forms_of(secrets: Mapping[str, str]) -> dict[str, str]:
    """Every form of the secrets, with the name of the variable that holds it; plain ones keep their names.

    Args:
        secrets: The values with the names of their variables.
    """
    forms: dict[str, str] = {}
    for suffix, escape in _ESCAPES.items():
        for value, name in secrets.items():
            if value:
                forms.setdefault(escape(value), f"{name}{suffix}")
    return forms


class Breaker:
    """Breaks up texts.

    Args:
        secrets: What must not be told: the values, with the names of the variables that hold them.
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._holes = {form: Hole(name) for form, name in forms_of(secrets).items()}
        longest_first = sorted(self._holes, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    @property
    def names(self) -> frozenset[str]:
        """The variables that may stand for something."""
        return frozenset(hole.name for hole in self._holes.values())

    def broken(self, text: str) -> tuple[Piece, ...]:
        """The parts of a text, in order; one of them when there is no secret in it."""
        return tuple(self._pieces(text))

    def _pieces(self, text: str) -> Iterator[Piece]:
        at = 0
        for word in _WORD.finditer(text):
            encoded = self._decoded(word[0])
            if encoded is not None:
                yield from self._plain(text[at : word.start()])
                yield encoded
                at = word.end()
        yield from self._plain(text[at:])

    def _plain(self, text: str) -> Iterator[Piece]:
        at = 0
        for found in self._pattern.finditer(text) if self._pattern is not None else ():
            if found.start() > at:
                yield Text(text[at : found.start()])
            yield self._holes[found[0]]
            at = found.end()
        if at < len(text):
            yield Text(text[at:])

    def _decoded(self, word: str) -> Encoded | None:
        """What a word is the base64 of, if that is a text with a secret and gives the same word again."""
        bare = word.rstrip("=")
        is_url_safe = "-" in bare or "_" in bare
        try:
            data = b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_" if is_url_safe else None)
            inner = data.decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            return None
        again = (urlsafe_b64encode if is_url_safe else b64encode)(data).decode("ascii")
        if word not in (again, again.rstrip("=")):
            return None
        pieces = self.broken(inner)
        is_harmless = all(isinstance(piece, Text) for piece in pieces)
        return None if is_harmless else Encoded(pieces, is_url_safe, word == again)


def told(pieces: Sequence[Piece]) -> str:
    """The parts as people read them: names in place of secrets, nothing encoded."""
    parts = []
    for piece in pieces:
        if isinstance(piece, Text):
            parts.append(piece.text)
        elif isinstance(piece, Hole):
            parts.append(f"${piece.name}")
        else:
            parts.append(told(piece.pieces))
    return "".join(parts)
