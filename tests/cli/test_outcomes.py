from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.clock import START
from tests.support.scripted import make_job, make_run
from tui.cli.exit_codes import ExitCode
from tui.cli.outcomes import Outcome, WaitRules, exit_code, is_over, judge_job, judge_run
from tui.core.state import State

PLAIN = WaitRules()


def outcome(code: ExitCode, own: int | None = None, ended_s: float | None = None) -> Outcome:
    return Outcome(code, "", own, None if ended_s is None else START + timedelta(seconds=ended_s))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": State.SUCCEEDED}, ExitCode.DONE),
        ({"state": State.WARNING}, ExitCode.DONE),
        ({"state": State.FAILED}, ExitCode.JOB_FAILED),
        ({"state": State.CANCELLED}, ExitCode.CANCELLED),
        ({"state": State.SCHEDULED, "last_result": State.FAILED}, ExitCode.JOB_FAILED),
        ({"state": State.PAUSED, "last_result": State.SUCCEEDED}, ExitCode.DONE),
        ({"state": State.NEVER_RUN, "last_result": None}, ExitCode.NOT_FOUND),
        ({"state": State.SCHEDULED, "last_result": None}, ExitCode.NOT_FOUND),
        (
            {"state": State.UNKNOWN, "ended_at": START, "last_result": State.SUCCEEDED},
            ExitCode.OUTCOME_UNKNOWN,
        ),
    ],
)
def test_a_job_that_rests_is_judged_by_its_newest_run(changes: dict[str, Any], code: ExitCode) -> None:
    judged = judge_job(make_job("1", **changes), PLAIN)
    assert judged is not None
    assert judged.code is code


@pytest.mark.parametrize(
    "changes",
    [
        {"state": State.RUNNING},
        {"state": State.QUEUED, "last_result": State.FAILED},
        {"state": State.UNKNOWN, "started_at": START},
        {"state": State.PAUSED, "started_at": START, "last_result": None},
    ],
)
def test_a_job_that_may_go_on_is_not_judged(changes: dict[str, Any]) -> None:
    assert judge_job(make_job("1", **changes), PLAIN) is None


def test_a_run_is_judged_when_it_has_ended() -> None:
    job = make_job("1")
    assert judge_run(job, make_run(state=State.RUNNING), PLAIN) is None
    assert judge_run(job, make_run(state=State.UNKNOWN), PLAIN) is None
    lost = judge_run(job, make_run(state=State.UNKNOWN, ended_at=START), PLAIN)
    failed = judge_run(job, make_run(state=State.FAILED, exit_code=3, duration_s=61.0, message="boom"), PLAIN)
    assert lost is not None
    assert failed is not None
    assert lost.code is ExitCode.OUTCOME_UNKNOWN
    assert (failed.code, failed.own_code) == (ExitCode.JOB_FAILED, 3)
    assert failed.told == "alpha/job 1: failed after 1m01s: boom"


def test_a_warning_is_a_failure_where_rules_are_strict() -> None:
    judged = judge_job(make_job("1", state=State.WARNING), WaitRules(is_strict=True))
    assert judged is not None
    assert judged.code is ExitCode.JOB_FAILED


@pytest.mark.parametrize("state", [State.CANCELLED, State.FAILED, State.SUCCEEDED])
def test_after_a_stop_every_end_is_good(state: State) -> None:
    judged = judge_job(make_job("1", state=state), WaitRules(is_end_enough=True))
    assert judged is not None
    assert judged.code is ExitCode.DONE


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((ExitCode.DONE, ExitCode.DONE), 0),
        ((ExitCode.DONE, ExitCode.CANCELLED), 7),
        ((ExitCode.CANCELLED, ExitCode.JOB_FAILED), 1),
        ((ExitCode.DONE, ExitCode.NOT_FOUND), 4),
        ((ExitCode.NOT_FOUND, ExitCode.OUTCOME_UNKNOWN), 6),
    ],
)
def test_together_the_worst_counts(codes: tuple[ExitCode, ...], expected: int) -> None:
    assert exit_code([outcome(code) for code in codes], PLAIN) == expected


def test_of_any_the_one_that_ended_first_counts() -> None:
    rules = WaitRules(is_any=True)
    assert exit_code([outcome(ExitCode.JOB_FAILED, ended_s=2), outcome(ExitCode.DONE, ended_s=1)], rules) == 0
    assert exit_code([outcome(ExitCode.JOB_FAILED), outcome(ExitCode.DONE)], rules) == 1


@pytest.mark.parametrize(
    ("code", "own", "expected"),
    [
        (ExitCode.JOB_FAILED, 42, 42),
        (ExitCode.DONE, 0, 0),
        (ExitCode.DONE, 4, 4),
        (ExitCode.JOB_FAILED, None, 1),
        (ExitCode.JOB_FAILED, 256, 1),
        (ExitCode.JOB_FAILED, -1, 1),
        (ExitCode.CANCELLED, 143, 143),
    ],
)
def test_a_job_s_own_code_is_passed_on_where_it_can_be(
    code: ExitCode, own: int | None, expected: int
) -> None:
    assert exit_code([outcome(code, own)], WaitRules(is_propagated=True)) == expected
    assert exit_code([outcome(code, own)], PLAIN) == code


def test_of_several_the_worst_one_s_own_code_is_passed_on() -> None:
    ended = [outcome(ExitCode.DONE, 0), outcome(ExitCode.JOB_FAILED, 9), outcome(ExitCode.CANCELLED, 143)]
    assert exit_code(ended, WaitRules(is_propagated=True)) == 9


@pytest.mark.parametrize(
    ("ended", "rules", "expected"),
    [
        ([], PLAIN, False),
        ([ExitCode.DONE], PLAIN, False),
        ([ExitCode.DONE, ExitCode.JOB_FAILED], PLAIN, True),
        ([ExitCode.DONE], WaitRules(is_any=True), True),
        ([], WaitRules(is_any=True), False),
        ([ExitCode.DONE], WaitRules(is_fail_fast=True), False),
        ([ExitCode.CANCELLED], WaitRules(is_fail_fast=True), True),
    ],
)
def test_rules_say_when_it_is_enough(ended: list[ExitCode], rules: WaitRules, expected: bool) -> None:
    assert is_over([outcome(code) for code in ended], 2, rules) is expected
