"""The one SQLite file in the state directory, owned by one thread."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from errno import EACCES, EAGAIN, EDQUOT, ENOSPC, EPERM, EROFS
from typing import TYPE_CHECKING, TypeVar

from tui.core.errors import NightdeckError
from tui.engine.damage import Claim, is_damage, open_for_reading, salvage, set_aside
from tui.engine.schema import SCHEMA_VERSION, create_tables, read_version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.core.clock import Clock

T = TypeVar("T")

BUSY_S = 1.0
"""Seconds to wait for another process that writes at this moment; each write of ours takes milliseconds."""

RETRY_S = 10.0
"""Seconds until a file that could not be opened is tried again for anything but an action."""

_FULL = frozenset({ENOSPC, EDQUOT})
_NOT_OURS = frozenset({EACCES, EPERM, EROFS})


class Database:
    """Runs work on the file, one piece at a time; a failure is told by `problem` and costs nothing else."""

    def __init__(self, path: Path, clock: Clock, *, busy_s: float = BUSY_S) -> None:
        self.path = path
        """Where the file is."""
        self._clock = clock
        self._busy_s = busy_s
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="nightdeck-history")
        self._claim = Claim(path.with_name(f"{path.stem}.lock"))
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._is_closed = False
        self._is_off = False
        self._failure: NightdeckError | None = None
        self._retry_at = 0.0
        self._notice = ""

    @property
    def problem(self) -> str:
        """What is wrong, or what was lost, in one line; empty when all is well."""
        return str(self._failure) if self._failure is not None else self._notice

    async def open(self) -> None:
        """Open or make the file. Never raises: see `problem`."""
        with suppress(NightdeckError):
            await self.read(lambda _: None)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run work that only reads, on one consistent picture. Raises NightdeckError."""
        return await self._submit(lambda: self._attempt(work, "BEGIN", is_durable=False))

    async def write(self, work: Callable[[sqlite3.Connection], T], *, is_durable: bool = False) -> T:
        """Run work that writes, all of it or nothing.

        Args:
            work: What to do; it may be run twice when the file had to be replaced.
            is_durable: Return only when the disk has it, and don't write into a file that was moved away.

        Raises:
            NightdeckError: Nothing was written.
            sqlite3.IntegrityError: What was written breaks a rule of the tables.
        """
        return await self._submit(lambda: self._attempt(work, "BEGIN IMMEDIATE", is_durable=is_durable))

    async def aclose(self) -> None:
        """Finish the work that waits, and close the file."""
        if self._is_closed:
            return
        done = self._submit(self._disconnect)
        self._is_closed = True
        await done
        self._executor.shutdown(wait=False)

    def _submit(self, job: Callable[[], T]) -> asyncio.Future[T]:
        if self._is_closed:
            raise NightdeckError("the history is closed already", hint="start nightdeck again")
        return asyncio.wrap_future(self._executor.submit(job))

    # What follows runs in the database's thread.

    def _attempt(self, work: Callable[[sqlite3.Connection], T], begin: str, *, is_durable: bool) -> T:
        try:
            try:
                result = self._transact(work, begin, is_durable=is_durable)
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                self._mend()
                result = self._transact(work, begin, is_durable=is_durable)
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise
        except (sqlite3.Error, OSError) as error:
            self._failure = self._explain(error)
            if self._connection is None:
                self._retry_at = self._clock.monotonic() + RETRY_S
            raise self._failure from error
        self._failure = None
        return result

    def _transact(self, work: Callable[[sqlite3.Connection], T], begin: str, *, is_durable: bool) -> T:
        connection = self._ensure_open(is_urgent=is_durable)
        if is_durable:
            self._refuse_if_replaced()
        connection.execute(f"PRAGMA synchronous = {'FULL' if is_durable else 'NORMAL'}")
        with connection:
            connection.execute(begin)
            return work(connection)

    def _ensure_open(self, *, is_urgent: bool) -> sqlite3.Connection:
        if self._connection is not None:
            return self._connection
        if self._failure is not None and (
            self._is_off or (not is_urgent and self._clock.monotonic() < self._retry_at)
        ):
            raise self._failure
        self._connection = self._open()
        return self._connection

    def _open(self) -> sqlite3.Connection:
        make_private(self.path)
        self._claim.share(self._busy_s)
        connection: sqlite3.Connection | None = None
        try:
            connection = self._connect()
            self._identity = _identity(self.path)
            self._prepare(connection)
        except (sqlite3.Error, OSError, NightdeckError):
            if connection is not None:
                connection.close()
            self._claim.release()
            raise
        return connection

    def _connect(self) -> sqlite3.Connection:
        if _is_writable(self.path):
            return sqlite3.connect(self.path, timeout=self._busy_s, isolation_level=None)
        return open_for_reading(self.path, self._busy_s)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = read_version(connection)
        if version > SCHEMA_VERSION:
            self._is_off = True
            self._failure = NightdeckError(
                f"history is off: {self.path} was written by a newer nightdeck",
                hint="update this one, or set NIGHTDECK_STATE_DIR to another folder",
            )
            raise self._failure
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            # Another nightdeck that starts at the same moment may be switching: then it is done for us.
            with suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA journal_mode = WAL")
        if version < SCHEMA_VERSION:
            create_tables(connection)

    def _mend(self) -> None:
        """Move the damaged file away and begin a new one with the rows that can still be read."""
        damaged = self._identity
        self._disconnect()
        if not self._claim.take_alone(self._busy_s):
            raise sqlite3.OperationalError(
                "it is damaged, and another nightdeck has it open: quit that first"
            )
        try:
            if _identity(self.path) != damaged:
                return
            aside = set_aside(self.path, self._clock.now())
        finally:
            self._claim.release()
        saved = salvage(aside, self._ensure_open(is_urgent=True))
        self._notice = (
            f"the history was damaged and begins anew: {saved} rows were saved, the old file is {aside}"
        )

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
        self._claim.release()

    def _refuse_if_replaced(self) -> None:
        if _identity(self.path) != self._identity:
            raise sqlite3.OperationalError(
                "it was moved or deleted while nightdeck runs: start nightdeck again"
            )

    def _explain(self, error: sqlite3.Error | OSError) -> NightdeckError:
        what, hint = _reason(error, self.path)
        return NightdeckError(f"history can't be kept: {what}", hint=hint)


