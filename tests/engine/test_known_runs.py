from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.actions import make_action
from tests.support.clock import START
from tests.support.scripted import make_job, make_run
from tui.core.keys import JobKey
from tui.core.models import ActionKind, Receipt, ReceiptStatus
from tui.core.state import State
from tui.engine.evidence import Before, before_of, sighting_in_job, sighting_in_runs
from tui.engine.known_runs import read_back, written_down

JOB = JobKey("alpha", "1")
SECOND = timedelta(seconds=1)
IDS = st.text(min_size=1, max_size=12) | st.sampled_from(["*", "a#1", "a@row,failed,,", "@", "#", "1,2,3"])


@given(st.lists(IDS, max_size=5), st.booleans(), st.sampled_from(["trigger", "rerun"]))
def test_whatever_the_ids_are_the_same_runs_are_known(ids: list[str], is_told: bool, kind: str) -> None:
    runs = [make_run(run_id, started_at=START, attempt=2) for run_id in ids]
    job = make_job(
        run_id=ids[0] if ids else "", state=State.FAILED, started_at=START, ended_at=START + SECOND
    )
    before = before_of(job, runs if is_told else None)
    action = make_action(ActionKind(kind), run_id=ids[-1] if ids else "")
    texts = written_down(before, action)
    assert (texts[-1:] == ("*",)) >= (not is_told)
    known = read_back(texts, JOB, job.state)
    assert known.marks == before.marks
    assert known.is_complete == (is_told and bool(ids))
    if kind == "rerun" and ids:
        assert (known.run_id, known.started_at, known.ended_at) == (ids[0], START, START + SECOND)
        assert not is_told or known.runs[f"{ids[-1]}#2"].started_at == START


@pytest.mark.parametrize("texts", [(), ("r1#1",), ("r1#1@",), ("r1#1@row,failed",), ("r1#1@row,odd,,",)])
def test_what_an_earlier_version_wrote_is_read_as_it_is(texts: tuple[str, ...]) -> None:
    assert read_back(texts, JOB, State.FAILED) == Before(
        State.FAILED, marks=frozenset(texts), is_complete=bool(texts)
    )


def test_that_it_never_ran_says_that_there_was_nothing_else() -> None:
    assert read_back((), JOB, State.NEVER_RUN).is_complete
    assert not read_back(("*",), JOB, State.NEVER_RUN).is_complete


@pytest.mark.parametrize("ahead_s", [-600, 0, 600])
@pytest.mark.parametrize("has_moved", [False, True])
def test_after_a_crash_a_rerun_is_seen_only_if_its_run_has_moved(ahead_s: int, *, has_moved: bool) -> None:
    """Whatever the system's clock says: it may call a run of before one that ended after the request."""
    theirs = START + ahead_s * SECOND
    run = make_run("r1", state=State.FAILED, started_at=theirs - 9 * SECOND, ended_at=theirs - 4 * SECOND)
    job = make_job(state=State.FAILED, run_id="r1", started_at=run.started_at, ended_at=run.ended_at)
    action = make_action(ActionKind.RERUN, run_id="r1")
    known = read_back(written_down(before_of(job, [run]), action), JOB, job.state)
    receipt = Receipt("q", action, ReceiptStatus.UNKNOWN, START, START)
    seen = replace(job, observed_at=START + 60 * SECOND)
    if has_moved:
        run = replace(run, started_at=None, ended_at=None, state=State.RUNNING)
        seen = replace(seen, started_at=None, ended_at=None, state=State.RUNNING)
    assert (sighting_in_runs(receipt, known, [run]) is not None) is has_moved
    assert (sighting_in_job(receipt, known, seen) is not None) is has_moved
