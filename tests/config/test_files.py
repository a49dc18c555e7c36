from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tui.config.files import read_small, write_new, write_whole


def refuse_links(*args: object) -> None:
    raise OSError(95, "Operation not supported")


@pytest.mark.parametrize("has_links", [True, False])
def test_a_new_file_is_whole_and_for_the_owner_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    if not has_links:
        monkeypatch.setattr(os, "link", refuse_links)
    write_new(home / "new", b"content")
    assert (home / "new").read_bytes() == b"content"
    assert stat.S_IMODE((home / "new").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["new"]


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_that_is_there_is_never_replaced_by_a_new_one(
    home: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    if not has_links:
        monkeypatch.setattr(os, "link", refuse_links)
    (home / "old").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        write_new(home / "old", b"new")
    assert [path.name for path in home.iterdir()] == ["old"]
    assert (home / "old").read_bytes() == b"old"


def test_a_folder_in_the_way_leaves_nothing_behind(home: Path) -> None:
    (home / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        write_whole(home / "folder", b"content")
    assert [path.name for path in home.iterdir()] == ["folder"]


def test_reading_stops_at_the_limit(home: Path) -> None:
    (home / "file").write_bytes(b"12345")
    assert read_small(home / "file", 5) == b"12345"
    with pytest.raises(OSError, match="larger than"):
        read_small(home / "file", 4)
