"""The rows of the job table: what is on the screen, kept in step with a source that changes all the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from tui.core.keys import JobKey
from tui.engine.columns import DEFAULT_COLUMNS
from tui.engine.shown_columns import split_width
from tui.ui.glyphs import UNICODE
from tui.ui.widgets.cells.row import Look, Tone
from tui.ui.widgets.columns import WIDE_COLUMNS, known_columns
from tui.ui.widgets.line_widget import LineWidget
from tui.ui.widgets.palette import Palette
from tui.ui.widgets.row_painter import RowPainter
from tui.ui.widgets.table_messages import CursorMoved
from tui.ui.widgets.viewport import Viewport

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import tzinfo

    from textual import events

    from tui.engine.group_lines import Line
    from tui.engine.grouping import GroupKey
    from tui.ui.glyphs import GlyphSet
    from tui.ui.widgets.line_widget import PaintedLine
    from tui.ui.widgets.table_source import TableSource

NOTHING_HERE = ("no jobs here", "add a connection to the config, or wait for a system that is slow to answer")
"""What is said without rows: what is so, then what to do about it."""

HEADER_LINES = 1
"""Lines of titles above the first row."""

_FIRST_LINES = 2
"""A group's line and its first job."""


class JobRows(LineWidget):
    """Draws the visible rows of a source. The cursor belongs to a job and stays with it when rows move.

    The screen tells what changed by `rows_changed`, `reordered`, `refresh_stale` and `tick`. The visible rows
    are then asked for again, compared with what stands on the screen, and painted where they differ.
    """

    is_wide: reactive[bool] = reactive(default=False, repaint=False, init=False)
    """Whether the columns for a closer look are shown as well."""
    is_absolute: reactive[bool] = reactive(default=False, repaint=False, init=False)
    """Whether times are clock times instead of ages."""
    is_following: reactive[bool] = reactive(default=False, repaint=False, init=False)
    """Whether the window goes wherever the job under the cursor goes."""

    def __init__(
        self,
        source: TableSource,
        *,
        zone: tzinfo | None = None,
        glyphs: GlyphSet = UNICODE,
        is_absolute: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        """Show the rows of a source.

        Args:
            source: Knows the jobs and their order.
            zone: The zone of clock times; None is the machine's own.
            glyphs: The set of signs.
            is_absolute: Whether times are clock times instead of ages.
            id: The widget's id.
        """
        super().__init__(id=id)
        self.source = source
        self._notes: Sequence[str] = NOTHING_HERE
        self.viewport = Viewport()
        self.painter = RowPainter(source)
        self.painter.set_look(Look(glyphs, is_absolute, zone))
        self._marks: dict[JobKey, None] = {}
        self._columns: Sequence[str] = DEFAULT_COLUMNS
        self._skipped = 0
        self._cursor: Line | None = None
        self._is_chosen = False
        self._shown: Sequence[Line] = ()
        self._order = source.order
        self._group = source.group
        self._revision = source.revision
        self._connections: frozenset[str] = frozenset()
        self.set_reactive(JobRows.is_absolute, is_absolute)

    @property
    def cursor_key(self) -> JobKey | None:
        """The job under the cursor; None without rows, and on the line of a group."""
        return self._cursor if isinstance(self._cursor, JobKey) else None

    @property
    def cursor_group(self) -> GroupKey | None:
        """The group on whose line the cursor is."""
        return None if isinstance(self._cursor, JobKey) else self._cursor

    @property
    def is_chosen(self) -> bool:
        """Whether the user has put the cursor where it is; until then it stays in the first row."""
        return self._is_chosen

    @property
    def visible_keys(self) -> Sequence[JobKey]:
        """The jobs on the screen, top to bottom: those worth asking the systems for first."""
        return [line for line in self._shown if isinstance(line, JobKey)]

    @property
    def columns(self) -> Sequence[str]:
        """The columns that are shown, as far as there is room for them, as a view names them."""
        return self._columns

    def say(self, notes: Sequence[str] = NOTHING_HERE) -> None:
        """Say something else while there are no rows: what is so, then what to do about it."""
        if self._notes != tuple(notes):
            self._notes = tuple(notes)
            self.repaint()

    def set_columns(self, columns: Sequence[str]) -> None:
        """Show these columns, some with a width as in `message:40`; none means the usual ones."""
        self._columns = tuple(columns) or DEFAULT_COLUMNS
        self._skipped = 0
        self._arrange()

    def rows_changed(self, keys: Collection[JobKey]) -> None:
        """Some jobs look different now, but the rows are the same; groups may count otherwise."""
        if keys:
            changed = frozenset(keys)
            self.repaint_lines(
                number
                for number, line in enumerate(self._shown, start=HEADER_LINES)
                if line in changed or not isinstance(line, JobKey)
            )

    def reordered(self, *, is_asked: bool = False) -> None:
        """The rows are others now, or in another order.

        Args:
            is_asked: Whether the user wanted it so, and expects to see the cursor.
        """
        source, viewport = self.source, self.viewport
        self._is_chosen = self._is_chosen or is_asked
        is_asked = is_asked or source.order != self._order or source.group != self._group
        self._order, self._group, self._revision = source.order, source.group, source.revision
        moves = [
            (old, new)
            for old, line in enumerate(self._shown, start=viewport.top)
            if (new := source.line_of(line)) is not None
        ]
        row = self._row_of_cursor()
        viewport.rearrange(len(source.lines), row, moves, is_followed=self.is_following or is_asked)
        self._settle_cursor()
        self._show_rows()
        self.repaint()

    def refresh_stale(self) -> None:
        """A connection works or fails now, or is new: its rows may be stale, or no longer."""
        names = frozenset(self.source.health)
        if names != self._connections:
            self._connections = names
            self._arrange()
        else:
            self.repaint()

    def tick(self) -> None:
        """Time has passed: paint the ages and durations that read differently now."""
        self.painter.set_now(self.source.now)
        self.repaint()

    def go_to(self, key: JobKey) -> None:
        """Put the cursor on a job; nothing happens when it isn't listed."""
        self.catch_up()
        row = self.source.line_of(key)
        if row is not None:
            self.move_cursor(row)

    def catch_up(self) -> None:
        """Show where the rows are by now, where more has changed than was shown."""
        if self.source.revision != self._revision:
            self.reordered()

    def move_cursor(self, row: int) -> None:
        """Put the cursor on a row, as the user does."""
        self.catch_up()
        old_row, old_top = self.viewport.row, self.viewport.top
        self.viewport.move_to(row)
        self._after_move(old_row, old_top)

    def move_page(self, pages: float) -> None:
        """Move cursor and window by pages."""
        self.catch_up()
        old_row, old_top = self.viewport.row, self.viewport.top
        self.viewport.page(pages)
        self._after_move(old_row, old_top)

    def scroll_rows(self, rows: int) -> None:
        """Move the window alone."""
        self.catch_up()
        self.viewport.scroll_by(rows)
        self._show_rows()
        self.repaint()

    def draw_line(self, y: int) -> PaintedLine:
        """The titles, a row, or what is said without rows."""
        if y < HEADER_LINES:
            return self.painter.header(self._order)
        line = y - HEADER_LINES
        if line < len(self._shown):
            return self._draw_row(self._shown[line], has_thumb=line in self.viewport.thumb)
        said = line - max(0, self.viewport.height // 3)
        if not self._shown and 0 <= said < len(self._notes):
            return self.painter.note(self._notes[said], Tone.MUTED if said else Tone.NAME)
        return self.painter.blank()

    def marks_in(self, key: GroupKey) -> int:
        """How many jobs of a group are marked."""
        if not self._marks:
            return 0
        jobs = self.source.jobs_in(key)
        if len(jobs) < len(self._marks):
            return sum(job in self._marks for job in jobs)
        return sum(self.source.group_of(job) == key for job in self._marks)

    def restyle(self) -> None:
        """Take the styles from the style sheet, and the rows and columns that the size has room for."""
        palette = Palette(self)
        self.painter.set_palette(palette)
        look = self.painter.look
        self.painter.set_look(look._replace(shows_outcomes=not palette.has_colours))
        self._connections = frozenset(self.source.health)
        self._place_columns()
        # The first frame is painted before anybody is told of a size: it shall have rows, too.
        self._fit_rows(self.size.height)

    def on_mount(self) -> None:
        """Show the rows that are there."""
        self.painter.set_now(self.source.now)
        self.reordered()

    def on_resize(self, event: events.Resize) -> None:
        """Show as many rows as fit now."""
        super().on_resize(event)
        self._fit_rows(event.size.height)

    def watch_is_wide(self) -> None:
        """Show more columns, or fewer."""
        self._arrange()

    def watch_is_absolute(self, is_absolute: bool) -> None:  # noqa: FBT001 - Textual's form
        """Show clock times, or ages."""
        self.painter.set_look(self.painter.look._replace(is_absolute=is_absolute))
        self._arrange()

    def skip_columns(self, by: int) -> None:
        """Pass over so many more columns behind the first, to show those that found no room."""
        behind = [column.id for column in known_columns(self._wanted_columns())][1:]
        is_any_hidden = not set(behind[self._skipped :]).issubset(self.painter.column_ids)
        if by < 0 or is_any_hidden:
            self._skipped = max(0, min(self._skipped + by, len(behind) - 1))
            self._arrange()

    def _draw_row(self, line: Line, *, has_thumb: bool) -> PaintedLine:
        is_cursor = line == self._cursor
        if isinstance(line, JobKey):
            is_marked = line in self._marks
            return self.painter.row(line, is_cursor=is_cursor, is_marked=is_marked, has_thumb=has_thumb)
        group = self.source.group_told(line)
        if group is None:
            return self.painter.blank()
        marked = self.marks_in(line)
        return self.painter.group(group, marked, is_cursor=is_cursor, has_thumb=has_thumb)

    def _wanted_columns(self) -> Sequence[str]:
        if not self.is_wide:
            return self._columns
        own = {split_width(column)[0]: column for column in self._columns}
        return tuple(own.get(name, name) for name in dict.fromkeys((*WIDE_COLUMNS, *own)))

    def _place_columns(self) -> None:
        self.painter.arrange(
            self._wanted_columns(), self.size.width, skipped=self._skipped, is_wide=self.is_wide
        )

    def _arrange(self) -> None:
        self._place_columns()
        self.repaint()

    def _fit_rows(self, height: int) -> None:
        self.viewport.resize(height - HEADER_LINES)
        self._show_rows()

    def _show_rows(self) -> None:
        rows = self.viewport.rows
        self._shown = self.source.lines[rows.start : rows.stop]

    def _settle_cursor(self) -> None:
        """Take the job in the cursor's row for the cursor, and tell when it is another one."""
        row = self.viewport.row
        line = self.source.lines[row] if row >= 0 else None
        if line != self._cursor:
            self._cursor = line
            self.post_message(CursorMoved(self.cursor_key, row))

    def _row_of_cursor(self) -> int | None:
        """Where the cursor's line is now; the line of its group when that is folded.

        As long as nobody has moved it the cursor stays at the top, on the first job.
        """
        source, cursor = self.source, self._cursor
        if not self._is_chosen or cursor is None:
            first = source.lines[:_FIRST_LINES]
            return next((row for row, line in enumerate(first) if isinstance(line, JobKey)), 0)
        row = source.line_of(cursor)
        if row is None and isinstance(cursor, JobKey):
            group = source.group_of(cursor)
            return source.line_of(group) if group is not None else None
        return row

    def _after_move(self, old_row: int, old_top: int) -> None:
        self._is_chosen = True
        self._settle_cursor()
        if self.viewport.top != old_top:
            self._show_rows()
            self.repaint()
        else:
            self.repaint_lines(self._lines_of(old_row, self.viewport.row))

    def _lines_of(self, *rows: int) -> Iterator[int]:
        for row in rows:
            if row in self.viewport.rows:
                yield row - self.viewport.top + HEADER_LINES
