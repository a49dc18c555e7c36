"""What a typed text searches for, what is refused, and that patterns for bytes find every line that fits."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.logs.searches import LOGS, SEARCHES, lines_of
from tui.logs.byte_patterns import byte_pattern
from tui.logs.levels import ERROR_LINE
from tui.logs.matching import text_of
from tui.logs.needles import needles_of
from tui.logs.patterns import LONGEST_SEARCH, MOST_SPANS, Search, parse_search, search_for, united_spans

ALL = [*SEARCHES, search_for(ERROR_LINE)]


def parsed(text: str) -> Search:
    search = parse_search(text)
    assert search is not None
    return search


@pytest.mark.parametrize(
    ("text", "line", "is_found"),
    [
        ("listener", "no Listener", True),
        ("Listener", "no listener", False),
        ("ORA", "flora", False),
        (r"\Srror", "ERROR", True),
        (r"\bError", "ERROR", False),
        (r"(?P<X>rr)or", "ERROR", True),
        (r"\N{LATIN CAPITAL LETTER A}b", "AB", True),
        (r"a.c", "abc", True),
        (r"\Va.c", "abc", False),
        (r"\Va.c", "xA.Cx", True),
        ("straße", "STRASSE", False),
        ("müller", "MÜLLER", True),
        ("disk", "dis\N{KELVIN SIGN}", False),
        ("(", "f(x)", True),
        ("a**", "A**", True),
    ],
)
def test_case_and_signs_matter_as_they_are_typed(text: str, line: str, is_found: bool) -> None:
    assert parsed(text).matches(line) is is_found


@pytest.mark.parametrize("text", ["", r"\V"])
def test_nothing_is_searched_for_nothing(text: str) -> None:
    assert parse_search(text) is None


def test_a_text_without_signs_is_plain_and_no_problem() -> None:
    assert parsed("foo bar").is_plain
    assert parsed("foo bar").problem is None
    assert not parsed("foo.bar").is_plain


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("(", "unterminated"),
        ("a**", "multiple repeat"),
        ("[z-a]", "bad character range"),
        (r"\q", "bad escape"),
        ("(" * 900, ""),
        ("a{99999999999}", "complicated"),
    ],
)
def test_what_is_no_expression_is_searched_as_text_and_says_why(text: str, problem: str) -> None:
    search = parsed(text)
    assert search.is_plain
    assert search.matches(f"x{text}y")
    assert search.problem is not None
    assert problem in search.problem


@pytest.mark.parametrize(
    "text",
    [
        *(
            "(a+)+b",
            r"(\w+\s*)+$",
            r"(ab?|a)*x",
            r"(a?){30}b",
            r"(.*,){11}P",
            r"(a?a?)*b",
            r"(\s*\w+\s+)*x",
            r"(\[.*?\])+x",
        ),
        *(r"(?:a+){20}b", r"(?=(a+)+b)a", r"((ab)*)*c", ".*" * 5 + "x", r"(\w*\.\w*)+x", r"(a|b|ab)*c"),
    ],
)
def test_what_could_take_forever_is_searched_as_text(text: str) -> None:
    assert "forever" in (parsed(text).problem or "")


@pytest.mark.parametrize(
    "text",
    [
        *(
            r"(?:\w+\.)+\w+Exception",
            r"(\d{1,3}\.){3}\d{1,3}",
            r"(\w+\s+)+x",
            r'"(?:[^"\\]|\\.)*"',
            ".*q.*r.*s",
        ),
        *(r"(?:/[\w.-]+)+", r"(?:, \w+)*;", r"(?:.|\n)*x", r"(\S+\s+){5}\S", r"(?:ab|cd)+"),
    ],
)
def test_what_takes_no_time_is_an_expression(text: str) -> None:
    search = parsed(text)
    assert search.problem is None
    assert not search.is_plain
    for line in ("a" * 3000, "a." * 1500, "a b  " * 300, '"\\' * 1500):
        search.matches(f"{line}\0")


def test_spans_are_bounded_in_order_and_never_empty() -> None:
    assert parsed("foo").spans("a foo Foo") == [(2, 5), (6, 9)]
    assert parsed("x*").spans("axxb") == [(1, 3)]
    assert len(parsed("a").spans("a" * 10_000)) == MOST_SPANS
    assert united_spans([parsed("foo"), parsed("oob"), parsed("x")], "foob x foo") == [
        (0, 4),
        (5, 6),
        (7, 10),
    ]


def test_a_very_long_text_is_cut() -> None:
    assert parsed("a" * 10_000).matches("a" * LONGEST_SEARCH)


@given(
    text=st.text(st.sampled_from(r"ab.*+?()[]{}|^$\Vd1,-:=<!PiA "), max_size=12), line=st.text(max_size=12)
)
def test_any_text_can_be_typed(text: str, line: str) -> None:
    search = parse_search(text)
    assert search is not None or text in ("", r"\V")
    if search is not None:
        assert all(start < end for start, end in search.spans(line))
        byte_pattern(search.pattern)
        needles_of(search.pattern)


@given(log=LOGS)
def test_patterns_for_bytes_find_every_line_that_fits(log: bytes) -> None:
    for line in lines_of(log):
        text = text_of(line)
        raw = line.removesuffix(b"\n")
        for search in ALL:
            if not search.matches(text):
                continue
            for_bytes = byte_pattern(search.pattern)
            if for_bytes is not None:
                assert re.search(for_bytes.rust.removeprefix("(?-u)").encode(), raw), search.text
            needles = needles_of(search.pattern)
            if needles is not None and b"\x1b" not in raw and (raw.isascii() or not needles.may_be_hidden):
                small = raw.lower() if needles.ignores_case else raw
                assert any(needle in small for needle in needles.texts), search.text


def test_grep_takes_these_patterns_as_python_does(tmp_path: Path) -> None:
    pieces = [
        b"",
        b" ",
        b"\t",
        b"\0",
        b"\r",
        b"\x1b",
        b"\xc3\xbc",
        b"\xff",
        b"\xc2\x9b",
        b"foo",
        b"bar",
        b"ok",
    ]
    pieces += [
        b"ERROR",
        b"a-1",
        b"a.b",
        b"]^x",
        b"\\x",
        b"-x",
        b"[",
        b"9B",
        b"x" * 40,
        b"ORA-12541",
        b"k",
        b"<",
    ]
    lines = [one + two + three for one in pieces for two in pieces for three in (b"", b"\r", b"o", b" bar")]
    path = tmp_path / "log"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    for search in ALL:
        found = byte_pattern(search.pattern)
        if found is None:
            continue
        command = [b"grep", b"-a", b"-n", b"-E", b"--regexp=" + found.posix, os.fsencode(path)]
        told = subprocess.run(command, capture_output=True, check=False, env={"LC_ALL": "C"}).stdout
        numbers = [int(line.split(b":")[0]) for line in told.split(b"\n") if line]
        pattern = re.compile(found.rust.removeprefix("(?-u)").encode())
        assert numbers == [number for number, line in enumerate(lines, 1) if pattern.search(line)], (
            search.text
        )


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("foo bars", {b"bars"}),
        (r"ORA-\d+", {b"ORA-"}),
        ("refused.*Listener", {b"Listener"}),
        (r"\bERROR\b|FATAL", {b"ERROR", b"FATAL"}),
        (r"(?:abc|def)+", {b"abc", b"def"}),
        ("Disconnection|connection", {b"connection"}),
        ("(?:abc)?", None),
        (r"\d\d", None),
    ],
)
def test_the_most_telling_texts_are_looked_for(text: str, texts: set[bytes] | None) -> None:
    needles = needles_of(parsed(text).pattern)
    assert (needles and set(needles.texts)) == texts
