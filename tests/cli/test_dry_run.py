"""`--dry-run` and `--show-call`: nothing is sent, and what would be is told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.cli import Scene, World
from tests.support.scripted import make_job, make_run
from tui.core.models import ActionKind
from tui.core.state import State

CHANGES = [kind.value for kind in ActionKind]


@pytest.fixture
def scene(world: World) -> Scene:
    """A production system with a job that runs."""
    running = make_job("1", name="load orders", state=State.RUNNING, run_id="r1", last_result=None)
    scene = world.add_scene("alpha", running, make_job("2", name="marts"), keys='environment = "prod"')
    scene.script.runs["1"] = [make_run("r1", state=State.RUNNING)]
    return scene


def sent(scene: Scene) -> list[str]:
    return [call.name for call in scene.script.calls if call.name in CHANGES]


def confirmed(command: str) -> tuple[str, ...]:
    return ("--confirm", "load orders") if command == "delete" else ("--yes",)


@pytest.mark.parametrize("command", CHANGES)
def test_a_dry_run_sends_nothing_and_ends_well(world: World, scene: Scene, command: str) -> None:
    ended = world.run("--dry-run", command, "alpha/1", *confirmed(command), "-o", "json")
    assert ended.code == 0
    assert ended.json["status"] == "rehearsed"
    assert ended.json["message"].startswith(
        f"nothing was sent; it would have been: POST https://alpha.example.com/{command}/1"
    )
    assert ended.talk == ["this was a dry run: nothing was sent"]
    assert sent(scene) == []
    assert world.run("journal", "-o", "jsonl").out == ""


def test_it_asks_and_refuses_like_a_real_one(world: World, scene: Scene) -> None:
    assert world.run("trigger", "alpha/1", "--dry-run").code == 5
    assert world.run("delete", "alpha/1", "--dry-run", "--confirm", "load").code == 5
    assert world.run("trigger", "alpha/1", "--dry-run", "--yes", "--read-only").code == 5
    assert world.run("trigger", "alpha/9", "--dry-run", "--yes").code == 4
    assert sent(scene) == []


def test_there_is_nothing_to_wait_for(world: World, scene: Scene) -> None:
    assert world.run("trigger", "alpha/2", "--yes", "--wait", "--dry-run").code == 0
    assert world.run("stop", "alpha/1", "--yes", "--wait", "--dry-run").code == 0
    assert sent(scene) == []


def test_a_sequence_is_told_whole(world: World, scene: Scene) -> None:
    ended = world.run("sequence", "alpha/2", "alpha/1", "--yes", "--dry-run", "-o", "json")
    assert ended.code == 0
    assert [step["status"] for step in ended.json] == ["rehearsed", "rehearsed"]
    assert ended.talk == ["all 2 jobs rehearsed, none sent", "this was a dry run: nothing was sent"]
    assert sent(scene) == []


@pytest.mark.parametrize("value", ["true", '"no"', "1"])
def test_the_config_makes_every_run_a_dry_one(world: World, scene: Scene, value: str) -> None:
    world.add_config(f"[ui]\ndry_run = {value}")
    ended = world.run("trigger", "alpha/2", "--yes", "-o", "json")
    assert (ended.code, ended.json["status"], sent(scene)) == (0, "rehearsed", [])


def test_local_commands_do_not_start(world: World, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    world.add_local(touch=f"touch {mark}")
    assert world.run("trigger", "touch", "--dry-run").code == 0
    assert not mark.exists()
    shown = world.run("trigger", "touch", "--show-call")
    assert (shown.code, shown.talk) == (0, ["nothing was sent"])
    assert not mark.exists()
    subprocess.run(("/bin/sh", "-c", shown.out), check=True)
    assert mark.exists()
    assert world.run("trigger", "touch", "--wait").code == 0


@pytest.mark.parametrize("command", CHANGES)
def test_the_call_is_printed_and_not_sent(world: World, scene: Scene, command: str) -> None:
    ended = world.run(command, "alpha/1", "--show-call")
    assert ended.code == 0
    assert ended.out.startswith(f"curl https://alpha.example.com/{command}/1 \\\n")
    assert ended.talk == ["nothing was sent"]
    assert sent(scene) == []
    assert world.run("journal", "-o", "jsonl").out == ""


def test_the_calls_of_a_sequence_are_printed_in_order(world: World, scene: Scene) -> None:
    ended = world.run("sequence", "alpha/2", "alpha/1", "--show-call")
    urls = [line.split()[1] for line in ended.out.splitlines() if line.startswith("curl ")]
    assert urls == [f"https://alpha.example.com/trigger/{number}" for number in (2, 1)]
    assert (ended.code, sent(scene)) == (0, [])


def test_who_may_only_read_may_see_the_call(world: World, scene: Scene) -> None:
    assert world.run("stop", "alpha/1", "--show-call", "--read-only").code == 0
    assert sent(scene) == []


def test_what_can_not_be_done_has_no_call(world: World, scene: Scene) -> None:
    scene.script.reasons[ActionKind.STOP] = "it is not running"
    ended = world.run("stop", "alpha/1", "--show-call")
    assert (ended.code, ended.out, ended.talk) == (5, "", ["it is not running"])
