"""Lines out of bytes: ends, carriage returns, cuts, restarts, and that nothing but colours survives."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.models import LogChunk
from tui.logs.buffer import LONGEST_LINE, LineBuffer


def chunk(
    data: bytes, *, is_complete: bool = False, is_restart: bool = False, encoding: str = "utf-8"
) -> LogChunk:
    return LogChunk(data, "", is_complete=is_complete, is_restart=is_restart, encoding=encoding)


def lines_of(buffer: LineBuffer) -> list[str]:
    return [buffer[index] for index in range(len(buffer))]


def test_lines_end_with_lf_or_crlf_and_the_last_may_be_open() -> None:
    buffer = LineBuffer()
    buffer.feed(chunk(b"one\r\ntwo\nthr"))
    assert lines_of(buffer) == ["one", "two", "thr"]
    buffer.feed(chunk(b"ee\n", is_complete=True))
    assert lines_of(buffer) == ["one", "two", "three"]
    assert buffer.is_complete


def test_of_a_progress_bar_the_last_version_counts() -> None:
    buffer = LineBuffer()
    buffer.feed(chunk(b"10%\r20%\r30%\r\ndone\n"))
    assert lines_of(buffer) == ["30%", "done"]


def test_an_endless_line_is_cut_and_says_so() -> None:
    buffer = LineBuffer()
    for _ in range(50):
        buffer.feed(chunk(b"x" * 10_000))
    buffer.feed(chunk(b"\n"))
    assert len(lines_of(buffer)[0]) < LONGEST_LINE + 40
    assert lines_of(buffer)[0].endswith("(line cut)")


def test_old_lines_are_dropped_beyond_the_limit() -> None:
    buffer = LineBuffer(most_lines=3)
    assert buffer.feed(chunk(b"1\n2\n3\n4\n5\n")) == 2
    assert lines_of(buffer) == ["3", "4", "5"]
    assert buffer.dropped == 2


def test_a_rewritten_log_starts_over() -> None:
    buffer = LineBuffer()
    buffer.feed(chunk(b"old\nhalf"))
    assert buffer.feed(chunk(b"new\n", is_restart=True)) == 1
    assert lines_of(buffer) == ["new"]


def test_an_unknown_encoding_is_read_as_utf8_and_latin1_as_told() -> None:
    unknown, latin = LineBuffer(), LineBuffer()
    unknown.feed(chunk("grün\n".encode(), encoding="no-such"))
    latin.feed(chunk("grün\n".encode("latin-1"), encoding="latin-1"))
    assert lines_of(unknown) == lines_of(latin) == ["grün"]


def test_finding_goes_both_ways_and_tells_when_there_is_nothing() -> None:
    buffer = LineBuffer()
    buffer.feed(chunk(b"a\nerror 1\nb\nerror 2\n"))
    pattern = re.compile("error")
    assert buffer.find(pattern, 0) == 1
    assert buffer.find(pattern, 2) == 3
    assert buffer.find(pattern, 2, -1) == 1
    assert buffer.find(re.compile("nowhere"), 0) is None
    assert buffer.count(pattern) == 2


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_pieces_make_the_same_lines_as_the_whole(pieces: list[bytes]) -> None:
    whole, parts = LineBuffer(), LineBuffer()
    whole.feed(chunk(b"".join(pieces), is_complete=True))
    for piece in pieces:
        parts.feed(chunk(piece))
    parts.feed(chunk(b"", is_complete=True))
    assert lines_of(parts) == lines_of(whole)


@pytest.mark.parametrize(
    "evil", [b"\x1b]0;title\x07", b"\x1b]52;c;aGk=\x07", b"\x1b[2J", b"\x9b2J", b"\x1bc"]
)
def test_nothing_but_colours_survives(evil: bytes) -> None:
    buffer = LineBuffer()
    buffer.feed(chunk(b"\x1b[31mred\x1b[0m " + evil + b" end\n"))
    line = lines_of(buffer)[0]
    assert "\x1b[31m" in line
    assert not re.search(r"\x1b(?!\[[0-9;:]*m)|\x9b|\x07", line)
