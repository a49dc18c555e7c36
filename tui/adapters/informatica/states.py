"""What the words of each family mean; whatever is not known here is `unknown`."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

STOPPING = "stopping"
"""Substate of a run that was asked to end."""
FINISHING = "finishing"
"""Substate of a run that has ended by the monitor, while the log doesn't tell yet how."""
SKIPPED = "skipped: it was still running"
"""Substate of a run that Informatica gave up at once, because another one of the task was going on."""
AGENT_DOWN = "no active Secure Agent"
"""Substate of a run that found nobody to do the work."""


class NativeState(NamedTuple):
    """What a native word means."""

    state: State
    """The state."""
    substate: str = ""
    """Free text beside it."""


class Source(StrEnum):
    """Which answer a word comes from: the same word means different things."""

    LOG = "activityLog"
    MONITOR = "activityMonitor"
    FLOW = "taskflow"
    CODE = "code task"


_STATES: Mapping[Source, Mapping[str, NativeState]] = {
    Source.LOG: {
        "1": NativeState(State.SUCCEEDED),
        "2": NativeState(State.WARNING),
        "3": NativeState(State.FAILED),
        # Clients disagree about this one: "not started", or queued.
        "4": NativeState(State.NEVER_RUN, "not started"),
    },
    Source.MONITOR: {
        "INITIALIZED": NativeState(State.QUEUED),
        "RUNNING": NativeState(State.RUNNING),
        "STOPPING": NativeState(State.RUNNING, STOPPING),
        # Success, warning and failure alike: only the log tells.
        "COMPLETED": NativeState(State.RUNNING, FINISHING),
        "FAILED": NativeState(State.FAILED),
    },
    Source.FLOW: {
        "RUNNING": NativeState(State.RUNNING),
        "SUCCESS": NativeState(State.SUCCEEDED),
        "COMPLETED": NativeState(State.SUCCEEDED),
        "WARNING": NativeState(State.WARNING),
        "FAILED": NativeState(State.FAILED),
        "SUSPENDED": NativeState(State.PAUSED, "suspended on a fault"),
        "STOPPED": NativeState(State.CANCELLED),
        "TERMINATED": NativeState(State.CANCELLED),
        "ABORTED": NativeState(State.CANCELLED),
        "CANCELLED": NativeState(State.CANCELLED),
        "CANCELED": NativeState(State.CANCELLED),
    },
    Source.CODE: {
        "QUEUED": NativeState(State.QUEUED),
        "STARTING": NativeState(State.QUEUED),
        "RUNNING": NativeState(State.RUNNING),
        "SUCCESS": NativeState(State.SUCCEEDED),
        "SUCCEEDED": NativeState(State.SUCCEEDED),
        "COMPLETED": NativeState(State.SUCCEEDED),
        "FAILED": NativeState(State.FAILED),
        "CANCELLED": NativeState(State.CANCELLED),
        "CANCELED": NativeState(State.CANCELLED),
        "STOPPED": NativeState(State.CANCELLED),
    },
}

_SUCCESS_TEXT = re.compile(r"no errors? encountered\.?", re.IGNORECASE)
_STOPPED_TEXT = re.compile(r"the job was stopped by user\b", re.IGNORECASE)
_OVERLAP_TEXT = re.compile(r"another instance of the task is currently running", re.IGNORECASE)
_AGENT_TEXT = re.compile(r"there is no active secure agent", re.IGNORECASE)


def native_state(source: Source, word: str) -> NativeState:
    """What a word means where it comes from; `unknown` for one that isn't known."""
    return _STATES[source].get(word.strip().upper(), NativeState(State.UNKNOWN))


def log_state(word: str, error: str, *, is_stopped: bool) -> NativeState:
    """What a row of the activity log means: a stopped run is a failed one with a mark or a sentence."""
    told = native_state(Source.LOG, word)
    if told.state is not State.FAILED:
        return told
    return NativeState(State.CANCELLED) if is_stopped else failure(error)


def failure(error: str) -> NativeState:
    """What a failure means by its text: somebody may have stopped the run."""
    if _STOPPED_TEXT.match(error):
        return NativeState(State.CANCELLED)
    return NativeState(State.FAILED, hint_of(error))


def hint_of(error: str) -> str:
    """A few words for the errors that look like a broken job and are none; empty for any other."""
    if _OVERLAP_TEXT.search(error):
        return SKIPPED
    return AGENT_DOWN if _AGENT_TEXT.search(error) else ""


def message_of(error: str) -> str:
    """An `errorMsg` as a message: a success has one, too, which is none."""
    return "" if _SUCCESS_TEXT.fullmatch(error.strip()) else error
