"""What the Airflow adapter makes of Airflow's words: states, values of parameters, entries of logs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tui.adapters.airflow.causes import told_of
from tui.adapters.airflow.entries import lines_of, split_sources
from tui.adapters.airflow.ledger import DagRun, RunLedger
from tui.adapters.airflow.params import conf_of, params_in
from tui.adapters.airflow.place import Mark, PartKey, Place
from tui.adapters.airflow.refusals import words_of
from tui.adapters.airflow.runs import run_of, started_by
from tui.adapters.airflow.session import subject_of
from tui.adapters.airflow.settings import AirflowSettings
from tui.adapters.airflow.states import run_state, task_state
from tui.adapters.airflow.tasks import in_order, task_of
from tui.adapters.airflow.wire import RunRow, TaskRow, iso, parse_moment
from tui.core.errors import ActionRefused
from tui.core.keys import JobKey, RunKey
from tui.core.state import State
from tui.transport.turns import at_once

NOW = datetime(2026, 11, 29, 11, 0, tzinfo=UTC)
AT = "2026-11-29T11:00:00Z"
RUN = RunKey("airflow", "sales", "manual__1")
LOGIN = {
    "type": "airflow",
    "url": "https://airflow.example.com",
    "username": "ops",
    "password": "secret-word",
}

TASK_STATES = {
    "": State.NEVER_RUN,
    "removed": State.CANCELLED,
    "scheduled": State.QUEUED,
    "queued": State.QUEUED,
    "running": State.RUNNING,
    "success": State.SUCCEEDED,
    "restarting": State.RUNNING,
    "failed": State.FAILED,
    "up_for_retry": State.QUEUED,
    "up_for_reschedule": State.QUEUED,
    "upstream_failed": State.CANCELLED,
    "skipped": State.CANCELLED,
    "deferred": State.RUNNING,
    "awaiting_input": State.PAUSED,
    "snoozing": State.UNKNOWN,
}

PARAMS: dict[str, Any] = {
    "params": {
        "rows": {"value": 100, "schema": {"type": "integer", "title": "Rows"}, "description": "at most"},
        "ratio": {"value": 0.5, "schema": {"type": "number"}},
        "full": {"value": False, "schema": {"type": "boolean"}},
        "region": {"value": "north", "schema": {"type": "string", "enum": ["north", "south"]}},
        "level": {"value": 1, "schema": {"enum": [1, 2, None]}},
        "day": {"value": "2026-11-29", "schema": {"type": "string", "format": "date"}},
        "since": {"value": None, "schema": {"type": ["null", "string"], "format": "date-time"}},
        "most": {"value": None, "schema": {"type": ["null", "integer"]}},
        "tables": {"value": ["a"], "schema": {"type": "array"}},
        "options": {"value": {"fast": True}, "schema": {"type": "object"}},
        "ticket": {"value": None, "schema": {"type": "string"}, "description": "must be given"},
        "plain": {"value": "text", "schema": {}},
        "count": {"value": 3, "schema": {}},
        "bare": "old",
    }
}


def row(**words: object) -> TaskRow:
    """A task as Airflow sends it."""
    return TaskRow.model_validate({"task_id": "load", **words})


@pytest.mark.parametrize(("word", "state"), TASK_STATES.items())
def test_every_state_of_a_task_has_its_meaning(word: str, state: State) -> None:
    task = task_of(RUN, row(state=word, start_date=AT, end_date=AT))
    assert (task.state, task.native_state) == (state, word)
    assert task_state(word.upper()).state is state
    assert (task.started_at is None) == (word in {"", "scheduled", "queued"})


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("queued", State.QUEUED),
        ("running", State.RUNNING),
        ("success", State.SUCCEEDED),
        ("failed", State.FAILED),
        ("snoozing", State.UNKNOWN),
    ],
)
def test_every_state_of_a_run_has_its_meaning(word: str, state: State) -> None:
    assert run_state(word).state is state


def test_a_mapped_task_is_told_by_its_index_and_its_try() -> None:
    mapped = row(map_index=3, rendered_map_index="eu", try_number=2, max_tries=2, state="failed", end_date=AT)
    task = task_of(RUN, mapped)
    assert (task.id, task.name, task.attempt) == ("load[3]", "load[eu]", 2)
    assert task.message == "try 2 of 3"
    assert told_of([mapped]) == "task load[eu] failed (try 2 of 3)"
    others = [mapped.model_copy(update={"map_index": index}) for index in range(5)]
    assert told_of(others) == "5 tasks failed: load[eu], load[eu], load[eu], …"


def test_a_task_that_was_cleared_does_not_bear_the_times_of_the_try_before() -> None:
    task = task_of(RUN, row(try_number=1, start_date=AT, end_date=AT))
    assert (task.attempt, task.started_at, task.ended_at) == (2, None, None)


def test_tasks_are_in_the_order_in_which_they_began() -> None:
    rows = [
        row(task_id="waits"),
        row(task_id="second", start_date=AT),
        row(task_id="first", start_date="2026-11-29T10:59:59Z"),
    ]
    assert [each.task_id for each in in_order(rows)] == ["first", "second", "waits"]


def test_values_go_as_the_schema_wants_them() -> None:
    known = params_in(PARAMS)
    given = {
        "rows": " 12 ",
        "ratio": "2",
        "full": "TRUE",
        "region": "south",
        "level": "2",
        "day": "2026-01-02",
        "since": "",
        "most": "7",
        "tables": '["x"]',
        "options": '{"fast": false}',
        "ticket": " T-1 ",
        "plain": "5",
        "count": "4",
        "bare": "new",
        "unheard": "6",
    }
    assert conf_of(given, known) == {
        "rows": 12,
        "ratio": 2,
        "full": True,
        "region": "south",
        "level": 2,
        "day": "2026-01-02",
        "since": None,
        "most": 7,
        "tables": ["x"],
        "options": {"fast": False},
        "ticket": " T-1 ",
        "plain": "5",
        "count": 4,
        "bare": "new",
        "unheard": "6",
    }
    assert conf_of({"level": "null", "most": "", "count": "four"}, known) == {
        "level": None,
        "most": None,
        "count": "four",
    }


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("rows", "many", "a whole number"),
        ("rows", "1.5", "a whole number"),
        ("ratio", "nan", "a number"),
        ("full", "yes", "true or false"),
        ("tables", "{}", "a JSON list"),
        ("options", "[", "a JSON object"),
        ("most", "x", "nothing or a whole number"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_before_anything_is_sent(
    name: str, text: str, wanted: str
) -> None:
    with pytest.raises(ActionRefused, match=f"{name} must be {wanted}: nothing was sent"):
        conf_of({name: text}, params_in(PARAMS))


def test_parameters_tell_types_defaults_choices_and_what_is_required() -> None:
    told = {param.name: param.to_parameter() for param in params_in(PARAMS)}
    assert {name: param.type for name, param in told.items() if param.type != "string"} == {
        "rows": "number",
        "ratio": "number",
        "full": "boolean",
        "level": "number",
        "day": "date",
        "tables": "json",
        "options": "json",
        "count": "number",
    }
    assert [name for name, param in told.items() if param.is_required] == ["ticket"]
    assert told["region"].choices == ("north", "south")
    assert told["level"].choices == ("1", "2", "null")
    assert (told["tables"].default, told["full"].default, told["since"].default) == ('["a"]', "false", "")
    assert (told["rows"].description, told["bare"].default) == ("Rows: at most", "old")


def test_entries_become_lines() -> None:
    content = [
        {"timestamp": "2026-11-29T11:00:00Z", "level": "info", "event": "read", "rows": 5, "task_id": "load"},
        {"event": "::group::Pre Execute"},
        {"event": "::endgroup::"},
        "a line of an older handler\n",
        {"level": "warning", "event": "two\nlines", "detail": {"why": "disk"}, "logger": "task"},
        7,
    ]
    assert at_once(lines_of(content)).decode().splitlines() == [
        "2026-11-29T11:00:00Z INFO read rows=5",
        "--- Pre Execute ---",
        "a line of an older handler",
        "WARNING two",
        'lines detail={"why": "disk"}',
    ]


def test_exceptions_are_written_as_python_writes_them() -> None:
    outer = {"exc_type": "ValueError", "exc_value": "no orders", "exc_notes": ["look twice"], "frames": []}
    inner = {
        "exc_type": "OSError",
        "exc_value": "no file",
        "is_cause": True,
        "frames": [{"filename": "sales.py", "lineno": 19, "name": "read"}],
    }
    lines = at_once(lines_of([{"event": "failed", "error_detail": [outer, inner]}])).decode().splitlines()
    assert lines == [
        "failed",
        "Traceback (most recent call last):",
        '  File "sales.py", line 19, in read',
        "OSError: no file",
        "",
        "The above exception was the direct cause of the following exception:",
        "",
        "Traceback (most recent call last):",
        "ValueError: no orders",
        "look twice",
    ]
    inner["is_cause"] = False
    told = at_once(lines_of([{"event": "failed", "error_detail": [outer, inner]}])).decode()
    assert "During handling of the above exception" in told


def test_where_a_log_comes_from_is_no_part_of_it() -> None:
    content = [
        {"event": "::group::Log message source details"},
        {"event": "/logs/1"},
        {"event": "::endgroup::"},
    ]
    assert split_sources([*content, {"event": "one"}]) == (["/logs/1"], [{"event": "one"}])
    assert split_sources([{"event": "one"}]) == ([], [{"event": "one"}])
    assert split_sources(content[:2]) == ([], content[:2])


def test_a_cursor_is_what_it_was_made_of() -> None:
    load, mapped = PartKey("load", -1, 1), PartKey("ask", 3, 2)
    place = Place({load: Mark("token", 1, 7, 2, is_large=True), mapped: Mark(is_over=True)}, mapped)
    assert Place.parse(str(place)) == place
    for garbage in (
        "",
        "no JSON",
        "[]",
        '{"parts": [["load"]]}',
        '{"parts": 5}',
        '{"last": "x"}',
        "[" * 9999,
    ):
        assert Place.parse(garbage) == Place({})


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("Forbidden", "Forbidden"),
        ({"reason": "Unique constraint violation", "statement": "hidden"}, "Unique constraint violation"),
        ([{"loc": ["body", "logical_date"], "msg": "Field required"}], "logical_date: Field required"),
        ([7, {"msg": "no"}], "no"),
        (None, ""),
    ],
)
def test_every_form_of_a_refusal_is_told_in_words(detail: object, said: str) -> None:
    assert words_of(detail) == said


@pytest.mark.parametrize(
    ("told", "by"),
    [
        ({"triggering_user_name": "ann", "run_type": "manual", "triggered_by": "ui"}, "ann"),
        ({"run_type": "scheduled", "triggered_by": "timetable"}, "schedule"),
        ({"run_type": "asset_triggered", "triggered_by": "asset"}, "asset"),
        ({"run_type": "backfill"}, "backfill"),
        ({"run_type": "manual", "triggered_by": "cli"}, "cli"),
    ],
)
def test_a_run_tells_what_started_it(told: dict[str, str], by: str) -> None:
    assert started_by(RunRow.model_validate({"dag_id": "sales", "dag_run_id": "1", **told})) == by


def test_a_conf_is_shown_as_texts() -> None:
    conf = {"rows": 7, "full": True, "tables": ["a"], "since": None, "region": "south"}
    told = RunRow.model_validate({"dag_id": "sales", "dag_run_id": "1", "state": "success", "conf": conf})
    run = run_of(JobKey("airflow", "sales"), told, DagRun.of(told), None)
    expected = {"rows": "7", "full": "true", "tables": '["a"]', "since": "", "region": "south"}
    assert dict(run.params) == expected


def test_times_are_in_utc_whatever_zone_they_were_told_in() -> None:
    assert parse_moment("2026-11-29T12:00:00+01:00") == NOW
    assert parse_moment("2026-11-29T11:00:00") == NOW
    assert (parse_moment("soon"), parse_moment(None)) == (None, None)
    assert iso(NOW) == "2026-11-29T11:00:00Z"


def test_a_token_tells_whom_it_is_for_or_nothing() -> None:
    assert subject_of("e30.eyJzdWIiOiJhZG1pbiJ9.x") == "admin"
    for token in ("garbage", "a.b.c", "e30.W10.x", "e30.e30.x"):
        assert subject_of(token) == ""


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://airflow.example.com/", "https://airflow.example.com"),
        ("https://host.example.com/airflow/api/v2/", "https://host.example.com/airflow"),
        ("https://airflow.example.com/home", "https://airflow.example.com"),
    ],
)
def test_the_address_of_a_page_or_of_the_api_does_as_well(given: str, address: str) -> None:
    assert AirflowSettings.model_validate({**LOGIN, "url": given}).address == address


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"token": "abc"}, "either `token`"),
        ({"password": None}, "`username` and `password`"),
        ({"username": ""}, "`username` and `password`"),
        ({"dags": ["a", " "]}, "one of them is empty"),
    ],
)
def test_settings_that_make_no_sense_are_refused(words: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        AirflowSettings.model_validate({**LOGIN, **words})


def test_patterns_choose_dags() -> None:
    settings = AirflowSettings.model_validate({**LOGIN, "dags": ["sales_*"], "exclude": ["*test*"]})
    names = ("sales_eu", "sales_test", "SALES_us", "presales_eu")
    assert [name for name in names if settings.is_watched(name, name)] == ["sales_eu"]
    assert settings.search_word == "sales_"
    several = AirflowSettings.model_validate({**LOGIN, "dags": ["a*", "b*"]})
    assert (several.search_word, several.is_narrowed) == ("", True)
    by_name = AirflowSettings.model_validate({**LOGIN, "jobs": ["Daily sales"]})
    assert by_name.is_watched("sales", "Daily sales")
    assert not by_name.is_watched("sales", "Sales")


def made(run_id: str, word: str, ended: int | None = None, started: int | None = 0) -> DagRun:
    """A run that began and ended so many seconds after the beginning."""

    def moment(seconds: int | None) -> datetime | None:
        return None if seconds is None else NOW + timedelta(seconds=seconds)

    return DagRun("sales", run_id, word, NOW, moment(started), moment(ended))


def test_the_run_that_goes_on_counts_and_then_the_one_that_ended_last() -> None:
    ledger = RunLedger()
    ledger.note_finished(made("1", "success", 10))
    ledger.note_finished(made("0", "failed", 5))
    waiting, running = made("3", "queued", started=None), made("2", "running", started=20)
    assert ledger.note_active([waiting, running], is_whole=True) == set()
    history = ledger.history("sales")
    assert history is not None
    assert (history.newest, history.finished) == (running, made("1", "success", 10))
    assert ledger.note_active([waiting], is_whole=True) == {"sales"}
    ledger.note_finished(made("2", "success", 30))
    assert history.newest == waiting
    assert ledger.note_active([], is_whole=False) == set()
    assert history.newest == waiting
    assert ledger.note_active([], is_whole=True) == {"sales"}
    assert history.newest == made("2", "success", 30)


def test_a_run_that_ends_while_it_is_looked_at_is_over() -> None:
    ledger = RunLedger()
    ledger.note_active([made("1", "running")], is_whole=True)
    ledger.note_finished(made("1", "failed", 9))
    history = ledger.history("sales")
    assert history is not None
    assert history.newest == made("1", "failed", 9)
    assert made("1", "failed", 9).duration_s == 9
