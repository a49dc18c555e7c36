"""A log of any size: only what is on the screen is read, styled and painted."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from tui.ui.bindings import Scope, bindings_for
from tui.ui.glyphs import UNICODE
from tui.ui.widgets.content_line import painted_cells
from tui.ui.widgets.line_widget import PaintedLine
from tui.ui.widgets.log_mouse import LogMouse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from textual import events
    from textual.binding import BindingType

    from tui.logs.document import LogDocument
    from tui.logs.timestamps import LineTimes
    from tui.logs.walking import Walk
    from tui.ui.glyphs import GlyphSet
    from tui.ui.widgets.log_look import LogLook
    from tui.ui.widgets.log_page import LogPage
    from tui.ui.widgets.log_window import Place

_SEARCHING = "searching …"
_NONE_LEFT = r"no line is left; \ shows all"


class LogView(LogMouse, can_focus=True, inherit_bindings=False):
    """Shows a document: follows its tail, or stays where the reader is."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(Scope.LOG)]
    DEFAULT_CSS = """
    LogView { height: 1fr; width: 1fr; background: $background; color: $foreground; }
    LogView > .log--number { color: $log-number; }
    LogView > .log--edge { color: $text-disabled; }
    LogView > .log--time { color: $log-time; }
    LogView > .log--gap { color: $text-disabled; }
    LogView > .log--cursor { background: $log-cursor; }
    LogView > .log--selected { background: $selection; color: $selection-text; }
    LogView > .log--error { color: $level-error; }
    LogView > .log--warning { color: $level-warning; }
    LogView > .log--info { color: $foreground; }
    LogView > .log--debug { color: $level-debug; }
    LogView > .log--match { background: $log-match; color: $log-match-text; }
    LogView > .log--highlight-1 { background: $accent; color: $background; }
    LogView > .log--highlight-2 { background: $state-queued; color: $background; }
    LogView > .log--highlight-3 { background: $state-succeeded; color: $background; }
    LogView > .log--highlight-4 { background: $state-cancelled; color: $background; }
    LogView > .log--highlight-5 { background: $state-paused; color: $background; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *("log--number", "log--edge", "log--time", "log--gap", "log--cursor", "log--selected"),
        *("log--error", "log--warning", "log--info", "log--debug", "log--match"),
        *(f"log--highlight-{number}" for number in range(1, 6)),
    }
    ALLOW_SELECT = False

    is_following: reactive[bool] = reactive(default=True, repaint=False, init=False)
    """Whether the view stays at the tail as lines arrive."""

    class Moved(Message):
        """The cursor, the lines or following changed."""

        def can_replace(self, message: Message) -> bool:
            """A newer position makes an older one worthless."""
            return isinstance(message, LogView.Moved)

    def __init__(
        self,
        *,
        has_numbers: bool = True,
        has_cursor: bool = True,
        glyphs: GlyphSet = UNICODE,
        zone: tzinfo | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own word
    ) -> None:
        """Start empty, following.

        Args:
            has_numbers: Whether line numbers are shown.
            has_cursor: Whether the reader's line is marked.
            glyphs: The signs to draw with.
            zone: The zone of times that tell none; None is the machine's own.
            id: The widget's id.
        """
        super().__init__(id=id)
        self.note = ""
        """What is said while there is nothing to show."""
        self._glyphs = glyphs
        self._zone = zone
        self._has_numbers = has_numbers
        self._has_cursor = has_cursor
        self._page: LogPage | None = None
        self._anchor: int | None = None
        self._thumb_rows = range(0)

    @property
    def document(self) -> LogDocument | None:
        """The log; None while there is none."""
        return self._page.document if self._page is not None else None

    @property
    def times(self) -> LineTimes | None:
        """What recognises the times of the log's lines."""
        return self._page.times if self._page is not None else None

    @property
    def cursor(self) -> int:
        """The line that the reader is on, by the offset of its first byte."""
        return self._page.window.cursor if self._page is not None else 0

    @property
    def walk(self) -> Walk | None:
        """What goes through the lines that are shown, also those that a fold hides."""
        return self._page.base if self._page is not None else None

    @property
    def is_filtered(self) -> bool:
        """Whether only some of the lines are shown."""
        return self._page is not None and self._page.is_filtered

    @property
    def is_folded(self) -> bool:
        """Whether stack traces are folded, but for single ones."""
        return self._page is not None and self._page.is_folded

    @property
    def look(self) -> LogLook | None:
        """How lines are shown; call `look_changed` after a change. None without a log."""
        return self._page.look if self._page is not None else None

    @property
    def selection(self) -> tuple[int, int] | None:
        """The first and the last selected line."""
        return self._page.look.selection if self._page is not None else None

    @property
    def places(self) -> Sequence[Place]:
        """What the rows on the screen show."""
        return self._page.places if self._page is not None else ()

    def show(self, document: LogDocument | None, since: datetime | None = None) -> None:
        """Show another log, or none, in the same way as the one before.

        Args:
            document: The log.
            since: When its run began, for times that tell no date.
        """
        old = self.look
        self._anchor = None
        if document is None:
            self._page = None
        else:
            from tui.ui.widgets.log_page import LogPage  # it takes long, and the first screen needs no log

            self._page = LogPage(self, document, self._glyphs, self._zone, since)
            self._page.resize(self.size.width, self.size.height)
            look = self._page.look
            look.has_numbers = self._has_numbers
            if old is not None:
                look.is_wrapped, look.has_numbers, look.times = old.is_wrapped, old.has_numbers, old.times
                look.is_spread, look.search, look.highlights = old.is_spread, old.search, old.highlights
        self.take_changes()

    def take_changes(self) -> None:
        """Take over that the document has changed, or that more is known of it."""
        if self._page is not None and self._page.take_changes(is_following=self.is_following):
            self._anchor = None
        self._arrange()

    def take_counts(self) -> None:
        """Take over that more lines have been counted: numbers can be told."""
        self._arrange()

    def look_changed(self) -> None:
        """Take over that lines are shown in another way; the reader's line stays in sight."""
        if self._page is not None:
            self._page.look_changed()
            self._arrange()

    def show_walk(self, walk: Walk | None) -> None:
        """Show only the lines of a walk; None shows all. The cursor stays on its line, or the one before."""
        if self._page is not None:
            self._page.show_walk(walk)
            self._arrange()

    def fold(self, *, is_all: bool) -> bool:
        """Fold or unfold the stack trace under the cursor, or all. Tells whether there was one."""
        if self._page is None:
            return False
        if is_all:
            self._page.fold_all()
        elif not self._page.fold_one():
            return False
        self._arrange()
        return True

    def go_to(self, line: int, *, is_centred: bool = False) -> None:
        """Put the cursor on a line and make it visible. Leaves the tail unless it is the last line."""
        if self._page is not None:
            self._page.unfold(line)
            self._page.window.go_to(line, is_centred=is_centred)
            self._has_moved()

    def move(self, lines: int) -> None:
        """Move the cursor by shown lines."""
        if self._page is not None:
            self._page.window.move(lines)
            self._has_moved()

    def page(self, rows: int) -> None:
        """Move the window by rows, and the cursor with it."""
        if self._page is not None:
            self._page.window.page(rows)
            self._has_moved()

    def scroll(self, rows: int) -> None:
        """Move the window and leave the cursor, unless it would be left behind."""
        if self._page is not None:
            self._page.window.scroll(rows)
            self._has_moved()

    def go_to_first(self) -> None:
        """Go to the beginning."""
        if self._page is not None:
            self._page.window.to_first()
            self._has_moved()

    def go_to_last(self) -> None:
        """Go to the end."""
        if self._page is not None:
            self._page.window.to_last()
            self._has_moved()

    def follow(self) -> None:
        """Stay at the tail from now on."""
        self.is_following = True
        self.go_to_last()

    def shift(self, cells: int) -> None:
        """Show what lies that many cells to the right, or to the left."""
        if self._page is not None and not self._page.look.is_wrapped:
            painter = self._page.painter
            most = max(0, painter.longest(self.places) - painter.room)
            painter.look.side = max(0, min(painter.look.side + cells, most))
            self._arrange()

    def select(self, *, is_begun: bool | None = None) -> bool:
        """Begin to select lines at the cursor, or let go of them. Tells whether lines are selected now.

        Args:
            is_begun: True begins, False lets go, None does what wasn't done before.
        """
        wanted = self._anchor is None if is_begun is None else is_begun
        self._anchor = self.cursor if wanted and self._page is not None else None
        self._take_selection()
        self._arrange()
        return self._anchor is not None

    def line_at(self, y: int) -> int | None:
        """The line on a row of the screen; None where there is none."""
        return self.places[y].line if 0 <= y < len(self.places) else None

    def thumb(self) -> range:
        """The rows at the right edge that stand for what is on the screen; empty when all of it is."""
        return self._page.thumb(self.size.height) if self._page is not None else range(0)

    def restyle(self) -> None:
        """The theme or the size has changed: no style that was kept counts, and other rows are in sight."""
        if self._page is not None:
            self._page.painter.restyle()
            # The size is told of later: without this the first picture would be one without lines.
            if self._page.resize(self.size.width, self.size.height):
                self._page.take_changes(is_following=self.is_following)
                self._page.arrange()
                self._thumb_rows = self.thumb()

    def draw_line(self, y: int) -> PaintedLine:
        """One row of the screen."""
        page = self._page
        if page is not None and y < len(page.places):
            thumb = self._glyphs.thumb if y in self._thumb_rows else " "
            return page.draw(y, thumb, has_cursor=self._has_cursor, has_focus=self.has_focus)
        is_waiting = page is not None and page.window.is_waiting and y == len(page.places)
        told = _SEARCHING if is_waiting else self._note if y == 0 and not self.places else ""
        style = self.get_visual_style("log--gap")
        content = Content(f" {told}" if told else "")
        return PaintedLine(tuple(painted_cells(self, content, style, self.size.width, self._glyphs)))

    def on_resize(self, event: events.Resize) -> None:
        """Use the room there is now."""
        super().on_resize(event)
        if self._page is not None and self._page.resize(event.size.width, event.size.height):
            self.take_changes()

    @property
    def _note(self) -> str:
        """What is said instead of lines."""
        if self._page is not None and self._page.document.size > 0:
            return _NONE_LEFT if self.is_filtered else ""
        return self.note

    def _has_moved(self) -> None:
        document = self.document
        if self.is_following and document is not None:
            self.is_following = self.cursor >= (document.last or 0)
        self._take_selection()
        self._arrange()

    def _take_selection(self) -> None:
        if self._page is not None:
            ends = None if self._anchor is None else sorted((self._anchor, self.cursor))
            self._page.look.selection = (ends[0], ends[1]) if ends is not None else None

    def _arrange(self) -> None:
        """Find out what is on the screen, and paint what differs."""
        if not self.is_attached:
            return  # the screen has been left
        if self._page is not None:
            self._page.arrange()
        self._thumb_rows = self.thumb()
        self.repaint()
        self.post_message(self.Moved())
