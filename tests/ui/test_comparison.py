"""Comparing from the dashboard and the log: what is shown, and what can be done with it."""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job, make_run
from tui.core.models import Task
from tui.core.state import State
from tui.engine.comparing import Progress
from tui.engine.comparison import Reference, compare
from tui.logs.templates import Side, TemplateMiner
from tui.ui.comparison_lines import ComparisonLines
from tui.ui.screens.comparison import ComparisonScreen
from tui.ui.screens.log_screen import LogScreen

HOUR = timedelta(hours=1)
GOOD = b"2026-11-21 10:00:00 INFO begin\nINFO wrote 1,204 rows\nINFO all done\n"
BAD = b"2026-11-21 13:00:00 INFO begin\nINFO wrote 0 rows\nERROR [red]no space[/] left\n"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def script(clock: FakeClock) -> Script:
    script = Script(clock)
    broken: dict[str, Any] = {"state": State.FAILED, "last_result": State.FAILED, "ended_at": START}
    script.add(
        make_job("1", run_id="r3", message="exit code 3", started_at=START - HOUR, **broken),
        make_job("2", state=State.NEVER_RUN, last_result=None),
    )
    script.runs["1"] = [
        make_run(f"r{n}", state=state, started_at=START - (4 - n) * HOUR, duration_s=60.0 * n, params=params)
        for n, state, params in (
            (3, State.FAILED, {"day": "2"}),
            (2, State.SUCCEEDED, {"day": "1"}),
            (1, State.FAILED, {}),
        )
    ]
    script.logs = {"r3": BAD, "r2": GOOD, "r1": BAD}
    return script


def shown(deck: Deck) -> ComparisonScreen:
    assert isinstance(deck.app.screen, ComparisonScreen)
    return deck.app.screen


async def complete(deck: Deck) -> ComparisonScreen:
    """The open comparison, once the logs have been read."""
    screen = shown(deck)
    await deck.clock.wait_until(lambda: screen._is_complete)
    await deck.settle()
    return screen


async def test_what_comes_while_the_comparison_is_left_finds_nothing_and_does_no_harm(
    tmp_path: Path, clock: FakeClock, script: Script
) -> None:
    async with running_deck(tmp_path, {"alpha": script}, clock, state_dir=tmp_path) as deck:
        await deck.press("compare")
        screen = await complete(deck)
        await screen.remove_children()
        assert screen.is_attached
        screen._say("reading the logs")
        screen._tell_progress(Progress(Side.USUAL, 1 << 20))
        await deck.press("back")
        assert not isinstance(deck.app.screen, ComparisonScreen)


async def test_a_failed_job_is_compared_with_its_last_good_run(
    tmp_path: Path, clock: FakeClock, script: Script
) -> None:
    async with running_deck(tmp_path, {"alpha": script}, clock, state_dir=tmp_path) as deck:
        await deck.press("compare")
        screen = await complete(deck)
        for told in (
            "compared with the last good run before it",
            "✗ failed",
            "● succeeded",
            "New in the log  1",
            "ERROR [red]no space[/] left",
            "1,204 → 0 (-100 %)",
            "Missing from the log  1",
            "INFO all done",
            "day",
        ):
            assert told in deck.screen_text, told
        await deck.press("previous_tab")
        screen = await complete(deck)
        assert screen.comparison is not None
        assert screen.comparison.before.key.run_id == "r1"
        assert "compared with run r1" in deck.screen_text
        assert "nothing that the earlier log doesn't say" in deck.screen_text
        await deck.press("previous_tab")
        assert deck.notices[-1] == "no older run"
        await deck.press("save")
        (saved,) = (tmp_path / "exports").glob("*.md")
        assert saved.read_text(encoding="utf-8").startswith("# job 1: run r3\n")
        await deck.press("copy")
        assert deck.notices[-1].startswith("comparison copied")
        await deck.press("cursor_bottom", "wide", "scroll_right", "cursor_top", "back")
        assert deck.app.screen is deck.dashboard


async def test_a_run_picked_from_the_list_and_one_whose_log_is_open_are_compared(
    tmp_path: Path, clock: FakeClock, script: Script
) -> None:
    async with running_deck(tmp_path, {"alpha": script}, clock) as deck:
        await deck.press("open_log")
        assert isinstance(deck.app.screen, LogScreen)
        await deck.press("compare")
        assert (await complete(deck)).target_run.run_id == "r3"
        await deck.press("open_log")
        assert isinstance(deck.app.screen, LogScreen)
        await deck.press("back", "back", "back")
        assert len(deck.app.screen_stack) == 1


