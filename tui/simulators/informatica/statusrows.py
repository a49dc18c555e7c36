"""A run of an advanced taskflow, as its status tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulators.informatica.times import plain
from tui.simulators.informatica.vocabulary import (
    ENDED_BADLY,
    ENDED_WELL,
    ENDED_WITH_ERRORS,
    FAILED,
    RUNNING,
    SUCCESS,
)

if TYPE_CHECKING:
    from datetime import datetime

    from tui.simulators.informatica.taskflow import Leg, Taskflow, TaskflowRun
    from tui.simulators.informatica.vocabulary import Behaviour


def status_row(
    taskflow: Taskflow, run: TaskflowRun, now: datetime, behaviour: Behaviour
) -> dict[str, object]:
    """The status of a run.

    Args:
        taskflow: The taskflow.
        run: Its run.
        now: At which moment.
        behaviour: What the org does.
    """
    end = run.end(now)
    legs = [leg for leg in run.legs if leg.run.requested_at <= now]
    is_settled = now >= run.ended_at
    has_fault = is_settled and run.outcome.state != ENDED_WELL
    return {
        "assetName": taskflow.spec.name,
        "assetType": "TASKFLOW",
        "runId": taskflow.public_id(run.run_id, behaviour),
        "status": run.status(now, behaviour),
        "duration": _number(_seconds(run.started_at, end or now), behaviour),
        "startTime": plain(run.started_at),
        "endTime": plain(end) if end is not None else behaviour.open_end,
        "updateTime": plain(end or (run.ended_at if is_settled else now)),
        "location": taskflow.spec.folder,
        "runtimeEnv": "",
        "runtimeEnvName": "",
        "startedBy": run.started_by,
        "errorMessage": run.outcome.message if has_fault else "",
        "rowsProcessed": 0,
        "erroredRows": 0,
        "subtasks": _number(len(legs), behaviour),
        "subtaskDetails": {"details": {"tasks": [_leg_row(leg, now, behaviour) for leg in legs]}},
    }


def _leg_row(leg: Leg, now: datetime, behaviour: Behaviour) -> dict[str, object]:
    run, is_running = leg.run, now < leg.run.ended_at
    outcome = run.outcome
    words = {ENDED_WELL: SUCCESS, ENDED_WITH_ERRORS: behaviour.warning_word, ENDED_BADLY: FAILED}
    return {
        "assetName": leg.task.spec.name,
        "assetType": leg.task.spec.type,
        "runId": str(run.run_id),
        "status": RUNNING if is_running else words[outcome.state],
        "duration": _number(_seconds(run.requested_at, min(now, run.ended_at)), behaviour),
        "startTime": plain(run.requested_at),
        "endTime": behaviour.open_end if is_running else plain(run.ended_at),
        "updateTime": plain(min(now, run.ended_at)),
        "errorMessage": "" if is_running or outcome.state == ENDED_WELL else outcome.message,
        "erroredRows": 0 if is_running else outcome.failed_rows,
        "rowsProcessed": 0 if is_running else outcome.rows,
        "location": leg.task.spec.folder,
        "runtimeEnv": "",
        "runtimeEnvName": "",
        "startedBy": run.started_by,
        "subtasks": 0,
    }


def _seconds(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds())


def _number(value: int, behaviour: Behaviour) -> int | str:
    return str(value) if behaviour.has_text_numbers else value
