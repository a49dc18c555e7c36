"""A terminal without room: one line, no key of what can't be seen, and everything as it was afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.geometry import Size
from textual.screen import Screen

from tests.support.clock import FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job
from tui.core.errors import Unreachable
from tui.core.state import State
from tui.ui.room import LEAST_COLUMNS, LEAST_LINES, has_room
from tui.ui.screens.confirm import ConfirmDialog
from tui.ui.screens.dashboard import Dashboard
from tui.ui.screens.too_small import TooSmall


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def resize(deck: Deck, columns: int, lines: int) -> None:
    await deck.pilot.resize_terminal(columns, lines)
    await deck.settle()


def top(deck: Deck) -> Screen[object]:
    return deck.app.screen


def visible(deck: Deck) -> list[str]:
    return [line.strip() for line in deck.screen_text.splitlines() if line.strip()]


@pytest.mark.parametrize(("columns", "lines"), [(39, 40), (200, 9), (1, 1)])
def test_what_is_too_small(columns: int, lines: int) -> None:
    assert not has_room(Size(columns, lines))
    assert has_room(Size(LEAST_COLUMNS, LEAST_LINES))


async def test_it_is_told_in_one_line_and_hidden_keys_do_nothing(tmp_path: Path, clock: FakeClock) -> None:
    script = Script(clock)
    script.add(make_job("1", name="load_customers"))
    async with running_deck(tmp_path, {"alpha": script}, clock, size=(60, 5)) as deck:
        assert visible(deck) == ["too small: 40x10 needed, 60x5 here; q quits"]
        await deck.pilot.press("R", "question_mark", "colon", "X")
        await deck.settle()
        assert isinstance(top(deck), TooSmall)
        await resize(deck, 30, 5)
        assert visible(deck) == ["too small: needs 40x10"]
        await resize(deck, 15, 5)
        assert visible(deck) == ["too small"]
        await resize(deck, 60, 15)
        assert isinstance(top(deck), Dashboard)
        assert "load_customers" in deck.screen_text


async def test_a_question_waits_for_room(tmp_path: Path, clock: FakeClock) -> None:
    script = Script(clock)
    script.add(make_job("1", name="load_customers"))
    async with running_deck(tmp_path, {"alpha": script}, clock) as deck:
        await deck.press("rerun")
        assert isinstance(top(deck), ConfirmDialog)
        await resize(deck, 20, 5)
        assert isinstance(top(deck), TooSmall)
        await deck.pilot.press("enter", "y", "escape")
        await deck.settle()
        await resize(deck, 40, 10)
        assert isinstance(top(deck), ConfirmDialog)
        assert "enter yes" in deck.screen_text
        assert "trigger" not in [call.name for call in script.calls]


async def test_a_dialog_that_came_up_over_it_leaves_no_trace_of_it(tmp_path: Path, clock: FakeClock) -> None:
    script = Script(clock)
    script.add(make_job("1", name="load_customers"))
    async with running_deck(tmp_path, {"alpha": script}, clock, size=(20, 5)) as deck:
        deck.app.action_help()
        await deck.settle()
        await resize(deck, 80, 24)
        await deck.press("back")
        assert isinstance(top(deck), Dashboard)


async def test_q_quits_where_nothing_else_can_be_done(tmp_path: Path, clock: FakeClock) -> None:
    async with running_deck(tmp_path, {"alpha": Script(clock)}, clock, size=(20, 5)) as deck:
        await deck.press("quit")
        assert deck.app.return_code == 0
        assert not deck.app.is_running


SMALL = (60, 15)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (("rerun",), "enter yes"),
        (("help",), "esc"),
        (("palette",), "find anything"),
        (("columns",), "esc back"),
        (("sort",), "esc back"),
        (("open_log",), "help"),
        (("open",), "Overview"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
async def test_every_dialog_fits_the_smallest_usual_screen_with_its_way_out(
    tmp_path: Path, clock: FakeClock, keys: tuple[str, ...], told: str
) -> None:
    script = Script(clock)
    script.add(make_job("1", name="load_customers", state=State.FAILED, run_id="7"))
    async with running_deck(tmp_path, {"alpha": script}, clock, size=SMALL) as deck:
        await deck.press(*keys)
        assert told in deck.screen_text, deck.screen_text
        if deck.app.focused is not None:
            assert deck.app.screen.region.contains_region(deck.app.focused.region)


async def test_what_a_connection_suffers_from_is_told_on_a_narrow_screen_too(
    tmp_path: Path, clock: FakeClock
) -> None:
    script, down = Script(clock), Script(clock)
    script.add(
        *(make_job(str(number), name=f"load_{state}", state=state) for number, state in enumerate(State))
    )
    down.always = Unreachable("no route", hint="")
    async with running_deck(tmp_path, {"alpha": script, "beta": down}, clock, size=SMALL) as deck:
        await deck.advance(2)
        first = deck.screen_text.splitlines()[0]
        assert "1 failed" in first
        assert "beta ✕" in first
