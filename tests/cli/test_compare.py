"""`nightdeck compare`: the same comparison as on the screen, for people and for programs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.cli import Scene, World
from tests.support.clock import START
from tests.support.scripted import make_job, make_run
from tui.core.errors import Unreachable
from tui.core.models import Task
from tui.core.state import State
from tui.engine.comparison_report import DIFFERENCE_KEYS

HOUR = timedelta(hours=1)
GOOD = b"2026-11-21 10:00:00 INFO begin\n2026-11-21 10:00:09 INFO wrote 1,204 rows\nINFO all done\n"
BAD = b"2026-11-21 13:00:00 INFO begin\n2026-11-21 13:00:09 INFO wrote 0 rows\nERROR no \x1b[2Jspace left\n"


def ran(run_id: str, hours_ago: int, state: State = State.SUCCEEDED, **changes: Any) -> Any:
    start = START - hours_ago * HOUR
    return make_run(
        run_id,
        state=state,
        started_at=start,
        ended_at=start + timedelta(minutes=5),
        duration_s=300.0,
        **changes,
    )


@pytest.fixture
def scene(world: World) -> Scene:
    """A job that failed, with two good runs before it and a failed one between them."""
    job = make_job("1", run_id="r4", state=State.FAILED, last_result=State.FAILED, ended_at=START)
    scene = world.add_scene("alpha", job)
    scene.script.runs["1"] = [
        ran("r4", 1, State.FAILED, exit_code=3, triggered_by="ops", params={"day": "2", "force": "yes"}),
        ran("r3", 2, State.FAILED),
        ran("r2", 3, exit_code=0, triggered_by="schedule", params={"day": "1", "region": "EU"}),
        ran("r1", 4),
    ]
    scene.script.logs = {"r4": BAD, "r3": BAD, "r2": GOOD, "r1": GOOD}
    for run in scene.script.runs["1"]:
        scene.script.tasks[run.key.run_id] = [Task(run.key, "t", "load", run.state)]
    return scene


def test_a_run_is_compared_with_the_last_good_one_before_it(world: World, scene: Scene) -> None:
    ended = world.run("compare", "alpha/1")
    assert (ended.code, ended.err) == (0, "")
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert lines[0] == "compared with the last good run before it"
    for told in (
        "run r2 r4",
        "state succeeded failed",
        "triggered by schedule ops",
        "exit code 0 3",
        "day 1 2",
        "region EU –",
        "force – yes",
        "3 ERROR no ␛[2Jspace left",
        "1,204 → 0 (-100 %) 2026-11-21 13:00:09 INFO wrote 0 rows",
        "3 INFO all done",
    ):
        assert told in lines
    assert "\x1b" not in ended.out


def test_json_is_one_document_with_both_runs(world: World, scene: Scene) -> None:
    told = world.run("compare", "alpha/1", "-o", "json").json
    assert (told["run"]["run_id"], told["with"]["run_id"], told["is_good"]) == ("r4", "r2", True)
    assert told["parameters"] == [
        {"name": "day", "before": "1", "now": "2"},
        {"name": "force", "before": None, "now": "yes"},
        {"name": "region", "before": "EU", "now": None},
    ]
    assert told["new_lines"] == [
        {"text": told["new_lines"][0]["text"], "line": 3, "count": 1, "level": "error"}
    ]
    assert [line["text"] for line in told["missing_lines"]] == ["INFO all done"]
    assert [(each["before"], each["now"]) for each in told["counters"]] == [(1204.0, 0.0)]
    assert told["log"] == {"lines": 3, "is_cut": False, "problem": None}


def test_each_difference_is_a_line_of_csv_and_jsonl(world: World, scene: Scene) -> None:
    rows = world.run("compare", "alpha/1", "-o", "csv").csv
    assert tuple(rows[0]) == DIFFERENCE_KEYS
    records = world.run("compare", "alpha/1", "-o", "jsonl").jsonl
    assert [(each["part"], each["name"]) for each in records] == [
        (each["part"], each["name"]) for each in rows
    ]
    assert {each["part"] for each in records} == {
        "run",
        "parameter",
        "task",
        "counter",
        "new line",
        "missing line",
    }


def test_both_runs_can_be_named(world: World, scene: Scene) -> None:
    told = world.run("compare", "alpha/1", "--run", "r3", "--with", "r1", "-o", "json").json
    assert (told["run"]["run_id"], told["with"]["run_id"]) == ("r3", "r1")


def test_without_a_good_run_the_newest_that_ended_serves_and_this_is_told(world: World, scene: Scene) -> None:
    runs = scene.script.runs["1"]
    scene.script.runs["1"] = [replace(run, state=State.FAILED) for run in runs]
    out = world.run("compare", "alpha/1").out
    assert out.startswith("no earlier run succeeded: compared with the newest that ended")
    assert world.run("compare", "alpha/1", "-o", "json").json["with"]["run_id"] == "r3"


@pytest.mark.parametrize("words", [("--run", "r9"), ("--with", "r9"), ("--run", "r1")])
def test_what_is_not_there_ends_with_4(world: World, scene: Scene, words: tuple[str, ...]) -> None:
    ended = world.run("compare", "alpha/1", *words)
    assert (ended.code, ended.out) == (4, "")
    assert len(ended.talk) == 1


def test_a_job_that_never_ran_ends_with_4(world: World) -> None:
    world.add_scene("alpha", make_job("1", state=State.NEVER_RUN, last_result=None))
    assert world.run("compare", "alpha/1").code == 4


def test_a_log_that_is_gone_is_told_and_the_rest_compared(world: World, scene: Scene) -> None:
    del scene.script.logs["r2"]
    ended = world.run("compare", "alpha/1")
    assert ended.code == 0
    assert "triggered by  schedule" in ended.out
    assert "new in the log" not in ended.out
    assert ended.talk[0].startswith("the earlier run's log can't be read: ")


def test_a_system_that_is_down_ends_with_3(world: World, scene: Scene) -> None:
    scene.script.always = scene.script.read_error = Unreachable("connection refused")
    assert world.run("compare", "alpha/1").code == 3
