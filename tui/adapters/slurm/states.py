"""What Slurm's states and reasons mean, in nightdeck's words and in plain ones."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.adapters.slurm.record import Record, Step

_STATES: Mapping[str, tuple[State, str]] = {
    "PENDING": (State.QUEUED, ""),
    "RUNNING": (State.RUNNING, ""),
    "SUSPENDED": (State.PAUSED, "suspended"),
    "COMPLETED": (State.SUCCEEDED, ""),
    "CANCELLED": (State.CANCELLED, ""),
    "FAILED": (State.FAILED, ""),
    "TIMEOUT": (State.FAILED, "timeout"),
    "NODE_FAIL": (State.FAILED, "node failed"),
    "PREEMPTED": (State.FAILED, "preempted"),
    "BOOT_FAIL": (State.FAILED, "node did not boot"),
    "DEADLINE": (State.FAILED, "missed its deadline"),
    "OUT_OF_MEMORY": (State.FAILED, "out of memory"),
    "REVOKED": (State.CANCELLED, "revoked"),
    "LAUNCH_FAILED": (State.FAILED, "not launched"),
    "RECONFIG_FAIL": (State.FAILED, "not launched"),
}
"""The base states, and flags that old releases send in the place of one."""

_FLAGS: Mapping[str, tuple[State, str]] = {
    "REQUEUE_HOLD": (State.PAUSED, "held after a requeue"),
    "SPECIAL_EXIT": (State.PAUSED, "held after a special exit"),
    "COMPLETING": (State.RUNNING, "completing"),
    "STAGE_OUT": (State.RUNNING, "staging out"),
    "CONFIGURING": (State.RUNNING, "nodes are starting"),
    "POWER_UP_NODE": (State.RUNNING, "nodes are starting"),
    "RESIZING": (State.RUNNING, "resizing"),
    "SIGNALING": (State.RUNNING, "being signalled"),
    "STOPPED": (State.PAUSED, "stopped"),
    "REQUEUED": (State.QUEUED, "requeued"),
    "REQUEUE_FED": (State.QUEUED, "requeued"),
    "RESV_DEL_HOLD": (State.PAUSED, "its reservation was deleted"),
}
"""Flags beside a base state, or alone in old releases: they say what is happening. The first one counts."""

_REASONS: Mapping[str, str] = {
    "Resources": "waits for free resources",
    "Priority": "waits for jobs of higher priority",
    "Dependency": "waits for another job",
    "DependencyNeverSatisfied": "will never start: the job it depends on has failed",
    "BeginTime": "waits for its begin time",
    "Prolog": "waits for the prolog",
    "JobHeldUser": "held by its user",
    "JobHeldAdmin": "held by an administrator",
    "JobHoldMaxRequeue": "held: it was requeued too often",
    "JobArrayTaskLimit": "waits for other elements of its array",
    "PartitionDown": "its partition is down",
    "PartitionInactive": "its partition is inactive",
    "PartitionNodeLimit": "asks for more nodes than its partition allows",
    "PartitionTimeLimit": "asks for more time than its partition allows",
    "PartitionConfig": "asks for what its partition does not have",
    "Licenses": "waits for a license",
    "Reservation": "waits for its reservation",
    "ReservationDeleted": "its reservation was deleted",
    "ReqNodeNotAvail": "a node that it asks for is not available",
    "NodeDown": "a node that it asks for is down",
    "BadConstraints": "no node fits what it asks for",
    "InvalidAccount": "its account is not valid",
    "InvalidQOS": "its quality of service is not valid",
    "AccountNotAllowed": "its account may not use the partition",
    "QOSNotAllowed": "its quality of service is not allowed there",
    "AccountingPolicy": "a limit of the accounting is reached",
    "Cleaning": "its last attempt is being cleaned up",
    "SchedDefer": "may not start at once",
    "BurstBufferResources": "waits for the burst buffer",
    "BurstBufferStageIn": "its burst buffer is being filled",
    "BurstBufferOperation": "the burst buffer failed",
    "JobLaunchFailure": "could not be launched",
    "SystemFailure": "failure of the system",
    "NonZeroExitCode": "",
    "RaisedSignal": "",
    "TimeLimit": "ran into its time limit",
    "InactiveLimit": "was inactive for too long",
    "OutOfMemory": "ran out of memory",
    "DeadLine": "missed its deadline",
}
"""Reasons in plain words; none for those that the exit code tells already."""

_FAMILIES: Sequence[tuple[str, str]] = (
    ("QOS", "a limit of its quality of service is reached"),
    ("Assoc", "a limit of its account is reached"),
    ("Max", "a limit of its account is reached"),
    ("Partition", "its partition does not take it now"),
    ("ReqNodeNotAvail", "a node that it asks for is not available"),
)
"""What reasons have in common that begin alike; there are over a hundred such limits."""

_WORD_BREAK = re.compile(r"(?<=[a-z])(?=[A-Z])")
_OUTCOMES: Mapping[str, str] = {
    "TIMEOUT": "ran into its time limit",
    "OUT_OF_MEMORY": "ran out of memory",
    "NODE_FAIL": "its node failed",
    "BOOT_FAIL": "its node did not boot",
    "PREEMPTED": "another job took its place",
    "DEADLINE": "missed its deadline",
    "LAUNCH_FAILED": "could not be launched",
}


def meaning(words: Sequence[str]) -> tuple[State, str]:
    """The state and the substate of Slurm's words; an unlisted one is unknown."""
    for word in words:
        if word in _FLAGS:
            return _FLAGS[word]
    for word in words:
        if word in _STATES:
            return _STATES[word]
    return State.UNKNOWN, ""


