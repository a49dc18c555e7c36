from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tui.config import paths
from tui.config.paths import (
    config_path,
    ensure_private_dir,
    sample_config_path,
    shipped_themes_dir,
    shown,
    state_dir,
    user_themes_dir,
)
from tui.core.errors import ConfigError


def test_the_usual_places(home: Path) -> None:
    assert config_path() == home / ".config/nightdeck/config.toml"
    assert state_dir() == home / ".local/state/nightdeck"
    assert user_themes_dir() == home / ".config/nightdeck/themes"


def test_the_places_of_the_xdg_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "s"))
    assert config_path() == tmp_path / "c/nightdeck/config.toml"
    assert user_themes_dir() == tmp_path / "c/nightdeck/themes"
    assert state_dir() == tmp_path / "s/nightdeck"


def test_relative_xdg_variables_are_ignored(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert config_path() == home / ".config/nightdeck/config.toml"


def test_our_own_variables_come_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTDECK_CONFIG", "~/mine.toml")
    monkeypatch.setenv("NIGHTDECK_STATE_DIR", "here")
    assert config_path() == home / "mine.toml"
    assert config_path("given.toml") == home / "given.toml"
    assert state_dir() == home / "here"


@pytest.mark.parametrize("value", ["", "relative"])
def test_without_a_home_folder_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HOME", value)
    with pytest.raises(ConfigError, match=r"no home folder.*set NIGHTDECK_CONFIG"):
        config_path()
    with pytest.raises(ConfigError, match=r"no home folder.*set NIGHTDECK_STATE_DIR"):
        state_dir()


def test_a_user_that_the_system_does_not_know_has_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)
    with pytest.raises(ConfigError, match="no home folder"):
        state_dir()


def test_a_home_of_nobody_is_told() -> None:
    with pytest.raises(ConfigError, match="give the path in full"):
        config_path("~no-such-user-here/config.toml")


def test_a_current_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(ConfigError, match="give the path in full"):
        config_path("relative.toml")
    assert shown(Path("/etc/x")) == "/etc/x"


def test_what_ships_is_found_in_a_checkout() -> None:
    assert sample_config_path().is_file()
    assert shipped_themes_dir().is_dir()


def test_what_ships_is_found_in_a_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "tui"
    shipped = package / "_shipped"
    (shipped / "themes").mkdir(parents=True)
    (shipped / "sample_config.toml").write_text("")
    monkeypatch.setattr(paths, "_PACKAGE", package)
    assert sample_config_path() == shipped / "sample_config.toml"
    assert shipped_themes_dir() == shipped / "themes"


def test_a_broken_installation_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "_PACKAGE", tmp_path / "tui")
    with pytest.raises(ConfigError, match="install nightdeck again"):
        sample_config_path()


def test_paths_are_shown_as_people_read_them(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "work").mkdir()
    monkeypatch.chdir(home / "work")
    assert shown(home / "work" / "config.toml") == "config.toml"
    assert shown(home / "config.toml") == "~/config.toml"
    assert shown(Path("/etc/config.toml")) == "/etc/config.toml"


def test_a_private_folder_is_made_for_the_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        folder = ensure_private_dir(tmp_path / "a" / "b")
    finally:
        os.umask(old)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent)] == [0o700, 0o700]


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o755)
    assert stat.S_IMODE(ensure_private_dir(folder).stat().st_mode) == 0o755


def test_a_file_in_the_place_of_a_folder_is_told(home: Path) -> None:
    (home / "file").write_text("")
    with pytest.raises(ConfigError, match="file is not a folder"):
        ensure_private_dir(home / "file")
    with pytest.raises(ConfigError, match="cannot make the folder file/below: Not a directory"):
        ensure_private_dir(home / "file" / "below")


def test_a_folder_that_may_not_be_written_to_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ConfigError, match="cannot write to the folder"):
        ensure_private_dir(home)
