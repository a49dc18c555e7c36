"""Bytes become text, whatever they are and whatever is said of them."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.redaction import Redactor
from tui.transport.body import decode, excerpt, is_web_page, shown
from tui.transport.limits import BLOCK_CHARS, EXCERPT_CHARS, EXCERPT_SOURCE_CHARS


@given(body=st.binary(max_size=300), content_type=st.text(max_size=40))
def test_any_bytes_become_text(body: bytes, content_type: str) -> None:
    assert isinstance(decode(body, content_type), str)
    assert isinstance(is_web_page(body, content_type), bool)


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\ufeff\0"), max_size=100))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_what_says_its_encoding_itself_is_believed(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding), "text/plain; charset=latin-1") == text or not text


@pytest.mark.parametrize(
    "charset", ["zlib", "hex", "base64", "undefined", "rot13", "bz2", "no-such", "utf-8"]
)
def test_a_charset_that_makes_no_text_is_not_used(charset: str) -> None:
    body = b"\xe4" + zlib.compress(bytes(1000))
    assert decode(body, f"text/plain; charset={charset}") == body.decode("latin-1")


@pytest.mark.parametrize("before", [BLOCK_CHARS - 2, BLOCK_CHARS - 1, BLOCK_CHARS, 3 * BLOCK_CHARS - 1])
def test_a_character_across_the_border_of_two_blocks(before: int) -> None:
    text = "x" * before + "😀ä" + "y" * 10
    assert decode(text.encode()) == text
    assert decode(text[:-11].encode() + b"\xe4") == (text[:-11].encode() + b"\xe4").decode("latin-1")


@given(body=st.binary(max_size=2000), content_type=st.sampled_from(["", "text/html", "application/json"]))
def test_excerpts_are_one_short_line_of_printable_text(body: bytes, content_type: str) -> None:
    told = excerpt(body, content_type, Redactor())
    assert told.isprintable()
    assert len(told) <= EXCERPT_CHARS


@given(
    secret=st.text(st.characters(codec="ascii", exclude_categories=["Cc", "Zs"]), min_size=6, max_size=30),
    spoiler=st.sampled_from(["", "\x00", "\x1b", "\u200b", "\u202e"]),
    at=st.integers(0, 30),
)
def test_a_secret_that_a_server_echoes_is_masked_even_when_it_is_broken_up(
    secret: str, spoiler: str, at: int
) -> None:
    redactor = Redactor()
    redactor.add(secret)
    echoed = secret[: at % len(secret)] + spoiler + secret[at % len(secret) :]
    assert secret not in shown(f"bad password {echoed} for ops", redactor)


@pytest.mark.parametrize(
    ("body", "content_type", "is_page"),
    [
        (b"<html>", "", True),
        (b"\n\n<!DOCTYPE html PUBLIC>", "text/plain", True),
        (b"<p>moved</p>", "text/html;charset=utf-8", True),
        (b'{"a": "<html>"}', "text/html", False),
        (b"### Job STARTED <html>", "text/plain", False),
        (b"", "text/html", False),
        (gzip.compress(b"<html>", mtime=0), "", False),
        (b" " * 5000 + b"<html>", "", False),
    ],
)
def test_what_is_a_web_page(body: bytes, content_type: str, is_page: bool) -> None:
    assert is_web_page(body, content_type) is is_page


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (b"<html><script>var a = '<b>';</script>Sorry <b>no</b><style>x {}</STYLE > way", "Sorry no way"),
        (b"<html>Sorry<script>var a" * 3, "Sorry"),
        (b"<html><h1 class=x>Gone</h1>" + b"<script " * 30_000, "Gone"),
        (b"<html>Sorry" + b"<" * 200_000, "Sorry" + "<" * (EXCERPT_CHARS - 6) + "…"),
    ],
)
def test_the_words_of_a_page(page: bytes, told: str) -> None:
    assert excerpt(page, "text/html", Redactor()) == told


@pytest.mark.parametrize("at", range(EXCERPT_SOURCE_CHARS - 20, EXCERPT_SOURCE_CHARS + 2))
def test_a_secret_at_the_place_where_a_text_is_cut_is_not_told(at: int) -> None:
    redactor = Redactor()
    redactor.add("hunter2-secret")
    told = shown(f"no{' ' * (at - 2)}hunter2-secret{' ' * 100}", redactor)
    assert told == "no"
