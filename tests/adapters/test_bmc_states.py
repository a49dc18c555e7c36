"""What the words of BMC's API mean: the vendor's samples, every documented pair, and whatever may come."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import START
from tui.adapters.bmc.api import status_of
from tui.adapters.bmc.book import Book, from_json, to_json
from tui.adapters.bmc.jobs import Draughtsman, run_of
from tui.adapters.bmc.listing import Etl
from tui.adapters.bmc.observer import observe
from tui.adapters.bmc.states import Told
from tui.adapters.bmc.times import parse_time
from tui.adapters.bmc.wire import RequestAnswer, rows_of
from tui.core.keys import JobKey
from tui.core.models import Job
from tui.core.state import State

WORDS = ("RUNNING", "SERVICE_ON", "SERVICE_OFF", "WAITING", "ENDED", "ABORTED", "")
"""Every documented status; the last one stands for no value."""
SAMPLE = '{"status": "ENDED", "task_id": 467, "exit_code": "ERROR", "last_exec_ts": "2022-09-06T12:07:34Z"}'
"""The first one of the vendor's page."""
CODES = ("OK", "WARNING", "ERROR", "FAILED", "FAIL", "")

RESULTS = {
    "OK": State.SUCCEEDED,
    "WARNING": State.WARNING,
    "ERROR": State.FAILED,
    "FAILED": State.FAILED,
    "FAIL": State.FAILED,
}


def told_by(sample: str) -> Told:
    answer = status_of(json.loads(sample))
    moment = parse_time(answer.last_exec_ts, UTC)
    return Told(answer.status, answer.exit_code, answer.last_exec_ts, moment)


def first_look(told: Told) -> Job:
    book = Book()
    observe(book, told, START)
    return drawn(book)


def drawn(book: Book, now: datetime = START) -> Job:
    return Draughtsman("bmc", "bmc").job(Etl("321", "importer"), book, now)


@pytest.mark.parametrize(
    ("sample", "state", "last_result"),
    [
        (SAMPLE, State.FAILED, State.FAILED),
        (
            '{"status": "ENDED", "task_id": 321, "exit_code": "OK", "last_exec_ts": "2022-09-08T14:56:28Z"}',
            State.SUCCEEDED,
            State.SUCCEEDED,
        ),
        (
            '{"status":"RUNNING","task_id":321,"exit_code":"OK","last_exec_ts":"2022-09-08T14:56:28Z"}',
            State.RUNNING,
            State.SUCCEEDED,
        ),
        (
            '{"status":"WAITING","task_id":321,"exit_code":"WARNING","last_exec_ts":"2022-09-08T14:56:28Z"}',
            State.SCHEDULED,
            State.WARNING,
        ),
        ('{"status":"SERVICE_ON","task_id":53}', State.RUNNING, None),
        ('{"status":null,"task_id":700}', State.NEVER_RUN, None),
        ('{"task_id":700}', State.NEVER_RUN, None),
    ],
)
def test_the_vendors_samples(sample: str, state: State, last_result: State | None) -> None:
    job = first_look(told_by(sample))
    assert (job.state, job.last_result) == (state, last_result)


def test_the_time_of_a_run_that_nobody_saw_is_its_name_and_its_end() -> None:
    sample = (
        '{"status": "ENDED", "task_id": 467, "exit_code": "ERROR", "last_exec_ts": "2022-09-06T12:07:34Z"}'
    )
    job = first_look(told_by(sample))
    assert job.run_id == "last-20220906T120734Z"
    assert (job.started_at, job.ended_at) == (None, datetime(2022, 9, 6, 12, 7, 34, tzinfo=UTC))
    assert job.message == "the run failed: exit code ERROR"
    assert job.native_state == "ENDED, ERROR"


def test_the_vendors_samples_of_a_list_and_of_requests() -> None:
    rows = rows_of(
        json.loads(
            '[{"name":"vCenter Extractor Service","etl_id":53,'
            '"run_configurations":[{"name":"Default","active":true,"run_configuration_id":216}]},'
            '{"name":"Generic CSV Importer - storage","etl_id":321,'
            '"run_configurations":[{"name":"Default","active":true,"run_configuration_id":402},'
            '{"name":"Backfill","active":false,"run_configuration_id":403}]}]'
        )
    )
    assert [(row.etl_id, row.name) for row in rows] == [
        ("53", "vCenter Extractor Service"),
        ("321", "Generic CSV Importer - storage"),
    ]
    sample = '{"task_execution_request_id":21359,"request_status":"OK"}'
    answer = RequestAnswer.model_validate(json.loads(sample))
    assert (answer.task_execution_request_id, answer.request_status) == ("21359", "OK")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("mark", ["", "2022-09-06T12:07:34Z"])
def test_every_documented_pair(word: str, code: str, mark: str) -> None:
    job = first_look(Told(word, code, mark, parse_time(mark, UTC)))
    result = RESULTS.get(code)
    expected = {
        "RUNNING": (State.RUNNING, result),
        "SERVICE_ON": (State.RUNNING, None),
        "SERVICE_OFF": (State.PAUSED, None),
        "WAITING": (State.SCHEDULED, result),
        "ENDED": (result or State.UNKNOWN, result),
        "ABORTED": (State.CANCELLED, State.CANCELLED),
        "": (result or (State.UNKNOWN if mark else State.NEVER_RUN), result),
    }
    assert (job.state, job.last_result) == expected[word]
    assert job.is_held == (word == "SERVICE_OFF")
    assert (job.kind == "service") == word.startswith("SERVICE")
    assert word in job.native_state


