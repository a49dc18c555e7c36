"""Fewer bytes for what is painted: strips that repeat no colour, and updates cut to the cells that changed.

Textual sets every colour anew for each segment and paints a changed cell from the left edge of its widget on.
Over a slow link that is most of what is sent: a changed cell costs four times less here, a page half.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.strip import Strip

from tui.ui.pens import NO_PEN, RESET, Pen, pen_of
from tui.ui.shown import ShownScreen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console, RenderableType
    from textual.color import Color
    from textual.filter import LineFilter
    from textual.screen import Screen
    from textual.theme import Theme

_COLOR_SYSTEMS = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
    "windows": ColorSystem.WINDOWS,
}
Span: TypeAlias = tuple[int, int, int]
"""Cells of one line: `(y, first, end)`."""

ReturnType = TypeVar("ReturnType")
"""What an app hands back when it ends."""


class RowStrip(Strip):
    """A strip that is sent with the fewest colour changes: only what differs from the segment before."""

    def render(self, console: Console) -> str:
        """The terminal sequences of the strip, kept for the next time."""
        if self._render_cache is None:
            self._render_cache = _render(self, _system(console))
        return self._render_cache

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """The parts between cuts."""
        return [_as_row_strip(part, self) for part in super().divide(cuts)]

    def apply_filter(self, filter: LineFilter, background: Color) -> Strip:  # noqa: A002 - Textual's name
        """The strip as a filter changes it."""
        return _as_row_strip(super().apply_filter(filter, background), self)


def _as_row_strip(strip: Strip, origin: Strip) -> Strip:
    return strip if strip is origin or isinstance(strip, RowStrip) else RowStrip(strip, strip.cell_length)


def _system(console: Console) -> ColorSystem:
    return _COLOR_SYSTEMS.get(console.color_system or "truecolor", ColorSystem.TRUECOLOR)


def _render(strip: Strip, system: ColorSystem) -> str:
    if any(style is not None and style.link for _, style, _ in strip):
        return "".join(
            [text if style is None else Strip.render_style(style, text, system) for text, style, _ in strip]
        )
    sequences: list[str] = []
    pen = NO_PEN
    for text, style, _ in strip:
        wanted = NO_PEN if style is None else pen_of(style, system)
        if wanted is not pen:
            if wanted.back and text.isspace() and not (pen.marks_blanks or wanted.marks_blanks):
                wanted = Pen(pen.attributes, pen.front, wanted.back)
            sequences.append(pen.sequence_to(wanted))
            pen = wanted
        sequences.append(text)
    if pen != NO_PEN:
        sequences.append(RESET)
    return "".join(sequences)


class NarrowUpdate(ChopsUpdate):
    """Paints exactly the changed spans, where Textual starts each at the left edge of its widget."""

    most: int | None = None
    """Characters after which no further span is begun; None for all spans."""
    left: Sequence[Span] = ()
    """The spans that were not painted any more."""
    shown: ShownScreen | None = None
    """What stands on the terminal, when that is known: then only what differs is sent."""

    def render_segments(self, console: Console) -> str:
        """The terminal sequences of the changed spans."""
        sequences: list[str] = []
        system = _system(console)
        sent = 0
        for number, span in enumerate(self.spans):
            if self.most is not None and sent >= self.most:
                self.left = self.spans[number:]
                break
            sequences.append(self._render_span(span, console, system))
            sent += len(sequences[-1])
        if self.shown is not None:
            sequences.append(self.shown.finish())
        return "".join(sequences)

    def _render_span(self, span: Span, console: Console, system: ColorSystem) -> str:
        y, left, right = span
        sequences: list[str] = []
        for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
            if strip is None or x >= right or end <= left:
                continue
            start = max(x, left)
            part = strip.crop(start - x, min(end, right) - x)
            if self.shown is not None:
                sequences.append(self.shown.paint(y, start, part, system))
                continue
            sequences.append(f"\x1b[{y + 1};{start + 1}H")
            sequences.append(part.render(console) if part is strip else _render(part, system))
        return "".join(sequences)


def as_spans(update: ChopsUpdate | LayoutUpdate) -> NarrowUpdate:
    """An update that can be painted in part."""
    if isinstance(update, ChopsUpdate):
        narrow = NarrowUpdate(update.chops, update.spans, update.chop_ends)
    else:
        chops, ends = [], []
        for line in update.strips:
            strips = list(line)
            stops = list(accumulate(strip.cell_length for strip in strips))
            chops.append(dict(zip((0, *stops), strips, strict=False)))
            ends.append(stops)
        spans = [(y, 0, stops[-1]) for y, stops in enumerate(ends) if stops]
        narrow = NarrowUpdate(chops, spans, ends)
    return narrow


class NarrowPaint(App[ReturnType]):
    """An app that paints no more than what changed. Where Textual paints another way, it paints as usual."""

    _parsed_theme: Theme | None = None
    _shown: ShownScreen | None = None

    def start_in(self, theme: Theme) -> None:
        """Choose the theme of the first frame, before the app runs."""
        self.register_theme(theme)
        self.theme = theme.name
        self.stylesheet.set_variables(self.get_css_variables())
        self._parsed_theme = theme

    def refresh_css(self, animate: bool = True) -> None:  # noqa: FBT001, FBT002 - Textual's form
        """Parse the style sheets for another theme; Textual would do so at the start for the first one."""
        if self.current_theme is not self._parsed_theme:
            self._parsed_theme = self.current_theme
            super().refresh_css(animate)

    def forget_screen(self) -> None:
        """Somebody else may have written on the terminal: paint every cell again."""
        self._shown = None

    def narrowed(self, screen: Screen[object], update: ChopsUpdate | LayoutUpdate) -> NarrowUpdate:
        """An update that sends no more than what differs from what stands on the terminal."""
        narrow = as_spans(update)
        if self._shown is None or self._shown.size != screen.size:
            self._shown = ShownScreen(*screen.size)
        narrow.shown = self._shown
        return narrow

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if type(renderable) is ChopsUpdate or type(renderable) is LayoutUpdate:
            renderable = self.narrowed(screen, renderable)
        super()._display(screen, renderable)
