"""How to call `launch.py` in a Python process of its own, free of the user's and the job's settings."""

from __future__ import annotations

import sys
from pathlib import Path

from tui.adapters.local import identity

SHELL = "/bin/sh"
"""Any POSIX shell; dash needs the least memory."""
SUPERVISOR_SCRIPT = Path(__file__).with_name("supervisor.sh")
"""The script that a run's supervisor executes."""

_ROOT = Path(__file__).parents[3]
_CALL = (
    "import sys;sys.path.append(sys.argv[1]);from tui.adapters.local import launch;launch.main(sys.argv[2:])"
)
_FLAGS = "-IS" if identity.HAS_PROC else "-I"  # without site-packages twice as fast; psutil lives there


def launcher_words() -> tuple[str, ...]:
    """The words that, followed by `detach`, `become` or `end`, run that part of `launch.py`."""
    return (sys.executable, _FLAGS, "-c", _CALL, str(_ROOT))


def supervisor_words(
    status: str, run_id: str, grace_s: float, cwd: str, command: tuple[str, ...]
) -> tuple[str, ...]:
    """The words that run the supervisor script for one run."""
    python, flags, _, call, root = launcher_words()
    given = (status, run_id, f"{grace_s:.3f}", python, flags, call, root, cwd)
    return (SHELL, str(SUPERVISOR_SCRIPT), *given, *command)
