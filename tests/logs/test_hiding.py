"""No line of a log shows a known secret, and what is kept of other machines' logs has none in it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.redaction import Redactor
from tui.logs.bulk import shown_text
from tui.logs.document import LogDocument
from tui.logs.hiding import HidingStream, hidden
from tui.logs.hits import LineHits
from tui.logs.lines import LONGEST_LINE
from tui.logs.matching import LineTest
from tui.logs.patterns import parse_search
from tui.logs.source import LogFile
from tui.logs.spool import Spool

SECRET = "hunter2-Hunter2"
LOG = f"""12:00:00 INFO begin
12:00:01 WARN login as ops:{SECRET} refused
12:00:02 INFO end
"""


@pytest.fixture
def redactor() -> Redactor:
    redactor = Redactor()
    redactor.add(SECRET)
    return redactor


Open = Callable[..., LogDocument]


@pytest.fixture
def opened(tmp_path: Path, redactor: Redactor) -> Open:
    def document(text: str | bytes = LOG, block: int = 1 << 18) -> LogDocument:
        path = tmp_path / "run.log"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return LogDocument(LogFile(path), block, redactor=redactor)

    return document


def lines_of(document: LogDocument) -> list[str]:
    lines, at = [], document.first
    while at is not None:
        lines.append(document.plain(at))
        at = document.after(at)
    return lines


def printed(document: LogDocument) -> list[str]:
    text, start = shown_text(document, 0, takes_rest=True)
    while start < document.size:
        more, start = shown_text(document, start, takes_rest=True)
        text += more
    return text.split("\n")[:-1]


def test_a_secret_is_masked_in_a_line_and_in_many(opened: Open) -> None:
    document = opened()
    shown = ["12:00:00 INFO begin", "12:00:01 WARN login as ops:••• refused", "12:00:02 INFO end"]
    assert lines_of(document) == shown
    assert printed(document) == shown


@pytest.mark.parametrize("block", [64, 1 << 18])
@pytest.mark.parametrize("at", range(1, len(SECRET)))
def test_a_secret_in_two_lines_is_masked_in_both(opened: Open, at: int, block: int) -> None:
    document = opened(f"first\nwith {SECRET[:at]}\r\n   {SECRET[at:]} end\nlast\n", block)
    shown = ["first", "with •••", "   ••• end", "last"]
    assert lines_of(document) == shown
    assert printed(document) == shown


def test_colours_hide_no_secret(opened: Open) -> None:
    line = f"\x1b[31mlogin {SECRET[:5]}\x1b[32m{SECRET[5:]}\x1b[0m end"
    document = opened(f"{line}\n\x1b[1mbold\x1b[0m\n")
    assert document.text(0) == "login ••• end"
    assert document.text(document.end(0)) == "\x1b[1mbold\x1b[0m"
    assert printed(document) == ["login ••• end", "\x1b[1mbold\x1b[0m"]


@pytest.mark.parametrize("place", [LONGEST_LINE - 5, LONGEST_LINE, LONGEST_LINE - len(SECRET)])
def test_a_secret_where_a_long_line_is_cut_is_masked(opened: Open, place: int) -> None:
    document = opened("x" * place + SECRET + "y" * 100_000 + "\n")
    for (line,) in (lines_of(document), printed(document)):
        assert SECRET[:5] not in line
        assert line.endswith(" … (line cut)")


def test_a_word_of_base64_with_a_secret_is_masked(opened: Open) -> None:
    word = b64encode(f"ops:{SECRET}".encode()).decode()
    assert lines_of(opened(f"Basic {word}\n")) == ["Basic •••"]


def test_a_last_line_that_grows_is_looked_at_again(opened: Open, tmp_path: Path) -> None:
    document = opened(f"begin\nwith {SECRET[:6]}")
    assert document.plain(6) == f"with {SECRET[:6]}"
    with (tmp_path / "run.log").open("a") as file:
        file.write(f"{SECRET[6:]}\n{SECRET[:6]}\n")
    document.refresh()
    assert document.plain(6) == "with •••"
    with (tmp_path / "run.log").open("a") as file:
        file.write(SECRET[6:])
    document.refresh()
    assert lines_of(document) == ["begin", "with •••", "•••", "•••"]


async def test_the_line_of_a_secret_is_found_and_shown_masked(opened: Open) -> None:
    document = opened(LOG * 3)
    search = parse_search(SECRET)
    assert search is not None
    hits = LineHits(document, search.pattern)
    await hits.run()
    assert hits.count == 3
    assert SECRET not in document.plain(document.start_of(30))
    assert LineTest(((search.pattern, False),)).accepts(document.plain(document.start_of(30))) is False
    await hits.stop()


def test_columns_count_on_what_is_shown(opened: Open) -> None:
    line = opened().plain(20)
    search = parse_search("refused")
    assert search is not None
    (span,) = search.spans(line)
    assert line[slice(*span)] == "refused"


def test_without_secrets_nothing_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    path.write_text(LOG)
    assert SECRET in "\n".join(lines_of(LogDocument(LogFile(path))))
    assert SECRET in "\n".join(lines_of(LogDocument(LogFile(path), redactor=Redactor())))


def test_lines_stay_as_many_as_they_are(redactor: Redactor) -> None:
    text = f"one\n{SECRET[:3]}\n{SECRET[3:]}\n\n{SECRET}\n"
    assert hidden(text, redactor) == "one\n•••\n•••\n\n•••\n"


@given(cuts=st.lists(st.integers(0, len(LOG)), max_size=6), encoding=st.sampled_from(["utf-8", "utf-16"]))
def test_what_comes_in_pieces_is_kept_without_secrets(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], encoding: str
) -> None:
    redactor = Redactor()
    redactor.add(SECRET)
    data = LOG.encode(encoding)
    spool = Spool(tmp_path_factory.mktemp("spool"), redactor=redactor)
    places = [0, *sorted(cuts), len(data)]
    for start, end in pairwise(places):
        if end > start:
            spool.append(data[start:end], encoding, is_last=end == len(data))
    kept = spool.path.read_text()
    spool.close()
    assert kept == LOG.replace(SECRET, "•••")


def test_a_line_without_an_end_is_kept_when_nothing_more_comes(redactor: Redactor) -> None:
    stream = HidingStream(redactor)
    assert stream.feed(b"one\n45 %") == b"one\n"
    assert stream.feed(b"") == b"45 %"
    assert stream.feed(b"x" * 100_000) == b"x" * 100_000
    assert stream.feed(b"\r50 %\r55 %") == b"\r50 %\r"
    assert stream.feed(b"\xff\xfe", is_last=True) == b"55 %\xff\xfe"


def test_a_log_that_is_written_anew_begins_with_nothing_held(tmp_path: Path, redactor: Redactor) -> None:
    spool = Spool(tmp_path, redactor=redactor)
    spool.append(f"login {SECRET[:8]}".encode())
    spool.restart()
    spool.append(b"fresh\n", is_last=True)
    assert spool.path.read_bytes() == b"fresh\n"
    spool.close()
