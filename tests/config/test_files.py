from __future__ import annotations

from pathlib import Path

import pytest

from tui.config.files import read_small


def test_reading_stops_at_the_limit(home: Path) -> None:
    (home / "file").write_bytes(b"12345")
    assert read_small(home / "file", 5) == b"12345"
    with pytest.raises(OSError, match="larger than"):
        read_small(home / "file", 4)
