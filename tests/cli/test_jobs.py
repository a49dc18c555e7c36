from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.cli import World
from tests.support.clock import START
from tests.support.scripted import make_job, make_run
from tui.core.errors import ServerFailed, Unauthorized, Unreachable
from tui.core.state import State

JOB_KEYS = [
    *("connection", "type", "id", "name", "kind", "path", "state", "substate", "native_state"),
    *("last_result", "run_id", "started_at", "ended_at", "duration_s", "next_run_at", "progress"),
    *("exit_code", "message", "url", "observed_at", "stale"),
]

FULL = make_job(
    "7",
    name="load orders",
    kind="task",
    path="DWH/daily",
    state=State.SCHEDULED,
    substate="waiting",
    native_state="READY_TO_RUN",
    last_result=State.FAILED,
    run_id="r-9",
    started_at=START - timedelta(minutes=12),
    ended_at=START - timedelta(minutes=2),
    duration_s=600.5,
    next_run_at=START + timedelta(hours=1),
    progress=0.25,
    exit_code=3,
    message="ORA-12541: TNS:no listener",
    url="https://jobs.example.com/7",
)


def test_a_job_in_json_has_the_documented_keys_in_their_order(world: World) -> None:
    world.add_scene("alpha", FULL)
    ended = world.run("jobs", "-o", "json")
    assert (ended.code, ended.err) == (0, "")
    (record,) = ended.json
    assert list(record) == JOB_KEYS
    observed_at = record.pop("observed_at")
    assert datetime.fromisoformat(observed_at).utcoffset() == timedelta(0)
    assert record == {
        "connection": "alpha",
        "type": "scripted",
        "id": "7",
        "name": "load orders",
        "kind": "task",
        "path": "DWH/daily",
        "state": "scheduled",
        "substate": "waiting",
        "native_state": "READY_TO_RUN",
        "last_result": "failed",
        "run_id": "r-9",
        "started_at": "2026-11-21T13:48:00+00:00",
        "ended_at": "2026-11-21T13:58:00+00:00",
        "duration_s": 600.5,
        "next_run_at": "2026-11-21T15:00:00+00:00",
        "progress": 0.25,
        "exit_code": 3,
        "message": "ORA-12541: TNS:no listener",
        "url": "https://jobs.example.com/7",
        "stale": False,
    }


def test_what_is_absent_is_null(world: World) -> None:
    world.add_scene("alpha", make_job("7", state=State.NEVER_RUN, last_result=None))
    (record,) = world.run("jobs", "-o", "json").json
    absent = {key for key, value in record.items() if value is None}
    present = {"connection", "type", "id", "name", "state", "observed_at", "stale"}
    assert absent == set(JOB_KEYS) - present
    assert record["state"] == "never_run"


def test_every_format_tells_the_same_jobs(world: World) -> None:
    world.add_scene("alpha", FULL, make_job("8", state=State.SUCCEEDED))
    from_json = world.run("jobs", "-o", "json").json
    from_lines = world.run("jobs", "--output", "jsonl").jsonl
    from_csv = world.run("jobs", "-o", "csv").csv
    table = world.run("jobs").out.splitlines()
    assert [r["id"] for r in from_json] == [r["id"] for r in from_lines] == [r["id"] for r in from_csv]
    assert [list(record) for record in (*from_lines, *from_csv)] == [JOB_KEYS] * 4
    assert from_csv[1]["stale"] == "false"
    assert from_csv[1]["message"] == ""
    assert table[0].split() == ["CONNECTION", "ID", "JOB", "STATE", "STARTED", "DURATION", "MESSAGE"]
    assert "scheduled (waiting), last failed" in table[1]
    assert "load orders" in table[1]
    assert "10m00s" in table[1] or "10m01s" in table[1]
    assert len(table) == 3


def test_no_jobs_are_an_empty_list_in_every_format(world: World) -> None:
    world.add_local()
    assert world.run("jobs", "-o", "json").json == []
    assert world.run("jobs", "-o", "jsonl").out == ""
    assert world.run("jobs", "-o", "csv").out == ",".join(JOB_KEYS) + "\n"
    assert world.run("jobs").out.startswith("CONNECTION")


