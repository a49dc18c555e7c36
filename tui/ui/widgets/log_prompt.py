"""The line under a log to type into: what to search for, what to show only, where to go."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static
from textual.widgets.input import Selection

from tui.ui.widgets.line_input import LineInput
from tui.ui.widgets.recall import Recall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType


class Asked(StrEnum):
    """What is asked for, by the sign that stands before it."""

    SEARCH = "/"
    ONLY = "&"
    PLACE = "@"


_PLACEHOLDERS = {
    Asked.SEARCH: r"text or regular expression; \V before it: plain text",
    Asked.ONLY: "show only lines with this; ! before it: only lines without it",
    Asked.PLACE: "14:05   2026-11-21 14:05   -10m   line 48213   50%",
}


class LogPrompt(Horizontal):
    """One line that is hidden until something is asked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "earlier", "earlier"),
        Binding("down", "later", "later"),
    ]
    DEFAULT_CSS = """
    LogPrompt { height: 1; background: $surface; display: none; }
    LogPrompt.-open { display: block; }
    LogPrompt > Static { width: 3; padding: 0 1; color: $accent; }
    LogPrompt > LineInput { width: 1fr; }
    LogPrompt.-wrong > Static { color: $state-failed; }
    """

    class Typed(Message):
        """The text has changed."""

        def __init__(self, asked: Asked, text: str) -> None:
            super().__init__()
            self.asked = asked
            """What for."""
            self.text = text
            """What stands there now."""

    class Accepted(Message):
        """The text counts."""

        def __init__(self, asked: Asked, text: str) -> None:
            super().__init__()
            self.asked = asked
            """What for."""
            self.text = text
            """What was typed."""

    class Left(Message):
        """Nothing of it counts."""

        def __init__(self, asked: Asked) -> None:
            super().__init__()
            self.asked = asked
            """What for."""

    def __init__(self) -> None:
        """Begin hidden."""
        super().__init__()
        self._asked = Asked.SEARCH
        self._recall = Recall()

    @property
    def is_open(self) -> bool:
        """Whether something is asked."""
        return self.has_class("-open")

    @property
    def asked(self) -> Asked:
        """What is, or was last, asked for."""
        return self._asked

    def compose(self) -> ComposeResult:
        """The sign and the line."""
        yield Static(markup=False)
        yield LineInput()

    def ask(self, asked: Asked, entries: Sequence[str], text: str = "") -> None:
        """Open it.

        Args:
            asked: What for.
            entries: What was typed before, newest first.
            text: What to begin with.
        """
        self._asked = asked
        self._recall = Recall()
        self._recall.entries = entries
        self.query_one(Static).update(asked.value)
        line = self.query_one(LineInput)
        with line.prevent(Input.Changed):
            line.value = text
        line.placeholder = _PLACEHOLDERS[asked]
        # All of a proposal is selected: what is typed takes its place.
        line.selection = Selection(0, len(text))
        self.show_as_wrong(is_wrong=False)
        self.add_class("-open")
        line.focus()

    def show_as_wrong(self, *, is_wrong: bool) -> None:
        """Show that nothing is found for the text, or that it means nothing."""
        self.set_class(is_wrong, "-wrong")

    def close(self) -> None:
        """Hide it."""
        self.remove_class("-open")

    def leave(self) -> None:
        """Hide it and let nothing of it count."""
        self.close()
        self.post_message(self.Left(self._asked))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell what is typed."""
        event.stop()
        self.post_message(self.Typed(self._asked, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """What was typed counts."""
        event.stop()
        self.close()
        self.post_message(self.Accepted(self._asked, event.value))

    def action_earlier(self) -> None:
        """What was typed before."""
        self._put(self._recall.earlier(self.query_one(LineInput).value))

    def action_later(self) -> None:
        """What was typed after that."""
        self._put(self._recall.later())

    def _put(self, text: str | None) -> None:
        if text is not None:
            line = self.query_one(LineInput)
            line.value = text
            line.cursor_position = len(text)
