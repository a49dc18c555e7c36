"""How long a job's runs took, drawn as columns over time with the usual durations across them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import plotext
from textual.content import Content

from tui.core.duration import format_duration
from tui.core.state import State
from tui.ui.moments import clock_time
from tui.ui.widgets.run_lines import seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from tui.core.models import Run
    from tui.ui.glyphs import GlyphSet
    from tui.ui.widgets.run_lines import Figures

NARROWEST, LOWEST = 30, 8
"""Cells and lines under which a chart tells less than a list."""

_LABELS = 7
"""Cells left of the axis."""
_AXIS = _LABELS + 1
_WIDEST_SLOT = 8
_HEADROOM = 2
"""Lines over the highest column, for its sign and for the mark of the picked run."""
_BELOW = 2
_TIME_ROOM = 14
_STATES = tuple(State)
_MEDIAN, _HIGH, _PICKED, _FIRST_STATE = 1, 2, 3, 16
_STYLES = {_MEDIAN: "$accent", _HIGH: "$text-muted", _PICKED: "bold $accent"} | {
    _FIRST_STATE + index: f"$state-{state}" for index, state in enumerate(_STATES)
}
"""What plotext's colour numbers stand for: they are put in as tags and taken out as styles of the theme."""

_SGR = re.compile(r"\x1b\[([\d;]*)m")


class Chart(NamedTuple):
    """A picture, and what is where in it."""

    lines: Sequence[Content]
    """Top to bottom."""
    columns: Mapping[int, int]
    """Which run, by its place among those given, stands in a column of the screen."""


class _Bar(NamedTuple):
    place: int
    run: Run
    seconds: float


def draw_chart(
    runs: Sequence[Run],
    told: Figures,
    size: tuple[int, int],
    picked: int,
    now: datetime,
    zone: tzinfo,
    glyphs: GlyphSet,
) -> Chart | None:
    """The newest runs that have room, the newest at the right; None where a list tells more.

    Args:
        runs: Newest first.
        told: Their figures.
        size: Cells and lines.
        picked: Which of them is marked.
        now: What a run that goes on is measured against.
        zone: In which zone clock times are told.
        glyphs: The signs to draw with; a set without heights can't draw it.
    """
    width, height = size
    bars = [
        _Bar(index, run, seconds)
        for index, run in enumerate(runs)
        if (seconds := seconds_of(run, now)) is not None
    ]
    if width < NARROWEST or height < LOWEST or len(bars) <= 1 or not glyphs.heights:
        return None
    bars = bars[: (width - _AXIS) // 2][::-1]
    slot = min(_WIDEST_SLOT, (width - _AXIS) // len(bars))
    times = _times(bars, slot, now, zone)
    picture = _picture(bars, told, slot, height, picked, times, glyphs)
    # The last line is ours: where plotext puts a label is another place in another process.
    lines = [*map(_styled, picture[: height - 1]), _axis(times, slot, width)]
    columns = {
        _AXIS + column * slot + cell: bar.place for column, bar in enumerate(bars) for cell in range(slot - 1)
    }
    return Chart(lines, columns)


def _picture(
    bars: Sequence[_Bar],
    told: Figures,
    slot: int,
    height: int,
    picked: int,
    times: Iterable[int],
    glyphs: GlyphSet,
) -> Sequence[str]:
    """The lines as plotext makes them, from the first to the last in one go: its figure is everybody's."""
    cells, rows = slot * len(bars), height - _BELOW
    top = max(bar.seconds for bar in bars) or 1.0
    scale = (rows - _HEADROOM) / top
    _begin((_AXIS + cells, height), cells, rows)
    _draw_lines(told, cells, scale, top)
    for column, bar in enumerate(bars):
        _draw_bar(bar, 1 + column * slot, slot - 1, scale, glyphs, is_picked=bar.place == picked)
    ticks = [1 + column * slot for column in times]
    plotext.xticks(ticks, [" "] * len(ticks))
    picture: str = plotext.build()
    plotext.clear_figure()
    return picture.rstrip("\n").split("\n")


def _begin(size: tuple[int, int], cells: int, rows: int) -> None:
    """An empty figure whose coordinates are the cells of its canvas; plotext has one for all that draw."""
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.limit_size(width=False, height=False)
    plotext.plotsize(*size)
    plotext.xlim(1, cells)
    plotext.ylim(1, rows)
    plotext.xaxes(lower=True, upper=False)
    plotext.yaxes(left=True, right=False)


def _draw_lines(told: Figures, cells: int, scale: float, top: float) -> None:
    """Median and 95th percentile across, told at the left as far as each has a line of its own."""
    labels: dict[int, str] = {max(1, round(top * scale)): format_duration(top)}
    for seconds, marker, colour in ((told.p95_s, "┄", _HIGH), (told.median_s, "─", _MEDIAN)):
        if seconds is None or seconds > top:
            continue
        row = max(1, round(seconds * scale))
        plotext.plot([1, cells], [row, row], marker=marker, color=colour)
        labels[row] = format_duration(seconds)
    plotext.yticks(list(labels), [f"{label:>{_LABELS}}" for label in labels.values()])


def _draw_bar(bar: _Bar, x: int, width: int, scale: float, glyphs: GlyphSet, *, is_picked: bool) -> None:
    """A column in the colour of its outcome, its sign above it unless it went well."""
    colour = _FIRST_STATE + _STATES.index(bar.run.state)
    eighths = max(1, round(bar.seconds * scale * len(glyphs.heights)))
    full, rest = divmod(eighths, len(glyphs.heights))
    for column in range(x, x + width):
        if full:
            plotext.plot([column, column], [1, full], marker=glyphs.heights[-1], color=colour)
        if rest:
            plotext.scatter([column], [full + 1], marker=glyphs.heights[rest - 1], color=colour)
    row = full + bool(rest) + 1
    if bar.run.state is not State.SUCCEEDED:
        plotext.scatter([x], [row], marker=glyphs.states[bar.run.state], color=colour)
        row += 1
    if is_picked:
        plotext.scatter([x], [row], marker=glyphs.descending, color=_PICKED)


def _times(bars: Sequence[_Bar], slot: int, now: datetime, zone: tzinfo) -> Mapping[int, str]:
    """When the runs of some columns began: as many as have room beside each other, the newest among them."""
    step = max(1, -(-_TIME_ROOM // slot))
    begun = {column: bars[column].run.started_at for column in range(len(bars) - 1, -1, -step)}
    return {
        column: clock_time(moment, now, zone)
        for column, moment in reversed(begun.items())
        if moment is not None
    }


def _axis(times: Mapping[int, str], slot: int, width: int) -> Content:
    """The times below their columns, oldest first."""
    line = ""
    for column, time in times.items():
        start = max(0, min(_AXIS + column * slot - len(time) // 2, width - len(time)))
        if start > len(line) or not line:
            line = f"{line:<{start}}{time}"
    return Content.styled(line, "$text-muted")


def _styled(line: str) -> Content:
    return Content.assemble(*_pieces(line))


def _pieces(line: str) -> Iterator[tuple[str, str]]:
    style, start = "$text-disabled", 0
    for match in _SGR.finditer(line):
        if match.start() > start:
            yield line[start : match.start()], style
        number = match[1].rpartition(";")[2]
        style = _STYLES.get(int(number), "$text-muted") if number else "$text-muted"
        start = match.end()
    if start < len(line):
        yield line[start:], style
