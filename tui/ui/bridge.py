"""From the store to the screen: many changes become few messages, a few times a second."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING

from tui.ui.messages import StoreChanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.keys import JobKey
    from tui.engine.store import Store, StoreChange

PIECE = 32
"""Changes that are handed over at once: the screen takes over so many of 100,000 jobs in two or three
milliseconds, and a key that comes meanwhile waits no longer than that."""

BETWEEN_S = 0.005
"""Seconds between two pieces, in which keys are worked on and painted."""

MANY = 40
"""With more changes waiting, the screen is not asked to follow each of them."""

MANY_EVERY = 3
"""Only every so manieth flush takes over many changes: rows that all move are calmer so, and cost less."""

_ANEW_SHARE = 12
"""With more changes than one job in so many, the rows are built anew: a piece at a time takes longer."""


class Bridge:
    """Collects what changed and posts it a piece at a time, so that the screen paints once a tick."""

    def __init__(self, store: Store, post: Callable[[StoreChanged], object]) -> None:
        """Start to listen.

        Args:
            store: What to listen to.
            post: Takes the messages; called from `flush` and `drain` alone.
        """
        self._store = store
        self._post = post
        self._jobs: dict[JobKey, None] = {}
        self._removed: set[JobKey] = set()
        self._is_health = False
        self._skipped = 0
        self._is_draining = False
        self._unsubscribe = store.subscribe(self._collect)

    @property
    def is_due(self) -> bool:
        """Whether there is something to hand over now; asked once a tick."""
        if self._is_draining:
            return False
        waiting = len(self._jobs)
        if waiting > MANY and not self._is_much(waiting) and self._skipped < MANY_EVERY - 1:
            self._skipped += 1
            return False
        self._skipped = 0
        return bool(waiting or self._removed or self._is_health)

    def flush(self, most: int | None = None) -> bool:
        """Post one message with what changed since the last one; nothing when there was nothing.

        Args:
            most: How many changed jobs it tells of at most; None for all.

        Returns:
            Whether more is left to be posted.
        """
        if not (self._jobs or self._removed or self._is_health):
            return False
        if most is None or most >= len(self._jobs):
            jobs = frozenset(self._jobs)
            self._jobs.clear()
        else:
            jobs = frozenset(islice(self._jobs, most))
            for key in jobs:
                del self._jobs[key]
        is_last = not self._jobs
        message = StoreChanged(
            jobs,
            frozenset(self._removed),
            is_health=self._is_health and is_last,
            is_last=is_last,
        )
        self._removed.clear()
        self._is_health = self._is_health and not is_last
        self._post(message)
        return not is_last

    async def drain(self, *, is_whole: bool = False) -> None:
        """Post everything that changed up to now, a piece at a time, with room for keys in between.

        Args:
            is_whole: Post it in one piece, because each piece costs the same.
        """
        most = None if is_whole or self._is_much(len(self._jobs)) else PIECE
        self._is_draining = True
        try:
            for _ in range(len(self._jobs) // PIECE):
                if not self.flush(most):
                    return
                await asyncio.sleep(BETWEEN_S)
            self.flush()
        finally:
            self._is_draining = False

    def close(self) -> None:
        """Stop to listen."""
        self._unsubscribe()

    def _is_much(self, count: int) -> bool:
        return count > max(MANY, len(self._store.jobs) // _ANEW_SHARE)

    def _collect(self, change: StoreChange) -> None:
        self._jobs.update(dict.fromkeys(change.jobs))
        self._removed |= change.removed
        for key in change.removed:
            self._jobs.pop(key, None)
        self._removed -= change.jobs
        self._is_health = self._is_health or bool(change.connections)
