"""Text that its own colours would hide is seen; all other text looks as it was meant to."""

from __future__ import annotations

import pytest
from rich.style import Style

from tui.ui.legible import legible


@pytest.mark.parametrize(
    "style",
    [
        "#c9d1dc on #10141b",
        "#ff0000 on #10141b",
        "bold #5c6a80 on #10141b",
        "black on yellow",
        "dim #c9d1dc on #10141b",
        "red",
        "on #10141b",
        "default on default",
        "reverse #c9d1dc on #10141b",
    ],
)
def test_what_can_be_read_stays(style: str) -> None:
    parsed = Style.parse(style)
    assert legible(parsed) == parsed


@pytest.mark.parametrize(
    ("style", "seen"),
    [
        ("#10141b on #10141b", "#ffffff on #10141b"),
        ("#11151c on #10141b", "#ffffff on #10141b"),
        ("italic #fefefe on #ffffff", "italic #000000 on #ffffff"),
        ("black on color(16)", "#ffffff on color(16)"),
        ("dim #30343b on #10141b", "not dim #ffffff on #10141b"),
        ("reverse #10141b on #11151c", "not dim reverse #10141b on #ffffff"),
    ],
)
def test_hidden_text_becomes_black_or_white(style: str, seen: str) -> None:
    shown = legible(Style.parse(style))
    expected = Style.parse(seen)
    assert (shown.color, shown.bgcolor, shown.italic) == (expected.color, expected.bgcolor, expected.italic)
    assert not shown.dim
    assert legible(shown) == shown
