"""Lines of a log while it comes: the same as those of the whole, however it is cut."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.logs.bulk import shown_lines
from tui.logs.line_stream import LineStream

PIECES = st.sampled_from(
    [b"\n", b"\r\n", b"\r", b"a", "ö尺".encode(), b"\xff", b"\x1b[31m", b"\x1b[2J", b"PK", b"\t"]
)


def lines_of(*parts: bytes, encoding: str = "utf-8") -> list[str]:
    stream = LineStream(encoding)
    found = [line for part in parts for lines in stream.feed(part) for line in lines]
    return found + [line for lines in stream.finish() for line in lines]


@given(data=st.lists(PIECES, max_size=30).map(b"".join), step=st.integers(1, 9))
def test_cuts_change_nothing(data: bytes, step: int) -> None:
    whole = shown_lines(data if data.endswith(b"\n") or not data else data + b"\n")
    assert lines_of(*(data[at : at + step] for at in range(0, len(data), step))) == whole


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030", "latin-1"])
def test_other_encodings_are_read(encoding: str) -> None:
    data = "größer\nals\nfünf".encode(encoding)
    assert lines_of(*(data[at : at + 1] for at in range(len(data))), encoding=encoding) == [
        "größer",
        "als",
        "fünf",
    ]


def test_a_packed_log_is_unpacked() -> None:
    data = gzip.compress(b"one\ntwo")
    assert lines_of(data[:3], data[3:20], data[20:]) == ["one", "two"]


def test_an_endless_line_takes_no_memory_and_says_so() -> None:
    stream = LineStream()
    for _ in range(100):
        assert [line for lines in stream.feed(b"x" * 100_000) for line in lines] == []
        assert len(stream._open) <= 200_000
    (line,) = [line for lines in stream.finish() for line in lines]
    assert line.endswith("x … (line cut)")


def test_of_an_endless_progress_bar_the_last_version_counts() -> None:
    parts = (b"".join(b"\r%d%%" % (number % 101) for number in range(50_000)) for _ in range(5))
    assert lines_of(*parts, b"\rdone") == ["done"]


def test_what_is_skipped_takes_half_lines_with_it() -> None:
    stream = LineStream()
    assert list(stream.feed(b"one\ntw")) == [["one"]]
    stream.skip()
    found = [
        line
        for part in (b"lf", b" a line\nthree", b"\nfour")
        for lines in stream.feed(part)
        for line in lines
    ]
    assert found == ["three"]
    assert [line for lines in stream.finish() for line in lines] == ["four"]
