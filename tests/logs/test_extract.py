"""Lines on their way out: whole, plain, masked, only those that are shown, some at a time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.redaction import Redactor
from tui.logs.document import LogDocument
from tui.logs.extract import LogChanged, Masking, pieces, texts
from tui.logs.extraction import Extraction, Stretch
from tui.logs.lines import LONGEST_LINE, shown_line, without_colours
from tui.logs.source import LogFile
from tui.logs.walking import AllLines, StillSearching

SECRET = "correct-horse-battery"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.log"


def opened(path: Path, content: bytes) -> LogDocument:
    path.write_bytes(content)
    return LogDocument(LogFile(path))


def text_of(content: bytes, *, keeps_colours: bool = False) -> str:
    def read(offset: int, length: int) -> bytes:
        return content[offset : offset + length]

    return "".join(texts(read, 0, len(content), keeps_colours=keeps_colours))


class Matching(AllLines):
    """Shows the lines with a word in them, and may not know the next one at once."""

    def __init__(self, document: LogDocument, word: str, unknown: int = 0) -> None:
        super().__init__(document)
        self._lines = document
        self._word = word
        self.unknown = unknown

    def at_or_after(self, start: int) -> int | None:
        if self.unknown:
            self.unknown -= 1
            raise StillSearching
        line: int | None = start if start < self._lines.size else None
        while line is not None and self._word not in self._lines.plain(line):
            line = self._lines.after(line)
        return line

    def after(self, start: int) -> int | None:
        following = self._lines.after(start)
        return self.at_or_after(following) if following is not None else None


def test_lines_leave_plain_whole_and_with_their_tabs() -> None:
    assert text_of(b"a\tb\r\n\x1b[31mred\x1b[0m\n\x1b]0;title\x07\n10 %\r20 %\r\nend") == (
        "a\tb\nred\n␛]0;title␇\n20 %\nend\n"
    )
    assert text_of(b"gr\xfcn\ngr\xc3\xbcn\n\x00\n") == "grün\ngrün\n␀\n"
    assert text_of(b"\x1b[31mred\x1b[0m\n", keeps_colours=True) == "\x1b[31mred\x1b[0m\n"
    assert text_of(b"\x1b[\x1b[0m2J\n") == "␛[2J\n", "taking a colour out makes no other sequence"
    assert text_of(b"") == ""
    long = b"x" * (3 * LONGEST_LINE)
    assert text_of(long) == long.decode() + "\n"


@given(st.binary(max_size=300), st.booleans())
def test_whatever_is_in_a_log_nothing_acts_on_a_terminal(content: bytes, keeps_colours: bool) -> None:
    text = text_of(content, keeps_colours=keeps_colours)
    left = text.replace("\n", "").replace("\t", "")
    if keeps_colours:
        left = re.sub(r"\x1b\[[0-9;:]*m", "", left)
    assert not [c for c in left if ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2028"]
    assert text.count("\n") == content.count(b"\n") + bool(content.rpartition(b"\n")[2])


def test_text_is_what_the_screen_shows() -> None:
    odd = "warn \u26a0\ufe0f tower e" + "\u0301" * 20 + " gap\u3164\x1b[8;31mhidden\x1b[m \u0905\u0915"
    for line in (odd, odd.replace("\u3164", "").replace("\u26a0\ufe0f", ""), odd.replace("\u0301", "")):
        assert text_of(line.encode(), keeps_colours=True) == shown_line(line.encode()) + "\n"
        assert text_of(line.encode()) == without_colours(shown_line(line.encode())) + "\n"
        assert text_of(f"{line}\t\ue000".encode()) == text_of(line.encode())[:-1] + "\t\ue000\n"
    assert text_of(b"\x1b[8;31mred\x1b[m\n", keeps_colours=True) == "\x1b[31mred\x1b[m\n"


@given(
    st.lists(
        st.sampled_from(
            [
                b"ok\n",
                b"\x1b[1mbold\x1b[m\n",
                b"\xff\n",
                b"a\rb\n",
                b"\x07\t\x00\r\r\n",
                b"\xee\x80\x80\n",
                "…\n".encode(),
            ]
        )
    )
)
def test_lines_are_what_they_would_be_alone(lines: list[bytes]) -> None:
    assert text_of(b"".join(lines)) == "".join(map(text_of, lines))


def test_a_line_without_an_end_is_handed_out_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.logs.extract._LONGEST", 1 << 16)
    content = ("ä" * 100_001 + "\x1b[31mx" * 50_000).encode()
    read = lambda offset, length: content[offset : offset + length]  # noqa: E731
    parts = list(texts(read, 0, len(content)))
    assert len(parts) > 3
    assert "".join(parts) == "ä" * 100_001 + "x" * 50_000 + "\n"
    bar = b"".join(b"%6d %%\r" % n for n in range(50_000))
    assert text_of(bar) == " 49999 %\n", "a progress bar is its last state, however long it went on"


def test_only_the_lines_that_a_walk_shows_are_taken(path: Path) -> None:
    document = opened(path, b"".join(b"%s %d\n" % (b"odd" if n % 2 else b"even", n) for n in range(5000)))
    walk = Matching(document, "odd")
    taken = "".join(pieces(document, 0, document.size, walk=walk)).splitlines()
    assert taken == [f"odd {n}" for n in range(1, 5000, 2)]
    first = document.after(0)
    assert first is not None
    assert "".join(pieces(document, first, document.end(first), walk=walk)) == "odd 1\n"
    assert "".join(pieces(document, 0, document.size, walk=AllLines(document))) == path.read_text()


def test_secrets_are_masked_also_across_pieces() -> None:
    redactor = Redactor()
    redactor.add(SECRET)
    key = "-----BEGIN PRIVATE KEY-----\n" + "MIIabc\n" * 40 + "-----END PRIVATE KEY-----\n"
    text = f"one {SECRET}\npassword:\n  hunter22\nurl https://h/?q=1\n{key}the end\n"
    for size in (1, 7, 100, 10_000):
        masking = Masking(redactor.mask)
        told = "".join(masking.feed(text[at : at + size]) for at in range(0, len(text), size))
        told += masking.rest()
        assert masking.has_masked
        assert told == redactor.mask(text)
        assert not [word for word in (SECRET, "hunter22", "MIIabc") if word in told]
    untouched = Masking(redactor.mask)
    assert untouched.feed("nothing\n") + untouched.rest() == "nothing\n"
    assert not untouched.has_masked


def test_a_log_that_becomes_shorter_is_told() -> None:
    with pytest.raises(LogChanged):
        list(texts(lambda offset, length: b"", 0, 10))


async def taken(extraction: Extraction) -> str:
    return b"".join([block async for block in extraction.blocks()]).decode()


async def test_an_extraction_tells_how_far_it_is_and_what_it_handed_out(path: Path) -> None:
    content = b"2026 some line of a log\n" * 100_000
    document = opened(path, content)
    extraction = Extraction(document, Stretch(0, document.size), mask=str)
    async with aclosing(extraction.blocks()) as blocks:
        await anext(blocks)
        assert 0 < extraction.progress < 1
        await document.aclose()
        sizes = [len(block) async for block in blocks]
    assert len(sizes) > 1, "in blocks, and the log may be closed meanwhile"
    assert (extraction.lines, extraction.size) == (100_000, len(content))
    assert not extraction.has_masked


async def test_an_extraction_waits_for_a_search_and_gives_up_when_the_log_is_closed(path: Path) -> None:
    document = opened(path, b"odd\neven\nodd\n")
    extraction = Extraction(document, Stretch(0, document.size, Matching(document, "odd", unknown=2)))
    assert await taken(extraction) == "odd\nodd\n"
    assert extraction.progress > 0.5
    waiting = Extraction(document, Stretch(0, document.size, Matching(document, "odd", unknown=1 << 30)))
    task = asyncio.ensure_future(taken(waiting))
    await asyncio.sleep(0)
    await document.aclose()
    with pytest.raises(LogChanged):
        await task


async def test_a_log_that_is_written_anew_ends_an_extraction(path: Path) -> None:
    document = opened(path, b"first\n" * 200_000)
    async with aclosing(Extraction(document, Stretch(0, document.size)).blocks()) as blocks:
        await anext(blocks)
        rewrite(path, document)
        with pytest.raises(LogChanged):
            await anext(blocks)


async def test_who_stops_early_leaves_nothing_open(path: Path) -> None:
    document = opened(path, b"line\n" * 200_000)
    before = sorted(open_files())
    async with aclosing(Extraction(document, Stretch(0, document.size)).blocks()) as blocks:
        await anext(blocks)
    task = asyncio.ensure_future(taken(Extraction(document, Stretch(0, document.size))))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(open_files()) == before


def rewrite(path: Path, document: LogDocument) -> None:
    path.write_bytes(b"another log\n")
    document.refresh()


def open_files() -> Iterator[str]:
    for link in Path("/proc/self/fd").iterdir():
        if link.is_symlink():
            yield str(link.readlink())
