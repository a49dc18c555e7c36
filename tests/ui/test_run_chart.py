"""The runs of a job as figures, and as a chart in cells."""

from __future__ import annotations

from datetime import UTC, timedelta

import plotext
import pytest

from tests.support.clock import START
from tests.support.scripted import make_run
from tui.core.models import Run
from tui.core.state import State
from tui.ui.glyphs import ASCII, UNICODE
from tui.ui.widgets.run_chart import LOWEST, NARROWEST, Chart, draw_chart
from tui.ui.widgets.run_lines import figures, figures_line, seconds_of

OUTCOMES = {0: State.FAILED, 2: State.WARNING, 5: State.CANCELLED}


def make_runs(count: int) -> list[Run]:
    """Runs of 100 s and a little more each, newest first; the newest took longest."""
    return [
        make_run(
            f"r{number}",
            state=OUTCOMES.get(number, State.SUCCEEDED),
            started_at=START - timedelta(hours=number + 1),
            duration_s=400.0 if number == 0 else 100.0 + number,
        )
        for number in range(count)
    ]


def draw(runs: list[Run], size: tuple[int, int] = (80, 14), picked: int = 0) -> Chart | None:
    """The chart of these runs."""
    return draw_chart(runs, figures(runs), size, picked, START, UTC, UNICODE)


def text_of(chart: Chart | None) -> list[str]:
    """Its lines."""
    assert chart is not None
    return [line.plain for line in chart.lines]


def test_figures_come_from_the_good_runs_and_are_told_in_words() -> None:
    runs = [*make_runs(21), make_run("now", state=State.RUNNING, started_at=START)]
    told = figures(runs)
    assert told.finished == 21
    assert told.median_s == 111.0
    assert told.p95_s == 120.0
    line = figures_line(told).plain
    for words in (
        "21 ended",
        "● 18 succeeded",
        "▲ 1 warning",
        "✗ 1 failed",
        "⊘ 1 cancelled",
        "median 1m51s",
        "p95 2m00s",
    ):
        assert words in line


def test_in_a_narrow_pane_the_signs_tell_the_outcomes() -> None:
    assert (
        figures_line(figures(make_runs(21)), is_short=True).plain
        == " 21 ended   ● 18   ▲ 1   ✗ 1   ⊘ 1   median 1m51s   p95 2m00s"
    )


def test_figures_of_few_good_runs_come_from_all_and_of_none_say_so() -> None:
    few = [make_run("a", state=State.FAILED, duration_s=10.0), make_run("b", duration_s=30.0)]
    assert figures(few).median_s == 20.0
    assert "no run has ended" in figures_line(figures([])).plain


def test_a_run_that_goes_on_counts_until_now() -> None:
    run = make_run(state=State.RUNNING, started_at=START - timedelta(seconds=90))
    assert seconds_of(run, START) == 90.0
    assert seconds_of(make_run(), START) is None


def test_each_run_is_a_column_the_newest_at_the_right_with_its_sign() -> None:
    chart = draw(make_runs(8))
    lines = text_of(chart)
    assert chart is not None
    assert list(dict.fromkeys(chart.columns[x] for x in sorted(chart.columns))) == [7, 6, 5, 4, 3, 2, 1, 0]
    tallest = max(x for x, index in chart.columns.items() if index == 0)
    assert sum(line[tallest : tallest + 1] == "█" for line in lines) == 10
    assert "".join(lines).count("✗") == 1
    assert "".join(lines).count("⊘") == 1
    assert "▲" in "".join(lines)
    for index in range(8):
        columns = [x for x, at in chart.columns.items() if at == index]
        assert all(lines[-3][x] == "█" for x in columns), index


def test_median_and_p95_are_told_at_their_lines() -> None:
    lines = text_of(draw(make_runs(20), (120, 24)))
    (median,) = [line for line in lines if "─" in line and "┤" in line]
    assert median.lstrip().startswith("1m50s")
    assert any(line.lstrip().startswith("6m40s") for line in lines)


@pytest.mark.parametrize("picked", [0, 4])
def test_the_picked_run_is_marked(picked: int) -> None:
    chart = draw(make_runs(8), picked=picked)
    lines = text_of(chart)
    assert chart is not None
    marked = [line.index("▼") for line in lines if "▼" in line]
    assert len(marked) == 1
    assert chart.columns[marked[0]] == picked


@pytest.mark.parametrize("size", [(NARROWEST, LOWEST), (51, 9), (80, 14), (133, 20), (200, 40)])
@pytest.mark.parametrize("count", [2, 7, 50])
def test_a_chart_never_grows_beyond_its_room(size: tuple[int, int], count: int) -> None:
    chart = draw(make_runs(count), size)
    lines = text_of(chart)
    assert len(lines) <= size[1]
    assert all(len(line) <= size[0] for line in lines)
    assert chart is not None
    assert all(x < size[0] for x in chart.columns)
    assert lines[-1].strip().endswith(":00:00")


def test_where_a_list_tells_more_there_is_no_chart() -> None:
    runs = make_runs(8)
    assert draw(runs, (NARROWEST - 1, 20)) is None
    assert draw(runs, (80, LOWEST - 1)) is None
    assert draw(runs[:1]) is None
    assert draw_chart(runs, figures(runs), (80, 20), 0, START, UTC, ASCII) is None


def test_nothing_of_one_chart_is_left_in_the_next() -> None:
    plotext.title("left behind by somebody else")
    first = text_of(draw(make_runs(3)))
    draw(make_runs(50), (200, 40), picked=7)
    assert text_of(draw(make_runs(3))) == first
    assert "left behind" not in "".join(first)


def test_runs_that_took_no_time_at_all_are_drawn() -> None:
    runs = [make_run(f"r{n}", started_at=START, duration_s=0.0) for n in range(3)]
    assert "▁" in "".join(text_of(draw(runs)))
