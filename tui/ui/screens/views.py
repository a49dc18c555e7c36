"""The list of all views: opening one, and deleting those that were kept from within the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import set_cell_size
from textual.binding import Binding, BindingType
from textual.content import Content

from tui.core.errors import ConfigError
from tui.ui.screens.list_dialog import ListDialog
from tui.ui.views import ALL, BUILT_IN, view_toml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.ui.viewbook import ViewBook
    from tui.ui.views import SavedView

_NAME_WIDTH, _ORIGIN_WIDTH = 22, 10


class ViewsDialog(ListDialog[str]):
    """Answers with the name of the view that shall be opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x,delete", "drop", "delete", show=False),
        Binding("y", "copy", "copy", show=False),
    ]

    def __init__(self, book: ViewBook, opened: str) -> None:
        """List the views.

        Args:
            book: Knows them, and forgets those that are deleted.
            opened: The name of the one that is open.
        """
        super().__init__()
        self._book = book
        self._opened = opened
        self._views: Sequence[SavedView] = (ALL, *book.views)

    def on_mount(self) -> None:
        """Begin at the view that is open."""
        super().on_mount()
        names = [view.name for view in self._views]
        self.show(names.index(self._opened) if self._opened in names else 0)

    @property
    def count(self) -> int:
        """All views, and the one with every job."""
        return len(self._views)

    @property
    def ways(self) -> Sequence[tuple[str, str]]:
        """Its keys."""
        return (("enter", "open"), ("x", "delete yours"), ("y", "copy for the config"), ("esc", "back"))

    def title_line(self) -> Content:
        """What it is."""
        return Content.styled("Views", "bold")

    def line(self, number: int) -> Content:
        """A view: its digit, its name, where it comes from, what it shows."""
        view = self._views[number]
        is_open = view.name == self._opened
        told = " ".join(
            filter(
                None,
                (
                    view.query or "every job",
                    f" sorted by {view.sort}" if view.sort else "",
                    f" grouped by {view.group}" if view.group else "",
                ),
            )
        )
        return Content.assemble(
            (f"{self._book.digit_of(view.name):>1}  ", "bold $accent"),
            (set_cell_size(view.name, _NAME_WIDTH), "bold $accent" if is_open else "bold"),
            (set_cell_size(self._origin(view), _ORIGIN_WIDTH), "$text-muted"),
            (told, "$text-muted"),
        )

    def action_mark(self) -> None:
        """Open the view."""
        self.action_keep()

    def action_keep(self) -> None:
        """Open the view."""
        self.dismiss(self._views[self.list.line].name)

    def action_copy(self) -> None:
        """Copy the view as the config would have it."""
        self.app.copy_text(view_toml(self._views[self.list.line]), "view")

    def action_drop(self) -> None:
        """Delete the view when it is one of the user's own."""
        view = self._views[self.list.line]
        if not self._book.is_own(view.name):
            self.notify(
                f"{view.name} is {self._origin(view)}: it can't be deleted here",
                severity="warning",
                markup=False,
            )
            return
        try:
            self._book.drop(view.name)
        except ConfigError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self._views = (ALL, *self._book.views)
        self.show(min(self.list.line, self.count - 1))

    def _origin(self, view: SavedView) -> str:
        if self._book.is_own(view.name):
            return "yours"
        return "built in" if view in (ALL, *BUILT_IN) else "config"
