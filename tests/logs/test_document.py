"""A log as lines by offset, held to a plain evaluator; and what becomes of it when its file changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui.logs.document import LogDocument
from tui.logs.lines import LONGEST_LINE
from tui.logs.source import LogFile
from tui.logs.spool import Spool

BLOCK = 8
"""So small that lines lie across blocks, and blocks without an end of a line are common."""

PIECES = st.sampled_from(
    [b"\n", b"\r\n", b"\r", b"a", b"bcd", b"\xc3\xb6", b"\xff", b"\0", b"0123456789abcdef"]
)
TEXTS = st.lists(PIECES, max_size=40).map(b"".join)


@contextmanager
def opened(path: Path, block: int = BLOCK) -> Iterator[LogDocument]:
    file = LogFile(path)
    try:
        yield LogDocument(file, block)
    finally:
        file.close()


def starts_of(data: bytes) -> list[int]:
    """Where each line begins, the plain way."""
    return [0, *(at + 1 for at in range(len(data) - 1) if data[at : at + 1] == b"\n")] if data else []


def assert_right(document: LogDocument, data: bytes) -> None:
    starts = starts_of(data)
    ends = [*starts[1:], len(data)] if data else []
    assert document.size == len(data)
    assert (document.first, document.last) == ((0, starts[-1]) if starts else (None, None))
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        assert document.end(start) == end
        assert document.after(start) == (end if end < len(data) else None)
        assert document.before(start) == (starts[number - 1] if number else None)
        assert {document.start_of(offset) for offset in range(start, end)} == {start}
        shown = data[start:end].rstrip(b"\r\n").rsplit(b"\r", 1)[-1]
        if shown.isascii() and b"\0" not in shown:
            assert document.text(start) == document.plain(start) == shown.decode()
    if document.is_indexed:
        assert document.lines == len(starts)
        assert [document.number(start) for start in starts] == list(range(len(starts)))
        assert [document.place(number) for number in range(len(starts))] == starts
        assert document.place(len(starts) + 5) == document.last


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(TEXTS, min_size=1, max_size=4), looks=st.lists(st.booleans(), min_size=4, max_size=4))
def test_a_growing_log_is_what_a_plain_evaluator_says(
    tmp_path: Path, parts: list[bytes], looks: list[bool]
) -> None:
    path = tmp_path / "job.log"
    path.write_bytes(parts[0])
    data = parts[0]
    with opened(path) as document:
        for part, counts in zip([b"", *parts[1:]], looks, strict=False):
            with path.open("ab") as end:
                end.write(part)
            assert_right(document, data)  # what came is not seen before a look
            data += part
            document.refresh()
            assert_right(document, data)
            while counts and not document.index.catch_up():
                assert_right(document, data)
            assert_right(document, data)
        assert document.generation == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(before=TEXTS, after=TEXTS, is_rotated=st.booleans())
def test_a_log_that_was_written_anew_shows_nothing_of_before(
    tmp_path: Path, before: bytes, after: bytes, is_rotated: bool
) -> None:
    path = tmp_path / "job.log"
    path.write_bytes(b"before " + before)
    with opened(path) as document:
        assert_right(document, b"before " + before)
        document.index.catch_up()
        if is_rotated:
            path.rename(tmp_path / "job.log.1")
        path.write_bytes(after)
        assert document.refresh()
        assert document.generation == 1
        assert_right(document, after)
        while not document.index.catch_up():
            pass
        assert_right(document, after)


def test_an_empty_log_has_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    path.touch()
    with opened(path) as document:
        assert (document.first, document.last, document.lines, document.is_indexed) == (None, None, 0, True)
        path.write_bytes(b"\n")
        assert document.refresh()
        assert (document.first, document.text(0)) == (0, "")


def test_a_line_that_grows_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    path.write_bytes(b"done\nhalf a")
    with opened(path, 1 << 18) as document:
        assert [document.text(0), document.text(5)] == ["done", "half a"]
        path.write_bytes(b"done\nhalf a line\nnext")
        assert document.refresh()
        assert [document.text(5), document.text(17)] == ["half a line", "next"]


def test_the_text_of_a_spool_that_began_anew_is_forgotten_at_the_next_look(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(b"first\n")
    document = LogDocument(spool.file)
    document.refresh()
    assert document.text(0) == "first"
    spool.restart()
    assert document.refresh(), "also when nothing has come since"
    assert (document.first, document.generation) == (None, 1)
    spool.append(b"other\n")
    document.refresh()
    assert document.text(0) == "other"
    spool.close()


def test_a_line_of_ten_megabytes_is_shown_cut(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    path.write_bytes(b"before\n" + b"x" * 10_000_000 + b"\nafter")
    with opened(path, 1 << 18) as document:
        assert document.end(7) == 10_000_008
        assert document.text(7) == "x" * LONGEST_LINE + " … (line cut)"
        assert document.last == 10_000_008
        assert document.before(10_000_008) == 7
        assert document.start_of(5_000_000) == 7


def test_a_vanished_log_stays_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    path.write_bytes(b"one\ntwo\n")
    with opened(path) as document:
        path.unlink()
        assert not document.refresh()
        assert document.file.is_gone
        assert_right(document, b"one\ntwo\n")


@pytest.mark.parametrize("cut", [0, 3, 10])
def test_a_log_that_is_cut_while_it_is_read_harms_nobody(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "job.log"
    path.write_bytes(b"line\n" * 10)
    with opened(path) as document:
        path.write_bytes((b"line\n" * 10)[:cut])
        start = document.first
        seen = 0
        while start is not None and seen < 100:
            assert document.text(start) in {"line", "", "l", "lin"}
            start, seen = document.after(start), seen + 1
        assert document.refresh()
        assert document.size == cut
