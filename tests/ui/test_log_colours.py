"""Lines in their own colours, held to what Rich and Textual make of them together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text
from textual.app import App
from textual.content import Content
from textual.style import Style

from tui.logs.scrub import scrub_line
from tui.ui.log_colours import coloured

CODES = ["", "0", "1", "2", "22", "3", "7", "27", "31", "39", "44", "49", "97", "38;5;208", "48;2;1;2;3"]
SEQUENCES = st.lists(st.sampled_from(CODES), min_size=1, max_size=3).map(";".join)
PIECES = st.sampled_from(["", "a", "尺b", "[red]", "x y"]) | SEQUENCES.map("\x1b[{}m".format)


def styles_of(content: Content) -> list[tuple[str, Style]]:
    """The style of each character."""
    return [(character, style) for text, style in content.render(Style(), "") for character in text]


@pytest.fixture(scope="module")
def app() -> App[None]:
    return App()


@given(st.lists(PIECES, max_size=12).map("".join))
def test_it_is_what_others_make_of_it(app: App[None], text: str) -> None:
    line = scrub_line(text)
    with app._context():
        expected = Content.from_rich_text(Text.from_ansi(line))
        shown = coloured(line, app.ansi_theme)
    assert shown.plain == expected.plain
    assert styles_of(shown) == styles_of(expected)


def test_a_line_without_colours_has_no_styles(app: App[None]) -> None:
    assert not coloured("plain", app.ansi_theme).spans
    assert not coloured("\x1b[31m\x1b[0mplain\x1b[m", app.ansi_theme).spans
