"""Runs that the user wants to be told about when they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Job
    from tui.engine.store import Store


class Watches:
    """Remembers watched runs and finds those that have ended."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._runs: set[RunKey] = set()

    def __len__(self) -> int:
        return len(self._runs)

    def toggle(self, run: RunKey) -> bool:
        """Watch a run, or stop watching it. Tells whether it is watched now."""
        self._runs ^= {run}
        return run in self._runs

    def take_ended(self, changed: Iterable[JobKey]) -> Sequence[Job]:
        """The jobs among those that changed whose watched run has ended; each is told once."""
        if not self._runs:
            return []
        watched = {run.job: run for run in self._runs}
        ended = []
        for key in changed:
            run, job = watched.get(key), self._store.jobs.get(key)
            if run is None or job is None:
                continue
            if not job.state.is_active or job.run_key != run:
                self._runs.discard(run)
                ended.append(job)
        return ended
