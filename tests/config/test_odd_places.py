"""Wherever the state folder is or isn't: it starts, says what is wrong, and loses nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.engine.test_journal import make_entry
from tests.support.clock import FakeClock
from tests.support.scripted import make_job, make_run
from tui.config.past_filters import keep_filter, load_filters
from tui.config.past_texts import SEARCHES
from tui.config.paths import state_dir
from tui.config.placefile import Place, save_place
from tui.config.statefile import UiState, load_ui_state, save_ui_state
from tui.config.viewfile import ViewFile, change_view_file, load_view_file
from tui.core.errors import ActionRefused, ConfigError
from tui.core.redaction import Redactor
from tui.engine.history import History
from tui.engine.journal import Journal
from tui.ui.crash import crash_line

NOBODY = 65534


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to build in, as a user whom permissions concern."""
    ground = tmp_path / "ground"
    ground.mkdir()
    for variable in ("NIGHTDECK_STATE_DIR", "XDG_STATE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    if os.geteuid() != 0:
        yield ground
        return
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & 0o001:
            folder.chmod(0o755)
    os.chown(ground, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    yield ground
    os.seteuid(0)


def under_a_file(ground: Path) -> dict[str, str]:
    (ground / "file").touch()
    return {"NIGHTDECK_STATE_DIR": str(ground / "file" / "state")}


def a_file(ground: Path) -> dict[str, str]:
    (ground / "state").touch()
    return {"NIGHTDECK_STATE_DIR": str(ground / "state")}


def a_link_to_nowhere(ground: Path) -> dict[str, str]:
    (ground / "state").symlink_to(ground / "gone" / "further")
    return {"NIGHTDECK_STATE_DIR": str(ground / "state")}


def a_link_in_a_circle(ground: Path) -> dict[str, str]:
    (ground / "state").symlink_to(ground / "state")
    return {"NIGHTDECK_STATE_DIR": str(ground / "state")}


def not_writable(ground: Path) -> dict[str, str]:
    (ground / "state").mkdir(mode=0o500)
    return {"NIGHTDECK_STATE_DIR": str(ground / "state")}


def home_not_writable(ground: Path) -> dict[str, str]:
    (ground / "home").mkdir(mode=0o500)
    return {"HOME": str(ground / "home")}


def home_not_enterable(ground: Path) -> dict[str, str]:
    (ground / "home").mkdir(mode=0o000)
    return {"HOME": str(ground / "home")}


def home_a_file(ground: Path) -> dict[str, str]:
    (ground / "home").touch()
    return {"HOME": str(ground / "home")}


def xdg_a_file(ground: Path) -> dict[str, str]:
    (ground / "xdg").touch()
    return {"XDG_STATE_HOME": str(ground / "xdg")}


UNUSABLE = [
    *(under_a_file, a_file, a_link_to_nowhere, a_link_in_a_circle, not_writable),
    *(home_not_writable, home_not_enterable, home_a_file, xdg_a_file),
]


@pytest.mark.parametrize("place", UNUSABLE)
async def test_a_place_that_cannot_be_used_is_told_and_costs_what_would_be_kept_there(
    ground: Path, monkeypatch: pytest.MonkeyPatch, place: Callable[[Path], dict[str, str]]
) -> None:
    for name, value in place(ground).items():
        monkeypatch.setenv(name, value)
    folder, clock = state_dir(), FakeClock()
    # Reading never stops a start.
    assert load_ui_state() == UiState()
    assert load_view_file() == ViewFile()
    assert (tuple(load_filters()), tuple(SEARCHES.load())) == ((), ())
    history = History(folder, clock)
    assert history.load_first_screen() == []
    await history.take_up()
    await history.open()
    assert str(folder) in history.problem
    assert history.problem.endswith(")"), "it says what to do"
    assert await history.load_table() == []
    # What is to be kept is told as not kept, in words.
    history.note_ahead([make_run()])
    await history.record_runs([make_run()])
    assert not await history.save_table({make_job().key: make_job()}, [])
    with pytest.raises(ActionRefused, match="nothing was sent"):
        await Journal(history.database, clock, Redactor()).announce(make_entry())
    for keep in (
        lambda: save_ui_state(UiState(query="x")),
        lambda: change_view_file(lambda kept: kept.with_view({"name": "x"})),
        lambda: save_place(Place(datetime.now(UTC)), folder),
        lambda: keep_filter("name:x"),
        lambda: SEARCHES.keep("x"),
    ):
        with pytest.raises(ConfigError) as caught:
            keep()
        assert caught.value.hint
    assert "could not be written" in crash_line(ValueError("x"), str)
    await history.aclose()


def a_link_to_a_folder(ground: Path) -> dict[str, str]:
    (ground / "real").mkdir()
    (ground / "state").symlink_to(ground / "real")
    return {"NIGHTDECK_STATE_DIR": str(ground / "state")}


def odd_names(ground: Path) -> dict[str, str]:
    return {"NIGHTDECK_STATE_DIR": str(ground / "a ?b#c%20d'é\n北" / "state")}


def relative(ground: Path) -> dict[str, str]:
    return {"NIGHTDECK_STATE_DIR": os.path.relpath(ground / "here")}


def home_with_a_relative_xdg(ground: Path) -> dict[str, str]:
    return {"HOME": str(ground), "XDG_STATE_HOME": "relative/folder"}


def home_with_a_slash(ground: Path) -> dict[str, str]:
    return {"HOME": f"{ground}//"}


@pytest.mark.parametrize(
    "place", [a_link_to_a_folder, odd_names, relative, home_with_a_relative_xdg, home_with_a_slash]
)
async def test_an_odd_place_is_used_like_any_other(
    ground: Path, monkeypatch: pytest.MonkeyPatch, place: Callable[[Path], dict[str, str]]
) -> None:
    for name, value in place(ground).items():
        monkeypatch.setenv(name, value)
    # The first paint waits for a lock for a moment only, which may pass while other tests run.
    monkeypatch.setattr("tui.engine.first_screen._PATIENCE_S", 10.0)
    folder = state_dir()
    assert folder.is_absolute()
    for _ in range(2):
        history = History(folder, FakeClock())
        await history.record_runs([make_run()])
        await history.save_table({make_job().key: make_job()}, [make_job().key])
        await history.database.check()
        assert history.problem == ""
        assert len(history.load_first_screen()) == 1
        await history.aclose()
    assert keep_filter("name:x") == load_filters() == ("name:x",)
    save_ui_state(UiState(query="x"))
    assert load_ui_state().query == "x"
    assert ground in folder.resolve().parents


async def test_a_folder_that_is_taken_away_while_it_is_used_is_told(
    ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the runs of meanwhile are kept once there is one again, after a start."""
    monkeypatch.setenv("NIGHTDECK_STATE_DIR", str(ground / "state"))
    clock = FakeClock()
    history = History(state_dir(), clock)
    await history.record_runs([make_run("r1")])
    (ground / "state").rename(ground / "moved")
    with pytest.raises(ActionRefused, match=r"nothing was sent.*moved or deleted"):
        await Journal(history.database, clock, Redactor()).announce(make_entry())
    assert keep_filter("name:x") == ("name:x",)
    await history.aclose()
