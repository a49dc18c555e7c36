"""The styles of the job table, taken once from the theme instead of once a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.style import Style
from textual.color import Color

from tui.ui.widgets.cells.row import Tone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.color import Color as RichColour
    from textual.widget import Widget

_COLOURS: Mapping[Tone, str] = {
    Tone.TEXT: "foreground",
    Tone.NAME: "foreground",
    Tone.GROUP: "foreground",
    Tone.MUTED: "text-muted",
    Tone.FAINT: "text-disabled",
    Tone.ACCENT: "accent",
    Tone.MARKED: "table-marked",
    Tone.PROD: "env-prod",
    Tone.STAGE: "env-stage",
    Tone.SLOW: "state-warning",
    Tone.BAR: "state-succeeded",
    Tone.PROGRESS: "table-progress",
    Tone.PROGRESS_REST: "table-progress-rest",
    Tone.TITLE: "table-header",
    Tone.TITLE_SORTED: "accent",
    Tone.QUEUED: "state-queued",
    Tone.RUNNING: "state-running",
    Tone.SUCCEEDED: "state-succeeded",
    Tone.WARNING: "state-warning",
    Tone.FAILED: "state-failed",
    Tone.CANCELLED: "state-cancelled",
    Tone.PAUSED: "state-paused",
    Tone.SCHEDULED: "state-scheduled",
    Tone.NEVER_RUN: "state-never-run",
    Tone.UNKNOWN: "state-unknown",
}
"""The variable of the theme that colours each tone."""

_WORDS = {Tone.MARKED: "style-marked", Tone.TITLE: "style-header", Tone.TITLE_SORTED: "style-header"}
"""The variable of the theme with a tone's text style, where it has one."""

_SOFT = {Tone.PROD: 0.75, Tone.STAGE: 0.75, Tone.BAR: 0.6}
"""Tones that are mixed into the background, since they stand in every row and must not shout."""

_PLAIN = frozenset({Tone.TEXT, Tone.NAME, Tone.GROUP, Tone.MUTED})


class Palette:
    """A style for every tone, on the plain background and under the cursor, fresh and stale.

    The theme is asked and not the style sheet: Textual computes some thirty component styles anew whenever
    the focus or a class changes, which would be a tenth of the time to the first paint.
    """

    def __init__(self, widget: Widget) -> None:
        """Take the colours of the theme in use.

        Args:
            widget: The table, for its background and focus.
        """
        self._variables = widget.app.theme_variables
        self._is_ansi = widget.app.native_ansi_color
        self._background = widget.background_colors[1]
        tones = {tone: self._tone(tone) for tone in Tone}
        self._group = {tone: style + Style(bgcolor=self._colour("panel")) for tone, style in tones.items()}
        band = self._band(is_focused=widget.has_focus)
        stale = Style(color=self._colour("table-stale"), **self._attributes("style-stale"))
        self.has_colours = tones[Tone.BAR].color != tones[Tone.FAILED].color
        """Whether outcomes can be told apart by their colour."""
        stale_tones = {tone: style + stale for tone, style in tones.items()}
        self._styles: Mapping[tuple[bool, bool], Mapping[Tone, Style]] = {
            (False, False): tones,
            (False, True): stale_tones,
            (True, False): _under_cursor(tones, band),
            (True, True): _under_cursor(stale_tones, band),
        }

    @property
    def group_styles(self) -> Mapping[Tone, Style]:
        """The styles by tone on the line of a group."""
        return self._group

    def styles(self, *, is_cursor: bool = False, is_stale: bool = False) -> Mapping[Tone, Style]:
        """The styles by tone."""
        return self._styles[is_cursor, is_stale]

    def _tone(self, tone: Tone) -> Style:
        attributes = self._attributes(_WORDS[tone]) if tone in _WORDS else {}
        if tone is Tone.GROUP or (self._is_ansi and tone is Tone.PROD):
            attributes["bold"] = True
        return Style(
            color=self._colour(_COLOURS[tone], _SOFT.get(tone, 1.0)),
            bgcolor=self._background.rich_color,
            **attributes,
        )

    def _band(self, *, is_focused: bool) -> Style:
        background = self._colour("table-cursor")
        if not is_focused:
            return Style(bgcolor=background)
        attributes = self._attributes("style-cursor")
        return Style(color=self._colour("table-cursor-text"), bgcolor=background, **attributes)

    def _colour(self, variable: str, share: float = 1.0) -> RichColour:
        colour = Color.parse(self._variables[variable])
        return self._background.blend(colour, share).rich_color

    def _attributes(self, variable: str) -> dict[str, Any]:
        """What a text style of the theme sets; the words are checked when the theme is read."""
        return {word: True for word in self._variables[variable].split() if word != "none"}


def _under_cursor(tones: Mapping[Tone, Style], band: Style) -> dict[Tone, Style]:
    """Plain text takes the cursor's colour; what tells something by its colour keeps it."""
    behind = Style(bgcolor=band.bgcolor) + band.without_color
    return {tone: style + (band if tone in _PLAIN else behind) for tone, style in tones.items()}
