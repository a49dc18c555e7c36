"""The rows of the table by examples: what a change does to them, and what it doesn't."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.fleet import ENVIRONMENTS, NOW, change_jobs, make_jobs, make_trends
from tui.core.keys import JobKey
from tui.core.models import Job, Trend
from tui.core.state import State
from tui.engine import ranking, view
from tui.engine.columns import DEFAULT_ORDER, parse_sort
from tui.engine.query import ALL, QueryContext, parse_query
from tui.engine.view import TableView, ViewDelta

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTEXT = QueryContext(NOW, {}, ENVIRONMENTS, UTC)


def job(name: str, state: State = State.SUCCEEDED, **facts: Any) -> Job:
    """A job that is called like its id."""
    return Job("local", "local", name, name, state, NOW, **facts)


def keyed(*jobs: Job) -> dict[JobKey, Job]:
    """Jobs by key."""
    return {each.key: each for each in jobs}


def names(of: TableView) -> str:
    """The rows in one line."""
    return " ".join(key.id for key in of.keys)


def later(seconds: float, context: QueryContext = CONTEXT) -> QueryContext:
    """The same world at another time."""
    return context._replace(now=context.now + timedelta(seconds=seconds))


def make_view(jobs: Mapping[JobKey, Job], query: str = "", order: str = "name") -> TableView:
    """A view of some jobs."""
    made = TableView(parse_query(query), parse_sort(order))
    made.rebuild(jobs, CONTEXT)
    return made


def test_an_empty_view() -> None:
    empty = TableView(ALL, DEFAULT_ORDER)
    assert list(empty.keys) == []
    assert empty.total == 0
    assert empty.counts == dict.fromkeys(State, 0)
    assert empty.index_of(JobKey("a", "b")) is None
    assert empty.retime(CONTEXT) == ViewDelta(frozenset(), is_reordered=False, matched=0)


def test_a_view_can_grow_from_nothing() -> None:
    jobs = keyed(job("b"), job("a"))
    grown = TableView(ALL, parse_sort("name"))
    delta = grown.apply(jobs, list(jobs), (), CONTEXT)
    assert names(grown) == "a b"
    assert delta == ViewDelta(frozenset(jobs), is_reordered=True, matched=2)


def test_what_the_header_tells_counts_all_jobs() -> None:
    jobs = keyed(job("a", State.FAILED), job("b", State.FAILED), job("c", State.RUNNING))
    shown = make_view(jobs, "state:running")
    assert len(shown.keys) == 1
    assert shown.total == 3
    assert (shown.counts[State.FAILED], shown.counts[State.RUNNING], shown.counts[State.QUEUED]) == (2, 1, 0)


def test_rows_can_be_taken_one_by_one_and_in_slices() -> None:
    rows = make_view(keyed(job("a"), job("b"), job("c"))).keys
    assert rows[0].id == "a"
    assert rows[-1].id == "c"
    assert [key.id for key in rows[1:]] == ["b", "c"]
    assert JobKey("local", "b") in rows
    with pytest.raises(IndexError):
        rows[3]


def test_a_change_that_moves_nothing_is_a_change_in_place() -> None:
    jobs = keyed(job("a"), job("b"), job("c"))
    shown = make_view(jobs)
    changed = replace(jobs[JobKey("local", "b")], message="new", state=State.FAILED)
    jobs[changed.key] = changed
    delta = shown.apply(jobs, [changed.key], (), CONTEXT)
    assert delta == ViewDelta(frozenset({changed.key}), is_reordered=False, matched=3)
    assert shown.counts[State.FAILED] == 1


def test_a_change_of_the_sort_key_that_keeps_its_row_is_in_place_too() -> None:
    jobs = keyed(job("a", progress=0.1), job("b", progress=0.5), job("c", progress=0.9))
    shown = make_view(jobs, order="progress")
    jobs[JobKey("local", "b")] = job("b", progress=0.6)
    assert not shown.apply(jobs, [JobKey("local", "b")], (), CONTEXT).is_reordered
    jobs[JobKey("local", "b")] = job("b", progress=0.95)
    assert shown.apply(jobs, [JobKey("local", "b")], (), CONTEXT).is_reordered
    assert names(shown) == "a c b"


def test_a_change_of_a_hidden_job_touches_no_row() -> None:
    jobs = keyed(job("a", State.RUNNING), job("b"))
    shown = make_view(jobs, "state:running")
    jobs[JobKey("local", "b")] = job("b", message="new")
    delta = shown.apply(jobs, [JobKey("local", "b")], (), CONTEXT)
    assert delta == ViewDelta(frozenset(), is_reordered=False, matched=1)
    assert shown.index_of(JobKey("local", "b")) is None


def test_jobs_come_into_and_fall_out_of_the_filter() -> None:
    jobs = keyed(job("a", State.RUNNING), job("b"), job("c", State.RUNNING))
    shown = make_view(jobs, "state:running")
    jobs.update(keyed(job("b", State.RUNNING), job("c")))
    delta = shown.apply(jobs, [JobKey("local", "b"), JobKey("local", "c")], (), CONTEXT)
    assert names(shown) == "a b"
    assert delta == ViewDelta(frozenset({JobKey("local", "b")}), is_reordered=True, matched=2)


def test_jobs_go() -> None:
    jobs = keyed(job("a"), job("b"), job("c"))
    shown = make_view(jobs)
    gone = JobKey("local", "b")
    del jobs[gone]
    delta = shown.apply(jobs, (), [gone, JobKey("never", "there")], CONTEXT)
    assert names(shown) == "a c"
    assert delta == ViewDelta(frozenset(), is_reordered=True, matched=2)
    assert shown.index_of(gone) is None
    assert shown.total == 2


def test_a_job_that_was_removed_and_is_back_again_counts_as_there() -> None:
    jobs = keyed(job("a"), job("b"))
    shown = make_view(jobs)
    key = JobKey("local", "b")
    jobs[key] = job("b", State.FAILED)
    delta = shown.apply(jobs, [key], [key], CONTEXT)
    assert names(shown) == "a b"
    assert delta.rows == {key}
    assert shown.counts[State.FAILED] == 1


def test_the_row_of_a_job_is_found() -> None:
    jobs = {each.key: each for each in make_jobs(500)}
    shown = TableView(parse_query("not state:scheduled"), DEFAULT_ORDER)
    shown.rebuild(jobs, CONTEXT)
    rows = list(shown.keys)
    assert 0 < len(rows) < 500
    assert [shown.index_of(key) for key in rows] == list(range(len(rows)))


def test_time_brings_jobs_in_and_takes_them_out() -> None:
    jobs = keyed(
        job("short", State.RUNNING, started_at=NOW - timedelta(seconds=590)),
        job("long", State.RUNNING, started_at=NOW - timedelta(seconds=601)),
        job("done", started_at=NOW - timedelta(seconds=700), duration_s=10.0),
    )
    shown = make_view(jobs, "dur>10m")
    assert names(shown) == "long"
    assert not shown.retime(later(9.9)).is_reordered
    assert not shown.retime(later(10)).is_reordered
    assert shown.retime(later(10.0001)) == ViewDelta(frozenset(), is_reordered=True, matched=2)
    assert names(shown) == "long short"
    shown.set_query(parse_query("since:11m"), later(20))
    assert names(shown) == "long short"
    assert shown.retime(later(59)).is_reordered is False
    assert shown.retime(later(59.5)).is_reordered is True
    assert names(shown) == "short"


def test_a_clock_that_is_set_back_is_believed() -> None:
    jobs = keyed(job("a", started_at=NOW - timedelta(minutes=50)))
    shown = make_view(jobs, "since:1h")
    shown.retime(later(3600))
    assert names(shown) == ""
    shown.retime(CONTEXT)
    assert names(shown) == "a"


def test_a_new_day_asks_anew() -> None:
    jobs = keyed(job("a", started_at=NOW))
    shown = make_view(jobs, "since:today")
    assert names(shown) == "a"
    assert shown.retime(later(10 * 3600)).is_reordered
    assert names(shown) == ""


def test_running_jobs_overtake_finished_ones_where_duration_sorts() -> None:
    jobs = keyed(
        job("done", duration_s=60.0),
        job("runs", State.RUNNING, started_at=NOW - timedelta(seconds=50)),
        job("ran", State.RUNNING, started_at=NOW - timedelta(seconds=40)),
    )
    shown = make_view(jobs, order="-duration")
    assert names(shown) == "done runs ran"
    assert shown.retime(later(5)).is_reordered is False
    assert shown.retime(later(11)).is_reordered is True
    assert names(shown) == "runs done ran"
    jobs[JobKey("local", "ran")] = job("ran", duration_s=51.0)
    shown.apply(jobs, [JobKey("local", "ran")], (), later(30))
    assert names(shown) == "runs done ran"
    assert shown.retime(later(600)).is_reordered is False


def test_a_job_that_starts_to_run_grows_from_then_on() -> None:
    jobs = keyed(job("done", duration_s=60.0), job("runs", duration_s=50.0))
    shown = make_view(jobs, order="-duration")
    jobs[JobKey("local", "runs")] = job("runs", State.RUNNING, started_at=NOW)
    shown.apply(jobs, [JobKey("local", "runs")], (), later(1))
    assert names(shown) == "done runs"
    assert shown.retime(later(61)).is_reordered
    assert names(shown) == "runs done"


def test_a_new_query_and_a_new_order_are_those_of_their_moment() -> None:
    started = NOW - timedelta(seconds=50)
    jobs = keyed(job("done", duration_s=60.0), job("runs", State.RUNNING, started_at=started))
    shown = make_view(jobs, order="-duration")
    assert names(shown) == "done runs"
    shown.set_query(parse_query("since:1m or dur:any"), later(11))
    assert names(shown) == "runs done"
    shown.set_query(parse_query("since:2m"), later(12))
    assert names(shown) == "runs"
    shown.set_order(parse_sort("name"), later(71))
    assert names(shown) == ""


def test_room_of_many_jobs_that_went_is_given_back() -> None:
    jobs = {each.key: each for each in make_jobs(3000)}
    shown = TableView(ALL, DEFAULT_ORDER)
    shown.rebuild(jobs, CONTEXT)
    for key in list(jobs)[100:]:
        del jobs[key]
        shown.apply(jobs, (), [key], CONTEXT)
    assert shown.total == len(shown.keys) == 100
    assert len(shown._slots.jobs) < 1300
    anew = TableView(ALL, DEFAULT_ORDER)
    anew.rebuild(jobs, CONTEXT)
    assert list(shown.keys) == list(anew.keys)


def test_jobs_that_were_observed_again_without_a_change_are_young_again() -> None:
    jobs = keyed(job("a"), job("b"))
    shown = make_view(jobs, "age>5m", "age")
    shown.retime(later(301))
    assert names(shown) == "a b"
    jobs[JobKey("local", "a")] = replace(job("a"), observed_at=NOW + timedelta(seconds=310))
    shown.retime(later(311))
    assert names(shown) == "b"
    shown.set_query(ALL, later(311))
    assert names(shown) == "a b"
    jobs[JobKey("local", "b")] = replace(job("b"), observed_at=NOW + timedelta(seconds=312))
    shown.retime(later(313))
    assert names(shown) == "b a"


def test_a_trend_counts_when_its_job_is_named() -> None:
    jobs = keyed(job("a", duration_s=10.0), job("b", duration_s=10.0))
    trends: dict[JobKey, Trend] = {}
    context = CONTEXT._replace(trends=trends)
    shown = TableView(parse_query("dur>2x"), parse_sort("-usual"))
    shown.rebuild(jobs, context)
    trends[JobKey("local", "b")] = Trend(usual_s=4.0)
    delta = shown.apply(jobs, [JobKey("local", "b")], (), context)
    assert delta == ViewDelta(frozenset({JobKey("local", "b")}), is_reordered=True, matched=1)


def test_other_jobs_are_shown_and_sorted_otherwise() -> None:
    jobs = keyed(job("a", State.FAILED), job("b"), job("c", State.FAILED, message="disk full"))
    shown = make_view(jobs)
    shown.set_query(parse_query("state:failed"), CONTEXT)
    assert names(shown) == "a c"
    shown.set_order(parse_sort("-name"), CONTEXT)
    assert names(shown) == "c a"
    assert not shown.prepare_search(2)
    assert shown.prepare_search(2)
    shown.set_query(parse_query("DISK"), CONTEXT)
    assert names(shown) == "c"
    shown.set_query(ALL, CONTEXT)
    assert names(shown) == "c b a"
    assert (str(shown.query), str(shown.order)) == ("", "-name")


def test_changed_words_are_found_and_old_ones_are_not() -> None:
    jobs = keyed(job("a", message="disk full"), job("b"))
    shown = make_view(jobs, "disk")
    jobs.update(keyed(job("a", message="all well"), job("b", message="disk slow"), job("c", message="disk")))
    shown.apply(jobs, list(jobs), (), CONTEXT)
    assert names(shown) == "b c"


def test_many_changes_at_once_are_built_anew_and_say_the_same() -> None:
    fleet = make_jobs(1000)
    jobs = {each.key: each for each in fleet}
    context = CONTEXT._replace(trends=make_trends(fleet))
    shown = TableView(parse_query("not state:scheduled"), DEFAULT_ORDER)
    shown.rebuild(jobs, context)
    changes = change_jobs(fleet, 700)
    assert len(changes) > len(jobs) // view._REBUILD_SHARE
    jobs.update((each.key, each) for each in changes)
    delta = shown.apply(jobs, [each.key for each in changes], (), context)
    assert delta.is_reordered
    assert delta.rows == {each.key for each in changes}.intersection(shown.keys)
    assert delta.matched == sum(each.state is not State.SCHEDULED for each in jobs.values())
    assert not shown.apply(jobs, [each.key for each in changes], (), context).is_reordered


@pytest.mark.parametrize(
    "order", ["state,-started,name", "-message,name", "-duration,id", "connection,-name"]
)
def test_a_large_fleet_is_sorted_as_by_plain_comparison(order: str) -> None:
    fleet = make_jobs(3000)
    context = CONTEXT._replace(trends=make_trends(fleet))
    shown = TableView(ALL, parse_sort(order))
    shown.rebuild({each.key: each for each in fleet}, context)
    plain = ranking.Ranking(parse_sort(order), fleet, [each.key for each in fleet], context)
    slots = sorted(range(len(fleet)), key=plain.entry)
    assert list(shown.keys) == [fleet[slot].key for slot in slots]


def test_the_work_of_a_change_is_in_proportion_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = make_jobs(5000)
    jobs = {each.key: each for each in fleet}
    shown = TableView(parse_query("dur>10m or is:overdue"), DEFAULT_ORDER)
    shown.rebuild(jobs, CONTEXT)
    shown.retime(later(1))
    made: list[int] = []
    make_entry = ranking.Ranking.make_entry

    def counting(self: ranking.Ranking, slot: int, of: Job, context: QueryContext) -> ranking.Entry:
        made.append(slot)
        return make_entry(self, slot, of, context)

    monkeypatch.setattr(ranking.Ranking, "make_entry", counting)
    (changed,) = change_jobs(fleet, 1)
    jobs[changed.key] = changed
    shown.apply(jobs, [changed.key], (), later(1))
    assert len(made) < 60
    made.clear()
    shown.retime(later(1.5))
    assert len(made) < 60


def test_free_words_find_what_logs_tell() -> None:
    jobs = keyed(job("a", State.FAILED), job("b"), job("c", State.FAILED))
    told: dict[JobKey, str] = {}
    context = CONTEXT._replace(first_errors=told)
    made = TableView(parse_query("LISTENER"), parse_sort("name"))
    made.rebuild(jobs, context)
    assert names(made) == ""
    told[JobKey("local", "c")] = "ORA-12541: no listener"
    made.apply(jobs, {JobKey("local", "c")}, (), context)
    assert names(made) == "c"
    anew = TableView(ALL, parse_sort("name"))
    anew.rebuild(jobs, context)
    anew.prepare_search(1)
    anew.set_query(parse_query("listener"), context)
    assert names(anew) == "c"
