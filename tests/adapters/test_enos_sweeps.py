"""Sweeps of an EnOS: what they cost, what they tell of each flow, and what is remembered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.adapters.enos_case import (
    FLOW,
    ORG,
    RUN,
    SHANGHAI,
    URL,
    USER,
    Call,
    Enos,
    fetched,
    flow_detail,
    flow_row,
    graph,
    hours_ago,
    instance,
    job_of,
    jobs_of,
    make_adapter,
    node,
    ok,
    open_adapter,
    refusal,
    utc,
)
from tests.support.scripted import DictMemory
from tui.adapters.enos import EnosAdapter, listing, searching
from tui.adapters.enos.flows import Details, Flow
from tui.adapters.enos.instances import Instance, InstanceLedger
from tui.adapters.enos.observation import Observer
from tui.core.errors import BadAnswer, ConfigError, Forbidden, NotFound, ServerFailed, Unreachable
from tui.core.state import State


async def test_the_vendors_own_instance_is_read() -> None:
    enos = Enos()
    enos.flows(flow_row(flowId=8435))
    sample = instance(
        instanceId="8435-2021020211",
        flowId=8435,
        triggerTime="2021-02-02 19:35:00",
        startTime="2021-02-02 19:35:24",
        endTime="2021-02-02 19:38:07",
    )
    enos.replies["flowInstances.search"] = ok({"count": 1, "flowInsts": [sample]})
    job = await job_of(await open_adapter(enos), "8435")
    assert (job.name, job.kind, job.state, job.last_result) == (
        "hourly_sync",
        "flow",
        State.SUCCEEDED,
        State.SUCCEEDED,
    )
    assert (job.native_state, job.run_id, job.tags) == ("SUCCESS", "8435-2021020211", ("hourly",))
    assert job.started_at == datetime(2021, 2, 2, 11, 35, 24, tzinfo=UTC)
    assert job.duration_s == 163


async def test_three_searches_find_what_there_is_in_the_window() -> None:
    enos = Enos()
    await jobs_of(await open_adapter(enos, window="6h"))
    bodies = [call.body for call in enos.calls if call.name == "flowInstances.search"]
    assert sorted(body["type"] for body in bodies) == [0, 1, 2]
    now_ms = int(enos.clock.now().timestamp() * 1000)
    for body in bodies:
        assert body["fromTriggerTime"] == now_ms - 6 * 3_600_000
        assert now_ms <= body["toTriggerTime"] <= now_ms + 60_000
        assert body["status"] == "-1,0,1,2,3,4,5,6,7,8,9,10"
        assert (body["expression"], body["owner"]) == ("", "")
        assert body["pagination"]["pageNo"] == 1
        assert body["pagination"]["sorters"] == [{"field": "triggerTime", "order": "DESC"}]


@pytest.mark.parametrize("kind", [0, 1, 2])
async def test_an_instance_of_any_kind_counts(kind: int) -> None:
    enos = Enos()
    enos.instances(instance(), kind=kind)
    assert (await job_of(await open_adapter(enos))).run_id == RUN.run_id


async def test_the_newest_instance_counts_and_the_last_outcome_stays() -> None:
    enos = Enos()
    enos.instances(
        instance(instanceId="old", status=-1, triggerTime="2026-11-21 20:00:00"),
        instance(instanceId="new", status=2, endTime=None),
        instance(instanceId="older", status=1, triggerTime="2026-11-21 19:00:00"),
    )
    job = await job_of(await open_adapter(enos))
    assert (job.run_id, job.state, job.last_result) == ("new", State.RUNNING, State.FAILED)
    assert (job.ended_at, job.duration_s) == (None, None)


async def test_a_run_that_waits_for_an_earlier_one_says_so() -> None:
    enos = Enos()
    enos.instances(
        instance(instanceId="first", status=2, endTime=None),
        instance(
            instanceId="second", status=5, triggerTime="2026-11-21 21:30:00", startTime=None, endTime=None
        ),
    )
    adapter = await open_adapter(enos)
    job = await job_of(adapter)
    assert (job.run_id, job.state, job.substate) == ("second", State.QUEUED, "after first")
    enos.rows[0] |= {"status": 1, "endTime": "2026-11-21 21:31:00"}
    await enos.clock.sleep(15)
    job = await job_of(adapter)
    assert (job.substate, job.last_result) == ("", State.SUCCEEDED)


async def test_the_status_is_believed_where_the_times_disagree() -> None:
    enos = Enos()
    enos.instances(instance(status=0, statusDesc="INIT"))
    job = await job_of(await open_adapter(enos))
    assert (job.state, job.ended_at, job.duration_s) == (State.QUEUED, None, None)


async def test_ids_may_be_numbers_or_text() -> None:
    enos = Enos()
    enos.flows(flow_row(flowId=2809), flow_row(flowId="2809"), {"flowName": "no id"}, "no row")  # type: ignore[arg-type]
    enos.instances(instance(flowId="2809"))
    (job,) = await jobs_of(await open_adapter(enos))
    assert (job.id, job.run_id) == ("2809", RUN.run_id)


async def test_older_versions_say_status_where_newer_ones_say_code() -> None:
    enos = Enos()
    enos.replies["flows.getMyFlow"] = {"status": 0, "msg": "OK", "data": [flow_row()]}
    assert (await job_of(await open_adapter(enos))).name == "hourly_sync"


async def test_pages_are_read_until_a_short_one_whatever_count_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    enos = Enos()
    enos.flows(*(flow_row(flowId=number) for number in range(5)))
    enos.instances(*(instance(flowId=number, instanceId=f"{number}-1") for number in range(5)))
    jobs = await jobs_of(await open_adapter(enos))
    assert [job.run_id for job in jobs] == [f"{number}-1" for number in range(5)]
    pages = [call.body["pagination"]["pageNo"] for call in enos.calls if call.body.get("type") == 1]
    assert pages == [1, 2, 3]


async def test_a_full_last_page_ends_with_an_empty_one_or_with_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listing, "PAGE", 1)
    enos = Enos()
    enos.instances(instance())
    assert (await job_of(await open_adapter(enos))).run_id
    enos.replies["flowInstances.search"] = ok({"count": 1, "flowInsts": [instance()]})
    assert (await job_of(await open_adapter(enos))).run_id


async def test_a_service_that_gives_out_less_at_once_than_it_is_asked_for_is_read_to_the_end() -> None:
    enos = Enos()
    enos.flows(*(flow_row(flowId=number) for number in range(5)))
    rows = [instance(flowId=number, instanceId=f"{number}-1") for number in range(5)]

    def search(call: Call) -> dict[str, Any]:
        start = (call.body["pagination"]["pageNo"] - 1) * 2
        return ok({"count": len(rows), "flowInsts": rows[start : start + 2]})

    enos.replies["flowInstances.search"] = search
    assert all(job.run_id for job in await jobs_of(await open_adapter(enos)))


async def test_later_sweeps_search_for_news_alone_and_now_and_then_for_everything() -> None:
    enos = Enos()
    enos.instances(instance())
    adapter = await open_adapter(enos)
    spans: list[float] = []
    for _ in range(25):
        await jobs_of(adapter)
        body = enos.last("flowInstances.search").body
        spans.append((body["toTriggerTime"] - body["fromTriggerTime"]) / 3_600_000)
        await enos.clock.sleep(15)
    assert spans[0] > 24
    assert max(spans[1:20]) < 0.5
    assert spans[20] > 24


async def test_a_long_run_is_followed_though_no_search_tells_of_it_any_more() -> None:
    enos = Enos()
    enos.instances(instance(status=2, endTime=None))
    adapter = await open_adapter(enos, window="2h")
    assert (await job_of(adapter)).state is State.RUNNING
    await enos.clock.sleep(3 * 3600)
    assert (await job_of(adapter)).state is State.RUNNING
    enos.rows[0] |= {"status": 1, "endTime": "2026-11-21 23:30:00"}
    await enos.clock.sleep(15)
    job = await job_of(adapter)
    assert (job.state, job.ended_at) == (State.SUCCEEDED, datetime(2026, 11, 21, 15, 30, tzinfo=UTC))
    asked = enos.count("flowInstances.get")
    await job_of(adapter)
    assert enos.count("flowInstances.get") == asked


async def test_a_run_that_is_gone_is_forgotten() -> None:
    enos = Enos()
    enos.instances(
        instance(instanceId="old", triggerTime="2026-11-21 20:00:00"),
        instance(instanceId="new", status=2, endTime=None),
    )
    adapter = await open_adapter(enos)
    assert (await job_of(adapter)).run_id == "new"
    await enos.clock.sleep(3 * 3600)
    enos.rows = enos.rows[:1]
    assert (await job_of(adapter)).run_id == "old"


async def test_what_left_the_window_is_remembered_also_by_a_later_session() -> None:
    enos = Enos()
    memory = DictMemory()
    enos.instances(instance(status=-1, statusDesc="FAIL"))
    adapter = await open_adapter(enos, memory=memory)
    before = await job_of(adapter)
    await enos.clock.sleep(3 * 86_400)
    enos.instances()
    assert (await job_of(adapter)).run_id == before.run_id
    await adapter.aclose()
    job = await job_of(await open_adapter(enos, memory=memory))
    assert (job.run_id, job.state, job.last_result, job.ended_at) == (
        before.run_id,
        State.FAILED,
        State.FAILED,
        before.ended_at,
    )


async def test_what_is_remembered_may_be_spoiled() -> None:
    enos = Enos()
    memory = DictMemory()
    adapter = await open_adapter(enos, memory=memory)
    enos.instances(instance())
    await jobs_of(adapter)
    await adapter.aclose()
    (key,) = memory.values
    memory.values[key] = {
        "2809": [{"id": 3}, {"id": "x"}, 7, {"id": "a", "flow_id": "b", "can_read": "?"}],
        "9": 5,
    }
    enos.instances()
    assert (await job_of(await open_adapter(enos, memory=memory))).run_id == ""


async def test_nothing_is_saved_when_nothing_has_changed() -> None:
    enos = Enos()
    memory = DictMemory()
    enos.instances(instance())
    adapter = await open_adapter(enos, memory=memory)
    await jobs_of(adapter)
    await enos.clock.sleep(61)
    await jobs_of(adapter)
    assert len(memory.values) == 1
    memory.values.clear()
    await enos.clock.sleep(61)
    await jobs_of(adapter)
    await adapter.aclose()
    assert memory.values == {}


@pytest.mark.parametrize(
    ("detail", "state", "is_held"),
    [
        ({"active": 1, "type": 1}, State.SCHEDULED, False),
        ({"active": 0, "type": 1}, State.NEVER_RUN, True),
        ({"active": 1, "type": 0}, State.NEVER_RUN, False),
        ({"active": "1", "type": "1"}, State.SCHEDULED, False),
        ({"active": None, "type": None}, State.NEVER_RUN, False),
    ],
)
async def test_a_flow_without_instances_is_scheduled_when_its_schedule_works(
    detail: dict[str, Any], state: State, is_held: bool
) -> None:
    enos = Enos()
    enos.replies["flows.get"] = ok(flow_detail(**detail))
    job = await job_of(await open_adapter(enos))
    assert (job.state, job.is_held, job.run_id, job.last_result) == (state, is_held, "", None)
    assert job.substate == ("schedule disabled" if is_held else "")


async def test_details_are_read_a_few_in_a_sweep_and_those_without_instances_first() -> None:
    enos = Enos()
    enos.flows(*(flow_row(flowId=number) for number in range(30)))
    enos.instances(*(instance(flowId=number, instanceId=f"{number}-1") for number in range(20)))
    adapter = await open_adapter(enos)
    await jobs_of(adapter)
    assert fetched(enos.calls, "flows.get") == [str(number) for number in range(20, 28)]
    for _ in range(3):
        await enos.clock.sleep(15)
        await jobs_of(adapter)
    assert set(map(int, fetched(enos.calls, "flows.get"))) == set(range(30))
    asked = enos.count("flows.get")
    await enos.clock.sleep(15)
    await jobs_of(adapter)
    assert enos.count("flows.get") == asked


async def test_details_that_cannot_be_read_spoil_nothing() -> None:
    enos = Enos()
    enos.replies["flows.get"] = refusal(62103, "User has no privilege.")
    adapter = await open_adapter(enos)
    assert (await job_of(adapter)).state is State.NEVER_RUN
    await job_of(adapter)
    assert enos.count("flows.get") == 1


async def test_flows_are_listed_once_in_some_minutes() -> None:
    enos = Enos()
    adapter = await open_adapter(enos)
    for _ in range(4):
        await jobs_of(adapter)
        await enos.clock.sleep(15)
    assert enos.count("flows.getMyFlow") == 1
    await enos.clock.sleep(300)
    enos.flows(flow_row(flowName="renamed"), flow_row(flowId="7"))
    assert [job.name for job in await jobs_of(adapter)] == ["renamed", "hourly_sync"]
    assert enos.count("flows.getMyFlow") == 2


async def test_a_new_flow_that_runs_is_seen_at_once_and_a_foreign_one_costs_one_call() -> None:
    enos = Enos()
    adapter = await open_adapter(enos)
    await jobs_of(adapter)
    await enos.clock.sleep(15)
    enos.flows(flow_row(), flow_row(flowId="7"))
    enos.instances(
        instance(flowId=7, instanceId="7-1", triggerTime="2026-11-21 22:00:00"),
        instance(flowId=666, instanceId="666-1", triggerTime="2026-11-21 22:00:00"),
    )
    assert [job.id for job in await jobs_of(adapter)] == ["2809", "7"]
    await enos.clock.sleep(15)
    await jobs_of(adapter)
    assert enos.count("flows.getMyFlow") == 2


async def test_only_watched_flows_are_told() -> None:
    enos = Enos()
    enos.flows(
        flow_row(flowId=1, flowName="load_a"), flow_row(flowId=2, flowName="load_b"), flow_row(flowId=3)
    )
    adapter = await open_adapter(enos, jobs=["load_*", "3"], exclude=["*_b"])
    assert [job.id for job in await jobs_of(adapter)] == ["1", "3"]
    with pytest.raises(NotFound):
        await adapter.list_runs(FLOW._replace(id="2"))


async def test_a_failed_run_says_where_it_failed() -> None:
    enos = Enos()
    nodes = (node("load", 1), node("join", 2, status="FAIL"), node("mart", 3, status="NONE"))
    enos.instances(instance(status=-1, statusDesc="FAIL", graph=graph(*nodes)))
    adapter = await open_adapter(enos)
    assert (await job_of(adapter)).message == "the flow failed, in join"
    asked = enos.count("flowInstances.get")
    await job_of(adapter)
    assert enos.count("flowInstances.get") == asked
    (run,) = await adapter.list_runs(FLOW)
    assert run.message == "the flow failed"


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (4, "the flow failed: internal error"),
        (7, "the flow failed: timeout"),
        (10, "the flow was cancelled: skipped"),
        (1, ""),
    ],
)
async def test_an_end_that_is_not_good_is_told_in_words(status: int, message: str) -> None:
    enos = Enos()
    enos.instances(instance(status=status, graph="{not json"))
    assert (await job_of(await open_adapter(enos))).message == message


async def test_a_search_that_fails_fails_the_sweep_and_nothing_is_told() -> None:
    enos = Enos()
    enos.replies["flowInstances.search"] = refusal(62109, "internal error")
    with pytest.raises(ServerFailed):
        await jobs_of(await open_adapter(enos))


@pytest.mark.parametrize(
    "data", [None, [], {}, {"count": 0, "flowInsts": None}, "", {"flowInsts": [7, {"x": 1}]}]
)
async def test_an_answer_without_instances_tells_of_none(data: Any) -> None:
    enos = Enos()
    enos.replies["flowInstances.search"] = ok(data)
    assert (await job_of(await open_adapter(enos))).run_id == ""


@pytest.mark.parametrize("reply", [{"data": []}, {"code": "?", "data": []}])
async def test_an_answer_without_a_code_is_none(reply: dict[str, Any]) -> None:
    enos = Enos()
    enos.replies["flows.getMyFlow"] = reply
    with pytest.raises(BadAnswer):
        await jobs_of(await open_adapter(enos))


@pytest.mark.parametrize(
    "extra",
    [{"code": 0, "data": {"flows": [flow_row()]}}, {"code": 0, "data": {"count": 1, "flows": [flow_row()]}}],
)
async def test_flows_may_come_in_an_object(extra: dict[str, Any]) -> None:
    enos = Enos()
    enos.replies["flows.getMyFlow"] = extra
    assert (await job_of(await open_adapter(enos))).name == "hourly_sync"


async def test_a_flow_that_may_not_be_read_is_listed_and_its_detail_refused() -> None:
    enos = Enos()
    enos.instances(instance(hasReadPri=False))
    adapter = await open_adapter(enos)
    assert "no read permission" in (await job_of(adapter)).tags
    for detail in (adapter.list_tasks(RUN), adapter.read_log(RUN), adapter.read_raw(FLOW, RUN)):
        with pytest.raises(Forbidden, match="does not let this user read"):
            await detail


async def test_ten_thousand_flows_come_in_pages_and_cost_as_few_calls() -> None:
    enos = Enos()
    enos.flows(*(flow_row(flowId=number) for number in range(10_000)))
    adapter = await open_adapter(enos)
    pages = [page async for page in adapter.list_jobs()]
    assert sum(map(len, pages)) == 10_000
    assert max(map(len, pages)) <= 500
    assert len(enos.calls) <= 1 + 1 + 3 + 8


async def test_a_job_is_observed_now_though_nothing_changed() -> None:
    enos = Enos()
    enos.instances(instance())
    adapter = await open_adapter(enos)
    first = await job_of(adapter)
    await enos.clock.sleep(15)
    assert await job_of(adapter) == replace(first, observed_at=enos.clock.now())


HISTORIES = st.lists(
    st.builds(
        Instance,
        id=st.sampled_from(["a", "b", "c"]),
        flow_id=st.just("1"),
        status=st.sampled_from(["1", "-1", "2", "5", "9", "42"]),
        trigger=st.sampled_from(["2026-11-21 13:00:00", "2026-11-21 14:00:00"]),
        end=st.sampled_from(["", "2026-11-21 14:30:00"]),
    ),
    max_size=8,
)


@given(HISTORIES, st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_flow_that_is_as_it_was_means_what_it_meant(items: list[Instance], is_held: bool) -> None:
    ledger = InstanceLedger(DictMemory(), Enos().clock)
    observer = Observer("enos", "enos", SHANGHAI)
    flow, details = Flow("1", "one", "H"), Details(0.0, active=not is_held, type=1)
    for item in items:
        ledger.take(item)
        history = ledger.history("1")
        told = observer.observe(flow, details, history, utc(14))
        assert observer.observe(flow, replace(details, read_s=1.0), history, utc(14)) == told
        assert told == Observer("enos", "enos", SHANGHAI).observe(flow, details, history, utc(14))
        assert told.last_result is None or told.last_result.is_final
        assert history is not None
        assert history.newest in items
        assert history.finished is None or history.finished.native.state.is_final


async def test_the_doctor_is_told_who_we_are_and_what_to_know() -> None:
    enos = Enos()
    enos.replies["time.getCurrentTime"] = lambda _: ok(int(enos.clock.now().timestamp() * 1000) + 90_000)
    check = await (await open_adapter(enos, url=URL.replace("https", "http"))).check()
    assert (check.identity, check.version) == (USER, "v2.1")
    assert [
        word for word in ("GMT+8", "+90 s", "unencrypted") if any(word in note for note in check.notes)
    ] == [
        "GMT+8",
        "+90 s",
        "unencrypted",
    ]
    enos.replies["time.getCurrentTime"] = refusal(498)
    assert len((await (await open_adapter(enos)).check()).notes) == 1


@pytest.mark.parametrize(
    "suffix", ["", "/", "/batch-processing-service/v2.1", "/batch-processing-service/v2.1/"]
)
async def test_the_address_may_be_the_gateways_or_the_services(suffix: str) -> None:
    enos = Enos()
    await jobs_of(await open_adapter(enos, url=URL + suffix))
    assert enos.calls[0].request.url.path == "/batch-processing-service/v2.1/flows"
    assert enos.logins[0].request.url.path == "/apim-token-service/v2.0/token/get"


@pytest.mark.parametrize(
    "keys",
    [
        {"window": "soon"},
        {"window": "0s"},
        {"window": "4000d"},
        {"app_key": ""},
        {"org_id": ""},
        {"user_id": ""},
        {"app_secret": {}},
        {"password": "x"},
    ],
)
def test_settings_that_make_no_sense_are_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make_adapter(Enos(), **keys)


@pytest.mark.parametrize("missing", ["url", "app_key", "app_secret", "org_id", "user_id"])
def test_settings_that_are_needed_are_missed(missing: str) -> None:
    table = {"type": "enos", "url": URL, "app_key": "k", "app_secret": "s", "org_id": ORG, "user_id": USER}
    EnosAdapter.Settings.model_validate(table)
    del table[missing]
    with pytest.raises(ValidationError, match=missing):
        EnosAdapter.Settings.model_validate(table)


async def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError):
        await make_adapter(Enos(), url="ag-eu2").open()


async def test_a_connection_that_is_not_open_says_so() -> None:
    adapter = make_adapter(Enos())
    with pytest.raises(Unreachable):
        await adapter.list_runs(FLOW)
    await adapter.aclose()


async def test_runs_are_those_of_the_flow_newest_first_and_none_twice() -> None:
    enos = Enos()
    enos.instances(
        instance(
            instanceId="b", triggerTime=hours_ago(enos.clock, 48), parameters='[{"key":"day","value":"1"}]'
        ),
        instance(instanceId="a", triggerTime=hours_ago(enos.clock, 2), type=0),
        instance(instanceId="c", triggerTime=hours_ago(enos.clock, 3)),
        instance(instanceId="c", triggerTime=hours_ago(enos.clock, 3)),
        instance(instanceId="other", flowId=12809, triggerTime=hours_ago(enos.clock, 1)),
    )
    adapter = await open_adapter(enos)
    runs = await adapter.list_runs(FLOW)
    assert [run.key.run_id for run in runs] == ["a", "c", "b"]
    assert runs[-1].params == {"day": "1"}
    assert runs[0].queued_at == enos.clock.now() - timedelta(hours=2)
    assert [run.key.run_id for run in await adapter.list_runs(FLOW, limit=1)] == ["a"]
    assert {call.body["expression"] for call in enos.calls if call.name == "flowInstances.search"} == {
        "hourly_sync"
    }


@pytest.mark.parametrize("is_seen_between", [False, True])
async def test_runs_in_the_hour_that_comes_twice_stay_in_order(is_seen_between: bool) -> None:
    enos = Enos()
    first = instance(
        instanceId="first",
        triggerTime="2026-10-25 02:59:50",
        startTime="2026-10-25 02:59:55",
        endTime="2026-10-25 02:00:05",
    )
    second = instance(
        instanceId="second",
        status=-1,
        triggerTime="2026-10-25 02:10:00",
        startTime="2026-10-25 02:10:01",
        endTime="2026-10-25 02:10:09",
    )
    adapter = await open_adapter(enos, timezone="Europe/Berlin")

    def tell(*rows: dict[str, Any]) -> None:
        enos.replies["flowInstances.search"] = lambda call: ok(
            {"count": 0, "flowInsts": list(rows) if call.body["type"] == 1 else []}
        )

    tell(first)
    if is_seen_between:
        assert (await job_of(adapter)).run_id == "first"
    tell(second, first)
    for _ in range(2):
        job = await job_of(adapter)
        assert (job.run_id, job.last_result) == ("second", State.FAILED)
    runs = await adapter.list_runs(FLOW)
    assert [run.key.run_id for run in runs] == ["second", "first"]
    assert [run.duration_s for run in runs] == [8, 10]


@pytest.mark.parametrize("name", ["flows.get", "flowInstances.get"])
async def test_one_call_that_always_breaks_is_told_once_and_then_left_out(name: str) -> None:
    enos = Enos()
    enos.instances(instance(status=-1))
    enos.replies[name] = httpx.Response(500, text="boom")
    adapter = await open_adapter(enos)
    with pytest.raises(ServerFailed):
        await jobs_of(adapter)
    for _ in range(3):
        assert (await job_of(adapter)).message == "the flow failed"
    assert enos.count(name) == 2


async def test_a_long_window_is_searched_over_several_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 1)
    monkeypatch.setattr(searching, "WHOLE_PAGES", 2)
    enos = Enos()
    enos.flows(*(flow_row(flowId=number) for number in range(6)))
    rows = [
        instance(flowId=number, instanceId=f"{number}-1", triggerTime=hours_ago(enos.clock, number + 1))
        for number in range(5)
    ]
    enos.instances(*rows)
    adapter = await open_adapter(enos)
    found: list[list[State]] = []
    for _ in range(4):
        found.append([job.state for job in await jobs_of(adapter)])
        await enos.clock.sleep(15)
    done, unknown = State.SUCCEEDED, State.UNKNOWN
    assert found[0] == [done, done, unknown, unknown, unknown, unknown]
    assert found[1] == [done, done, done, done, unknown, unknown]
    assert found[2] == found[3] == [done] * 5 + [State.SCHEDULED]
    # News is told of while the search through the rest goes on.
    pages = [call.body["pagination"]["pageNo"] for call in enos.calls if call.body.get("type") == 1]
    assert pages == [1, 2, 1, 3, 4, 1, 5, 6, 1]


async def test_a_whole_search_that_fails_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 1)
    enos = Enos()
    enos.flows(*(flow_row(flowId=number) for number in range(3)))
    enos.instances(*(instance(flowId=number, instanceId=f"{number}-1") for number in range(3)))
    usual = enos.replies["flowInstances.search"]
    adapter = await open_adapter(enos)

    def fail_at_two(call: Call) -> Any:
        assert callable(usual)
        return httpx.Response(500) if call.body["pagination"]["pageNo"] == 2 else usual(call)

    enos.replies["flowInstances.search"] = fail_at_two
    with pytest.raises(ServerFailed):
        await jobs_of(adapter)
    enos.replies["flowInstances.search"] = usual
    assert all(job.run_id for job in await jobs_of(adapter))


async def test_after_a_long_pause_everything_is_searched() -> None:
    enos = Enos()
    adapter = await open_adapter(enos)
    await jobs_of(adapter)
    await enos.clock.sleep(60)
    await jobs_of(adapter)
    enos.clock.jump(4000)
    await jobs_of(adapter)
    body = enos.last("flowInstances.search").body
    assert body["toTriggerTime"] - body["fromTriggerTime"] > 24 * 3_600_000


async def test_long_searches_come_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "WHOLE_PAGE_S", 1000.0)
    enos = Enos()
    adapter = await open_adapter(enos)
    spans = []
    for _ in range(70):
        await jobs_of(adapter)
        body = enos.last("flowInstances.search").body
        spans.append(body["toTriggerTime"] - body["fromTriggerTime"] > 24 * 3_600_000)
        await enos.clock.sleep(60)
    assert [at for at, is_whole in enumerate(spans) if is_whole] == [0, 50]
