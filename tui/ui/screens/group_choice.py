"""The dialog that asks by what the rows shall be grouped: one key answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.engine.grouping import WAYS
from tui.ui.bindings import Scope, bindings_for

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from tui.ui.app import NightdeckApp

_CHOICES = (
    ("", "n", "nothing", "one list of all jobs"),
    *((w.id, w.key, w.id, w.told) for w in WAYS.values()),
)
_NAME_WIDTH = 10


class GroupChoice(ModalScreen[str | None]):
    """Answers with the id of a way to group, an empty text for none, or None when the user went back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for(Scope.EVERYWHERE, only={"back", "quit"}),
        *(Binding(key, f"choose({way!r})", name, show=False) for way, key, name, _ in _CHOICES),
    ]
    DEFAULT_CSS = """
    GroupChoice { align: left bottom; background: transparent; }
    GroupChoice > Vertical {
        width: 100%; max-width: 72; height: auto; padding: 1 2 0 2; background: $panel;
        border-left: outer $accent;
    }
    GroupChoice Static { width: 1fr; height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    GroupChoice #ways { padding: 1 0; }
    """

    app: NightdeckApp

    def __init__(self, chosen: str) -> None:
        """Ask.

        Args:
            chosen: What the rows are grouped by now; empty for nothing.
        """
        super().__init__()
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        """The question, the ways, the key that leads back."""
        with Vertical():
            yield Static(Content.assemble(("Group the jobs by", "bold")), markup=False)
            yield Static(Content("\n").join(map(self._line, _CHOICES)), id="ways", markup=False)
            yield Static(Content.assemble(("esc", "bold $accent"), (" back", "$text-muted")), markup=False)

    def on_click(self, event: events.Click) -> None:
        """A click on a way chooses it."""
        number = event.screen_y - self.query_one("#ways").content_region.y
        if 0 <= number < len(_CHOICES):
            self.dismiss(_CHOICES[number][0])

    def action_choose(self, way: str) -> None:
        """Group this way."""
        self.dismiss(way)

    def action_back(self) -> None:
        """Leave the groups as they are."""
        self.dismiss(None)

    action_quit = action_back

    def _line(self, choice: tuple[str, str, str, str]) -> Content:
        way, key, name, told = choice
        glyphs = self.app.glyphs
        is_chosen = way == self._chosen
        return Content.assemble(
            (f"{glyphs.mark if is_chosen else ' '} ", "$accent"),
            (f"{key}  ", "bold $accent"),
            (f"{name:<{_NAME_WIDTH}}", "bold" if is_chosen else ""),
            (told, "$text-muted"),
        )
