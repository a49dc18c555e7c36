"""A line to type in whose cursor does not blink: an idle screen sends nothing."""

from __future__ import annotations

from textual.widgets import Input


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
