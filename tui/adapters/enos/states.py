"""What the words of EnOS mean. One list, FlowInstanceStatus, serves flow instances and task instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping


class NativeState(NamedTuple):
    """What a native status means."""

    state: State
    """The state."""
    substate: str = ""
    """Free text beside it."""
    word: str = ""
    """The system's own word."""


# Source: FlowInstanceStatus in the page "List Flow Instances"; NONE is in the samples of graphs.
_STATES: Mapping[str, NativeState] = {
    "FAIL": NativeState(State.FAILED),
    "INIT": NativeState(State.QUEUED),
    "SUCCESS": NativeState(State.SUCCEEDED),
    "RUNNING": NativeState(State.RUNNING),
    "SUSPEND": NativeState(State.PAUSED),
    "INTERNAL_ERROR": NativeState(State.FAILED, "internal error"),
    "WAIT": NativeState(State.QUEUED),
    "READY": NativeState(State.QUEUED),
    "TIMEOUT": NativeState(State.FAILED, "timeout"),
    "CANCEL": NativeState(State.CANCELLED),
    "RERUN": NativeState(State.RUNNING, "rerun"),
    "SKIP": NativeState(State.CANCELLED, "skipped"),
    "NONE": NativeState(State.NEVER_RUN),
}

WORDS: Mapping[str, str] = {
    "-1": "FAIL",
    "0": "INIT",
    "1": "SUCCESS",
    "2": "RUNNING",
    "3": "SUSPEND",
    "4": "INTERNAL_ERROR",
    "5": "WAIT",
    "6": "READY",
    "7": "TIMEOUT",
    "8": "CANCEL",
    "9": "RERUN",
    "10": "SKIP",
}
"""The words of the numbers."""

CYCLES: Mapping[str, str] = {
    "M": "monthly",
    "W": "weekly",
    "D": "daily",
    "H": "hourly",
    "mi": "by the minute",
}
"""How often a flow runs."""

_RERUN = "RERUN"
_TIMEOUT = "timeout"


def native_state(
    status: str,
    text: str = "",
    *,
    has_ended: bool = False,
    is_timeout: bool = False,
    is_cancelled: bool = False,
) -> NativeState:
    """What a status says; `unknown` for one that isn't known.

    Args:
        status: The number as text, or a word; it counts before the text.
        text: Its description, `statusDesc` or `stsDesc`.
        has_ended: Whether an end is told; only RERUN, whose meaning is not documented, depends on it.
        is_timeout: Whether the system says beside the status that the time was up.
        is_cancelled: Whether the system says beside the status that it was cancelled.
    """
    told = status.strip().upper() or text.strip().upper()
    name = WORDS.get(told, told)
    found = _STATES.get(name, NativeState(State.UNKNOWN))
    state, notes = found.state, [found.substate]
    if name == _RERUN and has_ended:
        state = State.UNKNOWN
    if is_timeout and found.substate != _TIMEOUT:
        notes.append(_TIMEOUT)
    if is_cancelled and not state.is_final:
        notes.append("cancelling")
    word = (name if name in _STATES else "") or text.strip() or status.strip()
    return NativeState(state, joined(notes), word)


def joined(notes: list[str]) -> str:
    """Some notes as one."""
    return ", ".join(note for note in notes if note)


def cycle_words(cycle: str) -> str:
    """How often a flow runs, in words; the system's own letter when it isn't known."""
    return CYCLES.get(cycle, CYCLES.get(cycle.upper(), CYCLES.get(cycle.lower(), cycle)))
