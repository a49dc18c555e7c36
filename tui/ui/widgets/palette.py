"""The styles of the job table, taken once from the style sheet instead of once a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style

from tui.ui.widgets.cells.row import Tone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.widget import Widget

PREFIX = "job-table--"
"""What the table's component classes start with."""

COMPONENT_CLASSES = frozenset(
    {f"{PREFIX}{tone.value}" for tone in Tone} | {f"{PREFIX}cursor", f"{PREFIX}stale"}
)
"""Every part of the table that a style sheet can reach."""

_PLAIN = frozenset({Tone.TEXT, Tone.NAME, Tone.MUTED})

TABLE_CSS = """
JobTable {
    height: 1fr;
    background: $background;
    color: $foreground;

    & > .job-table--text { color: $foreground; }
    & > .job-table--name { color: $foreground; }
    & > .job-table--muted { color: $text-muted; }
    & > .job-table--faint { color: $text-disabled; }
    & > .job-table--accent { color: $accent; }
    & > .job-table--marked { color: $table-marked; text-style: $style-marked; }
    & > .job-table--prod { color: $env-prod 75%; }
    & > .job-table--stage { color: $env-stage 75%; }
    & > .job-table--slow { color: $state-warning; }
    & > .job-table--bar { color: $state-succeeded 60%; }
    &:ansi > .job-table--bar { color: $state-succeeded; }
    &:ansi > .job-table--prod { color: $env-prod; text-style: bold; }
    &:ansi > .job-table--stage { color: $env-stage; }
    & > .job-table--progress { color: $table-progress; }
    & > .job-table--progress-rest { color: $table-progress-rest; }
    & > .job-table--title { color: $table-header; text-style: $style-header; }
    & > .job-table--title-sorted { color: $accent; text-style: $style-header; }
    & > .job-table--queued { color: $state-queued; }
    & > .job-table--running { color: $state-running; }
    & > .job-table--succeeded { color: $state-succeeded; }
    & > .job-table--warning { color: $state-warning; }
    & > .job-table--failed { color: $state-failed; }
    & > .job-table--cancelled { color: $state-cancelled; }
    & > .job-table--paused { color: $state-paused; }
    & > .job-table--scheduled { color: $state-scheduled; }
    & > .job-table--never-run { color: $state-never_run; }
    & > .job-table--unknown { color: $state-unknown; }
    & > .job-table--stale { color: $table-stale; text-style: $style-stale; }
    & > .job-table--cursor { background: $table-cursor; }
    &:focus > .job-table--cursor {
        background: $table-cursor; color: $table-cursor-text; text-style: $style-cursor;
    }
}
"""
"""The table's default style sheet; every colour is a variable of the theme."""


class Palette:
    """A style for every tone, on the plain background and under the cursor, fresh and stale."""

    def __init__(self, widget: Widget) -> None:
        """Ask the widget's style sheet for every component."""
        tones = {tone: widget.get_component_rich_style(f"{PREFIX}{tone.value}") for tone in Tone}
        band = _own_style(widget, f"{PREFIX}cursor")
        stale = _own_style(widget, f"{PREFIX}stale")
        self.has_colours = tones[Tone.BAR].color != tones[Tone.FAILED].color
        """Whether outcomes can be told apart by their colour."""
        stale_tones = {tone: style + stale for tone, style in tones.items()}
        self._styles: Mapping[tuple[bool, bool], Mapping[Tone, Style]] = {
            (False, False): tones,
            (False, True): stale_tones,
            (True, False): _under_cursor(tones, band),
            (True, True): _under_cursor(stale_tones, band),
        }

    def styles(self, *, is_cursor: bool = False, is_stale: bool = False) -> Mapping[Tone, Style]:
        """The styles by tone."""
        return self._styles[is_cursor, is_stale]


def _own_style(widget: Widget, name: str) -> Style:
    """What a component sets by itself: its colours, and attributes only where it has some."""
    style = widget.get_component_rich_style(name, partial=True)
    return Style(
        color=style.color,
        bgcolor=style.bgcolor,
        bold=style.bold or None,
        dim=style.dim or None,
        italic=style.italic or None,
        underline=style.underline or None,
        reverse=style.reverse or None,
    )


def _under_cursor(tones: Mapping[Tone, Style], band: Style) -> dict[Tone, Style]:
    """Plain text takes the cursor's colour; what tells something by its colour keeps it."""
    behind = Style(bgcolor=band.bgcolor) + band.without_color
    return {tone: style + (band if tone in _PLAIN else behind) for tone, style in tones.items()}
