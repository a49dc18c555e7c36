"""When Python's cyclic garbage collector runs, so that it never walks the whole fleet between two keys."""

from __future__ import annotations

import gc

_THRESHOLDS = (5_000, 20, 100)
"""New containers between two collections of the young, then how many of those between two of the older ones,
then the same for all that lives. A busy table makes thousands of containers a frame, and nearly none of them
is in a cycle; a walk over all jobs that were observed anew stalls the loop for a tenth of a second."""

GROWTH = 5_000
"""More jobs than when the table was last hidden from the collector, for it to be worth doing so again."""


def settle() -> None:
    """Hide everything that lives now from the collector, and let it run less often.

    Call it in a quiet moment once the table is loaded, and again when many new jobs have come. A full
    collection walks every job, although jobs form no cycles: with 100,000 it stalls a key by 0.1 s.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)


def settle_grown(jobs: int, settled: int) -> int:
    """Hide a table that has grown much since it was last hidden; the few cycles that live now go with it.

    Args:
        jobs: How many jobs there are.
        settled: How many there were then.

    Returns:
        How many are hidden by now.
    """
    if jobs - settled < GROWTH:
        return settled
    gc.freeze()
    return jobs


def hold_off() -> None:
    """Let the collector rest until the first paint: imports leave no garbage worth a tenth of their time."""
    gc.disable()


def take_up() -> None:
    """Let it run again, over what is made from now on: what was imported stays to the end."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
