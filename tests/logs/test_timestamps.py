"""Which times log lines begin with, in the forms of many programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.logs.shown_times import TimeMode, shown
from tui.logs.time_formats import FORMATS
from tui.logs.timestamps import LineTimes

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 11, 21, 14, 0, 5, tzinfo=UTC)
MS = timedelta(milliseconds=123)


def _times(since: datetime | None = None) -> LineTimes:
    return LineTimes(UTC, NOW, since)


def _at(line: str, times: LineTimes | None = None) -> datetime | None:
    stamp = (times or _times()).found(line)
    return stamp.at if stamp is not None else None


LINES = [
    ("2026-11-21 14:00:05 INFO started", "2026-11-21 14:00:05 ", AT),
    ("2026-11-21T14:00:05 INFO started", "2026-11-21T14:00:05 ", AT),
    ("2026-11-21 14:00:05,123 INFO started", "2026-11-21 14:00:05,123 ", AT + MS),
    ("2026-11-21 14:00:05.123: started", "2026-11-21 14:00:05.123: ", AT + MS),
    ("2026-11-21 14:00:05:123 started", "2026-11-21 14:00:05:123 ", AT + MS),
    ("2026-11-21 14:00 started", "2026-11-21 14:00 ", AT.replace(second=0)),
    ("2026-11-21T14:00:05Z started", "2026-11-21T14:00:05Z ", AT),
    ("2026-11-21T15:00:05+01:00 started", "2026-11-21T15:00:05+01:00 ", AT),
    ("2026-11-21 15:00:05 +0100 started", "2026-11-21 15:00:05 +0100 ", AT),
    ("2026-11-21 15:00:05.123+01 started", "2026-11-21 15:00:05.123+01 ", AT + MS),
    ("2026-11-21T15:00:05+01:00[Europe/Berlin] x", "2026-11-21T15:00:05+01:00[Europe/Berlin] ", AT),
    ("2026-11-21 14:00:05.123 UTC [99] LOG:  ready", "2026-11-21 14:00:05.123 UTC ", AT + MS),
    ("2026-11-21 15:00:05 CET [99] LOG:  ready", "2026-11-21 15:00:05 CET ", AT),
    ("2026-11-21T14:00:05.123000000Z stdout F x", "2026-11-21T14:00:05.123000000Z ", AT + MS),
    ("[2026-11-21T14:00:05.123+0000] {task.py:1} INFO", "[2026-11-21T14:00:05.123+0000] ", AT + MS),
    ("[2026-11-21 14:00:05.123] INFO  Starting job", "[2026-11-21 14:00:05.123] ", AT + MS),
    ("  2026-11-21 14:00:05 indented", "2026-11-21 14:00:05 ", AT),
    ("2026-11-21 14:00:05   three blanks", "2026-11-21 14:00:05 ", AT),
    ("2026/11/21 14:00:05 [error] 12#0: x", "2026/11/21 14:00:05 ", AT),
    ("2026.11.21 14:00:05 x", "2026.11.21 14:00:05 ", AT),
    ("21.11.2026 14:00:05 x", "21.11.2026 14:00:05 ", AT),
    ("21-11-2026 14:00:05 x", "21-11-2026 14:00:05 ", AT),
    ("11/21/2026 14:00:05 x", "11/21/2026 14:00:05 ", AT),
    ("21/11/2026 14:00:05 x", "21/11/2026 14:00:05 ", AT),
    ("11/21/2026, 2:00:05 PM - x", "11/21/2026, 2:00:05 PM ", AT),
    ("[11/21/26 15:00:05:123 CET] 0000004a Server", "[11/21/26 15:00:05:123 CET] ", AT + MS),
    ("INFO : [11/21/2026 14:00:05] : TM_6014 : x", "[11/21/2026 14:00:05] ", AT),
    ("[INFO ] 2026-11-21 14:00:05 tMap_1 - 5 rows", "2026-11-21 14:00:05 ", AT),
    ("ERROR 2026-11-21 14:00:05 x", "2026-11-21 14:00:05 ", AT),
    ("[main] WARN 2026-11-21 14:00:05 x", "2026-11-21 14:00:05 ", AT),
    ("I, [2026-11-21T14:00:05.123 #7]  INFO -- : x", "[2026-11-21T14:00:05.123 ", AT + MS),
    ("<34>1 2026-11-21T14:00:05.123Z host app - - x", "2026-11-21T14:00:05.123Z ", AT + MS),
    ('10.0.0.1 - - [21/Nov/2026:14:00:05 +0000] "GET /"', "[21/Nov/2026:14:00:05 +0000] ", AT),
    ('web.example.com - me [21/Nov/2026:15:00:05 +0100] "', "[21/Nov/2026:15:00:05 +0100] ", AT),
    ("Nov 21 14:00:05 host cron[12]: x", "Nov 21 14:00:05 ", AT),
    ("Nov  1 14:00:05 host cron[12]: x", "Nov  1 14:00:05 ", AT.replace(day=1)),
    ("Nov 21, 2026 2:00:05 PM com.example.Main run", "Nov 21, 2026 2:00:05 PM ", AT),
    ("Nov 21, 2026 2:00:05\u202fPM com.example.Main", "Nov 21, 2026 2:00:05\u202fPM ", AT),
    ("21-Nov-2026 14:00:05.123 INFO [main] org.x", "21-Nov-2026 14:00:05.123 ", AT + MS),
    ("21-NOV-26 14:00:05 x", "21-NOV-26 14:00:05 ", AT),
    ("7:M 21 Nov 2026 14:00:05.123 * Ready", "21 Nov 2026 14:00:05.123 ", AT + MS),
    ("Sat, 21 Nov 2026 14:00:05 GMT x", "Sat, 21 Nov 2026 14:00:05 GMT ", AT),
    ("Sat Nov 21 14:00:05 2026", "Sat Nov 21 14:00:05 2026", AT),
    ("Sat Nov 21 14:00:05 2020 x", "Sat Nov 21 14:00:05 2020 ", AT.replace(year=2020)),
    ("Sat Nov 21 15:00:05 CET 2026", "Sat Nov 21 15:00:05 CET 2026", AT),
    ("Sat Nov 21 14:00:05 WAT 2026", "Sat Nov 21 14:00:05 WAT 2026", AT),
    ("[Sat Nov 21 14:00:05.123000 2026] [core:error] x", "[Sat Nov 21 14:00:05.123000 2026] ", AT + MS),
    ("1795269605 x", "1795269605 ", AT),
    ("1795269605.123    12 10.0.0.1 TCP_MISS/200", "1795269605.123 ", AT + MS),
    ("[1795269605123] x", "[1795269605123] ", AT + MS),
    ("type=SYSCALL msg=audit(1795269605.123:24287): x", "1795269605.123:", AT + MS),
    ("I1121 14:00:05.123000    1 main.go:1] x", "1121 14:00:05.123000 ", AT + MS),
    ("E20261121 14:00:05.123000 1 x.cc:1] x", "20261121 14:00:05.123000 ", AT + MS),
    ("11-21 14:00:05.123  1234  5678 I tag: x", "11-21 14:00:05.123 ", AT + MS),
    ("26/11/21 14:00:05 INFO SparkContext: x", "26/11/21 14:00:05 ", AT),
    ("20261121 14:00:05 x", "20261121 14:00:05 ", AT),
    ("20261121T140005 x", "20261121T140005 ", AT),
    ("20261121140005 x", "20261121140005 ", AT),
    ("261121 14:00:05 x", "261121 14:00:05 ", AT),
    ("14:00:05.123 [main] INFO x", "14:00:05.123 ", AT + MS),
    ("[14:00:05] x", "[14:00:05] ", AT),
    ("2:00:05 PM x", "2:00:05 PM ", AT),
    ("[INFO ] 14:00:05 orders.load- x", "14:00:05 ", AT),
    ("2026-11-21-15.00.05.123000+060 I1 LEVEL: Info", "2026-11-21-15.00.05.123000+060 ", AT + MS),
    ("### Job STARTED  at 2026/11/21 14:00:05 (a) ###", "2026/11/21 14:00:05 ", AT),
    ("### Job ENDED WITH ERROR  at 2026/11/21 14:00:05 (a)", "2026/11/21 14:00:05 ", AT),
    ("Progress: 2026-11-21 02:00:05 PM.00   Source: x", "2026-11-21 02:00:05 PM", AT),
    ("slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-11-21T14:00:05 ***", "2026-11-21T14:00:05 ", AT),
    ("Starting job orders at 14:00 21/11/2026.", "14:00 21/11/2026", AT.replace(second=0)),
    ('time="2026-11-21T14:00:05Z" level=info', 'time="2026-11-21T14:00:05Z" ', AT),
    ("level=info ts=2026-11-21T14:00:05Z x=1", "ts=2026-11-21T14:00:05Z ", AT),
    ("web-1   | 2026-11-21T14:00:05Z x", "2026-11-21T14:00:05Z ", AT),
    ("load_orders   │ 2026-11-21T14:00:05Z x", "2026-11-21T14:00:05Z ", AT),
    ("2026-11-21 14:00:05 │ INFO │ x", "2026-11-21 14:00:05 ", AT),
    ('{"level":"info","time":"2026-11-21T14:00:05Z"}', "2026-11-21T14:00:05Z", AT),
    ('{"@timestamp": "2026-11-21T14:00:05.123Z"}', "2026-11-21T14:00:05.123Z", AT + MS),
    ('{"asctime":"2026-11-21 14:00:05,123","x":1}', "2026-11-21 14:00:05,123", AT + MS),
    ('{"date":"2026-11-21","timestamp":1795269605.123}', "1795269605.123", AT + MS),
    ('{"time":1795269605123,"level":30}', "1795269605123", AT + MS),
    ('{"ts": 1795269605}', "1795269605", AT),
    ('web-1  | {"ts": 1795269605}', "1795269605", AT),
]


@pytest.mark.parametrize(("line", "span", "at"), LINES)
def test_a_line_tells_its_time(line: str, span: str, at: datetime) -> None:
    stamp = _times().found(line)
    assert stamp is not None
    assert (line[stamp.start : stamp.end], stamp.at) == (span, at)


@pytest.mark.parametrize(("line", "span", "at"), LINES)
def test_a_form_is_found_again_and_whatever_came_before(line: str, span: str, at: datetime) -> None:
    times = _times(since=AT - timedelta(minutes=1))
    for other in (line, "2026-11-21 15:00:00 other", "    at some.Frame(Frame.java:1)", line):
        stamp = times.found(other)
    if line.startswith(("1795269605", "[1795269605", "type=")):
        assert stamp is None
    else:
        assert stamp is not None
        assert (line[stamp.start : stamp.end], stamp.at) == (span, at)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "plain words",
        "    at com.example.Main.run(Main.java:1121)",
        "2026-13-21 14:00:05 no such month",
        "2026-02-30 14:00:05 no such day",
        "2026-11-21 25:00:05 no such hour",
        "2026-11-21 14:61:05 no such minute",
        "0026-11-21 14:00:05 no such year",
        "13:00:05 PM no such half",
        "14:00:05:ab:cd:ef is an address",
        "rows since 2026-01-01 00:00:00 are loaded",
        "1234567890123456 is no moment of ours",
        "9999999999 rows",
        "4795269605 rows",
        "2026-11-21 only a day",
        '{"duration": 1795, "time": "soon enough"}',
        '{"message": "\\"time\\":\\"2026-11-21T14:00:05Z\\""}',
        "192.168.100.200 answered",
    ],
)
def test_what_is_no_time_is_none(line: str) -> None:
    assert _times().found(line) is None


def test_every_form_is_needed_by_a_line() -> None:
    unused = {
        form.name for form in FORMATS if not any(form.pattern.search(line) for line, _span, _at_ in LINES)
    }
    assert not unused


def test_a_number_is_no_time_in_a_log_with_other_times() -> None:
    times = _times()
    assert _at("2026-11-21 14:00:05 loading", times) == AT
    assert _at("1795269605 rows loaded", times) is None


def test_times_without_a_zone_are_of_the_logs_own() -> None:
    times = LineTimes(BERLIN, NOW)
    assert _at("2026-11-21 15:00:05 x", times) == AT
    assert _at("2026-07-21 16:00:05 x", times) == AT.replace(month=7)
    assert _at("2026-11-21 14:00:05Z x", times) == AT
    assert _at("15:00:05 x", LineTimes(BERLIN, NOW)) == AT


def test_the_first_date_that_proves_it_tells_which_number_is_the_day() -> None:
    times = _times()
    assert _at("05/11/2026 14:00:05 x", times) == AT.replace(month=5, day=11)
    assert _at("21/11/2026 14:00:05 x", times) == AT
    assert _at("05/11/2026 14:00:05 x", times) == AT.replace(day=5)
    assert _at("11/21/2026 14:00:05 x", times) == AT
    assert _at("05/11/2026 14:00:05 x", times) == AT.replace(month=5, day=11)


def test_a_date_without_a_year_is_not_of_the_future() -> None:
    times = LineTimes(UTC, datetime(2027, 1, 2, tzinfo=UTC))
    assert _at("Dec 31 23:59:59 host x", times) == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert _at("Jan  1 00:00:01 host x", times) == datetime(2027, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert _at("Feb 29 00:00:01 host x", times) == datetime(2024, 2, 29, 0, 0, 1, tzinfo=UTC)


def test_a_date_without_a_year_is_of_the_time_of_the_log() -> None:
    times = LineTimes(UTC, NOW, since=datetime(2021, 12, 30, tzinfo=UTC))
    assert _at("Dec 31 23:59:59 host x", times) == datetime(2021, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert _at("Jan  1 00:00:01 host x", times) == datetime(2022, 1, 1, 0, 0, 1, tzinfo=UTC)


def test_a_time_without_a_date_is_of_the_day_from_the_beginning_on() -> None:
    times = _times(since=datetime(2026, 11, 20, 23, 0, tzinfo=UTC))
    assert _at("23:30:00 x", times) == datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert _at("00:30:00 x", times) == datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
    assert _at("22:59:00 clocks differ", times) == datetime(2026, 11, 20, 22, 59, tzinfo=UTC)


def test_a_time_without_a_date_follows_a_date_in_the_log() -> None:
    times = _times()
    assert _at("Starting job orders at 23:59 03/11/2026.", times) is not None
    assert _at("[INFO ] 00:00:07 orders.load - x", times) == datetime(2026, 11, 4, 0, 0, 7, tzinfo=UTC)


def test_a_time_without_a_date_goes_round_midnight_after_the_line_before() -> None:
    times = _times(since=datetime(2026, 11, 18, 20, 0, tzinfo=UTC))
    near = None
    days = []
    for clock in ("20:00:00", "04:00:00", "03:59:59", "16:00:00", "08:00:00"):
        stamp = times.found(f"{clock} x", near)
        assert stamp is not None
        near = stamp.at
        days.append(near.day)
    assert days == [18, 19, 19, 19, 20]


def test_without_any_date_a_time_was_during_the_last_day() -> None:
    assert _at("17:00:00 x") == NOW - timedelta(hours=1)
    assert _at("20:00:00 x") == NOW - timedelta(hours=22)


def test_a_log_without_times_is_asked_again_now_and_then() -> None:
    times = _times()
    for _ in range(1000):
        assert times.found("no time here") is None
    found = [times.found("Nov 21 14:00:05 host x") for _ in range(100)]
    assert found[0] is None
    assert found[-1] is not None


def test_a_long_text_without_times_does_not_hide_the_known_form() -> None:
    times = _times()
    assert times.found("2026-11-21 14:00:05 x") is not None
    for _ in range(1000):
        assert times.found("a dump") is None
    assert times.found("INFO 2026-11-21 14:00:05 x") is not None


_PIECES = (
    '2026 11 21 - / : . , T 14:00:05 Nov PM +02:00 Z [ ] INFO { " "ts": 1795269605 │ | e ٣ ² 00 99 at \x1b'
)
_PIECE = st.sampled_from([*_PIECES.split(" "), " "])


@given(st.lists(st.one_of(st.text(max_size=30), st.lists(_PIECE, max_size=16).map("".join)), max_size=8))
@example(
    ['{"ts":"', '{"time":"14:00:05', '{"ts":9999999999999999999', "٣٣:٣٣:٣٣", "²²:²²:²²", "Nov ² 14:00:05"]
)
@example(["Nov 21 14:00:05 0000", "00/00/00 14:00:05", "99-99 14:00:05", "1970-01-01 00:00:00+23:59"])
def test_whatever_a_line_is_nothing_breaks(lines: list[str]) -> None:
    times = LineTimes(BERLIN, NOW)
    near = None
    for line in lines:
        stamp = times.found(line, near)
        if stamp is not None:
            near = stamp.at
            assert 0 <= stamp.start < stamp.end <= len(line)
            assert stamp.at.tzinfo is UTC


_WRITTEN = [
    "%Y-%m-%d %H:%M:%S,%f",
    "[%d/%b/%Y:%H:%M:%S +0000]",
    "%b %d, %Y %I:%M:%S %p",
    "%d-%b-%Y %H:%M:%S.%f",
    "%a %b %d %H:%M:%S %Y",
    "%d.%m.%Y %H:%M:%S",
    "%y/%m/%d %H:%M:%S",
    "%Y%m%dT%H%M%S",
    "%m/%d/%Y %H:%M:%S",
]


@given(st.integers(946_684_800_000_000, 4_070_908_800_000_000), st.sampled_from(_WRITTEN))
def test_what_is_written_is_read(microseconds: int, written: str) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    whole = moment if "%f" in written else moment.replace(microsecond=0)
    assert _at(f"{moment:{written}} x") == whole


def test_moments_are_shown_as_clock_times_and_relative() -> None:
    start = AT - timedelta(minutes=12, seconds=4)
    assert shown(AT, TimeMode.CLOCK, zone=BERLIN, reference=NOW) == "15:00:05"
    assert shown(AT - timedelta(days=1), TimeMode.CLOCK, zone=UTC, reference=NOW) == "11-20 14:00:05"
    assert shown(AT.replace(year=2025), TimeMode.CLOCK, zone=UTC, reference=NOW) == "2025-11-21 14:00:05"
    assert shown(AT, TimeMode.SINCE, zone=UTC, reference=start) == "+12m04s"
    assert shown(start, TimeMode.SINCE, zone=UTC, reference=AT) == "-12m04s"
    assert shown(AT, TimeMode.AGE, zone=UTC, reference=NOW) == "3h"
    assert shown(NOW, TimeMode.AGE, zone=UTC, reference=AT) == "in 3h"
