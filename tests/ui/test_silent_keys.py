"""No key is silent: one that can't act says why, whatever is missing; a dialog tells its keys, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job
from tui.core.errors import Unreachable
from tui.core.state import State
from tui.ui.bindings import UNBOUND
from tui.ui.keysheet import answering_node
from tui.ui.screens.confirm import ConfirmDialog
from tui.ui.screens.help import HelpScreen

NEVER_PRESSED = {"quit", "interrupt", "suspend"}
"""They would end the test."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def make_script(clock: FakeClock) -> Script:
    script = Script(clock)
    script.add(make_job("1", name="load", state=State.RUNNING, run_id="r1", started_at=START))
    return script


async def grey_keys_told(deck: Deck) -> dict[str, list[str]]:
    """Press every grey key of the dashboard, and every one that it has no answer to; what each told."""
    screen = deck.app.screen
    silent = {
        active.binding.id or active.binding.action: key
        for key, active in screen.active_bindings.items()
        if key != UNBOUND
        and active.binding.id not in NEVER_PRESSED
        and (not active.enabled or answering_node(screen, active.binding.action) is None)
    }
    told = {}
    for id_, key in silent.items():
        deck.app.clear_notifications()
        await deck.pilot.press(key)
        told[id_] = deck.notices
        assert deck.app.screen is screen, id_
    return told


async def test_without_any_job_every_grey_key_says_why(tmp_path: Path, clock: FakeClock) -> None:
    async with running_deck(tmp_path, {"alpha": Script(clock)}, clock) as deck:
        told = await grey_keys_told(deck)
        assert {"open", "open_log", "rerun", "stop", "copy", "raw", "watch", "next_failed"} <= set(told)
        assert all(any(notices) for notices in told.values()), told
        assert told["copy"] == ["there is no job yet"]
        assert told["find_next"][0].startswith("not on this screen")


async def test_read_only_every_grey_key_says_why(tmp_path: Path, clock: FakeClock) -> None:
    async with running_deck(tmp_path, {"alpha": make_script(clock)}, clock, is_read_only=True) as deck:
        told = await grey_keys_told(deck)
        assert {"rerun", "stop", "hold"} <= set(told)
        assert all(any(notices) for notices in told.values()), told
        assert all("read-only" in told[id_][0] for id_ in ("rerun", "stop", "hold"))


async def test_whatever_is_missing_every_grey_key_says_why(tmp_path: Path, clock: FakeClock) -> None:
    script = make_script(clock)
    async with running_deck(tmp_path, {"alpha": script}, clock, query="nothing") as deck:
        told = await grey_keys_told(deck)
        assert all(any(notices) for notices in told.values()), told
        assert told["open_log"] == ["no job is listed: clear the filter"]
        await deck.press("clear_filter")
        engine, deck.app.engine = deck.app.engine, None
        deck.dashboard.refresh_bindings()
        told = await grey_keys_told(deck)
        deck.app.engine = engine
        assert {"pause", "refresh", "rerun", "stop", "open_web"} <= set(told)
        assert all(any(notices) for notices in told.values()), told
        assert told["pause"] == ["the config is still being read; try again in a moment"]
        script.always = Unreachable("no route to alpha")
        await deck.advance(60)
        told = await grey_keys_told(deck)
        assert all(any(notices) for notices in told.values()), told


async def test_a_dialog_tells_its_own_keys_and_commands_without_keys_are_told(
    tmp_path: Path, clock: FakeClock
) -> None:
    async with running_deck(tmp_path, {"alpha": make_script(clock)}, clock) as deck:
        await deck.press("help")
        assert isinstance(deck.app.screen, HelpScreen)
        rows = {row.id: row for row in deck.app.screen.rows}
        assert len(rows) == len(deck.app.screen.rows)
        assert rows["run_in_order"].keys == ()
        assert rows["settings"].keys == ()
        await deck.pilot.press("slash", *"settings")
        await deck.settle()
        assert "palette only" in deck.screen_text
        await deck.pilot.press("escape", "escape")
        await deck.press("stop")
        assert isinstance(deck.app.screen, ConfirmDialog)
        await deck.press("help")
        assert isinstance(deck.app.screen, HelpScreen)
        told = {row.keys: row for row in deck.app.screen.rows}
        assert {row.heading for row in told.values()} == {"In this dialog"}
        assert ("y",) in told
        await deck.pilot.press("escape", "escape")
        await deck.settle()
        assert len(deck.app.screen_stack) == 1
