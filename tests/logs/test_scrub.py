"""Untrusted text: what is left of it, and what it can no longer do."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import hostile
from tui.logs.scrub import (
    MAX_TEXT,
    MOST_MARKS,
    escaped_unsafe,
    is_plain,
    is_scrubbed,
    plain_id,
    plain_text,
    scrub_line,
)

SGR = re.compile(r"\x1b\[[0-9;:]*m")
NASTY = [
    "\x00",
    "\x07",
    "\x08",
    "\x1b",
    "\x1b[2J",
    "\x1b[31m",
    "\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]52;c;aGk=\x1b\\",
    "\x1bP",
    "\x7f",
    "\x9b",
    "\x9d",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\u2028",
    "\ud800",
    "\udfff",
    "\U000e0041",
    "\t",
    "\r",
    "\n",
    "[/red]",
    "\x1b[8m",
    "\x1b[38;5;999;4:3m",
    "\ufe0f",
    "\u3164",
    "\u0301" * 20,
    "é",
    "作业",
]
nasty_text = st.lists(st.sampled_from(NASTY) | st.text(max_size=6), max_size=12).map("".join)


def is_harmless(text: str) -> bool:
    return all(map(hostile.is_harmless, text))


class TestPlainText:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("load_customers", "load_customers"),
            ("", ""),
            ("two\nlines", "two lines"),
            ("many\r\n\t\n breaks", "many  breaks"),
            ("tab\tbed", "tab bed"),
            ("\x1b[31mred\x1b[0m", "red"),
            ("\x9b31mred", "red"),
            ("a\x1b]0;evil title\x07b", "ab"),
            ("a\x1b]8;;http://x\x1b\\b", "ab"),
            ("lonely \x1b escape", "lonely  escape"),
            ("bell\x07, null\x00, del\x7f, c1\x85end", "bell, null, del, c1 end"),
            ("gpj\u202etxt.exe", "gpjtxt.exe"),
            ("\u2066isolate\u2069", "isolate"),
            ("zero\u200bwidth\ufeff", "zerowidth"),
            ("half \ud83d surrogate", "half \ufffd surrogate"),
            ("job[/red]", "job[/red]"),
            ("no\u00a0break", "no\u00a0break"),
            ("Ünïcödé 作业 🚀", "Ünïcödé 作业 🚀"),
        ],
    )
    def test_keeps_only_printable_text(self, text: str, expected: str) -> None:
        assert plain_text(text) == expected

    @pytest.mark.parametrize("filler", ["\u3164", "\u034f", "\u115f", "\uffa0", "\u180f", "\U000e0101"])
    def test_what_only_python_can_see_vanishes(self, filler: str) -> None:
        assert plain_text(f"a{filler}b") == "ab"
        assert not is_plain(filler)

    def test_clean_text_is_not_copied(self) -> None:
        text = "load_customers ORA-12541"
        assert plain_text(text) is text

    def test_long_text_is_cut_with_an_ellipsis(self) -> None:
        cut = plain_text("x" * (MAX_TEXT + 1))
        assert len(cut) == MAX_TEXT
        assert cut.endswith("x…")
        assert plain_text("x" * MAX_TEXT) == "x" * MAX_TEXT
        assert plain_text("abcdef", limit=4) == "abc…"

    def test_long_dirty_text_is_cut_too(self) -> None:
        assert len(plain_text("\x1b[1mx\u200b" * 100_000)) <= MAX_TEXT

    @given(nasty_text)
    def test_nothing_harmful_survives(self, text: str) -> None:
        result = plain_text(text)
        assert is_harmless(result)
        assert is_plain(result)
        assert plain_text(result) == result
        result.encode()

    @given(nasty_text)
    def test_printable_characters_outside_sequences_survive(self, text: str) -> None:
        calm = "".join(char for char in text if char.isprintable() and hostile.is_harmless(char))
        calm = re.sub("[\ufe00-\ufe0f]", "", calm)
        assert plain_text(calm) == calm

    def test_no_selector_makes_a_sign_wider_than_some_terminals_take_it_to_be(self) -> None:
        assert plain_text("1\ufe0f\u20e3 \u2764\ufe0f \u26a0\ufe0e") == "1\u20e3 \u2764 \u26a0"
        assert not is_plain("\u2764\ufe0f")
        assert plain_id("\u2764\ufe0f") == "\u2764\\ufe0f"


class TestScrubLine:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("INFO all is well", "INFO all is well"),
            ("\x1b[1;31mERROR\x1b[0m", "\x1b[1;31mERROR\x1b[0m"),
            ("\x1b[38:2::1:2:3mtrue colour\x1b[m", "\x1b[38;2;1;2;3mtrue colour\x1b[m"),
            ("\x1b[8mhidden\x1b[28m", "hidden"),
            ("\x1b\x1b[8m[2J", "␛[2J"),
            ("clear\x1b[2J", "clear␛[2J"),
            ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
            ("\x1b[31;1Hm", "␛[31;1Hm"),
            ("\x1b[?25m", "␛[?25m"),
            ("\x9b31m", "<9B>31m"),
            ("10%\r20%\n", "10%␍20%"),
            ("line end\r\n", "line end"),
            ("a\x7f", "a␡"),
            ("\u202etxt", "<U+202E>txt"),
            ("a\u200bb", "a<U+200B>b"),
            ("\udc80", "\ufffd"),
            ("a\tb", "a       b"),
            ("\x1b[31mred\x1b[0m\tx", "\x1b[31mred\x1b[0m     x"),
            ("12345678\tx", "12345678        x"),
            ("⚠\ufe0f disk", "⚠ disk"),
            ("👩\u200d🚀", "👩<U+200D>🚀"),
            ("\u3164\uffa0", "<U+3164><U+FFA0>"),
            ("e\u0301" + "a" + "\u0301" * 100 + "b", "e\u0301a" + "\u0301" * MOST_MARKS + "<+94 marks>b"),
            ("กี่ नमस्ते 한국어", "กี่ नमस्ते 한국어"),
        ],
    )
    def test_only_colours_act(self, text: str, expected: str) -> None:
        assert scrub_line(text) == expected

    @pytest.mark.parametrize(
        ("parameters", "kept"),
        [
            ("", ""),
            ("0", "0"),
            (";", "0;0"),
            ("1;31", "1;31"),
            ("001;031", "1;31"),
            ("8", None),
            ("1;8;31", "1;31"),
            ("5;6", None),
            ("10;11;19;20", None),
            ("25;28;51;52;53;73", None),
            ("39;49;27;29", "39;49;27;29"),
            ("97;107", "97;107"),
            ("98;108;999999999999999999", None),
            ("38;5;208", "38;5;208"),
            ("38;5;999;1", "1"),
            ("38;5", None),
            ("38;5;", "38;5;0"),
            ("48;2;1;2;3;4", "48;2;1;2;3;4"),
            ("48;2;1;2", None),
            ("48;2;1;2;256;4", "4"),
            ("38", None),
            ("38;8;1", None),
            ("31;38;1;8;4", "31"),
            ("58;5;1;4", "4"),
            ("58;2;1;2;3;4", "4"),
            ("4:3", "4"),
            ("4:0", "24"),
            ("4:", "24"),
            ("8:1", None),
            ("38:5:208", "38;5;208"),
            ("38:5:256", None),
            ("38:2:1:2:3", "38;2;1;2;3"),
            ("48:2:7:1:2:3:0:1", "48;2;1;2;3"),
            ("38:2:1", None),
            ("58:2::1:2:3", None),
            ("::::;1", "1"),
        ],
    )
    def test_of_colour_sequences_only_colours_survive(self, parameters: str, kept: str | None) -> None:
        expected = "" if kept is None else f"\x1b[{kept}m"
        assert scrub_line(f"a\x1b[{parameters}mb") == f"a{expected}b"

    def test_an_endless_colour_sequence_is_text(self) -> None:
        assert scrub_line(f"\x1b[{'1;' * 2000}1m") == f"␛[{'1;' * 2000}1m"

    def test_colours_between_marks_do_not_build_a_tower(self) -> None:
        text = scrub_line("a" + "\u0301\x1b[1m" * 50 + "b")
        assert text.count("\u0301") == MOST_MARKS
        assert text.endswith("<+44 marks>b")

    def test_every_character_without_room_of_its_own_counts_as_a_mark(self) -> None:
        for code in range(0x300, 0x20000):
            mark = chr(code)
            if unicodedata.category(mark)[0] == "M" and not 0xFE00 <= code <= 0xFE0F:
                assert scrub_line("a" + mark * 60).count(mark) <= MOST_MARKS, hex(code)

    @given(nasty_text)
    def test_nothing_but_colours_survives(self, text: str) -> None:
        result = scrub_line(text)
        assert is_harmless(SGR.sub("", result))
        assert scrub_line(result) == result
        result.encode()

    @given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"])))
    def test_ordinary_lines_are_untouched(self, text: str) -> None:
        assert (scrub_line(text) == text) or not is_scrubbed(text)

    @given(nasty_text)
    def test_escapes_stand_for_what_is_no_printable_text(self, text: str) -> None:
        escaped = escaped_unsafe(text)
        assert is_plain(re.sub("[\ufe00-\ufe0f]", "", escaped))
        assert escaped_unsafe(escaped) == escaped

    def test_escapes_are_those_of_json(self) -> None:
        assert escaped_unsafe("a\x9b\u202e\U000e0041\udc80é") == r"a\u009b\u202e\udb40\udc41\udc80é"
