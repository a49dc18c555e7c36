"""What each code of an answer means: the batch service's, the token service's and the gateway's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tui.adapters.enos.wire import whole
from tui.core.errors import (
    ActionRefused,
    BadAnswer,
    Forbidden,
    NightdeckError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    ServerFailed,
    Unauthorized,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

OK = 0
"""The call was carried out."""
NO_LOG = 62109
"""An internal error; of a log it says that there is none (yet)."""
DIGEST_USED = 1001
"""The same digest came twice."""
SIGNATURE_FAILED = 497
"""The gateway does not accept the timestamp or the signature."""

EXPIRED = frozenset({401, 1203, SIGNATURE_FAILED})
"""Codes after which a new token may help: nothing was done."""

_WRONG_USER = 62101
_BAD_PARAMETER = 62102
_NO_PRIVILEGE = 62103
_NO_TASK = 62104
_TOO_MANY = 429

MEANINGS: Mapping[int, str] = {
    62101: "that the user is unknown or does not belong to the organization",
    62102: "a bad parameter",
    62103: "a missing privilege",
    62104: "that the flow has no task",
    62109: "an internal error",
    1001: "that a digest came twice",
    1002: "that there is no such application",
    1003: "a wrong digest of key and secret",
    1004: "a bad parameter of the login",
    1005: "an internal error of the token service",
    1202: "an empty parameter",
    1203: "that the access token has expired",
    1204: "that the access token could not be refreshed",
    401: "that the access token is not accepted",
    403: "that this is forbidden",
    404: "that there is no such API",
    405: "that the API takes no such request",
    429: "too many requests",
    497: "that the timestamp or the signature is not accepted",
    498: "that the application has no permission for this API",
    500: "an internal error",
    503: "that the service is away",
    504: "that the service did not answer in time",
}
"""The documented codes, continuing "EnOS reports"."""

_UNAUTHORIZED: Mapping[int, str] = {
    62101: "check `user_id` and `org_id` of this connection, then refresh",
    1001: "another program may use the same application at the same moment; refresh",
    1002: "check `app_key` of this connection, then refresh",
    1003: "check `app_secret` of this connection, then refresh",
    1004: "check `app_key` and `app_secret` of this connection, then refresh",
    1202: "check `app_key` and `app_secret` of this connection, then refresh",
    1203: "the token service gives tokens that the gateway calls expired; check this machine's clock",
    1204: "check `app_key` and `app_secret` of this connection, then refresh",
    401: "check `app_key` and `app_secret` of this connection, then refresh",
    497: "check this machine's clock and `app_secret` of this connection, then refresh",
}
_FORBIDDEN: Mapping[int, str] = {
    62103: "only owners of a flow may change it, and only members of the organization see it",
    403: "let an administrator of EnOS authorize the application",
    498: "let an administrator of EnOS authorize the application for the Batch Processing Service",
}
_FAILED: Mapping[int, int] = {62109: 500, 1005: 500, 500: 500, 503: 503, 504: 504}
_UNUSUAL = "this version of EnOS may differ from the documented one"
_MISSING = re.compile(
    r"not (?:be )?(?:found|exists?|exit)|no(?:n-?existent| such)|doesn't exist|does not belong", re.IGNORECASE
)


class Declined(BadAnswer):
    """EnOS understood the question and gives no answer to it."""


class InternalError(ServerFailed):
    """The batch service says that it failed inside; asked for a log, it says so when there is none."""


DECLINED = (NotFound, Forbidden, Declined, InternalError)
"""Errors with which the service itself says that it has no answer; the connection is in order."""


def code_of(envelope: Mapping[str, Any]) -> int | None:
    """The code of an answer: `code` where there is one, else `status`; None when there is neither."""
    for key in ("code", "status", "stauts"):  # the last one is the vendor's own, in a sample
        found = whole(envelope.get(key))
        if found is not None:
            return found
    return None


def is_missing(said: str) -> bool:
    """Whether a message says that something is not there."""
    return _MISSING.search(said) is not None


def error_of(code: int, said: str, *, is_change: bool = False, names_id: bool = True) -> NightdeckError:
    """The error that a code stands for.

    Args:
        code: One that is not 0.
        said: What EnOS said beside it: masked, on one line, may be empty.
        is_change: Whether the request would have changed something.
        names_id: Whether the request named a flow or an instance, so that a bad parameter is one not found.
    """
    message = _message(code, said)
    if code in _UNAUTHORIZED:
        return Unauthorized(message, hint=_UNAUTHORIZED[code])
    if code in _FORBIDDEN:
        return Forbidden(message, hint=_FORBIDDEN[code])
    if code == _BAD_PARAMETER and (names_id or is_missing(said)):
        return NotFound(message, hint="it may have been deleted, or belong to another organization")
    if code == _TOO_MANY:
        return RateLimited(message, hint="set `rate_limit` of this connection, or a longer `refresh`")
    if is_change:
        return _error_of_change(code, message)
    if code in _FAILED:
        kind = InternalError if code == NO_LOG else ServerFailed
        return kind(
            message, status=_FAILED[code], hint="the system's own log says more; it is asked again by itself"
        )
    return Declined(message, hint=_UNUSUAL)


def _error_of_change(code: int, message: str) -> NightdeckError:
    if code in _FAILED:
        return OutcomeUnknown(
            message, hint="it may have happened: look at the job's runs before doing it again"
        )
    if code == _NO_TASK:
        return ActionRefused(message, hint="add a task to the flow in EnOS first")
    return ActionRefused(message, hint="nothing has changed; EnOS says why")


def _message(code: int, said: str) -> str:
    meaning = MEANINGS.get(code, "an error of a kind that nightdeck doesn't know")
    return f"EnOS reports {meaning} ({code})" + (f": {said}" if said else "")
