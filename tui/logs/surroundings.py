"""What our own helper processes get of the environment: little, for there may be secrets in it."""

from __future__ import annotations

import os

_NEEDED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""Without these some Pythons do not start."""


def few_variables() -> dict[str, str]:
    """The variables that a helper can't do without."""
    return {name: os.environ[name] for name in _NEEDED if name in os.environ}
