"""The detail pane over scripted systems: what its tabs show, ask, pick, fold, search and copy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.clock import FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.detail import RUNS, make_script
from tests.support.scripted import make_job
from tui.config.statefile import load_ui_state
from tui.core.errors import Unreachable
from tui.ui.screens.log_screen import LogScreen
from tui.ui.widgets import detail_pane
from tui.ui.widgets.detail_pane import TABS
from tui.ui.widgets.json_view import JsonView
from tui.ui.widgets.raw_tab import RawTab
from tui.ui.widgets.run_list import RunList
from tui.ui.widgets.runs_tab import RunsTab
from tui.ui.widgets.tab_line import TabLine
from tui.ui.widgets.task_list import TaskList


@pytest.fixture
async def deck(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Deck]:
    async with running_deck(
        tmp_path, {"alpha": make_script(clock)}, clock, state_dir=tmp_path / "kept"
    ) as deck:
        deck.dashboard.table.go_to(make_job("1").key)
        await deck.settle()
        yield deck


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(autouse=True)
def _nobody_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine the cursor would rest between two keys; here it rests when a test says so."""
    monkeypatch.setattr(detail_pane, "SETTLE_S", 600.0)


def sees(deck: Deck) -> tuple[bool, bool]:
    """Whether table and pane are shown."""
    return deck.dashboard.table.display, deck.dashboard.detail.display


def links(deck: Deck) -> set[str]:
    """What the terminal can open on the screen."""
    strips = deck.app.screen._compositor.render_strips(deck.app.size)
    styles = [segment.style for strip in strips for segment in strip if segment.style is not None]
    return {style.link for style in styles if style.link}


async def look(deck: Deck, tab: str) -> None:
    """Turn to a tab and let it ask, as it would once the cursor rests."""
    deck.dashboard.detail.active = TABS.index(tab)
    await deck.settle()
    deck.dashboard.rest()
    deck.dashboard.detail._load()
    await deck.settle()


async def test_the_tabs_tell_of_the_newest_run_or_of_the_one_that_was_picked(deck: Deck) -> None:
    await deck.press("open")
    await look(deck, "Overview")
    for words in (
        "✗ failed",
        "triggered by ops",
        "ORA-12541",
        "ERROR no connection",
        "day = 7",
        "https://jobs.example.com/1/runs/r30",
    ):
        assert words in deck.screen_text
    assert "INFO start" not in deck.screen_text
    assert links(deck) == {"https://jobs.example.com/1/runs/r30"}
    await look(deck, "Runs")
    assert "24 ended   ● 21 succeeded   ▲ 1 warning   ✗ 1 failed   ⊘ 1 cancelled" in deck.screen_text
    assert "median 1m12s   p95 1m23s" in deck.screen_text
    await deck.press("cursor_down")
    assert deck.dashboard.target_run == RUNS[1].key
    await look(deck, "Tasks")
    assert "older extract" in deck.screen_text
    assert "run r29" in deck.screen_text
    await look(deck, "Log")
    assert "all is well" in deck.screen_text
    deck.dashboard.table.go_to(make_job("2").key)
    await deck.settle()
    deck.dashboard.table.go_to(make_job("1").key)
    await look(deck, "Log")
    assert "no connection" in deck.screen_text


async def test_a_run_is_opened_from_the_list_and_from_the_chart_which_share_the_tab_or_have_it_alone(
    deck: Deck,
) -> None:
    await deck.press("open", "zoom")
    await look(deck, "Runs")
    await deck.press("cursor_down", "open")
    screen = deck.app.screen
    assert isinstance(screen, LogScreen)
    assert screen.target_run == RUNS[1].key
    await deck.press("back")
    tab = deck.dashboard.query_one(RunsTab)
    x = next(x for x, index in tab._chart._chart.columns.items() if index == 2)  # type: ignore[union-attr]
    await deck.pilot.click(tab._chart, offset=(x, 3))
    await deck.settle()
    screen = deck.app.screen
    assert isinstance(screen, LogScreen)
    assert screen.target_run == RUNS[2].key
    await deck.press("back")
    seen = [tab.shown]
    for _ in range(3):
        await deck.press("chart")
        seen.append(tab.shown)
    assert seen == ["both", "list", "chart", "both"]
    await deck.press("chart", "chart", "cursor_down")
    assert deck.dashboard.query_one(RunList).size.height == 1
    assert deck.dashboard.target_run == RUNS[3].key


async def test_a_task_folds_out_what_it_says_and_a_silent_system_is_told(deck: Deck) -> None:
    await deck.press("open")
    await look(deck, "Tasks")
    tasks = deck.dashboard.query_one(TaskList)
    assert tasks.viewport.count == 4
    await deck.press("cursor_down", "cursor_down", "open")
    assert tasks.viewport.count == 6
    assert "attempt 1   failed   began 13:57:30   ended 13:58:30" in deck.screen_text
    await deck.press("open")
    assert tasks.viewport.count == 4
    deck.scripts["alpha"].read_error = Unreachable("alpha does not answer")
    await look(deck, "Tasks")
    assert "check_quality" in deck.screen_text
    deck.dashboard.table.go_to(make_job("2").key)
    for tab in ("Tasks", "Log", "Raw"):
        await look(deck, tab)
        assert "alpha does not answer" in deck.screen_text


