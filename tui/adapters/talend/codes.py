"""What each returnCode means: it tells how the call went, never how the job did."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tui.core.errors import (
    ActionRefused,
    BadAnswer,
    Forbidden,
    NightdeckError,
    NotFound,
    OutcomeUnknown,
    ServerFailed,
    Unauthorized,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

OK = 0
"""The call was carried out."""
BAD_LOGIN = 3
"""The user name or the password is wrong."""

_UNKNOWN_ERROR = 1
_INVALID_REQUEST = 2
_NO_LICENCE = 4
_INVALID_PARAMETER = 5
_BAD_FORMATTING = 6
_INTERRUPTED = 31

MEANINGS: Mapping[int, str] = {
    1: "an unknown error",
    2: "an invalid request",
    3: "wrong user name or password",
    4: "a problem with its licence",
    5: "an invalid parameter",
    6: "an error while it formatted the answer",
    7: "a missing right",
    30: "an error while it launched the task",
    31: "an interruption while the task ran",
    32: "a missing right to run this task",
    33: "an unknown mode of running",
    79: "that there is no task of this name",
    170: "a failed deployment",
    180: "a bad file for a pre-generated job",
    220: "that it could not read the logs",
    225: "an illegal range of dates",
    226: "a date that it could not read",
    230: "that the task is being processed",
}
"""The return codes that concern tasks, continuing "the TAC reports"."""

_NO_SUCH = re.compile(
    r"(?:cannot|can't|could not|unable to) find|\bno (?:such )?task\b|not (?:exist|found)", re.IGNORECASE
)
_NO_LOGS = 220
_NO_SUCH_NAME = 79
_LACKS_RIGHT = frozenset({7, 32})
_MAY_HAVE_HAPPENED = frozenset({_UNKNOWN_ERROR, _BAD_FORMATTING, _INTERRUPTED})
_BUSY = re.compile(r"still processing|already running|is processing", re.IGNORECASE)

_HINTS: Mapping[int, str] = {
    2: "this version of the TAC may lack the command; nightdeck needs 5.2, and 5.6 for everything",
    4: "look at the licence page of the TAC",
    5: "look at the task in the Job Conductor",
    7: "let an administrator of the TAC give the user the right",
    30: "the job server may be down; look at the task in the Job Conductor",
    32: "let the user run tasks of this project in the TAC",
    170: "look at the task in the Job Conductor, then deploy it there",
}


class Declined(BadAnswer):
    """The TAC understood the question and gives no answer to it."""


class InvalidRequest(Declined):
    """The request makes no sense to this TAC: older ones lack some commands."""


class NoLogs(NotFound):
    """The TAC can't read any log of the task: mostly there is none."""


def error_of(code: int, said: str, *, is_change: bool) -> NightdeckError:
    """The error that a return code stands for.

    Args:
        code: One that is not 0.
        said: What the TAC said beside it: masked, on one line, may be empty.
        is_change: Whether the request would have changed something.
    """
    if code == BAD_LOGIN:
        return bad_login(said)
    message = _message(code, said)
    hint = _HINTS.get(code, "")
    if code == _NO_LOGS:
        return NoLogs(message, hint="the task has no log yet, or the job server no longer keeps it")
    if code == _NO_SUCH_NAME or (code in {_INVALID_PARAMETER, _UNKNOWN_ERROR} and _NO_SUCH.search(said)):
        return NotFound(message, hint="it may have been deleted; refresh the list")
    if code == _INVALID_PARAMETER and not said:
        return NotFound(message, hint="the task may have been deleted; refresh the list")
    if code in _LACKS_RIGHT or code == _NO_LICENCE:
        return Forbidden(message, hint=hint)
    if is_change:
        return _error_of_change(code, said, message, hint)
    if code == _INVALID_REQUEST:
        return InvalidRequest(message, hint=hint)
    if code in _MAY_HAVE_HAPPENED:
        return ServerFailed(message, hint="the TAC's own log says more; it is asked again by itself")
    return Declined(message, hint=hint or "this version of the TAC may differ from the documented one")


def bad_login(said: str) -> Unauthorized:
    """The error for a wrong user name or password."""
    return Unauthorized(
        _message(BAD_LOGIN, said), hint="check `username` and `password` of this connection, then refresh"
    )


def _error_of_change(code: int, said: str, message: str, hint: str) -> NightdeckError:
    if _BUSY.search(said):
        return ActionRefused(message, hint="wait until the task has ended, or stop it")
    if code in _MAY_HAVE_HAPPENED:
        return OutcomeUnknown(message, hint="it may have happened: look at the job before doing it again")
    return ActionRefused(message, hint=hint or "nothing has changed; the TAC says why")


def _message(code: int, said: str) -> str:
    meaning = MEANINGS.get(code, "an error of a kind that nightdeck doesn't know")
    return f"the TAC reports {meaning} (returnCode {code})" + (f": {said}" if said else "")
