from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from tests.support.cli import Scene, World
from tests.support.clock import START
from tests.support.scripted import make_job, make_run
from tui.core.errors import ConfigError, OutcomeUnknown, RateLimited, ServerFailed, Unauthorized, Unreachable
from tui.core.models import Accepted, ActionKind
from tui.core.state import State

RUNNING: dict[str, Any] = {"state": State.RUNNING, "run_id": "r1", "started_at": START, "last_result": None}


@pytest.fixture
def scene(world: World) -> Scene:
    """A system with two jobs that run."""
    return world.add_scene("alpha", make_job("1", **RUNNING), make_job("2", **RUNNING))


def end_at(scene: Scene, sweep: int, job_id: str, state: State, **changes: object) -> None:
    """Let a job end just before that sweep."""
    scene.at_sweep(
        sweep,
        lambda: scene.script.change(
            job_id, state=state, last_result=state, ended_at=scene.script.clock.now(), **changes
        ),
    )


@pytest.mark.parametrize(
    ("state", "code"),
    [(State.SUCCEEDED, 0), (State.WARNING, 0), (State.FAILED, 1), (State.CANCELLED, 7)],
)
def test_the_exit_code_tells_how_the_run_ended(world: World, scene: Scene, state: State, code: int) -> None:
    end_at(scene, 3, "1", state, message="what it said", duration_s=75.0)
    ended = world.run("wait", "alpha/1")
    assert (ended.code, ended.out) == (code, "")
    assert ended.talk == [f"alpha/job 1: {state.value} after 1m15s: what it said"]
    assert scene.script.sweeps == 3


def test_a_warning_is_a_failure_when_asked_for(world: World, scene: Scene) -> None:
    end_at(scene, 2, "1", State.WARNING)
    assert world.run("wait", "alpha/1", "--strict").code == 1


def test_a_job_that_does_not_run_is_judged_at_once(world: World) -> None:
    scene = world.add_scene("alpha", make_job("1", state=State.SCHEDULED, last_result=State.FAILED))
    assert world.run("wait", "alpha/1").code == 1
    assert scene.script.sweeps == 1


def test_a_job_that_has_never_run_is_code_4(world: World) -> None:
    world.add_local(a="true")
    ended = world.run("wait", "a")
    assert (ended.code, ended.talk) == (4, ["here/a has not run yet"])


def test_all_are_waited_for_and_the_worst_counts(world: World, scene: Scene) -> None:
    end_at(scene, 2, "1", State.FAILED)
    end_at(scene, 5, "2", State.SUCCEEDED)
    ended = world.run("wait", "alpha/1", "alpha/2")
    assert (ended.code, len(ended.talk)) == (1, 2)
    assert scene.script.sweeps == 5


def test_any_stops_at_the_first_that_ends(world: World, scene: Scene) -> None:
    end_at(scene, 3, "2", State.SUCCEEDED)
    ended = world.run("wait", "alpha/1", "alpha/2", "--any")
    assert (ended.code, ended.talk) == (0, ["alpha/job 2: succeeded"])


def test_fail_fast_stops_at_the_first_that_fails(world: World, scene: Scene) -> None:
    scene.script.add(make_job("3", **RUNNING))
    end_at(scene, 2, "1", State.SUCCEEDED)
    end_at(scene, 4, "2", State.CANCELLED)
    ended = world.run("wait", "alpha/1", "alpha/2", "alpha/3", "--fail-fast")
    assert (ended.code, len(ended.talk)) == (7, 2)


def test_a_timeout_is_code_124(world: World, scene: Scene) -> None:
    ended = world.run("wait", "alpha/1", "--timeout", "1m")
    assert (ended.code, ended.talk) == (124, ["timed out after 60 s: what runs goes on running"])
    assert world.clock.now() - START >= timedelta(seconds=60)


def test_a_system_that_hangs_does_not_outlast_the_timeout(world: World, scene: Scene) -> None:
    scene.script.hangs.add(1)
    assert world.run("wait", "alpha/1", "--timeout", "5s").code == 124


def test_pauses_grow_until_they_are_the_system_s_own(world: World, scene: Scene) -> None:
    moments: list[float] = []
    for sweep in range(1, 12):
        scene.at_sweep(sweep, lambda: moments.append(world.clock.monotonic()))
    end_at(scene, 12, "1", State.SUCCEEDED)
    assert world.run("wait", "alpha/1").code == 0
    pauses = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert pauses[:4] == pytest.approx([0.1, 0.2, 0.4, 0.8])
    assert all(1.5 <= pause <= 2.5 for pause in pauses[4:])


