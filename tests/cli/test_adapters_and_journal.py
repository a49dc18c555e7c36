from __future__ import annotations

import sys
from datetime import datetime
from types import ModuleType

import pytest

from tests.support.cli import World
from tests.support.scripted import make_job
from tui.registry import adapter_names


def test_every_adapter_tells_what_it_can_do(world: World) -> None:
    ended = world.run("adapters", "-o", "json")
    assert (ended.code, ended.err) == (0, "")
    assert [record["type"] for record in ended.json] == list(adapter_names())
    by_type = {record["type"]: record for record in ended.json}
    assert by_type["local"] == {
        "type": "local",
        "title": "Local commands",
        "can": ["logs", "trigger", "stop", "rerun", "raw"],
        "refresh_s": 1.0,
    }
    assert by_type["scripted"]["can"] == [
        "logs",
        "tasks",
        "trigger",
        "stop",
        "rerun",
        "hold",
        "delete",
        "web",
        "raw",
    ]
    assert by_type["listing"]["can"] == []


def test_adapters_in_every_format(world: World) -> None:
    names = list(adapter_names())
    rows = world.run("adapters", "-o", "csv").csv
    assert [row["type"] for row in rows] == names
    assert list(rows[0]) == ["type", "title", "can", "refresh_s"]
    assert [line["type"] for line in world.run("adapters", "-o", "jsonl").jsonl] == names
    table = world.run("adapters").out.splitlines()
    assert table[0].split() == ["TYPE", "SYSTEM", "CAN", "REFRESH"]
    assert [line.split()[0] for line in table[1:]] == names


def test_an_adapter_that_is_broken_costs_only_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tests.support.cli", ModuleType("empty"))
    ended = world.run("adapters", "-o", "jsonl")
    assert ended.code == 2
    assert "local" in [record["type"] for record in ended.jsonl]
    assert [line.split("'")[1] for line in ended.talk] == ["checking", "listing", "scripted"]


JOURNAL_KEYS = [
    *("request_id", "at", "user", "host", "pid", "connection", "job_id", "job_name", "action", "params"),
    *("run_id", "status", "message", "before_state", "after_state"),
]


@pytest.fixture
def written(world: World) -> World:
    """A world in which something was done."""
    world.add_local(a="true", b="true")
    assert world.run("trigger", "a", "--wait").code == 0
    return world


def test_the_journal_tells_each_step_with_the_documented_keys(written: World) -> None:
    ended = written.run("journal", "-o", "json")
    assert (ended.code, ended.err) == (0, "")
    assert [entry["status"] for entry in ended.json][:2] == ["sent", "accepted"]
    assert all(list(entry) == JOURNAL_KEYS for entry in ended.json)
    sent, accepted = ended.json[:2]
    assert (sent["action"], sent["job_name"], sent["before_state"]) == ("trigger", "a", "never_run")
    assert sent["run_id"] is None
    assert accepted["run_id"]
    assert sent["request_id"] == accepted["request_id"]
    assert datetime.fromisoformat(sent["at"]).utcoffset() is not None
    assert sent["at"].endswith("+00:00")


def test_the_journal_in_every_format(written: World) -> None:
    count = len(written.run("journal", "-o", "json").json)
    rows = written.run("journal", "-o", "csv").csv
    assert list(rows[0]) == JOURNAL_KEYS
    assert len(rows) == len(written.run("journal", "-o", "jsonl").jsonl) == count
    table = written.run("journal").out.splitlines()
    titles = ["AT", "WHO", "ACTION", "JOB", "STATUS", "RUN", "MESSAGE", "BEFORE", "AFTER", "REQUEST"]
    assert table[0].split() == titles
    assert "here/a" in table[1]


def test_the_journal_needs_no_config(written: World) -> None:
    written.config.write_text("[broken", encoding="utf-8")
    assert written.run("journal", "-o", "json").json


def test_the_journal_of_some_connections(written: World) -> None:
    assert written.run("journal", "--connection", "here", "-o", "json").json
    assert written.run("journal", "--connection", "gone", "-o", "json").json == []


def test_the_journal_of_a_span(world: World) -> None:
    world.add_scene("alpha", make_job("1"))
    assert world.run("trigger", "alpha/1").code == 0
    assert world.run("journal", "--since", "9000w", "-o", "json").json
    assert world.run("journal", "--since", "99999999999w", "-o", "json").json


@pytest.mark.parametrize("span", ["yesterday", "", "24", "-1h"])
def test_a_span_that_is_none_is_code_2(world: World, span: str) -> None:
    ended = world.run("journal", f"--since={span}")
    assert (ended.code, ended.out) == (2, "")
    assert "--since" in ended.err


def test_without_a_journal_there_is_nothing_to_tell_and_nothing_is_made(world: World) -> None:
    ended = world.run("journal", "-o", "json")
    assert ended.json == []
    assert ended.talk == [f"there is no journal yet: nothing was sent, as far as {world.state.name} tells"]
    assert not world.state.exists()


def test_a_journal_that_cannot_be_read_is_one_line(written: World) -> None:
    history = written.state / "history.db"
    history.unlink()
    history.mkdir()
    ended = written.run("journal")
    assert (ended.code, ended.out, len(ended.talk)) == (2, "", 1)
