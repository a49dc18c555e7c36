"""How the last runs went: one bar a run, its height the duration, its colour the outcome."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from tui.core.state import State
from tui.ui.widgets.cells.row import STATE_TONES, Tone
from tui.ui.widgets.cells.text import fit
from tui.ui.widgets.cells.times import is_service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.models import Trend
    from tui.ui.glyphs import GlyphSet
    from tui.ui.widgets.cells.row import Cell, Row

_USUAL_SHARE = 1 / 7
"""Height of a run that took as long as usual: a steady job shows a calm low line."""

_TALLEST = 2.5
"""A run that took this many times the usual has a full bar."""


def draw_trend(row: Row, width: int) -> Cell:
    """The strip, newest run on the right."""
    glyphs, trend = row.look.glyphs, row.trend
    if trend is None or not trend.outcomes:
        text = "service" if is_service(row) else glyphs.dash
        tone = Tone.MUTED if is_service(row) else Tone.FAINT
        return ((fit(text, width, glyphs.ellipsis), tone),)
    return _strip(trend, width, glyphs, shows_outcomes=row.look.shows_outcomes or not glyphs.heights)


@lru_cache(maxsize=2048)
def _strip(trend: Trend, width: int, glyphs: GlyphSet, *, shows_outcomes: bool) -> Cell:
    outcomes = trend.outcomes[-width:]
    signs = glyphs.outcome_strip(outcomes) if shows_outcomes else _bars(trend, len(outcomes), glyphs)
    padding = width - len(signs)
    cell = [(" " * padding, Tone.BAR)] if padding else []
    tones = (_tone(outcome) for outcome in outcomes)
    for tone, pieces in groupby(zip(tones, signs, strict=False), key=lambda pair: pair[0]):
        cell.append(("".join(sign for _, sign in pieces), tone))
    return tuple(cell)


def _bars(trend: Trend, count: int, glyphs: GlyphSet) -> str:
    known = len(trend.durations_s)
    durations: Sequence[float] = (*trend.durations_s, *(0.0,) * (len(trend.outcomes) - known))[-count:]
    usual = trend.usual_s
    if not usual:
        from statistics import median

        usual = median(durations)
    return "".join(glyphs.height(_share(duration, usual)) for duration in durations)


def _share(duration: float, usual: float) -> float:
    """The height of a bar: what is more than usual stands out, what is less sinks to the ground."""
    if usual <= 0:
        return 1.0 if duration > 0 else 0.0
    return _USUAL_SHARE + (duration / usual - 1) * (1 - _USUAL_SHARE) / (_TALLEST - 1)


def _tone(outcome: State) -> Tone:
    return Tone.BAR if outcome is State.SUCCEEDED else STATE_TONES[outcome]