def test_the_job_s_own_code_is_passed_on(world: World) -> None:
    world.add_local(five="exit 5", done="true")
    assert world.run("trigger", "five", "--wait").code == 1
    assert world.run("wait", "five", "--propagate").code == 5
    assert world.run("trigger", "five", "--wait", "--propagate").code == 5
    assert world.run("trigger", "done", "--wait", "--propagate").code == 0


def test_an_outage_is_waited_out_and_told_once(world: World, scene: Scene) -> None:
    scene.script.errors = {n: ServerFailed("503", retry_after_s=7) for n in (2, 3)}
    end_at(scene, 4, "1", State.SUCCEEDED)
    ended = world.run("wait", "alpha/1")
    assert ended.code == 0
    assert ended.talk == [
        "alpha: 503; waiting for it to come back",
        "alpha is back",
        "alpha/job 1: succeeded",
    ]


def test_a_system_s_wish_to_be_left_alone_is_obeyed(world: World, scene: Scene) -> None:
    scene.script.errors = {2: RateLimited("slow down", retry_after_s=30)}
    end_at(scene, 3, "1", State.SUCCEEDED)
    assert world.run("wait", "alpha/1").code == 0
    assert world.clock.now() - START >= timedelta(seconds=30)


@pytest.mark.parametrize(("error", "code"), [(Unauthorized("401"), 3), (ConfigError("no secret"), 2)])
def test_what_only_the_user_can_mend_is_not_waited_out(
    world: World, scene: Scene, error: Exception, code: int
) -> None:
    scene.script.errors = {2: error}
    ended = world.run("wait", "alpha/1", "--timeout", "10m")
    assert ended.code == code
    assert len(ended.talk) == 1


def test_a_job_that_is_only_remembered_is_waited_for_until_it_is_seen(world: World, scene: Scene) -> None:
    world.remember()
    seen = scene.script.sweeps
    scene.script.errors = {seen + n: Unreachable("connection refused") for n in (1, 2)}
    scene.at_sweep(seen + 3, lambda: scene.script.change("1", run_id="r2"))
    end_at(scene, seen + 4, "1", State.SUCCEEDED)
    ended = world.run("wait", "alpha/1")
    assert ended.code == 0
    assert ended.talk == ["alpha: connection refused", "alpha is back", "alpha/job 1: succeeded"]


def test_a_run_is_waited_for_although_a_newer_one_began(world: World, scene: Scene) -> None:
    script = scene.script
    script.runs["1"] = [make_run("r2", state=State.RUNNING), make_run("r1", state=State.RUNNING)]
    scene.at_sweep(2, lambda: script.change("1", run_id="r2"))
    scene.at_sweep(4, lambda: script.runs["1"].__setitem__(1, make_run("r1", state=State.FAILED)))
    assert world.run("wait", "alpha/1").code == 1


def test_a_job_that_vanishes_is_code_4(world: World, scene: Scene) -> None:
    scene.at_sweep(2, lambda: scene.script.remove("1"))
    ended = world.run("wait", "alpha/1")
    assert (ended.code, ended.talk) == (4, ["alpha/1 is gone"])


def test_a_run_of_which_nobody_tells_is_given_up(world: World, scene: Scene) -> None:
    scene.script.change("1", state=State.SUCCEEDED, run_id="r0")
    scene.script.answer(ActionKind.TRIGGER, Accepted("never-seen", "started"))
    ended = world.run("trigger", "alpha/1", "--wait", "-o", "json")
    assert (ended.code, ended.json["run_id"]) == (6, "never-seen")
    assert ended.talk == ["alpha/job 1: the system tells nothing of run never-seen"]


def test_a_job_is_waited_for_once_however_often_it_is_named(world: World, scene: Scene) -> None:
    end_at(scene, 2, "1", State.SUCCEEDED)
    assert len(world.run("wait", "alpha/1", "job 1").talk) == 1


@pytest.mark.parametrize(
    ("state", "code"),
    [(State.SUCCEEDED, 0), (State.WARNING, 0), (State.FAILED, 1), (State.CANCELLED, 7)],
)
def test_a_trigger_that_waits_tells_how_its_run_ended(world: World, state: State, code: int) -> None:
    scene = world.add_scene("alpha", make_job("1", run_id="old", state=State.FAILED))
    end_at(scene, 3, "1", state)
    ended = world.run("trigger", "alpha/1", "--wait", "-o", "json")
    assert (ended.code, ended.json["run_id"]) == (code, "run-1")
    assert ended.talk == [f"alpha/job 1: {state.value}"]


