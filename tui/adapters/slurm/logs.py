"""The output of runs: files that the compute nodes write, read here over the file system that both see."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tui.adapters.slurm.order import COMMENT, log_folder
from tui.adapters.slurm.paths import Facts, expanded
from tui.adapters.slurm.states import state_of
from tui.core.errors import NotFound
from tui.core.models import LogChunk
from tui.core.private_files import FILE_MODE
from tui.core.state import State

if TYPE_CHECKING:
    from tui.adapters.slurm.record import Record
    from tui.adapters.slurm.runs import SlurmRun
    from tui.core.keys import RunKey

_CHUNK = 1 << 20
"""Bytes read at once."""
_OTHERS = 0o077
_TAIL = 4096
"""Bytes at the end in which the progress is looked for."""
_OURS = re.compile(r"(\d+)(?:_\d+)?\.log")
_ANY_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
"""A job may have named a pipe or a terminal for its output: opening it must neither hang nor take it over."""


def telling(run: SlurmRun) -> Record:
    """The piece of a run whose output is its log: of an array the first that failed, else the first."""
    states = [(record, state_of(record)[0]) for record in run.records if not record.indexes]
    failed = next((record for record, state in states if state is State.FAILED), None)
    return failed or (states[0][0] if states else run.first)


def path_of(record: Record, *, is_error: bool = False) -> Path:
    """The file that a piece of a run writes to."""
    facts = Facts(
        job_id=record.id,
        run_id=record.run_id,
        index=record.index if record.kind == "array" else None,
        name=record.name,
        user=record.user,
        node=record.node,
        folder=record.folder,
    )
    return Path(expanded(record.errors if is_error else record.output, facts))


def has_errors_apart(record: Record) -> bool:
    """Whether what goes to standard error is in another file."""
    return bool(record.errors) and path_of(record, is_error=True) != path_of(record)


def read(run: RunKey, record: Record, path: Path, cursor: str, *, is_over: bool) -> LogChunk:
    """What follows the cursor, a number of bytes; from the start when the file got shorter.

    Args:
        run: The run, for messages.
        record: The piece of it whose output is wanted.
        path: Its file.
        cursor: What the last chunk said.
        is_over: Whether the run had ended before.

    Raises:
        NotFound: The file can't be read here.
    """
    offset = int(cursor) if cursor.isdecimal() else 0
    try:
        descriptor = os.open(path, _ANY_FILE)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not is_over and path.parent.is_dir():
            # It has not written anything yet, or the network's file system does not show it yet.
            return LogChunk(b"", "0", is_complete=False, is_restart=offset > 0)
        raise _unreadable(run, record, path, error.strerror or "unknown error") from error
    try:
        seen = os.fstat(descriptor)
        if not stat.S_ISREG(seen.st_mode):
            raise _unreadable(run, record, path, "it is no file, so nothing of it is kept")
        is_restart = offset > seen.st_size or not (cursor.isdecimal() or not cursor)
        offset = 0 if is_restart else offset
        content = os.pread(descriptor, _CHUNK, offset)
        _keep_private(descriptor, seen, record, path)
    except OSError as error:
        raise _unreadable(run, record, path, error.strerror or "unknown error") from error
    finally:
        os.close(descriptor)
    end = offset + len(content)
    return LogChunk(content, str(end), is_complete=is_over and end >= seen.st_size, is_restart=is_restart)


def is_readable(path: Path) -> bool:
    """Whether it is a file on this host that can be opened."""
    return path.is_file() and os.access(path, os.R_OK)


def progress_of(path: Path, pattern: str) -> float | None:
    """How much is done, as the end of the output says; None when it doesn't."""
    try:
        descriptor = os.open(path, _ANY_FILE)
    except OSError:
        return None
    try:
        seen = os.fstat(descriptor)
        tail = (
            os.pread(descriptor, _TAIL, max(0, seen.st_size - _TAIL)) if stat.S_ISREG(seen.st_mode) else b""
        )
    except OSError:
        return None
    finally:
        os.close(descriptor)
    found = list(re.finditer(pattern, tail.decode("utf-8", "replace")))
    if not found:
        return None
    try:
        numbers = [float(group) for group in found[-1].groups()]
        share = numbers[0] / numbers[1] if len(numbers) == 2 else numbers[0] / 100
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return min(1.0, max(0.0, share))


def prune(logs: Path, job_id: str, keep: int) -> None:
    """Remove the output of our oldest submissions of a job, as many as are beyond those to keep."""
    folder = log_folder(logs, job_id)
    numbers: dict[int, list[str]] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if (found := _OURS.fullmatch(entry.name)) and entry.is_file(follow_symlinks=False):
                numbers.setdefault(int(found[1]), []).append(entry.name)
    for number in sorted(numbers, reverse=True)[keep:]:
        for name in numbers[number]:
            (folder / name).unlink(missing_ok=True)


def _keep_private(descriptor: int, seen: os.stat_result, record: Record, path: Path) -> None:
    """Close the output of our own submissions to others, where a script or slurmrestd left it open."""
    is_ours = record.comment.startswith(COMMENT) and _OURS.fullmatch(path.name) is not None
    if is_ours and seen.st_uid == os.geteuid() and seen.st_mode & _OTHERS:
        with suppress(OSError):
            os.fchmod(descriptor, FILE_MODE)


def _unreadable(run: RunKey, record: Record, path: Path, why: str) -> NotFound:
    where = f" on {record.node}" if record.node else ""
    return NotFound(
        f"the log of {run} is {path}{where} and can't be read on this host: {why}",
        hint="both hosts must see its folder under the same path: set `logs` to a shared one",
    )
