"""A log as a file that is read by offset, whatever happens to the file meanwhile."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = 256
"""Bytes at the beginning by which a file is known again: one that was cut and written anew may be longer."""

_TAIL = 256
"""Bytes before what was the end by which it is known again: many logs begin with the same banner."""


class LogFile:
    """A file that may grow, shrink, be replaced or vanish while it is open.

    It is never mapped into memory: a mapping of a file that is cut kills the program. What was opened stays
    readable after its name has gone.
    """

    def __init__(self, path: Path) -> None:
        """Open a file.

        Args:
            path: Where it is.

        Raises:
            OSError: It can't be read, or is no regular file.
        """
        self.path = path
        """Where it is, or was."""
        self.generation = 0
        """Grows whenever what was read before no longer counts."""
        self.is_gone = False
        """Whether nothing has this name any more."""
        self._descriptor = _open(path)
        self.size = os.fstat(self._descriptor).st_size
        """Bytes that there were at the last look."""
        self._head = self.read(0, _HEAD)
        self._tail = self._read_tail()
        self._changed_ns = -1

    @property
    def descriptor(self) -> int:
        """The open file, for programs that read it, too; always by offset, never by its position."""
        return self._descriptor

    def read(self, offset: int, length: int) -> bytes:
        """The bytes from an offset on: fewer at the end of the file, and when it can't be read any more."""
        pieces = []
        while length > 0:
            try:
                piece = os.pread(self._descriptor, length, offset)
            except OSError:
                # The disk or the server that it is on has gone, or it was closed.
                self.is_gone = True
                break
            if not piece:
                break
            pieces.append(piece)
            offset, length = offset + len(piece), length - len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def refresh(self) -> bool:
        """Look at the file again. Tells whether there are other bytes to show than before."""
        try:
            self._look_for_another()
            now = os.fstat(self._descriptor)
        except OSError:
            self.is_gone = True
            return False
        if now.st_size == self.size and now.st_mtime_ns == self._changed_ns:
            return False
        was, self.size, self._changed_ns = self.size, now.st_size, now.st_mtime_ns
        is_anew = was >= 0 and not self._is_continued(was)
        self.generation += is_anew
        self._head, self._tail = self.read(0, _HEAD), self._read_tail()
        return is_anew or now.st_size != was

    def close(self) -> None:
        """Let go of it; nothing can be read afterwards."""
        with suppress(OSError):
            os.close(self._descriptor)
        self._descriptor = -1

    def _look_for_another(self) -> None:
        """Take over a file that took this one's name, as a rotated log's successor does."""
        try:
            named = self.path.stat()
        except OSError:
            self.is_gone = True
            return
        mine = os.fstat(self._descriptor)
        self.is_gone = False
        if (named.st_dev, named.st_ino) == (mine.st_dev, mine.st_ino):
            return
        try:
            descriptor = _open(self.path)
        except OSError:
            self.is_gone = True
            return
        # The same number for the other file: who holds it reads the other file from now on.
        os.dup2(descriptor, self._descriptor, inheritable=False)
        os.close(descriptor)
        self.generation += 1
        self.size, self._changed_ns = -1, -1

    def _is_continued(self, was: int) -> bool:
        """Whether what was read before, up to what was the end, is still there."""
        if self.size < was:
            return False
        start = max(0, was - _TAIL)
        return self.read(0, len(self._head)) == self._head and self.read(start, was - start) == self._tail

    def _read_tail(self) -> bytes:
        start = max(0, self.size - _TAIL)
        return self.read(start, self.size - start)


def _open(path: Path) -> int:
    # Not to wait for the other end of a pipe, which is refused right after.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is no regular file")
    return descriptor
