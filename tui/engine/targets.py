"""What exactly an action will hit: the job as it is now, the run, the parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui.core.capabilities import (
    CanDelete,
    CanHold,
    CanRerun,
    CanStop,
    CanTrigger,
    ChecksJobs,
    TakesRunIds,
)
from tui.core.errors import ActionRefused, NotFound
from tui.core.keys import RunKey
from tui.core.models import Accepted, ActionKind
from tui.engine.evidence import has_ended, outcome_of_job
from tui.engine.scrubbing import clean_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.adapter import Adapter
    from tui.core.keys import JobKey
    from tui.core.models import Action, Job, Run
    from tui.core.state import State
    from tui.engine.guard import Systems
    from tui.engine.store import Store

RUNS_ASKED = 50
"""How many of a job's newest runs are asked for."""


async def read_again(systems: Systems, store: Store, key: JobKey, *, is_leaving: bool = False) -> None:
    """Let the system tell how the job is now, into the store. Raises NightdeckError.

    Args:
        systems: The connections.
        store: Where the job is.
        key: The job.
        is_leaving: Whether it may be gone: only a whole sweep takes a job out of the store.
    """
    adapter = await systems.adapter(key.connection)
    if isinstance(adapter, ChecksJobs) and not is_leaving:
        store.upsert([await adapter.get_job(key)])
    else:
        await systems.sweep(key.connection)


async def newest_runs(adapter: Adapter, key: JobKey) -> list[Run]:
    """The job's newest runs as the system tells them, newest first, scrubbed. Raises NightdeckError."""
    return [clean_run(run) for run in await adapter.list_runs(key, RUNS_ASKED)]


async def resolve(action: Action, job: Job, adapter: Adapter) -> Action:
    """The action with the run that it hits and the parameters that it is sent with.

    Raises:
        ActionRefused: The run has ended already, or there is none.
        NightdeckError: The system could not be asked.
    """
    if action.kind is ActionKind.STOP:
        return await _resolve_stop(action, job, adapter)
    if action.kind is ActionKind.RERUN:
        return await _resolve_rerun(action, job, adapter)
    return action


async def send(adapter: Adapter, action: Action, named: str = "") -> Accepted:
    """Ask the system for a resolved action, once. Raises whatever the adapter raises.

    Args:
        adapter: The system's.
        action: What to do.
        named: The id that the run is to have; empty where the system gives it.
    """
    kind, run = action.kind, action.run
    if kind is ActionKind.STOP and isinstance(adapter, CanStop) and run is not None:
        return await adapter.stop(run, is_forced=action.is_forced)
    if kind is ActionKind.RERUN and isinstance(adapter, CanRerun) and run is not None:
        return await adapter.rerun(run, is_failed_only=action.is_failed_only)
    is_start = kind in (ActionKind.TRIGGER, ActionKind.RERUN)
    if is_start and named and isinstance(adapter, TakesRunIds):
        return await adapter.trigger_as(action.job, action.params, named)
    if is_start and isinstance(adapter, CanTrigger):
        return await adapter.trigger(action.job, action.params)
    if kind is ActionKind.HOLD and isinstance(adapter, CanHold):
        return await adapter.hold(action.job)
    if kind is ActionKind.RELEASE and isinstance(adapter, CanHold):
        return await adapter.release(action.job)
    if kind is ActionKind.DELETE and isinstance(adapter, CanDelete):
        return await adapter.delete(action.job)
    raise ActionRefused(f"{adapter.title} does not offer {kind} over its API")


async def _resolve_stop(action: Action, job: Job, adapter: Adapter) -> Action:
    if action.run is not None and action.run.run_id != job.run_id:
        return await _resolve_stop_of_older(action, job, adapter)
    if has_ended(job):
        raise _ended(outcome_of_job(job))
    if job.run_id or not job.state.is_active:
        run = action.run or job.run_key
    else:
        run = next((r.key for r in await newest_runs(adapter, job.key) if not r.state.is_final), None)
        # Some systems stop a job without ever naming its run.
        run = run or RunKey(*job.key, run_id="")
    if run is None:
        raise ActionRefused(f"no run of it is known that could be stopped: it is {job.state}")
    return replace(action, run=run)


async def _resolve_stop_of_older(action: Action, job: Job, adapter: Adapter) -> Action:
    wanted = action.run.run_id if action.run else ""
    found = _find(await newest_runs(adapter, job.key), wanted)
    if found is None:
        raise ActionRefused(
            f"run {wanted} is not the newest any more, and the system tells nothing of it",
            hint="look at the job's runs",
        )
    if found.state.is_final:
        raise _ended(found.state)
    return action


async def _resolve_rerun(action: Action, job: Job, adapter: Adapter) -> Action:
    wanted = action.run.run_id if action.run else job.run_id
    if isinstance(adapter, CanRerun):
        run = action.run or job.run_key
        if run is None:
            newest = await newest_runs(adapter, job.key)
            run = newest[0].key if newest else None
        if run is None:
            raise ActionRefused("it has never run", hint="trigger it instead")
        return replace(action, run=run)
    if action.is_failed_only:
        raise ActionRefused(
            f"{adapter.title} can't repeat only the steps that failed", hint="rerun the whole job"
        )
    if action.params:
        return action
    runs = await newest_runs(adapter, job.key)
    found = _find(runs, wanted) if wanted else next(iter(runs), None)
    if found is None and action.run is not None:
        raise NotFound(f"the system tells nothing of run {wanted}", hint="look at the job's runs")
    return replace(action, run=found.key, params=found.params) if found is not None else action


def _find(runs: Sequence[Run], run_id: str) -> Run | None:
    return next((run for run in runs if run.key.run_id == run_id), None)


def _ended(state: State) -> ActionRefused:
    if state.is_final:
        return ActionRefused(f"it has ended already: {state}")
    return ActionRefused(f"it is not running: {state}")
