"""Messages of one fault read the same, those of different faults differ, and any text is survived."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted import make_job
from tui.core.keys import JobKey
from tui.core.state import State
from tui.engine.causes import Causes, cause_of, is_troubled


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ORA-12541: TNS:no listener (dwh-db01:1521)", "ORA-12541: TNS:no listener (dwh-db07:1522)"),
        ("File not found: /data/in/orders_00012.csv", "File not found: /data/out/2026/orders_7.csv"),
        (r"cannot open C:\in\a.csv", r"cannot open D:\out\b c.csv".replace(" c", "c")),
        ('duplicate key value violates "pk_1"', 'duplicate key value violates "pk_customers"'),
        ("2026-11-21 14:10:05,123 lost connection", "2025-01-02T03:04:05Z lost connection"),
        ("HTTP 503 from https://api.example.com/v1?x=2", "HTTP 503 from https://other.example.com/"),
        ("run 8f14e45f-ceea-467f-9d3b-0a1b2c3d4e5f died", "run 0123abcd-0000-1111-2222-333344445555 died"),
        ("object at 0x7f3a2b", "object at 0xdeadbeef"),
        ("commit 9fceb02d0ae598e9 failed", "commit 1a2b3c4d5e6f7a8b failed"),
        ("12 records dropped", "1,204 records dropped"),
        ("lock  held\tby 4", "lock held by 5"),
    ],
)
def test_what_differs_from_run_to_run_is_left_out(first: str, second: str) -> None:
    assert cause_of(first) == cause_of(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ORA-12541: TNS:no listener", "ORA-01017: invalid username"),
        ("HTTP 503 from server", "HTTP 404 from server"),
        ("exit code 1", "exit code 137"),
        ("RR_4036: error connecting", "RR_4035: error connecting"),
        ("java.lang.OutOfMemoryError: Java heap space", "java.lang.NullPointerException"),
        ("connection refused", "connection reset"),
    ],
)
def test_different_faults_stay_apart(first: str, second: str) -> None:
    assert cause_of(first) != cause_of(second)


def test_a_cause_can_still_be_read() -> None:
    told = cause_of(
        "ORA-12541: TNS:no listener at 14:02:31, host db07 ('dwh'), file /data/a.log: don't retry"
    )
    assert told == "ORA-12541: TNS:no listener at *, host db# (*), file *: don't retry"


@given(st.text(max_size=500))
def test_any_text_has_a_short_cause_in_one_line(text: str) -> None:
    cause = cause_of(text)
    assert len(cause) <= 160
    assert cause == " ".join(cause.split())


@pytest.mark.parametrize(
    ("state", "last", "expected"),
    [
        (State.FAILED, State.FAILED, True),
        (State.WARNING, State.WARNING, True),
        (State.SCHEDULED, State.FAILED, True),
        (State.PAUSED, State.WARNING, True),
        (State.UNKNOWN, State.FAILED, True),
        (State.RUNNING, State.FAILED, False),
        (State.QUEUED, State.FAILED, False),
        (State.SUCCEEDED, State.SUCCEEDED, False),
        (State.SUCCEEDED, State.FAILED, False),
        (State.SCHEDULED, None, False),
        (State.NEVER_RUN, None, False),
    ],
)
def test_in_trouble_is_what_waits_for_somebody(
    state: State,
    last: State | None,
    expected: bool,
) -> None:
    assert is_troubled(make_job(state=state, last_result=last)) is expected


def test_the_first_error_counts_more_than_the_message_and_both_may_be_missing() -> None:
    errors = {JobKey("alpha", "1"): "ORA-00001: unique constraint"}
    causes = Causes(lambda key: errors.get(key, ""))
    failed = make_job("1", state=State.FAILED, last_result=State.FAILED, message="step 4 failed")
    assert causes.of(failed) == "ORA-00001: unique constraint"
    assert causes.of(replace(failed, id="2")) == "step # failed"
    assert causes.of(replace(failed, id="3", message="", exit_code=137)) == "exit code 137"
    assert causes.of(replace(failed, id="4", message="")) == "failed without a message"
    resting = replace(failed, id="5", message="", state=State.SCHEDULED, last_result=State.WARNING)
    assert causes.of(resting) == "warning without a message"
    assert causes.of(replace(failed, state=State.RUNNING)) == ""


def test_a_cause_stays_until_the_job_is_said_to_have_changed() -> None:
    errors: dict[JobKey, str] = {}
    causes = Causes(lambda key: errors.get(key, ""))
    failed = make_job("1", state=State.FAILED, last_result=State.FAILED, message="it broke")
    assert causes.of(failed) == "it broke"
    errors[failed.key] = "disk full"
    assert causes.of(failed) == "it broke"
    causes.forget([failed.key])
    assert causes.of(failed) == "disk full"
