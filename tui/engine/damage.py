"""What to do about a damaged history file: move it aside unless another nightdeck uses it, save its rows."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from contextlib import closing, suppress
from errno import EAGAIN
from typing import TYPE_CHECKING

from tui.engine.schema import SALVAGED

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_COMPANIONS = ("", "-wal", "-shm")
_CHUNK = 1000
"""Rows that are carried over at once."""
_PAUSE_S = 0.02
"""Between two tries to get the lock; only the database's own thread waits."""


def is_damage(error: BaseException) -> bool:
    """Whether SQLite says that the file's content makes no sense."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


class Claim:
    """Tells other nightdecks that the file is in use: it must never be moved while SQLite has it open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def share(self, patience_s: float) -> None:
        """Use the file beside others. Raises OSError when somebody keeps it for themselves."""
        self.release()
        if not self._lock(fcntl.LOCK_SH, patience_s):
            raise BlockingIOError(EAGAIN, "another nightdeck mends the history", str(self._path))

    def take_alone(self, patience_s: float) -> bool:
        """Keep others out; False when somebody uses the file."""
        self.release()
        return self._lock(fcntl.LOCK_EX, patience_s)

    def release(self) -> None:
        """Let others do as they like."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _lock(self, kind: int, patience_s: float) -> bool:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        deadline = time.monotonic() + patience_s
        try:
            self._descriptor = os.open(self._path, flags, 0o600)
            while not _try_lock(self._descriptor, kind):
                if time.monotonic() >= deadline:
                    self.release()
                    return False
                time.sleep(_PAUSE_S)
        except OSError:
            # A folder that can't be written, or one without locks: use the file, but never move it away.
            self.release()
            return kind == fcntl.LOCK_SH
        return True


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def set_aside(path: Path, now: datetime) -> Path:
    """Rename the file and its companions; returns the new name. Nobody may have them open."""
    aside = path.with_name(f"{path.name}.corrupt-{now:%Y%m%dT%H%M%SZ}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.corrupt-{now:%Y%m%dT%H%M%SZ}-{number}")
    for companion in _COMPANIONS:
        source = path.with_name(path.name + companion)
        if source.exists():
            source.rename(aside.with_name(aside.name + companion))
    return aside


def salvage(aside: Path, connection: sqlite3.Connection) -> int:
    """Carry over every row that can still be read; returns how many."""
    saved = 0
    with suppress(sqlite3.Error), closing(open_for_reading(aside, patience_s=0.0)) as damaged:
        for table in SALVAGED:
            # Each table is damaged, or not, on its own.
            with suppress(sqlite3.Error):
                saved += _copy_table(damaged, connection, table)
    return saved


def open_for_reading(path: Path, patience_s: float) -> sqlite3.Connection:
    """A connection that can't change the file. Raises sqlite3.Error."""
    # Nobody writes it: read it without making companions beside it, which may not even be allowed.
    is_quiet = not any(_has_content(path.with_name(path.name + suffix)) for suffix in ("-wal", "-journal"))
    mode = "immutable=1" if is_quiet else "mode=ro"
    address = f"{path.absolute().as_uri()}?{mode}"
    return sqlite3.connect(address, uri=True, timeout=patience_s, isolation_level=None)


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _copy_table(damaged: sqlite3.Connection, target: sqlite3.Connection, table: str) -> int:
    rows = damaged.execute(f"SELECT * FROM {table}")  # noqa: S608 - the name is a constant of ours
    names = [column[0] for column in rows.description]
    marks = ", ".join("?" * len(names))
    insert = f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
    saved = 0
    chunk: list[tuple[object, ...]] = []
    is_readable = True
    while is_readable:
        chunk = []
        try:
            while len(chunk) < _CHUNK and (row := rows.fetchone()) is not None:
                chunk.append(row)
        except sqlite3.Error:
            is_readable = False
        with target:
            target.execute("BEGIN IMMEDIATE")
            saved += target.executemany(insert, chunk).rowcount if chunk else 0
        is_readable = is_readable and len(chunk) == _CHUNK
    return saved
