"""What differs between two runs: which run is the last good one, and what is told of both."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest

from tests.support.clock import START
from tests.support.scripted import make_run
from tui.core.keys import RunKey
from tui.core.models import Run, Task
from tui.core.state import State
from tui.engine import comparison as comparison_module
from tui.engine.comparison import (
    LogReport,
    Reference,
    changed_parameters,
    compare,
    compared_logs,
    paired_tasks,
    pick_reference,
)
from tui.engine.comparison_report import counter_told, facts_of, headline, log_notes, markdown
from tui.logs.counters import changed_counters, value_of
from tui.logs.templates import Side, Template, TemplateMiner

KEY = RunKey("alpha", "1", "r1")
STACK = [
    "INFO begin",
    "Exception in component tDBInput_1",
    "java.sql.SQLException: ORA-12541: TNS:no listener",
    "        at a.B.c(B.java:1)",
    "        at a.B.d(B.java:2)",
    "INFO cleaning up now",
]


def mined(usual: list[str], other: list[str]) -> list[Template]:
    miner = TemplateMiner()
    miner.feed(usual, Side.USUAL)
    miner.feed(other, Side.OTHER)
    return miner.templates()


def run(run_id: str, state: State = State.SUCCEEDED, **changes: Any) -> Run:
    return make_run(run_id, state=state, **changes)


def task(name: str, state: State = State.SUCCEEDED, attempt: int = 1, **changes: Any) -> Task:
    return Task(KEY, changes.pop("id", name), name, state, attempt=attempt, **changes)


@pytest.mark.parametrize(
    ("states", "picked", "is_good"),
    [
        ("failed failed succeeded succeeded", 2, True),
        ("failed running warning succeeded", 3, True),
        ("failed failed warning failed", 2, True),
        ("failed running cancelled failed", 2, False),
        ("succeeded succeeded", 1, True),
        ("failed running queued", None, False),
        ("failed", None, False),
    ],
)
def test_the_last_good_run_is_picked_else_the_newest_that_ended(
    states: str, picked: int | None, is_good: bool
) -> None:
    runs = [run(f"r{index}", State(state)) for index, state in enumerate(states.split())]
    reference = pick_reference(runs, runs[0])
    assert (reference is None) == (picked is None)
    if reference is not None:
        assert (reference.run.key.run_id, reference.is_good) == (f"r{picked}", is_good)


def test_only_runs_before_it_are_picked() -> None:
    runs = [run("r3"), run("r2", State.FAILED), run("r1")]
    assert pick_reference(runs, runs[1]) == Reference(runs[2], is_good=True)


def test_parameters_that_were_added_removed_or_changed() -> None:
    assert changed_parameters({"a": "1", "b": "2", "c": "3"}, {"b": "2", "c": "4", "d": "5"}) == (
        ("a", "1", None),
        ("c", "3", "4"),
        ("d", None, "5"),
    )


def test_steps_are_paired_by_name_and_by_what_of_it_stays_the_same() -> None:
    before = [
        task("extract"),
        task("s_mtt_0001_358.log"),
        task("old"),
        task("load", id="1"),
        task("load", id="2"),
    ]
    now = [
        task("extract"),
        task("extract", State.FAILED, attempt=2),
        task("s_mtt_0001_360.log"),
        task("load", id="7"),
        task("load", State.FAILED, id="8"),
        task("brand new"),
    ]
    pairs = [
        (change.name, change.before and change.before.id, change.now and change.now.id, change.is_changed)
        for change in paired_tasks(before, now)
    ]
    assert pairs == [
        ("extract", "extract", "extract", True),
        ("s_mtt_0001_360.log", "s_mtt_0001_358.log", "s_mtt_0001_360.log", False),
        ("load", "1", "7", False),
        ("load", "2", "8", True),
        ("brand new", None, "brand new", True),
        ("old", "old", None, True),
    ]


def test_new_lines_tell_errors_with_their_stack_first_and_the_rest_in_order() -> None:
    new, missing, left_out = compared_logs(mined(["INFO begin", "INFO all done"], STACK))
    assert [line.number for line in new] == [3, 4, 5, 2, 6]
    assert [line.text for line in missing] == ["INFO all done"]
    assert left_out == 0


def test_very_many_lines_are_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison_module, "MOST_LINES", 3)
    new, missing, left_out = compared_logs(mined(["INFO begin"], STACK))
    assert (len(new), len(missing), left_out) == (3, 0, 2)


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ("wrote 1,204 rows", "wrote 0 rows", ["1,204 → 0 (-100 %)"]),
        ("wrote 0 rows", "wrote 17 rows", ["0 → 17"]),
        ("wrote 100 rows, 2 rejected", "wrote 101 rows, 90 rejected", ["2 → 90 (+4400 %)"]),
        ("wrote 100 rows", "wrote 149 rows", []),
        ("wrote 100 rows", "wrote 40 rows", ["100 → 40 (-60 %)"]),
        ("2 retries", "3 retries", []),
        ("read 1.5 GB", "read 0.2 GB", []),
        ("read 15.5 GB", "read 0.2 GB", ["15.5 → 0.2 (-99 %)"]),
        ("worker pid 17 is up", "worker pid 90210 is up", []),
        ("run 12345678901 of it", "run 12345678999 of it", []),
    ],
)
def test_numbers_that_changed_much(before: str, now: str, told: list[str]) -> None:
    assert [counter_told(change) for change in changed_counters(mined([before], [now]))] == told


def test_numbers_that_count_up_are_compared_at_their_end_and_others_not() -> None:
    up = mined([f"wrote {n}000 rows" for n in range(1, 90)], [f"wrote {n}000 rows" for n in range(1, 9)])
    assert [counter_told(change) for change in changed_counters(up)] == ["89,000 → 8,000 (-91 %)"]
    wild = mined([f"batch took {n} ms" for n in (9, 900, 17)], [f"batch took {n} ms" for n in (8, 7, 500)])
    assert changed_counters(wild) == ()


def test_what_went_to_zero_and_what_counts_rows_comes_first() -> None:
    lines = ["used 9 slots", "wrote 50 rows", "sent 70 rows"]
    changes = changed_counters(mined(lines, ["used 99 slots", "wrote 500 rows", "sent 0 rows"]))
    assert [change.text for change in changes] == ["sent 0 rows", "wrote 500 rows", "used 99 slots"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,204", 1204.0),
        ("-3", -3.0),
        ("+1.5", 1.5),
        ("1.204.567", 1204567.0),
        ("0.125", 0.125),
        ("1,204.5", 1204.5),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    assert value_of(text) == value


def compared(**changes: Any) -> comparison_module.Comparison:
    start = START - timedelta(hours=1)
    before = run(
        "r1", started_at=start - timedelta(days=1), duration_s=240.0, exit_code=0, triggered_by="ops"
    )
    now = run(
        "r2", State.FAILED, started_at=start, ended_at=start + timedelta(seconds=720), message="a | `b` *c*"
    )
    return compare(now, Reference(before, is_good=True), usual_s=250.0, **changes)


def test_facts_tell_both_runs_and_what_is_unusual() -> None:
    facts = {fact.name: fact for fact in facts_of(compared(), UTC)}
    assert facts["started"][1:3] == ("Fri Nov 20 13:00:00", "Sat Nov 21 13:00:00")
    assert facts["duration"] == ("duration", "4m00s", "12m00s", "2.9×, usually 4m10s", True)
    assert facts["exit code"][1:3] == ("0", "–")
    assert facts["triggered by"].is_remarkable
    assert "waited" not in facts


def test_markdown_keeps_texts_from_breaking_out() -> None:
    logs = mined(["INFO begin"], [*STACK, "```", "````sh"])
    text = markdown(compared(templates=logs), UTC, "load | it")
    assert text.startswith("# load \\| it: run r2\n")
    assert "a \\| \\`b\\` \\*c\\*" in text
    assert text.count("`````") == 2
    assert "TNS:no listener" in text


def test_what_was_not_compared_is_told() -> None:
    notes = log_notes(compared(logs=(LogReport(problem="gone"), LogReport(9, is_cut=True))))
    assert notes == [
        "of this run's log only the first 20 MB were compared (9 lines)",
        "the earlier run's log can't be read: gone",
    ]
    going_on = compare(run("r2", State.RUNNING), Reference(run("r1", State.FAILED), is_good=False))
    assert log_notes(going_on) == ["the run goes on: what is missing may be to come"]
    chosen = compare(run("r2"), Reference(run("r1"), is_good=True, is_chosen=True))
    assert headline(chosen) == "compared with run r1"
    assert headline(going_on) == "no earlier run succeeded: compared with the newest that ended"
