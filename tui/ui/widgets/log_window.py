"""Which rows of which lines of a log are on the screen: arithmetic over a walk, without any widget.

Nothing here counts rows from the beginning of the log: the window knows its first row, and finds those before
and after it from line to line, so that a move costs the same at any size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, ParamSpec

from tui.logs.walking import StillSearching

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.logs.walking import Walk

_P = ParamSpec("_P")

_BACK = 3
"""The share of the window that is left above a line which is jumped to: one of so many."""


class Place(NamedTuple):
    """What a row of the screen shows."""

    line: int
    """The line, by the offset of its first byte."""
    part: int
    """Which of its rows, counted from 0."""


class LogWindow:
    """A window of some rows, and a cursor on a line."""

    def __init__(self, walk: Walk, rows_of: Callable[[int], int]) -> None:
        """Begin at the top.

        Args:
            walk: The lines that are shown.
            rows_of: How many rows a line takes, at least one.
        """
        self.walk = walk
        """The lines that are shown."""
        self.height = 0
        """Rows that there is room for."""
        self.cursor = 0
        """The line that the reader is on."""
        self.is_waiting = False
        """Whether rows are missing because the lines to show are still searched for."""
        self._rows_of = rows_of
        self._top = Place(0, 0)

    @property
    def top(self) -> Place:
        """The first row."""
        return self._top

    def places(self) -> Sequence[Place]:
        """What the rows of the window show, from the top; fewer at the end of the log."""
        return self._down(self._top, self.height)

    def settle(self) -> None:
        """Put cursor and window onto lines that are shown, after the walk or the rows of lines changed."""
        self.cursor = self._nearest(self.cursor)
        line = self._nearest(self._top.line)
        part = self._top.part if line == self._top.line else 0
        self._top = Place(line, min(part, self._rows_of(line) - 1))
        self.reveal()

    def go_to(self, line: int, *, is_centred: bool = False) -> None:
        """Put the cursor on a line and bring it into the window.

        Args:
            line: The line; when it isn't shown the nearest one is meant.
            is_centred: Whether it shall have lines above it, unless it is in the window already.
        """
        self.cursor = self._nearest(line)
        if is_centred and not self._is_whole(self.cursor):
            self._top = self._up(Place(self.cursor, 0), self.height // _BACK)
            self._fill()
        else:
            self.reveal()

    def to_first(self) -> None:
        """Go to the beginning."""
        self.cursor = self._found(self.walk.first) or 0
        self._top = Place(self.cursor, 0)

    def to_last(self) -> None:
        """Go to the end, which is then at the bottom of the window."""
        self.cursor = self._found(self.walk.last) or 0
        self._top = self._bottom_at(self.cursor)

    def move(self, lines: int) -> None:
        """Move the cursor by shown lines; the window follows as little as needed.

        A line that is longer than the window is gone through row by row first.
        """
        if abs(lines) == 1 and self._goes_on(lines):
            self.scroll(lines)
            return
        line = self.cursor
        for _ in range(abs(lines)):
            further = self._after(line) if lines > 0 else self._before(line)
            if further is None:
                break
            line = further
        self.cursor = line
        self.reveal()

    def page(self, rows: int) -> None:
        """Move window and cursor by rows; the cursor keeps its row of the screen."""
        places = self.places()
        at = next((row for row, place in enumerate(places) if place.line == self.cursor), 0)
        before = self._top
        self._shift(rows)
        places = self.places()
        if self._top == before:
            # At an end the window stays and the cursor goes on alone.
            self.cursor = places[-1 if rows > 0 else 0].line if places else self.cursor
        elif places:
            self.cursor = places[min(at, len(places) - 1)].line

    def scroll(self, rows: int) -> None:
        """Move the window and leave the cursor, unless it would be left behind."""
        self._shift(rows)
        places = self.places()
        if places and not any(place.line == self.cursor for place in places):
            self.cursor = places[0 if rows > 0 else -1].line

    def reveal(self) -> None:
        """Move the window as little as needed to show the line under the cursor."""
        if self.height <= 0:
            return
        if self.cursor <= self._top.line:
            if Place(self.cursor, 0) < self._top:
                self._top = Place(self.cursor, 0)
        elif not self._is_whole(self.cursor):
            bottom = self._bottom_at(self.cursor)
            is_long = self._rows_of(self.cursor) > self.height
            self._top = max(self._top, Place(self.cursor, 0) if is_long else bottom)
        self._fill()

    def _shift(self, rows: int) -> None:
        """Move the window alone, as far as there are rows."""
        if rows > 0:
            self._top = (self._down(self._top, rows + 1) or [self._top])[-1]
            self._fill()
        else:
            self._top = self._up(self._top, -rows)

    def _fill(self) -> None:
        """Leave no room at the bottom while there are rows above."""
        missing = self.height - len(self.places())
        if missing > 0:
            self._top = self._up(self._top, missing)

    def _bottom_at(self, line: int) -> Place:
        """The top of a window with this line's last row at the bottom."""
        return self._up(Place(line, self._rows_of(line) - 1), max(0, self.height - 1))

    def _goes_on(self, step: int) -> bool:
        """Whether rows of a long line under the cursor are still to come that way."""
        rows = self._rows_of(self.cursor)
        if not 0 < self.height < rows:
            return False
        parts = [place.part for place in self.places() if place.line == self.cursor]
        return bool(parts) and (parts[-1] < rows - 1 if step > 0 else parts[0] > 0)

    def _is_whole(self, line: int) -> bool:
        """Whether all rows of a line are in the window, or as many as have room."""
        seen = sum(place.line == line for place in self.places())
        return seen > 0 and seen >= min(self.height, self._rows_of(line))

    def _down(self, place: Place, rows: int) -> list[Place]:
        """That many rows from a place on."""
        found: list[Place] = []
        self.is_waiting = False
        line = self._found(self.walk.at_or_after, place.line)
        part = place.part if line == place.line else 0
        while line is not None and len(found) < rows:
            end = min(self._rows_of(line), part + rows - len(found))
            found += [Place(line, row) for row in range(part, end)]
            line, part = self._after(line), 0
        return found

    def _up(self, place: Place, rows: int) -> Place:
        """The row that many rows above a place, or the first one."""
        line, part = place
        while part < rows:
            earlier = self._before(line)
            if earlier is None:
                return Place(line, 0)
            rows -= part
            line, part = earlier, self._rows_of(earlier)
        return Place(line, part - rows)

    def _nearest(self, line: int) -> int:
        found = self._found(self.walk.at_or_before, line)
        if found is None:
            found = self._found(self.walk.at_or_after, line)
        return found if found is not None else 0

    def _after(self, line: int) -> int | None:
        return self._found(self.walk.after, line)

    def _before(self, line: int) -> int | None:
        return self._found(self.walk.before, line)

    def _found(self, look: Callable[_P, int | None], *arguments: _P.args, **options: _P.kwargs) -> int | None:
        """What a look for a line finds; None also while it isn't known yet."""
        try:
            return look(*arguments, **options)
        except StillSearching:
            self.is_waiting = True
            return None
