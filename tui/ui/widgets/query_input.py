"""The part of the filter line that takes keys: a ghost of what may follow, and what is wrong underlined."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.highlighter import Highlighter
from textual.binding import Binding
from textual.message import Message

from tui.ui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from rich.text import Text
    from textual import events
    from textual.binding import BindingType

LONGEST_PASTE = 2000
"""Characters that are taken from the clipboard: a query is never that long, a log is."""


class QueryInput(LineInput):
    """One line; a pasted text of several lines becomes one, too."""

    # Every input inherits scrolling on this key, which the footer would take for all that it does.
    BINDINGS: ClassVar[list[BindingType]] = [Binding("up", "up", "earlier")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"query-input--wrong"}
    DEFAULT_CSS = """
    QueryInput { width: 1fr; }
    QueryInput > .query-input--wrong { color: $state-failed; text-style: underline; }
    QueryInput > .input--suggestion { color: $text-disabled; }
    """

    class CursorMoved(Message):
        """The cursor stands elsewhere, or something else is selected."""

    def __init__(self, value: str = "", *, placeholder: str = "") -> None:
        """Begin with a query.

        Args:
            value: The query.
            placeholder: What is shown while there is none.
        """
        super().__init__(value, placeholder=placeholder)
        self._wrong: tuple[int, int] | None = None
        self.highlighter = _WrongPart(self)

    @property
    def wrong(self) -> tuple[int, int] | None:
        """The part that is underlined: its first character and the one after its last."""
        return self._wrong

    @wrong.setter
    def wrong(self, part: tuple[int, int] | None) -> None:
        if part is not None:
            start, end = part
            # Where something is missing at the end, the last character stands for it.
            part = (min(start, max(0, len(self.value) - 1)), max(end, start + 1))
        if part != self._wrong:
            self._wrong = part
            self.refresh()

    @property
    def ghost(self) -> str:
        """What is shown faintly behind the cursor; the right arrow takes it."""
        return self._suggestion[len(self.value) :]

    @ghost.setter
    def ghost(self, rest: str) -> None:
        self._suggestion = f"{self.value}{rest}" if rest else ""

    def watch_selection(self) -> None:
        """Tell that the cursor has moved."""
        self.post_message(self.CursorMoved())

    def on_paste(self, event: events.Paste) -> None:
        """Put a pasted text where the cursor is, as one line and without what can't be seen."""
        event.stop()
        event.prevent_default()
        words = " ".join(event.text[: 2 * LONGEST_PASTE].split())
        self.replace("".join(filter(str.isprintable, words))[:LONGEST_PASTE], *sorted(self.selection))


class _WrongPart(Highlighter):
    def __init__(self, line: QueryInput) -> None:
        self._line = line

    def highlight(self, text: Text) -> None:
        if self._line.wrong is not None:
            text.stylize(self._line.get_component_rich_style("query-input--wrong"), *self._line.wrong)
