"""The real program for tests that need one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.real_world import RealWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RealWorld]:
    """A world for the real program; nothing of it runs on after the test."""
    world = RealWorld(tmp_path)
    yield world
    world.close()
