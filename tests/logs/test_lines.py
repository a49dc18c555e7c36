"""From bytes to a line that is shown: whatever is in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.logs.lines import LONGEST_LINE, MOST_BYTES, bytes_of_line, decoded, shown_line, without_colours


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        ("größer 尺 🙂".encode(), "größer 尺 🙂"),
        ("größer".encode("latin-1"), "größer"),
        ("Preis: 5 €, “gut”".encode("cp1252"), "Preis: 5 €, “gut”"),
        (b"ok " + "ö".encode() + b" \xff", "ok ö \N{REPLACEMENT CHARACTER}"),
        (b"\x81\x8d binary \xff", "\N{REPLACEMENT CHARACTER}" * 2 + " binary \N{REPLACEMENT CHARACTER}"),
        (b"", ""),
    ],
)
def test_bytes_are_utf_8_or_else_western(raw: bytes, text: str) -> None:
    assert decoded(raw) == text


@given(st.binary(max_size=200))
def test_any_bytes_have_a_text(raw: bytes) -> None:
    assert isinstance(decoded(raw), str)
    line = shown_line(raw.replace(b"\n", b""))
    assert without_colours(line).isprintable() or not set(without_colours(line)) & set(map(chr, range(32)))


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"unix\n", "unix"),
        (b"windows\r\n", "windows"),
        (b"odd\r\r\n", "odd"),
        (b"no end", "no end"),
        (b" 10%\r 50%\r100%\n", "100%"),
        (b" 10%\r 50%\r", " 50%"),
        (b"\r\n", ""),
        (b"a\tb\n", "a       b"),
        (b"nul\0here", "nul␀here"),
        (b"\x1b[31mred\x1b[0m\x1b[2J", "\x1b[31mred\x1b[0m␛[2J"),
    ],
)
def test_a_line_is_harmless_and_without_its_end(raw: bytes, line: str) -> None:
    assert shown_line(raw) == line


def test_a_long_line_is_cut_and_says_so() -> None:
    line = shown_line(b"x" * (LONGEST_LINE + 1))
    assert line == "x" * LONGEST_LINE + " … (line cut)"
    assert shown_line(b"x" * LONGEST_LINE) == "x" * LONGEST_LINE
    assert shown_line("🙂".encode() * LONGEST_LINE) == "🙂" * LONGEST_LINE


@pytest.mark.parametrize("before", [b"", b"x", b"xx", b"xxx"])
def test_a_cut_breaks_no_character(before: bytes) -> None:
    data = before + "🙂".encode() * 30_000 + b"\n"
    raw, is_cut = bytes_of_line(lambda at, length: data[at : at + length], 0, len(data))
    assert is_cut
    assert len(raw) <= MOST_BYTES
    line = shown_line(raw, is_cut=is_cut)
    assert "\N{REPLACEMENT CHARACTER}" not in line
    assert line.endswith(" … (line cut)")


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\r"])
def test_of_a_long_progress_bar_the_last_version_counts(end: bytes) -> None:
    data = b"".join(b"\r%7d of 100000" % number for number in range(20_000)) + end
    raw, is_cut = bytes_of_line(lambda at, length: data[at : at + length], 0, len(data))
    assert shown_line(raw, is_cut=is_cut) == "  19999 of 100000"
