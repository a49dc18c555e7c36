"""A DAG with its runs, which go on with the time and with nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tui.simulators.airflow.vocabulary import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.simulators.airflow.runs import DagRun
    from tui.simulators.airflow.specs import DagSpec
    from tui.simulators.airflow.vocabulary import Behaviour

_EPOCH = datetime.fromtimestamp(0, UTC)


class Dag:
    """One DAG.

    Args:
        spec: What it is.
        behaviour: What the installation does.
        since: From when on its schedule has been there.
    """

    def __init__(self, spec: DagSpec, behaviour: Behaviour, since: datetime) -> None:
        self.spec = spec
        self.is_paused = spec.is_paused
        """Whether it is on hold: then nothing of it begins, be it asked for or on schedule."""
        self.runs: dict[str, DagRun] = {}
        """Its runs by id, oldest first."""
        self.next_run_at = self._last_tick(since)
        """When its schedule is due next; None without one."""
        self._behaviour = behaviour
        self._active: list[DagRun] = []
        self._free_since = since
        self._awake_since = since

    @property
    def last_run(self) -> DagRun | None:
        """The run that began last."""
        return next(reversed(self.runs.values()), None)

    @property
    def is_alive(self) -> bool:
        """Whether anything may happen to it by itself."""
        return bool(self._active) or self.next_run_at is not None

    @property
    def due_at(self) -> datetime | None:
        """When something happens to it by itself."""
        return min((moment for moment, _ in self._due()), default=None)

    def add(self, run: DagRun) -> None:
        """Let there be one more run."""
        self.runs[run.run_id] = run
        if not run.state.is_finished:
            self._active.append(run)

    def hold(self, at: datetime, *, is_paused: bool) -> None:
        """Put it on hold, or let it go on."""
        if self.is_paused and not is_paused:
            self._release(at)
        self.is_paused = is_paused

    def touch(self, run: DagRun, at: datetime) -> None:
        """See to it that a run that was changed goes on, if it does."""
        self._free_since = at
        if run.state is RunState.RUNNING and not self.is_paused:
            run.look(at, self._behaviour)
        self._active = [each for each in self.runs.values() if not each.state.is_finished]

    def advance(
        self, now: datetime, schedule: Callable[[Dag, datetime, datetime], None], identity: Callable[[], str]
    ) -> bool:
        """Let everything happen that is due until now; whether there was anything.

        Args:
            now: Until when.
            schedule: Makes the run that the schedule means for a moment, and that is made at another.
            identity: Makes the id of a row.
        """
        has_moved = False
        while due := min(self._due(), key=lambda pair: pair[0], default=None):
            at, run = due
            if at > now:
                break
            has_moved = True
            if run is None:
                tick = self.next_run_at or at
                self.next_run_at = tick + timedelta(seconds=self.spec.every_s)
                schedule(self, tick, at)
            else:
                self._pass(run, at, identity)
        return has_moved

    def _due(self) -> Iterator[tuple[datetime, DagRun | None]]:
        """What happens next to each of its runs, and to its schedule."""
        if not self._behaviour.is_scheduler_alive:
            return
        if self.next_run_at is not None and not self.is_paused:
            yield max(self.next_run_at, self._awake_since), None
        free = self.spec.max_active_runs - sum(run.state is RunState.RUNNING for run in self._active)
        for run in self._active:
            if run.state is RunState.RUNNING:
                moments = [
                    each.due_at
                    for each in run.tasks
                    if each.due_at is not None and not (self.is_paused and each.is_waiting_for_scheduler)
                ]
                if moments:
                    yield min(moments), run
            elif not self.is_paused and free > 0:
                free -= 1
                begins_at = max(run.queued_at, self._free_since) + timedelta(seconds=self._behaviour.queued_s)
                yield max(begins_at, run.run_after), run

    def _pass(self, run: DagRun, at: datetime, identity: Callable[[], str]) -> None:
        if run.state is RunState.QUEUED:
            run.begin(at, self._behaviour)
        else:
            for each in run.tasks:
                is_held = self.is_paused and each.is_waiting_for_scheduler
                if each.due_at is not None and each.due_at <= at and not is_held:
                    each.step(at, self._behaviour, identity())
            if not self.is_paused:
                run.look(at, self._behaviour)
        if run.state.is_finished:
            self._active.remove(run)
            self._free_since = max(self._free_since, at)

    def _release(self, at: datetime) -> None:
        """What was due while it was on hold is due now."""
        self._free_since, self._awake_since = max(self._free_since, at), at
        if self.next_run_at is not None and (last := self._last_tick(at)) is not None:
            # What was missed last is made up for, and nothing before.
            self.next_run_at = max(self.next_run_at, last)
        for run in [each for each in self._active if each.state is RunState.RUNNING]:
            for each in run.tasks:
                if each.due_at is not None:
                    each.due_at = max(each.due_at, at)
            run.look(at, self._behaviour)
        self._active = [each for each in self._active if not each.state.is_finished]

    def _last_tick(self, moment: datetime) -> datetime | None:
        """When the schedule was due last: it begins with that, as nothing before is made up for."""
        if not self.spec.every_s:
            return None
        every, phase = timedelta(seconds=self.spec.every_s), timedelta(seconds=self.spec.phase_s)
        return _EPOCH + phase + (moment - _EPOCH - phase) // every * every
