"""Reading and writing small files with care: bounded reads, whole writes, for the owner's eyes."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

PRIVATE_FILE_MODE = 0o600
"""Files that we make are for their owner alone."""
LARGEST = 4 * 1024 * 1024
"""Bytes of the largest file that is read; a config file beyond it is a mistake."""


def read_small(path: Path, limit: int = LARGEST) -> bytes:
    """The content of a regular file; never waits for a pipe or a terminal.

    Raises:
        OSError: It can't be read, is no regular file, or is larger than the limit.
    """
    # A pipe without a writer would block `open`; the look at what it is comes after it on purpose.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        if not stat.S_ISREG(mode) and str(path) != os.devnull:
            raise OSError(errno.EINVAL, "it is not a regular file")
        content = _read_up_to(descriptor, limit + 1)
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit // 1024} kB")
    return content


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file at once, or leave it as it was; a symbolic link is replaced, not followed.

    Raises:
        OSError: The disk is full, or the folder can't be written to.
    """
    temporary = _write_beside(path, content)
    try:
        temporary.replace(path)
    except OSError:
        temporary.unlink()
        raise


def write_new(path: Path, content: bytes) -> None:
    """Make a file that must not exist yet, whole or not at all.

    Raises:
        FileExistsError: Something is there already.
        OSError: The disk is full, or the folder can't be written to.
    """
    temporary = _write_beside(path, content)
    try:
        # A hard link appears with its content, and never over a file that is there.
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        _write_exclusive(path, content)
    finally:
        temporary.unlink()


def _read_up_to(descriptor: int, size: int) -> bytes:
    parts = []
    while size > 0 and (part := os.read(descriptor, size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _write_beside(path: Path, content: bytes) -> Path:
    import tempfile

    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        temporary.unlink()
        raise
    return temporary


def _write_exclusive(path: Path, content: bytes) -> None:
    """For file systems without hard links: a crash half-way leaves a part."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(path, flags, PRIVATE_FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise
