"""What can be done to a job now, and why not what can't."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.models import ActionKind
from tui.core.state import State

if TYPE_CHECKING:
    from tui.adapters.slurm.catalog import Entry
    from tui.adapters.slurm.door import Door
    from tui.core.models import Job

NOTHING_WAITS = "nothing of it waits: only what waits can be held"


def reason_against(kind: ActionKind, job: Job, entry: Entry | None, door: Door) -> str:
    """Why an action can't be done to a job now; empty when it can.

    Args:
        kind: The action.
        job: The job as it is shown.
        entry: The job as it was last seen; None when it wasn't.
        door: The way to Slurm.
    """
    if kind is ActionKind.STOP:
        return "" if job.state.is_active or job.state is State.PAUSED else "it is not running"
    if kind is ActionKind.HOLD:
        is_waiting = entry is not None and any(run.waiting for run in entry.runs)
        return "" if is_waiting else NOTHING_WAITS
    if kind is ActionKind.RELEASE:
        return "" if entry is not None and any(run.held for run in entry.runs) else "it is not held"
    if entry is not None and entry.table is not None:
        return "it has never run" if kind is ActionKind.RERUN and not job.run_id else ""
    return _without_table(kind, job, entry, door)


def _without_table(kind: ActionKind, job: Job, entry: Entry | None, door: Door) -> str:
    if why := door.missing.get(kind, ""):
        return why
    if entry is not None and entry.user != door.user:
        return f"it is a job of {entry.user}"
    newest = entry.newest if entry is not None else None
    if not job.run_id or (newest is not None and not newest.first.is_batch):
        return "only what sbatch submitted can be run again"
    is_waiting = kind is ActionKind.RERUN and job.state in (State.QUEUED, State.PAUSED)
    return "it waits already" if is_waiting else ""
