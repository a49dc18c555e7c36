"""The steps of a run as they are drawn."""

from __future__ import annotations

from datetime import UTC, timedelta

from tests.support.clock import START
from tui.core.keys import RunKey
from tui.core.models import Task
from tui.core.state import State
from tui.ui.glyphs import ASCII
from tui.ui.widgets.task_list import task_lines

RUN = RunKey("alpha", "1", "r1")
BEGUN = START - timedelta(seconds=100)


def lines(*tasks: Task) -> list[str]:
    return task_lines(tasks, START, UTC, glyphs=ASCII).plain.splitlines()


def bar(line: str) -> tuple[int, int]:
    """Where the bar begins, counted from where the first one does, and how long it is."""
    return line.index("="), line.count("=")


def test_each_step_has_its_place_in_the_time_of_the_run() -> None:
    first = Task(
        RUN, "a", "extract", State.SUCCEEDED, started_at=BEGUN, ended_at=BEGUN + timedelta(seconds=50)
    )
    second = Task(RUN, "b", "load", State.RUNNING, started_at=BEGUN + timedelta(seconds=50))
    told = lines(first, second)
    (start, length), (later, rest) = bar(told[0]), bar(told[1])
    assert (length, rest, later - start) == (15, 15, 15)
    assert "succeeded" in told[0]
    assert "50s" in told[1]


def test_a_step_that_has_not_begun_has_no_bar() -> None:
    told = lines(
        Task(RUN, "a", "extract", State.FAILED, started_at=BEGUN, ended_at=START, message="no space left"),
        Task(RUN, "b", "load", State.NEVER_RUN),
    )
    assert told[0].endswith("failed  no space left")
    assert "not started" in told[1]
    assert "=" not in told[1]


def test_attempts_are_told_and_long_names_are_cut() -> None:
    told = lines(Task(RUN, "a", "x" * 60, State.RUNNING, attempt=3, started_at=BEGUN))
    assert "attempt 3" in told[0]
    assert "…" in told[0]
    assert len(told[0]) < 110


def test_a_run_without_steps_says_so() -> None:
    assert lines() == [" The system tells no steps of this run."]


def test_names_with_markup_are_text() -> None:
    assert "[red]x[/red]" in lines(Task(RUN, "a", "[red]x[/red]", State.RUNNING, started_at=BEGUN))[0]
