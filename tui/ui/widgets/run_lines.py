"""A job's runs in lines: one each, and their figures in one."""

from __future__ import annotations

import math
from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from tui.core.duration import format_age, format_duration
from tui.core.state import State
from tui.ui.glyphs import UNICODE
from tui.ui.moments import clock_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, tzinfo

    from tui.core.models import Run
    from tui.ui.glyphs import GlyphSet

BAR_WIDTH = 22
"""Cells of the widest bar where there is room."""

_FEWEST = 3
"""Good runs from which on only they tell what is usual."""

_GAP = "   "
_TOLD = (State.SUCCEEDED, State.WARNING, State.FAILED, State.CANCELLED)
_GOOD = (State.SUCCEEDED, State.WARNING)
_HIGH_SHARE = 0.95


class Figures(NamedTuple):
    """What is usual, and how often it went well."""

    median_s: float | None
    """Half of the runs took no longer; None when none has ended."""
    p95_s: float | None
    """Nineteen of twenty took no longer."""
    finished: int
    """Runs that have ended."""
    outcomes: Mapping[State, int]
    """How many ended how."""


def seconds_of(run: Run, now: datetime) -> float | None:
    """How long a run took, or has been running; None where nothing tells.

    Args:
        run: The run.
        now: What a run that goes on is measured against.
    """
    if run.duration_s is None and run.state is State.RUNNING and run.started_at is not None:
        return max(0.0, (now - run.started_at).total_seconds())
    return run.duration_s


def figures(runs: Sequence[Run]) -> Figures:
    """The figures of these runs; what failed early says little of how long a run takes.

    Args:
        runs: In any order; those that go on are left out.
    """
    ended = [run for run in runs if run.state.is_final]
    known = [run for run in ended if run.duration_s is not None]
    good = [run for run in known if run.state in _GOOD]
    counted = good if len(good) >= _FEWEST else known
    seconds = sorted(run.duration_s for run in counted if run.duration_s is not None)
    return Figures(
        median(seconds) if seconds else None,
        seconds[math.ceil(_HIGH_SHARE * len(seconds)) - 1] if seconds else None,
        len(ended),
        Counter(run.state for run in ended),
    )


def figures_line(told: Figures, *, glyphs: GlyphSet = UNICODE, is_short: bool = False) -> Content:
    """The figures in words, so that nothing rests on a picture.

    Args:
        told: The figures.
        glyphs: The signs to draw with.
        is_short: Whether the signs alone tell the outcomes, so that the figures find room.
    """
    if not told.finished:
        return Content.styled(" no run has ended yet", "$text-muted")
    parts: list[tuple[str, str]] = [(f" {told.finished} ended", "$text-muted")]
    for state, count in ((state, told.outcomes.get(state, 0)) for state in _TOLD):
        word = "" if is_short else f" {state}"
        if count:
            parts.append((f"{_GAP}{glyphs.states[state]} {count}{word}", f"$state-{state}"))
    for name, seconds in (("median", told.median_s), ("p95", told.p95_s)):
        if seconds is not None:
            parts += [(f"{_GAP}{name} ", "$text-muted"), (format_duration(seconds), "")]
    return Content.assemble(*parts)


def run_line(
    run: Run,
    now: datetime,
    zone: tzinfo,
    longest_s: float,
    *,
    glyphs: GlyphSet = UNICODE,
    bar_width: int = BAR_WIDTH,
) -> Content:
    """One run in one line, for the list of runs.

    Args:
        run: The run.
        now: What ages are counted from.
        zone: In which zone clock times are told.
        longest_s: Seconds of the longest run listed; its bar is the widest.
        glyphs: The signs to draw with.
        bar_width: Cells of the widest bar.
    """
    seconds = seconds_of(run, now)
    started = clock_time(run.started_at, now, zone) if run.started_at is not None else "not started"
    age = format_age((now - run.started_at).total_seconds()) if run.started_at is not None else ""
    width = max(1, round(bar_width * seconds / longest_s)) if seconds and longest_s else 0
    took = format_duration(seconds) if seconds is not None else "–"
    attempt = f" attempt {run.key.attempt}" if run.key.attempt > 1 else ""
    code = f"  exit {run.exit_code}" if run.exit_code else ""
    by = f"  by {run.triggered_by}" if run.triggered_by else ""
    style = f"$state-{run.state}"
    return Content.assemble(
        (f" {glyphs.states[run.state]} ", style),
        f"{started:<16}",
        (f"{age:>4}  ", "$text-muted"),
        f"{took:>7} ",
        (f"{glyphs.bar_full * width:<{bar_width}} ", style),
        (f"{run.substate or run.state.replace('_', ' ')}", style),
        (f"{attempt}{code}{by}", "$text-muted"),
        (f"  {run.message}" if run.message else "", ""),
    )
