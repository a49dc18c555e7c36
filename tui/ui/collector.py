"""When Python's cyclic garbage collector runs: while nothing waits, and never over the whole fleet."""

from __future__ import annotations

import gc

YOUNG_THRESHOLD = 20_000
"""New containers between two collections of the young ones: a busy table makes thousands a frame."""

_OLD_THRESHOLD = 1_000_000


def settle() -> None:
    """Hide everything that lives now from the collector, and leave full collections to idle moments.

    Call it once the table is loaded, and again after a large reload: a full collection walks 100,000 jobs and
    stalls a key by a hundred milliseconds, although jobs never form cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_THRESHOLD, 10, _OLD_THRESHOLD)


def collect_when_idle() -> int:
    """One full collection of what was made since `settle`; call it when no key came for a while.

    Returns:
        How many unreachable objects it found.
    """
    return gc.collect()


def unsettle() -> None:
    """Give Python its usual thresholds back, for tests and for leaving."""
    gc.unfreeze()
    gc.set_threshold(700, 10, 10)
