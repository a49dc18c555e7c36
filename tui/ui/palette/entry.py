"""One line of the palette: what it is called, what it does, and how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import set_cell_size
from textual.content import Content

from tui.ui.palette.narrowing import Kind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TITLE_WIDTH = 24
"""Cells of the first column."""
KEY_WIDTH = 9
"""Cells of the column with the keys."""
GAP = "  "
"""Between two columns."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette."""

    title: str
    """What is searched and shown."""
    key: str
    """The keys that do the same; empty when there are none."""
    note: Content | str
    """A few words about it; for one that can't act, why not."""
    run: Callable[[], Awaitable[object] | object]
    """Does it."""
    kind: Kind = Kind.ACTION
    """What a sign at the beginning narrows the list to."""
    is_grey: bool = False
    """Whether it can't be done now; running it says why."""
    name: str = ""
    """What it is remembered by among the recent choices; the title where that is the same."""

    @property
    def id(self) -> str:
        """Tells it from every other entry."""
        return f"{self.kind} {self.name or self.title}"

    @property
    def line(self) -> Content:
        """Title, keys and note in columns; the title goes on into an empty column of keys."""
        title_style, key_style = ("$text-disabled",) * 2 if self.is_grey else ("$foreground", "bold $accent")
        width = TITLE_WIDTH if self.key else TITLE_WIDTH + len(GAP) + KEY_WIDTH
        title = Content.styled(self.title, title_style)
        note = self.note
        if isinstance(note, str):
            note = Content.styled(note, "$text-disabled" if self.is_grey else "$text-muted")
        parts: list[Content | str] = [title, " " * max(0, width - title.cell_length), GAP]
        if self.key:
            parts += [Content.styled(set_cell_size(self.key, KEY_WIDTH), key_style), GAP]
        return Content.assemble(*parts, note)
