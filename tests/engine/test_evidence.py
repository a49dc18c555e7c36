from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.clock import START
from tests.support.scripted import make_job, make_run
from tui.core.keys import JobKey, RunKey
from tui.core.models import Action, ActionKind, Job, Receipt, ReceiptStatus, Run
from tui.core.state import State
from tui.engine.evidence import (
    COARSE,
    FAR,
    SKEW,
    Before,
    before_of,
    has_ended,
    outcome_of_job,
    sighting_in_job,
    sighting_in_runs,
)

TRIGGER, STOP, RERUN, HOLD, RELEASE, DELETE = ActionKind
SECOND = timedelta(seconds=1)


def make_receipt(kind: ActionKind = TRIGGER, run_id: str = "", target: str = "") -> Receipt:
    """The receipt of a request that was sent at the start of all time."""
    run = RunKey("alpha", "1", target) if target else None
    action = Action(kind, JobKey("alpha", "1"), run=run)
    return Receipt("q", action, ReceiptStatus.UNKNOWN, START, START, run_id=run_id)


def later(job: Job, **changes: Any) -> Job:
    """The job as observed a minute after the request."""
    return replace(job, observed_at=START + 60 * SECOND, **changes)


def _shown(run: Run) -> Job:
    """The row of the job whose newest run it is."""
    return make_job(run_id=run.key.run_id, started_at=run.started_at, state=State.RUNNING)


class TestJobs:
    @pytest.mark.parametrize(
        ("changes", "is_over", "outcome"),
        [
            ({"state": State.RUNNING}, False, State.RUNNING),
            ({"state": State.QUEUED, "ended_at": START}, False, State.QUEUED),
            ({"state": State.FAILED}, True, State.FAILED),
            ({"state": State.SCHEDULED, "last_result": State.FAILED}, True, State.FAILED),
            ({"state": State.SCHEDULED, "last_result": None}, True, State.SCHEDULED),
            ({"state": State.PAUSED}, False, State.PAUSED),
            ({"state": State.PAUSED, "ended_at": START}, True, State.PAUSED),
            ({"state": State.UNKNOWN}, False, State.UNKNOWN),
        ],
    )
    def test_tell_whether_their_run_is_over(
        self, changes: dict[str, Any], is_over: bool, outcome: State
    ) -> None:
        job = make_job(**changes)
        assert (has_ended(job), outcome_of_job(job)) == (is_over, outcome)


