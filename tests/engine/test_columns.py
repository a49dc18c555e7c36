"""How jobs are sorted by each column, and how sort orders are written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fleet import NOW, make_jobs
from tests.support.strategies import contexts, jobs
from tui.core.errors import ConfigError
from tui.core.models import Job, Trend
from tui.core.state import State
from tui.engine.columns import (
    COLUMNS,
    DEFAULT_COLUMNS,
    DEFAULT_ORDER,
    SortOrder,
    SortTerm,
    parse_sort,
)
from tui.engine.query import ALL, QueryContext
from tui.engine.view import TableView

if TYPE_CHECKING:
    from collections.abc import Sequence

BASE = Job("local", "local", "base", "base", State.SUCCEEDED, NOW, last_result=State.SUCCEEDED)
CONTEXT = QueryContext(NOW, {}, {"prod-a": "prod", "dev-b": "dev"})


def ranked(order: str, variants: Sequence[dict[str, Any]], context: QueryContext = CONTEXT) -> list[int]:
    """The numbers of the variants of one job, in sort order."""
    fleet = [replace(BASE, **{"id": str(number), **variant}) for number, variant in enumerate(variants)]
    view = TableView(ALL, parse_sort(order))
    view.rebuild({job.key: job for job in fleet}, context)
    numbers = {job.key: number for number, job in enumerate(fleet)}
    return [numbers[key] for key in view.keys]


HOUR = timedelta(hours=1)

CASES: dict[str, list[dict[str, Any]]] = {
    "state": [
        {"state": State.FAILED, "last_result": State.FAILED},
        {"state": State.SCHEDULED, "last_result": State.FAILED},
        {"state": State.WARNING, "last_result": State.WARNING},
        {"state": State.PAUSED, "last_result": State.WARNING},
        {"state": State.UNKNOWN},
        {"state": State.RUNNING, "last_result": State.FAILED},
        {"state": State.QUEUED, "last_result": State.FAILED},
        {"state": State.CANCELLED, "last_result": State.CANCELLED},
        {"state": State.PAUSED},
        {"state": State.SCHEDULED},
        {"state": State.SUCCEEDED},
        {"state": State.NEVER_RUN, "last_result": None},
    ],
    "name": [{"name": "alpha"}, {"name": "Beta"}, {"name": "gamma"}, {"name": "GAMMA2"}, {"name": ""}],
    "connection": [{"connection": "a"}, {"connection": "B"}],
    "type": [{"type": "airflow"}, {"type": "talend"}],
    "environment": [{"connection": "dev-b"}, {"connection": "prod-a"}, {"connection": "other"}],
    "started": [{"started_at": NOW - HOUR}, {"started_at": NOW}, {"started_at": None}],
    "ended": [{"ended_at": NOW - HOUR}, {"ended_at": NOW}, {"ended_at": None}],
    "next": [{"next_run_at": NOW}, {"next_run_at": NOW + HOUR}, {"next_run_at": None}],
    "duration": [
        {"duration_s": 0.5},
        {"state": State.RUNNING, "started_at": NOW - timedelta(seconds=30)},
        {"started_at": NOW - HOUR, "ended_at": NOW - timedelta(minutes=59)},
        {"duration_s": 3600.0},
        {"duration_s": float("nan")},
        {"duration_s": None},
    ],
    "progress": [{"progress": 0.1}, {"progress": 0.9}, {"progress": float("nan")}, {"progress": None}],
    "message": [{"message": "a"}, {"message": "B"}, {"message": ""}],
    "last_result": [{"last_result": State.FAILED}, {"last_result": State.SUCCEEDED}, {"last_result": None}],
    "path": [{"path": "A"}, {"path": "b"}, {"path": ""}],
    "kind": [{"kind": "flow"}, {"kind": "task"}, {"kind": ""}],
    "tags": [{"tags": ("a", "b")}, {"tags": ("b",)}, {"tags": ()}],
    "age": [{"observed_at": NOW}, {"observed_at": NOW - HOUR}],
    "native_state": [{"native_state": "ERROR"}, {"native_state": "ok"}, {"native_state": ""}],
    "substate": [{"substate": "preparing"}, {"substate": "stopping"}, {"substate": ""}],
    "run_id": [{"run_id": "1"}, {"run_id": "2"}, {"run_id": ""}],
    "exit_code": [{"exit_code": -9}, {"exit_code": 0}, {"exit_code": 137}, {"exit_code": None}],
    "id": [{"id": "9"}, {"id": "10"}, {"id": "100"}, {"id": "a"}, {"id": "B"}],
}
MISSING = {"state": 0, "connection": 0, "type": 0, "age": 0, "id": 0, "duration": 2, "progress": 2}
"""How many of the cases have nothing to sort by, where it isn't one."""


