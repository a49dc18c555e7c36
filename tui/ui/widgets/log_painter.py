"""Draws lines of a log: number, time, level, colours of its own, what is searched for."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual.content import Content
from textual.style import Style

from tui.core.duration import format_duration
from tui.logs import shown_times
from tui.logs.gaps import Gaps
from tui.logs.levels import level_of
from tui.logs.pretty import spread
from tui.ui.legible import legible
from tui.ui.log_colours import coloured
from tui.ui.widgets.cells.text import head
from tui.ui.widgets.content_line import painted_cells
from tui.ui.widgets.line_widget import PaintedLine
from tui.ui.widgets.log_look import LogLook, TimeMode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from textual.widget import Widget

    from tui.logs.document import LogDocument
    from tui.logs.folding import Trace
    from tui.logs.timestamps import LineTimes
    from tui.ui.glyphs import GlyphSet
    from tui.ui.widgets.line_widget import PaintedCell
    from tui.ui.widgets.log_window import Place

HIGHLIGHTS = 5
"""Colours of highlights that stay; further ones begin again."""

_KEPT = 300
_TIME_WIDTH = 8
_NARROWEST = 10
_EDGE = 1


class LineRows(NamedTuple):
    """A line as rows of the screen."""

    gap_s: float
    """Seconds since the line before, told in a row of their own; 0 when there is none."""
    rows: Sequence[Content]
    """The rows, from the top; a single one while lines are not wrapped."""
    level: str
    """How serious the line is; empty when it doesn't tell."""
    has_colours: bool
    """Whether the line has colours of its own."""


