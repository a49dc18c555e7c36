"""What is told when a view was kept: its key, and how the config would have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.ui.key_line import key_line
from tui.ui.views import view_toml

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.ui.app import NightdeckApp
    from tui.ui.views import SavedView


class ViewKept(ModalScreen[None]):
    """Shows the view as the config would have it, for those who want it there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "back", "back", show=False),
        Binding("y", "copy", "copy", show=False),
    ]
    DEFAULT_CSS = """
    ViewKept { align: center middle; background: $background 60%; }
    ViewKept > Vertical {
        width: 90; max-width: 96%; height: auto; max-height: 90%; padding: 1 2; background: $panel;
        border-left: outer $accent;
    }
    ViewKept Static { width: 1fr; height: auto; }
    ViewKept #toml { margin: 1 0 1 2; }
    """

    app: NightdeckApp

    def __init__(self, view: SavedView, digit: str, *, is_lasting: bool) -> None:
        """Tell about a view.

        Args:
            view: The view.
            digit: The key that opens it; empty without one.
            is_lasting: Whether it is there at the next start.
        """
        super().__init__()
        self._view = view
        self._digit = digit
        self._is_lasting = is_lasting

    def compose(self) -> ComposeResult:
        """What was done, the text, the keys."""
        kept = " is kept" if self._is_lasting else " is kept until you leave"
        opened = f"{kept}; {self._digit} opens it" if self._digit else f"{kept}; the palette opens it by name"
        ways = [("y", "copy this for the config"), ("esc", "back")]
        with Vertical():
            yield Static(Content.assemble((self._view.name, "bold $accent"), (opened, "bold")), markup=False)
            yield Static(
                Content.styled(view_toml(self._view).rstrip(), "$text-muted"), id="toml", markup=False
            )
            yield Static(key_line(ways, self.size.width), markup=False)

    def action_copy(self) -> None:
        """Copy the text."""
        self.app.copy_text(view_toml(self._view), "view")

    def action_back(self) -> None:
        """Go on."""
        self.dismiss(None)
