"""What a query and a sort order must know beside the job itself."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from tui.core.keys import JobKey
    from tui.core.models import Job, Trend


class QueryContext(NamedTuple):
    """The moment of asking, and what is known of the jobs beside what their systems say now."""

    now: datetime
    """The moment to which spans such as `2h` refer; aware, in UTC."""
    trends: Mapping[JobKey, Trend]
    """How the last runs of each job went."""
    environments: Mapping[str, str]
    """`prod`, `stage`, `dev` or empty, by connection."""
    zone: tzinfo | None = None
    """The zone of times written without one, such as `13:00`; None is the machine's own."""
    first_errors: Mapping[JobKey, str] = MappingProxyType({})
    """What logs tell of failed jobs whose systems don't say why; free words find it."""


def elapsed_s(job: Job, now: datetime) -> float | None:
    """Seconds that the newest run took, or has taken so far while it runs; None when nobody knows."""
    if job.duration_s is not None:
        return job.duration_s
    if job.started_at is None:
        return None
    if job.ended_at is not None:
        return max(0.0, (job.ended_at - job.started_at).total_seconds())
    if job.state is State.RUNNING:
        return max(0.0, (now - job.started_at).total_seconds())
    return None


def search_text(job: Job) -> str:
    """What free words are looked for in: the job's own words, folded, kept apart by a control character."""
    return "\x1f".join((job.name, job.path, job.message, job.connection, job.id, *job.tags)).casefold()
