"""The logs that jobs write: real files, which grow as time passes."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.private_files import create, write_all
from tui.simulators.slurm.vocabulary import NODE, JobState

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from tui.simulators.slurm.job import Job

_PATTERN = re.compile(r"%(\d*)([%AajJNnstuxb])")


def log_path(job: Job) -> str:
    """The path of its log."""
    default = "slurm-%A_%a.out" if job.element is not None else "slurm-%j.out"
    return _expanded(job, job.request.output or default)


def error_path(job: Job) -> str:
    """The path of the log of its errors, which mostly is its log."""
    return _expanded(job, job.request.error) if job.request.error else log_path(job)


def _expanded(job: Job, pattern: str) -> str:
    words = {
        "%": "%",
        "A": str(job.array_id or job.id),
        "a": str(job.element if job.element is not None else 4294967294),
        "b": str(job.element or 0),
        "j": str(job.id),
        "J": str(job.id),
        "N": NODE,
        "n": "0",
        "s": "batch",
        "t": "0",
        "u": job.request.user,
        "x": job.request.name,
    }

    def filled(match: re.Match[str]) -> str:
        word = words[match[2]]
        return word.zfill(int(match[1])) if match[1] and word.isdigit() else word

    return str(Path(job.request.folder or "/", _PATTERN.sub(filled, pattern)))


class JobLogs:
    """Writes the logs of jobs, and nothing outside of its folder.

    Args:
        folder: Where logs may be; None to write none.
        zone: The zone of the times in them.
    """

    def __init__(self, folder: Path | None, zone: tzinfo) -> None:
        self._folder = folder.resolve() if folder is not None else None
        self._zone = zone

    def begin(self, job: Job) -> bool:
        """Make the log of a job that begins; whether that was possible."""
        if self._folder is None:
            return True
        path = Path(log_path(job))
        # The folders of a job and its log must be there: Slurm makes none. Elsewhere nobody may write here.
        places = (path.parent.resolve(), Path(job.request.folder).resolve())
        if not all(place.is_dir() and place.is_relative_to(self._folder) for place in places):
            return False
        if not path.exists():
            os.close(create(path))
        elif not (job.request.appends and job.restarts):
            os.truncate(path, 0)
        return True

    def go_on(self, job: Job, now: datetime) -> None:
        """Write what it has printed until now."""
        if job.started_at is None:
            return
        lived_s = (now - job.started_at).total_seconds()
        lines = job.plan.lines
        due = job.written
        while due < len(lines) and lines[due][0] <= lived_s:
            due += 1
        if due > job.written:
            self._write(job, *(text for _, text in lines[job.written : due]))
            job.written = due

    def end(self, job: Job) -> None:
        """Write the last words."""
        stamp = (job.ended_at or job.submitted_at).astimezone(self._zone).strftime("%Y-%m-%dT%H:%M:%S")
        told = f"slurmstepd-{NODE}: error: *** JOB {job.id} ON {NODE} CANCELLED AT {stamp}"
        if job.state is JobState.TIMEOUT:
            self._write(job, f"{told} DUE TO TIME LIMIT ***")
        elif job.state is JobState.NODE_FAIL:
            self._write(job, f"{told} DUE TO NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS ***")
        elif job.state is JobState.CANCELLED:
            self._write(job, f"{told}{' DUE TO JOB REQUEUE' if job.is_requeuing else ''} ***")
        elif job.plan.last:
            self._write(job, job.plan.last.replace("{job}", str(job.id)))

    def _write(self, job: Job, *lines: str) -> None:
        if self._folder is None:
            return
        with suppress(FileNotFoundError):
            descriptor = os.open(log_path(job), os.O_WRONLY | os.O_APPEND)
            try:
                write_all(descriptor, "".join(f"{line}\n" for line in lines).encode())
            finally:
                os.close(descriptor)
