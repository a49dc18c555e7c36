"""On a terminal that knows ASCII alone all screens are drawn so; only what systems tell may have more."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.segment import Segment
from textual.color import Color

from tests.support.clock import FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job
from tui.core.state import State
from tui.ui.ascii_filter import AsciiFilter
from tui.ui.glyphs import ASCII, UNICODE

SCREENS = (
    (),
    ("open",),
    ("open", "next_tab"),
    ("next_tab",),
    ("next_tab",),
    ("next_tab",),
    ("help",),
    ("palette",),
    ("open_log",),
    ("rerun",),
    ("mark", "mark_all"),
    ("wide",),
    ("find",),
    ("columns",),
    ("sort",),
    ("group",),
    ("trigger",),
    ("bulk",),
)
"""Keys from the dashboard to each screen."""


def odd(deck: Deck) -> str:
    """The characters on the screen that are not ASCII."""
    return "".join(sorted({character for character in deck.screen_text if not character.isascii()}))


async def test_every_screen_is_drawn_in_ascii(tmp_path: Path) -> None:
    clock = FakeClock()
    script = Script(clock)
    script.add(
        *(make_job(str(number), name=f"load_{state}", state=state) for number, state in enumerate(State))
    )
    async with running_deck(tmp_path, {"alpha": script}, clock, is_ascii=True) as deck:
        for keys in SCREENS:
            await deck.press(*keys)
            assert odd(deck) == "", f"after {keys}:\n{deck.screen_text}"
            await deck.pilot.press("escape", "escape", "escape")


async def test_letters_of_systems_stay_as_they_are(tmp_path: Path) -> None:
    clock = FakeClock()
    script = Script(clock)
    script.add(make_job("1", name="prüfe_größen"))
    async with running_deck(tmp_path, {"alpha": script}, clock, is_ascii=True) as deck:
        assert "prüfe_größen" in deck.screen_text


@pytest.mark.parametrize("name", UNICODE._fields)
def test_each_sign_has_one_of_ascii(name: str) -> None:
    ours, plain = getattr(UNICODE, name), getattr(ASCII, name)
    if isinstance(ours, str):
        assert plain.isascii()
    else:
        assert all(sign.isascii() and len(sign) == len(ours[state]) for state, sign in plain.items())
        assert len(set(plain.values())) == len(plain), "two states look alike"


def test_signs_keep_their_width() -> None:
    told = "▶ 3 · load… × ━━╸── │ ▂▃█ ⠿ → größe"
    (segment,) = AsciiFilter().apply([Segment(told)], Color(0, 0, 0))
    assert segment.text == "> 3 - load~ x ----- | ### : > größe"