class TestSameRun:
    """A run that there was before: only a rerun may go on under its name, and only if it begins anew."""

    old = make_job(state=State.FAILED, run_id="r1", started_at=START - 9 * SECOND, ended_at=START - SECOND)

    @pytest.mark.parametrize(
        ("changes", "is_seen"),
        [
            ({}, False),
            ({"message": "other"}, False),
            ({"state": State.RUNNING}, True),
            ({"state": State.QUEUED, "started_at": None, "ended_at": None}, True),
            ({"started_at": START + SECOND}, True),
            ({"ended_at": START + SECOND}, True),
            ({"ended_at": START - SKEW - SECOND}, False),
        ],
    )
    def test_is_seen_when_a_finished_one_moves(self, changes: dict[str, Any], is_seen: bool) -> None:
        before = before_of(self.old, [])
        job = later(self.old, **changes)
        assert (sighting_in_job(make_receipt(RERUN), before, job) is not None) is is_seen
        assert sighting_in_job(make_receipt(TRIGGER), before, job) is None

    @pytest.mark.parametrize(
        ("was", "changes", "is_seen"),
        [
            ({"state": State.RUNNING, "started_at": START - SECOND}, {"state": State.FAILED}, False),
            ({"state": State.RUNNING, "started_at": START - SECOND}, {"ended_at": START + SECOND}, False),
            ({"state": State.QUEUED}, {"state": State.RUNNING, "started_at": START + SECOND}, False),
            ({"state": State.RUNNING, "started_at": START - SECOND}, {"started_at": START + SECOND}, True),
        ],
    )
    def test_proves_nothing_by_going_on(
        self, was: dict[str, Any], changes: dict[str, Any], is_seen: bool
    ) -> None:
        job = make_job(run_id="r1", **was)
        found = sighting_in_job(make_receipt(RERUN), before_of(job, []), later(job, **changes))
        assert (found is not None) is is_seen
        run = make_run("r1", **was)
        listed = sighting_in_runs(make_receipt(RERUN), before_of(job, [run]), [replace(run, **changes)])
        assert (listed is not None) is is_seen

    @pytest.mark.parametrize(("target", "is_seen"), [("r1", True), ("r0", False)])
    def test_counts_only_if_it_is_the_one_that_is_repeated(self, target: str, is_seen: bool) -> None:
        before = before_of(self.old, [make_run("r1", state=State.FAILED, ended_at=self.old.ended_at)])
        receipt = make_receipt(RERUN, target=target)
        moved = later(self.old, ended_at=START + SECOND)
        again = make_run("r1", state=State.FAILED, ended_at=START + SECOND)
        assert (sighting_in_job(receipt, before, moved) is not None) is is_seen
        assert (sighting_in_runs(receipt, before, [again]) is not None) is is_seen
        attempt = make_run("r1", attempt=2, started_at=START + SECOND)
        assert (sighting_in_runs(receipt, before, [attempt]) is not None) is is_seen

    @pytest.mark.parametrize(("ago", "is_seen"), [(COARSE + SECOND, False), (-SECOND, True)])
    def test_after_a_crash_must_have_moved_after_the_request(self, ago: timedelta, is_seen: bool) -> None:
        before = Before(State.FAILED, marks=frozenset({"r1#1"}), is_complete=True)
        run = make_run("r1", state=State.FAILED, started_at=START - 900 * SECOND, ended_at=START - ago)
        assert (sighting_in_runs(make_receipt(RERUN), before, [run]) is not None) is is_seen

    def test_is_the_triggers_when_the_system_says_so(self) -> None:
        """Some systems answer a trigger with the run that is under way already."""
        job = make_job(state=State.RUNNING, run_id="r1")
        run = make_run("r1", state=State.RUNNING)
        before = before_of(job, [run])
        receipt = make_receipt(TRIGGER, run_id="r1")
        assert sighting_in_job(receipt, before, job) is None
        assert sighting_in_job(receipt, before, later(job)) is not None
        assert sighting_in_runs(receipt, before, [run]) is not None


