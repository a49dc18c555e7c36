"""What the words of a TAC mean. No vendor page lists them all: whatever is not known here is `unknown`."""

from __future__ import annotations

import re
from typing import NamedTuple

from tui.core.state import State

STOPPING = "stopping"
"""Substate of a run that was asked to end."""

_STATES = (
    (re.compile(r"REQUESTING_RUN\Z"), State.QUEUED, ""),
    (re.compile(r"RUNNING\Z"), State.RUNNING, ""),
    (re.compile(r"REQUESTING_STOP\Z|.*KILL"), State.RUNNING, STOPPING),
    (re.compile(r"READY_"), State.NEVER_RUN, ""),
    (re.compile(r".*(?:GENERAT|DEPLOY|SEND)"), State.QUEUED, "preparing"),
)
"""The first one that fits a task's `status` counts; `never_run` stands for being at rest, whatever was."""

_DEPLOYED = "READY_TO_RUN"
_NO_ERROR = frozenset({"", "NO_ERROR"})
_ENDED_BY_HAND = re.compile(r"KILL|STOP|CANCEL|ABORT", re.IGNORECASE)
_PAUSED = re.compile(r"PAUSE", re.IGNORECASE)
_LABELS = {"JOB_ERROR": "Job ended with error(s)"}


class NativeState(NamedTuple):
    """What a native word means."""

    state: State
    """The state; of a task at rest `never_run`, for its word doesn't tell how the last run ended."""
    substate: str = ""
    """Free text beside it."""


def task_state(status: str) -> NativeState:
    """What a task's `status` says that it is doing now."""
    word = status.strip().upper()
    for pattern, state, substate in _STATES:
        if pattern.match(word):
            is_undeployed = state is State.NEVER_RUN and word != _DEPLOYED
            return NativeState(state, "not deployed" if is_undeployed else substate)
    return NativeState(State.UNKNOWN)


def execution_state(basic: str, detailed: str, exit_code: int | None) -> NativeState:
    """What `execBasicStatus`, `execDetailedStatus` and `jobExitCode` say of one execution."""
    basic, detailed = basic.strip().upper(), detailed.strip().upper()
    if basic == "RUNNING":
        found = task_state(detailed)
        return found if found.state.is_active else NativeState(State.RUNNING)
    if basic == "OK":
        return NativeState(State.FAILED if exit_code else State.SUCCEEDED)
    if basic == "ERROR":
        return NativeState(State.CANCELLED if is_ended_by_hand(detailed) else State.FAILED)
    return NativeState(State.UNKNOWN)


def outcome(error_status: str) -> State:
    """How the last run of a task at rest ended, by its `errorStatus`."""
    if error_status.strip().upper() in _NO_ERROR:
        return State.SUCCEEDED
    return State.CANCELLED if is_ended_by_hand(error_status) else State.FAILED


def is_ended_by_hand(word: str) -> bool:
    """Whether a word tells that somebody ended the run; the exact words are not documented."""
    return _ENDED_BY_HAND.search(word) is not None


def is_paused(triggers_status: str) -> bool:
    """Whether a task's `triggersStatus` tells that its triggers are paused."""
    return _PAUSED.search(triggers_status) is not None


def native_text(status: str, error_status: str) -> str:
    """The words of a task, as they are: a `READY_TO_RUN` alone would hide how it ended."""
    if error_status.strip().upper() in _NO_ERROR:
        return status
    return f"{status}, {error_status}"


def label(error_status: str) -> str:
    """An `errorStatus` for people: the TAC's own label where it is known."""
    word = error_status.strip().upper()
    if word in _NO_ERROR:
        return ""
    return _LABELS.get(word, f"errorStatus {error_status.strip()}")