def make_private(path: Path) -> None:
    """Make the file and its folder for our eyes only. Raises OSError.

    An existing file is never opened here: closing it would drop the locks that SQLite holds in this process.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.is_symlink():
        raise PermissionError(EPERM, "it is a symbolic link", str(path))
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    elif path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _is_writable(path: Path) -> bool:
    return all(os.access(place, os.W_OK, effective_ids=True) for place in (path, path.parent))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _reason(error: sqlite3.Error | OSError, path: Path) -> tuple[str, str]:
    """What is wrong with the file and what to do about it, for people."""
    if isinstance(error, OSError):
        if error.errno in _FULL:
            return f"no space is left for {path}", f"free some space in {path.parent}"
        if error.errno == EAGAIN:
            return f"{path} is locked", "wait until the other nightdeck has started"
        what = error.strerror or type(error).__name__
        if error.errno in _NOT_OURS:
            return f"{path} can't be written ({what})", f"make {path.parent} writable for you alone"
        return f"{path} can't be made ({what})", "set NIGHTDECK_STATE_DIR to a folder that you can write"
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"{path} is locked by another program", "close the program that has it open, or wait"
    if code == sqlite3.SQLITE_FULL:
        return f"no space is left for {path}", f"free some space in {path.parent}"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return f"{path} can't be written", f"make {path.parent} writable for you alone"
    return (
        f"{path}: {error}",
        "look at the file's disk; nightdeck begins a new file when you move this one away",
    )
