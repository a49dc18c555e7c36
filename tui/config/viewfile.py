"""The views and columns that the user kept from within the program: a file of ours, never the config.

It is written when the user keeps something, and not when the dashboard closes: of two dashboards that are
open at once, the one that closes last would forget what was kept in the other.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.config.keptfile import SPOILT, read_kept, taking_turns, write_kept

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

FILE_NAME = "views.toml"
"""Name of the file in the state folder."""
SPOILT_NAME = FILE_NAME + SPOILT
"""Where a file that can't be read is set aside."""

_LARGEST = 256 * 1024
_HEAD = "# Written by nightdeck: views and columns that were kept in the dashboard.\n"


class ViewFile(NamedTuple):
    """What was kept."""

    views: tuple[Mapping[str, Any], ...] = ()
    """Views, as `[[views]]` of the config has them; each has a name of its own."""
    columns: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    """The columns that are shown in a view, by its name, in place of those it was made with."""
    others: Mapping[str, Any] = MappingProxyType({})
    """What a newer nightdeck has kept there, and is left as it is."""

    def with_view(self, table: Mapping[str, Any]) -> ViewFile:
        """The same with a view, in the place of the one that had its name, and with its own columns."""
        name = table["name"]
        names = [view["name"] for view in self.views]
        views = [table if view["name"] == name else view for view in self.views]
        kept = tuple(views if name in names else (*views, table))
        return self.with_columns(name, ())._replace(views=kept)

    def without_view(self, name: str) -> ViewFile:
        """The same without a view and its columns."""
        kept = tuple(view for view in self.views if view["name"] != name)
        return self.with_columns(name, ())._replace(views=kept)

    def with_columns(self, name: str, columns: tuple[str, ...]) -> ViewFile:
        """The same with other columns for a view; none means those it was made with."""
        others = {view: told for view, told in self.columns.items() if view != name}
        return self._replace(columns=others | ({name: columns} if columns else {}))


def load_view_file(folder: Path | None = None) -> ViewFile:
    """What was kept; nothing when there is no file or it is spoilt, which never stops a start.

    Args:
        folder: The state folder; the usual one when None.
    """
    raw = read_kept(FILE_NAME, folder, _LARGEST)
    if raw is None:
        return ViewFile()
    views, columns = raw.get("views"), raw.get("columns")
    named = {
        view["name"]: view
        for view in (views if isinstance(views, list) else ())
        if isinstance(view, dict) and isinstance(view.get("name"), str) and view["name"]
    }
    shown_columns = {
        name: tuple(column for column in told if isinstance(column, str))
        for name, told in (columns.items() if isinstance(columns, dict) else ())
        if isinstance(told, list) and told
    }
    others = {key: value for key, value in raw.items() if key not in ("views", "columns")}
    return ViewFile(tuple(named.values()), shown_columns, others)


def change_view_file(change: Callable[[ViewFile], ViewFile], folder: Path | None = None) -> ViewFile:
    """Change what is kept, as it stands now in the file: another dashboard may have written to it.

    Args:
        change: Makes the new content from the old one.
        folder: The state folder; the usual one when None.

    Returns:
        The new content.

    Raises:
        ConfigError: It can't be written, because the disk is full or the folder isn't ours.
    """
    import tomli_w

    with taking_turns(folder):
        changed = change(load_view_file(folder))
        table = {
            **changed.others,
            "columns": {name: list(columns) for name, columns in changed.columns.items()},
            "views": [dict(view) for view in changed.views],
        }
        text = tomli_w.dumps({key: value for key, value in table.items() if value})
        write_kept(FILE_NAME, folder, _HEAD + text, "the view")
    return changed