@pytest.mark.parametrize("word", ["ended", " Ended ", "ENDED"])
def test_case_and_blanks_make_no_difference(word: str) -> None:
    assert first_look(Told(word, " ok ")).state is State.SUCCEEDED


@pytest.mark.parametrize("word", ["SUSPENDED", "QUEUED", "ENDED_OK", "-"])
def test_a_word_that_is_not_documented_is_unknown_and_shown(word: str) -> None:
    job = first_look(Told(word))
    assert (job.state, job.native_state, job.run_id) == (State.UNKNOWN, word, "")


def test_a_word_that_is_not_documented_ends_no_run_and_begins_none() -> None:
    book = Book()
    for word in ("WAITING", "RUNNING", "STRANGE", "RUNNING"):
        observe(book, Told(word), START)
    assert len(book.runs) == 1
    assert drawn(book).state is State.RUNNING
    observe(book, Told("STRANGE"), START)
    assert (drawn(book).state, drawn(book).run_id) == (State.UNKNOWN, book.runs[0].id)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
moments = st.integers(-86_400, 2 * 86_400).map(
    lambda seconds: f"{START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
)
statuses = st.builds(
    Told,
    st.sampled_from(WORDS) | st.text(max_size=12),
    st.sampled_from(CODES) | st.text(max_size=8),
).flatmap(
    lambda told: (st.just("") | moments | st.text(max_size=12)).map(
        lambda mark: Told(told.status, told.exit_code, mark, parse_time(mark, UTC))
    )
)


@given(st.dictionaries(st.sampled_from(["status", "exit_code", "last_exec_ts", "task_id"]), anything))
def test_no_record_raises(record: dict[str, Any]) -> None:
    answer = status_of(record)
    told = Told(answer.status, answer.exit_code, answer.last_exec_ts, parse_time(answer.last_exec_ts, UTC))
    assert isinstance(first_look(told).state, State)


@given(st.lists(anything | st.dictionaries(st.sampled_from(["etl_id", "name"]), anything)))
def test_what_is_no_etl_is_left_out(values: list[Any]) -> None:
    assert all(row.etl_id for row in rows_of(values))


@given(
    st.lists(st.tuples(statuses, st.integers(0, 90_000), st.sampled_from(["", "ask", "stop"])), max_size=12)
)
def test_no_history_of_statuses_spoils_the_book(steps: list[tuple[Told, int, str]]) -> None:
    """Whatever comes in whatever order: ids are unique, times in order, a later session knows the same."""
    book, now, known = Book(), START, dict[str, State]()
    for told, seconds, act in steps:
        now += timedelta(seconds=seconds)
        if act == "ask":
            book.ask({"a": "b"}, book.newest_id, now)
        if act == "stop" and book.running is not None:
            book.running.stop()
        observe(book, told, now)
        job = drawn(book, now)
        assert job.started_at is None or job.ended_at is None or job.started_at <= job.ended_at
        assert job.last_result is None or job.last_result.is_final
        assert job.state is not State.RUNNING or job.ended_at is None
        ids = [run.id for run in book.runs]
        assert len(set(ids)) == len(ids)
        for run in book.runs:
            told_run = run_of(JobKey("bmc", "321"), run, now)
            assert told_run.duration_s is None or told_run.duration_s >= 0
            # A run that has ended well or badly never runs again.
            was = known.get(run.id)
            assert was is None or not was.is_final or told_run.state.is_final
            known[run.id] = told_run.state
        assert sum(run.phase == "running" for run in book.runs) <= 1
        assert from_json(json.loads(json.dumps(to_json(book)))) == book


@given(anything)
def test_whatever_was_kept_makes_a_book(value: Any) -> None:
    assert isinstance(from_json(value), Book)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2022-09-06T12:07:34Z", datetime(2022, 9, 6, 12, 7, 34, tzinfo=UTC)),
        ("2022-09-06T12:07:34.500Z", datetime(2022, 9, 6, 12, 7, 34, 500_000, tzinfo=UTC)),
        ("2022-09-06T14:07:34+02:00", datetime(2022, 9, 6, 12, 7, 34, tzinfo=UTC)),
        ("2022-09-06 14:07:34", datetime(2022, 9, 6, 12, 7, 34, tzinfo=UTC)),
        ("", None),
        ("yesterday", None),
        ("0001-01-01T00:00:00", None),
    ],
)
def test_a_time_is_read_in_utc(text: str, expected: datetime | None) -> None:
    assert parse_time(text, ZoneInfo("Europe/Berlin")) == expected


@given(st.text(max_size=30))
def test_no_text_of_a_time_raises(text: str) -> None:
    found = parse_time(text, timezone(timedelta(hours=5)))
    assert found is None or found.tzinfo is UTC
