"""The nearest known word to one that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SYNONYMS = {
    "aborted": "cancelled",
    "active": "running",
    "canceled": "cancelled",
    "complete": "succeeded",
    "completed": "succeeded",
    "disabled": "paused",
    "done": "succeeded",
    "error": "failed",
    "held": "paused",
    "killed": "cancelled",
    "never": "never_run",
    "ok": "succeeded",
    "pending": "queued",
    "stopped": "cancelled",
    "success": "succeeded",
    "waiting": "queued",
}
"""What other systems call the states."""

_CLOSE_ENOUGH = 0.6


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or an empty string."""
    from difflib import get_close_matches

    folded = word.casefold()
    candidates = list(known)
    meant = _SYNONYMS.get(folded)
    if meant in candidates:
        return meant
    begun = [candidate for candidate in candidates if folded and candidate.startswith(folded)]
    if begun:
        return min(begun, key=len)
    close = get_close_matches(folded[:40], candidates, n=1, cutoff=_CLOSE_ENOUGH)
    return close[0] if close else ""


def hint_for(word: str, known: Iterable[str]) -> str:
    """What to write instead of a wrong word: the nearest one, or all there are."""
    candidates = list(known)
    meant = nearest(word, candidates)
    return f"did you mean {meant}?" if meant else f"known are {', '.join(candidates)}"
