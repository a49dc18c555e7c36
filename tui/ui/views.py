"""Saved views: a query with a sort order and columns, reached by a digit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class SavedView(NamedTuple):
    """One view that the user can return to."""

    name: str
    """What it is called in the header, the palette and `--view`."""
    query: str = ""
    """Which jobs it shows; empty for all."""
    sort: str = ""
    """Column ids, a minus sign for descending; empty for the default order."""
    columns: tuple[str, ...] = ()
    """Column ids, some with a width: `message:40`; empty for the default columns."""
    group: str = ""
    """What the rows are grouped by; empty for not at all."""


PROBLEMS = SavedView("problems", "is:problem")
"""Failed or warned, and nothing has succeeded since."""

ALL = SavedView("all")
"""Every job."""

BUILT_IN = (
    PROBLEMS,
    SavedView("running", "state:running,queued", "-started"),
    SavedView("slow", "dur>1.5x", "-duration"),
    SavedView("by system", group="system"),
)
"""Views that exist without any config; a user's view of the same name replaces one."""

MOST_DIGITS = 9
"""Digits from 1 to 9 reach a view, 0 shows all; further views are reached by their names."""


def saved_views(raw: Iterable[Mapping[str, Any]]) -> Sequence[SavedView]:
    """The user's views followed by the built-in ones that none of them replaces.

    Args:
        raw: The `[[views]]` tables; what is wrong in them is reported when the config is checked, not here.
    """
    own = list(read_views(raw))
    taken = {view.name for view in own}
    return [*own, *(view for view in BUILT_IN if view.name not in taken)]


def read_views(raw: Iterable[Mapping[str, Any]]) -> Sequence[SavedView]:
    """Views as TOML has them; what has no name is passed over."""
    return [
        SavedView(
            name=str(table["name"]),
            query=str(table.get("query", "")),
            sort=str(table.get("sort", "")),
            columns=tuple(str(column) for column in _listed(table.get("columns"))),
            group=str(table.get("group", "")),
        )
        for table in raw
        if isinstance(table.get("name"), str)
    ]


def view_table(view: SavedView) -> dict[str, Any]:
    """The same as TOML has it; what is empty is left out."""
    table = {**view._asdict(), "columns": list(view.columns)}
    return {key: value for key, value in table.items() if value}


def view_toml(view: SavedView) -> str:
    """The same as a text to be pasted into the config."""
    from tui.config.effective import toml_text

    lines = [f"{key} = {toml_text(value)}" for key, value in view_table(view).items()]
    return "\n".join(("[[views]]", *lines)) + "\n"


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
