"""A dropped line: where the user was is kept, offered by the next start, and gone to with one key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.real_world import RealWorld, is_ready, is_sane, row_of
from tests.support.scripted import Script, make_job
from tui.config.placefile import load_place
from tui.core.state import State
from tui.ui.resuming_app import DROPPED
from tui.ui.screens.log_screen import LogScreen

LOG = b"".join(b"line %d\n" % number for number in range(300))


class World:
    """One system that outlives the dashboards that look at it."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.folder = folder
        self.script = Script(self.clock)
        self.script.add(
            make_job("1", name="load", state=State.FAILED, last_result=State.FAILED, run_id="r1"),
            make_job("2", name="sync", state=State.RUNNING, run_id="r2", started_at=START, last_result=None),
            make_job("3", name="marts", run_id="r3", ended_at=START),
        )
        self.script.logs = {"r1": LOG}

    @asynccontextmanager
    async def deck(self, **startup: Any) -> AsyncIterator[Deck]:
        async with running_deck(
            self.folder, {"alpha": self.script}, self.clock, state_dir=self.folder / "state", **startup
        ) as deck:
            yield deck

    def keeps_place(self) -> bool:
        return load_place(self.folder / "state") is not None


@pytest.fixture
def world_of_one(tmp_path: Path) -> World:
    return World(tmp_path)


def line_of(screen: LogScreen) -> int | None:
    return screen.document.number(screen.view.cursor) if screen.document is not None else None


async def leave_in_the_log(world: World, code: int) -> None:
    """Filter, mark, watch, read a log, and lose the line."""
    async with world.deck() as deck:
        deck.dashboard.table.go_to(make_job("2").key)
        await deck.press("watch", "mark")
        deck.dashboard.filter("name:load or name:sync")
        deck.dashboard.kept_query = "name:load or name:sync"
        deck.dashboard.table.go_to(make_job("1").key)
        await deck.press("open_log")
        screen = deck.app.screen
        assert isinstance(screen, LogScreen)
        await deck.clock.wait_until(lambda: screen.document is not None and screen.document.lines == 300)
        assert screen.document is not None
        screen.view.go_to(screen.document.place(120) or 0)
        await deck.settle()
        deck.app.leave(code)
    await world.clock.advance(720)


@pytest.mark.parametrize("code", sorted(DROPPED))
async def test_one_key_goes_on_where_the_line_dropped(world_of_one: World, code: int) -> None:
    await leave_in_the_log(world_of_one, code)
    assert world_of_one.keeps_place()
    async with world_of_one.deck() as deck:
        offer = next(line for line in deck.screen_text.split("\n") if "the line dropped 12m ago: " in line)
        assert "enter goes on there, any other key begins afresh   (filter and cursor, log, 1 mark)" in offer
        await deck.press("open")
        screen = deck.app.screen
        assert isinstance(screen, LogScreen)
        await deck.clock.wait_until(lambda: line_of(screen) == 120)
        assert not screen.view.is_following
        assert not world_of_one.keeps_place()
        await deck.press("quit")
        assert deck.rows == ["load", "sync"]
        assert deck.cursor == "load"
        assert list(deck.dashboard.table.marks) == [make_job("2").key]
        assert "the line dropped" not in deck.screen_text
        assert make_job("2").key in deck.app.watches


async def test_any_other_key_does_what_it_does_and_the_offer_is_not_made_again(world_of_one: World) -> None:
    await leave_in_the_log(world_of_one, 129)
    async with world_of_one.deck() as deck:
        before = deck.cursor
        await deck.press("cursor_down")
        assert deck.cursor != before
        assert "the line dropped" not in deck.screen_text
        assert not world_of_one.keeps_place()
        assert make_job("2").key in deck.app.watches, "who was to be told is told all the same"
        await deck.press("open")
        assert not isinstance(deck.app.screen, LogScreen)


async def test_an_offer_that_nobody_answered_outlives_another_drop_and_a_quit_takes_it_back(
    world_of_one: World,
) -> None:
    await leave_in_the_log(world_of_one, 129)
    first = load_place(world_of_one.folder / "state")
    async with world_of_one.deck() as deck:
        deck.app.leave(143)
    assert load_place(world_of_one.folder / "state") == first
    async with world_of_one.deck() as deck:
        deck.app.leave(0)
    assert not world_of_one.keeps_place()


async def test_what_ended_meanwhile_is_told_and_the_rest_is_still_watched(world_of_one: World) -> None:
    async with world_of_one.deck() as deck:
        for job_id in ("2", "3"):
            deck.dashboard.table.go_to(make_job(job_id).key)
            await deck.press("watch")
        deck.app.leave(129)
    world_of_one.script.change(
        "2", state=State.FAILED, last_result=State.FAILED, ended_at=START, message="no space left"
    )
    async with world_of_one.deck(cursor=make_job("3").key) as deck:
        assert any(note.title == "while you were away" for note in deck.app._notifications)
        assert "sync on alpha: failed, no space left" in deck.notices
        assert any("view, filter and cursor are as they were" in notice for notice in deck.notices)
        assert list(deck.app.watches.jobs) == [make_job("3").key]


async def test_leaving_on_purpose_keeps_no_place(world_of_one: World) -> None:
    await leave_in_the_log(world_of_one, 0)
    assert not world_of_one.keeps_place()


def test_a_real_line_that_drops_is_gone_on_with(world: RealWorld) -> None:
    world.configure()
    with world.start() as terminal:
        terminal.wait_for(lambda: is_ready(terminal) and row_of(terminal, "quick"))
        terminal.press("/quick")
        terminal.wait_for("1 of 2")
        terminal.press("Enter", "R")
        terminal.wait_for("enter yes")
        terminal.press("Enter")
        terminal.wait_for(lambda: "✗" in row_of(terminal, "quick"))
        terminal.press(" ", "L")
        terminal.wait_for("line 2 of 2")
        terminal.press("k")
        terminal.wait_for("line 1 of 2")
        terminal.hang_up()
        terminal.process.wait(30)
    assert (world.state / "place.toml").stat().st_mode & 0o777 == 0o600
    with world.start() as again:
        again.wait_for("the line dropped")
        assert "log of quick, 1 mark" in again.text
        again.press("Enter")
        again.wait_for("line 1 of 2")
        again.press("q")
        again.wait_for(lambda: "◆" in row_of(again, "quick"))
        again.wait_for(lambda: b"\x1b[22;2t\x1b]2;1" in again.raw, but="the title is not told")
        again.press("\\", "q")
        assert again.wait_exit() == 0
        assert again.raw.rindex(b"\x1b[23;2t") > again.raw.rindex(b"\x1b]2;")
        assert is_sane(again)
    assert not (world.state / "place.toml").exists()
