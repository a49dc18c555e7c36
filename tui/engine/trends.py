"""How a job's last runs went, in a few numbers."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from tui.core.models import Trend
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

OUTCOMES = 10
"""How many of the newest runs a trend shows."""

SAMPLE = 30
"""How many of the newest runs tell the usual duration."""

FEWEST = 3
"""With fewer successful runs nothing is usual."""

_DID_ITS_WORK = frozenset({State.SUCCEEDED, State.WARNING})
"""A failed or cancelled run's duration says nothing about how long the work takes."""


def trend_of(runs: Sequence[tuple[State, float | None]]) -> Trend:
    """The trend of finished runs.

    Args:
        runs: Outcome and seconds of each, newest first; None where no duration is known.
    """
    shown = runs[:OUTCOMES][::-1]
    usual = [seconds for state, seconds in runs[:SAMPLE] if seconds is not None and state in _DID_ITS_WORK]
    return Trend(
        outcomes=tuple(state for state, _ in shown),
        durations_s=tuple(seconds or 0.0 for _, seconds in shown),
        usual_s=median(usual) if len(usual) >= FEWEST else None,
    )
