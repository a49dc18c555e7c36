"""What is said of watched runs that have ended: one by one, or all of a moment in one notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.ui.watches import Ended

APART_S = 5.0
"""Seconds between two notices: what ends meanwhile is told in one."""

_NAMED = 3
"""Runs that a notice about many tells by name."""

_LONGEST = 200
"""Characters of an error in a notice."""

_WORST_FIRST = (State.FAILED, State.CANCELLED, State.WARNING, None, State.SUCCEEDED)


class Notice(NamedTuple):
    """One thing to tell."""

    title: str
    """A few words."""
    text: str
    """What happened; the first line says it all."""
    is_bad: bool
    """Whether somebody has to look."""

    @property
    def line(self) -> str:
        """The text in one line, for places that have no more."""
        return " ".join(self.text.split())


class Ends:
    """Gathers ends, and says when they are due to be told."""

    def __init__(self) -> None:
        self._waiting: list[Ended] = []
        self._told_at = float("-inf")

    def add(self, ended: Sequence[Ended]) -> None:
        """Take in runs that have ended."""
        self._waiting += ended

    def take_due(self, now: float) -> Notice | None:
        """What is to be told now; None while nothing is, or when something was told a moment ago.

        Args:
            now: Seconds of a clock that never goes back.
        """
        if not self._waiting or now - self._told_at < APART_S:
            return None
        self._told_at = now
        ended, self._waiting = self._waiting, []
        return notice_of(ended)


def notice_of(ended: Sequence[Ended]) -> Notice:
    """What to say of runs that have ended.

    Args:
        ended: At least one.
    """
    is_before = all(one.is_from_before for one in ended)
    title = "while you were away" if is_before else "ended"
    is_bad = any(one.outcome is State.FAILED for one in ended)
    if len(ended) == 1:
        return Notice(title, _sentence(ended[0]), is_bad)
    ranked = sorted(ended, key=lambda one: _WORST_FIRST.index(_outcome(one)))
    counts = dict.fromkeys(_WORST_FIRST, 0)
    for one in ranked:
        counts[_outcome(one)] += 1
    told = ", ".join(f"{count} {_word(outcome)}" for outcome, count in counts.items() if count)
    lines = [f"{len(ended)} watched runs ended: {told}", *(_sentence(one) for one in ranked[:_NAMED])]
    if len(ended) > _NAMED:
        lines.append(f"and {len(ended) - _NAMED} more")
    return Notice(title, "\n".join(lines), is_bad)


def _outcome(ended: Ended) -> State | None:
    return ended.outcome if ended.outcome in _WORST_FIRST else None


def _word(outcome: State | None) -> str:
    return outcome.value if outcome is not None else "over, nobody knows how it ended"


def _sentence(ended: Ended) -> str:
    """The job, how its run ended, and the error when it failed."""
    job, outcome = ended.job, _outcome(ended)
    message = " ".join(ended.message.split()) if outcome in (State.FAILED, State.WARNING) else ""
    shown = message if len(message) <= _LONGEST else f"{message[: _LONGEST - 1]}…"
    return ", ".join(filter(None, (f"{job.name} on {job.connection}: {_word(outcome)}", shown)))
