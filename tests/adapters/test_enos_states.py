"""What the words and times of EnOS mean: every documented one, and anything else."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.enos_case import SHANGHAI, Enos, flow_row, instance, job_of, open_adapter, task_instance
from tui.adapters.enos.instances import Instance
from tui.adapters.enos.states import CYCLES, WORDS, cycle_words, native_state
from tui.adapters.enos.times import Span, parse_end, parse_span, parse_time, parse_zone
from tui.adapters.enos.wire import (
    InstanceRow,
    TaskRow,
    decoded,
    graph_tasks,
    parameters_in,
    record_in,
    row_of,
)
from tui.core.state import State

BERLIN = ZoneInfo("Europe/Berlin")

DOCUMENTED = {
    "-1": ("FAIL", State.FAILED, ""),
    "0": ("INIT", State.QUEUED, ""),
    "1": ("SUCCESS", State.SUCCEEDED, ""),
    "2": ("RUNNING", State.RUNNING, ""),
    "3": ("SUSPEND", State.PAUSED, ""),
    "4": ("INTERNAL_ERROR", State.FAILED, "internal error"),
    "5": ("WAIT", State.QUEUED, ""),
    "6": ("READY", State.QUEUED, ""),
    "7": ("TIMEOUT", State.FAILED, "timeout"),
    "8": ("CANCEL", State.CANCELLED, ""),
    "9": ("RERUN", State.RUNNING, "rerun"),
    "10": ("SKIP", State.CANCELLED, "skipped"),
}


@pytest.mark.parametrize("number", DOCUMENTED)
def test_each_documented_status_has_its_state(number: str) -> None:
    word, state, substate = DOCUMENTED[number]
    for told in (
        native_state(number),
        native_state(word),
        native_state("", word),
        native_state(f" {word.lower()} "),
    ):
        assert told == (state, substate, word)


def test_the_number_counts_before_the_text() -> None:
    assert native_state("-1", "SUCCESS") == (State.FAILED, "", "FAIL")


def test_none_has_never_run() -> None:
    assert native_state("NONE").state is State.NEVER_RUN


def test_a_status_that_is_not_known_is_shown_as_it_is() -> None:
    assert native_state("42", "PONDERING") == (State.UNKNOWN, "", "PONDERING")
    assert native_state("42") == (State.UNKNOWN, "", "42")
    assert native_state("") == (State.UNKNOWN, "", "")


def test_a_rerun_that_has_ended_is_not_known() -> None:
    assert native_state("9", has_ended=True).state is State.UNKNOWN


def test_a_run_out_of_time_and_one_being_cancelled_say_so() -> None:
    assert native_state("2", is_timeout=True) == (State.RUNNING, "timeout", "RUNNING")
    assert native_state("7", is_timeout=True).substate == "timeout"
    assert native_state("2", is_cancelled=True).substate == "cancelling"
    assert native_state("8", is_cancelled=True).substate == ""
    assert native_state("9", is_timeout=True, is_cancelled=True).substate == "rerun, timeout, cancelling"


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from([*WORDS, *WORDS.values()]),
)


@given(SCALARS, SCALARS, SCALARS, st.booleans())
def test_no_status_raises(status: object, text: object, end: object, is_cancelled: bool) -> None:
    value = {"instanceId": 1, "flowId": "2", "status": status, "statusDesc": text, "endTime": end}
    row = row_of(InstanceRow, {**value, "isCancelled": is_cancelled})
    assert row is not None
    item = Instance.of(row)
    assert item.native.state in State
    assert isinstance(item.native.word, str)
    assert item.span(SHANGHAI).ended_at is None or not item.is_open


@given(st.sampled_from(list(DOCUMENTED)), st.sampled_from([int, str]), st.sampled_from(["", "SUCCESS", "??"]))
def test_a_number_means_the_same_as_a_number_and_as_text(number: str, kind: type, text: str) -> None:
    row = row_of(TaskRow, {"instanceId": "1", "status": kind(number), "stsDesc": text})
    assert row is not None
    assert native_state(row.status, row.text).state is DOCUMENTED[number][1]


async def test_an_unknown_status_reaches_the_table() -> None:
    enos = Enos()
    enos.instances(instance(status=42, statusDesc=None))
    job = await job_of(await open_adapter(enos))
    assert (job.state, job.native_state, job.last_result) == (State.UNKNOWN, "42", None)


@pytest.mark.parametrize("cycle", CYCLES)
async def test_how_often_a_flow_runs_is_told_in_words(cycle: str) -> None:
    enos = Enos()
    enos.flows(flow_row(cycle=cycle))
    assert (await job_of(await open_adapter(enos))).tags == (CYCLES[cycle],)


def test_a_cycle_that_is_not_known_is_shown_as_it_is() -> None:
    assert [cycle_words(word) for word in ("MI", "h", "Q4")] == ["by the minute", "hourly", "Q4"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-02-02 19:35:24", datetime(2021, 2, 2, 11, 35, 24, tzinfo=UTC)),
        ("2021-01-04 08:56:35.0", datetime(2021, 1, 4, 0, 56, 35, tzinfo=UTC)),
        ("2021-02-02", datetime(2021, 2, 1, 16, tzinfo=UTC)),
        ("Tue Feb 02 17:35:00 CST 2021", datetime(2021, 2, 2, 9, 35, tzinfo=UTC)),
        ("Tue Feb 02 17:35:00 GMT+08:00 2021", datetime(2021, 2, 2, 9, 35, tzinfo=UTC)),
        ("2021-02-02T11:35:24Z", datetime(2021, 2, 2, 11, 35, 24, tzinfo=UTC)),
        ("", None),
        ("null", None),
        ("Tue Feb 30 17:35:00 CST 2021", None),
        ("Tue Foo 02 17:35:00 CST 2021", None),
        ("0001-01-01 00:00:00", None),
    ],
)
def test_times_are_read_in_the_zone_of_the_server(text: str, expected: datetime | None) -> None:
    assert parse_time(text, SHANGHAI) == expected


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("GMT+8", 8),
        ("GMT-5", -5),
        ("gmt+08:00", 8),
        ("GMT+0530", 5.5),
        ("UTC+1", 1),
        ("+8", 8),
        ("GMT", 0),
        ("UTC", 0),
    ],
)
def test_the_server_tells_its_zone_in_many_ways(text: str, hours: float) -> None:
    zone = parse_zone(text)
    assert zone is not None
    assert datetime(2021, 2, 2, tzinfo=zone).utcoffset() == timedelta(hours=hours)


def test_a_zone_may_have_a_name_or_be_none() -> None:
    assert parse_zone("Asia/Shanghai") == SHANGHAI
    assert [parse_zone(text) for text in ("", "GMT+99", "GMT+8:75", "Mars/Olympus", "../etc/passwd")] == [
        None
    ] * 5


@given(st.text())
def test_no_text_is_too_odd_for_a_time_or_a_zone(text: str) -> None:
    assert parse_time(text, SHANGHAI) is None or parse_time(text, SHANGHAI)
    parse_zone(text)
    parse_span(text, text, text, SHANGHAI)


ZONES = st.one_of(
    st.sampled_from([BERLIN, SHANGHAI, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata"), UTC]),
    st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)
MOMENTS = st.integers(978_307_200, 2_145_916_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(ZONES, MOMENTS)
def test_a_time_is_read_back_as_it_was_told(zone: ZoneInfo, moment: datetime) -> None:
    local = moment.astimezone(zone)
    java = f"Tue {local:%b %d %H:%M:%S} CST {local:%Y}"
    for text in (f"{local:%Y-%m-%d %H:%M:%S}", f"{local:%Y-%m-%d %H:%M:%S}.0", java):
        assert parse_time(text, zone, fold=local.fold) == moment


@given(ZONES, MOMENTS, st.integers(0, 7200), st.integers(0, 7200))
def test_no_run_ends_before_it_begins_or_begins_before_its_time(
    zone: ZoneInfo, moment: datetime, delay_s: int, lasts_s: int
) -> None:
    times = (moment, moment + timedelta(seconds=delay_s), moment + timedelta(seconds=delay_s + lasts_s))
    trigger, start, end = (f"{time.astimezone(zone):%Y-%m-%d %H:%M:%S}" for time in times)
    _assert_in_order(parse_span(trigger, start, end, zone))


@given(st.datetimes(), st.datetimes(), st.datetimes(), ZONES)
def test_any_three_times_make_a_span_in_order(a: datetime, b: datetime, c: datetime, zone: ZoneInfo) -> None:
    _assert_in_order(parse_span(str(a), str(b), str(c), zone))


def _assert_in_order(span: Span) -> None:
    if span.queued_at and span.started_at:
        assert span.started_at >= span.queued_at - timedelta(minutes=1)
    assert span.duration_s is None or span.duration_s >= 0


def test_an_end_in_the_hour_that_comes_twice_follows_its_start() -> None:
    started_at = parse_time("2026-10-25 02:50:00", BERLIN)
    assert parse_end("2026-10-25 02:10:00", BERLIN, started_at) == datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    span = parse_span("2026-10-25 02:50:00", "2026-10-25 02:05:00", "2026-10-25 02:10:00", BERLIN)
    assert not span.is_odd
    assert span.duration_s == 300


def test_a_start_in_utc_beside_a_plan_in_the_servers_zone_is_read_as_utc_and_marked() -> None:
    # The vendor's own contradiction: planned 20:39 by the clock of GMT+8, begun 12:39:37.
    span = parse_span("2019-07-26 20:39:00", "2019-07-26 12:39:37", "2019-07-26 12:39:42", SHANGHAI)
    assert span == Span(
        datetime(2019, 7, 26, 12, 39, tzinfo=UTC),
        datetime(2019, 7, 26, 12, 39, 37, tzinfo=UTC),
        datetime(2019, 7, 26, 12, 39, 42, tzinfo=UTC),
        is_odd=True,
    )


def test_a_start_before_its_plan_for_no_known_reason_has_no_plan() -> None:
    span = parse_span("2019-07-26 20:39:00", "2019-07-26 17:00:00", "2019-07-26 17:00:05", SHANGHAI)
    assert (span.queued_at, span.is_odd, span.duration_s) == (None, True, 5)


async def test_clocks_that_disagree_are_marked_on_the_job_and_the_run() -> None:
    enos = Enos()
    enos.instances(instance(startTime="2026-11-21 13:00:24", endTime="2026-11-21 13:03:07"))
    adapter = await open_adapter(enos)
    job = await job_of(adapter)
    assert job.substate == "clock?"
    assert job.started_at == datetime(2026, 11, 21, 13, 0, 24, tzinfo=UTC)
    (run,) = await adapter.list_runs(job.key)
    assert (run.substate, run.duration_s) == ("clock?", 163)


async def test_the_zone_is_asked_for_once() -> None:
    enos = Enos()
    enos.instances(instance())
    adapter = await open_adapter(enos)
    for _ in range(3):
        job = await job_of(adapter)
    assert job.started_at == datetime(2026, 11, 21, 13, 0, 24, tzinfo=UTC)
    assert enos.count("time.getTimeZone") == 1


async def test_a_zone_in_the_config_counts_before_the_servers() -> None:
    enos = Enos()
    enos.instances(instance(triggerTime="2026-11-21 13:00:00", startTime="2026-11-21 13:00:24", endTime=None))
    job = await job_of(await open_adapter(enos, timezone="UTC"))
    assert job.started_at == datetime(2026, 11, 21, 13, 0, 24, tzinfo=UTC)
    assert enos.count("time.getTimeZone") == 0


@pytest.mark.parametrize("reply", [{"code": 0, "data": {"timezone": "nowhere"}}, {"code": 498, "msg": "no"}])
async def test_without_a_usable_zone_times_are_utc_and_the_doctor_says_so(reply: dict[str, object]) -> None:
    enos = Enos()
    enos.replies["time.getTimeZone"] = reply
    enos.instances(instance(triggerTime="2026-11-21 13:00:00", startTime="2026-11-21 13:00:24", endTime=None))
    adapter = await open_adapter(enos)
    assert (await job_of(adapter)).started_at == datetime(2026, 11, 21, 13, 0, 24, tzinfo=UTC)
    enos.replies["time.getCurrentTime"] = {"code": 0, "data": 0}
    assert any("timezone" in note for note in (await adapter.check()).notes)


def test_json_in_a_string_is_read_and_what_is_none_stays_text() -> None:
    assert decoded('{"a": 1}') == {"a": 1}
    assert decoded("{broken") == "{broken"
    assert decoded('{"text":"a\nb"}') == {"text": "a\nb"}
    assert decoded(None) is None


def test_a_record_comes_by_itself_or_in_a_list() -> None:
    sample = task_instance()
    assert record_in(sample) == record_in([sample]) == sample


@given(st.one_of(SCALARS, st.lists(SCALARS), st.dictionaries(st.text(), SCALARS), st.text(string.printable)))
def test_no_graph_and_no_parameters_raise(value: object) -> None:
    tasks = graph_tasks(value)
    assert tasks is None or isinstance(tasks, list)
    parameters = parameters_in(value)
    assert parameters is None or all(isinstance(text, str) for text in parameters.values())


def test_parameters_come_in_three_ways() -> None:
    pairs = [{"key": "path", "value": "/user/demo/"}, {"key": "n", "value": 3}, {"key": "", "value": 1}]
    assert parameters_in(pairs) == {"path": "/user/demo/", "n": "3"}
    assert parameters_in('[{"key":"path","value":"/user/demo/"}]') == {"path": "/user/demo/"}
    assert parameters_in({"path": "/user/demo/"}) == {"path": "/user/demo/"}
    assert parameters_in("[]") == parameters_in(None) == {}
    assert parameters_in("path=/user/demo") is None
