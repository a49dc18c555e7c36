"""What is shown while the terminal has no room for anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.screen import ModalScreen
from textual.widgets import Static

from tui.ui.bindings import Scope, bindings_for
from tui.ui.room import LEAST_COLUMNS, LEAST_LINES, has_room

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.ui.steady_app import SteadyApp


class TooSmall(ModalScreen[None]):
    """Covers everything with one line, until the terminal has grown."""

    app: SteadyApp
    BINDINGS: ClassVar[list[BindingType]] = bindings_for(Scope.EVERYWHERE, only={"quit"})
    DEFAULT_CSS = """
    TooSmall { background: $background; }
    TooSmall > Static { width: 100%; height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def compose(self) -> ComposeResult:
        """The line."""
        yield Static(markup=False)

    def on_mount(self) -> None:
        """Tell the sizes."""
        self.on_resize()

    def on_resize(self) -> None:
        """Tell as much as there is room for."""
        width, height = self.app.size
        needed = f"{LEAST_COLUMNS}x{LEAST_LINES}"
        ways = (f"too small: {needed} needed, {width}x{height} here; q quits", f"too small: needs {needed}")
        self.query_one(Static).update(next((told for told in ways if len(told) <= width), "too small"))

    def action_quit(self) -> None:
        """Quit."""
        self.app.leave(0)

    def on_screen_resume(self) -> None:
        """Go when there is room by the time that what lay above has gone."""
        if has_room(self.app.size):
            self.dismiss()
