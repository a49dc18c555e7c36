"""What a log view shows of one document: which lines, in which form, and what is on the screen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui.logs.folding import FoldedLines, TraceFinder
from tui.logs.timestamps import LineTimes
from tui.logs.walking import AllLines
from tui.ui.moments import display_zone
from tui.ui.widgets.log_painter import LogPainter
from tui.ui.widgets.log_window import LogWindow, Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from textual.widget import Widget

    from tui.logs.document import LogDocument
    from tui.logs.walking import Walk
    from tui.ui.glyphs import GlyphSet
    from tui.ui.widgets.line_widget import PaintedLine
    from tui.ui.widgets.log_look import LogLook


class LogPage:
    """Keeps walk, folds, window and painter of a document together. Knows no keys and no mouse."""

    def __init__(
        self,
        widget: Widget,
        document: LogDocument,
        glyphs: GlyphSet,
        zone: tzinfo | None,
        since: datetime | None,
    ) -> None:
        """Show the beginning of a document.

        Args:
            widget: Whose styles count.
            document: The log.
            glyphs: The signs to draw with.
            zone: The zone of times that tell none; None is the machine's own.
            since: When its run began, for times that tell no date.
        """
        self.document = document
        """The log."""
        here = zone or display_zone("local")
        self.times = LineTimes(here, datetime.now(UTC), since)
        """What recognises the times of its lines."""
        self.painter = LogPainter(widget, document, self.times, here, glyphs)
        """Draws its lines."""
        self.places: Sequence[Place] = ()
        """What the rows on the screen show."""
        self.is_folded = False
        """Whether stack traces are folded, but for single ones."""
        self._traces = TraceFinder(document)
        self._unlike: set[int] = set()
        self._base: Walk = AllLines(document)
        self._generation = document.generation
        self._tail = document.last or 0
        self.window = LogWindow(self._base, self.painter.rows_of)
        """Which rows are on the screen."""

    @property
    def look(self) -> LogLook:
        """How lines are shown; call `look_changed` after a change."""
        return self.painter.look

    @property
    def base(self) -> Walk:
        """What goes through the lines that a filter leaves, whatever folds hide of them."""
        return self._base

    @property
    def is_filtered(self) -> bool:
        """Whether only some of the lines are shown."""
        return not isinstance(self._base, AllLines)

    def resize(self, width: int, height: int) -> bool:
        """Use the room there is now. Tells whether it is another than before."""
        before = (self.painter.width, self.window.height)
        if self.painter.width != width:
            self.painter.width = width
            self.painter.forget()
        self.window.height = height
        return before != (width, height)

    def take_changes(self, *, is_following: bool) -> bool:
        """Take over that the document has changed, or that more is known of it.

        Args:
            is_following: Whether the window stays at the end.

        Returns:
            Whether it is another log than before, so that no place in it counts any more.
        """
        document = self.document
        is_anew = self._generation != document.generation
        if is_anew:
            self._generation = document.generation
            self.painter.start_over()
            self.look.bookmarks.clear()
            self.look.turned.clear()
            self.look.selection = None
            self._unlike.clear()
            self.window.to_first()
        # The line that was the last one may have grown, whatever came after it.
        grown, self._tail = min(self._tail, document.size), document.last or 0
        self.painter.forget_from(grown)
        self._traces.forget_from(grown)
        if is_following:
            self.window.to_last()
        else:
            self.window.settle()
        return is_anew

    def look_changed(self) -> None:
        """Take over that lines are shown in another way; the reader's line stays in sight."""
        self.painter.forget()
        self.window.settle()

    def show_walk(self, walk: Walk | None) -> None:
        """Show only the lines of a walk; None shows all. The cursor stays on its line, or the one before."""
        self._base = walk or AllLines(self.document)
        self._change_walk()

    def fold_all(self) -> None:
        """Fold all stack traces, or unfold them."""
        self.is_folded = not self.is_folded
        self._unlike = set()
        self._change_walk()

    def fold_one(self) -> bool:
        """Fold or unfold the stack trace under the cursor, or right below it. Tells whether there is one."""
        cursor = self.window.cursor
        trace = self._traces.trace_of(cursor)
        if trace is None:
            following = self.document.after(cursor)
            trace = self._traces.trace_of(following) if following is not None else None
        if trace is None:
            return False
        self._unlike ^= {trace.start}
        self._change_walk()
        return True

    def unfold(self, line: int) -> None:
        """Unfold the stack trace that hides a line, if one does."""
        walk = self.window.walk
        trace = walk.fold_at(line) if isinstance(walk, FoldedLines) else None
        if trace is not None and trace.start != line:
            self._unlike ^= {trace.start}
            self._change_walk()

    def arrange(self) -> None:
        """Find out what is on the screen."""
        self.painter.measure()
        self.places = self.window.places()

    def draw(self, y: int, thumb: str, *, has_cursor: bool, has_focus: bool) -> PaintedLine:
        """A row on the screen.

        Args:
            y: Which one.
            thumb: What stands at its right edge.
            has_cursor: Whether the reader's line is marked.
            has_focus: Whether keys go here.
        """
        place = self.places[y]
        walk = self.window.walk
        fold = walk.fold_at(place.line) if isinstance(walk, FoldedLines) else None
        is_cursor = has_cursor and place.line == self.window.cursor
        return self.painter.draw(place, fold, thumb, is_cursor=is_cursor, has_focus=has_focus)

    def thumb(self, height: int) -> range:
        """The rows at the edge that stand for what is on the screen; empty when all of it is."""
        document = self.document
        if not self.places or not document.size:
            return range(0)
        first, last = self.places[0].line, document.end(self.places[-1].line)
        if first == 0 and last >= document.size:
            return range(0)
        size = max(1, height * (last - first) // document.size)
        top = max(0, min(height - size, round(first * height / document.size)))
        return range(top, top + size)

    def _change_walk(self) -> None:
        walk = self._base
        if self.is_folded or self._unlike:
            walk = FoldedLines(walk, self._traces, self._unlike, is_folded=self.is_folded)
        self.window.walk = walk
        self.window.settle()
