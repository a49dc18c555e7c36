"""The lists of DAGs, runs, tasks and audit entries: what can be asked for, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.simulators.airflow.bodies import read_query_number
from tui.simulators.airflow.paging import COUNTED_LIMIT, Cut, Order, Page, matches, within
from tui.simulators.airflow.refusal import Refused
from tui.simulators.airflow.rows import dag_row, run_row, task_row
from tui.simulators.airflow.vocabulary import RunState, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tui.simulators.airflow.audit import Entry
    from tui.simulators.airflow.bodies import RunsBody, TasksBody
    from tui.simulators.airflow.dags import Dag
    from tui.simulators.airflow.installation import Installation
    from tui.simulators.airflow.runs import DagRun
    from tui.simulators.airflow.tasks import TaskInstance
    from tui.simulators.airflow.vocabulary import Behaviour

    Rows = dict[str, object]

_SPANS = ("run_after", "logical_date", "start_date", "end_date", "duration")
_WORDS = ("gte", "gt", "lte", "lt")
_ANY = "~"


class RunTask(NamedTuple):
    """A task and its run."""

    run: DagRun
    task: TaskInstance


_RUNS: Mapping[str, Callable[[DagRun], Any]] = {
    "id": lambda run: run.number,
    "state": lambda run: run.state,
    "dag_id": lambda run: run.spec.dag_id,
    "run_id": lambda run: run.run_id,
    "logical_date": lambda run: run.logical_date,
    "run_after": lambda run: run.run_after,
    "start_date": lambda run: run.start_date,
    "end_date": lambda run: run.end_date,
    "updated_at": lambda run: run.updated_at,
    "duration": lambda run: run.duration,
}
_TASKS: Mapping[str, Callable[[RunTask], Any]] = {
    "id": lambda one: one.task.identity,
    "state": lambda one: one.task.now.state,
    "duration": lambda one: one.task.now.duration,
    "start_date": lambda one: one.task.now.start_date,
    "end_date": lambda one: one.task.now.end_date,
    "map_index": lambda one: one.task.map_index,
    "try_number": lambda one: one.task.now.try_number,
    "logical_date": lambda one: one.run.logical_date,
    "run_after": lambda one: one.run.run_after,
}
_DAGS: Mapping[str, Callable[[Dag], Any]] = {
    "dag_id": lambda dag: dag.spec.dag_id,
    "dag_display_name": lambda dag: dag.spec.name,
    "next_dagrun": lambda dag: dag.next_run_at,
    "state": lambda dag: dag.last_run.state if dag.last_run else None,
    "start_date": lambda dag: dag.last_run.start_date if dag.last_run else None,
}
_AUDIT: Mapping[str, Callable[[Entry], Any]] = {
    "id": lambda entry: entry.number,
    "dttm": lambda entry: entry.at,
    "dag_id": lambda entry: entry.dag_id,
    "run_id": lambda entry: entry.run_id,
    "event": lambda entry: entry.event,
    "owner": lambda entry: entry.owner,
}


@dataclass(frozen=True, slots=True)
class Query:
    """What stands behind the question mark."""

    values: Mapping[str, Sequence[str]]
    """By name, each as often as it was given."""

    def one(self, name: str, default: str = "") -> str:
        """The last value of a name."""
        return self.values[name][-1] if self.values.get(name) else default

    def all(self, name: str) -> Sequence[str]:
        """Every value of a name."""
        return self.values.get(name, ())

    def cut(self, behaviour: Behaviour, default_order: str) -> Cut:
        """Which part of a list is asked for: never more than a page, and nobody is told."""
        limit = read_query_number("limit", self.one("limit", str(behaviour.usual_page)))
        return Cut(
            limit=min(limit, behaviour.largest_page),
            offset=read_query_number("offset", self.one("offset", "0")),
            order_by=self.all("order_by") or (default_order,),
            cursor=self.values["cursor"][-1] if "cursor" in self.values else None,
        )

    def bounds(self, name: str) -> Mapping[str, Any]:
        """The bounds of an attribute that is a moment or a number."""
        found = {}
        for word in _WORDS:
            text = self.one(f"{name}_{word}")
            if text:
                found[word] = float(text) if name == "duration" else read_moment(text)
        return found


def read_moment(text: str) -> datetime:
    """A moment of a query.

    Args:
        text: What was given.

    Raises:
        Refused: It is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(422, f"Invalid datetime: {text!r}. Please check the date parameter.") from None
    return found if found.tzinfo else found.astimezone()