async def test_the_record_is_searched_folded_and_copied_without_secrets(deck: Deck) -> None:
    await deck.press("raw")
    await look(deck, "Raw")
    view = deck.dashboard.query_one(JsonView)
    assert view.has_focus
    assert "hunter2" not in deck.screen_text
    assert '"password": "•••"' in deck.screen_text
    await deck.press("find")
    await deck.type("eu")
    await deck.pilot.press("enter")
    await deck.settle()
    assert view.path == ".tags[1]"
    assert "1 of 1 matches for eu" in deck.screen_text
    await deck.press("copy")
    await deck.press("copy_path")
    assert any(notice.startswith("value copied") and ": eu" in notice for notice in deck.notices)
    assert any(": .tags[1]" in notice for notice in deck.notices)
    await deck.press("fold")
    assert view.path == ".tags"
    assert '"tags": […] 2,' in deck.screen_text
    await deck.press("find_next")
    assert view.path == ".tags[1]"
    await deck.press("fold_all")
    assert '"server": {…} 3' in deck.screen_text
    await deck.press("clear_filter", "fold_all")
    assert "matches" not in deck.screen_text
    assert '"host": "etl03"' in deck.screen_text
    await deck.press("cursor_top", "cursor_down", "find")
    await deck.type("etl")
    assert view.path == ".server.host"
    await deck.pilot.press("escape")
    await deck.settle()
    assert view.path == ".label"
    assert view.has_focus
    assert not deck.dashboard.query_one(RawTab).has_class("-searching")
    await deck.press("back")
    assert deck.dashboard.table.has_focus


async def test_only_the_open_tab_asks_again_while_the_run_goes_on_and_late_answers_are_dropped(
    deck: Deck,
) -> None:
    script = deck.scripts["alpha"]
    deck.dashboard.table.go_to(make_job("2").key)
    await look(deck, "Tasks")
    script.calls.clear()
    for _ in range(3):
        await deck.advance(5)
        deck.dashboard.detail.update_text()
        await deck.settle()
    assert len(script.called("list_tasks")) == 3
    deck.dashboard.table.go_to(make_job("1").key)
    await look(deck, "Tasks")
    script.calls.clear()
    await deck.advance(20)
    deck.dashboard.detail.update_text()
    await deck.settle()
    assert script.called("list_tasks") == []
    await look(deck, "Raw")
    script.calls.clear()
    for job_id in ("2", "3", "1"):
        deck.dashboard.table.go_to(make_job(job_id).key)
        await deck.settle()
    assert script.called("read_raw") == []
    deck.dashboard.rest()
    deck.dashboard.detail._load()
    await deck.settle()
    assert {key.id for key, _ in script.called("read_raw")} == {"1"}
    assert script.called("list_tasks") == script.called("read_log") == []
    await deck.press("raw")
    script.call_s = 5.0
    deck.dashboard.rest()
    deck.dashboard.detail._load()
    await deck.settle()
    deck.dashboard.table.go_to(make_job("2").key)
    await deck.advance(6)
    assert "load_customers" not in deck.dashboard.query_one(JsonView).document.copy_text(0)


async def test_the_pane_is_hidden_moved_and_zoomed_and_the_next_start_knows(
    deck: Deck, tmp_path: Path
) -> None:
    panes, table, detail = deck.dashboard.panes, deck.dashboard.table, deck.dashboard.detail
    assert sees(deck) == (True, True)
    await deck.press("pane")
    assert sees(deck) == (True, False)
    await deck.press("pane", "pane_side")
    assert panes.is_right
    assert detail.region.y == table.region.y
    await deck.press("zoom")
    assert sees(deck) == (True, False)
    await deck.press("zoom", "next_pane", "zoom")
    assert sees(deck) == (False, True)
    assert detail.has_focus_within
    await deck.press("back")
    assert table.has_focus
    assert sees(deck) == (True, True)
    line = deck.dashboard.query_one(TabLine)
    for name in ("Raw", "Overview", "Tasks"):
        await deck.pilot.click(line, offset=(str(line.render()).index(name), 0))
        assert TABS[detail.active] == name
    await deck.press("quit")
    kept = load_ui_state(tmp_path / "kept")
    assert (kept.pane, kept.pane_side, kept.pane_shown) == ("Tasks", "right", "on")


async def test_a_small_terminal_shows_the_pane_alone_when_it_is_opened(
    tmp_path: Path, clock: FakeClock
) -> None:
    async with running_deck(
        tmp_path, {"alpha": make_script(clock)}, clock, size=(60, 15), pane="Raw"
    ) as deck:
        table, detail = deck.dashboard.table, deck.dashboard.detail
        assert sees(deck) == (True, False)
        assert TABS[detail.active] == "Raw"
        await deck.press("open")
        assert detail.has_focus_within
        assert sees(deck) == (False, True)
        await deck.press("back")
        assert table.has_focus
        assert sees(deck) == (True, False)
        await deck.press("next_tab")
        assert sees(deck) == (False, True)
        await deck.press("quit", "pane")
        assert sees(deck) == (True, True)
        assert detail.size.height >= 5
        await deck.press("pane_side")
        assert any("100 columns" in notice for notice in deck.notices)
        assert detail.region.y > table.region.y
