"""The window over the rows: what stands still when rows move."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.ui.widgets.viewport import Viewport


def viewport(top: int = 0, row: int = 0, *, height: int = 10, count: int = 100) -> Viewport:
    return Viewport(top, height, count, row)


def test_moving_off_the_edge_scrolls_by_one() -> None:
    window = viewport(row=9)
    window.move_to(10)
    assert (window.top, window.row) == (1, 10)


def test_moving_far_brings_the_row_to_the_middle() -> None:
    window = viewport()
    window.move_to(50)
    assert (window.top, window.row) == (45, 50)


def test_over_a_slow_link_the_window_jumps_by_half() -> None:
    window = viewport(row=9)
    window.moves_by_half = True
    window.move_to(10)
    assert (window.top, window.row) == (5, 10)


def test_a_page_keeps_the_line_and_the_ends_hold() -> None:
    window = viewport(row=3)
    window.page(1)
    assert (window.top, window.row) == (9, 12)
    for _ in range(20):
        window.page(1)
    assert (window.top, window.row) == (90, 99)
    for _ in range(40):
        window.page(-0.5)
    assert (window.top, window.row) == (0, 0)


def test_the_cursor_line_stands_still_when_rows_come_in_above() -> None:
    window = viewport(top=20, row=25)
    window.rearrange(103, 28, [(row, row + 3) for row in range(20, 30)], is_followed=False)
    assert (window.top, window.row) == (23, 28)


def test_the_first_page_stays_the_first_page() -> None:
    window = viewport(row=2)
    window.rearrange(101, 3, [(row, row + 1) for row in range(10)], is_followed=False)
    assert (window.top, window.row) == (0, 3)


def test_a_job_that_jumps_away_is_let_go() -> None:
    window = viewport(top=20, row=25)
    moves = [(row, row + 1 if row < 25 else row) for row in range(20, 30) if row != 25] + [(25, 0)]
    window.rearrange(100, 0, moves, is_followed=False)
    assert window.row == 0
    assert window.top in (20, 21)


def test_a_followed_job_is_gone_after() -> None:
    window = viewport(top=20, row=25)
    window.rearrange(100, 70, [(row, row) for row in range(20, 30)], is_followed=True)
    assert window.row == 70
    assert window.row in window.rows


def test_when_the_job_is_gone_the_cursor_stays_near() -> None:
    window = viewport(top=20, row=25)
    window.rearrange(99, None, [(row, row - (row > 25)) for row in range(20, 30)], is_followed=False)
    assert window.row in (24, 25)
    assert window.row in window.rows


@pytest.mark.parametrize("count", [0, 1])
def test_few_rows(count: int) -> None:
    window = viewport(top=50, row=60)
    window.rearrange(count, None, [], is_followed=False)
    assert (window.top, window.row) == (0, count - 1)
    window.move_to(5)
    window.page(1)
    assert window.row == count - 1
    assert not window.thumb


def test_the_thumb_reaches_both_ends() -> None:
    window = viewport()
    assert window.thumb == range(1)
    window.scroll_to(1000)
    assert window.thumb == range(9, 10)
    window.scroll_to_line(0)
    assert window.top == 0
    window.scroll_to_line(9)
    assert window.top == 90


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("move_to"), st.integers(-5, 300)),
            st.tuples(st.just("scroll_by"), st.integers(-300, 300)),
            st.tuples(st.just("page"), st.floats(-2, 2, allow_nan=False)),
            st.tuples(st.just("resize"), st.integers(-2, 40)),
            st.tuples(st.just("count"), st.integers(0, 200)),
        )
    )
)
def test_the_window_never_leaves_the_rows(steps: list[tuple[str, float]]) -> None:
    window = viewport()
    for name, value in steps:
        if name == "count":
            window.rearrange(int(value), None, [], is_followed=False)
        else:
            getattr(window, name)(value if name == "page" else int(value))
        assert 0 <= window.top <= max(0, window.count - window.height)
        assert -1 <= window.row < max(1, window.count)
        assert (window.row >= 0) == (window.count > 0)
        if name in ("move_to", "page") and window.height and window.count:
            assert window.row in window.rows
