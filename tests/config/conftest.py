from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

VARIABLES = ("NIGHTDECK_CONFIG", "NIGHTDECK_STATE_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME")

Write = Callable[[str], Path]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of its own, and the current folder in it."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def write(home: Path) -> Write:
    """Writes `config.toml` into the current folder."""

    def write_config(text: str) -> Path:
        path = home / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_config
