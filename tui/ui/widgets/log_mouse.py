"""The mouse in a log: the wheel scrolls, a click goes to a line, a drag selects lines."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from tui.ui.widgets.log_moves import LogMoves

if TYPE_CHECKING:
    from textual import events

    from tui.logs.document import LogDocument

_WHEEL_ROWS = 3


class LogMouse(LogMoves):
    """Answers the mouse, for a view that knows where its lines are."""

    _pressed: int | None = None
    """The line on which the button went down; None while it is up."""
    _is_dragged = False

    @abstractmethod
    def line_at(self, y: int) -> int | None:
        """The line on a row of the screen; None where there is none."""

    @abstractmethod
    def thumb(self) -> range:
        """The rows at the right edge that stand for what is on the screen; empty when all of it is."""

    @abstractmethod
    def scroll(self, rows: int) -> None:
        """Move the window and leave the cursor."""

    @abstractmethod
    def go_to(self, line: int, *, is_centred: bool = False) -> None:
        """Put the cursor on a line."""

    @property
    @abstractmethod
    def document(self) -> LogDocument | None:
        """The log; None while there is none."""

    @abstractmethod
    def select(self, *, is_begun: bool | None = None) -> bool:
        """Begin to select lines at the cursor, or let go of them."""

    def go_to_share(self, share: float) -> None:
        """Go to about that share of the log, from 0 to 1."""
        document = self.document
        if document is not None and document.size:
            self.go_to(document.start_of(int(document.size * share)), is_centred=True)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the lines."""
        event.stop()
        self.scroll(_WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the lines."""
        event.stop()
        self.scroll(-_WHEEL_ROWS)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go to the line, or to a place of the track at the edge; a drag from here selects."""
        event.stop()
        if event.x >= self.size.width - 1 and self.thumb():
            self.go_to_share(event.y / max(1, self.size.height))
            return
        line = self.line_at(event.y)
        if line is not None:
            self.select(is_begun=False)
            self.go_to(line)
            self._pressed, self._is_dragged = line, False
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Select as far as the mouse is dragged, beyond the edges, too."""
        if self._pressed is None:
            return
        event.stop()
        line = self.line_at(event.y)
        is_outside = not 0 <= event.y < self.size.height
        if not self._is_dragged and (is_outside or line != self._pressed):
            self._is_dragged = self.select(is_begun=True)
        if is_outside:
            self.move(-1 if event.y < 0 else 1)
        elif line is not None:
            self.go_to(line)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """What was selected stays so."""
        event.stop()
        self._pressed = None
        self.release_mouse()
