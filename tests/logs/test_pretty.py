"""Lines of JSON spread over rows: what they say stays, and what they could do does not."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.logs.pretty import MOST_ROWS, spread
from tui.logs.scrub import MOST_MARKS, is_plain, scrub_line

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
PREFIXES = st.sampled_from(["", "14:00:05 INFO ", "[main] ", "{broken [x] ", '"quoted" '])


def test_a_value_is_laid_out_as_usual() -> None:
    value = {"a": 1, "b": [1, [], {}, {"c": None}], "d": "x"}
    assert spread(json.dumps(value)) == json.dumps(value, indent=2).split("\n")
    assert spread("x " + json.dumps(value, separators=(",", ":")) + " ")[1:] == spread(json.dumps(value))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "plain",
        "[]",
        "{}",
        "ends with ]",
        "ends {with}",
        "[1, 2",
        '{"a": 1} and more',
        '"text"',
        "1]",
        "[main]",
    ],
)
def test_other_lines_are_left_alone(line: str) -> None:
    assert not spread(line)


def test_what_stands_before_the_value_has_a_row_of_its_own() -> None:
    assert spread("14:00 [main]  [1]") == ["14:00 [main]", "[", "  1", "]"]


def test_numbers_and_names_stay_as_they_are_written() -> None:
    line = '{"a": 1.10, "a": 1E400, "b": 12345678901234567890.5, "c": -0, "d": 1e2}'
    assert " ".join(row.strip() for row in spread(line)) == line.replace("{", "{ ").replace("}", " }")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"gr\u00f6\u00dfe \u4f5c", "größe 作"),
        (r"\ud83d\ude80", "🚀"),
        (r"a\nb\t\"c\"\\", r"a\nb\t\"c\"\\"),
        (r"\u001b]52;c;aGk=\u0007", r"\u001b]52;c;aGk=\u0007"),
        (r"\u009b31m\u009d\u007f", r"\u009b31m\u009d\u007f"),
        (r"\u202e\u2028\u200b\u3164", r"\u202e\u2028\u200b\u3164"),
        (r"\ud800", r"\ud800"),
        (r"\udb40\udc41", r"\udb40\udc41"),
        (r"\u26a0\ufe0f", "⚠"),
        (r"\/", "/"),
    ],
)
def test_escapes_are_shown_as_characters_where_those_are_harmless(written: str, shown: str) -> None:
    assert spread(f'["{written}"]') == ["[", f'  "{shown}"', "]"]


def test_escaped_marks_build_no_tower() -> None:
    row = spread('["a' + r"\u0301" * 100 + '"]')[1]
    assert row.count("\u0301") == MOST_MARKS


def test_a_long_value_is_cut() -> None:
    rows = spread(json.dumps(list(range(2 * MOST_ROWS))))
    assert len(rows) == MOST_ROWS
    assert rows[-1] == "…"
    assert len(spread(json.dumps(list(range(MOST_ROWS - 2))))) == MOST_ROWS


@pytest.mark.parametrize(
    "line", ["[" * 20_000 + "]", "[" * 9_000 + "]" * 9_000, "[1," * 6_000 + "}", '{"a":' * 3_000 + "}"]
)
def test_deep_nesting_does_no_harm(line: str) -> None:
    rows = spread(line)
    assert len(rows) <= MOST_ROWS
    assert all(len(row) < 200 for row in rows)


@given(VALUES, PREFIXES, st.booleans())
def test_the_value_is_that_of_the_line(value: object, prefix: str, is_escaped: bool) -> None:
    line = scrub_line(f"{prefix}{json.dumps(value, ensure_ascii=is_escaped)}")
    rows = spread(line)
    if not isinstance(value, dict | list) or not value:
        assert not rows
        return
    assert all(is_plain(row) for row in rows)
    assert all(scrub_line(row) == row for row in rows)
    body = "".join(row for row in rows[bool(prefix) :])
    if "\ufe0f" not in line and "marks>" not in body:
        assert repr(json.loads(body)) == repr(json.loads(line[len(prefix) :]))


@given(st.text(alphabet='[]{}",: \\u0019ab', max_size=40))
def test_any_text_is_taken(text: str) -> None:
    rows = spread(text)
    if rows:
        squeezed = re.sub(r"\s", "", text)
        assert json.loads("".join(rows[rows[0] not in ("[", "{") :])) is not None
        assert squeezed.endswith(("]", "}"))
