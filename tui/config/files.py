"""Reading small files with care: bounded, and never waiting for a pipe."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

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


def _read_up_to(descriptor: int, size: int) -> bytes:
    parts = []
    while size > 0 and (part := os.read(descriptor, size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
