"""What the words of Airflow mean: those of runs (`DagRunState`) and those of tasks (`TaskInstanceState`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping


class NativeState(NamedTuple):
    """What a native word means."""

    state: State
    """The state."""
    substate: str = ""
    """Free text beside it."""


ACTIVE_WORDS = ("queued", "running")
"""States of runs that go on."""
FINAL_WORDS = ("success", "failed")
"""States of runs that are over."""
FAILED = "failed"
"""The state of a run or task that failed; also of a run that somebody ended."""
PAUSED = "paused"
"""What Airflow calls a DAG that starts no runs."""

_RUN_STATES: Mapping[str, NativeState] = {
    "queued": NativeState(State.QUEUED),
    "running": NativeState(State.RUNNING),
    "success": NativeState(State.SUCCEEDED),
    "failed": NativeState(State.FAILED),
}

_TASK_STATES: Mapping[str, NativeState] = {
    # Airflow tells null of a task that it has not looked at yet.
    "": NativeState(State.NEVER_RUN),
    "removed": NativeState(State.CANCELLED, "removed from the DAG"),
    "scheduled": NativeState(State.QUEUED),
    "queued": NativeState(State.QUEUED),
    "running": NativeState(State.RUNNING),
    "success": NativeState(State.SUCCEEDED),
    "restarting": NativeState(State.RUNNING, "restarting"),
    "failed": NativeState(State.FAILED),
    "up_for_retry": NativeState(State.QUEUED, "waits for its next try"),
    "up_for_reschedule": NativeState(State.QUEUED, "waits to look again"),
    "upstream_failed": NativeState(State.CANCELLED, "not run: an earlier task failed"),
    "skipped": NativeState(State.CANCELLED, "skipped"),
    "deferred": NativeState(State.RUNNING, "deferred: the triggerer waits for it"),
    "awaiting_input": NativeState(State.PAUSED, "waits for somebody's answer"),
}


def run_state(word: str) -> NativeState:
    """What the state of a run means; `unknown` for a word that isn't known."""
    return _RUN_STATES.get(word.strip().lower(), NativeState(State.UNKNOWN))


def task_state(word: str) -> NativeState:
    """What the state of a task means; `unknown` for a word that isn't known."""
    return _TASK_STATES.get(word.strip().lower(), NativeState(State.UNKNOWN))
