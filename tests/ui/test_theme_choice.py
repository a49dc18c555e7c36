"""Choosing a theme with the whole screen in it, and themes that change while they are worn."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual.color import Color

from tests.support.clock import START, FakeClock
from tests.support.dashboard import THEMES, Deck, running_deck
from tests.support.scripted import Script, make_job
from tui.config.statefile import load_ui_state
from tui.core.state import State
from tui.ui.screens.themes import ThemeChooser
from tui.ui.theme import theme_names
from tui.ui.theme_folder import ThemeFolder
from tui.ui.wardrobe import hang_up

SHIPPED = theme_names([THEMES])
MINE = (THEMES / "ember.toml").read_text()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def deck(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Deck]:
    monkeypatch.delenv("NO_COLOR", raising=False)
    script = Script(clock)
    script.add(
        make_job("1", name="load", state=State.FAILED, run_id="r1", started_at=START),
        make_job("2", name="sync", state=State.RUNNING),
    )
    own = tmp_path / "own"
    own.mkdir()
    async with running_deck(tmp_path, {"alpha": script}, clock, state_dir=tmp_path / "ui") as deck:
        deck.app.startup = deck.app.startup._replace(themes_dirs=(THEMES, own))
        yield deck


async def choose(deck: Deck) -> ThemeChooser:
    """Open the chooser."""
    await deck.app.run_action("themes")
    await deck.clock.wait_until(lambda: isinstance(deck.app.screen, ThemeChooser))
    await deck.settle()
    screen = deck.app.screen
    assert isinstance(screen, ThemeChooser)
    return screen


def ground(deck: Deck) -> Color:
    return deck.dashboard.table.background_colors[1]


async def test_moving_paints_the_whole_screen_back_restores_and_open_keeps(
    deck: Deck, tmp_path: Path
) -> None:
    (tmp_path / "own" / "a-mine.toml").write_text(MINE)
    (tmp_path / "own" / "broken.toml").write_text("[base]\nacent = 3\n")
    dark = ground(deck)
    await choose(deck)
    text = deck.screen_text
    assert all(name in text for name in (*SHIPPED, "a-mine", "broken"))
    assert "dark, shipped" in text
    await deck.press("cursor_down")
    assert deck.app.theme == "nightdeck-light", "the one after it"
    assert ground(deck) != dark, "the table behind the dialog wears it, too"
    assert "load" in deck.screen_text
    await deck.press("back")
    assert (deck.app.theme, ground(deck)) == ("nightdeck-dark", dark)
    assert load_ui_state(tmp_path / "ui").theme == ""

    await choose(deck)
    await deck.press("cursor_top")
    assert "dark, yours" in deck.screen_text
    await deck.press("open")
    assert deck.app.theme == "a-mine"
    assert load_ui_state(tmp_path / "ui").theme == "a-mine"
    assert "a-mine is kept for the next time" in deck.notices


async def test_a_broken_theme_says_what_is_wrong_and_is_not_worn(deck: Deck, tmp_path: Path) -> None:
    (tmp_path / "own" / "aaa.toml").write_text("[base]\nacent = '#ffffff'\n")
    await choose(deck)
    await deck.press("cursor_top")
    told = " ".join(deck.screen_text.replace("▌", " ").split())
    assert "aaa.toml:2: [base] acent is unknown" in told
    await deck.press("open")
    assert isinstance(deck.app.screen, ThemeChooser)
    assert "this theme can't be worn: mend its file first" in deck.notices
    await deck.press("quit")
    assert deck.app.theme == "nightdeck-dark"


async def test_a_kept_theme_stays_kept_and_the_configs_is_nothing_to_keep(
    tmp_path: Path, clock: FakeClock
) -> None:
    async with running_deck(tmp_path, {}, clock, kept_theme="fjord", state_dir=tmp_path) as deck:
        assert deck.app.theme == "fjord"
        assert deck.dashboard.ui_state().theme == "fjord"
        deck.app.use_theme("nightdeck-dark")
        assert deck.dashboard.ui_state().theme == ""


async def test_a_theme_that_is_worn_follows_its_file(deck: Deck, tmp_path: Path) -> None:
    file = tmp_path / "own" / "mine.toml"
    file.write_text(MINE)
    deck.app.use_theme("mine")
    deck.app.look_at_themes()
    await deck.settle()
    before = ground(deck)

    file.write_text(MINE.replace('background = "', 'background = "#123456" # ', 1))
    deck.app.look_at_themes()
    await deck.settle()
    assert ground(deck) == Color.parse("#123456") != before

    file.write_text("[base]\nbackgrund = '#000000'\n")
    for _ in range(3):
        deck.app.look_at_themes()
        await deck.settle()
    assert ground(deck) == Color.parse("#123456"), "the last good one stays"
    (told,) = (notice for notice in deck.notices if "backgrund" in notice)
    assert "mine.toml:2: [base] backgrund is unknown, did you mean 'background'?" in told

    file.write_text(MINE)
    deck.app.look_at_themes()
    await deck.settle()
    assert ground(deck) == before


def test_a_look_finds_what_is_new_or_changed_and_nothing_else(tmp_path: Path) -> None:
    folder = ThemeFolder([tmp_path, tmp_path / "missing"])
    assert folder.changed() == []
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text("a")
    other.touch()
    (tmp_path / "notes.txt").write_text("b")
    assert folder.changed() == ["one"]
    assert folder.changed() == []
    other.write_text("c")
    os.utime(one, (1, 1))
    assert sorted(folder.changed()) == ["one", "other"]
    one.unlink()
    assert folder.changed() == []


def test_the_wardrobe_tells_where_each_comes_from(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINE)
    (tmp_path / "fjord.toml").write_text(MINE)
    told = {garment.name: (garment.origin, garment.kind) for garment in hang_up([THEMES, tmp_path])}
    assert told["mine"] == ("yours", "dark")
    assert told["fjord"] == ("yours, instead of the shipped one", "dark")
    assert told["nightdeck-light"] == ("shipped", "light")
    assert told["mono"] == ("shipped", "terminal's own")
