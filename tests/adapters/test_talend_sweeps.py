"""Many sweeps of a TAC: what has not changed is told again cheaply, and never wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.talend_case import Tac, job_of, jobs_of, open_adapter, row
from tests.support.clock import START
from tests.support.context import InstantClock
from tests.support.scripted import DictMemory
from tui.adapters.talend.ledger import Ledger
from tui.adapters.talend.observation import Observer
from tui.core.state import State

ROWS = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["41", "42"]),
        "status": st.sampled_from(["READY_TO_RUN", "RUNNING", "REQUESTING_RUN", "ODD"]),
        "errorStatus": st.sampled_from(["NO_ERROR", "JOB_ERROR", None]),
        "lastRunDate": st.sampled_from([None, "2026-11-21 13:00:00.000", "2026-11-21 13:10:00.000"]),
        "lastEndedRunDate": st.sampled_from([None, "2026-11-21 13:05:00.000"]),
        "nextFireDate": st.sampled_from([None, "2026-11-22 02:00:00.000", "2026-11-19 02:00:00"]),
    }
)


def observer() -> Observer:
    """One that has seen nothing."""
    return Observer("tac", "talend", ZoneInfo("UTC"), Ledger(DictMemory()))


@given(st.lists(ROWS, max_size=12))
@settings(max_examples=200, deadline=None)
def test_a_row_that_is_as_it_was_means_what_it_meant(rows: list[dict[str, Any]]) -> None:
    once, twice = observer(), observer()
    for value in rows:
        first = once.observe(value, START)
        twice.observe(dict(value), START)
        assert twice.observe(dict(value), START) == first


async def test_a_job_is_observed_now_though_nothing_changed() -> None:
    clock = InstantClock()
    tac = Tac()
    tac.tasks(row(lastRunDate="2026-11-21 13:00:00.000", lastEndedRunDate="2026-11-21 13:05:00.000"))
    adapter = await open_adapter(tac, clock=clock)
    first = await job_of(adapter)
    await clock.sleep(15)
    assert await job_of(adapter) == replace(first, observed_at=clock.now())


async def test_a_next_start_that_has_passed_long_ago_is_none_any_more() -> None:
    clock = InstantClock()
    tac = Tac()
    tac.tasks(row(nextFireDate="2026-11-22 02:00:00.000"))
    adapter = await open_adapter(tac, clock=clock)
    assert (await job_of(adapter)).state is State.SCHEDULED
    await clock.sleep(3 * 86_400)
    assert (await job_of(adapter)).state is State.NEVER_RUN


async def test_tasks_that_are_gone_are_forgotten() -> None:
    tac = Tac()
    tac.tasks(row(), row(id="42"))
    adapter = await open_adapter(tac)
    assert len(await jobs_of(adapter)) == 2
    tac.tasks(row(id="42"))
    assert [job.id for job in await jobs_of(adapter)] == ["42"]


async def test_ten_thousand_tasks_cost_one_request_and_come_in_pages() -> None:
    tac = Tac()
    tac.tasks(*(row(id=str(number)) for number in range(10_000)))
    adapter = await open_adapter(tac)
    pages = [page async for page in adapter.list_jobs()]
    assert sum(map(len, pages)) == 10_000
    assert max(map(len, pages)) <= 500
    assert len(tac.asked) == 1
