"""A log on the line API: only visible lines are styled; follows the tail or stays where the reader is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from tui.logs.buffer import LineBuffer
from tui.logs.levels import ERROR_LINE, TIMESTAMP, level_of
from tui.ui.bindings import Scope, bindings_for
from tui.ui.widgets.log_layout import LogLayout
from tui.ui.widgets.log_moves import LogMoves

if TYPE_CHECKING:
    import re

    from textual.binding import BindingType

    from tui.core.models import LogChunk


class LogView(LogMoves, can_focus=True, inherit_bindings=False):
    """Shows a `LineBuffer`. Appended lines repaint only when they are visible."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(Scope.LOG)]
    DEFAULT_CSS = """
    LogView { height: 1fr; scrollbar-size-horizontal: 0; background: $background; }
    LogView > .log--number { color: $text-disabled; }
    LogView > .log--cursor { background: $table-cursor; }
    LogView > .log--error { color: $level-error; }
    LogView > .log--warning { color: $level-warning; }
    LogView > .log--info { color: $foreground; }
    LogView > .log--debug { color: $level-debug; }
    LogView > .log--match { background: $accent; color: $background; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "log--number",
        "log--cursor",
        "log--error",
        "log--warning",
        "log--info",
        "log--debug",
        "log--match",
    }

    is_following: reactive[bool] = reactive(default=True, repaint=False)
    """Whether the view stays at the tail as lines arrive."""
    has_times: reactive[bool] = reactive(default=True, repaint=False)
    """Whether the date and time at the beginning of lines are shown."""
    cursor: reactive[int] = reactive(0, repaint=False)
    """Index of the line that the reader is on."""

    class Moved(Message):
        """The cursor, the number of lines or following changed."""

        def can_replace(self, message: Message) -> bool:
            """A newer position makes an older one worthless."""
            return isinstance(message, LogView.Moved)

    def __init__(self, *, has_numbers: bool = True, has_cursor: bool = True, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        """Start empty, following.

        Args:
            has_numbers: Whether line numbers are shown.
            has_cursor: Whether the reader's line is marked.
            id: The widget's id.
        """
        super().__init__(id=id)
        self.buffer = LineBuffer()
        self.layout_of_lines = LogLayout(self.buffer)
        self.pattern: re.Pattern[str] | None = None
        self.bookmarks: set[int] = set()
        self._has_numbers = has_numbers
        self._has_cursor = has_cursor
        self._strips: dict[tuple[int, int], Strip] = {}

    def start_over(self) -> None:
        """Forget the log and wait for another."""
        only, wrap = self.layout_of_lines.only, self.layout_of_lines.wrap_width
        self.buffer = LineBuffer()
        self.layout_of_lines = LogLayout(self.buffer)
        self.layout_of_lines.only, self.layout_of_lines.wrap_width = only, wrap
        self.cursor = 0
        self.bookmarks.clear()
        self._relayout()

    def feed(self, chunk: LogChunk) -> None:
        """Append a piece of the log."""
        if not chunk.data and not chunk.is_restart and chunk.is_complete == self.buffer.is_complete:
            return
        last_row = self.layout_of_lines.height - 1
        dropped = self.buffer.feed(chunk)
        if dropped:
            self.layout_of_lines.rebuild()
            self.cursor = max(0, self.cursor - dropped)
            self.bookmarks = {line - dropped for line in self.bookmarks if line >= dropped}
            self._strips.clear()
        else:
            self.layout_of_lines.extend()
            self._strips = {k: s for k, s in self._strips.items() if k[0] < len(self.buffer.lines) - 1}
        self._fit()
        if self.is_following:
            self.cursor = max(0, len(self.buffer) - 1)
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)
        if dropped or last_row < self.scroll_offset.y + self.size.height:
            self.refresh()
        self.post_message(self.Moved())

    def show_pattern(self, pattern: re.Pattern[str] | None) -> None:
        """Highlight what a search matches; nothing for None."""
        self.pattern = pattern
        self._strips.clear()
        self.refresh()

    def toggle_bookmark(self) -> None:
        """Mark the line that the reader is on, or take its mark away."""
        self.bookmarks ^= {self.cursor}
        self._strips.clear()
        self.refresh()

    def find_bookmark(self, step: int) -> bool:
        """Go to the next bookmark or the one before, around the end. Tells whether there is one."""
        ahead = sorted(self.bookmarks, key=lambda line: ((line - self.cursor) * step <= 0, line * step))
        if ahead:
            self.go_to(ahead[0], is_centred=True)
        return bool(ahead)

    def watch_has_times(self) -> None:
        """Paint the lines with or without their times."""
        self._strips.clear()
        self.refresh()

    def show_only(self, pattern: re.Pattern[str] | None) -> None:
        """Leave out the lines that don't match; None shows all. The cursor stays on its line."""
        self.layout_of_lines.only = pattern
        self._relayout()
        self.go_to(self.cursor)

    def toggle_wrap(self) -> bool:
        """Wrap long lines, or stop doing so. Tells whether they are wrapped now."""
        layout = self.layout_of_lines
        layout.wrap_width = None if layout.wrap_width else max(10, self._text_width)
        self._relayout()
        self.scroll_to(x=0, animate=False)
        self.go_to(self.cursor)
        return layout.wrap_width is not None

    def go_to(self, line: int, *, is_centred: bool = False) -> None:
        """Put the cursor on a line and make it visible. Leaves the tail unless it is the last line."""
        line = max(0, min(line, len(self.buffer) - 1))
        old, self.cursor = self.cursor, line
        self.is_following = self.is_following and line >= len(self.buffer) - 1
        row = self.layout_of_lines.row_of(line)
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if is_centred:
            self.scroll_to(y=max(0, row - height // 3), animate=False)
        elif row < top:
            self.scroll_to(y=row, animate=False)
        elif row >= top + height:
            self.scroll_to(y=row - height + 1, animate=False)
        for changed in (old, line):
            self.refresh_line(self.layout_of_lines.row_of(changed))
        self.post_message(self.Moved())

    def move(self, rows: int) -> None:
        """Move the cursor by shown lines."""
        row = self.layout_of_lines.row_of(self.cursor) + rows
        place = self.layout_of_lines.place(max(0, min(row, self.layout_of_lines.height - 1)))
        if place is not None:
            line = place.line
            if rows > 0 and line == self.cursor:
                below = self.layout_of_lines.place(self.layout_of_lines.row_of(line + 1))
                line = below.line if below is not None else line
            self.go_to(line)

    def follow(self) -> None:
        """Stay at the tail from now on."""
        self.is_following = True
        self.cursor = max(0, len(self.buffer) - 1)
        self.scroll_to(y=self.max_scroll_y, animate=False, force=True)
        self.refresh()
        self.post_message(self.Moved())

    def find(self, pattern: re.Pattern[str], step: int, *, is_inclusive: bool = False) -> bool:
        """Go to the nearest line that matches, around the end if need be. Tells whether there is one."""
        start = self.cursor if is_inclusive else self.cursor + step
        found = self.buffer.find(pattern, start, step)
        if found is None:
            found = self.buffer.find(pattern, 0 if step > 0 else len(self.buffer) - 1, step)
        if found is None:
            return False
        self.go_to(found, is_centred=True)
        return True

    def find_error(self, step: int, *, is_inclusive: bool = False) -> bool:
        """Go to the nearest line that tells of an error. Tells whether there is one."""
        return self.find(ERROR_LINE, step, is_inclusive=is_inclusive)

    def on_resize(self) -> None:
        """Wrap to the new width."""
        if self.layout_of_lines.wrap_width:
            self.layout_of_lines.wrap_width = max(10, self._text_width)
            self._relayout()
        if self.is_following:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        """Paint the other part of the lines."""
        self._strips.clear()
        super().watch_scroll_x(old_value, new_value)

    def render_line(self, y: int) -> Strip:
        """One screen row; drawn when it is visible and kept until it changes."""
        width = self.size.width
        place = self.layout_of_lines.place(y + self.scroll_offset.y)
        if place is None:
            return Strip.blank(width, self.rich_style)
        is_cursor = self._has_cursor and place.line == self.cursor
        strip = None if is_cursor else self._strips.get(place)
        if strip is None:
            strip = self._draw(place.line, place.part, width, is_cursor=is_cursor)
            if not is_cursor:
                self._strips[place] = strip
        return strip

    @property
    def _gutter(self) -> int:
        return len(f"{len(self.buffer) + self.buffer.dropped:,}") + 3 if self._has_numbers else 1

    @property
    def _text_width(self) -> int:
        return self.size.width - self._gutter

    def _draw(self, index: int, part: int, width: int, *, is_cursor: bool) -> Strip:
        text = self.buffer[index]
        content = _coloured(text) if "\x1b" in text else Content(text)
        level = level_of(content.plain)
        if not self.has_times and (time := TIMESTAMP.match(content.plain)) is not None:
            content = content[time.end() :]
        classes = [f"log--{level}"] if level is not None else []
        if is_cursor:
            classes.append("log--cursor")
        style = self.get_visual_style(*classes)
        if self.pattern is not None:
            match = self.get_visual_style("log--match")
            for found in self.pattern.finditer(content.plain):
                content = content.stylize(match, found.start(), found.end())
        room = max(1, self._text_width)
        line = Strip(content.render_segments(style))
        start = part * room if self.layout_of_lines.wrap_width else self.scroll_offset.x
        body = line.crop(start, start + room).adjust_cell_length(room, style.rich_style)
        return Strip.join([self._number(index, part, is_cursor=is_cursor), body]).adjust_cell_length(width)

    def _number(self, index: int, part: int, *, is_cursor: bool) -> Strip:
        style = self.get_visual_style(
            *(["log--number", "log--cursor"] if is_cursor else ["log--number"])
        ).rich_style
        mark = "▸" if is_cursor else "◆" if index in self.bookmarks and part == 0 else " "
        number = f"{index + 1 + self.buffer.dropped:,}" if part == 0 else ""
        told = f"{mark}{number:>{self._gutter - 3}}  " if self._has_numbers else mark
        return Strip([Segment(told, style)], len(told))

    def _relayout(self) -> None:
        self._strips.clear()
        self.layout_of_lines.rebuild()
        self._fit()
        self.refresh()

    def _fit(self) -> None:
        layout = self.layout_of_lines
        width = self.size.width if layout.wrap_width else layout.width + self._gutter
        self.virtual_size = Size(width, layout.height)


def _coloured(text: str) -> Content:
    return Content.from_rich_text(Text.from_ansi(text))