class TestNewRun:
    @pytest.mark.parametrize(
        ("is_complete", "ago", "is_ours"),
        [
            (True, SKEW, True),
            (True, SKEW + SECOND, False),
            (False, COARSE, True),
            (False, COARSE + SECOND, False),
            (True, None, True),
            (False, None, False),
        ],
    )
    def test_counts_by_its_time_and_by_what_was_known(
        self, is_complete: bool, ago: timedelta | None, is_ours: bool
    ) -> None:
        before = before_of(make_job(), [] if is_complete else None)
        run = make_run("r2", queued_at=START - ago if ago is not None else None)
        assert (sighting_in_runs(make_receipt(), before, [run]) is not None) is is_ours

    def test_that_began_before_a_known_one_is_not_ours(self) -> None:
        """The system's clock is ahead, and its runs could not be listed before: only one of them is known."""
        job = make_job(run_id="r2", started_at=START + 600 * SECOND)
        older, newer = (
            make_run(name, started_at=START + s * SECOND) for name, s in (("r1", 500), ("r3", 700))
        )
        known = make_run("r2", started_at=START + 600 * SECOND)
        for before in (
            before_of(job, None),
            Before(State.FAILED, marks=frozenset({"r2#1"}), is_complete=True),
        ):
            assert sighting_in_runs(make_receipt(), before, [known, older]) is None
            found = sighting_in_runs(make_receipt(), before, [newer, known, older])
            assert found is not None
            assert (found.run_id, found.others) == ("r3", 0)

    def test_that_is_listed_after_a_known_one_is_no_news_where_others_were_unknown(self) -> None:
        """Whatever its time says: some adapters know times of two clocks."""
        job = make_job(run_id="r2")
        known = make_run("r2")
        unknown = make_run("r1", started_at=START + SECOND)
        assert sighting_in_runs(make_receipt(), before_of(job, None), [known, unknown]) is None
        assert sighting_in_runs(make_receipt(), before_of(job, None), [unknown, known]) is not None
        assert sighting_in_runs(make_receipt(), before_of(job, [known]), [known, unknown]) is not None
        again = make_run("r2", attempt=2, started_at=START + SECOND)
        newest = make_job(run_id="r3")
        found = sighting_in_runs(
            make_receipt(RERUN, target="r2"),
            replace(before_of(newest, None), marks=frozenset({"r3#1", "r2#1"})),
            [make_run("r3"), again],
        )
        assert found is not None

    @pytest.mark.parametrize(
        ("began_after_s", "ended_after_s", "is_ours"),
        [(1, 0, True), (1, 2, False), (0, 0, False), (-1, -9, False)],
    )
    def test_is_newer_than_the_last_known_where_the_systems_clock_is_behind(
        self, began_after_s: int, ended_after_s: int, is_ours: bool
    ) -> None:
        theirs = START - 600 * SECOND
        job = make_job(run_id="r1", started_at=theirs, ended_at=theirs + ended_after_s * SECOND)
        run = make_run("r2", started_at=theirs + began_after_s * SECOND)
        before = before_of(job, [make_run("r1", started_at=theirs)])
        assert (sighting_in_runs(make_receipt(), before, [run]) is not None) is is_ours
        assert (sighting_in_job(make_receipt(), before, later(_shown(run))) is not None) is is_ours
        assert sighting_in_runs(make_receipt(), before_of(job, None), [run]) is None

    @pytest.mark.parametrize(("ago", "is_ours"), [(FAR, True), (FAR + SECOND, False)])
    def test_is_ours_where_there_was_none_unless_clocks_are_too_far_apart(
        self, ago: timedelta, is_ours: bool
    ) -> None:
        job = make_job(state=State.NEVER_RUN, last_result=None)
        run = make_run("r1", started_at=START - ago)
        assert (sighting_in_runs(make_receipt(), before_of(job, []), [run]) is not None) is is_ours
        assert (
            sighting_in_job(make_receipt(), before_of(job, []), later(_shown(run))) is not None
        ) is is_ours

    def test_of_the_name_that_the_system_gave_is_ours_at_any_time(self) -> None:
        run = make_run("r2", started_at=START - timedelta(days=1))
        before = before_of(make_job(), None)
        found = sighting_in_runs(make_receipt(run_id="r2"), before, [make_run("r3"), run])
        assert found is not None
        assert (found.run_id, found.others) == ("r2", 0)

    def test_of_a_later_attempt_is_no_triggers(self) -> None:
        before = before_of(make_job(run_id="r1"), [make_run("r1")])
        again = make_run("r1", attempt=2, started_at=START + SECOND)
        assert sighting_in_runs(make_receipt(TRIGGER), before, [again]) is None
        assert sighting_in_runs(make_receipt(RERUN), before, [again]) is not None


class TestOthers:
    def test_lists_of_runs_tell_nothing_of_hold_and_release(self) -> None:
        before = before_of(make_job(), None)
        for kind in (HOLD, RELEASE):
            assert sighting_in_runs(make_receipt(kind), before, [make_run("r2", queued_at=START)]) is None

    def test_a_stop_is_told_by_the_end_of_its_run_alone(self) -> None:
        before = before_of(make_job(run_id="r1", state=State.RUNNING), None)
        receipt = make_receipt(STOP, target="r1")
        running, other = make_run("r1", state=State.RUNNING), make_run("r2", state=State.CANCELLED)
        assert sighting_in_runs(receipt, before, [other, running]) is None
        found = sighting_in_runs(receipt, before, [other, replace(running, state=State.CANCELLED)])
        assert found is not None
        assert found.state is State.CANCELLED

    def test_a_stop_of_a_nameless_run_is_told_by_the_job(self) -> None:
        job = make_job(state=State.RUNNING)
        action = Action(STOP, job.key, run=RunKey("alpha", "1", ""))
        receipt = replace(make_receipt(), action=action)
        before = before_of(job, None)
        assert sighting_in_job(receipt, before, later(job)) is None
        assert sighting_in_job(receipt, before, later(job, state=State.SUCCEEDED)) is not None