def test_a_trigger_that_waits_may_be_strict_and_may_time_out(world: World) -> None:
    scene = world.add_scene("alpha", make_job("1", run_id="old"))
    end_at(scene, 3, "1", State.WARNING)
    assert world.run("trigger", "alpha/1", "--wait", "--strict").code == 1
    ended = world.run("trigger", "alpha/1", "--wait", "--timeout", "90s", "-o", "json")
    assert (ended.code, ended.json["status"]) == (124, "accepted")


def test_a_system_that_names_no_run_is_watched_until_the_run_is_seen(world: World) -> None:
    scene = world.add_scene("alpha", make_job("1", state=State.SUCCEEDED, run_id=""))
    scene.script.answer(ActionKind.TRIGGER, Accepted("", "ok"))
    later = START + timedelta(seconds=1)
    scene.at_sweep(3, lambda: scene.script.change("1", state=State.RUNNING, started_at=later))
    end_at(scene, 5, "1", State.FAILED)
    ended = world.run("trigger", "alpha/1", "--wait", "-o", "json")
    assert (ended.code, ended.json["run_id"]) == (1, None)
    assert scene.script.sweeps >= 5


def test_an_accepted_start_that_is_never_seen_is_code_6(world: World) -> None:
    scene = world.add_scene("alpha", make_job("1", state=State.SUCCEEDED, run_id=""))
    scene.script.answer(ActionKind.TRIGGER, Accepted("", "ok"))
    ended = world.run("trigger", "alpha/1", "--wait")
    assert ended.code == 6
    assert "accepted but not seen" in ended.err


def test_a_rerun_under_its_old_name_is_not_taken_for_the_run_before(world: World) -> None:
    old: dict[str, Any] = {
        "started_at": START - timedelta(hours=1),
        "ended_at": START - timedelta(minutes=50),
    }
    scene = world.add_scene("alpha", make_job("1", state=State.FAILED, run_id="r1", **old))
    again: dict[str, Any] = {
        "state": State.RUNNING,
        "started_at": START + timedelta(seconds=1),
        "ended_at": None,
    }
    scene.script.answer(ActionKind.RERUN, Accepted("r1", "cleared"))
    scene.script.runs["1"] = [make_run("r1", state=State.FAILED, **old)]
    scene.at_sweep(2, lambda: scene.script.change("1", **again))
    scene.on_read = lambda name: (
        name == "list_runs"
        and scene.script.runs.update(
            {"1": [make_run("r1", **({"state": State.FAILED, **old} if scene.script.sweeps < 2 else again))]}
        )
    )
    end_at(scene, 4, "1", State.SUCCEEDED)
    assert world.run("rerun", "alpha/1", "--wait").code == 0


def test_a_lost_answer_that_is_found_is_waited_for(world: World) -> None:
    scene = world.add_scene("alpha", make_job("1", run_id="old"))
    new = {"state": State.RUNNING, "run_id": "new", "started_at": START + timedelta(seconds=1)}
    scene.script.answer(ActionKind.TRIGGER, OutcomeUnknown("the answer was lost"), **new)
    end_at(scene, 4, "1", State.SUCCEEDED)
    ended = world.run("trigger", "alpha/1", "--wait", "-o", "json")
    assert (ended.code, ended.json["status"], ended.json["run_id"]) == (0, "observed", "new")


def test_a_stop_that_waits_is_done_when_the_run_has_ended(world: World, scene: Scene) -> None:
    scene.script.answer(ActionKind.STOP, Accepted("r1", "asked to end"))
    end_at(scene, 4, "1", State.CANCELLED)
    ended = world.run("stop", "alpha/1", "--wait")
    assert (ended.code, ended.talk) == (0, ["alpha/job 1: cancelled"])


def test_a_stop_that_waits_may_time_out(world: World, scene: Scene) -> None:
    scene.script.answer(ActionKind.STOP, Accepted("r1", "asked to end"))
    assert world.run("stop", "alpha/1", "--wait", "--timeout", "20s").code == 124


def test_a_job_whose_state_costs_a_call_is_waited_for(world: World) -> None:
    scene = world.add_scene("alpha", make_job("1", **RUNNING), type="checking")
    end_at(scene, 3, "1", State.FAILED)
    assert world.run("wait", "alpha/1").code == 1