def test_a_query_and_an_order_choose_and_sort(world: World) -> None:
    failed = {"state": State.FAILED, "last_result": State.FAILED}
    world.add_scene(
        "alpha",
        make_job("1", name="b", ended_at=START, **failed),
        make_job("2", name="a", ended_at=START - timedelta(hours=1), **failed),
        make_job("3", name="c"),
    )
    assert [job["name"] for job in world.run("jobs", "state:failed", "-o", "jsonl").jsonl] == ["a", "b"]
    assert [job["name"] for job in world.run("jobs", "--sort", "-name", "-o", "jsonl").jsonl] == [
        "c",
        "b",
        "a",
    ]
    words = ("jobs", "state:failed", "-o", "jsonl", "not name~c", "--sort=-ended")
    assert [job["name"] for job in world.run(*words).jsonl] == ["b", "a"]


def test_a_query_points_at_its_wrong_word(world: World) -> None:
    world.add_local(a="true")
    ended = world.run("jobs", "state:failed sate:failed")
    assert (ended.code, ended.out) == (2, "")
    assert ended.talk[0].startswith("there is no field 'sate'")
    assert ended.talk[1:] == ["  state:failed sate:failed", "               ^^^^"]


def test_a_wrong_column_is_a_usage_error(world: World) -> None:
    ended = world.run("jobs", "--sort", "nam")
    assert ended.code == 2
    assert "'nam'" in ended.err


def test_a_duration_is_held_against_what_is_usual(world: World) -> None:
    slow = make_job("1", run_id="r9", duration_s=100.0, started_at=START, ended_at=START)
    scene = world.add_scene("alpha", slow, make_job("2", duration_s=10.0))
    past = START - timedelta(days=1)
    scene.script.runs["1"] = [
        make_run(f"r{n}", duration_s=10.0, started_at=past + timedelta(hours=n), ended_at=past)
        for n in range(4)
    ]
    assert world.run("runs", "alpha/1").code == 0
    assert [job["id"] for job in world.run("jobs", "dur>2x", "-o", "jsonl").jsonl] == ["1"]


def test_one_failing_system_costs_the_others_nothing(world: World) -> None:
    world.add_scene("good", make_job("1"))
    world.add_scene("bad").script.always = Unreachable("connection refused", hint="is the server up?")
    ended = world.run("jobs", "-o", "jsonl")
    assert ended.code == 3
    assert [(job["connection"], job["stale"]) for job in ended.jsonl] == [("good", False)]
    assert ended.talk == ["bad: connection refused (is the server up?)"]


@pytest.mark.parametrize("error", [Unauthorized("401"), ServerFailed("503"), Unreachable("no route")])
def test_every_way_in_which_a_system_fails_is_code_3(world: World, error: Exception) -> None:
    world.add_scene("bad").script.always = error
    assert world.run("jobs").code == 3


def test_a_mistake_in_an_adapter_is_one_line(world: World) -> None:
    world.add_scene("good", make_job("1"))
    world.add_scene("bad").script.always = KeyError("status")
    ended = world.run("jobs", "-o", "json")
    assert (ended.code, len(ended.json), len(ended.talk)) == (3, 1, 1)
    assert ended.talk[0].startswith("bad: KeyError: 'status'")


def test_remembered_jobs_of_a_failing_system_are_printed_as_stale(world: World) -> None:
    scene = world.add_scene("alpha", make_job("1", message="as it was"))
    world.remember()
    scene.script.always = Unreachable("connection refused")
    ended = world.run("jobs", "-o", "json")
    assert ended.code == 3
    assert [(job["message"], job["stale"]) for job in ended.json] == [("as it was", True)]
    assert "succeeded, stale" in world.run("jobs").out


def test_what_a_failing_sweep_still_told_is_newer_than_what_is_remembered(world: World) -> None:
    scene = world.add_scene("alpha", *(make_job(str(n), message="old") for n in range(4)))
    world.remember()
    script = scene.script
    for job_id in script.jobs:
        script.change(job_id, message="new")
    script.page_size, script.good_pages, script.always = 2, 1, ServerFailed("503")
    ended = world.run("jobs", "-o", "json", "--sort", "id")
    assert [job["message"] for job in ended.json] == ["new", "new", "old", "old"]
    assert all(job["stale"] for job in ended.json)


