"""Every row of a damaged history file that can still be read, carried over into a new one."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from tui.engine.schema import SALVAGED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CHUNK = 1000
"""Rows that are carried over at once."""

_LAST_ROW = 1 << 62
"""No table has a row with such a number."""

_GAPS = 1000
"""Places of one table that can't be read, after which the rest of it is given up."""


def salvage(damaged: sqlite3.Connection, target: sqlite3.Connection) -> int:
    """Carry over whatever can be read; returns how many rows that were. Raises sqlite3.Error of the target.

    Args:
        damaged: The damaged file.
        target: A new one, with all tables.
    """
    # Half characters are told as such, and cost no row.
    damaged.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return sum(_Copying(damaged, target, table).run() for table in SALVAGED)


class _Copying:
    """One table on its way into the new file. Each is damaged, or not, on its own."""

    def __init__(self, damaged: sqlite3.Connection, target: sqlite3.Connection, table: str) -> None:
        self._damaged = damaged
        self._target = target
        self._table = table
        self._saved = 0

    def run(self) -> int:
        """Copy all that can be read; returns how many rows that were."""
        try:
            found = self._damaged.execute(f"PRAGMA table_info({self._table})").fetchall()
        except sqlite3.Error:
            return 0
        # The names stand in a file that may say anything.
        names = ", ".join(_quoted(str(column[1])) for column in found)
        marks = ", ".join("?" * len(found))
        self._insert = f"INSERT OR IGNORE INTO {self._table} ({names}) VALUES ({marks})"  # noqa: S608 - names are quoted
        if self._has_row_numbers():
            query = f"SELECT rowid, {names} FROM {self._table} WHERE rowid >= ? ORDER BY rowid"  # noqa: S608 - as above
            self._copy_by_numbers(query)
        elif found:
            # From both ends up to the places that can't be read.
            for order in ("ASC", "DESC"):
                query = f"SELECT 0, {names} FROM {self._table} ORDER BY 1 {order}"  # noqa: S608 - as above
                self._copy(_Reading(self._damaged, query))
        return self._saved

    def _copy_by_numbers(self, query: str) -> None:
        first: int | None = 1
        for _ in range(_GAPS):
            if first is None:
                return
            reading = _Reading(self._damaged, query, first)
            self._copy(reading)
            first = None if reading.is_over else self._beyond(max(first, reading.last + 1))

    def _copy(self, reading: _Reading) -> None:
        rows = iter(reading)
        while chunk := list(islice(rows, _CHUNK)):
            self._write(chunk)

    def _write(self, chunk: Sequence[tuple[object, ...]]) -> None:
        """Write these rows, all but those that the new file's rules refuse."""
        with self._target:
            self._target.execute("BEGIN IMMEDIATE")
            for row in chunk:
                with suppress(sqlite3.IntegrityError):
                    self._saved += self._target.execute(self._insert, row).rowcount

    def _beyond(self, first: int) -> int | None:
        """The number behind that one from which on rows can be read again; None when there is none."""
        step = 1
        while not self._is_readable(first + step):
            step *= 2
            if step > _LAST_ROW:
                return None
        unreadable, readable = first + step // 2, first + step
        while readable - unreadable > 1:
            middle = (readable + unreadable) // 2
            if self._is_readable(middle):
                readable = middle
            else:
                unreadable = middle
        return readable

    def _is_readable(self, number: int) -> bool:
        """Whether the row with that number, or the next one, can be read."""
        try:
            self._damaged.execute(
                f"SELECT * FROM {self._table} WHERE rowid >= ? ORDER BY rowid LIMIT 1",  # noqa: S608 - a name of ours
                (number,),
            ).fetchone()
        except sqlite3.Error:
            return False
        return True

    def _has_row_numbers(self) -> bool:
        try:
            self._damaged.execute(f"SELECT rowid FROM {self._table} LIMIT 0").close()  # noqa: S608 - a name of ours
        except sqlite3.Error:
            return False
        return True


class _Reading:
    """Rows behind their numbers, up to a place that can't be read."""

    def __init__(self, damaged: sqlite3.Connection, query: str, *values: int) -> None:
        self._damaged = damaged
        self._query = query
        self._values = values
        self.last = 0
        """Number of the last row that was read."""
        self.is_over = False
        """Whether all were read."""

    def __iter__(self) -> Iterator[tuple[object, ...]]:
        try:
            for number, *row in self._damaged.execute(self._query, self._values):
                self.last = number
                yield tuple(row)
        except sqlite3.Error:
            return
        self.is_over = True


def _quoted(name: str) -> str:
    """A name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'
