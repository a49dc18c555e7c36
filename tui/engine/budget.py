"""Which jobs to ask about when each one costs a call."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from collections.abc import Set as AbstractSet

CALLS = 80
"""Jobs that are asked about in one round at the most."""

CALLS_PER_S = 20.0
"""Jobs that are asked about each second: seventy that somebody waits for are at most five seconds old."""

IDLE_CALLS = 6
"""Of a round's calls, so many are kept for jobs that nobody looks at, or their news would never come."""

SLOW_PER_S = 5.0
"""Jobs a second, at the most, that nobody waits for and of which something is known already."""

FRESH_S = 2.5
"""Seconds for which the answer about a job that runs or is looked at is young enough. With rounds two seconds
apart each such job is asked in every second round, and is never older than five seconds."""

IDLE_FRESH_S = 30.0
"""The same for a job that nobody waits for: a small fleet costs no more than it needs."""


class Budget:
    """Spends the calls of each round: first on what runs or is looked at, then on the rest in turn.

    It knows the jobs of one connection by their ids alone: of ten thousand tuples each round would compute
    the hashes anew, and the loop would stand still meanwhile.
    """

    def __init__(self, calls: int = CALLS, idle_calls: int = IDLE_CALLS) -> None:
        self._calls = calls
        self._idle_calls = idle_calls
        self._picked_at = float("-inf")
        self._asked_at = float("-inf")
        self._asked: dict[str, float] = {}
        self._turns: deque[str] = deque()
        self._members: AbstractSet[str] = frozenset()

    def pick(
        self,
        known: AbstractSet[str],
        *,
        active: Collection[str],
        touched: Collection[str],
        visible: Collection[str],
        now: float,
        calls: int | None = None,
    ) -> list[str]:
        """The jobs to ask about in this round, the most urgent first.

        Args:
            known: Every job of the connection.
            active: Jobs that are under way.
            touched: Jobs that were just acted on: they are asked about in each round.
            visible: Jobs that are on screen.
            now: Seconds of a clock that never runs backwards.
            calls: How many at the most this once; None for the usual number.
        """
        since_s = now - self._picked_at
        self._picked_at = now
        most = round(min(self._calls, max(1.0, CALLS_PER_S * since_s))) if calls is None else calls
        ranked = {
            **dict.fromkeys(visible, 2),
            **dict.fromkeys(active, 1),
            **dict.fromkeys(touched, 0),
        }
        urgent = {job: rank for job, rank in ranked.items() if job in known}
        due = [
            (0 if rank == 0 else 1, self._asked.get(job, float("-inf")), rank, job)
            for job, rank in urgent.items()
            if rank == 0 or now - self._asked.get(job, float("-inf")) >= FRESH_S
        ]
        due.sort()
        room = max(0, most - min(self._idle_calls, len(known) - len(urgent)))
        picked = [job for *_, job in due[:room]]
        picked += self._idle(known, urgent, most - len(picked), now, slow=max(1.0, SLOW_PER_S * since_s))
        if not picked and calls != 0 and now - self._asked_at >= FRESH_S:
            picked = self._one_in_turn(known)
        if len(self._asked) > len(known):
            self._asked = {job: asked for job, asked in self._asked.items() if job in known}
        if picked:
            self._asked_at = now
        self._asked.update(dict.fromkeys(picked, now))
        return picked

    def _one_in_turn(self, known: AbstractSet[str]) -> list[str]:
        """A single job: a round in which nothing is asked can't tell whether the system is there at all."""
        while self._turns:
            job = self._turns.popleft()
            if job in known:
                self._turns.append(job)
                return [job]
        return []

    def _idle(
        self, known: AbstractSet[str], urgent: Mapping[str, int], most: int, now: float, *, slow: float
    ) -> list[str]:
        """The next ones of those that nobody waits for; new ones come first, and few of the others."""
        new = known - self._members
        for job in new:
            self._asked.pop(job, None)
        self._turns.extendleft(sorted(new, reverse=True))
        self._members = known
        picked: list[str] = []
        for _ in range(len(self._turns)):
            if len(picked) >= most:
                break
            job = self._turns.popleft()
            if job not in known:
                continue
            if now - self._asked.get(job, float("-inf")) < IDLE_FRESH_S:
                # Those behind it had their turn later still.
                self._turns.appendleft(job)
                break
            self._turns.append(job)
            if job in urgent:
                continue
            picked.append(job)
            slow -= job in self._asked
            if slow < 1:
                break
        return picked
