from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui.config.statefile import FILE_NAME, SPOILT_NAME, UiState, load_ui_state, save_ui_state
from tui.core.errors import ConfigError
from tui.core.keys import JobKey

TEXTS = st.text(max_size=30)
STATES = st.builds(
    UiState,
    theme=TEXTS,
    view=TEXTS,
    query=TEXTS,
    sort=TEXTS,
    columns=st.lists(TEXTS, max_size=4).map(tuple),
    cursor=st.none() | st.builds(JobKey, TEXTS, TEXTS),
    pane=TEXTS,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STATES)
def test_what_is_kept_comes_back(tmp_path: Path, state: UiState) -> None:
    save_ui_state(state, tmp_path)
    assert load_ui_state(tmp_path) == state


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_whatever_the_file_holds_a_start_is_never_stopped(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    assert isinstance(load_ui_state(tmp_path), UiState)


def test_nothing_was_kept_yet(tmp_path: Path) -> None:
    assert load_ui_state(tmp_path / "gone") == UiState()


def test_a_spoilt_file_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("theme = ")
    assert load_ui_state(tmp_path) == UiState()
    assert (tmp_path / SPOILT_NAME).read_text() == "theme = "
    assert not (tmp_path / FILE_NAME).exists()


def test_wrong_types_cost_only_themselves(tmp_path: Path) -> None:
    text = 'theme = 5\nview = "mine"\nquery = ["x"]\ncolumns = ["a", 1]\ncursor = "x"\nlater = true\n'
    (tmp_path / FILE_NAME).write_text(text)
    assert load_ui_state(tmp_path) == UiState(view="mine", columns=("a",))
    (tmp_path / FILE_NAME).write_text('columns = "x"\ncursor = { connection = "a", id = 5 }\n')
    assert load_ui_state(tmp_path) == UiState()


def test_a_pipe_in_its_place_does_not_stop_a_start(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FILE_NAME)
    assert load_ui_state(tmp_path) == UiState()


def test_the_file_and_its_folder_are_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "state"
    save_ui_state(UiState(theme="x"), folder)
    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent)] == [0o700, 0o700]
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("precious")
    (tmp_path / FILE_NAME).symlink_to(target)
    save_ui_state(UiState(theme="x"), tmp_path)
    assert target.read_text() == "precious"
    assert not (tmp_path / FILE_NAME).is_symlink()


def test_a_full_disk_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_ui_state(UiState(theme="old"), tmp_path)

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tui.core.private_files.os.fsync", fail)
    with pytest.raises(ConfigError, match=r"cannot be kept in .*: No space left on device"):
        save_ui_state(UiState(theme="new"), tmp_path)
    assert load_ui_state(tmp_path) == UiState(theme="old")
    assert not list(tmp_path.glob(".ui*"))


def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="choose another place with NIGHTDECK_STATE_DIR"):
        save_ui_state(UiState(), tmp_path / "file" / "state")


def test_without_a_home_folder_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "")
    assert load_ui_state() == UiState()
    with pytest.raises(ConfigError, match="no home folder"):
        save_ui_state(UiState())
