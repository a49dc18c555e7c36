"""One installation: its DAGs, their runs, and its idea of the time."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from tui.simulators.airflow.dags import Dag
from tui.simulators.airflow.refusal import Refused
from tui.simulators.airflow.runs import DagRun
from tui.simulators.airflow.tasks import TaskInstance
from tui.simulators.airflow.vocabulary import RunState, RunType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tui.core.clock import Clock
    from tui.simulators.airflow.bodies import ClearBody, RunBody, TriggerBody
    from tui.simulators.airflow.specs import DagSpec
    from tui.simulators.airflow.vocabulary import Behaviour

_RUN_ID = re.compile(r"[A-Za-z0-9_.~:+-]+")
_NEVER = datetime.max.replace(tzinfo=UTC)


class Installation:
    """What the server knows.

    Args:
        clock: Its time.
        behaviour: What it does.
        specs: Its DAGs.
        history_s: Seconds for which the schedules have been at work already.
        seed: Makes the same ids each time.
    """

    def __init__(
        self, clock: Clock, behaviour: Behaviour, specs: Iterable[DagSpec], history_s: float, seed: int
    ) -> None:
        self.clock = clock
        self.behaviour = behaviour
        self.dags: dict[str, Dag] = {}
        """By id, in the order of their ids."""
        self.runs_started: Counter[str] = Counter()
        """Runs that requests made, and those that requests made run again, by DAG."""
        self._random = Random(seed)  # noqa: S311 - made-up ids, no secrets
        self._numbers = 0
        self._runs: list[DagRun] = []
        self._due_at = _NEVER
        since = clock.now() - timedelta(seconds=history_s)
        self.dags = {
            spec.dag_id: Dag(spec, behaviour, since) for spec in sorted(specs, key=lambda spec: spec.dag_id)
        }
        self._plan()

    def now(self) -> datetime:
        """The time, when everything has happened that is due."""
        now = self.clock.now()
        while self._due_at <= now:
            for dag in [dag for dag in self.dags.values() if dag.is_alive]:
                dag.advance(now, self._run_on_schedule, self._identity)
            self._plan()
        return now

    def add(self, spec: DagSpec) -> None:
        """Let there be one more DAG, or a changed one that keeps its runs and whether it is on hold."""
        now, old = self.now(), self.dags.get(spec.dag_id)
        dag = Dag(spec, self.behaviour, now)
        if old is not None:
            dag.is_paused = old.is_paused
            for run in old.runs.values():
                run.take(spec)
                dag.add(run)
        self.dags = dict(sorted({**self.dags, spec.dag_id: dag}.items()))
        self._plan()

    def remove(self, dag_id: str) -> None:
        """Let there be one DAG less, with all its runs."""
        del self.dags[dag_id]
        self._runs = [run for run in self._runs if run.spec.dag_id != dag_id]
        self._plan()

    def plan(self) -> None:
        """Find out when something happens next: what decides it was changed."""
        self._plan()

    def dag(self, dag_id: str) -> Dag:
        """A DAG by its id."""
        try:
            return self.dags[dag_id]
        except KeyError:
            raise Refused.unknown_dag(dag_id) from None

    def run(self, dag_id: str, run_id: str) -> DagRun:
        """A run by its DAG and its id."""
        dag = self.dags.get(dag_id)
        run = dag.runs.get(run_id) if dag is not None else None
        if run is None:
            raise Refused.unknown_run(dag_id, run_id)
        return run

    def runs(self) -> Sequence[DagRun]:
        """Every run, oldest first."""
        return self._runs

    def trigger(self, dag_id: str, body: TriggerBody, user: str) -> DagRun:
        """Make a run.

        Raises:
            Refused: There is no such DAG, there is such a run already, or it can't be made so.
        """
        now, dag = self.now(), self.dags.get(dag_id)
        if dag is None:
            raise Refused(404, f"Dag with dag_id: '{dag_id}' not found")
        if dag.spec.has_import_errors:
            raise Refused(400, f"Dag with dag_id: '{dag_id}' has import errors and cannot be triggered")
        run_after = body.run_after or now
        if run_after.tzinfo is None:
            run_after = run_after.replace(tzinfo=UTC)
        run_id = body.dag_run_id or f"manual__{run_after.astimezone(UTC).isoformat()}"
        _check_run_id(run_id)
        _check_conf(dag.spec, body.conf or {})
        is_same = body.logical_date is not None and any(
            run.logical_date == body.logical_date for run in dag.runs.values()
        )
        if run_id in dag.runs or is_same:
            raise Refused.conflict()
        run = self._add_run(dag, run_id, now, run_after)
        run.logical_date, run.conf, run.note, run.user = body.logical_date, body.conf or {}, body.note, user
        self.runs_started[dag_id] += 1
        self._plan()
        return run

    def change_run(self, dag_id: str, run_id: str, body: RunBody) -> DagRun:
        """Say how a run stands, and what there is to say about it."""
        now, run = self.now(), self.run(dag_id, run_id)
        if "note" in body.model_fields_set:
            run.note = body.note or None
        if body.state is not None:
            run.change_state(RunState(body.state), now, self.behaviour)
            self._touch(run, now)
        return run

    def clear(self, dag_id: str, run_id: str, body: ClearBody) -> DagRun:
        """Let a run, or what failed of it, run again."""
        now, run = self.now(), self.run(dag_id, run_id)
        if run.clear(now, self.behaviour, self._identity, is_failed_only=body.only_failed):
            self.runs_started[dag_id] += 1
        if body.note is not None:
            run.note = body.note or None
        self._touch(run, now)
        return run

    def hold(self, dag_id: str, *, is_paused: bool) -> Dag:
        """Put a DAG on hold, or let it go on."""
        now, dag = self.now(), self.dags.get(dag_id)
        if dag is None:
            raise Refused(404, f"Dag with id: {dag_id} was not found")
        dag.hold(now, is_paused=is_paused)
        self._plan()
        return dag

    def _touch(self, run: DagRun, now: datetime) -> None:
        self.dags[run.spec.dag_id].touch(run, now)
        self._plan()

    def _run_on_schedule(self, dag: Dag, tick: datetime, at: datetime) -> None:
        run = self._add_run(dag, f"scheduled__{tick.isoformat()}", at, tick)
        run.logical_date, run.run_type, run.triggered_by = tick, RunType.SCHEDULED, "timetable"

    def _add_run(self, dag: Dag, run_id: str, at: datetime, run_after: datetime) -> DagRun:
        self._numbers += 1
        tasks = [
            TaskInstance(spec, index, self._identity()) for spec in dag.spec.tasks for index in spec.indexes
        ]
        run = DagRun(self._numbers, dag.spec, run_id, run_after, at, tasks, updated_at=at)
        dag.add(run)
        self._runs.append(run)
        return run

    def _plan(self) -> None:
        self._due_at = min(self._moments(), default=_NEVER)

    def _moments(self) -> Iterator[datetime]:
        for dag in self.dags.values():
            if dag.is_alive and (due := dag.due_at) is not None:
                yield due

    def _identity(self) -> str:
        """The id of a row of a task: no order is to be found in them."""
        digits = f"{self._random.getrandbits(128):032x}"
        return f"019e{digits[:4]}-{digits[4:8]}-7{digits[8:11]}-8{digits[11:14]}-{digits[14:26]}"


def _check_run_id(run_id: str) -> None:
    if ".." in run_id:
        raise Refused(400, f"The run_id '{run_id}' must not contain '..' to prevent path traversal")
    if not _RUN_ID.fullmatch(run_id):
        raise Refused(
            400, f"The run_id provided '{run_id}' does not match regex pattern '^[A-Za-z0-9_.~:+-]+$'"
        )
    for kind in RunType:
        if run_id.startswith(f"{kind}__") and kind is not RunType.MANUAL:
            raise Refused(
                400, f"A manual DAG run cannot use ID {run_id!r} since it is reserved for {kind} runs"
            )


def _check_conf(spec: DagSpec, conf: dict[str, object]) -> None:
    """Whether every parameter has a value of its type; only types and lists of values are looked at."""
    kinds: dict[str, type | tuple[type, ...]] = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "array": list,
        "object": dict,
        "null": type(None),
    }
    for param in spec.params:
        value = conf.get(param.name, param.default)
        told = param.schema.get("type")
        words = [told] if isinstance(told, str) else told if isinstance(told, list) else []
        is_right = not words or any(
            isinstance(value, kinds[word]) and not (isinstance(value, bool) and word in ("integer", "number"))
            for word in words
        )
        choices = param.schema.get("enum")
        if not is_right or (isinstance(choices, list) and value not in choices):
            kind = f"{value!r} is not of type {', '.join(map(repr, words))}" if not is_right else ""
            raise Refused(
                400, f"Invalid input for param {param.name}: {kind or f'{value!r} is not one of {choices!r}'}"
            )