@pytest.mark.parametrize("column", CASES)
def test_a_column_sorts_both_ways_with_nothing_last(column: str) -> None:
    count = len(CASES[column])
    missing = MISSING.get(column, 1)
    present = list(range(count - missing))
    absent = list(range(count - missing, count))
    assert ranked(column, CASES[column]) == present + absent
    assert ranked(f"-{column}", CASES[column]) == present[::-1] + absent


@pytest.mark.parametrize("column", ["last10", "usual"])
def test_columns_of_history_sort_both_ways_with_nothing_last(column: str) -> None:
    trends = {
        BASE.key._replace(id="0"): Trend((State.SUCCEEDED,), (60.0,), 60.0),
        BASE.key._replace(id="1"): Trend((State.FAILED, State.WARNING), (60.0, 60.0), 90.0),
        BASE.key._replace(id="2"): Trend(),
    }
    context = CONTEXT._replace(trends=trends)
    variants: list[dict[str, Any]] = [{}, {}, {}, {}]
    assert ranked(column, variants, context) == [0, 1, 2, 3]
    assert ranked(f"-{column}", variants, context) == [1, 0, 2, 3]


def test_every_column_is_tested() -> None:
    assert {*CASES, "last10", "usual"} == set(COLUMNS)


def test_equals_are_sorted_by_the_next_column_and_at_last_by_key() -> None:
    variants = [
        {"kind": "b", "name": "x", "connection": "2"},
        {"kind": "b", "name": "x", "connection": "1"},
        {"kind": "b", "name": "y"},
        {"kind": "a", "name": "z"},
    ]
    assert ranked("kind,-name", variants) == [3, 2, 1, 0]


@pytest.mark.parametrize("order", ["name", "-name"])
def test_one_text_may_begin_another(order: str) -> None:
    names = ["", "a", "aa", "ab", "b", "straße", "strasse", "\N{PILE OF POO}", "größe"]
    found = ranked(order, [{"name": name} for name in names])
    present = sorted((name.casefold() for name in names if name), reverse=order.startswith("-"))
    assert [names[number].casefold() for number in found] == [*present, ""]


def test_the_default_order_tells_of_trouble_first_then_of_what_is_new() -> None:
    variants: list[dict[str, Any]] = [
        {"state": State.SUCCEEDED, "started_at": NOW},
        {"state": State.FAILED, "started_at": NOW - HOUR, "name": "b"},
        {"state": State.FAILED, "started_at": NOW - HOUR, "name": "a"},
        {"state": State.FAILED, "started_at": NOW},
        {"state": State.FAILED, "started_at": None},
        {"state": State.SCHEDULED, "last_result": State.FAILED, "started_at": NOW},
        {"state": State.RUNNING, "started_at": NOW},
    ]
    assert ranked(str(DEFAULT_ORDER), variants) == [3, 2, 1, 4, 5, 6, 0]


def test_sort_orders_are_written_as_they_are_read() -> None:
    order = parse_sort("-ended,name")
    assert order == SortOrder((SortTerm("ended", is_descending=True), SortTerm("name")))
    assert str(order) == "-ended,name"
    assert parse_sort(" - Ended , name ,") == order
    assert parse_sort("") == parse_sort(" , ") == DEFAULT_ORDER
    assert str(DEFAULT_ORDER) == "state,-started,name"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("endet", "no column 'endet'", "ended"),
        ("name,-foo", "no column 'foo'", "known are state"),
        ("-", "no column ''", "known are"),
        ("name,-name", "'name' twice", "once"),
    ],
)
def test_a_wrong_sort_order_is_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_sort(text)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_the_user_leads_and_inverts_an_order() -> None:
    order = parse_sort("state,-started,name")
    assert str(order.inverted()) == "-state,-started,name"
    assert order.inverted().inverted() == order
    assert str(order.led_by("duration")) == "-duration,state,-started,name"
    assert str(order.led_by("started")) == "-started,state,name"
    assert str(order.led_by("name")) == "name,state,-started"


def test_an_order_knows_whether_time_changes_it() -> None:
    assert parse_sort("name,-duration").depends_on_time
    assert not parse_sort("state,-started,age").depends_on_time
    assert parse_sort("name,age").uses_age
    assert not DEFAULT_ORDER.uses_age


def test_the_default_columns_exist() -> None:
    assert set(DEFAULT_COLUMNS) <= set(COLUMNS)
    assert all(COLUMNS[name].id == name and COLUMNS[name].title for name in COLUMNS)


@given(st.lists(jobs(), max_size=10), contexts())
def test_keys_of_many_jobs_are_those_of_each(fleet: list[Job], context: QueryContext) -> None:
    for column in COLUMNS.values():
        assert column.sort_keys(fleet, context) == [column.sort_key(job, context) for job in fleet]


def test_a_fleet_is_the_same_for_the_same_seed() -> None:
    assert make_jobs(50, 3) == make_jobs(50, 3)
    assert make_jobs(50, 3) != make_jobs(50, 4)
    assert len({job.key for job in make_jobs(2000)}) == 2000
