"""`nightdeck tasks` and `nightdeck show --raw`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.cli import World
from tests.support.clock import START
from tests.support.scripted import make_job
from tui.core.keys import RunKey
from tui.core.models import Task
from tui.core.state import State

TASK_KEYS = [
    *("connection", "job_id", "run_id", "task_id", "name", "attempt", "state", "native_state"),
    *("started_at", "ended_at", "duration_s", "message"),
]
RUN = RunKey("alpha", "1", "r9")


@pytest.fixture
def alpha(world: World) -> World:
    scene = world.add_scene("alpha", make_job("1", name="sync", run_id="r9"), make_job("2"))
    begun = START - timedelta(minutes=5)
    scene.script.tasks["r9"] = [
        Task(RUN, "t1", "extract", State.SUCCEEDED, "SUCCESS", 1, begun, begun + timedelta(seconds=90)),
        Task(RUN, "t2", "load", State.FAILED, "FAIL", 2, begun + timedelta(seconds=90), message="no space"),
    ]
    scene.script.raw["1"] = {"label": "sync", "counters": {"IMPORT_RECORDS": 7}, "password": "hunter2hunter2"}
    return world


def test_the_steps_of_the_newest_run_are_listed_in_order(alpha: World) -> None:
    ended = alpha.run("tasks", "sync", "-o", "json")
    assert (ended.code, ended.err) == (0, "")
    assert [list(task) for task in ended.json] == [TASK_KEYS, TASK_KEYS]
    assert ended.json[0] == {
        "connection": "alpha",
        "job_id": "1",
        "run_id": "r9",
        "task_id": "t1",
        "name": "extract",
        "attempt": 1,
        "state": "succeeded",
        "native_state": "SUCCESS",
        "started_at": "2026-11-21T13:55:00+00:00",
        "ended_at": "2026-11-21T13:56:30+00:00",
        "duration_s": 90.0,
        "message": None,
    }
    assert (ended.json[1]["ended_at"], ended.json[1]["message"]) == (None, "no space")


def test_the_table_tells_the_step_that_failed(alpha: World) -> None:
    lines = alpha.run("tasks", "sync").out.splitlines()
    assert lines[0].split() == ["TASK", "ID", "TRY", "STATE", "STARTED", "DURATION", "MESSAGE"]
    assert lines[2].split()[:4] == ["load", "t2", "2", "failed"]


def test_a_job_that_has_not_run_has_no_steps(alpha: World) -> None:
    assert alpha.run("tasks", "alpha/2").code == 4


def test_a_system_without_steps_says_so(world: World) -> None:
    world.add_local(a="true")
    assert world.run("trigger", "a", "--wait").code == 0
    ended = world.run("tasks", "a")
    assert (ended.code, ended.out) == (5, "")
    assert "does not tell the steps of a run" in ended.err


def test_the_raw_record_is_shown_without_secrets(alpha: World) -> None:
    ended = alpha.run("show", "sync", "--raw")
    assert ended.code == 0
    assert ended.json["counters"] == {"IMPORT_RECORDS": 7}
    assert "hunter2" not in ended.out
