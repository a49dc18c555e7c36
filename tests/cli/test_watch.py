from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from tests.support.cli import Scene, World
from tests.support.scripted import make_job
from tui.core.errors import ServerFailed, Unauthorized
from tui.core.state import State


@pytest.fixture
def scene(world: World) -> Scene:
    """A system with two jobs at rest, which refuses our credentials in the end: then the watch ends."""
    scene = world.add_scene("alpha", make_job("1"), make_job("2"))
    scene.script.errors[8] = Unauthorized("the password has expired")
    return scene


def watched(world: World, *words: str) -> list[Any]:
    """The changes that are printed until the watch ends."""
    ended = world.run("watch", *words)
    assert ended.code == 3
    return ended.jsonl


def test_each_change_is_one_line_and_nothing_else_is(world: World, scene: Scene) -> None:
    script = scene.script
    scene.at_sweep(3, lambda: script.change("1", state=State.RUNNING))
    scene.at_sweep(5, lambda: script.change("1", state=State.FAILED, message="boom"))
    changes = watched(world)
    assert [(job["id"], job["state"], job["message"]) for job in changes] == [
        ("1", "running", None),
        ("1", "failed", "boom"),
    ]
    assert list(changes[0]) == list(world.run("jobs", "--connection", "alpha", "-o", "jsonl").jsonl[0])


def test_the_talk_tells_when_the_watch_begins_and_why_it_ends(world: World, scene: Scene) -> None:
    ended = world.run("watch")
    assert (ended.code, ended.out) == (3, "")
    assert ended.talk == ["watching 2 jobs of alpha", "alpha: the password has expired"]


def test_a_query_is_held_against_the_job_after_the_change(world: World, scene: Scene) -> None:
    script = scene.script
    scene.at_sweep(2, lambda: script.change("1", state=State.RUNNING))
    scene.at_sweep(3, lambda: script.change("1", state=State.FAILED))
    scene.at_sweep(4, lambda: script.change("2", state=State.FAILED))
    scene.at_sweep(5, lambda: script.change("1", state=State.SUCCEEDED))
    changes = watched(world, "state:failed")
    assert [(job["id"], job["state"]) for job in changes] == [("1", "failed"), ("2", "failed")]


def test_a_job_that_is_new_is_a_change(world: World, scene: Scene) -> None:
    scene.at_sweep(3, lambda: scene.script.add(make_job("9", name="new one")))
    assert [job["name"] for job in watched(world)] == ["new one"]


def test_a_job_that_goes_and_comes_back_is_a_change(world: World, scene: Scene) -> None:
    scene.at_sweep(3, lambda: scene.script.remove("1"))
    scene.at_sweep(5, lambda: scene.script.add(make_job("1")))
    assert [job["id"] for job in watched(world)] == ["1"]


def test_it_can_begin_with_how_things_are(world: World, scene: Scene) -> None:
    scene.at_sweep(3, lambda: scene.script.change("2", state=State.RUNNING))
    changes = watched(world, "--initial")
    assert [(job["id"], job["state"]) for job in changes] == [
        ("1", "succeeded"),
        ("2", "succeeded"),
        ("2", "running"),
    ]


def test_what_is_remembered_is_no_change(world: World, scene: Scene) -> None:
    scene.script.change("1", message="as it was")
    world.remember()
    scene.script.change("1", message="as it is")
    scene.script.errors = {scene.script.sweeps + 3: Unauthorized("401")}
    assert watched(world) == []


def test_an_outage_is_talk_and_no_change(world: World, scene: Scene) -> None:
    scene.script.errors |= {3: ServerFailed("503 Service Unavailable", hint="it comes back")}
    scene.at_sweep(4, lambda: scene.script.change("2", state=State.RUNNING))
    ended = world.run("watch")
    assert [job["id"] for job in ended.jsonl] == ["2"]
    assert ended.talk[1:3] == ["alpha: 503 Service Unavailable (it comes back)", "alpha is back"]


def test_a_wrong_query_is_told_at_once(world: World, scene: Scene) -> None:
    ended = world.run("watch", "sate:failed")
    assert (ended.code, ended.out, scene.script.opened) == (2, "", 0)


def test_without_connections_there_is_nothing_to_watch(world: World) -> None:
    ended = world.run("watch")
    assert (ended.code, ended.out) == (2, "")
    assert "no connection to watch" in ended.err


def test_with_broken_connections_alone_it_ends_at_once(world: World) -> None:
    world.add_config('[connections.typo]\ntype = "lokal"')
    ended = world.run("watch")
    assert (ended.code, ended.out) == (2, "")
    assert "config.toml:2" in ended.err


def test_a_change_of_a_real_job_is_written_at_once(world: World) -> None:
    world.add_local(a="sleep 0.3; exit 4")
    with world.started("watch") as process:
        assert process.stderr is not None
        assert process.stdout is not None
        assert process.stderr.readline() == "nightdeck: watching 1 job of here\n"
        assert world.run("trigger", "a").code == 0
        seen = [json.loads(process.stdout.readline())]
        while seen[-1]["state"] != "failed":
            seen.append(json.loads(process.stdout.readline()))
        assert seen[-1]["exit_code"] == 4
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 143
        assert process.stderr.read() == ""
