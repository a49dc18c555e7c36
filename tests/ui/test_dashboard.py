"""The dashboard, pressed by binding id: what it shows, filters, opens, acts on and keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from textual.widgets import Input

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job, make_run
from tui.config.statefile import load_ui_state
from tui.core.errors import OutcomeUnknown, Unauthorized, Unreachable
from tui.core.keys import RunKey
from tui.core.models import ActionKind, Task
from tui.core.state import State
from tui.ui.screens.confirm import ConfirmDialog
from tui.ui.screens.dashboard import Dashboard
from tui.ui.screens.help import HelpScreen
from tui.ui.screens.log_screen import LogScreen

AGO = START - timedelta(minutes=4)


class OpenDeck(Protocol):
    def __call__(self, **options: Any) -> AbstractAsyncContextManager[Deck]: ...


def number_of_line(screen: LogScreen) -> int | None:
    return screen.document.number(screen.view.cursor) if screen.document is not None else None


def text_of_line(screen: LogScreen) -> str:
    return screen.document.plain(screen.view.cursor) if screen.document is not None else ""


def make_scripts(clock: FakeClock) -> dict[str, Script]:
    alpha, beta = Script(clock), Script(clock)
    alpha.add(
        make_job(
            "1",
            name="load_customers",
            state=State.FAILED,
            last_result=State.FAILED,
            run_id="r1",
            started_at=AGO,
            ended_at=AGO + timedelta(seconds=60),
            duration_s=60.0,
            exit_code=1,
            message="ORA-12541: TNS:no listener",
        ),
        make_job("2", name="hourly_sync", state=State.RUNNING, last_result=None, run_id="r2", started_at=AGO),
        make_job("3", name="build_marts", state=State.SCHEDULED),
    )
    alpha.logs = {
        "r1": b"INFO start\nERROR tOracleInput_1 - no connection\n  at x\n",
        "r2": b"line 1\nline 2\n",
    }
    alpha.runs = {"1": [make_run("r1", "1", state=State.FAILED, started_at=AGO, duration_s=60.0)]}
    alpha.tasks = {"r1": [Task(RunKey("alpha", "1", "r1"), "t1", "extract", State.FAILED, started_at=AGO)]}
    alpha.raw = {"1": {"label": "load_customers", "password": "hunter2hunter2"}}
    beta.add(make_job("9", connection="beta", name="nightly_export", state=State.SUCCEEDED))
    return {"alpha": alpha, "beta": beta}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def open_deck(tmp_path: Path, clock: FakeClock) -> OpenDeck:
    def open_it(**options: Any) -> AbstractAsyncContextManager[Deck]:
        scripts = options.pop("scripts", None) or make_scripts(clock)
        return running_deck(tmp_path, scripts, clock, **options)

    return open_it


@pytest.fixture
async def deck(open_deck: OpenDeck) -> AsyncIterator[Deck]:
    async with open_deck() as deck:
        yield deck


async def test_problems_come_first_and_all_systems_share_one_table(deck: Deck) -> None:
    assert deck.rows[0] == "load_customers"
    assert sorted(deck.rows) == ["build_marts", "hourly_sync", "load_customers", "nightly_export"]
    for words in ("1 failed", "1 running", "alpha ●", "beta ●", "4 jobs", "ORA-12541"):
        assert words in deck.screen_text


async def test_the_cursor_stays_with_its_job_when_rows_move(deck: Deck) -> None:
    deck.dashboard.table.go_to(make_job("3").key)
    deck.scripts["alpha"].change("3", state=State.FAILED, last_result=State.FAILED, started_at=START)
    await deck.advance(20)
    assert deck.rows[0] == "build_marts"
    assert deck.cursor == "build_marts"


async def test_the_filter_is_live_and_a_wrong_word_keeps_the_last_result(deck: Deck) -> None:
    await deck.press("find")
    await deck.type("state:failed")
    assert deck.rows == ["load_customers"]
    assert "1 of 4 jobs" in deck.screen_text
    await deck.type(",")
    assert deck.rows == ["load_customers"]
    assert "of 4 jobs" not in deck.screen_text
    await deck.pilot.press("backspace")
    await deck.type(" sttate:x")
    assert "did you mean state" in deck.screen_text
    await deck.pilot.press("escape")
    await deck.settle()
    assert len(deck.rows) == 4
    assert deck.dashboard.table.has_focus


async def test_a_field_that_is_being_typed_does_not_empty_the_table(deck: Deck) -> None:
    await deck.press("find")
    await deck.type("state")
    assert len(deck.rows) == 4
    await deck.type(":failed conn")
    assert deck.rows == ["load_customers"]
    await deck.type("x")
    assert deck.rows == []
    await deck.pilot.press("backspace", "enter")
    await deck.settle()
    assert deck.rows == [], "what is kept counts as it stands"


async def test_a_kept_filter_is_cleared_by_one_key(deck: Deck) -> None:
    await deck.press("find")
    await deck.type("marts")
    await deck.pilot.press("enter")
    await deck.settle()
    assert deck.rows == ["build_marts"]
    await deck.press("clear_filter")
    assert len(deck.rows) == 4
    assert deck.dashboard.query_one(Input).value == ""


async def test_a_filter_that_no_job_fits_says_what_would(deck: Deck) -> None:
    await deck.press("find")
    await deck.type("name:marts")
    assert deck.rows == []
    assert "no job fits the filter" in deck.screen_text
    assert "name~marts for a part of it" in deck.screen_text
    await deck.pilot.press("enter")
    await deck.press("clear_filter")
    assert "no job fits" not in deck.screen_text


async def test_problems_and_saved_views_are_one_key_away(deck: Deck) -> None:
    await deck.press("problems")
    assert deck.rows == ["load_customers"]
    await deck.press("problems")
    assert len(deck.rows) == 4
    await deck.press("view_2")
    assert deck.rows == ["hourly_sync"]
    await deck.press("view_9")
    assert any("there is no view 9" in notice for notice in deck.notices)


async def test_enter_opens_the_detail_and_escape_goes_back_without_quitting(deck: Deck) -> None:
    deck.dashboard.table.go_to(make_job("1").key)
    await deck.press("open")
    assert deck.dashboard.detail.has_focus_within
    for _ in range(4):
        await deck.press("back")
    assert deck.dashboard.table.has_focus
    assert deck.app.is_running


async def test_the_detail_tells_runs_log_and_raw_without_secrets(deck: Deck) -> None:
    deck.dashboard.table.go_to(make_job("1").key)
    await deck.press("open")
    for words in ("1m00s", "extract", "tOracleInput_1 - no connection", '"label": "load_customers"'):
        await deck.press("next_tab")
        await deck.pilot.pause(0.4)
        await deck.settle()
        assert words in deck.screen_text
    assert "hunter2" not in deck.screen_text


@pytest.mark.parametrize("state", [State.FAILED, State.SCHEDULED])
async def test_the_log_of_a_failed_run_opens_on_its_first_error(deck: Deck, state: State) -> None:
    deck.scripts["alpha"].change("1", state=state)
    await deck.advance(20)
    deck.dashboard.table.go_to(make_job("1").key)
    await deck.press("open_log")
    await deck.settle()
    screen = deck.app.screen
    assert isinstance(screen, LogScreen)
    await deck.clock.wait_until(lambda: number_of_line(screen) == 1)
    assert not screen.view.is_following
    await deck.press("quit")
    assert isinstance(deck.app.screen, Dashboard)


async def test_the_log_of_a_running_run_follows_until_it_ends(deck: Deck) -> None:
    deck.dashboard.table.go_to(make_job("2").key)
    await deck.press("open_log")
    await deck.settle()
    screen = deck.app.screen
    assert isinstance(screen, LogScreen)
    assert screen.view.is_following
    deck.scripts["alpha"].logs["r2"] += b"line 3\n"
    await deck.advance(2)
    assert text_of_line(screen) == "line 3"
    await deck.press("cursor_top")
    deck.scripts["alpha"].logs["r2"] += b"line 4\n"
    await deck.advance(2)
    assert screen.view.cursor == 0
    deck.scripts["alpha"].change("2", state=State.SUCCEEDED, last_result=State.SUCCEEDED, ended_at=START)
    await deck.advance(20)
    assert screen.opened is not None
    assert screen.opened.is_complete
    await deck.clock.wait_until(lambda: "the run has ended: succeeded" in deck.screen_text)
    assert "1 new line" in deck.screen_text


async def test_searching_a_log_keeps_its_context(deck: Deck) -> None:
    deck.dashboard.table.go_to(make_job("1").key)
    await deck.press("open_log", "cursor_top", "find")
    await deck.type("error")
    screen = deck.app.screen
    assert isinstance(screen, LogScreen)
    assert number_of_line(screen) == 1
    assert "INFO start" in deck.screen_text
    await deck.pilot.press("enter")
    await deck.press("only_matching")
    await deck.pilot.press("enter")
    await deck.settle()
    assert "INFO start" not in deck.screen_text
    await deck.press("clear_filter")
    assert "INFO start" in deck.screen_text


async def test_rerun_asks_is_sent_once_and_the_row_tells_what_became_of_it(deck: Deck) -> None:
    deck.dashboard.table.go_to(make_job("1").key)
    await deck.press("rerun")
    assert isinstance(deck.app.screen, ConfirmDialog)
    await deck.pilot.press("enter")
    await deck.settle()
    assert len(deck.scripts["alpha"].called("rerun")) == 1
    await deck.advance(5)
    assert "rerun: running" in deck.screen_text


async def test_going_back_sends_nothing(deck: Deck) -> None:
    deck.dashboard.table.go_to(make_job("1").key)
    await deck.press("rerun")
    await deck.pilot.press("escape")
    await deck.settle()
    assert deck.scripts["alpha"].called("rerun") == []


async def test_production_asks_for_the_jobs_name(open_deck: OpenDeck) -> None:
    async with open_deck(environment="prod") as deck:
        deck.dashboard.table.go_to(make_job("2").key)
        await deck.press("stop")
        await deck.type("y")
        await deck.pilot.press("enter")
        await deck.settle()
        assert isinstance(deck.app.screen, ConfirmDialog)
        assert deck.scripts["alpha"].called("stop") == []
        await deck.pilot.press("backspace")
        await deck.type("hourly_sync")
        await deck.pilot.press("enter")
        await deck.settle()
        assert len(deck.scripts["alpha"].called("stop")) == 1


async def test_a_grey_key_says_why(open_deck: OpenDeck) -> None:
    async with open_deck(is_read_only=True) as deck:
        await deck.press("rerun")
        assert isinstance(deck.app.screen, Dashboard)
        assert any("read-only" in notice for notice in deck.notices)


async def test_an_action_that_the_system_refuses_says_so(deck: Deck) -> None:
    deck.scripts["alpha"].reasons[ActionKind.STOP] = "the agent is offline"
    deck.dashboard.table.go_to(make_job("2").key)
    await deck.press("stop")
    assert any("the agent is offline" in notice for notice in deck.notices)


async def test_a_lost_answer_is_told_and_a_second_start_needs_another_word(deck: Deck) -> None:
    alpha = deck.scripts["alpha"]
    alpha.answer(ActionKind.TRIGGER, OutcomeUnknown("the answer was lost"))
    deck.dashboard.table.go_to(make_job("3").key)
    await deck.press("rerun")
    await deck.pilot.press("enter")
    await deck.settle()
    assert "unknown" in deck.screen_text
    await deck.press("rerun")
    await deck.pilot.press("enter")
    await deck.settle()
    assert len(alpha.called("trigger")) == 1
    await deck.press("rerun")
    await deck.pilot.press("a")
    await deck.settle()
    await deck.pilot.press("enter")
    await deck.settle()
    assert len(alpha.called("trigger")) == 2


async def test_a_watched_run_is_told_when_it_ends(deck: Deck) -> None:
    deck.dashboard.table.go_to(make_job("2").key)
    await deck.press("watch")
    assert "1 watching" in deck.screen_text
    deck.scripts["alpha"].change("2", state=State.FAILED, last_result=State.FAILED, ended_at=START)
    await deck.advance(20)
    assert any("hourly_sync on alpha: failed" in notice for notice in deck.notices)


async def test_a_broken_system_keeps_its_rows_dimmed_and_never_stops_the_others(deck: Deck) -> None:
    deck.scripts["beta"].always = Unreachable("beta does not answer", hint="is it running?")
    deck.scripts["alpha"].change("3", message="seen anew")
    await deck.advance(200)
    assert "nightly_export" in deck.rows
    assert "beta ✕ down" in deck.screen_text
    assert "seen anew" in deck.screen_text
    assert deck.dashboard.board.is_stale(make_job("9", connection="beta").key)


async def test_wrong_credentials_stop_polling_until_refresh(deck: Deck) -> None:
    beta = deck.scripts["beta"]
    beta.always = Unauthorized("wrong password")
    await deck.advance(60)
    sweeps = beta.sweeps
    await deck.advance(600)
    assert beta.sweeps == sweeps
    assert "beta ▲ 401" in deck.screen_text
    beta.always = None
    await deck.press("refresh")
    await deck.advance(2)
    assert "beta ●" in deck.screen_text


async def test_pausing_is_told_and_asks_nothing(deck: Deck) -> None:
    await deck.press("pause")
    sweeps = deck.scripts["alpha"].sweeps
    await deck.advance(300)
    assert deck.scripts["alpha"].sweeps == sweeps
    assert "paused" in deck.screen_text
    await deck.press("pause")
    await deck.advance(60)
    assert deck.scripts["alpha"].sweeps > sweeps


async def test_help_tells_the_keys_in_effect(open_deck: OpenDeck) -> None:
    async with open_deck(keymap={"rerun": "ctrl+r"}) as deck:
        await deck.press("help")
        assert isinstance(deck.app.screen, HelpScreen)
        assert "ctrl-r" in deck.screen_text


async def test_problems_of_the_config_are_told_and_everything_else_runs(open_deck: OpenDeck) -> None:
    problem = "config.toml:3: [ui] unknown key 'thme', did you mean 'theme'?"
    async with open_deck(problems=(problem,), theme="no-such-theme") as deck:
        assert problem in deck.notices
        assert any("no theme 'no-such-theme'" in notice for notice in deck.notices)
        assert len(deck.rows) == 4


async def test_what_was_open_is_kept_for_the_next_start(open_deck: OpenDeck, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    async with open_deck(state_dir=folder) as deck:
        await deck.press("problems", "quit")
    kept = load_ui_state(folder)
    assert kept.view == "problems"
    assert kept.cursor == make_job("1").key


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 60)])
async def test_every_size_shows_jobs_and_keys(open_deck: OpenDeck, size: tuple[int, int]) -> None:
    async with open_deck(size=size) as deck:
        assert "load_customers" in deck.screen_text
        assert "help" in deck.screen_text


async def test_names_with_markup_are_text(open_deck: OpenDeck, clock: FakeClock) -> None:
    script = Script(clock)
    script.add(make_job("1", name="job[/red] [bold]x", state=State.FAILED, message="[/]"))
    async with open_deck(scripts={"alpha": script}) as deck:
        assert "job[/red] [bold]x" in deck.screen_text
        await deck.press("open", "rerun")
        assert "job[/red] [bold]x" in deck.screen_text
