"""Tasks and linear taskflows: how they stand, their runs, and what can be done to them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui.adapters.informatica import states
from tui.adapters.informatica.activity import Activity
from tui.adapters.informatica.api import nothing_sent, whole
from tui.adapters.informatica.assets import CLASSIC_TYPES
from tui.adapters.informatica.endpoints import (
    LOG,
    MAPPING_TASK,
    MONITOR,
    START_JOB,
    STOP_JOB,
    TASKS,
    WORKFLOWS,
)
from tui.adapters.informatica.logreader import MOST_ROWS, ActivityLog
from tui.adapters.informatica.runs import STILL_READING, Absence
from tui.adapters.informatica.started import StartedRun
from tui.adapters.informatica.wire import ActivityRow, EntryRow, JobStarted, reading, row_of, rows_of
from tui.core.errors import ActionRefused, NotFound
from tui.core.models import Accepted, Parameter
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.adapters.informatica.api import InformaticaApi
    from tui.adapters.informatica.assets import Asset
    from tui.adapters.informatica.catalog import Catalog
    from tui.adapters.informatica.runs import SeenRun, Standing
    from tui.adapters.informatica.started import StartedRuns
    from tui.core.clock import Clock

MAPPING_TYPE = "MTT"
"""Only mapping tasks are documented to take a parameter file."""

PARAMETERS = (
    Parameter("parameterFileName", description="a parameter file that is on the Secure Agent"),
    Parameter("parameterFileDir", description="the folder of that file on the Secure Agent"),
)
"""All that a mapping task takes: the API knows no values of single parameters."""

_NAMES = frozenset(parameter.name for parameter in PARAMETERS)


class ClassicRuns:
    """Asks the monitor and the log, and starts and stops tasks.

    Args:
        api: Asks Informatica.
        catalog: Knows what there is.
        started: Remembers what we started.
        clock: Tells when something was seen.
    """

    def __init__(self, api: InformaticaApi, catalog: Catalog, started: StartedRuns, clock: Clock) -> None:
        self._api = api
        self._catalog = catalog
        self._started = started
        self._clock = clock
        self._activity = Activity(self._flow_name)
        self.log = ActivityLog(api, self._activity)
        """The log of all tasks."""

    async def sweep(self) -> None:
        """See how every task stands: the monitor first, so that a run that ends meanwhile is in the log."""
        await self._look()
        await self.log.read_news()
        await self.log.look_for_missing()
        await self.log.read_older()
        self._activity.forget_others(self._catalog.has)

    def standing(self, asset: Asset) -> Standing:
        """How a task stands."""
        return self._activity.standing(asset.id)

    def absence(self) -> Absence:
        """What it means that no run of a task is known."""
        if self._activity.is_whole:
            return Absence()
        # Without the number of rows so far, which would be news of every such task in each sweep.
        return Absence(substate=STILL_READING if self.log.goes_back else f"no run in {MOST_ROWS} log rows")

    async def runs(self, asset: Asset, limit: int) -> Sequence[SeenRun]:
        """The newest runs of a task, newest first."""
        await self._look(asset.id)
        rows = await self.log.rows_of_task(asset.id, limit)
        await in_turns(self._activity.note_log(rows))
        found = {row.run_id: self._activity.run_of_log(row) for row in rows if row.run_id}
        for run in self._activity.open_runs(asset.id):
            found.setdefault(run.id, run)
        newest_first = sorted(found.values(), key=lambda run: (run.number, run.moment), reverse=True)
        return [self._dressed(asset, run) for run in newest_first[:limit]]

    async def find(self, asset: Asset, run_id: str) -> SeenRun:
        """One run of a task. Raises NotFound."""
        run = self._activity.find(asset.id, run_id)
        if run is None or run.state.is_active:
            await self._look(asset.id)
            row = await self.log.entry(asset.id, run_id)
            if row is not None:
                await in_turns(self._activity.note_log([row]))
                return self._activity.run_of_log(row)
            run = self._activity.find(asset.id, run_id)
        if run is None:
            raise NotFound(f"{asset.name} has no run {run_id}", hint="look at the runs of the task")
        return run

    async def running_row(self, asset: Asset, run_id: str) -> EntryRow | None:
        """What the monitor tells of a run with its steps; None when it doesn't have it."""
        rows = rows_of(EntryRow, await self._api.rows(MONITOR, params={"details": "true"}, is_fixed=True))
        return next((row for row in rows if (row.task_id, row.run_id) == (asset.id, run_id)), None)

    async def start(self, asset: Asset, params: Mapping[str, str]) -> Accepted:
        """Start a run, once. Whether another one is in its way shows up in the log only."""
        with nothing_sent():
            asset = await self._catalog.placed(asset)
        value, answer = await self._api.change("POST", START_JOB, json=start_body(asset, params))
        run_id = JobStarted.model_validate(whole(value, answer)).run_id
        now = self._clock.now()
        if run_id:
            self._activity.note_start(asset.id, run_id, now)
            await self._started.start(
                asset.id, StartedRun(id=run_id, asked_at=now, params={str(k): v for k, v in params.items()})
            )
        return Accepted(run_id, "accepted" if run_id else "accepted; Informatica names no run")

    async def stop(self, asset: Asset, run_id: str, *, is_forced: bool) -> Accepted:
        """Stop the task, once: Informatica stops tasks, not runs, so the run must be the only one."""
        with nothing_sent():
            target = await self._only_active(asset, run_id)
            asset = await self._catalog.placed(asset)
        params = {} if is_forced else {"cleanStop": "true"}
        value, _ = await self._api.change("POST", STOP_JOB, json=job_body(asset), params=params)
        if target:
            self._activity.note_stop(asset.id, target)
        told = value.get("description") if isinstance(value, dict) else None
        return Accepted(target, told if isinstance(told, str) else "asked to stop")

    async def rerun(self, asset: Asset, run_id: str, *, is_failed_only: bool) -> Accepted:
        """Start the task once more, with the parameter file of the run as far as we started that."""
        if is_failed_only:
            raise ActionRefused(
                "Informatica can't repeat only what failed in a task", hint="run the whole task"
            )
        with nothing_sent():
            await self.find(asset, run_id)
        known = self._started.find(asset.id, run_id)
        return await self.start(asset, known.params if known is not None else {})

    async def raw(self, asset: Asset) -> Any:
        """The definition as Informatica sends it. Raises NotFound."""
        if asset.type == MAPPING_TYPE:
            return await self._api.record(MAPPING_TASK.of(task=asset.id))
        params = {"type": asset.type} if asset.type in CLASSIC_TYPES else {}
        rows = await self._api.rows(TASKS if params else WORKFLOWS, params=params)
        return next((row for row in rows if isinstance(row, dict) and str(row.get("id")) == asset.id), None)

    async def raw_run(self, asset: Asset, run_id: str) -> Any:
        """A run as Informatica sends it: from the log, else from the monitor. Raises NotFound."""
        queries = (LOG, {"taskId": asset.id, "runId": run_id}), (MONITOR, {"details": "true"})
        for endpoint, params in queries:
            for value in await self._api.rows(endpoint, params=params):
                row = row_of(ActivityRow, value)
                if row is not None and (row.task_id, row.run_id) == (asset.id, run_id):
                    return value
        await self.find(asset, run_id)
        return None

    async def _look(self, task_id: str = "") -> None:
        values = await self._api.rows(MONITOR, is_fixed=True)
        rows = await in_turns(reading(ActivityRow, values))
        await in_turns(self._activity.note_monitor(rows, self._clock.now(), task_id))
        self._catalog.note_run_of(row.task_id for row in rows)

    async def _only_active(self, asset: Asset, run_id: str) -> str:
        """The run that a stop of the task would hit. Raises NotFound and ActionRefused."""
        await self._look(asset.id)
        active = [
            run.id
            for run in self._activity.open_runs(asset.id)
            if run.state.is_active and run.substate != states.FINISHING
        ]
        if run_id and run_id not in active:
            run = await self.find(asset, run_id)
            raise ActionRefused(f"run {run_id} has ended already: {run.state}", hint="refresh the job")
        if not active:
            raise ActionRefused("no run of the task is under way", hint="refresh the job")
        if len(active) > 1:
            raise ActionRefused(
                f"{len(active)} runs of the task are under way, and Informatica stops tasks, not runs",
                hint="stop them in the Monitor of Informatica",
            )
        return active[0]

    def _dressed(self, asset: Asset, run: SeenRun) -> SeenRun:
        """The run with what we know of it because we started it."""
        known = self._started.find(asset.id, run.id)
        return run if known is None else replace(run, asked_at=known.asked_at, params=known.params)

    def _flow_name(self, federated_id: str) -> str:
        flow = self._catalog.flow_by_federated_id(federated_id)
        return flow.name if flow is not None else ""


def job_body(asset: Asset) -> dict[str, Any]:
    """What names a task in a start or a stop: its id in version 3 where it is known, else that in version 2.

    That of version 2 works only for tasks in the Default folder, by the vendor's pages.
    """
    task = {"taskFederatedId": asset.federated_id} if asset.federated_id else {"taskId": asset.id}
    return {"@type": "job", **task, "taskType": asset.type}


def start_body(asset: Asset, params: Mapping[str, str]) -> dict[str, Any]:
    """What starts a task. Raises ActionRefused for parameters that it can't have."""
    if not params:
        return job_body(asset)
    if asset.type != MAPPING_TYPE:
        raise ActionRefused(f"a {asset.kind} takes no parameters", hint="start it without any")
    wrong = sorted(set(params) - _NAMES)
    if wrong:
        raise ActionRefused(
            f"a mapping task takes no parameter {wrong[0]}, only a parameter file on the Secure Agent",
            hint=f"give {' and '.join(sorted(_NAMES))}",
        )
    return {**job_body(asset), "runtime": {"@type": "mtTaskRuntime", **params}}