def test_a_broken_connection_is_one_line_with_its_place_and_code_2(world: World) -> None:
    world.add_local("here", a="true")
    world.add_config('[connections.broken]\ntype = "local"\ncolour = "red"')
    world.add_config('[connections.typo]\ntype = "lokal"')
    ended = world.run("jobs", "-o", "jsonl")
    assert ended.code == 2
    assert [job["connection"] for job in ended.jsonl] == ["here"]
    assert sorted(line.split(" (")[0] for line in ended.talk) == [
        "broken: config.toml:10: [connections.broken] unknown key 'colour'",
        "typo: config.toml:12: [connections.typo] unknown type 'lokal', did you mean 'local'?",
    ]


def test_a_system_that_is_down_comes_before_a_config_that_is_wrong(world: World) -> None:
    world.add_scene("bad").script.always = Unreachable("connection refused")
    world.add_config('[connections.typo]\ntype = "lokal"')
    assert world.run("jobs").code == 3


def test_what_is_wrong_elsewhere_in_the_config_is_told_and_costs_nothing(world: World) -> None:
    world.add_config('[ui]\nthem = "nightdeck-dark"')
    world.add_local(a="true")
    ended = world.run("jobs", "-o", "jsonl")
    assert (ended.code, len(ended.jsonl)) == (0, 1)
    assert ended.talk == ["config.toml:2: [ui] unknown key 'them', did you mean 'theme'?"]


def test_only_the_connections_that_are_named_are_asked(world: World) -> None:
    world.add_scene("alpha", make_job("1"))
    other = world.add_scene("beta", make_job("1"))
    ended = world.run("jobs", "--connection", "alpha", "-o", "jsonl")
    assert [job["connection"] for job in ended.jsonl] == ["alpha"]
    assert other.script.sweeps == other.script.opened == 0
    both = world.run("--connection=alpha", "jobs", "--connection", "beta", "-o", "jsonl")
    assert len(both.jsonl) == 2


def test_a_connection_that_is_not_there_is_code_4(world: World) -> None:
    world.add_local("here")
    ended = world.run("jobs", "--connection", "hree")
    assert (ended.code, ended.out) == (4, "")
    assert "did you mean 'here'?" in ended.err


def test_names_of_jobs_cannot_reach_the_terminal(world: World) -> None:
    evil = "\x1b[31mred\x1b[0m\x1b]0;title\x07\u202eend\r\n\ttab"
    world.add_scene("alpha", make_job("1", name=evil, message=evil, path=evil))
    for output in ("table", "json", "jsonl", "csv"):
        text = world.run("jobs", "-o", output).out
        assert not set(text) & set("\x1b\x07\r\u202e"), output
        assert "\\u001b" not in text
    assert "redend tab" in world.run("jobs").out


def test_a_number_that_json_lacks_is_null(world: World) -> None:
    world.add_scene("alpha", make_job("1", progress=float("nan"), duration_s=float("inf")))
    ended = world.run("jobs", "-o", "json")
    (record,) = json.loads(ended.out, parse_constant=pytest.fail)
    assert record["progress"] is None
    assert record["duration_s"] is None


def test_now_is_the_clock_in_utc(world: World) -> None:
    world.add_local(a="true")
    (record,) = world.run("jobs", "-o", "json").json
    observed_at = datetime.fromisoformat(record["observed_at"])
    assert observed_at.tzinfo is not None
    assert observed_at.astimezone(UTC).isoformat() == record["observed_at"]


class TestWhereEachJobCostsACall:
    def test_all_of_them_are_asked_about(self, world: World) -> None:
        scene = world.add_scene("alpha", *(make_job(str(n)) for n in range(100)), type="checking")
        ended = world.run("jobs", "-o", "json")
        assert {job["state"] for job in ended.json} == {"succeeded"}
        assert (len(scene.script.called("get_job")), ended.err) == (100, "")

    def test_more_than_a_command_may_ask_about_are_told(self, world: World) -> None:
        world.add_scene("alpha", *(make_job(str(n)) for n in range(510)), type="checking")
        ended = world.run("jobs", "-o", "json")
        assert sum(job["state"] == "unknown" for job in ended.json) == 10
        assert ended.talk == ["alpha: 10 jobs were not asked for: each costs a call"]

    def test_one_job_costs_one_call(self, world: World) -> None:
        scene = world.add_scene("alpha", *(make_job(str(n)) for n in range(100)), type="checking")
        assert world.run("show", "alpha/77", "-o", "json").json["state"] == "succeeded"
        assert [args[0].id for args in scene.script.called("get_job")] == ["77"]
