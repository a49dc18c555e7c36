"""What the values that a field always offers mean, for whoever picks one while typing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATES = {
    "queued": "it waits for its turn",
    "running": "it is under way",
    "succeeded": "it ended well",
    "warning": "it ended well, with complaints",
    "failed": "it ended badly",
    "cancelled": "somebody ended it",
    "paused": "it is held",
    "scheduled": "it waits for its time",
    "never_run": "it has not run yet",
    "unknown": "its system says something that is not known here",
}

_ANY = {"none": "nothing is known", "any": "something is known"}

MEANINGS: Mapping[str, Mapping[str, str]] = {
    "state": _STATES,
    "last": {**_STATES, "none": "it has not finished yet", "any": "it has finished at least once"},
    "is": {
        "active": "waiting or running",
        "final": "it has ended",
        "held": "kept from starting by itself",
        "overdue": "it should have started by now",
        "problem": "failed or warned, and no success since",
    },
    "dur": {"2x": "twice its usual time", "none": "nobody knows how long", "any": "somebody knows how long"},
    "exit": _ANY,
    "progress": _ANY,
    "since": {"today": "from midnight on", "yesterday": "the day before"},
    "ended": {"today": "from midnight on", "yesterday": "the day before"},
}
"""A few words on a value, by field and value; what says it all by itself is left out."""


def meaning_of(field: str, value: str, occurring: int | None = None) -> str:
    """What a value means, and how many jobs have it where that was counted.

    Args:
        field: The field's canonical name.
        value: One of its values.
        occurring: How many jobs have it; None when nobody has counted.
    """
    told = [MEANINGS.get(field, {}).get(value, "")]
    if occurring is not None:
        told.append("1 job" if occurring == 1 else f"{occurring:,} jobs")
    return " · ".join(filter(None, told))
