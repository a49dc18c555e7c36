from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import World, environment
from tests.support.scripted import make_job, make_run
from tui.core.errors import Unreachable


@pytest.fixture
def two(world: World) -> World:
    """Two systems that share a name, an id and nothing else."""
    world.add_scene("alpha", make_job("1", name="load orders"), make_job("2", name="nightly"))
    world.add_scene("beta", make_job("1", name="nightly"), make_job("x/y", name="with/slash"))
    return world


@pytest.mark.parametrize(
    ("job", "key"),
    [
        ("alpha/1", ("alpha", "1")),
        ("beta/1", ("beta", "1")),
        ("alpha/nightly", ("alpha", "2")),
        ("beta/nightly", ("beta", "1")),
        ("load orders", ("alpha", "1")),
        ("2", ("alpha", "2")),
        ("beta/x/y", ("beta", "x/y")),
        ("beta/with/slash", ("beta", "x/y")),
        ("with/slash", ("beta", "x/y")),
    ],
)
def test_a_job_is_meant_by_id_or_name(two: World, job: str, key: tuple[str, str]) -> None:
    ended = two.run("show", job, "-o", "json")
    assert (ended.code, ended.err) == (0, "")
    assert (ended.json["connection"], ended.json["id"]) == key


def test_an_id_wins_over_a_name(world: World) -> None:
    world.add_scene("alpha", make_job("1", name="2"), make_job("2", name="other"))
    assert world.run("show", "alpha/2", "-o", "json").json["name"] == "other"


@pytest.mark.parametrize("job", ["nightly", "1"])
def test_a_name_of_several_jobs_is_refused_with_what_to_say(two: World, job: str) -> None:
    ended = two.run("show", job)
    assert (ended.code, ended.out) == (2, "")
    (line,) = ended.talk
    assert line.startswith(f"{job!r} means 2 jobs (say which: alpha/")
    assert "beta/1" in line


@pytest.mark.parametrize(
    ("job", "near"),
    [("load_orders", "load orders"), ("order", "alpha/load orders"), ("alpha/nihgtly", "alpha/nightly")],
)
def test_a_name_of_no_job_is_told_with_the_nearest(two: World, job: str, near: str) -> None:
    ended = two.run("show", job)
    assert (ended.code, ended.out) == (4, "")
    assert ended.talk[0].startswith(f"there is no job {job!r} (did you mean ")
    assert near in ended.talk[0]


def test_a_name_like_no_other_is_told_where_to_look(two: World) -> None:
    assert two.run("show", "zzz").talk == ["there is no job 'zzz' (`nightdeck jobs` lists them)"]


def test_only_the_system_that_is_named_is_asked(two: World) -> None:
    scenes = two.scenes
    assert two.run("show", "alpha/1").code == 0
    assert (scenes["alpha"].script.sweeps, scenes["beta"].script.sweeps) == (1, 0)
    assert scenes["beta"].script.opened == 0
    assert two.run("show", "load orders").code == 0
    assert (scenes["alpha"].script.sweeps, scenes["beta"].script.sweeps) == (2, 1)


def test_a_job_may_be_on_a_system_that_cannot_be_asked(two: World) -> None:
    two.scenes["beta"].script.always = Unreachable("connection refused")
    found = two.run("show", "load orders", "-o", "json")
    assert (found.code, found.json["id"]) == (0, "1")
    assert found.talk == ["beta: connection refused"]
    lost = two.run("show", "with/slash")
    assert (lost.code, lost.out) == (3, "")
    assert lost.talk[1].startswith("there may be a job 'with/slash', but beta could not be asked")
    assert two.run("show", "beta/1").code == 3


def test_a_job_of_a_connection_that_is_configured_wrongly_is_code_2(world: World) -> None:
    world.add_config('[connections.typo]\ntype = "lokal"')
    ended = world.run("show", "typo/x")
    assert (ended.code, ended.out) == (2, "")
    assert "config.toml:2" in ended.talk[0]


def test_a_remembered_job_of_a_failing_system_is_shown_as_stale_with_code_3(two: World) -> None:
    two.remember()
    two.scenes["beta"].script.always = Unreachable("connection refused")
    ended = two.run("show", "beta/1", "-o", "json")
    assert (ended.code, ended.json["name"], ended.json["stale"]) == (3, "nightly", True)


def test_a_run_that_is_not_there_is_code_4(two: World) -> None:
    two.scenes["alpha"].script.runs["1"] = [make_run("r1")]
    for command in ("show", "logs", "rerun", "stop"):
        ended = two.run(command, "alpha/1", "--run", "r9")
        assert (ended.code, ended.out) == (4, ""), command
        assert ended.talk == ["alpha/load orders has no run 'r9' (`nightdeck runs alpha/1` lists them)"]


def test_only_the_adapter_that_is_needed_is_imported(world: World) -> None:
    publish(world.folder, "made_up")
    world.add_local(a="true")
    world.add_config('[connections.far]\ntype = "made-up"')
    local = loaded_by(world, ("jobs", "--connection", "here", "-o", "json"), ("show", "here/a"))
    assert "tui.adapters.local" in local
    assert not local & {"made_up", "textual", "rich", "httpx"}
    far = loaded_by(world, ("show", "far/1"), ("jobs", "--connection", "far"))
    assert "made_up" in far
    assert not far & {"tui.adapters.local", "textual", "rich", "httpx"}


def test_local_jobs_need_neither_screen_nor_network(world: World) -> None:
    world.add_local(a="true")
    words = [("jobs", "-o", "json"), ("trigger", "a", "--wait"), ("logs", "a"), ("wait", "a")]
    assert not loaded_by(world, *words, ("journal",)) & {"textual", "rich", "httpx"}


def test_telling_where_the_config_is_loads_next_to_nothing(world: World) -> None:
    heavy = {"textual", "rich", "httpx", "pydantic", "sqlite3"}
    assert not loaded_by(world, ("config", "path"), ("config", "init")) & heavy


def publish(folder: Path, module: str) -> None:
    """Put a package with an adapter where the next process finds it."""
    code = """
        from tests.support.scripted import ScriptedAdapter, Script
        from tui.core.clock import SystemClock
        class ADAPTER(ScriptedAdapter):
            title = "Made up"
            def __init__(self, connection, settings, context):
                super().__init__(connection, Script(SystemClock()))
    """
    lines = [line.removeprefix(" " * 8) for line in code.splitlines()]
    (folder / f"{module}.py").write_text("\n".join(lines), encoding="utf-8")
    described = folder / f"{module}-1.0.dist-info"
    described.mkdir()
    about = f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n"
    (described / "METADATA").write_text(about, encoding="utf-8")
    entry = f"[nightdeck.adapters]\nmade-up = {module}\n"
    (described / "entry_points.txt").write_text(entry, encoding="utf-8")


def loaded_by(world: World, *lines: tuple[str, ...]) -> set[str]:
    """The modules that command lines load, run one after the other in one process."""
    program = (
        "import json, sys\nfrom tui.cli import main\n"
        "for words in json.loads(sys.argv[1]):\n    main(words)\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    path = f"{environment()['PYTHONPATH']}:{world.folder}"
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(lines)],
        capture_output=True,
        text=True,
        check=True,
        env=environment(PYTHONPATH=path),
    )
    return set(json.loads(done.stderr.splitlines()[-1]))
