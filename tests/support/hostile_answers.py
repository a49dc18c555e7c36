"""What a server may answer that wishes us ill: without end, without sense, or much larger than it looks."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import re
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

KIB = 1024
MIB = 1024 * KIB

LARGE = 31 * MIB
"""Bytes of an answer that is just not too large to be read."""

Answer = Callable[[bytes], Iterable[bytes]]
"""From the body that the system would answer to the bytes on the line."""

_JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_CHUNKED = _JSON + b"Transfer-Encoding: chunked\r\n\r\n"
_CLOSED = _JSON + b"\r\n"


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _for_ever(piece: bytes) -> Iterator[bytes]:
    return itertools.repeat(piece)


def _then_for_ever(start: bytes, unit: bytes) -> Iterator[bytes]:
    yield start
    yield from _for_ever(unit * (64 * KIB // len(unit)))


def whole(body: bytes, head: bytes = _JSON) -> Iterator[bytes]:
    """An answer with its length."""
    yield head + b"Content-Length: %d\r\n\r\n" % len(body)
    for at in range(0, len(body), MIB):
        yield body[at : at + MIB]


def _in_chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield _CHUNKED
    for piece in pieces:
        yield _chunk(piece)
    yield b"0\r\n\r\n"


def _packed(encoding: bytes, pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield _JSON + b"Content-Encoding: " + encoding + b"\r\n\r\n"
    yield from pieces


def _filled(unit: bytes, size: int = LARGE) -> bytes:
    return b"[" + unit * ((size - 10) // len(unit)) + b"0]"


@lru_cache
def _gzip_bomb() -> bytes:
    return gzip.compress(bytes(64 * MIB))


@lru_cache
def _deflate_bomb() -> bytes:
    return zlib.compress(bytes(512 * MIB))


def _dripped(start: bytes, drop: bytes) -> Iterator[bytes]:
    yield start
    while True:
        time.sleep(0.02)
        yield drop


def _many_headers() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    for number in range(1_000_000):
        yield b"X-%d: x\r\n" % number
    yield b"\r\n{}"


def _cookies(body: bytes) -> Iterator[bytes]:
    cookies = b"".join(b"Set-Cookie: c%d=%b; Path=/\r\n" % (number, b"x" * 20) for number in range(1900))
    return whole(body, _JSON + cookies)


def _trailers(body: bytes) -> Iterator[bytes]:
    yield _CHUNKED + _chunk(body) + b"0\r\n"
    for number in range(1_000_000):
        yield b"X-%d: x\r\n" % number


WIRE: Mapping[str, Answer] = {
    "endless body": lambda _: _then_for_ever(_CLOSED + b"[", b"1,"),
    "endless chunks": lambda _: _in_chunks(_for_ever(b" " * 64 * KIB)),
    "endless line of a head": lambda _: itertools.chain(
        [b"HTTP/1.1 200 OK\r\nX: "], _for_ever(b"x" * 64 * KIB)
    ),
    "a million headers": lambda _: _many_headers(),
    "a million trailers": _trailers,
    "thousands of cookies": _cookies,
    "gzip of 1 GB": lambda _: _packed(b"gzip", [_gzip_bomb()] * 16),
    "gzip in gzip": lambda _: _packed(b"gzip, gzip", [gzip.compress(_gzip_bomb())]),
    "gzip of nothing": lambda _: _packed(b"gzip", _for_ever(gzip.compress(b"") * 3000)),
    "deflate of 512 MB": lambda _: _packed(b"deflate", [_deflate_bomb()]),
    "brotli": lambda _: _packed(b"br", [b"\x5b\xff\xff\x00" * KIB]),
    "a chunk of an exabyte": lambda _: itertools.chain(
        [_CHUNKED, b"FFFFFFFFFFFFFFF\r\n"], _for_ever(b" " * 64 * KIB)
    ),
    "a chunk size without end": lambda _: itertools.chain([_CHUNKED], _for_ever(b"F" * 64 * KIB)),
    "a chunk extension without end": lambda _: itertools.chain([_CHUNKED, b"5;"], _for_ever(b"x" * 64 * KIB)),
    "a length that is too short": lambda body: [_JSON + b"Content-Length: 3\r\n\r\n" + body],
    "a length that is too long": lambda body: [_JSON + b"Content-Length: 99999999999\r\n\r\n" + body],
    "two lengths": lambda body: [_JSON + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n" + body],
    "a negative length": lambda body: [_JSON + b"Content-Length: -1\r\n\r\n" + body],
    "a flood of 100 Continue": lambda _: _for_ever(b"HTTP/1.1 100 Continue\r\n\r\n" * 2000),
    "answers that nobody asked for": lambda body: [b"".join(whole(body)) * 50],
    "a head that drips": lambda _: _dripped(b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "a body that drips": lambda _: _dripped(_JSON + b"Content-Length: 1000000\r\n\r\n[", b" "),
    "garbage": lambda _: [bytes(range(256)) * 4096],
    "a redirect without end": lambda _: [
        b"HTTP/1.1 302 x\r\nLocation: ?n=%d\r\nContent-Length: 0\r\n\r\n" % time.monotonic_ns()
    ],
    "a redirect to 60 kB": lambda _: [
        b"HTTP/1.1 302 x\r\nLocation: /%b\r\nContent-Length: 0\r\n\r\n" % (b"x" * 60 * KIB)
    ],
    "an error of 1 GB": lambda _: itertools.chain(
        [b"HTTP/1.1 500 x\r\n\r\n"], itertools.repeat(b"x" * MIB, 1024)
    ),
    "an error page of scripts": lambda _: [
        b"HTTP/1.1 500 x\r\nContent-Type: text/html\r\n\r\n<html>" + b"<script " * 40_000
    ],
    "an error page of signs": lambda _: [
        b"HTTP/1.1 502 x\r\nContent-Type: text/html\r\n\r\n<html>" + b"<" * 300_000
    ],
}
"""Answers that break off, never end or burst, below everything that a system means."""

VALUES: Mapping[str, Answer] = {
    "lists in lists": lambda _: whole(b"[" * MIB),
    "objects in objects": lambda _: whole(b'{"a":' * MIB),
    "15 million numbers": lambda _: whole(_filled(b"1,")),
    "10 million lists": lambda _: whole(_filled(b"[],")),
    "4 million objects": lambda _: whole(_filled(b'{"":0},')),
    "half surrogates": lambda _: whole(b'["' + rb"\ud83d" * (LARGE // 6 - 2) + b'"]'),
    "one text of 31 MB": lambda _: whole(b'["' + b"x" * (LARGE - 10) + b'"]'),
    "UTF-16": lambda _: whole(("[" + "1," * (LARGE // 4 - 10) + "1]").encode("utf-16")),
    "a number without end": lambda _: whole(b"[" + b"9" * (LARGE - 10) + b"]"),
    "a record of 100,000 keys": lambda _: whole(
        b"{" + b",".join(b'"%d":0' % number for number in range(100_000)) + b"}"
    ),
}
"""JSON of every shape but the one that is meant."""

_ID = re.compile(r"(?i)(?:^|_)(?:id|uuid)$|Id$|^id$")
_MORE = "and many more"
_FIRST = "1000000000"
_TEXTS = re.compile(
    r"(?i)name|label|message|error|description|path|log|status|state|location|title|schedule|host|user"
)


def _longest_list(value: Any) -> list[Any] | None:
    """The list of records that an answer is about."""
    pending, found = [value], None
    while pending:
        each = pending.pop(0)
        if isinstance(each, list) and each and isinstance(each[0], dict):
            found = each if found is None or len(each) > len(found) else found
        if isinstance(each, dict):
            pending += each.values()
        elif isinstance(each, list):
            pending += each[:3]
    return found


def _renumbered(record: Mapping[str, Any], number: int) -> dict[str, Any]:
    changed = dict(record)
    for key, value in record.items():
        if _ID.search(key) and isinstance(value, str | int) and not isinstance(value, bool):
            text = f"{int(_FIRST) + number}"
            changed[key] = int(text) if isinstance(value, int) else text
    return changed


class Multiplied:
    """Answers with ever more records of the sort that the system has.

    Args:
        count: How many come at once.
        most_bytes: At which size an answer is full.
    """

    def __init__(self, count: int, most_bytes: int = LARGE) -> None:
        self._count = count
        self._most = most_bytes
        self._numbers = itertools.count()

    def __call__(self, body: bytes) -> Iterable[bytes]:
        try:
            value = json.loads(body)
        except ValueError:
            return whole(body)
        records = _longest_list(value)
        if records is None:
            return whole(body)
        for key in ("count", "total") if isinstance(value, dict) else ():
            if isinstance(value.get(key), int):
                value[key] = 10**9
        sample = json.dumps(_renumbered(records[0], 0))
        records.append(_MORE)
        before, after = json.dumps(value).split(json.dumps(_MORE))
        count = min(self._count, (self._most - len(body)) // (len(sample) + 2))
        numbers = itertools.islice(self._numbers, count)
        more = ", ".join(sample.replace(_FIRST, f"{10**9 + number}") for number in numbers)
        return whole(f"{before}{more}{after}".encode())


class Swollen:
    """Answers with every text of the system as long as there is room for.

    Args:
        ids: Whether ids grow as well.
    """

    def __init__(self, *, ids: bool = False) -> None:
        self._ids = ids

    def __call__(self, body: bytes) -> Iterable[bytes]:
        try:
            value = json.loads(body)
        except ValueError:
            return whole((body + b"\n") * (LARGE // (len(body) + 1) or 1))
        places = list(self._places(value))
        length = (LARGE - len(body)) // (len(places) or 1)
        for holder, key in places:
            holder[key] = "x" * length
        return whole(json.dumps(value).encode())

    def _places(self, value: Any) -> Iterator[tuple[Any, Any]]:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in list(items):
            if isinstance(inner, dict | list):
                yield from self._places(inner)
            elif isinstance(inner, str) and isinstance(key, str) and self._is_swollen(key):
                yield value, key

    def _is_swollen(self, key: str) -> bool:
        return bool(_ID.search(key)) if self._ids else bool(_TEXTS.search(key)) and not _ID.search(key)


def _archive(method: int, megabytes: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive, archive.open("session.log", "w") as file:
        for _ in range(megabytes):
            file.write(bytes(MIB))
    return buffer.getvalue()


def _archive_of_many() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", "x")
    body = buffer.getvalue()
    start, end = body.index(b"PK\x01\x02"), body.index(b"PK\x05\x06")
    count = (LARGE - 1000) // (end - start)
    size = count * (end - start)
    trailer = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, size, start, 0)
    return body[:start] + body[start:end] * count + trailer


_ZIP = b"HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\n"

LOGS: Mapping[str, Answer] = {
    "a log without end": lambda _: itertools.chain(
        [b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"], _for_ever(b"a line of a log\n" * 4096)
    ),
    "a log of one line": lambda _: itertools.chain(
        [b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"], itertools.repeat(b"x" * MIB, 31)
    ),
    "a zip of 1 GB": lambda _: whole(_archive(zipfile.ZIP_DEFLATED, 1024), _ZIP),
    "a bzip2 of 1 GB": lambda _: whole(_archive(zipfile.ZIP_BZIP2, 1024), _ZIP),
    "a zip of 700,000 files": lambda _: whole(_archive_of_many(), _ZIP),
}
"""Logs that come as they are, or packed."""

TOKENS: Mapping[str, Answer] = {
    "tokens of 900 kB": lambda body: whole(_with_tokens(body, "t" * 300_000)),
    "tokens of 16 kB": lambda body: whole(_with_tokens(body, "~!@#" * 4096)),
    "a login of 15 million numbers": lambda _: whole(_filled(b"1,")),
    "a login without end": lambda _: _then_for_ever(_CLOSED + b"[", b"1,"),
}
"""What a login may give."""

_TOKEN_KEY = re.compile(r"(?i)token|session")


def _with_tokens(body: bytes, token: str) -> bytes:
    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: token if isinstance(inner, str) and _TOKEN_KEY.search(key) else replaced(inner)
                for key, inner in value.items()
            }
        return [replaced(inner) for inner in value] if isinstance(value, list) else value

    return json.dumps(replaced(json.loads(body))).encode()


RECORDS: Mapping[str, Callable[[], Answer]] = {
    "as many records as fit": lambda: Multiplied(1_000_000),
    "a million records": lambda: Multiplied(1_000_000, most_bytes=1024 * MIB),
    "pages without end": lambda: Multiplied(1000),
    "texts of 31 MB": Swollen,
    "ids of 31 MB": lambda: Swollen(ids=True),
}
"""The system's own records, but more or longer; made anew for each try, for they count."""
