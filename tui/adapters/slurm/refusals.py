"""What slurmrestd says is wrong: its own numbers, in answers of any status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from tui.adapters.slurm.door import NoAccounting
from tui.core.errors import (
    ActionRefused,
    NightdeckError,
    NotFound,
    OutcomeUnknown,
    ServerFailed,
    Unauthorized,
    Unreachable,
)
from tui.transport.fields import line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.transport.answer import Answer

_UNSPECIFIED = -1
_LOADING = "slurm_load"
_NO_CONTROLLER = 1800
"""No connection to the controller could be made: nothing was sent."""
_UNKNOWN_JOB = 2017
_ENDED = 2021
_REFUSALS = (range(2000, 3000), range(9000, 9100))
"""Numbers with which the controller says no, or with which slurmrestd could not read what was asked."""


class _Fault(NamedTuple):
    """One thing that is wrong."""

    number: int
    text: str
    source: str


def judged(answer: Answer) -> NightdeckError | None:
    """The error that an answer tells in Slurm's own terms; None where it tells none."""
    faults = _faults(answer)
    if not faults or answer.status == 401:
        return None
    said = line(answer.redactor.mask("; ".join(dict.fromkeys(fault.text for fault in faults if fault.text))))
    numbers = {fault.number for fault in faults}
    if _UNKNOWN_JOB in numbers:
        return NotFound(
            f"{answer.host} does not know this job: {said}",
            hint="Slurm may have forgotten it; refresh the list",
        )
    if "accounting storage is disabled" in said.lower():
        return NoAccounting(
            "this cluster keeps no accounting", hint="runs are told as long as Slurm knows them"
        )
    if _NO_CONTROLLER in numbers:
        return Unreachable(
            f"{answer.host} can't reach the controller: {said}", hint="ask `scontrol ping` there"
        )
    if answer.is_change:
        return _error_of_change(answer, numbers, said)
    if any(fault.number == _UNSPECIFIED and fault.source.startswith(_LOADING) for fault in faults):
        # Seen in 22.05.8: this is all that it says of a token that is wrong or has expired.
        return Unauthorized(
            f"{answer.host} reads nothing for us: {said}",
            hint="the token may be wrong or have expired: make one with `scontrol token`, then refresh",
        )
    return ServerFailed(
        f"{answer.host} failed ({answer.status}): {said}",
        status=answer.status,
        hint="the log of slurmrestd says more; it is asked again by itself",
    )


def _error_of_change(answer: Answer, numbers: set[int], said: str) -> NightdeckError:
    if _ENDED in numbers:
        return ActionRefused(f"it has ended already: {said}", hint="nothing has changed")
    if any(number in refusals for refusals in _REFUSALS for number in numbers):
        return ActionRefused(f"Slurm refused it: {said}", hint="nothing has changed; Slurm says why")
    return OutcomeUnknown(
        f"{answer.host} failed while it made the change ({answer.status}): {said}",
        hint="it may or may not have happened: look at the job's runs before doing it again",
    )


def _faults(answer: Answer) -> Sequence[_Fault]:
    """The entries of `errors`; reads and submissions name their parts differently."""
    try:
        value = json.loads(answer.body)
    except ValueError:
        return ()
    errors = value.get("errors") if isinstance(value, dict) else None
    found = []
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict) and not _is_empty(error):
            number = error.get("error_number", error.get("error_code", 0))
            text = str(error.get("description") or error.get("error") or "")
            reason = str(error.get("error") or "")
            whole = text if reason in text else f"{text}: {reason}"
            found.append(
                _Fault(number if isinstance(number, int) else 0, whole, str(error.get("source") or ""))
            )
    return found


def _is_empty(error: Mapping[str, object]) -> bool:
    """Whether it is no error: seen in 22.05.8 for an update of an array, which has no number and was done."""
    return not ({"error", "error_number", "error_code"} & error.keys())
