"""The log on the whole screen: where it opens, how it is searched, sifted, gone through, and goes on."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job, make_run
from tui.core.errors import Unreachable
from tui.core.state import State
from tui.ui.screens.log_screen import LogScreen
from tui.ui.screens.merged_log_screen import MergedLogScreen
from tui.ui.widgets.log_tabs import LogTabs

AGO = START - timedelta(minutes=4)
FAILED = b"""2026-11-21 13:58:02 INFO  start
2026-11-21 13:58:03 WARN  slow answer
2026-11-21 13:58:04 ERROR cannot reach the cache, going on without it
2026-11-21 13:58:05 INFO  120 rows
2026-11-21 14:03:10 ERROR tOracleInput_1 - cannot open connection
java.sql.SQLRecoverableException: ORA-12541: TNS:no listener
\tat oracle.jdbc.driver.T4CConnection.logon(T4CConnection.java:743)
\tat oracle.jdbc.driver.PhysicalConnection.connect(PhysicalConnection.java:1)
\tat java.base/java.lang.Thread.run(Thread.java:829)
2026-11-21 14:03:11 ERROR cannot close the connection: it is closed already
2026-11-21 14:03:12 INFO  end
"""

OpenLog = Callable[..., AbstractAsyncContextManager[tuple[Deck, LogScreen]]]


def make_script(clock: FakeClock, log: bytes, *, is_running: bool = False) -> Script:
    script = Script(clock)
    outcome = {"state": State.RUNNING} if is_running else {"state": State.FAILED, "last_result": State.FAILED}
    code = None if is_running else 1
    script.add(make_job("1", name="load", run_id="r1", started_at=AGO, exit_code=code, **outcome))
    script.logs = {"r1": log}
    return script


@pytest.fixture
def open_log(tmp_path: Path) -> OpenLog:
    @asynccontextmanager
    async def opened(
        log: bytes = FAILED, *, is_running: bool = False, **options: Any
    ) -> AsyncIterator[tuple[Deck, LogScreen]]:
        clock = FakeClock()
        script = make_script(clock, log, is_running=is_running)
        async with running_deck(tmp_path, {"alpha": script}, clock, **options) as deck:
            await deck.press("open_log")
            screen = deck.app.screen
            assert isinstance(screen, LogScreen)
            await clock.wait_until(lambda: screen.document is not None and screen.document.is_indexed)
            await deck.settle()
            yield deck, screen

    return opened


def line_of(screen: LogScreen) -> int | None:
    """The number of the line under the cursor, from 1."""
    number = screen.document.number(screen.view.cursor) if screen.document is not None else None
    return None if number is None else number + 1


async def type_in(deck: Deck, screen: LogScreen, text: str, *, is_entered: bool = True) -> None:
    screen.prompt.query_one(Input).value = text
    await deck.settle()
    if is_entered:
        await deck.pilot.press("enter")
        await deck.settle()


async def reach(deck: Deck, screen: LogScreen, line: int) -> None:
    await deck.clock.wait_until(lambda: line_of(screen) == line)


async def test_a_failed_run_opens_on_the_error_that_counts(open_log: OpenLog) -> None:
    async with open_log() as (deck, screen):
        await reach(deck, screen, 6)
        assert not screen.view.is_following
        assert "the error that counts" in deck.screen_text
        await deck.press("cursor_top")
        await deck.press("root_error")
        await reach(deck, screen, 6)


async def test_who_has_moved_meanwhile_is_not_moved_to_the_error(open_log: OpenLog) -> None:
    async with open_log(is_running=True) as (deck, screen):
        assert screen.view.is_following
        await deck.press("cursor_top")
        deck.scripts["alpha"].change("1", state=State.FAILED, last_result=State.FAILED, ended_at=START)
        await deck.advance(20)
        assert screen.opened is not None
        assert screen.opened.is_complete
        await deck.clock.wait_until(lambda: "the run has ended: failed" in deck.screen_text)
        assert line_of(screen) == 1


async def test_errors_are_gone_through_around_the_end(open_log: OpenLog) -> None:
    async with open_log() as (deck, screen):
        await reach(deck, screen, 6)
        for line in (10, 3, 5, 6):
            await deck.press("next_failed")
            await reach(deck, screen, line)
        assert any("from the beginning again" in notice for notice in deck.notices)
        await deck.press("previous_failed")
        await reach(deck, screen, 5)


async def test_warnings_have_keys_when_somebody_wants_them(open_log: OpenLog) -> None:
    async with open_log(keymap={"next_warning": "W"}) as (deck, screen):
        await reach(deck, screen, 6)
        await deck.pilot.press("W")
        await deck.settle()
        await reach(deck, screen, 2)


async def test_a_search_is_live_counts_its_matches_and_keeps_the_context(open_log: OpenLog) -> None:
    async with open_log() as (deck, screen):
        await reach(deck, screen, 6)
        await deck.press("cursor_top", "find")
        await type_in(deck, screen, "connection", is_entered=False)
        await reach(deck, screen, 5)
        assert "INFO  start" in deck.screen_text
        await deck.pilot.press("enter")
        await deck.settle()
        assert "/connection · 4 lines" in deck.screen_text
        await deck.press("find_next")
        await reach(deck, screen, 7)
        await deck.press("find_previous", "find_previous")
        await reach(deck, screen, 10)


async def test_giving_up_a_search_returns_to_where_the_reader_was(open_log: OpenLog) -> None:
    async with open_log() as (deck, screen):
        await reach(deck, screen, 6)
        await deck.press("find")
        await type_in(deck, screen, "rows", is_entered=False)
        await reach(deck, screen, 4)
        await deck.pilot.press("escape")
        await deck.settle()
        assert line_of(screen) == 6
        assert "/rows" not in deck.screen_text
        assert isinstance(deck.app.screen, LogScreen)


async def test_earlier_searches_are_recalled_and_a_wrong_pattern_is_plain_text(open_log: OpenLog) -> None:
    async with open_log() as (deck, screen):
        await deck.press("find")
        await type_in(deck, screen, "[INFO")
        assert "as plain text" in deck.screen_text
        await deck.press("find")
        await deck.pilot.press("up")
        assert screen.prompt.query_one(Input).value == "[INFO"


async def test_only_some_lines_are_shown_several_filters_add_up_and_go_again(open_log: OpenLog) -> None:
    async with open_log() as (deck, screen):
        await deck.press("only_matching")
        await type_in(deck, screen, "2026", is_entered=False)
        assert "oracle.jdbc" not in deck.screen_text
        await deck.pilot.press("enter")
        await deck.press("only_matching")
        await type_in(deck, screen, "!ERROR")
        assert "slow answer" in deck.screen_text
        assert "tOracleInput_1" not in deck.screen_text
        assert "only 2026 · without ERROR · 4 shown" in deck.screen_text
        await deck.press("only_matching")
        await type_in(deck, screen, "nowhere")
        assert "no line is left" in deck.screen_text
        for _ in range(2):
            await deck.press("only_matching")
            await type_in(deck, screen, "")
        assert "tOracleInput_1" in deck.screen_text
        await deck.press("clear_filter")
        assert "oracle.jdbc" in deck.screen_text


async def test_the_cursor_stays_on_its_line_when_others_are_left_out(open_log: OpenLog) -> None:
    async with open_log() as (deck, screen):
        await reach(deck, screen, 6)
        await deck.press("only_matching")
        await type_in(deck, screen, "ORA|oracle")
        assert line_of(screen) == 6
        await deck.press("cursor_down")
        assert line_of(screen) == 7
        await deck.press("cursor_top")
        assert line_of(screen) == 6


async def test_highlights_stay_when_something_else_is_searched_for(open_log: OpenLog) -> None:
    async with open_log() as (deck, screen):
        await deck.press("find")
        await type_in(deck, screen, "listener")
        await deck.press("highlight", "find")
        await type_in(deck, screen, "rows")
        assert "highlighted: listener" in deck.screen_text
        look = screen.view.look
        assert look is not None
        assert [each.text for each in look.highlights] == ["listener"]
        await deck.press("clear_filter")
        assert "highlighted" not in deck.screen_text


@pytest.mark.parametrize(
    ("text", "line"), [("4", 4), ("14:03:10", 5), ("13:58:04", 3), ("0%", 1), ("100%", 11), ("+5s", None)]
)
async def test_times_lines_and_shares_are_gone_to(open_log: OpenLog, text: str, line: int | None) -> None:
    async with open_log() as (deck, screen):
        await reach(deck, screen, 6)
        await deck.press("cursor_top", "go_to")
        await type_in(deck, screen, text)
        await reach(deck, screen, line or 5)


async def test_what_is_no_place_is_told(open_log: OpenLog) -> None:
    async with open_log() as (deck, screen):
        await deck.press("go_to")
        await type_in(deck, screen, "soon")
        assert any("'soon' is no place in a log" in notice for notice in deck.notices)


async def test_runs_and_attempts_are_tabs(open_log: OpenLog) -> None:
    async with open_log() as (deck, _):
        script = deck.scripts["alpha"]
        script.runs["1"] = [
            make_run("r1", attempt=2, state=State.FAILED, started_at=AGO),
            make_run("r1", attempt=1, state=State.FAILED, started_at=AGO - timedelta(minutes=2)),
            make_run("r0", state=State.SUCCEEDED, started_at=AGO - timedelta(hours=1)),
        ]
        script.logs["r0"] = b"all was well\n"
        await deck.press("back")
        await deck.press("open_log")
        again = deck.app.screen
        assert isinstance(again, LogScreen)
        await deck.clock.wait_until(lambda: "#2" in str(again.query_one(LogTabs).render()))
        await deck.press("previous_tab", "previous_tab")
        await deck.clock.wait_until(lambda: "all was well" in deck.screen_text)
        assert "✔" in deck.screen_text or "succeeded" in deck.screen_text
        await deck.press("previous_tab")
        assert "no older run" in deck.notices[-1]
        await deck.press("next_tab")
        await deck.clock.wait_until(lambda: "attempt 1 of 2" in deck.screen_text)


async def test_new_lines_are_counted_while_the_reader_is_elsewhere(open_log: OpenLog) -> None:
    async with open_log(b"one\n" * 50, is_running=True) as (deck, screen):
        assert "following" in deck.screen_text
        await deck.press("cursor_top")
        deck.scripts["alpha"].logs["r1"] += b"two\n" * 3
        await deck.advance(6)
        assert "3 new lines" in deck.screen_text
        assert line_of(screen) == 1
        await deck.press("follow")
        assert line_of(screen) == 53
        assert "new lines" not in deck.screen_text


async def test_what_comes_is_searched_and_sifted_too(open_log: OpenLog) -> None:
    async with open_log(b"alpha one\nbeta\n", is_running=True) as (deck, screen):
        await deck.press("only_matching")
        await type_in(deck, screen, "alpha")
        await deck.press("find")
        await type_in(deck, screen, "one")
        deck.scripts["alpha"].logs["r1"] += b"beta one\nalpha one more\n"
        await deck.advance(6)
        await deck.clock.wait_until(lambda: "/one · 3 lines" in deck.screen_text)
        assert "only alpha · 2 shown" in deck.screen_text
        assert "alpha one more" in deck.screen_text
        assert "beta one" not in deck.screen_text


async def test_an_outage_is_told_and_the_lines_stay(open_log: OpenLog) -> None:
    async with open_log(b"begun\n", is_running=True) as (deck, _):
        deck.scripts["alpha"].read_error = Unreachable("connection refused")
        await deck.advance(6)
        assert "connection refused" in deck.screen_text
        assert "begun" in deck.screen_text
        deck.scripts["alpha"].read_error = None
        deck.scripts["alpha"].logs["r1"] += b"and on\n"
        await deck.advance(40)
        assert "and on" in deck.screen_text
        assert "connection refused" not in deck.screen_text


async def test_a_log_that_is_gone_is_told_in_its_place(open_log: OpenLog) -> None:
    async with open_log() as (deck, _):
        await deck.press("back")
        deck.scripts["alpha"].logs.clear()
        await deck.press("open_log")
        await deck.clock.wait_until(lambda: "no log: no log of run r1" in deck.screen_text)
        await deck.press("cursor_down", "find_next", "next_failed", "fold", "copy", "quit")
        assert deck.app.screen is deck.dashboard


async def test_what_comes_after_the_log_was_left_does_no_harm(open_log: OpenLog) -> None:
    async with open_log() as (deck, screen):
        document = screen.document
        await deck.press("quit")
        assert deck.app.screen is deck.dashboard
        screen._take_counts()
        screen._log_grown()
        screen.update_title()
        screen._search_progressed()
        await screen.list_runs()
        assert screen.document is None
        assert document is not None
        with pytest.raises(OSError, match="descriptor"):
            os.fstat(document.file.descriptor)


async def test_escape_goes_back_step_by_step(open_log: OpenLog) -> None:
    async with open_log() as (deck, screen):
        await deck.press("mark_range", "cursor_up")
        assert "2 lines selected" in deck.screen_text
        await deck.press("find")
        await deck.pilot.press("escape")
        await deck.settle()
        assert "2 lines selected" in deck.screen_text
        await deck.press("back")
        assert screen.view.selection is None
        await deck.press("back")
        assert deck.app.screen is deck.dashboard


async def test_ways_of_showing_have_their_keys(open_log: OpenLog) -> None:
    async with open_log() as (deck, screen):
        await deck.press("cursor_top", "fold_all")
        assert "3 lines: at oracle.jdbc" in deck.screen_text
        await deck.press("toggle_time")
        assert "14:03:10 ERROR" in deck.screen_text
        await deck.press("toggle_time")
        assert "+5m08s" in deck.screen_text
        await deck.press("toggle_time", "wide", "line_numbers", "spread_json")
        assert "times hidden · wrapped · JSON spread · traces folded" in deck.screen_text
        look = screen.view.look
        assert look is not None
        assert not look.has_numbers
        await deck.press("toggle_time")
        assert "5m05s later" in deck.screen_text


async def test_bookmarks_are_gone_through_in_order(open_log: OpenLog) -> None:
    async with open_log() as (deck, screen):
        await deck.press("cursor_top", "watched")
        assert "no bookmark yet" in deck.notices[-1]
        await deck.press("cursor_down", "watch", "cursor_down", "cursor_down", "watch", "cursor_top")
        for line in (2, 4, 2):
            await deck.press("watched")
            assert line_of(screen) == line


async def test_logs_of_marked_jobs_are_merged_by_time(tmp_path: Path) -> None:
    clock = FakeClock()
    script = make_script(clock, b"2026-11-21 14:00:01 first\n2026-11-21 14:00:03 third\n")
    for job, name in (("2", "other"), ("3", "silent")):
        script.add(
            make_job(
                job, name=name, run_id=f"r{job}", state=State.FAILED, last_result=State.FAILED, started_at=AGO
            )
        )
    script.logs["r2"] = b"2026-11-21 14:00:02 ERROR second\n\tat a trace\n2026-11-21 14:00:04 fourth\n"
    async with running_deck(tmp_path, {"alpha": script}, clock) as deck:
        await deck.press("merge_logs")
        assert "mark two to 8 jobs" in deck.notices[-1]
        await deck.press("mark_all", "merge_logs")
        screen = deck.app.screen
        assert isinstance(screen, MergedLogScreen)
        await deck.clock.wait_until(lambda: screen.document is not None and screen.document.lines == 5)
        await deck.settle()
        assert screen.document is not None
        document = screen.document
        places = [document.place(number) for number in range(5)]
        texts = [document.plain(place) for place in places if place is not None]
        assert [text.split()[-1] for text in texts] == ["first", "second", "trace", "third", "fourth"]
        assert [text.split()[0] for text in texts] == ["load", "other", "other", "load", "other"]
        assert any("silent: no log of run r3" in notice for notice in deck.notices)
        await deck.press("quit")
        assert deck.app.screen is deck.dashboard
    assert not list((tmp_path / "state").rglob("*.spool"))
