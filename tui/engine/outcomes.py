"""What an error says about a request: was it refused, or may it have happened?"""

from __future__ import annotations

from tui.core.errors import (
    ActionRefused,
    ConfigError,
    Forbidden,
    NightdeckError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RunExists,
    TakenBack,
    TlsFailed,
    Unauthorized,
    Unreachable,
)
from tui.core.models import ReceiptStatus

_NOTHING_HAPPENED = (
    *(ActionRefused, NotFound, ConfigError, Unreachable, TlsFailed, Unauthorized, Forbidden, RateLimited),
)
"""Errors after which the system has certainly done nothing. After any other it may have done it."""


def outcome_of_error(error: Exception, *, is_sent: bool) -> tuple[ReceiptStatus, str]:
    """How far a request got, and what to say of it.

    Args:
        error: What stopped it.
        is_sent: Whether it had been handed to the adapter.
    """
    if isinstance(error, TakenBack):
        return ReceiptStatus.WITHDRAWN, error.message
    if not is_sent:
        # The text of an error that we don't know may hold anything, also a secret: its name has to do.
        what = str(error) if isinstance(error, NightdeckError) else f"unexpected {type(error).__name__}"
        return ReceiptStatus.REFUSED, what if isinstance(
            error, ActionRefused
        ) else f"nothing was sent: {what}"
    if isinstance(error, _NOTHING_HAPPENED):
        return ReceiptStatus.REFUSED, str(error)
    if isinstance(error, RunExists):
        return ReceiptStatus.OBSERVED, f"it did happen: {error.message}"
    if isinstance(error, OutcomeUnknown):
        return ReceiptStatus.UNKNOWN, str(error)
    what = error.message if isinstance(error, NightdeckError) else f"unexpected {type(error).__name__}"
    return ReceiptStatus.UNKNOWN, f"the answer was lost ({what}): it may or may not have happened"
