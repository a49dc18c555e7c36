"""A run's status file: fixed lines of fixed length, written in place.

The whole file is written once, before anything starts. What happens later overwrites bytes that the file owns
already, so a full disk cannot lose the outcome of a run. Several processes write, each to its own line:

EXIT        `CODE REASON`, by the supervisor, as the very last thing: the file's mtime is the end of the run
SUPERVISOR  `PID MARK`, by the launcher, just before it turns into the supervisor
JOB         `PID MARK SECONDS`, by the job's process itself, just before it turns into the command
ENDING      `REASON PID MARK`, by the process that ends the run before its time

Imported by processes that live for milliseconds: nothing heavy may be imported here.
"""

from __future__ import annotations

import os

EXIT = (0, 64)
"""Offset and length of the line that tells how the run ended."""
SUPERVISOR = (64, 128)
"""Offset and length of the line that identifies the supervisor."""
JOB = (192, 128)
"""Offset and length of the line that identifies the job's main process."""
ENDING = (320, 128)
"""Offset and length of the line that tells that the run is being ended, and by which process."""
SIZE = 448
"""Bytes of a status file, always."""

LOST = "?"
"""Stands for an exit code that nobody could keep."""


def blank() -> bytes:
    """The content of a status file of which nothing is known yet."""
    return b"".join(_line("", length) for _, length in (EXIT, SUPERVISOR, JOB, ENDING))


def write(path: str, slot: tuple[int, int], text: str) -> None:
    """Overwrite one line in place; the file must exist."""
    offset, length = slot
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.pwrite(descriptor, _line(text, length), offset)
    finally:
        os.close(descriptor)


def read(content: bytes, slot: tuple[int, int]) -> list[str]:
    """The words of one line; none while nobody has written it."""
    offset, length = slot
    return content[offset : offset + length].decode("ascii", "replace").split()


def _line(text: str, length: int) -> bytes:
    return text.encode("ascii", "replace")[: length - 1].ljust(length - 1) + b"\n"
