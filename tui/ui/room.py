"""How much room the dashboard needs. Reading it needs no terminal library."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.geometry import Size

LEAST_COLUMNS = 40
"""Below this no column of the table would be left beside the job's name."""

LEAST_LINES = 10
"""Below this header, filter and footer would leave no room for jobs."""


def has_room(size: Size) -> bool:
    """Whether the dashboard can be used on a screen of this size."""
    return size.width >= LEAST_COLUMNS and size.height >= LEAST_LINES
