"""Fewer bytes for what is painted: strips that repeat no colour, and updates cut to the cells that changed.

Textual sets every colour anew for each segment and paints a changed cell from the left edge of its widget on.
Over a slow link that is most of what is sent: a changed cell costs four times less here, a page half.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console, RenderableType
    from rich.style import Style
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

_RESET = "\x1b[m"
_DEFAULT_FRONT = "39"
_DEFAULT_BACK = "49"
_SEEN_ON_BLANKS = ("4", "7", "9", "21", "53")


class _Pen(NamedTuple):
    """What the terminal has been told to write with: SGR parameters, empty for the terminal's own."""

    attributes: str = ""
    front: str = ""
    back: str = ""
    marks_blanks: bool = False

    def sequence_to(self, other: _Pen) -> str:
        """The shortest sequence that turns this pen into another; empty when they write alike."""
        anew = ";".join(filter(None, ("0", other.attributes, other.front, other.back)))
        if self.attributes and self.attributes != other.attributes:
            return _sgr(anew)
        changes: list[str] = []
        if other.attributes != self.attributes:
            changes.append(other.attributes)
        if other.front != self.front:
            changes.append(other.front or _DEFAULT_FRONT)
        if other.back != self.back:
            changes.append(other.back or _DEFAULT_BACK)
        return _sgr(min(";".join(changes), anew, key=len)) if changes else ""


def _sgr(parameters: str) -> str:
    return _RESET if parameters == "0" else f"\x1b[{parameters}m"


_NO_PEN = _Pen()


@lru_cache(maxsize=4096)
def _pen(style: Style, system: ColorSystem) -> _Pen:
    flags = {
        "1": style.bold,
        "2": style.dim,
        "3": style.italic,
        "4": style.underline,
        "5": style.blink,
        "7": style.reverse,
        "8": style.conceal,
        "9": style.strike,
        "21": style.underline2,
        "53": style.overline,
    }
    front = ";".join(style.color.downgrade(system).get_ansi_codes()) if style.color else ""
    back = ";".join(style.bgcolor.downgrade(system).get_ansi_codes(foreground=False)) if style.bgcolor else ""
    return _Pen(
        ";".join(code for code, is_set in flags.items() if is_set),
        front,
        back,
        any(flags[code] for code in _SEEN_ON_BLANKS),
    )


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
    pen = _NO_PEN
    for text, style, _ in strip:
        wanted = _NO_PEN if style is None else _pen(style, system)
        if wanted is not pen:
            if wanted.back and text.isspace() and not (pen.marks_blanks or wanted.marks_blanks):
                wanted = _Pen(pen.attributes, pen.front, wanted.back)
            sequences.append(pen.sequence_to(wanted))
            pen = wanted
        sequences.append(text)
    if pen != _NO_PEN:
        sequences.append(_RESET)
    return "".join(sequences)


class NarrowUpdate(ChopsUpdate):
    """Paints exactly the changed spans, where Textual starts each at the left edge of its widget."""

    most: int | None = None
    """Characters after which no further span is begun; None for all spans."""
    left: Sequence[Span] = ()
    """The spans that were not painted any more."""

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
        return "".join(sequences)

    def _render_span(self, span: Span, console: Console, system: ColorSystem) -> str:
        y, left, right = span
        sequences: list[str] = []
        for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
            if strip is None or x >= right or end <= left:
                continue
            start = max(x, left)
            part = strip.crop(start - x, min(end, right) - x)
            sequences.append(f"\x1b[{y + 1};{start + 1}H")
            sequences.append(part.render(console) if part is strip else _render(part, system))
        return "".join(sequences)


def as_spans(update: ChopsUpdate | LayoutUpdate, most: int) -> NarrowUpdate:
    """An update that can be painted in part.

    Args:
        update: As Textual made it.
        most: Characters after which no further span is begun.
    """
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
    narrow.most = most
    return narrow


class NarrowPaint(App[ReturnType]):
    """An app that paints no more than what changed. Where Textual paints another way, it paints as usual."""

    _parsed_theme: Theme | None = None

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

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if type(renderable) is ChopsUpdate:
            renderable = NarrowUpdate(renderable.chops, renderable.spans, renderable.chop_ends)
        super()._display(screen, renderable)
