"""From the words on the command line to queries, jobs and runs."""

from __future__ import annotations

import difflib
from itertools import islice
from typing import TYPE_CHECKING

from tui.core.errors import NightdeckError, NotFound, QueryError
from tui.engine.query import parse_query

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from tui.core.keys import JobKey
    from tui.core.models import Job, Run
    from tui.engine.query import Query

RUNS_SEARCHED = 1000
"""How many of a job's newest runs `--run` is looked for in."""

_NAMED_AT_MOST = 5
_COMPARED_AT_MOST = 5000
"""Comparing names letter by letter takes a second for so many."""


def read_query(words: Sequence[str]) -> Query:
    """The query that the words make together.

    Args:
        words: As the shell gave them.

    Raises:
        QueryError: It can't be read; its notes point at the wrong word.
    """
    text = " ".join(words)
    try:
        return parse_query(text)
    except QueryError as error:
        if text.isprintable():
            error.add_note(text)
            error.add_note(" " * error.start + "^" * max(1, error.end - error.start))
        raise


def connections_for(texts: Iterable[str], connections: Collection[str]) -> set[str] | None:
    """Which connections have to be asked to find jobs; None means all.

    Args:
        texts: The JOBs as they were typed.
        connections: The configured ones.
    """
    named: set[str] = set()
    for text in texts:
        found = {name for name in connections if text.startswith(f"{name}/")}
        if not found:
            return None
        named |= found
    return named


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
            hint=f"say which: {_listed(sorted(f'{job.connection}/{job.id}' for job in found))}",
        )
    near = _nearest(text, jobs.values())
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


def _nearest(text: str, jobs: Collection[Job]) -> list[str]:
    """Names that hold the text, else names that look like it."""
    wanted = text.casefold()
    holding = (
        f"{job.connection}/{job.name}"
        for job in jobs
        if wanted in f"{job.connection}/{job.name}".casefold() or wanted in job.id.casefold()
    )
    if near := list(islice(holding, _NAMED_AT_MOST)):
        return near
    some = list(islice(jobs, _COMPARED_AT_MOST))
    known = {name for job in some for name in (job.name, f"{job.connection}/{job.name}")}
    return difflib.get_close_matches(text, known, n=_NAMED_AT_MOST)


def _listed(words: Iterable[str]) -> str:
    all_words = list(words)
    more = f" and {len(all_words) - _NAMED_AT_MOST} more" if len(all_words) > _NAMED_AT_MOST else ""
    return ", ".join(all_words[:_NAMED_AT_MOST]) + more
