"""What is wrong with the history file and what to do about it, for people."""

from __future__ import annotations

import sqlite3
from errno import EACCES, EAGAIN, EDQUOT, EFBIG, ENOSPC, EPERM, EROFS
from typing import TYPE_CHECKING

from tui.core.errors import NightdeckError

if TYPE_CHECKING:
    from pathlib import Path

_FULL = frozenset({ENOSPC, EDQUOT, EFBIG})
_NOT_OURS = frozenset({EACCES, EPERM, EROFS})
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_READ_ONLY = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})

_ON_WRITING = frozenset(
    {
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_SHMMAP,
    }
)
"""What SQLite says when a quota or a limit is reached: it knows full disks alone."""


def told(error: sqlite3.Error | OSError, path: Path) -> NightdeckError:
    """The error that says it.

    Args:
        error: What went wrong.
        path: The file.
    """
    what, hint = _of_system(error, path) if isinstance(error, OSError) else _of_sqlite(error, path)
    return NightdeckError(f"history can't be kept: {what}", hint=hint)


def newer(path: Path) -> NightdeckError:
    """The error that says that a later version wrote the file."""
    return NightdeckError(
        f"history is off: {path} was written by a newer nightdeck",
        hint="update this one, or set NIGHTDECK_STATE_DIR to another folder",
    )


def _of_system(error: OSError, path: Path) -> tuple[str, str]:
    if error.errno in _FULL:
        return f"no space is left for {path}", f"free some space in {path.parent}"
    if error.errno == EAGAIN:
        return f"{path} is locked", "wait until the other nightdeck has started"
    what = error.strerror or type(error).__name__
    if error.errno in _NOT_OURS:
        return f"{path} can't be written ({what})", f"make {path.parent} writable for you alone"
    return f"{path} can't be made ({what})", "set NIGHTDECK_STATE_DIR to a folder that you can write"


def _of_sqlite(error: sqlite3.Error, path: Path) -> tuple[str, str]:
    extended = getattr(error, "sqlite_errorcode", 0)
    code = extended & 0xFF
    if code in _LOCKED:
        return f"{path} is locked by another program", "close the program that has it open, or wait"
    if code == sqlite3.SQLITE_FULL:
        return f"no space is left for {path}", f"free some space in {path.parent}"
    if extended in _ON_WRITING:
        return (
            f"{path} can't be written: no space is left, a quota is used up, or the disk fails",
            f"free some space in {path.parent}, or look at the disk",
        )
    if code in _READ_ONLY:
        return f"{path} can't be written", f"make {path.parent} writable for you alone"
    return (
        f"{path}: {error}",
        "look at the file's disk; nightdeck begins a new file when you move this one away",
    )
