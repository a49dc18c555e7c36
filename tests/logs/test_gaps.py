"""Where a log was silent for long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.logs.walks import TextWalk
from tui.logs.gaps import Gaps, gap_before, is_gap
from tui.logs.timestamps import LineTimes

AT = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)


def _times() -> LineTimes:
    return LineTimes(UTC, AT)


def _walk(seconds: list[float | None]) -> TextWalk:
    return TextWalk(
        [
            "    at some.Frame" if second is None else f"{AT + timedelta(seconds=second):%Y-%m-%d %H:%M:%S} x"
            for second in seconds
        ]
    )


def _marked(seconds: list[float | None]) -> dict[int, float]:
    walk = _walk(seconds)
    gaps = Gaps(walk, _times())
    found = {index: gaps.before(start) for index, start in enumerate(walk.starts)}
    assert found == {index: gaps.before(start) for index, start in enumerate(walk.starts)}
    return {index: gap.total_seconds() for index, gap in found.items() if gap is not None}


@pytest.mark.parametrize(
    ("silence", "usual", "is_marked"),
    [
        (9.9, 0.0, False),
        (10, 0.5, True),
        (10, 0.6, False),
        (10, None, False),
        (60, None, True),
        (60, 20, True),
        (60, 21, False),
        (3600, 60, True),
        (300, 300, False),
    ],
)
def test_a_silence_is_marked_when_it_is_long_for_this_log(
    silence: float, usual: float | None, is_marked: bool
) -> None:
    assert (
        is_gap(timedelta(seconds=silence), None if usual is None else timedelta(seconds=usual)) is is_marked
    )


def test_a_busy_log_shows_where_it_was_silent() -> None:
    assert _marked([*range(12), 40, *range(41, 50)]) == {12: 29.0}


def test_a_log_that_writes_every_five_minutes_has_no_gaps() -> None:
    assert _marked([index * 300 for index in range(20)]) == {}
    assert _marked([*[index * 300 for index in range(10)], 9 * 300 + 3600]) == {10: 3600.0}


def test_the_silence_is_told_at_the_next_line_with_a_time() -> None:
    assert _marked([0, 1, 2, 3, None, None, 200, None, 201, 202]) == {6: 197.0}


def test_of_two_lines_one_without_a_time_there_is_none() -> None:
    walk = _walk([None, 0, None])
    assert [gap_before(walk, start, _times()) for start in walk.starts] == [None, None, None]
    walk = _walk([5, 3])
    assert gap_before(walk, walk.starts[1], _times()) == timedelta()


def test_too_many_lines_without_a_time_are_not_looked_through() -> None:
    walk = _walk([0, *[None] * 60, 500])
    assert gap_before(walk, walk.starts[-1], _times()) is None


def test_times_without_a_date_have_gaps_over_midnight_too() -> None:
    walk = TextWalk(["23:59:50 x", "00:02:00 y"])
    times = LineTimes(UTC, AT, since=AT.replace(hour=2))
    assert gap_before(walk, walk.starts[1], times) == timedelta(minutes=2, seconds=10)


def test_a_log_that_is_written_anew_is_read_anew() -> None:
    lines = [f"14:00:0{index} x" for index in range(5)]
    walk = TextWalk(lines)
    gaps = Gaps(walk, _times())
    assert gaps.before(walk.starts[1]) is None
    walk._lines[1] = "14:09:01 x"
    assert gaps.before(walk.starts[1]) is None
    gaps.clear()
    assert gaps.before(walk.starts[1]) == timedelta(minutes=9, seconds=1)
