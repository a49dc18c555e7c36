"""A line to type in whose cursor does not blink: an idle screen sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    from textual import events


_LONGEST_PASTE = 100_000
"""Characters that are taken from the clipboard."""


class LineInput(Input):
    """One line without a border."""

    DEFAULT_CSS = """
    LineInput, LineInput:focus { height: 1; border: none; padding: 0; background: $surface; }
    """

    def __init__(self, value: str = "", *, placeholder: str = "") -> None:
        """Begin with a text.

        Args:
            value: The text.
            placeholder: What is shown while there is none.
        """
        super().__init__(value, placeholder=placeholder, compact=True, select_on_focus=False)
        self.cursor_blink = False

    def on_paste(self, event: events.Paste) -> None:
        """Put the first line of a pasted text where the cursor is, without what can't be seen."""
        event.stop()
        event.prevent_default()
        line = next(iter(event.text[:_LONGEST_PASTE].splitlines()), "")
        self.replace(plain_text(line, _LONGEST_PASTE), *sorted(self.selection))