def list_dags(installation: Installation, query: Query) -> Rows:
    """The DAGs."""
    pattern, paused, tags = query.one("dag_id_pattern"), query.one("paused"), set(query.all("tags"))
    is_any_tag = query.one("tags_match_mode", "any") != "all"
    states = set(query.all("last_dag_run_state"))

    def is_wanted(dag: Dag) -> bool:
        own = set(dag.spec.tags)
        return (
            (not pattern or matches(dag.spec.dag_id, pattern))
            and (not paused or dag.is_paused is (paused.lower() == "true"))
            and (not tags or (bool(own & tags) if is_any_tag else tags <= own))
            and (not states or (dag.last_run is not None and dag.last_run.state in states))
        )

    order: Order[Dag] = Order(_DAGS, "dag_id", installation.behaviour.nulls_first)
    every = installation.dags.values()
    is_narrowed = pattern or paused or tags or states
    wanted = [dag for dag in every if is_wanted(dag)] if is_narrowed else every
    page = order.cut(wanted, query.cut(installation.behaviour, "dag_id"))
    return {"dags": [dag_row(dag) for dag in page.items], "total_entries": page.total}


def list_runs(installation: Installation, dag_id: str, query: Query) -> Rows:
    """The runs of a DAG, or of all of them."""
    runs = installation.runs() if dag_id == _ANY else list(installation.dag(dag_id).runs.values())
    states, kinds = _states(query.all("state"), RunState), set(query.all("run_type"))
    patterns = {"dag_id": query.one("dag_id_pattern"), "run_id": query.one("run_id_pattern")}
    bounds = {name: query.bounds(name) for name in (*_SPANS, "updated_at")}
    wanted = [
        run
        for run in runs
        if (not states or run.state in states)
        and (not kinds or run.run_type in kinds)
        and all(not pattern or matches(_RUNS[name](run), pattern) for name, pattern in patterns.items())
        and all(within(_RUNS[name](run), bound) for name, bound in bounds.items())
    ]
    cut = query.cut(installation.behaviour, "id")
    page = _run_order(installation).cut(wanted, cut)
    return _told("dag_runs", [run_row(run) for run in page.items], page, cut)


def batch_of_runs(installation: Installation, body: RunsBody) -> Rows:
    """The runs of any DAGs, as many as are asked for."""
    wanted = [
        run
        for run in installation.runs()
        if (body.dag_ids is None or run.spec.dag_id in body.dag_ids)
        and (not body.states or run.state in body.states)
        and (not body.conf_contains or body.conf_contains in str(run.conf))
        and all(within(_RUNS[name](run), _bounds(body, name)) for name in _SPANS)
    ]
    cut = Cut(body.page_limit, body.page_offset, (body.order_by or "id",))
    page = _run_order(installation).cut(wanted, cut)
    return _told("dag_runs", [run_row(run) for run in page.items], page, cut)