class LogPainter:
    """Knows how many rows a line takes, and draws each."""

    def __init__(
        self, widget: Widget, document: LogDocument, times: LineTimes, zone: tzinfo, glyphs: GlyphSet
    ) -> None:
        """Draw the lines of a document.

        Args:
            widget: Whose styles count.
            document: The log.
            times: What recognises the times of its lines.
            zone: The zone of clock times.
            glyphs: The signs to draw with.
        """
        self.look = LogLook()
        """How lines are shown; call `forget` after a change."""
        self.width = 0
        """Cells of a row."""
        self._widget = widget
        self._document = document
        self._times = times
        self._zone = zone
        self._glyphs = glyphs
        self._gaps = Gaps(document, times)
        self._lines: OrderedDict[int, LineRows] = OrderedDict()
        self._styles: dict[tuple[str, ...], Style] = {}
        self._numbers: dict[int, int] = {}
        self._drawn: OrderedDict[tuple[object, ...], PaintedLine] = OrderedDict()
        self._digits = 1
        self._origin: datetime | None = None

    @property
    def gutter(self) -> int:
        """Cells before the text: the mark, and the number."""
        return self._digits + 3 if self.look.has_numbers else 1

    @property
    def room(self) -> int:
        """Cells for the text."""
        return max(_NARROWEST, self.width - self.gutter - _EDGE)

    def measure(self) -> None:
        """Find out how much room numbers take; while lines are counted it is guessed, so as not to grow."""
        document = self._document
        lines = document.lines
        if not document.is_indexed:
            share = document.index.progress
            lines = int(lines / share) if share > 0 else document.size // 100
        digits = len(f"{max(lines, 1):,}")
        if digits != self._digits:
            self._digits = digits
            self.forget()

    def forget(self) -> None:
        """The look has changed."""
        self._lines.clear()
        self._drawn.clear()

    def forget_from(self, start: int) -> None:
        """The log has grown: lines from here on may have changed."""
        for line in [line for line in self._lines if line >= start]:
            del self._lines[line]
        self._drawn.clear()

    def start_over(self) -> None:
        """The log was written anew."""
        self._gaps = Gaps(self._document, self._times)
        self._origin = None
        self.forget()
        self._numbers.clear()

    def restyle(self) -> None:
        """The theme has changed: the styles of lines that were made don't count any more."""
        self._styles.clear()
        self.forget()

    def rows_of(self, line: int) -> int:
        """How many rows a line takes."""
        rows = self._line(line)
        return len(rows.rows) + (rows.gap_s > 0)

    def longest(self, places: Sequence[Place]) -> int:
        """Cells of the longest text among some rows."""
        return max((self._line(place.line).rows[0].cell_length for place in places), default=0)

    def draw(
        self, place: Place, fold: Trace | None, thumb: str, *, is_cursor: bool, has_focus: bool = True
    ) -> PaintedLine:
        """One row of the screen.

        Args:
            place: What it shows.
            fold: The trace that is folded into its line.
            thumb: What stands at the right edge.
            is_cursor: Whether the reader is on the line.
            has_focus: Whether keys go here.
        """
        ground = self._ground(place.line, is_cursor=is_cursor, has_focus=has_focus)
        number = self._number_cell(place, is_cursor=is_cursor)
        key = (place, number, thumb, ground, self.look.side, fold)
        known = self._drawn.get(key)
        if known is None:
            known = self._drawn[key] = self._draw(place, number, thumb, ground, fold)
            if len(self._drawn) > _KEPT:
                self._drawn.popitem(last=False)
        return known

    def _draw(
        self, place: Place, number: str, thumb: str, ground: tuple[str, ...], fold: Trace | None
    ) -> PaintedLine:
        line = self._line(place.line)
        part = place.part - (line.gap_s > 0)
        if part < 0:
            return self._gap(line.gap_s, thumb)
        base = self._style(*([f"log--{line.level}"] if line.level else []), *ground)
        shown = line.rows[min(part, len(line.rows) - 1)]
        if self.look.side and len(line.rows) == 1:
            shown = _without_left(shown, self.look.side)
        if fold is not None:
            shown = Content.styled(f"{self._glyphs.folded} {fold.lines} lines: ", "dim") + _without_left(
                shown, len(shown.plain) - len(shown.plain.lstrip())
            )
        cells: list[PaintedCell] = [((number, self._style("log--number", *ground).rich_style),)]
        painted = painted_cells(self._widget, _beginning(shown, self.room + 1), base, self.room, self._glyphs)
        if line.has_colours:
            painted = [tuple((text, legible(style)) for text, style in cell) for cell in painted]
        cells += painted
        cells.append(((thumb, self._style("log--edge").rich_style),))
        return PaintedLine(tuple(cells))

    def _line(self, start: int) -> LineRows:
        known = self._lines.get(start)
        if known is None:
            known = self._lines[start] = self._make(start)
            if len(self._lines) > _KEPT:
                self._lines.popitem(last=False)
        return known

    def _make(self, start: int) -> LineRows:
        text = self._document.text(start)
        has_colours = "\x1b" in text
        content = coloured(text, self._widget.app.ansi_theme) if has_colours else Content(text)
        plain = content.plain
        gap = self._gaps.before(start)
        level = level_of(plain)
        is_turned = start in self.look.turned
        pretty = spread(plain) if self.look.is_spread is not is_turned else ()
        if pretty:
            rows = [part for row in pretty for part in _wrapped(self._marked(Content(row)), self.room)]
        else:
            content = self._marked(self._timed(content))
            rows = _wrapped(content, self.room) if self.look.is_wrapped is not is_turned else [content]
        return LineRows(gap.total_seconds() if gap is not None else 0.0, rows, level or "", has_colours)

    def _timed(self, content: Content) -> Content:
        """The line with its time as it is wanted."""
        stamp = self._times.found(content.plain)
        if stamp is None:
            return content
        mode = self.look.times
        if mode is TimeMode.WRITTEN:
            return content.stylize_before(self._style_text("log--time"), stamp.start, stamp.end)
        before, after = content[: stamp.start], content[stamp.end :]
        if mode is TimeMode.HIDDEN:
            return before + after
        way = shown_times.TimeMode.CLOCK if mode is TimeMode.CLOCK else shown_times.TimeMode.SINCE
        told = shown_times.shown(stamp.at, way, zone=self._zone, reference=self._first_time(stamp.at))
        time = Content.styled(f"{told:>{_TIME_WIDTH}} ", self._style_text("log--time"))
        return before + time + after

    def _first_time(self, fallback: datetime) -> datetime:
        """The first time that the log tells in its first lines."""
        if self._origin is None:
            line, looked = self._document.first, 0
            while line is not None and looked < _KEPT and self._origin is None:
                stamp = self._times.found(self._document.plain(line))
                self._origin = stamp.at if stamp is not None else None
                line, looked = self._document.after(line), looked + 1
        return self._origin or fallback

    def _marked(self, content: Content) -> Content:
        """The text with what is highlighted and searched for."""
        for number, highlight in enumerate(self.look.highlights):
            style = self._style_text(f"log--highlight-{number % HIGHLIGHTS + 1}")
            for start, end in highlight.spans(content.plain):
                content = content.stylize(style, start, end)
        if self.look.search is not None:
            style = self._style_text("log--match")
            for start, end in self.look.search.spans(content.plain):
                content = content.stylize(style, start, end)
        return content

    def _gap(self, seconds: float, thumb: str) -> PaintedLine:
        style = self._style("log--gap")
        told = Content(f"{' ' * (self.gutter - 1)}{self._glyphs.dash * 2} {format_duration(seconds)} later")
        cells = list(painted_cells(self._widget, told, style, self.width - _EDGE, self._glyphs))
        cells.append(((thumb, self._style("log--edge").rich_style),))
        return PaintedLine(tuple(cells))

    def _ground(self, line: int, *, is_cursor: bool, has_focus: bool) -> tuple[str, ...]:
        chosen = self.look.selection
        is_selected = chosen is not None and chosen[0] <= line <= chosen[1]
        if is_cursor and (has_focus or not is_selected):
            return ("log--cursor",)
        return ("log--selected",) if is_selected else ()

    def _number_cell(self, place: Place, *, is_cursor: bool) -> str:
        line = place.line
        mark = self._glyphs.cursor if is_cursor else self._glyphs.mark if line in self.look.bookmarks else " "
        if is_cursor and line in self.look.bookmarks:
            mark = self._glyphs.mark
        if not self.look.has_numbers:
            return mark
        if place.part > (self._line(line).gap_s > 0):
            return f"{mark}{'':>{self._digits}}  "
        number = self._number(line)
        told = self._glyphs.dot if number is None else f"{number + 1:,}"
        return f"{mark}{told:>{self._digits}}  "

    def _number(self, line: int) -> int | None:
        known = self._numbers.get(line)
        if known is None:
            known = self._number_beside(line)
            if known is not None:
                if len(self._numbers) > _KEPT:
                    self._numbers.clear()
                self._numbers[line] = known
        return known

    def _number_beside(self, line: int) -> int | None:
        """The number of a line by that of its neighbour, else counted in its block, which takes longer."""
        document = self._document
        before = document.before(line)
        if before is not None and before in self._numbers:
            return self._numbers[before] + 1
        after = document.after(line)
        if after is not None and after in self._numbers:
            return self._numbers[after] - 1
        return document.number(line)

    def _style(self, *classes: str) -> Style:
        known = self._styles.get(classes)
        if known is None:
            known = self._styles[classes] = self._widget.get_visual_style(*classes)
        return known

    def _style_text(self, name: str) -> Style:
        """The style of a part of a line, which leaves what it doesn't set as the line has it."""
        known = self._styles.get(("", name))
        if known is None:
            # Textual's own partial styles lose their background.
            rules = self._widget.get_component_styles(name)
            has_ground = rules.has_rule("background")
            known = self._styles["", name] = Style(
                background=rules.background if has_ground else None,
                foreground=rules.color if rules.has_rule("color") else None,
                reverse=False if has_ground else None,
            )
        return known


def _wrapped(content: Content, room: int) -> list[Content]:
    """A text in pieces that fit."""
    pieces, start, rest = [], 0, content.plain
    while (length := len(head(rest, room))) < len(rest):
        pieces.append(content[start : start + length])
        start, rest = start + length, rest[length:]
    return [*pieces, content[start:] if start else content]


def _beginning(content: Content, cells: int) -> Content:
    """At least so many cells of a text from its left, and hardly more of a long one."""
    plain = content.plain
    # The last character may be a wide one.
    return content if len(plain) <= cells else content[: len(head(plain, cells + 1))]


def _without_left(content: Content, cells: int) -> Content:
    """A text without so many cells at its left."""
    plain = content.plain
    if plain.isascii():
        return content[cells:]
    gone = 0
    for index, character in enumerate(plain):
        if gone >= cells:
            return content[index:]
        gone += cell_len(character)
    return content[len(plain) :]
