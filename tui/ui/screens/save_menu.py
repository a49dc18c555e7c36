"""The line in which the form of a file is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.ui.key_line import key_line

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

_GAP = "   "
_CELLS_AROUND = 3
_OF_ROWS = {"c": ("csv", "CSV"), "j": ("json", "JSON"), "m": ("md", "Markdown")}
_OF_SCREEN = {"t": ("txt", "text"), "v": ("svg", "SVG")}
_SUFFIXES = {key: suffix for key, (suffix, _) in (_OF_ROWS | _OF_SCREEN).items()}


class SaveMenu(ModalScreen[str | None]):
    """Answers with the ending of the file that is wanted, or None when the user went back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back", "back", show=False),
        Binding("enter", "choose('')", "the first", show=False),
        *(Binding(key, f"choose('{key}')", suffix, show=False) for key, suffix in _SUFFIXES.items()),
    ]
    DEFAULT_CSS = """
    SaveMenu { align: left bottom; background: transparent; }
    SaveMenu Static {
        width: 100%; height: auto; padding: 0 1; background: $panel; border-left: outer $accent;
    }
    """

    def __init__(self, rows: str = "") -> None:
        """Ask for a form.

        Args:
            rows: Which rows can be saved, in words; empty when it is about the screen alone.
        """
        super().__init__()
        self._rows = rows

    def compose(self) -> ComposeResult:
        """One line, or two where the screen is narrow."""
        yield Static(markup=False)

    def on_resize(self, event: events.Resize) -> None:
        """Fold the line where it must be."""
        of_screen = [(key, name) for key, (_, name) in _OF_SCREEN.items()]
        if self._rows:
            ways = [*((key, name) for key, (_, name) in _OF_ROWS.items()), ("", "the screen:"), *of_screen]
            title = Content.assemble(("Save ", "bold"), (self._rows, "bold $accent"))
        else:
            ways, title = of_screen, Content.styled("Save the screen", "bold")
        key, words = ways[0]
        ways[0] = (f"enter {key}", words)
        room = event.size.width - _CELLS_AROUND
        keys = key_line([*ways, ("esc", "back")], room - title.cell_length - len(_GAP))
        lines = keys.split("\n")
        indent = Content(" " * (title.cell_length + len(_GAP)))
        first = Content.assemble(title, _GAP, lines[0])
        told = Content("\n").join([first, *(Content.assemble(indent, line) for line in lines[1:])])
        self.query_one(Static).update(told)

    def is_of_screen(self, suffix: str) -> bool:
        """Whether a form is one of the screen, and not of the rows."""
        return any(suffix == known for known, _ in _OF_SCREEN.values())

    def action_choose(self, key: str) -> None:
        """Answer with a form; without rows the keys of their forms do nothing."""
        wanted = key or ("c" if self._rows else "t")
        if self._rows or wanted in _OF_SCREEN:
            self.dismiss(_SUFFIXES[wanted])

    def action_back(self) -> None:
        """Save nothing."""
        self.dismiss(None)
