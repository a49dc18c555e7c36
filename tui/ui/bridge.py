"""From the store to the screen: many changes become one message, a few times a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.ui.messages import StoreChanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.keys import JobKey
    from tui.engine.store import Store, StoreChange


class Bridge:
    """Collects what changed and posts it when it is flushed, so that the screen paints once a tick."""

    def __init__(self, store: Store, post: Callable[[StoreChanged], object]) -> None:
        """Start to listen.

        Args:
            store: What to listen to.
            post: Takes the message; called from `flush` alone.
        """
        self._post = post
        self._jobs: set[JobKey] = set()
        self._removed: set[JobKey] = set()
        self._is_health = False
        self._unsubscribe = store.subscribe(self._collect)

    def flush(self) -> None:
        """Post one message with all changes since the last one; nothing when there was none."""
        if not (self._jobs or self._removed or self._is_health):
            return
        message = StoreChanged(frozenset(self._jobs), frozenset(self._removed), is_health=self._is_health)
        self._jobs.clear()
        self._removed.clear()
        self._is_health = False
        self._post(message)

    def close(self) -> None:
        """Stop to listen."""
        self._unsubscribe()

    def _collect(self, change: StoreChange) -> None:
        self._jobs |= change.jobs
        self._removed |= change.removed
        self._jobs -= change.removed
        self._removed -= change.jobs
        self._is_health = self._is_health or bool(change.connections)
