"""The columns that a view shows, as config and command line write them: `message:40`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.errors import ConfigError
from tui.engine.columns import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST_WIDTH, MOST_WIDTH = 2, 200
"""Cells of the narrowest and the widest column that a user can ask for."""


def split_width(column: str) -> tuple[str, int]:
    """A column as views name it, `message:40`, taken apart: its id, and its cells or 0 when none are told."""
    name, _, cells = column.partition(":")
    width = int(cells) if cells.isascii() and cells.isdecimal() and len(cells) <= len(str(MOST_WIDTH)) else 0
    return name.strip(), max(LEAST_WIDTH, min(width, MOST_WIDTH)) if width else 0


def with_width(column: str, width: int) -> str:
    """The same put together; 0 tells no width."""
    return f"{column}:{width}" if width else column


def parse_columns(columns: Iterable[str]) -> None:
    """Check what a view shows.

    Raises:
        ConfigError: There is no such column, or its width is none.
    """
    for column in columns:
        name, width = split_width(column)
        if name not in COLUMNS:
            from tui.engine.query.suggestions import nearest

            meant = nearest(name, COLUMNS)
            told = f"there is no column {name!r}{f', did you mean {meant!r}?' if meant else ''}"
            raise ConfigError(told, hint=f"there are {', '.join(COLUMNS)}")
        if ":" in column and column != with_width(name, width):
            raise ConfigError(
                f"{column!r} has no width from {LEAST_WIDTH} to {MOST_WIDTH}",
                hint=f"write {name}:20, or {name} alone for a width that fits",
            )
