"""Which jobs to ask about when each one costs a call."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tui.core.state import ACTIVE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tui.core.keys import JobKey
    from tui.core.models import Job

CALLS = 60
"""Jobs that are asked about in one round: thirty a second at the fastest pace."""

IDLE_CALLS = 6
"""Of these, so many are kept for jobs that nobody looks at, or their news would never come."""

FRESH_S = 2.5
"""Seconds for which the answer about a job that runs or is looked at is young enough. With rounds two seconds
apart each such job is asked in every second round, and is never older than five seconds."""

IDLE_FRESH_S = 30.0
"""The same for a job that nobody waits for: a small fleet costs no more than it needs."""

_ACTIVE = tuple(ACTIVE)
"""Looked up by identity: hashing a state costs ten times as much."""


class Budget:
    """Spends the calls of each round: first on what runs or is looked at, then on the rest in turn."""

    def __init__(self, calls: int = CALLS, idle_calls: int = IDLE_CALLS) -> None:
        self._calls = calls
        self._idle_calls = idle_calls
        self._asked: dict[JobKey, float] = {}
        self._turns: deque[JobKey] = deque()
        self._members: set[JobKey] = set()

    def pick(
        self,
        jobs: Mapping[JobKey, Job],
        keys: Collection[JobKey],
        *,
        touched: Collection[JobKey],
        visible: Collection[JobKey],
        now: float,
        calls: int | None = None,
    ) -> list[JobKey]:
        """The jobs to ask about in this round, the most urgent first.

        Args:
            jobs: What is known of them, and maybe of others.
            keys: Every job of the connection.
            touched: Jobs that were just acted on: they are asked about in each round.
            visible: Jobs that are on screen.
            now: Seconds of a clock that never runs backwards.
            calls: How many at the most this once; None for the usual number.
        """
        known = set(keys)
        most = self._calls if calls is None else calls
        urgent = self._urgent(jobs, known, touched, visible)
        due = [
            (0 if rank == 0 else 1, self._asked.get(key, float("-inf")), rank, key)
            for key, rank in urgent.items()
            if rank == 0 or now - self._asked.get(key, float("-inf")) >= FRESH_S
        ]
        due.sort()
        room = max(0, most - min(self._idle_calls, len(known) - len(urgent)))
        picked = [key for *_, key in due[:room]]
        picked += self._idle(known, urgent, most - len(picked), now)
        if len(self._asked) > len(known):
            self._asked = {key: asked for key, asked in self._asked.items() if key in known}
        self._asked.update(dict.fromkeys(picked, now))
        return picked

    def _urgent(
        self,
        jobs: Mapping[JobKey, Job],
        known: set[JobKey],
        touched: Collection[JobKey],
        visible: Collection[JobKey],
    ) -> dict[JobKey, int]:
        """The jobs that somebody waits for, each with its rank; the lowest comes first."""
        urgent = {key: 2 for key in visible if key in known}
        urgent.update((key, 1) for key in known if jobs[key].state in _ACTIVE)
        urgent.update((key, 0) for key in touched if key in known)
        return urgent

    def _idle(self, known: set[JobKey], urgent: Mapping[JobKey, int], most: int, now: float) -> list[JobKey]:
        """The next ones of those that nobody waits for; new ones come first."""
        new = known - self._members
        for key in new:
            self._asked.pop(key, None)
        self._turns.extendleft(sorted(new, reverse=True))
        self._members = known
        picked: list[JobKey] = []
        for _ in range(len(self._turns)):
            if len(picked) >= most:
                break
            key = self._turns.popleft()
            if key not in known:
                continue
            if now - self._asked.get(key, float("-inf")) < IDLE_FRESH_S:
                # Those behind it had their turn later still.
                self._turns.appendleft(key)
                break
            self._turns.append(key)
            if key not in urgent:
                picked.append(key)
        return picked
