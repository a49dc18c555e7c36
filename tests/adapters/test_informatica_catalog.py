"""The lists of what an Informatica organisation has: kept for minutes, and done without where possible."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.adapters.informatica_case import (
    FLOW_ID,
    TASK_ID,
    Cloud,
    job_of,
    jobs_of,
    key_of,
    log_row,
    object_row,
    open_adapter,
    task_row,
    v2_error,
    v3_error,
)
from tests.support.context import InstantClock
from tui.core.errors import BadAnswer, Forbidden, NotFound, SystemUnavailable
from tui.core.state import State

WORKFLOW_ID = "00AB120N000000000004"
FEDERATED = "6fHtPq2LwXz9CvBn3MsRkD"


async def test_every_kind_is_listed_under_its_own_name() -> None:
    cloud = Cloud(
        tasks={
            kind: [task_row(f"00AB12{kind}", kind.lower())] for kind in ("MTT", "DSS", "DRS", "DMASK", "PCS")
        },
        workflows=[task_row(WORKFLOW_ID, "LT_daily")],
    )
    jobs = await jobs_of(await open_adapter(cloud, code_tasks=[477]))
    assert sorted((job.kind, job.name) for job in jobs.values()) == [
        ("PowerCenter task", "pcs"),
        ("code task", "code task 477"),
        ("linear taskflow", "LT_daily"),
        ("mapping task", "mtt"),
        ("masking task", "dmask"),
        ("replication task", "drs"),
        ("synchronization task", "dss"),
        ("taskflow", "tf_daily"),
    ]


async def test_the_lists_are_kept_for_minutes() -> None:
    clock = InstantClock()
    cloud = Cloud()
    adapter = await open_adapter(cloud, clock=clock)
    for _ in range(10):
        await jobs_of(adapter)
        await clock.sleep(20)
    assert len(cloud.asked("GET", "/task")) == 5
    cloud.tasks["MTT"].append(task_row("00AB120Z00000000002S", "mt_new"))
    await clock.sleep(300)
    assert "00AB120Z00000000002S" in await jobs_of(adapter)
    cloud.tasks["MTT"].pop()
    await clock.sleep(300)
    assert "00AB120Z00000000002S" not in await jobs_of(adapter)


async def test_many_taskflows_come_in_pages() -> None:
    cloud = Cloud(tasks={})
    cloud.objects["TASKFLOW"] = [object_row(f"id{number:04d}", f"A/tf_{number}") for number in range(450)]
    assert len(await jobs_of(await open_adapter(cloud))) == 450
    skips = [r.url.params["skip"] for r in cloud.asked("GET", "/objects") if "TASKFLOW" in r.url.params["q"]]
    assert skips == ["0", "200", "400"]


async def test_a_list_that_leads_in_circles_is_told() -> None:
    cloud = Cloud()
    page = {"count": 900, "objects": [object_row(f"id{number}", f"A/{number}") for number in range(200)]}
    cloud.replies["GET /objects"] = page
    with pytest.raises(BadAnswer, match="circles"):
        await jobs_of(await open_adapter(cloud))


@pytest.mark.parametrize(
    "answer",
    [
        v2_error(),
        httpx.Response(404, html="<html>Resource not found.</html>"),
        httpx.Response(500),
        httpx.Response(200, html="<html><title>Sign in</title></html>"),
        httpx.Response(200, json="nonsense"),
    ],
)
async def test_linear_taskflows_stay_away_where_they_cannot_be_listed_and_a_note_says_so(
    answer: httpx.Response,
) -> None:
    cloud = Cloud(workflows=answer)
    adapter = await open_adapter(cloud)
    assert set(await jobs_of(adapter)) == {TASK_ID, FLOW_ID}
    assert any("linear taskflows can't be listed" in note for note in (await adapter.check()).notes)


async def test_a_kind_that_may_not_be_listed_stays_away_and_a_note_says_so() -> None:
    cloud = Cloud()
    cloud.tasks["PCS"] = v2_error("APP_13401", "no licence")
    adapter = await open_adapter(cloud)
    assert TASK_ID in await jobs_of(adapter)
    assert any(
        note.startswith("no list of PCS") and "no licence" in note for note in (await adapter.check()).notes
    )


async def test_a_kind_that_cannot_be_listed_for_a_while_keeps_what_is_known() -> None:
    clock = InstantClock()
    cloud = Cloud()
    adapter = await open_adapter(cloud, clock=clock)
    await jobs_of(adapter)
    for answer in (
        httpx.Response(500),
        httpx.Response(200, html="<html><title>x</title></html>"),
        v2_error(),
    ):
        cloud.tasks["MTT"] = answer
        await clock.sleep(301)
        assert TASK_ID in await jobs_of(adapter)


@pytest.mark.parametrize(
    "answer", [httpx.Response(500), httpx.Response(200, json={"x": [1]}), httpx.Response(404)]
)
async def test_a_list_that_was_never_read_is_not_done_without(answer: httpx.Response) -> None:
    cloud = Cloud()
    cloud.replies["GET /v3/objects"] = answer
    adapter = await open_adapter(cloud)
    with pytest.raises(SystemUnavailable):
        await jobs_of(adapter)
    cloud.replies.clear()
    assert TASK_ID in await jobs_of(adapter)


async def test_an_account_that_sees_no_list_at_all_is_told_so() -> None:
    cloud = Cloud(workflows=v2_error())
    cloud.replies["GET /v2/task"] = v2_error("APP_1", "no right")
    cloud.replies["GET /v3/objects"] = v3_error("V3API_1", "no right", 403)
    with pytest.raises(Forbidden, match="no right"):
        await jobs_of(await open_adapter(cloud))


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ({"jobs": ["mt_*"]}, {TASK_ID}),
        ({"jobs": ["DWH/*"]}, {FLOW_ID}),
        ({"jobs": [FLOW_ID, "code:*"]}, {FLOW_ID, "code:477"}),
        ({"exclude": ["*_customers"]}, {FLOW_ID, "code:477"}),
        ({"jobs": ["*_*"], "exclude": ["tf_*"]}, {TASK_ID}),
    ],
)
async def test_what_is_watched_can_be_narrowed(keys: dict[str, Any], shown: set[str]) -> None:
    adapter = await open_adapter(Cloud(), code_tasks=[477], **keys)
    assert set(await jobs_of(adapter)) == shown
    hidden = {TASK_ID, FLOW_ID} - shown
    for job_id in hidden:
        with pytest.raises(NotFound):
            await adapter.trigger(key_of(job_id), {})


async def test_places_come_from_version_3() -> None:
    cloud = Cloud()
    cloud.objects["MTT"] = [object_row(FEDERATED, "DWH/Daily/mt_customers", type="MTT")]
    adapter = await open_adapter(cloud)
    job = await job_of(adapter)
    assert (job.path, job.name, job.id) == ("DWH/Daily", "mt_customers", TASK_ID)
    record = await adapter.read_raw(key_of("4kQmZpT1xYb8RwUe0VsLhN"))
    assert record["asset"] == {**record["asset"], "federated_id": FLOW_ID}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "rows",
    [
        [object_row("a" * 22, "A/mt_customers"), object_row("b" * 22, "B/mt_customers")],
        [object_row("a" * 22, "A/mt_other")],
        [],
        v3_error(),
        httpx.Response(500),
    ],
)
async def test_a_place_that_is_not_certain_is_not_told(rows: Any) -> None:
    cloud = Cloud()
    cloud.objects["MTT"] = rows
    adapter = await open_adapter(cloud)
    await jobs_of(adapter)
    assert (await job_of(adapter)).path == ""


async def test_two_tasks_of_one_name_get_no_place() -> None:
    cloud = Cloud()
    cloud.tasks["MTT"].append(task_row("00AB120Z00000000002S"))
    cloud.objects["MTT"] = [object_row("a" * 22, "A/mt_customers")]
    adapter = await open_adapter(cloud)
    await jobs_of(adapter)
    assert {job.path for job in (await jobs_of(adapter)).values() if job.kind == "mapping task"} == {""}


async def test_places_of_thousands_are_read_bit_by_bit() -> None:
    clock = InstantClock()
    names = [f"mt_{number}" for number in range(2300)]
    cloud = Cloud(tasks={"MTT": [task_row(f"id{number}", name) for number, name in enumerate(names)]})
    cloud.objects["MTT"] = [object_row(f"fed{number}", f"A/{name}") for number, name in enumerate(names)]
    adapter = await open_adapter(cloud, clock=clock)
    for sweep in range(1, 4):
        await jobs_of(adapter)
        asked = [r for r in cloud.asked("GET", "/objects") if "MTT" in r.url.params["q"]]
        assert len(asked) == min(5 * sweep, 12)
    assert {job.path for job in (await jobs_of(adapter)).values() if job.kind == "mapping task"} == {"A"}
    await jobs_of(adapter)
    assert len([r for r in cloud.asked("GET", "/objects") if "MTT" in r.url.params["q"]]) == 12


async def test_a_cloud_that_never_stops_sending_the_same_page_is_left_alone() -> None:
    cloud = Cloud()

    def objects(request: httpx.Request) -> Any:
        kind = request.url.params["q"]
        return (
            {"count": 10**6, "objects": [object_row(f"x{n}", f"A/{n}") for n in range(200)]}
            if "MTT" in kind
            else {}
        )

    cloud.replies["GET /objects"] = objects
    adapter = await open_adapter(cloud)
    for _ in range(5):
        await jobs_of(adapter)
    assert len([r for r in cloud.asked("GET", "/objects") if "MTT" in r.url.params["q"]]) == 2


async def test_ten_thousand_tasks_come_in_pages_and_are_told_again_cheaply() -> None:
    clock = InstantClock()
    cloud = Cloud(
        tasks={"MTT": [task_row(f"00AB120Z{number:012d}", f"mt_{number}") for number in range(10_000)]}
    )
    cloud.log = [log_row(1, objectId="00AB120Z000000000007")]
    adapter = await open_adapter(cloud, clock=clock)
    pages = [page async for page in adapter.list_jobs()]
    assert sum(map(len, pages)) == 10_001
    assert max(map(len, pages)) <= 500
    before = len(cloud.requests)
    await clock.sleep(20)
    jobs = await jobs_of(adapter)
    assert jobs["00AB120Z000000000007"].state is State.SUCCEEDED
    assert {job.observed_at for job in jobs.values()} == {clock.now()}
    assert len(cloud.requests) - before < 6
