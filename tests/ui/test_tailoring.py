"""Columns, orders and views under keys: seen at once, kept or given up, and there again at the next start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from textual.screen import Screen

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job
from tui.config.statefile import load_ui_state
from tui.config.viewfile import load_view_file
from tui.core.state import State
from tui.ui.screens.columns import ColumnsDialog
from tui.ui.screens.dashboard import Dashboard
from tui.ui.screens.sorting import SortDialog
from tui.ui.screens.view_kept import ViewKept
from tui.ui.screens.view_saving import ViewSaving
from tui.ui.screens.views import ViewsDialog

NIGHT = "m"
"""Two of the three names have it."""


class OpenDeck(Protocol):
    def __call__(self, **options: Any) -> AbstractAsyncContextManager[Deck]: ...


@pytest.fixture
def open_deck(tmp_path: Path) -> OpenDeck:
    def open_it(**options: Any) -> AbstractAsyncContextManager[Deck]:
        clock = FakeClock()
        script = Script(clock)
        for number, (name, state) in enumerate(
            [("import", State.FAILED), ("report", State.SUCCEEDED), ("marts", State.SCHEDULED)]
        ):
            ended = START - timedelta(minutes=number)
            script.add(
                make_job(str(number), name=name, state=state, ended_at=ended, duration_s=60.0 + number)
            )
        return running_deck(tmp_path, {"alpha": script}, clock, **options)

    return open_it


@pytest.fixture
async def deck(open_deck: OpenDeck) -> AsyncIterator[Deck]:
    async with open_deck() as deck:
        yield deck


async def press(deck: Deck, *keys: str) -> None:
    await deck.pilot.press(*keys)
    await deck.settle()


def is_on(deck: Deck, kind: type[Screen[Any]]) -> bool:
    return isinstance(deck.app.screen, kind)


async def command(deck: Deck, action: str) -> None:
    """Do what the palette does with a command that has no key."""
    await deck.app.run_action(f"screen.{action}", deck.dashboard)
    await deck.settle()


def titles(deck: Deck) -> str:
    """The headings of the table, whatever lies above it."""
    return deck.dashboard.table.render_line(0).text


def shown(deck: Deck) -> list[str]:
    return [place.column.id for place in deck.dashboard.table.painter.places]


async def test_columns_are_seen_while_they_are_chosen_and_given_up_at_once(deck: Deck) -> None:
    await deck.press("scroll_right", "wide", "columns")
    assert is_on(deck, ColumnsDialog)
    assert "Columns of all   7 of 22 shown" in deck.screen_text
    before = shown(deck)
    await deck.press("cursor_down", "mark")
    assert "SYSTEM" not in titles(deck)
    assert "6 of 22 shown" in deck.screen_text
    await press(deck, "J", "space", "K")
    assert shown(deck)[:3] == ["name", "connection", "last10"]
    await deck.press("cursor_top")
    await press(deck, "minus", "minus", "right", "J")
    assert shown(deck)[:2] == ["connection", "name"]
    await deck.press("cursor_down", "cursor_up")
    dialog = deck.app.screen
    assert isinstance(dialog, ColumnsDialog)
    await press(deck, "plus")
    width = dialog._choice.lines[dialog.list.line].width
    await press(deck, "right", "right", "left", "equals_sign", "shift+down", "shift+up")
    assert dialog._choice.lines[dialog.list.line].width == width + 2 > 2
    await press(deck, "0")
    assert dialog._choice.lines[dialog.list.line].width == 0
    for line in (line for line in range(1, 8) if dialog._choice.lines[line].is_shown):
        dialog.list.move_cursor(line)
        dialog.action_mark()
    await deck.press("cursor_top", "mark")
    assert "one column stays" in deck.notices
    assert shown(deck) == ["connection"]
    await deck.press("back")
    assert is_on(deck, Dashboard)
    assert deck.dashboard.table.is_wide
    await deck.press("wide")
    assert shown(deck) == before


async def test_what_was_chosen_and_edited_in_a_view_is_there_at_the_next_start(
    open_deck: OpenDeck, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    async with open_deck(state_dir=folder) as deck:
        await deck.press("problems", "columns")
        assert "Columns of problems" in deck.screen_text
        await press(deck, "minus", "enter")
        chosen = tuple(deck.dashboard.table.columns)
        assert chosen[1] == f"name:{deck.dashboard.table.painter.places[0].width}"
        await deck.press("problems")
        assert deck.dashboard.table.columns[1] == "name"
        await deck.press("problems", "sort_next", "find")
        await deck.type(" imp")
        await press(deck, "enter")
        await deck.press("quit")
    assert load_view_file(folder).columns == {"problems": chosen}
    state = load_ui_state(folder)
    assert (state.view, state.query.endswith(" imp")) == ("problems", True)
    kept = {"kept": load_view_file(folder), "view": state.view, "query": state.query, "sort": state.sort}
    async with open_deck(state_dir=folder, **kept) as deck:
        assert deck.dashboard.table.columns == chosen
        assert "1 problems · edited" in deck.screen_text
        assert (deck.dashboard.board.sort_text, deck.dashboard.board.query.text) == (state.sort, state.query)
        await deck.press("columns")
        await press(deck, "r", "enter")
        assert load_view_file(folder).columns == {}


async def test_rows_are_sorted_by_several_columns_in_the_dialog_and_by_clicks(deck: Deck) -> None:
    usual = list(deck.rows)
    await deck.press("sort")
    dialog = deck.app.screen
    assert isinstance(dialog, SortDialog)
    assert "Sort by state,-started,name   the usual order" in deck.screen_text
    await press(deck, "space", "space", "space", "escape")
    await deck.press("sort")
    dialog = deck.app.screen
    assert isinstance(dialog, SortDialog)
    for column in ("state", "started", "name", "ended", "duration"):
        dialog.list.move_cursor(dialog._choice.columns.index(column))
        await press(deck, "space")
    await press(deck, "i", "K")
    assert "Sort by duration,-ended" in deck.screen_text
    assert deck.rows == ["import", "report", "marts"]
    assert "DURATION ▲1" in titles(deck)
    await press(deck, "I")
    assert deck.rows == ["marts", "report", "import"]
    await press(deck, "escape")
    assert (deck.dashboard.board.sort_text, deck.rows) == ("", usual)
    await deck.press("sort", "mark")
    await press(deck, "enter")
    assert deck.dashboard.board.sort_text == "-started,name"
    assert "STARTED ▼1" in titles(deck) or "STARTED▼1" in titles(deck)
    await deck.press("sort_invert")
    assert deck.dashboard.board.sort_text == "started,name"
    table = deck.dashboard.table
    x = {place.column.id: place.x for place in table.painter.places}
    await deck.pilot.click(table, offset=(x["name"], 0))
    await deck.pilot.click(table, offset=(x["duration"], 0), control=True)
    await deck.settle()
    assert deck.dashboard.board.sort_text == "name,-duration,started"
    await deck.pilot.click(table, offset=(x["duration"], 0), shift=True)
    await deck.settle()
    assert deck.dashboard.board.sort_text == "name,duration,started"
    assert "JOB ▲1" in titles(deck)
    assert "DURATION ▲2" in titles(deck)


async def test_the_open_view_is_told_with_its_digit_and_that_it_was_edited(deck: Deck) -> None:
    assert "edited" not in deck.screen_text
    await deck.press("view_2")
    assert "2 running" in deck.screen_text
    assert "edited" not in deck.screen_text
    await deck.press("sort_next")
    assert "2 running · edited" in deck.screen_text
    await deck.press("view_2", "find")
    assert "edited" not in deck.screen_text
    await deck.type(" x")
    assert "2 running · edited" in deck.screen_text
    await press(deck, "escape")
    await deck.press("view_4")
    assert "4 by system" in deck.screen_text
    assert deck.dashboard.board.group == "system"
    await deck.press("view_9")
    assert any("no view 9 yet" in notice for notice in deck.notices)
    await deck.press("view_all")
    assert "by system" not in deck.screen_text
    await command(deck, "views")
    await press(deck, "j", "enter")
    assert deck.dashboard.view.name == "problems"
    await command(deck, "views")
    assert "is:problem" in deck.screen_text
    await press(deck, "escape")
    assert deck.dashboard.view.name == "problems"


async def test_a_view_of_ones_own_gets_the_next_digit_and_can_be_deleted(
    open_deck: OpenDeck, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    async with open_deck(state_dir=folder) as deck:
        await deck.press("find")
        await deck.type(NIGHT)
        await press(deck, "enter")
        await deck.press("sort_next")
        await command(deck, "save_view")
        assert is_on(deck, ViewSaving)
        assert "filter     m" in deck.screen_text
        await press(deck, "enter")
        assert is_on(deck, ViewSaving)
        await deck.type("all")
        assert "all is every job" in deck.screen_text
        await press(deck, "backspace", "backspace", "backspace")
        await deck.type("night")
        assert "the key 5 will open it" in deck.screen_text
        await press(deck, "enter")
        assert is_on(deck, ViewKept)
        assert f'query = "{NIGHT}"' in deck.screen_text
        await press(deck, "y")
        assert any("view copied" in notice for notice in deck.notices)
        await press(deck, "escape")
        assert "5 night   2 of 3 jobs" in deck.screen_text
        assert "edited" not in deck.screen_text
    kept = load_view_file(folder)
    async with open_deck(state_dir=folder, kept=kept) as deck:
        await deck.press("view_5")
        assert sorted(deck.rows) == ["import", "marts"]
        await command(deck, "views")
        assert is_on(deck, ViewsDialog)
        assert "yours" in deck.screen_text
        await press(deck, "up", "x", "down", "x", "escape")
        assert any("by system is built in" in notice for notice in deck.notices)
        assert sorted(deck.rows) == ["import", "marts"]
        assert "5 night" not in deck.screen_text
    assert load_view_file(folder).views == ()


async def test_a_view_that_cannot_be_kept_is_told_and_nothing_breaks(
    open_deck: OpenDeck, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    async with open_deck(state_dir=tmp_path / "file" / "state") as deck:
        await command(deck, "save_view")
        await deck.type("night")
        await press(deck, "enter")
        assert is_on(deck, Dashboard)
        await deck.press("columns")
        await press(deck, "plus", "enter")
        assert len([notice for notice in deck.notices if "NIGHTDECK_STATE_DIR" in notice]) == 2


@pytest.mark.parametrize("size", [(60, 15), (200, 60)])
async def test_at_every_size_the_table_and_the_dialogs_keys_are_in_sight(
    open_deck: OpenDeck, size: tuple[int, int]
) -> None:
    async with open_deck(size=size) as deck:
        for binding in ("columns", "sort"):
            await deck.press(binding)
            lines = deck.screen_text.splitlines()
            assert "JOB" in lines[2]
            assert "import" in "\n".join(lines[3:6])
            assert "esc back" in "\n".join(lines[-2:])
            await deck.press("back")
