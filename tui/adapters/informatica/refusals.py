"""What Informatica means by the errors that it sends: its status 403 stands for whatever went wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.core.errors import (
    ActionRefused,
    Forbidden,
    NightdeckError,
    NotFound,
    Unauthorized,
)
from tui.transport.body import shown

if TYPE_CHECKING:
    from tui.core.redaction import Redactor
    from tui.transport.answer import Answer

UNUSUAL = "this release of Informatica may differ from the documented one"
"""What to do about an answer that makes no sense."""

_ERROR_TYPE = "error"
_NO_SUCH_OBJECT = frozenset({"APP_13404", "APP_13436"})
"""Codes of version 2 for an id that is invalid or that this organisation doesn't have."""

_TOLD_WITH = frozenset({400, 403, 404, 405, 409, 410, 422})
"""Statuses with which nothing was done; those of 500 and above say nothing about a change."""


class Told(NamedTuple):
    """What an error object says."""

    code: str
    """Such as `APP_13404`; may be empty."""
    text: str
    """The sentence for people."""


def told_in(value: Any) -> Told | None:
    """The error that an answer tells of, in the shape of either version; None when it tells of none."""
    if not isinstance(value, dict):
        return None
    inner = value.get("error")
    if isinstance(inner, dict):
        return Told(_word(inner.get("code")), _first(inner, "message", "debugMessage"))
    if value.get("@type") == _ERROR_TYPE:
        return Told(_word(value.get("code")), _first(value, "description", "message"))
    return None


def error_of(host: str, told: Told, redactor: Redactor, *, is_change: bool) -> NightdeckError:
    """The error that an error object stands for, whatever the status was.

    Args:
        host: The server, for the message.
        told: What it says.
        redactor: Masks the sentence.
        is_change: Whether the request would have changed something.
    """
    said = shown(f"{told.text} ({told.code})" if told.code else told.text, redactor) or "it gives no reason"
    if told.code.upper() in _NO_SUCH_OBJECT:
        return NotFound(
            f"{host} knows no such object: {said}", hint="it may have been deleted; refresh the list"
        )
    if is_change:
        return ActionRefused(f"{host} refused the change: {said}", hint="nothing has changed; it says why")
    return Forbidden(
        f"{host} refuses this: {said}", hint="the account may lack a right, or the asset is gone"
    )


def judge(answer: Answer) -> NightdeckError | None:
    """What an answer that is no success means, where it has Informatica's own words; else None."""
    if answer.status not in _TOLD_WITH or answer.is_page:
        return None
    told = _told_in_text(answer.text)
    if told is None or (answer.status == 404 and told.code.upper() not in _NO_SUCH_OBJECT):
        return None
    return error_of(answer.host, told, answer.redactor, is_change=answer.is_change)


def bad_login(answer: Answer, told: Told) -> Unauthorized:
    """The error for a login that was answered with an error object, though HTTP calls it a success."""
    return Unauthorized(
        f"{answer.host} refused the login: {shown(f'{told.text} {told.code}', answer.redactor)}",
        hint="check `username` and `password` of this connection, then refresh",
    )


def _told_in_text(text: str) -> Told | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict) and "error" not in value and ("code" in value or "description" in value):
        # Taskflows answer so, without the `@type` of version 2.
        value = {"@type": _ERROR_TYPE, **value}
    return told_in(value)


def _first(members: dict[str, Any], *names: str) -> str:
    return next((text for name in names if (text := _word(members.get(name)))), "")


def _word(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
