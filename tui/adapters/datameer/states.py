"""What the words of a Datameer mean. No vendor page lists them all: what is not known here is `unknown`."""

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


_STATES: Mapping[str, NativeState] = {
    "_NONE": NativeState(State.NEVER_RUN),
    "QUEUED": NativeState(State.QUEUED),
    "WAITING_FOR_OTHER_JOB": NativeState(State.QUEUED, "waiting for another job"),
    "RUNNING": NativeState(State.RUNNING),
    "COMPLETED": NativeState(State.SUCCEEDED),
    # V1 writes COMPLETED_WITH_Warnings.
    "COMPLETED_WITH_WARNINGS": NativeState(State.WARNING),
    "ERROR": NativeState(State.FAILED),
    "CANCELED": NativeState(State.CANCELLED),
    "CANCELLED": NativeState(State.CANCELLED),
}

NEVER_RUN = "_NONE"
"""V2's word for a job without runs; V1 answers with an empty object."""


def native_state(word: str) -> NativeState:
    """What a `jobStatus` or `job-status` says; `unknown` for one that isn't known."""
    return _STATES.get(word.strip().upper(), NativeState(State.UNKNOWN))
