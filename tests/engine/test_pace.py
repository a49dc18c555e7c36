"""How often a connection is swept."""

from __future__ import annotations

import pytest

from tui.engine.pace import FLOOR_S, interval_s


def busy(refresh_s: float, jobs: int = 0) -> float:
    return interval_s(refresh_s, is_busy=True, is_touched=False, is_unfocused=False, jobs=jobs)


@pytest.mark.parametrize(
    ("jobs", "seconds"), [(0, 5.0), (1_000, 5.0), (8_000, 8.0), (10_000, 10.0), (1_000_000, 15.0)]
)
def test_many_jobs_are_read_less_often_but_never_less_than_asked_for(jobs: int, seconds: float) -> None:
    assert busy(15.0, jobs) == seconds


def test_what_was_acted_on_is_looked_at_soon_however_many_jobs_there_are() -> None:
    told = interval_s(15.0, is_busy=True, is_touched=True, is_unfocused=False, jobs=100_000)
    assert told == FLOOR_S


def test_a_pace_below_the_floor_that_was_asked_for_is_kept() -> None:
    assert busy(0.5, 10_000) == 0.5
