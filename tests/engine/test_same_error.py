"""Who else has the same error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from tests.support.clock import START
from tests.support.scripted import make_job
from tui.core.keys import JobKey
from tui.core.models import Job
from tui.core.state import State
from tui.engine.same_error import SameError, SameErrorSearch

MINUTE = timedelta(minutes=1)


def same_error(job: Job, jobs: Sequence[Job], first_error: Callable[[JobKey], str]) -> SameError | None:
    search = SameErrorSearch(job, first_error)
    for other in jobs:
        search.look_at([other])
    return search.found


def broken(id_: str, connection: str = "alpha", minutes_ago: int = 0, **changes: Any) -> Job:
    facts = {
        "state": State.FAILED,
        "last_result": State.FAILED,
        "message": "ORA-12541: no listener (db01:1521)",
    }
    return make_job(id_, connection, **{"started_at": START - minutes_ago * MINUTE, **facts, **changes})


def test_jobs_of_several_systems_with_one_error_are_counted_since_the_first() -> None:
    jobs = [
        broken("1", minutes_ago=5),
        broken("2", "beta", minutes_ago=90, message="ORA-12541: no listener (db02:1600)"),
        broken("3", "beta", state=State.SCHEDULED, message="exit code 1"),
        broken("4", message="ORA-01017: invalid password"),
        broken("5", state=State.SUCCEEDED, last_result=State.SUCCEEDED, message=""),
        broken("6", state=State.RUNNING),
    ]
    told = {jobs[2].key: "ORA-12541: no listener (db03:1)"}
    found = same_error(jobs[0], jobs, lambda key: told.get(key, ""))
    assert found == SameError(3, 2, START - 90 * MINUTE)
    assert same_error(jobs[2], jobs, lambda key: told.get(key, "")) == found


def test_who_is_alone_or_says_nothing_shares_no_error() -> None:
    jobs = [
        broken("1"),
        broken("2", message="failed"),
        broken("3", message="exit code 1"),
        broken("4", message=""),
    ]
    assert [same_error(job, jobs, lambda _: "") for job in jobs] == [None] * 4


def test_a_job_that_is_well_shares_none() -> None:
    well = broken("9", state=State.SUCCEEDED, last_result=State.SUCCEEDED)
    assert same_error(well, [well, broken("1"), broken("2")], lambda _: "") is None
