"""Which jobs to ask about when each one costs a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tui.core.keys import JobKey
    from tui.core.models import Job

CALLS = 30
"""Jobs that are asked about in one round."""

IDLE_CALLS = 6
"""Of these, so many are kept for jobs that nobody looks at, or their news would never come."""


class Budget:
    """Spends the calls of each round: first on what runs or is looked at, then on the rest in turn."""

    def __init__(self, calls: int = CALLS, idle_calls: int = IDLE_CALLS) -> None:
        self._calls = calls
        self._idle_calls = idle_calls
        self._round = 0
        self._asked: dict[JobKey, int] = {}

    def pick(
        self, jobs: Iterable[Job], *, touched: Collection[JobKey], visible: Collection[JobKey]
    ) -> list[JobKey]:
        """The jobs to ask about in this round, the most urgent first.

        Args:
            jobs: Every job of the connection, as known now.
            touched: Jobs that were just acted on.
            visible: Jobs that are on screen.
        """
        self._round += 1
        urgent: list[tuple[int, int, JobKey]] = []
        idle: list[tuple[int, JobKey]] = []
        for job in jobs:
            key = job.key
            asked = self._asked.get(key, 0)
            if key in touched:
                urgent.append((-1, 0, key))
            elif job.state.is_active:
                urgent.append((asked, 1, key))
            elif key in visible:
                urgent.append((asked, 2, key))
            else:
                idle.append((asked, key))
        urgent.sort()
        idle.sort()
        room = self._calls - min(self._idle_calls, len(idle))
        picked = [key for *_, key in urgent[:room]]
        picked += [key for _, key in idle[: self._calls - len(picked)]]
        self._remember(picked, known={key for *_, key in urgent} | {key for _, key in idle})
        return picked

    def _remember(self, picked: list[JobKey], known: set[JobKey]) -> None:
        self._asked = {key: asked for key, asked in self._asked.items() if key in known}
        self._asked.update(dict.fromkeys(picked, self._round))
