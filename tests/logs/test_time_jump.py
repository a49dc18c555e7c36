"""Going to a time: what is typed, and where in the log that is."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.logs.walks import EndlessWalk, TextWalk
from tui.logs.document import LogDocument
from tui.logs.line_walk import LineWalk
from tui.logs.source import LogFile
from tui.logs.time_jump import LineTarget, PercentTarget, TimeTarget, parse_target
from tui.logs.time_search import DISORDER, find_time, first_time, last_time
from tui.logs.timestamps import LineTimes

BERLIN = ZoneInfo("Europe/Berlin")
HERE = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
FIRST = HERE - timedelta(hours=3)
LAST = HERE + timedelta(hours=3)


def _parsed(text: str, zone: ZoneInfo = BERLIN) -> TimeTarget | LineTarget | PercentTarget:
    return parse_target(text, HERE, zone, FIRST, LAST, now=HERE + timedelta(days=5))


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("14:05", "2026-11-21 14:05:00"),
        ("14:05:30", "2026-11-21 14:05:30"),
        ("14:05:30.5", "2026-11-21 14:05:30.500000"),
        ("9:05", "2026-11-21 09:05:00"),
        ("2:05pm", "2026-11-21 14:05:00"),
        ("2:05 PM", "2026-11-21 14:05:00"),
        ("2pm", "2026-11-21 14:00:00"),
        ("12am", "2026-11-21 00:00:00"),
        ("12:30pm", "2026-11-21 12:30:00"),
        ("2026-11-20 14:05", "2026-11-20 14:05:00"),
        ("2026-11-20T14:05:30", "2026-11-20 14:05:30"),
        ("2026-11-20T13:05:30Z", "2026-11-20 14:05:30"),
        ("13:05 UTC", "2026-11-21 14:05:00"),
        ("15:05 +0200", "2026-11-21 14:05:00"),
        ("2026/11/20 14:05", "2026-11-20 14:05:00"),
        ("2026-11-20", "2026-11-20 00:00:00"),
        ("11-20 14:05", "2026-11-20 14:05:00"),
        ("20.11. 14:05", "2026-11-20 14:05:00"),
        ("20.11.2026 14:05", "2026-11-20 14:05:00"),
        ("11/20/2026 14:05", "2026-11-20 14:05:00"),
        ("20 Oct 14:05", "2026-10-20 14:05:00"),
        ("Oct 20 14:05", "2026-10-20 14:05:00"),
        ("today 14:05", "2026-11-26 14:05:00"),
        ("yesterday 14:05", "2026-11-25 14:05:00"),
        ("yesterday", "2026-11-25 00:00:00"),
        ("20/Nov/2026:13:00:05 +0000", "2026-11-20 14:00:05"),
        ("Sat Nov 21 14:00:05 2026", "2026-11-21 14:00:05"),
        ("+5m", "2026-11-21 14:05:00"),
        ("-1h30m", "2026-11-21 12:30:00"),
        ("- 90 s", "2026-11-21 13:58:30"),
    ],
)
def test_a_time_is_understood(text: str, local: str) -> None:
    assert _parsed(text) == TimeTarget(datetime.fromisoformat(local).replace(tzinfo=BERLIN).astimezone(UTC))


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("123", LineTarget(123)),
        ("1,234", LineTarget(1234)),
        (" 1 234 567 ", LineTarget(1_234_567)),
        ("line 7", LineTarget(7)),
        (":7", LineTarget(7)),
        ("50%", PercentTarget(50)),
        ("12.5 %", PercentTarget(12.5)),
        ("0%", PercentTarget(0)),
    ],
)
def test_a_line_and_a_share_are_understood(text: str, target: LineTarget | PercentTarget) -> None:
    assert _parsed(text) == target


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "say where to go: 14:05"),
        ("soon", "'soon' is no place in a log: say 14:05"),
        ("25:00", "no such time of day"),
        ("13pm", "no such time of day"),
        ("31.02. 14:00", "no place in a log"),
        ("0", "counted from 1"),
        ("101%", "more than all of the log"),
        ("+5", "no span of time such as 90s"),
        ("-soon", "no span of time such as 90s"),
        ("+99999999w", "too far away"),
    ],
)
def test_what_is_not_understood_says_what_is(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        _parsed(text)


def test_without_a_time_here_some_targets_have_no_meaning() -> None:
    with pytest.raises(ValueError, match="no time to count from"):
        parse_target("+5m", None, BERLIN, FIRST, LAST)
    with pytest.raises(ValueError, match="no line here tells a time"):
        parse_target("14:05", None, BERLIN)
    assert parse_target("14:05", None, UTC, FIRST) == TimeTarget(HERE.replace(hour=14, minute=5))


def test_a_time_is_of_the_day_on_which_it_is_in_the_log() -> None:
    first, last = HERE.replace(hour=23), HERE.replace(hour=23) + timedelta(hours=2)
    assert parse_target("00:15", first, UTC, first, last) == TimeTarget(
        first + timedelta(hours=1, minutes=15)
    )
    assert parse_target("23:15", last, UTC, first, last) == TimeTarget(first + timedelta(minutes=15))


@given(
    st.text(max_size=30) | st.from_regex(r"[+-]?\d{1,4}[-:./% ]?\d{0,4}[ T]?\d{0,2}:?\d{0,2}[smhdap]?m?Z?")
)
def test_whatever_is_typed_is_a_target_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert isinstance(_parsed(text), TimeTarget | LineTarget | PercentTarget)


def _times() -> LineTimes:
    return LineTimes(UTC, LAST)


def _line(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S,%f} INFO x"


def _expected(lines: list[tuple[datetime | None, str]], walk: TextWalk, when: datetime) -> int | None:
    return next(
        (start for (at, _), start in zip(lines, walk.starts, strict=True) if at is not None and at >= when),
        None,
    )


_STEPS = st.lists(
    st.tuples(st.integers(0, 30) | st.none(), st.sampled_from(["", "x", "a long line " * 30])),
    min_size=1,
    max_size=60,
)


@given(_STEPS, st.integers(-5, 400))
def test_the_first_line_at_or_after_a_time_is_found(steps: list[tuple[int | None, str]], when: int) -> None:
    at = HERE
    lines: list[tuple[datetime | None, str]] = []
    for step, tail in steps:
        if step is None:
            lines.append((None, f"    at Frame.run {tail}"))
        else:
            at += timedelta(seconds=step)
            lines.append((at, f"{_line(at)} {tail}"))
    walk = TextWalk([text for _, text in lines])
    moment = HERE + timedelta(seconds=when)
    assert find_time(walk, moment, _times()) == _expected(lines, walk, moment)


@given(st.lists(st.integers(0, 200), min_size=1, max_size=DISORDER), st.integers(0, 200))
def test_in_a_log_that_is_out_of_order_it_is_found_as_well(seconds: list[int], when: int) -> None:
    moments = [HERE + timedelta(seconds=second) for second in seconds]
    lines: list[tuple[datetime | None, str]] = [(moment, _line(moment)) for moment in moments]
    walk = TextWalk([text for _, text in lines])
    found = find_time(walk, HERE + timedelta(seconds=when), _times())
    if found is not None:
        assert moments[walk.starts.index(found)] >= HERE + timedelta(seconds=when)
        assert found == _expected(lines, walk, HERE + timedelta(seconds=when))
    else:
        assert moments[-1] < HERE + timedelta(seconds=when)


def test_a_gigabyte_is_searched_by_reading_few_lines() -> None:
    def line(number: int) -> str:
        if number % 100 > 20:
            return "    at com.example.Main.run(Main.java:1)"
        return _line(HERE + timedelta(milliseconds=number // 100))

    walk = EndlessWalk(10_000_000, 100, line)
    found = find_time(walk, HERE + timedelta(seconds=73, milliseconds=210), _times())
    assert found == 73_210 * 100 * 100
    assert walk.asked < 3_000


def test_a_log_without_times_costs_little() -> None:
    walk = EndlessWalk(10_000_000, 100, lambda _: "a dump")
    assert find_time(walk, HERE, _times()) is None
    assert walk.asked < 3_000


def test_a_large_part_without_times_is_stepped_over() -> None:
    def line(number: int) -> str:
        if 300_000 < number < 700_000:
            return "a dump"
        return _line(HERE + timedelta(seconds=number))

    walk = EndlessWalk(1_000_000, 100, line)
    for number in (200_000, 299_999, 800_000):
        assert find_time(walk, HERE + timedelta(seconds=number), _times()) == number * 100


def test_an_empty_log_has_no_times() -> None:
    walk = TextWalk([])
    walk.size = 0
    assert find_time(walk, HERE, _times()) is None
    assert last_time(walk, _times()) is None


def test_a_log_is_searched_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    lines = [_line(HERE + timedelta(seconds=number)) for number in range(5_000)]
    path.write_text("\n".join(["banner", *lines, "    at the end"]))
    walk: LineWalk = LogDocument(LogFile(path))
    times = _times()
    found = find_time(walk, HERE + timedelta(seconds=4_321), times)
    assert found is not None
    assert walk.plain(found) == lines[4_321]
    assert first_time(walk, times) == HERE
    assert last_time(walk, times) == HERE + timedelta(seconds=4_999)
