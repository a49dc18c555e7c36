"""What the dashboard does less of on a slow line and while nobody looks, and how it tells so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual import events

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job
from tui.core.state import State
from tui.ui.widgets.footer import Footer


@pytest.fixture
async def deck(tmp_path: Path) -> AsyncIterator[Deck]:
    clock = FakeClock()
    script = Script(clock)
    script.add(*(make_job(str(number), name=f"job_{number:03}") for number in range(200)))
    async with running_deck(tmp_path, {"alpha": script}, clock) as deck:
        deck.app.now = clock.monotonic
        yield deck


def line_of(deck: Deck) -> str:
    """The last line of the screen."""
    return deck.screen_text.splitlines()[-1]


def measure(deck: Deck, seconds: float) -> None:
    """Let the line answer after so many seconds."""
    link, now = deck.app.pace.link, deck.clock.monotonic()
    for _ in range(8):
        link.asked(now)
        link.answered(now + seconds)
    deck.app.look_at_link()


async def test_the_measured_line_is_told_and_a_slow_one_changes_what_is_painted(deck: Deck) -> None:
    assert " ms" not in line_of(deck)
    measure(deck, 0.041)
    await deck.settle()
    assert line_of(deck).endswith(" 41 ms ")

    measure(deck, 0.31)
    await deck.advance(1)
    deck.dashboard._tick()
    await deck.settle()
    assert "↕ 3" in line_of(deck)
    assert line_of(deck).endswith(" kB/s · slow link ")
    table = deck.dashboard.table
    height = table.viewport.height
    table.move_cursor(height)
    assert table.viewport.top == height // 2, "each row that comes into sight paints the whole table"


async def test_the_user_decides_over_what_is_measured_and_sees_it_at_once(deck: Deck) -> None:
    for told, is_slow in (("always", True), ("never", False), ("measured", False)):
        await deck.app.run_action("slow_link")
        await deck.settle()
        assert deck.app.pace.is_slow is is_slow
        assert ("slow link" in line_of(deck)) is is_slow
        assert told in deck.notices[-1]


async def test_a_screen_that_is_opened_later_tells_the_line_too(deck: Deck) -> None:
    measure(deck, 0.041)
    await deck.press("open_log")
    assert deck.app.screen.query_one(Footer).link == "41 ms"


async def test_while_nobody_looks_less_is_asked_and_painted(deck: Deck) -> None:
    await deck.app._on_message(events.AppBlur())
    await deck.settle()
    assert not deck.app.pace.is_watched
    await deck.app._on_message(events.AppFocus())
    await deck.settle()
    assert deck.app.pace.is_watched


@pytest.mark.parametrize(("wanted", "is_slow"), [("on", True), ("off", False), ("auto", False)])
async def test_the_config_decides_from_the_start(tmp_path: Path, wanted: str, is_slow: bool) -> None:
    clock = FakeClock()
    async with running_deck(tmp_path, {"alpha": Script(clock)}, clock, slow_link=wanted) as deck:
        assert deck.app.pace.is_slow is is_slow


async def test_bars_of_progress_grow_by_tenths(tmp_path: Path) -> None:
    clock = FakeClock()
    script = Script(clock)
    script.add(make_job("1", state=State.RUNNING, started_at=START, progress=0.37))
    async with running_deck(tmp_path, {"alpha": script}, clock, slow_link="on") as deck:
        deck.dashboard._tick()
        deck.dashboard.table.repaint()
        await deck.settle()
        assert "30%" in deck.screen_text
        deck.app.pace.choice = "off"
        deck.dashboard._tick()
        deck.dashboard.table.repaint()
        await deck.settle()
        assert "37%" in deck.screen_text
