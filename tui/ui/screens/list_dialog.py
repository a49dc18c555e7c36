"""A list at the bottom of the screen whose choices show above it at once: what its dialogs share."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.ui.bindings import Scope, bindings_for
from tui.ui.key_line import key_line
from tui.ui.widgets.pick_list import PickList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.content import Content

    from tui.ui.app import NightdeckApp

Answer = TypeVar("Answer")
"""What a dialog answers with."""

_SHARE = 0.55
"""The share of the screen that the dialog takes at most: above it one sees what a choice does."""
_LINES_AROUND, _CELLS_AROUND, _WIDEST = 4, 5, 120
_FEWEST = 3
_ROOMY_FROM = 24
"""Lines of a screen from which the dialog has a blank line at its top."""


class ListDialog(ModalScreen[Answer | None]):
    """Answers with what was chosen, or None when the user went back. Subclasses say what the lines are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for(Scope.EVERYWHERE, Scope.TABLE, only={"back", "quit", "mark"}),
    ]
    DEFAULT_CSS = """
    ListDialog { align: left bottom; background: transparent; }
    ListDialog > Vertical {
        width: 100%; max-width: 120; height: auto; padding: 0 2; background: $panel;
        border-left: outer $accent;
    }
    ListDialog > Vertical.-roomy { padding: 1 2 0 2; }
    ListDialog Static { width: 1fr; height: auto; }
    ListDialog #title { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    ListDialog #keys { padding-top: 0; }
    ListDialog > Vertical.-roomy #keys { padding-top: 1; }
    """

    app: NightdeckApp

    def compose(self) -> ComposeResult:
        """What it is about, the lines, the keys."""
        with Vertical():
            yield Static(self.title_line(), id="title", markup=False)
            yield PickList(self.app.glyphs, self.line)
            yield Static(id="keys", markup=False)

    def on_mount(self) -> None:
        """Show the lines."""
        self.list.focus()
        self.show()

    def on_resize(self, event: events.Resize) -> None:
        """Leave enough of the screen below in sight."""
        height = event.size.height
        self.query_one(Vertical).set_class(height >= _ROOMY_FROM, "-roomy")
        keys = key_line(self.ways, min(event.size.width, _WIDEST) - _CELLS_AROUND)
        self.query_one("#keys", Static).update(keys)
        room = int(height * _SHARE) - _LINES_AROUND
        self.list.styles.height = max(_FEWEST, min(self.count, room))

    @property
    def list(self) -> PickList:
        """The lines."""
        return self.query_one(PickList)

    @property
    @abstractmethod
    def count(self) -> int:
        """How many lines there are."""

    @property
    @abstractmethod
    def ways(self) -> Sequence[tuple[str, str]]:
        """The keys that work here, and what they do."""

    @abstractmethod
    def title_line(self) -> Content:
        """What it is about, and what was chosen so far."""

    @abstractmethod
    def line(self, number: int) -> Content:
        """What stands in a line."""

    @abstractmethod
    def action_mark(self) -> None:
        """Do what the key for marking and a click do with the line under the cursor."""

    @abstractmethod
    def action_keep(self) -> None:
        """Answer with what was chosen."""

    def show(self, line: int | None = None) -> None:
        """Show the choice as it stands now.

        Args:
            line: Where the cursor shall stand; None leaves it where it is.
        """
        self.query_one("#title", Static).update(self.title_line())
        self.list.show_lines(self.count, line)

    def on_line_list_chosen(self) -> None:
        """Enter keeps the choice, wherever the cursor stands."""
        self.action_keep()

    def on_pick_list_ticked(self) -> None:
        """A click does what the key for marking does."""
        self.action_mark()

    def action_back(self) -> None:
        """Give it up."""
        self.dismiss(None)

    def action_quit(self) -> None:
        """Give it up."""
        self.dismiss(None)
