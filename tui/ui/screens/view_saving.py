"""The dialog in which a view is named that shall be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.ui.key_line import key_line
from tui.ui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

    from tui.ui.viewbook import ViewBook
    from tui.ui.views import SavedView

_LABEL_WIDTH = 11


class ViewSaving(ModalScreen[str | None]):
    """Answers with a name under which the view can be kept, or None when the user went back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", "back", show=False, priority=True)]
    DEFAULT_CSS = """
    ViewSaving { align: center middle; background: $background 60%; }
    ViewSaving > Vertical {
        width: 90; max-width: 96%; height: auto; padding: 1 2; background: $panel;
        border-left: outer $accent;
    }
    ViewSaving Static { width: 1fr; height: auto; }
    ViewSaving Input { margin: 1 0 0 0; }
    ViewSaving #told { height: 1; margin-bottom: 1; color: $text-muted; }
    """

    def __init__(self, view: SavedView, book: ViewBook) -> None:
        """Ask for a name.

        Args:
            view: What would be kept; its name is offered.
            book: Knows which names are possible.
        """
        super().__init__()
        self._view = view
        self._book = book

    def compose(self) -> ComposeResult:
        """What would be kept, the name, the keys."""
        with Vertical():
            yield Static(Content.styled("Keep this view", "bold"))
            yield Static(_listed(facts_of(self._view)), markup=False)
            yield LineInput(self._view.name, placeholder="a name for it")
            yield Static(id="told", markup=False)
            yield Static(key_line([("enter", "keep"), ("esc", "back")], self.size.width), markup=False)

    def on_mount(self) -> None:
        """Let the keys go into the name."""
        line = self.query_one(Input)
        line.focus()
        line.cursor_position = len(line.value)
        self._tell(line.value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell what the name would do."""
        event.stop()
        self._tell(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer with the name when it is possible."""
        event.stop()
        name = event.value.strip()
        if not self._book.reason_against(name):
            self.dismiss(name)

    def action_back(self) -> None:
        """Keep nothing."""
        self.dismiss(None)

    def _tell(self, value: str) -> None:
        name = value.strip()
        reason = self._book.reason_against(name)
        if reason:
            told, style = reason if name else "", "$state-warning"
        elif self._book.is_own(name):
            told, style = f"takes the place of your view {name}", "$text-muted"
        else:
            digit = self._book.next_digit(name)
            told, style = (
                f"the key {digit} will open it" if digit else "all digits are taken: open it by name",
                "",
            )
        self.query_one("#told", Static).update(Content.styled(told, style))


def facts_of(view: SavedView) -> Mapping[str, str]:
    """What a view shows, in words."""
    return {
        "filter": view.query or "every job",
        "order": view.sort or "the usual one",
        "columns": " ".join(view.columns) or "the usual ones",
        "groups": view.group,
    }


def _listed(facts: Mapping[str, str]) -> Content:
    lines = [
        Content.assemble((f"  {name:<{_LABEL_WIDTH}}", "$text-muted"), value)
        for name, value in facts.items()
        if value
    ]
    return Content("\n").join(lines)
