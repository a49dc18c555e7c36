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
    """Column ids; empty for the default columns."""


PROBLEMS = SavedView("problems", "state:failed,warning or last:failed,warning")
"""Failed or warned, and nothing has succeeded since."""

ALL = SavedView("all")
"""Every job."""

BUILT_IN = (
    PROBLEMS,
    SavedView("running", "state:running,queued", "-started"),
    SavedView("slow", "dur>1.5x", "-duration"),
)
"""Views that exist without any config; a user's view of the same name replaces one."""

MOST_VIEWS = 9
"""Digits from 1 to 9 reach a view; 0 shows all."""


def saved_views(raw: Iterable[Mapping[str, Any]]) -> Sequence[SavedView]:
    """The user's views followed by the built-in ones that none of them replaces, nine at most.

    Args:
        raw: The `[[views]]` tables; what is wrong in them is reported when the config is checked, not here.
    """
    own = [
        SavedView(
            name=str(table["name"]),
            query=str(table.get("query", "")),
            sort=str(table.get("sort", "")),
            columns=tuple(str(column) for column in _listed(table.get("columns"))),
        )
        for table in raw
        if isinstance(table.get("name"), str)
    ]
    taken = {view.name for view in own}
    return [*own, *(view for view in BUILT_IN if view.name not in taken)][:MOST_VIEWS]


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
