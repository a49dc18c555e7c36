"""What the program tells of itself: first steps, settings that change at once, runs by their ids."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual import events
from textual.command import CommandList
from textual.widgets import Input

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.real_world import RealWorld
from tests.support.scripted import Script, make_job, make_run
from tui.config.schema import NotificationsSection, UiSection
from tui.config.statefile import FILE_NAME, load_ui_state
from tui.core.keys import RunKey
from tui.core.state import State
from tui.ui.screens.command_palette import Palette
from tui.ui.screens.dashboard import Dashboard
from tui.ui.screens.first_steps import FirstSteps
from tui.ui.screens.log_screen import LogScreen
from tui.ui.screens.unlock import UnlockDialog

FILE = "~/.config/nightdeck/config.toml"


def make_scripts(clock: FakeClock) -> dict[str, Script]:
    script = Script(clock)
    script.add(
        make_job("1", name="load", state=State.FAILED, run_id="r7", started_at=START, ended_at=START),
        make_job("2", name="sync", state=State.RUNNING, run_id="r8", started_at=START),
    )
    script.runs = {"1": [make_run("r7", "1", state=State.FAILED, started_at=START)]}
    script.logs = {"r7": b"ERROR no listener\n"}
    return {"alpha": script}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def deck(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Deck]:
    scripts = make_scripts(clock)
    async with running_deck(tmp_path, scripts, clock, state_dir=tmp_path / "state", config_file=FILE) as deck:
        yield deck


async def choose(deck: Deck, typed: str) -> list[str]:
    """Type into the open palette and take the first line; what it listed."""
    names = {" ": "space", ":": "colon", "#": "number_sign", "=": "equals_sign", "_": "underscore"}
    await deck.pilot.press(*(names.get(letter, letter) for letter in typed))
    palette = deck.app.screen
    assert isinstance(palette, Palette)
    listed = palette.query_one(CommandList)
    wanted = len(typed) + len(palette.text)

    def is_done() -> bool:
        is_busy = any(worker.is_running and worker.node is palette for worker in deck.app.workers)
        return bool(listed.option_count) and not is_busy and len(palette.query_one(Input).value) == wanted

    await deck.clock.wait_until(is_done)
    lines = [str(option.prompt) for option in listed.options]
    await deck.pilot.press("enter")
    await deck.settle()
    return lines


async def change(deck: Deck, key: str, value: str) -> str:
    """Change a setting as the palette does; what was told."""
    deck.app.clear_notifications()
    setting = next(setting for setting in deck.app.settings() if setting.key == key)
    assert value in (setting.choices or ("",)) or setting.reason
    deck.app.use_setting(setting, value)
    await deck.pilot.pause()
    return deck.notices[-1] if deck.notices else ""


async def test_settings_change_at_once_and_say_how_they_last(deck: Deck) -> None:
    app = deck.app
    assert {setting.full_name for setting in app.settings()} == {
        *(f"ui.{name}" for name in UiSection.model_fields),
        *(f"notifications.{name}" for name in NotificationsSection.model_fields),
    }
    await app.run_action("settings")
    await deck.settle()
    lines = await choose(deck, "time absolute")
    assert lines[0].startswith("setting: time = relative → absolute")
    assert deck.dashboard.table.is_absolute
    assert deck.notices[-1] == f'for this session; to keep it, write time = "absolute" under [ui] in {FILE}'
    await change(deck, "keymap", "k9s")
    await deck.pilot.press("l")
    await deck.settle()
    assert isinstance(app.screen, LogScreen)
    await deck.pilot.press("q")
    told = await change(deck, "bell", "false")
    assert told.endswith(f"write bell = false under [notifications] in {FILE}")
    assert not app.startup.has_bell
    await change(deck, "terminal", "false")
    await change(deck, "title", "false")
    assert (app.startup.has_notifications, app.startup.has_title) == (False, False)
    await change(deck, "slow_link", "on")
    assert app.pace.choice == "on"
    await change(deck, "mouse", "false")
    assert not app.has_mouse
    await change(deck, "read_only", "true")
    assert deck.engine.is_read_only
    assert "read-only" in deck.dashboard.reason_against("rerun")
    await change(deck, "read_only", "")
    assert isinstance(deck.pilot.app.screen, UnlockDialog)
    await deck.pilot.press("enter")
    await deck.settle()
    assert deck.dashboard.reason_against("rerun") == ""
    await change(deck, "unlock_for", "30m")
    await change(deck, "undo", "10s")
    assert (app.startup.unlock_s, app.startup.undo_s) == (1800, 10)
    told = await change(deck, "ascii", "")
    assert told == f"it is read when the program starts: change ascii under [ui] in {FILE}"


async def test_a_run_is_opened_by_its_id_and_choices_are_remembered(deck: Deck, tmp_path: Path) -> None:
    await deck.engine.history.record_runs([make_run("14068x", "1", state=State.FAILED, started_at=START)])
    await deck.press("palette")
    lines = await choose(deck, "1406")
    assert lines[0].startswith("run: 14068x")
    assert isinstance(deck.app.screen, LogScreen)
    assert deck.app.screen.target_run == RunKey("alpha", "1", "14068x")
    await deck.press("palette")
    lines = await choose(deck, "#")
    assert "run: r7" in " ".join(lines)
    await deck.pilot.press("q", "q")
    await deck.settle()
    await deck.press("palette")
    await choose(deck, ">problems")
    deck.app.save_state()
    assert load_ui_state(tmp_path / "state").recent[0] == "action problems"


async def test_the_first_start_explains_itself_once(tmp_path: Path, clock: FakeClock) -> None:
    folder = tmp_path / "state"
    async with running_deck(
        tmp_path,
        make_scripts(clock),
        clock,
        size=(60, 15),
        first_steps=folder,
        title="demo",
        config_file=FILE,
    ) as deck:
        assert isinstance(deck.app.screen, FirstSteps)
        text = deck.screen_text
        words = ("Welcome", "made up", "Each row is a job", "its log", "config init", FILE, "any key goes on")
        assert [word for word in words if word not in text] == []
        assert deck.app.screen.query_one("Vertical").region.height <= 15
        assert not (folder / FILE_NAME).exists()
        for _ in range(3):
            deck.app.post_message(events.Key("X", "X"))
        await deck.settle()
        assert (folder / FILE_NAME).stat().st_mode & 0o777 == 0o600
        assert isinstance(deck.app.screen, Dashboard)
        await deck.press("palette")
        await choose(deck, "first steps")
        assert isinstance(deck.app.screen, FirstSteps)


async def test_it_tells_keys_as_they_are_and_asks_before_read_only_is_lifted(
    tmp_path: Path, clock: FakeClock
) -> None:
    async with running_deck(
        tmp_path,
        make_scripts(clock),
        clock,
        is_read_only=True,
        first_steps=tmp_path / "state",
        keymap={"rerun": "Z", "help": ""},
    ) as deck:
        assert isinstance(deck.app.screen, FirstSteps)
        assert "Z     run it again" in deck.screen_text
        assert "made up" not in deck.screen_text
        await deck.pilot.press("x")
        (tmp_path / "file").touch()
        # Where it can't be remembered, it would come back with each start.
        deck.app.change(first_steps=tmp_path / "file" / "state")
        deck.app.explain_once()
        assert isinstance(deck.app.screen, Dashboard)
        await change(deck, "read_only", "")
        assert isinstance(deck.app.screen, UnlockDialog)
        assert deck.engine.is_read_only


def test_a_program_that_is_killed_right_after_it_never_explains_itself_again(world: RealWorld) -> None:
    world.configure()
    world.forget_first_steps()
    with world.start() as terminal:
        terminal.wait_for("Welcome to nightdeck")
        terminal.press("x")
        terminal.wait_for(lambda: "Welcome" not in terminal.text)
        os.kill(terminal.pid, signal.SIGKILL)
    # All other tests of the real program begin with such a file, and see no word of it.
    assert (world.state / FILE_NAME).is_file()
