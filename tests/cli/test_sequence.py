"""`nightdeck sequence`: jobs one after the other."""

from __future__ import annotations

import pytest

from tests.support.cli import Scene, World
from tests.support.scripted import make_job
from tui.core.errors import ActionRefused, OutcomeUnknown
from tui.core.models import ActionKind
from tui.core.state import State

STEP_KEYS = ["position", "connection", "job_id", "name", "status", "run_id", "outcome", "message"]


@pytest.fixture
def scene(world: World) -> Scene:
    """A system with two jobs at rest."""
    return world.add_scene("alpha", make_job("1", name="import"), make_job("2", name="report"))


def end_at(scene: Scene, sweep: int, job_id: str, state: State) -> None:
    """Let a job end just before that sweep."""
    clock = scene.script.clock
    scene.at_sweep(
        sweep, lambda: scene.script.change(job_id, state=state, last_result=state, ended_at=clock.now())
    )


def triggered(scene: Scene) -> list[str]:
    return [call[0].id for call in scene.script.called("trigger")]


def test_the_second_starts_when_the_first_has_succeeded(world: World, scene: Scene) -> None:
    end_at(scene, 3, "1", State.WARNING)
    end_at(scene, 6, "2", State.SUCCEEDED)
    ended = world.run("sequence", "alpha/1", "report", "-o", "json")
    assert ended.code == 0
    assert [list(step) for step in ended.json] == [STEP_KEYS, STEP_KEYS]
    assert [(step["job_id"], step["run_id"], step["outcome"]) for step in ended.json] == [
        ("1", "run-1", "warning"),
        ("2", "run-2", "succeeded"),
    ]
    assert "all 2 jobs succeeded" in ended.err
    assert triggered(scene) == ["1", "2"]


@pytest.mark.parametrize(("state", "code"), [(State.FAILED, 1), (State.CANCELLED, 7)])
def test_a_bad_end_keeps_the_rest_from_starting(world: World, scene: Scene, state: State, code: int) -> None:
    end_at(scene, 3, "1", state)
    ended = world.run("sequence", "alpha/1", "alpha/2")
    assert ended.code == code
    assert f"1 of 2: import {state}; 1 not started" in ended.err
    assert triggered(scene) == ["1"]
    assert "skipped" in ended.out


def test_a_refusal_is_code_5(world: World, scene: Scene) -> None:
    scene.script.answer(ActionKind.TRIGGER, ActionRefused("the task is busy"))
    ended = world.run("sequence", "alpha/1", "alpha/2")
    assert (ended.code, triggered(scene)) == (5, ["1"])
    assert "the task is busy" in ended.err


def test_an_unknown_outcome_is_code_6(world: World, scene: Scene) -> None:
    scene.script.answer(ActionKind.TRIGGER, OutcomeUnknown("the connection broke"))
    ended = world.run("sequence", "alpha/1", "alpha/2")
    assert (ended.code, triggered(scene)) == (6, ["1"])


def test_one_job_twice_is_refused(world: World, scene: Scene) -> None:
    ended = world.run("sequence", "alpha/1", "import")
    assert (ended.code, triggered(scene)) == (5, [])
    assert "a job is in it twice" in ended.err


def test_production_is_confirmed_once_for_all(world: World) -> None:
    scene = world.add_scene("alpha", make_job("1"), make_job("2"), keys='environment = "prod"')
    asked = world.run("sequence", "alpha/1", "alpha/2")
    assert (asked.code, triggered(scene)) == (5, [])
    assert "not confirmed (pass --yes where nobody can be asked)" in asked.err
    end_at(scene, 4, "1", State.SUCCEEDED)
    end_at(scene, 7, "2", State.SUCCEEDED)
    assert world.run("sequence", "alpha/1", "alpha/2", "--yes").code == 0
    assert triggered(scene) == ["1", "2"]


def test_read_only_refuses_before_the_system_is_asked(world: World, scene: Scene) -> None:
    ended = world.run("sequence", "alpha/1", "alpha/2", "--read-only")
    assert (ended.code, ended.out) == (5, "")
    assert scene.script.opened == 0