async def test_a_run_picked_in_the_detail_pane_is_the_one_that_is_compared(
    tmp_path: Path, clock: FakeClock, script: Script
) -> None:
    async with running_deck(tmp_path, {"alpha": script}, clock) as deck:
        await deck.press("open", "next_tab")
        await clock.wait_until(lambda: deck.dashboard.target_run is not None)
        await deck.advance(1)
        await deck.press("cursor_bottom", "cursor_up")
        picked = deck.dashboard.target_run
        assert picked is not None
        assert picked.run_id == "r2"
        await deck.press("compare")
        screen = await complete(deck)
        assert screen.comparison is not None
        assert (screen.comparison.now.key.run_id, screen.comparison.before.key.run_id) == ("r2", "r1")
        assert "no earlier run succeeded: compared with the newest that ended" in deck.screen_text


async def test_what_has_never_run_says_why_it_is_grey(
    tmp_path: Path, clock: FakeClock, script: Script
) -> None:
    async with running_deck(tmp_path, {"alpha": script}, clock) as deck:
        await deck.press("cursor_bottom", "compare")
        assert deck.app.screen is deck.dashboard
        assert deck.notices[-1] == "this job has not run yet"


async def test_without_an_earlier_run_it_says_so(tmp_path: Path, clock: FakeClock, script: Script) -> None:
    script.runs["1"] = script.runs["1"][:1]
    async with running_deck(tmp_path, {"alpha": script}, clock) as deck:
        await deck.press("compare")
        await deck.settle()
        assert "there is nothing to compare with" in deck.screen_text
        await deck.press("copy", "save", "previous_tab", "quit")
        assert deck.app.screen is deck.dashboard


async def test_the_row_tells_the_first_error_of_the_log(
    tmp_path: Path, clock: FakeClock, script: Script
) -> None:
    async with running_deck(tmp_path, {"alpha": script}, clock) as deck:
        await deck.advance(2)
        dashboard = deck.dashboard
        key = script.jobs["1"].key
        await clock.wait_until(lambda: bool(dashboard.board.first_error(key)))
        await deck.settle()
        row = next(line for line in deck.screen_text.splitlines() if "job 1 " in line and "alpha" in line)
        assert "[red]no space[/] left" in row
        assert "exit code 3" not in row


def test_long_stack_traces_are_folded_and_names_of_steps_get_room() -> None:
    miner = TemplateMiner()
    miner.feed(["INFO begin"], Side.USUAL)
    trace = [f"        at a.{letter}.run(B.java:1)" for letter in "abcdefg"]
    miner.feed(["Caused by: x.YException: z", *trace, "INFO end of it"], Side.OTHER)
    now, before = make_run("r2", state=State.FAILED), make_run("r1")
    steps = [[Task(run.key, "1", "extract the orders of yesterday", run.state)] for run in (before, now)]
    comparison = compare(
        now, Reference(before, is_good=True), templates=miner.templates(), tasks=(steps[0], steps[1])
    )
    told = ComparisonLines(comparison, UTC, 140).content(is_complete=True).plain
    assert told.count("    at a.") == 3
    assert "… 4 more" in told
    assert told.index("Caused by") < told.index("… 4 more") < told.index("INFO end of it")
    assert "extract the orders of yesterday" in told
    at_once = ComparisonLines(comparison, UTC, 60).content(is_complete=False).plain
    assert "New in the log" not in at_once


def test_wrapped_lines_go_on_below_their_beginning() -> None:
    miner = TemplateMiner()
    miner.feed(["INFO begin"], Side.USUAL)
    miner.feed([f"ERROR {'long ' * 30}end"], Side.OTHER)
    comparison = compare(
        make_run("r2", state=State.FAILED),
        Reference(make_run("r1"), is_good=True),
        templates=miner.templates(),
    )
    told = ComparisonLines(comparison, UTC, 80, is_wrapped=True).content(is_complete=True).plain
    lines = told.split("\n")
    first = next(index for index, line in enumerate(lines) if "ERROR" in line)
    assert lines[first + 1].startswith(" " * 15)
    assert max(map(len, lines)) <= 80
    assert "".join(line[15:] for line in lines[first : first + 3]) == f"ERROR {'long ' * 30}end"
