"""From the JOB on the command line to one job: `connection/id`, `connection/name` or a unique name."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from tui.core.errors import NightdeckError, NotFound

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from tui.core.keys import JobKey
    from tui.core.models import Job, Run

_NAMED_AT_MOST = 5


def connections_for(text: str, connections: Collection[str]) -> Collection[str] | None:
    """Which connections have to be asked to find a job; None means all.

    Args:
        text: The JOB as it was typed.
        connections: The configured ones.
    """
    named = [name for name in connections if text.startswith(f"{name}/")]
    return named or None


def find_job(text: str, jobs: Mapping[JobKey, Job]) -> Job:
    """The one job that is meant.

    Args:
        text: The JOB as it was typed.
        jobs: All jobs that are known.

    Raises:
        NotFound: No job is meant.
        NightdeckError: Several are.
    """
    found = [job for job in jobs.values() if f"{job.connection}/{job.id}" == text]
    found = found or [job for job in jobs.values() if f"{job.connection}/{job.name}" == text]
    found = found or [job for job in jobs.values() if text in (job.name, job.id)]
    if len(found) == 1:
        return found[0]
    if found:
        raise NightdeckError(
            f"{text!r} means {len(found)} jobs",
            hint=f"say which: {_listed(f'{job.connection}/{job.id}' for job in found)}",
        )
    known = {name for job in jobs.values() for name in (job.name, f"{job.connection}/{job.name}")}
    near = difflib.get_close_matches(text, known, n=_NAMED_AT_MOST)
    raise NotFound(
        f"there is no job {text!r}",
        hint=f"did you mean {_listed(near)}?" if near else "`nightdeck jobs` lists them",
    )


def find_run(run_id: str, runs: Sequence[Run], job: Job) -> Run:
    """The run of that id.

    Args:
        run_id: As it was typed.
        runs: The job's runs, newest first.
        job: The job that they belong to.

    Raises:
        NotFound: The job has no such run.
    """
    for run in runs:
        if run.key.run_id == run_id:
            return run
    raise NotFound(
        f"{job.connection}/{job.name} has no run {run_id!r}",
        hint=f"`nightdeck runs {job.connection}/{job.id}` lists them",
    )


def _listed(words: Iterable[str]) -> str:
    all_words = list(words)
    more = f" and {len(all_words) - _NAMED_AT_MOST} more" if len(all_words) > _NAMED_AT_MOST else ""
    return ", ".join(all_words[:_NAMED_AT_MOST]) + more
