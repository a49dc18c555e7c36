"""The line in which the form of a file is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

_OF_ROWS = {"c": ("csv", "CSV"), "j": ("json", "JSON"), "m": ("md", "Markdown")}
_OF_SCREEN = {"t": ("txt", "text"), "v": ("svg", "picture (SVG)")}
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
        """One line."""
        parts: list[tuple[str, str]] = []
        if self._rows:
            parts += [("Save ", "bold"), (self._rows, "bold $accent"), (":", "bold"), *_told(_OF_ROWS)]
            parts += [("   the screen:", "$text-muted"), *_told(_OF_SCREEN)]
        else:
            parts += [("Save the screen:", "bold"), *_told(_OF_SCREEN)]
        first = "CSV" if self._rows else "text"
        parts += [("   enter", "bold $accent"), (f" {first}", "$text-muted")]
        parts += [("   esc", "bold $accent"), (" back", "$text-muted")]
        yield Static(Content.assemble(*parts), markup=False)

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


def _told(ways: dict[str, tuple[str, str]]) -> list[tuple[str, str]]:
    parts: list[tuple[str, str]] = []
    for key, (_, name) in ways.items():
        parts += [(f"  {key}", "bold $accent"), (f" {name}", "")]
    return parts
