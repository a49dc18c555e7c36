"""A run's log, read in place, and its raw record."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING

from tui.core.errors import NotFound
from tui.core.models import LogChunk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.adapters.local.library import Library
    from tui.adapters.local.observation import Observation
    from tui.core.keys import RunKey

_CHUNK = 1 << 20
"""Bytes read at once."""


def read_log(library: Library, run: RunKey, cursor: str) -> LogChunk:
    """What follows the cursor, a number of bytes; from the start when the file got shorter.

    Raises:
        NotFound: There is no such run, or its log was removed.
    """
    is_over = library.observe(run.job_id, run.run_id).is_over  # before reading: nothing is missed
    files = library.folder(run.job_id).run(run.run_id)
    offset = int(cursor) if cursor.isdecimal() else 0
    try:
        if files is None:
            raise FileNotFoundError
        with files.log.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            is_restart = offset > size or not (cursor.isdecimal() or not cursor)
            offset = 0 if is_restart else offset
            file.seek(offset)
            content = file.read(_CHUNK)
    except OSError as error:
        why = error.strerror or "its folder was removed"
        raise NotFound(f"the log of {run} is gone: {why}", hint="rerun the job for a new one") from error
    end = offset + len(content)
    return LogChunk(content, str(end), is_complete=is_over and end >= size, is_restart=is_restart)


def raw_run(library: Library, seen: Observation) -> Mapping[str, object]:
    """All that is recorded of a run, as JSON-like values."""
    key, status = seen.run.key, seen.status
    return {
        "id": key.run_id,
        "folder": str(library.folder(key.job_id).path / key.run_id),
        "spec": asdict(seen.spec),
        "status": {
            "reason": status.reason,
            "exit_code": status.exit_code,
            "supervisor_pid": status.supervisor.pid if status.supervisor else None,
            "main_pid": status.main.pid if status.main else None,
            "started_at": status.started_at.isoformat() if status.started_at else None,
            "ending_pid": status.ender.pid if status.ender else None,
        },
        "processes_left": [process.pid for process in seen.leftovers],
    }
