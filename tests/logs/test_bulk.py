"""Many lines at once are the same lines as one by one, whatever is in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tui.logs import bulk
from tui.logs.bulk import shown_text
from tui.logs.document import LogDocument
from tui.logs.lines import LONGEST_LINE, MOST_BYTES
from tui.logs.source import LogFile

PIECES = st.one_of(
    st.sampled_from(
        [b"\n", b"\n", b"\r\n", b"\r", b"\t", b"\x1b[31m", b"\x1b[0m", b"\x1b[2J", b"\x9b", b"\0", b"\xff"]
    ),
    st.sampled_from([b"plain text", "größer".encode(), "尺\u202e".encode(), "é".encode("latin-1")]),
    st.sampled_from(
        ["e\u0301".encode(), "\u0301".encode() * 20, "✓\ufe0f".encode(), b"\x1b[8m", b"\x1b[1;5;38;5;9m"]
    ),
    st.sampled_from([b"x" * (LONGEST_LINE + 1), b"\x1b[" + b"1;" * 40 + b"m", "🙂".encode() * LONGEST_LINE]),
    st.binary(max_size=8),
)


def one_by_one(document: LogDocument) -> str:
    texts = []
    start = document.first
    while start is not None:
        texts.append(f"{document.text(start)}\n")
        start = document.after(start)
    return "".join(texts)


def all_at_once(document: LogDocument) -> str:
    texts = []
    start = 0
    while text := shown_text(document, start, takes_rest=True):
        if not text[0]:
            break
        texts.append(text[0])
        start = text[1]
    return "".join(texts)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(parts=st.lists(PIECES, max_size=30), block=st.sampled_from([16, 300, 1 << 18]))
@example(parts=["🙂".encode() * LONGEST_LINE, b"\n"], block=1 << 18)
@example(parts=[b"\r" * (MOST_BYTES + 1), b"x\n"], block=1 << 18)
def test_lines_are_the_same_at_once_and_one_by_one(tmp_path: Path, parts: list[bytes], block: int) -> None:
    path = tmp_path / "job.log"
    path.write_bytes(b"".join(parts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "BLOCK", block)
        patch.setattr(bulk, "_FEW", block // 8)
        file = LogFile(path)
        document = LogDocument(file)
        assert all_at_once(document) == one_by_one(document)
        file.close()


def test_a_line_without_an_end_waits_unless_it_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    path.write_bytes(b"one\ntwo\nhalf")
    document = LogDocument(LogFile(path))
    assert shown_text(document, 0) == ("one\ntwo\n", 8)
    assert shown_text(document, 8) == ("", 8)
    assert shown_text(document, 8, takes_rest=True) == ("half\n", 12)
    assert shown_text(document, 12, takes_rest=True) == ("", 12)
    document.file.close()


def test_only_lines_with_colours_are_finished(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    path.write_bytes(b"plain\n" * 3 + b"\x1b[31mred\n" + b"\x1b[31mred\tand tabs\n" + b"\x1b[32mgreen")
    document = LogDocument(LogFile(path))
    text, start = shown_text(document, 0, finish=lambda line: f"{line}." if "\x1b" in line else line)
    assert text == "plain\n" * 3 + "\x1b[31mred.\n\x1b[31mred     and tabs.\n"
    assert shown_text(document, start, takes_rest=True, finish=str.upper)[0] == "\x1b[32MGREEN\n"
    document.file.close()
