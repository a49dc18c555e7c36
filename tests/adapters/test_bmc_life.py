"""What the BMC adapter does with a product: the list, states, services, and changes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.adapters.bmc_case import ETL, OLD, SERVICE, URL, Desk, FakeBmc, run_of, status
from tui.adapters.bmc.listing import KEPT_S
from tui.core.errors import (
    ActionRefused,
    BadAnswer,
    NotFound,
    OutcomeUnknown,
    SystemUnavailable,
    Unreachable,
)
from tui.core.keys import JobKey
from tui.core.models import Action, ActionKind
from tui.core.state import State

UNKNOWN = JobKey("bmc", "999")
OFF = {"status": "SERVICE_OFF", "task_id": 53}
ON = {"status": "SERVICE_ON", "task_id": 53}


@pytest.fixture
async def desk() -> Desk:
    return await Desk().open()


async def test_the_list_alone_tells_no_state(desk: Desk) -> None:
    jobs = await desk.listed()
    assert {(job.state, job.native_state, job.kind) for job in jobs.values()} == {(State.UNKNOWN, "", "etl")}
    assert [job.name for job in jobs.values()] == [
        "vCenter Extractor Service",
        "Generic CSV Importer - storage",
    ]


async def test_sweeps_cost_one_list_a_minute(desk: Desk) -> None:
    for _ in range(12):
        await desk.listed()
        await desk.later(5)
    assert desk.bmc.asked("/etls/") == 1
    await desk.listed()
    assert desk.bmc.asked("/etls/") == 2


async def test_the_list_tells_what_was_asked_before(desk: Desk) -> None:
    asked = await desk.see(status("ENDED", "ERROR", OLD))
    assert (await desk.listed())["321"] == asked
    desk.bmc.rows[1]["name"] = "renamed"
    await desk.later(KEPT_S)
    renamed = (await desk.listed())["321"]
    assert (renamed.name, renamed.state, renamed.run_id) == ("renamed", State.FAILED, asked.run_id)


async def test_etls_that_are_gone_are_gone(desk: Desk) -> None:
    await desk.see(status("ENDED", "ERROR", OLD))
    del desk.bmc.rows[1]
    await desk.later(KEPT_S)
    assert set(await desk.listed()) == {"53"}
    with pytest.raises(NotFound):
        await desk.adapter.get_job(ETL)


async def test_an_etl_that_is_not_listed_makes_the_list_be_read_again(desk: Desk) -> None:
    await desk.listed()
    desk.bmc.rows.append({"etl_id": "777", "name": "new one"})
    desk.bmc.statuses["777"] = status("ENDED", "OK", OLD)
    assert (await desk.adapter.get_job(JobKey("bmc", "777"))).name == "new one"
    with pytest.raises(NotFound, match="lists no ETL 999"):
        await desk.adapter.get_job(UNKNOWN)
    await desk.adapter.get_job(ETL)
    assert [request.url.path for request in desk.bmc.requests].count("/opt/api/v1/backend/etls/") == 3


async def test_many_who_miss_an_etl_read_the_list_once(desk: Desk) -> None:
    asking = (desk.adapter.get_job(JobKey("bmc", f"9{number}")) for number in range(20))
    outcomes = await asyncio.gather(*asking, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {NotFound}
    assert desk.bmc.asked("/etls/") == 1


async def test_a_400_is_an_unknown_etl_and_the_list_is_old(desk: Desk) -> None:
    await desk.listed()
    del desk.bmc.statuses["321"]
    with pytest.raises(NotFound, match="has no ETL 321: ETL not found"):
        await desk.adapter.get_job(ETL)
    await desk.listed()
    assert [request.url.path for request in desk.bmc.requests].count("/opt/api/v1/backend/etls/") == 2


async def test_patterns_pick_etls_by_id_and_name() -> None:
    picked = await Desk(jobs=["3*", "v*"], exclude=["*storage"]).open()
    assert set(await picked.listed()) == {"53"}
    with pytest.raises(NotFound, match="leave it out"):
        await picked.adapter.get_job(ETL)


async def test_rows_of_any_sort_are_borne(desk: Desk) -> None:
    desk.bmc.rows = [
        *(None, 7, [], {"name": "no id"}, {"etl_id": None, "name": "null"}),
        {"etl_id": "A-1", "more": {"x": 1}, "run_configurations": "none"},
        {
            "etl_id": 2,
            "name": "  two\nlines ",
            "run_configurations": [None, {"name": "Night", "active": True}],
        },
        {"etl_id": 2, "name": "twice"},
    ]
    jobs = await desk.listed()
    assert {(job.id, job.name, job.tags) for job in jobs.values()} == {
        ("A-1", "ETL A-1", ()),
        ("2", "two lines", ("Night",)),
    }


@pytest.mark.parametrize("body", [{"etls": []}, "none", None, 7])
async def test_what_is_no_list_is_no_empty_list(desk: Desk, body: Any) -> None:
    desk.bmc.rows = body
    with pytest.raises(BadAnswer, match="no list of ETLs"):
        await desk.listed()


async def test_a_success_without_a_body_is_never_run_or_as_it_was(desk: Desk) -> None:
    never = await desk.see(httpx.Response(204))
    assert (never.state, never.run_id, never.native_state) == (State.NEVER_RUN, "", "")
    failed = await desk.see(status("ENDED", "ERROR", OLD))
    assert await desk.see(httpx.Response(204), after=60) == failed
    assert failed.observed_at == desk.clock.now().replace(second=2, minute=0)


@pytest.mark.parametrize("body", ["[]", '"ENDED"', "7"])
async def test_what_is_no_status_is_told(desk: Desk, body: str) -> None:
    with pytest.raises(BadAnswer, match="no status of ETL 321"):
        await desk.see(httpx.Response(200, text=body))


async def test_an_etl_for_which_the_server_fails_spoils_no_sweep(desk: Desk) -> None:
    """The engine goes on after a BadAnswer of one job, and stops after a server that fails as a whole."""
    with pytest.raises(BadAnswer, match=r"fails to tell how ETL 321 stands \(500\): Error"):
        await desk.see(httpx.Response(500, text="Error"))
    with pytest.raises(SystemUnavailable, match="503"):
        await desk.see(httpx.Response(503))


async def test_each_request_says_who_we_are_and_wants_json_alone(desk: Desk) -> None:
    await desk.see(status("RUNNING", "OK", OLD))
    await desk.adapter.trigger(ETL, {})
    for request in desk.bmc.requests:
        assert request.headers["accept"] == "application/json"
        assert request.headers["content-type"] == "application/json"
        assert request.headers["authorization"].startswith("Bearer ")
    assert desk.bmc.requests[0].url == f"{URL}/opt/api/v1/backend/etls/"
    assert desk.bmc.requests[1].url == f"{URL}/opt/api/v1/backend/etls/321/status"


async def test_a_run_that_was_accepted_is_queued_until_it_is_seen(desk: Desk) -> None:
    old = await desk.see(status("ENDED", "ERROR", OLD))
    accepted = await desk.adapter.trigger(ETL, {})
    assert accepted.message == "accepted as request 21359"
    assert desk.bmc.changes == [("321/run", {})]
    queued = await desk.see(status("ENDED", "ERROR", OLD), after=100)
    assert (queued.state, queued.substate, queued.run_id) == (
        State.QUEUED,
        "run requested",
        accepted.run_id,
    )
    assert (queued.last_result, queued.started_at, queued.ended_at) == (State.FAILED, None, None)
    assert (await desk.listed())["321"] == queued
    running = await desk.see(status("RUNNING", "ERROR", desk.clock.now()))
    assert (running.state, running.substate, running.run_id) == (State.RUNNING, "", accepted.run_id)
    ended = await desk.see(status("ENDED", "OK", desk.clock.now()))
    assert (ended.state, ended.run_id) == (State.SUCCEEDED, accepted.run_id)
    assert [run.key.run_id for run in await desk.runs()] == [accepted.run_id, old.run_id]


async def test_a_short_run_that_was_asked_for_is_known_by_its_time(desk: Desk) -> None:
    await desk.see(status("ENDED", "OK", OLD))
    accepted = await desk.adapter.trigger(ETL, {})
    job = await desk.see(status("ENDED", "OK", desk.clock.now()))
    assert (job.state, job.run_id) == (State.SUCCEEDED, accepted.run_id)


@pytest.mark.parametrize(("looked_before_s", "is_ours"), [(1, True), (1000, False)])
async def test_a_short_run_is_known_on_a_server_whose_clock_is_behind_if_we_looked_just_before(
    desk: Desk, looked_before_s: float, is_ours: bool
) -> None:
    behind = timedelta(minutes=7)
    await desk.see(status("ENDED", "OK", desk.clock.now() - behind - timedelta(hours=1)))
    await desk.later(looked_before_s)
    accepted = await desk.adapter.trigger(ETL, {})
    job = await desk.see(status("ENDED", "OK", desk.clock.now() - behind))
    assert (job.run_id == accepted.run_id) is is_ours


async def test_nobody_knows_of_a_run_that_stays_unseen(desk: Desk) -> None:
    await desk.see(status("ENDED", "OK", OLD))
    accepted = await desk.adapter.trigger(ETL, {})
    unseen = await desk.see(status("ENDED", "OK", OLD), after=120)
    assert (unseen.state, unseen.run_id) == (State.UNKNOWN, accepted.run_id)
    assert "was accepted, but nobody has seen it begin" in unseen.message
    later = await desk.next_session()
    again = await later.see(status("ENDED", "OK", OLD))
    assert (again.state, again.message) == (unseen.state, unseen.message)
    late = await later.see(status("RUNNING", "OK", OLD), after=300)
    assert late.run_id == accepted.run_id


async def test_a_run_that_begins_long_after_is_another_one(desk: Desk) -> None:
    await desk.see(status("ENDED", "OK", OLD))
    accepted = await desk.adapter.trigger(ETL, {})
    job = await desk.see(status("RUNNING", "OK", desk.clock.now()), after=1800)
    assert job.run_id != accepted.run_id
    assert accepted.run_id not in {run.key.run_id for run in await desk.runs()}


async def test_after_an_hour_the_status_counts_again(desk: Desk) -> None:
    old = await desk.see(status("ENDED", "OK", OLD))
    await desk.adapter.trigger(ETL, {})
    assert (await desk.see(status("ENDED", "OK", OLD), after=3601)).run_id == old.run_id


async def test_a_run_that_is_seen_before_its_answer_comes_is_that_run(desk: Desk) -> None:
    await desk.see(status("ENDED", "OK", OLD))
    desk.bmc.gate = asyncio.Event()
    asking = asyncio.ensure_future(desk.adapter.trigger(ETL, {"day": "1"}))
    await desk.bmc.has_changed.wait()
    seen = await desk.see(status("RUNNING", "OK", desk.clock.now()))
    assert seen.run_id.startswith("seen-")
    desk.bmc.gate.set()
    assert (await asking).run_id == seen.run_id
    runs = await desk.runs()
    assert (runs[0].params, len(runs)) == ({"day": "1"}, 2)


async def test_parameters_go_along_and_are_remembered(desk: Desk) -> None:
    await desk.see(status("ENDED", "OK", OLD))
    accepted = await desk.adapter.trigger(ETL, {"additional.property": "value"})
    assert desk.bmc.changes == [("321/run", {"run_execution_properties": {"additional.property": "value"}})]
    runs = await (await desk.next_session()).runs()
    assert (runs[0].key.run_id, runs[0].params) == (accepted.run_id, {"additional.property": "value"})
    assert (runs[0].triggered_by, runs[0].state) == ("nightdeck", State.QUEUED)


@pytest.mark.parametrize("word", ["ERROR", "error", "FAILED"])
async def test_an_error_with_http_200_is_a_refusal(desk: Desk, word: str) -> None:
    await desk.see(status("ENDED", "OK", OLD))
    desk.bmc.answer = {"task_execution_request_id": -1, "request_status": word}
    with pytest.raises(ActionRefused, match=f"request_status is {word}"):
        await desk.adapter.trigger(ETL, {})
    assert (await desk.see(status("ENDED", "OK", OLD))).state is State.SUCCEEDED


@pytest.mark.parametrize("answer", [None, {}, {"request_status": "WARNING"}, {"request_status": None}])
async def test_a_success_that_tells_nothing_is_an_acceptance(desk: Desk, answer: Any) -> None:
    desk.bmc.answer = answer
    accepted = await desk.adapter.trigger(ETL, {})
    assert accepted.message == "accepted"
    assert (await desk.see(status(None))).state is State.QUEUED


@pytest.mark.parametrize("answer", ["<html>login</html>", "OK", [1]])
async def test_an_answer_that_nobody_understands_leaves_the_outcome_open(desk: Desk, answer: Any) -> None:
    desk.bmc.answer = answer
    with pytest.raises(OutcomeUnknown):
        await desk.adapter.trigger(ETL, {})
    assert desk.bmc.verbs == {"321/run": 1}


async def test_a_400_to_a_change_is_an_unknown_etl_unless_it_says_otherwise(desk: Desk) -> None:
    with pytest.raises(NotFound, match="has no ETL 999"):
        await desk.adapter.trigger(UNKNOWN, {})
    desk.bmc.change_status, desk.bmc.answer = 400, "property 'x' can't be set"
    with pytest.raises(ActionRefused, match="property 'x' can't be set"):
        await desk.adapter.trigger(ETL, {"x": "1"})


@pytest.mark.parametrize("lost", [httpx.ReadError, httpx.ReadTimeout])
async def test_a_run_whose_answer_was_lost_gets_a_new_name_when_it_is_seen(
    desk: Desk, lost: type[Exception]
) -> None:
    await desk.see(status("ENDED", "OK", OLD))
    before = {run.key.run_id for run in await desk.runs()}
    desk.bmc.lost = lost
    with pytest.raises(OutcomeUnknown):
        await desk.adapter.trigger(ETL, {})
    assert desk.bmc.verbs == {"321/run": 1}
    # Nobody knows whether there is a run: nothing is shown of it before it is seen.
    still = await desk.see(status("ENDED", "OK", OLD))
    assert (still.state, still.run_id in before) == (State.SUCCEEDED, True)
    seen = await desk.see(status("RUNNING", "OK", OLD))
    assert seen.run_id not in before
    assert seen.started_at == desk.clock.now()


async def test_a_run_is_stopped_and_counts_as_cancelled_however_it_ends(desk: Desk) -> None:
    await desk.see(status("WAITING", "OK", OLD))
    running = await desk.see(status("RUNNING", "OK", OLD))
    accepted = await desk.adapter.stop(run_of(running.run_id))
    assert (accepted.run_id, desk.bmc.changes) == (running.run_id, [("321/stop", None)])
    stopping = await desk.see(status("RUNNING", "OK", OLD))
    assert (stopping.state, stopping.substate) == (State.RUNNING, "stopping")
    ended = await desk.see(status("WAITING", "ERROR", desk.clock.now()))
    assert (ended.state, ended.last_result) == (State.SCHEDULED, State.CANCELLED)
    assert ended.message == "the run was aborted: exit code ERROR"


async def test_a_run_that_ended_well_before_the_stop_is_a_success(desk: Desk) -> None:
    running = await desk.see(status("RUNNING", "OK", OLD))
    await desk.adapter.stop(run_of(running.run_id))
    assert (await desk.see(status("ENDED", "OK", desk.clock.now()))).last_result is State.SUCCEEDED


async def test_only_the_run_that_goes_on_is_stopped(desk: Desk) -> None:
    old = await desk.see(status("ENDED", "OK", OLD))
    with pytest.raises(ActionRefused, match="the run has ended"):
        await desk.adapter.stop(run_of(old.run_id))
    with pytest.raises(NotFound, match="no run 7"):
        await desk.adapter.stop(run_of("7"))
    with pytest.raises(ActionRefused, match="not running"):
        await desk.adapter.stop(run_of(""))
    accepted = await desk.adapter.trigger(ETL, {})
    with pytest.raises(ActionRefused, match="has not begun"):
        await desk.adapter.stop(run_of(accepted.run_id))
    await desk.see(status("RUNNING", "OK", OLD))
    with pytest.raises(ActionRefused, match="the run has ended"):
        await desk.adapter.stop(run_of(old.run_id))
    assert desk.bmc.verbs == {"321/run": 1}
    assert (await desk.adapter.stop(run_of(""))).message == "asked to stop"


async def test_force_needs_a_path_that_the_vendor_does_not_tell(desk: Desk) -> None:
    running = await desk.see(status("RUNNING", "OK", OLD))
    asked = len(desk.bmc.requests)
    with pytest.raises(ActionRefused, match="kill_path"):
        await desk.adapter.stop(run_of(running.run_id), is_forced=True)
    assert len(desk.bmc.requests) == asked
    forced = Action(ActionKind.STOP, ETL, run_of(running.run_id), is_forced=True)
    assert desk.adapter.preview(forced).startswith("nothing: BMC documents no path")


async def test_force_uses_the_path_of_the_config() -> None:
    desk = await Desk(kill_path="/opt/api/v1/backend/etls/{etl_id}/kill").open()
    running = await desk.see(status("RUNNING", "OK", OLD))
    run = run_of(running.run_id)
    assert (await desk.adapter.stop(run, is_forced=True)).message == "asked to kill"
    await desk.adapter.stop(run)
    assert [path for path, _ in desk.bmc.changes] == ["321/kill", "321/stop"]
    forced = Action(ActionKind.STOP, ETL, run, is_forced=True)
    assert desk.adapter.preview(forced) == f"POST {URL}/opt/api/v1/backend/etls/321/kill"


@pytest.mark.parametrize("answer", [httpx.Response(503), httpx.Response(200, text="{"), httpx.Response(500)])
async def test_a_look_that_fails_sends_no_change(desk: Desk, answer: httpx.Response) -> None:
    running = await desk.see(status("RUNNING", "OK", OLD))
    desk.bmc.tell(ETL, answer)
    with pytest.raises(Unreachable, match="the change was not sent"):
        await desk.adapter.stop(run_of(running.run_id))
    assert desk.bmc.changes == []


async def test_a_service_runs_without_a_run(desk: Desk) -> None:
    job = await desk.see(ON, etl=SERVICE)
    assert (job.state, job.kind, job.native_state, job.is_held) == (
        State.RUNNING,
        "service",
        "SERVICE_ON",
        False,
    )
    assert (job.run_id, job.started_at, job.duration_s, job.last_result) == ("", None, None, None)
    assert await desk.runs(SERVICE) == []


async def test_a_service_is_paused_and_started(desk: Desk) -> None:
    await desk.see(ON, etl=SERVICE)
    accepted = await desk.adapter.hold(SERVICE)
    assert accepted.message == "the service was asked to pause"
    off = await desk.see(OFF, etl=SERVICE)
    assert (off.state, off.is_held, off.ended_at) == (State.PAUSED, True, desk.clock.now())
    with pytest.raises(ActionRefused, match="paused already"):
        await desk.adapter.hold(SERVICE)
    with pytest.raises(ActionRefused, match="paused already"):
        await desk.adapter.stop(run_of("", SERVICE))
    desk.bmc.answer = {"task_execution_request_id": -1, "request_status": "OK"}
    started = await desk.adapter.release(SERVICE)
    assert (started.run_id, started.message) == ("", "the service was asked to start")
    assert desk.bmc.changes == [("53/stop", None), ("53/run", {})]
    still = await desk.see(OFF, etl=SERVICE)
    assert (still.state, still.substate, still.is_held) == (State.PAUSED, "start requested", True)
    assert (await desk.see(OFF, etl=SERVICE, after=120)).substate == ""
    on = await desk.see(ON, etl=SERVICE)
    assert (on.state, on.substate, on.is_held, on.ended_at) == (State.RUNNING, "", False, None)
    with pytest.raises(ActionRefused, match="running already"):
        await desk.adapter.release(SERVICE)
    assert (await desk.adapter.stop(run_of("", SERVICE))).message == "asked to pause"


async def test_a_service_is_started_by_a_trigger_and_gets_no_run(desk: Desk) -> None:
    desk.bmc.answer = {"task_execution_request_id": -1, "request_status": "OK"}
    accepted = await desk.adapter.trigger(SERVICE, {})
    assert (accepted.run_id, accepted.message) == ("", "the service was asked to start")
    assert (await desk.see(OFF, etl=SERVICE)).state is State.PAUSED


async def test_a_later_session_knows_the_services_before_it_asks(desk: Desk) -> None:
    await desk.see(OFF, etl=SERVICE)
    later = await desk.next_session()
    job = (await later.listed())["53"]
    assert (job.state, job.native_state, job.kind, job.is_held) == (State.UNKNOWN, "", "service", True)
    await later.see(status("ENDED", "OK", OLD), etl=SERVICE)
    assert (await (await later.next_session()).listed())["53"].kind == "etl"


async def test_an_etl_is_scheduled_and_cannot_be_taken_off(desk: Desk) -> None:
    await desk.see(status("ENDED", "OK", OLD))
    accepted = await desk.adapter.release(ETL)
    assert (accepted.message, desk.bmc.changes) == (
        "the ETL was asked to take up its schedule",
        [("321/schedule", {})],
    )
    await desk.see(status("WAITING", "OK", OLD))
    with pytest.raises(ActionRefused, match="scheduled already"):
        await desk.adapter.release(ETL)
    with pytest.raises(ActionRefused, match="no way to take an ETL off its schedule"):
        await desk.adapter.hold(ETL)
    with pytest.raises(NotFound):
        await desk.adapter.hold(UNKNOWN)
    assert len(desk.bmc.changes) == 1


OFFERED = {
    "never run": ({"trigger", "rerun", "release"}, status(None)),
    "ended": ({"trigger", "rerun", "release"}, status("ENDED", "ERROR", OLD)),
    "scheduled": ({"trigger", "rerun"}, status("WAITING", "OK", OLD)),
    "running": ({"stop"}, status("RUNNING", "OK", OLD)),
    "service on": ({"stop", "hold"}, ON),
    "service off": ({"trigger", "rerun", "release"}, OFF),
}


@pytest.mark.parametrize("name", list(OFFERED))
async def test_what_can_be_done_depends_on_what_the_etl_does(desk: Desk, name: str) -> None:
    offered, told = OFFERED[name]
    job = await desk.see(told)
    assert {kind.value for kind in ActionKind if not desk.adapter.reason_against(kind, job)} == offered


async def test_a_queued_run_stands_in_the_way_of_another(desk: Desk) -> None:
    await desk.see(status("ENDED", "OK", OLD))
    await desk.adapter.trigger(ETL, {})
    queued = await desk.adapter.get_job(ETL)
    assert "has not begun" in desk.adapter.reason_against(ActionKind.TRIGGER, queued)
    assert "nothing to stop yet" in desk.adapter.reason_against(ActionKind.STOP, queued)


async def test_a_preview_is_the_request(desk: Desk) -> None:
    await desk.see(ON, etl=SERVICE)
    base = f"POST {URL}/opt/api/v1/backend/etls"
    preview = desk.adapter.preview
    assert preview(Action(ActionKind.TRIGGER, ETL)) == f"{base}/321/run {{}}"
    assert preview(Action(ActionKind.RERUN, ETL, params={"day": "1"})) == (
        f'{base}/321/run {{"run_execution_properties": {{"day": "1"}}}}'
    )
    assert preview(Action(ActionKind.STOP, ETL, run_of("x"))) == f"{base}/321/stop"
    assert preview(Action(ActionKind.HOLD, SERVICE)) == f"{base}/53/stop"
    assert preview(Action(ActionKind.RELEASE, SERVICE)) == f"{base}/53/run {{}}"
    assert preview(Action(ActionKind.RELEASE, ETL)) == f"{base}/321/schedule {{}}"


async def test_the_raw_record_is_the_row_and_the_status(desk: Desk) -> None:
    desk.bmc.tell(ETL, status("ENDED", "OK", OLD))
    record = await desk.adapter.read_raw(ETL)
    assert record == {"etl": desk.bmc.rows[1], "status": status("ENDED", "OK", OLD)}
    desk.bmc.tell(ETL, httpx.Response(204))
    assert (await desk.adapter.read_raw(ETL))["status"] is None
    with pytest.raises(NotFound):
        await desk.adapter.read_raw(UNKNOWN)


async def test_the_web_page_is_what_the_config_says(desk: Desk) -> None:
    assert desk.adapter.web_url(ETL) is None
    assert Desk(web_url="https://acme.example.com/co").adapter.web_url(ETL) == "https://acme.example.com/co"


async def test_answers_that_overtake_each_other_make_no_runs(desk: Desk) -> None:
    await desk.see(status("RUNNING", "OK", OLD))
    asked = await asyncio.gather(*(desk.adapter.get_job(ETL) for _ in range(10)))
    assert len({job.run_id for job in asked}) == 1
    assert len(await desk.runs()) == 1


async def test_ten_thousand_etls_come_in_portions_and_cost_one_request() -> None:
    bmc = FakeBmc()
    bmc.rows = [{"etl_id": number, "name": f"etl {number}"} for number in range(10_000)]
    desk = await Desk(bmc).open()
    for _ in range(2):
        sizes = [len(page) async for page in desk.adapter.list_jobs()]
        assert sum(sizes) == 10_000
        assert max(sizes) <= 500
    assert len(bmc.requests) == 1