def list_tasks(installation: Installation, dag_id: str, run_id: str, query: Query) -> Rows:
    """The tasks of a run, of a DAG, or of all of them."""
    if run_id != _ANY and dag_id == _ANY:
        raise Refused(400, "dag_id is required when dag_run_id is specified")
    runs: Sequence[DagRun] = installation.runs()
    if run_id != _ANY:
        dag = installation.dags.get(dag_id)
        if dag is None or run_id not in dag.runs:
            raise Refused(404, f"DagRun with dag_id: `{dag_id}` and run_id: `{run_id}` was not found")
        runs = [dag.runs[run_id]]
    elif dag_id != _ANY:
        runs = list(installation.dag(dag_id).runs.values())
    states, task_id = _states(query.all("state"), TaskState), query.one("task_id")
    wanted = [
        RunTask(run, task)
        for run in runs
        for task in run.tasks
        if (not states or task.now.state in states) and (not task_id or task.spec.task_id == task_id)
    ]
    cut = query.cut(installation.behaviour, "map_index")
    wanted.sort(key=lambda one: one.task.identity)
    page = _task_order(installation).cut(wanted, cut)
    return _told("task_instances", [task_row(*one) for one in page.items], page, cut)


def batch_of_tasks(installation: Installation, body: TasksBody) -> Rows:
    """The tasks of any runs, as many as are asked for."""
    wanted = [
        RunTask(run, task)
        for run in installation.runs()
        if (body.dag_ids is None or run.spec.dag_id in body.dag_ids)
        and (body.dag_run_ids is None or run.run_id in body.dag_run_ids)
        for task in run.tasks
        if (body.task_ids is None or task.spec.task_id in body.task_ids)
        and (not body.state or task.now.state in body.state)
    ]
    wanted = [one for one in wanted if all(within(_TASKS[name](one), _bounds(body, name)) for name in _SPANS)]
    cut = Cut(body.page_limit, body.page_offset, (body.order_by or "id",))
    wanted.sort(key=lambda one: one.task.identity)
    page = _task_order(installation).cut(wanted, cut)
    return _told("task_instances", [task_row(*one) for one in page.items], page, cut)


def list_audit(installation: Installation, entries: Sequence[Entry], query: Query) -> Rows:
    """The entries of the audit log."""
    exact = {name: query.one(name) for name in ("dag_id", "run_id", "event", "owner") if query.one(name)}
    included, excluded = set(query.all("included_events")), set(query.all("excluded_events"))
    bounds = {"gt": query.one("after"), "lt": query.one("before")}
    moments = {word: read_moment(text) for word, text in bounds.items() if text}
    wanted = [
        entry
        for entry in entries
        if all(_AUDIT[name](entry) == value for name, value in exact.items())
        and (not included or entry.event in included)
        and entry.event not in excluded
        and within(entry.at, moments)
    ]
    others = {"when": "dttm", "event_log_id": "id"}
    order: Order[Entry] = Order(_AUDIT, "id", installation.behaviour.nulls_first, others)
    page = order.cut(wanted, query.cut(installation.behaviour, "id"))
    return {"event_logs": [entry.row() for entry in page.items], "total_entries": page.total}


def _run_order(installation: Installation) -> Order[DagRun]:
    return Order(_RUNS, "id", installation.behaviour.nulls_first, {"dag_run_id": "run_id"})


def _task_order(installation: Installation) -> Order[RunTask]:
    return Order(_TASKS, "id", installation.behaviour.nulls_first)


def _told(name: str, rows: Sequence[Rows], page: Page[Any], cut: Cut) -> Rows:
    return {
        name: rows,
        "total_entries": page.total,
        "total_entries_limit": None if cut.cursor is None else COUNTED_LIMIT,
        "next_cursor": page.next_cursor,
        "previous_cursor": None,
    }


def _bounds(body: RunsBody | TasksBody, name: str) -> Mapping[str, Any]:
    return {word: getattr(body, f"{name}_{word}") for word in _WORDS}


def _states(asked: Sequence[str], known: type[RunState | TaskState]) -> set[str | None]:
    """The states of a query; those of tasks that the scheduler has not looked at are `none`."""
    found: set[str | None] = set()
    for word in asked:
        if word in ("none", "no_status"):
            found.add(None)
        elif word in set(known):
            found.add(word)
        else:
            raise Refused(422, f"Invalid value for state. Valid values are {', '.join(known)}")
    return found
