"""What the commands of Slurm complain of, as nightdeck's errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tui.adapters.slurm.door import NoAccounting
from tui.core.errors import (
    ActionRefused,
    BadAnswer,
    Forbidden,
    NightdeckError,
    NotFound,
    OutcomeUnknown,
    ServerFailed,
    SystemUnavailable,
    TimedOut,
    Unauthorized,
    Unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.adapters.slurm.process import Ended

_LONGEST = 300
_PREFIX = re.compile(
    r"\b(?:squeue|sacct|scontrol|sbatch|scancel|slurm_\w+): (?:error|fatal): |slurm_\w+ error: "
)

_AWAY = (
    *("unable to contact slurm controller", "connection refused", "connect failure", "no route to host"),
    *("unable to establish controller", "unable to resolve", "unable to establish configuration"),
)
"""No connection could be made: nothing was sent."""
_SILENT = (
    *("socket timed out", "timed out on send/recv", "zero bytes were transmitted", "broken pipe"),
    *("transport endpoint is not connected", "connection reset", "unexpected message received"),
    *("communication", "i/o error"),
)
"""It was sent, and no answer came."""
_PARTLY = (": no error",)
"""What is told of elements of an array with which it went well, when it did not with others."""
_STRANGER = ("authentication", "munge", "credential", "invalid user for slurmuser")
_FORBIDDEN = ("access/permission denied", "permission denied", "not permitted")
_UNKNOWN_ID = ("invalid job id", "no matching job")
_OLD = ("unrecognized option '--json'", "unknown option", "invalid option", "unrecognized option")
_NO_CONFIG = ("cannot stat file", "clustername needs to be specified", "could not establish a configuration")


def error_of_read(command: str, ended: Ended) -> NightdeckError:
    """The error of a command that changes nothing and has failed."""
    said, lowered = _said(ended), ended.complaint.lower()
    if "accounting storage is disabled" in lowered:
        return NoAccounting(
            "this cluster keeps no accounting", hint="runs are told as long as Slurm knows them"
        )
    if _has(lowered, _NO_CONFIG):
        return SystemUnavailable(
            f"{command} finds no configuration of Slurm: {said}",
            hint="run nightdeck on a host of the cluster, or set SLURM_CONF",
        )
    if _has(lowered, _AWAY):
        return Unreachable(
            f"{command} can't reach the controller: {said}", hint="it may be down: ask `scontrol ping`"
        )
    if _has(lowered, _SILENT):
        return TimedOut(
            f"the controller did not answer {command}: {said}", hint="it is asked again by itself"
        )
    if _has(lowered, _STRANGER):
        return Unauthorized(
            f"Slurm does not know us: {said}",
            hint="check munge, or the credentials of this host, then refresh",
        )
    if _has(lowered, _FORBIDDEN):
        return Forbidden(f"Slurm forbids {command}: {said}", hint="ask for the permission")
    if _has(lowered, _UNKNOWN_ID):
        return NotFound(f"Slurm does not know this job: {said}", hint="it may have been forgotten; refresh")
    if _has(lowered, _OLD):
        return BadAnswer(
            f"this {command} does not know what it was asked: {said}",
            hint="nightdeck needs Slurm 21.08 or newer, with JSON",
        )
    return ServerFailed(
        f"{command} failed with exit code {ended.code}: {said or 'it says nothing'}",
        hint="call it by hand on this host to see more",
    )


def error_of_change(command: str, ended: Ended) -> NightdeckError:
    """The error of a command that was to change something: whether it did must never be told wrongly."""
    said, lowered = _said(ended), ended.complaint.lower()
    if _has(lowered, _PARTLY):
        return lost(f"{command} did it for a part: {said}")
    if ended.code < 0 or _has(lowered, _SILENT):
        return lost(f"{command} ended without an answer: {said or f'signal {-ended.code}'}")
    if _has(lowered, (*_AWAY, *_NO_CONFIG)):
        return Unreachable(
            f"{command} can't reach the controller: {said}; nothing was sent",
            hint="do it again when it is back",
        )
    if _has(lowered, _UNKNOWN_ID):
        return NotFound(f"Slurm does not know this job: {said}", hint="it may have been forgotten; refresh")
    if _has(lowered, _FORBIDDEN):
        return Forbidden(f"Slurm forbids it: {said}", hint="ask for the permission")
    return ActionRefused(
        f"Slurm refused it: {said or f'exit code {ended.code}'}", hint="nothing has changed; Slurm says why"
    )


def lost(why: str) -> OutcomeUnknown:
    """The error of a change whose answer can't be had."""
    return OutcomeUnknown(
        why, hint="it may or may not have happened: look at the job's runs before doing it again"
    )


def _said(ended: Ended) -> str:
    text = _PREFIX.sub("", ended.complaint).strip()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _has(lowered: str, signs: Sequence[str]) -> bool:
    return any(sign in lowered for sign in signs)
