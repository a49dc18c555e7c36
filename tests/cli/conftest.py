from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> World:
    """A config without connections, an empty state folder, and systems that a test makes up."""
    return World(tmp_path, monkeypatch, capsys)
