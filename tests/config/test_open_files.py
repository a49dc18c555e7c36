"""As many open files as the connections need, and no more than the system lets us have."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOOK = """
import resource, sys
from tui.config.open_files import allow_open_files

soft, hard, connections = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
allow_open_files(connections)
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "connections", "expected"),
    [
        pytest.param(64, 512, 5, "130 512", id="as many as are needed"),
        pytest.param(64, 512, 1_000, "512 512", id="no more than may be"),
        pytest.param(256, 512, 5, "256 512", id="enough is left alone"),
    ],
)
def test_the_limit_grows_with_the_connections(soft: int, hard: int, connections: int, expected: str) -> None:
    numbers = map(str, (soft, hard, connections))
    done = subprocess.run([sys.executable, "-c", LOOK, *numbers], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected
