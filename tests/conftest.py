"""Every test starts from the same world: no user's config, all colours, nothing outside a fresh folder."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.engines.left_out", "tests.support.shared_work"]

# A busy machine may take its time for one example: how long it takes is measured by benchmarks, not by tests.
settings.register_profile("nightdeck", settings.default, deadline=None)
settings.load_profile("nightdeck")

os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["TEXTUAL_SMOOTH_SCROLL"] = "0"

_FOREIGN = (
    "NO_COLOR",
    "COLUMNS",
    "LINES",
    "TEXTUAL_THEME",
    "NIGHTDECK_CONFIG",
    "NIGHTDECK_STATE_DIR",
    "PAGER",
    "TMUX",
    "STY",
)
_FOREIGN_ENDS = ("_proxy", "_PROXY")
_LONGEST_NAME = 30

_made: Counter[str] = Counter()


def _new_folder(factory: pytest.TempPathFactory, name: str) -> Path:
    """A folder as pytest makes it, without looking through thousands of them for the next number."""
    while True:
        folder: Path = factory.getbasetemp() / f"{name}{_made[name]}"
        _made[name] += 1
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the test's own."""
    return _new_folder(tmp_path_factory, re.sub(r"\W", "_", request.node.name)[:_LONGEST_NAME])


@pytest.fixture(autouse=True)
def _own_world(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name in _FOREIGN or name.startswith("SSH_") or name.endswith(_FOREIGN_ENDS):
            monkeypatch.delenv(name)
    # What one nightdeck had to set aside is no news to the next one.
    monkeypatch.setattr("tui.config.keptfile._told", {})
    home = _new_folder(tmp_path_factory, "home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
