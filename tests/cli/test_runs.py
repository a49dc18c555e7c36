from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.cli import World
from tests.support.clock import START
from tests.support.scripted import make_job, make_run
from tui.core.errors import Unreachable
from tui.core.state import State

RUN_KEYS = [
    *("connection", "job_id", "run_id", "attempt", "state", "substate", "native_state", "queued_at"),
    *("started_at", "ended_at", "duration_s", "exit_code", "message", "triggered_by", "params"),
]

FULL = make_run(
    "r9",
    attempt=2,
    state=State.FAILED,
    substate="timeout",
    native_state="KILLED",
    queued_at=START - timedelta(minutes=3),
    started_at=START - timedelta(minutes=2),
    ended_at=START,
    duration_s=120.0,
    exit_code=137,
    message="too slow",
    triggered_by="schedule",
    params={"REGION": "EU"},
)


@pytest.fixture
def alpha(world: World) -> World:
    newest: dict[str, Any] = {"run_id": "r9", "started_at": FULL.started_at, "ended_at": FULL.ended_at}
    scene = world.add_scene("alpha", make_job("1", state=State.FAILED, last_result=State.FAILED, **newest))
    before = [make_run(f"r{n}", started_at=START - timedelta(hours=9 - n)) for n in range(8, 0, -1)]
    scene.script.runs["1"] = [FULL, *before]
    return world


def test_a_run_in_json_has_the_documented_keys_in_their_order(alpha: World) -> None:
    ended = alpha.run("runs", "alpha/1", "-o", "json")
    assert (ended.code, ended.err) == (0, "")
    record = ended.json[0]
    assert list(record) == RUN_KEYS
    assert record == {
        "connection": "alpha",
        "job_id": "1",
        "run_id": "r9",
        "attempt": 2,
        "state": "failed",
        "substate": "timeout",
        "native_state": "KILLED",
        "queued_at": "2026-11-21T13:57:00+00:00",
        "started_at": "2026-11-21T13:58:00+00:00",
        "ended_at": "2026-11-21T14:00:00+00:00",
        "duration_s": 120.0,
        "exit_code": 137,
        "message": "too slow",
        "triggered_by": "schedule",
        "params": {"REGION": "EU"},
    }


def test_what_a_run_lacks_is_null(alpha: World) -> None:
    record = alpha.run("runs", "alpha/1", "-o", "json").json[1]
    assert {key for key, value in record.items() if value is None} == {
        *("substate", "native_state", "queued_at", "ended_at", "duration_s", "exit_code", "message"),
        "triggered_by",
    }
    assert record["params"] == {}


def test_every_format_tells_the_newest_runs_first(alpha: World) -> None:
    ids = [f"r{n}" for n in range(9, 0, -1)]
    assert [run["run_id"] for run in alpha.run("runs", "alpha/1", "-o", "jsonl").jsonl] == ids
    rows = alpha.run("runs", "alpha/1", "-o", "csv").csv
    assert [row["run_id"] for row in rows] == ids
    assert list(rows[0]) == RUN_KEYS
    assert rows[0]["params"] == '{"REGION": "EU"}'
    table = alpha.run("runs", "alpha/1").out.splitlines()
    assert table[0].split() == ["RUN", "TRY", "STATE", "STARTED", "DURATION", "EXIT", "BY", "MESSAGE"]
    assert [line.split()[0] for line in table[1:]] == ids
    assert table[1].split()[:4] == ["r9", "2", "failed", "(timeout)"]


def test_a_limit_is_obeyed(alpha: World) -> None:
    assert len(alpha.run("runs", "alpha/1", "--limit", "3", "-o", "jsonl").jsonl) == 3


def test_a_run_can_be_shown(alpha: World) -> None:
    ended = alpha.run("show", "alpha/1", "--run", "r9", "-o", "json")
    assert list(ended.json) == RUN_KEYS
    assert ended.json["exit_code"] == 137
    (row,) = alpha.run("show", "alpha/1", "--run", "r9", "-o", "csv").csv
    assert list(row) == RUN_KEYS
    lines = alpha.run("show", "alpha/1", "--run", "r9").out.splitlines()
    facts = dict(line.split(maxsplit=1) for line in lines)
    assert facts["message"] == "too slow"
    assert facts["params"] == '{"REGION": "EU"}'
    assert "job_id" in facts


def test_a_job_is_shown_as_a_list_of_its_facts(alpha: World) -> None:
    lines = alpha.run("show", "alpha/1").out.splitlines()
    facts = dict(line.split(maxsplit=1) for line in lines)
    assert facts["name"] == "job 1"
    assert facts["stale"] == "false"
    assert "message" not in facts


def test_history_stands_in_for_a_system_that_fails(alpha: World) -> None:
    script = alpha.scenes["alpha"].script
    script.runs["1"][0] = replace(FULL, key=FULL.key._replace(attempt=1))
    assert alpha.run("runs", "alpha/1").code == 0
    alpha.remember()
    script.always = script.read_error = Unreachable("connection refused")
    ended = alpha.run("runs", "alpha/1", "-o", "jsonl")
    assert ended.code == 3
    assert [run["run_id"] for run in ended.jsonl] == [f"r{n}" for n in range(9, 0, -1)]


def test_a_system_that_keeps_no_runs_has_an_empty_list(world: World) -> None:
    world.add_scene("alpha", make_job("1", last_result=None, state=State.NEVER_RUN), type="listing")
    ended = world.run("runs", "alpha/1", "-o", "json")
    assert (ended.code, ended.json) == (0, [])


def test_real_runs_have_times_in_utc_and_their_exit_code(world: World) -> None:
    world.add_local(fails="echo no; exit 3")
    assert world.run("trigger", "fails", "--wait").code == 1
    (run,) = world.run("runs", "here/fails", "-o", "json").json
    assert (run["state"], run["exit_code"], run["attempt"], run["message"]) == ("failed", 3, 1, "no")
    for key in ("queued_at", "started_at", "ended_at"):
        assert run[key].endswith("+00:00"), key
    assert run["queued_at"] <= run["started_at"] <= run["ended_at"]
