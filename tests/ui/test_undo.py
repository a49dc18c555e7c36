"""A stop that was confirmed waits for a moment: told in the row and the last line, taken back by a key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job
from tui.core.state import State
from tui.ui.screens.bulk import BulkScreen
from tui.ui.screens.command_palette import Palette
from tui.ui.screens.confirm import ConfirmDialog
from tui.ui.screens.log_screen import LogScreen

NAMES = ("load-customers", "report", "marts")


def make_script(clock: FakeClock) -> Script:
    script = Script(clock)
    script.add(
        *(
            make_job(str(n), name=name, state=State.RUNNING, run_id=f"r{n}", started_at=START - timedelta(60))
            for n, name in enumerate(NAMES, start=1)
        )
    )
    return script


@pytest.fixture
async def deck(tmp_path: Path) -> AsyncIterator[Deck]:
    clock = FakeClock()
    async with running_deck(tmp_path, {"alpha": make_script(clock)}, clock, undo_s=5.0) as deck:
        yield deck


async def keys(deck: Deck, *keys: str) -> None:
    for key in keys:
        await deck.pilot.press(key)
        await deck.settle()


async def stop(deck: Deck, job_id: str = "1") -> None:
    deck.dashboard.table.go_to(make_job(job_id).key)
    await deck.press("stop")
    assert isinstance(deck.app.screen, ConfirmDialog)
    is_told = "5 s after you confirm: until then u takes it back" in deck.screen_text
    assert is_told is (deck.app.startup.undo_s > 0)
    await keys(deck, "enter")


async def look(deck: Deck, seconds: float) -> None:
    """Let time pass, and the second tick of the screen come."""
    await deck.advance(seconds)
    deck.dashboard._tick()
    await deck.settle()


def stopped(deck: Deck) -> list[str]:
    return [args[0].id for args in deck.scripts["alpha"].called("stop")]


def last_line(deck: Deck) -> str:
    return deck.screen_text.splitlines()[-1]


async def test_row_line_and_overview_count_down_and_then_it_is_sent(deck: Deck) -> None:
    await stop(deck)
    await look(deck, 1)
    assert "stop of load-customers is sent in 4 s: u takes it back" in last_line(deck)
    (row,) = [line for line in deck.screen_text.splitlines()[2:20] if "load-customers" in line]
    assert "stop is sent in 4 s" in row
    assert "stop: confirmed, and sent in 4 s" in deck.screen_text
    assert stopped(deck) == []
    await look(deck, 4)
    assert stopped(deck) == ["1"]
    assert "takes it back" not in last_line(deck)
    assert "stop: sent 14:0" in deck.screen_text
    assert " · accepted 14:0" in deck.screen_text


async def test_the_key_takes_the_newest_back_and_then_the_next(deck: Deck) -> None:
    await stop(deck, "1")
    await stop(deck, "2")
    assert "stop of report is sent in 5 s: u takes it back · stop of load-customers" in last_line(deck)
    await deck.press("undo")
    assert deck.notices[-1] == "stop report: taken back: nothing was sent"
    assert "stop of load-customers is sent in 5 s: u takes it back" in last_line(deck)
    await deck.press("undo")
    await look(deck, 60)
    assert stopped(deck) == []
    await deck.press("undo")
    assert deck.notices[-1] == "nothing waits to be sent"


async def test_it_can_be_taken_back_from_a_log_and_over_the_palette(deck: Deck) -> None:
    deck.dashboard.table.go_to(make_job("1").key)
    await deck.press("open_log")
    assert isinstance(deck.app.screen, LogScreen)
    await deck.press("stop")
    await keys(deck, "enter")
    assert "stop of load-customers is sent in 5 s: u takes it back" in deck.notices
    await deck.press("palette")
    assert isinstance(deck.app.screen, Palette)
    await deck.type("take back")
    await keys(deck, "enter")
    await look(deck, 60)
    assert stopped(deck) == []


async def test_a_deletion_waits_as_well(deck: Deck) -> None:
    deck.dashboard.table.go_to(make_job("3").key)
    await deck.app.run_action("screen.delete", deck.dashboard)
    await deck.settle()
    await deck.type("marts")
    await keys(deck, "enter")
    assert "delete of marts is sent in 5 s" in last_line(deck)
    await deck.press("undo")
    await look(deck, 60)
    assert deck.scripts["alpha"].called("delete") == []


async def test_a_lock_put_on_meanwhile_keeps_it_back(deck: Deck) -> None:
    await stop(deck)
    await deck.press("stop")
    assert "Not possible: the stop of load-customers waits to be sent" in deck.screen_text
    await keys(deck, "escape")
    await deck.press("lock")
    await look(deck, 5)
    assert stopped(deck) == []
    assert "stop load-customers: refused, nightdeck is read-only: nothing is sent" in deck.notices


async def test_quitting_sends_nothing_and_says_so(deck: Deck) -> None:
    await stop(deck)
    await deck.pilot.press("ctrl+c")
    await deck.settle()
    assert deck.notices[-1].endswith(", but not sent yet, and never then: stop of load-customers")
    deck.app.leave(0)
    assert deck.app.parting == "not sent: stop of load-customers"
    await deck.clock.advance(60)
    assert stopped(deck) == []


async def test_of_many_the_window_stands_before_the_first(deck: Deck) -> None:
    await deck.press("mark_all")
    await deck.press("stop")
    screen = deck.app.screen
    assert isinstance(screen, BulkScreen)
    await keys(deck, "enter")
    assert "0 of 3 sent, the first in 5 s" in deck.screen_text
    await look(deck, 2)
    assert "0 of 3 sent, the first in 3 s" in deck.screen_text
    await deck.press("undo")
    await look(deck, 60)
    assert stopped(deck) == []
    assert "taken back" in deck.screen_text


async def test_without_a_window_a_stop_is_sent_at_once(tmp_path: Path) -> None:
    clock = FakeClock()
    async with running_deck(tmp_path, {"alpha": make_script(clock)}, clock, undo_s=0.0) as deck:
        await stop(deck)
        assert stopped(deck) == ["1"]
