"""Turns rows of the source into painted lines: header, jobs, and what is said when there is none."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tui.engine.columns import DEFAULT_ORDER
from tui.ui.widgets.cells.identity import GUTTER_WIDTH, draw_gutter
from tui.ui.widgets.cells.row import Look, Row, Tone
from tui.ui.widgets.cells.text import fit, width_of
from tui.ui.widgets.cells.times import steady_s
from tui.ui.widgets.columns import EDGE_WIDTH, GAP, arrange, heading, known_columns, tailored
from tui.ui.widgets.line_widget import PaintedLine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.style import Style

    from tui.core.keys import JobKey
    from tui.core.models import Job, Receipt, Trend
    from tui.engine.columns import SortOrder
    from tui.engine.groups import Group
    from tui.ui.widgets.cells.row import Cell
    from tui.ui.widgets.columns import Place, TableColumn
    from tui.ui.widgets.line_widget import PaintedCell
    from tui.ui.widgets.palette import Palette
    from tui.ui.widgets.table_source import TableSource

_MOST_KEPT = 1000
"""Drawn rows that are kept: a few screens, so that scrolling to and fro draws nothing twice."""

_FACTS_WIDTH = 44
"""Cells that a cause leaves for how many jobs and systems it is on, and since when."""

_SORT_SIGNS = 2
"""Columns of the order that are marked: a third only decides among equals."""

_BAND = frozenset({"name", "connection"})
"""The leading columns that the cursor's band covers. A band over the whole line would double what a cursor
key sends over the wire; the mark at the right edge leads the eye instead."""


class _Facts(NamedTuple):
    """What a drawn row depends on; the same facts look the same."""

    job: Job
    trend: Trend | None
    receipt: Receipt | None
    is_stale: bool
    is_cursor: bool
    is_marked: bool
    is_watched: bool
    first_error: str

    def are_same(self, other: _Facts) -> bool:
        """Whether nothing was replaced since; comparing identities is enough, for all of them are frozen."""
        return (
            self.job is other.job
            and self.trend is other.trend
            and self.receipt is other.receipt
            and self.is_stale == other.is_stale
            and self.is_cursor == other.is_cursor
            and self.is_marked == other.is_marked
            and self.is_watched == other.is_watched
            and self.first_error == other.first_error
        )


class _Kept(NamedTuple):
    """A row as it was drawn last."""

    facts: _Facts
    until: datetime
    """When it may read differently although the facts are the same."""
    cells: tuple[PaintedCell, ...]


class RowPainter:
    """Knows the columns' places and the styles, and draws lines with them."""

    def __init__(self, source: TableSource) -> None:
        """Draw rows of a source."""
        self.source = source
        self.look = Look()
        self.now: datetime = source.now
        self.places: tuple[Place, ...] = ()
        self._palette: Palette | None = None
        self._width = 0
        self._kept: dict[JobKey, _Kept] = {}
        self._widths: tuple[int, ...] = ()
        self._tells_observation = False

    def set_source(self, source: TableSource) -> None:
        """Draw rows of another source."""
        self.source = source
        self.set_now(source.now)

    def set_now(self, now: datetime) -> None:
        """Count ages from this moment on."""
        self.now = now

    def set_look(self, look: Look) -> None:
        """Draw in another manner."""
        self.look = look
        self._kept.clear()

    def set_coarse(self, is_coarse: bool) -> None:  # noqa: FBT001 - the value is the message
        """Draw what grows bit by bit in few steps, or in as many as there are."""
        if is_coarse != self.look.is_coarse:
            self.set_look(self.look._replace(is_coarse=is_coarse))

    def set_palette(self, palette: Palette) -> None:
        """Draw in other colours."""
        self._palette = palette
        self._kept.clear()

    def arrange(self, columns: Sequence[str], width: int, *, skipped: int, is_wide: bool) -> None:
        """Share the width among these columns."""
        longest = max(map(width_of, self.source.health), default=0)
        wanted = tailored(
            known_columns(columns), width, is_absolute=self.look.is_absolute, connection_width=longest
        )
        self._width = width
        self.places = arrange(wanted, width, skipped=skipped, is_wide=is_wide)
        self._tells_observation = any(place.column.id == "age" for place in self.places)
        self._widths = (GUTTER_WIDTH, *(place.width + GAP for place in self.places), EDGE_WIDTH)
        self._kept.clear()

    @property
    def column_ids(self) -> Sequence[str]:
        """The columns on the screen, from the left."""
        return ("state", *(place.column.id for place in self.places))

    def column_at(self, x: int) -> str:
        """Id of the column at a cell of the line; the state before the first."""
        found = "state"
        for place in self.places:
            if x >= place.x:
                found = place.column.id
        return found

    def header(self, order: SortOrder) -> PaintedLine:
        """The titles, with a mark at those that the rows are sorted by; the first one stands out.

        Of the usual order only the first is marked: what follows is nothing that anybody chose.
        """
        glyphs = self.look.glyphs
        terms = order.terms[: 1 if order == DEFAULT_ORDER else _SORT_SIGNS]
        has_ranks = len(terms) > 1
        signs = {
            term.column: (glyphs.descending if term.is_descending else glyphs.ascending)
            + (str(rank) if has_ranks else "")
            for rank, term in enumerate(terms, 1)
        }
        first = order.terms[0].column if order.terms else ""
        state_tone = Tone.TITLE_SORTED if first == "state" else Tone.TITLE
        cells: list[Cell] = [((f" {signs.get('state', '')}".ljust(GUTTER_WIDTH), state_tone),)]
        for place in self.places:
            column, sign = place.column, signs.get(place.column.id, "")
            tone = Tone.TITLE_SORTED if column.id == first else Tone.TITLE
            room = place.width + GAP - 1
            text = heading(column.title, self._zone_of(column), sign, room, glyphs.ellipsis)
            text = text.rjust(place.width) if column.is_right else text
            cells.append(((fit(text, room, glyphs.ellipsis) + " ", tone),))
        return self._line(cells, edge=(" " * EDGE_WIDTH, Tone.TITLE))

    def row(self, key: JobKey, *, is_cursor: bool, is_marked: bool, has_thumb: bool) -> PaintedLine:
        """A job's line; an empty one when the job has vanished and the rows don't know yet."""
        job = self.source.job(key)
        if job is None:
            return self.blank()
        source = self.source
        facts = _Facts(
            job,
            source.trend(key),
            source.receipt(key),
            source.is_stale(key),
            is_cursor,
            is_marked,
            source.is_watched(key),
            source.first_error(key),
        )
        kept = self._kept.get(key)
        is_same = kept is not None and facts.are_same(kept.facts)
        if kept is None or not is_same or kept.until <= self.now:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            kept = self._kept[key] = self._draw(facts, kept.cells if kept is not None and is_same else ())
        edge_tone = Tone.ACCENT if is_cursor else Tone.FAINT
        edge_sign = self.look.glyphs.thumb if is_cursor or has_thumb else " "
        styles = self._styles()
        return PaintedLine((*kept.cells, ((edge_sign, styles[edge_tone]),)), self._widths)

    def group(self, group: Group, marked: int, *, is_cursor: bool, has_thumb: bool) -> PaintedLine:
        """The line of a group; the name of a cause takes the room that it needs."""
        from tui.ui.widgets.cells.group import draw_group

        room = self._width - EDGE_WIDTH
        first = self.places[0].width + GAP if self.places else 0
        is_long = self.source.group == "cause"
        cells = draw_group(
            group,
            self.look,
            self.now,
            room,
            name_width=max(first, min(room // 2, room - _FACTS_WIDTH)) if is_long else first,
            marked=marked,
            is_cursor=is_cursor,
        )
        plain = self._palette_in_use.group_styles
        band = self._styles(is_cursor=True) if is_cursor else plain
        styles = (band, band, plain)
        painted = [
            tuple([(text, style[tone]) for text, tone in cell if text])
            for cell, style in zip(cells, styles, strict=True)
        ]
        edge = self.look.glyphs.thumb if is_cursor or has_thumb else " "
        return PaintedLine((*painted, ((edge, plain[Tone.ACCENT if is_cursor else Tone.FAINT]),)))

    def blank(self) -> PaintedLine:
        """A line without a row."""
        return self._line([((" " * (self._width - EDGE_WIDTH), Tone.TEXT),)], edge=(" ", Tone.FAINT))

    def note(self, text: str, tone: Tone) -> PaintedLine:
        """A centred line of text."""
        shown = fit(text, min(width_of(text), max(0, self._width - 2)), self.look.glyphs.ellipsis)
        left = (self._width - width_of(shown)) // 2
        right = self._width - EDGE_WIDTH - left - width_of(shown)
        return self._line(
            [((" " * left, Tone.TEXT), (shown, tone), (" " * right, Tone.TEXT))], edge=(" ", Tone.FAINT)
        )

    def _draw(self, facts: _Facts, earlier: Sequence[PaintedCell]) -> _Kept:
        """The cells of a row but the last; of a row that was drawn earlier only those that tell the time."""
        job = facts.job
        row = Row(
            job=job,
            now=self.now,
            look=self.look,
            trend=facts.trend,
            receipt=facts.receipt,
            environment=self.source.environment(job.connection),
            is_stale=facts.is_stale,
            is_watched=facts.is_watched,
            first_error=facts.first_error,
        )
        plain = self._styles(is_stale=facts.is_stale)
        band = self._styles(is_cursor=facts.is_cursor, is_stale=facts.is_stale)
        gutter = draw_gutter(row, is_cursor=facts.is_cursor, is_marked=facts.is_marked)
        cells: list[PaintedCell] = [tuple([(text, band[tone]) for text, tone in gutter])]
        styles = band
        for index, place in enumerate(self.places, start=1):
            if styles is band and place.column.id not in _BAND:
                styles = plain
            if earlier and not place.column.is_timed:
                cells.append(earlier[index])
                continue
            cell = place.column.draw(row, place.width)
            pieces = [(text, styles[tone]) for text, tone in cell if text]
            pieces.append((" " * GAP, styles[Tone.TEXT]))
            cells.append(tuple(pieces))
        steady = 0.0 if self._tells_observation else steady_s(row)
        return _Kept(facts, self.now + timedelta(seconds=steady), tuple(cells))

    def _line(self, cells: Sequence[Cell], edge: tuple[str, Tone]) -> PaintedLine:
        styles = self._styles()
        painted = [tuple([(text, styles[tone]) for text, tone in cell if text]) for cell in cells]
        filled = sum(width_of(text) for cell in cells for text, _ in cell)
        rest = " " * (self._width - EDGE_WIDTH - filled)
        painted.append(((rest, styles[Tone.TEXT]),) if rest else ())
        return PaintedLine((*painted, ((edge[0], styles[edge[1]]),)))

    def _styles(self, *, is_cursor: bool = False, is_stale: bool = False) -> Mapping[Tone, Style]:
        return self._palette_in_use.styles(is_cursor=is_cursor, is_stale=is_stale)

    @property
    def _palette_in_use(self) -> Palette:
        if self._palette is None:
            raise RuntimeError("the painter was asked for a line before it was given a palette")
        return self._palette

    def _zone_of(self, column: TableColumn) -> str:
        """The zone behind the title of a column of clock times, for a time without one says nothing."""
        if not (self.look.is_absolute and column.is_moment):
            return ""
        return f"{self.now.astimezone(self.look.zone):%Z}"
