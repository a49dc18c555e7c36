"""The one SQLite file in the state directory, owned by one thread."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from errno import EPERM
from typing import TYPE_CHECKING, TypeVar

from tui.core.errors import NightdeckError
from tui.core.private_files import FILE_MODE, create, make_folder, refuse_foreign
from tui.engine.damage import (
    Claim,
    Inspection,
    damage,
    has_log,
    is_cut,
    is_damage,
    is_half_mended,
    mend,
    open_for_reading,
    put_in_place,
)
from tui.engine.file_trouble import newer, told
from tui.engine.schema import (
    NEWEST_LIKELY,
    OLDEST_READABLE,
    SCHEMA_VERSION,
    create_tables,
    read_version,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.core.clock import Clock

T = TypeVar("T")

BUSY_S = 1.0
"""Seconds to wait for another process that writes at this moment; each write of ours takes milliseconds."""

_BESIDE = ("-wal", "-shm", "-journal")
"""Endings of the files that SQLite keeps beside its own."""

RETRY_S = 10.0
"""Seconds until a file that could not be opened is tried again for anything but an action."""


_READING = "BEGIN"
_WRITING = "BEGIN IMMEDIATE"


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
        self._failed_at_writing = False
        self._retry_at = 0.0
        self._notice = ""

    @property
    def problem(self) -> str:
        """What is wrong, or what was lost, in one line; empty when all is well."""
        return str(self._failure) if self._failure is not None else self._notice

    @property
    def is_failing(self) -> bool:
        """Whether the last thing that was tried could not be done."""
        return self._failure is not None

    async def open(self) -> None:
        """Open or make the file. Never raises: see `problem`."""
        with suppress(NightdeckError):
            await self.read(lambda _: None)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run work that only reads, on one consistent picture. Raises NightdeckError."""
        return await self._submit(lambda: self._attempt(work, _READING, is_durable=False))

    async def write(self, work: Callable[[sqlite3.Connection], T], *, is_durable: bool = False) -> T:
        """Run work that writes, all of it or nothing.

        Args:
            work: What to do; it may be run twice when the file had to be replaced.
            is_durable: Return only when the disk has it, and don't write into a file that was moved away.

        Raises:
            NightdeckError: Nothing was written.
            sqlite3.IntegrityError: What was written breaks a rule of the tables.
        """
        return await self._submit(lambda: self._attempt(work, _WRITING, is_durable=is_durable))

    async def check(self) -> None:
        """Read the whole file, and mend it where nobody has noticed yet that it is damaged. Never raises."""
        # Nobody can look into a file that nobody has open without making companions beside it.
        await self.open()
        if self.is_failing:
            return
        look = Inspection(self.path)
        try:
            is_sound = await asyncio.to_thread(look.is_sound)
        except asyncio.CancelledError:
            look.interrupt()
            raise
        if not is_sound:
            with suppress(NightdeckError):
                await self._submit(self._mend_what_was_found)

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
                if is_damage(error):
                    self._mend()
                elif self._is_read_only_no_more(error):
                    self._disconnect()
                else:
                    raise
                result = self._transact(work, begin, is_durable=is_durable)
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise
        except (sqlite3.Error, OSError) as error:
            self._failed_at_writing = begin != _READING
            raise self._failed(error) from error
        if begin != _READING or not self._failed_at_writing:
            # What can be read is no sign that the disk has room again.
            self._failure = None
        return result

    def _failed(self, error: sqlite3.Error | OSError) -> NightdeckError:
        self._failure = told(error, self.path)
        if self._connection is None:
            self._retry_at = self._clock.monotonic() + RETRY_S
        return self._failure

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
        if is_half_mended(self.path):
            self._finish_mending()
        was_emptied = self._is_emptied()
        make_private(self.path)
        self._claim.share(self._busy_s)
        connection: sqlite3.Connection | None = None
        try:
            connection = self._connect()
            self._identity = _identity(self.path)
            self._prepare(connection)
            self._claim.note_use()
        except (sqlite3.Error, OSError, NightdeckError):
            if connection is not None:
                connection.close()
            self._claim.release()
            raise
        if was_emptied:
            self._notice = f"the history was lost and begins anew: {self.path} was empty"
        return connection

    def _connect(self) -> sqlite3.Connection:
        if _is_writable(self.path):
            return sqlite3.connect(self.path, timeout=self._busy_s, isolation_level=None)
        return open_for_reading(self.path, self._busy_s)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = read_version(connection)
        if not 0 <= version <= NEWEST_LIKELY or is_cut(self.path, connection):
            raise damage()
        if version > SCHEMA_VERSION:
            self._is_off = True
            self._failure = newer(self.path)
            raise self._failure
        # What became known as a secret is masked later: what stood there must not stay in the file.
        connection.execute("PRAGMA secure_delete = ON")
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            # Another nightdeck that starts at the same moment may be switching: then it is done for us.
            with suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA journal_mode = WAL")
        if version < OLDEST_READABLE or (version < SCHEMA_VERSION and _is_writable(self.path)):
            create_tables(connection)

    def _mend(self) -> None:
        """Put a new file with the rows that can still be read in the place of the damaged one."""
        damaged = self._identity
        self._disconnect()
        if not self._claim.take_alone(self._busy_s):
            raise sqlite3.OperationalError(
                "it is damaged, and another nightdeck has it open: quit that first"
            )
        try:
            if _identity(self.path) != damaged:
                return
            saved = mend(self.path)
            aside = put_in_place(self.path, self._clock.now())
        finally:
            self._claim.release()
        self._notice = (
            f"the history was damaged and begins anew: {saved} rows were saved, the old file is {aside}"
        )

    def _finish_mending(self) -> None:
        """Do what somebody was killed over, unless the file is in use."""
        if self._claim.take_alone(self._busy_s):
            try:
                if is_half_mended(self.path):
                    aside = put_in_place(self.path, self._clock.now())
                    self._notice = f"the history was damaged and begins anew: the old file is {aside}"
            finally:
                self._claim.release()

    def _mend_what_was_found(self) -> None:
        try:
            self._mend()
            self._ensure_open(is_urgent=True)
        except (sqlite3.Error, OSError) as error:
            self._failed(error)

    def _is_emptied(self) -> bool:
        """Whether nothing is left of a file that a nightdeck had open before."""
        is_empty = self.path.exists() and self.path.stat().st_size == 0
        return is_empty and self._claim.was_used and not has_log(self.path)

    def _is_read_only_no_more(self, error: sqlite3.DatabaseError) -> bool:
        """Whether a file that could only be read when it was opened can be written by now."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return code == sqlite3.SQLITE_READONLY and _is_writable(self.path)

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


def make_private(path: Path) -> None:
    """Make the file and its folder for our eyes only. Raises OSError.

    An existing file is never opened here: closing it would drop the locks that SQLite holds in this process.
    """
    make_folder(path.parent)
    if not path.exists() and not path.is_symlink():
        # Another nightdeck may be faster.
        with suppress(FileExistsError):
            os.close(create(path))
    # SQLite itself would follow a link that lies in the place of its log.
    for place in (path, *(path.with_name(path.name + ending) for ending in _BESIDE)):
        if place.is_symlink():
            raise PermissionError(EPERM, "it is a symbolic link", str(place))
        with suppress(FileNotFoundError):
            refuse_foreign(place)
    if path.stat().st_mode & 0o077:
        path.chmod(FILE_MODE)


def _is_writable(path: Path) -> bool:
    return all(os.access(place, os.W_OK, effective_ids=True) for place in (path, path.parent))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
