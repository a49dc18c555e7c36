"""What is known of the DAGs' runs: of each the one that goes on, and the one that ended last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from tui.adapters.airflow.states import run_state

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tui.adapters.airflow.states import NativeState
    from tui.adapters.airflow.wire import RunRow

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class DagRun(NamedTuple):
    """One run, without its parameters: there may be thousands."""

    dag_id: str
    """The DAG."""
    id: str
    """The run."""
    word: str
    """Airflow's word for its state."""
    queued_at: datetime | None
    """When it was asked for, or cleared."""
    started_at: datetime | None
    """When it began."""
    ended_at: datetime | None
    """When it ended."""
    note: str = ""
    """What people wrote about it."""

    @classmethod
    def of(cls, row: RunRow) -> DagRun:
        """The run that a row tells of."""
        ended_at = row.end_date
        if ended_at is not None and row.start_date is not None and ended_at < row.start_date:
            ended_at = row.start_date
        queued_at = row.queued_at or row.run_after
        return cls(row.dag_id, row.dag_run_id, row.state, queued_at, row.start_date, ended_at, row.note)

    @property
    def native(self) -> NativeState:
        """What its state means."""
        return run_state(self.word)

    @property
    def mark(self) -> tuple[str, str, datetime | None]:
        """What tells this execution of the run from those before it was cleared."""
        return self.dag_id, self.id, self.ended_at

    @property
    def duration_s(self) -> float | None:
        """Seconds from start to end."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()

    @property
    def rank(self) -> tuple[bool, datetime]:
        """Among runs that go on: one that runs counts before one that waits, then the newest."""
        return self.started_at is not None, self.started_at or self.queued_at or _LONG_AGO


@dataclass(slots=True)
class History:
    """The runs of one DAG that count."""

    active: DagRun | None = None
    """One that goes on."""
    finished: DagRun | None = None
    """The one that ended last."""

    @property
    def newest(self) -> DagRun | None:
        """What the DAG does, or did last."""
        return self.active or self.finished


class RunLedger:
    """Remembers the runs."""

    def __init__(self) -> None:
        self._histories: dict[str, History] = {}

    def history(self, dag_id: str) -> History | None:
        """The runs of a DAG; None when none is known."""
        return self._histories.get(dag_id)

    def clear(self) -> None:
        """Forget everything."""
        self._histories = {}

    def keep_only(self, dag_ids: Collection[str]) -> None:
        """Forget the DAGs that there are no more."""
        if len(self._histories) > len(dag_ids):
            self._histories = {key: told for key, told in self._histories.items() if key in dag_ids}

    def note_finished(self, run: DagRun) -> None:
        """Take over a run that is over."""
        history = self._histories.setdefault(run.dag_id, History())
        known = history.finished
        if (
            known is None
            or known.id == run.id
            or (run.ended_at or _LONG_AGO) >= (known.ended_at or _LONG_AGO)
        ):
            history.finished = run
        if history.active is not None and history.active.id == run.id:
            history.active = None

    def note_active(self, runs: Iterable[DagRun], *, is_whole: bool) -> set[str]:
        """Take over what goes on.

        Args:
            runs: The runs.
            is_whole: Whether these are all.

        Returns:
            The DAGs one of whose runs went on before, and is not among these.
        """
        best: dict[str, DagRun] = {}
        ids: dict[str, set[str]] = {}
        for run in runs:
            ids.setdefault(run.dag_id, set()).add(run.id)
            known = best.get(run.dag_id)
            if known is None or run.rank > known.rank:
                best[run.dag_id] = run
        lost: set[str] = set()
        for dag_id, history in self._histories.items():
            before = history.active
            if before is None or (dag_id in best and before.id in ids[dag_id]):
                continue
            if is_whole or dag_id in best:
                lost.add(dag_id)
            if is_whole:
                history.active = None
        for dag_id, run in best.items():
            self._histories.setdefault(dag_id, History()).active = run
        return lost
