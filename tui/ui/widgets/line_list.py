"""A list of lines under keys and mouse, each drawn from its content when it is on the screen."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.message import Message

from tui.ui.bindings import Scope, bindings_for
from tui.ui.widgets.content_line import painted_cells
from tui.ui.widgets.line_widget import LineWidget, PaintedLine
from tui.ui.widgets.text_body import DETAIL_MOVES
from tui.ui.widgets.viewport import Viewport

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType

    from tui.ui.glyphs import GlyphSet

_WHEEL_ROWS = 3
_EDGE = 1
"""Cells at the right that tell how far the list is scrolled."""


class LineList(LineWidget, can_focus=True):
    """Shows as many lines as it has; subclasses say what stands in each."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(Scope.DETAIL, only=DETAIL_MOVES)]
    DEFAULT_CSS = """
    LineList { height: 1fr; width: 1fr; background: $surface; color: $foreground; }
    LineList > .line-list--cursor {
        background: $table-cursor; color: $table-cursor-text; text-style: $style-cursor;
    }
    LineList > .line-list--resting { background: $panel; }
    LineList > .line-list--edge { color: $text-disabled; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line-list--cursor",
        "line-list--resting",
        "line-list--edge",
    }
    ALLOW_SELECT = False

    class Moved(Message):
        """The cursor stands on another line."""

        def __init__(self, line: int) -> None:
            super().__init__()
            self.line = line
            """Which one, counted from 0."""

        def can_replace(self, message: Message) -> bool:
            """A newer place makes an older one worthless."""
            return isinstance(message, LineList.Moved)

    class Chosen(Message):
        """More of a line is wanted."""

        def __init__(self, line: int) -> None:
            super().__init__()
            self.line = line
            """Which one, counted from 0."""

    def __init__(self, glyphs: GlyphSet, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        """Start without lines.

        Args:
            glyphs: The signs to draw with.
            id: The widget's id.
        """
        super().__init__(id=id)
        self.glyphs = glyphs
        self.viewport = Viewport()
        self.note = Content()
        """What is said while there are no lines."""

    @abstractmethod
    def content_of(self, line: int) -> Content:
        """What stands in a line."""

    @property
    def line(self) -> int:
        """The line under the cursor; -1 while there are none."""
        return self.viewport.row

    @property
    def text_width(self) -> int:
        """Cells that a line may take."""
        return max(1, self.size.width - _EDGE)

    def show_lines(self, count: int, line: int | None = None) -> None:
        """Take over that the lines are others now.

        Args:
            count: How many there are.
            line: Where the cursor stands; None leaves it where it is, as far as there are lines.
        """
        self.viewport.count = count
        self.viewport.scroll_to(self.viewport.top)
        self.viewport.move_to(self.viewport.row if line is None else line)
        self.repaint()

    def move_cursor(self, line: int) -> None:
        """Put the cursor on a line and bring it into sight."""
        before, top = self.viewport.row, self.viewport.top
        self.viewport.move_to(line)
        if self.viewport.top == top:
            self.repaint_lines((before - top, self.viewport.row - top))
        else:
            self.repaint()
        if self.viewport.row != before:
            self.post_message(self.Moved(self.viewport.row))

    def draw_line(self, y: int) -> PaintedLine:
        """What stands in that line of the screen."""
        line = self.viewport.top + y
        if line >= self.viewport.count:
            return self._painted(self.note if y == 0 and not self.viewport.count else Content(), y)
        return self._painted(self.content_of(line), y, is_cursor=line == self.viewport.row)

    def on_resize(self, event: events.Resize) -> None:
        """Use the room there is now."""
        self.viewport.resize(event.size.height)

    def on_focus(self) -> None:
        """The keys move this cursor now: show it so."""
        self.repaint()

    def on_blur(self) -> None:
        """The keys go elsewhere."""
        self.repaint()

    def on_click(self, event: events.Click) -> None:
        """Choose the line under the mouse, or scroll to a place of the track."""
        event.stop()
        if event.x >= self.size.width - _EDGE and self.viewport.thumb:
            self.viewport.scroll_to_line(event.y)
            self.repaint()
        elif self.viewport.top + event.y < self.viewport.count:
            self.move_cursor(self.viewport.top + event.y)
            self.action_open()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the lines and leaves the cursor."""
        event.stop()
        self._scroll(_WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the lines and leaves the cursor."""
        event.stop()
        self._scroll(-_WHEEL_ROWS)

    def action_open(self) -> None:
        """Ask for more of the line under the cursor."""
        if self.viewport.row >= 0:
            self.post_message(self.Chosen(self.viewport.row))

    def action_cursor_down(self) -> None:
        """The next line."""
        self.move_cursor(self.viewport.row + 1)

    def action_cursor_up(self) -> None:
        """The line before."""
        self.move_cursor(self.viewport.row - 1)

    def action_cursor_top(self) -> None:
        """The first line."""
        self.move_cursor(0)

    def action_cursor_bottom(self) -> None:
        """The last line."""
        self.move_cursor(self.viewport.count - 1)

    def action_page_down(self) -> None:
        """A page on."""
        self._page(1)

    def action_page_up(self) -> None:
        """A page back."""
        self._page(-1)

    def action_half_page_down(self) -> None:
        """Half a page on."""
        self._page(0.5)

    def action_half_page_up(self) -> None:
        """Half a page back."""
        self._page(-0.5)

    def _page(self, pages: float) -> None:
        before = self.viewport.row
        self.viewport.page(pages)
        self.repaint()
        if self.viewport.row != before:
            self.post_message(self.Moved(self.viewport.row))

    def _scroll(self, rows: int) -> None:
        self.viewport.scroll_by(rows)
        self.repaint()

    def _painted(self, content: Content, y: int, *, is_cursor: bool = False) -> PaintedLine:
        classes = ("line-list--cursor" if self.has_focus else "line-list--resting",) if is_cursor else ()
        base = self.get_visual_style(*classes)
        cells = [*painted_cells(self, content, base, self.text_width, self.glyphs)]
        edge = self.get_visual_style(*classes, "line-list--edge").rich_style
        cells.append(((self.glyphs.thumb if y in self.viewport.thumb else " ", edge),))
        return PaintedLine(tuple(cells))