def state_of(record: Record) -> tuple[State, str]:
    """The state and the substate of a job: held is no waiting, and waiting says for what."""
    state, substate = meaning(record.words)
    if record.is_superseded and not state.is_final:
        return (State.FAILED if record.exit_code or record.signal else State.CANCELLED), "requeued"
    if state is State.QUEUED and record.is_held:
        return State.PAUSED, plain_reason(record.reason) or "held"
    if state is State.QUEUED and not substate:
        return state, plain_reason(record.reason)
    return state, substate


def plain_reason(reason: str) -> str:
    """A reason in plain words; empty for none, and for one that says nothing more."""
    word = reason.partition(",")[0].strip()
    if word in _REASONS or not word:
        return _REASONS.get(word, "")
    for beginning, said in _FAMILIES:
        if word.startswith(beginning):
            return said
    return _WORD_BREAK.sub(" ", word.replace("_", " ")).lower()


def message_of(record: Record) -> str:
    """One line: what it waits for, or why it ended badly, with Slurm's own word for it."""
    state, _ = state_of(record)
    if state is State.SUCCEEDED or state is State.RUNNING:
        return ""
    if state is State.CANCELLED:
        return f"cancelled {record.detail}".strip() if record.detail.startswith("by ") else "cancelled"
    if state is State.FAILED:
        return _failure(record)
    said = plain_reason(record.reason)
    native = record.reason if said else ""
    detail = record.detail if record.detail not in ("", "None") else ""
    return _joined(said, native, detail)


def ending_text(code: int | None, number: int | None) -> str:
    """How a process ended, in words; empty when it ended well or nothing is known."""
    if number:
        try:
            return f"ended by signal {number} ({signal.Signals(number).name.removeprefix('SIG')})"
        except ValueError:
            return f"ended by signal {number}"
    return f"exit code {code}" if code else ""


def step_message(step: Step) -> str:
    """One line about a step that ended badly."""
    state, substate = meaning(step.words)
    if state is not State.FAILED:
        return ""
    return ending_text(step.exit_code, step.signal) or substate or "failed"


def _failure(record: Record) -> str:
    said = next((_OUTCOMES[word] for word in record.words if word in _OUTCOMES), "")
    ended = ending_text(record.exit_code, record.signal)
    # Seen in 22.05.8: whoever is killed by somebody else counts as not launched as well.
    reason = "" if ended and record.reason == "JobLaunchFailure" else plain_reason(record.reason)
    parts = list(dict.fromkeys(part for part in (said or ended, reason) if part))
    native = record.reason if reason else ""
    return _joined("; ".join(parts) or "failed", native, record.detail)


def _joined(said: str, native: str, detail: str) -> str:
    text = f"{said} ({native})" if said and native else said or native
    return f"{text}: {detail}" if text and detail else text or detail
