"""The last gate before the terminal: whatever is painted, a cell shows characters and does nothing."""

from __future__ import annotations

import re
import unicodedata

import pyte
import pytest
from rich.cells import cell_len, get_character_cell_size
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.support.hostile import MOVE, SGR, StrictScreen, strangers
from tests.support.hostile_texts import hostile_texts
from tests.support.watched import OPINIONS
from tui.logs.scrub import MOST_MARKS, is_plain
from tui.ui.shown import ShownScreen, is_disputed

WIDTH = 60


def painted(*pieces: str, style: Style | None = None) -> str:
    """What is sent for a line of pieces."""
    strip = Strip([Segment(piece, style) for piece in pieces])
    return ShownScreen(WIDTH, 2).paint(1, 0, strip, ColorSystem.TRUECOLOR)


@pytest.mark.parametrize("pieces", [("a\x1b]0;evil\x07b",), ("a", "\x1b[2J", "b"), ("a", "\u202e", "b")])
def test_what_came_past_every_other_gate_does_nothing(pieces: tuple[str, ...]) -> None:
    assert not strangers(painted(*pieces), SGR, MOVE)


def test_no_text_is_painted_as_anything_but_text() -> None:
    for text in hostile_texts(2_000, seed=7):
        assert not strangers(painted(text, "x", text[::-1]), SGR, MOVE), text


def test_what_does_nothing_takes_the_room_that_it_was_given() -> None:
    for text in hostile_texts(500, seed=8):
        room = cell_len(text)
        if room < WIDTH - 1:
            screen = StrictScreen(WIDTH, 2)
            pyte.Stream(screen).feed(painted(text, "|"))
            assert screen.row(1)[room : room + 2] == ["|", " "], text


def test_a_tower_of_marks_is_built_no_higher_than_any_language_needs() -> None:
    sent = painted("a" + "\u0301" * 500, "\u0302" * 500, "b")
    assert sent.count("\u0301") + sent.count("\u0302") == MOST_MARKS


def test_a_terminal_that_takes_marks_for_letters_keeps_none_behind() -> None:
    plain, odd = Strip([Segment("abcdefghijklmno")]), Strip([Segment("a\u0301\u0302\u0303bcdefghijklmno")])
    for opinion in OPINIONS:
        screen = opinion(WIDTH, 2)
        stream, shown = pyte.Stream(screen), ShownScreen(WIDTH, 2)
        for strip in (plain, odd, plain):
            stream.feed(shown.paint(0, 0, strip, ColorSystem.TRUECOLOR))
            assert screen.row(0)[1:15] == list("bcdefghijklmno"), opinion


def test_what_another_widget_shows_behind_a_mark_stays_whole() -> None:
    for opinion in OPINIONS:
        screen = opinion(WIDTH, 2)
        stream, shown = pyte.Stream(screen), ShownScreen(WIDTH, 2)
        for left, text in ((0, "abcd"), (4, "▌box wide世"), (0, "abcd\u20e3")):
            stream.feed(shown.paint(0, left, Strip([Segment(text)]), ColorSystem.TRUECOLOR))
        assert "".join(screen.row(0)[4:14]) == "▌box wide世", opinion


def test_a_link_is_one_only_where_it_is_ascii() -> None:
    harmless, evil = "https://x.example/", "https://x.example/\x1b\\\x1b[2J"
    assert re.search(rf"\]8;id=\d+;{harmless}\x1b", painted("here", style=Style(link=harmless)))
    for address, text in ((evil, "here"), ("https://x.example/ü", "here"), (harmless, "h\u0301e\x1b[2J")):
        assert not strangers(painted(text, style=Style(link=address)), SGR, MOVE)


def test_what_stands_beside_a_link_keeps_its_place() -> None:
    link = Style(link="https://x.example/")
    strip = Strip([Segment("👍🏽⚠ ", None), Segment("here", link), Segment("⚠\ufe0f|", None)])
    for opinion in OPINIONS:
        screen = opinion(WIDTH, 2)
        stream = pyte.Stream(screen)
        stream.feed(ShownScreen(WIDTH, 2).paint(0, 0, strip, ColorSystem.TRUECOLOR))
        shown = screen.row(0)
        at = cell_len("👍🏽⚠ ")
        assert "".join(shown[at : at + 4]) == "here", opinion
        assert shown[strip.cell_length - 1] == "|", opinion


def test_a_character_whose_width_the_tables_do_not_agree_on_is_put_in_its_place() -> None:
    for code in range(0x20, 0x110000):
        character = chr(code)
        if not is_plain(character) or unicodedata.category(character) in {"Cn", "Co"}:
            continue
        old = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if not get_character_cell_size(character) == pyte.screens.wcwidth(character) == old:
            assert is_disputed(character), f"U+{code:04X}"
