"""Groups on the dashboard, pressed by binding id: choosing, folding, marking, what is grey, what is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job
from tui.config.statefile import load_ui_state
from tui.core.keys import JobKey
from tui.core.state import State
from tui.engine.grouping import GroupKey
from tui.ui.screens.group_choice import GroupChoice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NO_LISTENER = "ORA-12541: TNS:no listener (db{})"


def make_scripts(clock: FakeClock) -> dict[str, Script]:
    alpha, beta, gamma = Script(clock), Script(clock), Script(clock)
    alpha.add(
        make_job("1", name="a_one", path="dwh", tags=("night", "sla")),
        make_job("2", name="a_two", path="dwh", tags=("day",)),
        make_job("3", name="a_three", state=State.RUNNING, last_result=None, run_id="r", started_at=START),
    )
    for number, script, connection in ((1, beta, "beta"), (2, gamma, "gamma")):
        script.add(
            make_job(
                "1",
                connection=connection,
                name=f"{connection[0]}_one",
                state=State.FAILED,
                last_result=State.FAILED,
                run_id="r",
                started_at=START - timedelta(hours=number),
                ended_at=START - timedelta(minutes=50 * number),
                message=NO_LISTENER.format(number),
            ),
            make_job("2", connection=connection, name=f"{connection[0]}_two", state=State.SCHEDULED),
        )
    return {"alpha": alpha, "beta": beta, "gamma": gamma}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def deck(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Deck]:
    async with running_deck(tmp_path, make_scripts(clock), clock, state_dir=tmp_path) as deck:
        yield deck


def lines(deck: Deck) -> list[str]:
    """What stands in the table: names of jobs, and of groups behind their sign."""
    table = deck.dashboard.table
    drawn = [table.render_line(y).text for y in range(1, len(table.viewport.rows) + 1)]
    return [(line[1] if line[1] in "▾▸" else "") + line[4:].split("  ")[0].rstrip() for line in drawn]


def line_with(deck: Deck, words: str) -> str:
    return next(line for line in deck.screen_text.splitlines() if words in line)


async def group_by(deck: Deck, key: str) -> None:
    await deck.press("group")
    assert isinstance(deck.app.screen, GroupChoice)
    await deck.pilot.press(key)
    await deck.settle()


async def test_groups_are_chosen_ordered_by_what_is_worst_and_folded(deck: Deck) -> None:
    await group_by(deck, "s")
    assert lines(deck) == [
        "▾beta",
        "b_one",
        "b_two",
        "▾gamma",
        "g_one",
        "g_two",
        "▾alpha",
        "a_three",
        "a_one",
        "a_two",
    ]
    assert deck.cursor == "b_one"
    assert "2 jobs  ✗ 1  ◷ 1" in line_with(deck, "▾  beta")
    await deck.press("fold")
    assert lines(deck)[:3] == ["▸beta", "▾gamma", "g_one"]
    assert deck.dashboard.table.cursor_group == GroupKey("beta")
    assert deck.dashboard.target is None
    await deck.press("open")
    assert lines(deck)[:2] == ["▾beta", "b_one"]
    assert deck.dashboard.table.has_focus
    await deck.press("fold_all")
    assert lines(deck) == ["▸beta", "▸gamma", "▸alpha"]
    deck.scripts["alpha"].change("2", state=State.FAILED, last_result=State.FAILED, message="disk full")
    deck.scripts["beta"].change("1", state=State.SUCCEEDED, last_result=State.SUCCEEDED, message="")
    await deck.advance(20)
    assert lines(deck) == ["▸alpha", "▸gamma", "▸beta"]
    assert deck.dashboard.table.cursor_group == GroupKey("beta")
    await deck.press("fold_all", "group")
    await deck.pilot.press("escape")
    await deck.settle()
    assert deck.dashboard.board.group == "system"
    await group_by(deck, "n")
    assert not any(line.startswith(("▾", "▸")) for line in lines(deck))
    assert len(lines(deck)) == 7


async def test_keys_typed_in_one_breath_reach_the_choice(deck: Deck) -> None:
    await deck.pilot.press("b", "s", "minus", "j")
    await deck.settle()
    assert lines(deck)[:2] == ["▸beta", "▾gamma"]
    assert deck.dashboard.table.cursor_group == GroupKey("gamma")


async def test_every_way_to_group(deck: Deck) -> None:
    for key, expected in {
        "f": ["▾no folder", "▾dwh"],
        "t": ["▾no tag", "▾day", "▾night"],
        "a": ["▾failed", "▾running", "▾scheduled", "▾succeeded"],
        "c": ["▾ORA-12541: TNS:no listener (db#)", "▾in no trouble"],
    }.items():
        await group_by(deck, key)
        assert [line for line in lines(deck) if line.startswith("▾")] == expected
    told = line_with(deck, "▾  ORA-12541")
    assert "2 jobs  ✗ 2  2 systems  since " in told
    assert f"since {START - timedelta(minutes=100):%H:%M}" in told
    deck.scripts["gamma"].change("2", state=State.FAILED, last_result=State.FAILED, message="no listener")
    await deck.advance(20)
    assert [line for line in lines(deck) if line.startswith("▾")][1] == "▾no listener"


async def test_the_next_failed_row_is_found_in_folded_groups(deck: Deck) -> None:
    await group_by(deck, "s")
    await deck.press("fold_all", "cursor_bottom", "next_failed")
    assert deck.cursor == "b_one"
    assert lines(deck)[:4] == ["▾beta", "b_one", "b_two", "▸gamma"]
    await deck.press("next_failed")
    assert deck.cursor == "g_one"
    await deck.press("previous_failed")
    assert deck.cursor == "b_one"
    await deck.press("cursor_up")
    assert deck.dashboard.table.cursor_group == GroupKey("beta")
    await deck.press("next_failed")
    assert deck.cursor == "b_one"


async def test_marks_of_groups_ranges_and_what_the_filter_hides(deck: Deck) -> None:
    table = deck.dashboard.table
    await group_by(deck, "s")
    await deck.press("mark_range")
    assert "mark a job first, then move to the other end" in deck.notices
    await deck.press("cursor_up", "mark")
    assert table.marked_rows() == [JobKey("beta", "1"), JobKey("beta", "2")]
    assert deck.cursor == "b_one"
    assert line_with(deck, "beta").startswith("▌▾◆") or "2 marked" in line_with(deck, "▾◆ beta")
    await deck.press("cursor_up", "mark")
    assert not table.marks
    table.go_to(JobKey("gamma", "1"))
    await deck.press("fold", "cursor_up", "mark", "cursor_bottom", "mark_range")
    assert [key.connection for key in table.marks] == ["beta", "gamma", "gamma", "alpha", "alpha", "alpha"]
    deck.dashboard.filter("conn:alpha")
    await deck.settle()
    assert "6 marked, 3 hidden by the filter" in deck.screen_text
    assert [key.connection for key in deck.dashboard.marked_listed] == ["alpha"] * 3
    assert list(deck.dashboard.targets) == list(deck.dashboard.marked_listed)
    assert [str(key) for key in deck.dashboard.marked_hidden] == ["beta/2", "gamma/1", "gamma/2"]
    await deck.press("unmark_all", "mark", "clear_filter", "cursor_bottom")
    deck.dashboard.filter("conn:gamma")
    await deck.press("mark_range")
    assert "the job that was marked last is not listed" in deck.notices
    await deck.press("clear_filter", "unmark_all")
    await group_by(deck, "s")
    await deck.press("fold_all", "mark_all")
    assert len(table.marked_rows()) == 7


async def test_on_a_group_what_needs_a_job_is_grey_and_says_why(deck: Deck) -> None:
    dashboard = deck.dashboard
    assert dashboard.table.check_action("fold", ()) is None
    await deck.press("fold_all")
    assert "the jobs are not grouped" in deck.notices
    await group_by(deck, "s")
    await deck.press("cursor_up")
    for action in ("rerun", "stop", "open_log", "raw", "watch", "trigger", "copy"):
        assert dashboard.check_action(action, ()) is None
        assert "this is a group" in dashboard.reason_against(action)
    assert dashboard.table.check_action("follow", ()) is None
    await deck.press("open_log")
    assert "this is a group: mark its jobs with space, or move to one of them" in deck.notices
    assert deck.app.screen is dashboard
    await deck.press("mark")
    assert dashboard.table.check_action("mark_range", ()) is True
    await deck.press("cursor_up")
    assert dashboard.check_action("copy", ()) is True
    await deck.press("cursor_down")
    assert dashboard.check_action("open_log", ()) is True


async def test_a_click_folds_and_a_view_brings_its_group(deck: Deck) -> None:
    number = [view.name for view in deck.dashboard.book.views].index("by system") + 1
    await deck.press(f"view_{number}")
    assert lines(deck)[0] == "▾beta"
    await deck.pilot.click(deck.dashboard.table, offset=(8, 1))
    await deck.settle()
    assert lines(deck)[:2] == ["▸beta", "▾gamma"]
    await deck.pilot.click(deck.dashboard.table, offset=(8, 3))
    await deck.settle()
    assert deck.cursor == "g_one"
    await deck.press("problems")
    assert lines(deck) == ["b_one", "g_one"]


async def test_the_cursor_stays_with_its_job_and_goes_to_its_group_when_that_is_folded(deck: Deck) -> None:
    await group_by(deck, "a")
    deck.dashboard.table.go_to(JobKey("alpha", "3"))
    await deck.press("follow")
    deck.scripts["alpha"].change("3", state=State.SUCCEEDED, last_result=State.SUCCEEDED)
    await deck.advance(20)
    assert deck.cursor == "a_three"
    assert "▾running" not in lines(deck)
    await deck.press("fold")
    deck.scripts["beta"].change("2", state=State.SUCCEEDED, last_result=State.SUCCEEDED)
    await deck.advance(20)
    assert deck.dashboard.table.cursor_group == GroupKey("succeeded")
    deck.dashboard.go_to(JobKey("beta", "2"))
    await deck.settle()
    assert deck.cursor == "b_two"
    assert "▾succeeded" in lines(deck)


async def test_groups_and_folds_survive_a_restart(tmp_path: Path, clock: FakeClock) -> None:
    async with running_deck(tmp_path, make_scripts(clock), clock, state_dir=tmp_path) as deck:
        await group_by(deck, "s")
        await deck.press("fold_all", "cursor_bottom", "fold")
        deck.app.leave(0)
    kept = load_ui_state(tmp_path)
    assert (kept.group, kept.folded, kept.are_all_folded) == ("system", ("alpha",), True)
    startup: dict[str, Any] = {
        "group": kept.group,
        "folded": kept.folded,
        "are_all_folded": kept.are_all_folded,
    }
    async with running_deck(tmp_path, make_scripts(clock), clock, **startup) as deck:
        assert lines(deck)[:3] == ["▸beta", "▸gamma", "▾alpha"]
    async with running_deck(tmp_path, make_scripts(clock), clock, group="planet", view="by system") as deck:
        assert deck.dashboard.board.group == "system"
        assert any("can't be grouped by 'planet'" in notice for notice in deck.notices)
        await group_by(deck, "n")
        assert deck.dashboard.is_edited
        assert deck.dashboard.ui_state().group == "none"
