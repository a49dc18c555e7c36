"""What the first paint shows: the top of the last table, read at once and without the event loop."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tui.engine.damage import open_for_reading
from tui.engine.jobs_table import read_first_screen
from tui.engine.schema import OLDEST_READABLE, SCHEMA_VERSION, read_version

if TYPE_CHECKING:
    from pathlib import Path

    from tui.core.models import Job

_PATIENCE_S = 0.02
"""Seconds that the first paint waits for a locked file."""


def load_first_screen(file: Path, limit: int) -> list[Job]:
    """The first rows of the last table, as old as they are. Never raises.

    Args:
        file: The history file.
        limit: How many rows at most.
    """
    try:
        with closing(open_for_reading(file, _PATIENCE_S)) as connection:
            if not OLDEST_READABLE <= read_version(connection) <= SCHEMA_VERSION:
                return []
            return read_first_screen(connection, limit)
    except (sqlite3.Error, OSError):
        return []
