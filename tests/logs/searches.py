"""What tests of searches share: nasty logs, a fair choice of searches, and what is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hypothesis import strategies as st

from tui.logs.document import LogDocument
from tui.logs.patterns import Search, parse_search
from tui.logs.source import LogFile

BLOCK = 32
"""So small that most lines lie across blocks."""

PIECES = st.sampled_from(
    [
        *(b"\n", b"\n", b"\n", b"\r\n", b"\r", b"\t", b" ", b"  ", b"\0", b"\x07", b"\x7f"),
        *(b"\x1b[31m", b"\x1b[0m", b"\x1b", b"\xff", b"\xe9", b"\xad", b"\xc2\xad", b"\xc2\x9b", b"\xc2\xa0"),
        *(
            "ü".encode(),
            "\u202e".encode(),
            "\N{KELVIN SIGN}".encode(),
            "ſ".encode(),
            "İ".encode(),
            b"\xe2\x90",
        ),
        *(
            b"foo",
            b"FOO",
            b"foo bar",
            b"bar",
            b"k",
            b"s",
            b"9B",
            b"ok",
            b"ERROR",
            b"a-1",
            b"a.b",
            b"]^x",
            b"\\",
        ),
        *(b"ORA-12541: TNS", b"x" * 40),
    ]
)
LOGS = st.lists(PIECES, max_size=30).map(b"".join)

TEXTS = (
    *("foo", "Foo", "FOO", "foo bar", "bar  ", " ", "9B", "<", "u+20", "<U+202E>", "ü", "fooü", "K", "disk"),
    *("sk", r"foo\s+bar", r"foo.bar", r"o.{0,3}b", r"^\s*bar", r"ok$", r"\bfoo\b", r"\Boo", r"ORA-\d{4,5}\b"),
    *(
        r"foo|ERROR",
        r"(?:foo|bar)+ok",
        r"[^a-z]bar",
        r"[]^\\-]x",
        r"[^\]]-",
        r"\Va.b",
        r"a\.b",
        r"foo(?=bar)",
    ),
    *(
        r"(?<!f)oo",
        r"(o)\1",
        r"^$",
        r"x{30,}",
        r"\d+",
        r"\W\w",
        r"(?i:Foo)B",
        r"(?s)foo.bar",
        r"\u00fc",
        "\ufffd",
    ),
    *(
        r"[\w.]+\.b",
        r"x*",
        r"(foo)?bar",
        r"␀",
        r"^foo",
        r"^.{3}$",
        r"(?x) f o o",
        r"\x1b",
        r"k+s?$",
        r"(?a)\w\W",
    ),
)
SEARCHES = [search for text in TEXTS if (search := parse_search(text)) is not None]


@contextmanager
def opened(path: Path, data: bytes | None = None) -> Iterator[LogDocument]:
    """A file with some bytes as a log."""
    if data is not None:
        # A new file each time: one that is written over may have to reach the disk first.
        path.unlink(missing_ok=True)
        path.write_bytes(data)
    file = LogFile(path)
    try:
        yield LogDocument(file, 64)
    finally:
        file.close()


def lines_of(data: bytes) -> list[bytes]:
    """The lines, each with its end."""
    *whole, last = data.split(b"\n")
    return [*(line + b"\n" for line in whole), *([last] if last else [])]


def right(document: LogDocument, filters: Sequence[tuple[Search, bool]]) -> list[int]:
    """The lines that fit, the plain way."""
    found = []
    start = document.first
    while start is not None:
        text = document.plain(start)
        if all(search.matches(text) != is_inverse for search, is_inverse in filters):
            found.append(start)
        start = document.after(start)
    return found
