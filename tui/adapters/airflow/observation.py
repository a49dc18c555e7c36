"""Making a job of a DAG and of what is known of its runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def observe(
    dag: Dag,
    history: History | None,
    cause: Cause | None,
    now: datetime,
    *,
    connection: str,
    type_name: str,
    url: str,
    is_known: bool,
) -> Job:
    """The job that a DAG is.

    Args:
        dag: The DAG.
        history: Its runs that count; None when none is known.
        cause: Why the one that ended last failed, if it did.
        now: When all this was told.
        connection: The connection's name.
        type_name: The adapter's type.
        url: The DAG's page.
        is_known: Whether there is no other run than these.
    """
    newest = history.newest if history is not None else None
    finished = history.finished if history is not None else None
    last = state_of_run(finished, cause) if finished is not None else None
    is_over = newest is None or newest is finished
    state, substate = _state(dag, newest, cause if is_over else None, is_known=is_known)
    word = newest.word if newest is not None else (PAUSED if dag.is_paused else "")
    message = (cause.text if cause is not None else "") if is_over else ""
    if not message and newest is not None:
        message = newest.note
    return Job(
        connection=connection,
        type=type_name,
        id=dag.id,
        name=dag.name,
        state=state,
        observed_at=now,
        kind="dag",
        path=dag.folder,
        substate=substate,
        native_state=word,
        last_result=last if last is not None and last.is_final else None,
        run_id=newest.id if newest is not None else "",
        started_at=newest.started_at if newest is not None else None,
        ended_at=newest.ended_at if newest is not None else None,
        duration_s=newest.duration_s if newest is not None else None,
        next_run_at=None if dag.is_paused else dag.next_run_at,
        message=message or (BROKEN if dag.is_broken else ""),
        url=url,
        tags=dag.tags,
        is_held=dag.is_paused,
    )


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
