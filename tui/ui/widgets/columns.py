"""The columns of the job table, and how they share the width of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tui.engine.columns import DEFAULT_COLUMNS
from tui.engine.shown_columns import split_width
from tui.ui.widgets.cells.identity import (
    GUTTER_WIDTH,
    draw_connection,
    draw_environment,
    draw_exit_code,
    draw_last_result,
    draw_name,
    fact,
    middle_fact,
)
from tui.ui.widgets.cells.message import draw_message
from tui.ui.widgets.cells.text import fit, width_of
from tui.ui.widgets.cells.times import (
    draw_duration,
    draw_ended,
    draw_next,
    draw_observed,
    draw_progress,
    draw_started,
    draw_usual,
)
from tui.ui.widgets.cells.trend import draw_trend

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tui.ui.widgets.cells.row import Cell, Row

    Draw: TypeAlias = Callable[[Row, int], Cell]

GAP = 2
"""Blanks between two columns."""

EDGE_WIDTH = 1
"""Cells at the right for the scroll track."""


class TableColumn(NamedTuple):
    """One column: how it is titled, drawn, and how much of the screen it wants."""

    id: str
    """Its name in the config; the engine sorts by the column of the same name."""
    title: str
    """Its heading."""
    draw: Draw
    """Draws a cell of exactly the given width."""
    least: int
    """Below this many cells it is better left out."""
    ideal: int
    """With this many cells it shows nearly everything."""
    rank: int
    """Importance, 0 first: the least important column is left out first."""
    share: int = 0
    """How much it takes of the room that is left when all have what they want."""
    is_right: bool = False
    """Whether its title stands over right-aligned numbers."""
    is_moment: bool = False
    """Whether it tells a point in time, which takes more room as a clock time than as an age."""
    is_timed: bool = False
    """Whether it may read differently a second later, although nothing was heard of the job."""
    fixed: int = 0
    """The cells that the user gave it; 0 leaves the width to the room and the contents."""


_ALL = (
    TableColumn("name", "JOB", draw_name, 16, 28, 0, share=2),
    TableColumn("connection", "SYSTEM", draw_connection, 8, 14, 4),
    TableColumn("type", "TYPE", fact(lambda job: job.type), 6, 11, 12),
    TableColumn("environment", "ENV", draw_environment, 5, 5, 17),
    TableColumn("kind", "KIND", fact(lambda job: job.kind), 6, 10, 11),
    TableColumn("path", "PATH", middle_fact(lambda job: job.path), 8, 16, 9, share=1),
    TableColumn("last10", "LAST 10", draw_trend, 10, 10, 5),
    TableColumn("last_result", "LAST", draw_last_result, 9, 9, 18),
    TableColumn("started", "STARTED", draw_started, 8, 9, 3, is_moment=True, is_timed=True),
    TableColumn("ended", "ENDED", draw_ended, 8, 9, 7, is_moment=True, is_timed=True),
    TableColumn("duration", "DURATION", draw_duration, 12, 14, 2, is_timed=True),
    TableColumn("usual", "USUAL", draw_usual, 6, 6, 19, is_right=True),
    TableColumn("progress", "DONE", draw_progress, 4, 4, 20, is_right=True),
    TableColumn("next", "NEXT", draw_next, 9, 9, 6, is_timed=True),
    TableColumn("native_state", "NATIVE STATE", fact(lambda job: job.native_state), 12, 18, 8),
    TableColumn("substate", "SUBSTATE", fact(lambda job: job.substate), 8, 12, 21),
    TableColumn("run_id", "RUN", middle_fact(lambda job: job.run_id), 8, 14, 13),
    TableColumn("exit_code", "EXIT", draw_exit_code, 4, 4, 10, is_right=True),
    TableColumn("tags", "TAGS", fact(lambda job: " ".join(job.tags)), 6, 14, 14, share=1),
    TableColumn("id", "ID", middle_fact(lambda job: job.id), 8, 14, 16),
    TableColumn("age", "SEEN", draw_observed, 8, 9, 15, is_moment=True, is_timed=True),
    TableColumn("message", "MESSAGE", draw_message, 16, 32, 1, share=5, is_timed=True),
)

TABLE_COLUMNS: Mapping[str, TableColumn] = {column.id: column for column in _ALL}
"""Every column by id but the state, which is drawn before all others and always shown."""

WIDE_COLUMNS = (
    *("name", "connection", "path", "kind", "native_state", "started", "duration", "next"),
    *("run_id", "exit_code", "tags", "last10", "message"),
)
"""What it shows in wide mode, from the left as far as there is room; the arrow keys reach the rest."""

_CLOCK_LEAST, _CLOCK_IDEAL = 11, 12
_COMPACT_BELOW = 96
_AGE_WIDTH = 4
_CONNECTION_LEAST = 12
_LONGEST_CONNECTION = 20


class Place(NamedTuple):
    """Where a column stands on the screen."""

    column: TableColumn
    """The column."""
    x: int
    """Its first cell."""
    width: int
    """Its cells, without the gap behind it."""


def known_columns(columns: Sequence[str]) -> tuple[TableColumn, ...]:
    """The columns in their order, without unknown ones and repetitions; the default for none.

    Args:
        columns: Ids, some with a width: `message:40`.
    """
    found: dict[str, TableColumn] = {}
    for name, width in map(split_width, columns):
        if name in TABLE_COLUMNS and name not in found:
            found[name] = TABLE_COLUMNS[name]._replace(fixed=width)
    return tuple(found.values()) or known_columns(DEFAULT_COLUMNS)


def tailored(
    columns: Sequence[TableColumn], width: int, *, is_absolute: bool, connection_width: int
) -> tuple[TableColumn, ...]:
    """The columns with the widths that they want for these contents.

    Args:
        columns: The columns.
        width: Cells of the whole line; on a narrow one ages are told without a word.
        is_absolute: Whether times are clock times.
        connection_width: Cells of the longest connection name; 0 when it isn't known.
    """
    wanted = []
    for column in columns:
        if column.fixed:
            least = min(column.fixed, column.least)
            wanted.append(column._replace(least=least, ideal=column.fixed, share=0))
        elif column.is_moment and is_absolute:
            wanted.append(column._replace(least=_CLOCK_LEAST, ideal=_CLOCK_IDEAL))
        elif column.id == "started" and width < _COMPACT_BELOW:
            wanted.append(column._replace(title="AGE", least=_AGE_WIDTH, ideal=_AGE_WIDTH))
        elif column.id == "connection" and connection_width:
            ideal = max(column.least, min(connection_width, _LONGEST_CONNECTION))
            wanted.append(column._replace(least=min(ideal, _CONNECTION_LEAST), ideal=ideal))
        else:
            wanted.append(column)
    return tuple(wanted)


def heading(title: str, zone: str, sign: str, room: int, ellipsis: str) -> str:
    """A column's title with what belongs to it, as much of it as there is room for; the sign is never cut.

    Args:
        title: The title.
        zone: The zone of its clock times, which goes first when there is little room.
        sign: The mark of a column that is sorted by, or an empty string.
        room: Cells.
        ellipsis: Where the title was cut.
    """
    for parts in ((title, zone, sign), (title, sign)):
        whole = " ".join(filter(None, parts))
        if width_of(whole) <= room:
            return whole
    return fit(title, max(0, min(width_of(title), room - width_of(sign))), ellipsis) + sign


def arrange(
    columns: Sequence[TableColumn], width: int, *, skipped: int = 0, is_wide: bool = False
) -> tuple[Place, ...]:
    """Share a width among columns: leave some out, then widen what is left.

    Args:
        columns: In the order in which they are shown.
        width: Cells of the whole line, with gutter and edge.
        skipped: How many columns behind the first are passed over, to reach those that found no room.
        is_wide: Leave out from the right instead of the least important ones.
    """
    chosen = [*columns[:1], *columns[1 + max(0, min(skipped, len(columns) - 2)) :]]
    room = width - GUTTER_WIDTH - EDGE_WIDTH
    while len(chosen) > 1 and _taken(chosen, [column.least for column in chosen]) > room:
        chosen.remove(chosen[-1] if is_wide else max(chosen[1:], key=lambda column: column.rank))
    widths = {column.id: min(column.least, room) for column in chosen}
    left = room - _taken(chosen, list(widths.values()))
    left = _fill([column for column in chosen if column.fixed], widths, left)
    left = _fill(chosen, widths, left)
    _spread(chosen, widths, left)
    places = []
    x = GUTTER_WIDTH
    for column in chosen:
        places.append(Place(column, x, widths[column.id]))
        x += widths[column.id] + GAP
    return tuple(places)


def _taken(columns: Sequence[TableColumn], widths: Sequence[int]) -> int:
    return sum(widths) + GAP * len(columns)


def _fill(columns: Sequence[TableColumn], widths: dict[str, int], left: int) -> int:
    """Bring columns towards what they want, the relatively narrowest first; returns the cells left over."""
    while left > 0:
        wanting = [column for column in columns if widths[column.id] < column.ideal]
        if not wanting:
            break
        neediest = min(wanting, key=lambda column: (widths[column.id] / column.ideal, column.rank))
        widths[neediest.id] += 1
        left -= 1
    return left


def _spread(columns: Sequence[TableColumn], widths: dict[str, int], left: int) -> None:
    shares = sum(column.share for column in columns)
    rest = left
    for column in columns:
        if column.share:
            more = left * column.share // shares
            widths[column.id] += more
            rest -= more
    free = [column for column in columns if not column.fixed]
    if free:
        widths[free[-1].id] += max(0, rest)
