"""Files for their owner alone: private whatever the umask, written as a whole, and never through a link.

Everything that this program writes is made here. No new file can be read by others, not even for a moment.
What replaces or adds a file is first written beside its place, and gets there when the disk has all of it:
a kill leaves the old content or none, and what lies beside is taken away by the next one who writes there.
"""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import contextmanager, suppress
from errno import EAGAIN, EEXIST, ENOTDIR, EPERM
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE_MODE = 0o600
"""Files that we make are for their owner alone: they may hold logs, names and the journal of actions."""
FOLDER_MODE = 0o700
"""So are the folders."""

PART = ".nightdeck-"
"""What the name of a file begins with that is still being written."""
PART_SUFFIX = ".part"
"""What it ends with."""

_TRIES = 5
"""So often another name is tried; each failure would take somebody who sweeps at that very moment."""
_ROOT = 0
_OTHERS_WRITE = 0o022


def make_folder(folder: Path) -> None:
    """Make a folder for its owner alone, with those above it; one that is there is left as it is.

    Raises:
        OSError: It can't be made, is no folder, or it or one above it may be somebody else's work.
    """
    way = [folder.absolute(), *folder.absolute().parents]
    missing = [path for path in way if not path.exists()]
    for path in way[len(missing) :]:
        # Where others may write, what we find may have been put there for us.
        if path == way[0] or path.parent.stat().st_mode & _OTHERS_WRITE:
            refuse_foreign(path)
    for path in reversed(missing):
        try:
            make_new_folder(path)
        except FileExistsError:
            # Another nightdeck was faster; a link to nowhere makes no folder elsewhere.
            if not path.is_dir():
                raise
    if not folder.is_dir():
        raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), str(folder))


def make_new_folder(path: Path) -> None:
    """Make a folder for its owner alone where nothing is, not even a link.

    Raises:
        FileExistsError: Something is there.
        OSError: It can't be made.
    """
    path.mkdir(FOLDER_MODE)
    if path.lstat().st_mode & FOLDER_MODE != FOLDER_MODE:
        # An odd umask took rights away from the owner; others never had any.
        path.chmod(FOLDER_MODE)


def refuse_foreign(path: Path) -> None:
    """Let pass what belongs to us or to root, and a link when that holds for it as well.

    Raises:
        PermissionError: Somebody else owns it, and could change under our hands what is in it.
        OSError: It isn't there.
    """
    for seen in (path.lstat(), path.stat()):
        if seen.st_uid not in (os.geteuid(), _ROOT):
            raise PermissionError(EPERM, "it belongs to another user", str(path))


def create(path: Path, flags: int = 0) -> int:
    """Make a file where nothing is, not even a link, and open it for writing.

    Args:
        path: Where; its folder is there.
        flags: More flags of `os.open`.

    Raises:
        FileExistsError: Something is there.
        OSError: It can't be made.
    """
    exclusive = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, exclusive | flags, FILE_MODE)
    _let_owner_in(descriptor)
    return descriptor


def create_in_use(folder: Path, prefix: str, suffix: str, flags: int = 0) -> tuple[Path, int]:
    """Make a file of a new name that nobody sweeps away while it is open: see `sweep`.

    Args:
        folder: Where; it is there.
        prefix: What its name begins with.
        suffix: What its name ends with.
        flags: More flags of `os.open`.

    Raises:
        OSError: It can't be made.
    """
    for _ in range(_TRIES):
        path = folder / f"{prefix}{os.getpid()}-{os.urandom(8).hex()}{suffix}"
        descriptor = create(path, flags)
        if is_claimed(descriptor):
            return path, descriptor
        os.close(descriptor)
        path.unlink(missing_ok=True)
    raise BlockingIOError(EAGAIN, os.strerror(EAGAIN), str(folder))


