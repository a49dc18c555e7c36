"""The Airflow adapter over time: what sweeps cost, lost rights, stops, logs that grow, other servers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest

from tests.adapters.airflow_harness import AirflowHarness, key_of
from tui.adapters.airflow.causes import NO_TASK_FAILED
from tui.adapters.airflow.observation import BROKEN, WAITS_FOR_RELEASE
from tui.adapters.airflow.rights import FORGOTTEN_S
from tui.core.capabilities import HasLogs
from tui.core.errors import (
    ActionRefused,
    BadAnswer,
    ConfigError,
    Forbidden,
    NightdeckError,
    RunExists,
    ServerFailed,
    Unauthorized,
    Unreachable,
)
from tui.core.keys import RunKey
from tui.core.models import Action, ActionKind
from tui.core.state import State
from tui.simulators.airflow import ALWAYS, VIEWER, Behaviour, DagSpec, ParamSpec, TaskSpec

GOOD, BAD, LONG = key_of("load_customers"), key_of("load_orders"), key_of("stream_events")
IDLE = key_of("close_the_books")

MOST_LOOKS = 500
"""A log that needs more looks never ends."""


@pytest.fixture
async def harness() -> AsyncIterator[AirflowHarness]:
    """Four DAGs, in memory."""
    async with AirflowHarness() as airflow:
        yield airflow


def asked(harness: AirflowHarness, since: int) -> Counter[str]:
    """The paths that were asked for since so many requests."""
    return Counter(request.url.path.removeprefix("/api/v2/") for request in harness.requests[since:])


async def pass_time(harness: AirflowHarness, seconds: int) -> None:
    for _ in range(seconds):
        await harness.pass_time()


async def running(harness: AirflowHarness) -> RunKey:
    """A run of the lasting DAG that goes on."""
    run = await harness.start(LONG)
    await harness.until(LONG, lambda seen: seen.state is State.RUNNING)
    return run


# Sweeps


async def test_a_steady_sweep_asks_for_runs_alone(harness: AirflowHarness) -> None:
    await harness.finish(GOOD)
    await harness.sweep()
    before = len(harness.requests)
    await harness.sweep()
    assert asked(harness, before) == {"dags/~/dagRuns/list": 2}
    await pass_time(harness, 7)
    before = len(harness.requests)
    await harness.sweep()
    assert asked(harness, before) == {"dags": 1, "dags/~/dagRuns/list": 2}


async def test_the_list_is_read_less_often_the_longer_it_is() -> None:
    async with AirflowHarness(jobs=1000) as harness:
        await harness.sweep()
        for seconds, pages in ((15, 0), (30, 0), (20, 10)):
            await pass_time(harness, seconds)
            before = len(harness.requests)
            assert len(await harness.sweep()) == 1000
            assert asked(harness, before)["dags"] == pages
        harness.adapter.doubt()
        before = len(harness.requests)
        await harness.sweep()
        assert asked(harness, before)["dags"] == 10


async def test_a_new_dag_is_seen_by_its_first_run() -> None:
    async with AirflowHarness(jobs=300) as harness:
        await harness.sweep()
        harness.airflow.add_dag(DagSpec("a_new_one"))
        await pass_time(harness, 1)
        assert "a_new_one" not in await harness.sweep()
        await harness.adapter.trigger(key_of("a_new_one"), {})
        assert (await harness.sweep())["a_new_one"].state.is_active


async def test_a_failure_costs_two_requests_once(harness: AirflowHarness) -> None:
    await harness.finish(BAD)
    before = len(harness.requests)
    await harness.sweep()
    assert set(asked(harness, before)) <= {"dags", "dags/~/dagRuns/list"}
    later = await harness.reopen()
    before = len(harness.requests)
    job = (await harness.sweep(later))[BAD.id]
    assert asked(harness, before)["eventLogs"] == 1
    assert asked(harness, before)["dags/~/dagRuns/~/taskInstances/list"] == 1
    assert (job.last_result, job.message) == (State.FAILED, "task load failed (try 2 of 2)")


async def test_runs_that_ended_long_ago_are_looked_up(
    harness: AirflowHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.adapters.airflow.api.LARGE_PAGE", 3)
    monkeypatch.setattr("tui.adapters.airflow.sweeping.FIRST_PAGES", 1)
    for job in (IDLE, *[BAD] * 3, *[GOOD] * 4):
        await harness.finish(job)
    later = await harness.reopen()
    seen = await harness.sweep(later)
    assert seen == await harness.sweep()
    assert [seen[job.id].last_result for job in (IDLE, BAD)] == [State.SUCCEEDED, State.FAILED]
    assert seen[LONG.id].state is State.NEVER_RUN


async def test_what_is_not_looked_up_yet_is_unknown(
    harness: AirflowHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await harness.finish(BAD)
    await harness.finish(GOOD)
    monkeypatch.setattr("tui.adapters.airflow.api.LARGE_PAGE", 1)
    monkeypatch.setattr("tui.adapters.airflow.sweeping.FIRST_PAGES", 1)
    monkeypatch.setattr("tui.adapters.airflow.sweeping.MOST_LOOKUPS", 0)
    later = await harness.reopen()
    first = await harness.sweep(later)
    assert first[GOOD.id].last_result is State.SUCCEEDED
    assert (first[BAD.id].state, first[BAD.id].substate) == (
        State.UNKNOWN,
        "its last run is not looked up yet",
    )
    monkeypatch.setattr("tui.adapters.airflow.sweeping.MOST_LOOKUPS", 1)
    assert (await harness.sweep(later))[BAD.id].last_result is State.FAILED


async def test_an_airflow_that_forgot_its_runs_is_read_anew(harness: AirflowHarness) -> None:
    await harness.finish(GOOD)
    await harness.finish(BAD)
    spec = harness.airflow.installation.dag(BAD.id).spec
    harness.airflow.installation.remove(BAD.id)
    harness.airflow.add_dag(spec)
    await pass_time(harness, 7)
    seen = await harness.sweep()
    assert (seen[BAD.id].state, seen[BAD.id].run_id) == (State.NEVER_RUN, "")
    assert seen[GOOD.id].last_result is State.SUCCEEDED


async def test_the_newest_run_may_go_on_again(harness: AirflowHarness) -> None:
    first = await harness.finish(BAD)
    assert first.run_key is not None
    await harness.adapter.rerun(first.run_key)
    seen = await harness.see(BAD)
    assert (seen.state, seen.last_result, seen.run_id) == (State.QUEUED, State.FAILED, first.run_id)
    harness.airflow.set_failures(BAD.id, "load", 0)
    again = await harness.until(BAD, lambda seen: not seen.state.is_active)
    assert again.run_id == first.run_id
    assert again.ended_at is not None
    assert first.ended_at is not None
    assert again.ended_at > first.ended_at


async def test_only_chosen_dags_are_watched() -> None:
    async with AirflowHarness(dags=["load_*"], exclude=["*orders"]) as harness:
        await harness.adapter.trigger(LONG, {})
        assert set(await harness.sweep()) == {GOOD.id}
        listings = [request for request in harness.requests if request.url.path == "/api/v2/dags"]
        assert {request.url.params["dag_id_pattern"] for request in listings} == {"load_"}
        bodies = [json.loads(r.content) for r in harness.requests if r.url.path.endswith("/list")]
        assert {tuple(body["dag_ids"]) for body in bodies} == {(GOOD.id,)}


async def test_reasons_that_cannot_be_read_spoil_no_second_sweep(harness: AirflowHarness) -> None:
    await harness.finish(BAD)
    later = await harness.reopen()
    for _ in range(2):
        harness.airflow.answer_next(httpx.Response(500, json={"detail": "no"}), to="get_event_logs")
    with pytest.raises(ServerFailed):
        await harness.sweep(later)
    assert (await harness.sweep(later))[BAD.id].message == "the run failed"
    assert (await harness.sweep(later))[BAD.id].message == "task load failed (try 2 of 2)"


# Schedules, pauses, broken files


async def test_a_schedule_and_a_broken_file_are_told() -> None:
    async with AirflowHarness() as harness:
        nightly = DagSpec("nightly", summary="@daily", every_s=86_400)
        harness.airflow.add_dag(nightly)
        harness.airflow.add_dag(DagSpec("broken", has_import_errors=True))
        await pass_time(harness, 10)
        seen = await harness.sweep()
        assert seen["nightly"].state is State.SCHEDULED
        assert seen["nightly"].next_run_at is not None
        assert seen["broken"].message == BROKEN
        assert harness.adapter.reason_against(ActionKind.TRIGGER, seen["broken"]) == BROKEN
        await harness.adapter.hold(key_of("nightly"))
        held = (await harness.sweep())["nightly"]
        assert (held.state, held.is_held, held.next_run_at) == (State.PAUSED, True, None)
        assert held.native_state == "paused"


async def test_a_run_of_a_paused_dag_waits_and_the_receipt_says_so(harness: AirflowHarness) -> None:
    await harness.sweep()
    await harness.adapter.hold(GOOD)
    assert "paused" in (await harness.adapter.trigger(GOOD, {})).message
    await pass_time(harness, 5)
    seen = await harness.see(GOOD)
    assert (seen.state, seen.substate) == (State.QUEUED, WAITS_FOR_RELEASE)
    await harness.adapter.release(GOOD)
    await harness.until(GOOD, lambda seen: seen.last_result is State.SUCCEEDED)
    assert (await harness.adapter.trigger(GOOD, {})).message == "queued"


# Rights


async def test_who_may_only_look_sees_grey_keys_after_the_first_refusal() -> None:
    async with AirflowHarness(account=VIEWER) as harness:
        job = (await harness.sweep())[GOOD.id]
        adapter = harness.adapter
        assert adapter.reason_against(ActionKind.TRIGGER, job) == ""
        with pytest.raises(Forbidden, match="does not let viewer start runs"):
            await adapter.trigger(GOOD, {})
        other = (await harness.sweep())[BAD.id]
        assert adapter.reason_against(ActionKind.TRIGGER, other) == "Airflow does not let viewer start runs"
        assert adapter.reason_against(ActionKind.HOLD, other) == ""
        with pytest.raises(Forbidden):
            await adapter.hold(GOOD)
        assert "pause or release" in adapter.reason_against(ActionKind.RELEASE, other)
        await harness.clock.sleep(FORGOTTEN_S)
        assert adapter.reason_against(ActionKind.TRIGGER, other) == ""
        assert harness.runs_made(GOOD) == 0


async def test_a_right_that_is_missing_for_one_dag_is_not_missing_for_all(harness: AirflowHarness) -> None:
    jobs = await harness.sweep()
    await harness.adapter.trigger(GOOD, {})
    refusal = httpx.Response(403, json={"detail": "Forbidden"})
    harness.airflow.answer_next(refusal, to="trigger_dag_run")
    with pytest.raises(Forbidden):
        await harness.adapter.trigger(BAD, {})
    assert harness.adapter.reason_against(ActionKind.TRIGGER, jobs[BAD.id])
    assert harness.adapter.reason_against(ActionKind.TRIGGER, jobs[GOOD.id]) == ""
    await harness.adapter.trigger(BAD, {})
    assert harness.adapter.reason_against(ActionKind.TRIGGER, jobs[BAD.id]) == ""


async def test_a_token_that_cannot_be_read_any_more_costs_one_login(harness: AirflowHarness) -> None:
    await harness.sweep()
    harness.airflow.change(refuses_old_keys=True)
    harness.expire_session()
    logins = harness.logins_made()
    await harness.sweep()
    assert harness.logins_made() == logins + 1


@pytest.mark.parametrize("refuses_old_keys", [False, True])
async def test_a_configured_token_that_ends_asks_for_a_new_one(refuses_old_keys: bool) -> None:
    behaviour = Behaviour(refuses_old_keys=refuses_old_keys)
    async with AirflowHarness(uses_token=True, behaviour=behaviour) as harness:
        assert (await harness.adapter.check()).identity == "admin"
        harness.expire_session()
        with pytest.raises(Unauthorized, match="refused the token") as caught:
            await harness.sweep()
        assert "put a new one in place" in caught.value.hint
        harness.assert_discreet(caught.value)


# Other servers


@pytest.mark.parametrize("uses_token", [False, True])
async def test_an_airflow_2_is_told_apart(uses_token: bool) -> None:
    async with AirflowHarness(behaviour=Behaviour(is_airflow_2=True), uses_token=uses_token) as harness:
        for read in (harness.adapter.check, harness.sweep):
            with pytest.raises(BadAnswer) as caught:
                await read()
            assert "Airflow 2 (version 2.10.5); nightdeck needs Airflow 3.0 or newer" in caught.value.message


async def test_an_address_without_any_airflow_is_told(harness: AirflowHarness) -> None:
    await harness.sweep()
    await pass_time(harness, 7)
    for _ in range(2):
        harness.airflow.answer_next(httpx.Response(404, json={"error": "no"}))
    with pytest.raises(BadAnswer, match="no API of Airflow 3"):
        await harness.sweep()


async def test_what_ails_airflow_is_told_by_a_check() -> None:
    async with AirflowHarness(behaviour=Behaviour(is_scheduler_alive=False)) as harness:
        harness.airflow.add_dag(DagSpec("broken", has_import_errors=True))
        await harness.clock.sleep(120)
        check = await harness.adapter.check()
        assert check.version == "3.3.2"
        assert "the scheduler is not healthy: no run begins" in check.notes
        assert not any("unencrypted" in note for note in check.notes)


async def test_an_empty_password_is_a_matter_of_the_config() -> None:
    with pytest.raises(ConfigError, match="the password is empty"):
        async with AirflowHarness(password=" "):
            pass


# Runs that somebody ended


async def test_who_stopped_a_run_is_told_to_everybody(harness: AirflowHarness) -> None:
    run = await running(harness)
    await (await harness.reopen()).stop(run)
    seen = await harness.until(LONG, lambda seen: not seen.state.is_active)
    assert (seen.last_result, seen.native_state, seen.message) == (
        State.CANCELLED,
        "failed",
        "stopped by admin",
    )
    (told,) = await harness.adapter.list_runs(LONG)
    assert (told.state, told.native_state, told.message) == (State.CANCELLED, "failed", "stopped by admin")
    assert await harness.adapter.find_run(run) == told


async def test_without_the_audit_log_only_own_stops_are_known(harness: AirflowHarness) -> None:
    run, other = await running(harness), await harness.reopen()
    await harness.adapter.stop(run)
    for adapter, state in ((harness.adapter, State.CANCELLED), (other, State.FAILED)):
        forbidden = httpx.Response(403, json={"detail": "Forbidden"})
        harness.airflow.answer_next(forbidden, to="get_event_logs")
        assert (await harness.see(LONG, adapter)).last_result is state


async def test_a_run_that_failed_by_itself_after_a_stop_and_a_rerun_has_failed(
    harness: AirflowHarness,
) -> None:
    run = await running(harness)
    await harness.adapter.stop(run)
    await harness.until(LONG, lambda seen: not seen.state.is_active)
    tasks = [TaskSpec("stream", duration_s=1, failures=ALWAYS)]
    harness.airflow.add_dag(DagSpec(LONG.id, tasks))
    await harness.adapter.rerun(run)
    seen = await harness.until(LONG, lambda seen: not seen.state.is_active)
    assert (seen.run_id, seen.last_result) == (run.run_id, State.FAILED)
    assert "stream" in seen.message or seen.message == NO_TASK_FAILED


async def test_a_run_that_has_ended_is_not_stopped_again(harness: AirflowHarness) -> None:
    run = (await harness.finish(GOOD)).run_key
    assert run is not None
    before = harness.changes_sent()
    with pytest.raises(ActionRefused, match="has ended already: success"):
        await harness.adapter.stop(run)
    with pytest.raises(ActionRefused, match="one way"):
        await harness.adapter.stop(run, is_forced=True)
    assert harness.changes_sent() == before
    assert (await harness.see(GOOD)).last_result is State.SUCCEEDED


async def test_a_rerun_that_changes_nothing_is_refused(harness: AirflowHarness) -> None:
    run = (await harness.finish(GOOD)).run_key
    assert run is not None
    with pytest.raises(ActionRefused, match=r"no task of run \S+ has failed"):
        await harness.adapter.rerun(run, is_failed_only=True)
    going_on = await running(harness)
    with pytest.raises(ActionRefused, match="goes on: running"):
        await harness.adapter.rerun(going_on)


async def test_only_failed_tasks_run_again(harness: AirflowHarness) -> None:
    run = (await harness.finish(BAD)).run_key
    assert run is not None
    tasks = await harness.adapter.list_tasks(run)
    assert [(task.id, task.attempt, task.state) for task in tasks if "publish" not in task.id] == [
        ("extract", 1, State.SUCCEEDED),
        ("load", 1, State.FAILED),
        ("load", 2, State.FAILED),
    ]
    assert {task.message for task in tasks if "publish" in task.id} == {"not run: an earlier task failed"}
    await harness.adapter.rerun(run, is_failed_only=True)
    cleared = {(task.id, task.attempt): task.state for task in await harness.adapter.list_tasks(run)}
    assert cleared["load", 3] in {State.NEVER_RUN, State.QUEUED}
    assert (cleared["load", 1], cleared["load", 2]) == (State.FAILED, State.FAILED)
    await harness.until(BAD, lambda seen: not seen.state.is_active)
    tries = Counter(task.id for task in await harness.adapter.list_tasks(run))
    assert (tries["extract"], tries["load"]) == (1, 4)


async def test_a_failed_look_before_a_stop_sends_nothing(harness: AirflowHarness) -> None:
    run = await running(harness)
    before = harness.changes_sent()
    harness.airflow.answer_next(httpx.Response(500), to="get_dag_run")
    with pytest.raises(Unreachable, match="nothing was sent"):
        await harness.adapter.stop(run)
    assert harness.changes_sent() == before


# Triggers


async def test_values_arrive_as_the_dag_wants_them(harness: AirflowHarness) -> None:
    params = (
        ParamSpec("rows", 5, {"type": "integer"}),
        ParamSpec("region", "north", {"type": "string", "enum": ["north", "south"]}),
    )
    harness.airflow.add_dag(DagSpec("typed", params=params))
    job = key_of("typed")
    await harness.adapter.trigger(job, {"rows": "7", "other": "7"})
    (run,) = await harness.adapter.list_runs(job)
    assert harness.airflow.installation.run(job.id, run.key.run_id).conf["rows"] == 7
    assert harness.airflow.installation.run(job.id, run.key.run_id).conf["other"] == "7"
    sent = harness.changes_sent()
    with pytest.raises(ActionRefused, match="rows must be a whole number"):
        await harness.adapter.trigger(job, {"rows": "seven"})
    assert harness.changes_sent() == sent
    with pytest.raises(ActionRefused, match="Invalid input for param region"):
        await harness.adapter.trigger(job, {"region": "west"})
    assert len(await harness.adapter.list_runs(job)) == 1


async def test_a_conflict_that_is_not_airflows_proves_nothing(harness: AirflowHarness) -> None:
    harness.airflow.answer_next(httpx.Response(409, text="a proxy's own"), to="trigger_dag_run")
    with pytest.raises(NightdeckError) as caught:
        await harness.adapter.trigger(GOOD, {})
    assert not isinstance(caught.value, RunExists)


def test_previews_say_what_is_sent(harness: AirflowHarness) -> None:
    run = RunKey(*GOOD, "manual__1")
    address = "https://system.example.com/api/v2/dags/load_customers"
    shown = {kind: harness.adapter.preview(Action(kind, GOOD, run)) for kind in ActionKind}
    assert shown[ActionKind.STOP] == f'PATCH {address}/dagRuns/manual__1 {{"state": "failed"}}'
    assert shown[ActionKind.HOLD] == f'PATCH {address} {{"is_paused": true}}'
    assert shown[ActionKind.RERUN].endswith('/clear {"dry_run": false, "only_failed": false}')
    assert '"logical_date": null' in shown[ActionKind.TRIGGER]
    assert (
        harness.adapter.web_url(GOOD, run) == "https://system.example.com/dags/load_customers/runs/manual__1"
    )


# Logs


async def follow(harness: AirflowHarness, adapter: HasLogs, run: RunKey, cursor: str = "") -> tuple[str, str]:
    """What there is of a log now, and where it goes on."""
    chunk = await adapter.read_log(run, cursor)
    return chunk.data.decode(), chunk.cursor


async def test_a_log_that_grows_is_asked_for_its_rest_alone(harness: AirflowHarness) -> None:
    run = await running(harness)
    await pass_time(harness, 12)
    told, cursor = await follow(harness, harness.adapter, run)
    assert told.count("=== stream ===") == 1
    assert (await follow(harness, harness.adapter, run, cursor))[0] == ""
    await pass_time(harness, 12)
    more, cursor = await follow(harness, harness.adapter, run, cursor)
    assert more
    assert "===" not in more
    whole, _ = await follow(harness, harness.adapter, run)
    assert told + more == whole
    tokens = [request.url.params.get("token") for request in harness.requests if "/logs/" in request.url.path]
    assert tokens[0] is None
    assert all(tokens[1:-1])


async def test_a_token_that_is_not_taken_any_more_loses_and_repeats_nothing(harness: AirflowHarness) -> None:
    run = await running(harness)
    await pass_time(harness, 6)
    told, cursor = await follow(harness, harness.adapter, run)
    place = json.loads(cursor)
    place["parts"][0][3] = "of another server"
    await pass_time(harness, 12)
    more, cursor = await follow(harness, harness.adapter, run, json.dumps(place))
    assert told + more == (await follow(harness, harness.adapter, run))[0]
    assert (await follow(harness, harness.adapter, run, cursor))[0] == ""


async def test_what_a_stopped_task_still_writes_is_read(harness: AirflowHarness) -> None:
    run = await running(harness)
    await pass_time(harness, 3)
    told, cursor = await follow(harness, harness.adapter, run)
    await harness.adapter.stop(run)
    for _ in range(3):
        chunk = await harness.adapter.read_log(run, cursor)
        assert not chunk.is_complete
        told, cursor = told + chunk.data.decode(), chunk.cursor
        await pass_time(harness, 2)
    await pass_time(harness, 15)
    last = await harness.adapter.read_log(run, cursor)
    assert last.is_complete
    whole = await harness.adapter.read_log(run)
    assert (whole.data.decode(), whole.is_complete) == (told + last.data.decode(), True)
    assert "Task killed!" in whole.data.decode()


async def test_a_clock_that_is_behind_keeps_no_log_open_for_ever(harness: AirflowHarness) -> None:
    run = await running(harness)
    await pass_time(harness, 3)
    await harness.adapter.stop(run)
    chunk, looks = await harness.adapter.read_log(run), 1
    while not chunk.is_complete and looks < MOST_LOOKS:
        chunk, looks = await harness.adapter.read_log(run, chunk.cursor), looks + 1
    assert 20 <= looks < 25


@pytest.mark.parametrize("piece", [1, 600, 1 << 20])
async def test_a_log_that_is_too_large_to_come_at_once_is_streamed(
    harness: AirflowHarness, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    run = (await harness.finish(BAD)).run_key
    assert run is not None
    await pass_time(harness, 20)
    whole = await harness.adapter.read_log(run)
    monkeypatch.setattr("tui.adapters.airflow.api.LOG_BYTES", 100)
    monkeypatch.setattr("tui.adapters.airflow.logs.LARGE_PIECE", piece)
    chunk = await harness.adapter.read_log(run)
    told, looks = chunk.data, 1
    while not chunk.is_complete and looks < MOST_LOOKS:
        chunk = await harness.adapter.read_log(run, chunk.cursor)
        told, looks = told + chunk.data, looks + 1
    assert chunk.is_complete
    lines = [line for line in told.decode().splitlines() if not line.endswith(", continued ===")]
    assert sorted(lines) == sorted(whole.data.decode().splitlines())
    assert (looks > 1) == (piece < 1000)


async def test_every_try_is_under_a_line_of_its_own(harness: AirflowHarness) -> None:
    run = (await harness.finish(BAD)).run_key
    assert run is not None
    await pass_time(harness, 20)
    chunk = await harness.adapter.read_log(run)
    lines = chunk.data.decode().splitlines()
    assert [line for line in lines if line.startswith("===")] == [
        "=== extract ===",
        "=== load ===",
        "=== load, try 2 ===",
    ]
    assert chunk.is_complete
    assert lines.count("OSError: no listener") == 2


async def test_mapped_tasks_are_told_by_their_indexes(harness: AirflowHarness) -> None:
    harness.airflow.add_dag(DagSpec("wide", (TaskSpec("ask", mapped=3, log=("asked",)),)))
    run = (await harness.finish(key_of("wide"))).run_key
    assert run is not None
    assert [task.name for task in await harness.adapter.list_tasks(run)] == ["ask[0]", "ask[1]", "ask[2]"]
    told = (await harness.adapter.read_log(run)).data.decode()
    assert [line for line in told.splitlines() if line.startswith("===")] == [
        f"=== ask[{index}] ===" for index in range(3)
    ]


async def test_pages_that_are_cut_lose_nothing() -> None:
    specs: Sequence[str] = [f"dag_{number:06}" for number in range(7)]
    async with AirflowHarness(jobs=7, behaviour=Behaviour(largest_page=2)) as harness:
        for dag_id in specs[:5]:
            await harness.adapter.trigger(key_of(dag_id), {})
        for _ in range(3):
            await harness.adapter.trigger(key_of(specs[0]), {})
        assert sorted(await harness.sweep()) == list(specs)
        assert len(await harness.adapter.list_runs(key_of(specs[0]))) == 4
        assert len(await harness.adapter.list_runs(key_of(specs[0]), limit=3)) == 3
