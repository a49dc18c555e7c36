"""What the words and times of Informatica mean: every documented one, and any other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.adapters.informatica.states import (
    AGENT_DOWN,
    FINISHING,
    SKIPPED,
    STOPPING,
    Source,
    log_state,
    message_of,
    native_state,
)
from tui.adapters.informatica.times import EASTERN, parse_utc, query_time, span_of_v2, span_utc
from tui.core.state import State

WORDS = st.one_of(st.text(max_size=30), st.from_regex(r"[A-Z_]{0,20}", fullmatch=True))
OVERLAP = "Could not start: Another instance of the task is currently running."
NO_AGENT = "There is no active Secure Agent in the runtime environment."


@pytest.mark.parametrize(
    ("source", "word", "state", "substate"),
    [
        (Source.LOG, "1", State.SUCCEEDED, ""),
        (Source.LOG, "2", State.WARNING, ""),
        (Source.LOG, "3", State.FAILED, ""),
        (Source.LOG, "4", State.NEVER_RUN, "not started"),
        (Source.LOG, "5", State.UNKNOWN, ""),
        (Source.MONITOR, "INITIALIZED", State.QUEUED, ""),
        (Source.MONITOR, "RUNNING", State.RUNNING, ""),
        (Source.MONITOR, "STOPPING", State.RUNNING, STOPPING),
        (Source.MONITOR, "COMPLETED", State.RUNNING, FINISHING),
        (Source.MONITOR, "FAILED", State.FAILED, ""),
        (Source.MONITOR, "1", State.UNKNOWN, ""),
        (Source.FLOW, "RUNNING", State.RUNNING, ""),
        (Source.FLOW, "SUCCESS", State.SUCCEEDED, ""),
        (Source.FLOW, "COMPLETED", State.SUCCEEDED, ""),
        (Source.FLOW, "WARNING", State.WARNING, ""),
        (Source.FLOW, "FAILED", State.FAILED, ""),
        (Source.FLOW, "Failed", State.FAILED, ""),
        (Source.FLOW, "SUSPENDED", State.PAUSED, "suspended on a fault"),
        *((Source.FLOW, word, State.CANCELLED, "") for word in ("STOPPED", "TERMINATED", "ABORTED")),
        *((Source.FLOW, word, State.CANCELLED, "") for word in ("CANCELLED", "CANCELED")),
        (Source.CODE, "QUEUED", State.QUEUED, ""),
        (Source.CODE, "Starting", State.QUEUED, ""),
        (Source.CODE, "Running", State.RUNNING, ""),
        (Source.CODE, "RUNNING", State.RUNNING, ""),
        *((Source.CODE, word, State.SUCCEEDED, "") for word in ("Success", "SUCCEEDED", "COMPLETED")),
        (Source.CODE, "Failed", State.FAILED, ""),
        *((Source.CODE, word, State.CANCELLED, "") for word in ("CANCELLED", "CANCELED", "STOPPED")),
        *((source, "", State.UNKNOWN, "") for source in Source),
        *((source, "HIBERNATING", State.UNKNOWN, "") for source in Source),
    ],
)
def test_every_documented_word(source: Source, word: str, state: State, substate: str) -> None:
    assert native_state(source, word) == (state, substate)
    assert native_state(source, f" {word.lower()} ") == (state, substate)


@given(st.sampled_from(Source), WORDS)
def test_any_word_means_something(source: Source, word: str) -> None:
    assert native_state(source, word).state in set(State)


@given(WORDS, st.text(max_size=60), st.booleans())
def test_any_row_of_the_log_means_something(word: str, error: str, is_stopped: bool) -> None:
    found = log_state(word, error, is_stopped=is_stopped)
    assert found.state in set(State)
    assert (found.state is State.CANCELLED) == (
        word.strip() == "3" and (is_stopped or error.lower().startswith("the job was stopped by user"))
    )


@pytest.mark.parametrize(
    ("error", "is_stopped", "expected"),
    [
        ("The job was stopped by user ops using the API.", False, (State.CANCELLED, "")),
        ("The job was stopped by user ops using the UI.", False, (State.CANCELLED, "")),
        ("", True, (State.CANCELLED, "")),
        ("ORA-1: The job was stopped by user ops", False, (State.FAILED, "")),
        (OVERLAP, False, (State.FAILED, SKIPPED)),
        (NO_AGENT, False, (State.FAILED, AGENT_DOWN)),
        ("WRT_8164 Error loading into target", False, (State.FAILED, "")),
    ],
)
def test_a_failure_may_be_something_else(error: str, is_stopped: bool, expected: tuple[State, str]) -> None:
    assert log_state("3", error, is_stopped=is_stopped) == expected


def test_a_stopped_mark_counts_only_for_what_failed() -> None:
    assert log_state("1", "", is_stopped=True).state is State.SUCCEEDED


def test_the_text_of_a_success_is_no_message() -> None:
    assert message_of("No errors encountered.") == ""
    assert message_of("no errors encountered") == ""
    assert message_of("No errors encountered. But look at the log.") != ""


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_the_true_times_count() -> None:
    span = span_of_v2(
        "2024-08-18T09:10:39.000Z",
        "2024-08-18T13:10:39.000Z",
        "2024-08-18T09:11:54.000Z",
        "2024-08-18T13:11:54.000Z",
    )
    assert span == (utc(2024, 8, 18, 13, 10, 39), utc(2024, 8, 18, 13, 11, 54))


@pytest.mark.parametrize(
    ("told", "hour"),
    [("2026-07-01T02:36:32.000Z", 6), ("2026-01-15T02:36:32.000Z", 7), ("2026-01-15T02:36:32", 7)],
)
def test_without_them_the_z_is_not_believed(told: str, hour: int) -> None:
    assert span_of_v2(told, "").started_at == parse_utc(told).replace(hour=hour)  # type: ignore[union-attr]


def test_in_the_hour_that_comes_twice_the_first_is_meant_and_an_end_before_the_start_lies_in_the_second() -> (
    None
):
    span = span_of_v2("2026-11-01T01:50:00.000Z", "", "2026-11-01T01:10:00.000Z", "")
    assert span == (utc(2026, 11, 1, 5, 50), utc(2026, 11, 1, 6, 10))


def test_a_true_start_tells_which_of_the_two_hours_the_end_is_in() -> None:
    span = span_of_v2("2026-11-01T01:20:00Z", "2026-11-01T06:20:00Z", "2026-11-01T01:40:00Z", "")
    assert span == (utc(2026, 11, 1, 6, 20), utc(2026, 11, 1, 6, 40))


def test_an_end_before_the_start_is_none() -> None:
    assert span_of_v2("2026-07-01T02:00:00Z", "", "2026-07-01T01:00:00Z", "").ended_at is None
    assert span_utc("2026-07-01T02:00:00Z", "2026-07-01T01:00:00Z") == (utc(2026, 7, 1, 2), None)


@given(
    st.integers(946_684_800, 2_114_380_800),
    st.timedeltas(timedelta(0), timedelta(minutes=59)),
)
def test_a_short_run_is_never_told_longer_than_an_hour_more(start: int, lasts: timedelta) -> None:
    began = datetime.fromtimestamp(start, UTC)
    ended = began + timedelta(seconds=int(lasts.total_seconds()))
    told = [f"{moment.astimezone(EASTERN):%Y-%m-%dT%H:%M:%S}.000Z" for moment in (began, ended)]
    span = span_of_v2(told[0], "", told[1], "")
    assert span.started_at is not None
    assert span.ended_at is not None
    assert span.started_at in {began, began - timedelta(hours=1)}
    assert timedelta(0) <= span.ended_at - span.started_at <= ended - began + timedelta(hours=1)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_for_a_time_raises(one: str, other: str) -> None:
    for span in (span_of_v2(one, "", other, ""), span_of_v2("", one, "", other), span_utc(one, other)):
        assert all(moment is None or moment.tzinfo is UTC for moment in span)


@pytest.mark.parametrize("nothing", ["", " ", "null", "NULL", "None", "yesterday", "2026-13-01T00:00:00Z"])
def test_what_is_no_time_is_none(nothing: str) -> None:
    assert parse_utc(nothing) is None
    assert span_of_v2(nothing, nothing, nothing, nothing) == (None, None)


def test_the_ends_of_the_calendar_are_no_times() -> None:
    assert span_of_v2("0001-01-01T00:00:00Z", "").started_at is not None
    assert span_of_v2("9999-12-31T23:59:59Z", "").started_at is None


def test_code_tasks_tell_utc_without_saying_so() -> None:
    assert parse_utc("2022-04-04T20:23:57.000") == utc(2022, 4, 4, 20, 23, 57)
    assert parse_utc("2022-04-04T20:23:57.154+00:00") == datetime(2022, 4, 4, 20, 23, 57, 154_000, UTC)


def test_taskflows_are_asked_for_in_utc() -> None:
    moment = datetime(2026, 11, 21, 15, 0, 0, 5, ZoneInfo("Europe/Berlin"))
    assert query_time(moment) == "2026-11-21T14:00:00Z"