def open_lock(path: Path) -> int:
    """Open a file that is there to be locked; made when it is missing.

    Raises:
        PermissionError: It belongs to somebody else, who could keep us waiting for ever.
        OSError: It is a link, or can't be made.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, FILE_MODE)
    if os.fstat(descriptor).st_uid not in (os.geteuid(), _ROOT):
        os.close(descriptor)
        raise PermissionError(EPERM, "it belongs to another user", str(path))
    _let_owner_in(descriptor)
    return descriptor


def is_claimed(descriptor: int) -> bool:
    """Claim what was just made against those who sweep; False when one of them was faster."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass  # no locks on this file system: then nobody sweeps on it, either
    return os.fstat(descriptor).st_nlink > 0


def write_all(descriptor: int, block: bytes) -> None:
    """Write a block to a file, however many calls it takes.

    Raises:
        OSError: The disk is full.
    """
    left = memoryview(block)
    while left:
        left = left[os.write(descriptor, left) :]


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file at once, or leave it as it was; a symbolic link is replaced, not followed.

    Raises:
        OSError: The disk is full, or the folder isn't there or can't be written to.
    """
    with _beside(path) as (part, descriptor):
        write_all(descriptor, content)
        os.fsync(descriptor)
        part.replace(path)
    _keep_name(path.parent)


def write_new(path: Path, content: bytes) -> None:
    """Make a file that must not exist yet, whole or not at all.

    Raises:
        FileExistsError: Something is there already.
        OSError: The disk is full, or the folder isn't there or can't be written to.
    """
    with whole_file(path) as descriptor:
        write_all(descriptor, content)


@contextmanager
def whole_file(path: Path) -> Iterator[int]:
    """A new file to write to, which appears in its place when it has become whole.

    Args:
        path: Where nothing is yet; a link is not followed.

    Raises:
        FileExistsError: Something is there, before or afterwards.
        OSError: It can't be made.
    """
    if path.is_symlink() or path.exists():
        raise FileExistsError(EEXIST, os.strerror(EEXIST), str(path))
    with _beside(path) as (part, descriptor):
        yield descriptor
        os.fsync(descriptor)
        _put_in_place(part, path)
    _keep_name(path.parent)


def unused(folder: Path, prefix: str, suffix: str) -> Iterator[Path]:
    """Our own files of such names that no living program has open: what kills have left behind.

    Each is held until the next one is asked for. Nothing is found through a link.

    Args:
        folder: Where; it may be missing.
        prefix: What their names begin with.
        suffix: What their names end with.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        names = [e.name for e in entries if e.name.startswith(prefix) and e.name.endswith(suffix)]
        for name in names:
            with _held(folder / name) as is_unused:
                if is_unused:
                    yield folder / name


def sweep(folder: Path, prefix: str, suffix: str) -> None:
    """Delete what kills have left behind: see `unused`."""
    for path in unused(folder, prefix, suffix):
        with suppress(OSError):
            path.unlink()


@contextmanager
def _held(path: Path) -> Iterator[bool]:
    """Whether a file is ours and unused, which it stays meanwhile: whoever uses one holds its lock."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        yield False
        return
    try:
        seen = os.fstat(descriptor)
        is_ours = stat.S_ISREG(seen.st_mode) and seen.st_uid == os.geteuid()
        yield is_ours and _is_lockable(descriptor)
    finally:
        os.close(descriptor)


def _is_lockable(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def _beside(path: Path) -> Iterator[tuple[Path, int]]:
    """A new file in the same folder, which is gone afterwards, unless it was moved."""
    sweep(path.parent, PART, PART_SUFFIX)
    part, descriptor = create_in_use(path.parent, PART, PART_SUFFIX)
    try:
        yield part, descriptor
    finally:
        os.close(descriptor)
        with suppress(OSError):
            part.unlink()


def _put_in_place(part: Path, path: Path) -> None:
    try:
        # A hard link appears with its content, and never over something that is there.
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links: the place is taken by an empty file, which is then replaced.
        os.close(create(path))
        part.replace(path)


def _let_owner_in(descriptor: int) -> None:
    """Give back what an odd umask has taken away from the owner; others never had anything."""
    if os.fstat(descriptor).st_mode & FILE_MODE != FILE_MODE:
        os.fchmod(descriptor, FILE_MODE)


def _keep_name(folder: Path) -> None:
    """Let the disk have the new name as well, where the file system can be asked for that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
