"""What Airflow means by the errors that it sends: all of them have a `detail`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tui.core.errors import ActionRefused, NightdeckError, Unauthorized
from tui.transport.body import shown

if TYPE_CHECKING:
    import httpx

    from tui.transport.answer import Answer

UNUSUAL = "this release of Airflow may differ from the documented ones"
"""What to do about an answer that makes no sense."""

BAD_TOKEN = "Invalid JWT token"  # noqa: S105 - what Airflow says of one
"""What a 403 says of a token that can't be verified, as after a restart with another secret (seen in 3.3.2).
Any other 403 is about rights."""

TOKEN_HINT = "a token lives for a day: put a new one in place, or give `username` and `password`"  # noqa: S105 - a sentence
"""What to do about a configured token that is refused."""

_MOST_TOLD = 3
_UNAUTHORIZED = 401
_FORBIDDEN = 403
_REFUSED = frozenset({400, 409, 422})


def detail_in(text: str) -> Any:
    """The `detail` of an answer; None where there is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value.get("detail") if isinstance(value, dict) else None


def words_of(detail: Any) -> str:
    """A `detail` in one sentence: a text, the faults of a request (422), the reason of a conflict (409)."""
    if isinstance(detail, str):
        return detail
    if isinstance(detail, dict):
        told = (detail.get(name) for name in ("message", "reason", "msg"))
        return next((text for text in told if isinstance(text, str) and text), "")
    if isinstance(detail, list):
        return "; ".join(filter(None, map(_fault, detail[:_MOST_TOLD])))
    return ""


def is_bad_token(response: httpx.Response) -> bool:
    """Whether an answer says that the session is over, so that a new login helps."""
    if response.status_code == _UNAUTHORIZED:
        return True
    return response.status_code == _FORBIDDEN and detail_in(response.text) == BAD_TOKEN


def judge(answer: Answer, *, has_token: bool) -> NightdeckError | None:
    """What an answer that is no success means, where it has Airflow's own words; else None.

    Args:
        answer: The answer.
        has_token: Whether the token is a configured one, which no login renews.
    """
    if answer.is_page:
        return None
    detail = detail_in(answer.text)
    said = shown(words_of(detail), answer.redactor)
    if answer.status == _UNAUTHORIZED or (answer.status == _FORBIDDEN and detail == BAD_TOKEN):
        if not has_token:
            return None
        return Unauthorized(f"{answer.host} refused the token: {said or answer.status}", hint=TOKEN_HINT)
    if answer.is_change and answer.status in _REFUSED and said:
        return ActionRefused(
            f"{answer.host} refused the change: {said}", hint="nothing has changed; it says why"
        )
    return None


def _fault(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    place = value.get("loc")
    where = ".".join(str(step) for step in place if step != "body") if isinstance(place, list) else ""
    what = value.get("msg")
    return ": ".join(part for part in (where, what if isinstance(what, str) else "") if part)
