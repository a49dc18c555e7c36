"""Making a job of a DAG and of what is known of its runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from tui.adapters.airflow.states import PAUSED
from tui.core.models import Job
from tui.core.state import State

if TYPE_CHECKING:
    from datetime import datetime

    from tui.adapters.airflow.catalog import Dag
    from tui.adapters.airflow.causes import Cause
    from tui.adapters.airflow.ledger import DagRun, History

NOT_LOOKED_UP = "its last run is not looked up yet"
"""Substate of a DAG whose turn has not come."""
WAITS_FOR_RELEASE = "the DAG is paused: it waits for release"
"""Substate of a run that is queued while its DAG is paused."""
BROKEN = "its file can't be imported any more"
"""Message of a DAG that Airflow can't read."""


def state_of_run(run: DagRun, cause: Cause | None) -> State:
    """What a run does, or how it ended; one that somebody ended did not fail."""
    return State.CANCELLED if cause is not None and cause.is_stop else run.native.state


@dataclass(frozen=True, slots=True)
class Observer:
    """Tells jobs of one connection."""

    connection: str
    """The connection's name."""
    type_name: str
    """The adapter's type."""
    pages: str
    """Address of Airflow's web pages."""

    def page(self, dag_id: str) -> str:
        """The page of a DAG."""
        return f"{self.pages}/dags/{quote(dag_id, safe='')}"

    def observe(
        self, dag: Dag, history: History | None, cause: Cause | None, now: datetime, *, is_known: bool
    ) -> Job:
        """The job that a DAG is.

        Args:
            dag: The DAG.
            history: Its runs that count; None when none is known.
            cause: Why the one that ended last failed, if it did.
            now: When all this was told.
            is_known: Whether there is no other run than these.
        """
        newest = history.newest if history is not None else None
        finished = history.finished if history is not None else None
        last = state_of_run(finished, cause) if finished is not None else None
        cause_of_newest = cause if newest is finished else None
        state, substate = _state(dag, newest, cause_of_newest, is_known=is_known)
        return Job(
            connection=self.connection,
            type=self.type_name,
            id=dag.id,
            name=dag.name,
            state=state,
            observed_at=now,
            kind="dag",
            path=dag.folder,
            substate=substate,
            native_state=PAUSED if state is State.PAUSED else newest.word if newest is not None else "",
            last_result=last if last is not None and last.is_final else None,
            run_id=newest.id if newest is not None else "",
            started_at=newest.started_at if newest is not None else None,
            ended_at=newest.ended_at if newest is not None else None,
            duration_s=newest.duration_s if newest is not None else None,
            next_run_at=None if dag.is_paused else dag.next_run_at,
            message=_message(dag, newest, cause_of_newest),
            url=self.page(dag.id),
            tags=dag.tags,
            is_held=dag.is_paused,
        )


def _message(dag: Dag, newest: DagRun | None, cause: Cause | None) -> str:
    if cause is not None:
        return cause.text
    return (newest.note if newest is not None else "") or (BROKEN if dag.is_broken else "")


def _state(dag: Dag, newest: DagRun | None, cause: Cause | None, *, is_known: bool) -> tuple[State, str]:
    if newest is not None and not newest.native.state.is_final:
        is_waiting = newest.native.state is State.QUEUED and dag.is_paused
        return newest.native.state, WAITS_FOR_RELEASE if is_waiting else ""
    substate = "" if newest is not None or is_known else NOT_LOOKED_UP
    if dag.is_paused:
        return State.PAUSED, substate
    if dag.next_run_at is not None:
        return State.SCHEDULED, substate
    if newest is not None:
        return state_of_run(newest, cause), ""
    return (State.NEVER_RUN if is_known else State.UNKNOWN), substate
