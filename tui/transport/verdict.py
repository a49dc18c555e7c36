"""What the status of an answer means, for a read and for a change."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

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
    Unreachable,
)
from tui.transport.answer import PAGE_HINT
from tui.transport.limits import LONGEST_PAUSE_S

if TYPE_CHECKING:
    from collections.abc import Collection

    from tui.transport.answer import Answer

_LONGEST_DATE = 100
_REDIRECTS = range(300, 400)
_SERVER_ERRORS = range(500, 600)
_NOT_DONE = {307, 308}
"""Redirects that ask for the same request elsewhere: it was not done. The others may follow success."""


def error_of_read(answer: Answer, now: datetime, *, is_fixed: bool) -> NightdeckError:
    """The error that the status of an answer to a read stands for.

    Args:
        answer: One whose status is no success.
        now: For a Retry-After that is a date.
        is_fixed: The path holds no id: a 404 means that the address of the system is wrong.
    """
    if answer.status == 404 and is_fixed:
        return BadAnswer(
            f"{answer.host} has no such API (404)", hint="check the path in `url` of this connection"
        )
    if answer.status in _SERVER_ERRORS:
        return ServerFailed(
            _told(answer, "failed"),
            status=answer.status,
            retry_after_s=retry_after(answer, now),
            hint="the system's own log says more; it is asked again by itself",
        )
    if answer.status in _REDIRECTS:
        return BadAnswer(_told(answer, "sent us elsewhere"), hint=PAGE_HINT)
    return _common(answer, now) or BadAnswer(
        _told(answer, "does not understand the request"),
        hint="this version of the system may differ from the documented one",
    )


def error_of_change(answer: Answer, now: datetime, refusals: Collection[int]) -> NightdeckError:
    """The error that the status of an answer to a change stands for.

    Args:
        answer: One whose status is no success.
        now: For a Retry-After that is a date.
        refusals: Statuses of 500 and above with which the API documents that nothing was done.
    """
    status = answer.status
    if (status in _SERVER_ERRORS and status not in refusals) or (
        status in _REDIRECTS and status not in _NOT_DONE
    ):
        return OutcomeUnknown(
            _told(
                answer, "failed while it made the change" if status in _SERVER_ERRORS else "sent us elsewhere"
            ),
            hint="it may or may not have happened: look at the job's runs before doing it again",
        )
    return _common(answer, now) or ActionRefused(
        _told(answer, "refused the change"), hint="nothing has changed; the system says why"
    )


def _common(answer: Answer, now: datetime) -> NightdeckError | None:
    """What means the same for reads and changes: in each case nothing was done."""
    host = answer.host
    if answer.status == 401:
        return Unauthorized(
            f"{host} refused the credentials (401)",
            hint="check the username and the secret of this connection, then refresh",
        )
    if answer.status == 403:
        return Forbidden(_told(answer, "forbids this to the account"), hint="ask for the permission")
    if answer.status == 404:
        return NotFound(_told(answer, "does not know it"), hint="it may have been deleted; refresh the list")
    if answer.status == 407:
        return Unreachable(
            f"the proxy on the way to {host} wants credentials (407)",
            hint="set `proxy` to a URL with user and password",
        )
    if answer.status == 429:
        wait_s = retry_after(answer, now)
        return RateLimited(
            f"{host} gets too many requests (429)",
            retry_after_s=wait_s,
            hint="set `rate_limit` of this connection, or a longer `refresh`",
        )
    return None


def retry_after(answer: Answer, now: datetime) -> float | None:
    """Seconds that the server asks us to wait, from a number or a date; None when it doesn't."""
    told = answer.headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return min(LONGEST_PAUSE_S, float(told[:9]))
    try:
        date = parsedate_to_datetime(told[:_LONGEST_DATE])
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        return min(LONGEST_PAUSE_S, max(0.0, (date - now).total_seconds()))
    except (ValueError, OverflowError):
        return None


def _told(answer: Answer, what: str) -> str:
    said = answer.excerpt
    return f"{answer.host} {what} ({answer.status})" + (f": {said}" if said else "")
