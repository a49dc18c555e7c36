"""What a Datameer's answers mean: the vendor's own samples word for word, every known state, every time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.adapters.datameer.identity import ExecutionId
from tui.adapters.datameer.runs import message_of
from tui.adapters.datameer.states import NativeState, native_state
from tui.adapters.datameer.status import Condition, condition_v1, condition_v2
from tui.adapters.datameer.times import parse_end, parse_time
from tui.adapters.datameer.wire import ActiveRow, Details, JobRow, RunRow, Started, rows_of
from tui.core.state import State

BERLIN = ZoneInfo("Europe/Berlin")

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    (
        *("id", "jobStatus", "job-status", "job-execution-id", "start-time", "stop-time", "job-progress"),
        *("estimate-time", "startTime", "stopTime", "successCount", "counters", "file", "path", "uuid"),
    )
)
RECORDS = st.dictionaries(FIELDS, ANYTHING)


def at(hour: int, minute: int, second: int, day: int = 28) -> datetime:
    """A moment of the day of the samples."""
    return datetime(2018, 9, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sample", "execution_id", "state"),
    [
        ('{\n"id": 49,\n"jobStatus": "RUNNING"\n}', "49", State.RUNNING),
        ('{\n"id": 30,\n"jobStatus": "COMPLETED"\n}', "30", State.SUCCEEDED),
        ('{\n"id": 32,\n"jobStatus": "COMPLETED_WITH_Warnings"\n}', "32", State.WARNING),
        ('{\n"id": 36,\n"jobStatus": "ERROR"\n}', "36", State.FAILED),
        ('{\n"id": 39,\n"jobStatus": "CANCELED"\n}', "39", State.CANCELLED),
        ("{}", None, State.NEVER_RUN),
    ],
)
def test_the_vendors_samples_of_v1(sample: str, execution_id: str | None, state: State) -> None:
    found = condition_v1(json.loads(sample))
    assert (found.execution_id, found.native.state) == (execution_id, state)


NEVER = '{\n"status": "success",\n"job-status": "_NONE"\n}'
RUNNING = (
    '{\n"status": "success",\n"file-id": 48,\n"job-execution-id": 3,\n"job-status": "RUNNING",\n'
    '"start-time": "Sep 28, 2018 6:44:56 PM",\n"estimate-time":"11s",\n"job-progress":"0"\n}'
)
COMPLETED = (
    '{\n"status": "success",\n"file-id": 48,\n"job-execution-id": 3,\n"job-status": "COMPLETED",\n'
    '"start-time": "Sep 28, 2018 6:44:56 PM",\n"stop-time": "Sep 28, 2018 6:44:58 PM"\n}'
)
WARNED = (
    '{\n"status": "success",\n"file-id": 46,\n"job-execution-id": 4,\n'
    '"job-status": "COMPLETED_WITH_WARNINGS",\n"start-time": "Sep 28, 2018 10:09:47 AM",\n'
    '"stop-time": "Sep 28, 2018 10:09:52 AM"\n}'
)
QUEUED = (
    '{\n"status": "success",\n"file-id": 48,\n"job-execution-id": 4,\n"job-status": "QUEUED",\n'
    '"start-time": null\n}'
)
CANCELED = (
    '{\n"status": "success",\n"file-id": 48,\n"job-execution-id": 4,\n"job-status": "CANCELED",\n'
    '"start-time": null,\n"stop-time": "Sep 28, 2018 6:58:41 PM"\n}'
)


@pytest.mark.parametrize(
    ("sample", "state", "execution_id", "started_at", "ended_at"),
    [
        (NEVER, State.NEVER_RUN, None, None, None),
        (RUNNING, State.RUNNING, "3", at(18, 44, 56), None),
        (COMPLETED, State.SUCCEEDED, "3", at(18, 44, 56), at(18, 44, 58)),
        (WARNED, State.WARNING, "4", at(10, 9, 47), at(10, 9, 52)),
        (QUEUED, State.QUEUED, "4", None, None),
        (CANCELED, State.CANCELLED, "4", None, at(18, 58, 41)),
    ],
)
def test_the_vendors_samples_of_v2(
    sample: str,
    state: State,
    execution_id: ExecutionId | None,
    started_at: datetime | None,
    ended_at: datetime | None,
) -> None:
    found = condition_v2(json.loads(sample), UTC)
    assert found.native.state is state
    assert (found.execution_id, found.started_at, found.ended_at) == (execution_id, started_at, ended_at)


def test_the_progress_of_a_running_job_is_told() -> None:
    found = condition_v2(json.loads(RUNNING), UTC)
    assert (found.progress, found.estimate) == (0.0, "11s")


@pytest.mark.parametrize(
    ("told", "part"),
    [
        *(("40", 0.4), (40, 0.4), ("100", 1.0), ("40%", 0.4), ("101", None), ("-1", None), ("soon", None)),
        *(("nan", None), ("inf", None), (None, None), (True, None)),
    ],
)
def test_a_progress_is_a_percentage_or_none(told: object, part: float | None) -> None:
    assert condition_v2({"job-status": "RUNNING", "job-progress": told}, UTC).progress == part


def test_the_vendors_sample_of_a_trigger() -> None:
    told = json.loads(
        '{\n"status": "success",\n"job-execution-id": 3,\n"job-execution-user": "analyst",\n'
        '"job-execution-trigger": "RESTAPI"\n}'
    )
    started = Started.model_validate(told)
    assert (started.execution_id, started.user, started.trigger) == ("3", "analyst", "RESTAPI")


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("_NONE", State.NEVER_RUN),
        ("QUEUED", State.QUEUED),
        ("WAITING_FOR_OTHER_JOB", State.QUEUED),
        ("RUNNING", State.RUNNING),
        ("COMPLETED", State.SUCCEEDED),
        ("COMPLETED_WITH_WARNINGS", State.WARNING),
        ("COMPLETED_WITH_Warnings", State.WARNING),
        ("ERROR", State.FAILED),
        ("CANCELED", State.CANCELLED),
        ("CANCELLED", State.CANCELLED),
        (" running ", State.RUNNING),
    ],
)
def test_every_known_word_has_its_state(word: str, state: State) -> None:
    assert native_state(word).state is state


@pytest.mark.parametrize("word", ["NONE", "ABORTING", "COMPLETED_WITH_ERRORS", "success", "", "完了"])
def test_words_that_are_not_known_are_unknown(word: str) -> None:
    assert native_state(word) == NativeState(State.UNKNOWN)


@given(st.text())
def test_no_word_raises(word: str) -> None:
    assert isinstance(native_state(word).state, State)


def test_a_run_without_a_word_is_unknown_and_not_a_job_without_runs() -> None:
    assert condition_v1({"id": 4127}).native.state is State.UNKNOWN
    assert condition_v2({"status": "success"}, UTC).native.state is State.UNKNOWN
    assert condition_v2({"job-status": "PAUSING"}, UTC).word == "PAUSING"


@settings(max_examples=50)
@given(RECORDS)
def test_no_record_raises(record: dict[str, Any]) -> None:
    for found in (condition_v1(record), condition_v2(record, BERLIN)):
        assert isinstance(found, Condition)
        assert isinstance(found.native.state, State)
        assert found.execution_id is None or isinstance(found.execution_id, str)
        assert found.started_at is None or found.started_at.utcoffset() == UTC.utcoffset(None)
        assert not (found.started_at and found.ended_at and found.ended_at < found.started_at)
    assert "\n" not in message_of(State.FAILED, Details.model_validate(record))


@settings(max_examples=50)
@given(st.lists(ANYTHING | RECORDS, max_size=4))
def test_what_is_no_record_is_left_out(values: list[Any]) -> None:
    assert all(row.id for row in rows_of(RunRow, values))
    assert len(rows_of(JobRow, values)) <= len(values)
    assert all(isinstance(row.execution_id, str) for row in rows_of(ActiveRow, values))


@pytest.mark.parametrize(
    "text",
    [
        "Sep 28, 2018 6:44:56 PM",
        "Sep 28, 2018 6:44:56\u202fPM",
        "Sep 28, 2018, 6:44:56\u202fPM",
        "Sep 28, 2018 06:44:56 pm",
        "September 28, 2018 6:44:56 PM",
        "2018-09-28 18:44:56.0",
        "2018-09-28 18:44:56",
        "2018-09-28T18:44:56.000+02:00",
        "2018-09-28T16:44:56Z",
    ],
)
def test_a_time_is_read_in_every_spelling(text: str) -> None:
    assert parse_time(text, BERLIN) == at(16, 44, 56)


@pytest.mark.parametrize(
    ("text", "hour"), [("12:05:00 AM", 0), ("12:05:00 PM", 12), ("1:05:00 AM", 1), ("11:05:00 PM", 23)]
)
def test_noon_and_midnight_are_twelve(text: str, hour: int) -> None:
    assert parse_time(f"Mar 5, 2013 {text}", UTC) == datetime(2013, 3, 5, hour, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "null", "28.09.2018 18:44:56", "Sep 31, 2018 6:44:56 PM", "Okt 28, 2018 6:44:56 PM"),
        *("Sep 28, 2018 13:44:56 PM", "Sep 28, 2018 0:44:56 AM", "Sep 28, 0000 6:44:56 PM"),
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_time(text, BERLIN) is None


@given(st.text())
def test_no_text_raises(text: str) -> None:
    found = parse_time(text, BERLIN)
    assert found is None or found.utcoffset() == UTC.utcoffset(None)


def test_an_end_in_the_hour_that_comes_twice_is_after_its_start() -> None:
    start = parse_time("Oct 28, 2018 2:50:00 AM", BERLIN)
    end = parse_end("Oct 28, 2018 2:10:00 AM", BERLIN, start)
    assert start == datetime(2018, 10, 28, 0, 50, tzinfo=UTC)
    assert end == datetime(2018, 10, 28, 1, 10, tzinfo=UTC)


def test_an_end_before_its_start_is_none() -> None:
    assert parse_end("2018-09-28 18:00:00.0", UTC, at(18, 44, 56)) is None


def test_the_counts_of_a_run_are_told() -> None:
    details = Details.model_validate(
        json.loads(
            '{"jobStatus":"COMPLETED","startTime":"2018-09-28 18:44:56.0","stopTime":"2018-09-28 18:46:54.0",'
            '"successCount":494400,"failureCount":0,'
            '"counters":{"IMPORT_RECORDS":494400,"IMPORT_BYTES":23911522,"IMPORT_DROPPED_RECORDS":0,'
            '"IMPORT_PREVIEW_RECORDS":5000,"IMPORT_OUTPUT_BYTES":24444883,"IMPORT_DROPPED_SPLITS":0,'
            '"IMPORT_OUTPUT_PARTITIONS":0}}'
        )
    )
    assert message_of(State.SUCCEEDED, details) == (
        "494,400 records, 23,911,522 bytes, 5,000 preview records, 24,444,883 output bytes"
    )
    assert message_of(State.FAILED, Details()) == "the run failed"
    export = Details.model_validate({"counters": {"EXPORT_RECORDS": 7, "EXPORT_DROPPED_RECORDS": 2}})
    assert message_of(State.WARNING, export) == "the run ended with warnings, 7 records, 2 dropped"
    assert message_of(State.SUCCEEDED, Details.model_validate({"successCount": 0})) == "0 records"
