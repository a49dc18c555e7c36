"""Folders of our own for things that nobody keeps, such as the copy of a log that a pager shows."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from contextlib import contextmanager, suppress
from errno import EAGAIN
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tui.core.private_files import is_claimed, make_folder, make_new_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

NAME = re.compile(r"nightdeck-\d+-[0-9a-f]{16}")
"""What such a folder is called: the process that made it, and a number that nobody guesses."""

_TRIES = 5
_TO_LOCK = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class OwnFolder:
    """A private folder that is gone when it is closed, or when the next nightdeck sweeps after a kill."""

    def __init__(self, parent: Path | None = None) -> None:
        """Make it.

        Args:
            parent: Where; among the system's temporary files when None.

        Raises:
            OSError: It can't be made.
        """
        if parent is not None:
            make_folder(parent)
        self.path, self._claim = _make(parent or temporary_files())
        """Where it is."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Delete it with all that is in it, as far as possible."""
        shutil.rmtree(self.path, ignore_errors=True)
        descriptor, self._claim = self._claim, -1
        with suppress(OSError):
            os.close(descriptor)


def temporary_files() -> Path:
    """Where the system keeps temporary files. Raises OSError where there is no such place."""
    import tempfile

    return Path(tempfile.gettempdir())


def left_over(parent: Path) -> Iterator[Path]:
    """Our own such folders that no living nightdeck uses; each is held until the next one is asked for."""
    with suppress(OSError), os.scandir(parent) as entries:
        names = [entry.name for entry in entries if NAME.fullmatch(entry.name)]
        for name in names:
            with _claimed(parent / name) as is_ours:
                if is_ours:
                    yield parent / name


def sweep_folders(parent: Path) -> None:
    """Delete what kills have left behind; nothing of others, and nothing through a link."""
    for folder in left_over(parent):
        shutil.rmtree(folder, ignore_errors=True)


def _make(parent: Path) -> tuple[Path, int]:
    for _ in range(_TRIES):
        path = parent / f"nightdeck-{os.getpid()}-{os.urandom(8).hex()}"
        make_new_folder(path)
        descriptor = os.open(path, _TO_LOCK)
        if is_claimed(descriptor):
            return path, descriptor
        os.close(descriptor)
    raise BlockingIOError(EAGAIN, os.strerror(EAGAIN), str(parent))


@contextmanager
def _claimed(path: Path) -> Iterator[bool]:
    """Hold a folder that is ours and free, so that nobody begins to use it now: users hold its lock."""
    try:
        descriptor = os.open(path, _TO_LOCK)
    except OSError:
        yield False
        return
    try:
        yield os.fstat(descriptor).st_uid == os.geteuid() and _is_locked_by_us(descriptor)
    finally:
        os.close(descriptor)


def _is_locked_by_us(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
