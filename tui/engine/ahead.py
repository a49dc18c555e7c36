"""Finished runs on their way into the history file: a line each, written before anybody can see the run.

The history file is written in a thread, some milliseconds after a run was seen to end. A nightdeck that is
killed in between leaves its file of lines behind, and the next one takes it up.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from tui.core.private_files import create
from tui.engine.records import run_from_record, run_record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from tui.core.models import Run

AT_ONCE = 100
"""Runs that are written at one moment: a millisecond. More are a first look at a system, which goes on."""

MOST = 5000
"""Runs that wait in a file; as many as wait in memory while the history can't be written."""

_SUFFIX = ".ahead"
_LARGEST = 64 << 20


class Ahead:
    """The lines of one nightdeck. Where they can't be written, nothing is lost but their protection."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"runs-{os.getpid()}-{secrets.token_hex(4)}{_SUFFIX}"
        self._descriptor: int | None = None
        self._count = 0

    def note(self, runs: Collection[Run]) -> None:
        """Write these runs down, without secrets in them. Never raises."""
        if not runs or len(runs) > AT_ONCE or self._count + len(runs) > MOST:
            return
        # What a full disk cut short must not spoil the next line.
        lines = ["", *(json.dumps(run_record(run), ensure_ascii=False) for run in runs), ""]
        with suppress(OSError):
            if self._descriptor is None:
                self._descriptor = _make(self._path)
            os.write(self._descriptor, "\n".join(lines).encode("utf-8", "replace"))
            self._count += len(runs)

    def clear(self) -> None:
        """Forget the lines: all of these runs are in the history file."""
        if self._descriptor is not None and self._count:
            self._count = 0
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0)

    def close(self) -> None:
        """Take the file away, unless the next nightdeck needs it."""
        if self._descriptor is not None:
            if not self._count:
                self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None


class Left:
    """What a killed nightdeck has left behind, and is nobody else's now."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self.runs: Sequence[Run] = tuple(_runs_in(os.pread(descriptor, _LARGEST, 0)))
        """The runs; lines that make no sense are left out."""

    def remove(self) -> None:
        """Take the file away: its runs are in the history file."""
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let others have it."""
        os.close(self._descriptor)


def left_behind(folder: Path) -> Iterator[Left]:
    """Everything that killed nightdecks have left in the folder; blocks."""
    names: list[str] = []
    with suppress(OSError), os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.name.endswith(_SUFFIX))
    for path in map(folder.joinpath, names):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
            try:
                # A living one holds a lock on its own.
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left = Left(path, descriptor)
            except OSError:
                os.close(descriptor)
                raise
            yield left


def _make(path: Path) -> int:
    descriptor = create(path, os.O_APPEND)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        path.unlink(missing_ok=True)
        raise
    return descriptor


def _runs_in(content: bytes) -> Iterator[Run]:
    for line in content.decode("utf-8", "replace").split("\n"):
        with suppress(ValueError, TypeError, AttributeError):
            yield run_from_record(json.loads(line))
