"""The envelope of an answer: HTTP says 200 also when the service says no."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tui.adapters.enos.codes import OK, code_of
from tui.transport.body import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.core.redaction import Redactor

_REFUSAL_BYTES = 64 * 1024
"""A larger answer is a list or a log, and no refusal."""


def refusal_in(body: bytes, redactor: Redactor) -> tuple[int, str] | None:
    """The code and the words of an answer that says no; None for one that doesn't."""
    if len(body) > _REFUSAL_BYTES or not body.lstrip().startswith(b"{"):
        return None
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        return None
    code = code_of(envelope)
    return None if code in (None, OK) else (code or OK, said_in(envelope, redactor))


def said_in(envelope: Mapping[str, Any], redactor: Redactor) -> str:
    """What EnOS says beside a code: masked, on one line, may be empty."""
    said = envelope.get("msg") or envelope.get("message")
    return shown(said, redactor) if isinstance(said, str) else ""
