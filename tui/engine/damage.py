"""What to do about a damaged history file: put a new one with its rows in its place, and keep it beside.

FILE.mending    a new file that is being filled; worth nothing
FILE.mended     the same once it is complete; whoever comes next puts it in its place
FILE.corrupt-*  the damaged file
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from contextlib import closing, suppress
from errno import EAGAIN
from typing import TYPE_CHECKING

from tui.core.private_files import create, open_lock
from tui.engine.salvage import salvage
from tui.engine.schema import create_tables

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_COMPANIONS = ("-wal", "-shm", "-journal", "")
"""What belongs to a file, and the file itself, in the order in which they are moved away."""
_TELLING = ("Could not decode to UTF-8", "no such table", "no such column")
"""What SQLite says of damage that it does not call by its name."""
_LEFT = 5
"""Damaged files that are kept; an older one goes when another one comes."""
_HEAD = 100
"""Bytes at the beginning of a file that say how large its pages are, and how many."""
_MUCH_LONGER = 100
"""So many times longer than it is: nothing worth reading would be left of such a file."""
_PAUSE_S = 0.02
"""Between two tries to get the lock; only the database's own thread waits."""


def is_damage(error: BaseException) -> bool:
    """Whether SQLite says that the file's content makes no sense."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _DAMAGED:
        return True
    is_vague = isinstance(error, sqlite3.OperationalError) and code == sqlite3.SQLITE_ERROR
    return is_vague and str(error).startswith(_TELLING)


def damage() -> sqlite3.DatabaseError:
    """What SQLite would say if it looked more closely."""
    error = sqlite3.DatabaseError("the file is damaged")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def is_cut(path: Path, connection: sqlite3.Connection) -> bool:
    """Whether the file ends in the middle of a page, which SQLite takes for zeros."""
    size = path.stat().st_size
    return bool(size % connection.execute("PRAGMA page_size").fetchone()[0]) and not has_log(path)


class Inspection:
    """Reads a whole file beside those who use it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def is_sound(self) -> bool:
        """Whether nothing is wrong with it, or it can't be told now; blocks, for a second a gigabyte."""
        try:
            with closing(_open_beside(self._path)) as self._connection:
                found = self._connection.execute("PRAGMA quick_check(1)").fetchone()
                return bool(found == ("ok",))
        except sqlite3.Error as error:
            return not is_damage(error)

    def interrupt(self) -> None:
        """Let it end at once."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.interrupt()


class Claim:
    """Tells other nightdecks that the file is in use: it must never be moved while SQLite has it open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        """The file that is locked; it is made when it is first needed, and stays."""
        self._descriptor: int | None = None

    def share(self, patience_s: float) -> None:
        """Use the file beside others. Raises OSError when somebody keeps it for themselves."""
        self.release()
        if not self._lock(fcntl.LOCK_SH, patience_s):
            raise BlockingIOError(EAGAIN, "another nightdeck mends the history", str(self.path))

    def take_alone(self, patience_s: float) -> bool:
        """Keep others out; False when somebody uses the file. Raises OSError where that can't be known."""
        self.release()
        return self._lock(fcntl.LOCK_EX, patience_s)

    @property
    def was_used(self) -> bool:
        """Whether a nightdeck has had the file open with all its tables, now or before."""
        return self.path.exists() and self.path.stat().st_size > 0

    def note_use(self) -> None:
        """Keep that the file had all its tables; it was empty only before that."""
        if self._descriptor is not None and not self.was_used:
            with suppress(OSError):
                os.pwrite(self._descriptor, b"in use\n", 0)

    def release(self) -> None:
        """Let others do as they like."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _lock(self, kind: int, patience_s: float) -> bool:
        deadline = time.monotonic() + patience_s
        try:
            self._descriptor = open_lock(self.path)
            while not _try_lock(self._descriptor, kind):
                if time.monotonic() >= deadline:
                    self.release()
                    return False
                time.sleep(_PAUSE_S)
        except OSError:
            # A folder that can't be written, or one without locks: use the file, but never move it away.
            self.release()
            if kind == fcntl.LOCK_EX:
                raise
        return True


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_half_mended(path: Path) -> bool:
    """Whether somebody was killed just before a new file was put in the place of a damaged one."""
    return _beside(path, ".mended").exists()


def mend(path: Path) -> int:
    """Make a new file beside a damaged one, with every row that can still be read; returns how many.

    Raises:
        sqlite3.Error, OSError: It can't be made; the damaged one is as it was.
    """
    fresh = _beside(path, ".mending")
    for suffix in _COMPANIONS:
        _beside(fresh, suffix).unlink(missing_ok=True)
    _lengthen(path)
    os.close(create(fresh))
    try:
        with closing(sqlite3.connect(fresh, isolation_level=None)) as target:
            create_tables(target)
            with closing(open_for_reading(path, patience_s=0.0)) as damaged:
                saved = salvage(damaged, target)
    except (sqlite3.Error, OSError):
        # It may be the disk that is full.
        fresh.unlink(missing_ok=True)
        raise
    fresh.replace(_beside(path, ".mended"))
    return saved


def put_in_place(path: Path, now: datetime) -> Path:
    """Put the new file in the place of the damaged one, and keep that; returns its new name. Raises OSError.

    Nobody may have either open. Killed half-way, it can be done again.
    """
    aside = _set_aside(path, now)
    _beside(path, ".mended").replace(path)
    olds = sorted(path.parent.glob(f"{path.name}.corrupt-*Z*"), key=lambda old: old.name)
    mains = [old for old in olds if not old.name.endswith(_COMPANIONS[:-1])]
    for old in mains[:-_LEFT]:
        for suffix in _COMPANIONS:
            _beside(old, suffix).unlink(missing_ok=True)
    return aside


def _lengthen(path: Path) -> None:
    """Let a file that was cut be as long as it says: SQLite reads nothing at all of a shorter one."""
    with suppress(OSError), path.open("r+b") as file:
        head, size = file.read(_HEAD), file.seek(0, os.SEEK_END)
        page, pages = int.from_bytes(head[16:18]), int.from_bytes(head[28:32])
        if size < page * pages <= size * _MUCH_LONGER:
            file.truncate(page * pages)


def _set_aside(path: Path, now: datetime) -> Path:
    """Rename the file and its companions; returns the new name."""
    stem = f"{path.name}.corrupt-{now:%Y%m%dT%H%M%SZ}"
    aside = path.with_name(stem)
    number = 1
    while any(_beside(aside, suffix).exists() for suffix in _COMPANIONS):
        number += 1
        aside = path.with_name(f"{stem}-{number}")
    for suffix in _COMPANIONS:
        source = _beside(path, suffix)
        if source.exists():
            source.rename(_beside(aside, suffix))
    return aside


def open_for_reading(path: Path, patience_s: float) -> sqlite3.Connection:
    """A connection that can't change the file. Raises sqlite3.Error."""
    # Nobody writes it: read it without making companions beside it, which may not even be allowed.
    mode = "mode=ro" if has_log(path) else "immutable=1"
    return _connect(path, mode, patience_s)


def has_log(path: Path) -> bool:
    """Whether something was written that is not in the file itself yet."""
    return any(_has_content(_beside(path, suffix)) for suffix in ("-wal", "-journal"))


def _open_beside(path: Path) -> sqlite3.Connection:
    return _connect(path, "mode=ro", 1.0)


def _connect(path: Path, mode: str, patience_s: float) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?{mode}"
    return sqlite3.connect(
        address, uri=True, timeout=patience_s, isolation_level=None, check_same_thread=False
    )


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
