"""What is agreed for one request, carried along with it through httpx."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.transport.limits import MAX_BODY_BYTES

if TYPE_CHECKING:
    import httpx

_KEY = "nightdeck"


@dataclass(frozen=True, slots=True)
class Terms:
    """How a request is to be treated on its way."""

    timeout_s: float
    """Seconds for each step: connecting, sending, waiting for the answer and for each piece of it."""
    body_s: float | None
    """Seconds for the whole body; None when a reader decides how fast it comes."""
    limit: int = MAX_BODY_BYTES
    """Decoded bytes at which the answer is cut."""
    is_change: bool = False
    """Whether the request changes the remote system."""

    def extensions(self) -> dict[str, object]:
        """The form in which httpx carries them."""
        return {_KEY: self}


def terms_of(request: httpx.Request) -> Terms | None:
    """The terms of a request; None for one that was not made by the transport."""
    terms = request.extensions.get(_KEY)
    return terms if isinstance(terms, Terms) else None
