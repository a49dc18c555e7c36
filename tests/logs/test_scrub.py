"""Untrusted text: what is left of it, and what it can no longer do."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.logs.scrub import MAX_TEXT, is_plain, plain_text, scrub_line

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
    "é",
    "作业",
]
nasty_text = st.lists(st.sampled_from(NASTY) | st.text(max_size=6), max_size=12).map("".join)


def is_harmless(text: str) -> bool:
    return all(unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in text)


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
        calm = "".join(char for char in text if char.isprintable())
        assert plain_text(calm) == calm


class TestScrubLine:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("INFO all is well", "INFO all is well"),
            ("\x1b[1;31mERROR\x1b[0m", "\x1b[1;31mERROR\x1b[0m"),
            ("\x1b[38:2::1:2:3mtrue colour\x1b[m", "\x1b[38:2::1:2:3mtrue colour\x1b[m"),
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
        ],
    )
    def test_only_colours_act(self, text: str, expected: str) -> None:
        assert scrub_line(text) == expected

    @given(nasty_text)
    def test_nothing_but_colours_survives(self, text: str) -> None:
        result = scrub_line(text)
        assert is_harmless(SGR.sub("", result))
        assert SGR.findall(result) == SGR.findall(text.removesuffix("\n").removesuffix("\r"))
        assert scrub_line(result) == result
        result.encode()

    @given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"])))
    def test_ordinary_lines_are_untouched(self, text: str) -> None:
        assert scrub_line(text) == text if is_plain(text) else scrub_line(text) != text
