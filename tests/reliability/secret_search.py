"""Looking for secrets in whatever was written, with forms and means that are not those of the program."""

from __future__ import annotations

import gzip
import html
import json
import re
import secrets
import sqlite3
import string
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

SPECIAL = "aQ7+/=&% \"'<>\\[]{}$#ü🔑"
"""What some canaries have in them: everything that somebody escapes."""

_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]|.)")
_BLANKS = re.compile(rb"\s+")


def _apart(text: str, length: int) -> str:
    return "\n    ".join(text[at : at + length] for at in range(0, len(text), length))


FORMS: Mapping[str, Callable[[str], str]] = {
    "plain": str,
    "upper case": str.upper,
    "lower case": str.lower,
    "hex": lambda text: text.encode().hex(),
    "hex in upper case": lambda text: text.encode().hex().upper(),
    "hex apart": lambda text: text.encode().hex(" "),
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64 with a user": lambda text: b64encode(f"ops:{text}".encode()).decode(),
    "base64 in a url": lambda text: b64encode(f"u:{text}:x".encode(), b"-_").decode().rstrip("="),
    "percent": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "all percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "json": lambda text: json.dumps(text)[1:-1],
    "json in json": lambda text: json.dumps(json.dumps(text))[1:-1],
    "html": html.escape,
    "python": lambda text: repr(text)[1:-1],
    "split in two lines": lambda text: _apart(text, len(text) // 2 + 1),
    "base64 in lines": lambda text: _apart(b64encode(f"operator:{text}".encode()).decode(), 12),
    "in a url": lambda text: f"https://ops:{quote(text, safe='')}@x.test/p?q={quote(text, safe='')}",
    "a header": lambda text: f"Authorization: Bearer {text}",
}
"""How a system says a secret that it was told."""


@dataclass
class Canaries:
    """Made-up secrets, each known by the place where it was put."""

    places: dict[str, str] = field(default_factory=dict)
    """Secret by place."""

    def plant(self, place: str, *, is_special: bool = False) -> str:
        """A new secret for a place.

        Args:
            place: Where it will be.
            is_special: Whether there are characters in it that are escaped in other forms.
        """
        # With a figure in it: what is letters alone is by design not looked for across line breaks.
        letters = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(17))
        word = f"{letters[:9]}{secrets.choice(string.digits)}{letters[9:]}"
        self.places[place] = f"{word}{SPECIAL}{word[:3]}" if is_special else f"Cn{word}"
        return self.places[place]

    def hand_out(self, place: str, secret: str) -> None:
        """Note a secret that a server made."""
        if len(secret) >= 12 and secret not in self.places.values():
            self.places[f"{place} {sum(name.startswith(place) for name in self.places)}"] = secret


@dataclass
class Finding:
    """A secret that was found."""

    place: str
    """Where the secret was put."""
    form: str
    """How it looks there."""
    where: str
    """Where it was found."""
    around: str = ""
    """What stands there, where that can be told."""


class SecretSearch:
    """Searches texts and files, and counts what it has searched."""

    def __init__(self, canaries: Canaries) -> None:
        self.canaries = canaries
        self.searched = 0
        """Texts and files."""
        self.size = 0
        """Bytes of them."""
        self.found: list[Finding] = []
        self._needles: dict[str, list[tuple[str, bytes]]] = {}

    def search(self, where: str, data: bytes | str) -> list[Finding]:
        """Look through a text, also with its line breaks and escape sequences taken out."""
        raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        self.searched += 1
        self.size += len(raw)
        texts = {raw}
        if raw[:2] == b"\x1f\x8b":
            with suppress(OSError, EOFError, zlib.error):
                texts.add(gzip.decompress(raw))
        texts |= {_ESCAPES.sub(b"", text) for text in texts}
        texts |= {_BLANKS.sub(b"", text) for text in texts}
        found = [
            Finding(place, form, where, _around(texts, needle))
            for place, secret in self.canaries.places.items()
            for form, needle in self._forms(secret)
            if any(needle in text for text in texts)
        ]
        self.found += found
        return found

    def search_folder(self, folder: Path, *, but: Callable[[Path], bool] = lambda _: False) -> None:
        """Look through every file below a folder, and through the rows of databases.

        Args:
            folder: Where to look.
            but: Tells which files are left out.
        """
        for path in sorted(folder.rglob("*")):
            if not path.is_file() or path.is_symlink() or but(path):
                continue
            data = path.read_bytes()
            self.search(f"{path.relative_to(folder)} (its name)", str(path.relative_to(folder)))
            self.search(str(path.relative_to(folder)), data)
            if data.startswith(b"SQLite format 3\0"):
                self.search(f"{path.relative_to(folder)} (rows)", "\n".join(_rows(path)))

    def _forms(self, secret: str) -> list[tuple[str, bytes]]:
        known = self._needles.get(secret)
        if known is None:
            known = self._needles[secret] = list(_needles(secret))
        return known


def _around(texts: set[bytes], needle: bytes) -> str:
    text = next(text for text in texts if needle in text)
    at = text.index(needle)
    return text[max(0, at - 300) : at + 300].decode("utf-8", "replace")


def _needles(secret: str) -> Iterator[tuple[str, bytes]]:
    """What tells a secret in bytes, whatever stands around it."""
    made = {name: make(secret) for name, make in FORMS.items() if not name.startswith(("base64", "split"))}
    del made["in a url"], made["a header"]
    yield from ((name, text.encode()) for name, text in made.items())
    yield "plain without blanks", "".join(secret.split()).encode()
    raw = secret.encode()
    for shift in range(3):
        whole = b64encode(bytes(shift) + raw)
        first, last = -(-8 * shift // 6), 8 * (shift + len(raw)) // 6
        yield f"base64 at {shift}", whole[first:last]
        yield f"base64 of urls at {shift}", whole[first:last].replace(b"+", b"-").replace(b"/", b"_")


def _rows(path: Path) -> Iterator[str]:
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            for row in file.execute(f'SELECT * FROM "{name}"'):
                yield "\t".join(map(str, row))


def is_able_to_find(canaries: Canaries, folder: Path) -> list[str]:
    """The ways in which a planted secret is not found; empty when the search can be trusted.

    Args:
        canaries: What is planted.
        folder: An empty folder to plant files in.
    """
    missed = []
    folder.mkdir(parents=True, exist_ok=True)
    for place, secret in canaries.places.items():
        for form, make in FORMS.items():
            text = f"before {make(secret)} after"
            painted = "\x1b[31m".join((text[:9], "\x1b[0m", text[9:])) + "\x1b]0;title\x07"
            zipped = folder / "planted.gz"
            zipped.write_bytes(gzip.compress(text.encode()))
            search = SecretSearch(canaries)
            search.search_folder(folder)
            is_filed = any(found.place == place for found in search.found)
            is_shown = any(found.place == place for found in SecretSearch(canaries).search("", painted))
            if not (is_filed and is_shown):
                missed.append(f"{place} as {form}")
    return missed
