"""Runs as a system tells of them, with what history knows."""

from __future__ import annotations

from datetime import timedelta

from tests.support.clock import START
from tests.support.scripted import make_run
from tui.core.state import State
from tui.engine.runs import completed, moment_of

KNOWN = make_run(
    "r1",
    state=State.FAILED,
    started_at=START - timedelta(seconds=60),
    ended_at=START,
    duration_s=60.0,
    exit_code=3,
    message="no listener",
)


def test_what_a_system_leaves_out_now_is_not_forgotten() -> None:
    assert completed(make_run("r1", state=State.FAILED), KNOWN) == KNOWN


def test_what_it_tells_now_counts() -> None:
    told = make_run("r1", state=State.FAILED, started_at=START, duration_s=5.0, exit_code=0, message="x")
    found = completed(told, KNOWN)
    assert (found.started_at, found.duration_s, found.exit_code, found.message) == (START, 5.0, 0, "x")


def test_another_outcome_or_a_run_that_goes_on_is_taken_as_it_is() -> None:
    for state in (State.RUNNING, State.SUCCEEDED):
        told = make_run("r1", state=state)
        assert completed(told, KNOWN) == told
    assert completed(make_run("r1"), None) == make_run("r1")


def test_any_time_gives_a_run_its_place() -> None:
    assert moment_of(make_run("r1")) is None
    assert moment_of(make_run("r1", ended_at=START)) == START
