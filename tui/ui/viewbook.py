"""The views that there are: the config's, the built-in ones, and those that the user kept in the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.errors import ConfigError
from tui.ui.views import ALL, BUILT_IN, MOST_DIGITS, read_views, view_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tui.config.viewfile import ViewFile
    from tui.ui.views import SavedView

LONGEST_NAME = 40
"""Characters of a view's name, in the config as well."""


class ViewBook:
    """Knows every view by its number and its name, and keeps those of the user's own."""

    def __init__(self, given: Sequence[SavedView], kept: ViewFile, folder: Path | None) -> None:
        """List views.

        Args:
            given: The config's and the built-in ones, in the order of their digits.
            kept: Those of the user's own, and the columns that were chosen for any view.
            folder: Where they are kept; None keeps them only as long as the program runs.
        """
        self._given = tuple(given)
        self._folder = folder
        self._kept = kept
        self._own: Sequence[SavedView] = read_views(kept.views)

    @property
    def is_lasting(self) -> bool:
        """Whether what is kept is there at the next start."""
        return self._folder is not None

    @property
    def views(self) -> Sequence[SavedView]:
        """Every view in the order of the digits; an own one replaces a built-in one of its name."""
        own = {view.name: view for view in self._own}
        first = [own.get(view.name, view) if view in BUILT_IN else view for view in self._given]
        listed = {view.name for view in first}
        return [*first, *(view for view in self._own if view.name not in listed)]

    def named(self, name: str) -> SavedView | None:
        """The view of that name."""
        return next((view for view in (ALL, *self.views) if view.name == name), None)

    def digit_of(self, name: str) -> str:
        """The key that opens a view; empty when all digits are taken by others."""
        names = [view.name for view in (ALL, *self.views)][: MOST_DIGITS + 1]
        return str(names.index(name)) if name in names else ""

    def next_digit(self, name: str) -> str:
        """The key that would open a view of that name, once it was kept."""
        count = len(self.views) + 1
        return self.digit_of(name) or (str(count) if count <= MOST_DIGITS else "")

    def is_own(self, name: str) -> bool:
        """Whether the user kept that view from within the program, and can delete it there."""
        return any(view.name == name for view in self._own)

    def columns_of(self, view: SavedView) -> Sequence[str]:
        """The columns that a view shows: those chosen for it last, else those it was made with."""
        return self._kept.columns.get(view.name) or view.columns

    def reason_against(self, name: str) -> str:
        """Why no view can be kept under a name, or an empty string."""
        if not name.strip():
            return "a view needs a name"
        if len(name) > LONGEST_NAME:
            return f"a name has {LONGEST_NAME} characters at most"
        if not name.isprintable():
            return "a name has letters, digits and signs only"
        if name == ALL.name:
            return f"{ALL.name} is every job; choose another name"
        if any(view.name == name for view in self._given if view not in BUILT_IN):
            return f"the config has a view {name}; change it there, or choose another name"
        return ""

    def keep(self, view: SavedView) -> None:
        """Keep a view as the user's own; it replaces an own one of its name.

        Raises:
            ConfigError: No view can have that name, or it can't be written.
        """
        if reason := self.reason_against(view.name):
            raise ConfigError(reason)
        self._change(lambda kept: kept.with_view(view_table(view)))

    def drop(self, name: str) -> None:
        """Forget one of the user's own.

        Raises:
            ConfigError: It can't be written.
        """
        self._change(lambda kept: kept.without_view(name))

    def keep_columns(self, name: str, columns: Sequence[str]) -> None:
        """Show these columns in a view from now on; none means those it was made with.

        Raises:
            ConfigError: It can't be written.
        """
        self._change(lambda kept: kept.with_columns(name, tuple(columns)))

    def _change(self, change: Callable[[ViewFile], ViewFile]) -> None:
        from tui.config.viewfile import change_view_file

        self._kept = change(self._kept) if self._folder is None else change_view_file(change, self._folder)
        self._own = read_views(self._kept.views)
