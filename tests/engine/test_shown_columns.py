"""Columns with widths as views name them, and orders of several columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.errors import ConfigError
from tui.engine.columns import COLUMNS, parse_sort
from tui.engine.shown_columns import LEAST_WIDTH, MOST_WIDTH, parse_columns, split_width, with_width


@given(st.sampled_from(sorted(COLUMNS)), st.just(0) | st.integers(LEAST_WIDTH, MOST_WIDTH))
def test_a_column_is_read_as_it_is_written(name: str, width: int) -> None:
    written = with_width(name, width)
    assert split_width(written) == (name, width)
    parse_columns([written])


@given(st.text(max_size=12))
def test_whatever_a_view_says_a_width_is_one_that_can_be_drawn(text: str) -> None:
    _, width = split_width(text)
    assert width == 0 or LEAST_WIDTH <= width <= MOST_WIDTH


@pytest.mark.parametrize(
    "wrong", ["mesage", "message:", "message:0", "message:wide", "message:1", "message:999"]
)
def test_what_is_no_column_or_no_width_is_told(wrong: str) -> None:
    with pytest.raises(
        ConfigError, match=r"no column 'mesage', did you mean 'message'|no width from 2 to 200"
    ):
        parse_columns(["name", wrong])


@pytest.mark.parametrize(
    ("before", "column", "after"),
    [
        ("-ended,name", "connection", "-ended,connection,name"),
        ("-ended,name", "name", "-ended,-name"),
        ("-ended,name", "ended", "ended,name"),
        ("-ended,name,kind", "kind", "-ended,kind,name"),
        ("name", "duration", "name,-duration"),
    ],
)
def test_a_second_key_stands_behind_the_first(before: str, column: str, after: str) -> None:
    assert str(parse_sort(before).followed_by(column)) == after
