"""Files that are broken, missing, locked or in the way: one clear line, and whatever can run, runs."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.support.real_world import GATED, RealWorld, is_ready, is_sane, row_of
from tests.support.terminal import Terminal


def see_jobs(terminal: Terminal) -> None:
    """Wait until the local jobs are there."""
    terminal.wait_for(lambda: row_of(terminal, "quick") and "here ●" in terminal.lines[0])


def quit_well(terminal: Terminal) -> None:
    """Quit, and find the terminal in order."""
    terminal.press("q")
    assert terminal.wait_exit() == 0
    assert is_sane(terminal)
    assert b"Traceback" not in terminal.raw


def make_folder(world: RealWorld) -> None:
    world.config_file.mkdir(parents=True)


def make_broken(world: RealWorld) -> None:
    world.configure("[ui\ntheme = 'x'\n")


def make_twins(world: RealWorld) -> None:
    world.configure(GATED + GATED)


def make_dead_link(world: RealWorld) -> None:
    world.config_file.parent.mkdir(parents=True)
    world.config_file.symlink_to("nowhere.toml")


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        (make_broken, ":1:4: not TOML"),
        (make_twins, "two connections are named 'here'"),
        (make_folder, "it is a folder"),
        (make_dead_link, "there is no config file"),
    ],
)
def test_a_config_that_cannot_be_read_at_all_is_told_before_the_screen_opens(
    world: RealWorld, prepare: Callable[[RealWorld], None], told: str
) -> None:
    prepare(world)
    with world.start(columns=250) as terminal:
        assert terminal.wait_exit() == 2
        assert [line for line in terminal.lines if line] == [terminal.lines[0]]
        assert terminal.lines[0].startswith("nightdeck: ")
        assert "config.toml" in terminal.lines[0]
        assert told in terminal.lines[0]
        assert b"\x1b[?1049h" not in terminal.raw


def test_everything_else_that_is_wrong_with_the_config_is_told_beside_the_jobs_that_run(
    world: RealWorld,
) -> None:
    wrong = '[ui]\nthem = "x"\n[keymap]\nrerun = "j"\n[connections.gone]\ntype = "slurrm"\n'
    world.configure(wrong + GATED)
    with world.start(lines=50) as terminal:
        see_jobs(terminal)
        assert "gone ▲ config" in terminal.lines[0]
        terminal.wait_for(lambda: "unknown key" in terminal.text and "'theme'" in terminal.text)
        terminal.wait_for(lambda: "[keymap] rerun" in terminal.text and "unknown type" in terminal.text)
        quit_well(terminal)


def spoil(world: RealWorld) -> None:
    (world.state / "history.db").write_bytes(b"no database" * 1000)


def put_folder_there(world: RealWorld) -> None:
    (world.state / "history.db").mkdir()


def make_read_only(world: RealWorld) -> None:
    (world.state / "history.db").touch(mode=0o400)


def spoil_screen_state(world: RealWorld) -> None:
    (world.state / "ui.toml").write_bytes(b"\xff\xfe = [")


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        (spoil, "the history was damaged and begins anew"),
        (put_folder_there, "history can't be kept"),
        (make_read_only, ""),
        (spoil_screen_state, "set aside as ui.toml.spoilt"),
    ],
)
def test_state_that_cannot_be_used_costs_nothing_else(
    world: RealWorld, prepare: Callable[[RealWorld], None], told: str
) -> None:
    world.configure()
    world.state.mkdir(parents=True, exist_ok=True)
    prepare(world)
    with world.start() as terminal:
        see_jobs(terminal)
        terminal.wait_for(told)
        quit_well(terminal)


def test_a_locked_history_is_told_and_refuses_actions_and_is_used_again_when_it_is_free(
    world: RealWorld,
) -> None:
    world.configure()
    with world.start() as terminal:
        see_jobs(terminal)
        with closing(sqlite3.connect(world.state / "history.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            terminal.press("/", "quick", "Enter", "R")
            terminal.wait_for("enter yes")
            terminal.press("Enter")
            terminal.wait_for("nothing was sent")
            assert "locked" in terminal.text
        terminal.press("R")
        terminal.wait_for("enter yes")
        terminal.press("Enter")
        terminal.wait_for(lambda: "✗" in row_of(terminal, "quick"))
        quit_well(terminal)


@pytest.mark.parametrize("place", ["file", "nowhere"])
def test_without_a_state_folder_the_dashboard_still_opens_and_says_so(world: RealWorld, place: str) -> None:
    world.configure()
    blocked = world.folder / "blocked"
    blocked.touch()
    # No user, not even root, can make a folder there.
    state = {"file": str(blocked / "state"), "nowhere": "/proc/nightdeck"}[place]
    with world.start(environment={"NIGHTDECK_STATE_DIR": state}) as terminal:
        terminal.wait_for("history can't be kept")
        assert "here" in terminal.lines[0]
        if place == "file":
            terminal.wait_for("no runs can be recorded", but="why no job is there")
        quit_well(terminal)


def test_the_state_folder_is_made_for_the_user_alone(world: RealWorld) -> None:
    world.configure()
    shutil.rmtree(world.state)
    with world.start() as terminal:
        terminal.wait_for("Welcome to nightdeck")
        terminal.press("x")
        see_jobs(terminal)
        quit_well(terminal)
    for path in (world.state, *world.state.rglob("*")):
        assert stat.S_IMODE(os.lstat(path).st_mode) & 0o077 == 0, path


def test_without_any_home_the_named_folders_are_enough_and_none_is_told(world: RealWorld) -> None:
    world.configure()
    with world.start(environment={"HOME": None}) as terminal:
        see_jobs(terminal)
        quit_well(terminal)
    homeless = {"HOME": "", "XDG_CONFIG_HOME": None, "XDG_STATE_HOME": None}
    named = {"NIGHTDECK_CONFIG": str(world.config_file), "NIGHTDECK_STATE_DIR": str(world.state)}
    with world.start(environment={**homeless, **named}) as terminal:
        see_jobs(terminal)
        quit_well(terminal)
    with world.start(environment=homeless) as terminal:
        terminal.wait_for("there is no home folder")
        if terminal.process.poll() is None:
            quit_well(terminal)


def test_a_view_query_or_connection_that_is_not_there_is_told_before_the_screen_opens(
    world: RealWorld,
) -> None:
    world.configure()
    wrong = [(("--view", "nope"), 4), (("state:nope",), 2), (("--connection", "nope"), 4)]
    terminals = [world.start(*words, columns=250) for words, _ in wrong]
    for terminal, (_, code) in zip(terminals, wrong, strict=True):
        with terminal:
            assert terminal.wait_exit() == code
            assert "nope" in terminal.lines[0]
            assert b"\x1b[?1049h" not in terminal.raw


def test_is_ready_is_no_empty_promise(world: RealWorld) -> None:
    world.configure("")
    with world.start() as terminal:
        terminal.wait_for("no connection is")
        assert not is_ready(terminal)
        quit_well(terminal)
