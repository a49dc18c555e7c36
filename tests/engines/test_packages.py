"""Packages that engines need: what is missing is named, and who can't install it is told what to do."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.engines import packages, postgres
from tests.engines.engine import CannotInstall

OTHERWISE = "one can do without"


def test_what_is_missing_is_told_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "15" / "bin").mkdir(parents=True)
    (tmp_path / "15" / "bin" / "postgres").touch()
    wanted = {"here": (str(tmp_path), "*/bin/postgres"), "away": (str(tmp_path), "*/bin/other")}
    assert packages.lacking(wanted) == ["away"]


def test_nothing_missing_needs_no_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    packages.install([], of="Engine", otherwise=OTHERWISE)


def test_a_machine_without_apt_get_is_told_the_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(CannotInstall, match="install Engine's first second as this system does it"):
        packages.install(["first", "second"], of="Engine", otherwise=OTHERWISE)


def test_who_is_not_root_is_told_the_command_and_the_way_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(CannotInstall, match=f"apt-get install first` first; {OTHERWISE}"):
        packages.install(["first"], of="Engine", otherwise=OTHERWISE)


@pytest.mark.parametrize(("versions", "newest"), [(["9", "15"], "15"), (["13"], "13")])
def test_the_newest_database_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, versions: list[str], newest: str
) -> None:
    for version in versions:
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "postgres").touch()
    monkeypatch.setattr(postgres, "PACKAGES", {"postgresql": (str(tmp_path), "*/bin/postgres")})
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert postgres.programs() == tmp_path / newest / "bin"


def test_a_machine_without_the_database_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(postgres, "PACKAGES", {"postgresql": (str(tmp_path), "*/bin/postgres")})
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert postgres.programs() is None
    assert postgres.missing() == ["the package postgresql"]
