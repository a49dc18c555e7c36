"""The stand-in of Airflow, asked by plain requests as the project's own description shows them."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.support.clock import FakeClock
from tui.simulators.airflow import (
    ALWAYS,
    PASSWORD,
    USER,
    VIEWER,
    VIEWER_PASSWORD,
    AirflowSimulator,
    Behaviour,
    DagSpec,
    ParamSpec,
    TaskSpec,
)

BASE = "https://airflow.example.com"
GOOD = DagSpec("good", (TaskSpec("one", log=("all is well",)), TaskSpec("two", ("one",), mapped=2)))
BAD = DagSpec(
    "bad",
    (
        TaskSpec("first"),
        TaskSpec("work", ("first",), failures=ALWAYS, error="OSError: no listener", retries=1),
        TaskSpec("last", ("work",)),
    ),
)
LONG = DagSpec("long", (TaskSpec("stream", duration_s=1e6), TaskSpec("after", ("stream",))))
HOURLY = DagSpec("hourly", (TaskSpec("tick"),), every_s=3600, phase_s=600, summary="10 * * * *")
ALWAYS_ENDED_S = 30


class Caller:
    """Somebody who has logged in."""

    def __init__(self, *specs: DagSpec, user: str = USER, **behaviour: Any) -> None:
        self.clock = FakeClock()
        self.system = AirflowSimulator(self.clock, specs, behaviour=Behaviour(**behaviour))
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self.system), base_url=BASE)
        self.http.headers["authorization"] = f"Bearer {self.system.tokens.give(user)}"

    async def ask(self, method: str, path: str, body: Any = None, code: int = 200) -> Any:
        answer = await self.http.request(method, f"/api/v2/{path}", json=body)
        assert answer.status_code == code, answer.text
        return answer.json()

    async def get(self, path: str, code: int = 200) -> Any:
        return await self.ask("GET", path, code=code)

    async def trigger(self, dag: str, run_id: str = "r1", **more: Any) -> Any:
        return await self.ask(
            "POST", f"dags/{dag}/dagRuns", {"logical_date": None, "dag_run_id": run_id, **more}
        )

    async def finish(self, dag: str, run_id: str = "r1") -> Any:
        await self.trigger(dag, run_id)
        await self.clock.advance(ALWAYS_ENDED_S)
        return await self.get(f"dags/{dag}/dagRuns/{run_id}")

    async def tasks(self, dag: str, run_id: str = "r1") -> dict[tuple[str, int], tuple[str | None, int]]:
        told = await self.get(f"dags/{dag}/dagRuns/{run_id}/taskInstances")
        return {
            (row["task_id"], row["map_index"]): (row["state"], row["try_number"])
            for row in told["task_instances"]
        }

    async def log(self, dag: str, task: str, number: int = 1, token: str = "") -> tuple[list[str], Any]:
        path = f"dags/{dag}/dagRuns/r1/taskInstances/{task}/logs/{number}"
        told = await self.get(f"{path}?token={token}" if token else path)
        return [line["event"] for line in told["content"]], told["continuation_token"]


async def test_a_token_is_worth_a_day() -> None:
    system = AirflowSimulator(clock := FakeClock(), [GOOD])
    async with httpx.AsyncClient(transport=httpx.MockTransport(system), base_url=BASE) as http:
        wrong = await http.post("/auth/token", json={"username": USER, "password": "?"})
        assert (wrong.status_code, wrong.json()) == (401, {"detail": "Invalid credentials"})
        given = await http.post("/auth/token", json={"username": USER, "password": PASSWORD})
        assert given.status_code == 201
        token = given.json()["access_token"]
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        assert (claims["sub"], claims["exp"] - claims["iat"]) == (USER, 86_400)

        async def ask(header: str) -> tuple[int, str]:
            answer = await http.get("/api/v2/dags", headers={"authorization": header} if header else {})
            return answer.status_code, answer.json().get("detail", "")

        assert await ask(f"Bearer {token}") == (200, "")
        assert await ask("") == (401, "Not authenticated")
        assert await ask("Bearer rubbish") == (403, "Invalid JWT token")
        await clock.advance(timedelta(hours=24).total_seconds())
        assert await ask(f"Bearer {token}") == (401, "Token Expired")
        system.change(refuses_old_keys=True)
        assert await ask(f"Bearer {token}") == (403, "Invalid JWT token")
        assert (await http.get("/api/v2/monitor/health")).json()["scheduler"]["status"] == "healthy"


async def test_a_viewer_changes_nothing() -> None:
    viewer = Caller(LONG, user=VIEWER)
    assert viewer.system.tokens.log_in(VIEWER, VIEWER_PASSWORD)
    for method, path in (
        ("POST", "dags/long/dagRuns"),
        ("PATCH", "dags/long"),
        ("PATCH", "dags/long/dagRuns/x"),
        ("POST", "dags/long/dagRuns/x/clear"),
    ):
        assert await viewer.ask(method, path, {}, 403) == {"detail": "Forbidden"}
    assert not viewer.system.audit.entries
    assert (await viewer.ask("POST", "dags/~/dagRuns/list", {}))["total_entries"] == 0


async def test_lists_over_get_are_cut_in_silence_and_those_with_a_body_are_not() -> None:
    caller = Caller(*(DagSpec(f"dag_{number:03}", max_active_runs=1) for number in range(250)))
    told = await caller.get("dags?limit=5000")
    assert (len(told["dags"]), told["total_entries"]) == (100, 250)
    assert len((await caller.get("dags"))["dags"]) == 50
    rest = await caller.get("dags?limit=100&offset=200")
    assert [row["dag_id"] for row in rest["dags"]][-1] == "dag_249"
    for number in range(120):
        await caller.trigger(f"dag_{number:03}")
    assert len((await caller.get("dags/~/dagRuns?limit=500"))["dag_runs"]) == 100
    whole = await caller.ask("POST", "dags/~/dagRuns/list", {"page_limit": 500, "order_by": "-run_after"})
    assert (len(whole["dag_runs"]), whole["total_entries"]) == (120, 120)
    some = {"dag_ids": ["dag_001", "dag_002"], "states": ["queued"], "page_offset": 1}
    assert [row["dag_id"] for row in (await caller.ask("POST", "dags/~/dagRuns/list", some))["dag_runs"]] == [
        "dag_002"
    ]
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await caller.get(f"dags/~/dagRuns?cursor={cursor}&limit=50&order_by=-dag_id")
        found += [row["dag_id"] for row in page["dag_runs"]]
        cursor = page["next_cursor"]
    assert found == [f"dag_{number:03}" for number in range(119, -1, -1)]
    assert "disallowed" in (await caller.get("dags/~/dagRuns?order_by=colour", 400))["detail"]
    assert (await caller.ask("POST", "dags/~/dagRuns/list", {"limit": 3}, 422))["detail"][0]["loc"] == [
        "body",
        "limit",
    ]


@pytest.mark.parametrize("nulls_first", [False, True])
async def test_what_has_not_begun_is_at_one_end(nulls_first: bool) -> None:
    caller = Caller(GOOD, LONG, nulls_first=nulls_first)
    await caller.finish("good")
    await caller.trigger("long")
    told = await caller.get("dags/~/dagRuns?order_by=-start_date")
    dags = [row["dag_id"] for row in told["dag_runs"]]
    assert dags == (["long", "good"] if nulls_first else ["good", "long"])


async def test_a_run_goes_from_task_to_task() -> None:
    caller = Caller(GOOD)
    made = await caller.trigger("good", conf={"day": 1}, note="by hand")
    assert (made["state"], made["start_date"], made["conf"], made["note"]) == (
        "queued",
        None,
        {"day": 1},
        "by hand",
    )
    assert await caller.tasks("good") == {
        ("one", -1): (None, 0),
        ("two", 0): (None, 0),
        ("two", 1): (None, 0),
    }
    await caller.clock.advance(1.7)
    assert (await caller.tasks("good"))["one", -1] == ("running", 1)
    await caller.clock.advance(ALWAYS_ENDED_S)
    ended = await caller.get("dags/good/dagRuns/r1")
    assert ended["state"] == "success"
    assert ended["duration"] == pytest.approx(2.8)
    assert (await caller.tasks("good"))["two", 1] == ("success", 1)
    assert "map_index" in (await caller.get("dags/good/dagRuns/r1/taskInstances/two", 404))["detail"]
    assert (await caller.get("dags/good/dagRuns/r1/taskInstances/two/1"))["rendered_map_index"] == "1"


async def test_a_task_that_does_nothing_is_over_at_once_and_has_written_nothing() -> None:
    empty = TaskSpec("nothing", operator="EmptyOperator")
    caller = Caller(DagSpec("empty", (empty, TaskSpec("after", ("nothing",)))))
    await caller.trigger("empty")
    await caller.clock.advance(1)
    assert await caller.tasks("empty") == {("nothing", -1): ("success", 1), ("after", -1): ("scheduled", 1)}
    lines, token = await caller.log("empty", "nothing")
    assert "Hostname not available" in lines[1]
    assert (len(lines), token) == (3, None)


async def test_triggers_are_refused_in_words() -> None:
    param = ParamSpec("count", 3, {"type": "integer"})
    caller = Caller(DagSpec("p", params=(param,)), DagSpec("broken", has_import_errors=True))
    path = "dags/p/dagRuns"
    assert (await caller.ask("POST", path, {}, 422))["detail"][0]["loc"] == ["body", "logical_date"]
    extra = await caller.ask("POST", path, {"logical_date": None, "colour": 1}, 422)
    assert extra["detail"][0]["type"] == "extra_forbidden"
    for run_id, word in (("a b", "regex"), ("a..b", "traversal"), ("scheduled__x", "reserved")):
        told = await caller.ask("POST", path, {"logical_date": None, "dag_run_id": run_id}, 400)
        assert word in told["detail"]
    wrong = {"logical_date": None, "conf": {"count": "many"}}
    assert "Invalid input for param count" in (await caller.ask("POST", path, wrong, 400))["detail"]
    nobody = {"logical_date": None}
    assert "not found" in (await caller.ask("POST", "dags/none/dagRuns", nobody, 404))["detail"]
    assert "import errors" in (await caller.ask("POST", "dags/broken/dagRuns", nobody, 400))["detail"]
    await caller.trigger("p", "twice")
    again = {"logical_date": None, "dag_run_id": "twice"}
    assert (await caller.ask("POST", path, again, 409))["detail"]["reason"] == "Unique constraint violation"
    assert (await caller.get(path))["total_entries"] == caller.system.runs_started["p"] == 1
    assert (await caller.get("dags/p/details"))["params"]["count"]["value"] == 3


async def test_a_failure_is_tried_again_and_stops_what_follows() -> None:
    caller = Caller(BAD)
    await caller.trigger("bad")
    await caller.clock.advance(4)
    assert (await caller.tasks("bad"))["work", -1] == ("up_for_retry", 1)
    await caller.clock.advance(ALWAYS_ENDED_S)
    assert (await caller.get("dags/bad/dagRuns/r1"))["state"] == "failed"
    assert await caller.tasks("bad") == {
        ("first", -1): ("success", 1),
        ("work", -1): ("failed", 2),
        ("last", -1): ("upstream_failed", 0),
    }
    tries = await caller.get("dags/bad/dagRuns/r1/taskInstances/work/tries")
    assert [row["try_number"] for row in tries["task_instances"]] == [1, 2]
    lines, token = await caller.log("bad", "work", 2)
    assert "Task failed with exception" in lines
    assert token is None
    assert (await caller.get("dags/bad/dagRuns/r1/taskInstances/work/logs/3", 404)) == {
        "detail": "TaskInstance not found"
    }


async def test_clearing_asks_first_and_counts_on() -> None:
    caller = Caller(BAD)
    before = await caller.finish("bad")
    asked = await caller.ask("POST", "dags/bad/dagRuns/r1/clear", {"only_failed": True})
    assert {row["task_id"] for row in asked["task_instances"]} == {"work", "last"}
    assert await caller.get("dags/bad/dagRuns/r1") == before
    body = {"dry_run": False, "only_failed": True}
    cleared = await caller.ask("POST", "dags/bad/dagRuns/r1/clear", body)
    assert (cleared["state"], cleared["start_date"], cleared["end_date"]) == ("queued", None, None)
    caller.system.set_failures("bad", "work", 2)
    await caller.clock.advance(ALWAYS_ENDED_S)
    # What failed counts on, and does what the DAG's file says now.
    assert (await caller.get("dags/bad/dagRuns/r1"))["state"] == "success"
    assert (await caller.tasks("bad"))["first", -1] == ("success", 1)
    assert (await caller.tasks("bad"))["work", -1] == ("success", 3)
    assert "Task failed with exception" in (await caller.log("bad", "work", 2))[0]
    assert "Task failed with exception" not in (await caller.log("bad", "work", 3))[0]
    assert [entry.event for entry in caller.system.audit.entries].count("clear_dag_run") == 1
    good = Caller(GOOD)
    untouched = await good.finish("good")
    assert await good.ask("POST", "dags/good/dagRuns/r1/clear", body) == untouched
    assert good.system.runs_started["good"] == 1


async def test_a_stop_is_a_failure_and_its_process_writes_on_for_a_while() -> None:
    caller = Caller(LONG)
    await caller.trigger("long")
    await caller.clock.advance(12)
    lines, token = await caller.log("long", "stream")
    assert lines[0] == "::group::Log message source details"
    assert (await caller.log("long", "stream", token=token))[0] == []
    await caller.clock.advance(5)
    assert (await caller.log("long", "stream", token=token))[0] == ["working for 15 s"]
    await caller.get(f"dags/long/dagRuns/r1/taskInstances/stream/logs/1?token={token}x", 400)
    stopped = await caller.ask("PATCH", "dags/long/dagRuns/r1", {"state": "failed"})
    assert stopped["state"] == "failed"
    assert await caller.tasks("long") == {("stream", -1): ("failed", 1), ("after", -1): ("skipped", 0)}
    # Nobody is told that more comes.
    assert (await caller.log("long", "stream", token=token))[1] is None
    await caller.clock.advance(5)
    assert (await caller.log("long", "stream"))[0][-1] == "Task killed!"
    (entry,) = (await caller.get("eventLogs?included_events=patch_dag_run&order_by=-when"))["event_logs"]
    assert (entry["run_id"], entry["owner"], json.loads(entry["extra"])["state"]) == ("r1", USER, "failed")
    assert "Task was skipped" in (await caller.log("long", "after", 0))[0][-1]


async def test_a_dag_on_hold_begins_nothing() -> None:
    caller = Caller(HOURLY, GOOD)
    assert (await caller.ask("PATCH", "dags/good", {"is_paused": True}))["is_paused"] is True
    await caller.trigger("good")
    await caller.clock.advance(3 * 3600)
    assert (await caller.get("dags/good/dagRuns/r1"))["state"] == "queued"
    told = await caller.get("dags/hourly/dagRuns?order_by=-run_after")
    assert told["total_entries"] == 4
    assert told["dag_runs"][0]["run_type"] == "scheduled"
    due = (await caller.get("dags/hourly"))["next_dagrun_run_after"]
    assert due == "2026-11-21T17:10:00Z"
    await caller.ask("PATCH", "dags/good", {"is_paused": False})
    await caller.clock.advance(ALWAYS_ENDED_S)
    assert (await caller.get("dags/good/dagRuns/r1"))["state"] == "success"
    await caller.ask("PATCH", "dags/none", {"is_paused": False}, 404)
    await caller.ask("PATCH", "dags/hourly", {"is_paused": True})
    await caller.clock.advance(3 * 3600)
    assert (await caller.get("dags/hourly"))["next_dagrun_run_after"] == due
    await caller.ask("PATCH", "dags/hourly", {"is_paused": False})
    await caller.clock.advance(ALWAYS_ENDED_S)
    # The one that was missed last is made up for.
    told = await caller.get("dags/hourly/dagRuns?order_by=-run_after")
    assert (told["total_entries"], told["dag_runs"][0]["run_after"]) == (5, "2026-11-21T19:10:00Z")


async def test_what_is_cleared_while_it_runs_is_ended_first() -> None:
    caller = Caller(LONG)
    await caller.trigger("long")
    await caller.clock.advance(5)
    cleared = await caller.ask("POST", "dags/long/dagRuns/r1/clear", {"dry_run": False})
    assert cleared["state"] == "running"
    assert (await caller.tasks("long"))["stream", -1] == ("restarting", 1)
    await caller.clock.advance(12)
    assert (await caller.tasks("long"))["stream", -1] == ("running", 2)
    tries = await caller.get("dags/long/dagRuns/r1/taskInstances/stream/tries")
    assert [row["state"] for row in tries["task_instances"]] == ["failed", "running"]


async def test_an_airflow_2_has_another_face() -> None:
    old = Caller(GOOD, is_airflow_2=True)
    assert (await old.http.get("/api/v1/version")).json()["version"].startswith("2.")
    refused = await old.http.get("/api/v1/dags")
    assert (refused.status_code, refused.json()["title"]) == (401, "Unauthorized")
    for path in ("/api/v2/version", "/auth/token"):
        answer = await old.http.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    new = Caller(GOOD)
    assert "removed in Airflow 3" in (await new.http.get("/api/v1/dags")).json()["error"]
    assert (await new.http.get("/api/v2/nothing")).json() == {"error": "API route not found"}


async def test_a_made_up_platform_has_a_past() -> None:
    clock = FakeClock()
    system = AirflowSimulator.preload(clock, 60)
    async with httpx.AsyncClient(transport=httpx.MockTransport(system), base_url=BASE) as http:
        http.headers["authorization"] = f"Bearer {system.tokens.give(USER)}"
        told = (await http.get("/api/v2/dags/~/dagRuns?limit=100&order_by=-start_date")).json()
        states = {row["state"] for row in told["dag_runs"]}
        assert {"success", "failed"} <= states
        dags = (await http.get("/api/v2/dags?limit=100")).json()["dags"]
        assert len(dags) == 60
        assert any(row["is_paused"] for row in dags)
