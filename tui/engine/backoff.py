"""How long to leave a failing system alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

CAP_S = 300.0
"""The longest pause that we choose ourselves."""

LONGEST_WISH_S = 86_400.0
"""A system that asks for a longer pause than a day is taken to be wrong."""


class Backoff:
    """Pauses that double with every failure in a row, jittered so that not all come back at once."""

    def __init__(self, rng: random.Random, base_s: float, cap_s: float = CAP_S) -> None:
        self._rng = rng
        self._base_s = base_s
        self._cap_s = cap_s
        self._failures = 0

    def next_s(self, wish_s: float | None = None) -> float:
        """Seconds to wait after one more failure.

        Args:
            wish_s: What the system asked for; never undercut.
        """
        exponent = min(self._failures, 30)
        self._failures += 1
        full_s = min(self._cap_s, self._base_s * 2.0**exponent)
        pause_s = full_s * self._rng.uniform(0.5, 1.0)
        if wish_s is None or not math.isfinite(wish_s):
            return pause_s
        return max(pause_s, min(wish_s, LONGEST_WISH_S))

    def reset(self) -> None:
        """Forget the failures: the system works again."""
        self._failures = 0
