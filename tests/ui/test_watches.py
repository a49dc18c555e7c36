"""Watched runs: which run is meant, when it has ended, and what is said of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.clock import START, FakeClock
from tests.support.scripted import make_job
from tui.core.keys import RunKey
from tui.core.models import Job
from tui.core.state import State
from tui.engine.store import Store
from tui.ui.ends import APART_S, Ends, notice_of
from tui.ui.watches import Ended, Watches

RUNNING = make_job("1", state=State.RUNNING, run_id="r1", started_at=START, last_result=None)
IDLE = make_job("1", state=State.SCHEDULED, run_id="r1", started_at=START, ended_at=START)


class Watched:
    """A store with one job of which a run is watched."""

    def __init__(self, job: Job) -> None:
        self.store = Store(FakeClock())
        self.watches = Watches(self.store)
        self.store.upsert([job])
        self.watch = self.watches.toggle(job)

    def become(self, **changes: Any) -> list[tuple[str, State | None]]:
        """The runs that are told when the job becomes another one, with their outcomes."""
        (job,) = self.store.jobs.values()
        self.store.upsert([make_job(**{**_fields(job), **changes})])
        return [(one.run.run_id if one.run else "", one.outcome) for one in self.watches.take_ended()]


def _fields(job: Job) -> dict[str, Any]:
    names = ("id", "state", "run_id", "started_at", "ended_at", "last_result", "message")
    return {name: getattr(job, name) for name in names}


def test_a_run_under_way_is_told_once_when_it_ends() -> None:
    watched = Watched(RUNNING)
    assert watched.watch is not None
    assert not watched.watch.is_next
    assert RUNNING.key in watched.watches
    assert watched.become(progress=0.5) == []
    assert watched.become(state=State.FAILED, last_result=State.FAILED, ended_at=START) == [
        ("r1", State.FAILED)
    ]
    assert watched.become(message="again") == []
    assert len(watched.watches) == 0


def test_of_a_job_at_rest_the_next_run_is_meant_and_not_the_one_before() -> None:
    watched = Watched(IDLE)
    assert watched.watch is not None
    assert watched.watch.is_next
    assert watched.become(message="seen anew") == []
    assert watched.become(state=State.QUEUED) == []
    assert watched.become(state=State.RUNNING, run_id="r2", ended_at=None) == []
    assert watched.become(state=State.SCHEDULED, last_result=State.WARNING, ended_at=START) == [
        ("r2", State.WARNING)
    ]


def test_a_next_run_that_is_over_before_anybody_looked_is_told() -> None:
    watched = Watched(IDLE)
    assert watched.become(state=State.SUCCEEDED, run_id="r2", ended_at=START) == [("r2", State.SUCCEEDED)]


def test_a_queued_run_may_get_its_id_later() -> None:
    watched = Watched(make_job("1", state=State.QUEUED, run_id="r1"))
    assert watched.become(state=State.RUNNING, run_id="r2") == []
    assert watched.become(state=State.SUCCEEDED, ended_at=START) == [("r2", State.SUCCEEDED)]


def test_where_runs_have_no_names_their_state_and_start_tell_them_apart() -> None:
    watched = Watched(make_job("1", state=State.SUCCEEDED, started_at=START))
    later = START + timedelta(hours=1)
    assert watched.become(state=State.RUNNING, started_at=later) == []
    assert watched.become(state=State.FAILED, last_result=State.FAILED) == [("", State.FAILED)]


def test_of_a_run_that_a_newer_one_has_followed_the_outcome_is_looked_up() -> None:
    watched = Watched(RUNNING)
    assert watched.become(run_id="r2") == [("r1", None)]


@pytest.mark.parametrize("state", [State.PAUSED, State.UNKNOWN])
def test_a_run_of_which_nobody_says_that_it_ended_goes_on(state: State) -> None:
    watched = Watched(RUNNING)
    assert watched.become(state=state) == []
    assert watched.become(state=State.CANCELLED, ended_at=START) == [("r1", State.CANCELLED)]


def test_the_same_key_again_stops_watching_and_a_vanished_job_is_told() -> None:
    watched = Watched(RUNNING)
    assert watched.watches.toggle(RUNNING) is None
    assert watched.watches.toggle(RUNNING) is not None
    assert watched.watches.take_gone([make_job("2").key]) == []
    assert watched.watches.take_gone([RUNNING.key]) == [RUNNING.key]
    assert RUNNING.key not in watched.watches


def test_watches_of_an_earlier_session_go_on_and_say_so() -> None:
    first = Watched(RUNNING)
    second = Watches(first.store)
    second.take_up(first.watches.kept)
    first.store.upsert([make_job("1", state=State.FAILED, run_id="r1", ended_at=START)])
    (ended,) = second.take_ended()
    assert ended.is_from_before
    assert notice_of([ended]).title == "while you were away"


def ended(name: str, outcome: State | None, message: str = "") -> Ended:
    job = make_job(name, name=name)
    return Ended(job, RunKey("alpha", name, "r1"), outcome, message)


def test_one_end_is_told_at_once_with_its_error_and_many_in_one_notice() -> None:
    ends = Ends()
    ends.add([ended("load", State.FAILED, "ORA-12541:\n TNS:no listener")])
    first = ends.take_due(100.0)
    assert first is not None
    assert (first.text, first.is_bad) == ("load on alpha: failed, ORA-12541: TNS:no listener", True)
    ends.add([ended(f"ok {n}", State.SUCCEEDED, "12 rows") for n in range(5)])
    assert ends.take_due(100.0 + APART_S / 2) is None
    ends.add([ended("bad", State.FAILED, "no space left"), ended("odd", None)])
    many = ends.take_due(100.0 + APART_S)
    assert many is not None
    assert many.text.split("\n") == [
        "7 watched runs ended: 1 failed, 1 over, nobody knows how it ended, 5 succeeded",
        "bad on alpha: failed, no space left",
        "odd on alpha: over, nobody knows how it ended",
        "ok 0 on alpha: succeeded",
        "and 4 more",
    ]
    assert "\n" not in many.line
    assert ends.take_due(200.0) is None


def test_a_long_error_is_cut() -> None:
    assert len(notice_of([ended("load", State.FAILED, "x" * 5000)]).text) < 300
