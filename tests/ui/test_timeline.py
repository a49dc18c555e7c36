"""The tasks of a run as they are drawn on its time axis."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.clock import START
from tui.core.keys import RunKey
from tui.core.models import Task
from tui.core.state import State
from tui.ui.glyphs import ASCII, UNICODE, GlyphSet
from tui.ui.widgets.timeline import Timeline, steps_of

RUN = RunKey("alpha", "1", "r1")
BEGUN = START - timedelta(seconds=100)


def task(
    id_: str, name: str, state: State, begin: float | None = None, end: float | None = None, **more: Any
) -> Task:
    """A task that began and ended so many seconds after its run."""
    return Task(
        RUN,
        id_,
        name,
        state,
        started_at=BEGUN + timedelta(seconds=begin) if begin is not None else None,
        ended_at=BEGUN + timedelta(seconds=end) if end is not None else None,
        **more,
    )


def drawn(*tasks: Task, width: int = 100, glyphs: GlyphSet = ASCII) -> list[str]:
    """Axis and lines."""
    steps = steps_of(tasks)
    timeline = Timeline(steps, START, UTC, glyphs)
    return [
        timeline.axis(width).plain,
        *(timeline.line(index, width).plain for index in range(len(steps))),
    ]


def bar(line: str) -> tuple[int, int]:
    """Where the bar begins, and how long it is."""
    return line.index("="), line.count("=") + line.count("-")


def test_each_task_has_its_place_on_the_axis_of_the_run() -> None:
    axis, first, second = drawn(
        task("a", "extract", State.SUCCEEDED, 0, 50), task("b", "load", State.RUNNING, 50)
    )
    (start, length), (later, rest) = bar(first), bar(second)
    assert abs(length - rest) <= 1
    assert later - start == length
    assert axis.index("|13:58:30") - start == pytest.approx((length + rest) * 0.1, abs=1)
    assert "running" in second
    assert second.count("-") == 1


def test_waiting_is_drawn_lighter_before_the_bar() -> None:
    queued = task("b", "load", State.SUCCEEDED, 50, 100, queued_at=BEGUN + timedelta(seconds=25))
    _, _, line = drawn(task("a", "extract", State.SUCCEEDED, 0, 50), queued)
    assert line.count(".") == pytest.approx(line.count("=") / 2, abs=1)
    assert line.index(".") < line.index("=")
    assert line.rindex(".") < line.index("=")


def test_a_failed_task_has_its_sign_at_the_end_of_its_bar_and_says_why() -> None:
    _, line = drawn(task("a", "extract", State.FAILED, 0, 100, message="no space left"))
    assert "=x " in line
    assert "failed no space left" in line


def test_the_longest_task_is_marked_with_its_share() -> None:
    _, first, second = drawn(task("a", "a", State.SUCCEEDED, 0, 25), task("b", "b", State.SUCCEEDED, 25, 100))
    assert "longest, 75 %" in second
    assert "longest" not in first


def test_repetitions_share_the_line_of_their_task() -> None:
    steps = steps_of(
        [
            task("a", "extract", State.FAILED, 0, 20),
            task("b", "load", State.SUCCEEDED, 60, 100),
            task("a", "extract", State.SUCCEEDED, 40, 60, attempt=2),
            task("c", "load", State.SUCCEEDED, 60, 100),
        ]
    )
    assert [(step.newest.name, len(step.attempts)) for step in steps] == [
        ("extract", 2),
        ("load", 1),
        ("load", 1),
    ]
    timeline = Timeline(steps, START, UTC, ASCII)
    line = timeline.line(0, 100).plain
    assert line.count("=") > 2
    assert "x " in line[3:]
    assert "x2" in line
    told = [content.plain for content in timeline.details(0)]
    assert "attempt 1   failed" in told[0]
    assert "attempt 2   succeeded" in told[1]


def test_tasks_that_the_system_lists_twice_alike_keep_their_lines() -> None:
    twice = [task("a", "extract", State.SUCCEEDED, 0, 20), task("a", "extract", State.SUCCEEDED, 20, 40)]
    assert [len(step.attempts) for step in steps_of(twice)] == [1, 1]


def test_without_times_there_is_a_list() -> None:
    axis, first, second = drawn(
        task("a", "extract", State.FAILED, message="no space"), task("b", "load", State.NEVER_RUN)
    )
    assert axis.strip() == ""
    assert "=" not in first + second
    assert "failed no space" in first
    assert "never run" in second


def test_a_task_that_has_not_begun_has_no_bar_among_others() -> None:
    _, _, second = drawn(task("a", "extract", State.RUNNING, 0), task("b", "load", State.QUEUED))
    assert "=" not in second
    assert "queued" in second


def test_long_names_are_cut_and_markup_is_text() -> None:
    _, first, second = drawn(
        task("a", "x" * 60, State.RUNNING, 0), task("b", "[red]x[/red]", State.RUNNING, 0), glyphs=UNICODE
    )
    assert "…" in first
    assert "[red]x[/red]" in second


@given(
    spans=st.lists(
        st.tuples(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e5), st.sampled_from(list(State))),
        min_size=1,
        max_size=6,
    ),
    width=st.integers(40, 220),
)
@settings(max_examples=30, deadline=None)
def test_every_line_fills_its_place_whatever_the_times_say(
    spans: list[tuple[float, float, float, State]], width: int
) -> None:
    tasks = [
        task(str(n), f"t{n}", state, begin, end, queued_at=BEGUN + timedelta(seconds=begin - waited))
        for n, (begin, end, waited, state) in enumerate(spans)
    ]
    axis, *lines = drawn(*tasks, width=width)
    assert len(axis) <= width
    assert all(set(line) & set("=-x!/.*?o@>") for line in lines)
